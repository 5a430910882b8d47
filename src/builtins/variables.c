/* The engine variables: read from the session's facts, set into the context. */
#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "builtins/mail_call.h"
#include "mail/recipients.h"

static struct mail_message *message_of(const struct call *call)
{
	return mail_of(call)->message;
}

static enum call_result answer_ip(struct call *call, struct ip ip)
{
	call->result->ip = ip;
	return CALL_DONE;
}

static enum call_result answer_macro(struct call *call, struct text name)
{
	struct text found = TEXT_EMPTY;

	mail_macro(mail_of(call), name, &found);
	return answer_text(call, found);
}

static enum call_result answer_texts(struct call *call, const struct text *texts, uint32_t count)
{
	enum call_result result;
	struct list *list = answer_list(call, count, &result);

	for (uint32_t i = 0; list && result == CALL_DONE && i < count; i++)
		result = list_add_text(call, list, texts[i]);
	return result;
}

/* ---- the connection ---- */

enum call_result read_smtpIp(struct call *call)
{
	return answer_ip(call, mail_of(call)->server_ip);
}

enum call_result read_smtpPort(struct call *call)
{
	return answer_int(call, mail_of(call)->server_port);
}

enum call_result read_remoteSmtpIp(struct call *call)
{
	return answer_ip(call, mail_of(call)->client_ip);
}

enum call_result read_remoteSmtpPort(struct call *call)
{
	return answer_int(call, mail_of(call)->client_port);
}

enum call_result read_remoteSmtpHost(struct call *call)
{
	return answer_text(call, mail_of(call)->client_name);
}

enum call_result read_connectionFamily(struct call *call)
{
	switch (mail_of(call)->family) {
	case CLIENT_INET:
		return answer_text(call, TEXT("inet"));
	case CLIENT_INET6:
		return answer_text(call, TEXT("inet6"));
	case CLIENT_UNIX:
		return answer_text(call, TEXT("unix"));
	default:
		return answer_text(call, TEXT("unknown"));
	}
}

enum call_result read_connectionPath(struct call *call)
{
	return answer_text(call, mail_of(call)->client_path);
}

enum call_result read_isSSLConnection(struct call *call)
{
	struct text version = TEXT_EMPTY;

	mail_macro(mail_of(call), TEXT("{tls_version}"), &version);
	return answer_bool(call, mail_of(call)->tls || version.length > 0);
}

enum call_result read_tlsVersion(struct call *call)
{
	return answer_macro(call, TEXT("{tls_version}"));
}

enum call_result read_tlsCipher(struct call *call)
{
	return answer_macro(call, TEXT("{cipher}"));
}

enum call_result read_ehloHost(struct call *call)
{
	return answer_text(call, mail_of(call)->helo);
}

enum call_result read_isESMTP(struct call *call)
{
	return answer_bool(call, mail_of(call)->esmtp);
}

enum call_result read_authUser(struct call *call)
{
	return answer_macro(call, TEXT("{auth_authen}"));
}

enum call_result read_mailCount(struct call *call)
{
	return answer_int(call, mail_of(call)->mail_count);
}

enum call_result read_totalMailSize(struct call *call)
{
	return answer_int(call, (int64_t)mail_of(call)->total_size);
}

enum call_result read_command(struct call *call)
{
	return answer_text(call, mail_of(call)->command);
}

/* ---- negotiation ---- */

enum call_result read_offeredVersion(struct call *call)
{
	return answer_int(call, mail_of(call)->offered_version);
}

enum call_result read_offeredActions(struct call *call)
{
	return answer_int(call, mail_of(call)->offered_actions);
}

enum call_result read_offeredSteps(struct call *call)
{
	return answer_int(call, mail_of(call)->offered_steps);
}

/* ---- the envelope ---- */

static struct text sender_of(const struct call *call)
{
	const struct mail_message *message = message_of(call);

	return message->sender_changed ? message->new_sender : message->sender;
}

enum call_result read_mailFrom(struct call *call)
{
	return answer_text(call, address_bare(sender_of(call)));
}

enum call_result read_mailFromDomain(struct call *call)
{
	return answer_text(call, address_domain(sender_of(call)));
}

enum call_result read_mailFromRaw(struct call *call)
{
	return answer_text(call, message_of(call)->sender);
}

enum call_result read_mailParameters(struct call *call)
{
	return answer_texts(call, message_of(call)->parameters, message_of(call)->parameter_count);
}

/* The one that the client has named last. Those behind it were added by a change in this very
 * event, so there are few. NULL when there is none. */
static const struct recipient *recipient_at_hand(const struct call *call)
{
	const struct mail_message *message = message_of(call);

	for (uint32_t i = message->recipient_count; i-- > 0;)
		if (!message->recipients[i].added)
			return &message->recipients[i];
	return NULL;
}

static struct text address_at_hand(const struct call *call)
{
	const struct recipient *recipient = recipient_at_hand(call);

	return recipient ? recipient->address : TEXT_EMPTY;
}

enum call_result read_rcptTo(struct call *call)
{
	return answer_text(call, address_bare(address_at_hand(call)));
}

enum call_result read_rcptToRaw(struct call *call)
{
	return answer_text(call, address_at_hand(call));
}

enum call_result read_rcptToDomain(struct call *call)
{
	return answer_text(call, address_domain(address_at_hand(call)));
}

enum call_result read_rcptParameters(struct call *call)
{
	const struct recipient *recipient = recipient_at_hand(call);

	if (!recipient)
		return answer_texts(call, NULL, 0);
	return answer_texts(call, recipient->parameters, recipient->parameter_count);
}

enum call_result read_recipients(struct call *call)
{
	const struct mail_message *message = message_of(call);
	enum call_result result;
	struct list *list = answer_list(call, message->recipient_count, &result);

	for (uint32_t i = 0; list && result == CALL_DONE && i < message->recipient_count; i++)
		if (recipient_is_present(&message->recipients[i]))
			result = list_add_text(call, list,
					       address_bare(message->recipients[i].address));
	return result;
}

enum call_result read_queueId(struct call *call)
{
	return answer_macro(call, TEXT("i"));
}

/* ---- the content ---- */

enum call_result read_messageSize(struct call *call)
{
	const struct mail_message *message = message_of(call);
	bool blank_line = message->body_size > 0 || context_of(call)->event != EVENT_onHeader;
	uint64_t header = message->field_bytes + (uint64_t)message->field_count * strlen(":\r\n");

	if (message->field_count == 0 && message->body_size == 0)
		return answer_int(call, 0);
	return answer_int(call, (int64_t)(header + (blank_line ? 2 : 0) + message->body_size));
}

enum call_result read_bodySize(struct call *call)
{
	return answer_int(call, (int64_t)message_of(call)->body_size);
}

enum call_result read_bodyChunk(struct call *call)
{
	return answer_text(call, message_of(call)->chunk);
}

enum call_result read_headerRaw(struct call *call)
{
	return answer_text(call, message_of(call)->header_raw);
}

/* ---- input variables of predefined methods; in onHeader they begin as the field at hand ---- */

static struct text set_or(struct text set, struct text at_hand)
{
	return set.length ? set : at_hand;
}

struct text input_header_name(const struct call *call)
{
	return set_or(context_policy(context_of(call))->header_name, message_of(call)->header_name);
}

struct text input_header_value(const struct call *call)
{
	struct header at_hand = { .raw = message_of(call)->header_raw };

	return set_or(context_policy(context_of(call))->header_value, header_value(&at_hand));
}

enum call_result read_headerName(struct call *call)
{
	return answer_text(call, input_header_name(call));
}

enum call_result read_headerValue(struct call *call)
{
	return answer_text(call, input_header_value(call));
}

/* NULL when memory has ended. */
static struct policy_words *policy_words(const struct call *call)
{
	struct context *context = context_of(call);

	if (context->policy)
		return context->policy;
	context->policy = arena_allocate(&context->mail->session_arena, sizeof(*context->policy));
	if (context->policy)
		*context->policy = policy_silence;
	return context->policy;
}

#define WRITE_POLICY(name, what, word)                                                             \
	enum call_result write_##name(struct call *call)                                           \
	{                                                                                          \
		struct policy_words *words = policy_words(call);                                   \
                                                                                                   \
		if (!words)                                                                        \
			return call_limit(call, LIMIT_sessionMemory);                              \
		return keep_text(call, what, call->arguments[0].text, &words->word);               \
	}

WRITE_POLICY(headerName, KEPT_HEADER_NAME, header_name)
WRITE_POLICY(headerValue, KEPT_HEADER_VALUE, header_value)
WRITE_POLICY(rcptAddress, KEPT_RCPT_ADDRESS, rcpt_address)
WRITE_POLICY(smtpAction, KEPT_ACTION, action)
WRITE_POLICY(smtpExplanation, KEPT_EXPLANATION, explanation)
