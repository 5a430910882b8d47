/* SPF records of anybody's making: each line of the input is one, and every name has one of them.
 */
#include "fuzz.h"

#include "authentication/spf.h"

#include <stdlib.h>

struct records {
	struct text input;
	unsigned asked;
};

/* The nth line, counted round. */
static struct text line_of(struct text input, unsigned n)
{
	unsigned lines = 1;
	size_t from = 0;

	for (size_t i = 0; i < input.length; i++)
		lines += input.data[i] == '\n';
	for (n %= lines; n > 0; from++)
		n -= input.data[from] == '\n';
	size_t to = from;
	while (to < input.length && input.data[to] != '\n')
		to++;
	return text_part(input, from, to);
}

static struct dns_answer *answer(void *argument, struct text name, int type)
{
	struct records *records = argument;
	struct text line = line_of(records->input, records->asked++);
	struct text address = TEXT("192.0.2.1"), host = TEXT("10 mail.example");

	(void)name;
	switch (type) {
	case DNS_TXT:
		return dns_answer_made(type, &line, 1);
	case DNS_A:
		return records->asked % 3 ? dns_answer_made(type, &address, 1)
					  : dns_answer_none(DNS_NO_NAME);
	case DNS_MX:
		return dns_answer_made(type, &host, 1);
	case DNS_PTR:
		host = TEXT("mail.example");
		return dns_answer_made(type, &host, 1);
	default:
		return dns_answer_failed("no answer");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct records records = { .input = text_of(bytes, size, LIFETIME_EVENT) };
	struct resolver *resolver = resolver_new_scripted(answer, &records);
	struct lookups *lookups = lookups_new(resolver, SPF_LOOKUPS_MAX);
	struct spf_check check = { .domain = TEXT("sender.example"),
				   .sender = TEXT("a.b-c+d@sender.example"),
				   .helo = TEXT("client.example") };
	struct spf_verdict verdict;

	ip_parse(size % 2 ? TEXT("192.0.2.9") : TEXT("2001:db8::9"), &check.ip);
	/* every answer is there at once, and the look-ups have an end */
	if (spf_check(&check, lookups, &verdict) == SPF_PENDING ||
	    lookups_count(lookups) > SPF_LOOKUPS_MAX)
		abort();
	for (const char *at = verdict.explanation; *at; at++)
		if (*at < ' ' || *at > '~')
			abort();
	lookups_free(lookups);
	resolver_free(resolver);
	return 0;
}
