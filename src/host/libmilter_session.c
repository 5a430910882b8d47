#include "host/libmilter_session.h"

#include <poll.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/system.h"
#include "base/wait.h"

struct libmilter_session *libmilter_session_new(struct served_chain *served, unsigned long number)
{
	struct libmilter_session *session = memory_zeroed(1, sizeof(*session));
	if (!session) {
		served_chain_release(served);
		return NULL;
	}
	session->served = served;
	session->number = number;
	buffer_init(&session->scratch, (size_t)1 << 20);
	session->engine = served ? served_session(served, number) : NULL;
	return session;
}

void libmilter_session_free(struct libmilter_session *session)
{
	if (!session)
		return;
	if (session->engine)
		afsl_session_free(session->engine);
	served_chain_release(session->served);
	memory_free(session->requested);
	memory_free(session->pairs);
	buffer_free(&session->scratch);
	memory_free(session);
}

static bool request_add(struct libmilter_session *session, enum milter_stage stage,
			const struct macro_name *name)
{
	size_t size;
	if (!size_multiply(session->requested_count + 1, sizeof(*session->requested), &size))
		return false;
	struct requested_macro *grown = memory_resize(session->requested, size);
	if (!grown)
		return false;
	grown[session->requested_count++] = (struct requested_macro){stage, *name};
	session->requested = grown;
	return true;
}

static bool list_has(const struct macro_list *list, const struct macro_name *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->names[i]->text, name->text) == 0)
			return true;
	return false;
}

static bool requests_take(struct libmilter_session *session, enum milter_stage stage,
			  const char *words)
{
	struct macro_name name;
	while (macro_word_next(&words, &name)) {
		if (list_has(&session->served->macros.stages[stage], &name))
			continue;
		if (!request_add(session, stage, &name))
			return false;
	}
	return true;
}

/* For the mail server: the list of one stage, or nothing, so that its own list stays. */
static bool list_tell(struct libmilter_session *session, SMFICTX *context, enum milter_stage stage,
		      const char *requested)
{
	struct buffer *out = &session->scratch;
	buffer_clear(out);
	if (!macro_list_print(&session->served->macros, stage, requested, out))
		return !out->failed;
	return smfi_setsymlist(context, (int)stage, out->data) == MI_SUCCESS;
}

bool libmilter_session_set_macros(struct libmilter_session *session, SMFICTX *context)
{
	for (unsigned i = 0; i < MILTER_STAGE_COUNT; i++) {
		enum milter_stage stage = (enum milter_stage)i;
		const char *requested = macro_request(session->engine, stage);
		if (requested && !requests_take(session, stage, requested))
			return false;
		if ((session->plan.actions & MILTER_CAN_SET_MACROS) &&
		    !list_tell(session, context, stage, requested))
			return false;
	}
	return true;
}

static bool pairs_reserve(struct libmilter_session *session, size_t names)
{
	size_t texts, size;
	if (!size_multiply(names, 2, &texts))
		return false;
	if (texts <= session->pair_room)
		return true;
	if (!size_multiply(texts, sizeof(struct afsl_text), &size))
		return false;
	struct afsl_text *grown = memory_resize(session->pairs, size);
	if (!grown)
		return false;
	session->pairs = grown;
	session->pair_room = texts;
	return true;
}

static void pair_add(struct libmilter_session *session, SMFICTX *context,
		     const struct macro_name *name, size_t *count)
{
	char asked[MACRO_NAME_MAX];
	memcpy(asked, name->text, sizeof(asked));
	const char *value = smfi_getsymval(context, asked);
	if (!value)
		return;
	session->pairs[2 * *count] = (struct afsl_text){name->text, strlen(name->text)};
	session->pairs[2 * *count + 1] = (struct afsl_text){value, strlen(value)};
	(*count)++;
}

/* Log lines speak of the message by the name that the mail server gave it. */
static void session_take_queue_id(struct libmilter_session *session, SMFICTX *context,
				  enum afsl_event event)
{
	char asked[] = "i", id[sizeof(session->queue_id)];
	const char *known = event >= AFSL_MAIL ? smfi_getsymval(context, asked) : NULL;
	snprintf(id, sizeof(id), "%s", known ? known : "");
	if (strcmp(id, session->queue_id) == 0)
		return;
	memcpy(session->queue_id, id, sizeof(id));
	served_session_name(session->engine, session->number, id);
}

static bool read_stage(struct libmilter_session *session, SMFICTX *context, enum afsl_event event)
{
	enum milter_stage stage = macro_stage_of_event(event);
	const struct macro_lists *lists = &session->served->macros;
	const struct macro_list *list = &lists->stages[stage];
	if (!pairs_reserve(session, list->count + session->requested_count))
		return false;
	size_t count = 0;
	for (size_t i = 0; i < list->count; i++)
		pair_add(session, context, list->names[i], &count);
	for (size_t i = 0; i < session->requested_count; i++)
		if (session->requested[i].stage == stage)
			pair_add(session, context, &session->requested[i].name, &count);
	return afsl_macros(session->engine, event, session->pairs, count);
}

/* Macros come also for steps that were left out. */
bool libmilter_session_read_macros(struct libmilter_session *session, SMFICTX *context,
				   enum afsl_event event)
{
	bool good = true;
	if (macro_stage_of_event(event) == MILTER_STAGE_COUNT)
		return true;
	session_take_queue_id(session, context, event);
	if (!session->served->macros.any && session->requested_count == 0)
		return true;
	for (unsigned earlier = AFSL_CONNECT; good && earlier < event; earlier++)
		if (macro_stage_of_event((enum afsl_event)earlier) != MILTER_STAGE_COUNT &&
		    milter_plan_leaves_out(&session->plan, (enum afsl_event)earlier))
			good = read_stage(session, context, (enum afsl_event)earlier);
	return good && read_stage(session, context, event);
}

/* Milliseconds for poll(2), never early: a deadline is reached when poll says so. */
static int milliseconds_until(int64_t deadline)
{
	int64_t left = deadline - clock_monotonic();
	if (left <= 0)
		return 0;
	left = (left + 999) / 1000;
	return left > 60000 ? 60000 : (int)left;
}

/* Not for longer than `until`; true when it is time to resume. */
static bool wait_once(const struct afsl_wait *wait, int64_t until)
{
	struct pollfd fds[AFSL_WAIT_MAX];
	for (unsigned i = 0; i < wait->count; i++)
		fds[i] = (struct pollfd){.fd = wait->fds[i], .events = wait->events[i]};
	if (wait->deadline < until)
		until = wait->deadline;
	int ready = system_poll(fds, wait->count, milliseconds_until(until));
	return ready > 0 || clock_monotonic() >= wait->deadline;
}

void libmilter_session_wait(struct libmilter_session *session, SMFICTX *context, unsigned progress)
{
	int64_t interval = (int64_t)progress * 1000000;
	int64_t next = interval ? clock_monotonic() + interval : INT64_MAX;
	while (afsl_status(session->engine) == AFSL_WAITING) {
		bool resume = wait_once(afsl_wait(session->engine), next);
		if (clock_monotonic() >= next) {
			smfi_progress(context);
			next = clock_monotonic() + interval;
		}
		if (resume)
			afsl_resume(session->engine);
	}
}
