/* Between the supervisor and a worker: small messages both ways, with a descriptor beside them. */
#ifndef SERVICE_CHANNEL_H
#define SERVICE_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

enum channel_kind {
	/* to a worker */
	CHANNEL_LOAD,  /* compile the sources in the descriptor; what is bad changes nothing */
	CHANNEL_DRAIN, /* take no new sessions, end with the last one */
	CHANNEL_STOP,  /* end */
	/* from a worker */
	CHANNEL_LOADED, /* `code` says how that went */
};

struct channel_message {
	uint32_t kind; /* enum channel_kind */
	uint32_t program;
	int32_t code; /* 0, or a code of sysexits.h */
};

/* Neither end blocks. */
bool channel_open(int ends[2]);
/* `passed`: a descriptor that the other side gets a copy of, or -1. */
bool channel_send(int fd, const struct channel_message *message, int passed);
enum channel_result { CHANNEL_NOTHING, CHANNEL_MESSAGE, CHANNEL_CLOSED };
/* What came with it is the caller's to close; -1: nothing did. */
enum channel_result channel_receive(int fd, struct channel_message *message, int *passed);

#endif
