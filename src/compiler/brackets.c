#include "compiler/brackets.h"

#include "afsl.tab.h"

/* Indentation is only a hint: a line of megabytes is not walked back for it. */
enum { INDENT_MAX = 256 };

/* Where the line of `offset` starts; false when that is far. */
static bool line_start(struct text text, uint32_t offset, uint32_t *start)
{
	uint32_t least = offset > INDENT_MAX ? offset - INDENT_MAX : 0;
	const char *found;

	if (offset == least)
		return true;
	found = memrchr(text.data + least, '\n', offset - least);
	if (!found && least > 0)
		return false;
	*start = found ? (uint32_t)(found - text.data) + 1 : 0;
	return true;
}

static uint32_t blanks_at(struct text text, uint32_t start, uint32_t end)
{
	uint32_t at = start;

	while (at < end && (text.data[at] == ' ' || text.data[at] == '\t'))
		at++;
	return at - start;
}

bool begins_line(struct text text, uint32_t offset, uint32_t *indent)
{
	uint32_t start = 0;

	*indent = UINT32_MAX;
	if (!line_start(text, offset, &start))
		return false;
	*indent = blanks_at(text, start, offset);
	return start + *indent == offset;
}

/* Only of braces the indentation is looked at. */
static bool push(struct brackets *brackets, char kind, struct text text, struct span span)
{
	struct bracket *open = &brackets->open[brackets->count];

	if (brackets->count == NESTING_MAX)
		return false;
	brackets->count++;
	*open = (struct bracket){ kind, span, UINT32_MAX };
	if (kind == '{') {
		brackets->braces++;
		begins_line(text, span.from, &open->indent);
	}
	return true;
}

static void pop(struct brackets *brackets)
{
	if (brackets->open[--brackets->count].kind == '{')
		brackets->braces--;
}

void brackets_drop_inner(struct brackets *brackets)
{
	while (brackets->count > 0 && brackets->open[brackets->count - 1].kind != '{')
		pop(brackets);
}

void brackets_clear(struct brackets *brackets)
{
	brackets->count = 0;
	brackets->braces = 0;
}

/* ( and [ within the innermost { only: a wrong one must not close a block. */
static void close_inner(struct brackets *brackets, char kind)
{
	brackets->unmatched = true;
	for (unsigned i = brackets->count; i > 0 && brackets->open[i - 1].kind != '{'; i--) {
		if (brackets->open[i - 1].kind != kind)
			continue;
		while (brackets->count >= i)
			pop(brackets);
		brackets->unmatched = false;
		return;
	}
}

static void close_brace(struct brackets *brackets, struct text text, uint32_t offset)
{
	const struct bracket *opened;
	uint32_t indent;

	brackets_drop_inner(brackets);
	if (brackets->count == 0)
		return;
	opened = &brackets->open[brackets->count - 1];
	if (!brackets->has_suspect && begins_line(text, offset, &indent) &&
	    opened->indent != UINT32_MAX && indent < opened->indent) {
		brackets->has_suspect = true;
		brackets->suspect = opened->span;
	}
	pop(brackets);
}

bool brackets_note(struct brackets *brackets, struct text text, const struct token *token)
{
	switch (token->kind) {
	case '(':
	case '[':
	case '{':
		return push(brackets, (char)token->kind, text, token->span);
	case TOKEN_INTERPOLATION_OPEN:
		return push(brackets, '%', text, token->span);
	case ')':
		close_inner(brackets, '(');
		return true;
	case ']':
		close_inner(brackets, '[');
		return true;
	case TOKEN_INTERPOLATION_CLOSE:
		close_inner(brackets, '%');
		return true;
	case '}':
		close_brace(brackets, text, token->span.from);
		return true;
	default:
		return true;
	}
}
