#include "authentication/tags.h"

bool list_next(struct text *rest, char separator, struct text *piece)
{
	const char *end;
	size_t length;

	if (rest->length == 0)
		return false;
	end = memchr(rest->data, separator, rest->length);
	length = end ? (size_t)(end - rest->data) : rest->length;
	*piece = text_trim(text_part(*rest, 0, length));
	*rest = text_part(*rest, end ? length + 1 : length, rest->length);
	return true;
}

bool list_has(struct text list, char separator, struct text wanted)
{
	struct text piece;

	while (list_next(&list, separator, &piece))
		if (text_equals_ignoring_case(piece, wanted))
			return true;
	return false;
}

bool number_read(struct text digits, int64_t *number)
{
	for (size_t i = 0; i < digits.length; i++)
		if (!byte_is_digit(digits.data[i]))
			return false;
	return digits.length && text_to_int(digits, number);
}

static bool name_is_right(struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		if (!byte_is_name(name.data[i]))
			return false;
	return name.length && !byte_is_digit(name.data[0]) && name.data[0] != '_';
}

static bool value_is_right(struct text value)
{
	for (size_t i = 0; i < value.length; i++) {
		unsigned char byte = (unsigned char)value.data[i];

		if ((byte < ' ' && !byte_is_space(value.data[i])) || byte == 0x7f)
			return false;
	}
	return true;
}

static const char *read_tag(struct text text, struct tags *tags)
{
	int64_t equals = text_find(text, TEXT("="), 0);
	struct tag tag;

	if (equals < 0)
		return "a tag without a value";
	tag.name = text_trim(text_part(text, 0, (size_t)equals));
	tag.span = text_part(text, (size_t)equals + 1, text.length);
	tag.value = text_trim(tag.span);
	if (!name_is_right(tag.name) || !value_is_right(tag.value))
		return "a tag that cannot be read";
	for (unsigned i = 0; i < tags->count; i++)
		if (text_equals(tags->items[i].name, tag.name))
			return "a tag that stands there twice";
	if (tags->count == TAGS_MAX)
		return "more than 64 tags";
	tags->items[tags->count++] = tag;
	return NULL;
}

const char *tags_read(struct text text, struct tags *tags)
{
	const char *fault = NULL;

	tags->count = 0;
	while (text.length && !fault) {
		int64_t end = text_find(text, TEXT(";"), 0);
		struct text one = end < 0 ? text : text_part(text, 0, (size_t)end);

		text = text_part(text, end < 0 ? text.length : (size_t)end + 1, text.length);
		/* a semicolon may stand at the end */
		if (text_trim(one).length || end >= 0)
			fault = read_tag(one, tags);
	}
	return fault;
}

const struct tag *tags_find(const struct tags *tags, const char *name)
{
	for (unsigned i = 0; i < tags->count; i++)
		if (text_equals_string(tags->items[i].name, name))
			return tags->items + i;
	return NULL;
}

struct text tags_value(const struct tags *tags, const char *name)
{
	const struct tag *tag = tags_find(tags, name);

	return tag ? tag->value : TEXT_EMPTY;
}
