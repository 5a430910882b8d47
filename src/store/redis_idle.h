/* Connections to Redis servers that nobody uses just now: a few of each process, for all threads.
 */
#ifndef STORE_REDIS_IDLE_H
#define STORE_REDIS_IDLE_H

#include "store/redis.h"

/* One to the same place that is still open and has nothing to say, or -1. */
int redis_idle_take(const struct redis_place *place);
/* It is kept, or closed when there are enough. */
void redis_idle_give(const struct redis_place *place, int fd);

#endif
