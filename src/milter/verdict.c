/* What the filter's frames mean: is it lawful here, and what follows for message and session? */
#include "milter/machine.h"

static enum frame_effect violation(struct milter_client *client, const char *what)
{
	client_fail(client, MILTER_FAILURE_PROTOCOL, "%s at %s", what, client->row->name);
	return FRAME_FAILED;
}

static enum frame_effect unknown_letter(struct milter_client *client, char letter)
{
	client_fail(client, MILTER_FAILURE_PROTOCOL, "an unknown answer, byte 0x%02x, at %s",
		    (unsigned char)letter, client->row->name);
	return FRAME_FAILED;
}

static enum frame_effect unlawful(struct milter_client *client, const struct reply_row *row)
{
	client_fail(client, MILTER_FAILURE_PROTOCOL, "%s is no lawful answer to %s", row->name,
		    client->row->name);
	return FRAME_FAILED;
}

static enum frame_effect no_memory(struct milter_client *client)
{
	client_fail(client, MILTER_FAILURE_MEMORY, "no memory for the answer to %s",
		    client->row->name);
	return FRAME_FAILED;
}

static enum frame_effect take_progress(struct milter_client *client)
{
	if (++client->progress_count > PROGRESS_MAX)
		return violation(client, "too many signs of progress");
	return FRAME_MORE;
}

/* MTAs honour what was not negotiated, and so do we. Edits wait here as they came: nothing of them counts before the verdict, and the step may be run
 * with another arena by then. */
static enum frame_effect take_edit(struct milter_client *client, const struct reply_row *row,
				   struct text frame)
{
	if (!(client->options.actions & row->action))
		client_warn(client, "honoured anyway: %s was not negotiated", row->name);
	buffer_append_text(&client->edits, frame);
	if (client->edits.failed)
		return no_memory(client);
	return FRAME_MORE;
}

static enum frame_effect take_options(struct milter_client *client, struct text payload)
{
	struct options_oddities oddities;
	const char *fault;

	buffer_clear(&client->answer);
	buffer_append_text(&client->answer, payload);
	if (client->answer.failed)
		return no_memory(client);
	fault = options_read_answer(buffer_text(&client->answer), &client->options, &oddities);
	if (fault)
		return violation(client, fault);
	if (oddities.steps)
		client_warn(client, "passed over: unknown protocol bits 0x%x", oddities.steps);
	if (oddities.stages)
		client_warn(client, "passed over: macro lists of unknown stages");
	return FRAME_LAST;
}

static bool is_among(const char *letters, char letter)
{
	return letter && strchr(letters, letter);
}

/* One reset for every way out of a message. */
static void verdict_follow(struct milter_client *client, char letter)
{
	const struct command_row *row = client->row;

	if (letter == MILTER_SHUTDOWN || is_among(row->ends_session, letter))
		client->session_over = true;
	if (client->open && is_among(row->ends_message, letter)) {
		client->message_over = true;
		client->open = false;
	}
	if (letter == MILTER_SKIP)
		client->skipped |= 1u << command_id_of(row);
	if (row->letter == MILTER_RCPT && (letter == MILTER_CONTINUE || letter == MILTER_SKIP))
		client->accepted_recipients++;
	if (row->letter == MILTER_EOM)
		client_message_reset(client);
}

/* With any other verdict the message goes no further, and its edits are of no use. */
static bool verdict_keeps_edits(char letter)
{
	return letter == MILTER_CONTINUE || letter == MILTER_ACCEPT;
}

static enum frame_effect take_reply_code(struct milter_client *client, struct text payload,
					 struct arena *arena)
{
	bool full = false;
	const char *fault = reply_code_parse(payload, arena, &client->reply, &full);

	if (full)
		return no_memory(client);
	return fault ? violation(client, fault) : FRAME_LAST;
}

static enum frame_effect take_verdict(struct milter_client *client, const struct packet *packet,
				      struct arena *arena)
{
	char letter = packet->letter;

	/* There is no message yet that could be dropped. Skipping the end means nothing. */
	if ((letter == MILTER_DISCARD && !client->row->of_message) ||
	    (letter == MILTER_SKIP && client->row->letter == MILTER_EOM))
		letter = MILTER_CONTINUE;
	if (letter == MILTER_REPLYCODE &&
	    take_reply_code(client, packet->payload, arena) == FRAME_FAILED)
		return FRAME_FAILED;
	if (client->edits.length > 0 && verdict_keeps_edits(letter) &&
	    !client_decode_edits(client, arena))
		return FRAME_FAILED;
	client_drop_edits(client);
	client->reply.letter = letter;
	verdict_follow(client, letter);
	return FRAME_LAST;
}

enum frame_effect client_take_frame(struct milter_client *client, const struct packet *packet,
				    struct text frame, uint32_t lawful, struct arena *arena)
{
	const struct reply_row *row = reply_row_find(packet->letter);

	if (!row)
		return unknown_letter(client, packet->letter);
	if (!(lawful & row->class))
		return unlawful(client, row);
	if (row->bare && packet->payload.length > 0)
		return violation(client, "an answer with something behind it");
	switch (row->class) {
	case REPLY_PROGRESS:
		return take_progress(client);
	case REPLY_EDIT:
		return take_edit(client, row, frame);
	case REPLY_OPTNEG:
		return take_options(client, packet->payload);
	default:
		return take_verdict(client, packet, arena);
	}
}
