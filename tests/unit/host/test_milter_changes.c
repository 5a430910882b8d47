#include "host/milter_changes.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>

static struct buffer scratch;
static struct milter_edit edit;

static void begin(void)
{
	buffer_init(&scratch, (size_t)1 << 20);
}

static void end(void)
{
	buffer_free(&scratch);
}

TestSuite(milter_changes, .init = begin, .fini = end);

static struct afsl_text bytes_of(const char *string)
{
	return (struct afsl_text){ string, strlen(string) };
}

static const char *value(enum afsl_change_kind kind, const char *bytes, size_t length,
			 bool own_blank, bool negotiated)
{
	struct afsl_change change = {
		.kind = kind, .name = { "X", 1 }, .value = { bytes, length }, .blanks = own_blank
	};
	return milter_edit_make(&change, negotiated, &scratch, &edit) ? edit.value.data : NULL;
}

#define VALUE(literal, own, negotiated)                                                            \
	value(AFSL_ADD_HEADER, literal, sizeof(literal) - 1, own, negotiated)

Test(milter_changes, the_blank_behind_the_colon)
{
	cr_assert_str_eq(VALUE("v", false, false), "v");
	cr_assert_str_eq(VALUE("v", false, true), " v");
	cr_assert_str_eq(VALUE(" v", true, true), " v");
	cr_assert_str_eq(VALUE(" v", true, false), "v");
	cr_assert_str_eq(VALUE("  v", true, false), " v");
	cr_assert_str_eq(VALUE("\tv", true, false), "\tv");
	cr_assert_str_eq(VALUE("v", true, true), "v");
	/* Nothing deletes a field, so a lone blank stays and nothing stays nothing. */
	cr_assert_str_eq(VALUE(" ", true, false), " ");
	cr_assert_str_eq(VALUE("", false, true), " ");
	cr_assert_str_eq(value(AFSL_CHANGE_HEADER, "", 0, false, true), "");
	cr_assert_str_eq(VALUE("", true, true), "");
}

Test(milter_changes, lines_are_folded_and_nothing_is_injected)
{
	cr_assert_str_eq(VALUE("a\r\n b", false, false), "a\n b");
	cr_assert_str_eq(VALUE("a\n\tb", false, false), "a\n\tb");
	cr_assert_str_eq(VALUE("a\nX-In: b", false, false), "a\n\tX-In: b");
	cr_assert_str_eq(VALUE("a\rb", false, false), "a\n\tb");
	cr_assert_str_eq(VALUE("a\n\nb", false, false), "a\n\t\n\tb");
	cr_assert_str_eq(VALUE("a\r\n", false, false), "a");
	cr_assert_str_eq(VALUE("a\n", false, false), "a");
	cr_assert_str_eq(VALUE("caf\xc3\xa9", false, false), "caf\xc3\xa9");
	cr_assert_null(VALUE("a\0b", false, false));
}

Test(milter_changes, one_packet_holds_it)
{
	static char large[70000];
	memset(large, 'x', sizeof(large));
	/* Name, value and two NULs in 65535 bytes; an index takes four of them. */
	cr_assert_not_null(value(AFSL_ADD_HEADER, large, 65532, false, false));
	cr_assert_null(value(AFSL_ADD_HEADER, large, 65533, false, false));
	cr_assert_not_null(value(AFSL_INSERT_HEADER, large, 65528, false, false));
	cr_assert_null(value(AFSL_INSERT_HEADER, large, 65529, false, false));
	cr_assert_not_null(value(AFSL_CHANGE_HEADER, large, 65528, false, false));
	cr_assert_null(value(AFSL_CHANGE_HEADER, large, 65529, false, false));
	cr_assert_null(value(AFSL_ADD_HEADER, large, 65532, false, true));
}

/* ---- what no packet may carry ---- */

static bool makes(enum afsl_change_kind kind, uint32_t index, struct afsl_text name,
		  struct afsl_text content)
{
	struct afsl_change change = { kind, index, name, content, false, false };
	return milter_edit_make(&change, false, &scratch, &edit);
}

Test(milter_changes, names_of_fields)
{
	static const char *const odd[] = { "", "A B", "A ", "A:", "A\t", "\x7f", "caf\xc3\xa9" };
	cr_assert(makes(AFSL_ADD_HEADER, 0, bytes_of("X-A!"), bytes_of("v")));
	cr_assert(text_equals_string(edit.name, "X-A!"));
	cr_assert(text_equals_string(edit.value, "v"));
	cr_assert_eq(edit.name.data[4], 0);
	cr_assert_eq(edit.value.data[1], 0);
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		cr_assert(makes(AFSL_CHANGE_HEADER, 1, bytes_of(odd[i]), bytes_of("v")), "%s",
			  odd[i]);
		cr_assert(text_equals_string(edit.name, odd[i]));
	}
	cr_assert_not(makes(AFSL_ADD_HEADER, 0, bytes_of("A\r\nB"), bytes_of("v")));
	cr_assert_not(makes(AFSL_ADD_HEADER, 0, bytes_of("A\nB"), bytes_of("v")));
	cr_assert_not(makes(AFSL_ADD_HEADER, 0, (struct afsl_text){ "A\0B", 3 }, bytes_of("v")));
}

Test(milter_changes, every_index_goes_out_as_it_is)
{
	cr_assert(makes(AFSL_INSERT_HEADER, INT_MAX, bytes_of("X"), bytes_of("v")));
	cr_assert_eq(edit.index, INT_MAX);
	cr_assert(makes(AFSL_INSERT_HEADER, UINT32_MAX, bytes_of("X"), bytes_of("v")));
	cr_assert_eq(edit.index, UINT32_MAX);
}

Test(milter_changes, addresses_parameters_and_reasons_are_one_line)
{
	static const char breaks[] = { '\0', '\r', '\n' };
	cr_assert(makes(AFSL_ADD_RCPT, 0, bytes_of("<a@b>"), bytes_of("NOTIFY=NEVER")));
	cr_assert(text_equals_string(edit.name, "<a@b>"));
	cr_assert(text_equals_string(edit.value, "NOTIFY=NEVER"));
	cr_assert(makes(AFSL_QUARANTINE, 0, bytes_of(""), bytes_of("why")));
	cr_assert(text_equals_string(edit.value, "why"));
	cr_assert_eq(edit.name.length, 0);
	for (size_t i = 0; i < sizeof(breaks); i++) {
		const char line[] = { '<', 'a', breaks[i], 'b', '>' };
		struct afsl_text broken = { line, sizeof(line) };
		cr_assert_not(makes(AFSL_DELETE_RCPT, 0, broken, bytes_of("")));
		cr_assert_not(makes(AFSL_CHANGE_SENDER, 0, bytes_of("<a@b>"), broken));
		cr_assert_not(makes(AFSL_QUARANTINE, 0, bytes_of(""), broken));
	}
}

Test(milter_changes, addresses_fit_into_one_packet)
{
	static char large[70000];
	memset(large, 'x', sizeof(large));
	cr_assert(makes(AFSL_ADD_RCPT, 0, (struct afsl_text){ large, 60000 },
			(struct afsl_text){ large, 5533 }));
	cr_assert_eq(edit.name.length + edit.value.length, 65533);
	cr_assert_not(makes(AFSL_ADD_RCPT, 0, (struct afsl_text){ large, 60000 },
			    (struct afsl_text){ large, 5534 }));
}

/* Nothing half made goes out, and the next one is whole again. */
Test(milter_changes, want_of_memory)
{
	char large[600];
	struct afsl_text long_one = { large, sizeof(large) };
	memset(large, 'x', sizeof(large));
	for (unsigned long n = 1; n <= 2; n++) {
		buffer_free(&scratch);
		buffer_init(&scratch, (size_t)1 << 20);
		memory_fail_at(n, false);
		bool address = makes(AFSL_ADD_RCPT, 0, bytes_of("<a@b>"), long_one);
		bool hit = memory_count() >= n;
		memory_fail_at(0, false);
		cr_assert_eq(address, !hit);
		cr_assert(makes(AFSL_ADD_HEADER, 0, bytes_of("X"), bytes_of("v")));
		cr_assert(text_equals_string(edit.value, "v"));
	}
	buffer_free(&scratch);
	buffer_init(&scratch, 300); /* the value fits, the name behind it does not */
	cr_assert(makes(AFSL_ADD_HEADER, 0, bytes_of("X"), (struct afsl_text){ large, 290 }));
	cr_assert_not(makes(AFSL_ADD_HEADER, 0, (struct afsl_text){ large, 20 },
			    (struct afsl_text){ large, 290 }));
	cr_assert_not(makes(AFSL_ADD_HEADER, 0, bytes_of("X"), long_one));
}

/* ---- all changes of a message ---- */

static struct {
	char text[2000];
	unsigned given, most; /* as many are taken */
} sent;

static bool take(void *argument, const struct milter_edit *one)
{
	size_t used = strlen(sent.text);
	cr_assert_eq(argument, &sent);
	if (sent.given++ >= sent.most)
		return false;
	snprintf(sent.text + used, sizeof(sent.text) - used, "%d[%.*s|%.*s] ", (int)one->kind,
		 TEXT_PRINTF(one->name), TEXT_PRINTF(one->value));
	return true;
}

/* What comes of a script's changes when the mail server takes `actions`; `most` of them can be sent. */
static bool give(const char *handler, uint32_t actions, unsigned most)
{
	struct afsl_load_options options = { .source = handler, .source_length = strlen(handler) };
	struct afsl_program *program = afsl_program_load("test.afsl", &options, NULL);
	struct afsl_chain *chain = afsl_chain_new();
	struct milter_edits edits = { actions, 0, &scratch, take, &sent };
	cr_assert(afsl_chain_add(chain, program, NULL));
	struct afsl_session *session = afsl_session_new(chain);
	afsl_mail(session, bytes_of("<a@b>"), NULL, 0);
	afsl_rcpt(session, bytes_of("<c@d>"), NULL, 0);
	afsl_end_of_headers(session);
	afsl_end_of_message(session);
	sent.text[0] = '\0';
	sent.given = 0;
	sent.most = most;
	bool done = milter_changes_give(session, &edits);
	afsl_session_free(session);
	afsl_chain_release(chain);
	afsl_program_release(program);
	return done;
}

static const char all_kinds[] =
	"event onDataReceived { replaceBody(\"one\"); addHeader(\"X\", \"1\"); "
	"addRcpt(\"<e@f>\"); changeSender(\"<g@h>\"); quarantine(\"why\"); }";

Test(milter_changes, all_of_a_message_the_body_last)
{
	cr_assert(give(all_kinds, MILTER_ACTIONS_ALL, 9));
	cr_assert_str_eq(sent.text, "0[X|1] 5[<g@h>|] 3[<e@f>|] 7[|why] 6[|one] ");
	cr_assert(give("event onDataReceived { replaceBody(\"\"); }", MILTER_ACTIONS_ALL, 9));
	cr_assert_str_eq(sent.text, "6[|] ");
	cr_assert(give("event onDataReceived { }", MILTER_ACTIONS_ALL, 9));
	cr_assert_str_eq(sent.text, "");
}

Test(milter_changes, what_was_not_agreed_is_left_out)
{
	cr_assert(give(all_kinds, MILTER_CAN_ADD_HEADERS | MILTER_CAN_QUARANTINE, 9));
	cr_assert_str_eq(sent.text, "0[X|1] 7[|why] ");
	cr_assert(give(all_kinds, MILTER_CAN_CHANGE_BODY, 9));
	cr_assert_str_eq(sent.text, "6[|one] ");
}

static const char body_in_pieces[] =
	"function piece(value: text) -> milter.Change { return milter.Change(kind: "
	"\"replaceBody\", "
	"index: 0, name: \"\", value: value, blanks: false); }"
	"event onDataReceived { milter.apply(milter.Reply(kind: \"accept\", code: 0, status: \"\", "
	"text: \"\", changes: [piece(\"\"), piece(\"one\"), piece(\"two\")])); }";

Test(milter_changes, a_body_in_pieces)
{
	cr_assert(give(body_in_pieces, MILTER_ACTIONS_ALL, 9));
	cr_assert_str_eq(sent.text, "6[|one] 6[|two] ", "an empty piece would be an empty body");
	cr_assert(give(body_in_pieces, MILTER_CAN_ADD_HEADERS, 9));
	cr_assert_str_eq(sent.text, "");
	cr_assert_not(give(body_in_pieces, MILTER_ACTIONS_ALL, 0));
	cr_assert_eq(sent.given, 1, "nothing follows a piece that could not be sent");
}

Test(milter_changes, all_or_the_message_is_refused)
{
	for (unsigned most = 0; most < 5; most++) {
		cr_assert_not(give(all_kinds, MILTER_ACTIONS_ALL, most), "%u", most);
		cr_assert_eq(sent.given, most + 1, "nothing more is tried");
	}
	cr_assert_not(give("event onDataReceived { replaceBody(\"\"); }", MILTER_ACTIONS_ALL, 0));
	buffer_free(&scratch);
	buffer_init(&scratch, 2); /* no room for a field */
	cr_assert_not(give(all_kinds, MILTER_ACTIONS_ALL, 9));
	cr_assert_eq(sent.given, 0);
}
