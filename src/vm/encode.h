/* Values as bytes and back: what a store keeps beyond a session. */
#ifndef VM_ENCODE_H
#define VM_ENCODE_H

#include "vm/value.h"

/* All that the bytes of a value depend on, names of fields included: "cache[text, Pair{n: int, t: text}]" */
void type_print_shape(const struct type *type, struct buffer *out);

/* Appends; out->failed tells when it did not fit. */
void value_encode(const struct type *type, value v, struct buffer *out);

enum decoded {
	DECODED,
	DECODED_NOT,	/* these are no bytes of such a value */
	DECODED_NO_ROOM, /* the arena's cap or LIMIT_listLength was reached */
};
/* Copies into `home`. Any bytes may come: a store may lie outside of this process. */
enum decoded value_decode(const struct type *type, struct text bytes, struct arena *home, value *out);

#endif
