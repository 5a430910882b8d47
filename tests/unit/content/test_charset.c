#include "content/charset.h"

#include <criterion/criterion.h>

static void reads(const char *charset, const char *from, const char *to)
{
	struct buffer out;

	buffer_init(&out, 1 << 20);
	cr_expect(charset_decode(text_of_string(charset, LIFETIME_PROGRAM),
				 text_of_string(from, LIFETIME_PROGRAM), &out),
		  "%s is not known", charset);
	cr_expect(!out.failed && text_equals_string(buffer_text(&out), to), "%s: %.*s, not %s",
		  charset, TEXT_PRINTF(buffer_text(&out)), to);
	buffer_free(&out);
}

static void is_refused(const char *charset)
{
	struct buffer out;

	buffer_init(&out, 1 << 20);
	cr_expect_not(charset_decode(text_of_string(charset, LIFETIME_PROGRAM), TEXT("a"), &out),
		      "%s", charset);
	cr_expect_eq(out.length, 0, "%s", charset);
	buffer_free(&out);
}

Test(charset, of_mail)
{
	reads("UTF-8", "\303\244\377", "\303\244\357\277\275");
	reads("us-ascii*en", "a\344", "a\357\277\275");
	reads("ISO-8859-1", "\344", "\303\244");
	reads("windows-1252", "\200", "\342\202\254");
	reads("koi8-r", "\304\301", "\320\264\320\260");
	reads("iso-2022-jp", "\033$B$\"\033(B", "\343\201\202");
	reads("shift_jis", "\202\240", "\343\201\202");
	reads("gb18030", "\304\343", "\344\275\240");
	reads("utf-7", "+AOQ-", "\303\244");
	reads("utf-16be", "", "");
}

Test(charset, names_of_mail_that_iconv_calls_otherwise)
{
	reads("ks_c_5601-1987", "\260\241", "\352\260\200");
	reads("x-sjis", "\202\240", "\343\201\202");
	reads("UTF-8MB4", "\303\251", "\303\251");
	reads("iso-8859-8-i", "\340", "\327\220");
	reads("unicode-1-1-utf-7", "+AOk-", "\303\251");
	reads(" iso-8859-1*de ", "\374", "\303\274");
}

/* iconv would load a module of any name, and take a path or an order behind a slash. */
Test(charset, other_names_never_reach_iconv)
{
	is_refused("");
	is_refused("nobodys");
	is_refused("iso-8859-1/");
	is_refused("no-such-charset");
	is_refused("../../utf-8");
	is_refused("utf-8//TRANSLIT");
	is_refused("iso-8859-99");
	is_refused("utf-8aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	is_refused("iso");
}

Test(charset, no_name_is_cut_at_its_nul)
{
	struct buffer out;

	buffer_init(&out, 100);
	cr_expect_not(charset_decode(TEXT("koi8-r\0x"), TEXT("\304"), &out));
	buffer_free(&out);
}

Test(charset, what_cannot_be_read_is_replaced)
{
	reads("shift_jis", "a\202", "a\357\277\275");
	reads("euc-jp", "\377\244\242b", "\357\277\275\343\201\202b");
	reads("us-ascii", "a\200b\377", "a\357\277\275b\357\277\275");
	reads("utf-8", "\303\251\303", "\303\251\357\277\275");
	reads("utf-8", "", "");
}

/* A letter waits there for an accent that may follow it. */
Test(charset, a_last_letter_that_was_held_back_comes_out)
{
	reads("windows-1258", "a", "a");
	reads("windows-1258", "a\314", "\303\240");
}

Test(charset, long_texts_are_read_in_pieces)
{
	enum { COUNT = 10000 };
	static char from[COUNT];
	struct buffer out;

	memset(from, 0xe9, COUNT);
	buffer_init(&out, 1 << 20);
	cr_assert(charset_decode(TEXT("latin1"), text_of(from, COUNT, LIFETIME_PROGRAM), &out));
	cr_assert_eq(out.length, 2 * COUNT);
	for (size_t i = 0; i < out.length; i += 2)
		cr_assert(memcmp(out.data + i, "\303\251", 2) == 0);
	buffer_free(&out);

	buffer_init(&out, 5000);
	cr_assert(charset_decode(TEXT("latin1"), text_of(from, COUNT, LIFETIME_PROGRAM), &out));
	cr_assert(out.failed && out.length <= 5000);
	buffer_free(&out);
}
