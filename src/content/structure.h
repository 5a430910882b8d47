/* The parts of a message (RFC 2045, 2046), as views of its bytes.
 *
 * Our own reader and not GMime's, which tells of a third of the ambiguities that matter here, ends
 * the process when memory ends, and has no bound on parts (docs/libraries.md). This one goes through
 * the lines once, with a stack of its own; every doubt is a flag. */
#ifndef CONTENT_STRUCTURE_H
#define CONTENT_STRUCTURE_H

#include "base/arena.h"
#include "content/anomaly.h"
#include "content/transfer.h"

enum { PARENT_NONE = -1 };

struct part {
	struct text header; /* its fields, without the empty line behind them */
	struct text body;   /* as it stands: encoded, with the parts that it has */
	struct text type;   /* "text/plain", in lower case */
	struct text charset, disposition, encoding; /* in lower case; "" when not given */
	enum transfer transfer;
	int32_t parent; /* its number in the list */
	uint32_t nth;	/* among its parent's, from 1 */
	uint32_t depth; /* 1: the message itself */
	bool has_parts; /* a multipart or message that was looked into */
	anomaly_set anomalies;
};

struct structure {
	struct part *parts; /* in the order of the message; the first is the whole */
	uint32_t count;
};

struct structure_limits {
	uint32_t parts, depth;
};

/* At most `limits->parts` parts, at least one; memory comes from the arena. False when that has
 * ended. Time: the bytes, and for each line that begins with "--" the open levels. */
bool structure_read(struct text message, const struct structure_limits *limits, struct arena *arena,
		    struct structure *out);

#endif
