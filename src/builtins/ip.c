/* Module ip: kinds of addresses, networks, names for DNS lists. */
#include <stdio.h>

#include "builtins/answer.h"
#include "builtins/builtins.h"

static struct ip argument_ip(const struct call *call)
{
	return call->arguments[0].ip;
}

static unsigned width_of(struct ip ip)
{
	return ip_is_v4(ip) ? 32 : 128;
}

/* Where an IPv4 address begins in its mapped form, an IPv6 address in its own. */
static unsigned start_of(struct ip ip)
{
	return ip_is_v4(ip) ? 12 : 0;
}

/* ---- kinds ---- */

enum call_result builtin_ip_isV4(struct call *call)
{
	return answer_bool(call, ip_is_v4(argument_ip(call)));
}

enum call_result builtin_ip_isV6(struct call *call)
{
	struct ip ip = argument_ip(call);

	return answer_bool(call, !ip_is_v4(ip) && !ip_is_none(ip));
}

enum call_result builtin_ip_isNone(struct call *call)
{
	return answer_bool(call, ip_is_none(argument_ip(call)));
}

/* A block of addresses: those whose first `bits` bits are these. */
struct block {
	bool v4;
	uint8_t bits;
	uint8_t bytes[2];
};

static bool block_contains(const struct block *block, struct ip ip)
{
	const uint8_t *bytes = ip.bytes + start_of(ip);
	unsigned first = bytes[0] ^ block->bytes[0], second = bytes[1] ^ block->bytes[1];
	unsigned differ = first << 8 | second;

	return ip_is_v4(ip) == block->v4 && differ >> (16 - block->bits) == 0;
}

static enum call_result answer_within(struct call *call, const struct block *blocks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (block_contains(&blocks[i], argument_ip(call)))
			return answer_bool(call, true);
	return answer_bool(call, false);
}

enum call_result builtin_ip_isLoopback(struct call *call)
{
	static const struct block v4 = { true, 8, { 127, 0 } };
	static const struct ip v6 = { { [15] = 1 } };
	bool is = block_contains(&v4, argument_ip(call)) || ip_compare(argument_ip(call), v6) == 0;

	return answer_bool(call, is);
}

enum call_result builtin_ip_isPrivate(struct call *call)
{
	static const struct block blocks[] = { { true, 8, { 10, 0 } },
					       { true, 12, { 172, 16 } },
					       { true, 16, { 192, 168 } },
					       { false, 7, { 0xfc, 0 } } };

	return answer_within(call, blocks, sizeof(blocks) / sizeof(blocks[0]));
}

enum call_result builtin_ip_isLinkLocal(struct call *call)
{
	static const struct block blocks[] = { { true, 16, { 169, 254 } },
					       { false, 10, { 0xfe, 0x80 } } };

	return answer_within(call, blocks, sizeof(blocks) / sizeof(blocks[0]));
}

enum call_result builtin_ip_isMulticast(struct call *call)
{
	static const struct block blocks[] = { { true, 4, { 224, 0 } }, { false, 8, { 0xff, 0 } } };

	return answer_within(call, blocks, sizeof(blocks) / sizeof(blocks[0]));
}

/* ---- networks ---- */

/* All bits behind the first `kept` of the address (not of its mapped form) become `bit`. */
static struct ip fill_behind(struct ip ip, unsigned kept, bool bit)
{
	return ip_fill(ip, 128 - start_of(ip) * 8 - kept, bit);
}

static enum call_result raise_bits(struct call *call)
{
	return call_raise(call, "argument", 0, false,
			  "an address has no network of that many bits");
}

static bool bits_fit(const struct call *call)
{
	int64_t bits = call->arguments[1].i;

	return !ip_is_none(argument_ip(call)) && bits >= 0 && bits <= width_of(argument_ip(call));
}

enum call_result builtin_ip_network(struct call *call)
{
	unsigned bits = (unsigned)call->arguments[1].i;
	struct ip ip = argument_ip(call);
	struct net *net;

	if (!bits_fit(call))
		return raise_bits(call);
	net = arena_allocate(call_arena(call), sizeof(*net));
	if (!net)
		return call_memory(call);
	*net = (struct net){ fill_behind(ip, bits, false), fill_behind(ip, bits, true) };
	call->result->net = net;
	return CALL_DONE;
}

enum call_result builtin_ip_mask(struct call *call)
{
	if (!bits_fit(call))
		return raise_bits(call);
	call->result->ip = fill_behind(argument_ip(call), (unsigned)call->arguments[1].i, false);
	return CALL_DONE;
}

enum call_result builtin_ip_contains(struct call *call)
{
	return answer_bool(call, net_contains(call->arguments[0].net, call->arguments[1].ip));
}

enum call_result builtin_ip_first(struct call *call)
{
	call->result->ip = call->arguments[0].net->first;
	return CALL_DONE;
}

enum call_result builtin_ip_last(struct call *call)
{
	call->result->ip = call->arguments[0].net->last;
	return CALL_DONE;
}

/* ---- other forms ---- */

static void add_octet(struct writer *writer, unsigned octet)
{
	char printed[4];

	writer_add(writer, printed, (size_t)snprintf(printed, sizeof(printed), "%u", octet % 256));
}

static void add_nibble(struct writer *writer, unsigned nibble)
{
	writer_add_byte(writer, "0123456789abcdef"[nibble % 16]);
}

enum call_result builtin_ip_reverseName(struct call *call)
{
	struct ip ip = argument_ip(call);
	struct text zone = call->arguments[1].text;
	struct writer writer;

	if (ip_is_none(ip))
		return call_raise(call, "argument", 0, false, "there is no address");
	writer_begin(&writer, call, 64 + (size_t)zone.length);
	for (unsigned i = 16; i > start_of(ip); i--) {
		if (i < 16)
			writer_add_byte(&writer, '.');
		if (ip_is_v4(ip)) {
			add_octet(&writer, ip.bytes[i - 1]);
		} else {
			add_nibble(&writer, ip.bytes[i - 1]);
			writer_add_byte(&writer, '.');
			add_nibble(&writer, ip.bytes[i - 1] >> 4);
		}
	}
	if (zone.length && zone.data[0] != '.')
		writer_add_byte(&writer, '.');
	writer_add_text(&writer, zone);
	return writer_end(&writer);
}

enum call_result builtin_ip_toBytes(struct call *call)
{
	struct ip ip = argument_ip(call);
	unsigned start = start_of(ip);

	return call_return_text(call, ip.bytes + start, 16 - start);
}

enum call_result builtin_ip_fromBytes(struct call *call)
{
	static const uint8_t no_v4[4];
	struct text bytes = call->arguments[0].text;
	struct ip ip = { { 0 } };

	if (bytes.length != 4 && bytes.length != 16)
		return call_raise(call, "argument", 0, false,
				  "an address has 4 or 16 bytes, not %u", bytes.length);
	if (bytes.length == 16)
		memcpy(ip.bytes, bytes.data, 16);
	else if (memcmp(bytes.data, no_v4, 4) != 0) /* 0.0.0.0 is none, as :: is */
		ip = ip_of_v4((const uint8_t *)bytes.data);
	call->result->ip = ip;
	return CALL_DONE;
}
