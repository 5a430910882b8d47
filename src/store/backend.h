/* Where a shared cache keeps its entries: bytes by bytes, each until a time of its own.
 *
 * Memory is one backend (store/memory_store.h); files and servers are others. An operation is
 * atomic: no other thread sees it half done. */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include "base/buffer.h"
#include "base/text.h"
#include "base/wait.h"

enum store_operation {
	STORE_GET,    /* the value goes to `answer` */
	STORE_HAS,    /* the same without the value */
	STORE_PUT,    /* replaces */
	STORE_INSERT, /* DONE when there was none; FOUND with the one that stays in `answer` */
	STORE_REMOVE,
	STORE_COUNT, /* `count`: those that have expired may be among them */
	STORE_CLEAR,
};

enum store_status {
	STORE_FOUND,
	STORE_ABSENT,
	STORE_DONE,
	STORE_TOO_LARGE, /* larger than all may be together: nothing has changed */
	STORE_FAILED,	 /* `fault` says why: nothing has changed */
	STORE_WAITING,	 /* `wait` is filled: the same request again when ready */
};

struct store_request {
	enum store_operation operation;
	struct text key;
	struct text value; /* to put or insert */
	int64_t now;	   /* microseconds since 1970 */
	int64_t expires;   /* of what is put or inserted */
	struct buffer *answer;
	int64_t count;
	const char *fault;
	struct wait_request *wait; /* for backends that wait; memory never does */
	void **pending;		   /* what such a one leaves there it finds again */
};

struct store_backend {
	const char *prefix; /* of `store:` in a script, without its colon; "" is memory */
	/* `max` entries and `bytes` in all. NULL with the reason in `fault`. */
	void *(*open)(const char *name, int64_t max, int64_t bytes, const char **fault);
	void (*limit)(void *store, int64_t max, int64_t bytes); /* after a reload */
	enum store_status (*perform)(void *store, struct store_request *request);
	void (*close)(void *store);
};

#endif
