/* DKIM: signatures of a message, checked and made (RFC 6376, 8301, 8463).
 *
 * Our own rather than libopendkim's, which reads a field up to its first NUL byte, takes rsa-sha1,
 * crashes when memory ends and has no bound on work (docs/libraries.md); and a signature's
 * parameters must be known to it before the body comes, so that a message to be signed would have to
 * be kept. Here a body is hashed as it passes and never kept. */
#ifndef AUTHENTICATION_DKIM_H
#define AUTHENTICATION_DKIM_H

#include "authentication/dkim_signature.h"
#include "mail/headers.h"
#include "net/lookups.h"

enum {
	DKIM_SIGNATURES_MAX = 10, /* of a message; more are passed over */
	DKIM_FIELDS_MAX = 1000,	  /* in one h= */
	DKIM_BITS_LEAST = 1024,	  /* of an RSA key (RFC 8301) */
	DKIM_BITS_MOST = 8192,
	DKIM_REASON_MAX = 160,
};

bool dkim_is_signature(const struct header *header);

/* ---- the body's hashes, as it passes ---- */

struct dkim_bodies;

/* What the message's signatures ask for, and with `signing` what dkim_sign() may ask for. NULL when
 * memory has ended. */
struct dkim_bodies *dkim_bodies_new(const struct headers *headers, bool verifying, bool signing);
void dkim_bodies_free(struct dkim_bodies *bodies);
void dkim_bodies_add(struct dkim_bodies *bodies, struct text piece);
/* The hash of a body that has ended, or NULL when it was not asked for; *length is that of the
 * whole body in this form. */
const uint8_t *dkim_bodies_hash(struct dkim_bodies *bodies, enum dkim_canon canon, uint64_t limit,
				uint64_t *length);

/* ---- checking ---- */

struct dkim_outcome {
	struct dkim_signature signature; /* views of the field */
	enum dkim_result result;
	char reason[DKIM_REASON_MAX]; /* "" when it passes */
	unsigned key_bits;	      /* 0: there is no key */
	bool testing;		      /* the domain is only trying it (t=y) */
	uint64_t unsigned_octets;     /* of the body, behind l= */
};

struct dkim_check {
	const struct headers *headers;
	struct dkim_bodies *bodies;
	struct lookups *lookups;
	int64_t now; /* seconds since 1970 */
	bool late;   /* what has not been answered counts as not to be had */
	/* filled */
	unsigned count;
	struct dkim_outcome outcomes[DKIM_SIGNATURES_MAX];
};

/* Begun anew until no question is open. */
enum dkim_progress { DKIM_DONE, DKIM_PENDING, DKIM_NO_MEMORY };
enum dkim_progress dkim_verify(struct dkim_check *check);

/* ---- signing ---- */

struct dkim_signing {
	const struct headers *headers;
	struct dkim_bodies *bodies;
	const struct key *key;
	struct text domain, selector, identity;
	enum dkim_canon header_canon, body_canon;
	const struct text *fields; /* to be signed as often as they are there */
	unsigned field_count;
	const struct text *oversigned; /* and once more: none can be added */
	unsigned oversigned_count;
	int64_t now, expires; /* seconds since 1970; `expires` 0: never */
};

/* The value of the field: "DKIM-Signature: " and this, folded with LF. NULL, or why it cannot be
 * made: a constant; when memory has ended, value->failed is set. */
const char *dkim_sign(const struct dkim_signing *signing, struct buffer *value);

#endif
