/* A chain with what was derived from it; counted, because sessions outlive a reload. */
#ifndef HOST_SERVED_H
#define HOST_SERVED_H

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

/* A session of the chain that logs under this number; NULL when memory has ended. */
struct afsl_session *served_session(struct served_chain *served, unsigned long number);
/* Log lines speak of the message by the name that the mail server gave it, "" for none. */
void served_session_name(struct afsl_session *session, unsigned long number, const char *queue_id);

#endif
