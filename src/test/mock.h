/* The mocked world of one test: sockets that play a script, milters, DNS answers, clock and chance.
 *
 * A mocked socket is one end of a pair; the builtins of the script have the other, and do with it
 * what they do with any. mocks_run() plays for the other side. What a test has not mocked is not
 * reached: it is a fault, which says what to write. */
#ifndef TEST_MOCK_H
#define TEST_MOCK_H

#include "base/arena.h"
#include "base/buffer.h"
#include "builtins/outside.h"
#include "net/resolver.h"

/* What a peer does, step by step. */
enum exchange_kind { EXCHANGE_EXPECTS, EXCHANGE_TAKES, EXCHANGE_SENDS, EXCHANGE_CLOSES };

struct exchange {
	enum exchange_kind kind;
	struct text bytes;
	struct exchange *next;
};

enum place_kind { PLACE_SOCKET, PLACE_KEPT, PLACE_REFUSES, PLACE_MILTER, PLACE_ALLOWED };

struct reply_spec { /* of a mocked milter: what it answers at a step */
	struct text step, reply;
	struct reply_spec *next;
};

struct heard {
	struct text line;
	struct heard *next;
};

/* One mock at an address; the first that is not used up is met. */
struct mock_place {
	enum place_kind kind;
	const char *name; /* as endpoint_parse() writes it */
	struct exchange *first, *last;
	struct reply_spec *replies;
	struct heard *heard, *last_heard;
	unsigned heard_count;
	bool met; /* a socket's script is for one connection */
	struct mock_place *next;
};

/* It plays a script, for one connection. */
static inline bool mock_is_for_one(const struct mock_place *place)
{
	return place->kind == PLACE_SOCKET || place->kind == PLACE_KEPT;
}

/* The other end of a connection. */
struct peer {
	struct mock_place *place;
	int fd; /* -1: closed */
	struct buffer in, out;
	const struct exchange *next_exchange;
	bool closing;	   /* once `out` is written */
	uint32_t no_reply; /* a milter's steps, as negotiated */
	unsigned recipients;
	struct peer *next;
};

struct mock_answer { /* to a DNS question */
	struct text name;
	int type;
	struct dns_answer *answer;
	struct mock_answer *next;
};

struct mock_fact { /* of an address */
	struct ip address;
	struct text path, value;
	struct mock_fact *next; /* made before it */
};

struct mock_page { /* what a URL answers */
	struct text url;
	struct outside_answer answer;
	struct heard *heard, *last_heard;
	unsigned heard_count;
	struct mock_page *next; /* made before it */
};

struct mock_key { /* a private key's file */
	struct text path, pem;
	struct mock_key *next;
};

struct mocks {
	struct arena *arena;
	struct mock_key *keys;
	struct mock_place *places, **last_place, *present;
	struct peer *peers;
	struct mock_answer *answers;
	struct mock_page *pages;
	struct mock_fact *facts;
	bool clock_stands;
	int64_t clock; /* when it stands: what clock_wall() was counted from */
	int64_t clock_offset;
	const int64_t *numbers;
	uint32_t number_count, next_number;
	bool live;	     /* some connection leaves the test */
	struct buffer fault; /* the first thing that was wrong; empty: nothing */
};

extern const struct outside outside_mocked; /* its argument is a struct mocks */

void mocks_init(struct mocks *mocks, struct arena *arena);
void mocks_free(struct mocks *mocks);
/* Adds a mock there. NULL, with *fault set when the address is none. */
struct mock_place *mock_add(struct mocks *mocks, enum place_kind kind, struct text address,
			    const char **fault);
/* Adds to the script of the socket that was mocked last; false when there is none. */
bool mock_exchange(struct mocks *mocks, enum exchange_kind kind, struct text bytes);
/* The mock that was made last at that address; NULL. */
struct mock_place *mock_find(struct mocks *mocks, struct text address);
void mock_hear(struct mocks *mocks, struct mock_place *place, struct text line);
/* NULL records: the question is not answered. False when a record does not fit the type, or memory
 * has ended. */
bool mock_add_answer(struct mocks *mocks, struct text name, int type, const struct text *records,
		     uint32_t count);
/* False when memory has ended. */
bool mock_add_key(struct mocks *mocks, struct text path, struct text pem);
/* One that is answered by the mocks; its owner frees it. */
struct resolver *mock_resolver(struct mocks *mocks);
void mock_set_clock(struct mocks *mocks, int64_t now);

/* mock_http.c. False when memory has ended. */
bool mock_add_page(struct mocks *mocks, struct text url, const struct outside_answer *answer);
/* The page that was mocked last for that URL; NULL. */
struct mock_page *mock_find_page(const struct mocks *mocks, struct text url);
enum outside_http mocked_http(void *argument, const struct outside_question *question,
			      struct outside_answer *answer);
/* What databases say of an address. False when memory has ended. */
bool mock_add_fact(struct mocks *mocks, struct ip address, struct text path, struct text value);
/* Plays for all peers; true when anything moved. */
bool mocks_run(struct mocks *mocks);
/* Scripts that were not played to their end are faults. */
void mocks_finish(struct mocks *mocks);
void mock_fault(struct mocks *mocks, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* mock_milter.c: answers what has come in `in`. */
void mock_milter_play(struct mocks *mocks, struct peer *peer);
/* NULL, or what is wrong with a reply of mock.milter(). */
const char *mock_milter_fault(struct text step, struct text reply);

#endif
