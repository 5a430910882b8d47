/* The simulated session of afsl repl, and how far it has come. */
#include "cli/options.h"
#include "cli/present.h"
#include "cli/repl.h"

#include <stdio.h>

enum show { SHOW_NOTHING, SHOW_REFUSALS, SHOW_ALL };

void repl_say(const char *format, ...)
{
	struct buffer said, shown;
	va_list arguments;

	buffer_init(&said, BUFFER_CAP_DEFAULT);
	buffer_init(&shown, BUFFER_CAP_DEFAULT);
	va_start(arguments, format);
	buffer_vprintf(&said, format, arguments);
	va_end(arguments);
	buffer_append_byte(&said, '\0');
	present_lines(&shown, said.failed ? "error: not enough memory\n" : said.data, "");
	write_text(stdout, buffer_text(&shown));
	buffer_free(&said);
	buffer_free(&shown);
}

/* ---- step by step ---- */

static const char *reply_of(struct repl *repl, const struct afsl_verdict *verdict)
{
	return verdict_reply(&repl->said, verdict);
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
		repl_say("%s: %s%s%s%s%s\n", name, verdict_word(verdict->kind),
			 refused && *reply_of(repl, verdict) ? " " : "",
			 refused ? reply_of(repl, verdict) : "", verdict->error ? "; error: " : "",
			 verdict->error ? verdict->error : "");
	if (event == AFSL_RCPT)
		return true;
	return !refused;
}

static bool say_rcpts(struct repl *repl, enum show show)
{
	struct envelope *envelope = &repl->envelope;

	for (size_t i = 0; i < envelope->rcpt_count; i++) {
		if (!finish(repl, AFSL_RCPT, "onRcptTo", show,
			    client_rcpt(&repl->client, envelope->rcpts[i], NULL, 0)))
			return false;
		repl->client.has_queue_id |= afsl_verdict(repl->session)->kind == AFSL_CONTINUE;
	}
	return repl->client.has_queue_id;
}

static bool say_headers(struct repl *repl, enum show show)
{
	const struct message *message = &repl->message;

	for (size_t i = 0; i < message->field_count; i++)
		if (!finish(repl, AFSL_HEADER, "onHeader", show,
			    client_header(&repl->client, message->fields[i].name,
					  message->fields[i].raw)))
			return false;
	return true;
}

static bool say_body(struct repl *repl, enum show show)
{
	struct text body = buffer_text(&repl->message.body);

	for (size_t from = 0; from < body.length; from += CLIENT_CHUNK) {
		size_t to = body.length - from > CLIENT_CHUNK ? from + CLIENT_CHUNK : body.length;

		if (!finish(repl, AFSL_BODY, "onBodyChunk", show,
			    client_body(&repl->client, text_part(body, from, to))))
			return false;
	}
	return true;
}

static void show_changes(struct repl *repl)
{
	for (size_t i = 0; i < afsl_change_count(repl->session); i++) {
		struct afsl_change change = afsl_change(repl->session, i);

		repl_say("change: %.*s%s%.*s\n", (int)change.name.length, change.name.data,
			 change.name.length && change.value.length ? ": " : "",
			 (int)(change.value.length < 200 ? change.value.length : 200),
			 change.value.data);
	}
}

/* One event; false when the client gets no further. */
static bool step(struct repl *repl, enum afsl_event event, enum show show)
{
	struct client *client = &repl->client;
	bool goes_on;

	switch (event) {
	case AFSL_NEGOTIATE:
		return finish(repl, event, "onNegotiate", show, client_negotiate(client));
	case AFSL_CONNECT:
		return finish(repl, event, "onConnect", show, client_connect(client));
	case AFSL_HELO:
		return finish(repl, event, "onEhlo", show, client_helo(client, true));
	case AFSL_MAIL:
		return finish(repl, event, "onMailFrom", show, client_mail(client, NULL, 0));
	case AFSL_RCPT:
		return say_rcpts(repl, show);
	case AFSL_DATA:
		return finish(repl, event, "onData", show, client_data(client));
	case AFSL_HEADER:
		return say_headers(repl, show);
	case AFSL_END_OF_HEADERS:
		return finish(repl, event, "onHeadersReceived", show,
			      client_end_of_headers(client));
	case AFSL_BODY:
		return say_body(repl, show);
	case AFSL_END_OF_MESSAGE:
		goes_on =
			finish(repl, event, "onDataReceived", show, client_end_of_message(client));
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

/* The old one stays when there is no memory for it. */
static bool new_session(struct repl *repl, bool with_file)
{
	struct afsl_chain *chain = begin_chain(repl, with_file);
	struct afsl_session *session = chain ? afsl_session_new(chain) : NULL;

	afsl_chain_release(chain);
	if (!session)
		return false;
	afsl_session_free(repl->session);
	repl->session = session;
	return true;
}

bool repl_begin(struct repl *repl, enum afsl_event until, bool shown)
{
	if (!new_session(repl, shown)) {
		puts("error: the session cannot begin anew");
		return false;
	}
	afsl_session_keep_headers(repl->session);
	arena_reset(&repl->said);
	repl->client = (struct client){ repl->session, &repl->envelope, &repl->said, false, false };
	afsl_session_log(repl->session, on_log, repl);
	for (int event = AFSL_NEGOTIATE; event <= (int)until; event++)
		if (!step(repl, (enum afsl_event)event,
			  !shown		? SHOW_NOTHING
			  : event == (int)until ? SHOW_ALL
						: SHOW_REFUSALS))
			break;
	return true;
}
