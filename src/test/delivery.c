/* The message as delivered, kept when its end has been answered. */
#include "test/trial.h"

static struct text text_from(struct afsl_text text)
{
	return text_of(text.length ? text.data : "", text.length, LIFETIME_EVENT);
}

struct text change_line(struct arena *arena, const struct afsl_change *change)
{
	static const char *const words[] = {
		[AFSL_ADD_HEADER] = "addHeader",       [AFSL_INSERT_HEADER] = "insertHeader",
		[AFSL_CHANGE_HEADER] = "changeHeader", [AFSL_ADD_RCPT] = "addRcpt",
		[AFSL_DELETE_RCPT] = "discardRcpt",    [AFSL_CHANGE_SENDER] = "changeSender",
		[AFSL_REPLACE_BODY] = "replaceBody",   [AFSL_QUARANTINE] = "quarantine",
	};
	struct text name = text_from(change->name), content = text_trim(text_from(change->value));
	struct buffer line;
	struct text kept;
	bool ok = true;

	buffer_init(&line, BUFFER_CAP_DEFAULT);
	buffer_append_string(&line, words[change->kind]);
	if (change->kind == AFSL_INSERT_HEADER || change->kind == AFSL_CHANGE_HEADER)
		buffer_printf(&line, " %u", change->index);
	if (name.length || change->kind == AFSL_CHANGE_SENDER) {
		buffer_append_byte(&line, ' ');
		buffer_append_text(&line, name);
	}
	if (content.length) {
		buffer_append_string(
			&line, name.length && change->kind <= AFSL_CHANGE_HEADER ? ": " : " ");
		buffer_append_text(&line, content);
	}
	kept = arena_copy(arena, buffer_text(&line), &ok);
	buffer_free(&line);
	return kept;
}

/* ---- recipients ---- */

static void drop_recipient(struct delivered *delivered, struct text address)
{
	size_t kept = 0;

	for (size_t i = 0; i < delivered->recipient_count; i++)
		if (!text_equals_ignoring_case(delivered->recipients[i], address))
			delivered->recipients[kept++] = delivered->recipients[i];
	delivered->recipient_count = kept;
}

static bool begin_recipients(struct trial *trial, size_t changes)
{
	struct delivered *delivered = &trial->delivered;

	delivered->recipients =
		arena_allocate(&trial->arena, (trial->sent_recipient_count + changes + 1) *
						      sizeof(*delivered->recipients));
	delivered->changes =
		arena_allocate(&trial->arena, (changes + 1) * sizeof(*delivered->changes));
	if (!delivered->recipients || !delivered->changes)
		return false;
	for (size_t i = 0; i < trial->sent_recipient_count; i++)
		delivered->recipients[delivered->recipient_count++] = trial->sent_recipients[i];
	return true;
}

/* ---- changes ---- */

static void apply(struct trial *trial, const struct afsl_change *change, struct buffer *body)
{
	struct delivered *delivered = &trial->delivered;
	struct text name = address_bare(text_from(change->name));

	switch (change->kind) {
	case AFSL_ADD_RCPT:
		delivered->recipients[delivered->recipient_count++] = trial_keep(trial, name);
		break;
	case AFSL_DELETE_RCPT:
		drop_recipient(delivered, name);
		break;
	case AFSL_CHANGE_SENDER:
		delivered->sender = trial_keep(trial, name);
		break;
	case AFSL_REPLACE_BODY:
		if (!change->more)
			buffer_clear(body);
		buffer_append_text(body, text_from(change->value));
		break;
	case AFSL_QUARANTINE:
		delivered->quarantined = true;
		break;
	default:
		break;
	}
}

static bool append(void *argument, const char *bytes, size_t length)
{
	buffer_append(argument, bytes, length);
	return true;
}

void delivery_keep(struct trial *trial)
{
	struct delivered *delivered = &trial->delivered;
	size_t count = afsl_change_count(trial->session);
	struct buffer headers;

	*delivered = (struct delivered){ .known = trial->verdict.kind <= AFSL_ACCEPT };
	if (!delivered->known || !begin_recipients(trial, count))
		return;
	delivered->sender = trial->envelope.from;
	for (size_t i = 0; i < count; i++) {
		struct afsl_change change = afsl_change(trial->session, i);

		apply(trial, &change, &trial->sent_body);
		delivered->changes[delivered->change_count++] = change_line(&trial->arena, &change);
	}
	buffer_init(&headers, BUFFER_CAP_DEFAULT);
	afsl_write_headers(trial->session, append, &headers);
	delivered->headers = trial_keep(trial, buffer_text(&headers));
	delivered->body = trial_keep(trial, buffer_text(&trial->sent_body));
	buffer_free(&headers);
}
