#include "compiler/build.h"
#include "compiler/hint.h"

#include <math.h>
#include <stdlib.h>

static struct diagnostic *report(struct parsing *parsing, const char *code, struct span span,
				 const char *message)
{
	return diagnostics_report(parsing->diagnostics, code, span, "%s", message);
}

static int digit_value(char c)
{
	if (byte_is_digit(c))
		return c - '0';
	return byte_lower(c) - 'a' + 10;
}

/* Digits with _ between them; false on overflow. Stops at what is no digit of that base. */
static bool read_digits(struct text text, size_t *at, int base, int64_t *number)
{
	*number = 0;
	for (; *at < text.length; (*at)++) {
		char c = text.data[*at];
		bool is_digit = base == 16 ? byte_is_digit(c) ||
						     (byte_lower(c) >= 'a' && byte_lower(c) <= 'f')
					   : byte_is_digit(c);

		if (c == '_')
			continue;
		if (!is_digit)
			return true;
		if (__builtin_mul_overflow(*number, base, number) ||
		    __builtin_add_overflow(*number, digit_value(c), number))
			return false;
	}
	return true;
}

static void report_large(struct parsing *parsing, struct span span)
{
	diagnostic_help(parsing->diagnostics,
			report(parsing, "E0106", span, "this number is too large"),
			"integers go from -9223372036854775808 to 9223372036854775807");
}

static int64_t size_factor(struct text suffix)
{
	switch (suffix.length ? suffix.data[0] : '\0') {
	case 'K':
		return 1 << 10;
	case 'M':
		return 1 << 20;
	case 'G':
		return 1 << 30;
	default:
		return 1;
	}
}

struct expression *build_integer(struct parsing *parsing, struct span span)
{
	struct expression *number = expression_new(parsing, EXPRESSION_INT, span);
	struct text text = parsing_text(parsing, span);
	bool is_hex = text.length > 2 && byte_lower(text.data[1]) == 'x';
	size_t at = is_hex ? 2 : 0;

	if (!read_digits(text, &at, is_hex ? 16 : 10, &number->integer) ||
	    __builtin_mul_overflow(number->integer, size_factor(text_part(text, at, text.length)),
				   &number->integer)) {
		report_large(parsing, span);
		number->integer = 0;
	}
	return number;
}

struct expression *build_least(struct parsing *parsing, struct span span)
{
	struct expression *number = expression_new(parsing, EXPRESSION_INT, span);

	number->integer = INT64_MIN;
	return number;
}

struct expression *build_float(struct parsing *parsing, struct span span)
{
	struct expression *number = expression_new(parsing, EXPRESSION_FLOAT, span);
	struct text text = parsing_text(parsing, span);
	char digits[512];
	size_t length = 0;

	for (size_t i = 0; i < text.length && length < sizeof(digits) - 1; i++)
		if (text.data[i] != '_')
			digits[length++] = text.data[i];
	digits[length] = '\0';
	number->real = strtod(digits, NULL);
	if (length == sizeof(digits) - 1 || !isfinite(number->real)) {
		report(parsing, "E0106", span, "this number has too many digits");
		number->real = 0;
	}
	return number;
}

static int64_t duration_unit(struct text suffix)
{
	static const struct {
		const char *suffix;
		int64_t microseconds;
	} units[] = {
		{ "ms", 1000 },
		{ "s", 1000000 },
		{ "m", 60 * 1000000LL },
		{ "h", 3600 * 1000000LL },
		{ "d", 86400 * 1000000LL },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (text_equals_string(suffix, units[i].suffix))
			return units[i].microseconds;
	return 0;
}

struct expression *build_duration(struct parsing *parsing, struct span span)
{
	struct expression *duration = expression_new(parsing, EXPRESSION_DURATION, span);
	struct text text = parsing_text(parsing, span);
	size_t at = 0;

	if (!read_digits(text, &at, 10, &duration->integer) ||
	    __builtin_mul_overflow(duration->integer,
				   duration_unit(text_part(text, at, text.length)),
				   &duration->integer)) {
		diagnostic_help(parsing->diagnostics,
				report(parsing, "E0106", span, "this duration is too long"),
				"durations go up to 106751991 days");
		duration->integer = 0;
	}
	return duration;
}

/* The part behind the digits, as far as it is one of the usual slips. */
static const char *malformed_help(struct text suffix)
{
	static const struct hint slips[] = {
		{ "k", "sizes are written with capitals: 10K" },
		{ "g", "sizes are written with capitals: 1G" },
		{ "KB", "sizes are written 10K, 2M, 1G" },
		{ "kB", "sizes are written 10K, 2M, 1G" },
		{ "MB", "sizes are written 10K, 2M, 1G" },
		{ "GB", "sizes are written 10K, 2M, 1G" },
		{ "S", "durations are written with small letters: 30s" },
		{ "H", "durations are written with small letters: 1h" },
		{ "D", "durations are written with small letters: 7d" },
		{ "w", "a week is 7d" },
		{ "min", "minutes are written 5m" },
		{ "sec", "seconds are written 30s" },
		{ ".", "numbers have digits on both sides of the point: 1.0" },
	};

	const char *slip = hint_for(suffix, slips, sizeof(slips) / sizeof(slips[0]));
	if (slip)
		return slip;
	if (suffix.length > 0 && byte_lower(suffix.data[0]) == 'e')
		return "there is no exponent: write all the digits";
	if (suffix.length > 1 && byte_is_digit(suffix.data[1]) &&
	    memchr("smhd", suffix.data[0], 4) != NULL)
		return "join durations with +: 1h + 30m";
	if (suffix.length > 0 && suffix.data[0] == '_')
		return "`_` stands between two digits: 1_000";
	return "the suffixes of numbers are K M G (sizes) and ms s m h d (durations)";
}

struct expression *build_malformed(struct parsing *parsing, struct span span)
{
	struct text text = parsing_text(parsing, span);
	size_t at = 0;
	struct diagnostic *d;

	while (at < text.length &&
	       (byte_is_digit(text.data[at]) || (text.data[at] == '.' && at + 1 < text.length) ||
		(text.data[at] == '_' && at + 1 < text.length && byte_is_digit(text.data[at + 1]))))
		at++;
	d = diagnostics_report(parsing->diagnostics, "E0106", span, "`%.*s` is not a number",
			       TEXT_PRINTF(text));
	diagnostic_help(parsing->diagnostics, d, "%s",
			malformed_help(text_part(text, at, text.length)));
	return expression_new(parsing, EXPRESSION_INT, span);
}
