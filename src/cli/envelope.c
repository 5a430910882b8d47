#include "cli/envelope.h"

#include "base/ip.h"

#include <stdio.h>

/* "192.0.2.1", "192.0.2.1:25", "2001:db8::1", "[2001:db8::1]:25". */
static bool read_client(const char *word, struct envelope *envelope)
{
	struct text text = text_of_string(word, LIFETIME_EVENT);
	int64_t close = text_find(text, TEXT("]"), 0), colon, port = 0;
	struct text address = text;
	struct ip ip;

	if (text.length && text.data[0] == '[' && close > 0) {
		address = text_part(text, 1, (size_t)close);
		text = text_part(text, (size_t)close + 1, text.length);
		colon = text_find(text, TEXT(":"), 0);
	} else if (ip_parse(text, &ip)) {
		colon = -1;
	} else {
		colon = text_find(text, TEXT(":"), 0);
		address = colon < 0 ? text : text_part(text, 0, (size_t)colon);
	}
	if (colon >= 0 && (!text_to_int(text_part(text, (size_t)colon + 1, text.length), &port) ||
			   port < 0 || port > 65535))
		return false;
	if (!ip_parse(address, &ip) || ip_is_none(ip))
		return false;
	envelope->client_port = (unsigned)port;
	ip_print(ip, envelope->client_ip);
	return true;
}

static void copy_text(char *to, size_t room, struct text text)
{
	size_t length = text.length < room ? text.length : room - 1;

	memcpy(to, text.data ? text.data : "", length);
	to[length] = '\0';
}

/* "from helo (name [192.0.2.1])" of the topmost Received field. */
static bool client_from_received(const struct message *message, struct envelope *envelope)
{
	const struct field *received = message_field(message, "Received");
	int64_t open, close, paren;
	struct text value;
	struct ip ip;

	if (!received)
		return false;
	value = text_trim(received->raw);
	open = text_find(value, TEXT("["), 0);
	close = open < 0 ? -1 : text_find(value, TEXT("]"), (size_t)open);
	if (close < 0 || !text_starts_with(value, TEXT("from ")))
		return false;
	struct text address = text_part(value, (size_t)open + 1, (size_t)close);
	if (text_starts_with(address, TEXT("IPv6:")))
		address = text_part(address, 5, address.length);
	if (!ip_parse(address, &ip) || ip_is_none(ip))
		return false;
	ip_print(ip, envelope->client_ip);
	paren = text_find(value, TEXT("("), 0);
	if (paren >= 0 && paren < open)
		copy_text(envelope->client_name, sizeof(envelope->client_name),
			  text_trim(text_part(value, (size_t)paren + 1, (size_t)open)));
	value = text_part(value, 5, value.length);
	open = text_find(value, TEXT(" "), 0);
	copy_text(envelope->helo, sizeof(envelope->helo),
		  text_part(value, 0, open < 0 ? value.length : (size_t)open));
	return true;
}

static bool find_client(const struct given_envelope *given, const struct message *message,
			struct envelope *envelope, struct envelope_sources *sources)
{
	sources->client = sources->helo = "made up";
	if (given->client) {
		if (!read_client(given->client, envelope))
			return false;
		sources->client = "given";
	} else if (client_from_received(message, envelope)) {
		sources->client = sources->helo = "from the first Received field";
	} else {
		strcpy(envelope->client_ip, "192.0.2.1");
	}
	if (!given->client)
		envelope->client_port = 45678;
	return true;
}

static void find_names(const struct given_envelope *given, struct envelope *envelope,
		       struct envelope_sources *sources)
{
	if (given->client_name)
		copy_text(envelope->client_name, sizeof(envelope->client_name),
			  text_of_string(given->client_name, LIFETIME_EVENT));
	else if (!envelope->client_name[0] || strcmp(envelope->client_name, "unknown") == 0)
		snprintf(envelope->client_name, sizeof(envelope->client_name), "[%s]",
			 envelope->client_ip);
	if (given->helo) {
		copy_text(envelope->helo, sizeof(envelope->helo),
			  text_of_string(given->helo, LIFETIME_EVENT));
		sources->helo = "given";
	} else if (!envelope->helo[0]) {
		strcpy(envelope->helo, "client.example");
	}
}

/* An address as the command line gives it: angle brackets are allowed. */
static struct text without_brackets(const char *word)
{
	struct text address = text_of_string(word, LIFETIME_PROGRAM);

	if (text_starts_with(address, TEXT("<")) && text_ends_with(address, TEXT(">")))
		return text_part(address, 1, address.length - 1);
	return address;
}

/* "Return-Path: <>" names the null sender. */
static bool sender_of(const struct field *field, bool may_be_null, struct text *sender)
{
	return addresses_in(field->raw, sender, 1) ||
	       (may_be_null && text_find(field->raw, TEXT("<>"), 0) >= 0);
}

static void find_sender(const struct given_envelope *given, const struct message *message,
			struct envelope *envelope, struct envelope_sources *sources)
{
	static const char *const names[] = { "Return-Path", "Sender", "From" };
	static const char *const said[] = { "from Return-Path", "from Sender", "from From" };

	envelope->from = TEXT_EMPTY;
	sources->from = "the message names nobody";
	if (given->from) {
		envelope->from = without_brackets(given->from);
		sources->from = "given";
		return;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct field *field = message_field(message, names[i]);

		if (field && sender_of(field, i == 0, &envelope->from)) {
			sources->from = said[i];
			return;
		}
	}
}

static void add_recipients(const struct message *message, const char *name, size_t most,
			   struct envelope *envelope)
{
	const struct field *field = message_field(message, name);
	size_t room = RECIPIENTS_MAX - envelope->rcpt_count;

	if (field)
		envelope->rcpt_count += addresses_in(
			field->raw, envelope->rcpts + envelope->rcpt_count, most < room ? most : room);
}

static void find_recipients(const struct given_envelope *given, const struct message *message,
			    struct envelope *envelope, struct envelope_sources *sources)
{
	for (size_t i = 0; i < given->rcpts.count && i < RECIPIENTS_MAX; i++)
		envelope->rcpts[envelope->rcpt_count++] = without_brackets(given->rcpts.items[i]);
	sources->rcpt = "given";
	if (envelope->rcpt_count)
		return;
	add_recipients(message, "To", RECIPIENTS_MAX, envelope);
	add_recipients(message, "Cc", RECIPIENTS_MAX, envelope);
	add_recipients(message, "Bcc", RECIPIENTS_MAX, envelope);
	sources->rcpt = "from To, Cc and Bcc";
	if (envelope->rcpt_count)
		return;
	add_recipients(message, "Delivered-To", 1, envelope);
	sources->rcpt = "from Delivered-To";
	if (envelope->rcpt_count)
		return;
	envelope->rcpts[envelope->rcpt_count++] = TEXT("postmaster@recipient.example");
	sources->rcpt = "made up";
}

const char *envelope_derive(const struct given_envelope *given, const struct message *message,
			    struct envelope *envelope, struct envelope_sources *sources)
{
	*envelope = (struct envelope){ .auth = given->auth,
				       .tls = given->tls,
				       .macros = given->macros.items,
				       .macro_count = given->macros.count };
	for (size_t i = 0; i < given->macros.count; i++)
		if (!strchr(given->macros.items[i], '=') || given->macros.items[i][0] == '=')
			return "--macro wants NAME=VALUE, as in --macro i=4F1C2D";
	if (!find_client(given, message, envelope, sources))
		return "--client wants an address, as in 192.0.2.1 or [2001:db8::1]:25";
	find_names(given, envelope, sources);
	find_sender(given, message, envelope, sources);
	find_recipients(given, message, envelope, sources);
	return NULL;
}
