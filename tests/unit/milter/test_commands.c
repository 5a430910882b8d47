/* The table of commands against what the protocol says. */
#include "milter/machine.h"

#include <criterion/criterion.h>

static bool may_come(enum command_id id, enum position position)
{
	return command_rows[id].from >> position & 1;
}

Test(commands, letters_bits_and_versions)
{
	static const struct {
		enum command_id id;
		char letter;
		uint32_t waiver, no_reply, version;
		int stage;
	} rows[] = {
		{COMMAND_OPTNEG, 'O', 0, 0, 2, -1},
		{COMMAND_CONNECT, 'C', 0x1, 0x1000, 2, MACRO_CONNECT},
		{COMMAND_HELO, 'H', 0x2, 0x2000, 2, MACRO_HELO},
		{COMMAND_MAIL, 'M', 0x4, 0x4000, 2, MACRO_MAIL},
		{COMMAND_RCPT, 'R', 0x8, 0x8000, 2, MACRO_RCPT},
		{COMMAND_DATA, 'T', 0x200, 0x10000, 4, MACRO_DATA},
		{COMMAND_UNKNOWN, 'U', 0x100, 0x20000, 3, -1},
		{COMMAND_HEADER, 'L', 0x20, 0x80, 2, -1},
		{COMMAND_EOH, 'N', 0x40, 0x40000, 2, MACRO_EOH},
		{COMMAND_BODY, 'B', 0x10, 0x80000, 2, -1},
		{COMMAND_EOM, 'E', 0, 0, 2, MACRO_EOM},
		{COMMAND_ABORT, 'A', 0, 0, 2, -1},
		{COMMAND_QUIT, 'Q', 0, 0, 2, -1},
	};

	cr_assert_eq(sizeof(rows) / sizeof(*rows), COMMAND_COUNT);
	for (unsigned i = 0; i < COMMAND_COUNT; i++) {
		const struct command_row *row = &command_rows[rows[i].id];

		cr_expect_eq((char)row->letter, rows[i].letter);
		cr_expect_eq(row->waiver, rows[i].waiver, "%c", rows[i].letter);
		cr_expect_eq(row->no_reply, rows[i].no_reply, "%c", rows[i].letter);
		cr_expect_eq(row->version, rows[i].version, "%c", rows[i].letter);
		cr_expect_eq(row->stage, rows[i].stage, "%c", rows[i].letter);
		cr_expect_eq(command_id_of(row), rows[i].id);
	}
}

Test(commands, timeouts)
{
	for (unsigned i = 0; i < COMMAND_COUNT; i++) {
		size_t wanted = offsetof(struct milter_timeouts, command);

		if (i == COMMAND_OPTNEG)
			wanted = offsetof(struct milter_timeouts, connect);
		if (i == COMMAND_HEADER || i == COMMAND_EOH || i == COMMAND_BODY)
			wanted = offsetof(struct milter_timeouts, content);
		if (i == COMMAND_EOM)
			wanted = offsetof(struct milter_timeouts, end);
		cr_expect_eq(command_rows[i].timeout, wanted, "%s", command_rows[i].name);
	}
}

/* QUIT_NC has no row: it is never sent. */
Test(commands, no_quit_nc)
{
	for (unsigned i = 0; i < COMMAND_COUNT; i++)
		cr_expect_neq(command_rows[i].letter, MILTER_QUIT_NC);
}

Test(commands, order)
{
	cr_expect(may_come(COMMAND_OPTNEG, AT_START));
	cr_expect_not(may_come(COMMAND_OPTNEG, AT_NEGOTIATED));
	cr_expect_not(may_come(COMMAND_CONNECT, AT_START));
	cr_expect(may_come(COMMAND_CONNECT, AT_NEGOTIATED));
	cr_expect_not(may_come(COMMAND_CONNECT, AT_CONNECTED));
	for (unsigned position = AT_CONNECTED; position <= AT_BODY; position++) {
		cr_expect(may_come(COMMAND_HELO, position));
		cr_expect(may_come(COMMAND_MAIL, position));
		cr_expect(may_come(COMMAND_ABORT, position));
		cr_expect(may_come(COMMAND_QUIT, position));
		cr_expect_eq(may_come(COMMAND_RCPT, position),
			     position >= AT_MAIL && position <= AT_DATA);
		cr_expect_eq(may_come(COMMAND_DATA, position),
			     position == AT_RCPT || position == AT_DATA);
		cr_expect_eq(may_come(COMMAND_UNKNOWN, position), position <= AT_DATA);
		cr_expect_eq(may_come(COMMAND_HEADER, position),
			     position >= AT_RCPT && position <= AT_HEADER);
		cr_expect_eq(may_come(COMMAND_EOH, position),
			     position >= AT_RCPT && position <= AT_HEADER);
		cr_expect_eq(may_come(COMMAND_BODY, position),
			     position == AT_EOH || position == AT_BODY);
		cr_expect_eq(may_come(COMMAND_EOM, position),
			     position == AT_EOH || position == AT_BODY);
	}
	for (unsigned i = 0; i < COMMAND_COUNT; i++)
		cr_expect_eq(may_come((enum command_id)i, AT_END), i == COMMAND_QUIT);
}

Test(commands, edits_come_at_the_end_alone)
{
	for (unsigned i = 0; i < COMMAND_COUNT; i++)
		cr_expect_eq(!!(command_rows[i].replies & REPLY_EDIT), i == COMMAND_EOM);
}

Test(commands, what_actions_allow_which_edit)
{
	static const char letters[] = "hi+-m2eqb";
	static const uint32_t actions[] = {0x1, 0x1, 0x4, 0x8, 0x10, 0x80, 0x40, 0x20, 0x2};

	for (unsigned i = 0; letters[i]; i++) {
		const struct reply_row *row = reply_row_find(letters[i]);

		cr_assert_not_null(row);
		cr_expect_eq(row->class, REPLY_EDIT);
		cr_expect_eq(row->action, actions[i], "%c", letters[i]);
		cr_expect_not(row->bare);
	}
}

Test(commands, all_other_letters_are_unknown)
{
	for (int letter = 0; letter < 256; letter++) {
		bool known = letter && strchr("cartdys4pOhimb+2-eq", letter);

		cr_expect_eq(reply_row_find((char)letter) != NULL, known, "%d", letter);
	}
}
