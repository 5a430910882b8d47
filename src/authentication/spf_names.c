/* The names of a client that lead back to it (RFC 7208 5.5). */
#include "authentication/spf_internal.h"

#include <stdio.h>

static bool is_part_of(struct text name, struct text domain)
{
	if (text_equals_ignoring_case(name, domain))
		return true;
	if (name.length <= domain.length || name.data[name.length - domain.length - 1] != '.')
		return false;
	return text_equals_ignoring_case(text_part(name, name.length - domain.length, name.length),
					 domain);
}

/* The client's names; NULL: pending. A failure is as good as none. */
static const struct dns_answer *names_of(struct spf *spf, bool counts)
{
	char reverse[128];
	struct text name;

	dns_reverse_name(spf->check->ip, NULL, reverse, sizeof(reverse));
	name = text_of_string(reverse, LIFETIME_EVENT);
	return counts ? spf_lookup(spf, name, DNS_PTR) : lookups_get(spf->lookups, name, DNS_PTR);
}

/* Asks for the addresses of all names, the first ten of them, before any is waited for. False:
 * pending. */
static bool addresses_of(struct spf *spf, const struct dns_answer *names, bool back[SPF_NAMES_MAX])
{
	int type = ip_is_v4(spf->check->ip) ? DNS_A : DNS_AAAA;
	bool complete = true;

	for (uint32_t i = 0; i < names->count && i < SPF_NAMES_MAX; i++) {
		const struct dns_answer *answer =
			lookups_get(spf->lookups, names->records[i].text, type);

		complete &= answer != NULL;
		back[i] = answer && dns_answer_has(answer, spf->check->ip);
	}
	return complete;
}

enum spf_result spf_ptr(struct spf *spf, struct text domain)
{
	const struct dns_answer *names = names_of(spf, true);
	bool back[SPF_NAMES_MAX];

	if (!names || !addresses_of(spf, names, back))
		return SPF_PENDING;
	for (uint32_t i = 0; i < names->count && i < SPF_NAMES_MAX; i++)
		if (back[i] && is_part_of(names->records[i].text, domain))
			return SPF_PASS;
	return SPF_FAIL;
}

/* How well a name serves: the domain itself, a part of it, any. */
static int rank(struct text name, struct text domain)
{
	return text_equals_ignoring_case(name, domain) ? 3 : is_part_of(name, domain) ? 2 : 1;
}

enum spf_result spf_validated_name(struct spf *spf, struct text domain, char out[DNS_NAME_MAX + 1])
{
	const struct dns_answer *names = names_of(spf, false);
	bool back[SPF_NAMES_MAX];
	int best = 0;

	*out = '\0';
	if (!names || !addresses_of(spf, names, back))
		return SPF_PENDING;
	for (uint32_t i = 0; i < names->count && i < SPF_NAMES_MAX; i++) {
		struct text name = names->records[i].text;

		if (!back[i] || rank(name, domain) <= best)
			continue;
		best = rank(name, domain);
		snprintf(out, DNS_NAME_MAX + 1, "%.*s", TEXT_PRINTF(name));
	}
	return SPF_PASS;
}
