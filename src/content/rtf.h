/* Compressed RTF (MS-OXRTFCP): how Outlook writes the text of a message. */
#ifndef CONTENT_RTF_H
#define CONTENT_RTF_H

#include "base/arena.h"

/* What it stands for, in the arena or as a view, as far as it can be read: at most eight times the
 * bytes. *whole is false when its sizes, its checksum or its references are wrong. False when
 * memory has ended. Linear time. */
bool rtf_decompress(struct text bytes, struct arena *arena, struct text *out, bool *whole);

#endif
