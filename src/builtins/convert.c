/* int(x), float(x), text(x), ...: conversions that raise what does not convert. */
#include "builtins/convert.h"

#include "base/calendar.h"

#include "builtins/builtins.h"

enum { SHOWN_MAX = 60 }; /* bytes of a wrong text in a message */

static enum call_result raise_convert(struct call *call, struct text text, const char *what)
{
	struct buffer shown;
	enum call_result result;

	buffer_init(&shown, 4 * SHOWN_MAX + 16);
	buffer_append_visible(&shown, text, SHOWN_MAX);
	result = call_raise(call, "convert", 0, false, "\"%.*s\" is not %s",
			    TEXT_PRINTF(buffer_text(&shown)), what);
	buffer_free(&shown);
	return result;
}

static bool bool_of_text(struct text text, int64_t *truth)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0", "" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (text_equals_ignoring_case(text, text_of_string(yes[i], LIFETIME_PROGRAM))) {
			*truth = 1;
			return true;
		}
	*truth = 0;
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (text_equals_ignoring_case(text, text_of_string(no[i], LIFETIME_PROGRAM)))
			return true;
	return false;
}

static enum call_result convert_net(struct call *call, struct text text, value *result)
{
	struct net *net = arena_allocate(call_arena(call), sizeof(*net));

	if (!net)
		return call_memory(call);
	if (!net_parse(text, false, net))
		return raise_convert(call, text, "a network");
	result->net = net;
	return CALL_DONE;
}

enum call_result convert_text(struct call *call, struct text text, const struct type *type,
			      value *result)
{
	enum call_result charged = call_begin(call, text.length);
	value converted = { .i = 0 };

	if (charged != CALL_DONE)
		return charged;
	switch (type->kind) {
	case TYPE_TEXT:
		converted.text = text;
		break;
	case TYPE_INT:
		if (!text_to_int(text, &converted.i))
			return raise_convert(call, text, "an int");
		break;
	case TYPE_FLOAT:
		if (!text_to_float(text, &converted.f))
			return raise_convert(call, text, "a number");
		break;
	case TYPE_BOOL:
		if (!bool_of_text(text, &converted.i))
			return raise_convert(call, text, "yes or no");
		break;
	case TYPE_IP:
		if (!ip_parse(text, &converted.ip))
			return raise_convert(call, text, "an address");
		break;
	case TYPE_NET:
		return convert_net(call, text, result);
	case TYPE_DURATION:
		if (!duration_of_text(text, &converted.i))
			return raise_convert(call, text, "a duration");
		break;
	case TYPE_TIME:
		if (!moment_of_text(text, &converted.i))
			return raise_convert(call, text, "a time");
		break;
	default:
		return raise_convert(call, text, "a value of that type");
	}
	*result = converted;
	return CALL_DONE;
}

/* From a text to the type of the row's result. */
static enum call_result answer_converted(struct call *call)
{
	return convert_text(call, call->arguments[0].text, call->import->result, call->result);
}

enum call_result builtin_int_ofText(struct call *call)
{
	return answer_converted(call);
}

enum call_result builtin_float_ofText(struct call *call)
{
	return answer_converted(call);
}

enum call_result builtin_bool_ofText(struct call *call)
{
	return answer_converted(call);
}

enum call_result builtin_ip_ofText(struct call *call)
{
	return answer_converted(call);
}

enum call_result builtin_net_ofText(struct call *call)
{
	return answer_converted(call);
}

enum call_result builtin_duration_ofText(struct call *call)
{
	return answer_converted(call);
}

enum call_result builtin_time_ofText(struct call *call)
{
	return answer_converted(call);
}

/* ---- between numbers ---- */

enum call_result builtin_int_ofFloat(struct call *call)
{
	double number = call->arguments[0].f;

	if (!(number >= -0x1p63 && number < 0x1p63))
		return call_raise(call, "convert", 0, false, "the number is too large for an int");
	return answer_int(call, (int64_t)number);
}

enum call_result builtin_int_ofBool(struct call *call)
{
	return answer_int(call, call->arguments[0].i);
}

enum call_result builtin_float_ofInt(struct call *call)
{
	return answer_float(call, (double)call->arguments[0].i);
}

/* ---- to text ---- */

enum call_result builtin_text_ofAny(struct call *call)
{
	const struct type *type = call->import->type_arguments[0];
	enum call_result result;
	struct buffer printed;

	if (type->kind == TYPE_TEXT)
		return answer_text(call, call->arguments[0].text);
	buffer_init(&printed, (size_t)call_limit_value(call, LIMIT_textLength));
	value_print(type, call->arguments[0], &printed);
	result = call_charge(call, printed.length);
	if (result == CALL_DONE && printed.failed)
		result = call_limit(call, LIMIT_textLength);
	if (result == CALL_DONE)
		result = call_return_text(call, printed.data, printed.length);
	buffer_free(&printed);
	return result;
}

enum call_result builtin_text_isInt(struct call *call)
{
	enum call_result charged = call_charge(call, call->arguments[0].text.length);
	int64_t number;

	if (charged != CALL_DONE)
		return charged;
	return answer_bool(call, text_to_int(call->arguments[0].text, &number));
}

enum call_result builtin_text_toInt(struct call *call)
{
	enum call_result charged = call_charge(call, call->arguments[0].text.length);
	int64_t number = call->arguments[1].i;

	if (charged != CALL_DONE)
		return charged;
	text_to_int(call->arguments[0].text, &number);
	return answer_int(call, number);
}

enum call_result builtin_text_toFloat(struct call *call)
{
	double number;

	if (!text_to_float(call->arguments[0].text, &number))
		number = call->arguments[1].f;
	return answer_float(call, number);
}

static int digit_value(char digit)
{
	char lower = byte_lower(digit);

	if (byte_is_digit(digit))
		return digit - '0';
	return lower >= 'a' && lower <= 'z' ? lower - 'a' + 10 : 99;
}

/* Counted downwards, so that the smallest int can be read. */
static bool parse_base(struct text text, int base, int64_t *number)
{
	bool negative = text.length && text.data[0] == '-';
	size_t i = negative || (text.length && text.data[0] == '+');

	*number = 0;
	if (i == text.length)
		return false;
	for (; i < text.length; i++) {
		int digit = digit_value(text.data[i]);

		if (digit >= base || __builtin_mul_overflow(*number, base, number) ||
		    __builtin_sub_overflow(*number, digit, number))
			return false;
	}
	return negative || !__builtin_sub_overflow((int64_t)0, *number, number);
}

enum call_result builtin_text_parseInt(struct call *call)
{
	struct text text = call->arguments[0].text;
	enum call_result charged = call_charge(call, text.length);
	int64_t base = call->arguments[1].i, number;

	if (charged != CALL_DONE)
		return charged;
	if (base < 2 || base > 36)
		return call_raise(call, "argument", 0, false, "a base is 2 to 36");
	if (!parse_base(text, (int)base, &number))
		return raise_convert(call, text, "an int to that base");
	return answer_int(call, number);
}
