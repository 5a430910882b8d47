/* A mocked milter: speaks the protocol, answers as it is told, and keeps what it hears. */
#include "test/mock.h"

#include "mail/session.h"
#include "milter/options.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- what it hears ---- */

/* Strings that end in NUL, with blanks between them. */
static void add_strings(struct buffer *line, struct cursor *cursor)
{
	while (cursor->rest.length && !cursor->failed) {
		buffer_append_byte(line, ' ');
		buffer_append_text(line, cursor_string(cursor));
	}
}

static void add_macros(struct buffer *line, struct cursor *cursor)
{
	while (cursor->rest.length && !cursor->failed) {
		buffer_append_byte(line, ' ');
		buffer_append_text(line, cursor_string(cursor));
		buffer_append_byte(line, '=');
		buffer_append_text(line, cursor_string(cursor));
	}
}

static void add_client(struct buffer *line, struct cursor *cursor)
{
	uint8_t family;
	uint16_t port;

	buffer_append_byte(line, ' ');
	buffer_append_text(line, cursor_string(cursor));
	family = cursor_byte(cursor);
	if (family == 'U')
		return;
	port = cursor_u16(cursor);
	buffer_append_byte(line, ' ');
	buffer_append_text(line, cursor_string(cursor));
	if (family != 'L')
		buffer_printf(line, " %u", port);
}

/* ---- commands ---- */

static const struct step_row {
	char letter;
	const char *name;
	uint32_t no_reply; /* the bit that waives its reply */
	bool silent;	   /* never answered */
} steps[] = {
	{ MILTER_OPTNEG, "negotiate", 0, false },
	{ MILTER_MACRO, "macros", 0, true },
	{ MILTER_CONNECT, "connect", MILTER_NR_CONNECT, false },
	{ MILTER_HELO, "helo", MILTER_NR_HELO, false },
	{ MILTER_MAIL, "mail", MILTER_NR_MAIL, false },
	{ MILTER_RCPT, "rcpt", MILTER_NR_RCPT, false },
	{ MILTER_DATA, "data", MILTER_NR_DATA, false },
	{ MILTER_UNKNOWN, "unknown", MILTER_NR_UNKNOWN, false },
	{ MILTER_HEADER, "header", MILTER_NR_HEADER, false },
	{ MILTER_EOH, "endOfHeaders", MILTER_NR_EOH, false },
	{ MILTER_BODY, "body", MILTER_NR_BODY, false },
	{ MILTER_EOM, "endOfMessage", 0, false },
	{ MILTER_ABORT, "abort", 0, true },
	{ MILTER_QUIT, "quit", 0, true },
	{ MILTER_QUIT_NC, "quit", 0, true },
};

static const struct step_row *find_step(char letter)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (steps[i].letter == letter)
			return &steps[i];
	return NULL;
}

static void note_command(struct mocks *mocks, struct peer *peer, const struct step_row *row,
			 struct text payload)
{
	struct cursor cursor = cursor_of(payload);
	struct buffer line;

	buffer_init(&line, 4 << 20);
	buffer_append_string(&line, row->name);
	switch (row->letter) {
	case MILTER_MACRO:
		row = find_step((char)cursor_byte(&cursor));
		buffer_printf(&line, " %s", row ? row->name : "?");
		add_macros(&line, &cursor);
		break;
	case MILTER_CONNECT:
		add_client(&line, &cursor);
		break;
	case MILTER_HEADER:
		buffer_append_byte(&line, ' ');
		buffer_append_text(&line, cursor_string(&cursor));
		buffer_append_byte(&line, ':');
		buffer_append_text(&line, cursor_string(&cursor));
		break;
	case MILTER_BODY:
		buffer_append_byte(&line, ' ');
		buffer_append_text(&line, payload);
		break;
	case MILTER_OPTNEG:
		break;
	default:
		add_strings(&line, &cursor);
	}
	mock_hear(mocks, peer->place, buffer_text(&line));
	buffer_free(&line);
}

/* ---- replies ---- */

static const struct {
	const char *word;
	char letter;
} words[] = {
	{ "continue", MILTER_CONTINUE }, { "accept", MILTER_ACCEPT },
	{ "reject", MILTER_REJECT },	 { "tempfail", MILTER_TEMPFAIL },
	{ "discard", MILTER_DISCARD },	 { "skip", MILTER_SKIP },
	{ "shutdown", MILTER_SHUTDOWN }, { "progress", MILTER_PROGRESS },
};

static char letter_of(struct text word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (text_equals_string(word, words[i].word))
			return words[i].letter;
	return 0;
}

static void write_string(struct buffer *out, struct text text)
{
	buffer_append_text(out, text);
	buffer_append_byte(out, '\0');
}

static void write_strings(struct buffer *out, char letter, struct text text)
{
	size_t start = packet_begin(out, letter);

	write_string(out, text);
	packet_end(out, start);
}

/* "1 Name: value" or "Name: value". */
static bool write_header_edit(struct buffer *out, char letter, struct text rest)
{
	int64_t colon = text_find(rest, TEXT(":"), 0), number;
	int64_t blank = text_find(rest, TEXT(" "), 0);
	struct text name, content;
	size_t start;

	if (colon < 0)
		return false;
	name = text_part(rest, 0, (size_t)colon);
	content = text_trim(text_part(rest, (size_t)colon + 1, rest.length));
	start = packet_begin(out, letter);
	if (letter != MILTER_ADD_HEADER) {
		if (blank < 0 || blank > colon ||
		    !text_to_int(text_part(name, 0, (size_t)blank), &number))
			return false;
		buffer_append_u32(out, (uint32_t)number);
		name = text_part(name, (size_t)blank + 1, name.length);
	}
	write_string(out, name);
	write_string(out, content);
	packet_end(out, start);
	return true;
}

static const struct {
	const char *word;
	char letter;
} edits[] = {
	{ "addHeader", MILTER_ADD_HEADER },	  { "insertHeader", MILTER_INSERT_HEADER },
	{ "changeHeader", MILTER_CHANGE_HEADER }, { "addRcpt", MILTER_ADD_RCPT },
	{ "discardRcpt", MILTER_DELETE_RCPT },	  { "changeSender", MILTER_CHANGE_SENDER },
	{ "quarantine", MILTER_QUARANTINE },	  { "replaceBody", MILTER_REPLACE_BODY },
};

static bool write_edit(struct buffer *out, struct text line)
{
	int64_t blank = text_find(line, TEXT(" "), 0);
	struct text word = text_part(line, 0, blank < 0 ? line.length : (size_t)blank);
	struct text rest =
		text_part(line, blank < 0 ? line.length : (size_t)blank + 1, line.length);

	for (size_t i = 0; i < sizeof(edits) / sizeof(*edits); i++) {
		if (!text_equals_string(word, edits[i].word))
			continue;
		if (edits[i].letter == MILTER_ADD_HEADER ||
		    edits[i].letter == MILTER_INSERT_HEADER ||
		    edits[i].letter == MILTER_CHANGE_HEADER)
			return write_header_edit(out, edits[i].letter, rest);
		if (edits[i].letter == MILTER_REPLACE_BODY)
			packet_write(out, MILTER_REPLACE_BODY, rest);
		else
			write_strings(out, edits[i].letter, rest);
		return true;
	}
	return false;
}

enum line_result { LINE_EDIT, LINE_VERDICT, LINE_CLOSE, LINE_SILENCE, LINE_UNKNOWN };

static enum line_result write_line(struct buffer *out, struct text line)
{
	char letter = letter_of(line);

	if (letter) {
		packet_write(out, letter, TEXT_EMPTY);
		return letter == MILTER_PROGRESS ? LINE_EDIT : LINE_VERDICT;
	}
	if (text_equals(line, TEXT("close")))
		return LINE_CLOSE;
	if (text_equals(line, TEXT("silence")))
		return LINE_SILENCE;
	if (text_equals(line, TEXT("garbage"))) {
		buffer_append(out, "\0\0\0\0what is this?", 17);
		return LINE_VERDICT;
	}
	if (line.length && byte_is_digit(line.data[0])) {
		write_strings(out, MILTER_REPLYCODE, line);
		return LINE_VERDICT;
	}
	return write_edit(out, line) ? LINE_EDIT : LINE_UNKNOWN;
}

/* Line by line; edits alone go on. */
static enum line_result write_reply(struct buffer *out, struct text reply)
{
	enum line_result last = LINE_EDIT;

	for (size_t from = 0; from <= reply.length && last == LINE_EDIT;) {
		int64_t end = text_find(reply, TEXT("\n"), from);
		size_t to = end < 0 ? reply.length : (size_t)end;

		last = write_line(out, text_part(reply, from, to));
		from = to + 1;
	}
	if (last == LINE_EDIT)
		packet_write(out, MILTER_CONTINUE, TEXT_EMPTY);
	return last;
}

/* "rcpt 2" is about the second recipient of a message. */
static const struct text *find_reply(const struct peer *peer, const char *step)
{
	const struct text *found = NULL;
	char numbered[40];

	snprintf(numbered, sizeof(numbered), "%s %u", step, peer->recipients);
	for (const struct reply_spec *spec = peer->place->replies; spec; spec = spec->next) {
		if (text_equals_string(spec->step, numbered))
			return &spec->reply;
		if (text_equals_string(spec->step, step))
			found = &spec->reply;
	}
	return found;
}

static void reply_to(struct peer *peer, const struct step_row *row)
{
	const struct text *reply = find_reply(peer, row->name);

	if (row->silent || (row->no_reply & peer->no_reply))
		return;
	if (write_reply(&peer->out, reply ? *reply : TEXT("continue")) == LINE_CLOSE)
		peer->closing = true;
}

/* ---- the negotiation: "version 4\nsteps 0x80\nmacros rcpt i {rcpt_host}" ---- */

static int64_t number_of(struct text text)
{
	char copy[32];

	snprintf(copy, sizeof(copy), "%.*s", TEXT_PRINTF(text));
	return strtoll(copy, NULL, 0);
}

static bool set_macros(struct milter_options *options, struct text rest)
{
	int64_t blank = text_find(rest, TEXT(" "), 0);
	struct text stage = text_part(rest, 0, blank < 0 ? rest.length : (size_t)blank);

	for (unsigned i = 0; blank >= 0 && i < MACRO_STAGE_COUNT; i++) {
		if (!text_equals_string(stage, macro_stage_name((enum macro_stage)i)))
			continue;
		options->macros[milter_stage_of((enum macro_stage)i)] =
			text_part(rest, (size_t)blank + 1, rest.length);
		return true;
	}
	return false;
}

static bool set_option(struct milter_options *options, struct text line)
{
	int64_t blank = text_find(line, TEXT(" "), 0);
	struct text word = text_part(line, 0, blank < 0 ? line.length : (size_t)blank);
	struct text rest =
		text_part(line, blank < 0 ? line.length : (size_t)blank + 1, line.length);

	if (text_equals(word, TEXT("version")))
		options->version = (uint32_t)number_of(rest);
	else if (text_equals(word, TEXT("actions")))
		options->actions = (uint32_t)number_of(rest);
	else if (text_equals(word, TEXT("steps")))
		options->steps = (uint32_t)number_of(rest);
	else
		return text_equals(word, TEXT("macros")) && set_macros(options, rest);
	return true;
}

static bool read_options(struct milter_options *options, struct text spec)
{
	for (size_t from = 0; from < spec.length;) {
		int64_t end = text_find(spec, TEXT("\n"), from);
		size_t to = end < 0 ? spec.length : (size_t)end;

		if (!set_option(options, text_part(spec, from, to)))
			return false;
		from = to + 1;
	}
	return true;
}

static void negotiate(struct peer *peer)
{
	struct milter_options options = { .version = MILTER_VERSION,
					  .actions = MILTER_ACTIONS_ALL };
	const struct text *spec = find_reply(peer, "negotiate");

	if (spec && !read_options(&options, *spec)) {
		if (write_reply(&peer->out, *spec) == LINE_CLOSE)
			peer->closing = true;
		return;
	}
	peer->no_reply = options.steps;
	options_write(&peer->out, &options);
}

/* ---- playing ---- */

static void obey(struct mocks *mocks, struct peer *peer, const struct packet *packet)
{
	const struct step_row *row = find_step(packet->letter);

	if (!row) {
		mock_fault(mocks, "%s was sent a command that no milter knows", peer->place->name);
		peer->closing = true;
		return;
	}
	note_command(mocks, peer, row, packet->payload);
	if (row->letter == MILTER_MAIL)
		peer->recipients = 0;
	peer->recipients += row->letter == MILTER_RCPT;
	if (row->letter == MILTER_OPTNEG)
		negotiate(peer);
	else
		reply_to(peer, row);
	peer->closing |= row->letter == MILTER_QUIT;
}

void mock_milter_play(struct mocks *mocks, struct peer *peer)
{
	struct packet packet;
	size_t size;

	while (!peer->closing && packet_read(buffer_text(&peer->in), MILTER_FRAME_CAP, &packet,
					     &size) == PACKET_READY) {
		obey(mocks, peer, &packet);
		buffer_consume(&peer->in, size);
	}
}

const char *mock_milter_fault(struct text step, struct text reply)
{
	struct milter_options options = { .version = 0 };
	int64_t blank = text_find(step, TEXT(" "), 0);
	struct text word = text_part(step, 0, blank < 0 ? step.length : (size_t)blank);
	struct buffer nowhere;
	enum line_result result;
	bool known = false;

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		known |= !steps[i].silent && text_equals_string(word, steps[i].name);
	if (!known)
		return "the steps are negotiate, connect, helo, mail, rcpt, data, unknown, header, "
		       "endOfHeaders, body and endOfMessage";
	if (text_equals(word, TEXT("negotiate")) && read_options(&options, reply))
		return NULL;
	buffer_init(&nowhere, 4 << 20);
	result = write_reply(&nowhere, reply);
	buffer_free(&nowhere);
	return result == LINE_UNKNOWN
		       ? "a reply is continue, accept, reject, tempfail, discard, skip, shutdown, "
			 "\"550 5.7.1 text\", close, silence or garbage; before it, a line each, "
			 "addHeader, insertHeader, changeHeader, addRcpt, discardRcpt, "
			 "changeSender, "
			 "replaceBody, quarantine or progress"
		       : NULL;
}
