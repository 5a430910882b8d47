/* Domain names beyond ASCII (IDNA 2008 with UTS 46), and the part of a name that somebody
 * registered.
 *
 * libidn2 and libpsl do the work; they are loaded on first use. */
#ifndef NET_DOMAIN_H
#define NET_DOMAIN_H

#include "base/text.h"

enum {
	DOMAIN_ASCII_MAX = 253,
	DOMAIN_UNICODE_MAX = 4 * DOMAIN_ASCII_MAX, /* a character of UTF-8 for each byte */
};

/* A name without the dot at its end. */
struct domain_name {
	size_t length;
	char bytes[DOMAIN_UNICODE_MAX];
};

struct text domain_text(const struct domain_name *name); /* a view */

/* Both libraries and the list of public suffixes: once, while a program is loaded. False with a
 * sentence in *why. The functions below do it themselves when nobody has. */
bool domain_load(const char **why);

/* In lower case, labels beyond ASCII as "xn--...". NULL, or why it is no name: labels of more than
 * 63 bytes, names of more than 253, empty labels, characters that no name may have. */
const char *domain_to_ascii(struct text name, struct domain_name *out);
/* "xn--..." as the characters it stands for, in lower case. */
const char *domain_to_unicode(struct text name, struct domain_name *out);
/* The organizational domain (RFC 7489 3.2): the public suffix and the label before it, in ASCII;
 * the whole name when there is no label before the suffix, as with "com". */
const char *domain_organizational(struct text name, struct domain_name *out);
/* The public suffix of the name itself, in ASCII: "co.uk". */
const char *domain_public_suffix(struct text name, struct domain_name *out);

#endif
