/* Numbers with units. */
#include "service/settings.h"

static const struct {
	const char *suffix;
	const char *unit;
	int64_t factor;
} unit_rows[] = {
	{ "s", "s", 1 },
	{ "m", "s", 60 },
	{ "h", "s", 3600 },
	{ "d", "s", 86400 },
	{ "ms", "ms", 1 },
	{ "s", "ms", 1000 },
	{ "m", "ms", 60000 },
	{ "h", "ms", 3600000 },
	{ "B", "bytes", 1 },
	{ "K", "bytes", 1024 },
	{ "KB", "bytes", 1024 },
	{ "M", "bytes", 1 << 20 },
	{ "MB", "bytes", 1 << 20 },
	{ "G", "bytes", 1 << 30 },
	{ "GB", "bytes", 1 << 30 },
};

static bool unit_factor(struct text suffix, const char *unit, int64_t *factor)
{
	*factor = 1;
	if (suffix.length == 0)
		return true;
	for (size_t i = 0; i < sizeof(unit_rows) / sizeof(unit_rows[0]); i++) {
		*factor = unit_rows[i].factor;
		struct text known = text_of_string(unit_rows[i].suffix, LIFETIME_PROGRAM);
		if (strcmp(unit_rows[i].unit, unit) == 0 &&
		    text_equals_ignoring_case(known, suffix))
			return true;
	}
	return false;
}

bool quantity_parse(struct text text, const char *unit, int64_t *number)
{
	size_t digits = 0;
	int64_t factor, count;
	while (digits < text.length && byte_is_digit(text.data[digits]))
		digits++;
	if (!text_to_int(text_part(text, 0, digits), &count) ||
	    !unit_factor(text_trim(text_part(text, digits, text.length)), unit, &factor))
		return false;
	return !__builtin_mul_overflow(count, factor, number);
}
