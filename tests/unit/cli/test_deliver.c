#include "cli/deliver.h"

#include <criterion/criterion.h>

static struct message message;
static struct envelope envelope;
static struct outcome outcome;
static struct delivery delivery;
static struct afsl_change changes[16];
static struct recipient_result recipients[2];
static struct field fields[] = { { TEXT("A"), TEXT(" 1") },
				 { TEXT("B"), TEXT(" x\n y") },
				 { TEXT("a"), TEXT(" 2") } };

static void begin(void)
{
	message.fields = fields;
	message.field_count = 3;
	buffer_init(&message.body, 1000);
	buffer_append_string(&message.body, "old\r\n");
	arena_init(&outcome.arena, 1 << 20, LIFETIME_PROGRAM);
	envelope.from = TEXT("s@x");
	outcome.changes = changes;
	outcome.recipients = recipients;
	recipients[0] = (struct recipient_result){ TEXT("r@x"), AFSL_CONTINUE, "" };
	recipients[1] = (struct recipient_result){ TEXT("no@x"), AFSL_REJECT, "" };
	outcome.recipient_count = 2;
}

static void end(void)
{
	delivery_free(&delivery);
	buffer_free(&message.body);
	outcome_free(&outcome);
}

TestSuite(deliver, .init = begin, .fini = end);

static struct afsl_text string(const char *s)
{
	return (struct afsl_text){ s, strlen(s) };
}

static struct afsl_change *change(enum afsl_change_kind kind, uint32_t index, const char *name,
				  const char *value)
{
	changes[outcome.change_count] =
		(struct afsl_change){ kind, index, string(name), string(value), false, false };
	return &changes[outcome.change_count++];
}

static void expect(const char *content)
{
	cr_assert(deliver(&envelope, &message, &outcome, &delivery));
	cr_assert(text_equals_string(buffer_text(&delivery.content), content), "%.*s",
		  TEXT_PRINTF(buffer_text(&delivery.content)));
}

Test(deliver, nothing_changed)
{
	expect("A: 1\r\nB: x\r\n y\r\na: 2\r\n\r\nold\r\n");
	cr_assert_eq(delivery.rcpt_count, 1, "a refused recipient is not delivered to");
	cr_assert_null(delivery.quarantine);
}

Test(deliver, headers_added_and_inserted)
{
	change(AFSL_ADD_HEADER, 0, "Z", "last");
	change(AFSL_INSERT_HEADER, 0, "Top", "t");
	change(AFSL_INSERT_HEADER, 2, "Second", "s")->blanks = true;
	change(AFSL_INSERT_HEADER, 99, "End", "e");
	expect("Top: t\r\nSecond:s\r\nA: 1\r\nB: x\r\n y\r\na: 2\r\nZ: last\r\nEnd: e\r\n\r\nold\r\n");
}

/* As Postfix does: what stands above its Received is counted before it. */
Test(deliver, two_at_the_top_keep_their_order)
{
	change(AFSL_INSERT_HEADER, 0, "Top", "t");
	change(AFSL_INSERT_HEADER, 1, "Next", "n");
	change(AFSL_INSERT_HEADER, 3, "Below", "b");
	expect("Top: t\r\nNext: n\r\nBelow: b\r\nA: 1\r\nB: x\r\n y\r\na: 2\r\n\r\nold\r\n");
}

Test(deliver, headers_changed_and_removed)
{
	change(AFSL_CHANGE_HEADER, 2, "A", "two");
	change(AFSL_CHANGE_HEADER, 1, "b", "");
	change(AFSL_CHANGE_HEADER, 7, "b", "");
	change(AFSL_CHANGE_HEADER, 0, "a", "one");
	change(AFSL_CHANGE_HEADER, 3, "A", "new");
	expect("a: one\r\nA: two\r\nA: new\r\n\r\nold\r\n");
}

Test(deliver, a_deletion_renumbers)
{
	change(AFSL_CHANGE_HEADER, 1, "A", "");
	change(AFSL_CHANGE_HEADER, 1, "A", "now first");
	expect("B: x\r\n y\r\nA: now first\r\n\r\nold\r\n");
}

Test(deliver, a_body_in_pieces)
{
	change(AFSL_REPLACE_BODY, 0, "", "gone");
	change(AFSL_REPLACE_BODY, 0, "", "new ");
	change(AFSL_REPLACE_BODY, 0, "", "body\r\n")->more = true;
	expect("A: 1\r\nB: x\r\n y\r\na: 2\r\n\r\nnew body\r\n");
}

Test(deliver, an_empty_body)
{
	change(AFSL_REPLACE_BODY, 0, "", "");
	expect("A: 1\r\nB: x\r\n y\r\na: 2\r\n\r\n");
}

Test(deliver, the_envelope)
{
	change(AFSL_ADD_RCPT, 0, "<new@x>", "NOTIFY=NEVER");
	change(AFSL_DELETE_RCPT, 0, "r@x", "");
	change(AFSL_CHANGE_SENDER, 0, "<>", "");
	change(AFSL_QUARANTINE, 0, "", "why");
	cr_assert(deliver(&envelope, &message, &outcome, &delivery));
	cr_assert_eq(delivery.rcpt_count, 1);
	cr_assert(text_equals_string(delivery.rcpts[0], "new@x"));
	cr_assert(text_equals_string(delivery.sender, ""));
	cr_assert_str_eq(delivery.quarantine, "why");
}

Test(deliver, who_was_put_off_gets_nothing)
{
	outcome.recipients[1].verdict = AFSL_TEMPFAIL;
	cr_assert(deliver(&envelope, &message, &outcome, &delivery));
	cr_assert_eq(delivery.rcpt_count, 1);
	cr_assert(text_equals_string(delivery.rcpts[0], "r@x"));
}

Test(deliver, recipients_after_an_accept_get_it_too)
{
	envelope.rcpts[0] = TEXT("r@x");
	envelope.rcpts[1] = TEXT("no@x");
	envelope.rcpts[2] = TEXT("later@x");
	envelope.rcpt_count = 3;
	outcome.verdict.kind = AFSL_ACCEPT;
	cr_assert(deliver(&envelope, &message, &outcome, &delivery));
	cr_assert_eq(delivery.rcpt_count, 2);
	cr_assert(text_equals_string(delivery.rcpts[1], "later@x"));
}
