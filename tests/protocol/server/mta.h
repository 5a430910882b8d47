/* A mail server as a filter sees it: raw frames of the milter protocol on a UNIX socket. */
#ifndef TEST_MTA_H
#define TEST_MTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame {
	char letter; /* 0: the filter has closed; '?': nothing came in time */
	unsigned char payload[70000];
	size_t length;
};

struct mta {
	int fd;		    /* -1: not connected */
	bool split;	    /* each byte in a write of its own */
	struct frame heard; /* the last one */
	/* the filter's answer to the negotiation */
	uint32_t version, actions, steps;
	char lists[7][1024]; /* "-" : the filter leaves the stage alone */
};

bool mta_connect(struct mta *mta, const char *path);
void mta_close(struct mta *mta);

/* Bytes as they are, and frames. False when the filter has closed. */
bool mta_write(struct mta *mta, const void *bytes, size_t length);
bool mta_send(struct mta *mta, char letter, const void *payload, size_t length);
/* The next frame's letter, also in mta->heard. */
char mta_hear_within(struct mta *mta, int milliseconds);
char mta_hear(struct mta *mta);

/* Sends the negotiation and reads the answer. */
bool mta_offer(struct mta *mta, uint32_t version, uint32_t actions, uint32_t steps);

/* A literal may hold NULs; its own last one is not sent. */
#define SAY(mta, letter, literal) mta_send(mta, letter, literal, sizeof(literal) - 1)
/* Says it and hears the answer's letter. */
#define ASK(mta, letter, literal) (SAY(mta, letter, literal) ? mta_hear(mta) : 0)
bool mta_heard(const struct mta *mta, char letter, const void *payload, size_t length);
#define HEARD(mta, letter, literal) mta_heard(mta, letter, literal, sizeof(literal) - 1)
/* Does the last payload hold this text? */
bool mta_heard_text(const struct mta *mta, const char *text);

/* As a mail server does it: not at all when the filter does not want the step, and without waiting
 * when it does not answer it. The answer's letter; 'c' when there is none to come. */
char mta_step(struct mta *mta, char letter, const void *payload, size_t length);
#define STEP(mta, letter, literal) mta_step(mta, letter, literal, sizeof(literal) - 1)

/* Steps up to the one named, with plain values; each must be answered by 'c'. */
bool mta_until(struct mta *mta, char last);

#endif
