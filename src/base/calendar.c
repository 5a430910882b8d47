#include "base/calendar.h"

#include <stdio.h>

enum { DAYS_ERA = 146097, /* of 400 years */ DAYS_TO_1970 = 719468 /* from 0000-03-01 */ };

static const char *const weekday_names[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
static const char *const month_names[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned days_of_month(int64_t year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

/* Years are counted from March, so that the leap day is the last one of its year. */
static int64_t days_of_date(int64_t year, unsigned month, unsigned day)
{
	int64_t from_march = month > 2 ? month - 3 : month + 9;
	int64_t shifted = year - (month <= 2);
	int64_t era = floor_divide(shifted, 400), in_era = shifted - era * 400;
	int64_t in_year = (153 * from_march + 2) / 5 + day - 1;

	return era * DAYS_ERA + in_era * 365 + in_era / 4 - in_era / 100 + in_year - DAYS_TO_1970;
}

static void date_of_days(int64_t days, struct civil *civil)
{
	int64_t shifted = days + DAYS_TO_1970, era = floor_divide(shifted, DAYS_ERA);
	int64_t in_era = shifted - era * DAYS_ERA;
	int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int64_t from_march = (5 * in_year + 2) / 153;

	civil->day = (unsigned)(in_year - (153 * from_march + 2) / 5 + 1);
	civil->month = (unsigned)(from_march < 10 ? from_march + 3 : from_march - 9);
	civil->year = year + era * 400 + (civil->month <= 2);
}

struct civil civil_of_moment(int64_t moment)
{
	int64_t days = floor_divide(moment, MICROSECONDS_DAY);
	int64_t over = moment % MICROSECONDS_DAY, left = over < 0 ? over + MICROSECONDS_DAY : over;
	int64_t seconds = left / MICROSECONDS_SECOND;
	struct civil civil = { .microsecond = (unsigned)(left % MICROSECONDS_SECOND),
			       .hour = (unsigned)(seconds / 3600),
			       .minute = (unsigned)(seconds / 60 % 60),
			       .second = (unsigned)(seconds % 60) };

	date_of_days(days, &civil);
	/* 1970 began on a Thursday. */
	civil.weekday = (unsigned)(days + 3 - floor_divide(days + 3, 7) * 7) + 1;
	civil.year_day = (unsigned)(days - days_of_date(civil.year, 1, 1)) + 1;
	return civil;
}

bool civil_to_moment(const struct civil *civil, int64_t *moment)
{
	int64_t seconds;

	if (civil->year < 1 || civil->year > 9999 || civil->month < 1 || civil->month > 12 ||
	    civil->day < 1 || civil->day > days_of_month(civil->year, civil->month) ||
	    civil->hour > 23 || civil->minute > 59 || civil->second > 59 ||
	    civil->microsecond >= MICROSECONDS_SECOND)
		return false;
	seconds = days_of_date(civil->year, civil->month, civil->day) * 86400 + civil->hour * 3600 +
		  civil->minute * 60 + civil->second;
	*moment = seconds * MICROSECONDS_SECOND + civil->microsecond;
	return true;
}

/* ---- moments as text ---- */

static struct civil civil_at_offset(int64_t moment, int offset_minutes)
{
	int64_t shifted;

	/* At the very ends of the range the offset is left out rather than wrapped around. */
	if (__builtin_add_overflow(moment, offset_minutes * 60 * MICROSECONDS_SECOND, &shifted))
		shifted = moment;
	return civil_of_moment(shifted);
}

static size_t print_fraction(unsigned microsecond, char *out)
{
	int length;

	if (microsecond == 0)
		return 0;
	length = snprintf(out, 8, ".%06u", microsecond % 1000000);
	while (out[length - 1] == '0')
		length--;
	return (size_t)length;
}

size_t moment_print(int64_t moment, int offset_minutes, char out[MOMENT_PRINTED_MAX])
{
	struct civil civil = civil_at_offset(moment, offset_minutes);
	unsigned apart = (unsigned)(offset_minutes < 0 ? -offset_minutes : offset_minutes);
	size_t length =
		(size_t)snprintf(out, 32, "%04lld-%02u-%02uT%02u:%02u:%02u", (long long)civil.year,
				 civil.month, civil.day, civil.hour, civil.minute, civil.second);

	length += print_fraction(civil.microsecond, out + length);
	if (offset_minutes == 0)
		return length + (size_t)snprintf(out + length, 2, "Z");
	return length + (size_t)snprintf(out + length, 7, "%c%02u:%02u",
					 offset_minutes < 0 ? '-' : '+', apart / 60 % 100,
					 apart % 60);
}

size_t moment_print_mail(int64_t moment, int offset_minutes, char out[MOMENT_PRINTED_MAX])
{
	struct civil civil = civil_at_offset(moment, offset_minutes);
	unsigned apart = (unsigned)(offset_minutes < 0 ? -offset_minutes : offset_minutes);

	return (size_t)snprintf(
		out, MOMENT_PRINTED_MAX, "%s, %02u %s %04lld %02u:%02u:%02u %c%02u%02u",
		weekday_names[civil.weekday - 1], civil.day, month_names[civil.month - 1],
		(long long)civil.year, civil.hour, civil.minute, civil.second,
		offset_minutes < 0 ? '-' : '+', apart / 60 % 100, apart % 60);
}

/* ---- reading ---- */

struct cursor {
	struct text text;
	size_t at;
};

static bool at_end(const struct cursor *cursor)
{
	return cursor->at == cursor->text.length;
}

static bool take(struct cursor *cursor, char byte)
{
	if (at_end(cursor) || cursor->text.data[cursor->at] != byte)
		return false;
	cursor->at++;
	return true;
}

static bool take_blanks(struct cursor *cursor)
{
	size_t before = cursor->at;

	while (!at_end(cursor) && byte_is_space(cursor->text.data[cursor->at]))
		cursor->at++;
	return cursor->at > before;
}

/* From `least` to `most` digits. */
static bool take_digits(struct cursor *cursor, unsigned least, unsigned most, unsigned *number)
{
	unsigned count = 0;

	*number = 0;
	while (count < most && !at_end(cursor) && byte_is_digit(cursor->text.data[cursor->at])) {
		*number = *number * 10 + (unsigned)(cursor->text.data[cursor->at++] - '0');
		count++;
	}
	return count >= least;
}

static struct text take_letters(struct cursor *cursor)
{
	size_t from = cursor->at;

	while (!at_end(cursor) && byte_lower(cursor->text.data[cursor->at]) >= 'a' &&
	       byte_lower(cursor->text.data[cursor->at]) <= 'z')
		cursor->at++;
	return text_part(cursor->text, from, cursor->at);
}

/* ".5", ".123456"; digits beyond the sixth are read and dropped. */
static bool take_fraction(struct cursor *cursor, unsigned *microsecond)
{
	unsigned count = 0, scale = 100000;

	*microsecond = 0;
	if (!take(cursor, '.'))
		return true;
	while (!at_end(cursor) && byte_is_digit(cursor->text.data[cursor->at])) {
		*microsecond += (unsigned)(cursor->text.data[cursor->at++] - '0') * scale;
		scale /= 10;
		count++;
	}
	return count > 0;
}

/* "+hh:mm", "+hhmm" and, when `short_form`, "+hh". */
static bool take_offset(struct cursor *cursor, bool short_form, int *minutes)
{
	unsigned hour, minute = 0;
	bool behind = take(cursor, '-');

	if (!behind && !take(cursor, '+'))
		return false;
	if (!take_digits(cursor, 2, 2, &hour))
		return false;
	if (!(short_form && at_end(cursor))) {
		take(cursor, ':');
		if (!take_digits(cursor, 2, 2, &minute))
			return false;
	}
	*minutes = (int)(hour * 60 + minute) * (behind ? -1 : 1);
	return hour < 24 && minute < 60;
}

static bool take_clock(struct cursor *cursor, struct civil *civil)
{
	if (!take_digits(cursor, 1, 2, &civil->hour) || !take(cursor, ':') ||
	    !take_digits(cursor, 2, 2, &civil->minute))
		return false;
	if (take(cursor, ':') && !take_digits(cursor, 2, 2, &civil->second))
		return false;
	if (civil->second == 60) /* a leap second is the last one of its minute */
		civil->second = 59;
	return true;
}

static bool finish_moment(const struct civil *civil, int offset_minutes, int64_t *moment)
{
	if (!civil_to_moment(civil, moment))
		return false;
	*moment -= offset_minutes * 60 * MICROSECONDS_SECOND;
	return true;
}

static bool parse_iso(struct text text, int64_t *moment)
{
	struct cursor cursor = { text, 0 };
	struct civil civil = { 0 };
	unsigned year;
	int offset = 0;

	if (!take_digits(&cursor, 4, 4, &year) || !take(&cursor, '-') ||
	    !take_digits(&cursor, 2, 2, &civil.month) || !take(&cursor, '-') ||
	    !take_digits(&cursor, 2, 2, &civil.day))
		return false;
	civil.year = year;
	if (at_end(&cursor))
		return finish_moment(&civil, 0, moment);
	if ((!take(&cursor, 'T') && !take(&cursor, 't') && !take(&cursor, ' ')) ||
	    !take_clock(&cursor, &civil) || !take_fraction(&cursor, &civil.microsecond))
		return false;
	if (!at_end(&cursor) && !take(&cursor, 'Z') && !take(&cursor, 'z') &&
	    !take_offset(&cursor, true, &offset))
		return false;
	return at_end(&cursor) && finish_moment(&civil, offset, moment);
}

static bool find_month(struct text name, unsigned *month)
{
	for (unsigned i = 0; i < 12; i++)
		if (text_equals_ignoring_case(name, text_of(month_names[i], 3, LIFETIME_PROGRAM))) {
			*month = i + 1;
			return true;
		}
	return false;
}

/* Names of RFC 822 that still occur; all others mean an unknown offset, which is read as none. */
static int offset_of_name(struct text name)
{
	static const struct {
		const char *name;
		int hours;
	} zones[] = { { "EST", -5 }, { "EDT", -4 }, { "CST", -6 }, { "CDT", -5 },
		      { "MST", -7 }, { "MDT", -6 }, { "PST", -8 }, { "PDT", -7 } };

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (text_equals_ignoring_case(name,
					      text_of_string(zones[i].name, LIFETIME_PROGRAM)))
			return zones[i].hours * 60;
	return 0;
}

/* Years of two and three digits as RFC 5322 4.3 reads them. */
static bool take_year(struct cursor *cursor, struct civil *civil)
{
	size_t before = cursor->at;
	unsigned year;

	if (!take_digits(cursor, 2, 4, &year))
		return false;
	if (cursor->at - before == 2)
		year += year < 50 ? 2000 : 1900;
	else if (cursor->at - before == 3)
		year += 1900;
	civil->year = year;
	return true;
}

static bool take_mail_date(struct cursor *cursor, struct civil *civil)
{
	take_blanks(cursor);
	if (take_letters(cursor).length) { /* what the weekday says is not checked */
		if (!take(cursor, ','))
			return false;
		take_blanks(cursor);
	}
	return take_digits(cursor, 1, 2, &civil->day) && take_blanks(cursor) &&
	       find_month(take_letters(cursor), &civil->month) && take_blanks(cursor) &&
	       take_year(cursor, civil) && take_blanks(cursor);
}

static bool parse_mail(struct text text, int64_t *moment)
{
	struct cursor cursor = { text, 0 };
	struct civil civil = { 0 };
	int offset = 0;

	if (!take_mail_date(&cursor, &civil) || !take_clock(&cursor, &civil))
		return false;
	take_blanks(&cursor);
	if (!at_end(&cursor) && cursor.text.data[cursor.at] != '(' &&
	    !take_offset(&cursor, false, &offset)) {
		struct text zone = take_letters(&cursor);

		if (zone.length == 0)
			return false;
		offset = offset_of_name(zone);
	}
	take_blanks(&cursor);
	if (!at_end(&cursor) && cursor.text.data[cursor.at] != '(')
		return false;
	return finish_moment(&civil, offset, moment);
}

bool moment_of_text(struct text text, int64_t *moment)
{
	text = text_trim(text);
	return parse_iso(text, moment) || parse_mail(text, moment);
}

/* ---- durations ---- */

static const struct {
	const char *name;
	int64_t size;
} units[] = { { "d", MICROSECONDS_DAY },
	      { "h", 3600 * MICROSECONDS_SECOND },
	      { "m", 60 * MICROSECONDS_SECOND },
	      { "s", MICROSECONDS_SECOND },
	      { "ms", 1000 } };

enum { UNIT_COUNT = sizeof(units) / sizeof(units[0]) };

size_t duration_print(int64_t duration, char out[DURATION_PRINTED_MAX])
{
	uint64_t apart = duration < 0 ? 0 - (uint64_t)duration : (uint64_t)duration;
	size_t length;

	for (unsigned i = 0; i < UNIT_COUNT && duration != 0; i++)
		if (duration % units[i].size == 0)
			return (size_t)snprintf(out, DURATION_PRINTED_MAX, "%lld%s",
						(long long)(duration / units[i].size),
						units[i].name);
	length = (size_t)snprintf(out, 24, "%s%llu", duration < 0 ? "-" : "",
				  (unsigned long long)(apart / 1000000));
	length += print_fraction((unsigned)(apart % 1000000), out + length);
	return length + (size_t)snprintf(out + length, 2, "s");
}

static bool unit_find(struct text name, int64_t *size)
{
	for (unsigned i = 0; i < UNIT_COUNT; i++)
		if (text_equals_string(name, units[i].name)) {
			*size = units[i].size;
			return true;
		}
	return false;
}

/* number * size + the fraction's part of size. */
static bool scale_duration(struct text number, unsigned millionths, int64_t size, int64_t *duration)
{
	bool negative = number.length && number.data[0] == '-';
	int64_t whole, part = size / 1000 * millionths / 1000;

	return text_to_int(number, &whole) && !__builtin_mul_overflow(whole, size, duration) &&
	       !__builtin_add_overflow(*duration, negative ? -part : part, duration);
}

bool duration_of_text(struct text text, int64_t *duration)
{
	struct cursor cursor = { text_trim(text), 0 };
	unsigned millionths;
	struct text number;
	int64_t size;

	if (!take(&cursor, '-'))
		take(&cursor, '+');
	while (!at_end(&cursor) && byte_is_digit(cursor.text.data[cursor.at]))
		cursor.at++;
	number = text_part(cursor.text, 0, cursor.at);
	if (!take_fraction(&cursor, &millionths))
		return false;
	return unit_find(text_part(cursor.text, cursor.at, cursor.text.length), &size) &&
	       scale_duration(number, millionths, size, duration);
}
