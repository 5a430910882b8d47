#include "builtins/http_fields.h"
#include "builtins/answer.h"

#include <stdio.h>
#include <string.h>

/* ---- what goes out ---- */

bool http_is_token(struct text text)
{
	for (uint32_t i = 0; i < text.length; i++)
		if (!byte_is_name(text.data[i]) &&
		    (!text.data[i] || !strchr("!#$%&'*+-.^`|~", text.data[i])))
			return false;
	return text.length > 0;
}

static bool is_one_line(struct text text)
{
	for (uint32_t i = 0; i < text.length; i++)
		if (((unsigned char)text.data[i] < ' ' && text.data[i] != '\t') ||
		    text.data[i] == 127)
			return false;
	return true;
}

/* Who lied about the length of a body could put another request behind it. */
static bool is_ours(struct text name)
{
	return text_equals_ignoring_case(name, TEXT("Content-Length")) ||
	       text_equals_ignoring_case(name, TEXT("Transfer-Encoding")) ||
	       text_equals_ignoring_case(name, TEXT("Connection"));
}

static const char *header_fault(struct text name, struct text content)
{
	if (!http_is_token(name))
		return "a header is written \"Name: value\"";
	if (is_ours(name))
		return "this header is made here";
	return is_one_line(content) ? NULL : "a header is one line without control characters";
}

/* libcurl wants a header without a value as "Name;". */
static enum call_result add_line(struct call *call, struct http_fields *fields, struct text name,
				 struct text content)
{
	const char *fault = header_fault(name, content);
	size_t room = (size_t)name.length + content.length + 3;
	char *line;

	if (!fault && fields->count == HTTP_FIELDS_MAX)
		fault = "this is one header too many: 100 is the most";
	if (fault)
		return call_raise(call, "argument", 0, false, "\"%.*s\": %s",
				  name.length < 64 ? (int)name.length : 64,
				  name.length ? name.data : "", fault);
	line = arena_allocate(call_arena(call), room);
	if (!line)
		return call_memory(call);
	snprintf(line, room, content.length ? "%.*s: %.*s" : "%.*s;", TEXT_PRINTF(name),
		 TEXT_PRINTF(content));
	fields->lines[fields->count++] = line;
	return CALL_DONE;
}

enum call_result http_fields_read(struct call *call, const struct list *headers, struct text type,
				  struct http_fields *fields)
{
	enum call_result result = CALL_DONE;
	bool typed = false;

	for (uint32_t i = 0; i < headers->length && result == CALL_DONE; i++) {
		struct text line = headers->items[i].text;
		int64_t colon = text_find(line, TEXT(":"), 0);
		struct text name = text_part(line, 0, colon < 0 ? 0 : (size_t)colon);

		typed |= text_equals_ignoring_case(name, TEXT("Content-Type"));
		result = add_line(call, fields, name,
				  text_trim(text_part(line, (size_t)(colon + 1), line.length)));
	}
	if (result != CALL_DONE || typed)
		return result;
	if (type.length)
		return add_line(call, fields, TEXT("Content-Type"), type);
	fields->lines[fields->count++] = "Content-Type:"; /* libcurl's own goes */
	return CALL_DONE;
}

/* ---- what comes back ---- */

static enum call_result lower_name(struct call *call, struct text *name)
{
	char *room = arena_bytes(call_arena(call), name->length + 1u);

	if (!room)
		return call_memory(call);
	for (uint32_t i = 0; i < name->length; i++)
		room[i] = byte_lower(name->data[i]);
	*name = text_of(room, name->length, LIFETIME_EVENT);
	return CALL_DONE;
}

/* What stands there twice is joined (RFC 9110, 5.3). */
static enum call_result put_header(struct call *call, struct map *headers, struct text name,
				   struct text content)
{
	const value *before = map_find(headers, (value){ .text = name });
	struct writer writer;

	writer_begin(&writer, call, content.length + (before ? before->text.length + 2u : 0) + 1u);
	if (before) {
		writer_add_text(&writer, before->text);
		writer_add_text(&writer, TEXT(", "));
	}
	writer_add_text(&writer, content);
	if (writer.status != CALL_DONE)
		return writer.status;
	if (!map_put(headers, (value){ .text = name }, (value){ .text = writer_text(&writer) }))
		return refuse_growth(call, headers->length);
	return CALL_DONE;
}

static enum call_result take_line(struct call *call, struct map *headers, struct text line)
{
	int64_t colon = text_find(line, TEXT(":"), 0);
	enum call_result result;
	struct text name;

	if (colon < 0)
		return CALL_DONE;
	name = text_trim(text_part(line, 0, (size_t)colon));
	result = lower_name(call, &name);
	if (result != CALL_DONE)
		return result;
	return put_header(call, headers, name,
			  text_trim(text_part(line, (size_t)colon + 1, line.length)));
}

/* A line that begins with a blank goes on with the one before: libcurl has unfolded it. */
enum call_result http_fields_take(struct call *call, struct text lines, struct map *headers)
{
	enum call_result result = CALL_DONE;
	unsigned count = 0;

	for (size_t from = 0; result == CALL_DONE && from < lines.length;) {
		int64_t newline = text_find(lines, TEXT("\n"), from);
		size_t to = newline < 0 ? lines.length : (size_t)newline;

		if (++count > HTTP_FIELDS_MAX)
			return call_raise(call, "protocol", 0, false,
					  "the answer has more than 100 headers");
		result = take_line(call, headers, text_part(lines, from, to));
		from = to + 1;
	}
	return result;
}

struct text http_fields_location(struct text lines)
{
	for (size_t from = 0; from < lines.length;) {
		int64_t newline = text_find(lines, TEXT("\n"), from);
		size_t to = newline < 0 ? lines.length : (size_t)newline;
		struct text line = text_part(lines, from, to);

		if (text_find_ignoring_case(line, TEXT("location:"), 0) == 0)
			return text_trim(text_part(line, 9, line.length));
		from = to + 1;
	}
	return TEXT_EMPTY;
}
