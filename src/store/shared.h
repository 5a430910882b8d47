/* Shared variables: counters, rates and caches that all sessions see. Safe under threads.
 *
 * A variable is found by its name and shape, so that a program that is loaded again goes on with what
 * the one before has gathered. It ends when nobody has it open. */
#ifndef STORE_SHARED_H
#define STORE_SHARED_H

#include "store/backend.h"

enum shared_kind { SHARED_COUNTER, SHARED_RATE, SHARED_CACHE };

struct shared_settings {
	enum shared_kind kind;
	const char *name;  /* with the file that declares it */
	const char *shape; /* what it holds: with another shape it is another variable */
	int64_t time;	   /* microseconds: how long an entry lives, or a rate's window; above 0 */
	int64_t max;	   /* entries, above 0 */
	int64_t memory;	   /* bytes of all entries, above 0 */
};

struct shared; /* a name space of variables */
struct shared_variable;

/* NULL when memory has ended. */
struct shared *shared_new(void);
/* All of its variables must be closed. */
void shared_free(struct shared *shared);

/* The variable of that name and shape, which takes over the settings, or a new one. NULL with the reason in
 * `fault`. */
struct shared_variable *shared_open(struct shared *shared, const struct shared_settings *settings,
				    const char **fault);
void shared_close(struct shared *shared, struct shared_variable *variable);
enum shared_kind shared_kind_of(const struct shared_variable *variable);

/* False when the sum does not fit: then nothing has changed. */
bool counter_add(struct shared_variable *counter, int64_t n, int64_t *sum);
int64_t counter_value(const struct shared_variable *counter);
/* The value that it had. */
int64_t counter_reset(struct shared_variable *counter);

/* Adds `n` for a key and tells how many there were within the window, these included. A window is
 * RATE_SLICES slices of time: an event counts for the window at least, and for one slice more at most.
 * Sums stop at UINT32_MAX. */
enum { RATE_SLICES = 10 };
enum store_status rate_hit(struct shared_variable *rate, struct text key, uint32_t n, int64_t now,
			   int64_t *count);
void rate_reset(struct shared_variable *rate, struct text key);
int64_t rate_size(struct shared_variable *rate);

/* `expires` is filled in. */
enum store_status cache_perform(struct shared_variable *cache, struct store_request *request);

#endif
