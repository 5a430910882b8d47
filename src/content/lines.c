#include "content/lines.h"

size_t line_end(struct text text, size_t at, size_t *next)
{
	const char *found = memchr(text.data + at, '\n', text.length - at);
	size_t end = found ? (size_t)(found - text.data) : text.length;

	*next = found ? end + 1 : end;
	return found && end > at && text.data[end - 1] == '\r' ? end - 1 : end;
}

size_t field_end(struct text text, size_t at, size_t *next)
{
	size_t end = line_end(text, at, next);

	while (*next < text.length && end > at && byte_is_blank(text.data[*next]))
		end = line_end(text, *next, next);
	return end;
}

size_t before_line_break(struct text text, size_t from, size_t at)
{
	if (at > from && text.data[at - 1] == '\n')
		at--;
	else
		return at;
	return at > from && text.data[at - 1] == '\r' ? at - 1 : at;
}

bool field_next(struct text header, size_t *at, struct field *field)
{
	size_t from = *at, end;
	const char *colon;
	struct text name;

	if (from >= header.length)
		return false;
	end = field_end(header, from, at);
	if (end == from)
		return false;
	*field = (struct field){ TEXT_EMPTY, text_part(header, from, end), false };
	colon = memchr(header.data + from, ':', end - from);
	if (!colon)
		return true;
	name = text_part(header, from, (size_t)(colon - header.data));
	while (name.length && byte_is_blank(name.data[name.length - 1]))
		name.length--;
	if (name.length && !text_contains_byte(name, '\n') && !byte_is_blank(name.data[0]))
		*field = (struct field){ name,
					 text_part(header, (size_t)(colon - header.data) + 1, end),
					 header.data + from + name.length != colon };
	return true;
}
