/* What a configuration says of a filter reaches it. */
#include "daemon/configuration.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "files.h"

static struct buffer told;
static struct afsl_session *session;

static void begin(void)
{
	files_begin();
	buffer_init(&told, (size_t)1 << 20);
}

static void end(void)
{
	afsl_session_free(session);
	buffer_free(&told);
	files_end();
}

TestSuite(filters, .init = begin, .fini = end);

/* A session on the filter a.afsl, with these settings beside `listen`; %s is the folder. */
static void open_session(const char *script, const char *settings)
{
	struct sources sources;
	struct configuration configuration;
	struct afsl_chain *chain = NULL;
	char text[1024];
	snprintf(text, sizeof(text), "listen = inet:1 %s\n", settings);
	files_write("conf", text);
	files_write("a.afsl", script);
	struct command command = { .common.config = files_path("conf") };
	sources_init(&sources, false);
	cr_assert_eq(configuration_load(&command, &sources, &configuration, &told), 0, "%.*s",
		     (int)told.length, told.data);
	cr_assert_eq(chain_load(&configuration, &told, &chain), 0, "%.*s", (int)told.length,
		     told.data);
	configuration_free(&configuration);
	sources_free(&sources);
	session = afsl_session_new(chain);
	afsl_chain_release(chain);
	cr_assert_not_null(session);
}

static struct afsl_text text(const char *string)
{
	return (struct afsl_text){ string, strlen(string) };
}

static enum afsl_verdict_kind rcpt(const char *recipient)
{
	afsl_mail(session, text("<a@example.net>"), NULL, 0);
	cr_assert_eq(afsl_rcpt(session, text(recipient), NULL, 0), AFSL_DONE);
	afsl_finish(session);
	return afsl_verdict(session)->kind;
}

#define REFUSES "event onRcptTo { reject(\"refused\"); }"

Test(filters, what_an_error_is_answered_with)
{
	open_session("event onRcptTo { if (rcptTo == \"\") { reject(); } throw(\"oh\"); }",
		     "onError = accept filters = { script = a.afsl onError = reject }");
	cr_assert_eq(rcpt("<x@example.org>"), AFSL_REJECT);
	cr_assert_str_eq(afsl_verdict(session)->error, "throw: oh");
}

Test(filters, an_error_of_a_filter_that_does_not_say)
{
	open_session("event onRcptTo { if (rcptTo == \"\") { reject(); } throw(\"oh\"); }",
		     "onError = reject filters = { script = a.afsl }");
	cr_assert_eq(rcpt("<x@example.org>"), AFSL_REJECT);
	cr_assert_str_eq(afsl_verdict(session)->filter, "a");
}

/* Its own before those of all. */
Test(filters, limits)
{
	open_session("function down(n: int) -> int { return n == 0 ? 0 : down(n - 1) + 1; }\n"
		     "event onRcptTo { reject(\"%{down(60)}\"); }",
		     "limits = { callDepth = 10 }\n"
		     "filters = { script = a.afsl limits = { callDepth = 50 } }");
	cr_assert_eq(rcpt("<x@example.org>"), AFSL_TEMPFAIL);
	cr_assert_str_eq(afsl_verdict(session)->error, "limit callDepth (50)");
}

Test(filters, folders)
{
	mkdir(files_path("words"), 0755);
	files_write("words/why", "because");
	open_session("event onRcptTo { reject(file.read(\"why\")); }",
		     "filters = { script = a.afsl files = words }");
	cr_assert_eq(rcpt("<x@example.org>"), AFSL_REJECT);
	cr_assert_str_eq(afsl_verdict(session)->text, "because");
}

Test(filters, whom_it_is_for)
{
	open_session(REFUSES, "filters = { script = a.afsl domains = ( example.org ) }");
	cr_assert_eq(rcpt("<x@example.com>"), AFSL_CONTINUE);
	cr_assert_eq(rcpt("<x@example.org>"), AFSL_REJECT);
}

Test(filters, local_recipients)
{
	open_session(REFUSES, "localDomains = ( example.org ) "
			      "filters = { script = a.afsl applyOn = relay }");
	cr_assert_eq(rcpt("<x@example.org>"), AFSL_CONTINUE);
	cr_assert_eq(rcpt("<x@example.com>"), AFSL_REJECT);
}

Test(filters, recipients_who_need_a_message_of_their_own)
{
	open_session(REFUSES, "filters = { script = a.afsl domains = ( example.org ) mixed = "
			      "tempfail }");
	cr_assert_eq(rcpt("<x@example.com>"), AFSL_CONTINUE);
	cr_assert_eq(afsl_rcpt(session, text("<x@example.org>"), NULL, 0), AFSL_DONE);
	cr_assert_eq(afsl_verdict(session)->kind, AFSL_TEMPFAIL);
	cr_assert_eq(afsl_verdict(session)->code, 452);
}

Test(filters, the_mail_server_that_it_is_written_for)
{
	static const char late[] = "event onDataReceived { quarantine(\"why\"); }\n"
				   "event onConnect { if (remoteSmtpHost == \"a\") { "
				   "reject(\"no\"); } }";
	open_session(late, "mta = sendmail filters = { script = a.afsl }");
	buffer_append_byte(&told, '\0');
	cr_assert_not_null(strstr(told.data, "W0408"), "%s", told.data);
}

/* Files of a folder that the configuration names. */
Test(filters, where_shared_variables_are_kept)
{
	mkdir(files_path("stores"), 0755);
	open_session("shared var seen: counter;\n"
		     "event onRcptTo { seen.add(1); reject(\"%{seen.value()}\"); }",
		     "stores = stores store = lmdb:seen filters = { script = a.afsl }");
	cr_assert_eq(rcpt("<x@example.org>"), AFSL_REJECT);
	DIR *folder = opendir(files_path("stores"));
	unsigned count = 0;
	while (folder && readdir(folder))
		count++;
	closedir(folder);
	cr_assert_gt(count, 2, "nothing is kept there");
}
