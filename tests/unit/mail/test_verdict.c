#include "world.h"

#include <criterion/criterion.h>

Test(verdict, names)
{
	cr_assert_str_eq(verdict_name(VERDICT_CONTINUE), "continue");
	cr_assert_str_eq(verdict_name(VERDICT_ACCEPT), "accept");
	cr_assert_str_eq(verdict_name(VERDICT_REJECT), "reject");
	cr_assert_str_eq(verdict_name(VERDICT_TEMPFAIL), "tempfail");
	cr_assert_str_eq(verdict_name(VERDICT_DISCARD), "discard");
	cr_assert_str_eq(verdict_name(VERDICT_DISCONNECT), "disconnect");
}

static bool lawful(enum verdict_kind kind, int code, const char *enhanced, const char *text)
{
	return reply_fault(kind, code, t(enhanced), t(text)) == NULL;
}

Test(verdict, codes_fit_the_verdict)
{
	cr_assert(lawful(VERDICT_REJECT, 550, "5.7.1", "no"));
	cr_assert(lawful(VERDICT_REJECT, 599, "", "no"));
	cr_assert(lawful(VERDICT_REJECT, 500, "", "no"));
	cr_assert_not(lawful(VERDICT_REJECT, 499, "", "no"));
	cr_assert_not(lawful(VERDICT_REJECT, 600, "", "no"));
	cr_assert(lawful(VERDICT_TEMPFAIL, 400, "", "later"));
	cr_assert(lawful(VERDICT_TEMPFAIL, 499, "", "later"));
	cr_assert_not(lawful(VERDICT_TEMPFAIL, 500, "", "later"));
	cr_assert_not(lawful(VERDICT_TEMPFAIL, 399, "", "later"));
	cr_assert(lawful(VERDICT_DISCONNECT, 421, "4.7.0", "bye"));
	cr_assert_not(lawful(VERDICT_DISCONNECT, 450, "4.7.0", "bye"));
	cr_assert_not(lawful(VERDICT_REJECT, 0, "", "a text needs a code"));
	cr_assert_not(lawful(VERDICT_REJECT, 0, "5.7.1", ""));
	cr_assert(lawful(VERDICT_REJECT, 0, "", ""));
	cr_assert(lawful(VERDICT_ACCEPT, 0, "", ""));
}

Test(verdict, enhanced_codes_have_three_parts_of_the_codes_class)
{
	static const char *const wrong[] = {
		"4.7.1",    "5",      "5.",	"5.7",	 "5.7.",   "5.7.1.", "5.7.1 ", "5.7.1234",
		"5.1234.1", "5.07.1", "5.7.01", "x.7.1", "55.7.1", "5.7.x",  ".7.1",   "5..1"};

	cr_assert(lawful(VERDICT_REJECT, 550, "5.0.0", ""));
	cr_assert(lawful(VERDICT_REJECT, 550, "5.123.999", ""));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		cr_expect_not(lawful(VERDICT_REJECT, 550, wrong[i], ""), "%s", wrong[i]);
}

Test(verdict, every_byte_that_could_break_a_reply_is_refused)
{
	for (int byte = 0; byte < 256; byte++) {
		char text[3] = {'a', (char)byte, 'b'};
		const char *fault = reply_fault(VERDICT_REJECT, 550, TEXT("5.7.1"),
						text_of(text, 3, LIFETIME_EVENT));
		bool allowed = byte == '\n' || (byte >= 0x20 && byte != 0x7f);

		cr_expect_eq(fault == NULL, allowed, "byte %d", byte);
	}
	cr_assert(lawful(VERDICT_REJECT, 550, "5.7.1", "one\r\ntwo\nthree"));
	cr_assert_not(lawful(VERDICT_REJECT, 550, "5.7.1", "one\r"));
}

Test(verdict, lines_are_bounded)
{
	char text[2000];

	memset(text, 'x', sizeof(text));
	cr_assert_null(
		reply_fault(VERDICT_REJECT, 550, TEXT_EMPTY, text_of(text, 980, LIFETIME_EVENT)));
	cr_assert_not_null(
		reply_fault(VERDICT_REJECT, 550, TEXT_EMPTY, text_of(text, 981, LIFETIME_EVENT)));
	text[980] = '\n';
	cr_assert_null(
		reply_fault(VERDICT_REJECT, 550, TEXT_EMPTY, text_of(text, 1900, LIFETIME_EVENT)));
	memset(text, '\n', sizeof(text));
	cr_assert_null(
		reply_fault(VERDICT_REJECT, 550, TEXT_EMPTY, text_of(text, 31, LIFETIME_EVENT)));
	cr_assert_not_null(
		reply_fault(VERDICT_REJECT, 550, TEXT_EMPTY, text_of(text, 32, LIFETIME_EVENT)));
}
