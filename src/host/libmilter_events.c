#include "host/libmilter_events.h"

#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

#include "base/log.h"
#include "host/libmilter_changes.h"
#include "host/libmilter_reply.h"
#include "host/libmilter_server.h"
#include "host/milter_client.h"

static const struct afsl_offer offer_full = {MILTER_VERSION, MILTER_ACTIONS_ALL, MILTER_STEPS_ALL};

/* ---- negotiation ---- */

/* Raises onNegotiate and derives the agreement. False: every step must be refused for now. */
static bool session_agree(struct libmilter_session *session, SMFICTX *context,
			  const struct afsl_offer *offer)
{
	if (!session->engine)
		return false;
	struct afsl_needs needs;
	bool raised = afsl_negotiate(session->engine, offer) != AFSL_MISUSED;
	if (raised)
		libmilter_session_wait(session, context, 0);
	afsl_session_needs(session->engine, &needs);
	session->plan = milter_plan_make(&needs, offer);
	enum afsl_verdict_kind kind = raised ? afsl_verdict(session->engine)->kind : AFSL_TEMPFAIL;
	if (kind == AFSL_CONTINUE || kind == AFSL_ACCEPT)
		return true;
	milter_hold(&session->held, AFSL_NEGOTIATE, kind);
	session->plan.steps = 0;
	return false;
}

/* After QUIT_NC there is no second negotiation, so the session begins in a later callback. */
static struct libmilter_session *session_of(SMFICTX *context)
{
	struct libmilter_session *session = smfi_getpriv(context);
	if (session)
		return session;
	session = server_session_begin(context, server_admission() != ADMIT);
	if (session)
		session_agree(session, context, &offer_full);
	return session;
}

/* ---- answers ---- */

static sfsistat answer_with(SMFICTX *context, enum afsl_event event,
			    const struct afsl_verdict *verdict)
{
	struct milter_reply reply;
	milter_reply_make(event, verdict, &reply);
	return libmilter_reply_give(context, &reply);
}

static sfsistat answer_kind(SMFICTX *context, enum afsl_event event, enum afsl_verdict_kind kind)
{
	struct afsl_verdict verdict = {.kind = kind, .enhanced = "", .text = ""};
	return answer_with(context, event, &verdict);
}

static bool body_is_skipped(const struct libmilter_session *session, enum afsl_event event)
{
	return event == AFSL_BODY && (session->plan.steps & MILTER_CAN_SKIP) &&
	       !afsl_wants(session->engine, AFSL_BODY);
}

/* Waits for the event that was just raised and gives its answer. */
static sfsistat session_answer(struct libmilter_session *session, SMFICTX *context,
			       enum afsl_event event, enum afsl_status status)
{
	if (status == AFSL_MISUSED)
		log_line(LOG_LEVEL_ERROR,
			 "session %lu: the mail server is out of order at event %d",
			 session->number, (int)event);
	else
		libmilter_session_wait(session, context, 0);
	const struct afsl_verdict *verdict = afsl_verdict(session->engine);
	enum afsl_verdict_kind kind = status == AFSL_MISUSED ? AFSL_TEMPFAIL : verdict->kind;
	if (milter_plan_is_silent(&session->plan, event)) {
		milter_hold(&session->held, event, kind);
		return SMFIS_NOREPLY;
	}
	if (session->held.kind != AFSL_CONTINUE)
		return answer_kind(context, event, session->held.kind);
	if (status == AFSL_MISUSED)
		return answer_kind(context, event, AFSL_TEMPFAIL);
	if (kind == AFSL_CONTINUE && body_is_skipped(session, event))
		return SMFIS_SKIP;
	return answer_with(context, event, verdict);
}

/* The session of a callback with its macros in place; NULL when the step cannot be looked at: then
 * `*answer` is what must be returned. */
static struct libmilter_session *step_begin(SMFICTX *context, enum afsl_event event,
					    sfsistat *answer)
{
	struct libmilter_session *session = session_of(context);
	*answer = SMFIS_TEMPFAIL;
	if (!session || !session->engine)
		return NULL;
	if (libmilter_session_read_macros(session, context, event))
		return session;
	milter_hold(&session->held, event, AFSL_TEMPFAIL);
	if (milter_plan_is_silent(&session->plan, event))
		*answer = SMFIS_NOREPLY;
	return NULL;
}

static struct afsl_text text_of_bytes(const char *string)
{
	return (struct afsl_text){string ? string : "", string ? strlen(string) : 0};
}

/* ---- callbacks ---- */

static sfsistat on_negotiate(SMFICTX *context, unsigned long actions, unsigned long steps,
			     unsigned long unused_2, unsigned long unused_3,
			     unsigned long *actions_out, unsigned long *steps_out,
			     unsigned long *unused_2_out, unsigned long *unused_3_out)
{
	(void)unused_2, (void)unused_3;
	*actions_out = *steps_out = *unused_2_out = *unused_3_out = 0;
	/* libmilter keeps the version to itself; the steps that exist tell it. */
	struct afsl_offer offer = {2, (uint32_t)actions & MILTER_ACTIONS_ALL,
				   (uint32_t)steps & MILTER_STEPS_ALL};
	if (steps & MILTER_NO_UNKNOWN)
		offer.version = steps & MILTER_NO_DATA ? MILTER_VERSION : 3;
	enum admission admitted = server_admission();
	if (admitted == ADMIT_NOT)
		return SMFIS_REJECT;
	struct libmilter_session *session = server_session_begin(context, admitted != ADMIT);
	if (!session)
		return SMFIS_REJECT;
	if (!session_agree(session, context, &offer))
		return SMFIS_CONTINUE;
	if (!libmilter_session_set_macros(session, context)) {
		log_line(LOG_LEVEL_ERROR, "session %lu: the macros could not be agreed on",
			 session->number);
		server_session_end(context, session);
		return SMFIS_REJECT;
	}
	*actions_out = session->plan.actions;
	*steps_out = session->plan.steps;
	return SMFIS_CONTINUE;
}

static const char *macro_value(SMFICTX *context, const char *name)
{
	char asked[32];
	snprintf(asked, sizeof(asked), "%s", name);
	return smfi_getsymval(context, asked);
}

/* Our side of the SMTP connection, where the mail server tells it. */
static bool server_address(SMFICTX *context, struct sockaddr_storage *address)
{
	const char *host = macro_value(context, "{daemon_addr}");
	if (!host)
		host = macro_value(context, "{if_addr}");
	return host && milter_address_parse(host, macro_value(context, "{daemon_port}"), address);
}

static socklen_t address_length(const struct sockaddr *address)
{
	if (!address)
		return 0;
	switch (address->sa_family) {
	case AF_INET:
		return sizeof(struct sockaddr_in);
	case AF_INET6:
		return sizeof(struct sockaddr_in6);
	default:
		return sizeof(struct sockaddr_un);
	}
}

static sfsistat on_connect(SMFICTX *context, char *host, struct sockaddr *address)
{
	sfsistat answer;
	struct libmilter_session *session = step_begin(context, AFSL_CONNECT, &answer);
	if (!session)
		return answer;
	struct sockaddr_storage own;
	struct afsl_client client = {.address = address,
				     .address_length = address_length(address),
				     .name = host ? host : ""};
	if (server_address(context, &own))
		client.server_address = (struct sockaddr *)&own;
	return session_answer(session, context, AFSL_CONNECT,
			      afsl_connect(session->engine, &client));
}

static sfsistat on_helo(SMFICTX *context, char *name)
{
	sfsistat answer;
	struct libmilter_session *session = step_begin(context, AFSL_HELO, &answer);
	if (!session)
		return answer;
	/* The protocol does not tell HELO from EHLO. */
	return session_answer(session, context, AFSL_HELO,
			      afsl_helo(session->engine, text_of_bytes(name), true));
}

typedef enum afsl_status raise_path(struct afsl_session *, struct afsl_text,
				    const struct afsl_text *, size_t);

static sfsistat on_path(SMFICTX *context, char **arguments, enum afsl_event event,
			raise_path *raise)
{
	/* Far more than an SMTP command can hold. */
	enum { PARAMETERS_MAX = 256 };
	struct afsl_text parameters[PARAMETERS_MAX];
	size_t count = 0;
	sfsistat answer;
	struct libmilter_session *session = step_begin(context, event, &answer);
	if (!session)
		return answer;
	while (arguments[0] && count < PARAMETERS_MAX && arguments[count + 1]) {
		parameters[count] = text_of_bytes(arguments[count + 1]);
		count++;
	}
	return session_answer(
		session, context, event,
		raise(session->engine, text_of_bytes(arguments[0]), parameters, count));
}

static sfsistat on_mail(SMFICTX *context, char **arguments)
{
	struct libmilter_session *session = smfi_getpriv(context);
	if (session)
		milter_held_forget(&session->held);
	return on_path(context, arguments, AFSL_MAIL, afsl_mail);
}

static sfsistat on_rcpt(SMFICTX *context, char **arguments)
{
	return on_path(context, arguments, AFSL_RCPT, afsl_rcpt);
}

static sfsistat on_data(SMFICTX *context)
{
	sfsistat answer;
	struct libmilter_session *session = step_begin(context, AFSL_DATA, &answer);
	if (!session)
		return answer;
	return session_answer(session, context, AFSL_DATA, afsl_data(session->engine));
}

static sfsistat on_unknown(SMFICTX *context, const char *line)
{
	sfsistat answer;
	struct libmilter_session *session = step_begin(context, AFSL_UNKNOWN_COMMAND, &answer);
	if (!session)
		return answer;
	return session_answer(session, context, AFSL_UNKNOWN_COMMAND,
			      afsl_unknown_command(session->engine, text_of_bytes(line)));
}

/* What stood after the colon. A mail server that eats the one blank leaves tabs and line ends. */
static bool header_raw(struct libmilter_session *session, const char *value, struct afsl_text *raw)
{
	bool as_it_was = session->plan.steps & MILTER_HEADER_BLANKS;
	*raw = text_of_bytes(value);
	if (as_it_was || raw->length == 0 || value[0] == '\t' || value[0] == '\n')
		return true;
	struct buffer *scratch = &session->scratch;
	buffer_clear(scratch);
	buffer_append_byte(scratch, ' ');
	buffer_append(scratch, value, raw->length);
	*raw = (struct afsl_text){scratch->data, scratch->length};
	return !scratch->failed;
}

static sfsistat on_header(SMFICTX *context, char *name, char *value)
{
	sfsistat answer;
	struct afsl_text raw;
	struct libmilter_session *session = step_begin(context, AFSL_HEADER, &answer);
	if (!session)
		return answer;
	enum afsl_status status = AFSL_MISUSED;
	if (header_raw(session, value, &raw))
		status = afsl_header(session->engine, text_of_bytes(name), raw);
	return session_answer(session, context, AFSL_HEADER, status);
}

static sfsistat on_end_of_headers(SMFICTX *context)
{
	sfsistat answer;
	struct libmilter_session *session = step_begin(context, AFSL_END_OF_HEADERS, &answer);
	if (!session)
		return answer;
	return session_answer(session, context, AFSL_END_OF_HEADERS,
			      afsl_end_of_headers(session->engine));
}

static sfsistat on_body(SMFICTX *context, unsigned char *bytes, size_t length)
{
	sfsistat answer;
	struct libmilter_session *session = step_begin(context, AFSL_BODY, &answer);
	if (!session)
		return answer;
	struct afsl_text chunk = {(const char *)bytes, length};
	return session_answer(session, context, AFSL_BODY, afsl_body(session->engine, chunk));
}

static sfsistat end_of_message_answer(struct libmilter_session *session, SMFICTX *context)
{
	libmilter_session_wait(session, context, server_progress_interval());
	const struct afsl_verdict *verdict = afsl_verdict(session->engine);
	if (session->held.kind != AFSL_CONTINUE)
		return answer_kind(context, AFSL_END_OF_MESSAGE, session->held.kind);
	if (!milter_kind_refuses(verdict->kind) &&
	    !libmilter_changes_send(context, session->engine, &session->plan, &session->scratch))
		return answer_kind(context, AFSL_END_OF_MESSAGE, AFSL_TEMPFAIL);
	return answer_with(context, AFSL_END_OF_MESSAGE, verdict);
}

static void message_over(struct libmilter_session *session)
{
	milter_held_forget(&session->held);
	afsl_session_rest(session->engine);
}

static sfsistat on_end_of_message(SMFICTX *context)
{
	sfsistat answer;
	struct libmilter_session *session = step_begin(context, AFSL_END_OF_MESSAGE, &answer);
	if (!session)
		return answer;
	if (afsl_end_of_message(session->engine) != AFSL_MISUSED)
		answer = end_of_message_answer(session, context);
	else
		answer = session_answer(session, context, AFSL_END_OF_MESSAGE, AFSL_MISUSED);
	message_over(session);
	return answer;
}

static sfsistat on_abort(SMFICTX *context)
{
	struct libmilter_session *session = smfi_getpriv(context);
	if (!session || !session->engine)
		return SMFIS_CONTINUE;
	if (afsl_abort(session->engine) != AFSL_MISUSED)
		libmilter_session_wait(session, context, 0);
	message_over(session);
	return SMFIS_CONTINUE;
}

static sfsistat on_close(SMFICTX *context)
{
	struct libmilter_session *session = smfi_getpriv(context);
	if (!session)
		return SMFIS_CONTINUE;
	if (session->engine && afsl_disconnect(session->engine) != AFSL_MISUSED)
		libmilter_session_wait(session, context, 0);
	server_session_end(context, session);
	return SMFIS_CONTINUE;
}

/* DATA and UNKNOWN are both here for a reason: see milter_plan.c. Flags would be demands that end
 * the session where a mail server offers less; the negotiation asks instead. */
struct smfiDesc libmilter_events(void)
{
	static char name[] = "afsld";
	return (struct smfiDesc){
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_header = on_header,
		.xxfi_eoh = on_end_of_headers,
		.xxfi_body = on_body,
		.xxfi_eom = on_end_of_message,
		.xxfi_abort = on_abort,
		.xxfi_close = on_close,
		.xxfi_unknown = on_unknown,
		.xxfi_data = on_data,
		.xxfi_negotiate = on_negotiate,
	};
}
