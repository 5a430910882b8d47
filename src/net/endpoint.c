#include "net/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

#define HOW "write inet:PORT@HOST, inet6:PORT@HOST, inet://HOST:PORT or unix:/PATH"

enum form { FORM_INET, FORM_INET6, FORM_UNIX };

/* Longest first: "inet:" would take "inet://". A path of its own needs no prefix. */
static const struct prefix {
	struct text text;
	enum form form;
	bool url; /* HOST:PORT follows */
} prefixes[] = {
	{{"inet6://", 8, LIFETIME_PROGRAM}, FORM_INET6, true},
	{{"inet://", 7, LIFETIME_PROGRAM}, FORM_INET, true},
	{{"inet6:", 6, LIFETIME_PROGRAM}, FORM_INET6, false},
	{{"inet:", 5, LIFETIME_PROGRAM}, FORM_INET, false},
	{{"unix://", 7, LIFETIME_PROGRAM}, FORM_UNIX, true},
	{{"local://", 8, LIFETIME_PROGRAM}, FORM_UNIX, true},
	{{"unix:", 5, LIFETIME_PROGRAM}, FORM_UNIX, false},
	{{"local:", 6, LIFETIME_PROGRAM}, FORM_UNIX, false},
};

static const char *unix_fill(struct text path, struct endpoint *endpoint)
{
	struct sockaddr_un *address = (struct sockaddr_un *)&endpoint->address;

	while (text_starts_with(path, TEXT("//"))) /* with "unix:" before it, it would be a URL */
		path = text_part(path, 1, path.length);
	if (path.length == 0)
		return "the path of the socket is missing; write unix:/run/name.sock";
	if (path.length >= sizeof(address->sun_path))
		return "the path of the socket is longer than 107 bytes, which is all that the "
		       "system "
		       "can take; use a shorter folder";
	if (text_contains_byte(path, 0))
		return "a path cannot hold a NUL byte";
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, path.data, path.length);
	endpoint->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.length + 1);
	snprintf(endpoint->name, sizeof(endpoint->name), "unix:%.*s", TEXT_PRINTF(path));
	return NULL;
}

static const char *port_parse(struct text text, uint16_t *port)
{
	uint32_t number = 0;

	if (text.length == 0)
		return "the port is missing; " HOW;
	for (uint32_t i = 0; i < text.length; i++) {
		if (!byte_is_digit(text.data[i]))
			return "the port is not a number; " HOW;
		number = number * 10 + (uint32_t)(text.data[i] - '0');
		if (number > 65535)
			return "ports end at 65535";
	}
	if (number == 0)
		return "port 0 is no port; choose one from 1 to 65535";
	*port = (uint16_t)number;
	return NULL;
}

static const char *host_parse(struct text host, enum form form, struct ip *ip)
{
	static const uint8_t loopback[4] = {127, 0, 0, 1};

	if (host.length >= 2 && host.data[0] == '[' && host.data[host.length - 1] == ']')
		host = text_part(host, 1, host.length - 1);
	if (text_equals_ignoring_case(host, TEXT("localhost"))) {
		*ip = form == FORM_INET6 ? (struct ip){.bytes[15] = 1} : ip_of_v4(loopback);
		return NULL;
	}
	/* All addresses of the host: as values both are "none". */
	if (text_equals(host, TEXT("::")))
		*ip = (struct ip){0};
	else if (text_equals(host, TEXT("0.0.0.0")))
		*ip = ip_of_v4((const uint8_t[4]){0});
	else if (!ip_parse(host, ip) || ip_is_none(*ip))
		return "the host must be an address such as 127.0.0.1 or ::1, or localhost: names "
		       "are not looked up here";
	if (form == FORM_INET6 && ip_is_v4(*ip))
		return "inet6 wants an IPv6 address; for IPv4 write inet:PORT@HOST";
	return NULL;
}

void endpoint_of_address(struct ip ip, uint16_t port, struct endpoint *endpoint)
{
	char shown[IP_PRINTED_MAX] = "::";

	if (!ip_is_none(ip))
		ip_print(ip, shown);
	if (ip_is_v4(ip)) {
		struct sockaddr_in *address = (struct sockaddr_in *)&endpoint->address;

		address->sin_family = AF_INET;
		address->sin_port = htons(port);
		memcpy(&address->sin_addr, ip.bytes + 12, 4);
		endpoint->length = sizeof(*address);
	} else {
		struct sockaddr_in6 *address = (struct sockaddr_in6 *)&endpoint->address;

		address->sin6_family = AF_INET6;
		address->sin6_port = htons(port);
		memcpy(&address->sin6_addr, ip.bytes, 16);
		endpoint->length = sizeof(*address);
	}
	snprintf(endpoint->name, sizeof(endpoint->name), "%s:%u@%s",
		 ip_is_v4(ip) ? "inet" : "inet6", port, shown);
}

static int64_t last_colon(struct text text)
{
	for (uint32_t i = text.length; i > 0; i--)
		if (text.data[i - 1] == ':')
			return i - 1;
	return -1;
}

/* "PORT@HOST", "PORT" or "HOST:PORT". */
static const char *inet_split(struct text rest, bool url, struct text *host, struct text *port)
{
	int64_t at = url ? -1 : text_find(rest, TEXT("@"), 0);
	int64_t colon = last_colon(rest);

	*host = TEXT("localhost");
	*port = rest;
	if (at >= 0) {
		*port = text_part(rest, 0, (size_t)at);
		*host = text_part(rest, (size_t)at + 1, rest.length);
	} else if (colon >= 0) {
		*host = text_part(rest, 0, (size_t)colon);
		*port = text_part(rest, (size_t)colon + 1, rest.length);
		if (text_contains_byte(*host, ':') && host->data[0] != '[')
			return "an IPv6 address before a port stands in brackets: "
			       "inet://[::1]:8891";
	} else if (url) {
		return "the port is missing; write inet://HOST:PORT";
	}
	if (host->length == 0)
		return "the host is missing; " HOW;
	return NULL;
}

static const char *inet_parse(struct text rest, const struct prefix *prefix,
			      struct endpoint *endpoint)
{
	struct text host, port_text;
	uint16_t port = 0;
	struct ip ip;
	const char *fault = inet_split(rest, prefix->url, &host, &port_text);

	if (!fault)
		fault = port_parse(port_text, &port);
	if (!fault)
		fault = host_parse(host, prefix->form, &ip);
	if (!fault)
		endpoint_of_address(ip, port, endpoint);
	return fault;
}

const char *endpoint_parse(struct text text, struct endpoint *endpoint)
{
	*endpoint = (struct endpoint){0};
	if (text.length == 0)
		return "the address is empty; " HOW;
	if (text.data[0] == '/')
		return unix_fill(text, endpoint);
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		const struct prefix *prefix = &prefixes[i];
		struct text rest;

		if (!text_starts_with(text, prefix->text))
			continue;
		rest = text_part(text, prefix->text.length, text.length);
		if (prefix->form == FORM_UNIX)
			return unix_fill(rest, endpoint);
		return inet_parse(rest, prefix, endpoint);
	}
	return "this is no address of a socket; " HOW;
}

const char *endpoint_path(const struct endpoint *endpoint)
{
	if (endpoint->address.ss_family != AF_UNIX)
		return NULL;
	return ((const struct sockaddr_un *)&endpoint->address)->sun_path;
}

void endpoint_address(const struct endpoint *endpoint, struct ip *ip, uint16_t *port)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&endpoint->address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&endpoint->address;

	if (endpoint->address.ss_family == AF_INET) {
		*ip = ip_of_v4((const uint8_t *)&v4->sin_addr);
		*port = ntohs(v4->sin_port);
	} else {
		memcpy(ip->bytes, &v6->sin6_addr, sizeof(ip->bytes));
		*port = ntohs(v6->sin6_port);
	}
}

bool endpoint_of(const struct sockaddr *address, socklen_t length, struct endpoint *endpoint)
{
	struct ip ip;
	uint16_t port;
	const char *path;

	*endpoint = (struct endpoint){ .length = length };
	if (length > sizeof(endpoint->address))
		return false;
	memcpy(&endpoint->address, address, length);
	path = endpoint_path(endpoint);
	if (path)
		return unix_fill(text_of_string(path, LIFETIME_EVENT), endpoint) == NULL;
	if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
		return false;
	endpoint_address(endpoint, &ip, &port);
	endpoint_of_address(ip, port, endpoint);
	return true;
}
