#include "dns_wire.h"

#include "net/dns.h"

void wire_name(struct buffer *wire, const char *name)
{
	while (*name) {
		size_t label = strcspn(name, ".");

		buffer_append_byte(wire, (char)label);
		buffer_append(wire, name, label);
		name += label + (name[label] == '.');
	}
	buffer_append_byte(wire, '\0');
}

void wire_begin(struct buffer *wire, unsigned id, unsigned rcode, const char *question, int type,
		unsigned answers, unsigned authorities)
{
	buffer_append_u16(wire, (uint16_t)id);
	buffer_append_u16(wire, (uint16_t)(0x8180 | rcode));
	buffer_append_u16(wire, 1);
	buffer_append_u16(wire, (uint16_t)answers);
	buffer_append_u16(wire, (uint16_t)authorities);
	buffer_append_u16(wire, 0);
	wire_name(wire, question);
	buffer_append_u16(wire, (uint16_t)type);
	buffer_append_u16(wire, 1);
}

void wire_record(struct buffer *wire, const char *owner, int type, uint32_t ttl, const void *data,
		 size_t length)
{
	wire_name(wire, owner);
	buffer_append_u16(wire, (uint16_t)type);
	buffer_append_u16(wire, 1);
	buffer_append_u32(wire, ttl);
	buffer_append_u16(wire, (uint16_t)length);
	buffer_append(wire, data, length);
}

void wire_a(struct buffer *wire, const char *owner, uint32_t ttl, uint32_t address)
{
	uint8_t bytes[4] = { (uint8_t)(address >> 24), (uint8_t)(address >> 16),
			     (uint8_t)(address >> 8), (uint8_t)address };

	wire_record(wire, owner, DNS_A, ttl, bytes, sizeof(bytes));
}

void wire_named(struct buffer *wire, const char *owner, int type, uint32_t ttl, const char *target)
{
	struct buffer data;

	buffer_init(&data, 1000);
	if (type == DNS_MX)
		buffer_append_u16(&data, 10);
	wire_name(&data, target);
	wire_record(wire, owner, type, ttl, data.data, data.length);
	buffer_free(&data);
}

void wire_soa(struct buffer *wire, const char *owner, uint32_t ttl, uint32_t minimum)
{
	struct buffer data;

	buffer_init(&data, 1000);
	wire_name(&data, "ns.example");
	wire_name(&data, "root.example");
	for (unsigned field = 0; field < 4; field++)
		buffer_append_u32(&data, 7);
	buffer_append_u32(&data, minimum);
	wire_record(wire, owner, DNS_SOA, ttl, data.data, data.length);
	buffer_free(&data);
}
