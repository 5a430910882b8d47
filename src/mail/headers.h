/* A message's header fields: in order, with duplicates, byte for byte. */
#ifndef MAIL_HEADERS_H
#define MAIL_HEADERS_H

#include "base/arena.h"

struct header {
	struct text name; /* as received */
	struct text raw; /* all after the colon, leading blanks and folding (LF + blank) included */
	uint32_t id;	 /* the same field keeps its id in every list it is in */
	uint32_t hash;	 /* of the name; 0: nobody has needed it yet */
	bool added;	 /* by a change: was not received */
	bool changed;	 /* name or value differ from what was received */
	bool top;	 /* inserted above everything, the MTA's own Received included */
};

/* `items` is dense and in order: read it freely, change it through the functions. Taking from
 * either end is cheap: whichever side is shorter moves. */
struct headers {
	struct arena *arena; /* the message's */
	struct header *items;
	uint32_t count;
	uint32_t front, room;  /* unused places before `items`; places in all */
	uint32_t tops;	       /* fields at the beginning that are `top` */
	uint32_t appended;     /* fields at the end that stay behind whatever is received later */
	uint32_t *names, mask; /* fields by hash of their name, once there are many; else NULL */
	size_t bytes;	       /* names and raw values */
	bool borrowed;	       /* another list's items: taken over at the first change */
};

void headers_init(struct headers *headers, struct arena *arena);
/* A view of another list that copies nothing until it is changed. The other one may grow meanwhile
 * only if this view is made anew. */
void headers_borrow(struct headers *headers, const struct headers *other);
/* Texts are copied unless they live as long as the message. `position` may be count. False when the
 * arena's cap is reached; nothing has changed then. */
bool headers_insert(struct headers *headers, uint32_t position, struct header header);
bool headers_remove(struct headers *headers, uint32_t position);
bool headers_replace(struct headers *headers, uint32_t position, struct text name, struct text raw);
/* The nth field (from 1) of that name, ASCII case ignored: its position, or -1. */
int64_t headers_find(const struct headers *headers, struct text name, uint32_t nth);
uint32_t headers_count_named(const struct headers *headers, struct text name);
/* Without regard to case. */
uint32_t header_name_hash(struct text name);
/* The value as scripts read it: one leading space eaten, the rest as it is. */
struct text header_value(const struct header *header);

#endif
