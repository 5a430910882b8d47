/* DMARC: does somebody who may use the domain in From stand behind a message (RFC 7489)? */
#ifndef AUTHENTICATION_DMARC_H
#define AUTHENTICATION_DMARC_H

#include "authentication/authors.h"
#include "net/lookups.h"

enum dmarc_policy { DMARC_POLICY_NONE, DMARC_POLICY_QUARANTINE, DMARC_POLICY_REJECT };
const char *dmarc_policy_name(enum dmarc_policy policy); /* "quarantine" */

enum dmarc_result { DMARC_NONE, DMARC_PASS, DMARC_FAIL, DMARC_TEMPERROR, DMARC_PERMERROR };
const char *dmarc_result_name(enum dmarc_result result); /* "temperror" */

/* ---- records ---- */

struct dmarc_record {
	enum dmarc_policy policy, subdomain_policy;
	bool strict_spf, strict_dkim;
	int64_t percent;
};

/* Is the text one of DMARC at all? */
bool dmarc_is_record(struct text text);
/* False: it says nothing that could be done (RFC 7489 6.6.3). */
bool dmarc_record_read(struct text text, struct dmarc_record *record);

/* ---- messages ---- */

/* A domain that SPF or DKIM has vouched for, or could not. */
struct dmarc_identity {
	struct text domain;
	bool dkim;
	bool passed, unsure; /* unsure: a temporary error */
};

struct dmarc_check {
	const struct text *from; /* the values of all From fields */
	unsigned from_count;
	const struct dmarc_identity *identities;
	unsigned identity_count;
	unsigned chance; /* 0 to 99: below pct= the policy is applied */
	struct lookups *lookups;
	bool late; /* what has not been answered counts as not to be had */
};

struct dmarc_verdict {
	enum dmarc_result result;
	enum dmarc_policy policy;      /* of the domain: what p= or sp= says */
	enum dmarc_policy disposition; /* what is to be done with this message */
	struct domain_name domain,
		policy_domain; /* of From; where the policy stands. Empty: none */
	bool spf_aligned, dkim_aligned;
	int64_t percent;
	const char *reason; /* a constant */
};

/* False: answers are missing; begun anew when they are there. */
bool dmarc_evaluate(const struct dmarc_check *check, struct dmarc_verdict *verdict);

#endif
