/* Moments and spans of time as people write them. Both are microseconds; a moment counts from the
 * beginning of 1970 in UTC. Leap seconds do not exist, time zones are offsets. */
#ifndef BASE_CALENDAR_H
#define BASE_CALENDAR_H

#include "base/text.h"

#define MICROSECONDS_SECOND ((int64_t)1000000)
#define MICROSECONDS_DAY    (86400 * MICROSECONDS_SECOND)

/* A moment in the Gregorian calendar, in UTC. */
struct civil {
	int64_t year;
	unsigned month; /* 1 to 12 */
	unsigned day;	/* 1 to 31 */
	unsigned hour, minute, second;
	unsigned microsecond;
	unsigned weekday;  /* 1 for Monday to 7 for Sunday */
	unsigned year_day; /* 1 to 366 */
};

struct civil civil_of_moment(int64_t moment);
/* False when there is no such date or time, or the year is not 1 to 9999; reads neither weekday
 * nor year_day. */
bool civil_to_moment(const struct civil *civil, int64_t *moment);

enum { MOMENT_PRINTED_MAX = 48, DURATION_PRINTED_MAX = 48 };

/* At an offset from UTC of less than a day. Each returns the length.
 * ISO: "2026-01-02T03:04:05Z", with a fraction when there is one, "+01:30" for an offset.
 * RFC 5322: "Fri, 02 Jan 2026 03:04:05 +0000". */
size_t moment_print(int64_t moment, int offset_minutes, char out[MOMENT_PRINTED_MAX]);
size_t moment_print_mail(int64_t moment, int offset_minutes, char out[MOMENT_PRINTED_MAX]);
/* Reads both forms. ISO: "T" or a blank between date and time, which may be left out, as may be
 * seconds and zone (then UTC). RFC 5322: weekday, seconds and zone may be left out, comments may
 * follow, old zone names are known. False when it is neither or there is no such moment. */
bool moment_of_text(struct text text, int64_t *moment);

/* In the largest unit that gives a whole number: "90s", "2h", "7d", "250ms"; else as seconds with
 * a fraction. */
size_t duration_print(int64_t duration, char out[DURATION_PRINTED_MAX]);
/* A number, perhaps with a sign and a fraction, and ms, s, m, h or d. False on overflow too. */
bool duration_of_text(struct text text, int64_t *duration);

#endif
