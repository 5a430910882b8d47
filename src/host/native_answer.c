#include "host/native_session.h"

#include <stdio.h>

#include "base/log.h"
#include "host/milter_changes.h"

/* ---- the negotiation ---- */

/* The lists of macros, or nothing when they do not fit into one packet. */
static void append_lists(struct native_session *session, struct buffer *out)
{
	size_t begin = out->length;
	struct buffer list;
	buffer_init(&list, MILTER_PAYLOAD_MAX);
	for (unsigned i = 0; i < MILTER_STAGE_COUNT; i++) {
		enum milter_stage stage = (enum milter_stage)i;
		const char *requested =
			session->engine ? macro_request(session->engine, stage) : NULL;
		session->requests |= requested != NULL;
		buffer_clear(&list);
		if (!macro_list_print(&session->served->macros, stage, requested, &list))
			continue;
		buffer_append_u32(out, stage);
		buffer_append_text(out, buffer_text(&list));
		buffer_append_byte(out, '\0');
	}
	if (list.failed || out->length - begin > MILTER_PAYLOAD_MAX - 12) {
		log_line(LOG_LEVEL_WARNING, "session %lu: the macros asked for do not fit",
			 connection_number(session->connection));
		out->length = begin;
	}
	buffer_free(&list);
}

void native_answer_negotiation(struct native_session *session)
{
	struct buffer *out = connection_out(session->connection);
	size_t start = packet_begin(out, MILTER_OPTNEG);
	buffer_append_u32(out, session->offer.version);
	buffer_append_u32(out, session->plan.actions);
	buffer_append_u32(out, session->plan.steps);
	if (session->plan.actions & MILTER_CAN_SET_MACROS && !session->refused)
		append_lists(session, out);
	packet_end(out, start);
}

/* ---- replies ---- */

static void append_letter(struct native_session *session, char letter)
{
	packet_write(connection_out(session->connection), letter, TEXT_EMPTY);
}

/* The bytes as they are, "%" doubled as mail servers want it; what would end or move the line is a
 * blank. */
static void append_line(struct buffer *out, struct text line)
{
	size_t room = REPLY_LINE_MAX;
	for (size_t i = 0; i < line.length; i++) {
		unsigned char byte = (unsigned char)line.data[i];
		size_t size = byte == '%' ? 2 : 1;
		if (size > room)
			return;
		room -= size;
		if (byte == '%')
			buffer_append_byte(out, '%');
		buffer_append_byte(out, byte < ' ' || byte == 0x7f ? ' ' : (char)byte);
	}
}

static void append_text(struct buffer *out, const struct milter_reply *reply)
{
	const char *rest = reply->text;
	struct text line, next;
	bool more = milter_reply_line(&rest, &line);
	for (unsigned count = 1; more; count++, line = next) {
		more = count < REPLY_LINES_MAX && milter_reply_line(&rest, &next);
		buffer_append_string(out, reply->code);
		buffer_append_byte(out, more ? '-' : ' ');
		if (reply->enhanced[0]) {
			buffer_append_string(out, reply->enhanced);
			buffer_append_byte(out, ' ');
		}
		append_line(out, line);
		if (more)
			buffer_append_string(out, "\r\n");
	}
	buffer_append_byte(out, '\0');
}

static void answer_with(struct native_session *session, const struct afsl_verdict *verdict)
{
	struct buffer *out = connection_out(session->connection);
	struct milter_reply reply;
	milter_reply_make(session->event, verdict, &reply);
	if (!reply.code[0]) {
		append_letter(session, reply.letter);
		return;
	}
	size_t start = packet_begin(out, MILTER_REPLYCODE);
	append_text(out, &reply);
	packet_end(out, start);
}

static void answer_kind(struct native_session *session, enum afsl_verdict_kind kind)
{
	struct afsl_verdict verdict = {.kind = kind, .enhanced = "", .text = ""};
	answer_with(session, &verdict);
}

void native_answer_refused(struct native_session *session, enum afsl_event event)
{
	bool held = session->held.kind != AFSL_CONTINUE;
	session->event = event;
	answer_kind(session, held ? session->held.kind : AFSL_TEMPFAIL);
}

void native_answer_progress(struct native_session *session)
{
	append_letter(session, MILTER_PROGRESS);
}

static bool body_is_skipped(const struct native_session *session)
{
	return session->event == AFSL_BODY && session->plan.steps & MILTER_CAN_SKIP &&
	       !afsl_wants(session->engine, AFSL_BODY);
}

/* After it, mail servers send no more of the message. Refused DATA may be followed by recipients
 * and DATA again. */
static bool kind_ends_message(enum afsl_event event, enum afsl_verdict_kind kind)
{
	if (event < AFSL_MAIL || event == AFSL_UNKNOWN_COMMAND || kind == AFSL_CONTINUE)
		return false;
	return (event != AFSL_RCPT && event != AFSL_DATA) || kind == AFSL_ACCEPT ||
	       kind == AFSL_DISCARD;
}

/* Apart from the steps without a reply, which need none of what it keeps on its stack. */
static __attribute__((noinline)) bool answer_step(struct native_session *session,
						  enum afsl_status status,
						  enum afsl_verdict_kind kind)
{
	if (session->held.kind != AFSL_CONTINUE) {
		answer_kind(session, session->held.kind);
		return kind_ends_message(session->event, session->held.kind);
	}
	if (status == AFSL_MISUSED)
		answer_kind(session, AFSL_TEMPFAIL);
	else if (kind == AFSL_CONTINUE && body_is_skipped(session))
		append_letter(session, MILTER_SKIP);
	else
		answer_with(session, afsl_verdict(session->engine));
	return kind_ends_message(session->event, kind);
}

bool native_answer(struct native_session *session, enum afsl_status status)
{
	enum afsl_verdict_kind kind = status == AFSL_MISUSED
					      ? AFSL_TEMPFAIL
					      : afsl_verdict(session->engine)->kind;
	if (!milter_plan_is_silent(&session->plan, session->event))
		return answer_step(session, status, kind);
	milter_hold(&session->held, session->event, kind);
	return false;
}

/* ---- the end of a message ---- */

static char letter_of_edit(const struct milter_edit *edit)
{
	switch (edit->kind) {
	case AFSL_ADD_HEADER:
		return MILTER_ADD_HEADER;
	case AFSL_INSERT_HEADER:
		return MILTER_INSERT_HEADER;
	case AFSL_CHANGE_HEADER:
		return MILTER_CHANGE_HEADER;
	case AFSL_ADD_RCPT:
		return edit->value.length ? MILTER_ADD_RCPT_PARAMETERS : MILTER_ADD_RCPT;
	case AFSL_DELETE_RCPT:
		return MILTER_DELETE_RCPT;
	case AFSL_CHANGE_SENDER:
		return MILTER_CHANGE_SENDER;
	case AFSL_QUARANTINE:
		return MILTER_QUARANTINE;
	default:
		return MILTER_REPLACE_BODY;
	}
}

/* With the NUL behind it. */
static void append_string(struct buffer *out, struct text string)
{
	buffer_append(out, string.data, string.length + 1);
}

static void append_edit(struct buffer *out, const struct milter_edit *edit)
{
	if (edit->kind == AFSL_INSERT_HEADER || edit->kind == AFSL_CHANGE_HEADER)
		buffer_append_u32(out, edit->index);
	if (edit->kind != AFSL_QUARANTINE)
		append_string(out, edit->name);
	if (edit->kind <= AFSL_CHANGE_HEADER || edit->kind == AFSL_QUARANTINE || edit->value.length)
		append_string(out, edit->value);
}

static void append_piece(struct buffer *out, struct text piece)
{
	size_t sent = 0;
	do {
		size_t end = piece.length - sent > MILTER_PAYLOAD_MAX ? sent + MILTER_PAYLOAD_MAX
								      : piece.length;
		packet_write(out, MILTER_REPLACE_BODY, text_part(piece, sent, end));
		sent = end;
	} while (sent < piece.length);
}

static bool edit_give(void *argument, const struct milter_edit *edit)
{
	struct buffer *out = argument;
	if (edit->kind == AFSL_REPLACE_BODY) {
		append_piece(out, edit->value);
		return !out->failed;
	}
	size_t start = packet_begin(out, letter_of_edit(edit));
	append_edit(out, edit);
	packet_end(out, start);
	return !out->failed;
}

/* Nothing of them leaves when one cannot be sent. */
static bool changes_append(struct native_session *session)
{
	struct buffer *out = connection_out(session->connection), scratch;
	struct milter_edits edits = {session->offer.actions, session->plan.steps, &scratch,
				     edit_give, out};
	size_t before = out->length;
	buffer_init(&scratch, (size_t)1 << 20);
	bool done = milter_changes_give(session->engine, &edits);
	buffer_free(&scratch);
	if (!done) {
		out->length = before;
		out->failed = false;
	}
	return done;
}

void native_answer_end(struct native_session *session, enum afsl_status status)
{
	const struct afsl_verdict *verdict = afsl_verdict(session->engine);
	if (session->held.kind != AFSL_CONTINUE)
		answer_kind(session, session->held.kind);
	else if (status == AFSL_MISUSED)
		answer_kind(session, AFSL_TEMPFAIL);
	else if (milter_kind_refuses(verdict->kind) || changes_append(session))
		answer_with(session, verdict);
	else
		answer_kind(session, AFSL_TEMPFAIL);
}
