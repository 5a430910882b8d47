#include "cli/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/system.h"

enum { MESSAGE_MAX = 256 << 20 };

static const char made_up[] = "From: Alice <alice@sender.example>\n"
			      "To: bob@recipient.example\n"
			      "Subject: a message to try a filter with\n"
			      "Date: Thu, 1 Jan 2026 12:00:00 +0000\n"
			      "Message-ID: <1@sender.example>\n"
			      "\n"
			      "Hello Bob,\n"
			      "this is only a test.\n";

static const char *read_path(const char *path, struct buffer *into)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : system_open(path, O_RDONLY, 0);
	int error;

	if (fd < 0)
		return strerror(errno);
	error = buffer_read(into, fd);
	if (fd != STDIN_FILENO)
		close(fd);
	if (error == EFBIG)
		return "it is larger than 256 MB";
	return error ? strerror(error) : NULL;
}

/* The line at `from` without its end; *next is where the next one begins. */
static struct text line_at(struct text all, size_t from, size_t *next)
{
	const char *newline = memchr(all.data + from, '\n', all.length - from);
	size_t end = newline ? (size_t)(newline - all.data) : all.length;

	*next = newline ? end + 1 : end;
	if (end > from && all.data[end - 1] == '\r' && newline)
		end--;
	return text_part(all, from, end);
}

static bool is_field_name(struct text name)
{
	for (size_t i = 0; i < name.length; i++)
		if (name.data[i] <= ' ' || name.data[i] > '~')
			return false;
	return name.length > 0;
}

/* Splits "Name : value" at the colon, as Postfix does; false when the line is no field. */
static bool field_start(struct text line, struct field *field)
{
	int64_t colon = text_find(line, TEXT(":"), 0);

	if (colon <= 0)
		return false;
	field->name = text_part(line, 0, (size_t)colon);
	while (field->name.length && byte_is_space(field->name.data[field->name.length - 1]))
		field->name.length--;
	field->raw = text_part(line, (size_t)colon + 1, line.length);
	return is_field_name(field->name);
}

static bool add_field(struct message *message, size_t *room, struct field field)
{
	if (message->field_count == *room) {
		size_t more = *room ? *room * 2 : 32;
		struct field *fields = arena_allocate(&message->arena, more * sizeof(*fields));

		if (!fields)
			return false;
		if (*room)
			memcpy(fields, message->fields, *room * sizeof(*fields));
		message->fields = fields;
		*room = more;
	}
	message->fields[message->field_count++] = field;
	return true;
}

/* Lines that begin with a blank belong to the field; their ends become LF. */
static bool gather_folds(struct message *message, struct text all, struct field *field, size_t *at)
{
	struct buffer value;
	bool ok = true;

	if (*at >= all.length || (all.data[*at] != ' ' && all.data[*at] != '\t'))
		return true;
	buffer_init(&value, MESSAGE_MAX);
	buffer_append_text(&value, field->raw);
	while (*at < all.length && (all.data[*at] == ' ' || all.data[*at] == '\t')) {
		buffer_append_byte(&value, '\n');
		buffer_append_text(&value, line_at(all, *at, at));
	}
	field->raw = arena_copy(&message->arena, buffer_text(&value), &ok);
	ok = ok && !value.failed;
	buffer_free(&value);
	return ok;
}

static bool split_header(struct message *message, struct text all, size_t *body)
{
	size_t room = 0, at = 0, next;

	if (text_starts_with(all, TEXT("From ")))
		line_at(all, 0, &at);
	while (at < all.length) {
		struct text line = line_at(all, at, &next);
		struct field field;

		if (line.length == 0) {
			at = next;
			break;
		}
		if (!field_start(line, &field))
			break;
		at = next;
		if (!gather_folds(message, all, &field, &at) || !add_field(message, &room, field))
			return false;
	}
	*body = at;
	return true;
}

static void make_body(struct message *message, struct text all, size_t from)
{
	while (from < all.length) {
		buffer_append_text(&message->body, line_at(all, from, &from));
		buffer_append(&message->body, "\r\n", 2);
	}
}

const char *message_read(const char *path, struct message *message)
{
	struct buffer content;
	const char *why = NULL;
	struct text all;
	size_t body = 0;
	bool ok = true;

	*message = (struct message){ .made_up = !path };
	arena_init(&message->arena, (size_t)MESSAGE_MAX * 3, LIFETIME_PROGRAM);
	buffer_init(&message->body, (size_t)MESSAGE_MAX * 2);
	buffer_init(&content, MESSAGE_MAX);
	if (path)
		why = read_path(path, &content);
	else
		buffer_append(&content, made_up, sizeof(made_up) - 1);
	if (!why) {
		all = arena_copy(&message->arena, buffer_text(&content), &ok);
		ok = ok && split_header(message, all, &body);
		if (ok)
			make_body(message, all, body);
		if (!ok || message->body.failed)
			why = "there is no memory for it";
	}
	buffer_free(&content);
	return why;
}

void message_free(struct message *message)
{
	arena_reset(&message->arena);
	buffer_free(&message->body);
}

const struct field *message_field(const struct message *message, const char *name)
{
	struct text wanted = text_of_string(name, LIFETIME_EVENT);

	for (size_t i = 0; i < message->field_count; i++)
		if (text_equals_ignoring_case(message->fields[i].name, wanted))
			return &message->fields[i];
	return NULL;
}

/* Skips a quoted string or comment that begins at `at`; returns what follows it. */
static size_t skip_quoted(struct text value, size_t at)
{
	char end = value.data[at] == '(' ? ')' : '"';
	unsigned depth = 1;

	for (at++; at < value.length; at++) {
		if (value.data[at] == '\\')
			at++;
		else if (value.data[at] == end && --depth == 0)
			return at + 1;
		else if (end == ')' && value.data[at] == '(')
			depth++;
	}
	return value.length;
}

static struct text one_address(struct text item)
{
	int64_t open = -1, close;

	for (size_t i = 0; i < item.length;) {
		if (item.data[i] == '"' || item.data[i] == '(') {
			i = skip_quoted(item, i);
			continue;
		}
		if (item.data[i] == '<')
			open = (int64_t)i;
		i++;
	}
	if (open < 0)
		return text_trim(item);
	close = text_find(item, TEXT(">"), (size_t)open);
	return text_trim(text_part(item, (size_t)open + 1,
				   close < 0 ? item.length : (size_t)close));
}

size_t addresses_in(struct text value, struct text *found, size_t most)
{
	size_t count = 0, from = 0, at = 0;

	while (at <= value.length && count < most) {
		if (at < value.length && (value.data[at] == '"' || value.data[at] == '(')) {
			at = skip_quoted(value, at);
			continue;
		}
		if (at == value.length || value.data[at] == ',' || value.data[at] == ';') {
			struct text address = one_address(text_part(value, from, at));

			if (text_contains_byte(address, '@') && !text_contains_byte(address, ' '))
				found[count++] = address;
			from = at + 1;
		} else if (value.data[at] == ':') { /* the name of a group */
			from = at + 1;
		}
		at++;
	}
	return count;
}
