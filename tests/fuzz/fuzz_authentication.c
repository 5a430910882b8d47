/* A header and DNS records of anybody's making: signatures, keys, policies and results are read,
 * checked and written. The first line of the input is the record that every name has; behind it
 * stand a header and a body. */
#include "fuzz.h"

#include "authentication/dkim.h"
#include "authentication/dmarc.h"
#include "authentication/results.h"

#include <stdlib.h>

static struct dns_answer *answer(void *argument, struct text name, int type)
{
	const struct text *record = argument;

	(void)name;
	return type == DNS_TXT ? dns_answer_made(type, record, 1) : dns_answer_none(DNS_NO_NAME);
}

static struct text take_line(struct text *rest)
{
	int64_t end = text_find(*rest, TEXT("\n"), 0);
	struct text line = end < 0 ? *rest : text_part(*rest, 0, (size_t)end);

	*rest = text_part(*rest, end < 0 ? rest->length : (size_t)end + 1, rest->length);
	return line;
}

static void read_header(struct text *rest, struct headers *headers)
{
	struct text line;

	while (rest->length && (line = take_line(rest)).length) {
		int64_t colon = text_find(line, TEXT(":"), 0);
		struct header header = { .name = TEXT("DKIM-Signature"), .raw = line };

		if (colon > 0) {
			header.name = text_part(line, 0, (size_t)colon);
			header.raw = text_part(line, (size_t)colon + 1, line.length);
		}
		headers_insert(headers, headers->count, header);
	}
}

static void verify(struct headers *headers, struct text body, struct lookups *lookups)
{
	struct dkim_check check = { .headers = headers, .lookups = lookups, .late = true };

	check.bodies = dkim_bodies_new(headers, true, true);
	if (!check.bodies)
		return;
	dkim_bodies_add(check.bodies, body);
	dkim_verify(&check);
	dkim_bodies_free(check.bodies);
}

static void judge(const struct headers *headers, struct lookups *lookups)
{
	struct dmarc_identity identity = { .domain = TEXT("b.example"), .passed = true };
	struct dmarc_verdict verdict;

	for (uint32_t i = 0; i < headers->count; i++) {
		struct dmarc_check check = { .from = &headers->items[i].raw,
					     .from_count = 1,
					     .identities = &identity,
					     .identity_count = 1,
					     .lookups = lookups,
					     .late = true };

		dmarc_evaluate(&check, &verdict);
	}
}

/* What is written says the same when it is read again. */
static void results(struct text field, struct arena *arena)
{
	struct auth_results read, again;
	struct buffer out;

	buffer_init(&out, BUFFER_CAP_DEFAULT);
	if (auth_results_read(field, arena, &read) && !auth_results_write(&read, &out) &&
	    auth_results_read(buffer_text(&out), arena, &again) && again.count != read.count)
		abort();
	auth_results_claims(field, TEXT("mx.example"));
	buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct text rest = text_of(bytes, size, LIFETIME_MESSAGE), record = take_line(&rest);
	struct resolver *resolver = resolver_new_scripted(answer, &record);
	struct lookups *lookups = lookups_new(resolver, 50);
	struct headers headers;
	struct arena arena;
	const char *why;

	if (!crypto_load(&why) || !domain_load(&why))
		abort();
	arena_init(&arena, 16 << 20, LIFETIME_MESSAGE);
	headers_init(&headers, &arena);
	read_header(&rest, &headers);
	verify(&headers, rest, lookups);
	judge(&headers, lookups);
	for (uint32_t i = 0; i < headers.count; i++)
		results(headers.items[i].raw, &arena);
	lookups_free(lookups);
	resolver_free(resolver);
	arena_reset(&arena);
	return 0;
}
