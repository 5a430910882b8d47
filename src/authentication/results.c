#include "authentication/results.h"

#include "authentication/comments.h"

/* ---- words ---- */

struct reader {
	struct text text;
	size_t at;
	struct arena *arena;
	bool failed; /* memory has ended */
};

static void skip(struct reader *reader)
{
	reader->at = comments_end(reader->text, reader->at);
}

static char peek(const struct reader *reader)
{
	return reader->at < reader->text.length ? reader->text.data[reader->at] : '\0';
}

static bool take(struct reader *reader, char byte)
{
	skip(reader);
	if (reader->at == reader->text.length || peek(reader) != byte)
		return false;
	reader->at++;
	return true;
}

/* Of RFC 2045. */
static bool is_token_byte(char byte)
{
	return byte > ' ' && byte < 0x7f && !strchr("()<>@,;:\\\"/[]?=", byte);
}

static bool is_keyword_byte(char byte)
{
	return byte_is_name(byte) || byte == '-';
}

/* Values of properties are addresses, and what many write without quotes: "b=a/b+c=". */
static bool is_value_byte(char byte)
{
	return (byte > ' ' && byte != 0x7f && !strchr("();\"\\,", byte)) || (signed char)byte < 0;
}

static struct text read_run(struct reader *reader, bool (*belongs)(char))
{
	size_t from = reader->at;

	while (reader->at < reader->text.length && belongs(peek(reader)))
		reader->at++;
	return text_part(reader->text, from, reader->at);
}

static struct text read_word(struct reader *reader, bool (*belongs)(char))
{
	skip(reader);
	return read_run(reader, belongs);
}

/* The quoted text at hand, without its quotes and backslashes; false when it does not end. */
static bool read_quoted(struct reader *reader, struct buffer *out)
{
	size_t end = quoted_end(reader->text, reader->at);

	if (end == 0)
		return false;
	for (size_t i = reader->at + 1; i < end - 1; i++) {
		i += reader->text.data[i] == '\\';
		buffer_append_byte(out, reader->text.data[i]);
	}
	reader->at = end;
	return true;
}

/* Words and quoted texts without a gap, as in "a b"@example.org. */
static bool read_value(struct reader *reader, bool (*belongs)(char), struct text *value)
{
	struct buffer out;
	bool right = true, ok = true, any = false;

	buffer_init(&out, BUFFER_CAP_DEFAULT);
	skip(reader);
	for (; right && reader->at < reader->text.length; any = true) {
		if (peek(reader) == '"')
			right = read_quoted(reader, &out);
		else if (belongs(peek(reader)))
			buffer_append_text(&out, read_run(reader, belongs));
		else
			break;
	}
	*value = arena_copy(reader->arena, buffer_text(&out), &ok);
	reader->failed |= !ok || out.failed;
	buffer_free(&out);
	return right && any;
}

/* ---- one result ---- */

static void *make(struct reader *reader, size_t size)
{
	void *made = arena_zeroed(reader->arena, size);

	reader->failed |= made == NULL;
	return made;
}

/* "smtp . mailfrom" as "smtp.mailfrom". */
static bool read_property_name(struct reader *reader, struct text type, struct text *name)
{
	struct text rest;
	struct buffer out;
	bool ok = true;

	if (!take(reader, '.'))
		return false;
	rest = read_word(reader, is_keyword_byte);
	buffer_init(&out, BUFFER_CAP_DEFAULT);
	buffer_printf(&out, "%.*s.%.*s", TEXT_PRINTF(type), TEXT_PRINTF(rest));
	*name = arena_copy(reader->arena, buffer_text(&out), &ok);
	reader->failed |= !ok || out.failed;
	buffer_free(&out);
	return rest.length && take(reader, '=');
}

static const char *read_property(struct reader *reader, struct text type,
				 struct auth_result *result, struct auth_property ***last)
{
	struct auth_property *property = make(reader, sizeof(*property));

	if (!property)
		return "memory has ended";
	if (result->property_count++ == RESULT_PROPERTIES_MAX)
		return "more than 50 properties";
	if (!read_property_name(reader, type, &property->name) ||
	    !read_value(reader, is_value_byte, &property->value))
		return "a property that cannot be read";
	**last = property;
	*last = &property->next;
	return NULL;
}

static const char *read_details(struct reader *reader, struct auth_result *result)
{
	struct auth_property **last = &result->properties;
	const char *fault = NULL;

	skip(reader);
	while (!fault && reader->at < reader->text.length && peek(reader) != ';') {
		struct text word = read_word(reader, is_keyword_byte);

		if (word.length == 0)
			return "a word that cannot be read";
		if (!text_equals_ignoring_case(word, TEXT("reason")))
			fault = read_property(reader, word, result, &last);
		else if (!take(reader, '=') || !read_value(reader, is_token_byte, &result->reason))
			fault = "a reason that cannot be read";
		skip(reader);
	}
	return fault;
}

static const char *read_result(struct reader *reader, struct auth_result *result)
{
	result->reason = TEXT_EMPTY;
	if (take(reader, '/'))
		read_word(reader, is_keyword_byte);
	if (!take(reader, '='))
		return "a method without a result";
	result->result = read_word(reader, is_keyword_byte);
	if (result->result.length == 0)
		return "a method without a result";
	return read_details(reader, result);
}

/* Behind a semicolon. */
static const char *read_next(struct reader *reader, struct auth_results *results,
			     struct auth_result ***last)
{
	struct auth_result *result = make(reader, sizeof(*result));
	const char *fault;

	if (!result)
		return "memory has ended";
	result->method = read_word(reader, is_keyword_byte);
	skip(reader);
	/* "none", or a semicolon at the end, which is often there */
	if (reader->at == reader->text.length &&
	    (result->method.length == 0 || text_equals_ignoring_case(result->method, TEXT("none"))))
		return NULL;
	if (result->method.length == 0)
		return "a method that cannot be read";
	if (results->count == RESULTS_MAX)
		return "more than 100 results";
	fault = read_result(reader, result);
	if (fault)
		return fault;
	**last = result;
	*last = &result->next;
	results->count++;
	return NULL;
}

/* ---- the whole ---- */

static const char *read_head(struct reader *reader, struct auth_results *results)
{
	struct text digits;

	if (!read_value(reader, is_token_byte, &results->server))
		return "it does not say whose it is";
	digits = read_word(reader, byte_is_digit);
	if (digits.length && !text_to_int(digits, &results->version))
		return "a version that cannot be read";
	skip(reader);
	if (reader->at < reader->text.length && peek(reader) != ';')
		return "a head that cannot be read";
	return NULL;
}

bool auth_results_read(struct text field, struct arena *arena, struct auth_results *results)
{
	struct reader reader = { .text = field, .arena = arena };
	struct auth_result **last = &results->first;

	*results = (struct auth_results){ .server = TEXT_EMPTY, .version = 1 };
	results->fault = read_head(&reader, results);
	while (!results->fault && reader.at < field.length) {
		if (take(&reader, ';'))
			results->fault = read_next(&reader, results, &last);
		else
			results->fault = "a result that cannot be read";
	}
	return !reader.failed;
}

/* Without the dot that a name may end in. */
static bool same_server(struct text a, struct text b)
{
	a.length -= a.length && a.data[a.length - 1] == '.';
	b.length -= b.length && b.data[b.length - 1] == '.';
	return text_equals_ignoring_case(a, b);
}

bool auth_results_claims(struct text field, struct text server)
{
	struct arena arena;
	struct auth_results results = { .server = TEXT_EMPTY };
	struct reader reader = { .text = field, .arena = &arena };
	bool claims;

	arena_init(&arena, BUFFER_CAP_DEFAULT, LIFETIME_EVENT);
	claims = read_head(&reader, &results) || reader.failed ||
		 same_server(results.server, server);
	arena_reset(&arena);
	return claims;
}

/* ---- writing ---- */

static bool all(struct text text, bool (*belongs)(char))
{
	for (size_t i = 0; i < text.length; i++)
		if (!belongs(text.data[i]))
			return false;
	return text.length > 0;
}

/* Atoms, dots and one @: an address or a domain stands without quotes. */
static bool is_address_byte(char byte)
{
	return is_token_byte(byte) || byte == '@';
}

static bool is_plain(struct text text)
{
	int64_t at = text_find(text, TEXT("@"), 0);

	return all(text, is_address_byte) &&
	       (at < 0 || text_find(text, TEXT("@"), (size_t)at + 1) < 0);
}

static void write_value(struct text text, bool plain, struct buffer *out)
{
	if (plain) {
		buffer_append_text(out, text);
		return;
	}
	buffer_append_byte(out, '"');
	for (size_t i = 0; i < text.length; i++) {
		char byte = text.data[i];

		if (byte == '"' || byte == '\\')
			buffer_append_byte(out, '\\');
		buffer_append_byte(out, byte >= ' ' && byte <= '~' ? byte : '?');
	}
	buffer_append_byte(out, '"');
}

static bool name_is_right(struct text name)
{
	int64_t dot = text_find(name, TEXT("."), 0);

	return dot >= 0 && all(text_part(name, 0, (size_t)dot), is_keyword_byte) &&
	       all(text_part(name, (size_t)dot + 1, name.length), is_keyword_byte);
}

static const char *write_result(const struct auth_result *result, struct buffer *out)
{
	if (!all(result->method, is_keyword_byte) || !all(result->result, is_keyword_byte))
		return "a method and its result are words";
	buffer_printf(out, ";\n\t%.*s=%.*s", TEXT_PRINTF(result->method),
		      TEXT_PRINTF(result->result));
	if (result->reason.length) {
		buffer_append_string(out, " reason=");
		write_value(result->reason, all(result->reason, is_token_byte), out);
	}
	for (const struct auth_property *one = result->properties; one; one = one->next) {
		if (!name_is_right(one->name))
			return "a property has a name like smtp.mailfrom";
		buffer_printf(out, "\n\t %.*s=", TEXT_PRINTF(one->name));
		write_value(one->value, is_plain(one->value), out);
	}
	return NULL;
}

const char *auth_results_write(const struct auth_results *results, struct buffer *out)
{
	const char *fault = NULL;

	if (!all(results->server, is_token_byte))
		return "the name of the server is a word";
	buffer_append_text(out, results->server);
	for (const struct auth_result *one = results->first; one && !fault; one = one->next)
		fault = write_result(one, out);
	if (!results->first)
		buffer_append_string(out, "; none");
	return fault;
}
