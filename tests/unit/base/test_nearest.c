#include "base/diagnostics.h"

#include <criterion/criterion.h>

static const char *const names[] = { "mailFrom", "rcptTo", "ehloHost", "log", "reject" };

static const char *nearest(const char *wrong)
{
	return name_nearest(text_of_string(wrong, LIFETIME_EVENT), names,
			    sizeof(names) / sizeof(names[0]));
}

Test(nearest, slips_of_the_pen)
{
	cr_assert_str_eq(nearest("mailFrm"), "mailFrom");
	cr_assert_str_eq(nearest("mailForm"), "mailFrom");
	cr_assert_str_eq(nearest("malFrom"), "mailFrom");
	cr_assert_str_eq(nearest("xailFrom"), "mailFrom");
	cr_assert_str_eq(nearest("rejetc"), "reject");
	cr_assert_str_eq(nearest("lgo"), "log", "swapped neighbours are one edit");
}

Test(nearest, case_does_not_count)
{
	cr_assert_str_eq(nearest("MAILFROM"), "mailFrom");
	cr_assert_str_eq(nearest("EHLOhost"), "ehloHost");
}

Test(nearest, at_most_a_third_of_the_word)
{
	cr_assert_null(nearest("xxilFrxm"));
	cr_assert_null(nearest("lo"), "two letters allow no edit");
	cr_assert_null(nearest("completely"));
	cr_assert_null(nearest(""));
	cr_assert_str_eq(nearest("rexxct"), "reject");
	cr_assert_null(nearest("rxxxct"));
}

Test(nearest, the_best_wins)
{
	static const char *const close[] = { "headers", "header", "heater" };

	cr_assert_str_eq(name_nearest(TEXT("heder"), close, 3), "header");
	cr_assert_str_eq(name_nearest(TEXT("headerz"), close, 3), "headers");
	cr_assert_str_eq(
		name_nearest(TEXT("heatders"), (const char *const[]){ "heater", "headers" }, 2),
		"headers", "a better one may come later");
}

Test(nearest, words_of_any_length)
{
	char wrong[1000], longest[65];
	const char *one = longest;

	memset(wrong, 'a', sizeof(wrong));
	for (size_t length = 0; length <= sizeof(wrong); length++)
		cr_assert_null(name_nearest(text_of(wrong, length, LIFETIME_EVENT), names, 5));
	cr_assert_null(name_nearest(TEXT("name"), NULL, 0));
	memset(longest, 'a', 64);
	longest[64] = '\0';
	cr_assert_not_null(name_nearest(text_of(wrong, 64, LIFETIME_EVENT), &one, 1));
	cr_assert_null(name_nearest(text_of(wrong, 65, LIFETIME_EVENT), &one, 1),
		       "nobody writes a name of 65 letters");
}
