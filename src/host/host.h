/* The hooks to mail servers: each way of speaking with one implements this interface.
 *
 * A host owns the network side. It raises the events of <afsl.h> for each SMTP session, waits where
 * a handler waits, and carries verdict and changes to the mail server at the moment that the
 * protocol allows. It is handed a listening descriptor and a chain, and never reads a file. */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "afsl.h"

struct protocol;

struct host_settings {
	int listener;	       /* non-blocking, close on exec; the host takes it over */
	unsigned sessions_max; /* at the same time; further ones are told to come again later */
	unsigned peer_sessions_max; /* of those from one address; UNIX sockets have none */
	unsigned read_timeout;	    /* seconds in which a begun packet must be complete */
	unsigned idle_timeout; /* seconds after which a session ends in which nothing is said */
	unsigned threads;
	unsigned progress_interval;  /* seconds between signs of life at the end of a message */
	unsigned descriptor_reserve; /* a session begins only while so many are left */
	const struct protocol
		*second; /* for connections that do not begin with a zero byte, or NULL */
	/* May this peer connect? Of any thread; NULL: everybody may. */
	bool (*admits)(const struct sockaddr_storage *peer);
};

struct host {
	const char *name;
	/* It listens at a UNIX socket of its own, and connects to its listener to wake itself. */
	bool calls_itself;
	/* Serves until drained or stopped. The chain is kept. False when it could not begin or the
	 * listener broke; the reason has been logged. */
	bool (*run)(const struct host_settings *settings, struct afsl_chain *chain);
	/* The rest may be called from any thread while run() serves. */
	/* New sessions pass through this chain, running ones keep theirs. False when memory has
	 * ended: then nothing has changed. */
	bool (*set_chain)(struct afsl_chain *chain);
	/* Takes no new sessions; they stay in the listener's backlog for whoever shares it. */
	void (*drain)(void);
	/* Makes run() return, whatever the sessions are doing. */
	void (*stop)(void);
	unsigned (*sessions)(void);
};

/* One of each in a process: there is no argument to carry state. libmilter knows neither sessions
 * of a peer, nor idle ones, nor threads, nor a second protocol, nor who may connect. */
extern const struct host host_libmilter;
extern const struct host host_native;

#endif
