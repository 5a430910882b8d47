/* A name server's response: two bytes say what was asked, the rest is the message. */
#include "fuzz.h"

#include "net/dns.h"

#include <stdlib.h>

/* Every record that comes back lies in the answer's own memory: a sanitizer looks at each byte. */
static void touch(const struct dns_answer *answer)
{
	volatile char seen;

	for (uint32_t i = 0; i < answer->count; i++) {
		const struct dns_record *record = answer->records + i;

		for (uint32_t at = 0; at < record->text.length; at++)
			seen = record->text.data[at];
		if (record->last.length > record->text.length ||
		    record->text.data[record->text.length] != '\0')
			abort();
	}
	(void)seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const int types[] = { DNS_A,   DNS_AAAA, DNS_MX,	   DNS_TXT,  DNS_PTR, DNS_SRV,
				     DNS_SOA, DNS_CAA,	DNS_NAPTR, DNS_TLSA, 65280 };
	struct dns_answer *answer;

	if (size < 2)
		return 0;
	answer = dns_answer_read(bytes + 2, size - 2,
				 bytes[0] & 1 ? TEXT("a.example") : TEXT("b.example."),
				 types[bytes[1] % (sizeof(types) / sizeof(*types))]);
	if (!answer || (answer->outcome == DNS_FOUND) != (answer->count > 0) ||
	    (answer->outcome == DNS_FAILED) != (answer->reason != NULL))
		abort();
	touch(answer);
	dns_answer_release(answer);
	return 0;
}
