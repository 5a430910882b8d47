#include "net/domain.h"

#include <criterion/criterion.h>

typedef const char *convert(struct text, struct domain_name *);

static void becomes(convert *function, const char *from, const char *to)
{
	struct domain_name out;
	const char *fault = function(text_of_string(from, LIFETIME_PROGRAM), &out);

	cr_assert_null(fault, "%s: %s", from, fault);
	cr_expect(text_equals_string(domain_text(&out), to), "%s: %.*s, not %s", from,
		  TEXT_PRINTF(domain_text(&out)), to);
}

static void is_refused(convert *function, struct text name)
{
	struct domain_name out;

	cr_expect_not_null(function(name, &out), "%.*s", TEXT_PRINTF(name));
}

Test(domain, ascii_is_lower_case_without_a_dot_at_the_end)
{
	becomes(domain_to_ascii, "Example.ORG.", "example.org");
	becomes(domain_to_ascii, "_dmarc.example", "_dmarc.example");
	becomes(domain_to_ascii, "B\303\274cher.example", "xn--bcher-kva.example");
	becomes(domain_to_ascii, "xn--BCHER-kva.example", "xn--bcher-kva.example");
	becomes(domain_to_ascii, "stra\303\237e.example", "xn--strae-oqa.example");
}

Test(domain, unicode)
{
	becomes(domain_to_unicode, "xn--bcher-kva.example", "b\303\274cher.example");
	becomes(domain_to_unicode, "example.org", "example.org");
	becomes(domain_to_unicode, "B\303\234CHER.example", "b\303\274cher.example");
}

Test(domain, what_somebody_registered)
{
	becomes(domain_organizational, "mail.example.co.uk", "example.co.uk");
	becomes(domain_organizational, "a.b.c.EXAMPLE.com.", "example.com");
	becomes(domain_organizational, "example.com", "example.com");
	becomes(domain_organizational, "com", "com");
	becomes(domain_organizational, "co.uk", "co.uk");
	becomes(domain_organizational, "host.internal.unknownsuffix", "internal.unknownsuffix");
	becomes(domain_organizational, "a.b.\347\275\221\347\273\234.cn", "b.xn--io0a7i.cn");
	becomes(domain_organizational, "www.city.kobe.jp", "city.kobe.jp");
	becomes(domain_organizational, "a.b.c.kobe.jp", "b.c.kobe.jp");
}

Test(domain, addresses_are_nobodys)
{
	becomes(domain_organizational, "192.0.2.1", "192.0.2.1");
	becomes(domain_organizational, "[192.0.2.1]", "[192.0.2.1]");
	becomes(domain_organizational, "[IPv6:2001:db8::1]", "[ipv6:2001:db8::1]");
}

Test(domain, public_suffix)
{
	becomes(domain_public_suffix, "mail.example.co.uk", "co.uk");
	becomes(domain_public_suffix, "example.com", "com");
}

Test(domain, names_that_are_none)
{
	char label[65], name[256];

	memset(label, 'a', sizeof(label));
	memset(name, 'a', sizeof(name));
	for (size_t i = 60; i < sizeof(name); i += 60)
		name[i] = '.';
	is_refused(domain_to_ascii, TEXT(""));
	is_refused(domain_to_ascii, TEXT("."));
	is_refused(domain_to_ascii, TEXT(".example"));
	is_refused(domain_to_ascii, TEXT("a..example"));
	is_refused(domain_to_ascii, TEXT("a\0b.example"));
	is_refused(domain_to_ascii, TEXT("a\303\274\0b.example"));
	is_refused(domain_to_ascii, TEXT("a b.example"));
	is_refused(domain_to_ascii, TEXT("\377.example"));
	is_refused(domain_to_ascii, text_of(label, 64, LIFETIME_EVENT));
	is_refused(domain_to_ascii, text_of(name, 254, LIFETIME_EVENT));
	is_refused(domain_organizational, TEXT("a..example"));
	is_refused(domain_to_unicode, TEXT("xn--\177.example"));
}

Test(domain, a_long_name_beyond_ascii)
{
	char name[2048];

	for (size_t i = 0; i < sizeof(name); i += 2)
		memcpy(name + i, "\303\274", 2);
	is_refused(domain_to_ascii, text_of(name, 2000, LIFETIME_EVENT));
	is_refused(domain_to_ascii, text_of(name, 1000, LIFETIME_EVENT));
}
