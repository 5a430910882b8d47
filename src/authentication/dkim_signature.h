/* A DKIM-Signature field and the record of its key, as they are written (RFC 6376 3.5, 3.6.1). */
#ifndef AUTHENTICATION_DKIM_SIGNATURE_H
#define AUTHENTICATION_DKIM_SIGNATURE_H

#include "authentication/dkim_canon.h"
#include "net/dns.h"

/* The results of RFC 8601 2.7.1. */
enum dkim_result {
	DKIM_PASS,
	DKIM_FAIL,
	DKIM_POLICY,  /* right or wrong, it is not accepted: a short key, say */
	DKIM_NEUTRAL, /* it cannot be read */
	DKIM_TEMPERROR,
	DKIM_PERMERROR,
};

const char *dkim_result_name(enum dkim_result result);

/* Views of the field's value. What cannot be read is "", and `fault` tells why. */
struct dkim_signature {
	enum dkim_result result; /* PASS: it can be checked */
	const char *fault;	 /* a constant, when it cannot */
	struct text raw;	 /* all behind the colon */
	struct text signature;	 /* b=, with all its blanks */
	struct text hash;	 /* bh= */
	struct text domain, selector, identity, fields, algorithm;
	enum key_kind kind;
	enum dkim_canon header_canon, body_canon;
	uint64_t limit;		  /* l=, or DKIM_WHOLE */
	int64_t made_at, expires; /* t= and x= in seconds since 1970; -1: not given */
};

void dkim_signature_read(struct text raw, struct dkim_signature *signature);

/* What a key's record says. */
struct dkim_key {
	struct key *key; /* NULL: `fault` tells why there is none */
	const char *fault;
	bool testing; /* t=y */
	bool exact;   /* t=s: the identity's domain is the signature's, no part of it */
};

/* For a signature by that kind of key. Its owner frees `key`. False when memory has ended. */
bool dkim_key_read(struct text record, enum key_kind kind, struct dkim_key *key);

enum { DKIM_NAME_ROOM = 2 * (DNS_NAME_MAX + 2) + sizeof("._domainkey.") };
/* Where the key is: selector._domainkey.domain; "" when one of the two is no name of a host. */
struct text dkim_key_name(const struct dkim_signature *signature, char out[DKIM_NAME_ROOM]);

#endif
