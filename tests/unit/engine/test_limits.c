/* Each limit is struck by a script of its own, at a small number and at 0: nothing is without a
 * limit. */
#include "play.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "base/memory.h"
#include "bytecode/vocabulary.h"

struct strike {
	const char *limit;
	const char *value;  /* small, and yet the script would be well without the rest */
	const char *body;   /* of onDataReceived */
	const char *reason; /* how the error begins */
};

static const struct strike strikes[] = {
	{ "instructions", "1000", "while (true) { }", "limit instructions" },
	{ "contentTime", "20", "while (true) { }", "limit contentTime" },
	{ "eventMemory", "100000", "var t = \"x\"; while (true) { t += t; }", "limit eventMemory" },
	{ "callDepth", "10", "addHeader(\"X\", \"%{deep(1)}\");", "limit callDepth" },
	{ "listLength", "10", "var l: list[int]; while (true) { l.push(1); }", "limit listLength" },
	{ "textLength", "1000", "var t = \"x\"; while (true) { t += t; }", "limit textLength" },
	{ "regexMatch", "10",
	  "if (subject =~ re\"^(a|aa)+$\" or \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaac\" =~ "
	  "re\"^(a|aa)+$\") { }",
	  "limit regex" },
	{ "changes", "3", "while (true) { addHeader(\"X\", \"x\"); }", "limit changes" },
	{ "parallel", "1",
	  "parallel { addHeader(\"A\", \"a\"); addHeader(\"B\", \"b\"); addHeader(\"C\", \"c\"); }",
	  "limit parallel" },
	{ "headers", "1", "addHeader(\"X\", \"y\");", "limit headers" },
	{ "headerBytes", "4", "addHeader(\"X\", \"y\");", "limit headerBytes" },
	{ "wholeMessage", "20", "addHeader(\"X\", \"%{length(mime.parts())}\");", "size" },
	{ "messageMemory", "600", "kept = \"0123456789\".repeat(1000);", "limit messageMemory" },
	{ "sessionMemory", "600", "known = \"0123456789\".repeat(1000);", "limit sessionMemory" },
	{ "regexDepth", "40000",
	  "if (\"ab\".repeat(20000) =~ re\"^(a|b)+$\") { addHeader(\"X\", \"y\"); }",
	  "limit regexDepth" },
	{ "regexTime", "1",
	  "if (\"a\".repeat(3000) =~ re\"a*a*[0-9]\") { addHeader(\"X\", \"y\"); }",
	  "limit regexTime" },
	{ "sockets", "2", "while (true) { links.push(socket.connect(PEER)); }", "limit sockets" },
	{ "socketBuffer", "100",
	  "var link = socket.connect(PEER); addHeader(\"X\", socket.readLine(link));",
	  "argument: the number of bytes must be from 0 to" },
	{ "dnsQuestions", "1",
	  "parallel { addHeader(\"A\", \"%{length(dns.a(\"a.example\"))}\"); "
	  "addHeader(\"B\", \"%{length(dns.a(\"b.example\"))}\"); }",
	  "limit dnsQuestions" },
	{ "recipients", "1", "addRcpt(\"c@example.org\");", "limit recipients" },
};

/* Of onMailFrom, which is no content. */
static const struct strike envelope = { "eventTime", "20", "while (true) { }", "limit eventTime" };

/* Of these the script hears in another way, and the rest is left out. */
struct cut {
	const char *limit;
	const char *value;
	const char *anomalies; /* of what, without and with it */
	const char *found;
};

#define PARTS                                                                                      \
	"mime.anomalies(mime.partsOf(\"Content-Type: multipart/mixed; "                            \
	"boundary=a\\r\\n\\r\\n--a\\r\\n"                                                          \
	"Content-Type: multipart/mixed; "                                                          \
	"boundary=b\\r\\n\\r\\n--b\\r\\n\\r\\nx\\r\\n--b--\\r\\n--a--\\r\\n\"))"
/* A zip of a thousand letters and of a zip of one. */
#define ARCHIVE                                                                                    \
	"mime.archive(encoding.base64Decode(\""                                                    \
	"UEsDBBQAAAAIAAAAIQAD2jiaCwAAAOgDAAAFAAAAYS50eHRLTBwFo2AUDHcAAFBLAwQUAAAACAAAACEAac7/3D8A" \
	"AABvAAAABQAAAGIuemlwC/BmZhFhYGDgAGJFhvz7O9mYgSxGIGYF4mS9kooSbzaGAG9GJhFm3OpgoAEkANEV4M3K" \
	"xgBWwshgDKTVwAoAUEsBAhQDFAAAAAgAAAAhAAPaOJoLAAAA6AMAAAUAAAAAAAAAAAAAAIABAAAAAGEudHh0UEsB" \
	"AhQDFAAAAAgAAAAhAGnO/9w/AAAAbwAAAAUAAAAAAAAAAAAAAIABLgAAAGIuemlwUEsFBgAAAAACAAIAZgAAAJAA" \
	"AAAAAA==\")).anomalies"

static const struct cut cuts[] = {
	{ "mimeParts", "2", PARTS, "tooMany" },
	{ "mimeDepth", "1", PARTS, "tooDeep" },
	{ "archiveMembers", "2", ARCHIVE, "archiveTooLarge" },
	{ "archiveDepth", "1", ARCHIVE, "archiveTooLarge" },
	{ "archiveBytes", "100", ARCHIVE, "archiveTooLarge" },
};

/* And these have tests of their own: the first below, those of the spool in test_chain.c, those of
 * connections in tests/unit/net (places, kept). */
static const char *const others[] = { "logLines", "spoolMemory", "spoolSize", "connections",
				      "connectionIdle" };

static const char *peer_address;

static void peer_begin(void)
{
	static const char one_line[1000];
	peer_address = play_peer(one_line, sizeof(one_line));
}

TestSuite(limits, .init = peer_begin);

/* ---- strikes ---- */

static const char frame[] = "const PEER = \"%s\";\n"
			    "session var links: list[socket];\n"
			    "message var kept = \"\";\n"
			    "session var known = \"\";\n"
			    "message var subject = \"s\";\n"
			    "function deep(n: int) -> int { return deep(n + 1) + 1; }\n"
			    "event %s {\n"
			    "    %s\n"
			    "}\n"
			    "event onDataReceived { addHeader(\"X-Last\", kept + known); }\n";

/* Why the message was refused for now; "" when it was not. */
static void strike_with(const struct strike *strike, const char *value, char *reason, size_t size)
{
	static struct play play;
	char source[2048];
	struct play_filter options = { .limits = { { strike->limit, value } }, .limit_count = 1 };
	snprintf(source, sizeof(source), frame, peer_address,
		 strike == &envelope ? "onMailFrom" : "onDataReceived", strike->body);
	reason[0] = '\0';
	play_begin(&play);
	play_add(&play, "test", source, &options);
	play_session(&play);
	if (!play.session) {
		snprintf(reason, size, "no session");
	} else {
		if (play_message(&play, "<a@example.net>") != AFSL_CONTINUE) {
			const struct afsl_verdict *verdict = afsl_verdict(play.session);
			cr_expect_eq(verdict->kind, AFSL_TEMPFAIL, "%s", strike->limit);
			snprintf(reason, size, "%s", verdict->error ? verdict->error : "no reason");
		}
		cr_expect_eq(afsl_change_count(play.session), 0, "%s: changes are left",
			     strike->limit);
	}
	play_end(&play);
}

Test(limits, each_is_struck)
{
	char reason[256];
	for (size_t i = 0; i < sizeof(strikes) / sizeof(*strikes); i++) {
		strike_with(&strikes[i], strikes[i].value, reason, sizeof(reason));
		cr_expect_eq(strncmp(reason, strikes[i].reason, strlen(strikes[i].reason)), 0,
			     "%s: \"%s\"", strikes[i].limit, reason);
	}
}

Test(limits, one_of_the_envelope_is_struck)
{
	char reason[256];
	strike_with(&envelope, envelope.value, reason, sizeof(reason));
	cr_expect_eq(strncmp(reason, envelope.reason, strlen(envelope.reason)), 0, "%s", reason);
	strike_with(&envelope, "0", reason, sizeof(reason));
	cr_expect_str_neq(reason, "");
}

Test(limits, zero_is_nothing_and_never_everything)
{
	char reason[256];
	for (size_t i = 0; i < sizeof(strikes) / sizeof(*strikes); i++) {
		strike_with(&strikes[i], "0", reason, sizeof(reason));
		cr_expect_str_neq(reason, "", "%s = 0 lets everything pass", strikes[i].limit);
	}
}

/* The anomalies, as they stand in a field. */
static const char *cut_with(const struct cut *cut, const char *value)
{
	static struct play play;
	static char said[256];
	char source[2048];
	struct play_filter options = { .limits = { { cut->limit, value } },
				       .limit_count = value ? 1 : 0 };
	snprintf(source, sizeof(source), "event onDataReceived { log.info(%s.join(\" \")); }",
		 cut->anomalies);
	play_begin(&play);
	play_add(&play, "test", source, &options);
	play_session(&play);
	cr_expect_eq(play_message(&play, "<a@example.net>"), AFSL_CONTINUE, "%s", play.log);
	snprintf(said, sizeof(said), "%s", play_said(&play));
	play_end(&play);
	return said;
}

Test(limits, what_is_cut_is_told)
{
	for (size_t i = 0; i < sizeof(cuts) / sizeof(*cuts); i++) {
		const struct cut *cut = &cuts[i];
		cr_expect_null(strstr(cut_with(cut, NULL), cut->found), "%s", cut->limit);
		cr_expect_not_null(strstr(cut_with(cut, cut->value), cut->found), "%s", cut->limit);
		cr_expect_not_null(strstr(cut_with(cut, "0"), cut->found), "%s = 0", cut->limit);
	}
}

Test(limits, log_lines_beyond_the_limit_are_left_out)
{
	static struct play play;
	static const char *const values[] = { "2", "0" }, *const lines[] = { "0|1|", "" };
	for (unsigned i = 0; i < 2; i++) {
		struct play_filter options = { .limits = { { "logLines", values[i] } },
					       .limit_count = 1 };
		play_begin(&play);
		play_add(&play, "test",
			 "event onDataReceived { for (i in 0..5) { log.info(\"%i%\"); } }",
			 &options);
		play_session(&play);
		cr_expect_eq(play_message(&play, "<a@example.net>"), AFSL_CONTINUE);
		cr_expect_str_eq(play_said(&play), lines[i]);
		play_end(&play);
	}
}

static bool is_tested(const char *limit)
{
	bool found = strcmp(envelope.limit, limit) == 0;
	for (size_t i = 0; i < sizeof(strikes) / sizeof(*strikes); i++)
		found |= strcmp(strikes[i].limit, limit) == 0;
	for (size_t i = 0; i < sizeof(cuts) / sizeof(*cuts); i++)
		found |= strcmp(cuts[i].limit, limit) == 0;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		found |= strcmp(others[i], limit) == 0;
	return found;
}

Test(limits, none_is_forgotten)
{
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		cr_expect(is_tested(limit_rows[i].name), "%s", limit_rows[i].name);
}

Test(limits, the_largest_number_is_no_overflow)
{
	static struct play play;
	struct play_filter options = { .limits = { { "eventTime", "9223372036854775807" },
						   { "contentTime", "9223372036854775807" } },
				       .limit_count = 2 };
	play_begin(&play);
	play_add(&play, "test",
		 "function count() { var i = 0; while (i < 100000) { i += 1; } }\n"
		 "event onMailFrom { count(); }\n"
		 "event onDataReceived { count(); addHeader(\"X\", \"y\"); }\n",
		 &options);
	play_session(&play);
	cr_expect_eq(play_message(&play, "<a@example.net>"), AFSL_CONTINUE, "%s", play.log);
	cr_expect_eq(afsl_change_count(play.session), 1);
	play_end(&play);
}
