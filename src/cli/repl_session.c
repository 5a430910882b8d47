/* The simulated session of afsl repl, and how far it has come. */
#include "cli/repl.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

enum show { SHOW_NOTHING, SHOW_REFUSALS, SHOW_ALL };

static struct afsl_text plain(struct text text)
{
	return (struct afsl_text){ text.data ? text.data : "", text.length };
}

static struct afsl_text string(const char *text)
{
	return (struct afsl_text){ text, strlen(text) };
}

/* ---- what is told ---- */

static void send_macros(struct repl *repl, enum afsl_event stage, const char *const *words,
			size_t count)
{
	struct afsl_text pairs[16];

	for (size_t i = 0; i < count; i++)
		pairs[i] = string(words[i]);
	afsl_macros(repl->session, stage, pairs, count / 2);
}

static enum afsl_status say_connect(struct repl *repl)
{
	const struct envelope *envelope = &repl->envelope;
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)envelope->client_port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons((uint16_t)envelope->client_port) };
	struct afsl_client client = { .name = envelope->client_name, .tls = envelope->tls };
	const char *macros[] = { "j", "mx.recipient.example", "{daemon_name}", "smtpd" };

	if (inet_pton(AF_INET, envelope->client_ip, &v4.sin_addr) == 1) {
		client.address = (struct sockaddr *)&v4;
		client.address_length = sizeof(v4);
	} else if (inet_pton(AF_INET6, envelope->client_ip, &v6.sin6_addr) == 1) {
		client.address = (struct sockaddr *)&v6;
		client.address_length = sizeof(v6);
	}
	send_macros(repl, AFSL_CONNECT, macros, 4);
	return afsl_connect(repl->session, &client);
}

static enum afsl_status say_helo(struct repl *repl)
{
	const char *macros[] = { "{tls_version}", "TLSv1.3", "{cipher}", "TLS_AES_256_GCM_SHA384" };

	send_macros(repl, AFSL_HELO, macros, repl->envelope.tls ? 4 : 0);
	return afsl_helo(repl->session, string(repl->envelope.helo), true);
}

static enum afsl_status say_address(struct repl *repl, bool sender, struct text address)
{
	char bracketed[1100];

	snprintf(bracketed, sizeof(bracketed), "<%.*s>", TEXT_PRINTF(address));
	return sender ? afsl_mail(repl->session, string(bracketed), NULL, 0)
		      : afsl_rcpt(repl->session, string(bracketed), NULL, 0);
}

static enum afsl_status say_mail(struct repl *repl)
{
	const char *macros[] = { "{auth_type}", "PLAIN", "{auth_authen}", repl->envelope.auth };

	send_macros(repl, AFSL_MAIL, macros, repl->envelope.auth ? 4 : 0);
	return say_address(repl, true, repl->envelope.from);
}

/* ---- step by step ---- */

static const char *reply_of(struct repl *repl, const struct afsl_verdict *verdict)
{
	return verdict_reply(&repl->message.arena, verdict);
}

/* Waits for the end of an event, shows what was decided, and says whether the client goes on. That
 * it goes on is shown for the last event alone. */
static bool finish(struct repl *repl, enum afsl_event event, const char *name, enum show show,
		   enum afsl_status status)
{
	const struct afsl_verdict *verdict;
	bool refused;

	if (status == AFSL_WAITING)
		status = afsl_finish(repl->session);
	if (status == AFSL_MISUSED)
		return false;
	verdict = afsl_verdict(repl->session);
	refused = verdict->kind != AFSL_CONTINUE;
	if (show == SHOW_ALL || (show == SHOW_REFUSALS && (refused || verdict->error)))
		printf("%s: %s%s%s%s%s\n", name, verdict_word(verdict->kind),
		       refused && *reply_of(repl, verdict) ? " " : "",
		       refused ? reply_of(repl, verdict) : "", verdict->error ? "; error: " : "",
		       verdict->error ? verdict->error : "");
	if (event == AFSL_RCPT)
		return true;
	return !refused;
}

static bool say_rcpts(struct repl *repl, enum show show)
{
	const char *macros[] = { "i", "4F1C2D3B5A" };

	send_macros(repl, AFSL_RCPT, macros, 2);
	for (size_t i = 0; i < repl->envelope.rcpt_count; i++)
		if (!finish(repl, AFSL_RCPT, "onRcptTo", show,
			    say_address(repl, false, repl->envelope.rcpts[i])))
			return false;
	return true;
}

static bool say_headers(struct repl *repl, enum show show)
{
	const struct message *message = &repl->message;

	for (size_t i = 0; i < message->field_count; i++)
		if (!finish(repl, AFSL_HEADER, "onHeader", show,
			    afsl_header(repl->session, plain(message->fields[i].name),
					plain(message->fields[i].raw))))
			return false;
	return true;
}

static bool say_body(struct repl *repl, enum show show)
{
	enum { CHUNK = 65535 };
	struct text body = buffer_text(&repl->message.body);

	for (size_t from = 0; from < body.length; from += CHUNK)
		if (!finish(repl, AFSL_BODY, "onBodyChunk", show,
			    afsl_body(repl->session,
				      plain(text_part(body, from,
						      from + CHUNK < body.length ? from + CHUNK
										 : body.length)))))
			return false;
	return true;
}

static void show_changes(struct repl *repl)
{
	for (size_t i = 0; i < afsl_change_count(repl->session); i++) {
		struct afsl_change change = afsl_change(repl->session, i);

		printf("change: %.*s%s%.*s\n", (int)change.name.length, change.name.data,
		       change.name.length && change.value.length ? ": " : "",
		       (int)(change.value.length < 200 ? change.value.length : 200),
		       change.value.data ? change.value.data : "");
	}
}

/* One event; false when the client gets no further. */
static bool step(struct repl *repl, enum afsl_event event, enum show show)
{
	static const struct afsl_offer offer = { 6, 0x1ff, 0x1fffff };
	struct afsl_session *session = repl->session;
	bool goes_on;

	switch (event) {
	case AFSL_NEGOTIATE:
		return finish(repl, event, "onNegotiate", show, afsl_negotiate(session, &offer));
	case AFSL_CONNECT:
		return finish(repl, event, "onConnect", show, say_connect(repl));
	case AFSL_HELO:
		return finish(repl, event, "onEhlo", show, say_helo(repl));
	case AFSL_MAIL:
		return finish(repl, event, "onMailFrom", show, say_mail(repl));
	case AFSL_RCPT:
		return say_rcpts(repl, show);
	case AFSL_DATA:
		return finish(repl, event, "onData", show, afsl_data(session));
	case AFSL_HEADER:
		return say_headers(repl, show);
	case AFSL_END_OF_HEADERS:
		return finish(repl, event, "onHeadersReceived", show, afsl_end_of_headers(session));
	case AFSL_BODY:
		return say_body(repl, show);
	case AFSL_END_OF_MESSAGE:
		goes_on = finish(repl, event, "onDataReceived", show, afsl_end_of_message(session));
		if (show == SHOW_ALL)
			show_changes(repl);
		return goes_on;
	default:
		return false;
	}
}

/* ---- a session ---- */

static void on_log(void *argument, int level, const char *line)
{
	static const char *const levels[] = { "log error: ", "log warning: ", "log: ",
					      "log debug: " };
	static const char mark[] = " filter repl: ";
	const char *said = strstr(line, mark);

	(void)argument;
	said = said ? said + sizeof(mark) - 1 : line;
	if (level != 0 || !strstr(said, " failed: "))
		printf("%s%s\n", levels[level & 3], said);
}

bool repl_envelope(struct repl *repl)
{
	struct envelope_sources sources;
	const char *why = envelope_derive(&repl->given, &repl->message, &repl->envelope, &sources);

	if (why)
		printf("%s\n", why);
	return !why;
}

/* Facts are kept for what may be asked later: the header as a whole, the recipients. */
static struct afsl_chain *begin_chain(struct repl *repl, bool with_file)
{
	static const struct afsl_filter_options options = { .name = "repl" };
	struct afsl_report *report = NULL;
	struct afsl_program *program = repl_compile(
		repl, "if (hasHeader(\"Subject\") or recipients.length() > 0) { return; }",
		with_file, &report);
	struct afsl_chain *chain = NULL;

	if (!program)
		repl_print_report(repl, report);
	else if ((chain = afsl_chain_new()) != NULL && !afsl_chain_add(chain, program, &options)) {
		afsl_chain_release(chain);
		chain = NULL;
	}
	afsl_report_free(report);
	afsl_program_release(program);
	return chain;
}

bool repl_begin(struct repl *repl, enum afsl_event until, bool shown)
{
	struct afsl_chain *chain = begin_chain(repl, shown);

	if (!chain)
		return false;
	afsl_session_free(repl->session);
	repl->session = afsl_session_new(chain);
	afsl_chain_release(chain);
	if (!repl->session)
		return false;
	afsl_session_log(repl->session, on_log, repl);
	for (int event = AFSL_NEGOTIATE; event <= (int)until; event++)
		if (!step(repl, (enum afsl_event)event,
			  !shown		? SHOW_NOTHING
			  : event == (int)until ? SHOW_ALL
						: SHOW_REFUSALS))
			break;
	return true;
}
