/* The door: what an embedding mail server calls. */
#include "engine/session.h"

#include "base/memory.h"

enum { MACROS_CAP = 4 << 20 };

struct afsl_session *afsl_session_new(struct afsl_chain *chain)
{
	struct afsl_session *session =
		memory_zeroed(1, sizeof(*session) + chain->count * sizeof(*session->lanes));

	if (!session)
		return NULL;
	session->chain = afsl_chain_keep(chain);
	session->needs = chain->needs.needs;
	session->replies = chain->needs.replies;
	session->keeps_headers = chain->keeps_headers;
	results_forget(session);
	for (; session->count < chain->count; session->count++)
		if (!lane_init(session->lanes + session->count, chain->filters + session->count,
			       &session->listener))
			goto fail;
	return session;
fail:
	afsl_session_free(session);
	return NULL;
}

void afsl_session_free(struct afsl_session *session)
{
	if (!session)
		return;
	/* Texts of a message are shared by lanes: none goes while another may look. */
	for (unsigned i = 0; i < session->count; i++)
		lane_end_message(session->lanes + i);
	for (unsigned i = 0; i < session->count; i++) {
		part_free(session->lanes + i);
		lane_free(session->lanes + i);
	}
	replay_forget(session);
	flow_forget_arguments(session);
	answer_clear(&session->answer);
	answer_clear(&session->message_refusal);
	answer_clear(&session->session_refusal);
	results_free(session);
	memory_free(session->listener.session_name);
	afsl_chain_release(session->chain);
	for (unsigned i = 0; i < session->earlier_count; i++)
		afsl_chain_release(session->earlier[i]);
	memory_free(session->earlier);
	memory_free(session);
}

void afsl_session_name(struct afsl_session *session, const char *name)
{
	char *copy = memory_copy_string(name);

	if (!copy)
		return;
	memory_free(session->listener.session_name);
	session->listener.session_name = copy;
}

void afsl_session_log(struct afsl_session *session, afsl_log *log, void *argument)
{
	session->listener.log = log;
	session->listener.log_argument = argument;
}

void afsl_session_trace(struct afsl_session *session, afsl_trace *trace, void *argument)
{
	session->listener.trace = trace;
	session->listener.trace_argument = argument;
}

void afsl_session_keep_headers(struct afsl_session *session)
{
	session->keeps_headers = true;
}

void afsl_session_rest(struct afsl_session *session)
{
	if (session->status != AFSL_WAITING)
		flow_forget_message(session);
}

void afsl_session_share(struct afsl_session *session)
{
	for (unsigned i = 0; i < session->count; i++)
		session->lanes[i].services.shares_thread = true;
}

/* ---- what the client does ---- */

static bool text_is_lawful(struct afsl_text text)
{
	return text.length <= TEXT_LENGTH_MAX && (text.data || !text.length);
}

static inline struct text text_from(struct afsl_text text)
{
	return text_of(text.length ? text.data : "", text.length, LIFETIME_EVENT);
}

/* False for one that nobody may say. */
static inline bool take_text(struct afsl_text said, struct text *text)
{
	if (!text_is_lawful(said))
		return false;
	*text = text_from(said);
	return true;
}

static bool parameters_are_lawful(const struct afsl_text *parameters, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!text_is_lawful(parameters[i]))
			return false;
	return true;
}

/* What outlives this call is in `kept` by then. */
static enum afsl_status begin(struct afsl_session *session, enum afsl_event event,
			      const struct arguments *arguments)
{
	enum afsl_status status;

	if (!flow_allows(session, event))
		return AFSL_MISUSED;
	session->arguments = arguments;
	status = flow_begin(session, event);
	session->arguments = session->kept ? &session->kept->arguments : NULL;
	return status;
}

static enum afsl_status begin_plain(struct afsl_session *session, enum afsl_event event)
{
	struct arguments arguments = { .text = TEXT_EMPTY };

	return begin(session, event, &arguments);
}

static enum afsl_status begin_text(struct afsl_session *session, enum afsl_event event,
				   struct afsl_text text)
{
	struct arguments arguments = { .raw = TEXT_EMPTY };

	return take_text(text, &arguments.text) ? begin(session, event, &arguments) : AFSL_MISUSED;
}

static enum afsl_status begin_envelope(struct afsl_session *session, enum afsl_event event,
				       struct afsl_text address, const struct afsl_text *parameters,
				       size_t count)
{
	struct arguments arguments = { .parameters = parameters, .count = count };

	if (!take_text(address, &arguments.text) || !parameters_are_lawful(parameters, count))
		return AFSL_MISUSED;
	return begin(session, event, &arguments);
}

enum afsl_status afsl_connect(struct afsl_session *session, const struct afsl_client *client)
{
	struct arguments arguments = { .text = TEXT_EMPTY, .client = client };

	return begin(session, AFSL_CONNECT, &arguments);
}

enum afsl_status afsl_helo(struct afsl_session *session, struct afsl_text name, bool esmtp)
{
	struct arguments arguments = { .esmtp = esmtp };

	return take_text(name, &arguments.text) ? begin(session, AFSL_HELO, &arguments) : AFSL_MISUSED;
}

enum afsl_status afsl_mail(struct afsl_session *session, struct afsl_text sender,
			   const struct afsl_text *parameters, size_t count)
{
	return begin_envelope(session, AFSL_MAIL, sender, parameters, count);
}

enum afsl_status afsl_rcpt(struct afsl_session *session, struct afsl_text recipient,
			   const struct afsl_text *parameters, size_t count)
{
	return begin_envelope(session, AFSL_RCPT, recipient, parameters, count);
}

enum afsl_status afsl_data(struct afsl_session *session)
{
	return begin_plain(session, AFSL_DATA);
}

enum afsl_status afsl_header(struct afsl_session *session, struct afsl_text name,
			     struct afsl_text raw)
{
	struct arguments arguments = { .count = 0 };

	if (!take_text(name, &arguments.text) || !take_text(raw, &arguments.raw))
		return AFSL_MISUSED;
	return begin(session, AFSL_HEADER, &arguments);
}

enum afsl_status afsl_end_of_headers(struct afsl_session *session)
{
	return begin_plain(session, AFSL_END_OF_HEADERS);
}

enum afsl_status afsl_body(struct afsl_session *session, struct afsl_text bytes)
{
	return begin_text(session, AFSL_BODY, bytes);
}

enum afsl_status afsl_end_of_message(struct afsl_session *session)
{
	return begin_plain(session, AFSL_END_OF_MESSAGE);
}

enum afsl_status afsl_abort(struct afsl_session *session)
{
	return begin_plain(session, AFSL_ABORT);
}

enum afsl_status afsl_disconnect(struct afsl_session *session)
{
	return begin_plain(session, AFSL_DISCONNECT);
}

enum afsl_status afsl_unknown_command(struct afsl_session *session, struct afsl_text line)
{
	return begin_text(session, AFSL_UNKNOWN_COMMAND, line);
}

/* ---- negotiation and macros ---- */

enum afsl_status afsl_negotiate(struct afsl_session *session, const struct afsl_offer *offer)
{
	struct arguments arguments = { .text = TEXT_EMPTY, .offer = offer };

	return begin(session, AFSL_NEGOTIATE, &arguments);
}

int macro_stage_of(enum afsl_event event)
{
	switch (event) {
	case AFSL_CONNECT:
		return MACRO_CONNECT;
	case AFSL_HELO:
		return MACRO_HELO;
	case AFSL_MAIL:
		return MACRO_MAIL;
	case AFSL_RCPT:
		return MACRO_RCPT;
	case AFSL_DATA:
		return MACRO_DATA;
	case AFSL_END_OF_HEADERS:
		return MACRO_EOH;
	case AFSL_END_OF_MESSAGE:
		return MACRO_EOM;
	default:
		return -1;
	}
}

/* Macros of header fields, of the body and of unknown commands are not kept: nothing can ask for
 * them. */
bool afsl_macros(struct afsl_session *session, enum afsl_event stage, const struct afsl_text *pairs,
		 size_t pair_count)
{
	int number = macro_stage_of(stage);
	struct arena scratch;
	struct text *texts;
	bool ok = true;

	if (number < 0)
		return true;
	if (session->status == AFSL_WAITING || pair_count > MACROS_CAP / sizeof(*texts) / 2 ||
	    !parameters_are_lawful(pairs, 2 * pair_count))
		return false;
	flow_forget_message(session);
	arena_init(&scratch, MACROS_CAP, LIFETIME_EVENT);
	texts = arena_allocate(&scratch, 2 * pair_count * sizeof(*texts));
	for (size_t i = 0; texts && i < 2 * pair_count; i++)
		texts[i] = text_from(pairs[i]);
	for (unsigned i = 0; texts && i < session->count; i++)
		ok &= mail_set_macros(session->lanes[i].mail, (enum macro_stage)number, texts,
				      (uint32_t)pair_count);
	arena_reset(&scratch);
	return texts && ok;
}

/* ---- name servers ---- */

bool afsl_set_name_servers(const char *list)
{
	return resolver_set_servers(list);
}

/* ---- waiting ---- */

enum afsl_status afsl_status(const struct afsl_session *session)
{
	return session->status;
}

static void wait_of(const struct afsl_session *session, struct wait_request *request)
{
	if (session->phase == PHASE_BESIDE)
		beside_wait(session, request);
	else
		*request = *vm_wait(session->lanes[session->lane].vm);
}

const struct afsl_wait *afsl_wait(const struct afsl_session *session)
{
	static _Thread_local struct afsl_wait wait;
	struct wait_request request;

	wait = (struct afsl_wait){.deadline = 0};
	if (session->status != AFSL_WAITING)
		return &wait;
	wait_of(session, &request);
	wait.count = request.count < AFSL_WAIT_MAX ? request.count : AFSL_WAIT_MAX;
	for (unsigned i = 0; i < wait.count; i++) {
		wait.fds[i] = request.descriptors[i].fd;
		wait.events[i] = request.descriptors[i].events;
	}
	wait.deadline = request.deadline;
	return &wait;
}

bool afsl_computes(const struct afsl_session *session)
{
	struct wait_request request;

	if (session->status != AFSL_WAITING)
		return false;
	wait_of(session, &request);
	return request.deadline <= clock_monotonic();
}

enum afsl_status afsl_resume(struct afsl_session *session)
{
	return session->status == AFSL_WAITING ? flow_resume(session) : AFSL_MISUSED;
}

void afsl_cancel(struct afsl_session *session)
{
	if (session->status == AFSL_WAITING)
		flow_cancel(session);
}

enum afsl_status afsl_finish(struct afsl_session *session)
{
	struct wait_request request;

	while (session->status == AFSL_WAITING) {
		wait_of(session, &request);
		wait_poll(&request);
		flow_resume(session);
	}
	return session->status;
}
