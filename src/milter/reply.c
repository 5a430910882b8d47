#include "milter/machine.h"

/* What libmilter lets a filter say. */
enum { LINES_MAX = 32, LINE_MAX = 980 };

struct reply_line {
	int code;
	bool more; /* "-" follows the code */
	struct text enhanced, text;
};

static int code_read(struct text line)
{
	if (line.length < 3 || (line.data[0] != '4' && line.data[0] != '5') ||
	    !byte_is_digit(line.data[1]) || !byte_is_digit(line.data[2]))
		return 0;
	return (line.data[0] - '0') * 100 + (line.data[1] - '0') * 10 + (line.data[2] - '0');
}

/* Digits from `at` on, one to three. */
static size_t digits(struct text text, size_t at)
{
	size_t count = 0;

	while (at + count < text.length && count < 4 && byte_is_digit(text.data[at + count]))
		count++;
	return count >= 1 && count <= 3 ? count : 0;
}

/* The length of "x.y.z" at the start of a text, or 0. */
static size_t enhanced_length(struct text text)
{
	size_t at = 2, part;

	if (text.length < 5 || (text.data[0] != '4' && text.data[0] != '5') || text.data[1] != '.')
		return 0;
	part = digits(text, at);
	at += part;
	if (!part || at >= text.length || text.data[at] != '.')
		return 0;
	part = digits(text, at + 1);
	at += 1 + part;
	return part && (at == text.length || text.data[at] == ' ') ? at : 0;
}

static const char *line_read(struct text line, struct reply_line *out)
{
	size_t length;

	out->code = code_read(line);
	if (!out->code)
		return "a reply code that is neither 4xx nor 5xx";
	if (line.length > 3 && line.data[3] != ' ' && line.data[3] != '-')
		return "a reply without a space behind its code";
	out->more = line.length > 3 && line.data[3] == '-';
	out->text = text_part(line, line.length > 3 ? 4 : 3, line.length);
	length = enhanced_length(out->text);
	out->enhanced = text_part(out->text, 0, length);
	if (length && length < out->text.length)
		length++;
	out->text = text_part(out->text, length, out->text.length);
	return NULL;
}

/* "%%" is a percent sign: Sendmail reads the text as a format. Controls cannot be said in SMTP. */
static size_t line_copy(struct text line, char *out)
{
	size_t length = 0;

	for (uint32_t i = 0; i < line.length && length < LINE_MAX; i++) {
		unsigned char byte = (unsigned char)line.data[i];

		if (byte == '%' && i + 1 < line.length && line.data[i + 1] == '%')
			i++;
		out[length++] = (byte < 0x20 && byte != '\t') || byte == 0x7f ? ' ' : (char)byte;
	}
	return length;
}

/* Filters send classes that do not fit the code; MTAs differ about them, so the code decides. */
static bool enhanced_copy(struct reply_line *line, struct arena *arena, struct milter_reply *reply)
{
	bool ok = true;
	char bytes[16];

	reply->enhanced = TEXT_EMPTY;
	if (line->enhanced.length == 0)
		return true;
	memcpy(bytes, line->enhanced.data, line->enhanced.length);
	bytes[0] = (char)('0' + line->code / 100);
	reply->enhanced =
		arena_copy(arena, text_of(bytes, line->enhanced.length, LIFETIME_EVENT), &ok);
	return ok;
}

/* The next line without its CR LF or LF; `*at` moves behind it. */
static struct text line_next(struct text all, size_t *at)
{
	int64_t end = text_find(all, TEXT("\n"), *at);
	struct text line = text_part(all, *at, end < 0 ? all.length : (size_t)end);

	*at = end < 0 ? all.length : (size_t)end + 1;
	if (end >= 0 && line.length && line.data[line.length - 1] == '\r')
		line = text_part(line, 0, line.length - 1u);
	return line;
}

/* All lines after the first say the same code, and all but the last that more follows. */
static const char *lines_read(struct text all, struct arena *arena, struct milter_reply *reply,
			      char *out, size_t *length, bool *full)
{
	struct reply_line line = {.more = true};
	size_t at = 0;
	int count = 0;

	while (line.more && at < all.length) {
		const char *fault = line_read(line_next(all, &at), &line);

		if (fault)
			return fault;
		if (count++ == LINES_MAX)
			return "a reply of too many lines";
		if (count == 1)
			*full = !enhanced_copy(&line, arena, reply);
		else if (line.code != reply->code)
			return "a reply whose lines have different codes";
		else
			out[(*length)++] = '\n';
		reply->code = line.code;
		*length += line_copy(line.text, out + *length);
	}
	if (line.more)
		return "a reply without its last line";
	return at < all.length ? "a reply that goes on after its last line" : NULL;
}

const char *reply_code_parse(struct text payload, struct arena *arena, struct milter_reply *reply,
			     bool *full)
{
	struct cursor cursor = cursor_of(payload);
	struct text all = cursor_string(&cursor);
	const char *fault;
	size_t length = 0;
	char *out;

	if (!cursor_done(&cursor))
		return "a reply text that does not end with its NUL";
	out = arena_bytes(arena, (size_t)all.length + 1);
	*full = !out;
	if (*full)
		return NULL;
	fault = lines_read(all, arena, reply, out, &length, full);
	reply->text = text_of(out, length, arena->lifetime);
	return fault;
}
