#include "host/libmilter_changes.h"

#include <limits.h>

#include "base/log.h"

/* libmilter takes what is not const, and changes nothing. */
static char *string_of(struct text text)
{
	return (char *)(uintptr_t)text.data;
}

static int header_send(SMFICTX *context, const struct milter_edit *edit)
{
	char *name = string_of(edit->name), *value = string_of(edit->value);
	int index = edit->index > INT_MAX ? INT_MAX : (int)edit->index;
	if (edit->name.length == 0) { /* mail servers differ about it, libmilter knows no such field */
		log_line(LOG_LEVEL_WARNING, "passed over: a header field without a name");
		return MI_SUCCESS;
	}
	if (edit->kind == AFSL_ADD_HEADER)
		return smfi_addheader(context, name, value);
	if (edit->kind == AFSL_INSERT_HEADER)
		return smfi_insheader(context, index, name, value);
	return smfi_chgheader(context, name, index, *value ? value : NULL);
}

static int envelope_send(SMFICTX *context, const struct milter_edit *edit)
{
	char no_reason[] = "by filter"; /* libmilter refuses an empty one */
	char *name = string_of(edit->name);
	char *parameters = edit->value.length ? string_of(edit->value) : NULL;
	switch (edit->kind) {
	case AFSL_ADD_RCPT:
		return parameters ? smfi_addrcpt_par(context, name, parameters)
				  : smfi_addrcpt(context, name);
	case AFSL_DELETE_RCPT:
		return smfi_delrcpt(context, name);
	case AFSL_CHANGE_SENDER:
		return smfi_chgfrom(context, name, parameters);
	default:
		return smfi_quarantine(context, parameters ? parameters : no_reason);
	}
}

/* libmilter cuts into packets itself, but counts with int. */
static int piece_send(SMFICTX *context, struct text piece)
{
	enum { PIECE_MAX = MILTER_PAYLOAD_MAX * 1024 };
	size_t sent = 0;
	do {
		size_t size = piece.length - sent;
		if (size > PIECE_MAX)
			size = PIECE_MAX;
		unsigned char *bytes = (unsigned char *)string_of(piece) + sent;
		int result =
			smfi_replacebody(context, size ? bytes : (unsigned char *)"", (int)size);
		if (result != MI_SUCCESS)
			return result;
		sent += size;
	} while (sent < piece.length);
	return MI_SUCCESS;
}

static bool edit_send(void *argument, const struct milter_edit *edit)
{
	SMFICTX *context = argument;
	if (edit->kind <= AFSL_CHANGE_HEADER)
		return header_send(context, edit) == MI_SUCCESS;
	if (edit->kind == AFSL_REPLACE_BODY)
		return piece_send(context, edit->value) == MI_SUCCESS;
	return envelope_send(context, edit) == MI_SUCCESS;
}

bool libmilter_changes_send(SMFICTX *context, const struct afsl_session *session,
			    const struct milter_plan *plan, struct buffer *scratch)
{
	struct milter_edits edits = {plan->actions, plan->steps, scratch, edit_send, context};
	return milter_changes_give(session, &edits);
}
