/* Addresses and ranges of addresses as values: no sockets here. */
#ifndef BASE_IP_H
#define BASE_IP_H

#include "base/text.h"

/* IPv6, or IPv4 mapped into ::ffff:0:0/96; all zero is "none". */
struct ip {
	uint8_t bytes[16];
};

/* Every address of the family of `first` from first to last, both included. (An IPv6 net around the
 * place of the mapped ones, as ::/80, may end in it; none of them is in the net.) */
struct net {
	struct ip first;
	struct ip last;
};

#define IP_PRINTED_MAX 46 /* with its NUL */

bool ip_is_none(struct ip ip);
bool ip_is_v4(struct ip ip);
int ip_compare(struct ip a, struct ip b);
struct ip ip_of_v4(const uint8_t bytes[4]);
/* "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1" (read as IPv4). Nothing around it, no
 * brackets, no zone, no leading zeros in IPv4 parts. */
bool ip_parse(struct text text, struct ip *ip);
/* The shortest form (RFC 5952); "" for none. Returns the length. */
size_t ip_print(struct ip ip, char out[IP_PRINTED_MAX]);
/* With its lowest `host_bits` bits, at most 128, all `bit`. */
struct ip ip_fill(struct ip ip, unsigned host_bits, bool bit);

/* "address", "address/bits", "address/mask" (IPv4), "first-last". Bits outside the mask
 * must not be set when `strict`. */
bool net_parse(struct text text, bool strict, struct net *net);
/* "none" is in no net. */
bool net_contains(const struct net *net, struct ip ip);
/* As CIDR when it is one, else first-last. `out` holds 2 * IP_PRINTED_MAX. */
size_t net_print(const struct net *net, char *out);

#endif
