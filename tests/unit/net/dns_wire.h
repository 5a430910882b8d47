/* Builds responses, right ones and wrong ones. */
#ifndef TESTS_NET_DNS_WIRE_H
#define TESTS_NET_DNS_WIRE_H

#include "base/buffer.h"

/* A header with one question and room for so many answers and authorities. */
void wire_begin(struct buffer *wire, unsigned id, unsigned rcode, const char *question, int type,
		unsigned answers, unsigned authorities);
void wire_name(struct buffer *wire, const char *name);
/* Owner, type, class IN, TTL and data. */
void wire_record(struct buffer *wire, const char *owner, int type, uint32_t ttl, const void *data,
		 size_t length);
void wire_a(struct buffer *wire, const char *owner, uint32_t ttl, uint32_t address);
void wire_named(struct buffer *wire, const char *owner, int type, uint32_t ttl, const char *target);
void wire_soa(struct buffer *wire, const char *owner, uint32_t ttl, uint32_t minimum);

#endif
