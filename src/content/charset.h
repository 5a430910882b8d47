/* Text in the charsets of mail as UTF-8, by the C library's iconv. */
#ifndef CONTENT_CHARSET_H
#define CONTENT_CHARSET_H

#include "base/buffer.h"

/* Appends; what cannot be read becomes U+FFFD. False, with nothing appended, when the charset is
 * none that mail knows: us-ascii, utf-*, iso-8859-*, windows-*, koi8-*, ... A language behind "*"
 * (RFC 2231) is left out. */
bool charset_decode(struct text charset, struct text bytes, struct buffer *out);
/* Appends well-formed UTF-8 as it is, other bytes as U+FFFD. */
void utf8_append(struct text bytes, struct buffer *out);

#endif
