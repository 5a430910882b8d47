#include "bridge/dialogue.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct afsl_chain *chain;
static struct buffer out;
static struct dialogue *dialogue;
static char folder[64];

static void filter_add(const char *script)
{
	struct afsl_report *report = NULL;
	struct afsl_load_options options = { .source = script, .source_length = strlen(script) };
	struct afsl_program *program = afsl_program_load("t.afsl", &options, &report);
	cr_assert_not_null(program, "%s", report ? afsl_report_text(report, false) : "");
	cr_assert(afsl_chain_add(chain, program, NULL));
	afsl_report_free(report);
	afsl_program_release(program);
}

static void no_log(void *argument, int level, const char *line)
{
	(void)argument, (void)level, (void)line;
}

static struct afsl_session *session_new(void *argument)
{
	(void)argument;
	struct afsl_session *session = afsl_session_new(chain);
	afsl_session_log(session, no_log, NULL);
	return session;
}

static struct buffer *out_of(void *argument)
{
	(void)argument;
	return &out;
}

static bool goes_on(void *argument)
{
	(void)argument;
	return true;
}

static void begin(const char *script)
{
	struct dialogue_host host = { .spool = folder[0] ? folder : NULL,
				      .session = session_new,
				      .out = out_of,
				      .goes_on = goes_on };
	chain = afsl_chain_new();
	filter_add(script);
	buffer_init(&out, 1 << 24);
	dialogue = dialogue_new(&host);
	cr_assert_not_null(dialogue);
}

static void settle(void)
{
	while (dialogue_session(dialogue)) {
		afsl_finish(dialogue_session(dialogue));
		dialogue_resume(dialogue);
	}
}

static void done(void)
{
	dialogue_gone(dialogue);
	settle();
	dialogue_free(dialogue);
	afsl_chain_release(chain);
	buffer_free(&out);
}

/* Bytes in pieces of `size`, as a connection gives them: what is not taken comes again. */
static void say_in(struct text bytes, size_t size)
{
	size_t from = 0, to = 0;
	while (!dialogue_is_over(dialogue)) {
		size_t took = dialogue_take(dialogue, text_part(bytes, from, to));
		settle();
		from += took;
		if (!took && to == bytes.length)
			break;
		if (!took)
			to = to + size < bytes.length ? to + size : bytes.length;
	}
}

static const char *answers(void)
{
	buffer_append_byte(&out, '\0');
	out.length--;
	return out.data;
}

/* Each split of the bytes gives the same answers. */
static void expect_bytes(const char *script, struct text said, const char *wanted)
{
	static const size_t sizes[] = { 1, 2, 3, 7, 64, 1 << 20 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		begin(script);
		say_in(said, sizes[i]);
		cr_assert_str_eq(answers(), wanted, "in %zu: %s", sizes[i], out.data);
		done();
	}
}

static void expect(const char *script, const char *said, const char *wanted)
{
	expect_bytes(script, text_of_string(said, LIFETIME_EVENT), wanted);
}

#define CLIENT	 "EHLO: client.example\r\nCNIP: 192.0.2.7\r\nCNPO: 1234\r\nCNHO: host.example\r\n"
#define ENVELOPE "FROM: <a@example.net>\r\n" CLIENT "RCPT: <b@example.org>\r\n"
#define MESSAGE	 "MESG: 29\r\nSubject: hello\r\n\r\nbody\r\nend\r\n"
#define NOTHING	 "event onEhlo { }"

/* ---- what a client always could say ---- */

Test(dialogue, ping_at_any_time)
{
	expect(NOTHING, "PING\r\nPING:\r\nping\n", "PONG\r\nPONG\r\nPONG\r\n");
	expect(NOTHING,
	       "FROM: <a@example.net>\r\nPING\r\n" CLIENT "RCPT: <b@x>\r\n" MESSAGE "PING\r\n",
	       "PONG\r\nACCEPT: 0\r\nPONG\r\n");
}

/* All that the script sees comes from the lines. */
#define SEES                                                                                       \
	"event onDataReceived { "                                                                  \
	"reject(\"%mailFrom%|%ehloHost%|%isESMTP%|%remoteSmtpIp%|%remoteSmtpPort%|\" + "           \
	"\"%remoteSmtpHost%|\" + recipients.join(\",\") + "                                        \
	"\"|%{header(\"Subject\")}|%bodySize%\"); }"

Test(dialogue, facts_of_a_message)
{
	expect(SEES, ENVELOPE "RCPT: <c@example.org> NOTIFY=NEVER\r\n" MESSAGE,
	       "REJECT: 550 5.7.1 a@example.net|client.example|yes|192.0.2.7|1234|host.example|"
	       "b@example.org,c@example.org|hello|11\r\n");
	expect(SEES, "FROM: \r\nHELO: x\r\nCNIP: 2001:db8::1\r\nRCPT: <b@x>\r\nMESG: 0\r\n",
	       "REJECT: 550 5.7.1 |x|no|2001:db8::1|0|[IPv6:2001:db8::1]|b@x||0\r\n");
	expect(SEES, "FROM: <>\r\nCNHO host.example\r\nRCPT: <b@x>\r\nMESG: 3\r\nA:b",
	       "REJECT: 550 5.7.1 ||no||0|host.example|b@x||0\r\n");
}

Test(dialogue, message_after_message_begins_anew)
{
	expect(SEES,
	       ENVELOPE MESSAGE
	       "PASS:\r\nFROM: <z@y>\r\nCNIP: 192.0.2.8\r\nRCPT: <q@x>\r\nMESG: 0\r\n",
	       "REJECT: 550 5.7.1 a@example.net|client.example|yes|192.0.2.7|1234|host.example|"
	       "b@example.org|hello|11\r\nREJECT: 550 5.7.1 "
	       "z@y||no|192.0.2.8|0|[192.0.2.8]|q@x||0\r\n");
}

Test(dialogue, login_and_queue_id_are_of_their_message)
{
	static const char script[] =
		"event onDataReceived { "
		"reject(\"%authUser%|%queueId%|%tlsVersion%|%isSSLConnection%\"); }";
	expect(script,
	       "FROM: <a@b>\r\nAUTH: joe%20x PLAIN\r\nQUID: 4X\r\nTLSV: TLSv1.3 AES 256\r\n"
	       "CNIP: 1.2.3.4\r\nEHLO: c\r\nRCPT: <b@x>\r\nMESG: 0\r\n"
	       "FROM: <a@b>\r\nCNIP: 1.2.3.4\r\nRCPT: <b@x>\r\nMESG: 0\r\n",
	       "REJECT: 550 5.7.1 joe x|4X|TLSv1.3|yes\r\nREJECT: 550 5.7.1 |||no\r\n");
}

Test(dialogue, formats_are_data)
{
	expect("event onConnect { log.info(remoteSmtpHost); } event onDataReceived { "
	       "reject(remoteSmtpHost); }",
	       "FROM: <a@b>\r\nCNHO: %s%s%s%n\r\nCNIP: 1.2.3.4\r\nRCPT: <b@x>\r\nMESG: 0\r\n",
	       "REJECT: 550 5.7.1 %25s%25s%25s%25n\r\n");
}

/* ---- verdicts ---- */

#define VERDICT(event, verdict) "event " event " { " verdict " }"

Test(dialogue, verdicts_at_each_step)
{
	static const char *const events[] = { "onConnect",   "onEhlo",	      "onMailFrom",
					      "onData",	     "onHeader",      "onHeadersReceived",
					      "onBodyChunk", "onDataReceived" };
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		char script[200];
		snprintf(script, sizeof(script),
			 "event %s { reject(554, \"5.7.0\", \"a\\nb %%%%\"); }", events[i]);
		expect(script, ENVELOPE MESSAGE, "REJECT: 554 5.7.0 a%0Ab %25\r\n");
	}
	expect(VERDICT("onMailFrom", "tempfail(\"later\");"), ENVELOPE MESSAGE,
	       "TEMPFAIL: 451 4.7.1 later\r\n");
	expect(VERDICT("onMailFrom", "tempfail();"), ENVELOPE MESSAGE, "TEMPFAIL:\r\n");
	expect(VERDICT("onRcptTo", "discard();"), ENVELOPE MESSAGE, "DISCARD:\r\n");
	expect(VERDICT("onMailFrom", "accept();"), ENVELOPE MESSAGE, "ACCEPT: 0\r\n");
	expect(VERDICT("onDataReceived", "disconnect(421, \"4.7.0\", \"bye\");"), ENVELOPE MESSAGE,
	       "DISCONNECT: 421 4.7.0 bye\r\n");
	expect(VERDICT("onDataReceived", "quarantine(\"bad + worse\");"), ENVELOPE MESSAGE,
	       "QUARANTINE: 1 bad %2B worse\r\n");
}

Test(dialogue, failures_that_clients_know)
{
	expect(VERDICT("onConnect", "because(\"connect: refused\"); tempfail();"), ENVELOPE MESSAGE,
	       "ERROR: Could not connect to Milter implementation\r\n");
	expect(VERDICT("onConnect", "because(\"connect: refused\"); reject();"), ENVELOPE MESSAGE,
	       "REJECT:\r\n");
	expect(VERDICT("onDataReceived", "because(\"timeout: no answer\"); tempfail();"),
	       ENVELOPE MESSAGE, "ERROR: timeout: no answer\r\n");
}

#define FIRST_REFUSED                                                                              \
	"event onRcptTo { if (rcptTo == \"b@example.org\") { reject(550, \"5.1.1\", \"who?\"); } " \
	"}"

Test(dialogue, refused_recipients)
{
	expect(FIRST_REFUSED, ENVELOPE MESSAGE, "REJECT: 550 5.1.1 who?\r\n");
	expect(FIRST_REFUSED, ENVELOPE "RCPT: <c@x>\r\n" MESSAGE "GETR\r\nGETC\r\nGETH\r\n",
	       "ACCEPT: 1\r\nREFUSEDRCPT: <b@example.org> REJECT: 550 5.1.1 who?\r\nEND:\r\n"
	       "REFUSEDRCPT: <b@example.org> REJECT: 550 5.1.1 who?\r\nEND:\r\nEND:\r\n");
	expect("event onRcptTo { if (rcptTo == \"b@example.org\") { reject(); } } "
	       "event onDataReceived { reject(\"%{length(recipients)}\"); }",
	       ENVELOPE "RCPT: <c@x>\r\n" MESSAGE, "REJECT: 550 5.7.1 1\r\n");
}

/* ---- changes ---- */

Test(dialogue, every_change_can_be_fetched)
{
	static const char script[] = "event onDataReceived { addHeader(\"X-A\", \"b\\n c%%\"); "
				     "insertHeader(0, \"X-B\", \"d\");"
				     " changeHeader(\"Subject\", 1, \"new\"); "
				     "removeFirstHeader(\"X-Old\"); addRcpt(\"n@x\");"
				     " discardRcpt(\"b@example.org\"); changeSender(\"s@x\"); "
				     "replaceBody(\"B\\r\\n\"); }";
	begin(script);
	say_in(TEXT(ENVELOPE "RCPT: <c@x>\r\nMESG: 25\r\nSubject: a\r\nX-Old: x\r\n\r\nz"), 4);
	cr_assert_str_eq(answers(), "ACCEPT: 8\r\n");
	static const struct {
		const char *said, *wanted;
	} rows[] = {
		{ "GETS\r\n", "CHANGESENDER: s@x\r\nEND:\r\n" },
		{ "GETB\r\n", "REPLACEBODY: 3\r\nB\r\nEND:\r\n" },
		{ "GETR\r\n", "DELETERCPT: <b@example.org>\r\nADDRCPT: n@x\r\nEND:\r\n" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buffer_clear(&out);
		say_in(text_of_string(rows[i].said, LIFETIME_EVENT), 100);
		cr_assert_str_eq(answers(), rows[i].wanted);
	}
	buffer_clear(&out);
	say_in(TEXT("GETH\r\n"), 100);
	static const char *const fields[] = { "ADDHEADER: X-A: b%0A c%25\r\n",
					      "INSERTHEADER: 0 X-B: d\r\n",
					      "CHANGEHEADER: 1 Subject: new\r\n",
					      "CHANGEHEADER: 1 X-Old:\r\n" };
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		cr_assert_not_null(strstr(answers(), fields[i]), "%s in %s", fields[i], answers());
	done();
	expect(NOTHING, "GETC\r\n", "END:\r\n");
}

/* ---- step by step, and in pieces ---- */

Test(dialogue, step_by_step)
{
	expect(FIRST_REFUSED,
	       "CNIP: 1.2.3.4\r\nSTEP\r\nEHLO: c\r\nSTEP:\r\nFROM: <a@b>\r\nSTEP\r\nRCPT: "
	       "<b@example.org>\r\n"
	       "STEP\r\nRCPT: <c@x>\r\nSTEP\r\nHEAD: 4\r\nA: bHEAD: 7\r\nC:d\n e\nBODY: 4\r\nx\r\ny"
	       "BODY: 2\r\n\r\nDONE\r\n",
	       "CONTINUE:\r\nCONTINUE:\r\nCONTINUE:\r\nREJECT: 550 5.1.1 "
	       "who?\r\nCONTINUE:\r\nACCEPT: 1\r\n");
	expect(VERDICT("onMailFrom", "reject();"),
	       CLIENT "FROM: <a@b>\r\nSTEP\r\nFROM: <c@d>\r\nSTEP\r\n", "REJECT:\r\nREJECT:\r\n");
	expect(NOTHING, "STEP\r\n", "CONTINUE:\r\n");
	expect(VERDICT("onData", "reject();"), ENVELOPE "DATA:\r\nDATA\r\nSTEP\r\nDONE\r\n",
	       "REJECT:\r\nREJECT:\r\n");
}

Test(dialogue, pieces_are_exact)
{
	expect("message var seen: text; event onHeader { seen += \"[%headerName%|%headerRaw%]\"; } "
	       "event onBodyChunk { seen += bodyChunk; } "
	       "event onDataReceived { reject(seen.replace(\"\\r\", \"CR\").replace(\"\\n\", "
	       "\"LF\")); }",
	       ENVELOPE "HEAD: 8\r\nA :  b\nc"
			"HEAD: 2\r\nB:BODY: 0\r\nBODY: 5\r\n.\r\nxyBODY: 1\r\n\nDONE:\r\n",
	       "REJECT: 550 5.7.1 [A |  bLFc][B|].CRLFxyLF\r\n");
}

Test(dialogue, unknown_commands_and_macros)
{
	expect("session var seen: text; event onUnknownCommand { seen += command; } "
	       "event onConnect { seen += macro(\"j\"); } event onRcptTo { seen += macro(\"{r}\"); "
	       "} "
	       "event onDataReceived { reject(seen + macro(\"i\")); }",
	       "MACR: connect j=mx%20a {x}=1\r\nCNIP: 1.2.3.4\r\nUNKN: XFOO bar\r\nFROM: <a@b>\r\n"
	       "MACR: rcpt {r}=1\r\nRCPT: <a@b>\r\nMACR: rcpt {r}=2\r\nRCPT: <b@b>\r\n"
	       "MACR: eom i=9\r\nMESG: 0\r\n",
	       "REJECT: 550 5.7.1 mx aXFOO bar129\r\n");
}

Test(dialogue, a_message_given_up)
{
	expect("message var n: int; event onMailFrom { n += 1; } event onDataReceived { "
	       "reject(\"%n%\"); }",
	       ENVELOPE "RSET\r\nFROM: <a@b>\r\nRCPT: <c@d>\r\nSTEP\r\nRSET\r\nFROM: "
			"<a@b>\r\nRCPT: <c@d>\r\nMESG: 0\r\n",
	       "OKAY:\r\nCONTINUE:\r\nOKAY:\r\nREJECT: 550 5.7.1 1\r\n");
}

Test(dialogue, scripts_hear_of_a_message_given_up)
{
	expect("session var given: int; event onAbort { given += 1; } "
	       "event onUnknownCommand { reject(\"%given%\"); }",
	       ENVELOPE "STEP\r\nRSET\r\nUNKN: X\r\nSTEP\r\n",
	       "CONTINUE:\r\nOKAY:\r\nREJECT: 550 5.7.1 1\r\n");
}

Test(dialogue, what_was_of_one_message_is_not_of_the_next)
{
	expect("event onDataReceived { addHeader(\"X\", \"y\"); }",
	       ENVELOPE MESSAGE "GETC\r\nFROM: <z@y>\r\nRCPT: <c@x>\r\nSTEP\r\nGETC\r\n",
	       "ACCEPT: 1\r\nADDHEADER: X: y\r\nEND:\r\nCONTINUE:\r\nEND:\r\n");
	expect(FIRST_REFUSED,
	       ENVELOPE "RCPT: <c@x>\r\n" MESSAGE "FROM: <z@y>\r\nRCPT: <c@x>\r\n" MESSAGE
			"GETR\r\n",
	       "ACCEPT: 1\r\nACCEPT: 0\r\nEND:\r\n");
}

Test(dialogue, addresses_that_are_quoted)
{
	expect("event onMailFrom { reject(mailFrom + \"|\" + mailParameters.join(\"\")); }",
	       "FROM: <\"a\\\" >b\"@x> SIZE=1\r\nSTEP\r\n",
	       "REJECT: 550 5.7.1 \"a\\\" >b\"@x|SIZE=1\r\n");
}

/* One message after CNUX with a path of that length. */
static void expect_path(unsigned length, const char *wanted)
{
	char said[512];
	snprintf(said, sizeof(said), "CNUX: /%0*d\r\nSTEP\r\n", (int)length - 1, 0);
	expect("event onConnect { reject(\"%{length(connectionPath)}\"); }", said, wanted);
}

Test(dialogue, paths_as_long_as_a_socket_can_have)
{
	expect_path(107, "REJECT: 550 5.7.1 107\r\n");
	expect_path(110, "REJECT: 550 5.7.1 107\r\n");
}

/* `count` words behind `line`, and the answer. */
static void expect_words(const char *script, const char *line, const char *word, unsigned count,
			 const char *wanted)
{
	struct buffer said;
	buffer_init(&said, 1 << 16);
	buffer_append_string(&said, line);
	for (unsigned i = 0; i < count; i++)
		buffer_append_string(&said, word);
	buffer_append_string(&said, "\r\nSTEP\r\n");
	expect_bytes(script, buffer_text(&said), wanted);
	buffer_free(&said);
}

Test(dialogue, more_words_than_there_can_be)
{
	expect_words(NOTHING, "MACR: connect", " a=b", 128, "CONTINUE:\r\n");
	expect_words(NOTHING, "MACR: connect", " a=b", 129,
		     "ERROR: macros that cannot be read\r\n");
	expect_words("event onMailFrom { reject(\"%{length(mailParameters)}\"); }", "FROM: <a@b>",
		     " P", 65, "REJECT: 550 5.7.1 64\r\n");
}

Test(dialogue, what_the_chain_wants)
{
	begin("event onMailFrom { reject(); }");
	say_in(TEXT("WANT\r\n"), 100);
	cr_assert_eq(strncmp(answers(), "OPTIONS: 6 256 ", 15), 0, "%s", out.data);
	done();
}

/* ---- what is wrong ---- */

Test(dialogue, faults_are_told_by_the_answer)
{
	expect(NOTHING, "RCPT: <a@b>\r\nMESG: 2\r\nxyPING\r\n",
	       "ERROR: RCPT before FROM\r\nPONG\r\n");
	expect(NOTHING, "FROM: <a@b>\r\nMESG: 2\r\nxy", "ERROR: a message without RCPT\r\n");
	expect(NOTHING, "MESG: 2\r\nxy", "ERROR: a message without FROM\r\n");
	expect(NOTHING, "FROM: <a@b>\r\nCNIP: 1.2.3\r\nRCPT: <b@x>\r\nMESG: 0\r\n",
	       "ERROR: CNIP is no IP address: 1.2.3\r\n");
	expect(NOTHING, "FROM: <a@b>\r\nCNPO: 65536\r\nSTEP\r\n",
	       "ERROR: CNPO is no port: 65536\r\n");
	expect(NOTHING, "MACR: nowhere a=b\r\nSTEP\r\n",
	       "ERROR: MACR has no such stage: nowhere a=b\r\n");
	expect(NOTHING, "MACR: connect a=%4\r\nSTEP\r\n", "ERROR: macros that cannot be read\r\n");
	expect(NOTHING, ENVELOPE "HEAD: 3\r\nabcDONE\r\n",
	       "ERROR: a header field without a name and a colon: abc\r\n");
	expect(NOTHING, ENVELOPE "HEAD: 3\r\na:bMESG: 1\r\nx",
	       "ERROR: one message from two sources\r\n");
	/* And the next message is none the worse. */
	expect(NOTHING, "FROM: <a@b>\r\nVERI: /x\r\n" ENVELOPE MESSAGE,
	       "ERROR: a message without RCPT\r\nACCEPT: 0\r\n");
}

Test(dialogue, what_is_no_line_ends_it)
{
	static const char told[] = "ERROR: this is no line of the protocol; see aximilter(8)\r\n";
	expect(NOTHING, "GET / HTTP/1.1\r\n", told);
	expect(NOTHING, "FROM <a@b>\r\n", told);
	expect(NOTHING, "XY\r\n", told);
	expect(NOTHING, "MESG: many\r\n", told);
	expect(NOTHING, "MESG: -1\r\n", told);
	expect(NOTHING, "MESG: 99999999999999999999\r\n", told);
	expect_bytes(NOTHING, TEXT("CNHO: a\0b\r\nPING\r\n"),
		     "ERROR: a line cannot hold a NUL byte\r\n");
	expect(NOTHING, "\r\n\n\r\nPING\r\nQUIT\r\nPING\r\n", "PONG\r\n");
}

Test(dialogue, a_line_without_end)
{
	static char line[DIALOGUE_LINE_MAX + 1];
	memset(line, 'a', sizeof(line) - 1);
	expect(NOTHING, line, "ERROR: a line is longer than 16384 bytes\r\n");
}

Test(dialogue, ten_thousand_recipients)
{
	struct buffer said;
	begin("event onRcptTo { } event onDataReceived { reject(\"%{length(recipients)}\"); }");
	buffer_init(&said, 1 << 24);
	buffer_append_string(&said, "FROM: <a@b>\r\n");
	for (int i = 0; i < 10000; i++)
		buffer_printf(&said, "RCPT: <user%d@example.org>\r\n", i);
	buffer_append_string(&said, "MESG: 0\r\n");
	say_in(buffer_text(&said), 65536);
	cr_assert_str_eq(answers(), "REJECT: 550 5.7.1 10000\r\n");
	buffer_free(&said);
	done();
}

Test(dialogue, far_too_much_is_refused)
{
	struct buffer said;
	begin(NOTHING);
	buffer_init(&said, 1 << 26);
	buffer_append_string(&said, "FROM: <a@b>\r\n");
	while (said.length < 40 << 20)
		buffer_printf(&said, "RCPT: <%0500d@x>\r\n", 1);
	buffer_append_string(&said, "MESG: 0\r\n");
	say_in(buffer_text(&said), 65536);
	cr_assert_str_eq(answers(), "ERROR: too much is said of this message\r\n");
	buffer_free(&said);
	done();
}

/* ---- message files ---- */

static void spool_make(void)
{
	char path[128];
	strcpy(folder, "/tmp/aximilter-unit-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/sub", folder);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/sub/good", folder);
	FILE *file = fopen(path, "w");
	cr_assert_not_null(file);
	fputs("Subject: in a file\n\nbody\n", file);
	fclose(file);
	snprintf(path, sizeof(path), "%s/link", folder);
	cr_assert_eq(symlink("sub/good", path), 0);
	snprintf(path, sizeof(path), "%s/out", folder);
	cr_assert_eq(symlink("/etc", path), 0);
	snprintf(path, sizeof(path), "%s/way", folder);
	cr_assert_eq(symlink("sub", path), 0);
	snprintf(path, sizeof(path), "%s/fifo", folder);
	cr_assert_eq(mkfifo(path, 0600), 0);
}

static void spool_remove(void)
{
	char command[128];
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	cr_assert_eq(system(command), 0);
	folder[0] = '\0';
}

static void expect_file(const char *name, const char *wanted)
{
	char said[1024];
	snprintf(said, sizeof(said), ENVELOPE "VERI: %s\r\nPING\r\n", name);
	char all[256];
	snprintf(all, sizeof(all), "%s\r\nPONG\r\n", wanted);
	expect("event onDataReceived { reject(header(\"Subject\") + \"|%bodySize%\"); }", said,
	       all);
}

/* valgrind knows no openat2. */
#ifdef UNDER_VALGRIND
enum { NO_OPENAT2 = true };
#else
enum { NO_OPENAT2 = false };
#endif

Test(dialogue, message_files, .init = spool_make, .fini = spool_remove, .disabled = NO_OPENAT2)
{
	char path[128];
	expect_file("sub/good", "REJECT: 550 5.7.1 in a file|6");
	snprintf(path, sizeof(path), "%s/sub/good", folder);
	expect_file(path, "REJECT: 550 5.7.1 in a file|6");
	static const char *const refused[] = { "",
					       "../etc/passwd",
					       "sub/../../etc/passwd",
					       "/etc/passwd",
					       "link",
					       "out/passwd",
					       "way/good",
					       "fifo",
					       "sub",
					       ".",
					       "/dev/zero",
					       "/proc/self/mem",
					       "absent",
					       "/",
					       "sub/good/",
					       "sub/../sub/good/x" };
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		expect_file(refused[i], "ERROR: Could not open message file");
	snprintf(path, sizeof(path), "%s-not/x", folder);
	expect_file(path, "ERROR: Could not open message file");
	snprintf(path, sizeof(path), "%s/../x", folder);
	expect_file(path, "ERROR: Could not open message file");
	snprintf(path, sizeof(path), "/proc/self/root%s/sub/good", folder);
	expect_file(path, "ERROR: Could not open message file");
}

Test(dialogue, no_folder_no_file)
{
	expect(NOTHING, ENVELOPE "VERI: /etc/passwd\r\n", "ERROR: Could not open message file\r\n");
}
