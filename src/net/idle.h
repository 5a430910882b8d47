/* Connections that wait for their next use are closed when they have waited long enough. Whoever
 * watches the timer sees to that; without him they are closed at the next use of their kind. */
#ifndef NET_IDLE_H
#define NET_IDLE_H

#include <stdint.h>

/* A descriptor that becomes readable when some connection's time is over, one for the process; -1
 * when there is none to be had. */
int idle_timer(void);
/* A connection is to be closed at that time of clock_monotonic(). */
void idle_note(int64_t time);
/* Closes all whose time is over. */
void idle_close(void);

#endif
