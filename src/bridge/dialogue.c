#include "bridge/dialogue_state.h"

#include <unistd.h>

#include "base/memory.h"
#include "bridge/percent.h"
#include "bridge/replies.h"

enum {
	ARENA_MAX = 32 << 20, /* what is said of one message before its content */
	REPLY_MAX = 16 << 20,
};

struct buffer *dialogue_out(const struct dialogue *dialogue)
{
	return dialogue->host.out(dialogue->host.argument);
}

void dialogue_fault(struct dialogue *dialogue, const char *what, struct text value)
{
	enum { SHOWN_MAX = 80 };
	if (dialogue->fault.length)
		return;
	buffer_append_string(&dialogue->fault, what);
	if (value.length)
		buffer_append_string(&dialogue->fault, ": ");
	if (value.length > SHOWN_MAX)
		value.length = SHOWN_MAX;
	buffer_append_text(&dialogue->fault, value);
}

/* ---- beginning and end ---- */

struct dialogue *dialogue_new(const struct dialogue_host *host)
{
	struct dialogue *dialogue = memory_zeroed(1, sizeof(*dialogue));
	if (!dialogue)
		return NULL;
	dialogue->host = *host;
	dialogue->message_number = 1;
	dialogue->file = -1;
	arena_init(&dialogue->arena, ARENA_MAX, LIFETIME_MESSAGE);
	facts_init(dialogue);
	buffer_init(&dialogue->fault, 4096);
	buffer_init(&dialogue->last, REPLY_MAX);
	buffer_init(&dialogue->decision, REPLY_MAX);
	buffer_init(&dialogue->refusal, REPLY_MAX);
	buffer_init(&dialogue->refused, REPLY_MAX);
	buffer_init(&dialogue->field, DIALOGUE_FIELD_MAX);
	buffer_init(&dialogue->chunk, LETTER_PIECE_MAX);
	letter_init(&dialogue->letter);
	return dialogue;
}

static void file_close(struct dialogue *dialogue)
{
	if (dialogue->file >= 0)
		close(dialogue->file);
	dialogue->file = -1;
}

void dialogue_end_message(struct dialogue *dialogue)
{
	dialogue->message = (struct message_state){ .begun = false };
	dialogue->mail_due = false;
	dialogue->orders = dialogue->last_order = NULL;
	arena_reset(&dialogue->arena);
	facts_forget_message(dialogue);
	dialogue->message_number++;
	buffer_clear(&dialogue->fault);
	buffer_clear(&dialogue->decision);
	buffer_clear(&dialogue->last);
	buffer_clear(&dialogue->refusal);
	dialogue->field_due = dialogue->body_due = false;
	buffer_clear(&dialogue->field);
	letter_free(&dialogue->letter);
	letter_init(&dialogue->letter);
	file_close(dialogue);
}

void dialogue_free(struct dialogue *dialogue)
{
	if (dialogue->session)
		afsl_session_free(dialogue->session);
	file_close(dialogue);
	letter_free(&dialogue->letter);
	facts_free(dialogue);
	arena_reset(&dialogue->arena);
	buffer_free(&dialogue->fault);
	buffer_free(&dialogue->last);
	buffer_free(&dialogue->decision);
	buffer_free(&dialogue->refusal);
	buffer_free(&dialogue->refused);
	buffer_free(&dialogue->field);
	buffer_free(&dialogue->chunk);
	memory_free(dialogue);
}

/* ---- bytes that were announced ---- */

static void field_complete(struct dialogue *dialogue)
{
	dialogue->counting = false;
	dialogue->field_due = true;
	work(dialogue, GOAL_PIECE);
}

static size_t counted_take(struct dialogue *dialogue, struct text bytes)
{
	if (bytes.length > LETTER_PIECE_MAX)
		bytes.length = LETTER_PIECE_MAX;
	if (bytes.length > dialogue->counted_left)
		bytes.length = (uint32_t)dialogue->counted_left;
	dialogue->counted_left -= bytes.length;
	bool complete = dialogue->counted_left == 0;
	if (complete)
		dialogue->counting = false;
	switch (dialogue->counted) {
	case COUNTED_FIELD:
		buffer_append_text(&dialogue->field, bytes);
		if (complete)
			field_complete(dialogue);
		break;
	case COUNTED_BODY:
		dialogue->piece = bytes;
		dialogue->body_due = true;
		work(dialogue, GOAL_PIECE);
		break;
	case COUNTED_MESSAGE:
		letter_put(&dialogue->letter, bytes);
		if (complete)
			letter_close(&dialogue->letter);
		work(dialogue, complete ? GOAL_END : GOAL_PIECE);
		break;
	}
	return bytes.length;
}

/* ---- lines ---- */

static void give_up(struct dialogue *dialogue, const char *why)
{
	reply_fault_line(dialogue_out(dialogue), why);
	dialogue->over = true;
}

static void line_obey(struct dialogue *dialogue, struct text line)
{
	while (line.length && line.data[line.length - 1] == '\r')
		line.length--;
	if (line.length == 0)
		return;
	if (text_contains_byte(line, '\0'))
		give_up(dialogue, "a line cannot hold a NUL byte");
	else if (!verb_obey(dialogue, line))
		give_up(dialogue, "this is no line of the protocol; see aximilter(8)");
}

static size_t line_take(struct dialogue *dialogue, struct text bytes)
{
	size_t most = bytes.length < DIALOGUE_LINE_MAX ? bytes.length : DIALOGUE_LINE_MAX;
	const char *end = most && bytes.data ? memchr(bytes.data, '\n', most) : NULL;
	if (!end) {
		if (bytes.length >= DIALOGUE_LINE_MAX)
			give_up(dialogue, "a line is longer than 16384 bytes");
		return 0;
	}
	size_t length = (size_t)(end - bytes.data);
	line_obey(dialogue, text_part(bytes, 0, length));
	return length + 1;
}

size_t dialogue_take(struct dialogue *dialogue, struct text bytes)
{
	size_t taken = 0;
	while (!dialogue->waiting && !dialogue->over && taken < bytes.length &&
	       dialogue->host.goes_on(dialogue->host.argument)) {
		struct text rest = text_part(bytes, taken, bytes.length);
		size_t took = dialogue->counting ? counted_take(dialogue, rest)
						 : line_take(dialogue, rest);
		if (!took)
			break;
		taken += took;
	}
	return taken;
}

/* ---- waiting ---- */

struct afsl_session *dialogue_session(const struct dialogue *dialogue)
{
	return dialogue->waiting ? dialogue->session : NULL;
}

void dialogue_resume(struct dialogue *dialogue)
{
	work_resume(dialogue);
}

bool dialogue_is_over(const struct dialogue *dialogue)
{
	return dialogue->over;
}

void dialogue_gone(struct dialogue *dialogue)
{
	dialogue->over = true;
	work(dialogue, GOAL_LEAVE);
}
