#include "cli/simulate.h"

#include "cli/macros.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

enum { CHUNK = 65535 };

/* The session as it runs. */
struct simulation {
	struct afsl_session *session;
	const struct envelope *envelope;
	const struct message *message;
	struct outcome *outcome;
	bool has_queue_id; /* as in Postfix: from the first accepted recipient on */
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
	simulation->outcome->verdict = outcome_keep(simulation->outcome, verdict);
	simulation->over = true;
	return false;
}

static struct afsl_text plain(struct text text)
{
	return (struct afsl_text){ text.data ? text.data : "", text.length };
}

static struct afsl_text string(const char *s)
{
	return (struct afsl_text){ s, strlen(s) };
}

static void send_macros(struct simulation *simulation, enum afsl_event stage, struct text rcpt)
{
	struct outcome *outcome = simulation->outcome;
	struct afsl_text pairs[2 * MACROS_MAX];
	struct macro_set set;

	outcome->failed |= !macros_of_stage(stage, simulation->envelope, rcpt,
					    simulation->has_queue_id, &outcome->arena, &set);
	for (size_t i = 0; i < 2 * set.count; i++)
		pairs[i] = plain(set.pairs[i]);
	outcome->failed |= !afsl_macros(simulation->session, stage, pairs, set.count);
}

/* ---- the session ---- */

static socklen_t socket_address(const char *ip, unsigned port, struct sockaddr_storage *address)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, ip, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		return sizeof(*v6);
	}
	return 0;
}

static bool begin_session(struct simulation *simulation)
{
	const struct envelope *envelope = simulation->envelope;
	static const struct afsl_offer offer = { 6, 0x1ff, 0x1fffff };
	struct sockaddr_storage address, server;
	struct afsl_client client = { .name = envelope->client_name, .tls = envelope->tls };
	struct text name = text_of_string(envelope->client_name, LIFETIME_EVENT);
	struct text helo = text_of_string(envelope->helo, LIFETIME_EVENT);

	if (wants(simulation, AFSL_NEGOTIATE) &&
	    !finish(simulation, AFSL_NEGOTIATE, "onNegotiate", TEXT_EMPTY,
		    afsl_negotiate(simulation->session, &offer)))
		return false;
	client.address_length =
		socket_address(envelope->client_ip, envelope->client_port, &address);
	client.address = client.address_length ? (struct sockaddr *)&address : NULL;
	socket_address("127.0.0.1", 25, &server);
	client.server_address = (struct sockaddr *)&server;
	send_macros(simulation, AFSL_CONNECT, TEXT_EMPTY);
	if (!finish(simulation, AFSL_CONNECT, "onConnect", name,
		    afsl_connect(simulation->session, &client)))
		return false;
	send_macros(simulation, AFSL_HELO, TEXT_EMPTY);
	return finish(simulation, AFSL_HELO, "onEhlo", helo,
		      afsl_helo(simulation->session, string(envelope->helo), true));
}

static struct text bracketed(struct simulation *simulation, struct text address)
{
	char *copy = arena_bytes(&simulation->outcome->arena, (size_t)address.length + 2);

	if (!copy) {
		simulation->outcome->failed = true;
		return TEXT("<>");
	}
	copy[0] = '<';
	if (address.length)
		memcpy(copy + 1, address.data, address.length);
	copy[address.length + 1] = '>';
	return text_of(copy, (size_t)address.length + 2, LIFETIME_EVENT);
}

/* False when nobody is left to deliver to, or the message was decided. */
static bool say_recipients(struct simulation *simulation)
{
	const struct envelope *envelope = simulation->envelope;
	bool accepted = false;

	for (size_t i = 0; i < envelope->rcpt_count; i++) {
		struct text raw = bracketed(simulation, envelope->rcpts[i]);
		bool goes_on;

		send_macros(simulation, AFSL_RCPT, envelope->rcpts[i]);
		goes_on = finish(simulation, AFSL_RCPT, "onRcptTo", envelope->rcpts[i],
				 afsl_rcpt(simulation->session, plain(raw), NULL, 0));
		outcome_recipient(simulation->outcome, envelope->rcpts[i],
				  afsl_verdict(simulation->session));
		if (!goes_on)
			return false;
		if (afsl_verdict(simulation->session)->kind == AFSL_CONTINUE)
			accepted = simulation->has_queue_id = true;
	}
	if (!accepted) /* as an MTA does: the last refusal is what the client remembers */
		simulation->outcome->verdict =
			outcome_keep(simulation->outcome, afsl_verdict(simulation->session));
	return accepted;
}

static bool say_content(struct simulation *simulation)
{
	const struct message *message = simulation->message;
	struct text body = buffer_text(&message->body);

	send_macros(simulation, AFSL_DATA, TEXT_EMPTY);
	if (!finish(simulation, AFSL_DATA, "onData", TEXT_EMPTY, afsl_data(simulation->session)))
		return false;
	for (size_t i = 0; i < message->field_count; i++)
		if (!finish(simulation, AFSL_HEADER, "onHeader", message->fields[i].name,
			    afsl_header(simulation->session, plain(message->fields[i].name),
					plain(message->fields[i].raw))))
			return false;
	send_macros(simulation, AFSL_END_OF_HEADERS, TEXT_EMPTY);
	if (!finish(simulation, AFSL_END_OF_HEADERS, "onHeadersReceived", TEXT_EMPTY,
		    afsl_end_of_headers(simulation->session)))
		return false;
	for (size_t from = 0; from < body.length; from += CHUNK) {
		size_t to = body.length - from > CHUNK ? from + CHUNK : body.length;

		if (!finish(simulation, AFSL_BODY, "onBodyChunk", TEXT_EMPTY,
			    afsl_body(simulation->session, plain(text_part(body, from, to)))))
			return false;
	}
	send_macros(simulation, AFSL_END_OF_MESSAGE, TEXT_EMPTY);
	return finish(simulation, AFSL_END_OF_MESSAGE, "onDataReceived", TEXT_EMPTY,
		      afsl_end_of_message(simulation->session));
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
	struct text raw = bracketed(simulation, from);

	send_macros(simulation, AFSL_MAIL, TEXT_EMPTY);
	if (!finish(simulation, AFSL_MAIL, "onMailFrom", from,
		    afsl_mail(simulation->session, plain(raw), NULL, 0)) ||
	    !say_recipients(simulation))
		return;
	say_content(simulation);
	keep_changes(simulation);
}

void simulate(struct afsl_session *session, const struct envelope *envelope,
	      const struct message *message, struct outcome *outcome)
{
	struct simulation simulation = { session, envelope, message, outcome, false, false };

	if (!outcome_begin(outcome))
		return;
	if (begin_session(&simulation))
		run_message(&simulation);
	if (afsl_abort(session) == AFSL_WAITING)
		afsl_finish(session);
	if (afsl_disconnect(session) == AFSL_WAITING)
		afsl_finish(session);
}
