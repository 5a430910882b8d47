#include "base/calendar.h"

#include <criterion/criterion.h>

static int64_t moment_at(const char *written)
{
	int64_t moment = INT64_MIN;

	cr_assert(moment_of_text(text_of_string(written, LIFETIME_EVENT), &moment), "%s", written);
	return moment;
}

/* Every day of 800 years follows the one before, there and back. */
Test(calendar, days_follow_each_other)
{
	struct civil before = civil_of_moment(-200 * 366 * MICROSECONDS_DAY);

	for (int64_t day = -200 * 366 + 1; day < 600 * 366; day++) {
		struct civil civil = civil_of_moment(day * MICROSECONDS_DAY);
		bool new_month = civil.day == 1, new_year = new_month && civil.month == 1;
		int64_t back;

		cr_assert_eq(civil.weekday, before.weekday % 7 + 1);
		cr_assert_eq(civil.year, before.year + new_year);
		cr_assert_eq(civil.month, new_year ? 1 : before.month + new_month);
		cr_assert_eq(civil.year_day, new_year ? 1 : before.year_day + 1);
		cr_assert(new_month || civil.day == before.day + 1);
		cr_assert(civil_to_moment(&civil, &back));
		cr_assert_eq(back, day * MICROSECONDS_DAY);
		before = civil;
	}
}

Test(calendar, known_days)
{
	struct civil civil = civil_of_moment(951782400 * MICROSECONDS_SECOND + 5);

	cr_expect_eq(civil.year, 2000);
	cr_expect_eq(civil.month, 2);
	cr_expect_eq(civil.day, 29);
	cr_expect_eq(civil.weekday, 2);
	cr_expect_eq(civil.microsecond, 5);
	civil = civil_of_moment(INT64_MIN);
	cr_expect_lt(civil.year, -290000);
	civil = civil_of_moment(INT64_MAX);
	cr_expect_gt(civil.year, 290000);
	civil = civil_of_moment(-1);
	cr_expect_eq(civil.year, 1969);
	cr_expect_eq(civil.microsecond, 999999);
}

Test(calendar, refuses_dates_that_are_none)
{
	static const struct civil wrong[] = {
		{ 2026, 2, 29, 0, 0, 0, 0, 0, 0 },  { 2100, 2, 29, 0, 0, 0, 0, 0, 0 },
		{ 2026, 0, 1, 0, 0, 0, 0, 0, 0 },   { 2026, 13, 1, 0, 0, 0, 0, 0, 0 },
		{ 2026, 1, 0, 0, 0, 0, 0, 0, 0 },   { 2026, 1, 32, 0, 0, 0, 0, 0, 0 },
		{ 2026, 1, 1, 24, 0, 0, 0, 0, 0 },  { 2026, 1, 1, 0, 60, 0, 0, 0, 0 },
		{ 2026, 1, 1, 0, 0, 60, 0, 0, 0 },  { 2026, 1, 1, 0, 0, 0, 1000000, 0, 0 },
		{ 0, 1, 1, 0, 0, 0, 0, 0, 0 },      { 10000, 1, 1, 0, 0, 0, 0, 0, 0 },
	};
	int64_t moment;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_expect_not(civil_to_moment(&wrong[i], &moment), "%zu", i);
}

Test(calendar, reads_iso)
{
	int64_t expected = (int64_t)1767323045 * MICROSECONDS_SECOND;

	cr_expect_eq(moment_at("2026-01-02T03:04:05Z"), expected);
	cr_expect_eq(moment_at(" 2026-01-02 03:04:05\n"), expected);
	cr_expect_eq(moment_at("2026-01-02t04:04:05+01:00"), expected);
	cr_expect_eq(moment_at("2026-01-01T21:34:05-0530"), expected);
	cr_expect_eq(moment_at("2026-01-02T04:04:05+01"), expected);
	cr_expect_eq(moment_at("2026-01-02T03:04:05.250Z"), expected + 250000);
	cr_expect_eq(moment_at("2026-01-02T03:04:05.1234567Z"), expected + 123456);
	cr_expect_eq(moment_at("2026-01-02T03:04"), expected - 5 * MICROSECONDS_SECOND);
	cr_expect_eq(moment_at("1970-01-01"), 0);
	cr_expect_eq(moment_at("2016-12-31T23:59:60Z"), moment_at("2016-12-31T23:59:59Z"));
}

Test(calendar, reads_mail_dates)
{
	int64_t expected = (int64_t)1767323045 * MICROSECONDS_SECOND;

	cr_expect_eq(moment_at("Fri, 2 Jan 2026 03:04:05 +0000"), expected);
	cr_expect_eq(moment_at("Fri, 02 Jan 2026 03:04:05 GMT"), expected);
	cr_expect_eq(moment_at("2 jan 26 03:04:05 -0000 (a comment)"), expected);
	cr_expect_eq(moment_at("Thu, 01 Jan 2026 22:04:05 EST"), expected);
	cr_expect_eq(moment_at("2 Jan 2026 03:04 +0000"), expected - 5 * MICROSECONDS_SECOND);
	cr_expect_eq(moment_at("2 Jan 126 03:04:05"), expected);
	cr_expect_eq(moment_at("1 Jan 70 00:00:00 Z"), 0);
}

Test(calendar, refuses_what_is_no_moment)
{
	static const char *const wrong[] = {
		"", "x", "2026", "2026-1-2", "2026-02-30", "2026-01-02T", "2026-01-02T3", "2026-01-02T25:00",
		"2026-01-02T03:04:05+", "2026-01-02T03:04:05+1", "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05X",
		"2026-01-02T03:04:05.", "2026-01-02T03:04:61", "02026-01-02", "Fri 2 Jan 2026 03:04:05", "Fri, 2 Jan",
		"2 Foo 2026 03:04:05", "2 Jan 2026", "31 Feb 2026 00:00:00 +0000", "2 Jan 2026 03:04:05 +00",
		"2 Jan 2026 03:04:05 +0000 x", "2 Jan 2026 03:04:05 ,",
	};
	int64_t moment;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_expect_not(moment_of_text(text_of_string(wrong[i], LIFETIME_EVENT), &moment),
			      "%s", wrong[i]);
}

Test(calendar, prints_moments)
{
	char out[MOMENT_PRINTED_MAX];

	cr_expect_eq(moment_print(0, 0, out), 20);
	cr_expect_str_eq(out, "1970-01-01T00:00:00Z");
	moment_print(-1, 0, out);
	cr_expect_str_eq(out, "1969-12-31T23:59:59.999999Z");
	moment_print(500000, -90, out);
	cr_expect_str_eq(out, "1969-12-31T22:30:00.5-01:30");
	cr_expect_eq(moment_print_mail(0, 330, out), 31);
	cr_expect_str_eq(out, "Thu, 01 Jan 1970 05:30:00 +0530");
	cr_expect_lt(moment_print(INT64_MIN, -1439, out), MOMENT_PRINTED_MAX);
	cr_expect_lt(moment_print_mail(INT64_MAX, 1439, out), MOMENT_PRINTED_MAX);
}

static void check_duration(const char *written, int64_t expected, const char *printed)
{
	char out[DURATION_PRINTED_MAX];
	int64_t duration;

	cr_assert(duration_of_text(text_of_string(written, LIFETIME_EVENT), &duration), "%s", written);
	cr_expect_eq(duration, expected, "%s", written);
	cr_expect_eq(duration_print(duration, out), strlen(printed));
	cr_expect_str_eq(out, printed);
}

Test(calendar, durations)
{
	check_duration("0s", 0, "0s");
	check_duration("250ms", 250000, "250ms");
	check_duration("90s", 90000000, "90s");
	check_duration("60m", 3600000000, "1h");
	check_duration("48h", 2 * MICROSECONDS_DAY, "2d");
	check_duration("-1.5s", -1500000, "-1500ms");
	check_duration(" +0.5ms ", 500, "0.0005s");
	check_duration("-0.5d", -43200 * MICROSECONDS_SECOND, "-12h");
}

Test(calendar, refuses_what_is_no_duration)
{
	static const char *const wrong[] = { "",    "s",   "5",    "5 s", "5w", "--5s", "5.s",
					     ".5s", "5sx", "5S",   "1e3s", "106751992d",
					     "-106751992d", "9223372036854775808s" };
	int64_t duration;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_expect_not(duration_of_text(text_of_string(wrong[i], LIFETIME_EVENT), &duration),
			      "%s", wrong[i]);
}
