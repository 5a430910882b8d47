/* The header fields that a signature names: from the last to the first, each once (RFC 6376 5.4.2).
 */
#ifndef AUTHENTICATION_DKIM_FIELDS_H
#define AUTHENTICATION_DKIM_FIELDS_H

#include "authentication/dkim.h"

struct dkim_fields;

/* The headers must stay as they are. NULL when memory has ended. */
struct dkim_fields *dkim_fields_new(const struct headers *headers);
void dkim_fields_free(struct dkim_fields *fields);
/* All may be named again. */
void dkim_fields_again(struct dkim_fields *fields);
/* The next field of that name, NULL when there is none left. */
const struct header *dkim_fields_take(struct dkim_fields *fields, struct text name);
/* How many there are left. */
unsigned dkim_fields_left(struct dkim_fields *fields, struct text name);

/* The hash that is signed: of the fields in the h= list, and of the signature's own field, which
 * has that name, without what b= holds. False when memory has ended. */
bool dkim_fields_hash(struct dkim_fields *fields, const struct dkim_signature *signature,
		      struct text name, uint8_t hash[SHA256_LENGTH]);

#endif
