/* A message's header fields: in order, with duplicates, byte for byte. */
#ifndef MAIL_HEADERS_H
#define MAIL_HEADERS_H

#include "base/arena.h"

struct header {
	struct text name;  /* as received */
	struct text raw;   /* all after the colon, leading blanks and folding (LF + blank) included */
	uint32_t original; /* its number (from 1) among the fields of its name as received; 0: was added */
	bool changed;      /* name or value differ from what was received */
	bool top;          /* inserted above everything, the MTA's own Received included */
};

struct headers {
	struct arena *arena; /* the message's */
	struct header *items;
	uint32_t count, room;
	size_t bytes;
};

void headers_init(struct headers *headers, struct arena *arena);
/* Texts are copied unless they live as long as the message. `position` may be count. False when the
 * arena's cap is reached. */
bool headers_insert(struct headers *headers, uint32_t position, struct text name, struct text raw);
void headers_remove(struct headers *headers, uint32_t position);
bool headers_replace(struct headers *headers, uint32_t position, struct text name, struct text raw);
/* The nth field (from 1) of that name, ASCII case ignored: its position, or -1. */
int64_t headers_find(const struct headers *headers, struct text name, uint32_t nth);
uint32_t headers_count_named(const struct headers *headers, struct text name);
/* The value as scripts read it: one leading space eaten, the rest as it is. */
struct text header_value(const struct header *header);

#endif
