/* Addresses as header fields write them (RFC 5322 3.4, RFC 6532), read as leniently as mail is
 * written. */
#ifndef CONTENT_MAILBOX_H
#define CONTENT_MAILBOX_H

#include "base/arena.h"

struct mailbox {
	struct text name;    /* as people read it: unquoted, encoded words decoded */
	struct text address; /* without blanks, comments and a route */
	struct text local;   /* before the last "@", its quotes left in */
	struct text domain;  /* as it stands; "" when there is none */
	struct text group;   /* the group that it is in, or "" */
	bool valid;	     /* the address is one by RFC 5321 with RFC 6531 */
};

struct mailboxes {
	struct mailbox *items;
	uint32_t count, room;
};

/* The mailboxes of a From, To or Cc, in the arena. False when memory has ended. Linear time. */
bool mailboxes_read(struct text value, struct arena *arena, struct mailboxes *out);

/* The parts of one address "local@domain". */
void address_split(struct text address, struct text *local, struct text *domain);
bool address_is_valid(struct text address);
/* The local part as it is meant: without quotes that need not be. */
bool local_part_unquote(struct text local, struct arena *arena, struct text *out);

#endif
