/* What was skipped after a syntax error may have declared names: that nothing in the tree does is
 * no further error. Warnings wait until the program has its shape. */
#include "compiler/checker.h"

#include <string.h>

/* ---- words of skipped source ------------------------------------------------------ */

struct words {
	struct text text; /* of the file */
	uint32_t at, end;
	struct text word, before; /* the present one and the one before it */
	char sign;		  /* the last that is no blank between the two */
};

/* Comments and texts are read too: that hides an error at most until the first is mended. */
static bool next_word(struct words *words)
{
	const char *data = words->text.data;
	uint32_t from;

	words->before = words->word;
	words->sign = '\0';
	for (; words->at < words->end && !byte_is_name(data[words->at]); words->at++)
		if (!byte_is_space(data[words->at]))
			words->sign = data[words->at];
	from = words->at;
	while (words->at < words->end && byte_is_name(data[words->at]))
		words->at++;
	words->word = text_part(words->text, from, words->at);
	words->word.lifetime = LIFETIME_PROGRAM;
	return from < words->at;
}

static bool is_declaring(struct text word, char sign)
{
	static const char *const words[] = { "var",    "const",	 "function", "method",
					     "record", "option", "table",    "as" };

	if (sign == '(')
		return text_equals(word, TEXT("for")) || text_equals(word, TEXT("catch")) ||
		       text_equals(word, TEXT("set"));
	for (size_t i = 0; sign == '\0' && i < sizeof(words) / sizeof(words[0]); i++)
		if (text_equals_string(word, words[i]))
			return true;
	return false;
}

/* Behind a parameter and a field stands a colon, behind the second name of a for the word in. */
static bool is_declared(const struct words *words)
{
	uint32_t at = words->at;

	while (at < words->end && byte_is_space(words->text.data[at]))
		at++;
	return (at < words->end && words->text.data[at] == ':') || words->sign == ',' ||
	       is_declaring(words->before, words->sign);
}

static void enter_words(struct checker *checker, const struct lost *lost)
{
	struct words words = { .text = checker->diagnostics->sources[lost->span.source].text,
			       .at = lost->span.from,
			       .end = lost->span.to };

	while (next_word(&words) && !checker->failed) {
		void **place;

		if (!lost->unreadable && !is_declared(&words))
			continue;
		place = name_place(checker, &checker->lost, words.word);
		if (place)
			*place = checker;
	}
}

bool lost_prepare(struct checker *checker)
{
	checker->lost.folded = true;
	for (unsigned i = 0; i < checker->input->tree_count; i++)
		for (const struct lost *lost = checker->input->trees[i]->lost; lost;
		     lost = lost->next)
			enter_words(checker, lost);
	return !checker->failed;
}

/* ---- what follows from it -------------------------------------------------------------- */

/* %name% without its signs, milter.Reply without what follows. */
static struct text name_at(const struct checker *checker, struct span span)
{
	struct words words = { .text = checker->diagnostics->sources[span.source].text,
			       .at = span.from,
			       .end = span.to };

	next_word(&words);
	return words.word;
}

static bool is_of_unknown_name(const char *code)
{
	static const char *const codes[] = { "E0301", "E0302", "E0308" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i], code) == 0)
			return true;
	return false;
}

bool follows_from_lost(const struct checker *checker, const char *code, struct span span)
{
	if (code[0] == 'W')
		return checker->misshapen;
	if ((!checker->lost.count && !checker->input->incomplete) || !is_of_unknown_name(code))
		return false;
	return checker->input->incomplete || name_find(&checker->lost, name_at(checker, span));
}

bool has_lost(const struct checker *checker, struct span span)
{
	for (unsigned i = 0; i < checker->input->tree_count; i++)
		for (const struct lost *lost = checker->input->trees[i]->lost; lost;
		     lost = lost->next)
			if (lost->span.source == span.source && lost->span.from < span.to &&
			    lost->span.to > span.from)
				return true;
	return false;
}
