#include "dns_wire.h"

#include "net/dns.h"

#include <criterion/criterion.h>

static struct buffer wire;

static void begin(void)
{
	buffer_init(&wire, 100000);
}

static void end(void)
{
	buffer_free(&wire);
}

static struct dns_answer *read_as(const char *name, int type)
{
	struct dns_answer *answer = dns_answer_read((const uint8_t *)wire.data, wire.length,
						    text_of_string(name, LIFETIME_EVENT), type);

	cr_assert_not_null(answer);
	return answer;
}

static void is_text(const struct dns_answer *answer, uint32_t n, const char *text)
{
	cr_assert_lt(n, answer->count);
	cr_expect(text_equals_string(answer->records[n].text, text), "%.*s, not %s",
		  TEXT_PRINTF(answer->records[n].text), text);
}

static void fails(const char *name, int type, const char *reason)
{
	struct dns_answer *answer = read_as(name, type);

	cr_expect_eq(answer->outcome, DNS_FAILED);
	cr_expect_str_eq(answer->reason, reason);
	dns_answer_release(answer);
}

TestSuite(dns, .init = begin, .fini = end);

Test(dns, addresses_in_their_order_and_the_shortest_time_to_live)
{
	wire_begin(&wire, 1, 0, "a.example", DNS_A, 2, 0);
	wire_a(&wire, "a.example", 300, 0xc0000201);
	wire_a(&wire, "A.EXAMPLE", 60, 0xc0000202);
	struct dns_answer *answer = read_as("a.Example.", DNS_A);
	cr_expect_eq(answer->outcome, DNS_FOUND);
	cr_assert_eq(answer->count, 2);
	is_text(answer, 0, "192.0.2.1");
	is_text(answer, 1, "192.0.2.2");
	cr_expect(ip_is_v4(answer->records[1].ip));
	cr_expect_eq(answer->ttl, 60);
	dns_answer_release(answer);
}

Test(dns, a_record_of_another_owner_is_no_answer)
{
	wire_begin(&wire, 1, 0, "a.example", DNS_A, 1, 1);
	wire_a(&wire, "b.example", 300, 0xc0000201);
	wire_soa(&wire, "example", 900, 30);
	struct dns_answer *answer = read_as("a.example", DNS_A);
	cr_expect_eq(answer->outcome, DNS_NO_RECORD);
	cr_expect_eq(answer->ttl, 30);
	dns_answer_release(answer);
}

Test(dns, aliases_are_followed_in_any_order)
{
	wire_begin(&wire, 1, 0, "a.example", DNS_A, 3, 0);
	wire_a(&wire, "c.example", 300, 0xc0000201);
	wire_named(&wire, "b.example", DNS_CNAME, 20, "c.example");
	wire_named(&wire, "a.example", DNS_CNAME, 300, "b.example");
	struct dns_answer *answer = read_as("a.example", DNS_A);
	cr_expect_eq(answer->count, 1);
	is_text(answer, 0, "192.0.2.1");
	cr_expect_eq(answer->ttl, 20);
	dns_answer_release(answer);
}

Test(dns, aliases_without_end_are_a_failure)
{
	wire_begin(&wire, 1, 0, "a.example", DNS_A, 2, 0);
	wire_named(&wire, "b.example", DNS_CNAME, 20, "a.example");
	wire_named(&wire, "a.example", DNS_CNAME, 300, "b.example");
	fails("a.example", DNS_A, "the answer's aliases have no end");
}

Test(dns, no_such_name_is_kept_as_long_as_its_zone_says)
{
	wire_begin(&wire, 1, 3, "a.example", DNS_MX, 0, 1);
	wire_soa(&wire, "example", 20, 900);
	struct dns_answer *answer = read_as("a.example", DNS_MX);
	cr_expect_eq(answer->outcome, DNS_NO_NAME);
	cr_expect_eq(answer->ttl, 20);
	dns_answer_release(answer);
}

Test(dns, fields_are_written_as_in_a_zone)
{
	static const char txt[] = "\5v=spf\0\7 -all \0";
	static const char srv[] = "\0\1\0\2\0\x19\4host\7example";
	struct dns_answer *answer;

	wire_begin(&wire, 1, 0, "a.example", DNS_MX, 3, 0);
	wire_named(&wire, "a.example", DNS_MX, 300, "mx.example");
	wire_record(&wire, "a.example", DNS_TXT, 300, txt, sizeof(txt) - 1);
	wire_record(&wire, "a.example", DNS_SRV, 300, srv, sizeof(srv));
	answer = read_as("a.example", DNS_MX);
	is_text(answer, 0, "10 mx.example");
	cr_expect_eq(answer->records[0].number, 10);
	cr_expect(text_equals_string(answer->records[0].last, "mx.example"));
	dns_answer_release(answer);
	answer = read_as("a.example", DNS_SRV);
	is_text(answer, 0, "1 2 25 host.example");
	dns_answer_release(answer);
}

Test(dns, character_strings_are_joined)
{
	static const char txt[] = "\5v=spf\0\7 -all x";

	wire_begin(&wire, 1, 0, "a.example", DNS_TXT, 1, 0);
	wire_record(&wire, "a.example", DNS_TXT, 300, txt, sizeof(txt) - 1);
	struct dns_answer *answer = read_as("a.example", DNS_TXT);
	is_text(answer, 0, "v=spf -all x");
	dns_answer_release(answer);
}

Test(dns, an_unknown_type_is_written_in_hexadecimal)
{
	wire_begin(&wire, 1, 0, "a.example", 65280, 1, 0);
	wire_record(&wire, "a.example", 65280, 300, "\1\xff", 2);
	struct dns_answer *answer = read_as("a.example", 65280);
	is_text(answer, 0, "01ff");
	dns_answer_release(answer);
}

Test(dns, a_record_that_does_not_fit_its_type_spoils_the_answer)
{
	wire_begin(&wire, 1, 0, "a.example", DNS_A, 2, 0);
	wire_a(&wire, "a.example", 300, 0xc0000201);
	wire_record(&wire, "a.example", DNS_A, 300, "\1\2\3", 3);
	fails("a.example", DNS_A, "the answer cannot be read");
	buffer_clear(&wire);
	wire_begin(&wire, 1, 0, "a.example", DNS_A, 1, 0);
	wire_record(&wire, "a.example", DNS_A, 300, "\1\2\3\4\5", 5);
	fails("a.example", DNS_A, "the answer cannot be read");
}

Test(dns, an_answer_cut_anywhere_is_a_failure_or_says_less)
{
	wire_begin(&wire, 1, 0, "a.example", DNS_MX, 2, 0);
	wire_named(&wire, "a.example", DNS_MX, 300, "mx.example");
	wire_named(&wire, "a.example", DNS_MX, 300, "my.example");
	size_t whole = wire.length;
	for (size_t length = 0; length < whole; length++) {
		uint8_t *exact = memcpy(malloc(length ? length : 1), wire.data, length);
		struct dns_answer *answer =
			dns_answer_read(exact, length, TEXT("a.example"), DNS_MX);

		cr_expect_eq(answer->outcome, DNS_FAILED, "%zu", length);
		dns_answer_release(answer);
		free(exact);
	}
}

Test(dns, names_point_backwards_only)
{
	static const char *const loops[] = { "\xc0\x0c", "\xc0\x30", "\xc0\xff", "\xc0" };
	static const size_t lengths[] = { 2, 2, 2, 1 };

	for (size_t i = 0; i < 4; i++) {
		buffer_clear(&wire);
		wire_begin(&wire, 1, 0, "a.example", DNS_PTR, 1, 0);
		wire_record(&wire, "a.example", DNS_PTR, 300, loops[i], lengths[i]);
		struct dns_answer *answer = read_as("a.example", DNS_PTR);
		/* the first is the question's own name */
		cr_expect_eq(answer->outcome, i == 0 ? DNS_FOUND : DNS_FAILED, "%zu", i);
		dns_answer_release(answer);
	}
}

Test(dns, a_name_longer_than_allowed_spoils_the_answer)
{
	struct buffer name;

	buffer_init(&name, 1000);
	for (int label = 0; label < 26; label++)
		buffer_append(&name, "\11123456789", 10);
	buffer_append_byte(&name, '\0');
	wire_begin(&wire, 1, 0, "a.example", DNS_PTR, 1, 0);
	wire_record(&wire, "a.example", DNS_PTR, 300, name.data, name.length);
	fails("a.example", DNS_PTR, "the answer cannot be read");
	buffer_free(&name);
}

Test(dns, a_server_that_fails_is_no_answer)
{
	wire_begin(&wire, 1, 2, "a.example", DNS_A, 0, 0);
	fails("a.example", DNS_A, "the name server failed");
}

/* ---- names ---- */

static bool valid(const char *name)
{
	return dns_name_is_valid(text_of_string(name, LIFETIME_EVENT));
}

Test(dns_name, what_can_be_asked_for)
{
	char long_label[80] = "", longest[300] = "";

	memset(long_label, 'a', 63);
	cr_expect(valid("a.example") && valid("a b.example") && valid("a.example.") &&
		  valid("_dmarc.a-b.c") && valid("."));
	cr_expect(valid(long_label));
	strcat(long_label, "a");
	cr_expect_not(valid(long_label));
	cr_expect_not(valid("") || valid("a..b") || valid(".a") || valid("a.."));
	cr_expect_not(valid("a\\.b") || valid("\xc3\xa4.example") || valid("a\nb"));
	for (int i = 0; i < 126; i++)
		strcat(longest, "a.");
	strcat(longest, "a");
	cr_expect(valid(longest));
	strcat(longest, "a");
	cr_expect_not(valid(longest));
}

Test(dns_name, types)
{
	cr_expect_eq(dns_type_of(TEXT("mx")), 15);
	cr_expect_eq(dns_type_of(TEXT("TYPE64")), 64);
	cr_expect_eq(dns_type_of(TEXT("TYPE65536")), -1);
	cr_expect_eq(dns_type_of(TEXT("TYPE0")), -1);
	cr_expect_eq(dns_type_of(TEXT("TYPE-1")), -1);
	cr_expect_eq(dns_type_of(TEXT("TYPE")), -1);
	cr_expect_eq(dns_type_of(TEXT("MXX")), -1);
	cr_expect_eq(dns_type_of(TEXT("")), -1);
}

static const char *reverse(const char *address, const char *zone, char *out, size_t size)
{
	struct ip ip;

	cr_assert(ip_parse(text_of_string(address, LIFETIME_EVENT), &ip));
	return dns_reverse_name(ip, zone, out, size);
}

Test(dns_name, addresses_are_reversed)
{
	char out[128];

	cr_expect_str_eq(reverse("192.0.2.1", NULL, out, sizeof(out)), "1.2.0.192.in-addr.arpa");
	cr_expect_str_eq(reverse("192.0.2.1", "bl.example", out, sizeof(out)),
			 "1.2.0.192.bl.example");
	cr_expect_str_eq(reverse("192.0.2.1", "", out, sizeof(out)), "1.2.0.192");
	cr_expect_str_eq(reverse("2001:db8::1", NULL, out, sizeof(out)),
			 "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
			 ".ip6.arpa");
	cr_expect_null(reverse("192.0.2.1", "bl.example", out, 20));
	cr_expect_not_null(reverse("192.0.2.1", "bl.example", out, 21));
	cr_expect_null(reverse("2001:db8::1", "", out, 63));
	cr_expect_not_null(reverse("2001:db8::1", "", out, 64));
}

/* ---- made by hand ---- */

Test(dns_made, fields_are_found_in_the_text)
{
	struct text mx[] = { TEXT("10 mx.example"), TEXT("20 my.example") };
	struct dns_answer *answer = dns_answer_made(DNS_MX, mx, 2);

	cr_assert_not_null(answer);
	cr_expect_eq(answer->outcome, DNS_FOUND);
	cr_expect_eq(answer->records[1].number, 20);
	cr_expect(text_equals_string(answer->records[1].last, "my.example"));
	dns_answer_release(answer);
}

Test(dns_made, a_record_must_fit_its_type)
{
	struct text wrong[] = { TEXT("2001:db8::1"), TEXT("x y"), TEXT("-1 x") };

	cr_expect_null(dns_answer_made(DNS_A, wrong, 1));
	cr_expect_null(dns_answer_made(DNS_MX, wrong + 1, 1));
	cr_expect_null(dns_answer_made(DNS_MX, wrong + 2, 1));
	struct dns_answer *none = dns_answer_made(DNS_A, NULL, 0);
	cr_expect_eq(none->outcome, DNS_NO_RECORD);
	dns_answer_release(none);
}

/* It is no heap block, so it must never be freed. */
Test(dns, the_answer_without_memory_is_kept_and_released_like_any_other)
{
	struct dns_answer *answer = dns_answer_no_memory();

	cr_expect_eq(answer->outcome, DNS_FAILED);
	dns_answer_release(dns_answer_keep(answer));
	dns_answer_release(answer);
	cr_expect_eq(dns_answer_no_memory()->outcome, DNS_FAILED);
}
