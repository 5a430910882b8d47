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

enum { CHANGES_LIMIT_DEFAULT = 10000 };

struct changes {
	struct arena *arena;
	struct change *items;
	uint32_t count, room;
	uint32_t limit; /* never more than this */
};

/* "addHeader", "insertHeader", "changeHeader", "addRcpt", "discardRcpt", "changeSender",
 * "replaceBody", "quarantine": as scripts and JSON name them. */
const char *change_name(enum change_kind kind);
bool change_kind_of_name(struct text name, enum change_kind *kind);
bool change_is_header(enum change_kind kind);

void changes_init(struct changes *changes, struct arena *arena);
/* Texts are copied unless they live as long as the arena. False when the cap or limit is reached.
 */
bool changes_add(struct changes *changes, struct change change);

/* May this go out? Names as in RFC 5322; in header values only folding (LF or CR LF, then a space
 * or tab); addresses of one mailbox without controls; no other CR, LF or NUL. A third party's line
 * breaks, display names and names of one line pass. NULL when it may, else why not. */
const char *change_fault(const struct change *change);
/* Only folding as LF and a blank: value_clean() would change nothing. */
bool value_is_clean(struct text value);
/* CR LF becomes LF, CR alone is dropped, and a line that does not begin with a blank gets a tab,
 * an empty last one, too: what Postfix does with a third party's value. Writes at most 2 * length bytes, returns how many.
 */
size_t value_clean(struct text value, char *out);

#endif
