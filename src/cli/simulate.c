#include "cli/simulate.h"

#include "test/client.h"

/* The session as it runs. */
struct simulation {
	struct afsl_session *session;
	const struct envelope *envelope;
	const struct message *message;
	struct outcome *outcome;
	struct client client;
	bool over;	   /* the message has its final verdict */
};

/* ---- steps ---- */

/* Header fields and body chunks of one outcome are one line in the report. */
static bool joins(enum afsl_event event)
{
	return event == AFSL_HEADER || event == AFSL_BODY;
}

static bool wants(const struct simulation *simulation, enum afsl_event event)
{
	return afsl_wants(simulation->session, event);
}

/* Finishes an event that was begun, notes it, and says whether the client goes on. */
static bool finish(struct simulation *simulation, enum afsl_event event, const char *name,
		   struct text detail, enum afsl_status status)
{
	const struct afsl_verdict *verdict;

	if (status == AFSL_WAITING)
		status = afsl_finish(simulation->session);
	if (status == AFSL_MISUSED)
		return true;
	verdict = afsl_verdict(simulation->session);
	/* Steps that no filter looks at are not worth a line. */
	if (wants(simulation, event) || verdict->kind != AFSL_CONTINUE || verdict->error)
		outcome_note(simulation->outcome, name, detail, verdict, joins(event));
	if (verdict->kind == AFSL_CONTINUE)
		return true;
	if (event == AFSL_RCPT && (verdict->kind == AFSL_REJECT || verdict->kind == AFSL_TEMPFAIL))
		return true;
	simulation->outcome->verdict = verdict_copy(&simulation->outcome->arena, verdict);
	simulation->over = true;
	return false;
}

/* ---- the session ---- */

static bool begin_session(struct simulation *simulation)
{
	const struct envelope *envelope = simulation->envelope;
	struct client *client = &simulation->client;
	struct text name = text_of_string(envelope->client_name, LIFETIME_EVENT);
	struct text helo = text_of_string(envelope->helo, LIFETIME_EVENT);

	if (wants(simulation, AFSL_NEGOTIATE) && !finish(simulation, AFSL_NEGOTIATE, "onNegotiate",
							 TEXT_EMPTY, client_negotiate(client)))
		return false;
	return finish(simulation, AFSL_CONNECT, "onConnect", name, client_connect(client)) &&
	       finish(simulation, AFSL_HELO, "onEhlo", helo, client_helo(client, true));
}

/* False when nobody is left to deliver to, or the message was decided. */
static bool say_recipients(struct simulation *simulation)
{
	const struct envelope *envelope = simulation->envelope;
	bool accepted = false;

	for (size_t i = 0; i < envelope->rcpt_count; i++) {
		bool goes_on =
			finish(simulation, AFSL_RCPT, "onRcptTo", envelope->rcpts[i],
			       client_rcpt(&simulation->client, envelope->rcpts[i], NULL, 0));

		outcome_recipient(simulation->outcome, envelope->rcpts[i],
				  afsl_verdict(simulation->session));
		if (!goes_on)
			return false;
		if (afsl_verdict(simulation->session)->kind == AFSL_CONTINUE)
			accepted = simulation->client.has_queue_id = true;
	}
	if (!accepted) /* as an MTA does: the last refusal is what the client remembers */
		simulation->outcome->verdict = verdict_copy(&simulation->outcome->arena,
							    afsl_verdict(simulation->session));
	return accepted;
}

static bool say_headers(struct simulation *simulation)
{
	const struct message *message = simulation->message;
	struct client *client = &simulation->client;

	for (size_t i = 0; i < message->field_count; i++)
		if (!finish(simulation, AFSL_HEADER, "onHeader", message->fields[i].name,
			    client_header(client, message->fields[i].name, message->fields[i].raw)))
			return false;
	return finish(simulation, AFSL_END_OF_HEADERS, "onHeadersReceived", TEXT_EMPTY,
		      client_end_of_headers(client));
}

static bool say_body(struct simulation *simulation)
{
	struct text body = buffer_text(&simulation->message->body);

	for (size_t from = 0; from < body.length; from += CLIENT_CHUNK) {
		size_t to = body.length - from > CLIENT_CHUNK ? from + CLIENT_CHUNK : body.length;

		if (!finish(simulation, AFSL_BODY, "onBodyChunk", TEXT_EMPTY,
			    client_body(&simulation->client, text_part(body, from, to))))
			return false;
	}
	return finish(simulation, AFSL_END_OF_MESSAGE, "onDataReceived", TEXT_EMPTY,
		      client_end_of_message(&simulation->client));
}

static bool say_content(struct simulation *simulation)
{
	return finish(simulation, AFSL_DATA, "onData", TEXT_EMPTY,
		      client_data(&simulation->client)) &&
	       say_headers(simulation) && say_body(simulation);
}

static void keep_changes(struct simulation *simulation)
{
	size_t count = afsl_change_count(simulation->session);

	if (!outcome_reserve(simulation->outcome, count))
		return;
	for (size_t i = 0; i < count; i++)
		outcome_change(simulation->outcome, afsl_change(simulation->session, i));
}

static void run_message(struct simulation *simulation)
{
	struct text from = simulation->envelope->from;

	if (!finish(simulation, AFSL_MAIL, "onMailFrom", from,
		    client_mail(&simulation->client, NULL, 0)) ||
	    !say_recipients(simulation))
		return;
	say_content(simulation);
	keep_changes(simulation);
}

void simulate(struct afsl_session *session, const struct envelope *envelope,
	      const struct message *message, struct outcome *outcome)
{
	struct simulation simulation = {
		.session = session, .envelope = envelope, .message = message, .outcome = outcome
	};

	if (!outcome_begin(outcome))
		return;
	simulation.client = (struct client){ .session = session,
					     .envelope = envelope,
					     .arena = &outcome->arena };
	if (begin_session(&simulation))
		run_message(&simulation);
	outcome->failed |= simulation.client.failed;
	if (afsl_abort(session) == AFSL_WAITING)
		afsl_finish(session);
	if (afsl_disconnect(session) == AFSL_WAITING)
		afsl_finish(session);
}
