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

static void begin_whole(struct mail_session *session)
{
	const struct headers *received = &session->message.received;
	struct buffer *whole = &session->message.whole;

	buffer_init(whole, session->limits.whole);
	for (uint32_t i = 0; i < received->count; i++) {
		buffer_append_text(whole, received->items[i].name);
		buffer_append_byte(whole, ':');
		add_raw(whole, received->items[i].raw);
		buffer_append_string(whole, "\r\n");
	}
	buffer_append_string(whole, "\r\n");
	session->message.whole_begun = true;
}

void mail_keep_body(struct mail_session *session, struct text bytes)
{
	if (!session->message.whole_begun)
		begin_whole(session);
	buffer_append_text(&session->message.whole, bytes);
}

bool mail_whole(struct mail_session *session, struct text *whole)
{
	const struct buffer *kept = &session->message.whole;

	if (!session->message.whole_begun)
		begin_whole(session);
	*whole = text_of(kept->data, kept->length, LIFETIME_MESSAGE);
	return !kept->failed;
}
