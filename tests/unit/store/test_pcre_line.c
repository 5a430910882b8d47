#include "store/pcre_line.h"

#include <criterion/criterion.h>

static void expect(const char *line, bool negated, const char *pattern, const char *flags,
		   const char *item)
{
	struct pcre_line parsed;
	const char *fault = pcre_line_parse(text_of_string(line, LIFETIME_EVENT), &parsed);

	cr_assert_null(fault, "%s: %s", line, fault);
	cr_expect_eq(parsed.negated, negated, "%s", line);
	cr_expect(text_equals_string(parsed.pattern, pattern), "%s", line);
	cr_expect_str_eq(parsed.flags, flags, "%s", line);
	cr_expect(text_equals_string(parsed.item, item), "%s", line);
}

Test(pcre_line, rules)
{
	expect("/^a b$/ REJECT no", false, "^a b$", "is", "REJECT no");
	expect("!/x/\tOK", true, "x", "is", "OK");
	expect("/x/i OK", false, "x", "s", "OK");
	expect("/x/ms OK", false, "x", "im", "OK");
	expect("/x/xiis OK", false, "x", "ix", "OK");
	expect("/a\\/b/ OK", false, "a\\/b", "is", "OK");
	expect("/x/", false, "x", "is", "");
	expect("/x/ one\n two", false, "x", "is", "one\n two");
	expect("/iffy/ OK", false, "iffy", "is", "OK");
}

Test(pcre_line, ifs)
{
	struct pcre_line parsed;

	expect("if /^a/", false, "^a", "is", "");
	expect("IF !/^a/i", true, "^a", "s", "");
	cr_expect_null(pcre_line_parse(TEXT("endif"), &parsed));
	cr_expect_eq(parsed.kind, PCRE_ENDIF);
	cr_expect_null(pcre_line_parse(TEXT("if /x/"), &parsed));
	cr_expect_eq(parsed.kind, PCRE_IF);
}

Test(pcre_line, what_is_none)
{
	static const char *const wrong[] = { "x OK",	"/x OK",     "!x OK",	 "!",
					     "if",	"if x",	     "if /x/ y", "endif /x/",
					     "/x/U OK", "/x/abc OK", "endifx",	 "/" };
	struct pcre_line parsed;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		cr_expect_not_null(
			pcre_line_parse(text_of_string(wrong[i], LIFETIME_EVENT), &parsed), "%s",
			wrong[i]);
}
