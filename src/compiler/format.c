#include "compiler/format.h"

#include "compiler/parse.h"
#include "compiler/scanner.h"
#include "compiler/stream.h"

#include "afsl.tab.h"

enum { FORMAT_MEMORY = 256 << 20, INDENT = 4, COMMENT_GAP = 2, COMMENT_COLUMN_MOST = 72 };

/* A token as it is printed: texts with all that is in them are one. */
struct word {
	int kind;
	struct text text;
	unsigned line_breaks; /* before it, comments not counted */
};

/* An open bracket. */
struct level {
	char kind;
	bool indents;	    /* a line break stood right behind it, so what is in it is indented */
	unsigned questions; /* ? that wait for their : */
};

/* A line that is not written yet: its comment may have to stand below that of the line before. */
struct formatting {
	struct parsing *parsing;
	struct buffer *out;
	struct word before, before_that; /* kind 0 at the start */
	struct level levels[NESTING_MAX + 1];
	unsigned depth;	   /* of levels in use */
	unsigned braces;   /* of them, blocks */
	bool line_begins;  /* nothing of the present line is written */
	bool in_statement; /* the present line continues something */
	bool wants_blank;  /* an empty line goes before the next line */
	bool was_negative; /* the token before was a sign, not an operator */
	bool failed;
	/* comments behind code, on lines that follow each other */
	size_t run_start; /* where in `out` the first such line begins, when run_lines > 0 */
	unsigned run_lines, run_indent;
	size_t line_start;
	bool line_has_comment;
};

/* ---- what a word is ---- */

static bool is_word_kind(int kind)
{
	return (kind >= TOKEN_CONST && kind <= TOKEN_FALSE) ||
	       (kind >= TOKEN_USE && kind <= TOKEN_NAME);
}

/* Reserved, and not a name here: behind a point any word is one. */
static bool is_keyword(const struct formatting *f)
{
	int kind = f->before.kind;

	return kind >= TOKEN_CONST && kind <= TOKEN_NOT && f->before_that.kind != '.';
}

/* Does a value end with the word before? Then - is an operator, and ( and [ belong to it. */
static bool ends_value(const struct formatting *f)
{
	switch (f->before.kind) {
	case ')':
	case ']':
	case TOKEN_INTEGER:
	case TOKEN_FLOAT:
	case TOKEN_DURATION:
	case TOKEN_LARGEST:
	case TOKEN_GROUP:
	case TOKEN_RAW_TEXT:
	case TOKEN_REGEX:
	case TOKEN_PLAIN_TEXT:
	case TOKEN_TEXT_CLOSE:
		return true;
	default:
		return is_word_kind(f->before.kind) && !is_keyword(f);
	}
}

static struct level *top(struct formatting *f)
{
	return &f->levels[f->depth];
}

/* Is the : at hand that of a ? : expression? */
static bool is_conditional_colon(struct formatting *f)
{
	return top(f)->questions > 0;
}

static bool has_space_before(struct formatting *f, const struct word *word)
{
	int before = f->before.kind, kind = word->kind;

	if (before == '(' || before == '[' || before == '.' || before == TOKEN_DOTDOT)
		return false;
	if (f->was_negative)
		return kind == '-'; /* -- would be read as something else */
	switch (kind) {
	case ')':
	case ']':
	case ',':
	case ';':
	case '.':
	case TOKEN_DOTDOT:
		return false;
	case ':':
		return is_conditional_colon(f);
	case '(':
	case '[':
		return !ends_value(f);
	default:
		return true;
	}
}

/* ---- lines ---- */

static unsigned indentation(const struct formatting *f, bool closes)
{
	unsigned columns = f->in_statement && !closes ? INDENT : 0;
	bool broken = false;

	for (unsigned i = 1; i <= f->depth; i++) {
		if (f->levels[i].kind == '{' || f->levels[i].indents)
			columns += INDENT;
		broken |= f->levels[i].indents;
	}
	/* Inside brackets that are indented already a continued line needs no further mark. */
	if (f->in_statement && !closes && broken)
		columns -= INDENT;
	if (closes && f->levels[f->depth].kind != '{' && !f->levels[f->depth].indents)
		return columns;
	return closes && columns >= INDENT ? columns - INDENT : columns;
}

static void align_run(struct formatting *f);

static void end_line(struct formatting *f)
{
	if (f->line_begins)
		return;
	buffer_append_byte(f->out, '\n');
	if (!f->line_has_comment)
		align_run(f);
	f->line_has_comment = false;
	f->line_begins = true;
}

static void begin_line(struct formatting *f, bool closes)
{
	if (f->wants_blank && f->out->length) {
		align_run(f);
		buffer_append_byte(f->out, '\n');
	}
	f->wants_blank = false;
	f->line_start = f->out->length;
	f->line_begins = false;
	for (unsigned i = indentation(f, closes); i > 0; i--)
		buffer_append_byte(f->out, ' ');
}

/* ---- comments behind code ---- */

/* The comment's place in a line of the run: where the gap that we wrote begins. A NUL byte, which
 * no source holds, stands for the gap until the run is aligned. */
static void align_run(struct formatting *f)
{
	struct text lines = text_part(buffer_text(f->out), f->run_start, f->out->length);
	struct buffer aligned;
	size_t column = 0;

	if (f->run_lines == 0)
		return;
	f->run_lines = 0;
	buffer_init(&aligned, FORMAT_MEMORY);
	for (size_t at = 0, start = 0; at < lines.length; at++) {
		if (lines.data[at] == '\0' && at - start > column &&
		    at - start <= COMMENT_COLUMN_MOST)
			column = at - start;
		if (lines.data[at] == '\n')
			start = at + 1;
	}
	for (size_t at = 0, start = 0; at < lines.length; at++) {
		if (lines.data[at] != '\0') {
			buffer_append_byte(&aligned, lines.data[at]);
		} else {
			for (size_t gap = at - start; gap < column; gap++)
				buffer_append_byte(&aligned, ' ');
			buffer_append(&aligned, "  ", COMMENT_GAP);
		}
		if (lines.data[at] == '\n')
			start = at + 1;
	}
	f->out->length = f->run_start;
	buffer_append_text(f->out, buffer_text(&aligned));
	f->failed |= aligned.failed;
	buffer_free(&aligned);
}

static unsigned line_indent(const struct formatting *f)
{
	unsigned indent = 0;

	while (f->line_start + indent < f->out->length &&
	       f->out->data[f->line_start + indent] == ' ')
		indent++;
	return indent;
}

/* Comments stand below each other on lines that follow each other and are indented alike. */
static void write_comment_behind(struct formatting *f, struct text comment)
{
	unsigned indent = line_indent(f);

	if (f->run_lines && indent != f->run_indent) {
		size_t written = f->out->length - f->line_start;

		align_run(f);
		f->line_start = f->out->length - written;
	}
	if (f->run_lines++ == 0)
		f->run_start = f->line_start;
	f->run_indent = indent;
	buffer_append_byte(f->out, '\0');
	buffer_append_text(f->out, comment);
	f->line_has_comment = true;
	end_line(f);
}

static void write_comment_line(struct formatting *f, struct text comment)
{
	end_line(f);
	align_run(f);
	begin_line(f, false);
	buffer_append_text(f->out, comment);
	end_line(f);
}

static struct text without_trailing_blanks(struct text line)
{
	while (line.length && byte_is_space(line.data[line.length - 1]))
		line.length--;
	return line;
}

/* What stands between two tokens: white space and comments. Returns the line breaks behind the last
 * comment, or of the whole gap. */
static unsigned write_gap(struct formatting *f, struct text gap)
{
	unsigned breaks = 0;

	for (size_t at = 0; at < gap.length; at++) {
		const char *newline;
		size_t end;

		if (gap.data[at] == '\n')
			breaks++;
		if (gap.data[at] != '#')
			continue;
		newline = memchr(gap.data + at, '\n', gap.length - at);
		end = newline ? (size_t)(newline - gap.data) : gap.length;
		if (breaks > 1 && f->before.kind != '{')
			f->wants_blank = true;
		struct text comment = without_trailing_blanks(text_part(gap, at, end));
		if (breaks == 0 && !f->line_begins)
			write_comment_behind(f, comment);
		else
			write_comment_line(f, comment);
		breaks = 0;
		at = end - 1;
		f->before.line_breaks = 1; /* a comment in front: the empty line was decided here */
	}
	return breaks;
}

/* ---- words ---- */

static void push_level(struct formatting *f, char kind, bool indents)
{
	if (f->depth == NESTING_MAX) {
		f->failed = true;
		return;
	}
	f->levels[++f->depth] = (struct level){ .kind = kind, .indents = indents };
	f->braces += kind == '{';
}

static void pop_level(struct formatting *f)
{
	if (f->depth == 0)
		return;
	f->braces -= top(f)->kind == '{';
	f->depth--;
}

static bool goes_on_behind_brace(const struct formatting *f, int kind)
{
	return f->before.kind == '}' && (kind == TOKEN_ELSE || kind == TOKEN_CATCH);
}

/* Ends the line where the style wants it, or where the author broke a long one. */
static void break_line(struct formatting *f, const struct word *word)
{
	int before = f->before.kind, kind = word->kind;
	bool empty_block = before == '{' && kind == '}';
	bool block_edge = before == '{' || before == '}' || before == ';' || kind == '}';

	if (before == 0 || f->line_begins || empty_block || goes_on_behind_brace(f, kind))
		return;
	if (kind == ';' || kind == ',' || kind == '{')
		return;
	if (block_edge || word->line_breaks)
		end_line(f);
}

static void write_token(struct formatting *f, const struct word *word)
{
	bool closes = word->kind == '}' || word->kind == ')' || word->kind == ']';

	if (f->line_begins) {
		if (word->line_breaks > 1 && f->before.kind != '{' && word->kind != '}')
			f->wants_blank = true;
		begin_line(f, closes);
	} else if (has_space_before(f, word)) {
		buffer_append_byte(f->out, ' ');
	}
	buffer_append_text(f->out, word->text);
}

static void note_brackets(struct formatting *f, const struct word *word, bool break_follows)
{
	switch (word->kind) {
	case '{':
		push_level(f, '{', false);
		break;
	case '(':
	case '[':
		push_level(f, (char)word->kind, break_follows);
		break;
	case '}':
	case ')':
	case ']':
		pop_level(f);
		break;
	case '?':
		top(f)->questions++;
		break;
	case ':':
		if (top(f)->questions)
			top(f)->questions--;
		break;
	case ';':
		top(f)->questions = 0;
		break;
	default:
		break;
	}
}

static void write_word(struct formatting *f, const struct word *word, bool break_follows)
{
	bool sign = word->kind == '-' && !ends_value(f);

	break_line(f, word);
	/* The block of a statement is no part of its line, even below a comment. */
	f->in_statement &= word->kind != '{';
	/* A declaration with a block stands apart. */
	if (f->line_begins && f->depth == 0 && f->before.kind == '}' && !f->before.line_breaks)
		f->wants_blank = true;
	write_token(f, word);
	note_brackets(f, word, break_follows);
	f->in_statement = word->kind != '{' && word->kind != '}' && word->kind != ';';
	f->was_negative = sign;
	f->before_that = f->before;
	f->before = *word;
	f->before.line_breaks = 0;
}

/* ---- the source ---- */

/* Joins the tokens of a text to one word. */
static bool take_word(struct parsing *parsing, struct token *token, struct text *text)
{
	unsigned texts = 0;
	uint32_t from = token->span.from, to;

	for (;;) {
		texts += token->kind == TOKEN_TEXT_OPEN;
		texts -= token->kind == TOKEN_TEXT_CLOSE;
		to = token->span.to;
		if (texts == 0)
			break;
		if (!stream_scan(parsing, token))
			return false;
	}
	*text = text_part(parsing->text, from, to);
	return true;
}

static bool next_token(struct formatting *f, struct token *token)
{
	return stream_scan(f->parsing, token) && token->kind != 0;
}

static bool breaks_before(const struct formatting *f, uint32_t from)
{
	struct text rest = text_part(f->parsing->text, from, f->parsing->text.length);

	for (size_t i = 0; i < rest.length && byte_is_space(rest.data[i]); i++)
		if (rest.data[i] == '\n')
			return true;
	return rest.length && text_trim(rest).length && text_trim(rest).data[0] == '#';
}

static void format_tokens(struct formatting *f, uint32_t from)
{
	struct token token;
	uint32_t end = from;

	while (next_token(f, &token)) {
		struct word word = { .kind = token.kind };

		word.line_breaks = write_gap(f, text_part(f->parsing->text, end, token.span.from));
		if (!take_word(f->parsing, &token, &word.text)) {
			f->failed = true;
			return;
		}
		end = (uint32_t)(word.text.data - f->parsing->text.data) + word.text.length;
		write_word(f, &word, breaks_before(f, end));
	}
	write_gap(f, text_part(f->parsing->text, end, f->parsing->text.length));
	f->wants_blank = false;
	end_line(f);
	align_run(f);
}

bool format_source(uint32_t source, struct diagnostics *diagnostics, struct buffer *out)
{
	struct formatting f = { .out = out, .line_begins = true };
	struct arena arena;
	unsigned errors = diagnostics->errors;
	uint32_t from;

	arena_init(&arena, FORMAT_MEMORY, LIFETIME_PROGRAM);
	if (!parse(source, &arena, diagnostics) || diagnostics->errors > errors) {
		arena_reset(&arena);
		return false;
	}
	f.parsing = parse_tokens(source, &arena, diagnostics, &from);
	if (f.parsing)
		format_tokens(&f, from);
	else
		f.failed = true;
	arena_reset(&arena);
	return !f.failed && !out->failed;
}
