#include "host/milter_changes.h"

#include <criterion/criterion.h>

static struct buffer out;

static const char *value(enum afsl_change_kind kind, const char *bytes, size_t length,
			 bool own_blank, bool negotiated)
{
	struct afsl_change change = {
		.kind = kind, .name = {"X", 1}, .value = {bytes, length}, .blanks = own_blank};
	if (!out.cap)
		buffer_init(&out, (size_t)1 << 20);
	buffer_clear(&out);
	out.failed = false;
	return milter_header_value(&change, negotiated, &out) ? out.data : NULL;
}

#define VALUE(literal, own, negotiated)                                                            \
	value(AFSL_ADD_HEADER, literal, sizeof(literal) - 1, own, negotiated)

Test(milter_changes, the_blank_behind_the_colon)
{
	cr_assert_str_eq(VALUE("v", false, false), "v");
	cr_assert_str_eq(VALUE("v", false, true), " v");
	cr_assert_str_eq(VALUE(" v", true, true), " v");
	cr_assert_str_eq(VALUE(" v", true, false), "v");
	cr_assert_str_eq(VALUE("  v", true, false), " v");
	cr_assert_str_eq(VALUE("\tv", true, false), "\tv");
	cr_assert_str_eq(VALUE("v", true, true), "v");
	/* Nothing deletes a field, so a lone blank stays and nothing stays nothing. */
	cr_assert_str_eq(VALUE(" ", true, false), " ");
	cr_assert_str_eq(VALUE("", false, true), " ");
	cr_assert_str_eq(value(AFSL_CHANGE_HEADER, "", 0, false, true), "");
	cr_assert_str_eq(VALUE("", true, true), "");
}

Test(milter_changes, lines_are_folded_and_nothing_is_injected)
{
	cr_assert_str_eq(VALUE("a\r\n b", false, false), "a\n b");
	cr_assert_str_eq(VALUE("a\n\tb", false, false), "a\n\tb");
	cr_assert_str_eq(VALUE("a\nX-In: b", false, false), "a\n\tX-In: b");
	cr_assert_str_eq(VALUE("a\rb", false, false), "a\n\tb");
	cr_assert_str_eq(VALUE("a\n\nb", false, false), "a\n\t\n\tb");
	cr_assert_str_eq(VALUE("a\r\n", false, false), "a");
	cr_assert_str_eq(VALUE("a\n", false, false), "a");
	cr_assert_str_eq(VALUE("caf\xc3\xa9", false, false), "caf\xc3\xa9");
	cr_assert_null(VALUE("a\0b", false, false));
}

Test(milter_changes, one_packet_holds_it)
{
	static char large[70000];
	memset(large, 'x', sizeof(large));
	/* Name, value and two NULs in 65535 bytes; an index takes four of them. */
	cr_assert_not_null(value(AFSL_ADD_HEADER, large, 65532, false, false));
	cr_assert_null(value(AFSL_ADD_HEADER, large, 65533, false, false));
	cr_assert_not_null(value(AFSL_INSERT_HEADER, large, 65528, false, false));
	cr_assert_null(value(AFSL_INSERT_HEADER, large, 65529, false, false));
	cr_assert_not_null(value(AFSL_CHANGE_HEADER, large, 65528, false, false));
	cr_assert_null(value(AFSL_CHANGE_HEADER, large, 65529, false, false));
	cr_assert_null(value(AFSL_ADD_HEADER, large, 65532, false, true));
}
