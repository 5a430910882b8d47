/* Many sessions with a milter at once, and how long it took to answer. */
#ifndef CLI_MILTER_LOAD_H
#define CLI_MILTER_LOAD_H

#include "cli/dialogue.h"

struct load {
	const struct endpoint *endpoint;
	const struct milter_timeouts *timeouts;
	const struct letter *letters;
	size_t letter_count;
	size_t sessions;    /* at the same time */
	size_t connections; /* in all */
	size_t messages;    /* on each: the letters in turn */
};

/* Latencies in microseconds, in ascending order. */
struct latencies {
	int64_t *items;
	size_t count, room;
};

enum { LOAD_VERDICTS = 6, LOAD_FAILURES = 7 };

struct load_result {
	double seconds;
	size_t verdicts[LOAD_VERDICTS]; /* by enum afsl_verdict_kind */
	size_t failures[LOAD_FAILURES]; /* of connections, by enum milter_failure_kind */
	struct milter_failure first_failure;
	struct latencies negotiations; /* with the TCP connect */
	struct latencies messages;     /* from MAIL to the last answer */
	bool out_of_memory;
};

void load_run(const struct load *load, struct load_result *result);
void load_result_free(struct load_result *result);
/* The value that this part of them does not exceed; 0 when there are none. */
int64_t latencies_percentile(const struct latencies *latencies, double part);

void load_print(const struct load *load, const struct load_result *result, struct buffer *out);
void load_print_json(const struct load *load, const struct load_result *result, struct buffer *out);

#endif
