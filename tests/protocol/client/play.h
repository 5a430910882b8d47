/* One test being played: our client at one end, the scripted filter at the other. */
#ifndef PROTOCOL_PLAY_H
#define PROTOCOL_PLAY_H

#include "script.h"

#include "milter/client.h"

struct play {
	bool split;    /* the filter's bytes leave one by one */
	bool clogged;  /* the filter does not read */
	bool small;    /* socket buffers as small as the system allows */
	bool begun;    /* the client has a step to run */
	struct milter_timeouts timeouts;
	struct milter_client *client;
	enum milter_status status;
	struct arena arena;
	int fd;             /* the filter's end, -1 once closed */
	bool ended;         /* the client has closed */
	struct buffer got;  /* what the filter has received and the script not looked at */
	uint32_t next_change;
	char why[400];      /* what went wrong */
};

/* ---- play.c: moving bytes ---- */

void play_begin(struct play *play, bool split);
void play_end(struct play *play);
/* False sets `why`. */
bool play_fail(struct play *play, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The client, connected to the filter's end; made when it is first needed. */
bool play_connect(struct play *play);
/* A client of its own for an address where nobody helps: "refused", "missing", "silent",
 * "unroutable". */
bool play_connect_to(struct play *play, struct text where);
/* Both ends move what they can; waits at most `ms`. */
void play_pump(struct play *play, int ms);
/* Pumps until the step is over, at most 20 s. */
bool play_settle(struct play *play);
bool play_send(struct play *play, struct text bytes);
/* The next frame that the filter received, pumping for it; `*size` to consume afterwards. */
bool play_frame(struct play *play, struct packet *packet, size_t *size);

/* ---- steps.c: the words of the scripts ---- */

/* Plays one line that is no block. */
bool step_play(struct play *play, const struct line *line);

#endif
