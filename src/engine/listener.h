/* What a session tells those who watch it: log lines and traces. */
#ifndef ENGINE_LISTENER_H
#define ENGINE_LISTENER_H

#include "engine/lane.h"

/* One line about a filter in a session; bytes that are not printable ASCII are shown as \xHH. */
void listener_line(const struct lane *lane, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The line of a failure: why, where, and what was answered. */
void listener_failure(const struct lane *lane, enum event_id event, struct text trace);
/* Lines of the script go where the session's owner wants them. */
void listener_serve(struct lane *lane);
/* Its trace too, from the next event on. */
void listener_attach(struct lane *lane);
/* Is there a trace, or one to take off? */
static inline bool listener_is_due(const struct lane *lane)
{
	return lane->watched || lane->listener->trace || lane->listener->watcher;
}
/* "file:line". */
void listener_place(const struct lane *lane, struct span span, char place[PLACE_MAX]);

#endif
