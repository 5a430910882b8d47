/* Entries in memory, bounded in number and bytes: when there is no room, the entry of the same shard that was used
 * longest ago goes. Small ones have one shard, so that the rule holds for the whole. Safe under
 * threads: a shard is locked for one operation on one entry. */
#ifndef STORE_MEMORY_STORE_H
#define STORE_MEMORY_STORE_H

#include "store/backend.h"

struct memory_store;

extern const struct store_backend memory_backend;

/* NULL when memory has ended. Both bounds are at least 1. */
struct memory_store *memory_store_new(int64_t max, int64_t bytes);
void memory_store_free(struct memory_store *store);
void memory_store_limit(struct memory_store *store, int64_t max, int64_t bytes);
enum store_status memory_store_perform(struct memory_store *store, struct store_request *request);

/* Changes `size` bytes kept for a key, all zero at first, while nobody else can; they expire at
 * `expires`. FAILED when memory has ended, TOO_LARGE as above. */
typedef void memory_change(void *argument, void *bytes);
enum store_status memory_store_change(struct memory_store *store, struct text key, size_t size,
				      int64_t now, int64_t expires, memory_change *change,
				      void *argument);

#endif
