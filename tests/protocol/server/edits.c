#include "statements.h"

#include <stdio.h>
#include <string.h>

/* A message up to the end, with X-Do. */
static bool message(struct test *test, const char *what)
{
	char field[64];
	int length = snprintf(field, sizeof(field), "X-Do%c%s", 0, what);
	static const char rest[][24] = { "X-Del\0one", "Subject\0old", "X-Del\0two",
					 "X-Del\0three" };
	static const size_t lengths[] = { 10, 12, 10, 12 };
	if (STEP(&test->mta, 'C', "host\0U") != 'c' || STEP(&test->mta, 'H', "helo\0") != 'c' ||
	    STEP(&test->mta, 'M', "<a@b>\0") != 'c' || STEP(&test->mta, 'R', "<c@d>\0") != 'c')
		return false;
	if (mta_step(&test->mta, 'L', field, (size_t)length + 1) != 'c')
		return false;
	for (int i = 0; i < 4; i++)
		if (mta_step(&test->mta, 'L', rest[i], lengths[i]) != 'c')
			return false;
	return STEP(&test->mta, 'N', "") == 'c' && STEP(&test->mta, 'B', "old body\r\n") == 'c' &&
	       SAY(&test->mta, 'E', "");
}

static void s43(struct test *test)
{
	/* All kinds, each once, in the order that works everywhere; the body last, then the
	 * verdict. */
	CHECK(test_open(test, &test->mta));
	CHECK(test->mta.actions == 0x1ff);
	CHECK(message(test, "all"));
	CHECK(mta_hear(&test->mta) == 'm' && HEARD(&test->mta, 'm', "\0\0\0\x03X-Del\0\0"));
	CHECK(mta_hear(&test->mta) == 'm' && HEARD(&test->mta, 'm', "\0\0\0\x02X-Del\0\0"));
	CHECK(mta_hear(&test->mta) == 'm');
	CHECK(mta_hear(&test->mta) == 'm');
	CHECK(mta_hear(&test->mta) == 'i' && mta_heard_text(&test->mta, "X-Top"));
	CHECK(mta_hear(&test->mta) == 'h' && mta_heard_text(&test->mta, "value one"));
	int others = 0, quarantine = 0;
	char letter = mta_hear(&test->mta);
	for (; letter != 'b' && letter != 0 && letter != '?'; letter = mta_hear(&test->mta)) {
		CHECK(strchr("+2-eq", letter));
		others++;
		quarantine += letter == 'q';
	}
	CHECK(others == 5 && quarantine == 1);
	CHECK(HEARD(&test->mta, 'b', "new body\r\n"));
	CHECK(mta_hear(&test->mta) == 'a');
}

static void s44(struct test *test)
{
	/* Only header changes are offered: the rest is left out, and the message goes on. */
	CHECK(test_connect(test, &test->mta));
	CHECK(mta_offer(&test->mta, 6, 0x01, 0x1fffff));
	CHECK(test->mta.actions == 0x01);
	CHECK(message(test, "all"));
	char letter = mta_hear(&test->mta);
	for (; letter == 'h' || letter == 'i'; letter = mta_hear(&test->mta)) {
	}
	CHECK(letter == 'a' || letter == 'c');
	CHECK(server_logged(test->server, "does not let filters"));
}

static void s45(struct test *test)
{
	CHECK(test_open(test, &test->mta));
	CHECK(message(test, "huge"));
	CHECK(mta_hear(&test->mta) == 'h' && test->mta.heard.length == 64908);
	CHECK(mta_hear(&test->mta) == 'c');
	CHECK(test_open(test, &test->mta));
	CHECK(message(test, "toohuge"));
	CHECK(mta_hear(&test->mta) == 't' || test->mta.heard.letter == 'y');
	CHECK(test_open(test, &test->mta));
	CHECK(message(test, "inject"));
	CHECK(mta_hear(&test->mta) == 't' || test->mta.heard.letter == 'y');
	CHECK(test_open(test, &test->mta));
	CHECK(message(test, "noname"));
	CHECK(mta_hear(&test->mta) == 't' || test->mta.heard.letter == 'y');
	CHECK(test_open(test, &test->mta));
	CHECK(message(test, "fold"));
	CHECK(mta_hear(&test->mta) == 'h' && HEARD(&test->mta, 'h', "X-Fold\0one\n two\0"));
	CHECK(mta_hear(&test->mta) == 'c');
}

/* Where one edit cannot be sent, the message is refused for now. */
static void all_or_none(struct test *test)
{
	CHECK(test_open(test, &test->mta));
	CHECK(message(test, " foreign"));
	/* libmilter sends each at once; mail servers forget them at a refusal. */
	if (strcmp(server_kind, "libmilter") == 0)
		CHECK(mta_hear(&test->mta) == 'h');
	CHECK(mta_hear(&test->mta) == 't' || test->mta.heard.letter == 'y');
	CHECK(server_logged(test->server, "could not add a header field"));
	CHECK(message(test, " nothing"));
	CHECK(mta_hear(&test->mta) == 'c');
}

static void s46(struct test *test)
{
	CHECK(test_open(test, &test->mta));
	CHECK(message(test, "deletes"));
	CHECK(mta_hear(&test->mta) == 'm' && HEARD(&test->mta, 'm', "\0\0\0\x03X-Del\0\0"));
	CHECK(mta_hear(&test->mta) == 'm' && HEARD(&test->mta, 'm', "\0\0\0\x02X-Del\0\0"));
	CHECK(mta_hear(&test->mta) == 'm' && HEARD(&test->mta, 'm', "\0\0\0\x01X-Del\0\0"));
	CHECK(mta_hear(&test->mta) == 'c');
}

/* Pieces until the verdict; nothing else may stand between them. */
static bool body_heard(struct test *test, size_t size)
{
	size_t heard = 0;
	char letter = mta_hear(&test->mta);
	for (; letter == 'b'; letter = mta_hear(&test->mta))
		heard += test->mta.heard.length;
	return letter == 'c' && heard == size;
}

static void s47(struct test *test)
{
	static const struct {
		const char *what;
		size_t size;
	} rows[] = { { "one", 1 }, { "edge", 65535 }, { "edge1", 65536 }, { "big", 10485760 } };
	for (size_t i = 0; i < 4; i++) {
		CHECK(test_open(test, &test->mta));
		CHECK(message(test, rows[i].what));
		CHECK(body_heard(test, rows[i].size));
	}
	CHECK(test_open(test, &test->mta));
	CHECK(message(test, "empty"));
	CHECK(mta_hear(&test->mta) == 'b' && test->mta.heard.length == 0);
	CHECK(mta_hear(&test->mta) == 'c');
}

static void s36(struct test *test)
{
	/* Changes and a refusal: no change is sent, and none reaches the next message. */
	CHECK(test_open(test, &test->mta));
	CHECK(message(test, "reject"));
	CHECK(mta_hear(&test->mta) == 'y');
	CHECK(message(test, "nothing"));
	CHECK(mta_hear(&test->mta) == 'c');
	/* K elsewhere is passed over, and the session can still be ended. */
	CHECK(STEP(&test->mta, 'L', "A\0b\0") == 'c' && SAY(&test->mta, 'K', ""));
	CHECK(mta_hear_within(&test->mta, 100) == '?');
	CHECK(SAY(&test->mta, 'Q', "") && mta_hear(&test->mta) == 0);
}

/* One blank is the mail server's affair, unless both agree that it is not. */
static void blanks(struct test *test)
{
	CHECK(test_open(test, &test->mta));
	CHECK((test->mta.steps & 0x100000) == 0);
	CHECK(message(test, "early"));
	CHECK(mta_hear(&test->mta) == 'h' && HEARD(&test->mta, 'h', "X-Added\0value one\0"));
	CHECK(mta_hear(&test->mta) == 'c');
}

const struct statement statements_edits[] = {
	{ "S-36", "quit-new-connection elsewhere; a refusal drops the changes", "edits", s36,
	  NULL },
	{ "S-43", "all changes, in order, with the verdict behind them", "edits", s43, NULL },
	{ "S-44", "changes that are not offered are left out", "edits", s44, NULL },
	{ "S-45", "header values: as large as the engine lets them be, larger, injected, nameless",
	  "edits", s45, NULL },
	{ "S-45", "edits of which one cannot be sent", "foreign", all_or_none, NULL },
	{ "S-46", "several deletions go from the last to the first", "edits", s46, NULL },
	{ "S-47", "bodies of 0, 1, 65535, 65536 bytes and 10 MB in one run", "edits", s47, NULL },
	{ "S-45", "the blank behind the colon", "edits", blanks, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
