#include "host/milter_reply.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "fake_milter.h"

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
		{AFSL_UNKNOWN_COMMAND, "ccrtct"},
		{AFSL_ABORT, "tttttt"},
	};
	static const struct {
		char letter;
		int status;
	} letters[] = {{'c', SMFIS_CONTINUE},
		       {'a', SMFIS_ACCEPT},
		       {'r', SMFIS_REJECT},
		       {'t', SMFIS_TEMPFAIL},
		       {'d', SMFIS_DISCARD}};
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
		for (int kind = 0; kind < 6; kind++)
			for (size_t i = 0; i < 5; i++)
				if (letters[i].letter == rows[row].expected[kind]) {
					make(rows[row].event, (enum afsl_verdict_kind)kind, 0, "",
					     "");
					cr_assert_eq(reply.status, letters[i].status, "%zu %d", row,
						     kind);
				}
}

Test(milter_reply, a_verdict_that_does_not_exist)
{
	make(AFSL_MAIL, (enum afsl_verdict_kind)17, 0, "", "");
	cr_assert_eq(reply.status, SMFIS_TEMPFAIL);
	make((enum afsl_event)99, AFSL_CONTINUE, 0, "", "");
	cr_assert_eq(reply.status, SMFIS_TEMPFAIL);
}

Test(milter_reply, without_a_code_the_mail_servers_words)
{
	make(AFSL_RCPT, AFSL_REJECT, 0, "5.1.1", "ignored");
	cr_assert_str_empty(reply.code);
	make(AFSL_RCPT, AFSL_CONTINUE, 550, "5.1.1", "ignored");
	cr_assert_str_empty(reply.code);
	make(AFSL_RCPT, AFSL_DISCARD, 550, "", "ignored");
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
	cr_assert_str_eq(reply.lines[0], "Closing connection");
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

Test(milter_reply, text_is_cleaned)
{
	make(AFSL_MAIL, AFSL_REJECT, 550, "5.7.1",
	     "100% a\tb\x01"
	     "c\x7f"
	     "d \xc3\xa9\xe2\x82\xac.");
	cr_assert_eq(reply.line_count, 1);
	cr_assert_str_eq(reply.lines[0], "100%% a b c d ?\?.");
	make(AFSL_MAIL, AFSL_REJECT, 550, "5.7.1", "one\r\n\ntwo\n");
	cr_assert_eq(reply.line_count, 3);
	cr_assert_str_eq(reply.lines[0], "one");
	cr_assert_str_eq(reply.lines[1], "");
	cr_assert_str_eq(reply.lines[2], "two");
	make(AFSL_MAIL, AFSL_REJECT, 550, "", "");
	cr_assert_str_eq(reply.lines[0], "Command rejected");
	make(AFSL_MAIL, AFSL_TEMPFAIL, 451, "", NULL);
	cr_assert_str_eq(reply.lines[0], "Service unavailable - try again later");
}

Test(milter_reply, lines_are_bounded)
{
	static char text[3000], lines[200];
	memset(text, '%', sizeof(text) - 1);
	make(AFSL_MAIL, AFSL_REJECT, 550, "5.7.1", text);
	cr_assert_eq(strlen(reply.lines[0]), 980);
	text[1] = 'x'; /* now the last pair of signs would be cut in two */
	make(AFSL_MAIL, AFSL_REJECT, 550, "5.7.1", text + 1);
	cr_assert_eq(strlen(reply.lines[0]), 979);
	for (int i = 0; i < 40; i++)
		memcpy(lines + 2 * i, "x\n", 2);
	make(AFSL_MAIL, AFSL_REJECT, 550, "5.7.1", lines);
	cr_assert_eq(reply.line_count, 32);
}

Test(milter_reply, given_to_libmilter)
{
	fake_reset();
	make(AFSL_MAIL, AFSL_REJECT, 550, "5.7.1", "no");
	cr_assert_eq(milter_reply_give(NULL, &reply), SMFIS_REJECT);
	cr_assert_str_eq(fake_log(), "setreply 550 5.7.1 no\n");
	fake_reset();
	make(AFSL_MAIL, AFSL_TEMPFAIL, 451, "", "a\nb\nc");
	cr_assert_eq(milter_reply_give(NULL, &reply), SMFIS_TEMPFAIL);
	cr_assert_str_eq(fake_log(), "setmlreply 451 - a|b|c\n");
	fake_reset();
	make(AFSL_MAIL, AFSL_CONTINUE, 0, "", "");
	cr_assert_eq(milter_reply_give(NULL, &reply), SMFIS_CONTINUE);
	cr_assert_str_eq(fake_log(), "");
	/* A text that libmilter does not take: the verdict stands. */
	fake_reset();
	fake.fail_after = 0;
	make(AFSL_MAIL, AFSL_REJECT, 550, "5.7.1", "no");
	cr_assert_eq(milter_reply_give(NULL, &reply), SMFIS_REJECT);
}

Test(milter_reply, thirty_two_lines_are_given)
{
	char lines[65] = "";
	fake_reset();
	for (int i = 0; i < 32; i++)
		strcat(lines, i ? "\nx" : "x");
	make(AFSL_MAIL, AFSL_REJECT, 550, "5.7.1", lines);
	milter_reply_give(NULL, &reply);
	cr_assert_eq(strlen(fake_log()), strlen("setmlreply 550 5.7.1 \n") + 63);
}
