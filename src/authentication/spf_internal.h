/* What the parts of the SPF check share. */
#ifndef AUTHENTICATION_SPF_INTERNAL_H
#define AUTHENTICATION_SPF_INTERNAL_H

#include "authentication/spf.h"

enum {
	SPF_TERMS_MAX = 10, /* terms that look something up (RFC 7208 4.6.4) */
	SPF_VOIDS_MAX = 2,  /* look-ups that found nothing */
	SPF_NAMES_MAX = 10  /* hosts of one mx or ptr */
};

struct spf {
	const struct spf_check *check;
	struct lookups *lookups;
	struct spf_verdict *verdict;
	unsigned terms, voids;
	unsigned depth; /* of includes and redirects: never above SPF_TERMS_MAX */
};

enum spf_kind {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	SPF_REDIRECT,
	SPF_EXP,
	SPF_UNKNOWN /* a modifier that nobody knows: passed over */
};

/* One directive or modifier of a record. */
struct spf_term {
	enum spf_kind kind;
	enum spf_result qualifier;
	struct text text;      /* the whole */
	struct text spec;      /* domain-spec, not expanded; "" when it is left out */
	struct ip ip;	       /* of ip4 and ip6 */
	unsigned bits4, bits6; /* prefix lengths */
};

/* Reads the term at the start of `rest` and takes it off. False when there is none left: then
 * *wrong tells what could not be read, or NULL at the end. */
bool spf_next_term(struct text *rest, struct spf_term *term, const char **wrong);

/* Expands a domain-spec; `domain` is the one whose record it stands in. PASS, or PENDING, or
 * PERMERROR when it cannot be read. With `explanation` the letters c, r and t are known too. */
enum spf_result spf_expand(struct spf *spf, struct text spec, struct text domain, bool explanation,
			   struct buffer *out);
/* Is it a macro-string? (For what is not expanded.) */
bool spf_macros_are_right(struct text spec, bool explanation);

/* The validated name of the client (RFC 7208 5.5): one that is `domain`, else a part of it, else
 * any; "" when there is none. PASS or PENDING. */
enum spf_result spf_validated_name(struct spf *spf, struct text domain, char out[DNS_NAME_MAX + 1]);
/* PASS when one of the client's validated names is `domain` or a part of it, else FAIL, or PENDING.
 */
enum spf_result spf_ptr(struct spf *spf, struct text domain);

/* A look-up of a term: NULL is pending. Counts what finds nothing. */
const struct dns_answer *spf_lookup(struct spf *spf, struct text name, int type);

/* Ends with `result` and says why. */
enum spf_result spf_problem(struct spf *spf, enum spf_result result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
