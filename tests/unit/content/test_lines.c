#include "content/lines.h"

#include <criterion/criterion.h>

#include <stdio.h>

/* name=value, or =line when it is no field; "~" for a blank before the colon; joined by "|". */
static void are(const char *header, const char *wanted)
{
	struct text text = text_of_string(header, LIFETIME_PROGRAM);
	struct field field;
	char shown[200] = "";
	size_t at = 0;

	while (field_next(text, &at, &field))
		snprintf(shown + strlen(shown), sizeof(shown) - strlen(shown), "%.*s%s=%.*s|",
			 TEXT_PRINTF(field.name), field.blank_before_colon ? "~" : "",
			 TEXT_PRINTF(field.raw));
	cr_expect_str_eq(shown, wanted);
}

Test(lines, fields)
{
	are("", "");
	are("A: b\r\nC:d\n", "A= b|C=d|");
	are("A: b\r\n c\r\n\td\r\nE: f", "A= b\r\n c\r\n\td|E= f|");
	are("A: b\r\n\r\n c: d", "A= b|");
	are("A : b\r\n", "A~= b|");
	are("A:\r\n", "A=|");
}

Test(lines, that_are_no_field)
{
	are("no colon\r\nA: b", "=no colon|A= b|");
	are(": b\r\n", "=: b|");
	are(" : b\r\n", "= : b|");
	are(" A: b\r\n", "= A: b|");
	are("A\r\n b: c\r\n", "=A\r\n b: c|");
}

Test(lines, end_before_their_break)
{
	size_t next;

	cr_assert_eq(line_end(TEXT("a\r\nb"), 0, &next), 1);
	cr_assert_eq(next, 3);
	cr_assert_eq(line_end(TEXT("a\nb"), 0, &next), 1);
	cr_assert_eq(next, 2);
	cr_assert_eq(line_end(TEXT("\r\n"), 1, &next), 1);
	cr_assert_eq(line_end(TEXT("a\r"), 0, &next), 2);
	cr_assert_eq(next, 2);
	cr_assert_eq(before_line_break(TEXT("a\r\n"), 0, 3), 1);
	cr_assert_eq(before_line_break(TEXT("a\n"), 0, 2), 1);
	cr_assert_eq(before_line_break(TEXT("\n"), 0, 1), 0);
	cr_assert_eq(before_line_break(TEXT("\r\n"), 1, 2), 1);
	cr_assert_eq(before_line_break(TEXT("a"), 0, 1), 1);
	cr_assert_eq(before_line_break(TEXT("a\n"), 2, 2), 2);
}
