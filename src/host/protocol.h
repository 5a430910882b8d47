/* What the native server offers to the protocols that it speaks, and what it asks of them.
 *
 * A connection is one accepted socket, and belongs to one thread and its loop. The server reads,
 * writes, waits and keeps time; a protocol turns bytes into events of the engine and answers into
 * bytes. Nothing here blocks, and all calls of one connection come from its thread.
 *
 * The first byte of a connection decides: zero begins the milter protocol (no frame is 16 MB
 * long), anything else the second protocol, when the settings have one. */
#ifndef HOST_PROTOCOL_H
#define HOST_PROTOCOL_H

#include "afsl.h"
#include "base/buffer.h"
#include "host/served.h"

struct connection;

enum {
	/* A unit of a protocol (a frame, a line) must fit: a longer one ends the connection. */
	CONNECTION_UNIT_MAX = 256 << 10,
};

struct protocol {
	const char *name;
	/* A connection begins; its state, or NULL when memory has ended. */
	void *(*open)(struct connection *connection);
	/* Bytes have come. Takes whole units from the front, as many as there are and as long as
	 * connection_next(), and says how many bytes it took. What is left comes again with more
	 * behind it; a unit that stays incomplete for the settings' read_timeout, or that is not
	 * read by the peer in that time, ends the connection. What was taken stays where it is
	 * while an event waits, so the engine may look at it. Never called while one waits. */
	size_t (*take)(void *state, struct text bytes);
	/* The event that connection_wait() was called for is done. */
	void (*resume)(void *state);
	/* The moment of connection_deadline() has come; an event may be waiting. */
	void (*expire)(void *state);
	/* The end, whoever wanted it: nothing comes or goes any more, and no event waits. Raises
	 * AFSL_DISCONNECT and waits for it with connection_wait() if need be. Not called when the
	 * peer vanishes during a wait: what it waits for is given up. */
	void (*gone)(void *state);
	/* The last call. */
	void (*free)(void *state);
};

/* ---- what a protocol may do ---- */

/* Where answers go: append; all that was appended in a call leaves in one write. When the peer does
 * not read, nothing is taken from it. A buffer that has failed ends the connection. */
struct buffer *connection_out(struct connection *connection);
/* Sends what is in the way out, without leaving the call: for signs of life. */
void connection_flush(struct connection *connection);
/* Ends it when all is sent; nothing more is taken. */
void connection_end(struct connection *connection);
/* May the next unit be taken now? Not while an event waits, after connection_end(), when much is
 * still to be sent, or after some hundred units, when it is the others' turn. */
bool connection_next(struct connection *connection);

/* The session's event has answered AFSL_WAITING: the loop watches what it waits for and calls
 * afsl_resume() until the event is done, then resume(). */
void connection_wait(struct connection *connection, struct afsl_session *session);
/* expire() is called once at this moment of clock_monotonic(); 0: not at all. */
void connection_deadline(struct connection *connection, int64_t at);
/* clock_monotonic() as it was when the loop last woke. */
int64_t connection_now(const struct connection *connection);

/* The peer's address: length, 0 when it is unknown. */
socklen_t connection_peer(const struct connection *connection, struct sockaddr_storage *address);
/* What was current when the connection began; lives as long as it, keep it for longer. */
struct served_chain *connection_served(const struct connection *connection);
/* Counted over the process; for the names of sessions in log lines. */
unsigned long connection_number(const struct connection *connection);
/* There are too many: everything must be answered "come again later", without a session. */
bool connection_is_refused(const struct connection *connection);
/* Seconds between signs of life while a message's end waits. */
unsigned connection_progress_interval(const struct connection *connection);

#endif
