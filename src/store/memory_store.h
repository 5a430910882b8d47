/* Entries in memory, bounded in number and bytes: when there is no room, the entry of the same
 * shard that was used longest ago goes. Small ones have one shard, so that the rule holds for the
 * whole. Safe under threads: a shard is locked for one operation on one entry, a counter is a
 * number that needs no lock. */
#ifndef STORE_MEMORY_STORE_H
#define STORE_MEMORY_STORE_H

#include "store/backend.h"

struct memory_store;

/* NULL when memory has ended. Both bounds are at least 1. */
struct memory_store *memory_store_new(int64_t max, int64_t bytes);
void memory_store_free(struct memory_store *store);
void memory_store_limit(struct memory_store *store, int64_t max, int64_t bytes);
enum store_status memory_store_perform(struct memory_store *store, struct store_request *request);

#endif
