/* One Received field (RFC 5321 4.4): how a message came from one server to the next. */
#ifndef CONTENT_HOP_H
#define CONTENT_HOP_H

#include "base/text.h"

enum hop_field {
	HOP_FROM,    /* as the client called itself */
	HOP_ADDRESS, /* in the brackets of the comment behind it: "192.0.2.1", "IPv6:2001:db8::1" */
	HOP_BY,
	HOP_WITH, /* "ESMTPS" */
	HOP_ID,
	HOP_FOR,  /* without angle brackets */
	HOP_DATE, /* all behind the last ";" */
	HOP_FIELDS
};

struct hop {
	struct text fields[HOP_FIELDS]; /* views; "" when not given */
};

void hop_read(struct text value, struct hop *out);

#endif
