#include "store/pcre_line.h"

/* The slash that ends a pattern that begins at `from`; the length when there is none. */
static size_t pattern_end(struct text text, size_t from)
{
	size_t at = from;

	while (at < text.length && text.data[at] != '/')
		at += text.data[at] == '\\' ? 2 : 1;
	return at < text.length ? at : text.length;
}

static size_t word_end(struct text text, size_t from)
{
	while (from < text.length && !byte_is_space(text.data[from]))
		from++;
	return from;
}

static bool toggle(char byte, bool *ignores_case, bool *many_lines, bool *all, bool *extended)
{
	bool *const flag = byte == 'i'	 ? ignores_case
			   : byte == 'm' ? many_lines
			   : byte == 's' ? all
			   : byte == 'x' ? extended
					 : NULL;

	if (flag)
		*flag = !*flag;
	return flag != NULL;
}

/* Each letter turns its flag to the other side. */
static bool read_flags(struct text letters, struct pcre_line *line)
{
	bool ignores_case = true, many_lines = false, all = true, extended = false;
	size_t length = 0;

	for (uint32_t i = 0; i < letters.length; i++)
		if (!toggle(letters.data[i], &ignores_case, &many_lines, &all, &extended))
			return false;
	if (ignores_case)
		line->flags[length++] = 'i';
	if (many_lines)
		line->flags[length++] = 'm';
	if (all)
		line->flags[length++] = 's';
	if (extended)
		line->flags[length++] = 'x';
	line->flags[length] = '\0';
	return true;
}

/* "!/pattern/flags what follows" */
static const char *read_pattern(struct text text, struct pcre_line *line)
{
	size_t from = text.length && text.data[0] == '!' ? 1 : 0, end, word;

	line->negated = from == 1;
	line->wrong = text_part(text, 0, word_end(text, 0));
	if (from >= text.length || text.data[from] != '/')
		return "this is no pattern: write /pattern/, !/pattern/, if /pattern/ or endif";
	end = pattern_end(text, from + 1);
	if (end == text.length)
		return "the pattern has no end: a slash is missing";
	line->pattern = text_part(text, from + 1, end);
	word = word_end(text, end + 1);
	line->wrong = text_part(text, end, word);
	line->item = text_trim(text_part(text, word, text.length));
	return read_flags(text_part(text, end + 1, word), line)
		       ? NULL
		       : "the flags i, m, s and x are known here, and no others";
}

static bool begins_with_word(struct text text, struct text word)
{
	return text.length >= word.length &&
	       text_equals_ignoring_case(text_part(text, 0, word.length), word) &&
	       (text.length == word.length || byte_is_space(text.data[word.length]));
}

const char *pcre_line_parse(struct text text, struct pcre_line *line)
{
	const char *fault;

	*line = (struct pcre_line){ .kind = PCRE_RULE, .wrong = text };
	if (begins_with_word(text, TEXT("endif"))) {
		line->kind = PCRE_ENDIF;
		return text.length == 5 ? NULL : "nothing stands behind endif";
	}
	if (!begins_with_word(text, TEXT("if")))
		return read_pattern(text, line);
	line->kind = PCRE_IF;
	fault = read_pattern(text_trim(text_part(text, 2, text.length)), line);
	if (!fault && line->item.length) {
		line->wrong = line->item;
		return "nothing stands behind the pattern of an if";
	}
	return fault;
}
