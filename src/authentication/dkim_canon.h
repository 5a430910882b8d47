/* The forms in which DKIM hashes a message (RFC 6376 3.4). */
#ifndef AUTHENTICATION_DKIM_CANON_H
#define AUTHENTICATION_DKIM_CANON_H

#include "authentication/crypto.h"

enum dkim_canon { DKIM_SIMPLE, DKIM_RELAXED, DKIM_CANON_COUNT };

const char *dkim_canon_name(enum dkim_canon canon); /* "simple" */

/* Adds one header field. `raw` is all behind the colon; a line break in it counts as CR LF. With
 * `last` nothing ends the field: so is the signature's own. */
void dkim_canon_header(struct digest *digest, enum dkim_canon canon, struct text name,
		       struct text raw, bool last);

/* A body as it comes in pieces. Line breaks are CR LF, or LF alone. */
struct dkim_body {
	struct digest *digest;
	enum dkim_canon canon;
	uint64_t limit;	 /* so many octets of the form are hashed */
	uint64_t length; /* octets of the form so far */
	uint64_t lines; /* line ends that are held back: at the end of the body they do not count */
	bool any;	/* something has been hashed that is no empty line */
	bool return_held, blank_held;
};

#define DKIM_WHOLE UINT64_MAX

/* False when memory has ended. */
bool dkim_body_init(struct dkim_body *body, enum dkim_canon canon, uint64_t limit);
void dkim_body_free(struct dkim_body *body);
void dkim_body_add(struct dkim_body *body, struct text piece);
/* Once, at the end: then `length` is that of the whole. */
void dkim_body_end(struct dkim_body *body, uint8_t hash[SHA256_LENGTH]);

#endif
