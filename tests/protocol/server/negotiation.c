#include "statements.h"

#include <stdio.h>
#include <string.h>

static void s01(struct test *test)
{
	OPEN(&test->mta);
	CHECK(test->mta.version == 6);
	CHECK((test->mta.actions & ~0x1ffu) == 0 && (test->mta.steps & ~0x1fffffu) == 0);
	/* A smaller offer: nothing that is not in it comes back. */
	CHECK(test_connect(test, &test->mta));
	CHECK(mta_offer(&test->mta, 6, 0x11, 0x1ff));
	CHECK((test->mta.actions & ~0x11u) == 0 && (test->mta.steps & ~0x1ffu) == 0);
}

static void s02(struct test *test)
{
	CHECK(test_connect(test, &test->mta));
	CHECK(mta_offer(&test->mta, 2, 0x3f, 0x7f));
	CHECK(test->mta.version == 2 && (test->mta.steps & ~0x7fu) == 0);
	for (int stage = 0; stage < 7; stage++)
		CHECK(strcmp(test->mta.lists[stage], "-") == 0);
	CHECK(mta_until(&test->mta, 'R'));
	CHECK(ASK(&test->mta, 'L', "X-Verdict\0reject\0") == 'c');
	CHECK(ASK(&test->mta, 'N', "") == 'c');
	CHECK(ASK(&test->mta, 'E', "") == 'r');
}

static void s03(struct test *test)
{
	static const uint32_t bad[] = { 1, 0, 0xffffffff };
	CHECK(test_connect(test, &test->mta));
	CHECK(mta_offer(&test->mta, 100, 0x1ff, 0x1fffff));
	CHECK(test->mta.version == 6);
	for (int i = 0; i < 3; i++) {
		CHECK(test_connect(test, &test->mta));
		CHECK(!mta_offer(&test->mta, bad[i], 0x1ff, 0x1fffff));
		CHECK(test->mta.heard.letter == 0);
	}
	CHECK(test_serves(test));
}

static void s04(struct test *test)
{
	static const char words[40] = "\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff";
	CHECK(test_connect(test, &test->mta));
	CHECK(mta_send(&test->mta, 'O', words, 11) && mta_hear(&test->mta) == 0);
	CHECK(test_connect(test, &test->mta));
	CHECK(mta_send(&test->mta, 'O', "", 0) && mta_hear(&test->mta) == 0);
	CHECK(test_connect(test, &test->mta));
	CHECK(mta_send(&test->mta, 'O', words, 40) && mta_hear(&test->mta) == 'O');
	CHECK(test_serves(test));
}

static void s05(struct test *test)
{
	/* libmilter reads 0 as the four actions of version 1. */
	CHECK(test_connect(test, &test->mta));
	CHECK(mta_offer(&test->mta, 6, 0, 0x1fffff));
	CHECK((test->mta.actions & ~0xfu) == 0);
	CHECK(mta_until(&test->mta, 'T'));
	CHECK(ASK(&test->mta, 'L', "X-Verdict\0accept\0") == 'c');
	CHECK(ASK(&test->mta, 'N', "") == 'c');
	CHECK(ASK(&test->mta, 'E', "") == 'a');
}

static void s06(struct test *test)
{
	/* No replies may be left out and nothing be skipped: everything is answered. */
	CHECK(test_connect(test, &test->mta));
	CHECK(mta_offer(&test->mta, 6, 0x1ff, 0x37f));
	CHECK((test->mta.steps & 0x1ffc80) == 0);
	CHECK(test->mta.version == 6);
	CHECK(mta_until(&test->mta, 'B'));
	CHECK(ASK(&test->mta, 'B', "more\r\n") == 'c');
	for (int i = 0; i < 40; i++) {
		char letter = i ? mta_hear(&test->mta) : ASK(&test->mta, 'E', "");
		if (letter == 'c' || letter == 'a')
			return;
		CHECK(letter == 'b' || letter == 'm' || letter == 'p' || letter == 'h');
	}
	CHECK(!"a verdict");
}

/* What six scripts ask for, bit by bit; grammar/limits and needs are the engine's, the rest is
 * ours. */
struct agreement {
	uint32_t actions, steps;
	const char *lists[7];
};

static void negotiated(struct test *test, const struct agreement *expected)
{
	OPEN(&test->mta);
	test->mta.heard.length = 0;
	if (test->mta.actions != expected->actions || test->mta.steps != expected->steps)
		test->mta.heard.length = (size_t)snprintf((char *)test->mta.heard.payload, 100,
							  "actions 0x%x steps 0x%x",
							  test->mta.actions, test->mta.steps);
	CHECK(test->mta.actions == expected->actions);
	CHECK(test->mta.steps == expected->steps);
	for (int stage = 0; stage < 7; stage++) {
		test->mta.heard.length = (size_t)snprintf((char *)test->mta.heard.payload, 1000,
							  "%s", test->mta.lists[stage]);
		CHECK(strcmp(test->mta.lists[stage], expected->lists[stage]) == 0);
	}
}

/* 0x100: it sets macro lists. 0x37f: no step but the end of the message. */
static void needs_nothing(struct test *test)
{
	negotiated(test, &(struct agreement){ 0x100, 0x37f, { "", "", "", "", "", "", "" } });
}

static void needs_connect(struct test *test)
{
	negotiated(test, &(struct agreement){ 0x100, 0x37e, { "", "", "", "", "", "", "" } });
}

/* With the address, which is always there: libmilter keeps the macros of the last message when a
 * packet brings none. */
static void needs_sender(struct test *test)
{
	negotiated(test,
		   &(struct agreement){
			   0x100, 0x37b, { "", "", "{auth_authen} {mail_addr}", "", "", "", "" } });
}

/* Header fields are recorded without a reply. */
static void needs_subject(struct test *test)
{
	negotiated(test,
		   &(struct agreement){ 0x101, 0x3df | 0x80, { "", "", "", "", "", "", "" } });
}

/* Change headers and body; the body is answered and may be skipped. */
static void needs_body(struct test *test)
{
	negotiated(test, &(struct agreement){ 0x112,
					      (0x37f & ~0x30u) | 0x80 | 0x400,
					      { "", "", "", "", "", "", "" } });
}

/* The mail server's own lists stay where nothing was asked for; 5 (end of message) and 6 (end of
 * header) go together. Unknown commands bring DATA with them. Fields with their blanks. */
static void needs_everything(struct test *test)
{
	OPEN(&test->mta);
	CHECK(test->mta.actions == 0x100);
	CHECK((test->mta.steps & 0x321) == 0); /* connect, header, unknown and data are sent */
	CHECK(test->mta.steps & 0x100000);     /* with blanks */
	CHECK(test->mta.steps & 0x10000);      /* DATA without a reply */
	CHECK(strstr(test->mta.lists[0], "{client_ptr}") && strstr(test->mta.lists[0], "j"));
	CHECK(strstr(test->mta.lists[5], "{msg_id}"));
	CHECK(strcmp(test->mta.lists[2], "-") == 0 && strcmp(test->mta.lists[3], "-") == 0);
	CHECK(strcmp(test->mta.lists[6], "-") != 0);
}

const struct statement statements_negotiation[] = {
	{ "S-01", "the answer to v6 keeps to what is offered", "probe", s01, NULL },
	{ "S-02", "version 2 works with what it has", "probe", s02, NULL },
	{ "S-03", "versions: 100 becomes 6; 1, 0 and -1 are refused", "probe", s03, NULL },
	{ "S-04", "a negotiation of 0, 11 and 40 bytes", "probe", s04, NULL },
	{ "S-05", "no actions offered: verdicts still work", "probe", s05, NULL },
	{ "S-06", "no reply may be left out: everything is answered", "needs-body", s06, NULL },
	{ "N-1", "negotiation: nothing but the end of the message", "needs-nothing", needs_nothing,
	  NULL },
	{ "N-2", "negotiation: the client alone", "needs-connect", needs_connect, NULL },
	{ "N-3", "negotiation: the sender and one macro", "needs-sender", needs_sender, NULL },
	{ "N-4", "negotiation: fields without replies, one action", "needs-subject", needs_subject,
	  NULL },
	{ "N-5", "negotiation: the body, skipping, two actions", "needs-body", needs_body, NULL },
	{ "N-6", "negotiation: macros asked for, unknown commands, blanks", "needs-everything",
	  needs_everything, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
