#include "net/dns_cache.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct dns_answer *answer_with(uint32_t ttl, const char *address)
{
	struct text text = text_of_string(address, LIFETIME_EVENT);
	struct dns_answer *answer = dns_answer_made(DNS_A, &text, 1);

	answer->ttl = ttl;
	return answer;
}

static void add(const char *name, uint32_t ttl, int64_t now)
{
	struct dns_answer *answer = answer_with(ttl, "192.0.2.1");

	dns_cache_add(text_of_string(name, LIFETIME_EVENT), DNS_A, answer, now);
	dns_answer_release(answer);
}

static bool has(const char *name, int type, int64_t now)
{
	struct dns_answer *answer = dns_cache_find(text_of_string(name, LIFETIME_EVENT), type, now);

	dns_answer_release(answer);
	return answer;
}

TestSuite(dns_cache, .fini = dns_cache_clear);

Test(dns_cache, an_answer_lives_for_its_time)
{
	add("a.example", 2, 1000);
	cr_expect(has("A.Example.", DNS_A, 1000 + 1999999));
	cr_expect_not(has("a.example", DNS_MX, 1000));
	cr_expect_not(has("b.example", DNS_A, 1000));
	cr_expect_not(has("a.example", DNS_A, 1000 + 2000000));
	cr_expect_not(has("a.example", DNS_A, 1000));
}

Test(dns_cache, a_newer_answer_takes_the_place)
{
	struct dns_answer *newer = answer_with(10, "192.0.2.2");

	add("a.example", 10, 0);
	dns_cache_add(TEXT("a.example"), DNS_A, newer, 0);
	dns_answer_release(newer);
	struct dns_answer *found = dns_cache_find(TEXT("a.example"), DNS_A, 1);
	cr_assert_not_null(found);
	cr_expect(text_equals_string(found->records[0].text, "192.0.2.2"));
	dns_cache_clear();
	cr_expect(text_equals_string(found->records[0].text, "192.0.2.2"));
	dns_answer_release(found);
}

Test(dns_cache, failures_and_answers_for_once_are_not_kept)
{
	struct dns_answer *failed = dns_answer_failed("x");

	failed->ttl = 100;
	dns_cache_add(TEXT("a.example"), DNS_A, failed, 0);
	dns_answer_release(failed);
	add("b.example", 0, 0);
	cr_expect_not(has("a.example", DNS_A, 0));
	cr_expect_not(has("b.example", DNS_A, 0));
}

Test(dns_cache, it_is_bounded_and_the_oldest_go)
{
	enum { MANY = 40000 };
	unsigned kept = 0;
	char name[32];

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		add(name, 1000, 0);
	}
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		kept += has(name, DNS_A, 1);
	}
	cr_expect(kept > 1000 && kept <= 16 * 1024, "%u", kept);
	cr_expect(has(name, DNS_A, 1));
	cr_expect_not(has("n0.example", DNS_A, 1));
}

Test(dns_cache, a_huge_answer_is_not_kept)
{
	enum { MANY = 1000 };
	struct text records[MANY];

	for (int i = 0; i < MANY; i++)
		records[i] = TEXT("a text of some length");
	struct dns_answer *answer = dns_answer_made(DNS_TXT, records, MANY);
	answer->ttl = 100;
	dns_cache_add(TEXT("big.example"), DNS_TXT, answer, 0);
	dns_answer_release(answer);
	cr_expect_not(has("big.example", DNS_TXT, 0));
}
