/* What a filter wants changed: checked and recorded by the mail room, applied by the host. */
#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "builtins/mail_call.h"

/* What was full when it could not be recorded. */
static enum limit_id limit_of_change(const struct mail_session *mail, enum change_kind kind)
{
	const struct mail_message *message = mail->message;

	if (message->changes.count >= mail->limits->changes)
		return LIMIT_changes;
	if (kind == CHANGE_ADD_RCPT && message->recipient_count >= mail->limits->recipients)
		return LIMIT_recipients;
	return LIMIT_messageMemory;
}

enum call_result record_change(struct call *call, struct change change)
{
	struct mail_session *mail = mail_of(call);
	size_t bytes = (size_t)change.name.length + change.value.length;
	enum call_result charged = call_charge(call, bytes);
	const char *why = "it is not lawful";

	if (charged != CALL_DONE)
		return charged;
	if (!mail->message->open)
		return call_raise(call, "argument", 0, false, "there is no message to change");
	switch (mail_change(mail, change, &why)) {
	case MAIL_DONE:
		return CALL_DONE;
	case MAIL_REFUSED:
		return call_raise(call, "argument", 0, false, "%s", why);
	default:
		return call_limit(call, limit_of_change(mail, change.kind));
	}
}

/* ---- header fields ---- */

/* How many fields have that name; what looking costs is charged. */
static enum call_result count_named(struct call *call, struct text name, uint32_t *count)
{
	const struct headers *headers = &mail_of(call)->message->headers;
	enum call_result charged = call_charge(call, (size_t)headers->count * 16 + name.length);

	if (charged == CALL_DONE)
		*count = headers_count_named(headers, name);
	return charged;
}

static enum call_result set_header(struct call *call, struct text name, uint32_t n,
				   struct text content)
{
	return record_change(call, (struct change){ .kind = CHANGE_CHANGE_HEADER,
						    .index = n,
						    .name = name,
						    .value = content });
}

enum call_result add_header(struct call *call, struct text name, struct text content)
{
	return record_change(
		call, (struct change){ .kind = CHANGE_ADD_HEADER, .name = name, .value = content });
}

enum call_result add_header_once(struct call *call, struct text name, struct text content)
{
	uint32_t count = 0;
	enum call_result result = count_named(call, name, &count);

	if (result != CALL_DONE || count > 0)
		return result;
	return add_header(call, name, content);
}

enum call_result modify_header(struct call *call, struct text name, struct text content,
			       bool add_when_absent)
{
	uint32_t count = 0;
	enum call_result result = count_named(call, name, &count);

	if (result != CALL_DONE)
		return result;
	if (count > 0)
		return set_header(call, name, 1, content);
	return add_when_absent ? add_header(call, name, content) : CALL_DONE;
}

enum call_result remove_header(struct call *call, struct text name, bool all)
{
	uint32_t count = 0;
	enum call_result result = count_named(call, name, &count);

	if (count > 1 && !all)
		count = 1;
	for (; result == CALL_DONE && count > 0; count--) {
		/* The first one: finding it costs least. */
		result = set_header(call, name, 1, TEXT_EMPTY);
		if (result == CALL_DONE)
			result = call_charge(call, mail_of(call)->message->headers.count);
	}
	return result;
}

enum call_result builtin_addHeader(struct call *call)
{
	return add_header(call, call->arguments[0].text, call->arguments[1].text);
}

enum call_result builtin_addIfNotExistsHeader(struct call *call)
{
	return add_header_once(call, call->arguments[0].text, call->arguments[1].text);
}

enum call_result builtin_insertHeader(struct call *call)
{
	int64_t index = call->arguments[0].i;

	if (index < 0 || index > UINT32_MAX)
		return call_raise(call, "argument", 0, false,
				  "a header field cannot be inserted at %lld", (long long)index);
	return record_change(call, (struct change){ .kind = CHANGE_INSERT_HEADER,
						    .index = (uint32_t)index,
						    .name = call->arguments[1].text,
						    .value = call->arguments[2].text });
}

enum call_result builtin_modifyHeader(struct call *call)
{
	return modify_header(call, call->arguments[0].text, call->arguments[1].text, true);
}

enum call_result builtin_modifyIfExistsHeader(struct call *call)
{
	return modify_header(call, call->arguments[0].text, call->arguments[1].text, false);
}

enum call_result builtin_changeHeader(struct call *call)
{
	struct text name = call->arguments[0].text;
	int64_t n = call->arguments[1].i;
	uint32_t count = 0;
	enum call_result result = count_named(call, name, &count);

	if (result != CALL_DONE)
		return result;
	if (n < 1 || n > count)
		return call_raise(call, "index", 0, false,
				  "there is no field number %lld of %u with that name",
				  (long long)n, count);
	return set_header(call, name, (uint32_t)n, call->arguments[2].text);
}

enum call_result builtin_removeFirstHeader(struct call *call)
{
	return remove_header(call, call->arguments[0].text, false);
}

enum call_result builtin_removeHeader(struct call *call)
{
	return remove_header(call, call->arguments[0].text, true);
}

/* ---- the envelope and the body ---- */

enum call_result builtin_addRcpt(struct call *call)
{
	return record_change(
		call, (struct change){ .kind = CHANGE_ADD_RCPT, .name = call->arguments[0].text });
}

enum call_result builtin_addRcptParameters(struct call *call)
{
	return record_change(call, (struct change){ .kind = CHANGE_ADD_RCPT,
						    .name = call->arguments[0].text,
						    .value = call->arguments[1].text });
}

enum call_result builtin_discardRcpt(struct call *call)
{
	return record_change(call, (struct change){ .kind = CHANGE_DELETE_RCPT,
						    .name = call->arguments[0].text });
}

enum call_result builtin_changeSender(struct call *call)
{
	return record_change(call, (struct change){ .kind = CHANGE_CHANGE_SENDER,
						    .name = call->arguments[0].text,
						    .value = call->arguments[1].text });
}

enum call_result builtin_replaceBody(struct call *call)
{
	return record_change(call, (struct change){ .kind = CHANGE_REPLACE_BODY,
						    .value = call->arguments[0].text });
}

enum call_result builtin_quarantine(struct call *call)
{
	return record_change(call, (struct change){ .kind = CHANGE_QUARANTINE,
						    .value = call->arguments[0].text });
}

/* ---- levels ---- */

static enum call_result set_level(struct call *call, int most, int *level)
{
	int64_t wanted = call->arguments[0].i;

	if (wanted < 0 || wanted > most)
		return call_raise(call, "argument", 0, false, "a level from 0 to %d, not %lld",
				  most, (long long)wanted);
	if (!mail_of(call)->message->open)
		return call_raise(call, "argument", 0, false, "there is no message to change");
	*level = (int)wanted;
	return CALL_DONE;
}

enum call_result builtin_spamLevel(struct call *call)
{
	return set_level(call, 10, &mail_of(call)->message->spam_level);
}

enum call_result builtin_virusLevel(struct call *call)
{
	return set_level(call, 5, &mail_of(call)->message->virus_level);
}
