/* Transfer encodings (RFC 2045 6), read as far as they can be read. */
#ifndef CONTENT_TRANSFER_H
#define CONTENT_TRANSFER_H

#include "base/buffer.h"
#include "content/anomaly.h"

enum transfer {
	TRANSFER_NONE, /* 7bit, 8bit, binary, or no field */
	TRANSFER_QUOTED,
	TRANSFER_BASE64,
	TRANSFER_UU,
	TRANSFER_UNKNOWN,
};

/* Of the value of Content-Transfer-Encoding, blanks and comments left out. */
enum transfer transfer_of(struct text name);

/* Each appends what the bytes stand for, or nothing when `out` is NULL, and says what was wrong
 * with them. Linear time. */
anomaly_set base64_decode(struct text bytes, struct buffer *out);
/* `word`: "_" is a blank (RFC 2047 4.2). */
anomaly_set quoted_decode(struct text bytes, bool word, struct buffer *out);
/* The first file of the text; badBase64 when it does not end. */
anomaly_set uu_decode(struct text bytes, struct buffer *out);
anomaly_set transfer_decode(enum transfer transfer, struct text bytes, struct buffer *out);

/* The next line at or after `*at` that begins a file in uuencode, "begin 644 NAME": its name, with
 * `*at` moved behind the line. False when there is none. */
bool uu_begins(struct text bytes, size_t *at, struct text *name);
/* Appends what stands from `*at` to the file's end, behind which `*at` is moved. False when another
 * file begins first, before which `*at` then stands, or the text ends. */
bool uu_read(struct text bytes, size_t *at, struct buffer *out);

#endif
