#include "service/settings.h"

#include <criterion/criterion.h>

Test(quantity, units)
{
	static const struct {
		const char *text, *unit;
		int64_t number;
	} rows[] = {
		{ "5", "s", 5 },
		{ "5s", "s", 5 },
		{ "2m", "s", 120 },
		{ "2h", "s", 7200 },
		{ "1d", "s", 86400 },
		{ "5 s", "s", 5 },
		{ "250", "ms", 250 },
		{ "250ms", "ms", 250 },
		{ "2s", "ms", 2000 },
		{ "1m", "ms", 60000 },
		{ "64K", "bytes", 65536 },
		{ "1MB", "bytes", 1048576 },
		{ "1gb", "bytes", 1 << 30 },
		{ "7", "", 7 },
		{ "0", "s", 0 },
	};
	int64_t number;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert(quantity_parse(text_of_string(rows[i].text, 0), rows[i].unit, &number),
			  "%s", rows[i].text);
		cr_assert_eq(number, rows[i].number, "%s", rows[i].text);
	}
	static const char *const bad[] = {
		"",    "s", "-5", "5x", "5ms", "99999999999999999999", "5ss", "999999999999999d",
		"5KB", "+5"
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_not(quantity_parse(text_of_string(bad[i], 0), "s", &number), "%s",
			      bad[i]);
	cr_assert_not(quantity_parse(TEXT("5s"), "", &number));
}
