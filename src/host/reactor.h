/* One thread of the native server: its loop and what its connections share. */
#ifndef HOST_REACTOR_H
#define HOST_REACTOR_H

#include "base/buffer.h"
#include "host/host.h"
#include "host/served.h"
#include "net/loop.h"

struct background;
struct block;
struct peer;
struct protocol;
struct reactor;
struct waiting;

/* Connections in the order in which their patience ends. */
struct queue {
	struct connection *first, *last;
	size_t count;
	int64_t patience; /* microseconds since it was put there */
};

/* What the server around decides. */
struct reactor_hooks {
	/* The protocol of a connection by its first byte; never NULL. */
	const struct protocol *(*protocol)(unsigned char first);
	/* A connection has ended, its descriptor is closed. */
	void (*ended)(struct reactor *reactor, struct peer *peer);
};

struct reactor_settings {
	const struct host_settings *host;
	const struct reactor_hooks *hooks;
	size_t slow_most; /* beyond so many unfinished units, the oldest one's connection ends */
};

struct reactor {
	struct loop *loop;
	const struct host_settings *settings;
	const struct reactor_hooks *hooks;
	struct buffer out;    /* of the connection whose turn it is */
	struct block *blocks; /* to read into, unused */
	unsigned block_count;
	struct waiting *spare_wait;
	struct background *background; /* for handlers that compute for long */
	/* Each connection is in one of these: nothing is owed, a unit is incomplete or unsent, an
	 * event waits, it is others' turn. */
	struct queue idle, slow, busy, behind;
	size_t slow_most;
	struct loop_timer sweep, turn;
	int64_t turn_ends; /* of the connection whose turn it is, when that is a long one */
};

/* False when there is no memory or no descriptor; reactor_free() may be called in any case. */
bool reactor_init(struct reactor *reactor, const struct reactor_settings *settings,
		  void (*woken)(void *argument), void *argument);
/* To be called in `woken`: sessions may have come back from the background. */
void reactor_woken(struct reactor *reactor);
/* Ends all connections without a word. */
void reactor_free(struct reactor *reactor);

/* A descriptor that was accepted. */
struct arrival {
	int fd;
	bool tcp;
	unsigned long number;
	struct peer *peer;
};
/* Takes over the descriptor and the reference to `served`; NULL: everything is refused for now.
 * False when memory or descriptors have ended: then both are gone, and `ended` is not called. */
bool connection_begin(struct reactor *reactor, const struct arrival *arrival,
		      struct served_chain *served);

#endif
