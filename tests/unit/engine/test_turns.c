/* Handlers that compute for long, in a thread that serves other sessions too. */
#include "play.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/wait.h"

static struct play play;

static void end(void)
{
	play_end(&play);
}

TestSuite(turns, .fini = end);

/* How often the event was put aside; no turn took longer than `most` microseconds. */
static unsigned turns_of(enum afsl_status status, int64_t most)
{
	unsigned turns = 0;
	for (; status == AFSL_WAITING; turns++) {
		cr_assert(afsl_computes(play.session));
		cr_assert_eq(afsl_wait(play.session)->count, 0);
		cr_assert_leq(afsl_wait(play.session)->deadline, clock_monotonic());
		int64_t began = clock_monotonic();
		status = afsl_resume(play.session);
		cr_assert_lt(clock_monotonic() - began, most);
	}
	cr_assert_eq(status, AFSL_DONE);
	return turns;
}

enum { A_SECOND = 1000000 };

static const char loop[] = "function sum(n: int) -> int {\n"
			   "  var all = 0; var i = 0;\n"
			   "  while (i < n) { all += i; i += 1; }\n"
			   "  return all;\n"
			   "}\n"
			   "event onMailFrom { reject(550, \"5.7.1\", \"%{sum(2000000)}\"); }\n";

Test(turns, a_loop_is_put_aside_and_goes_on)
{
	play_one(&play, loop);
	afsl_session_share(play.session);
	cr_assert_gt(turns_of(afsl_mail(play.session, T("<a@b>"), NULL, 0), A_SECOND), 1);
	cr_assert_str_eq(afsl_verdict(play.session)->text, "1999999000000");
}

Test(turns, a_thread_of_ones_own_has_none)
{
	play_one(&play, loop);
	cr_assert_eq(turns_of(afsl_mail(play.session, T("<a@b>"), NULL, 0), A_SECOND), 0);
	cr_assert_str_eq(afsl_verdict(play.session)->text, "1999999000000");
}

/* Not a loop of the script: the builtin itself is put aside. */
static const char sorts[] =
	"event onMailFrom {\n"
	"  var words: list[text];\n"
	"  for (i in 0..100000) { words.push(\"%{i * 7919 % 100003}\"); }\n"
	"  var copy = words;\n"
	"  var answer = sorted(words);\n"
	"  copy.sort();\n"
	"  var right = copy == answer and length(copy) == 100000 and words[1] == \"7919\";\n"
	"  for (i in 1..length(copy)) { if (copy[i] < copy[i - 1]) { right = false; } }\n"
	"  reject(550, \"5.7.1\", \"%right% %{copy[0]} %{copy[99999]}\");\n"
	"}\n";

Test(turns, sorting_is_put_aside_and_goes_on)
{
	play_one(&play, sorts);
	afsl_session_share(play.session);
	cr_assert_gt(turns_of(afsl_mail(play.session, T("<a@b>"), NULL, 0), A_SECOND), 5);
	cr_assert_str_eq(afsl_verdict(play.session)->text, "yes 0 99999");
}

Test(turns, the_same_sorting_in_one_go)
{
	play_one(&play, sorts);
	cr_assert_eq(turns_of(afsl_mail(play.session, T("<a@b>"), NULL, 0), A_SECOND), 0);
	cr_assert_str_eq(afsl_verdict(play.session)->text, "yes 0 99999");
}

Test(turns, an_endless_loop_ends_at_its_limit)
{
	play_one(&play, "event onMailFrom { var n = 1; while (n > 0) { n += 1; } reject(); }\n");
	afsl_session_share(play.session);
	cr_assert_gt(turns_of(afsl_mail(play.session, T("<a@b>"), NULL, 0), A_SECOND), 1);
	cr_assert_eq(afsl_verdict(play.session)->kind, AFSL_TEMPFAIL);
	cr_assert_not_null(strstr(afsl_verdict(play.session)->error, "limit instructions"));
}

Test(turns, one_that_is_put_aside_can_be_given_up)
{
	play_one(&play, "event onMailFrom { while (true) { } }\n");
	afsl_session_share(play.session);
	cr_assert_eq(afsl_mail(play.session, T("<a@b>"), NULL, 0), AFSL_WAITING);
	afsl_cancel(play.session);
	cr_assert_eq(afsl_status(play.session), AFSL_DONE);
	cr_assert_eq(afsl_disconnect(play.session), AFSL_DONE);
}

/* Slow at each start position, and with the match at the very end. */
static const char slow_regex[] = "event onMailFrom {\n"
				 "  if (mailFromRaw =~ re\"x(a*a*a*[0-9])(.*)$\" and $1 == "
				 "\"aaa7\") { reject(\"%{$2}\"); }\n"
				 "  accept();\n"
				 "}\n";

/* "xaaa...a" many times, and then what matches. */
static char *slow_subject(size_t size)
{
	char *bytes = malloc(size + 16);
	for (size_t i = 0; i < size; i++)
		bytes[i] = i % 400 ? 'a' : 'x';
	strcpy(bytes + size, "xaaa7end");
	return bytes;
}

/* The limit in milliseconds. */
static const struct afsl_verdict *match_slow(bool shared, size_t size, const char *limit, unsigned *turns)
{
	struct play_filter options = {.limits = {{"regexTime", limit}, {"eventTime", "60000"}}, .limit_count = 2};
	char *subject = slow_subject(size);
	play_begin(&play);
	play_add(&play, "slow", slow_regex, &options);
	play_session(&play);
	if (shared)
		afsl_session_share(play.session);
	struct afsl_text sender = {subject, strlen(subject)};
	*turns = turns_of(afsl_mail(play.session, sender, NULL, 0), 30 * (int64_t)A_SECOND);
	free(subject);
	return afsl_verdict(play.session);
}

Test(turns, a_match_is_put_aside_and_goes_on)
{
	unsigned turns;
	const struct afsl_verdict *verdict = match_slow(true, 12000, "30000", &turns);
	cr_assert_gt(turns, 1);
	cr_assert_eq(verdict->kind, AFSL_REJECT, "%s", verdict->error);
	cr_assert_str_eq(verdict->text, "end");
}

Test(turns, the_same_match_in_one_go)
{
	unsigned turns;
	cr_assert_eq(match_slow(false, 12000, "30000", &turns)->kind, AFSL_REJECT);
	cr_assert_eq(turns, 0);
}

Test(turns, a_match_without_end_ends_at_its_limit)
{
	unsigned turns;
	const struct afsl_verdict *verdict = match_slow(true, 4000000, "1000", &turns);
	cr_assert_gt(turns, 1);
	cr_assert_eq(verdict->kind, AFSL_TEMPFAIL);
	cr_assert_not_null(strstr(verdict->error, "limit regexTime"), "%s", verdict->error);
}

/* What variables begin with has turns too, and the handler comes after all of it. */
static const char begins[] =
	"function sum(n: int) -> int { var all = 0; var i = 0; while (i < n) { all += i; i += 1; } return all; }\n"
	"session var first = sum(1000000);\n"
	"message var second = first + sum(1000000);\n"
	"message var third = second + 1;\n"
	"event onMailFrom { reject(550, \"5.7.1\", \"%{first} %{second} %{third}\"); }\n";

Test(turns, of_what_variables_begin_with)
{
	play_one(&play, begins);
	afsl_session_share(play.session);
	cr_assert_gt(turns_of(afsl_mail(play.session, T("<a@b>"), NULL, 0), A_SECOND), 3);
	cr_assert_str_eq(afsl_verdict(play.session)->text, "499999500000 999999000000 999999000001");
}

/* Given up in the midst of them: those that had no value yet get one with the next event. */
Test(turns, what_variables_begin_with_can_be_given_up)
{
	for (unsigned most = 1; most < 12; most++) {
		play_one(&play, begins);
		afsl_session_share(play.session);
		enum afsl_status status = afsl_mail(play.session, T("<a@b>"), NULL, 0);
		for (unsigned turn = 0; turn < most && status == AFSL_WAITING; turn++)
			status = afsl_resume(play.session);
		if (status == AFSL_WAITING)
			afsl_cancel(play.session);
		afsl_abort(play.session);
		turns_of(afsl_mail(play.session, T("<c@d>"), NULL, 0), A_SECOND);
		cr_assert_str_eq(afsl_verdict(play.session)->text,
				 "499999500000 999999000000 999999000001", "after %u turns", most);
		play_end(&play);
	}
	play_one(&play, begins);
}

/* All of it counts to the event's time. */
Test(turns, what_variables_begin_with_ends_at_the_limit)
{
	struct play_filter options = {.limits = {{"eventTime", "200"}, {"instructions", "4000000000"}}, .limit_count = 2};
	play_begin(&play);
	play_add(&play, "slow",
		 "function spin() -> int { var n = 0; while (true) { n = (n + 1) % 7; } return n; }\n"
		 "message var first = spin();\n"
		 "event onMailFrom { accept(); }\n",
		 &options);
	play_session(&play);
	afsl_session_share(play.session);
	int64_t began = clock_monotonic();
	cr_assert_gt(turns_of(afsl_mail(play.session, T("<a@b>"), NULL, 0), A_SECOND), 1);
	cr_assert_lt(clock_monotonic() - began, 1200000);
	cr_assert_eq(afsl_verdict(play.session)->kind, AFSL_TEMPFAIL);
	cr_assert_not_null(strstr(afsl_verdict(play.session)->error, "limit eventTime"), "%s",
			   afsl_verdict(play.session)->error);
}

Test(turns, what_variables_begin_with_waits_for_nothing)
{
	play_one(&play, "session var pause = dns.a(\"example.com\");\n"
			"event onMailFrom { accept(); }\n");
	afsl_session_share(play.session);
	cr_assert_eq(afsl_mail(play.session, T("<a@b>"), NULL, 0), AFSL_DONE);
	cr_assert_not_null(strstr(afsl_verdict(play.session)->error, "cannot wait"), "%s",
			   afsl_verdict(play.session)->error);
}

Test(turns, of_statements_side_by_side)
{
	play_one(&play, "function sum(n: int) -> int { var all = 0; var i = 0; while (i < n) { all += i; i += 1; } return all; }\n"
			"event onMailFrom { var a = 0; var b = 0; parallel { a = sum(1000000); b = sum(1000000); }\n"
			"  reject(550, \"5.7.1\", \"%{a + b}\"); }\n");
	afsl_session_share(play.session);
	cr_assert_gt(turns_of(afsl_mail(play.session, T("<a@b>"), NULL, 0), A_SECOND), 1);
	cr_assert_str_eq(afsl_verdict(play.session)->text, "999999000000");
}

/* Each goes on where it was: a match, a sorting and a loop. */
Test(turns, of_different_things_side_by_side)
{
	play_one(&play, "function sum(n: int) -> int { var all = 0; var i = 0; while (i < n) { all += i; i += 1; } return all; }\n"
			"function sorts() -> text { var l: list[int]; for (i in 0..50000) { l.push(i * 7919 % 50021); } l.sort(); return \"%{l[0]}\"; }\n"
			"function matches(n: int) -> bool {\n"
			"  var s = \"x\"; while (length(s) < n) { s = s + \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"; }\n"
			"  s = s + \"xaaa7\"; return s =~ re\"x(a*a*[0-9])$\"; }\n"
			"event onMailFrom { var a = 0; var b = false; var c = \"\"; var d = false;\n"
			"  parallel { b = matches(1200); c = sorts(); a = sum(300000); d = matches(1000); }\n"
			"  reject(550, \"5.7.1\", \"%a% %b% %c% %d%\"); }\n");
	afsl_session_share(play.session);
	unsigned turns = turns_of(afsl_mail(play.session, T("<a@b>"), NULL, 0), A_SECOND);
	cr_assert_gt(turns, 1, "%s", afsl_verdict(play.session)->error);
	cr_assert_str_eq(afsl_verdict(play.session)->text, "44999850000 yes 0 yes", "%s", afsl_verdict(play.session)->error);
}

/* What has much before it is put aside before it begins, in the first turn too. */
Test(turns, much_text_waits_for_its_turn)
{
	struct afsl_text sender = {calloc(1, 200000), 200000};
	memset((char *)(uintptr_t)sender.data, 'a', sender.length);
	play_one(&play, "event onMailFrom { if (mailFromRaw.contains(\"b\") or mailFromRaw =~ re\"c$\" or length(hash.sha256(mailFromRaw)) != 64) {\n"
			"  accept(); } var twice = mailFromRaw + mailFromRaw; reject(550, \"5.7.1\", \"%{length(twice)}\"); }\n");
	afsl_session_share(play.session);
	cr_assert_gt(turns_of(afsl_mail(play.session, sender, NULL, 0), A_SECOND), 0);
	cr_assert_str_eq(afsl_verdict(play.session)->text, "400000", "%s", afsl_verdict(play.session)->error);
	free((char *)(uintptr_t)sender.data);
}
