/* A message file as an MTA would pass it on. */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include "base/arena.h"
#include "base/buffer.h"

struct field {
	struct text name;
	struct text raw; /* all behind the colon, folding as LF and blanks */
};

struct message {
	struct arena arena;
	struct field *fields;
	size_t field_count;
	struct buffer body; /* CR LF line ends */
	bool made_up;       /* no file was named */
};

/* Reads a file ("-": standard input), or makes up a small message when `path` is NULL. NULL, or why not. Lines
 * may end in LF or CR LF. A header ends at an empty line, or where a line is no field; a leading mbox "From "
 * line is left out. */
const char *message_read(const char *path, struct message *message);
void message_free(struct message *message);

/* The first field of that name, or NULL. */
const struct field *message_field(const struct message *message, const char *name);

/* The addresses of an address field (RFC 5322), without display names and comments, appended to `found` as texts; at
 * most `most`. Returns how many. */
size_t addresses_in(struct text value, struct text *found, size_t most);

#endif
