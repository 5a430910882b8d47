/* What is not asked at all: URLs that say too much, too little, or two things. */
#include "net/http.h"

#include <criterion/criterion.h>
#include <string.h>

static struct http_target target, base;

static void begin(void)
{
	const char *why;

	cr_assert(http_load(&why), "%s", why);
}

TestSuite(http_target, .init = begin);

static struct text text(const char *string)
{
	return text_of_string(string, LIFETIME_EVENT);
}

static const char *fault_of(const char *url)
{
	const char *fault = http_target_parse(text(url), NULL, &target);

	return fault ? fault : "none";
}

static void expect(const char *url, const char *host, unsigned port, bool secure, bool is_address)
{
	cr_assert_str_eq(fault_of(url), "none", "%s", url);
	cr_expect_str_eq(target.host, host, "%s", url);
	cr_expect_eq(target.port, port, "%s", url);
	cr_expect_eq(target.secure, secure, "%s", url);
	cr_expect_eq(target.is_address, is_address, "%s", url);
}

Test(http_target, where_a_url_leads)
{
	expect("http://a.example/x?y", "a.example", 80, false, false);
	expect("https://a.example", "a.example", 443, true, false);
	expect("HTTP://A.Example:8080/", "A.Example", 8080, false, false);
	expect("http://192.0.2.1/", "192.0.2.1", 80, false, true);
	expect("https://[2001:db8::1]:8443/", "2001:db8::1", 8443, true, true);
}

Test(http_target, what_is_no_url_for_us)
{
	static const char *const urls[] = {
		"ftp://a.example/",
		"file:///etc/passwd",
		"gopher://a.example/",
		"http://u:p@a.example/",
		"http://u@a.example/",
		"http://a b/",
		"http://a.example/\x7f",
		"http://caf\xc3\xa9/",
		"http://a.example/\n",
		"http://",
		"",
		"http://a.example:x/",
		"http://a.example:0x50",
		"http://a.example:70000/",
		"http://[2001:db8::1/",
	};

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++)
		cr_expect_str_neq(fault_of(urls[i]), "none", "%s", urls[i]);
	cr_expect_not_null(strstr(fault_of("http://u:p@a.example/"), "no user and password"));
	cr_expect_not_null(strstr(fault_of("ftp://a.example/"), "begins with http"));
	cr_expect_not_null(strstr(fault_of("nothing://a.example/"), "begins with http"));
	cr_expect_not_null(strstr(fault_of("http://a b/"), "%20"));
	cr_expect_not_null(http_target_parse((struct text){ .data = "http://a\0b", .length = 10 },
					     NULL, &target));
}

/* The path, or the host alone, fills the room. */
static const char *fault_of_long(const char *head, size_t length)
{
	static char url[HTTP_URL_MAX + 10];

	memset(url, 'a', sizeof(url));
	memcpy(url, head, strlen(head));
	url[length] = '\0';
	return fault_of(url);
}

Test(http_target, its_parts_have_an_end)
{
	cr_expect_str_eq(fault_of_long("http://a.example/", HTTP_URL_MAX - 1), "none");
	cr_expect_eq(strlen(target.url), HTTP_URL_MAX - 1);
	cr_expect_str_neq(fault_of_long("http://a.example/", HTTP_URL_MAX), "none");
	cr_expect_str_neq(fault_of_long("http://a.example?", HTTP_URL_MAX - 1), "none",
			  "a slash is put in, and the URL is too long then");
	cr_expect_str_eq(fault_of_long("http://", strlen("http://") + HTTP_HOST_MAX - 1), "none");
	cr_expect_str_neq(fault_of_long("http://", strlen("http://") + HTTP_HOST_MAX), "none");
}

Test(http_target, a_redirect_starts_where_it_came_from)
{
	cr_assert_null(http_target_parse(text("https://a.example/x/y"), NULL, &base));
	cr_assert_null(http_target_parse(text("/z"), &base, &target));
	cr_expect_str_eq(target.url, "https://a.example/z");
	cr_expect(http_same_origin(&base, &target));
	cr_assert_null(http_target_parse(text("//A.EXAMPLE/z"), &base, &target));
	cr_expect(http_same_origin(&base, &target));
	cr_assert_null(http_target_parse(text("http://a.example/z"), &base, &target));
	cr_expect_not(http_same_origin(&base, &target), "not in the clear");
	cr_assert_null(http_target_parse(text("https://a.example:444/"), &base, &target));
	cr_expect_not(http_same_origin(&base, &target));
	cr_assert_null(http_target_parse(text("//b.example/z"), &base, &target));
	cr_expect_not(http_same_origin(&base, &target));
	cr_expect_not_null(http_target_parse(text("ftp://a.example/"), &base, &target));
	cr_expect_not_null(http_target_parse(text("//u:p@a.example/"), &base, &target));
}
