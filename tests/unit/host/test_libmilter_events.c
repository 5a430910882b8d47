#include "host/libmilter_events.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/memory.h"
#include "fake_milter.h"
#include "host/host.h"
#include "host/libmilter_server.h"

static struct afsl_chain *chain_of(const char *source)
{
	struct afsl_report *report = NULL;
	struct afsl_load_options options = {.source = source, .source_length = strlen(source)};
	struct afsl_program *program = afsl_program_load("test.afsl", &options, &report);
	cr_assert_not_null(program, "%s", report ? afsl_report_text(report, false) : "");
	afsl_report_free(report);
	struct afsl_chain *chain = afsl_chain_new();
	cr_assert(afsl_chain_add(chain, program, NULL));
	afsl_program_release(program);
	return chain;
}

/* Registers with the fake and lets `serve` play libmilter. */
static void run(const char *source, unsigned sessions_max, int (*serve)(void))
{
	struct afsl_chain *chain = chain_of(source);
	struct host_settings settings = {.listener = open("/dev/null", O_RDONLY),
					 .sessions_max = sessions_max,
					 .read_timeout = 7,
					 .progress_interval = 1,
					 .descriptor_reserve = 8};
	fake_reset();
	fake.serve = serve;
	cr_assert(host_libmilter.run(&settings, chain));
	close(settings.listener);
	afsl_chain_release(chain);
	cr_assert_eq(host_libmilter.sessions(), 0);
	cr_assert_null(fake.private_data);
}

static unsigned long actions, steps;

static sfsistat negotiate(unsigned long offered_actions, unsigned long offered_steps)
{
	unsigned long unused[2];
	return fake.callbacks.xxfi_negotiate(NULL, offered_actions, offered_steps, 0, 0, &actions,
					     &steps, &unused[0], &unused[1]);
}

static sfsistat path(sfsistat (*callback)(SMFICTX *, char **), const char *address,
		     const char *parameter)
{
	char *arguments[] = {(char *)(uintptr_t)address, (char *)(uintptr_t)parameter, NULL};
	return callback(NULL, arguments);
}

#define MAIL(address, parameter) path(fake.callbacks.xxfi_envfrom, address, parameter)
#define RCPT(address, parameter) path(fake.callbacks.xxfi_envrcpt, address, parameter)

static sfsistat field(const char *name, const char *content)
{
	return fake.callbacks.xxfi_header(NULL, (char *)(uintptr_t)name,
					  (char *)(uintptr_t)content);
}

static sfsistat helo(const char *name)
{
	return fake.callbacks.xxfi_helo(NULL, (char *)(uintptr_t)name);
}

static sfsistat connect_inet(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(4242)};
	char name[] = "client.example";
	inet_pton(AF_INET, "192.0.2.9", &address.sin_addr);
	return fake.callbacks.xxfi_connect(NULL, name, (struct sockaddr *)&address);
}

static void finish(void)
{
	fake.callbacks.xxfi_close(NULL);
}

/* ---- setting up ---- */

static int look_at_set_up(void)
{
	cr_assert_not_null(strstr(fake_log(), "connection fd:"));
	cr_assert_not_null(strstr(fake_log(), "timeout 7\n"));
	/* One without the other makes libmilter fall silent. */
	cr_assert_not_null(fake.callbacks.xxfi_data);
	cr_assert_not_null(fake.callbacks.xxfi_unknown);
	cr_assert_eq(fake.callbacks.xxfi_flags, 0);
	cr_assert_eq(fake.callbacks.xxfi_version, SMFI_VERSION);
	return MI_SUCCESS;
}

Test(libmilter_events, set_up)
{
	run("event onEhlo { }", 10, look_at_set_up);
}

/* ---- what the script sees ---- */

static const char facts[] =
	"event onEhlo { reject(550, \"5.7.1\", \"%{remoteSmtpHost} %{remoteSmtpIp} "
	"%{remoteSmtpPort} "
	"%{smtpIp} %{smtpPort} %{ehloHost}\"); }\n"
	"event onMailFrom { if (macro(\"{auth_authen}\") == \"joe\") "
	"{ reject(550, \"5.7.1\", \"%{mailFromRaw} %{mailParameters.join(\"+\")}\"); } }\n";

static int tell_facts(void)
{
	static const char *const macros[] = {
		"{daemon_addr}", "192.0.2.25", "{daemon_port}", "587", "{auth_authen}",
		"joe",		 NULL};
	memcpy(fake.macros, macros, sizeof(macros));
	cr_assert_eq(negotiate(0x1ff, 0x1fffff), SMFIS_CONTINUE);
	cr_assert_eq(connect_inet(), SMFIS_NOREPLY);
	cr_assert_eq(helo("me"), SMFIS_REJECT);
	cr_assert_not_null(strstr(fake_log(), "client.example 192.0.2.9 4242 192.0.2.25 587 me"));
	finish();
	negotiate(0x1ff, 0x1fffff);
	cr_assert_eq(MAIL("<a@b>", "SIZE=5"), SMFIS_REJECT);
	cr_assert_not_null(strstr(fake_log(), "<a@b> SIZE=5"));
	finish();
	return MI_SUCCESS;
}

Test(libmilter_events, facts_reach_the_script)
{
	run(facts, 10, tell_facts);
}

static const char raw[] = "event onHeader { if (headerName == \"T\") { reject(550, \"5.7.1\", "
			  "\"<%{replace(headerRaw, \"\\t\", \"T\")}>\"); } }\n";

static int tell_raw(void)
{
	static const struct {
		unsigned long offered;
		const char *sent, *seen;
	} rows[] = {{0x1fffff, " v", "< v>"}, {0x1fffff, "v", "<v>"},	{0xfffff, "v", "< v>"},
		    {0xfffff, " v", "<  v>"}, {0xfffff, "\tv", "<Tv>"}, {0xfffff, "", "<>"}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		negotiate(0x1ff, rows[i].offered);
		cr_assert_eq(field("T", rows[i].sent), SMFIS_REJECT);
		cr_assert_not_null(strstr(fake_log(), rows[i].seen), "%zu %s", i, fake_log());
		buffer_clear(&fake.log);
		finish();
	}
	return MI_SUCCESS;
}

Test(libmilter_events, header_values_with_their_blank)
{
	run(raw, 10, tell_raw);
}

/* ---- changes ---- */

static const char edits[] =
	"event onDataReceived {\n"
	"addHeader(\"A\", \"1\"); insertHeader(0, \"B\", \"2\");\n"
	"addRcpt(\"<x@y>\"); addRcpt(\"<z@y>\", \"NOTIFY=NEVER\");\n"
	"changeSender(\"<n@y>\"); discardRcpt(\"<c@d>\"); quarantine(\"why\");\n"
	"replaceBody(\"new\\r\\n\"); accept(); }\n";

static sfsistat edited_message(unsigned long offered)
{
	negotiate(offered, 0x1fffff);
	MAIL("<a@b>", NULL);
	RCPT("<c@d>", NULL);
	field("F", "v");
	buffer_clear(&fake.log);
	return fake.callbacks.xxfi_eom(NULL);
}

static int send_edits(void)
{
	cr_assert_eq(edited_message(0x1ff), SMFIS_ACCEPT);
	const char *log = fake_log(), *body = strstr(log, "body 5 new");
	cr_assert_not_null(strstr(log, "add A:1\n"));
	cr_assert_not_null(strstr(log, "insert 0 B:2\n"));
	cr_assert_not_null(strstr(log, "rcpt+ <x@y>\n"));
	cr_assert_not_null(strstr(log, "rcpt+ <z@y> NOTIFY=NEVER\n"));
	cr_assert_not_null(strstr(log, "from <n@y> -\n"));
	cr_assert_not_null(strstr(log, "rcpt- <c@d>\n"));
	cr_assert_not_null(strstr(log, "quarantine why\n"));
	cr_assert_not_null(body);
	cr_assert_str_eq(body, "body 5 new\r\n\n", "the body is last");
	finish();
	return MI_SUCCESS;
}

Test(libmilter_events, changes_are_sent)
{
	run(edits, 10, send_edits);
}

static int fail_edits(void)
{
	/* Each call may fail: then the message is refused for now, and nothing more is sent. */
	for (int nth = 0; nth < 8; nth++) {
		negotiate(0x1ff, 0x1fffff);
		MAIL("<a@b>", NULL);
		RCPT("<c@d>", NULL);
		fake.fail_after = nth;
		cr_assert_eq(fake.callbacks.xxfi_eom(NULL), SMFIS_TEMPFAIL, "%d", nth);
		cr_assert_eq(fake.fail_after, -1);
		finish();
	}
	return MI_SUCCESS;
}

Test(libmilter_events, a_change_that_fails)
{
	run(edits, 10, fail_edits);
}

static int unoffered_edits(void)
{
	cr_assert_eq(edited_message(0x01), SMFIS_ACCEPT);
	cr_assert_not_null(strstr(fake_log(), "add A:1\n"));
	cr_assert_null(strstr(fake_log(), "body"));
	cr_assert_null(strstr(fake_log(), "rcpt"));
	finish();
	return MI_SUCCESS;
}

Test(libmilter_events, changes_that_are_not_offered)
{
	run(edits, 10, unoffered_edits);
}

static int empty_body(void)
{
	cr_assert_eq(edited_message(0x1ff), SMFIS_CONTINUE);
	cr_assert_str_eq(fake_log(), "body 0 \n");
	finish();
	return MI_SUCCESS;
}

Test(libmilter_events, an_empty_body_is_one_empty_packet)
{
	run("event onDataReceived { replaceBody(\"\"); }\n", 10, empty_body);
}

/* ---- macros ---- */

static int agree_on_macros(void)
{
	negotiate(0x1ff, 0x1fffff);
	const char *log = fake_log();
	cr_assert_not_null(strstr(log, "macros 0 {client_ptr}"));
	cr_assert_not_null(strstr(log, "macros 2 {auth_authen} {mail_addr}\n"));
	/* 5 and 6 together, whatever they hold. */
	cr_assert_not_null(strstr(log, "macros 5 "));
	cr_assert_not_null(strstr(log, "macros 6 "));
	cr_assert_eq(actions & 0x100, 0x100);
	finish();
	/* Not where it is not offered. */
	buffer_clear(&fake.log);
	negotiate(0xff, 0x1fffff);
	cr_assert_null(strstr(fake_log(), "macros"));
	finish();
	/* libmilter does not take a list: the connection is not used. */
	fake.fail_after = 2;
	cr_assert_eq(negotiate(0x1ff, 0x1fffff), SMFIS_REJECT);
	cr_assert_null(fake.private_data);
	return MI_SUCCESS;
}

Test(libmilter_events, macro_lists)
{
	run("event onNegotiate { requestMacros(\"connect\", \"{client_ptr}\"); }\n"
	    "event onMailFrom { if (macro(\"{auth_authen}\") == \"x\") { reject(); } }\n",
	    10, agree_on_macros);
}

static int see_requested(void)
{
	static const char *const macros[] = {"{client_ptr}", "ptr.example", "{late}", "too early",
					     NULL};
	memcpy(fake.macros, macros, sizeof(macros));
	negotiate(0x1ff, 0x1fffff);
	/* What the chain reads anyway is not kept once more. */
	cr_assert_eq(((struct libmilter_session *)fake.private_data)->requested_count, 2);
	cr_assert_eq(connect_inet(), SMFIS_REJECT);
	cr_assert_not_null(strstr(fake_log(), "ptr.example none"), "%s", fake_log());
	finish();
	return MI_SUCCESS;
}

Test(libmilter_events, requested_macros_are_read_at_their_step)
{
	run("event onNegotiate { requestMacros(\"connect\", \"{client_ptr} {site} j\"); "
	    "requestMacros(\"eom\", \"{late}\"); }\n"
	    "event onConnect { reject(550, \"5.7.1\", macros.get(\"{client_ptr}\", \"none\") + \" "
	    "\" "
	    "+ macros.get(\"{late}\", \"none\")); }\n",
	    10, see_requested);
}

/* ---- admission ---- */

static int refuse_the_second(void)
{
	cr_assert_eq(negotiate(0x1ff, 0x1fffff), SMFIS_CONTINUE);
	void *first = fake.private_data;
	fake.private_data = NULL;
	cr_assert_eq(host_libmilter.sessions(), 1);
	cr_assert_eq(negotiate(0x1ff, 0x1fffff), SMFIS_CONTINUE);
	cr_assert_eq(steps, 0, "every step is to be refused, so every step must come");
	cr_assert_eq(actions, 0);
	cr_assert_eq(connect_inet(), SMFIS_TEMPFAIL);
	cr_assert_eq(helo("x"), SMFIS_TEMPFAIL);
	cr_assert_eq(MAIL("<a@b>", NULL), SMFIS_TEMPFAIL);
	cr_assert_eq(field("A", "b"), SMFIS_TEMPFAIL);
	cr_assert_eq(fake.callbacks.xxfi_eom(NULL), SMFIS_TEMPFAIL);
	fake.callbacks.xxfi_abort(NULL);
	finish();
	fake.private_data = first;
	finish();
	cr_assert_eq(negotiate(0x1ff, 0x1fffff), SMFIS_CONTINUE);
	cr_assert_eq(connect_inet(), SMFIS_CONTINUE);
	finish();
	return MI_SUCCESS;
}

Test(libmilter_events, too_many_sessions)
{
	run("event onConnect { if (remoteSmtpPort == 1) { reject(); } }\n", 1, refuse_the_second);
}

static int with_few_descriptors(void)
{
	struct rlimit limit, low;
	getrlimit(RLIMIT_NOFILE, &limit);
	int next = dup(0);
	close(next);
	/* Reserve is 8: at 7 left a session is refused, at 3 the connection. */
	low = limit;
	low.rlim_cur = (rlim_t)next + 7;
	setrlimit(RLIMIT_NOFILE, &low);
	sfsistat refused = negotiate(0x1ff, 0x1fffff);
	sfsistat answer = connect_inet();
	finish();
	low.rlim_cur = (rlim_t)next + 3;
	setrlimit(RLIMIT_NOFILE, &low);
	sfsistat ended = negotiate(0x1ff, 0x1fffff);
	low.rlim_cur = (rlim_t)next;
	setrlimit(RLIMIT_NOFILE, &low);
	sfsistat none_left = negotiate(0x1ff, 0x1fffff);
	setrlimit(RLIMIT_NOFILE, &limit);
	cr_assert_eq(refused, SMFIS_CONTINUE);
	cr_assert_eq(answer, SMFIS_TEMPFAIL);
	cr_assert_eq(ended, SMFIS_REJECT);
	cr_assert_eq(none_left, SMFIS_REJECT);
	cr_assert_eq(negotiate(0x1ff, 0x1fffff), SMFIS_CONTINUE);
	cr_assert_eq(connect_inet(), SMFIS_CONTINUE);
	finish();
	return MI_SUCCESS;
}

Test(libmilter_events, too_few_descriptors)
{
	run("event onConnect { if (remoteSmtpPort == 1) { reject(); } }\n", 10,
	    with_few_descriptors);
}

static int without_memory(void)
{
	/* Wherever memory ends, every step is answered, and no message is waved through. */
	for (unsigned long nth = 1; nth < 60; nth++) {
		memory_fail_at(nth, true);
		sfsistat begun = negotiate(0x1ff, 0x1fffff);
		sfsistat mail = SMFIS_TEMPFAIL;
		if (begun == SMFIS_CONTINUE)
			mail = MAIL("<reject@x>", "SIZE=1");
		memory_fail_at(0, false);
		cr_assert(begun == SMFIS_CONTINUE || begun == SMFIS_REJECT);
		cr_assert(mail == SMFIS_TEMPFAIL || mail == SMFIS_REJECT, "%lu: %d", nth, mail);
		finish();
	}
	return MI_SUCCESS;
}

Test(libmilter_events, memory_may_end_anywhere)
{
	run("event onNegotiate { requestMacros(\"mail\", \"j k l\"); }\n"
	    "event onMailFrom { if (mailFrom == \"reject@x\") { reject(); } }\n",
	    10, without_memory);
}

/* ---- the chain ---- */

static int change_the_chain(void)
{
	struct afsl_chain *fresh = chain_of("event onEhlo { tempfail(); }\n");
	negotiate(0x1ff, 0x1fffff);
	void *first = fake.private_data;
	cr_assert(host_libmilter.set_chain(fresh));
	afsl_chain_release(fresh);
	fake.private_data = NULL;
	negotiate(0x1ff, 0x1fffff);
	cr_assert_eq(helo("x"), SMFIS_TEMPFAIL);
	finish();
	fake.private_data = first;
	cr_assert_eq(helo("x"), SMFIS_REJECT);
	finish();
	struct afsl_chain *lost = chain_of("event onEhlo { reject(); }\n");
	memory_fail_at(1, true);
	bool set = host_libmilter.set_chain(lost);
	memory_fail_at(0, false);
	cr_assert_not(set);
	afsl_chain_release(lost);
	negotiate(0x1ff, 0x1fffff);
	cr_assert_eq(helo("x"), SMFIS_TEMPFAIL);
	finish();
	return MI_SUCCESS;
}

Test(libmilter_events, sessions_keep_their_chain)
{
	run("event onEhlo { reject(); }\n", 10, change_the_chain);
}

/* ---- what is reached where nothing is answered ---- */

static int hold(void)
{
	/* The script fails in a header field, which has no reply: the next answer is the refusal.
	 */
	negotiate(0x1ff, 0x1fffff);
	MAIL("<a@b>", NULL);
	cr_assert(steps & MILTER_NR_HEADER);
	cr_assert_eq(field("Bad", "x"), SMFIS_NOREPLY);
	cr_assert_eq(field("Good", "x"), SMFIS_NOREPLY);
	cr_assert_eq(fake.callbacks.xxfi_eom(NULL), SMFIS_TEMPFAIL);
	/* The next message has nothing to do with it. */
	MAIL("<a@b>", NULL);
	cr_assert_eq(field("Good", "x"), SMFIS_NOREPLY);
	cr_assert_eq(fake.callbacks.xxfi_eom(NULL), SMFIS_CONTINUE);
	MAIL("<a@b>", NULL);
	cr_assert_eq(field("Bad", "x"), SMFIS_NOREPLY);
	fake.callbacks.xxfi_abort(NULL);
	MAIL("<a@b>", NULL);
	cr_assert_eq(fake.callbacks.xxfi_eom(NULL), SMFIS_CONTINUE);
	finish();
	return MI_SUCCESS;
}

Test(libmilter_events, a_failure_without_a_reply_is_held)
{
	run("event onHeader { if (headerName == \"Bad\") { var n = int(\"x\"); } }\n", 10, hold);
}

/* ---- skipping ---- */

static int skip(void)
{
	unsigned char bytes[] = "x";
	negotiate(0x1ff, 0x1fffff);
	cr_assert(steps & MILTER_CAN_SKIP);
	MAIL("<a@b>", NULL);
	cr_assert_eq(fake.callbacks.xxfi_body(NULL, bytes, 1), SMFIS_ACCEPT);
	finish();
	return MI_SUCCESS;
}

Test(libmilter_events, a_body_is_answered)
{
	run("event onBodyChunk { accept(); }\n", 10, skip);
}

static sfsistat silent_mail_without_memory(void)
{
	memory_fail_at(1, true);
	sfsistat answer = MAIL("<a@b>", NULL);
	memory_fail_at(0, false);
	return answer;
}

static int lose_macros(void)
{
	static const char *const macros[] = {"{site_policy}", "x", "{mail_addr}", "y", NULL};
	memcpy(fake.macros, macros, sizeof(macros));
	negotiate(0x1ff, 0x1fffff);
	cr_assert(steps & MILTER_NR_MAIL);
	cr_assert_eq(silent_mail_without_memory(), SMFIS_NOREPLY);
	cr_assert_eq(fake.callbacks.xxfi_eom(NULL), SMFIS_TEMPFAIL);
	/* It is forgotten with its message, however that ends. */
	cr_assert_eq(MAIL("<a@b>", NULL), SMFIS_NOREPLY);
	cr_assert_eq(fake.callbacks.xxfi_eom(NULL), SMFIS_CONTINUE);
	finish();
	negotiate(0x1ff, 0x1fffff);
	cr_assert_eq(silent_mail_without_memory(), SMFIS_NOREPLY);
	fake.callbacks.xxfi_abort(NULL);
	cr_assert_eq(fake.callbacks.xxfi_eom(NULL), SMFIS_CONTINUE, "nothing is held any more");
	finish();
	return MI_SUCCESS;
}

Test(libmilter_events, a_silent_step_that_was_not_looked_at)
{
	run("event onDataReceived { if (mailFrom == \"x\" and macro(\"{site_policy}\") == \"z\") "
	    "{ reject(); } }\n",
	    10, lose_macros);
}

static int without_negotiation(void)
{
	/* After QUIT_NC the next session of a connection begins in any callback. */
	MAIL("<a@b>", NULL);
	RCPT("<c@d>", NULL);
	cr_assert_eq(host_libmilter.sessions(), 1);
	cr_assert_eq(fake.callbacks.xxfi_eom(NULL), SMFIS_ACCEPT);
	cr_assert_not_null(strstr(fake_log(), "add A:1\n"));
	cr_assert_not_null(strstr(fake_log(), "body 5 new"));
	cr_assert_null(strstr(fake_log(), "macros"), "lists belong to the negotiation");
	finish();
	return MI_SUCCESS;
}

Test(libmilter_events, a_session_without_a_negotiation)
{
	run(edits, 10, without_negotiation);
}

static int negotiation_fails(void)
{
	/* A failure before there is anything to answer: all steps are asked for, and refused for
	 * now. */
	cr_assert_eq(negotiate(0x1ff, 0x1fffff), SMFIS_CONTINUE);
	cr_assert_eq(steps, 0);
	cr_assert_eq(connect_inet(), SMFIS_TEMPFAIL);
	cr_assert_eq(MAIL("<a@b>", NULL), SMFIS_TEMPFAIL);
	cr_assert_eq(MAIL("<c@d>", NULL), SMFIS_TEMPFAIL, "for the whole session");
	finish();
	return MI_SUCCESS;
}

Test(libmilter_events, the_negotiation_fails)
{
	run("event onNegotiate { var n = int(\"x\"); }\nevent onMailFrom { }\n", 10,
	    negotiation_fails);
}
