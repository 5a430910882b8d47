#include "host/milter_changes.h"

#include <limits.h>
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
	for (size_t i = 0; i < length; i++) {
		bool line_end = bytes[i] == '\n';
		if (bytes[i] == '\r') {
			if (i + 1 < length && bytes[i + 1] == '\n')
				continue;
			line_end = true;
		}
		if (!line_end) {
			buffer_append_byte(out, bytes[i]);
			continue;
		}
		size_t rest = i + 1;
		if (rest == length)
			return;
		buffer_append_byte(out, '\n');
		if (bytes[rest] != ' ' && bytes[rest] != '\t')
			buffer_append_byte(out, '\t');
	}
}

bool milter_header_value(const struct afsl_change *change, bool blanks_negotiated,
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

/* Two C strings in one buffer; pointers are made when it does not grow any more. */
struct strings {
	char *name;
	char *value;
};

static bool name_is_header(struct afsl_text name)
{
	if (name.length == 0)
		return false;
	for (size_t i = 0; i < name.length; i++)
		if (name.data[i] <= ' ' || name.data[i] == ':' || name.data[i] == 0x7f)
			return false;
	return true;
}

static bool header_strings(const struct afsl_change *change, bool blanks, struct buffer *scratch,
			   struct strings *strings)
{
	if (!name_is_header(change->name) || change->index > INT_MAX)
		return false;
	buffer_clear(scratch);
	if (!milter_header_value(change, blanks, scratch))
		return false;
	size_t value_size = scratch->length;
	buffer_append(scratch, change->name.data, change->name.length);
	buffer_append_byte(scratch, '\0');
	if (scratch->failed)
		return false;
	strings->value = scratch->data;
	strings->name = scratch->data + value_size;
	return true;
}

static bool line_is_clean(struct afsl_text text)
{
	return !holds_byte(text, '\0') && !holds_byte(text, '\r') && !holds_byte(text, '\n');
}

static bool plain_strings(const struct afsl_change *change, struct buffer *scratch,
			  struct strings *strings)
{
	if (!line_is_clean(change->name) || !line_is_clean(change->value))
		return false;
	buffer_clear(scratch);
	buffer_append(scratch, change->name.data, change->name.length);
	buffer_append_byte(scratch, '\0');
	buffer_append(scratch, change->value.data, change->value.length);
	buffer_append_byte(scratch, '\0');
	if (scratch->failed)
		return false;
	strings->name = scratch->data;
	strings->value = scratch->data + change->name.length + 1;
	return true;
}

static int header_send(SMFICTX *context, const struct afsl_change *change, bool blanks,
		       struct buffer *scratch)
{
	struct strings strings;
	if (!header_strings(change, blanks, scratch, &strings))
		return MI_FAILURE;
	int index = (int)change->index;
	if (change->kind == AFSL_ADD_HEADER)
		return smfi_addheader(context, strings.name, strings.value);
	if (change->kind == AFSL_INSERT_HEADER)
		return smfi_insheader(context, index, strings.name, strings.value);
	return smfi_chgheader(context, strings.name, index, *strings.value ? strings.value : NULL);
}

static int envelope_send(SMFICTX *context, const struct afsl_change *change, struct buffer *scratch)
{
	struct strings strings;
	if (!plain_strings(change, scratch, &strings))
		return MI_FAILURE;
	char no_reason[] = "by filter"; /* libmilter refuses an empty one */
	char *parameters = *strings.value ? strings.value : NULL;
	switch (change->kind) {
	case AFSL_ADD_RCPT:
		return parameters ? smfi_addrcpt_par(context, strings.name, parameters)
				  : smfi_addrcpt(context, strings.name);
	case AFSL_DELETE_RCPT:
		return smfi_delrcpt(context, strings.name);
	case AFSL_CHANGE_SENDER:
		return smfi_chgfrom(context, strings.name, parameters);
	default:
		return smfi_quarantine(context, parameters ? parameters : no_reason);
	}
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

static bool change_is_agreed(const struct afsl_change *change, const struct milter_plan *plan)
{
	if (plan->actions & milter_action_of_change(change))
		return true;
	if (change->kind != AFSL_REPLACE_BODY || !change->more)
		log_line(LOG_LEVEL_WARNING, "the mail server does not let filters %s: left out",
			 change_title(change->kind));
	return false;
}

static bool change_send(SMFICTX *context, const struct afsl_change *change,
			const struct milter_plan *plan, struct buffer *scratch)
{
	bool header = change->kind <= AFSL_CHANGE_HEADER;
	if (!change_is_agreed(change, plan))
		return true;
	int result =
		header ? header_send(context, change, plan->steps & MILTER_HEADER_BLANKS, scratch)
		       : envelope_send(context, change, scratch);
	if (result != MI_SUCCESS)
		log_line(LOG_LEVEL_ERROR, "could not %s: the message is refused for now",
			 change_title(change->kind));
	return result == MI_SUCCESS;
}

static bool piece_send(SMFICTX *context, struct afsl_text piece)
{
	/* libmilter cuts into packets itself, but counts with int. */
	enum { PIECE_MAX = MILTER_PAYLOAD_MAX * 1024 };
	size_t sent = 0;
	do {
		size_t size = piece.length - sent;
		if (size > PIECE_MAX)
			size = PIECE_MAX;
		unsigned char *bytes = (unsigned char *)(uintptr_t)(piece.data + sent);
		if (smfi_replacebody(context, size ? bytes : (unsigned char *)"", (int)size) !=
		    MI_SUCCESS)
			return false;
		sent += size;
	} while (sent < piece.length);
	return true;
}

/* An empty packet means an empty body, so it is sent only when all pieces are empty. */
static bool body_send(SMFICTX *context, const struct afsl_session *session, size_t count)
{
	bool any = false, sent = false, done = true;
	for (size_t i = 0; i < count && done; i++) {
		struct afsl_change change = afsl_change(session, i);
		if (change.kind != AFSL_REPLACE_BODY)
			continue;
		any = true;
		if (change.value.length == 0)
			continue;
		sent = true;
		done = piece_send(context, change.value);
	}
	if (any && !sent)
		done = piece_send(context, (struct afsl_text){"", 0});
	if (!done)
		log_line(LOG_LEVEL_ERROR,
			 "could not replace the body: the message is refused for now");
	return done;
}

bool milter_changes_send(SMFICTX *context, const struct afsl_session *session,
			 const struct milter_plan *plan, struct buffer *scratch)
{
	size_t count = afsl_change_count(session);
	bool body = false;
	for (size_t i = 0; i < count; i++) {
		struct afsl_change change = afsl_change(session, i);
		if (change.kind == AFSL_REPLACE_BODY)
			body = body || change_is_agreed(&change, plan);
		else if (!change_send(context, &change, plan, scratch))
			return false;
	}
	return !body || body_send(context, session, count);
}
