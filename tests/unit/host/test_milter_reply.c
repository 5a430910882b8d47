#include "host/milter_reply.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct milter_reply reply;

static void make(enum afsl_event event, enum afsl_verdict_kind kind, int code, const char *enhanced,
		 const char *text)
{
	struct afsl_verdict verdict = {
		.kind = kind, .code = code, .enhanced = enhanced, .text = text};
	milter_reply_make(event, &verdict, &reply);
}

/* c continue, a accept, r reject, t tempfail, d discard; by verdict: continue accept reject
 * tempfail discard disconnect. */
Test(milter_reply, only_what_is_portable)
{
	static const struct {
		enum afsl_event event;
		const char *expected;
	} rows[] = {
		{AFSL_CONNECT, "carttt"},
		{AFSL_HELO, "cartt"
			    "t"},
		{AFSL_MAIL, "cartdt"},
		{AFSL_RCPT, "cartdt"},
		{AFSL_DATA, "cartdt"},
		{AFSL_HEADER, "cartdt"},
		{AFSL_END_OF_HEADERS, "cartdt"},
		{AFSL_BODY, "cartdt"},
		{AFSL_END_OF_MESSAGE, "cartdt"},
		{AFSL_UNKNOWN_COMMAND, "ccrtdt"},
		{AFSL_ABORT, "tttttt"},
	};
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
		for (int kind = 0; kind < 6; kind++) {
			make(rows[row].event, (enum afsl_verdict_kind)kind, 0, "", "");
			cr_assert_eq(reply.letter, rows[row].expected[kind], "%zu %d", row, kind);
		}
}

Test(milter_reply, a_verdict_that_does_not_exist)
{
	make(AFSL_MAIL, (enum afsl_verdict_kind)17, 0, "", "");
	cr_assert_eq(reply.letter, MILTER_TEMPFAIL);
	make((enum afsl_event)99, AFSL_CONTINUE, 0, "", "");
	cr_assert_eq(reply.letter, MILTER_TEMPFAIL);
}

Test(milter_reply, without_a_code_the_mail_servers_words)
{
	make(AFSL_RCPT, AFSL_REJECT, 0, "5.1.1", "ignored");
	cr_assert_str_empty(reply.code);
	make(AFSL_RCPT, AFSL_CONTINUE, 550, "5.1.1", "ignored");
	cr_assert_str_empty(reply.code);
	make(AFSL_RCPT, AFSL_DISCARD, 550, "", "ignored");
	cr_assert_str_empty(reply.code);
	make(AFSL_CONNECT, AFSL_DISCARD, 550, "", "ignored"); /* refused for now: nothing to drop */
	cr_assert_eq(reply.letter, MILTER_TEMPFAIL);
	cr_assert_str_empty(reply.code);
}

Test(milter_reply, code_and_class_agree)
{
	make(AFSL_RCPT, AFSL_REJECT, 554, "4.1.1", "x");
	cr_assert_str_eq(reply.code, "554");
	cr_assert_str_eq(reply.enhanced, "5.1.1");
	make(AFSL_RCPT, AFSL_REJECT, 451, "", "x");
	cr_assert_str_eq(reply.code, "550");
	make(AFSL_RCPT, AFSL_TEMPFAIL, 550, "5.7.1", "x");
	cr_assert_str_eq(reply.code, "451");
	cr_assert_str_eq(reply.enhanced, "4.7.1");
	make(AFSL_RCPT, AFSL_REJECT, 599, "", "x");
	cr_assert_str_eq(reply.code, "550");
	make(AFSL_RCPT, AFSL_REJECT, -7, "", "x");
	cr_assert_str_eq(reply.code, "550");
	make(AFSL_RCPT, AFSL_DISCONNECTED, 0, "", "");
	cr_assert_str_eq(reply.code, "421");
	cr_assert_str_eq(reply.text, "Server closing connection");
}

Test(milter_reply, enhanced_codes_of_wrong_shape_go)
{
	static const char *const bad[] = {"5.7",  "5.1234.1", "5.7.1.2", "x.7.1",  "55.7.1",
					  "5..1", "5.7.",     "",	 " 5.7.1", "5.7.1 x"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make(AFSL_MAIL, AFSL_REJECT, 550, bad[i], "x");
		cr_assert_str_empty(reply.enhanced, "%s", bad[i]);
	}
	make(AFSL_MAIL, AFSL_REJECT, 550, NULL, "x");
	cr_assert_str_empty(reply.enhanced);
	make(AFSL_MAIL, AFSL_REJECT, 550, "5.123.999", "x");
	cr_assert_str_eq(reply.enhanced, "5.123.999");
}

Test(milter_reply, words_where_there_are_none)
{
	make(AFSL_MAIL, AFSL_REJECT, 550, "", "");
	cr_assert_str_eq(reply.text, "Command rejected");
	make(AFSL_MAIL, AFSL_TEMPFAIL, 451, "", NULL);
	cr_assert_str_eq(reply.text, "Service unavailable - try again later");
}

static const char *line_of(const char **rest)
{
	static char copy[REPLY_LINE_MAX + 1];
	struct text line;
	if (!milter_reply_line(rest, &line))
		return NULL;
	memcpy(copy, line.data, line.length);
	copy[line.length] = '\0';
	return copy;
}

Test(milter_reply, lines)
{
	static char text[3000];
	const char *rest = "one\r\n\ntwo\n";
	cr_assert_str_eq(line_of(&rest), "one");
	cr_assert_str_eq(line_of(&rest), "");
	cr_assert_str_eq(line_of(&rest), "two");
	cr_assert_null(line_of(&rest));
	memset(text, 'x', sizeof(text) - 1);
	rest = text;
	cr_assert_eq(strlen(line_of(&rest)), REPLY_LINE_MAX);
	cr_assert_null(line_of(&rest));
}

Test(milter_reply, what_is_held)
{
	struct milter_held held = {.kind = AFSL_CONTINUE};
	milter_hold(&held, AFSL_MAIL, AFSL_ACCEPT);
	cr_assert_eq(held.kind, AFSL_CONTINUE);
	milter_hold(&held, AFSL_MAIL, AFSL_REJECT);
	milter_hold(&held, AFSL_RCPT, AFSL_TEMPFAIL);
	cr_assert_eq(held.kind, AFSL_REJECT);
	milter_held_forget(&held);
	cr_assert_eq(held.kind, AFSL_CONTINUE);
	milter_hold(&held, AFSL_HELO, AFSL_TEMPFAIL);
	milter_held_forget(&held);
	cr_assert_eq(held.kind, AFSL_TEMPFAIL);
}
