/* What a filter wants changed: recorded in order, applied by the host at the end of the message. */
#ifndef MAIL_CHANGES_H
#define MAIL_CHANGES_H

#include "base/arena.h"

enum change_kind {
	CHANGE_ADD_HEADER,    /* name, value */
	CHANGE_INSERT_HEADER, /* index as in milter: 0 is above the MTA's Received; name, value */
	CHANGE_CHANGE_HEADER, /* index among the fields of that name, from 1; empty value deletes */
	CHANGE_ADD_RCPT,      /* name is the address, value the ESMTP parameters, space separated */
	CHANGE_DELETE_RCPT,   /* name is the address */
	CHANGE_CHANGE_SENDER, /* name is the address, value the ESMTP parameters */
	CHANGE_REPLACE_BODY,  /* value is the new body or, `more`, a further piece of it */
	CHANGE_QUARANTINE,    /* value is the reason */
	CHANGE_KIND_COUNT,
};

struct change {
	enum change_kind kind;
	uint32_t index;
	struct text name;
	struct text value;
	bool foreign; /* a third party's: goes out in its own order, with its own index */
	bool blanks;  /* the header value brings its own blank after the colon */
	bool more;
};

struct changes {
	struct arena *arena;
	struct change *items;
	uint32_t count, room;
};

/* "addHeader", "insertHeader", "changeHeader", "addRcpt", "discardRcpt", "changeSender",
 * "replaceBody", "quarantine": as scripts and JSON name them. */
const char *change_name(enum change_kind kind);
bool change_kind_of_name(struct text name, enum change_kind *kind);

void changes_init(struct changes *changes, struct arena *arena);
/* Texts are copied unless they live as long as the message. False when the cap is reached. */
bool changes_add(struct changes *changes, struct change change);

#endif
