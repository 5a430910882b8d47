/* What a script asks of the mail server, and what it says of its failures. */
#include "play.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct play play;

static void begin(void)
{
	play_begin(&play);
}

static void end(void)
{
	play_end(&play);
}

TestSuite(request, .init = begin, .fini = end);

/* Every step, every change; asks for these bits of the milter protocol. */
static void add_asking(unsigned actions, unsigned steps)
{
	static char source[2048];
	snprintf(source, sizeof(source),
		 "event onNegotiate { milter.request(milter.Options(version: 6, actions: %u, "
		 "steps: %u, "
		 "macros: [:])); }\n"
		 "event onConnect { reject(); } event onEhlo { reject(); } event onMailFrom { "
		 "reject(); }\n"
		 "event onRcptTo { reject(); } event onData { reject(); } event onHeader { "
		 "reject(headerRaw); }\n"
		 "event onHeadersReceived { reject(); } event onBodyChunk { reject(); }\n"
		 "event onUnknownCommand { reject(); }\n"
		 "event onDataReceived { addHeader(\"A\", \"b\"); removeHeader(\"C\"); "
		 "addRcpt(\"a@b\");\n"
		 "  discardRcpt(\"a@b\"); changeSender(\"a@b\"); replaceBody(\"x\"); "
		 "quarantine(\"q\"); }\n",
		 actions, steps);
	play_add(&play, "f", source, NULL);
}

static struct afsl_needs negotiated(void)
{
	static const struct afsl_offer offer = { 6, 0x1ff, 0x1fffff };
	struct afsl_needs needs;
	play_session(&play);
	cr_assert_eq(afsl_negotiate(play.session, &offer), AFSL_DONE);
	afsl_session_needs(play.session, &needs);
	return needs;
}

enum {
	STEPS = AFSL_NEED_CONNECT | AFSL_NEED_HELO | AFSL_NEED_MAIL | AFSL_NEED_RCPT |
		AFSL_NEED_DATA | AFSL_NEED_HEADERS | AFSL_NEED_BODY | AFSL_NEED_END_OF_HEADERS |
		AFSL_NEED_UNKNOWN,
	CHANGES = AFSL_NEED_ADD_HEADER | AFSL_NEED_CHANGE_HEADER | AFSL_NEED_ADD_RCPT |
		  AFSL_NEED_DELETE_RCPT | AFSL_NEED_CHANGE_SENDER | AFSL_NEED_REPLACE_BODY |
		  AFSL_NEED_QUARANTINE,
};

Test(request, each_step_can_be_left_out)
{
	static const struct {
		unsigned bit;
		uint32_t need;
		enum afsl_event event;
	} rows[] = {
		{ 0x1, AFSL_NEED_CONNECT, AFSL_CONNECT },
		{ 0x2, AFSL_NEED_HELO, AFSL_HELO },
		{ 0x4, AFSL_NEED_MAIL, AFSL_MAIL },
		{ 0x8, AFSL_NEED_RCPT, AFSL_RCPT },
		{ 0x10, AFSL_NEED_BODY, AFSL_BODY },
		{ 0x20, AFSL_NEED_HEADERS, AFSL_HEADER },
		{ 0x40, AFSL_NEED_END_OF_HEADERS, AFSL_END_OF_HEADERS },
		{ 0x100, AFSL_NEED_UNKNOWN, AFSL_UNKNOWN_COMMAND },
		{ 0x200, AFSL_NEED_DATA, AFSL_DATA },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		end();
		begin();
		add_asking(0x1ff, rows[i].bit);
		struct afsl_needs needs = negotiated();
		cr_expect_eq(needs.needs & STEPS, STEPS & ~rows[i].need, "%x", rows[i].bit);
		cr_expect_eq(needs.replies >> rows[i].event & 1, 0, "%x", rows[i].bit);
	}
}

Test(request, each_answer_can_be_left_out)
{
	static const struct {
		unsigned bit;
		enum afsl_event event;
	} rows[] = { { 0x80, AFSL_HEADER },
		     { 0x1000, AFSL_CONNECT },
		     { 0x2000, AFSL_HELO },
		     { 0x4000, AFSL_MAIL },
		     { 0x8000, AFSL_RCPT },
		     { 0x10000, AFSL_DATA },
		     { 0x20000, AFSL_UNKNOWN_COMMAND },
		     { 0x40000, AFSL_END_OF_HEADERS },
		     { 0x80000, AFSL_BODY } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		end();
		begin();
		add_asking(0x1ff, rows[i].bit);
		struct afsl_needs all, needs = negotiated();
		afsl_chain_needs(play.chain, &all);
		cr_expect_eq(needs.needs & STEPS, STEPS);
		cr_expect_eq(needs.replies, all.replies & ~(1u << rows[i].event), "%x",
			     rows[i].bit);
	}
}

Test(request, changes_refused_recipients_and_blanks)
{
	add_asking(0x21, 0);
	struct afsl_needs needs = negotiated();
	cr_assert_eq(needs.needs & CHANGES, AFSL_NEED_ADD_HEADER | AFSL_NEED_QUARANTINE);
	cr_assert_eq(needs.needs & AFSL_NEED_HEADER_BLANKS, 0);
	end();
	begin();
	add_asking(0x1ff, 0x100000);
	needs = negotiated();
	cr_assert_eq(needs.needs & CHANGES, CHANGES);
	cr_assert_neq(needs.needs & AFSL_NEED_HEADER_BLANKS, 0);
}

/* What one filter does without, another may need. */
Test(request, of_several_filters_joined)
{
	add_asking(0, 0x37f);
	play_add(&play, "g", "event onMailFrom { reject(); }", NULL);
	struct afsl_needs needs = negotiated();
	cr_assert_eq(needs.needs & STEPS, AFSL_NEED_MAIL);
	cr_assert_neq(needs.replies & 1u << AFSL_MAIL, 0);
	cr_assert_eq(needs.replies & 1u << AFSL_RCPT, 0);
}

/* Where no answer is awaited the verdict is held for the next step that has one. */
Test(request, a_verdict_where_none_is_awaited_is_held)
{
	add_asking(0x1ff, 0x4000);
	negotiated();
	cr_assert_eq(play_mail(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_eq(play_rcpt(&play, "<c@d>"), AFSL_REJECT);
}

Test(request, why_a_verdict_was_given)
{
	play_add(&play, "one",
		 "event onMailFrom { because(\"connect: nobody\"); tempfail(); }\n"
		 "event onRcptTo { because(\"said, and then nothing\"); }",
		 NULL);
	play_session(&play);
	cr_assert_eq(play_mail(&play, "<a@b>"), AFSL_TEMPFAIL);
	cr_assert_str_eq(afsl_verdict(play.session)->error, "connect: nobody");
	cr_assert_eq(play_rcpt(&play, "<c@d>"), AFSL_CONTINUE);
	cr_assert_null(afsl_verdict(play.session)->error);
}

Test(request, macros_of_any_stage)
{
	struct afsl_text pair[2] = { T("j"), T("mx") };
	play_add(&play, "one",
		 "event onMailFrom { log.info(\"%{macrosOf(\"connect\")[\"j\"]} "
		 "%{length(macrosOf(\"mail\"))}\"); try { "
		 "log.info(\"%{length(macrosOf(\"x\"))}\"); } "
		 "catch (e) { log.info(e.kind); } }",
		 NULL);
	play_session(&play);
	cr_assert(afsl_macros(play.session, AFSL_CONNECT, pair, 1));
	play_mail(&play, "<a@b>");
	cr_assert_str_eq(play_said(&play), "mx 0|argument|");
}

/* What `use` finds without any file. */
Test(request, programs_with_texts_that_they_use)
{
	static const char one[] =
		"use \"two.afsl\" as two;\nevent onMailFrom { log.info(two.word()); }";
	static const char two[] =
		"use \"three.afsl\" as three;\nfunction word() -> text { return three.WORD; }";
	static const char three[] = "const WORD = \"given\";";
	struct afsl_source used[] = { { "two.afsl", two, sizeof(two) - 1 },
				      { "three.afsl", three, sizeof(three) - 1 } };
	struct afsl_load_options options = {
		.source = one, .source_length = sizeof(one) - 1, .used = used, .used_count = 2
	};
	struct afsl_report *report = NULL;
	struct afsl_program *program = afsl_program_load("one.afsl", &options, &report);
	cr_assert_not_null(program, "%s", report ? afsl_report_text(report, false) : "");
	cr_assert(afsl_chain_add(play.chain, program, NULL));
	afsl_program_release(program);
	play_session(&play);
	play_mail(&play, "<a@b>");
	cr_assert_str_eq(play_said(&play), "given|");
	options.used_count = 1;
	cr_assert_null(afsl_program_load("one.afsl", &options, &report));
	cr_assert_not_null(strstr(afsl_report_text(report, false), "there is no file three.afsl"));
	afsl_report_free(report);
}
