#include "content/words.h"

#include <criterion/criterion.h>

#include <stdio.h>

static void reads(const char *from, const char *to)
{
	struct buffer out;

	buffer_init(&out, 1 << 20);
	words_decode(text_of_string(from, LIFETIME_PROGRAM), &out);
	cr_expect(!out.failed && text_equals_string(buffer_text(&out), to), "%s: %.*s, not %s",
		  from, TEXT_PRINTF(buffer_text(&out)), to);
	buffer_free(&out);
}

static void stays(const char *value)
{
	reads(value, value);
}

Test(words, both_encodings_are_read)
{
	reads("=?iso-8859-1?q?caf=E9_au?= lait", "caf\303\251 au lait");
	reads("Re: =?UTF-8?B?w6k=?=", "Re: \303\251");
	reads("=?utf-8*en?Q?a?=", "a");
	reads("a =?utf-8?Q?b_c=3D?= d", "a b c= d");
	reads("=?UTF-8?b?w6Q=?= =?utf-8?q?_x?=", "\303\244 x");
	reads("=?utf-8?q?"
	      "?=",
	      "");
}

Test(words, blanks_between_words_mean_nothing_and_others_stay)
{
	reads("=?utf-8?q?a?= \r\n =?utf-8?q?b?=", "ab");
	reads("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c");
	reads("=?utf-8?q?a?=  ", "a  ");
	reads("=?utf-8?q?a?=b", "ab");
	reads("=?utf-8?q?a?= =", "a =");
	reads("=?utf-8?q?a?= =b", "a =b");
}

Test(words, a_character_may_be_cut_in_two_by_words_of_one_charset)
{
	reads("=?utf-8?q?=C3?= =?UTF-8?q?=A9?=", "\303\251");
	reads("=?utf-8?q?=C3?= =?utf-8?b?qQ==?=", "\303\251");
	reads("=?utf-8?q?=C3?= =?iso-8859-1?q?=E9?=", "\357\277\275\303\251");
}

Test(words, what_is_no_word_stays)
{
	stays("");
	stays("no word");
	stays("=?utf-8?q?never ends");
	stays("=?utf-8?x?a?=");
	stays("=?utf-8?qq?a?=");
	stays("=??q?a?=");
	stays("=?utf-8?q?a b?=");
	stays("=?utf-8?q?a\177?=");
	stays("=?utf-8?q?a?b?=");
	stays("=?no-such-charset?q?a?=");
	stays("=?utf-8?b?*?=");
	stays("?= =?utf-8?q?a =?utf-8?q?b");
	stays("?= =?utf-8");
	stays("?= =?");
	stays("?= =");
}

/* The word before it is read all the same. */
Test(words, a_broken_word_behind_a_good_one_stays)
{
	reads("=?utf-8?q?a?= =?utf-8?b?*?=", "a =?utf-8?b?*?=");
	reads("=?utf-8?q?a?= =?no-such-charset?q?b?=", "a =?no-such-charset?q?b?=");
}

Test(words, that_are_none_stay_as_they_are)
{
	stays("=?utf-8?B?YWI*?=");
	reads("=?utf-8?Q?x?= =?utf-8?B?YWI*?=", "x =?utf-8?B?YWI*?=");
	stays("=?utf-8?X?a?=");
}

Test(words, what_is_longer_than_any_word_stays)
{
	enum { LENGTH = 4000 };
	char letters[LENGTH + 1], more[LENGTH + 1], value[2 * LENGTH + 100], name[80];

	memset(letters, 'a', LENGTH);
	memset(more, 'b', LENGTH);
	memset(name, 'x', sizeof(name));
	letters[LENGTH] = more[LENGTH] = name[sizeof(name) - 1] = '\0';
	snprintf(value, sizeof(value), "=?utf-8?q?%s?=", letters);
	reads(value, letters);
	snprintf(value, sizeof(value), "=?utf-8?q?%s%s?=", letters, more);
	stays(value);
	snprintf(value, sizeof(value), "=?%s?q?a?=", name);
	stays(value);
}

Test(words, are_seen_without_being_read)
{
	cr_assert(words_present(TEXT("a =?utf-8?q?b?= c")));
	cr_assert(words_present(TEXT("=?no-such-charset?q?b?=")));
	cr_assert(words_present(TEXT("=? =?utf-8?q?b?=")));
	cr_assert_not(words_present(TEXT("=?utf-8?q?b c?=")));
	cr_assert_not(words_present(TEXT("=?utf-8?q?b")));
	cr_assert_not(words_present(TEXT("==?=")));
	cr_assert_not(words_present(TEXT("=x?=")));
	cr_assert_not(words_present(TEXT("")));
}

Test(words, a_cap_of_the_result_is_kept)
{
	struct buffer out;

	buffer_init(&out, 3);
	words_decode(TEXT("=?utf-8?q?abcdef?= and more =?utf-8?q?g?="), &out);
	cr_assert(out.failed && out.length <= 3);
	buffer_free(&out);
}

/* Each beginning would search through all of the rest for its end. */
Test(words, many_beginnings_take_linear_time)
{
	enum { COUNT = 200000, LENGTH = COUNT * 10 };
	static char value[LENGTH + 2];
	struct buffer out;

	memcpy(value, "?=", 2);
	for (size_t i = 0; i < COUNT; i++)
		memcpy(value + 2 + i * 10, "=?utf-8?q?", 10);
	buffer_init(&out, BUFFER_CAP_DEFAULT);
	words_decode(text_of(value, sizeof(value), LIFETIME_PROGRAM), &out);
	cr_assert_eq(out.length, sizeof(value));
	cr_assert(memcmp(out.data, value, out.length) == 0);
	buffer_free(&out);
}
