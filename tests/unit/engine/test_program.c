#include "play.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct afsl_program *load(const char *source, const struct afsl_setting *settings,
				 size_t count, struct afsl_report **report)
{
	struct afsl_load_options options = {.options = settings,
					    .option_count = count,
					    .source = source,
					    .source_length = strlen(source)};

	return afsl_program_load("test.afsl", &options, report);
}

Test(program, a_right_one_has_nothing_to_report)
{
	struct afsl_report *report = (struct afsl_report *)1;
	struct afsl_program *program = load("event onMailFrom { }", NULL, 0, &report);

	cr_assert_not_null(program);
	cr_assert_null(report);
	cr_assert_eq(afsl_program_keep(program), program);
	afsl_program_release(program);
	afsl_program_release(program);
	afsl_program_release(NULL);
}

Test(program, a_wrong_one_says_what_is_wrong)
{
	struct afsl_report *report = NULL;

	cr_assert_null(load("event onMailFrom { nonsense(); }\nevent onData { x = 1; }", NULL, 0,
			    &report));
	cr_assert_eq(afsl_report_errors(report), 2);
	cr_assert_eq(afsl_report_warnings(report), 0);
	cr_assert_not_null(strstr(afsl_report_text(report, false), "test.afsl:1:20: error[E03"));
	cr_assert_not_null(strstr(afsl_report_text(report, true), "\033["));
	cr_assert_eq(afsl_report_json(report)[0], '[');
	cr_assert_not_null(strstr(afsl_report_json(report), "\"line\""));
	afsl_report_free(report);
	cr_assert_null(load("event onMailFrom { nonsense(); }", NULL, 0, NULL));
	cr_assert_eq(afsl_report_errors(NULL), 0);
	cr_assert_eq(afsl_report_warnings(NULL), 0);
	afsl_report_free(NULL);
}

Test(program, warnings_do_not_keep_it_from_loading)
{
	struct afsl_report *report = NULL;
	struct afsl_program *program =
		load("event onEhlo { set(maxRcptCount, \"5\"); }", NULL, 0, &report);

	cr_assert_not_null(program);
	cr_assert_eq(afsl_report_errors(report), 0);
	cr_assert_geq(afsl_report_warnings(report), 1);
	afsl_report_free(report);
	afsl_program_release(program);
}

Test(program, checking_loads_nothing)
{
	struct afsl_load_options options = {
		.source = "event onMailFrom { }", .source_length = 20, .check_only = true};
	struct afsl_report *report = NULL;

	cr_assert_null(afsl_program_load("test.afsl", &options, &report));
	cr_assert_eq(afsl_report_errors(report), 0);
	afsl_report_free(report);
}

Test(program, options_come_from_outside)
{
	struct afsl_setting setting = {"who", "world"}, wrong = {"whom", "x"};
	struct afsl_report *report = NULL;
	struct afsl_program *program = load(
		"option who: text = \"nobody\"; event onMailFrom { log.info(\"hello %who%\"); }",
		&setting, 1, &report);
	struct play play;

	cr_assert_not_null(program);
	play_begin(&play);
	cr_assert(afsl_chain_add(play.chain, program, NULL));
	afsl_program_release(program);
	play_session(&play);
	play_mail(&play, "<a@b>");
	cr_assert_str_eq(play_said(&play), "hello world|");
	play_end(&play);
	cr_assert_null(load("event onMailFrom { }", &wrong, 1, &report));
	cr_assert_eq(afsl_report_errors(report), 1);
	afsl_report_free(report);
}

Test(program, no_file_and_a_folder)
{
	struct afsl_report *report = NULL;

	cr_assert_null(afsl_program_load("/nonexistent.afsl", NULL, &report));
	cr_assert_eq(afsl_report_errors(report), 1);
	afsl_report_free(report);
	cr_assert_null(afsl_program_load("/tmp", NULL, &report));
	cr_assert_eq(afsl_report_errors(report), 1);
	afsl_report_free(report);
}

Test(program, on_start_runs_at_load_and_a_failure_is_a_load_error)
{
	struct afsl_report *report = NULL;
	struct afsl_program *program =
		load("event onStart { log.debug(\"started\"); } event onStop { log.debug(\"x\"); }",
		     NULL, 0, &report);

	cr_assert_not_null(program);
	cr_assert_null(report);
	afsl_program_release(program);
	cr_assert_null(load("event onStart { throw \"no way\"; }", NULL, 0, &report));
	cr_assert_eq(afsl_report_errors(report), 1);
	cr_assert_not_null(strstr(afsl_report_text(report, false), "E0530"));
	cr_assert_not_null(strstr(afsl_report_text(report, false), "throw: no way"));
	afsl_report_free(report);
}

static void write_file(const char *path, const char *content)
{
	FILE *file = fopen(path, "w");

	fputs(content, file);
	fclose(file);
}

Test(program, tables_are_opened_and_read)
{
	char folder[] = "/tmp/afsl-program-XXXXXX", script[64], table[64];
	struct afsl_report *report = NULL;
	struct afsl_program *program;
	struct play play;

	cr_assert_not_null(mkdtemp(folder));
	snprintf(script, sizeof(script), "%s/s.afsl", folder);
	snprintf(table, sizeof(table), "%s/t.txt", folder);
	write_file(script, "table friends: text = \"file:t.txt\";\ntable owners: text -> text = "
			   "\"file:t.txt\";\n");
	write_file(table, "a@b\n");
	/* The second one wants values. */
	cr_assert_null(afsl_program_load(script, NULL, &report));
	cr_assert_geq(afsl_report_errors(report), 1);
	cr_assert_not_null(strstr(afsl_report_text(report, false), "t.txt"));
	afsl_report_free(report);
	write_file(table, "10.0.0.0/8\n");
	write_file(script,
		   "table nets: net = \"file:t.txt\";\n"
		   "event onConnect { if (remoteSmtpIp in nets) { accept(); } reject(); }\n");
	program = afsl_program_load(script, NULL, &report);
	cr_assert_not_null(program, "%s", report ? afsl_report_text(report, false) : "");
	play_begin(&play);
	cr_assert(afsl_chain_add(play.chain, program, NULL));
	afsl_program_release(program);
	play_session(&play);
	cr_assert_eq(play_connect(&play, "10.1.2.3"), AFSL_ACCEPT);
	play_session(&play);
	cr_assert_eq(play_connect(&play, "11.1.2.3"), AFSL_REJECT);
	play_end(&play);
	write_file(table, "a@b\n");
	write_file(script,
		   "table friends: text = \"file:t.txt\";\n"
		   "event onMailFrom { if (mailFrom in friends) { accept(); } reject(); }\n");
	program = afsl_program_load(script, NULL, &report);
	cr_assert_not_null(program, "%s", report ? afsl_report_text(report, false) : "");
	play_begin(&play);
	cr_assert(afsl_chain_add(play.chain, program, NULL));
	afsl_program_release(program);
	play_session(&play);
	cr_assert_eq(play_mail(&play, "<a@b>"), AFSL_ACCEPT);
	cr_assert_eq(play_mail(&play, "<c@b>"), AFSL_REJECT);
	play_end(&play);
	unlink(table);
	cr_assert_null(afsl_program_load(script, NULL, &report));
	cr_assert_eq(afsl_report_errors(report), 1);
	afsl_report_free(report);
	unlink(script);
	rmdir(folder);
}

Test(program, the_dump_shows_the_code)
{
	struct afsl_program *program = play_load("event onMailFrom { log.info(\"x\"); }");
	char *dump = afsl_program_dump(program);

	cr_assert_not_null(strstr(dump, "onMailFrom"));
	free(dump);
	afsl_program_release(program);
}

Test(program, a_session_keeps_what_it_runs)
{
	struct play play;

	play_one(&play, "event onMailFrom { reject(\"still here\"); }");
	afsl_chain_release(play.chain);
	play.chain = NULL;
	cr_assert_eq(play_mail(&play, "<a@b>"), AFSL_REJECT);
	afsl_session_free(play.session);
}

static void *run_sessions(void *argument)
{
	struct afsl_chain *chain = argument;
	unsigned long refused = 0;

	for (unsigned i = 0; i < 500; i++) {
		struct afsl_session *session = afsl_session_new(chain);

		if (!session)
			break;
		afsl_mail(session, T(i % 2 ? "<odd@b>" : "<even@b>"), NULL, 0);
		refused += afsl_verdict(session)->kind == AFSL_REJECT;
		afsl_session_free(session);
	}
	return (void *)refused;
}

Test(program, threads_share_it)
{
	struct play play;
	pthread_t threads[4];
	void *refused;

	play_one(&play, "event onMailFrom { if (mailFrom =~ re\"^odd\") { reject(); } }");
	for (unsigned i = 0; i < 4; i++)
		pthread_create(threads + i, NULL, run_sessions, play.chain);
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(threads[i], &refused);
		cr_assert_eq((unsigned long)refused, 250);
	}
	play_end(&play);
}

/* Whatever fails for want of memory: an answer, never a crash, and nothing lost. */
Test(program, memory_failing_at_any_place, .timeout = 300)
{
	static const char source[] =
		"session var all: list[text] = []; message var one: text = \"\";\n"
		"event onMailFrom { all.push(mailFrom); one = \"%mailFrom%!\"; if (mailFrom =~ "
		"re\"^x\") { reject(\"words\"); } }\n"
		"event onDataReceived { addHeader(\"A\", one); removeHeader(\"To\"); "
		"replaceBody(\"b\"); spamLevel(3); }\n";
	struct afsl_program *program = play_load(source), *second = play_load(source);

	for (unsigned long nth = 1; nth < 400; nth++) {
		struct play play = {.chain = NULL};
		struct afsl_text connect[] = {T("j"), T("host")};

		memory_fail_at(nth, nth % 2);
		play.chain = afsl_chain_new();
		if (play.chain && afsl_chain_add(play.chain, program, NULL) &&
		    afsl_chain_add(play.chain, second, NULL))
			play.session = afsl_session_new(play.chain);
		if (play.session) {
			afsl_session_name(play.session, "name");
			afsl_macros(play.session, AFSL_CONNECT, connect, 1);
			play_connect(&play, "192.0.2.1");
			play_message(&play, "<a@b>");
			play_message(&play, "<x@b>");
			play_disconnect(&play);
		}
		memory_fail_at(0, false);
		play_end(&play);
	}
	afsl_program_release(program);
	afsl_program_release(second);
}

Test(program, memory_failing_while_loading, .timeout = 300)
{
	for (unsigned long nth = 1; nth < 300; nth++) {
		struct afsl_report *report = NULL;
		struct afsl_program *program;

		memory_fail_at(nth, nth % 2);
		program = load("event onMailFrom { if (mailFrom == \"a\") { reject(\"x\"); } }\n"
			       "event onStart { log.debug(\"a\"); }",
			       NULL, 0, &report);
		if (program) {
			char *dump = afsl_program_dump(program);

			free(dump);
		}
		memory_fail_at(0, false);
		afsl_program_release(program);
		afsl_report_free(report);
	}
}
