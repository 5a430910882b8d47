#include "test/client.h"

#include "test/macros.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static struct afsl_text plain(struct text text)
{
	return (struct afsl_text){ text.data ? text.data : "", text.length };
}

static struct afsl_text string(const char *s)
{
	return (struct afsl_text){ s, strlen(s) };
}

static void send_macros(struct client *client, enum afsl_event stage, struct text rcpt)
{
	struct afsl_text pairs[2 * MACROS_MAX];
	struct macro_set set = { .count = 0 };

	client->failed |= !macros_of_stage(stage, client->envelope, rcpt, client->has_queue_id,
					   client->arena, &set);
	for (size_t i = 0; i < 2 * set.count; i++)
		pairs[i] = plain(set.pairs[i]);
	client->failed |= !afsl_macros(client->session, stage, pairs, set.count);
}

static socklen_t socket_address(const char *ip, unsigned port, struct sockaddr_storage *address)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, ip, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		return sizeof(*v6);
	}
	return 0;
}

/* Everything that milter version 6 knows. */
enum afsl_status client_negotiate(struct client *client)
{
	static const struct afsl_offer offer = { 6, 0x1ff, 0x1fffff };

	return afsl_negotiate(client->session, &offer);
}

enum afsl_status client_connect(struct client *client)
{
	struct sockaddr_storage address, server;
	struct afsl_client facts = { .name = client->envelope->client_name,
				     .tls = client->envelope->tls };

	facts.address_length = socket_address(client->envelope->client_ip,
					      client->envelope->client_port, &address);
	facts.address = facts.address_length ? (struct sockaddr *)&address : NULL;
	socket_address("127.0.0.1", 25, &server);
	facts.server_address = (struct sockaddr *)&server;
	send_macros(client, AFSL_CONNECT, TEXT_EMPTY);
	return afsl_connect(client->session, &facts);
}

enum afsl_status client_helo(struct client *client, bool esmtp)
{
	send_macros(client, AFSL_HELO, TEXT_EMPTY);
	return afsl_helo(client->session, string(client->envelope->helo), esmtp);
}

static struct text bracketed(struct client *client, struct text address)
{
	char *copy = arena_bytes(client->arena, (size_t)address.length + 2);

	if (!copy) {
		client->failed = true;
		return TEXT("<>");
	}
	copy[0] = '<';
	if (address.length)
		memcpy(copy + 1, address.data, address.length);
	copy[address.length + 1] = '>';
	return text_of(copy, (size_t)address.length + 2, LIFETIME_EVENT);
}

enum afsl_status client_mail(struct client *client, const struct afsl_text *parameters,
			     size_t count)
{
	struct text raw = bracketed(client, client->envelope->from);

	send_macros(client, AFSL_MAIL, TEXT_EMPTY);
	return afsl_mail(client->session, plain(raw), parameters, count);
}

enum afsl_status client_rcpt(struct client *client, struct text recipient,
			     const struct afsl_text *parameters, size_t count)
{
	struct text raw = bracketed(client, recipient);

	send_macros(client, AFSL_RCPT, recipient);
	return afsl_rcpt(client->session, plain(raw), parameters, count);
}

enum afsl_status client_data(struct client *client)
{
	send_macros(client, AFSL_DATA, TEXT_EMPTY);
	return afsl_data(client->session);
}

enum afsl_status client_header(struct client *client, struct text name, struct text raw)
{
	return afsl_header(client->session, plain(name), plain(raw));
}

enum afsl_status client_end_of_headers(struct client *client)
{
	send_macros(client, AFSL_END_OF_HEADERS, TEXT_EMPTY);
	return afsl_end_of_headers(client->session);
}

enum afsl_status client_body(struct client *client, struct text bytes)
{
	return afsl_body(client->session, plain(bytes));
}

enum afsl_status client_end_of_message(struct client *client)
{
	send_macros(client, AFSL_END_OF_MESSAGE, TEXT_EMPTY);
	return afsl_end_of_message(client->session);
}
