/* Each of the 256 bytes from each source into each sink: no line that nobody wrote, one event one
 * log line. What a sink does not take it refuses; the script goes on. */
#include "play.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- sources: the event, and what the script reads there ---- */

static const struct source {
	const char *event, *reads;
} sources[] = {
	{ "onConnect", "remoteSmtpHost" },
	{ "onEhlo", "ehloHost" },
	{ "onEhlo", "macro(\"tls_version\")" },
	{ "onMailFrom", "mailFromRaw" },
	{ "onMailFrom", "mailFrom" },
	{ "onMailFrom", "mailParameters.join(\" \")" },
	{ "onRcptTo", "rcptToRaw" },
	{ "onRcptTo", "rcptTo" },
	{ "onHeader", "headerName" },
	{ "onHeader", "headerValue" },
	{ "onHeader", "headerRaw" },
	{ "onRcptTo", "rcptParameters.join(\" \")" },
	{ "onHeadersReceived", "header(\"X-In\")" },
	{ "onBodyChunk", "bodyChunk" },
	{ "onDataReceived", "mime.parts()[0].body" },
	{ "onDataReceived", "socket.read(socket.connect(PEER), 3)" },
};

/* Each statement is a sink. */
static const char script[] =
	"const PEER = \"%s\";\n"
	"session var taken = \"\";\n"
	"event %s { taken = %s; }\n"
	"event onDataReceived {\n"
	"    log.info(\"in <%%taken%%>\");\n"
	"    try { addHeader(\"X-Out\", taken); } catch (e) { }\n"
	"    try { addHeader(\"X-%%taken%%\", \"v\"); } catch (e) { }\n"
	"    try { insertHeader(0, \"X-First\", taken); } catch (e) { }\n"
	"    try { modifyHeader(\"Subject\", taken); } catch (e) { }\n"
	"    try { addRcpt(\"%%taken%%@example.org\"); } catch (e) { }\n"
	"    try { addRcpt(\"x@example.org\", taken); } catch (e) { }\n"
	"    try { changeSender(taken); } catch (e) { }\n"
	"    try { quarantine(taken); } catch (e) { }\n"
	"    if (mailFromRaw.contains(\"refuse\")) { reject(550, \"5.7.1\", \"no %%taken%%\"); }\n"
	"}\n";

/* All that is told has these three. */
static char bytes[] = { 'a', 0, 'b' };

static void tell(struct play *play, struct afsl_text tainted, bool refuse)
{
	char name[8];
	struct afsl_client client = { .name = name };
	struct afsl_text macros[2] = { T("tls_version"), tainted }, sender = T("<refuse@a>");
	/* A host name is a C string: what ends it cannot be in it. */
	snprintf(name, sizeof(name), "%.*s", (int)tainted.length, tainted.data);
	afsl_connect(play->session, &client);
	afsl_finish(play->session);
	afsl_macros(play->session, AFSL_HELO, macros, 1);
	afsl_helo(play->session, tainted, true);
	afsl_finish(play->session);
	afsl_mail(play->session, refuse ? sender : tainted, &tainted, 1);
	afsl_finish(play->session);
	afsl_rcpt(play->session, tainted, &tainted, 1);
	afsl_finish(play->session);
	afsl_data(play->session);
	afsl_finish(play->session);
	afsl_header(play->session, T("Subject"), T(" s"));
	afsl_finish(play->session);
	afsl_header(play->session, tainted, T(" name"));
	afsl_finish(play->session);
	afsl_header(play->session, T("X-In"), tainted);
	afsl_finish(play->session);
	afsl_end_of_headers(play->session);
	afsl_finish(play->session);
	afsl_body(play->session, tainted);
	afsl_finish(play->session);
	afsl_end_of_message(play->session);
	afsl_finish(play->session);
}

/* ---- what came out ---- */

static bool has_line_break(struct afsl_text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] == '\r' || text.data[i] == '\n' || text.data[i] == '\0')
			return true;
	return false;
}

/* Is it folded, and nothing but that? A field that came so may go so. */
static bool breaks_out(struct afsl_text text)
{
	for (size_t i = 0; i < text.length; i++) {
		bool folds = i + 1 < text.length &&
			     (text.data[i + 1] == ' ' || text.data[i + 1] == '\t');
		if (text.data[i] == '\0' || text.data[i] == '\r' ||
		    (text.data[i] == '\n' && !folds))
			return true;
	}
	return false;
}

static unsigned changes_wrong(const struct play *play)
{
	unsigned wrong = 0;
	for (size_t i = 0; i < afsl_change_count(play->session); i++) {
		struct afsl_change change = afsl_change(play->session, i);
		wrong += has_line_break(change.name) || breaks_out(change.value);
	}
	return wrong;
}

/* The one line of the script, and all that is said otherwise: printable, each in one line. */
static bool log_is_clean(const struct play *play)
{
	unsigned lines = 0;
	const char *line = play->log;
	for (; (line = strstr(line, "in <")); line++)
		lines++;
	for (size_t i = 0; i < play->log_length; i++)
		if (play->log[i] != '\n' && (play->log[i] < ' ' || play->log[i] > '~'))
			return false;
	return lines == 1;
}

/* How many changes came out. */
static size_t check(const struct source *source, struct play *play, int byte, bool refuse)
{
	const struct afsl_verdict *verdict;
	bytes[1] = (char)byte;
	play->log_length = 0;
	play->log[0] = '\0';
	play_session(play);
	tell(play, (struct afsl_text){ bytes, sizeof(bytes) }, refuse);
	cr_expect(log_is_clean(play), "%s, byte %d: %s", source->reads, byte, play->log);
	cr_expect_eq(changes_wrong(play), 0, "%s, byte %d", source->reads, byte);
	verdict = afsl_verdict(play->session);
	for (const char *at = verdict->text ? verdict->text : ""; *at; at++)
		cr_expect(*at != '\r', "%s, byte %d: %s", source->reads, byte, verdict->text);
	return afsl_change_count(play->session);
}

Test(bytes, each_from_everywhere_into_everything)
{
	static struct play play;
	char text[2048];
	const char *peer = play_peer(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		snprintf(text, sizeof(text), script, peer, sources[i].event, sources[i].reads);
		play_begin(&play);
		play_add(&play, "bytes", text, NULL);
		size_t changes = 0;
		for (int byte = 0; byte < 256; byte++) {
			changes += check(&sources[i], &play, byte, false);
			check(&sources[i], &play, byte, true);
		}
		/* Most bytes are lawful in the value of a field at least. */
		cr_expect_gt(changes, 3 * 200, "%s: %zu", sources[i].reads, changes);
		play_end(&play);
		memset(&play, 0, sizeof(play));
	}
}
