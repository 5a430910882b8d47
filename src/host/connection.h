/* The inside of a connection: for its own files alone. */
#ifndef HOST_CONNECTION_H
#define HOST_CONNECTION_H

#include "host/protocol.h"
#include "host/reactor.h"

struct connection {
	struct loop_watch watch;
	uint32_t interest; /* what it is watched for */
	struct reactor *reactor;
	struct connection *before, *after; /* in the queue */
	struct queue *queue;
	int64_t since;			 /* when it came into the queue */
	const struct protocol *protocol; /* NULL: no byte has come yet */
	void *state;
	struct served_chain *served;
	struct peer *peer;
	unsigned long number;
	struct loop_timer deadline;
	/* What has come: `at` of `length` bytes are taken. */
	char *bytes;
	uint32_t room, length, at;
	struct buffer *unsent; /* what the peer has not read yet */
	struct waiting *waiting;
	bool refused, tcp;
	uint32_t units; /* taken in this turn */
	bool behind;	/* there may be more, but it is the others' turn */
	bool taken;	/* in this turn a whole unit was taken, or bytes were sent that waited */
	bool ending;	/* when all is sent */
	bool gone;	/* the descriptor is closed; the last handler may be running */
};

/* ---- connection.c ---- */

/* No more bytes; the protocol may have a last handler to run. */
void connection_close(struct connection *connection);
/* Nothing waits, ends, or is in the way out. */
bool connection_goes_on(const struct connection *connection);
/* What is left to do of that when no event waits any more. */
void connection_leave(struct connection *connection);
/* The same without a word to the protocol: its event cannot be waited for. */
void connection_give_up(struct connection *connection);
/* Anything has happened: goes on as far as it goes. The connection may be freed by it. */
void connection_turn(struct connection *connection);

/* ---- connection_input.c ---- */

/* Reads what there is, once. */
void input_read(struct connection *connection);
/* Hands it to the protocol. */
void input_take(struct connection *connection);
/* After a turn: an idle connection has no memory for bytes, a slow one little. */
void input_settle(struct connection *connection);
void input_free(struct connection *connection);
void reactor_free_blocks(struct reactor *reactor);
bool input_is_unfinished(const struct connection *connection);

/* ---- connection_wait.c ---- */

/* Nothing is watched any more. */
void wait_stop(struct connection *connection);
/* The event is given up: its session can go on with another. False: it is in the background, in the
 * midst of its turn, and connection_close() goes on when that is over. */
bool wait_cancel(struct connection *connection);
void reactor_free_waits(struct reactor *reactor);

#endif
