/* The message as one text, for those who look into it. */
#include "mail/session.h"

/* The folding of fields comes as LF; other lines of a message end with CR LF. */
static void add_raw(struct buffer *whole, struct text raw)
{
	for (size_t from = 0; from < raw.length;) {
		const char *lf = memchr(raw.data + from, '\n', raw.length - from);
		size_t end = lf ? (size_t)(lf - raw.data) : raw.length;

		buffer_append(whole, raw.data + from, end - from);
		if (lf && (end == 0 || raw.data[end - 1] != '\r'))
			buffer_append_byte(whole, '\r');
		if (lf)
			buffer_append_byte(whole, '\n');
		from = end + (lf != NULL);
	}
}

static void add_headers(struct buffer *whole, const struct headers *headers)
{
	for (uint32_t i = 0; i < headers->count; i++) {
		buffer_append_text(whole, headers->items[i].name);
		buffer_append_byte(whole, ':');
		add_raw(whole, headers->items[i].raw);
		buffer_append_string(whole, "\r\n");
	}
	buffer_append_string(whole, "\r\n");
}

static void begin_whole(struct mail_session *session)
{
	struct mail_message *message = session->message;

	buffer_init(&message->whole, session->limits->whole);
	add_headers(&message->whole, &message->received);
	message->whole_body = message->whole.length;
	message->whole_begun = true;
}

void mail_keep_body(struct mail_session *session, struct text bytes)
{
	if (!session->message->open)
		return;
	if (!session->message->whole_begun)
		begin_whole(session);
	buffer_append_text(&session->message->whole, bytes);
}

bool mail_whole(struct mail_session *session, struct text *whole)
{
	const struct buffer *kept = &session->message->whole;

	if (!session->message->open)
		return false;
	if (!session->message->whole_begun)
		begin_whole(session);
	*whole = text_of(kept->data, kept->length, LIFETIME_MESSAGE);
	return !kept->failed;
}

/* ---- as changed so far ---- */

bool mail_content_changed(const struct mail_session *session)
{
	const struct mail_message *message = session->message;

	return message->own_header_changes || message->foreign_header_changes ||
	       message->body_replaced;
}

static void add_replaced_body(struct buffer *out, const struct mail_message *message)
{
	const struct changes *log = &message->changes;

	for (uint32_t i = message->body_first; i < log->count; i++)
		if (log->items[i].kind == CHANGE_REPLACE_BODY)
			buffer_append_text(out, log->items[i].value);
}

bool mail_write_changed(struct mail_session *session, struct buffer *out)
{
	const struct mail_message *message = session->message;
	struct text received;

	if (!mail_whole(session, &received))
		return false;
	add_headers(out, &message->headers);
	if (message->body_replaced)
		add_replaced_body(out, message);
	else
		buffer_append_text(out, text_part(received, message->whole_body, received.length));
	return !out->failed;
}
