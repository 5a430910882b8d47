#include "host/served.h"

#include <stdio.h>

#include "base/log.h"
#include "base/memory.h"

struct counted_chain {
	struct served_chain served;
	atomic_uint references;
};

static struct counted_chain *counted(struct served_chain *served)
{
	return (struct counted_chain *)((char *)served - offsetof(struct counted_chain, served));
}

struct served_chain *served_chain_new(struct afsl_chain *chain)
{
	struct counted_chain *made = memory_zeroed(1, sizeof(*made));
	if (!made)
		return NULL;
	struct served_chain *served = &made->served;
	atomic_init(&made->references, 1);
	afsl_chain_needs(chain, &served->needs);
	if (!macro_lists_make(&served->needs, &served->macros)) {
		memory_free(made);
		return NULL;
	}
	served->chain = afsl_chain_keep(chain);
	return served;
}

struct served_chain *served_chain_keep(struct served_chain *served)
{
	atomic_fetch_add(&counted(served)->references, 1);
	return served;
}

void served_chain_release(struct served_chain *served)
{
	if (!served || atomic_fetch_sub(&counted(served)->references, 1) != 1)
		return;
	macro_lists_free(&served->macros);
	afsl_chain_release(served->chain);
	memory_free(counted(served));
}

static void slot_put(struct served_slot *slot, struct served_chain *chain)
{
	pthread_mutex_lock(&slot->lock);
	struct served_chain *old = slot->chain;
	slot->chain = chain;
	pthread_mutex_unlock(&slot->lock);
	served_chain_release(old);
}

bool served_slot_set(struct served_slot *slot, struct afsl_chain *chain)
{
	struct served_chain *served = served_chain_new(chain);
	if (served)
		slot_put(slot, served);
	return served != NULL;
}

void served_slot_clear(struct served_slot *slot)
{
	slot_put(slot, NULL);
}

struct served_chain *served_slot_get(struct served_slot *slot)
{
	pthread_mutex_lock(&slot->lock);
	struct served_chain *chain = served_chain_keep(slot->chain);
	pthread_mutex_unlock(&slot->lock);
	return chain;
}

void served_refused(atomic_ulong *refusals, unsigned sessions)
{
	unsigned long count = atomic_fetch_add(refusals, 1) + 1;
	if ((count & (count - 1)) == 0)
		log_line(LOG_LEVEL_WARNING,
			 "too many sessions (%u): a new one is refused for now, %lu so far",
			 sessions, count);
}

/* The engine's log levels are those of base/log.h. */
static void session_log(void *argument, int level, const char *line)
{
	(void)argument;
	log_line((enum log_level)level, "%s", line);
}

struct afsl_session *served_session(struct served_chain *served, unsigned long number)
{
	struct afsl_session *session = afsl_session_new(served->chain);
	if (!session)
		return NULL;
	served_session_name(session, number, "");
	afsl_session_log(session, session_log, NULL);
	afsl_session_share(session);
	return session;
}

void served_session_name(struct afsl_session *session, unsigned long number, const char *queue_id)
{
	char name[96];
	snprintf(name, sizeof(name), "session %lu%s%.*s", number, *queue_id ? " " : "", 64,
		 queue_id);
	afsl_session_name(session, name);
}
