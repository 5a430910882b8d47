/* A name server for tests that answers from rows. */
#ifndef TESTS_ZONE_H
#define TESTS_ZONE_H

#include "net/resolver.h"

#include <stddef.h>

struct zone_row {
	const char *name, *type;
	const char *text; /* one record; NULL: the name server fails where there is none */
};

struct zone {
	const struct zone_row *rows;
	size_t count;
	unsigned asked;
};

static inline struct dns_answer *zone_answer(void *argument, struct text name, int type)
{
	struct zone *zone = argument;
	struct text found[64];
	uint32_t count = 0;
	bool exists = false, fails = false;

	zone->asked++;
	if (name.length && name.data[name.length - 1] == '.')
		name.length--;
	for (size_t i = 0; i < zone->count && count < 64; i++) {
		const struct zone_row *row = zone->rows + i;

		if (!text_equals_ignoring_case(name, text_of_string(row->name, LIFETIME_PROGRAM)))
			continue;
		exists = true;
		if (!row->text)
			fails = true;
		else if (dns_type_of(text_of_string(row->type, LIFETIME_PROGRAM)) == type)
			found[count++] = text_of_string(row->text, LIFETIME_PROGRAM);
	}
	if (fails && !count)
		return dns_answer_failed("the name server failed");
	return count ? dns_answer_made(type, found, count)
		     : dns_answer_none(exists ? DNS_NO_RECORD : DNS_NO_NAME);
}

#endif
