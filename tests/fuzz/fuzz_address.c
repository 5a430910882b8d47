/* Addresses as people, mail servers and clients write them: what can be read is printed and read
 * again. */
#include "fuzz.h"

#include "host/milter_client.h"
#include "mail/session.h"
#include "net/dns.h"
#include "net/socket.h"

#include <stdlib.h>

static void read_ip(struct text text)
{
	char printed[IP_PRINTED_MAX];
	struct ip ip, again;

	if (!ip_parse(text, &ip))
		return;
	if (ip_is_none(ip))
		return;
	if (!ip_parse(text_of(printed, ip_print(ip, printed), LIFETIME_EVENT), &again) ||
	    ip_compare(ip, again) != 0)
		abort();
}

static void read_net(struct text text, bool strict)
{
	char printed[2 * IP_PRINTED_MAX];
	struct net net, again;

	if (!net_parse(text, strict, &net))
		return;
	if (ip_compare(net.first, net.last) > 0 || (ip_is_v4(net.first) && !ip_is_v4(net.last)))
		abort();
	if (!net_parse(text_of(printed, net_print(&net, printed), LIFETIME_EVENT), true, &again) ||
	    ip_compare(net.first, again.first) != 0 || ip_compare(net.last, again.last) != 0)
		abort();
}

static void read_endpoint(struct text text)
{
	struct endpoint endpoint, again;

	if (endpoint_parse(text, &endpoint))
		return;
	if (endpoint_parse(text_of_string(endpoint.name, LIFETIME_EVENT), &again) ||
	    endpoint.length != again.length ||
	    memcmp(&endpoint.address, &again.address, endpoint.length) != 0)
		abort();
}

static bool lies_in(struct text part, struct text whole)
{
	return part.length == 0 ||
	       (part.data >= whole.data && part.data + part.length <= whole.data + whole.length);
}

/* What stands in angle brackets has none; what may go out holds nothing that ends a line. */
static void read_mailbox(struct text text)
{
	struct change change = { .kind = CHANGE_ADD_RCPT, .name = text };

	if (!lies_in(address_bare(text), text) || !lies_in(address_domain(text), text))
		abort();
	for (int foreign = 0; foreign < 2; foreign++) {
		change.foreign = foreign;
		if (!change_fault(&change) &&
		    (text_contains_byte(text, '\r') || text_contains_byte(text, '\n') ||
		     text_contains_byte(text, 0)))
			abort();
	}
}

static void read_told(struct text text)
{
	struct milter_client_told told;
	struct sockaddr_storage address;

	if (milter_client_read(text, &told) && told.length > sizeof(told.address))
		abort();
	milter_address_parse(text.data, NULL, &address);
}

/* The text has a NUL behind it. */
static void read_all(struct text text)
{
	char name[DNS_NAME_MAX + 1];
	struct ip ip;

	read_ip(text);
	read_net(text, true);
	read_net(text, false);
	read_endpoint(text);
	read_mailbox(text);
	read_told(text);
	dns_name_is_valid(text);
	if (ip_parse(text, &ip))
		dns_reverse_name(ip, NULL, name, sizeof(name));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *copy = malloc(size + 1);

	if (!copy)
		abort();
	memcpy(copy, bytes, size);
	copy[size] = '\0';
	read_all(text_of(copy, size, LIFETIME_EVENT));
	free(copy);
	return 0;
}
