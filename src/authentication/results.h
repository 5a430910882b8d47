/* Authentication-Results: what was found out about a message, for those behind (RFC 8601). */
#ifndef AUTHENTICATION_RESULTS_H
#define AUTHENTICATION_RESULTS_H

#include "base/arena.h"
#include "base/buffer.h"

enum { RESULTS_MAX = 100, RESULT_PROPERTIES_MAX = 50 };

struct auth_property {
	struct text name; /* "smtp.mailfrom" */
	struct text value;
	struct auth_property *next;
};

struct auth_result {
	struct text method; /* "spf", without a version */
	struct text result; /* "pass" */
	struct text reason;
	struct auth_property *properties;
	unsigned property_count;
	struct auth_result *next;
};

struct auth_results {
	struct text server; /* authserv-id: who says so */
	int64_t version;
	struct auth_result *first;
	unsigned count;
	const char *fault; /* why the rest cannot be read; NULL: there is none */
};

/* Reads a field's value; texts are made in `arena`. False when memory has ended. */
bool auth_results_read(struct text field, struct arena *arena, struct auth_results *results);

/* Does the field claim to be of this server? A field that does not even say whose it is might be
 * taken for ours by somebody: it does. */
bool auth_results_claims(struct text field, struct text server);

/* The value of a field, folded with LF; quotes what must be, and replaces by "?" what cannot be
 * written. NULL, or why it is none: a method, result or property that is no word. */
const char *auth_results_write(const struct auth_results *results, struct buffer *out);

#endif
