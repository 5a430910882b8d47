/* Module math. Integers never wrap, floats never become infinite here. */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "builtins/mail_call.h"

static int64_t integer(const struct call *call, unsigned n)
{
	return call->arguments[n].i;
}

static double real(const struct call *call, unsigned n)
{
	return call->arguments[n].f;
}

static enum call_result raise_overflow(struct call *call)
{
	return call_raise(call, "overflow", 0, false, "the result is too large");
}

static enum call_result raise_argument(struct call *call, const char *why)
{
	return call_raise(call, "argument", 0, false, "%s", why);
}

/* ---- extremes ---- */

static enum call_result answer_smaller(struct call *call)
{
	return answer_int(call, integer(call, integer(call, 1) < integer(call, 0)));
}

static enum call_result answer_larger(struct call *call)
{
	return answer_int(call, integer(call, integer(call, 1) > integer(call, 0)));
}

enum call_result builtin_math_min(struct call *call)
{
	return answer_smaller(call);
}

enum call_result builtin_math_min_duration(struct call *call)
{
	return answer_smaller(call);
}

enum call_result builtin_math_min_float(struct call *call)
{
	return answer_float(call, real(call, real(call, 1) < real(call, 0)));
}

enum call_result builtin_math_max(struct call *call)
{
	return answer_larger(call);
}

enum call_result builtin_math_max_duration(struct call *call)
{
	return answer_larger(call);
}

enum call_result builtin_math_max_float(struct call *call)
{
	return answer_float(call, real(call, real(call, 1) > real(call, 0)));
}

enum call_result builtin_math_clamp(struct call *call)
{
	int64_t number = integer(call, 0), low = integer(call, 1), high = integer(call, 2);

	if (low > high)
		return raise_argument(call, "the lower bound is above the upper one");
	return answer_int(call, number < low ? low : number > high ? high : number);
}

enum call_result builtin_math_clamp_float(struct call *call)
{
	double number = real(call, 0), low = real(call, 1), high = real(call, 2);

	if (low > high)
		return raise_argument(call, "the lower bound is above the upper one");
	return answer_float(call, number < low ? low : number > high ? high : number);
}

/* ---- signs and roundings ---- */

enum call_result builtin_math_abs(struct call *call)
{
	int64_t number = integer(call, 0);

	if (number == INT64_MIN)
		return raise_overflow(call);
	return answer_int(call, number < 0 ? -number : number);
}

enum call_result builtin_math_abs_float(struct call *call)
{
	return answer_float(call, fabs(real(call, 0)));
}

enum call_result builtin_math_sign(struct call *call)
{
	return answer_int(call, (integer(call, 0) > 0) - (integer(call, 0) < 0));
}

/* 2^63 itself is no int; what is not a number fails both comparisons. */
static enum call_result answer_whole(struct call *call, double number)
{
	if (!(number >= -0x1p63 && number < 0x1p63))
		return raise_overflow(call);
	return answer_int(call, (int64_t)number);
}

enum call_result builtin_math_floor(struct call *call)
{
	return answer_whole(call, floor(real(call, 0)));
}

enum call_result builtin_math_ceil(struct call *call)
{
	return answer_whole(call, ceil(real(call, 0)));
}

enum call_result builtin_math_round(struct call *call)
{
	return answer_whole(call, round(real(call, 0)));
}

/* ---- as text ---- */

enum { FIXED_DIGITS_MAX = 15 };

enum call_result builtin_math_fixed(struct call *call)
{
	/* The largest float has 309 digits before the point. */
	char printed[340];
	int64_t digits = integer(call, 1);
	int length;

	if (digits < 0 || digits > FIXED_DIGITS_MAX)
		return raise_argument(call, "digits after the point are 0 to 15");
	length = snprintf(printed, sizeof(printed), "%.*f", (int)digits, real(call, 0));
	return call_return_text(call, printed, (size_t)length);
}

enum call_result builtin_math_toBase(struct call *call)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	int64_t number = integer(call, 0), base = integer(call, 1);
	uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	char printed[65];
	size_t at = sizeof(printed);

	if (base < 2 || base > 36)
		return raise_argument(call, "a base is 2 to 36");
	do {
		printed[--at] = digits[left % (uint64_t)base];
		left /= (uint64_t)base;
	} while (left);
	if (number < 0)
		printed[--at] = '-';
	return call_return_text(call, printed + at, sizeof(printed) - at);
}

/* ---- powers and logarithms ---- */

static enum call_result answer_finite(struct call *call, double number)
{
	if (isnan(number))
		return raise_argument(call, "there is no such number");
	return isinf(number) ? raise_overflow(call) : answer_float(call, number);
}

enum call_result builtin_math_sqrt(struct call *call)
{
	return answer_finite(call, sqrt(real(call, 0)));
}

/* By squaring: 64 steps at most. */
static bool power(int64_t base, uint64_t exponent, int64_t *result)
{
	for (*result = 1; exponent; exponent >>= 1) {
		if ((exponent & 1) && __builtin_mul_overflow(*result, base, result))
			return false;
		if (exponent > 1 && __builtin_mul_overflow(base, base, &base))
			return false;
	}
	return true;
}

enum call_result builtin_math_pow(struct call *call)
{
	int64_t exponent = integer(call, 1), result;

	if (exponent < 0)
		return raise_argument(call, "the exponent is below 0");
	if (!power(integer(call, 0), (uint64_t)exponent, &result))
		return raise_overflow(call);
	return answer_int(call, result);
}

enum call_result builtin_math_pow_float(struct call *call)
{
	return answer_finite(call, pow(real(call, 0), real(call, 1)));
}

enum call_result builtin_math_exp(struct call *call)
{
	return answer_finite(call, exp(real(call, 0)));
}

enum call_result builtin_math_ln(struct call *call)
{
	if (!(real(call, 0) > 0))
		return raise_argument(call, "a logarithm needs a number above 0");
	return answer_finite(call, log(real(call, 0)));
}

enum call_result builtin_math_log10(struct call *call)
{
	if (!(real(call, 0) > 0))
		return raise_argument(call, "a logarithm needs a number above 0");
	return answer_finite(call, log10(real(call, 0)));
}

/* ---- bits ---- */

enum call_result builtin_math_bitAnd(struct call *call)
{
	return answer_int(call, integer(call, 0) & integer(call, 1));
}

enum call_result builtin_math_bitOr(struct call *call)
{
	return answer_int(call, integer(call, 0) | integer(call, 1));
}

enum call_result builtin_math_bitXor(struct call *call)
{
	return answer_int(call, integer(call, 0) ^ integer(call, 1));
}

enum call_result builtin_math_bitNot(struct call *call)
{
	return answer_int(call, ~integer(call, 0));
}

static enum call_result raise_shift(struct call *call)
{
	return raise_argument(call, "bits are moved by 0 to 63");
}

enum call_result builtin_math_shiftLeft(struct call *call)
{
	int64_t bits = integer(call, 1);

	if (bits < 0 || bits > 63)
		return raise_shift(call);
	return answer_int(call, (int64_t)((uint64_t)integer(call, 0) << bits));
}

enum call_result builtin_math_shiftRight(struct call *call)
{
	int64_t bits = integer(call, 1);

	if (bits < 0 || bits > 63)
		return raise_shift(call);
	return answer_int(call, (int64_t)((uint64_t)integer(call, 0) >> bits));
}

enum call_result builtin_math_bitCount(struct call *call)
{
	return answer_int(call, __builtin_popcountll((unsigned long long)integer(call, 0)));
}

enum call_result builtin_math_signed(struct call *call)
{
	int64_t bits = integer(call, 1);
	uint64_t sign, low;

	if (bits < 1 || bits > 64)
		return raise_argument(call, "a number has 1 to 64 bits");
	sign = (uint64_t)1 << (bits - 1);
	low = (uint64_t)integer(call, 0) & (sign | (sign - 1));
	return answer_int(call, (int64_t)((low ^ sign) - sign));
}

/* ---- chance ---- */

enum call_result builtin_math_random(struct call *call)
{
	const struct context *context = context_of(call);
	int64_t limit = integer(call, 0);
	uint64_t number, fair;

	if (limit < 1)
		return raise_argument(call, "the limit is above 0");
	/* Numbers above the last whole multiple would favour the small ones. */
	fair = UINT64_MAX - UINT64_MAX % (uint64_t)limit;
	do {
		if (!context->outside->random(context->outside_argument, &number))
			return call_raise(call, "io", errno, true,
					  "no random numbers are to be had");
	} while (number >= fair);
	return answer_int(call, (int64_t)(number % (uint64_t)limit));
}
