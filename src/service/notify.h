/* What a service manager wants to hear (sd_notify(3)): over the datagram socket that NOTIFY_SOCKET
 * names. Without one, nothing is said. */
#ifndef SERVICE_NOTIFY_H
#define SERVICE_NOTIFY_H

#include <stdint.h>

/* Takes NOTIFY_SOCKET and WATCHDOG_USEC out of the environment: children shall not speak. Once, at
 * start. */
void notify_begin(void);
void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);
/* A line for people. */
void notify_status(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Says that the daemon is alive when it is time to; call it whenever the loop turns. The moment at
 * which it must be called again, as of clock_monotonic(); INT64_MAX: nobody watches. */
int64_t notify_alive(void);

#endif
