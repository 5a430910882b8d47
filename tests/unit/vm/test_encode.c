/* Values as bytes: all types there and back, and bytes that are no value. */
#include "vm/encode.h"

#include "bed.h"

#include <criterion/criterion.h>

static struct bed bed;
static struct buffer bytes;

static const char source[] =
	"record Inner { t: text; n: list[int]; } "
	"record All { b: bool; i: int; f: float; t: text; a: ip; n: net; d: duration; w: time; l: list[text]; m: map[ip, Inner]; r: Inner; } "
	"function f() -> list[All] { var inner = Inner(t: \"x\\0y\", n: [1, -2]); return [All(b: true, i: -5, f: 1.5, t: \"tt\", a: ip(\"2001:db8::1\"), "
	"n: \"10.0.0.0/8\", d: 5m, w: time(\"2026-01-01T00:00:00Z\"), l: [\"\", \"b\"], m: [ip(\"192.0.2.1\"): inner], r: inner)]; }";

static value made;
static const struct type *type;

static void begin(void)
{
	int f;

	bed_open(&bed, source);
	buffer_init(&bytes, 1 << 20);
	f = program_function(bed.program, "f");
	type = bed.program->code->functions[f].result;
	cr_assert_eq(bed_run(&bed, "f", NULL), VM_DONE);
	made = vm_result(bed.vm);
	value_encode(type, made, &bytes);
	cr_assert_not(bytes.failed);
}

static void end(void)
{
	buffer_free(&bytes);
	bed_end(&bed);
	bed_close(&bed);
}

TestSuite(encode, .init = begin, .fini = end);

Test(encode, there_and_back)
{
	value back;

	cr_assert_eq(value_decode(type, buffer_text(&bytes), &bed.message, &back), DECODED);
	cr_assert(value_equals(type, made, back));
	cr_assert_neq(back.list, made.list);
}

Test(encode, bytes_that_end_early_or_late_are_no_value)
{
	value back;

	for (size_t length = 0; length < bytes.length; length++)
		cr_assert_eq(value_decode(type, text_of(bytes.data, length, LIFETIME_EVENT), &bed.message, &back),
			     DECODED_NOT, "%zu", length);
	buffer_append_byte(&bytes, 0);
	cr_assert_eq(value_decode(type, buffer_text(&bytes), &bed.message, &back), DECODED_NOT);
}

/* Nothing is taken for granted, and no count makes more memory than the bytes behind it. */
Test(encode, any_bytes_may_come)
{
	uint32_t state = 7;
	value back;

	for (int turn = 0; turn < 50000; turn++) {
		struct buffer damaged;

		buffer_init(&damaged, 1 << 20);
		buffer_append_text(&damaged, buffer_text(&bytes));
		for (int n = 0; n < 3; n++) {
			state = state * 1664525 + 1013904223;
			damaged.data[(state >> 8) % damaged.length] = (char)(state >> 24);
		}
		if (value_decode(type, buffer_text(&damaged), &bed.event, &back) == DECODED) {
			struct buffer again;

			buffer_init(&again, 1 << 20);
			value_encode(type, back, &again);
			cr_assert_eq(again.length, damaged.length);
			buffer_free(&again);
		}
		buffer_free(&damaged);
		if (turn % 100 == 0) {
			bed_end(&bed);
			arena_reset(&bed.event);
		}
	}
}

Test(encode, memory_that_ends)
{
	struct arena tight;
	value back;

	arena_init(&tight, 64, LIFETIME_EVENT);
	cr_assert_eq(value_decode(type, buffer_text(&bytes), &tight, &back), DECODED_NO_ROOM);
	arena_reset(&tight);
}

Test(encode, a_shape_tells_all_that_the_bytes_depend_on)
{
	struct buffer shape;

	buffer_init(&shape, 4096);
	type_print_shape(type, &shape);
	cr_assert(text_equals_string(buffer_text(&shape),
				     "list[All{b: bool, i: int, f: float, t: text, a: ip, n: net, d: duration, w: time, "
				     "l: list[text], m: map[ip, Inner{t: text, n: list[int]}], r: Inner{t: text, n: list[int]}}]"),
		  "%.*s", TEXT_PRINTF(buffer_text(&shape)));
	buffer_free(&shape);
}
