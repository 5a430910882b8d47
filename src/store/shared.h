/* Shared variables: counters, rates and caches that all sessions see. Safe under threads.
 *
 * A variable is found by its name and shape, so that a program that is loaded again goes on with
 * what the one before has gathered. It ends when nobody has it open; what it holds outlives it when
 * its store is a file or a server. */
#ifndef STORE_SHARED_H
#define STORE_SHARED_H

#include "store/backend.h"
#include "store/slices.h"

struct shared_settings {
	enum shared_kind kind;
	const char *name;  /* with the file that declares it */
	const char *shape; /* what it holds: with another shape it is another variable */
	const char *store; /* "lmdb:NAME", "redis:ADDRESS", "memory"; NULL: memory */
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

/* For the whole process, before variables are opened: the folder of LMDB's files (NULL: there is
 * none). The text is copied; false when it is too long. */
bool shared_set_folder(const char *folder);
/* NULL, or what is wrong with a `store`. */
const char *shared_store_fault(struct text store);
/* Loads the library that a store needs; false with the reason in *why. */
bool shared_store_load(struct text store, const char **why);

/* The variable of that name and shape, which takes over the settings, or a new one. NULL with the
 * reason in `fault`. */
struct shared_variable *shared_open(struct shared *shared, const struct shared_settings *settings,
				    const char **fault);
void shared_close(struct shared *shared, struct shared_variable *variable);
enum shared_kind shared_kind_of(const struct shared_variable *variable);

/* The operations of its kind; `expires` and `slice` are filled in. */
enum store_status shared_perform(struct shared_variable *variable, struct store_request *request);

#endif
