/* Module time: moments, their parts in UTC, and durations. */
#include "base/calendar.h"

#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "builtins/mail_call.h"

static int64_t now(const struct call *call)
{
	const struct context *context = context_of(call);

	return context->outside->now(context->outside_argument);
}

static struct civil civil_argument(const struct call *call)
{
	return civil_of_moment(call->arguments[0].i);
}

static enum call_result raise_overflow(struct call *call)
{
	return call_raise(call, "overflow", 0, false, "no time is so far away");
}

enum call_result builtin_time_now(struct call *call)
{
	return answer_int(call, now(call));
}

/* ---- parts ---- */

enum call_result builtin_time_year(struct call *call)
{
	return answer_int(call, civil_argument(call).year);
}

enum call_result builtin_time_month(struct call *call)
{
	return answer_int(call, civil_argument(call).month);
}

enum call_result builtin_time_day(struct call *call)
{
	return answer_int(call, civil_argument(call).day);
}

enum call_result builtin_time_hour(struct call *call)
{
	return answer_int(call, civil_argument(call).hour);
}

enum call_result builtin_time_minute(struct call *call)
{
	return answer_int(call, civil_argument(call).minute);
}

enum call_result builtin_time_second(struct call *call)
{
	return answer_int(call, civil_argument(call).second);
}

enum call_result builtin_time_weekday(struct call *call)
{
	return answer_int(call, civil_argument(call).weekday);
}

enum call_result builtin_time_yearDay(struct call *call)
{
	return answer_int(call, civil_argument(call).year_day);
}

/* ---- moments ---- */

/* Out of range stays out of range: no int wraps into a lawful month. */
static unsigned part(int64_t number)
{
	return number < 0 || number > 9999 ? 9999 : (unsigned)number;
}

enum call_result builtin_time_date(struct call *call)
{
	const value *arguments = call->arguments;
	struct civil civil = { .year = arguments[0].i,
			       .month = part(arguments[1].i),
			       .day = part(arguments[2].i),
			       .hour = part(arguments[3].i),
			       .minute = part(arguments[4].i),
			       .second = part(arguments[5].i) };
	int64_t moment;

	if (!civil_to_moment(&civil, &moment))
		return call_raise(call, "argument", 0, false, "there is no such date");
	return answer_int(call, moment);
}

static int64_t floor_to(int64_t moment, int64_t unit)
{
	int64_t over = moment % unit;

	return over < 0 ? over + unit : over;
}

enum call_result builtin_time_startOfDay(struct call *call)
{
	int64_t moment = call->arguments[0].i, start;

	if (__builtin_sub_overflow(moment, floor_to(moment, MICROSECONDS_DAY), &start))
		return raise_overflow(call);
	return answer_int(call, start);
}

enum call_result builtin_time_unix(struct call *call)
{
	int64_t moment = call->arguments[0].i;
	int64_t over = moment % MICROSECONDS_SECOND;

	return answer_int(call, moment / MICROSECONDS_SECOND - (over < 0));
}

enum call_result builtin_time_fromUnix(struct call *call)
{
	int64_t seconds = call->arguments[0].i, moment;
	struct civil civil = { .year = 0 };

	if (!__builtin_mul_overflow(seconds, MICROSECONDS_SECOND, &moment))
		civil = civil_of_moment(moment);
	if (civil.year < 1 || civil.year > 9999)
		return call_raise(call, "argument", 0, false, "years are 1 to 9999");
	return answer_int(call, moment);
}

enum call_result builtin_time_add(struct call *call)
{
	int64_t sum;

	if (__builtin_add_overflow(call->arguments[0].i, call->arguments[1].i, &sum))
		return raise_overflow(call);
	return answer_int(call, sum);
}

static enum call_result answer_between(struct call *call, int64_t earlier, int64_t later)
{
	int64_t span;

	if (__builtin_sub_overflow(later, earlier, &span))
		return raise_overflow(call);
	return answer_int(call, span);
}

enum call_result builtin_time_between(struct call *call)
{
	return answer_between(call, call->arguments[0].i, call->arguments[1].i);
}

enum call_result builtin_time_since(struct call *call)
{
	return answer_between(call, call->arguments[0].i, now(call));
}

/* ---- as text ---- */

typedef size_t moment_printer(int64_t moment, int offset_minutes, char out[MOMENT_PRINTED_MAX]);

static enum call_result answer_printed(struct call *call, moment_printer *print)
{
	int64_t minutes = call->arguments[1].i / (60 * MICROSECONDS_SECOND);
	char printed[MOMENT_PRINTED_MAX];

	if (minutes <= -24 * 60 || minutes >= 24 * 60)
		return call_raise(call, "argument", 0, false,
				  "an offset from UTC is less than a day");
	return call_return_text(call, printed, print(call->arguments[0].i, (int)minutes, printed));
}

enum call_result builtin_time_rfc5322(struct call *call)
{
	return answer_printed(call, moment_print_mail);
}

enum call_result builtin_time_iso8601(struct call *call)
{
	return answer_printed(call, moment_print);
}

/* ---- durations ---- */

static enum call_result answer_span(struct call *call, int64_t unit)
{
	int64_t span;

	if (__builtin_mul_overflow(call->arguments[0].i, unit, &span))
		return call_raise(call, "overflow", 0, false, "no duration is so long");
	return answer_int(call, span);
}

/* One function makes a duration of so many units, one tells how many units a duration has. */
#define UNIT(name, size)                                                                           \
	enum call_result builtin_time_##name(struct call *call)                                    \
	{                                                                                          \
		return answer_span(call, size);                                                    \
	}                                                                                          \
	enum call_result builtin_time_##name##_of(struct call *call)                               \
	{                                                                                          \
		return answer_int(call, call->arguments[0].i / (size));                            \
	}
UNIT(milliseconds, 1000)
UNIT(seconds, MICROSECONDS_SECOND)
UNIT(minutes, 60 * MICROSECONDS_SECOND)
UNIT(hours, 3600 * MICROSECONDS_SECOND)
UNIT(days, MICROSECONDS_DAY)
