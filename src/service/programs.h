/* The last programs of a daemon, newest last: what it runs now, and what it can go back to. */
#ifndef SERVICE_PROGRAMS_H
#define SERVICE_PROGRAMS_H

#include "service/sources.h"

struct kept_program {
	unsigned number; /* 1 is the one that it began with */
	int64_t loaded;	 /* clock_wall() */
	int fd;		 /* the sources as a file, for workers */
	struct sources sources;
};

struct programs {
	struct kept_program *items;
	size_t count, most;
	unsigned current; /* number */
	unsigned last;	  /* the newest number that was given */
};

/* False when memory has ended. */
bool programs_init(struct programs *programs, size_t most);
void programs_free(struct programs *programs);
/* Adds the sources in a file as the current program; takes the descriptor over. Beyond `most` the
 * oldest one goes. False, and nothing has changed, when it cannot be read. */
bool programs_add(struct programs *programs, int fd);
const struct kept_program *programs_current(const struct programs *programs);
/* NULL: it is not kept. */
const struct kept_program *programs_find(const struct programs *programs, unsigned number);
/* The one before the current one, or NULL. */
const struct kept_program *programs_before(const struct programs *programs);

#endif
