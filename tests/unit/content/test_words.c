#include "content/words.h"

#include <criterion/criterion.h>

#include "base/buffer.h"

static void decodes(const char *value, const char *wanted)
{
	struct buffer out;

	buffer_init(&out, 1 << 20);
	words_decode(text_of_string(value, LIFETIME_PROGRAM), &out);
	cr_expect(text_equals_string(buffer_text(&out), wanted), "%s: %.*s, not %s", value,
		  TEXT_PRINTF(buffer_text(&out)), wanted);
	buffer_free(&out);
}

Test(words, of_both_encodings)
{
	decodes("a =?utf-8?Q?b_c=3D?= d", "a b c= d");
	decodes("=?UTF-8?b?w6Q=?= =?utf-8?q?_x?=", "\303\244 x");
	/* a character may begin in one and end in the next */
	decodes("=?utf-8?Q?=C3?= =?utf-8?Q?=A4?=", "\303\244");
}

Test(words, that_are_none_stay_as_they_are)
{
	decodes("=?utf-8?B?YWI*?=", "=?utf-8?B?YWI*?=");
	decodes("=?utf-8?Q?x?= =?utf-8?B?YWI*?=", "x =?utf-8?B?YWI*?=");
	decodes("=?utf-8?Q?a b?=", "=?utf-8?Q?a b?=");
	decodes("=??Q?a?=", "=??Q?a?=");
	decodes("=?nobodys?Q?a?=", "=?nobodys?Q?a?=");
	decodes("=?utf-8?X?a?=", "=?utf-8?X?a?=");
	decodes("=?utf-8?Q?a", "=?utf-8?Q?a");
}
