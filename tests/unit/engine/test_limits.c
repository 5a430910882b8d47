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
	{ "listLength", "10", "var l: list[int]; while (true) { l.push(1); }",
	  "limit listLength" },
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
};

static const char frame[] = "message var kept = \"\";\n"
			    "session var known = \"\";\n"
			    "message var subject = \"s\";\n"
			    "function deep(n: int) -> int { return deep(n + 1) + 1; }\n"
			    "event onDataReceived {\n"
			    "    %s\n"
			    "    addHeader(\"X-Last\", kept + known);\n"
			    "}\n";

/* Why the message was refused for now; "" when it was not. */
static void strike_with(const struct strike *strike, const char *value, char *reason, size_t size)
{
	static struct play play;
	char source[2048];
	struct play_filter options = { .limits = { { strike->limit, value } }, .limit_count = 1 };
	snprintf(source, sizeof(source), frame, strike->body);
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

Test(limits, zero_is_nothing_and_never_everything)
{
	char reason[256];
	for (size_t i = 0; i < sizeof(strikes) / sizeof(*strikes); i++) {
		strike_with(&strikes[i], "0", reason, sizeof(reason));
		cr_expect_str_neq(reason, "", "%s = 0 lets everything pass", strikes[i].limit);
	}
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
