#include "case.h"

#include <stdio.h>
#include <stdlib.h>

const char *const kind_names[KIND_COUNT] = { "",     "verdict", "rcpt",	  "change",
					     "trap", "error",	"warning" };

void case_add(struct test_case *test, struct lines *lines, enum kind kind, unsigned line,
	      struct text text)
{
	char *copy = arena_string(&test->arena, text);

	if (!copy || lines->count == EXPECTATIONS_MAX)
		abort();
	lines->items[lines->count++] = (struct expectation){ kind, line, copy };
}

void case_note(struct test_case *test, enum kind kind, unsigned line, const char *format, ...)
{
	char text[LINE_LENGTH_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	case_add(test, &test->actual, kind, line, text_of_string(text, LIFETIME_EVENT));
}

/* Cuts off what stands before `mark`, and the mark; false when there is none. */
static bool cut(struct text *rest, struct text mark, struct text *before)
{
	int64_t at = text_find(*rest, mark, 0);

	if (at < 0)
		return false;
	*before = text_trim(text_part(*rest, 0, (size_t)at));
	*rest = text_part(*rest, (size_t)at + mark.length, rest->length);
	return true;
}

/* "error line 7" */
static bool read_head(struct text head, enum kind *kind, unsigned *line)
{
	struct text name = head;
	int64_t number;

	if (cut(&head, TEXT(" line "), &name)) {
		if (!text_to_int(text_trim(head), &number))
			return false;
		*line = (unsigned)number;
	}
	for (int k = 0; k < KIND_COUNT; k++) {
		*kind = (enum kind)k;
		if (text_equals_string(name, kind_names[k]))
			return true;
	}
	return false;
}

/* Behind "# expect". */
static void read_expectation(struct test_case *test, struct text rest, unsigned line)
{
	struct text head;
	enum kind kind;

	if (text_starts_with(rest, TEXT(" tests:"))) {
		test->is_of_blocks = true;
		return;
	}
	if (!cut(&rest, TEXT(":"), &head) || !read_head(head, &kind, &line)) {
		test->broken = true;
		return;
	}
	case_add(test, &test->expected, kind, line, text_trim(rest));
}

static char *word(struct test_case *test, struct text text)
{
	char *copy = arena_string(&test->arena, text_trim(text));

	if (!copy)
		abort();
	return copy;
}

/* IP:PORT; an address of version 6 stands in brackets when a port follows. */
static void cut_port(struct envelope *envelope)
{
	char *ip = envelope->client_ip, *colon = strrchr(ip, ':');
	size_t length;

	if (!colon || (*ip != '[' && strchr(ip, ':') != colon))
		return;
	envelope->client_port = (unsigned)atoi(colon + 1);
	*colon = '\0';
	length = strlen(ip);
	if (*ip == '[' && length > 2) {
		memmove(ip, ip + 1, length - 2);
		ip[length - 2] = '\0';
	}
}

static void read_client(struct test_case *test, struct text rest)
{
	struct envelope *envelope = &test->envelope;

	envelope->client_ip[0] = envelope->client_name[0] = '\0';
	envelope->client_port = 0;
	if (sscanf(word(test, rest), "%63s %255s", envelope->client_ip, envelope->client_name) < 2)
		snprintf(envelope->client_name, sizeof(envelope->client_name), "[%s]",
			 envelope->client_ip);
	cut_port(envelope);
	if (strcmp(envelope->client_ip, "local") == 0)
		envelope->client_ip[0] = '\0';
}

static void read_header(struct test_case *test, struct text rest)
{
	struct message *message = &test->message;
	struct field *fields;
	struct field field;
	struct text all = text_part(rest, rest.data[0] == ' ' ? 1 : 0, rest.length);

	if (!test->own_headers)
		message->field_count = 0;
	test->own_headers = true;
	fields = arena_zeroed(&test->arena, (message->field_count + 1) * sizeof(*fields));
	if (!fields || !cut(&all, TEXT(":"), &field.name)) {
		test->broken = true;
		return;
	}
	field.raw = all;
	if (message->field_count)
		memcpy(fields, message->fields, message->field_count * sizeof(*fields));
	fields[message->field_count++] = field;
	message->fields = fields;
}

static void read_body(struct test_case *test, struct text rest)
{
	if (!test->own_body)
		buffer_clear(&test->message.body);
	test->own_body = true;
	buffer_append_text(
		&test->message.body,
		text_part(rest, rest.length && rest.data[0] == ' ' ? 1 : 0, rest.length));
	buffer_append_string(&test->message.body, "\r\n");
}

static void read_rcpt(struct test_case *test, struct text rest)
{
	struct envelope *envelope = &test->envelope;

	if (test->own_rcpts)
		envelope->rcpts[envelope->rcpt_count++] = text_trim(rest);
	else
		envelope->rcpts[0] = text_trim(rest);
	test->own_rcpts = true;
}

static void read_option(struct test_case *test, struct text rest)
{
	struct text name;

	if (test->setting_count == SETTINGS_MAX || !cut(&rest, TEXT("="), &name)) {
		test->broken = true;
		return;
	}
	test->settings[test->setting_count++] =
		(struct afsl_setting){ word(test, name), word(test, rest) };
}

/* One directive of the session; false when the comment is something else. */
static bool read_directive(struct test_case *test, struct text name, struct text rest)
{
	struct envelope *envelope = &test->envelope;

	if (text_equals(name, TEXT("client")))
		read_client(test, rest);
	else if (text_equals(name, TEXT("helo")))
		snprintf(envelope->helo, sizeof(envelope->helo), "%s", word(test, rest));
	else if (text_equals(name, TEXT("from")))
		envelope->from = text_trim(rest);
	else if (text_equals(name, TEXT("rcpt")))
		read_rcpt(test, rest);
	else if (text_equals(name, TEXT("header")))
		read_header(test, rest);
	else if (text_equals(name, TEXT("body")))
		read_body(test, rest);
	else if (text_equals(name, TEXT("macro")) && envelope->macro_count < SETTINGS_MAX)
		test->macros[envelope->macro_count++] = word(test, rest);
	else if (text_equals(name, TEXT("auth")))
		envelope->auth = word(test, rest);
	else if (text_equals(name, TEXT("mta")))
		test->mta = word(test, rest);
	else if (text_equals(name, TEXT("tls")))
		envelope->tls = true;
	else if (text_equals(name, TEXT("option")))
		read_option(test, rest);
	else
		return false;
	return true;
}

static void read_line(struct test_case *test, struct text line, unsigned number)
{
	static const struct text mark = { "# expect", 8, LIFETIME_PROGRAM };
	struct text before, piece;

	if (text_starts_with(line, TEXT("# ")) && !text_starts_with(line, mark)) {
		piece = text_part(line, 2, line.length);
		if (cut(&piece, TEXT(":"), &before))
			read_directive(test, before, piece);
		return;
	}
	if (!cut(&line, mark, &before))
		return;
	while (cut(&line, mark, &piece))
		read_expectation(test, piece, number);
	read_expectation(test, line, number);
}

void case_read(struct test_case *test, struct text source)
{
	struct text line;

	for (unsigned number = 1; cut(&source, TEXT("\n"), &line); number++)
		read_line(test, line, number);
	read_line(test, source, 0);
}
