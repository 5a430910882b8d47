#include "host/milter_plan.h"

#include <criterion/criterion.h>

static const struct afsl_offer full = {6, MILTER_ACTIONS_ALL, MILTER_STEPS_ALL};

static struct milter_plan plan(uint32_t needs, uint32_t replies, struct afsl_offer offer)
{
	struct afsl_needs all = {.needs = needs, .replies = replies};
	return milter_plan_make(&all, &offer);
}

Test(milter_plan, nothing_needed_leaves_out_every_step)
{
	struct milter_plan made = plan(0, 0, full);
	cr_assert_eq(made.actions, MILTER_CAN_SET_MACROS);
	cr_assert_eq(made.steps, 0x37f);
}

Test(milter_plan, each_step_has_its_own_bits)
{
	static const struct {
		enum afsl_event event;
		uint32_t need, no, silent;
	} rows[] = {
		{AFSL_CONNECT, AFSL_NEED_CONNECT, 0x1, 0x1000},
		{AFSL_HELO, AFSL_NEED_HELO, 0x2, 0x2000},
		{AFSL_MAIL, AFSL_NEED_MAIL, 0x4, 0x4000},
		{AFSL_RCPT, AFSL_NEED_RCPT, 0x8, 0x8000},
		{AFSL_BODY, AFSL_NEED_BODY, 0x10, 0x80000},
		{AFSL_HEADER, AFSL_NEED_HEADERS, 0x20, 0x80},
		{AFSL_END_OF_HEADERS, AFSL_NEED_END_OF_HEADERS, 0x40, 0x40000},
		{AFSL_DATA, AFSL_NEED_DATA, 0x200, 0x10000},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct milter_plan silent = plan(rows[i].need, 0, full);
		cr_assert_eq(silent.steps, (0x37fu & ~rows[i].no) | rows[i].silent, "%zu: %x", i,
			     silent.steps);
		cr_assert(milter_plan_is_silent(&silent, rows[i].event));
		struct milter_plan answered = plan(rows[i].need, 1u << rows[i].event, full);
		uint32_t skip = rows[i].event == AFSL_BODY ? MILTER_CAN_SKIP : 0;
		cr_assert_eq(answered.steps, (0x37fu & ~rows[i].no) | skip, "%zu: %x", i,
			     answered.steps);
		cr_assert_not(milter_plan_is_silent(&answered, rows[i].event));
	}
}

Test(milter_plan, the_end_of_a_message_is_never_silent)
{
	struct milter_plan made = plan(0, 0, full);
	cr_assert_not(milter_plan_is_silent(&made, AFSL_END_OF_MESSAGE));
}

Test(milter_plan, unknown_commands_bring_data_with_them)
{
	struct milter_plan made = plan(AFSL_NEED_UNKNOWN, 1u << AFSL_UNKNOWN_COMMAND, full);
	cr_assert_eq(made.steps & 0x300, 0);
	cr_assert(made.steps & MILTER_NR_DATA);
	/* Where they cannot be left out DATA must come too, although nobody needs it. */
	made = plan(0, 0, (struct afsl_offer){6, 0x1ff, 0x2ff});
	cr_assert_eq(made.steps & 0x300, 0);
	/* Version 3 has no DATA: then unknown commands go. */
	made = plan(AFSL_NEED_UNKNOWN, 1u << AFSL_UNKNOWN_COMMAND,
		    (struct afsl_offer){3, 0x3f, 0x17f});
	cr_assert(made.steps & MILTER_NO_UNKNOWN);
}

Test(milter_plan, data_without_unknown_commands)
{
	struct milter_plan made = plan(AFSL_NEED_DATA, 1u << AFSL_DATA, full);
	cr_assert_eq(made.steps & 0x300, MILTER_NO_UNKNOWN);
}

Test(milter_plan, extras_only_when_needed)
{
	cr_assert_eq(plan(AFSL_NEED_RCPT, 0, full).steps & 0x100c00, 0);
	struct milter_plan made = plan(AFSL_NEED_REFUSED_RCPT, 1u << AFSL_RCPT, full);
	cr_assert_eq(made.steps & 0x100c00, MILTER_REFUSED_RCPT);
	cr_assert_eq(made.steps & MILTER_NO_RCPT, 0);
	made = plan(AFSL_NEED_HEADERS | AFSL_NEED_HEADER_BLANKS, 0, full);
	cr_assert_eq(made.steps & 0x100c00, MILTER_HEADER_BLANKS);
	/* A body that is not answered cannot be skipped. */
	made = plan(AFSL_NEED_BODY, 0, full);
	cr_assert_eq(made.steps & 0x100c00, 0);
	made = plan(0, 1u << AFSL_BODY, full);
	cr_assert_eq(made.steps & 0x100c00, 0);
}

Test(milter_plan, never_more_than_offered)
{
	uint32_t all = 0xffffffff;
	for (int bit = 0; bit < 21; bit++) {
		struct afsl_offer offer = {6, 1u << (bit % 9), 1u << bit};
		struct milter_plan made = plan(all, all, offer);
		cr_assert_eq(made.steps & ~offer.steps, 0);
		cr_assert_eq(made.actions & ~offer.actions, 0);
		made = plan(0, 0, offer);
		cr_assert_eq(made.steps & ~offer.steps, 0);
		made = plan(all, 0, offer);
		cr_assert_eq(made.steps & ~offer.steps, 0);
	}
}

Test(milter_plan, actions_by_change)
{
	static const struct {
		uint32_t need;
		struct afsl_change change;
		uint32_t action;
	} rows[] = {
		{AFSL_NEED_ADD_HEADER, {.kind = AFSL_ADD_HEADER}, 0x01},
		{AFSL_NEED_ADD_HEADER, {.kind = AFSL_INSERT_HEADER}, 0x01},
		{AFSL_NEED_REPLACE_BODY, {.kind = AFSL_REPLACE_BODY}, 0x02},
		{AFSL_NEED_ADD_RCPT, {.kind = AFSL_ADD_RCPT}, 0x04},
		{AFSL_NEED_DELETE_RCPT, {.kind = AFSL_DELETE_RCPT}, 0x08},
		{AFSL_NEED_CHANGE_HEADER, {.kind = AFSL_CHANGE_HEADER}, 0x10},
		{AFSL_NEED_QUARANTINE, {.kind = AFSL_QUARANTINE}, 0x20},
		{AFSL_NEED_CHANGE_SENDER, {.kind = AFSL_CHANGE_SENDER}, 0x40},
		{AFSL_NEED_ADD_RCPT_PARAMETERS, {.kind = AFSL_ADD_RCPT, .value = {"X=1", 3}}, 0x80},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert_eq(plan(rows[i].need, 0, full).actions, rows[i].action | 0x100);
		cr_assert_eq(milter_action_of_change(&rows[i].change), rows[i].action);
	}
}
