/* File names of a part, in every way that a reader of mail may take them. */
#ifndef CONTENT_NAMES_H
#define CONTENT_NAMES_H

#include "content/structure.h"

enum { NAMES_MAX = 24 };

struct names {
	struct text items[NAMES_MAX]; /* without duplicates; in the arena, or views of the header */
	unsigned count;
	anomaly_set anomalies;
};

/* From "filename" of every Content-Disposition and "name" of every Content-Type: by RFC 2231, then
 * with encoded words decoded, then as they stand; of a value with blanks but without quotes both
 * the whole and its first word. Then names of files in uuencode. The first is the one to show.
 * Readings beyond NAMES_MAX are left out. False when memory has ended. */
bool names_read(const struct part *part, struct arena *arena, struct names *out);

#endif
