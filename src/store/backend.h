/* Where shared variables keep what they hold: memory, a file (LMDB), a server (Redis).
 *
 * A store belongs to one variable. What it holds is bytes by bytes, each until a time of its own; a
 * counter's is one number. An operation is atomic: nobody else, in whatever process, sees it half
 * done. */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/wait.h"

enum store_operation {
	/* of caches; REMOVE, COUNT and CLEAR of rates too */
	STORE_GET,    /* the value goes to `answer` */
	STORE_HAS,    /* the same without the value */
	STORE_PUT,    /* replaces */
	STORE_INSERT, /* DONE when there was none; FOUND with the one that stays in `answer` */
	STORE_REMOVE,
	STORE_COUNT, /* `count`: those that have expired may be among them */
	STORE_CLEAR,
	/* of rates */
	STORE_HIT, /* adds `number` to the present slice: `count` of all that reach into the window
		    */
	/* of counters */
	STORE_ADD,   /* `number`: `count` is the sum */
	STORE_RESET, /* to 0: `count` is what it was */
};

enum store_status {
	STORE_FOUND,
	STORE_ABSENT,
	STORE_DONE,
	STORE_TOO_LARGE, /* larger than all may be together, or than a number: nothing has changed
			  */
	STORE_FAILED,	 /* `fault` says why */
	STORE_WAITING,	 /* `wait` is filled: the same request again when ready */
};

enum shared_kind { SHARED_COUNTER, SHARED_RATE, SHARED_CACHE };

struct store_request {
	enum store_operation operation;
	struct text key;
	struct text value; /* to put or insert */
	int64_t now;	   /* microseconds since 1970 */
	int64_t expires;   /* of what is put, inserted or hit */
	int64_t number;
	int64_t slice; /* the present one: store/slices.h */
	struct buffer *answer;
	int64_t count;
	const char *fault; /* lives as long as `arena` */
	/* For backends that wait; memory and files never do. */
	struct wait_request *wait;
	struct arena *arena;
	void **pending; /* what such a one leaves there it finds again; lives in `arena` */
};

struct store_settings {
	enum shared_kind kind;
	const char *place;   /* what follows the prefix */
	const char *name;    /* of the variable and what it holds: the same again after a restart */
	int64_t max, memory; /* entries, bytes of all together */
};

struct store_backend {
	const char *prefix; /* of `store:` in a script, before its colon; "memory" */
	/* NULL with the reason in *fault. */
	void *(*open)(const struct store_settings *settings, const char **fault);
	void (*limit)(void *store, int64_t max, int64_t memory); /* after a reload */
	enum store_status (*perform)(void *store, struct store_request *request);
	void (*close)(void *store);
};

extern const struct store_backend memory_backend, lmdb_backend, redis_backend;

#endif
