#include "base/ip.h"

#include <arpa/inet.h>
#include <stdio.h>

static const uint8_t v4_prefix[12] = { [10] = 0xff, [11] = 0xff };

bool ip_is_none(struct ip ip)
{
	static const struct ip none;

	return memcmp(&ip, &none, sizeof(ip)) == 0;
}

bool ip_is_v4(struct ip ip)
{
	return memcmp(ip.bytes, v4_prefix, sizeof(v4_prefix)) == 0;
}

int ip_compare(struct ip a, struct ip b)
{
	return memcmp(a.bytes, b.bytes, sizeof(a.bytes));
}

struct ip ip_of_v4(const uint8_t bytes[4])
{
	struct ip ip;

	memcpy(ip.bytes, v4_prefix, sizeof(v4_prefix));
	memcpy(ip.bytes + sizeof(v4_prefix), bytes, 4);
	return ip;
}

/* One part of 192.0.2.1 from *at on: 0 to 255, no leading zeros. */
static bool parse_part(struct text text, size_t *at, uint8_t *part)
{
	size_t from = *at;
	unsigned number = 0;

	for (; *at < text.length && byte_is_digit(text.data[*at]) && *at - from < 3; ++*at)
		number = number * 10 + (unsigned)(text.data[*at] - '0');
	*part = (uint8_t)number;
	return *at > from && number <= 255 && (text.data[from] != '0' || *at - from == 1);
}

static bool parse_v4(struct text text, uint8_t v4[4])
{
	size_t at = 0;

	for (unsigned i = 0; i < 4; i++) {
		if (i && (at >= text.length || text.data[at++] != '.'))
			return false;
		if (!parse_part(text, &at, &v4[i]))
			return false;
	}
	return at == text.length;
}

bool ip_parse(struct text text, struct ip *ip)
{
	char copy[IP_PRINTED_MAX];
	uint8_t v4[4];

	if (parse_v4(text, v4)) {
		static const uint8_t zero[4];

		/* 0.0.0.0 is none, as :: is: one value says "no address". */
		*ip = memcmp(v4, zero, sizeof(v4)) == 0 ? (struct ip){ { 0 } } : ip_of_v4(v4);
		return true;
	}
	if (text.length == 0 || text.length >= sizeof(copy) || text_contains_byte(text, '\0'))
		return false;
	memcpy(copy, text.data, text.length);
	copy[text.length] = '\0';
	return inet_pton(AF_INET6, copy, ip->bytes) == 1;
}

size_t ip_print(struct ip ip, char out[IP_PRINTED_MAX])
{
	const char *printed = "";

	out[0] = '\0';
	if (ip_is_v4(ip))
		printed = inet_ntop(AF_INET, ip.bytes + sizeof(v4_prefix), out, IP_PRINTED_MAX);
	else if (!ip_is_none(ip))
		printed = inet_ntop(AF_INET6, ip.bytes, out, IP_PRINTED_MAX);
	return printed ? strlen(out) : 0;
}

struct ip ip_fill(struct ip ip, unsigned host_bits, bool bit)
{
	size_t whole = host_bits / 8;
	uint8_t rest = (uint8_t)((1u << host_bits % 8) - 1);

	memset(ip.bytes + sizeof(ip.bytes) - whole, bit ? 0xff : 0, whole);
	if (rest) {
		uint8_t *byte = &ip.bytes[sizeof(ip.bytes) - whole - 1];

		*byte = (uint8_t)(bit ? *byte | rest : *byte & ~rest);
	}
	return ip;
}

static bool net_of_prefix(struct ip address, unsigned host_bits, bool strict, struct net *net)
{
	net->first = ip_fill(address, host_bits, false);
	if (strict && ip_compare(net->first, address) != 0)
		return false;
	net->last = ip_fill(address, host_bits, true);
	return true;
}

/* "255.255.240.0" as the number of its zero bits; false when the ones are not in one run. */
static bool mask_host_bits(struct text text, unsigned *host_bits)
{
	char copy[INET_ADDRSTRLEN];
	struct in_addr mask;
	uint32_t inverse;

	if (text.length >= sizeof(copy) || text_contains_byte(text, '\0'))
		return false;
	memcpy(copy, text.data, text.length);
	copy[text.length] = '\0';
	if (inet_pton(AF_INET, copy, &mask) != 1)
		return false;
	inverse = ~ntohl(mask.s_addr);
	if (inverse & (inverse + 1))
		return false;
	*host_bits = (unsigned)__builtin_popcount(inverse);
	return true;
}

static bool parse_prefix(struct ip address, struct text suffix, bool strict, struct net *net)
{
	unsigned width = ip_is_v4(address) ? 32 : 128, host_bits;
	int64_t bits;

	if (text_to_int(suffix, &bits) && byte_is_digit(suffix.data[0])) {
		if (bits > width)
			return false;
		host_bits = width - (unsigned)bits;
	} else if (width != 32 || !mask_host_bits(suffix, &host_bits)) {
		return false;
	}
	return net_of_prefix(address, host_bits, strict, net);
}

/* "0.0.0.0" and "::" are written as addresses in nets, where they mean themselves. */
static bool parse_member(struct text text, struct ip *ip)
{
	static const uint8_t zero[4];

	if (!ip_parse(text, ip))
		return false;
	if (ip_is_none(*ip) && !text_contains_byte(text, ':'))
		*ip = ip_of_v4(zero);
	return true;
}

static bool parse_range(struct text text, size_t dash, struct net *net)
{
	struct text first = text_trim(text_part(text, 0, dash));
	struct text last = text_trim(text_part(text, dash + 1, text.length));

	return parse_member(first, &net->first) && parse_member(last, &net->last) &&
	       ip_is_v4(net->first) == ip_is_v4(net->last) &&
	       ip_compare(net->first, net->last) <= 0;
}

bool net_parse(struct text text, bool strict, struct net *net)
{
	int64_t slash = text_find(text, TEXT("/"), 0), dash = text_find(text, TEXT("-"), 0);
	struct ip address;

	if (slash < 0 && dash >= 0)
		return parse_range(text, (size_t)dash, net);
	if (!parse_member(slash < 0 ? text : text_part(text, 0, (size_t)slash), &address))
		return false;
	if (slash < 0)
		return net_of_prefix(address, 0, strict, net);
	return parse_prefix(address, text_part(text, (size_t)slash + 1, text.length), strict, net);
}

bool net_contains(const struct net *net, struct ip ip)
{
	return !ip_is_none(ip) && ip_is_v4(ip) == ip_is_v4(net->first) &&
	       ip_compare(net->first, ip) <= 0 && ip_compare(ip, net->last) <= 0;
}

/* The number of host bits when the range is a CIDR block, else -1. */
static int cidr_host_bits(const struct net *net)
{
	int width = ip_is_v4(net->first) ? 32 : 128;

	for (int host_bits = 0; host_bits <= width; host_bits++) {
		struct net block;

		if (!net_of_prefix(net->first, (unsigned)host_bits, true, &block))
			return -1;
		if (ip_compare(block.last, net->last) == 0)
			return host_bits;
	}
	return -1;
}

static size_t print_member(struct ip ip, char *out)
{
	size_t length = ip_print(ip, out);

	if (length == 0)
		length = (size_t)snprintf(out, IP_PRINTED_MAX, "::");
	return length;
}

size_t net_print(const struct net *net, char *out)
{
	int host_bits = cidr_host_bits(net);
	size_t length = print_member(net->first, out);

	if (host_bits < 0) {
		out[length++] = '-';
		return length + print_member(net->last, out + length);
	}
	if (host_bits > 0)
		length += (size_t)snprintf(out + length, 8, "/%d",
					   (ip_is_v4(net->first) ? 32 : 128) - host_bits);
	return length;
}
