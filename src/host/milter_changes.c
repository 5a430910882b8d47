#include "host/milter_changes.h"

#include <string.h>

#include "base/log.h"

/* What is left of one packet for name and value beside their NULs. */
static size_t header_room(enum afsl_change_kind kind)
{
	size_t index = kind == AFSL_ADD_HEADER ? 0 : 4;
	return (size_t)MILTER_PAYLOAD_MAX - 2 - index;
}

static bool holds_byte(struct afsl_text text, char byte)
{
	return text.length && memchr(text.data, byte, text.length);
}

/* Copies, ending lines with LF alone and indenting those that would read as a field of their own.
 */
static void append_folded(struct buffer *out, const char *bytes, size_t length)
{
	for (size_t at = 0; at < length;) {
		size_t end = at;
		while (end < length && bytes[end] != '\n' && bytes[end] != '\r')
			end++;
		buffer_append(out, bytes + at, end - at);
		bool both = end + 1 < length && bytes[end] == '\r' && bytes[end + 1] == '\n';
		at = end + 1 + both;
		if (at >= length)
			return;
		buffer_append_byte(out, '\n');
		if (bytes[at] != ' ' && bytes[at] != '\t')
			buffer_append_byte(out, '\t');
	}
}

/* False for what no packet can carry. A NUL stands behind it. */
static bool append_value(const struct afsl_change *change, bool blanks_negotiated,
			 struct buffer *out)
{
	const char *bytes = change->value.data;
	size_t length = change->value.length;
	if (holds_byte(change->value, '\0'))
		return false;
	/* A lone blank stays: an empty value would delete the field. */
	if (length > 1 && change->blanks && !blanks_negotiated && bytes[0] == ' ') {
		bytes++;
		length--;
	}
	if ((length || change->kind != AFSL_CHANGE_HEADER) && !change->blanks && blanks_negotiated)
		buffer_append_byte(out, ' ');
	append_folded(out, bytes, length);
	buffer_append_byte(out, '\0');
	return !out->failed && out->length - 1 + change->name.length <= header_room(change->kind);
}

/* Two strings in one buffer, each with a NUL behind it; the second one ends it. */
static bool strings_split(const struct buffer *scratch, size_t second, struct text *first_text,
			  struct text *second_text)
{
	if (scratch->failed || scratch->length > MILTER_PAYLOAD_MAX)
		return false;
	*first_text = text_of(scratch->data, second - 1, LIFETIME_EVENT);
	*second_text =
		text_of(scratch->data + second, scratch->length - second - 1, LIFETIME_EVENT);
	return true;
}

static void append_string(struct buffer *out, struct afsl_text text)
{
	buffer_append(out, text.data, text.length);
	buffer_append_byte(out, '\0');
}

static bool line_is_clean(struct afsl_text text)
{
	return !holds_byte(text, '\0') && !holds_byte(text, '\r') && !holds_byte(text, '\n');
}

static bool header_edit(const struct afsl_change *change, bool blanks, struct buffer *scratch,
			struct milter_edit *edit)
{
	if (!line_is_clean(change->name) || !append_value(change, blanks, scratch))
		return false;
	size_t value_size = scratch->length;
	append_string(scratch, change->name);
	return strings_split(scratch, value_size, &edit->value, &edit->name);
}

static bool plain_edit(const struct afsl_change *change, struct buffer *scratch,
		       struct milter_edit *edit)
{
	if (!line_is_clean(change->name) || !line_is_clean(change->value))
		return false;
	append_string(scratch, change->name);
	append_string(scratch, change->value);
	return strings_split(scratch, change->name.length + 1, &edit->name, &edit->value);
}

bool milter_edit_make(const struct afsl_change *change, bool blanks_negotiated,
		      struct buffer *scratch, struct milter_edit *edit)
{
	*edit = (struct milter_edit){ .kind = change->kind, .index = change->index };
	buffer_clear(scratch);
	return change->kind <= AFSL_CHANGE_HEADER
		       ? header_edit(change, blanks_negotiated, scratch, edit)
		       : plain_edit(change, scratch, edit);
}

static const char *change_title(enum afsl_change_kind kind)
{
	static const char *const titles[] = {
		[AFSL_ADD_HEADER] = "add a header field",
		[AFSL_INSERT_HEADER] = "insert a header field",
		[AFSL_CHANGE_HEADER] = "change a header field",
		[AFSL_ADD_RCPT] = "add a recipient",
		[AFSL_DELETE_RCPT] = "delete a recipient",
		[AFSL_CHANGE_SENDER] = "change the sender",
		[AFSL_REPLACE_BODY] = "replace the body",
		[AFSL_QUARANTINE] = "quarantine",
	};
	return titles[kind];
}

static bool change_is_taken(const struct afsl_change *change, uint32_t actions)
{
	if (actions & milter_action_of_change(change))
		return true;
	if (change->kind != AFSL_REPLACE_BODY || !change->more)
		log_line(LOG_LEVEL_WARNING, "the mail server does not let filters %s: left out",
			 change_title(change->kind));
	return false;
}

static bool change_give(const struct milter_edits *edits, const struct afsl_change *change)
{
	struct milter_edit edit;
	bool blanks = edits->steps & MILTER_HEADER_BLANKS;
	if (!change_is_taken(change, edits->actions))
		return true;
	if (milter_edit_make(change, blanks, edits->scratch, &edit) &&
	    edits->give(edits->argument, &edit))
		return true;
	log_line(LOG_LEVEL_ERROR, "could not %s: the message is refused for now",
		 change_title(change->kind));
	return false;
}

static bool piece_give(const struct milter_edits *edits, struct afsl_text piece)
{
	struct milter_edit edit = { .kind = AFSL_REPLACE_BODY,
				    .value = text_of(piece.data, piece.length, LIFETIME_EVENT) };
	return edits->give(edits->argument, &edit);
}

/* An empty piece means an empty body, so it is given only when all pieces are empty. */
static bool body_give(const struct milter_edits *edits, const struct afsl_session *session,
		      size_t count)
{
	bool sent = false, done = true;
	for (size_t i = 0; i < count && done; i++) {
		struct afsl_change change = afsl_change(session, i);
		if (change.kind != AFSL_REPLACE_BODY || change.value.length == 0)
			continue;
		sent = true;
		done = piece_give(edits, change.value);
	}
	if (!sent)
		done = piece_give(edits, (struct afsl_text){ "", 0 });
	if (!done)
		log_line(LOG_LEVEL_ERROR,
			 "could not replace the body: the message is refused for now");
	return done;
}

bool milter_changes_give(const struct afsl_session *session, const struct milter_edits *edits)
{
	size_t count = afsl_change_count(session);
	bool body = false;
	for (size_t i = 0; i < count; i++) {
		struct afsl_change change = afsl_change(session, i);
		if (change.kind == AFSL_REPLACE_BODY)
			body = body || change_is_taken(&change, edits->actions);
		else if (!change_give(edits, &change))
			return false;
	}
	return !body || body_give(edits, session, count);
}
