/* What a test expects, and what it asks about the last step and the message. */
#include "test/trial.h"

#include "builtins/answer.h"

/* ---- expect ---- */

/* "verdict() = "continue"", or the literal alone. */
static void print_side(const struct call *call, unsigned at, struct buffer *out)
{
	struct text said = call->arguments[at].text;
	const struct type *type = call->import->argument_types[at + 1];

	buffer_append_string(out, "\n      ");
	buffer_append_text(out, said);
	if (said.length)
		buffer_append_string(out, " = ");
	if (said.length)
		failure_print_value(type, call->arguments[at + 1], out);
	else
		buffer_append_text(out, call->arguments[at + 1].text);
}

static enum call_result expect(struct call *call, unsigned sides)
{
	struct trial *trial = trial_of(call);
	struct buffer shown;

	if (call->arguments[0].i)
		return CALL_DONE;
	buffer_init(&shown, 64 << 10);
	for (unsigned i = 0; i < sides; i++)
		print_side(call, 1 + 2 * i, &shown);
	trial_fail(trial, "this is not so%.*s", TEXT_PRINTF(buffer_text(&shown)));
	buffer_free(&shown);
	return CALL_END;
}

enum call_result tested_expect(struct call *call)
{
	return expect(call, 0);
}

enum call_result tested_expect_said(struct call *call)
{
	if (call->arguments[0].i)
		return CALL_DONE;
	return trial_fail(trial_of(call), "this is not so: %.*s",
			  TEXT_PRINTF(call->arguments[1].text));
}

enum call_result tested_expect_shown(struct call *call)
{
	return expect(call, 1);
}

enum call_result tested_expect_both(struct call *call)
{
	return expect(call, 2);
}

enum call_result tested_fail(struct call *call)
{
	return trial_fail(trial_of(call), "%.*s", TEXT_PRINTF(call->arguments[0].text));
}

enum call_result tested_skip(struct call *call)
{
	struct trial *trial = trial_of(call);

	buffer_append_text(&trial->reason, call->arguments[0].text);
	return trial_end(trial, TRIAL_SKIPPED);
}

/* ---- the last step ---- */

/* Asking before anything was said is the test's mistake. */
static struct trial *spoken(struct call *call)
{
	struct trial *trial = trial_of(call);

	if (trial->verdict.filter)
		return trial;
	trial_fail(trial,
		   "the client has not said anything yet: smtp.connect(...), smtp.send(...)");
	return NULL;
}

static enum call_result answer_string(struct call *call, const char *string)
{
	return answer_text(call, text_of_string(string ? string : "", LIFETIME_SESSION));
}

enum call_result tested_verdict(struct call *call)
{
	const struct trial *trial = spoken(call);

	return trial ? answer_string(call, verdict_word(trial->verdict.kind)) : CALL_END;
}

enum call_result tested_reply(struct call *call)
{
	struct trial *trial = spoken(call);

	if (!trial)
		return CALL_END;
	return answer_string(call, verdict_reply(&trial->arena, &trial->verdict));
}

enum call_result tested_replyCode(struct call *call)
{
	struct trial *trial = spoken(call);
	const char *reply = trial ? verdict_reply(&trial->arena, &trial->verdict) : "";

	if (!trial)
		return CALL_END;
	return answer_int(call,
			  *reply ? (reply[0] - '0') * 100 + (reply[1] - '0') * 10 + (reply[2] - '0')
				 : 0);
}

enum call_result tested_replyStatus(struct call *call)
{
	const struct trial *trial = spoken(call);

	return trial ? answer_string(call, trial->verdict.enhanced) : CALL_END;
}

enum call_result tested_replyText(struct call *call)
{
	const struct trial *trial = spoken(call);

	return trial ? answer_string(call, trial->verdict.text) : CALL_END;
}

enum call_result tested_scriptError(struct call *call)
{
	const struct trial *trial = spoken(call);

	return trial ? answer_string(call, trial->verdict.error) : CALL_END;
}

enum call_result tested_loadError(struct call *call)
{
	return answer_string(call, trial_load_error(trial_of(call)));
}

static enum call_result answer_texts(struct call *call, const struct text *texts, size_t count)
{
	enum call_result result = CALL_DONE;
	struct list *list = answer_list(call, (uint32_t)count, &result);

	for (size_t i = 0; list && i < count && result == CALL_DONE; i++)
		result = list_add_text(call, list, texts[i]);
	return result;
}

enum call_result tested_logLines(struct call *call)
{
	const struct trial *trial = trial_of(call);

	return answer_texts(call, trial->log, trial->log_count);
}

/* ---- the message as delivered ---- */

static struct delivered *delivered_of(struct call *call)
{
	struct trial *trial = trial_of(call);

	if (trial->delivered.known)
		return &trial->delivered;
	trial_fail(trial, "nothing is delivered: %s",
		   trial->verdict.filter && trial->verdict.kind > AFSL_ACCEPT
			   ? "the message was refused"
			   : "the message has not come to its end (smtp.send, smtp.endOfMessage)");
	return NULL;
}

enum call_result tested_changes(struct call *call)
{
	const struct delivered *delivered = delivered_of(call);

	if (!delivered)
		return CALL_END;
	return answer_texts(call, delivered->changes, delivered->change_count);
}

/* The value of the field at `*at`, which is moved behind it; unfolded stays folded as CR LF. */
static bool next_value(struct text headers, struct text name, size_t *at, struct text *found)
{
	while (*at < headers.length) {
		int64_t end = text_find(headers, TEXT("\r\n"), *at), colon;
		struct text field;

		while (end >= 0 && (size_t)end + 2 < headers.length &&
		       (headers.data[end + 2] == ' ' || headers.data[end + 2] == '\t'))
			end = text_find(headers, TEXT("\r\n"), (size_t)end + 2);
		field = text_part(headers, *at, end < 0 ? headers.length : (size_t)end);
		*at = end < 0 ? headers.length : (size_t)end + 2;
		colon = text_find(field, TEXT(":"), 0);
		if (colon < 0 ||
		    !text_equals_ignoring_case(text_trim(text_part(field, 0, (size_t)colon)), name))
			continue;
		*found = text_trim(text_part(field, (size_t)colon + 1, field.length));
		return true;
	}
	return false;
}

enum call_result tested_deliveredHeader(struct call *call)
{
	const struct delivered *delivered = delivered_of(call);
	struct text found = TEXT_EMPTY;
	size_t at = 0;

	if (!delivered)
		return CALL_END;
	next_value(delivered->headers, call->arguments[0].text, &at, &found);
	return answer_text(call, found);
}

enum call_result tested_deliveredHeaders(struct call *call)
{
	const struct delivered *delivered = delivered_of(call);
	enum call_result result = CALL_DONE;
	struct list *list = delivered ? answer_list(call, 4, &result) : NULL;
	struct text found;
	size_t at = 0;

	if (!delivered)
		return CALL_END;
	while (list && result == CALL_DONE &&
	       next_value(delivered->headers, call->arguments[0].text, &at, &found))
		result = list_add_text(call, list, found);
	return result;
}

enum call_result tested_deliveredBody(struct call *call)
{
	const struct delivered *delivered = delivered_of(call);

	return delivered ? answer_text(call, delivered->body) : CALL_END;
}

enum call_result tested_deliveredSender(struct call *call)
{
	const struct delivered *delivered = delivered_of(call);

	return delivered ? answer_text(call, delivered->sender) : CALL_END;
}

enum call_result tested_recipientsLeft(struct call *call)
{
	const struct delivered *delivered = delivered_of(call);

	if (!delivered)
		return CALL_END;
	return answer_texts(call, delivered->recipients, delivered->recipient_count);
}

enum call_result tested_quarantined(struct call *call)
{
	const struct delivered *delivered = delivered_of(call);

	return delivered ? answer_bool(call, delivered->quarantined) : CALL_END;
}
