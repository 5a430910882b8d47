/* A message as it comes, taken apart: header fields, then pieces of the body with CR LF line ends.
 *
 * Bytes are put in as they arrive, and items are taken out until there is no more. Nothing is kept
 * but the field or line that is not complete. */
#ifndef BRIDGE_LETTER_H
#define BRIDGE_LETTER_H

#include "base/buffer.h"

enum { LETTER_HEADER_MAX = 4 << 20, LETTER_PIECE_MAX = 65535 };

enum letter_item {
	LETTER_MORE, /* put in more bytes, or say that there are none */
	LETTER_FIELD,
	LETTER_HEADER_END, /* once */
	LETTER_BODY,	   /* at most LETTER_PIECE_MAX bytes */
	LETTER_END,	   /* once, after letter_close() */
	LETTER_FAULT,	   /* the header is too large, or memory has ended */
};

struct letter {
	struct text input; /* not yet looked at; the caller's */
	struct buffer line, field, folded, body;
	struct text name, raw; /* of the item LETTER_FIELD */
	struct text piece;     /* of the item LETTER_BODY */
	size_t header_size;
	bool first;	 /* no line has been seen */
	bool line_ready; /* `line` is complete and not yet taken */
	bool closed, header_over, ended;
	char last; /* byte of the body that was seen; 0: none */
};

void letter_init(struct letter *letter);
void letter_free(struct letter *letter);
/* The bytes must stay where they are until letter_next() says LETTER_MORE; the one before must have
 * been used up. */
void letter_put(struct letter *letter, struct text bytes);
void letter_close(struct letter *letter);
/* name, raw and piece live until the next call. As in afsl_header(), `raw` is all that follows the
 * colon, folding as LF and blanks. The header ends at an empty line, or where a line is no field; a
 * leading mbox "From " line is left out. */
enum letter_item letter_next(struct letter *letter);

#endif
