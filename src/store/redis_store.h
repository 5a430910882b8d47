/* Shared variables on a Redis server: several machines see the same.
 *
 * A rate or cache is two keys of the server, PREFIX:{NAME} with the entries and PREFIX:{NAME}:order
 * with the times at which they expire; a counter is one number. Each operation is one script, which
 * the server runs whole. `memory` does not bound what is there, only each entry: how much a server
 * keeps is the server's own setting (maxmemory). */
#ifndef STORE_REDIS_STORE_H
#define STORE_REDIS_STORE_H

#include "store/backend.h"

/* NULL, or what is wrong with what follows "redis:". */
const char *redis_store_fault(struct text place);

#endif
