/* A chain with what was derived from it; counted, because sessions outlive a reload. */
#ifndef HOST_SERVED_H
#define HOST_SERVED_H

#include <pthread.h>
#include <stdatomic.h>

#include "afsl.h"
#include "host/milter_macros.h"

struct served_chain {
	struct afsl_chain *chain;
	struct afsl_needs needs;
	struct macro_lists macros;
};

/* Keeps the chain. NULL when memory has ended. */
struct served_chain *served_chain_new(struct afsl_chain *chain);
struct served_chain *served_chain_keep(struct served_chain *served);
void served_chain_release(struct served_chain *served); /* NULL is fine */

/* The chain that new sessions get, for any thread; begins as SERVED_SLOT_EMPTY. */
struct served_slot {
	pthread_mutex_t lock;
	struct served_chain *chain;
};
#define SERVED_SLOT_EMPTY                                                                          \
	{                                                                                          \
		PTHREAD_MUTEX_INITIALIZER, NULL                                                    \
	}

/* False when memory has ended: then the one before stays. */
bool served_slot_set(struct served_slot *slot, struct afsl_chain *chain);
void served_slot_clear(struct served_slot *slot);
/* Kept for the caller. */
struct served_chain *served_slot_get(struct served_slot *slot);

/* Says that a session was refused. A flood of sessions must not become a flood of lines: 1, 2, 4, 8
 * ... */
void served_refused(atomic_ulong *refusals, unsigned sessions);

/* A session of the chain that logs under this number; NULL when memory has ended. */
struct afsl_session *served_session(struct served_chain *served, unsigned long number);
/* Log lines speak of the message by the name that the mail server gave it, "" for none. */
void served_session_name(struct afsl_session *session, unsigned long number, const char *queue_id);

#endif
