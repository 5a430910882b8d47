#include "mail/verdict.h"

#include <assert.h>

enum { REPLY_LINE_MAX = 980, REPLY_LINES_MAX = 32 };

const char *verdict_name(enum verdict_kind kind)
{
	static const char *const names[] = {
		[VERDICT_CONTINUE] = "continue", [VERDICT_ACCEPT] = "accept",
		[VERDICT_REJECT] = "reject",	 [VERDICT_TEMPFAIL] = "tempfail",
		[VERDICT_DISCARD] = "discard",	 [VERDICT_DISCONNECT] = "disconnect",
	};

	assert((size_t)kind < sizeof(names) / sizeof(*names));
	return names[kind];
}

static const char *code_fault(enum verdict_kind kind, int code)
{
	if (kind == VERDICT_REJECT && (code < 500 || code > 599))
		return "a reject needs a code from 500 to 599";
	if (kind == VERDICT_TEMPFAIL && (code < 400 || code > 499))
		return "a tempfail needs a code from 400 to 499";
	if (kind == VERDICT_DISCONNECT && code != 421)
		return "a disconnect has the code 421";
	return NULL;
}

/* One to three digits without a leading zero; moves `at` behind them. */
static bool take_number(struct text text, size_t *at)
{
	size_t from = *at;

	while (*at < text.length && *at - from < 3 && byte_is_digit(text.data[*at]))
		++*at;
	return *at > from && (*at - from == 1 || text.data[from] != '0');
}

static bool take_dot(struct text text, size_t *at)
{
	return *at < text.length && text.data[(*at)++] == '.';
}

static const char *enhanced_fault(int code, struct text enhanced)
{
	size_t at = 1;

	if (enhanced.length == 0)
		return NULL;
	if (!byte_is_digit(enhanced.data[0]) || !take_dot(enhanced, &at) ||
	    !take_number(enhanced, &at) || !take_dot(enhanced, &at) ||
	    !take_number(enhanced, &at) || at != enhanced.length)
		return "an enhanced code has three parts, such as 5.7.1";
	if (enhanced.data[0] - '0' != code / 100)
		return "the enhanced code is not of the code's class";
	return NULL;
}

static const char *byte_fault(struct text text, size_t i)
{
	unsigned char byte = (unsigned char)text.data[i];

	if (byte == '\r' && i + 1 < text.length && text.data[i + 1] == '\n')
		return NULL;
	if (byte == '\r')
		return "a reply must not contain a CR without LF";
	if (byte == 0)
		return "a reply must not contain NUL";
	return byte < 0x20 || byte == 0x7f ? "a reply must not contain control characters" : NULL;
}

static const char *lines_fault(struct text text)
{
	size_t line = 0, lines = 1;

	for (size_t i = 0; i < text.length; i++) {
		const char *fault = NULL;

		if (text.data[i] == '\n') {
			lines++;
			line = 0;
		} else {
			fault = byte_fault(text, i);
			line++;
		}
		if (fault)
			return fault;
		if (line > REPLY_LINE_MAX)
			return "a reply line is longer than 980 bytes";
		if (lines > REPLY_LINES_MAX)
			return "a reply has more than 32 lines";
	}
	return NULL;
}

const char *reply_fault(enum verdict_kind kind, int code, struct text enhanced, struct text text)
{
	const char *fault;

	if (kind != VERDICT_REJECT && kind != VERDICT_TEMPFAIL && kind != VERDICT_DISCONNECT)
		return NULL;
	if (code == 0 && enhanced.length == 0 && text.length == 0)
		return NULL;
	fault = code_fault(kind, code);
	if (!fault)
		fault = enhanced_fault(code, enhanced);
	return fault ? fault : lines_fault(text);
}
