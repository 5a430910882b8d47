/* Programs that take the place of another one while a session goes on. */
#include "play.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct play play;

static void end(void)
{
	play_end(&play);
}

TestSuite(try, .fini = end);

/* Runs the statements in the present session, with these declarations. */
static enum afsl_verdict_kind try_with(const char *declarations, const char *statements)
{
	char source[4096];
	struct afsl_program *program;

	snprintf(source, sizeof(source), "%s\nevent onUnknownCommand { %s }", declarations,
		 statements);
	program = play_load(source);
	cr_assert(afsl_try(play.session, program));
	afsl_program_release(program);
	return afsl_verdict(play.session)->kind;
}

Test(try, variables_keep_their_values)
{
	play_one(&play, "session var n = 1;");
	play_connect(&play, "192.0.2.1");
	try_with("session var n = 1;", "n += 4;");
	try_with("session var n = 1; session var words: list[text];", "words.push(\"%n%\");");
	try_with("session var words: list[text]; session var n = 1; session var m: map[text, list[text]];",
		 "words.push(\"two\"); m[\"k\"] = words; n += 1;");
	try_with("session var m: map[text, list[text]]; session var n = 1; session var words: list[text];",
		 "log.info(\"%n% %{words.join(\",\")} %{m[\"k\"].length()}\");");
	cr_assert_str_eq(play_said(&play), "6 5,two 2|");
}

Test(try, another_type_begins_anew)
{
	play_one(&play, "");
	play_connect(&play, "192.0.2.1");
	try_with("session var a = 5;", "a = 6;");
	try_with("session var a: text;", "log.info(\"[%a%]\");");
	try_with("record R { x: int; } session var r: R;", "r.x = 3;");
	try_with("record R { x: int; y: int; } session var r: R;", "log.info(\"%{r.x}\");");
	cr_assert_str_eq(play_said(&play), "[]|0|");
}

Test(try, records_lists_and_policy_variables_go_along)
{
	play_one(&play, "");
	play_connect(&play, "192.0.2.1");
	try_with("record R { x: int; tags: list[text]; } session var all: list[R];",
		 "all.push(R(x: 1, tags: [\"a\"]));");
	try_with("record R { x: int; tags: list[text]; } session var all: list[R]; const A = 1;",
		 "all[0].tags.push(\"b\"); log.info(\"%{all[0].x}%{all[0].tags.join(\"\")}\");");
	cr_assert_str_eq(play_said(&play), "1ab|");
}

Test(try, a_verdict_has_no_consequence)
{
	play_one(&play, "event onMailFrom { log.info(\"mail\"); }");
	play_connect(&play, "192.0.2.1");
	cr_assert_eq(try_with("", "reject(\"no\");"), AFSL_REJECT);
	cr_assert_str_eq(afsl_verdict(play.session)->text, "no");
	cr_assert_eq(try_with("", "accept();"), AFSL_ACCEPT);
	cr_assert_eq(try_with("event onMailFrom { log.info(\"new\"); }", "throw \"x\";"), AFSL_TEMPFAIL);
	cr_assert_str_eq(afsl_verdict(play.session)->error, "throw: x");
	play_said(&play);
	play_mail(&play, "<a@b>");
	cr_assert_str_eq(play_said(&play), "new|");
}

Test(try, facts_are_those_of_the_session)
{
	play_one(&play, "event onHeadersReceived { if (hasHeader(\"X\") or recipients.length() > 9) { } }");
	play_connect(&play, "192.0.2.7");
	play_helo(&play, "mx");
	play_mail(&play, "<a@b>");
	play_rcpt(&play, "<c@d>");
	play_data(&play);
	play_header(&play, "Subject", " s");
	play_eoh(&play);
	try_with("", "log.info(\"%remoteSmtpIp% %ehloHost% %mailFrom% %{recipients.join(\"\")} "
		     "%{header(\"Subject\")}\");");
	cr_assert_str_eq(play_said(&play), "192.0.2.7 mx a@b c@d s|");
}

Test(try, what_has_been_accepted_stays_so)
{
	static const char tells[] = "event onMailFrom { log.info(\"mail\"); }";

	play_one(&play, "event onConnect { accept(); }");
	play_connect(&play, "192.0.2.7");
	try_with(tells, "log.info(\"try\");");
	play_mail(&play, "<a@b>");
	try_with(tells, "log.info(\"again\");");
	cr_assert_str_eq(play_said(&play), "try|again|");
}

Test(try, message_variables_end_with_the_message)
{
	play_one(&play, "message var n = 1;");
	play_connect(&play, "192.0.2.7");
	play_mail(&play, "<a@b>");
	try_with("message var n = 1;", "n += 1;");
	try_with("message var n = 1; const X = 2;", "n += X; log.info(\"%n%\");");
	play_abort(&play);
	play_mail(&play, "<a@b>");
	try_with("message var n = 1;", "log.info(\"%n%\");");
	cr_assert_str_eq(play_said(&play), "4|1|");
}

Test(try, types_of_what_was_tried)
{
	struct afsl_program *program =
		play_load("event onUnknownCommand { var a = [\"x\": [1s]]; log.info(text(a)); }");
	char *type = afsl_tried_type(program, "a");

	play_one(&play, "");
	cr_assert_str_eq(type, "map[text, list[duration]]");
	free(type);
	cr_assert_null(afsl_tried_type(program, "b"));
	afsl_program_release(program);
}
