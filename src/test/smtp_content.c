/* Module smtp: the content of a message. */
#include "test/step.h"

#include "builtins/answer.h"

/* What refuses the message ends it. */
static enum call_result end_content(struct trial *trial, enum afsl_status status)
{
	enum call_result result = step_end(trial, status);

	if (step_is_refused(trial))
		trial->dialogue.mail_open = false;
	return result;
}

static enum call_result data(struct trial *trial)
{
	trial->dialogue.data_said = true;
	step_begin(trial, "onData", TEXT_EMPTY);
	return end_content(trial, client_data(&trial->client));
}

static enum call_result need_data(struct trial *trial)
{
	enum call_result result;

	if (trial->dialogue.mail_open && trial->dialogue.data_said)
		return CALL_DONE;
	result = step_need_recipient(trial);
	return result == CALL_DONE ? step_unasked(trial, data(trial)) : result;
}

enum call_result tested_smtp_data(struct call *call)
{
	struct trial *trial = trial_of(call);
	enum call_result result = step_need_recipient(trial);

	return result == CALL_DONE ? data(trial) : result;
}

static enum call_result header(struct trial *trial, struct text name, struct text raw)
{
	step_begin(trial, "onHeader", name);
	return end_content(trial, client_header(&trial->client, name, raw));
}

enum call_result tested_smtp_header(struct call *call)
{
	struct trial *trial = trial_of(call);
	enum call_result result = need_data(trial);
	const char *raw = trial_print(trial, " %.*s", TEXT_PRINTF(call->arguments[1].text));

	if (result != CALL_DONE)
		return result;
	return header(trial, trial_keep(trial, call->arguments[0].text),
		      text_of_string(raw, LIFETIME_SESSION));
}

static enum call_result end_headers(struct trial *trial)
{
	trial->dialogue.headers_done = true;
	step_begin(trial, "onHeadersReceived", TEXT_EMPTY);
	return end_content(trial, client_end_of_headers(&trial->client));
}

static enum call_result need_headers_done(struct trial *trial)
{
	enum call_result result = need_data(trial);

	if (result != CALL_DONE || trial->dialogue.headers_done)
		return result;
	return step_unasked(trial, end_headers(trial));
}

enum call_result tested_smtp_endOfHeaders(struct call *call)
{
	struct trial *trial = trial_of(call);
	enum call_result result = need_data(trial);

	return result == CALL_DONE ? end_headers(trial) : result;
}

/* Lines end in CR LF, as on the wire. */
static struct text wire_lines(struct trial *trial, struct text text)
{
	struct buffer out;
	struct text kept;

	buffer_init(&out, BUFFER_CAP_DEFAULT);
	for (uint32_t i = 0; i < text.length; i++) {
		if (text.data[i] == '\n' && (i == 0 || text.data[i - 1] != '\r'))
			buffer_append_byte(&out, '\r');
		buffer_append_byte(&out, text.data[i]);
	}
	kept = trial_keep(trial, buffer_text(&out));
	buffer_free(&out);
	return kept;
}

static enum call_result body(struct trial *trial, struct text bytes)
{
	enum call_result result = CALL_DONE;

	buffer_append_text(&trial->sent_body, bytes);
	for (size_t from = 0;
	     from < bytes.length && result == CALL_DONE && trial->dialogue.mail_open;
	     from += CLIENT_CHUNK) {
		size_t to = bytes.length - from > CLIENT_CHUNK ? from + CLIENT_CHUNK : bytes.length;

		step_begin(trial, "onBodyChunk", TEXT_EMPTY);
		result =
			end_content(trial, client_body(&trial->client, text_part(bytes, from, to)));
	}
	return result;
}

enum call_result tested_smtp_body(struct call *call)
{
	struct trial *trial = trial_of(call);
	enum call_result result = need_headers_done(trial);

	if (result != CALL_DONE)
		return result;
	return body(trial, wire_lines(trial, call->arguments[0].text));
}

static enum call_result end_message(struct trial *trial)
{
	enum call_result result;

	step_begin(trial, "onDataReceived", TEXT_EMPTY);
	result = end_content(trial, client_end_of_message(&trial->client));
	if (result != CALL_DONE)
		return result;
	delivery_keep(trial);
	trial->dialogue = (struct dialogue){ .connected = true, .greeted = true };
	trial->client.has_queue_id = false;
	return CALL_DONE;
}

enum call_result tested_smtp_endOfMessage(struct call *call)
{
	struct trial *trial = trial_of(call);
	enum call_result result = need_headers_done(trial);

	return result == CALL_DONE ? end_message(trial) : result;
}

/* ---- a whole message ---- */

/* The next field with its folding as LF and blanks; false at the end of the header. */
static bool next_field(struct trial *trial, struct text *rest, struct text *name, struct text *raw)
{
	int64_t colon = text_find(*rest, TEXT(":"), 0);
	int64_t end = text_find(*rest, TEXT("\n"), 0);
	size_t to;

	if (colon < 0 || (end >= 0 && end < colon))
		return false;
	while (end >= 0 && (size_t)end + 1 < rest->length &&
	       (rest->data[end + 1] == ' ' || rest->data[end + 1] == '\t'))
		end = text_find(*rest, TEXT("\n"), (size_t)end + 1);
	to = end < 0 ? rest->length : (size_t)end;
	*name = trial_keep(trial, text_part(*rest, 0, (size_t)colon));
	*raw = trial_keep(trial, text_part(*rest, (size_t)colon + 1, to));
	*rest = text_part(*rest, end < 0 ? to : to + 1, rest->length);
	return true;
}

static struct text without_returns(struct trial *trial, struct text text)
{
	char *bytes = arena_bytes(&trial->arena, (size_t)text.length + 1);
	size_t length = 0;

	for (uint32_t i = 0; bytes && i < text.length; i++)
		if (text.data[i] != '\r' || i + 1 == text.length || text.data[i + 1] != '\n')
			bytes[length++] = text.data[i];
	return text_of(bytes, length, LIFETIME_SESSION);
}

static bool goes_on(const struct trial *trial, enum call_result result)
{
	return result == CALL_DONE && trial->dialogue.mail_open;
}

static enum call_result send_content(struct trial *trial, struct text message)
{
	struct text rest = without_returns(trial, message), name, raw;
	enum call_result result = CALL_DONE;

	while (goes_on(trial, result) && next_field(trial, &rest, &name, &raw))
		result = header(trial, name, raw);
	if (goes_on(trial, result))
		result = end_headers(trial);
	if (rest.length && rest.data[0] == '\n')
		rest = text_part(rest, 1, rest.length);
	if (goes_on(trial, result))
		result = body(trial, wire_lines(trial, rest));
	return goes_on(trial, result) ? end_message(trial) : result;
}

enum call_result tested_smtp_send(struct call *call)
{
	struct trial *trial = trial_of(call);
	enum call_result result = step_need_recipient(trial);

	if (result == CALL_DONE && !trial->dialogue.data_said)
		result = data(trial);
	if (!goes_on(trial, result))
		return result;
	return send_content(trial, call->arguments[0].text);
}
