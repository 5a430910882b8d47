#include "bridge/replies.h"

#include "bridge/percent.h"

static struct text text_from(struct afsl_text text)
{
	return text_of(text.data, text.length, LIFETIME_EVENT);
}

static void append_string(struct buffer *out, const char *string)
{
	percent_append(out, text_of_string(string ? string : "", LIFETIME_EVENT));
}

static void end_line(struct buffer *out)
{
	buffer_append_string(out, "\r\n");
}

void reply_fault_line(struct buffer *out, const char *fault)
{
	buffer_append_string(out, "ERROR: ");
	append_string(out, fault);
	end_line(out);
}

/* ---- verdicts ---- */

static const char *const words[] = {
	[AFSL_CONTINUE] = "CONTINUE", [AFSL_ACCEPT] = "ACCEPT",
	[AFSL_REJECT] = "REJECT",     [AFSL_TEMPFAIL] = "TEMPFAIL",
	[AFSL_DISCARD] = "DISCARD",   [AFSL_DISCONNECTED] = "DISCONNECT",
};

/* A third party that cannot be asked is no verdict, but for clients that know only ERROR's texts.
 */
static const char *fault_of(const struct afsl_verdict *verdict)
{
	static const char connect[] = "connect:";
	if (verdict->kind != AFSL_TEMPFAIL || !verdict->error)
		return NULL;
	if (strncmp(verdict->error, connect, sizeof(connect) - 1) == 0)
		return FAULT_CONNECT;
	return verdict->error;
}

void reply_verdict_line(struct buffer *out, const struct afsl_verdict *verdict)
{
	const char *fault = fault_of(verdict);
	if (fault) {
		reply_fault_line(out, fault);
		return;
	}
	buffer_printf(out, "%s:", words[verdict->kind]);
	if (verdict->code)
		buffer_printf(out, " %d", verdict->code);
	if (verdict->code && verdict->enhanced && *verdict->enhanced) {
		buffer_append_byte(out, ' ');
		append_string(out, verdict->enhanced);
	}
	if (verdict->code && verdict->text && *verdict->text) {
		buffer_append_byte(out, ' ');
		append_string(out, verdict->text);
	}
	end_line(out);
}

void reply_accept_line(struct buffer *out, const struct afsl_session *session, size_t more)
{
	size_t count = afsl_change_count(session);
	for (size_t i = 0; i < count; i++) {
		struct afsl_change change = afsl_change(session, i);
		if (change.kind != AFSL_QUARANTINE)
			continue;
		buffer_printf(out, "QUARANTINE: %zu ", count + more);
		percent_append(out, text_from(change.value));
		end_line(out);
		return;
	}
	buffer_printf(out, "ACCEPT: %zu\r\n", count + more);
}

/* ---- changes ---- */

static const struct change_row {
	const char *word;
	unsigned set;
	bool indexed, header;
} change_rows[] = {
	[AFSL_ADD_HEADER] = { "ADDHEADER", CHANGES_HEADER, false, true },
	[AFSL_INSERT_HEADER] = { "INSERTHEADER", CHANGES_HEADER, true, true },
	[AFSL_CHANGE_HEADER] = { "CHANGEHEADER", CHANGES_HEADER, true, true },
	[AFSL_ADD_RCPT] = { "ADDRCPT", CHANGES_RCPT, false, false },
	[AFSL_DELETE_RCPT] = { "DELETERCPT", CHANGES_RCPT, false, false },
	[AFSL_CHANGE_SENDER] = { "CHANGESENDER", CHANGES_SENDER, false, false },
	[AFSL_REPLACE_BODY] = { "REPLACEBODY", CHANGES_BODY, false, false },
	[AFSL_QUARANTINE] = { "QUARANTINE", CHANGES_QUARANTINE, false, false },
};

/* "Name:value" as it stands in the message; nothing behind the colon deletes the field. */
static void append_field(struct buffer *out, const struct afsl_change *change)
{
	percent_append(out, text_from(change->name));
	buffer_append_byte(out, ':');
	if (change->value.length && !change->blanks)
		buffer_append_byte(out, ' ');
	percent_append(out, text_from(change->value));
}

static void append_words(struct buffer *out, const struct afsl_change *change)
{
	percent_append(out, text_from(change->name));
	if (change->name.length && change->value.length)
		buffer_append_byte(out, ' ');
	percent_append(out, text_from(change->value));
}

static void append_change(struct buffer *out, const struct change_row *row,
			  const struct afsl_change *change)
{
	buffer_printf(out, "%s: ", row->word);
	if (row->indexed)
		buffer_printf(out, "%u ", change->index);
	if (change->kind == AFSL_REPLACE_BODY)
		buffer_printf(out, "%zu", change->value.length);
	else if (row->header)
		append_field(out, change);
	else
		append_words(out, change);
	end_line(out);
	if (change->kind == AFSL_REPLACE_BODY)
		buffer_append(out, change->value.data, change->value.length);
}

void reply_changes(struct buffer *out, const struct afsl_session *session, unsigned set)
{
	for (size_t i = 0; i < afsl_change_count(session); i++) {
		struct afsl_change change = afsl_change(session, i);
		const struct change_row *row = &change_rows[change.kind];
		if (row->set & set)
			append_change(out, row, &change);
	}
}
