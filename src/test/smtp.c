/* Module smtp: a client that a test speaks through, one command at a time. */
#include "test/trial.h"

#include "builtins/answer.h"

#include <stdio.h>

/* ---- arguments ---- */

static struct text keep_text(struct trial *trial, struct text text)
{
	bool ok = true;

	return arena_copy(&trial->arena, text, &ok);
}

static char *keep_string(struct trial *trial, struct text text)
{
	return trial_print(trial, "%.*s", TEXT_PRINTF(text));
}

static const struct afsl_text *keep_list(struct trial *trial, const struct list *list)
{
	struct afsl_text *kept =
		arena_allocate(&trial->arena, ((size_t)list->length + 1) * sizeof(*kept));

	for (uint32_t i = 0; kept && i < list->length; i++) {
		struct text text = keep_text(trial, list->items[i].text);

		kept[i] = (struct afsl_text){ text.length ? text.data : "", text.length };
	}
	return kept;
}

/* ---- one step ---- */

static bool is_refusal(const struct afsl_verdict *verdict)
{
	return verdict->kind != AFSL_CONTINUE && verdict->kind != AFSL_ACCEPT;
}

/* "reject 550 5.7.1 no" */
static const char *describe(struct trial *trial, const struct afsl_verdict *verdict)
{
	const char *reply = verdict_reply(&trial->arena, verdict);

	return trial_print(trial, "%s%s%s%s%s", verdict_word(verdict->kind), *reply ? " " : "",
			   reply, verdict->error ? ", because of " : "",
			   verdict->error ? verdict->error : "");
}

static void begin_step(struct trial *trial, const char *event, struct text detail)
{
	trial->step_handled = false;
	trial->event_note = trial_note(
		trial, trial_print(trial, "%s %.*s", event, TEXT_PRINTF(text_trim(detail))));
}

/* The event is over: its verdict is the test's to look at. */
static enum call_result end_step(struct trial *trial, enum afsl_status status)
{
	struct note *note = trial->event_note;

	status = trial_settle(trial, status);
	if (status == AFSL_MISUSED) {
		note->silent = true;
		return trial_fail(trial, "a mail server does not say this now");
	}
	trial->verdict = verdict_copy(&trial->arena, afsl_verdict(trial->session));
	note->result = describe(trial, &trial->verdict);
	note->place = trial->verdict.place;
	note->silent = !trial->step_handled && trial->verdict.kind == AFSL_CONTINUE;
	if (trial->mocks.fault.length)
		return trial_fail(trial, "%.*s", TEXT_PRINTF(buffer_text(&trial->mocks.fault)));
	if (trial->client.failed)
		return trial_fail(trial, "a macro is too long");
	return CALL_DONE;
}

/* What was not asked for by the test must not be refused. */
static enum call_result unasked(struct trial *trial, enum call_result result)
{
	if (result != CALL_DONE || !is_refusal(&trial->verdict))
		return result;
	return trial_fail(trial, "the client does not come so far: %s was answered %s%s%s",
			  trial->event_note->text, trial->event_note->result,
			  *trial->verdict.place ? " at " : "", trial->verdict.place);
}

/* ---- connecting ---- */

static enum call_result say_connect(struct trial *trial)
{
	struct text shown = text_of_string(trial->envelope.client_ip, LIFETIME_EVENT);
	enum call_result result = CALL_DONE;

	if (!trial_open_session(trial))
		return CALL_END;
	trial->dialogue.connected = true;
	if (filter_handles(trial->session->lanes[0].filter, EVENT_onNegotiate)) {
		begin_step(trial, "onNegotiate", TEXT_EMPTY);
		result = end_step(trial, client_negotiate(&trial->client));
	}
	if (result != CALL_DONE)
		return result;
	begin_step(trial, "onConnect", shown);
	return end_step(trial, client_connect(&trial->client));
}

static void be_client(struct trial *trial, struct text ip, struct text name, unsigned port)
{
	struct envelope *envelope = &trial->envelope;

	snprintf(envelope->client_ip, sizeof(envelope->client_ip), "%.*s", TEXT_PRINTF(ip));
	snprintf(envelope->client_name, sizeof(envelope->client_name), "%.*s", TEXT_PRINTF(name));
	envelope->client_port = port;
}

static enum call_result need_connection(struct trial *trial)
{
	if (trial->dialogue.connected)
		return CALL_DONE;
	if (!trial->envelope.client_port)
		be_client(trial, TEXT("192.0.2.1"), TEXT("client.example.net"), 12345);
	return unasked(trial, say_connect(trial));
}

enum call_result tested_smtp_connect(struct call *call)
{
	struct trial *trial = trial_of(call);
	struct text address = call->arguments[0].text;
	struct ip ip;

	if (text_equals(address, TEXT("local")))
		address = TEXT_EMPTY;
	else if (!ip_parse(address, &ip))
		return call_raise(call, "argument", 0, false, "\"%.*s\" is no address of a client",
				  TEXT_PRINTF(address));
	if (call->arguments[2].i < 0 || call->arguments[2].i > 65535)
		return call_raise(call, "argument", 0, false, "a port is from 0 to 65535");
	be_client(trial, address, call->arguments[1].text, (unsigned)call->arguments[2].i);
	return say_connect(trial);
}

enum call_result tested_smtp_tls(struct call *call)
{
	struct trial *trial = trial_of(call);

	trial->envelope.tls = true;
	trial->envelope.tls_version = keep_string(trial, call->arguments[0].text);
	trial->envelope.cipher = keep_string(trial, call->arguments[1].text);
	return CALL_DONE;
}

enum call_result tested_smtp_auth(struct call *call)
{
	struct trial *trial = trial_of(call);

	trial->envelope.auth = keep_string(trial, call->arguments[0].text);
	trial->envelope.mechanism = keep_string(trial, call->arguments[1].text);
	return CALL_DONE;
}

enum call_result tested_smtp_macro(struct call *call)
{
	struct trial *trial = trial_of(call);
	size_t count = trial->envelope.macro_count;
	const char **wider = arena_allocate(&trial->arena, (count + 1) * sizeof(*wider));

	if (!wider)
		return call_memory(call);
	if (count)
		memcpy(wider, trial->macros, count * sizeof(*wider));
	wider[count] = trial_print(trial, "%.*s=%.*s", TEXT_PRINTF(call->arguments[0].text),
				   TEXT_PRINTF(call->arguments[1].text));
	trial->macros = wider;
	trial->envelope.macros = wider;
	trial->envelope.macro_count = count + 1;
	return CALL_DONE;
}

/* ---- greeting ---- */

static enum call_result greet(struct trial *trial, const char *name, bool esmtp)
{
	struct text shown = text_of_string(name, LIFETIME_EVENT);

	snprintf(trial->envelope.helo, sizeof(trial->envelope.helo), "%s", name);
	trial->dialogue.greeted = true;
	trial->dialogue.mail_open = false;
	begin_step(trial, "onEhlo", shown);
	return end_step(trial, client_helo(&trial->client, esmtp));
}

static enum call_result need_greeting(struct trial *trial)
{
	enum call_result result = need_connection(trial);

	if (result != CALL_DONE || trial->dialogue.greeted)
		return result;
	return unasked(trial, greet(trial, "client.example.net", true));
}

static enum call_result say_greeting(struct call *call, bool esmtp)
{
	struct trial *trial = trial_of(call);
	enum call_result result = need_connection(trial);

	if (result != CALL_DONE)
		return result;
	return greet(trial, keep_string(trial, call->arguments[0].text), esmtp);
}

enum call_result tested_smtp_helo(struct call *call)
{
	return say_greeting(call, false);
}

enum call_result tested_smtp_ehlo(struct call *call)
{
	return say_greeting(call, true);
}

/* ---- the envelope ---- */

static enum call_result mail(struct trial *trial, struct text sender, const struct list *list)
{
	const struct afsl_text *parameters = list ? keep_list(trial, list) : NULL;
	struct dialogue *dialogue = &trial->dialogue;
	enum call_result result;

	trial->envelope.from = keep_text(trial, sender);
	trial->sent_recipient_count = 0;
	trial->delivered = (struct delivered){ 0 };
	buffer_clear(&trial->sent_body);
	begin_step(trial, "onMailFrom", trial->envelope.from);
	result = end_step(trial,
			  client_mail(&trial->client, parameters, parameters ? list->length : 0));
	*dialogue = (struct dialogue){ .connected = true,
				       .greeted = true,
				       .mail_open = !is_refusal(&trial->verdict),
				       .mail_refused = is_refusal(&trial->verdict) };
	return result;
}

static enum call_result need_mail(struct trial *trial)
{
	enum call_result result = need_greeting(trial);

	if (result != CALL_DONE || trial->dialogue.mail_open)
		return result;
	if (trial->dialogue.mail_refused)
		return trial_fail(trial, "there is no message: MAIL FROM was answered %s",
				  describe(trial, &trial->verdict));
	return unasked(trial, mail(trial, TEXT("alice@sender.example"), NULL));
}

enum call_result tested_smtp_mailFrom(struct call *call)
{
	struct trial *trial = trial_of(call);
	enum call_result result = need_greeting(trial);

	if (result != CALL_DONE)
		return result;
	return mail(trial, call->arguments[0].text, call->arguments[1].list);
}

static bool keep_recipient(struct trial *trial, struct text recipient)
{
	size_t count = trial->sent_recipient_count;
	struct text *wider = arena_allocate(&trial->arena, (count + 1) * sizeof(*wider));

	if (!wider)
		return false;
	if (count)
		memcpy(wider, trial->sent_recipients, count * sizeof(*wider));
	wider[count] = recipient;
	trial->sent_recipients = wider;
	trial->sent_recipient_count = count + 1;
	return true;
}

static enum call_result rcpt(struct trial *trial, struct text recipient, const struct list *list)
{
	const struct afsl_text *parameters = list ? keep_list(trial, list) : NULL;
	struct text kept = keep_text(trial, recipient);
	struct dialogue *dialogue = &trial->dialogue;
	enum call_result result;

	begin_step(trial, "onRcptTo", kept);
	result = end_step(trial, client_rcpt(&trial->client, kept, parameters,
					     parameters ? list->length : 0));
	if (result != CALL_DONE)
		return result;
	if (is_refusal(&trial->verdict)) {
		dialogue->refused++;
		if (trial->verdict.kind == AFSL_DISCARD || trial->verdict.kind == AFSL_DISCONNECTED)
			dialogue->mail_open = false;
		return CALL_DONE;
	}
	dialogue->accepted++;
	trial->client.has_queue_id = true;
	return keep_recipient(trial, kept) ? CALL_DONE : trial_fail(trial, "memory has ended");
}

enum call_result tested_smtp_rcptTo(struct call *call)
{
	struct trial *trial = trial_of(call);
	enum call_result result = need_mail(trial);

	if (result != CALL_DONE)
		return result;
	return rcpt(trial, call->arguments[0].text, call->arguments[1].list);
}

static enum call_result need_recipient(struct trial *trial)
{
	enum call_result result = need_mail(trial);

	if (result != CALL_DONE || trial->dialogue.accepted)
		return result;
	if (trial->dialogue.refused)
		return trial_fail(trial,
				  "nobody is left to send to: the last recipient was answered %s",
				  describe(trial, &trial->verdict));
	return unasked(trial, rcpt(trial, TEXT("bob@recipient.example"), NULL));
}

/* ---- the content ---- */

/* What refuses the message ends it. */
static enum call_result end_content(struct trial *trial, enum afsl_status status)
{
	enum call_result result = end_step(trial, status);

	if (is_refusal(&trial->verdict))
		trial->dialogue.mail_open = false;
	return result;
}

static enum call_result data(struct trial *trial)
{
	trial->dialogue.data_said = true;
	begin_step(trial, "onData", TEXT_EMPTY);
	return end_content(trial, client_data(&trial->client));
}

static enum call_result need_data(struct trial *trial)
{
	enum call_result result;

	if (trial->dialogue.mail_open && trial->dialogue.data_said)
		return CALL_DONE;
	result = need_recipient(trial);
	return result == CALL_DONE ? unasked(trial, data(trial)) : result;
}

enum call_result tested_smtp_data(struct call *call)
{
	struct trial *trial = trial_of(call);
	enum call_result result = need_recipient(trial);

	return result == CALL_DONE ? data(trial) : result;
}

static enum call_result header(struct trial *trial, struct text name, struct text raw)
{
	begin_step(trial, "onHeader", name);
	return end_content(trial, client_header(&trial->client, name, raw));
}

enum call_result tested_smtp_header(struct call *call)
{
	struct trial *trial = trial_of(call);
	enum call_result result = need_data(trial);
	const char *raw = trial_print(trial, " %.*s", TEXT_PRINTF(call->arguments[1].text));

	if (result != CALL_DONE)
		return result;
	return header(trial, keep_text(trial, call->arguments[0].text),
		      text_of_string(raw, LIFETIME_SESSION));
}

static enum call_result end_headers(struct trial *trial)
{
	trial->dialogue.headers_done = true;
	begin_step(trial, "onHeadersReceived", TEXT_EMPTY);
	return end_content(trial, client_end_of_headers(&trial->client));
}

static enum call_result need_headers_done(struct trial *trial)
{
	enum call_result result = need_data(trial);

	if (result != CALL_DONE || trial->dialogue.headers_done)
		return result;
	return unasked(trial, end_headers(trial));
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
	kept = keep_text(trial, buffer_text(&out));
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

		begin_step(trial, "onBodyChunk", TEXT_EMPTY);
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

	begin_step(trial, "onDataReceived", TEXT_EMPTY);
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
	*name = keep_text(trial, text_part(*rest, 0, (size_t)colon));
	*raw = keep_text(trial, text_part(*rest, (size_t)colon + 1, to));
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
	enum call_result result = need_recipient(trial);

	if (result == CALL_DONE && !trial->dialogue.data_said)
		result = data(trial);
	if (!goes_on(trial, result))
		return result;
	return send_content(trial, call->arguments[0].text);
}

/* ---- the end, and what else may come ---- */

enum call_result tested_smtp_unknown(struct call *call)
{
	struct trial *trial = trial_of(call);
	struct text line = keep_text(trial, call->arguments[0].text);
	enum call_result result = need_connection(trial);

	if (result != CALL_DONE)
		return result;
	begin_step(trial, "onUnknownCommand", line);
	return end_step(trial, afsl_unknown_command(trial->session,
						    (struct afsl_text){ line.data, line.length }));
}

enum call_result tested_smtp_rset(struct call *call)
{
	struct trial *trial = trial_of(call);
	enum call_result result = need_greeting(trial);

	if (result != CALL_DONE)
		return result;
	trial->dialogue = (struct dialogue){ .connected = true, .greeted = true };
	begin_step(trial, "onAbort", TEXT_EMPTY);
	return end_step(trial, afsl_abort(trial->session));
}

enum call_result tested_smtp_quit(struct call *call)
{
	struct trial *trial = trial_of(call);
	enum call_result result = need_connection(trial);

	if (result != CALL_DONE)
		return result;
	begin_step(trial, "onDisconnect", TEXT_EMPTY);
	result = end_step(trial, afsl_disconnect(trial->session));
	trial->dialogue = (struct dialogue){ 0 };
	return result;
}
