/* Filters that are for some recipients alone, or for messages up to a size. */
#include "play.h"

#include "engine/scope.h"

#include <criterion/criterion.h>

static struct play play;

static void begin(void)
{
	play_begin(&play);
}

static void end(void)
{
	play_end(&play);
}

TestSuite(part, .init = begin, .fini = end);

static const char *const org[] = { "example.org" };

static struct afsl_scope domain_scope(enum afsl_mixed mixed)
{
	return (struct afsl_scope){
		.domains = org, .domain_count = 1, .mixed = mixed, .size_most = AFSL_SIZE_ANY
	};
}

static void add(const char *name, const char *source, const struct afsl_scope *scope)
{
	struct play_filter options = { .scope = scope };

	play_add(&play, name, source, &options);
}

#define TELLS                                                                                      \
	"event onRcptTo { log.info(\"rcpt %rcptTo%\"); } event onHeader { "                        \
	"log.info(\"%headerName%\"); }"                                                            \
	"event onAbort { log.info(\"abort\"); } event onDataReceived { log.info(\"end\"); "        \
	"addHeader(\"X\", \"x\"); }"

static enum afsl_verdict_kind message_to(const char *first, const char *second)
{
	enum afsl_verdict_kind kind;

	play_mail(&play, "<a@b>");
	kind = play_rcpt(&play, first);
	if (second && kind == AFSL_CONTINUE)
		kind = play_rcpt(&play, second);
	if (kind != AFSL_CONTINUE)
		return kind;
	play_header(&play, "To", " t");
	play_eoh(&play);
	play_body(&play, "b");
	return play_eom(&play);
}

/* ---- who is meant ---- */

static bool includes(const struct afsl_scope *wanted, const char *recipient)
{
	struct scope *scope = scope_new(wanted);
	bool included = scope_includes(scope, text_of_string(recipient, LIFETIME_EVENT));

	scope_free(scope);
	return included;
}

Test(part, domains_and_accounts_without_regard_to_case)
{
	static const char *const domains[] = { "example.org", ".deep.example.net",
					       "Mixed.Example" };
	static const char *const accounts[] = { "joe@other.example", "Ann@third.example" };
	struct afsl_scope scope = {
		.domains = domains, .domain_count = 3, .accounts = accounts, .account_count = 2
	};

	cr_assert(includes(&scope, "<x@example.org>"));
	cr_assert(includes(&scope, "x@EXAMPLE.ORG"));
	cr_assert(includes(&scope, "<x@a.deep.example.net>"));
	cr_assert(includes(&scope, "<x@a.b.deep.example.net>"));
	cr_assert(includes(&scope, "<x@mixed.example>"));
	cr_assert(includes(&scope, "<JOE@Other.Example>"));
	cr_assert(includes(&scope, "<@route.example:ann@third.example>"));
	cr_assert_not(includes(&scope, "<x@deep.example.net>"));
	cr_assert_not(includes(&scope, "<x@sub.example.org>"));
	cr_assert_not(includes(&scope, "<x@myexample.org>"));
	cr_assert_not(includes(&scope, "<x@example.or>"));
	cr_assert_not(includes(&scope, "<jim@other.example>"));
	cr_assert_not(includes(&scope, "<postmaster>"));
	cr_assert_not(includes(&scope, "<>"));
}

Test(part, local_and_relay)
{
	struct afsl_scope local = { .apply_on = AFSL_APPLY_LOCAL,
				    .local_domains = org,
				    .local_domain_count = 1 };
	struct afsl_scope relay = local, both = local;

	relay.apply_on = AFSL_APPLY_RELAY;
	both.apply_on = AFSL_APPLY_LOCAL | AFSL_APPLY_RELAY;
	cr_assert(includes(&local, "<x@example.org>") && !includes(&relay, "<x@example.org>"));
	cr_assert(!includes(&local, "<x@example.com>") && includes(&relay, "<x@example.com>"));
	cr_assert(includes(&local, "<postmaster>") && !includes(&relay, "<postmaster>"));
	cr_assert(includes(&both, "<x@example.org>") && includes(&both, "<x@example.com>"));
}

/* ---- one filter ---- */

Test(part, it_hears_of_its_recipients_and_their_messages)
{
	struct afsl_scope scope = domain_scope(AFSL_MIXED_ALL);

	add("a", TELLS, &scope);
	play_session(&play);
	cr_assert_eq(message_to("<x@example.org>", NULL), AFSL_CONTINUE);
	cr_assert_str_eq(play_said(&play), "rcpt x@example.org|To|end|");
	cr_assert_str_eq(play_changes(&play), "addHeader X:x|");
	cr_assert_eq(message_to("<x@example.com>", NULL), AFSL_ACCEPT);
	cr_assert_str_eq(play_said(&play), "");
	cr_assert_str_eq(play_changes(&play), "");
}

Test(part, the_host_must_tell_it_of_recipients)
{
	struct afsl_scope scope = domain_scope(AFSL_MIXED_DISCARD_RCPT);
	struct afsl_needs needs;

	add("a", "event onHeader { }", &scope);
	afsl_chain_needs(play.chain, &needs);
	cr_assert(needs.needs & AFSL_NEED_RCPT);
	cr_assert(needs.needs & AFSL_NEED_DELETE_RCPT);
	cr_assert(needs.replies >> AFSL_RCPT & 1);
}

Test(part, both_kinds_of_recipients_all)
{
	struct afsl_scope scope = domain_scope(AFSL_MIXED_ALL);

	add("a", TELLS, &scope);
	play_session(&play);
	cr_assert_eq(message_to("<x@example.com>", "<x@example.org>"), AFSL_CONTINUE);
	cr_assert_str_eq(play_said(&play), "rcpt x@example.org|To|end|");
	cr_assert_str_eq(play_changes(&play), "addHeader X:x|");
}

Test(part, both_kinds_of_recipients_tempfail)
{
	struct afsl_scope scope = domain_scope(AFSL_MIXED_TEMPFAIL);

	add("a", TELLS, &scope);
	play_session(&play);
	cr_assert_eq(message_to("<x@example.com>", "<x@example.org>"), AFSL_TEMPFAIL);
	cr_assert_eq(afsl_verdict(play.session)->code, 452);
	cr_assert_str_eq(afsl_verdict(play.session)->enhanced, "4.5.3");
	cr_assert_eq(play_rcpt(&play, "<y@example.com>"), AFSL_CONTINUE);
	cr_assert_eq(play_eom(&play), AFSL_ACCEPT);
	cr_assert_eq(message_to("<x@example.org>", "<x@example.com>"), AFSL_TEMPFAIL);
	cr_assert_eq(play_rcpt(&play, "<y@example.org>"), AFSL_CONTINUE);
	cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
	cr_assert_str_eq(play_said(&play), "rcpt x@example.org|rcpt y@example.org|end|");
}

#define REFUSES                                                                                    \
	"event onHeader { addHeader(\"X\", \"x\"); } event onDataReceived { reject(\"no\"); }"

Test(part, both_kinds_of_recipients_discard)
{
	struct afsl_scope scope = domain_scope(AFSL_MIXED_DISCARD_RCPT);

	add("a", REFUSES, &scope);
	play_session(&play);
	cr_assert_eq(message_to("<x@example.com>", "<x@example.org>"), AFSL_ACCEPT);
	cr_assert_str_eq(play_changes(&play), "discardRcpt <x@example.org>:|");
	cr_assert_eq(message_to("<x@example.org>", NULL), AFSL_REJECT);
	cr_assert_eq(message_to("<x@example.com>", NULL), AFSL_ACCEPT);
	cr_assert_str_eq(play_changes(&play), "");
}

Test(part, an_error_throws_no_recipient_away)
{
	struct afsl_scope scope = domain_scope(AFSL_MIXED_DISCARD_RCPT);
	struct play_filter options = { .scope = &scope, .on_error = AFSL_ON_ERROR_REJECT };

	play_add(&play, "a", "event onDataReceived { throw \"broken\"; }", &options);
	play_session(&play);
	cr_assert_eq(message_to("<x@example.com>", "<x@example.org>"), AFSL_REJECT);
}

Test(part, refusals_wait_for_the_recipients)
{
	struct afsl_scope scope = domain_scope(AFSL_MIXED_ALL);

	add("a",
	    "event onEhlo { if (ehloHost == \"bad\") { tempfail(450, \"4.7.1\", \"helo\"); } }"
	    "event onMailFrom { if (mailFrom == \"spam@b\") { reject(553, \"5.1.8\", \"sender\"); "
	    "} }"
	    "event onRcptTo { log.info(rcptTo); }",
	    &scope);
	play_session(&play);
	cr_assert_eq(play_connect(&play, "192.0.2.1"), AFSL_CONTINUE);
	cr_assert_eq(play_helo(&play, "bad"), AFSL_CONTINUE);
	cr_assert_eq(play_mail(&play, "<spam@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_rcpt(&play, "<x@example.org>"), AFSL_TEMPFAIL);
	cr_assert_str_eq(afsl_verdict(play.session)->text, "helo");
	cr_assert_eq(play_rcpt(&play, "<x@example.com>"), AFSL_CONTINUE);
	cr_assert_eq(play_helo(&play, "good"), AFSL_CONTINUE);
	cr_assert_eq(play_mail(&play, "<spam@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_rcpt(&play, "<x@example.org>"), AFSL_REJECT);
	cr_assert_str_eq(afsl_verdict(play.session)->text, "sender");
	cr_assert_eq(afsl_verdict(play.session)->code, 553);
	cr_assert_str_eq(afsl_verdict(play.session)->enhanced, "5.1.8");
	cr_assert_eq(play_mail(&play, "<ham@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_rcpt(&play, "<x@example.org>"), AFSL_CONTINUE);
	cr_assert_str_eq(play_said(&play), "x@example.org|");
}

/* ---- in a chain ---- */

Test(part, a_recipient_that_is_refused_later_does_not_count)
{
	struct afsl_scope scope = domain_scope(AFSL_MIXED_ALL);

	add("a", TELLS, &scope);
	add("b", "event onRcptTo { if (rcptTo == \"x@example.org\") { reject(); } }", NULL);
	play_session(&play);
	play_mail(&play, "<a@b>");
	cr_assert_eq(play_rcpt(&play, "<x@example.org>"), AFSL_REJECT);
	cr_assert_eq(play_rcpt(&play, "<x@example.com>"), AFSL_CONTINUE);
	play_header(&play, "To", " t");
	cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
	cr_assert_str_eq(play_said(&play), "rcpt x@example.org|");
	cr_assert_str_eq(play_changes(&play), "");
}

Test(part, filters_behind_see_what_those_of_the_message_have_changed)
{
	struct afsl_scope scope = domain_scope(AFSL_MIXED_ALL);

	add("a", "event onHeadersReceived { addHeader(\"A\", \"a\"); }", &scope);
	add("b", "event onHeader { log.info(headerName); }", NULL);
	play_session(&play);
	message_to("<x@example.org>", NULL);
	cr_assert_str_eq(play_said(&play), "To|A|");
	message_to("<x@example.com>", NULL);
	cr_assert_str_eq(play_said(&play), "To|");
}

/* ---- size ---- */

Test(part, a_larger_message_passes_it_by)
{
	struct afsl_scope scope = { .size_most = 20 };

	add("a", TELLS "event onBodyChunk { log.info(bodyChunk); } message var n: int = 7;",
	    &scope);
	play_session(&play);
	play_mail(&play, "<a@b>");
	play_rcpt(&play, "<x@y>");
	play_header(&play, "To", " t");
	play_eoh(&play);
	cr_assert_eq(play_body(&play, "sixteen octets.."), AFSL_CONTINUE);
	cr_assert_eq(play_body(&play, "more"), AFSL_CONTINUE);
	cr_assert_eq(play_eom(&play), AFSL_ACCEPT);
	cr_assert_str_eq(play_changes(&play), "");
	cr_assert_str_eq(play_said(&play), "rcpt x@y|To|sixteen octets..|the message is larger "
					   "than 20 octets: not for this filter|");
	play_mail(&play, "<a@b>");
	play_body(&play, "small");
	cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
	cr_assert_str_eq(play_changes(&play), "addHeader X:x|");
}

/* Also for a handler of nothing but the end: the message's size is not known else. */
Test(part, a_filter_up_to_a_size_hears_of_all_of_it)
{
	struct afsl_scope scope = { .size_most = 20 };
	struct afsl_needs needs;

	add("a", "event onDataReceived { addHeader(\"X\", \"x\"); }", &scope);
	play_session(&play);
	afsl_session_needs(play.session, &needs);
	cr_assert(needs.needs & AFSL_NEED_HEADERS);
	cr_assert(needs.needs & AFSL_NEED_BODY);
	play_mail(&play, "<a@b>");
	cr_assert(afsl_wants(play.session, AFSL_HEADER));
	cr_assert(afsl_wants(play.session, AFSL_BODY));
	play_header(&play, "To", " t");
	cr_assert_eq(play_body(&play, "twenty-one octets...."), AFSL_CONTINUE);
	play_eom(&play);
	cr_assert_str_eq(play_changes(&play), "");
}

Test(part, a_larger_header_passes_it_by)
{
	struct afsl_scope scope = { .size_most = 20 };

	add("a", "event onDataReceived { addHeader(\"X\", \"x\"); }", &scope);
	play_session(&play);
	for (unsigned i = 0; i < 2; i++) {
		play_mail(&play, "<a@b>");
		play_header(&play, "To", i ? " t" : " twenty-one octets....");
		play_eoh(&play);
		play_eom(&play);
		cr_assert_str_eq(play_changes(&play), i ? "addHeader X:x|" : "");
	}
}

Test(part, a_filter_behind_one_that_edits_is_for_messages_as_edited)
{
	struct afsl_scope scope = { .size_most = 20 };

	play_add(&play, "a",
		 "event onDataReceived { if (mailFrom == \"long@b\") { replaceBody(\"twenty-one "
		 "octets....\"); } }",
		 NULL);
	add("b", "event onDataReceived { addHeader(\"X\", \"x\"); }", &scope);
	play_session(&play);
	play_message(&play, "<long@b>");
	cr_assert_null(strstr(play_changes(&play), "addHeader"));
	play_message(&play, "<a@b>");
	cr_assert_str_eq(play_changes(&play), "addHeader X:x|");
}
