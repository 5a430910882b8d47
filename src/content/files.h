/* Files that the bytes of a body carry without MIME: TNEF (winmail.dat of Outlook), and uuencode
 * within a text.
 *
 * Libraries for TNEF come under the GPL (libytnef, tnef) or in C++ (KTnef): a reader of our own. */
#ifndef CONTENT_FILES_H
#define CONTENT_FILES_H

#include "base/arena.h"
#include "content/anomaly.h"

enum { FILE_NAMES_MAX = 4 };

struct content_file {
	struct text names[FILE_NAMES_MAX]; /* each once, in UTF-8; the first is the one to show */
	uint32_t name_count;
	struct text content;   /* a view of the bytes, or of the arena */
	anomaly_set anomalies; /* damagedFile */
};

struct content_files {
	struct content_file *items;
	uint32_t count;
	const char *format;    /* "tnef", "uuencode", or "" when there is none */
	anomaly_set anomalies; /* damagedFile: the whole ends too early; tooMany: there are more
				  than `most` */
};

/* In linear time. What is damaged is read as far as it can be. A message within TNEF is a file
 * without a name whose content is TNEF again, the text of a message one whose content is RTF. False
 * when memory has ended. */
bool files_read(struct text bytes, uint32_t most, struct arena *arena, struct content_files *out);

/* ---- for the two readers ---- */

/* NULL when memory has ended or, with tooMany set, when there are `most`. */
struct content_file *files_add(struct content_files *files, uint32_t most, struct arena *arena);
/* Up to the first NUL byte; dropped when it is empty, or there already. False when memory has
 * ended. */
bool file_add_name(struct content_file *file, struct text name, struct arena *arena);

bool tnef_begins(struct text bytes);
bool tnef_read(struct text bytes, uint32_t most, struct arena *arena, struct content_files *out);

#endif
