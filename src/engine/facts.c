/* What the host said becomes facts in a lane's mail room. */
#include "engine/session.h"

#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

static const char full_session[] = "limit sessionMemory";
static const char full_message[] = "limit messageMemory";

/* ---- the connection ---- */

static struct ip ip_of_v6(const struct in6_addr *address)
{
	struct ip ip;

	memcpy(ip.bytes, address, sizeof(ip.bytes));
	return ip;
}

/* Copies, because nobody promises that the bytes are aligned for their family. */
static bool read_inet(const struct sockaddr *address, socklen_t length, struct ip *ip,
		      uint16_t *port)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (address->sa_family == AF_INET && length >= sizeof(v4)) {
		memcpy(&v4, address, sizeof(v4));
		*ip = ip_of_v4((const uint8_t *)&v4.sin_addr);
		*port = ntohs(v4.sin_port);
		return true;
	}
	if (address->sa_family == AF_INET6 && length >= sizeof(v6)) {
		memcpy(&v6, address, sizeof(v6));
		*ip = ip_of_v6(&v6.sin6_addr);
		*port = ntohs(v6.sin6_port);
		return true;
	}
	return false;
}

static bool read_path(const struct sockaddr *address, socklen_t length, struct text *path)
{
	const struct sockaddr_un *local = (const struct sockaddr_un *)(const void *)address;
	size_t most;

	if (address->sa_family != AF_UNIX || length < offsetof(struct sockaddr_un, sun_path))
		return false;
	most = length - offsetof(struct sockaddr_un, sun_path);
	if (most > sizeof(local->sun_path))
		most = sizeof(local->sun_path);
	*path = text_of(local->sun_path, strnlen(local->sun_path, most), LIFETIME_EVENT);
	return true;
}

static bool give_address(struct mail_session *mail, const struct afsl_client *client)
{
	struct text path = TEXT_EMPTY;

	if (!client->address)
		return true;
	if (read_inet(client->address, client->address_length, &mail->client_ip,
		      &mail->client_port))
		mail->family = ip_is_v4(mail->client_ip) ? CLIENT_INET : CLIENT_INET6;
	else if (read_path(client->address, client->address_length, &path))
		mail->family = CLIENT_UNIX;
	return mail_set_text(mail, &mail->client_path, path);
}

socklen_t address_size(const struct sockaddr *address)
{
	return address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
					      : sizeof(struct sockaddr_in);
}

/* Apart: what it prints into would be on the stack of each event. */
static __attribute__((noinline)) bool give_client(struct mail_session *mail,
						  const struct afsl_client *client)
{
	char brackets[IP_PRINTED_MAX + 2] = "[";
	const char *name = client->name;
	size_t length;

	mail->tls = client->tls;
	if (!give_address(mail, client))
		return false;
	if (client->server_address)
		read_inet(client->server_address, address_size(client->server_address),
			  &mail->server_ip, &mail->server_port);
	if (!name && mail->family != CLIENT_UNKNOWN && mail->family != CLIENT_UNIX) {
		length = ip_print(mail->client_ip, brackets + 1);
		strcpy(brackets + 1 + length, "]");
		name = brackets;
	}
	return mail_set_text(mail, &mail->client_name,
			     text_of_string(name ? name : "", LIFETIME_EVENT));
}

static void give_offer(struct mail_session *mail, const struct afsl_offer *offer)
{
	mail->offered_version = offer->version;
	mail->offered_actions = offer->actions;
	mail->offered_steps = offer->steps;
}

/* ---- the envelope ---- */

enum { PARAMETERS_MAX = 1000 };

static void parameters_of(const struct arguments *arguments, struct text *parameters)
{
	for (size_t i = 0; i < arguments->count; i++)
		parameters[i] = text_of(arguments->parameters[i].data,
					arguments->parameters[i].length, LIFETIME_EVENT);
}

/* A step that comes without MAIL, because nobody asked for MAIL, begins the message as well. */
static const char *open_message(struct lane *lane, const struct arguments *arguments)
{
	struct text few[8], *parameters = few;
	bool begun;

	if (arguments->count > PARAMETERS_MAX)
		return "more than 1000 parameters";
	if (arguments->count > sizeof(few) / sizeof(*few))
		parameters = arena_allocate(&lane->event, arguments->count * sizeof(*parameters));
	if (!parameters)
		return "limit eventMemory";
	parameters_of(arguments, parameters);
	begun = mail_begin(lane->mail, arguments->text, parameters, (uint32_t)arguments->count);
	lane->saw_message = !lane->session_done;
	return begun ? NULL : full_message;
}

const char *facts_open(struct lane *lane)
{
	static const struct arguments nobody = { .text = { "", 0, LIFETIME_PROGRAM } };

	return lane->mail->message->open ? NULL : open_message(lane, &nobody);
}

static const char *give_recipient(struct afsl_session *session, struct lane *lane)
{
	const struct arguments *arguments = session->arguments;
	struct text few[8], *parameters = few;
	struct mail_message *message = lane->mail->message;

	if (!session->chain->keeps_recipients)
		return NULL;
	if (message->recipient_count >= lane->mail->limits->recipients)
		return "limit recipients";
	if (arguments->count > PARAMETERS_MAX)
		return "more than 1000 parameters";
	if (arguments->count > sizeof(few) / sizeof(*few))
		parameters = arena_allocate(&lane->event, arguments->count * sizeof(*parameters));
	if (!parameters)
		return "limit eventMemory";
	parameters_of(arguments, parameters);
	return mail_add_recipient(lane->mail, arguments->text, parameters,
				  (uint32_t)arguments->count)
		       ? NULL
		       : full_message;
}

/* ---- the content ---- */

/* Why a field could not be kept. */
static const char *header_limit(const struct lane *lane, struct text name, struct text raw)
{
	const struct mail_message *message = lane->mail->message;

	if (message->field_count >= lane->mail->limits->headers)
		return "limit headers";
	if (message->field_bytes + name.length + raw.length > lane->mail->limits->header_bytes)
		return "limit headerBytes";
	return full_message;
}

static const char *give_header(struct afsl_session *session, struct lane *lane)
{
	struct text name = session->arguments->text, raw = session->arguments->raw;
	bool given = session->keeps_headers ? mail_add_header(lane->mail, name, raw)
					    : mail_show_header(lane->mail, name, raw);

	return given ? NULL : header_limit(lane, name, raw);
}

const char *facts_give_header(struct lane *lane, const struct header *header)
{
	const char *fault = facts_open(lane);

	if (fault)
		return fault;
	/* All lanes forget their message at once, so that its texts may be shared. */
	return mail_pass_header(lane->mail, header) ? NULL
						    : header_limit(lane, header->name, header->raw);
}

void facts_give_chunk(struct lane *lane, struct text bytes)
{
	lane->mail->message->chunk = bytes;
	lane->mail->message->body_size += bytes.length;
	lane->mail->total_size += bytes.length;
	if (lane->filter->program->program->needs & NEED_WHOLE)
		mail_keep_body(lane->mail, bytes);
	context_hash_body(&lane->context, lane->filter->program->program->needs, bytes);
}

const char *facts_give_content(struct afsl_session *session, struct lane *lane)
{
	const char *fault = facts_open(lane);

	if (!fault && session->event == AFSL_HEADER)
		fault = give_header(session, lane);
	if (!fault && session->event == AFSL_BODY)
		facts_give_chunk(lane, session->arguments->text);
	return fault;
}

const char *facts_give(struct afsl_session *session, struct lane *lane)
{
	const struct arguments *arguments = session->arguments;
	struct mail_session *mail = lane->mail;
	const char *fault;

	if (!arguments)
		return "memory has ended";
	switch (session->event) {
	case AFSL_NEGOTIATE:
		give_offer(mail, arguments->offer);
		return NULL;
	case AFSL_CONNECT:
		return give_client(mail, arguments->client) ? NULL : full_session;
	case AFSL_HELO:
		mail->esmtp = arguments->esmtp;
		return mail_set_text(mail, &mail->helo, arguments->text) ? NULL : full_session;
	case AFSL_MAIL:
		return open_message(lane, arguments);
	case AFSL_RCPT:
		fault = facts_open(lane);
		return fault ? fault : give_recipient(session, lane);
	case AFSL_UNKNOWN_COMMAND:
		return mail_set_text(mail, &mail->command, arguments->text) ? NULL : full_session;
	case AFSL_ABORT:
	case AFSL_DISCONNECT:
		return NULL;
	default:
		return facts_give_content(session, lane);
	}
}
