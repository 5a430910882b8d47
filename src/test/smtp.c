/* Module smtp: a client that a test speaks through, one command at a time. */
#include "test/step.h"

#include "builtins/answer.h"

#include <stdio.h>

/* ---- arguments ---- */

static char *keep_string(struct trial *trial, struct text text)
{
	return trial_print(trial, "%.*s", TEXT_PRINTF(text));
}

static const struct afsl_text *keep_list(struct trial *trial, const struct list *list)
{
	struct afsl_text *kept =
		arena_allocate(&trial->arena, ((size_t)list->length + 1) * sizeof(*kept));

	for (uint32_t i = 0; kept && i < list->length; i++) {
		struct text text = trial_keep(trial, list->items[i].text);

		kept[i] = (struct afsl_text){ text.length ? text.data : "", text.length };
	}
	return kept;
}

/* ---- one step ---- */

bool step_is_refused(const struct trial *trial)
{
	return trial->verdict.kind != AFSL_CONTINUE && trial->verdict.kind != AFSL_ACCEPT;
}

/* "reject 550 5.7.1 no" */
static const char *describe(struct trial *trial, const struct afsl_verdict *verdict)
{
	const char *reply = verdict_reply(&trial->arena, verdict);

	return trial_print(trial, "%s%s%s%s%s", verdict_word(verdict->kind), *reply ? " " : "",
			   reply, verdict->error ? ", because of " : "",
			   verdict->error ? verdict->error : "");
}

void step_begin(struct trial *trial, const char *event, struct text detail)
{
	trial->step_handled = false;
	trial->event_note = trial_note(
		trial, trial_print(trial, "%s %.*s", event, TEXT_PRINTF(text_trim(detail))));
}

enum call_result step_end(struct trial *trial, enum afsl_status status)
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

enum call_result step_unasked(struct trial *trial, enum call_result result)
{
	if (result != CALL_DONE || !step_is_refused(trial))
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
		step_begin(trial, "onNegotiate", TEXT_EMPTY);
		result = step_end(trial, client_negotiate(&trial->client));
	}
	if (result != CALL_DONE)
		return result;
	step_begin(trial, "onConnect", shown);
	return step_end(trial, client_connect(&trial->client));
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
	return step_unasked(trial, say_connect(trial));
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
	step_begin(trial, "onEhlo", shown);
	return step_end(trial, client_helo(&trial->client, esmtp));
}

static enum call_result need_greeting(struct trial *trial)
{
	enum call_result result = need_connection(trial);

	if (result != CALL_DONE || trial->dialogue.greeted)
		return result;
	return step_unasked(trial, greet(trial, "client.example.net", true));
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

	trial->envelope.from = trial_keep(trial, sender);
	trial->sent_recipient_count = 0;
	trial->delivered = (struct delivered){ 0 };
	buffer_clear(&trial->sent_body);
	step_begin(trial, "onMailFrom", trial->envelope.from);
	result = step_end(trial, client_mail(&trial->client, parameters,
					     list && parameters ? list->length : 0));
	*dialogue = (struct dialogue){ .connected = true,
				       .greeted = true,
				       .mail_open = !step_is_refused(trial),
				       .mail_refused = step_is_refused(trial) };
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
	return step_unasked(trial, mail(trial, TEXT("alice@sender.example"), NULL));
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
	struct text kept = trial_keep(trial, recipient);
	struct dialogue *dialogue = &trial->dialogue;
	enum call_result result;

	step_begin(trial, "onRcptTo", kept);
	result = step_end(trial, client_rcpt(&trial->client, kept, parameters,
					     list && parameters ? list->length : 0));
	if (result != CALL_DONE)
		return result;
	if (step_is_refused(trial)) {
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

enum call_result step_need_recipient(struct trial *trial)
{
	enum call_result result = need_mail(trial);

	if (result != CALL_DONE || trial->dialogue.accepted)
		return result;
	if (trial->dialogue.refused)
		return trial_fail(trial,
				  "nobody is left to send to: the last recipient was answered %s",
				  describe(trial, &trial->verdict));
	return step_unasked(trial, rcpt(trial, TEXT("bob@recipient.example"), NULL));
}

/* ---- the end, and what else may come ---- */

enum call_result tested_smtp_unknown(struct call *call)
{
	struct trial *trial = trial_of(call);
	struct text line = trial_keep(trial, call->arguments[0].text);
	enum call_result result = need_connection(trial);

	if (result != CALL_DONE)
		return result;
	step_begin(trial, "onUnknownCommand", line);
	return step_end(trial, afsl_unknown_command(trial->session,
						    (struct afsl_text){ line.data, line.length }));
}

enum call_result tested_smtp_rset(struct call *call)
{
	struct trial *trial = trial_of(call);
	enum call_result result = need_greeting(trial);

	if (result != CALL_DONE)
		return result;
	trial->dialogue = (struct dialogue){ .connected = true, .greeted = true };
	step_begin(trial, "onAbort", TEXT_EMPTY);
	return step_end(trial, afsl_abort(trial->session));
}

enum call_result tested_smtp_quit(struct call *call)
{
	struct trial *trial = trial_of(call);
	enum call_result result = need_connection(trial);

	if (result != CALL_DONE)
		return result;
	step_begin(trial, "onDisconnect", TEXT_EMPTY);
	result = step_end(trial, afsl_disconnect(trial->session));
	trial->dialogue = (struct dialogue){ 0 };
	return result;
}
