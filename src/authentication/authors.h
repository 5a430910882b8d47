/* Whom a From field names: the domains of its mailboxes (RFC 5322 3.4). */
#ifndef AUTHENTICATION_AUTHORS_H
#define AUTHENTICATION_AUTHORS_H

#include "net/domain.h"

enum { AUTHORS_MAX = 10 };

struct authors {
	unsigned count;				 /* different domains */
	struct domain_name domains[AUTHORS_MAX]; /* in lower case and ASCII */
};

/* NULL, or why the field is not one whose author can be told. */
const char *authors_read(struct text field, struct authors *authors);

#endif
