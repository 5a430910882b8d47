/* What the parts of the test milter share. */
#ifndef TESTMILTER_H
#define TESTMILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct bytes {
	char *data;
	size_t length, room;
};

void bytes_add(struct bytes *b, const void *data, size_t length);
void bytes_number(struct bytes *b, uint32_t number);
void bytes_packet(struct bytes *b, char letter, const struct bytes *payload);

enum step_id { CONNECT, HELO, MAIL, RCPT, DATA, UNKNOWN, HEADER, EOH, BODY, EOM, NEGOTIATE, STEPS };

struct step {
	const char *name;
	char letter;
	uint32_t no_reply; /* bit of the negotiation */
};
extern const struct step steps[STEPS];
int step_find(const char *name, size_t length); /* -1: there is none */

enum { ORDERS_MAX = 400 };

struct order {
	enum step_id step;
	bool fault;
	char *text;
};

struct orders {
	struct order items[ORDERS_MAX];
	unsigned count;
};

struct connection {
	int fd;
	unsigned number;
	uint32_t steps;
	struct orders orders; /* of the message */
	struct bytes out;
	unsigned headers, recipients;
	size_t body_size;
	uint64_t body_hash;
	bool over; /* this connection ends */
};

struct settings {
	uint32_t version, actions, steps;
	const char *macros[7];
	struct orders orders;
	FILE *log;
	bool split;
	char path[108];
};
extern struct settings settings;

void order_add(struct orders *orders, enum step_id step, bool fault, const char *text);
void orders_clear(struct orders *orders);
/* "[@STEP] ACTION" or, a fault, "KIND at STEP". */
void order_read(struct orders *orders, bool fault, const char *text);
void order_of_sender(struct orders *orders, const char *word);
/* True when the step has been answered, rightly or wrongly. */
bool orders_obey(struct connection *c, const struct orders *orders, enum step_id step);
bool verdict_give(struct connection *c, const char *text);
bool fault_make(struct connection *c, const char *text);

void letter_add(struct connection *c, char letter);
void connection_flush(struct connection *c);
void pause_ms(long ms);

#endif
