#include "statements.h"

#include <stdio.h>
#include <string.h>

/* HELO "tell" is refused with what the script has seen of the client. */
#define CLIENT_SEEN(payload, seen)                                                                 \
	do {                                                                                       \
		OPEN(&test->mta);                                                                  \
		CHECK(ASK(&test->mta, 'C', payload) == 'c');                                       \
		CHECK(ASK(&test->mta, 'H', "tell\0") == 'y');                                      \
		CHECK(mta_heard_text(&test->mta, "550 5.7.1 " seen));                              \
	} while (0)

static void s08(struct test *test)
{
	CLIENT_SEEN("a.example\0"
		    "4"
		    "\x10\x92"
		    "192.0.2.9\0",
		    "a.example|inet|192.0.2.9|4242|");
	CLIENT_SEEN("b.example\0"
		    "6"
		    "\0\x19"
		    "2001:db8::1\0",
		    "b.example|inet6|2001:db8::1|25|");
	CLIENT_SEEN("b.example\0"
		    "6"
		    "\0\x19"
		    "IPv6:2001:DB8::2\0",
		    "b.example|inet6|2001:db8::2|25|");
	CLIENT_SEEN("local\0"
		    "L"
		    "\0\0"
		    "/run/x\0",
		    "local|unix||0|/run/x");
	CLIENT_SEEN("[unknown]\0"
		    "U",
		    "[unknown]|unknown||0|");
}

static void s09(struct test *test)
{
#define BAD(literal)                                                                               \
	{                                                                                          \
		literal, sizeof(literal) - 1                                                       \
	}
	static const struct {
		const char *payload;
		size_t length;
	} bad[] = {
		BAD("nonul"),
		BAD("host\0"),
		BAD("host\0"
		    "4"),
		BAD("host\0"
		    "4"
		    "\0\x19"
		    "1.2.3.4"),
		BAD("host\0"
		    "4"
		    "\0\x19"
		    "not an address\0"),
		BAD("host\0"
		    "x"
		    "\0\x19"
		    "1.2.3.4\0"),
		BAD("host\0"
		    "6"
		    "\0\x19"
		    "[::1]\0"),
		BAD("host\0"
		    "L"
		    "\0\0"
		    "/3456789012345678901234567890123456789012345678901234567890123456789"
		    "012345678901234567890123456789012345678901234567890\0"),
	};
#undef BAD
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		OPEN(&test->mta);
		CHECK(mta_send(&test->mta, 'C', bad[i].payload, bad[i].length));
		CHECK(mta_hear(&test->mta) == 0);
	}
	CHECK(test_serves(test));
}

static void s10(struct test *test)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'C'));
	CHECK(ASK(&test->mta, 'H', "") == 0);
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'C'));
	CHECK(SAY(&test->mta, 'H', "nonul"));
	CHECK(mta_hear_within(&test->mta, 300) == '?');
	CHECK(ASK(&test->mta, 'H', "with.nul\0") == 'c');
}

static void s11(struct test *test)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'H'));
	CHECK(ASK(&test->mta, 'M', "<nonul>") == 0);
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'H'));
	CHECK(ASK(&test->mta, 'M', "<tell>\0SIZE=1\0BODY=7BIT") == 'y');
	CHECK(mta_heard_text(&test->mta, "M(<tell>|SIZE=1|"));
}

static void s12(struct test *test)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'H'));
	CHECK(ASK(&test->mta, 'M', "<>\0") == 'c');
	CHECK(ASK(&test->mta, 'R', "<tell>\0") == 'y');
	CHECK(mta_heard_text(&test->mta, "M(<>||)R(<tell>||)"));
	CHECK(ASK(&test->mta, 'M', "<\"a b\"@x>\0") == 'c');
	CHECK(ASK(&test->mta, 'R', "tell\0NOTIFY=NEVER\0ORCPT=x\0") == 'y');
	CHECK(mta_heard_text(&test->mta, "M(<\"a b\"@x>||)R(tell|NOTIFY=NEVER,ORCPT=x|)"));
}

static void s13(struct test *test)
{
	char path[64];
	OPEN(&test->mta);
	test->mta.split = false;
	CHECK(mta_until(&test->mta, 'M'));
	for (int i = 0; i < 1000; i++) {
		int length = snprintf(path, sizeof(path), "<user%d@x.example>", i);
		CHECK(mta_send(&test->mta, 'R', path, (size_t)length + 1));
		CHECK(mta_hear(&test->mta) == 'c');
	}
	CHECK(ASK(&test->mta, 'T', "") == 'c');
	CHECK(ASK(&test->mta, 'N', "") == 'c');
	CHECK(ASK(&test->mta, 'E', "") == 'c');
}

static void s14(struct test *test)
{
	static char header[65536];
	memset(header, 'x', sizeof(header));
	memcpy(header, "X-Long\0", 7);
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'T'));
	header[65534] = '\0';
	CHECK(mta_send(&test->mta, 'L', header, 65535));
	CHECK(mta_hear(&test->mta) == 'c');
	header[65534] = 'x';
	header[65535] = '\0';
	mta_send(&test->mta, 'L', header, 65536);
	CHECK(mta_hear(&test->mta) == 0);
	CHECK(test_serves(test));
}

/* libmilter's server shows a question mark where SMTP has no character. */
static const char *eight_bit_shown(void)
{
	return strcmp(server_kind, "native") == 0 ? "L(X-Eight|caf\xc3\xa9)" : "L(X-Eight|caf?)";
}

static void s15(struct test *test)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'T'));
	CHECK(ASK(&test->mta, 'L', "X-Eight\0caf\xc3\xa9\0") == 'c');
	CHECK(ASK(&test->mta, 'L', "X-Fold\0one\n two\0") == 'c');
	CHECK(ASK(&test->mta, 'L', "X-Empty\0\0") == 'c');
	CHECK(ASK(&test->mta, 'L', "x-empty\0again\0") == 'c');
	CHECK(ASK(&test->mta, 'L', "X-Three\0second\0third\0") == 'c');
	CHECK(ASK(&test->mta, 'L', "X-Tell\0story\0") == 'c');
	CHECK(ASK(&test->mta, 'N', "") == 'c');
	CHECK(ASK(&test->mta, 'E', "") == 'y');
	CHECK(mta_heard_text(&test->mta, eight_bit_shown()));
	CHECK(mta_heard_text(&test->mta, "L(X-Empty|)L(x-empty|again)L(X-Three|second)"));
}

/* "chunks N size N" of a body in these pieces. */
static bool body_told(struct test *test, const char *expected)
{
	return ASK(&test->mta, 'E', "") == 'y' && mta_heard_text(&test->mta, expected);
}

static bool body_begin(struct test *test)
{
	return test_open(test, &test->mta) && mta_until(&test->mta, 'T') &&
	       ASK(&test->mta, 'L', "X-Tell\0body\0") == 'c' && ASK(&test->mta, 'N', "") == 'c';
}

static void s16(struct test *test)
{
	static char chunk[65536];
	memset(chunk, 'b', sizeof(chunk));
	CHECK(body_begin(test));
	CHECK(ASK(&test->mta, 'B', "x") == 'c');
	CHECK(mta_send(&test->mta, 'B', chunk, 65535));
	CHECK(mta_hear(&test->mta) == 'c');
	CHECK(body_told(test, "chunks 2 size 65536"));
	CHECK(body_begin(test));
	CHECK(ASK(&test->mta, 'B', "") == 0);
	CHECK(body_begin(test));
	mta_send(&test->mta, 'B', chunk, 65536);
	CHECK(mta_hear(&test->mta) == 0);
	CHECK(test_serves(test));
}

static void s17(struct test *test)
{
	CHECK(body_begin(test));
	CHECK(ASK(&test->mta, 'B', "line\r") == 'c');
	CHECK(ASK(&test->mta, 'B', "\nnext\r\n") == 'c');
	CHECK(body_told(test, "chunks 2 size 12"));
}

static void s18(struct test *test)
{
	CHECK(body_begin(test));
	CHECK(ASK(&test->mta, 'B', "a\0b\0\0c") == 'c');
	CHECK(body_told(test, "chunks 1 size 6"));
}

static void s19(struct test *test)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'N'));
	CHECK(ASK(&test->mta, 'E', "") == 'c');
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'T'));
	CHECK(ASK(&test->mta, 'N', "") == 'c');
	CHECK(ASK(&test->mta, 'E', "") == 'c');
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'R'));
	CHECK(ASK(&test->mta, 'E', "") == 'c');
}

/* One answer and no more, and the next message has one of its own. */
static bool one_answer(struct mta *mta, char letter)
{
	return mta_hear(mta) == letter && mta_hear_within(mta, 300) == '?' &&
	       ASK(mta, 'M', "<next@b.example>\0") == 'c' && mta_hear_within(mta, 300) == '?';
}

static void s20(struct test *test)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'T'));
	CHECK(STEP(&test->mta, 'L', "X-Tell\0body\0") == 'c');
	CHECK(STEP(&test->mta, 'N', "") == 'c');
	CHECK(STEP(&test->mta, 'B', "first\r\n") == 'c');
	CHECK(SAY(&test->mta, 'E', "the last\r\n"));
	CHECK(one_answer(&test->mta, 'y'));
}

static void s20_body(struct test *test)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'T'));
	CHECK(STEP(&test->mta, 'L', "X-Body\0reject\0") == 'c');
	CHECK(STEP(&test->mta, 'N', "") == 'c');
	CHECK(SAY(&test->mta, 'E', "the last\r\n"));
	if (strcmp(server_kind, "libmilter") != 0) {
		CHECK(one_answer(&test->mta, 'r'));
		return;
	}
	/* libmilter answers the piece, and then the end: no mail server of ours sends both in one. */
	CHECK(mta_hear(&test->mta) == 'r');
	CHECK(test_serves(test));
}

static void s25(struct test *test)
{
	static char macros[32000];
	size_t used = 1;
	macros[0] = 'M';
	memcpy(macros + used, "{auth_authen}\0", 14);
	used += 14;
	memset(macros + used, 'u', 3000);
	used += 3000;
	macros[used++] = '\0';
	for (int i = 0; i < 200; i++)
		used += (size_t)snprintf(macros + used, 64, "{name%d}%cvalue \xe9%c", i, 0, 0);
	memcpy(macros + used, "{empty}\0\0", 9);
	used += 9;
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'H'));
	CHECK(mta_send(&test->mta, 'D', macros, used));
	CHECK(ASK(&test->mta, 'M', "<tell>\0") == 'y');
	CHECK(mta_heard_text(&test->mta, "M(<tell>||3000 bytes)"));
}

/* A login behind so many other macros of one packet. */
static bool login_behind(struct test *test, int others)
{
	static char macros[16000];
	size_t used = 1;
	macros[0] = 'M';
	for (int i = 0; i < others; i++)
		used += (size_t)snprintf(macros + used, 64, "{name%d}%cv%c", i, 0, 0);
	memcpy(macros + used, "{auth_authen}\0joe", 18);
	return test_open(test, &test->mta) && mta_until(&test->mta, 'H') &&
	       mta_send(&test->mta, 'D', macros, used + 18) &&
	       ASK(&test->mta, 'M', "<tell>\0") == 'y';
}

static void s25_most(struct test *test)
{
	CHECK(login_behind(test, 511));
	CHECK(mta_heard_text(&test->mta, "M(<tell>||joe)"));
	CHECK(login_behind(test, 512));
	CHECK(mta_heard_text(&test->mta, strcmp(server_kind, "native") == 0 ? "M(<tell>||)"
									    : "M(<tell>||joe)"));
}

static void s26(struct test *test)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'H'));
	CHECK(SAY(&test->mta, 'D', "M{auth_authen}\0joe\0i\0Q1\0"));
	CHECK(ASK(&test->mta, 'M', "<x@y>\0") == 'c');
	CHECK(ASK(&test->mta, 'R', "<tell>\0") == 'y');
	CHECK(mta_heard_text(&test->mta, "M(<x@y>||joe)R(<tell>||Q1)"));
	CHECK(SAY(&test->mta, 'A', ""));
	/* The next message brings others: those of the first are gone. A mail server always has the
	 * sender's address, which is therefore always asked for with the rest. */
	CHECK(SAY(&test->mta, 'D', "M{mail_addr}\0x@y\0"));
	CHECK(ASK(&test->mta, 'M', "<x@y>\0") == 'c');
	CHECK(ASK(&test->mta, 'R', "<tell>\0") == 'y');
	CHECK(mta_heard_text(&test->mta, "M(<x@y>||)R(<tell>||)"));
	/* An id that comes late, and a macro of the end of the message. */
	CHECK(ASK(&test->mta, 'R', "<ok@x>\0") == 'c');
	CHECK(SAY(&test->mta, 'D', "Ti\0LATE\0"));
	CHECK(ASK(&test->mta, 'T', "") == 'c');
	CHECK(ASK(&test->mta, 'L', "X-Tell\0id\0") == 'c');
	CHECK(ASK(&test->mta, 'N', "") == 'c');
	CHECK(SAY(&test->mta, 'D', "E{late}\0end\0"));
	CHECK(ASK(&test->mta, 'E', "") == 'y');
	CHECK(mta_heard_text(&test->mta, "id LATE late end"));
	CHECK(ASK(&test->mta, 'M', "<x@y>\0") == 'c');
	CHECK(ASK(&test->mta, 'R', "<ok@x>\0") == 'c');
	CHECK(ASK(&test->mta, 'L', "X-Tell\0id\0") == 'c');
	CHECK(ASK(&test->mta, 'N', "") == 'c');
	CHECK(ASK(&test->mta, 'E', "") == 'y');
	CHECK(mta_heard_text(&test->mta, "id  late "));
}

/* libmilter keeps them, so mail servers send at least one with each step. */
static void s26_none(struct test *test)
{
	bool kept = strcmp(server_kind, "libmilter") == 0;
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'M'));
	CHECK(SAY(&test->mta, 'D', "R{late}\0old\0"));
	CHECK(ASK(&test->mta, 'R', "<ok@x>\0") == 'c');
	CHECK(ASK(&test->mta, 'R', "<fine@x>\0") == 'c');
	CHECK(ASK(&test->mta, 'T', "") == 'c');
	CHECK(ASK(&test->mta, 'L', "X-Tell\0id\0") == 'c');
	CHECK(ASK(&test->mta, 'N', "") == 'c');
	CHECK(ASK(&test->mta, 'E', "") == 'y');
	CHECK(mta_heard_text(&test->mta, "late old") == kept);
}

static void s27(struct test *test)
{
	OPEN(&test->mta);
	test->mta.split = true;
	CHECK(mta_until(&test->mta, 'B'));
	CHECK(ASK(&test->mta, 'E', "") == 'c');
}

static void s28(struct test *test)
{
	static const char session[] = "\0\0\0\x0d"
				      "O\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff"
				      "\0\0\0\x08"
				      "Chost\0U\0"
				      "\0\0\0\x06"
				      "Hhelo\0"
				      "\0\0\0\x05"
				      "M<a>\0"
				      "\0\0\0\x0a"
				      "R<reject>\0"
				      "\0\0\0\x05"
				      "R<b>\0"
				      "\0\0\0\x01"
				      "T"
				      "\0\0\0\x01"
				      "N"
				      "\0\0\0\x01"
				      "E"
				      "\0\0\0\x01"
				      "Q";
	CHECK(test_connect(test, &test->mta));
	CHECK(mta_write(&test->mta, session, sizeof(session) - 1));
	CHECK(mta_hear(&test->mta) == 'O');
	for (const char *letter = "cccrcccc"; *letter; letter++)
		CHECK(mta_hear(&test->mta) == *letter);
	CHECK(mta_hear(&test->mta) == 0);
}

/* How many messages the script has seen given up in this session. */
static bool aborts_told(struct test *test, const char *told)
{
	return ASK(&test->mta, 'H', "aborts\0") == 'y' && mta_heard_text(&test->mta, told);
}

static void s30(struct test *test)
{
	static const struct {
		char last;
		const char *told;
	} rows[] = { { 'C', "aborts 0 mails 0" }, { 'H', "aborts 0 mails 0" },
		     { 'M', "aborts 1 mails 1" }, { 'R', "aborts 1 mails 1" },
		     { 'T', "aborts 1 mails 1" }, { 'L', "aborts 1 mails 1" },
		     { 'N', "aborts 1 mails 1" }, { 'B', "aborts 1 mails 1" } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		OPEN(&test->mta);
		CHECK(mta_until(&test->mta, rows[i].last));
		CHECK(SAY(&test->mta, 'A', "") && SAY(&test->mta, 'A', ""));
		CHECK(aborts_told(test, rows[i].told));
	}
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'B'));
	CHECK(ASK(&test->mta, 'E', "") == 'c');
	CHECK(SAY(&test->mta, 'A', ""));
	CHECK(aborts_told(test, "aborts 0 mails 1"));
	/* At once, not when the next message begins. */
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'B'));
	CHECK(SAY(&test->mta, 'A', ""));
	CHECK(ASK(&test->mta, 'U', "ABORTS\0") == 'y');
	CHECK(mta_heard_text(&test->mta, "aborts 1"));
}

static void s31(struct test *test)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'B'));
	CHECK(ASK(&test->mta, 'M', "<second@x>\0") == 'c');
	CHECK(ASK(&test->mta, 'R', "<tell>\0") == 'y');
	CHECK(mta_heard_text(&test->mta, "550 5.7.1 M(<second@x>||)R(<tell>||)"));
	/* The HELO that asks ends the second. */
	CHECK(aborts_told(test, "aborts 2 mails 2"));
	/* Between finished messages there is nothing to give up. */
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'B'));
	CHECK(ASK(&test->mta, 'E', "") == 'c');
	CHECK(ASK(&test->mta, 'M', "<second@x>\0") == 'c');
	CHECK(aborts_told(test, "aborts 1 mails 2"));
}

static void s32(struct test *test)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'B'));
	CHECK(ASK(&test->mta, 'H', "again\0") == 'c');
	CHECK(ASK(&test->mta, 'M', "<x@y>\0") == 'c');
	CHECK(ASK(&test->mta, 'R', "<tell>\0") == 'y');
	CHECK(mta_heard_text(&test->mta, "M(<x@y>||)R(<tell>||)"));
	CHECK(aborts_told(test, "aborts 2 mails 2"));
}

static void s35(struct test *test)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'B'));
	CHECK(ASK(&test->mta, 'E', "") == 'c');
	CHECK(SAY(&test->mta, 'K', ""));
	CHECK(ASK(&test->mta, 'C',
		  "next.example\0"
		  "U") == 'c');
	CHECK(aborts_told(test, "aborts 0 mails 0"));
	CHECK(ASK(&test->mta, 'H', "tell\0") == 'y');
	CHECK(mta_heard_text(&test->mta, "next.example|unknown"));
}

static void s37(struct test *test)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'H'));
	CHECK(ASK(&test->mta, 'U', "BAR\0") == 'c');
	CHECK(ASK(&test->mta, 'U', "REFUSE ME\0") == 'y');
	CHECK(mta_heard_text(&test->mta, "550 5.7.1 not this REFUSE ME"));
	CHECK(ASK(&test->mta, 'M', "<a@b>\0") == 'c');
	CHECK(ASK(&test->mta, 'R', "<c@d>\0") == 'c');
	CHECK(ASK(&test->mta, 'U', "BAR\0") == 'c');
	CHECK(ASK(&test->mta, 'T', "") == 'c');
	CHECK(ASK(&test->mta, 'L', "A\0b\0") == 'c');
	CHECK(ASK(&test->mta, 'N', "") == 'c');
	CHECK(ASK(&test->mta, 'E', "") == 'c');
}

/* After an unknown command beside RCPT the header must still be answered: DATA is never waived. */
static void s37_data(struct test *test)
{
	OPEN(&test->mta);
	CHECK((test->mta.steps & 0x300) == 0);
	CHECK(mta_until(&test->mta, 'C'));
	CHECK(STEP(&test->mta, 'M', "<a@b>\0") == 'c' && SAY(&test->mta, 'R', "<c@d>\0"));
	CHECK(!(test->mta.steps & 0x8) || mta_hear(&test->mta) == 'c');
	CHECK(ASK(&test->mta, 'U', "BAR\0") == 'y');
	CHECK(STEP(&test->mta, 'T', "") == 'c');
	CHECK(ASK(&test->mta, 'L', "A\0b\0") == 'c');
}

static void s38(struct test *test)
{
	static const char dropped[] = "CTEB";
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'H'));
	for (const char *letter = dropped; *letter; letter++) {
		const char *payload = *letter == 'C' ? "host\0U" : "x";
		CHECK(mta_send(&test->mta, *letter, payload, *letter == 'C' ? 6 : 1));
	}
	CHECK(SAY(&test->mta, 'R', "<x>\0"));
	CHECK(mta_hear_within(&test->mta, 200) == '?');
	CHECK(ASK(&test->mta, 'M', "<a@b>\0") == 'c');
	CHECK(ASK(&test->mta, 'R', "<c@d>\0") == 'c');
}

static void s39(struct test *test)
{
	/* letter by word, in the order of `words`; '-' cannot be said there */
	static const char *const words[] = { "accept",	"reject",     "tempfail",
					     "discard", "rejecttext", "disconnect" };
	static const struct {
		char last; /* the step before */
		char letter;
		const char *before, *after; /* the word; | is a NUL */
		const char *replies;
	} rows[] = {
		{ 0, 'C', "", ".example|U", "art-yy" }, { 'C', 'H', "", "|", "art-yy" },
		{ 'H', 'M', "<", "@x>|", "artdyy" },	{ 'M', 'R', "<", "@x>|", "artdyy" },
		{ 'T', 'L', "X-Now|", "|", "artdyy" },
	};
	char payload[64];
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
		for (size_t word = 0; word < 6; word++) {
			if (rows[row].replies[word] == '-')
				continue;
			OPEN(&test->mta);
			CHECK(!rows[row].last || mta_until(&test->mta, rows[row].last));
			int length = snprintf(payload, sizeof(payload), "%s%s%s", rows[row].before,
					      words[word], rows[row].after);
			for (int i = 0; i < length; i++)
				if (payload[i] == '|')
					payload[i] = '\0';
			CHECK(mta_send(&test->mta, rows[row].letter, payload, (size_t)length));
			CHECK(mta_hear(&test->mta) == rows[row].replies[word]);
			CHECK(mta_hear_within(&test->mta, 5) != 'c');
		}
}

static void s39_content(struct test *test)
{
	static const char *const words[] = { "accept",	"reject",     "tempfail",
					     "discard", "rejecttext", "disconnect" };
	static const char *const fields[] = { "X-Eoh", "X-Body", "X-Verdict" };
	char payload[64];
	for (size_t field = 0; field < 3; field++)
		for (size_t word = 0; word < 6; word++) {
			char letter = '?';
			OPEN(&test->mta);
			CHECK(mta_until(&test->mta, 'T'));
			int length = snprintf(payload, sizeof(payload), "%s%c%s", fields[field], 0,
					      words[word]);
			CHECK(mta_send(&test->mta, 'L', payload, (size_t)length + 1));
			CHECK(mta_hear(&test->mta) == 'c');
			letter = ASK(&test->mta, 'N', "");
			if (field > 0) {
				CHECK(letter == 'c');
				letter = ASK(&test->mta, 'B', "x\r\n");
			}
			if (field > 1) {
				CHECK(letter == 'c');
				letter = ASK(&test->mta, 'E', "");
			}
			CHECK(letter == "artdyy"[word]);
		}
}

static void s40(struct test *test)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'H'));
	CHECK(ASK(&test->mta, 'M', "<error@x>\0") == 'y' || test->mta.heard.letter == 't');
	CHECK(test->mta.heard.letter == 't' || mta_heard_text(&test->mta, "451"));
	CHECK(mta_hear_within(&test->mta, 100) == '?');
	CHECK(ASK(&test->mta, 'M', "<loop@x>\0") == 'y' || test->mta.heard.letter == 't');
	CHECK(mta_hear_within(&test->mta, 100) == '?');
	CHECK(ASK(&test->mta, 'M', "<fine@x>\0") == 'c');
}

static void s40_accept(struct test *test)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'H'));
	char letter = ASK(&test->mta, 'M', "<error@x>\0");
	CHECK(letter == 'a' || letter == 'c');
	CHECK(mta_hear_within(&test->mta, 100) == '?');
}

static void s41(struct test *test)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'M'));
	CHECK(ASK(&test->mta, 'R', "<rejecttext@x>\0") == 'y');
	CHECK(HEARD(&test->mta, 'y', "550 5.7.1 No such 100%% user here\0"));
	CHECK(ASK(&test->mta, 'R', "<tempfailtext@x>\0") == 'y');
	CHECK(HEARD(&test->mta, 'y',
		    "451-4.7.1 first line\r\n451-4.7.1 second line\r\n451 4.7.1 third\0"));
	CHECK(ASK(&test->mta, 'R', "<disconnect@x>\0") == 'y');
	CHECK(mta_heard_text(&test->mta, "421 4."));
	CHECK(ASK(&test->mta, 'R', "<long@x>\0") == 'y');
	for (size_t i = 0; i + 1 < test->mta.heard.length; i++)
		CHECK(test->mta.heard.payload[i] >= ' ' && test->mta.heard.payload[i] < 0x7f);
}

static void s42(struct test *test)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'M'));
	CHECK(ASK(&test->mta, 'R', "<rejecttext@x>\0") == 'y');
	CHECK(ASK(&test->mta, 'R', "<reject@x>\0") == 'r' || !mta_heard_text(&test->mta, "100%"));
	CHECK(ASK(&test->mta, 'R', "<tempfailtext@x>\0") == 'y');
	CHECK(ASK(&test->mta, 'R', "<ok@x>\0") == 'c');
	CHECK(ASK(&test->mta, 'R', "<tempfail@x>\0") == 't' ||
	      !mta_heard_text(&test->mta, "second line"));
}

static void s65(struct test *test)
{
	struct server second;
	CHECK(server_start(&second, "needs-nothing", NULL));
	bool opened = mta_connect(&test->other, second.socket) &&
		      mta_offer(&test->other, 6, 0x1ff, 0x1fffff);
	bool own = opened && test_open(test, &test->mta) && test->mta.steps != test->other.steps &&
		   mta_until(&test->mta, 'H') && ASK(&test->mta, 'M', "<reject@x>\0") == 'r' &&
		   ASK(&test->other, 'E', "") == 'c' && SAY(&test->other, 'Q', "");
	server_stop(&second, 15);
	server_clean(&second);
	CHECK(own);
}

static const char *const accept_arguments[] = { "--set", "onError=accept", NULL };

const struct statement statements_steps[] = {
	{ "S-08", "connect: families 4, 6, IPv6:, L and U", "probe", s08, NULL },
	{ "S-09", "connect: malformed ones end their session alone", "probe", s09, NULL },
	{ "S-10", "helo: empty, and without its NUL", "probe", s10, NULL },
	{ "S-11", "mail: without a NUL, and a cut parameter", "probe", s11, NULL },
	{ "S-12", "paths: <>, quoted, bare", "probe", s12, NULL },
	{ "S-13", "a thousand recipients", "probe", s13, NULL },
	{ "S-14", "a header field as large as a packet, and larger", "probe", s14, NULL },
	{ "S-15", "header fields: 8-bit, folded, empty, doubled, three strings", "probe", s15,
	  NULL },
	{ "S-16", "body pieces: 1 and 65535 bytes; empty and too large", "probe", s16, NULL },
	{ "S-17", "CR and LF in two pieces", "probe", s17, NULL },
	{ "S-18", "NUL in a body", "probe", s18, NULL },
	{ "S-19", "messages without body, without header, with the end alone", "probe", s19, NULL },
	{ "S-20", "the end with a piece of the body in it: one answer", "probe", s20, NULL },
	{ "S-20", "the same when the piece is refused", "probe", s20_body, NULL },
	{ "S-25", "macros: large, many, 8-bit, empty", "probe", s25, NULL },
	{ "S-25", "the most macros that a packet can hold", "probe", s25_most, NULL },
	{ "S-26", "macros do not outlive their message", "probe", s26, NULL },
	{ "S-26", "a step whose macros have not come has none", "probe", s26_none, NULL },
	{ "S-27", "every byte alone", "probe", s27, NULL },
	{ "S-28", "a whole session in one write", "probe", s28, NULL },
	{ "S-30", "abort at every step, and twice", "probe", s30, NULL },
	{ "S-31", "MAIL in the body, and between messages without abort", "probe", s31, NULL },
	{ "S-32", "HELO in the body", "probe", s32, NULL },
	{ "S-35", "quit-new-connection after a finished message", "probe", s35, NULL },
	{ "S-37", "unknown commands at several steps", "probe", s37, NULL },
	{ "S-37", "an unknown command keeps DATA in the dialogue", "needs-everything", s37_data,
	  NULL },
	{ "S-38", "steps out of order are passed over", "probe", s38, NULL },
	{ "S-39", "every verdict at every envelope step", "probe", s39, NULL },
	{ "S-39", "every verdict at every content step", "probe", s39_content, NULL },
	{ "S-40", "an error and an endless loop: one reply, the next message works", "probe", s40,
	  NULL },
	{ "S-40", "onError = accept", "probe", s40_accept, accept_arguments },
	{ "S-41", "reply texts: per cent, lines, 8-bit, control bytes, 421", "probe", s41, NULL },
	{ "S-42", "a reply text is never used twice", "probe", s42, NULL },
	{ "S-65", "two daemons with two scripts", "probe", s65, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
