#include "content/hop.h"

/* A word up to a blank, or a comment with all that it holds. */
static struct text next_word(struct text value, size_t *at)
{
	unsigned depth = 0;
	size_t from;

	while (*at < value.length && byte_is_space(value.data[*at]))
		(*at)++;
	for (from = *at; *at < value.length; (*at)++) {
		char byte = value.data[*at];

		if (byte == '(')
			depth++;
		else if (byte == ')' && depth && --depth == 0 && value.data[from] == '(')
			return text_part(value, from, ++*at);
		else if (byte_is_space(byte) && depth == 0)
			break;
	}
	return text_part(value, from, *at);
}

/* Which field follows a word, or HOP_FIELDS. */
static enum hop_field keyword(struct text word)
{
	static const struct {
		const char *word;
		enum hop_field field;
	} words[] = { { "from", HOP_FROM },
		      { "by", HOP_BY },
		      { "with", HOP_WITH },
		      { "id", HOP_ID },
		      { "for", HOP_FOR } };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (text_equals_ignoring_case(word,
					      text_of_string(words[i].word, LIFETIME_PROGRAM)))
			return words[i].field;
	return HOP_FIELDS;
}

/* What stands between the first "[" and the "]" behind it. */
static struct text in_brackets(struct text comment)
{
	int64_t open = text_find(comment, TEXT("["), 0);
	int64_t close = open >= 0 ? text_find(comment, TEXT("]"), (size_t)open) : -1;

	return close >= 0 ? text_part(comment, (size_t)open + 1, (size_t)close) : TEXT_EMPTY;
}

static struct text without_angles(struct text word)
{
	bool angles = word.length >= 2 && word.data[0] == '<' && word.data[word.length - 1] == '>';

	return angles ? text_part(word, 1, word.length - 1u) : word;
}

/* The date stands behind the last ";" outside of comments. */
static struct text take_date(struct text *value)
{
	size_t at = value->length;
	struct text date = TEXT_EMPTY;

	while (at && value->data[at - 1] != ';')
		at--;
	if (at) {
		date = text_trim(text_part(*value, at, value->length));
		*value = text_part(*value, 0, at - 1);
	}
	return date;
}

void hop_read(struct text value, struct hop *out)
{
	enum hop_field last = HOP_FIELDS;
	size_t at = 0;

	for (unsigned i = 0; i < HOP_FIELDS; i++)
		out->fields[i] = TEXT_EMPTY;
	out->fields[HOP_DATE] = take_date(&value);
	for (struct text word = next_word(value, &at); word.length; word = next_word(value, &at)) {
		enum hop_field field = keyword(word);

		if (word.data[0] == '(') {
			if (last == HOP_FROM && out->fields[HOP_ADDRESS].length == 0)
				out->fields[HOP_ADDRESS] = in_brackets(word);
			continue;
		}
		if (field == HOP_FIELDS || out->fields[field].length)
			continue;
		last = field;
		out->fields[field] = without_angles(next_word(value, &at));
	}
}
