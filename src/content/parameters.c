#include "content/parameters.h"

#include "content/charset.h"
#include "content/lines.h"

/* ---- reading ---- */

/* Blanks, line breaks of folding and comments, which nest: counted, not descended into. */
static size_t behind_comments(struct text value, size_t at)
{
	unsigned depth = 0;

	for (; at < value.length; at++) {
		char byte = value.data[at];

		if (byte == '(')
			depth++;
		else if (depth && byte == ')')
			depth--;
		else if (depth && byte == '\\')
			at += at + 1 < value.length;
		else if (!depth && !byte_is_space(byte))
			break;
	}
	return at;
}

/* The ";" at or after `at`, or the end; quotes and comments may hold one. */
static size_t find_end(struct text value, size_t at)
{
	bool quoted = false;

	for (; at < value.length; at++) {
		if (value.data[at] == '\\' && quoted)
			at += at + 1 < value.length;
		else if (value.data[at] == '"')
			quoted = !quoted;
		else if (value.data[at] == ';' && !quoted)
			break;
	}
	return at;
}

/* "name*12*" is section 12 of name, extended. */
static void read_name(struct text name, struct parameter *parameter)
{
	int64_t section = 0;
	size_t star;

	parameter->section = SECTION_NONE;
	parameter->extended = name.length && name.data[name.length - 1] == '*';
	name.length -= parameter->extended;
	star = name.length;
	while (star && byte_is_digit(name.data[star - 1]))
		star--;
	if (star > 1 && star < name.length && name.data[star - 1] == '*' &&
	    name.length - star <= 3 && text_to_int(text_part(name, star, name.length), &section)) {
		parameter->section = (int)section;
		name.length = (uint32_t)star - 1;
	} else if (parameter->extended) {
		parameter->section = 0;
	}
	parameter->name = name;
}

/* The value that begins with a quote; what stands between it and `end` is malformed unless blank.
 */
static bool read_quoted(struct text value, size_t from, size_t end, struct parameter *parameter)
{
	size_t at = from + 1;

	while (at < end && value.data[at] != '"')
		at += value.data[at] == '\\' && at + 1 < end ? 2 : 1;
	parameter->quoted = true;
	parameter->value = text_part(value, from + 1, at < end ? at : end);
	return at < end && behind_comments(text_part(value, 0, end), at + 1) >= end;
}

/* Without the blanks and the comment at its end. */
static bool read_token(struct text value, size_t from, size_t end, struct parameter *parameter)
{
	struct text token = text_trim(text_part(value, from, end));
	size_t blank = 0;

	parameter->quoted = false;
	while (blank < token.length && !byte_is_space(token.data[blank]) &&
	       token.data[blank] != '(')
		blank++;
	if (blank < token.length && behind_comments(token, blank) == token.length) {
		parameter->value = text_part(token, 0, blank);
		return true;
	}
	parameter->value = token;
	return blank == token.length && token.length > 0;
}

/* False when it is not well formed; an empty name is none. */
static bool read_parameter(struct text value, size_t from, size_t end, struct parameter *parameter)
{
	const char *equals = memchr(value.data + from, '=', end - from);
	size_t at;

	parameter->name = TEXT_EMPTY;
	if (!equals)
		return from == end;
	at = (size_t)(equals - value.data);
	read_name(text_trim(text_part(value, from, at)), parameter);
	value = text_part(value, 0, end);
	at = behind_comments(value, at + 1);
	if (at < end && value.data[at] == '"')
		return read_quoted(value, at, end, parameter);
	return read_token(value, at, end, parameter);
}

static struct text without_comments(struct text head)
{
	size_t from = behind_comments(head, 0), end = from;

	while (end < head.length && head.data[end] != '(')
		end++;
	return text_trim(text_part(head, from, end));
}

static bool names_same(const struct parameter *a, const struct parameter *b)
{
	return text_equals_ignoring_case(a->name, b->name);
}

static void look_for_twins(struct parameters *out, const struct parameter *parameter)
{
	for (unsigned i = 0; i < out->count; i++)
		if (names_same(&out->items[i], parameter) &&
		    (parameter->section == SECTION_NONE || out->items[i].section == SECTION_NONE ||
		     out->items[i].section == parameter->section))
			out->anomalies |= ANOMALY_BIT(duplicateParameter);
}

static void add_parameter(struct text value, size_t from, size_t end, struct parameters *out)
{
	struct parameter parameter;
	bool good = read_parameter(value, from, end, &parameter);

	if (!good || (parameter.name.length && out->count == PARAMETERS_MAX))
		out->anomalies |= ANOMALY_BIT(malformedParameter);
	if (parameter.name.length == 0 || out->count == PARAMETERS_MAX)
		return;
	look_for_twins(out, &parameter);
	out->items[out->count++] = parameter;
}

void parameters_read(struct text value, struct parameters *out)
{
	size_t end = find_end(value, 0);

	out->head = without_comments(text_part(value, 0, end));
	out->count = 0;
	out->anomalies = 0;
	if (text_contains_byte(out->head, '='))
		add_parameter(value, behind_comments(value, 0), end, out);
	while (end < value.length) {
		size_t from = behind_comments(value, end + 1);

		end = find_end(value, from < value.length ? from : value.length);
		add_parameter(value, from, end, out);
	}
}

/* ---- values ---- */

void parameter_unquote(const struct parameter *parameter, struct buffer *out)
{
	struct text value = parameter->value;

	for (size_t i = 0; i < value.length; i++) {
		if (parameter->quoted && value.data[i] == '\\' && i + 1 < value.length)
			i++;
		if (value.data[i] != '\r' && value.data[i] != '\n')
			buffer_append_byte(out, value.data[i]);
	}
}

static bool is_named(const struct parameter *parameter, const char *name)
{
	return text_equals_ignoring_case(parameter->name, text_of_string(name, LIFETIME_PROGRAM));
}

const struct parameter *parameters_find(const struct parameters *parameters, const char *name)
{
	for (unsigned i = 0; i < parameters->count; i++)
		if (parameters->items[i].section == SECTION_NONE &&
		    is_named(&parameters->items[i], name))
			return &parameters->items[i];
	return NULL;
}

/* The section with the lowest number from `from` on; NULL when there is none. */
static const struct parameter *next_section(const struct parameters *parameters, const char *name,
					    int from)
{
	const struct parameter *found = NULL;

	for (unsigned i = 0; i < parameters->count; i++)
		if (parameters->items[i].section >= from &&
		    (!found || parameters->items[i].section < found->section) &&
		    is_named(&parameters->items[i], name))
			found = &parameters->items[i];
	return found;
}

static int hex_pair(struct text value, size_t at)
{
	int byte = 0;

	if (value.length < 2 || at > value.length - 2)
		return -1;
	for (size_t i = at; i < at + 2; i++) {
		char digit = byte_lower(value.data[i]);

		if (!byte_is_digit(digit) && (digit < 'a' || digit > 'f'))
			return -1;
		byte = byte * 16 + (byte_is_digit(digit) ? digit - '0' : digit - 'a' + 10);
	}
	return byte;
}

static void percent_decode(struct text value, struct buffer *out)
{
	for (size_t i = 0; i < value.length; i++) {
		int byte = value.data[i] == '%' ? hex_pair(value, i + 1) : -1;

		buffer_append_byte(out, byte >= 0 ? (char)byte : value.data[i]);
		i += byte >= 0 ? 2 : 0;
	}
}

/* "utf-8'en'text": the charset, and the text that is left. */
static struct text take_charset(struct text *value)
{
	int64_t first = text_find(*value, TEXT("'"), 0);
	int64_t second = first >= 0 ? text_find(*value, TEXT("'"), (size_t)first + 1) : -1;
	struct text charset = TEXT_EMPTY;

	if (second < 0)
		return charset;
	charset = text_part(*value, 0, (size_t)first);
	*value = text_part(*value, (size_t)second + 1, value->length);
	return charset;
}

static void join_section(const struct parameter *section, bool first, struct text *charset,
			 struct buffer *bytes)
{
	struct text value = section->value;

	if (section->extended && first)
		*charset = take_charset(&value);
	if (section->extended)
		percent_decode(value, bytes);
	else
		parameter_unquote(section, bytes);
}

bool parameters_extended(const struct parameters *parameters, const char *name, bool gaps,
			 struct buffer *out, anomaly_set *wrong)
{
	const struct parameter *section = next_section(parameters, name, 0);
	struct text charset = TEXT_EMPTY;
	struct buffer bytes;
	int joined = 0;

	*wrong = 0;
	buffer_init(&bytes, BUFFER_CAP_DEFAULT);
	for (; section; section = next_section(parameters, name, section->section + 1)) {
		if (section->section != joined)
			*wrong = ANOMALY_BIT(malformedSections);
		if (*wrong && !gaps)
			break;
		join_section(section, joined++ == 0, &charset, &bytes);
	}
	if (joined &&
	    !charset_decode(charset.length ? charset : TEXT("utf-8"), buffer_text(&bytes), out))
		utf8_append(buffer_text(&bytes), out);
	out->failed |= bytes.failed;
	buffer_free(&bytes);
	return joined > 0;
}

bool parameters_value(const struct parameters *parameters, const char *name, struct buffer *out)
{
	const struct parameter *plain = parameters_find(parameters, name);
	anomaly_set wrong;

	if (parameters_extended(parameters, name, false, out, &wrong))
		return true;
	if (plain)
		parameter_unquote(plain, out);
	return plain != NULL;
}
