#include "base/cursor.h"

#include <criterion/criterion.h>

Test(cursor, numbers_have_a_big_or_a_little_end)
{
	struct cursor cursor = cursor_of(TEXT("\1\2\1\2\3\xff\1\2\1\2\3\xff\x80"));

	cr_expect_eq(cursor_u16(&cursor), 0x0102);
	cr_expect_eq(cursor_u32(&cursor), 0x010203ff);
	cr_expect_eq(cursor_little(&cursor, 2), 0x0201);
	cr_expect_eq(cursor_little(&cursor, 4), 0xff030201);
	cr_expect_not(cursor_done(&cursor));
	cr_expect_eq(cursor_little(&cursor, 1), 0x80);
	cr_expect(cursor_done(&cursor));
}

Test(cursor, gives_nothing_once_there_was_too_little)
{
	struct cursor cursor = cursor_of(TEXT("abc"));

	cr_expect_eq(cursor_little(&cursor, 4), 0);
	cr_expect(cursor.failed);
	cr_expect_eq(cursor_byte(&cursor), 0);
	cr_expect_eq(cursor_take(&cursor, 1).length, 0);
	cr_expect_not(cursor_done(&cursor));
}
