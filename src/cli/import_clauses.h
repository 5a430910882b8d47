/* What rules and lists of milter-greylist ask: about the client, its name, sender or recipient. */
#ifndef CLI_IMPORT_CLAUSES_H
#define CLI_IMPORT_CLAUSES_H

#include "base/buffer.h"

struct import_clause {
	const char *word, *fact;
	/* Writes a condition about the fact, from one word; false: it is not understood. */
	bool (*write)(struct buffer *out, const char *fact, struct text word);
};

/* The clause whose word stands at the beginning of `rest`, which is taken; NULL: none. */
const struct import_clause *import_clause_take(struct text *rest);

#endif
