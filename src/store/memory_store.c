#include "store/memory_store.h"

#include "base/hash.h"
#include "base/memory.h"
#include "store/slices.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
	SHARDS = 16,
	/* Below these, one shard. */
	SHARDED_FROM = 1024,	       /* entries */
	SHARDED_FROM_BYTES = 16 << 20, /* so that one entry may still have a megabyte */
	BUCKETS_FIRST = 16,
	OVERHEAD = 32, /* bytes that malloc and the buckets take for an entry, about */
};

struct entry {
	struct entry *next;	     /* in its bucket */
	struct entry *older, *newer; /* by use */
	uint64_t hash;
	int64_t expires;
	uint32_t key_length, value_length;
	char bytes[]; /* key, value */
};

struct shard {
	pthread_mutex_t lock;
	struct entry **buckets; /* NULL until there is an entry */
	size_t mask;
	size_t hand; /* the bucket that is looked through next for what has expired */
	struct entry *oldest, *newest;
	size_t count, bytes;
	size_t max, max_bytes;
};

struct memory_store {
	_Atomic int64_t counter; /* of a counter, which has no entries */
	unsigned shard_count;
	struct shard shards[];
};

/* ---- one shard, locked ---- */

static size_t entry_size(size_t key, size_t value)
{
	return sizeof(struct entry) + OVERHEAD + key + value;
}

static struct entry **bucket_of(const struct shard *shard, uint64_t hash)
{
	return &shard->buckets[hash & shard->mask];
}

static void leave_order(struct shard *shard, struct entry *entry)
{
	*(entry->older ? &entry->older->newer : &shard->oldest) = entry->newer;
	*(entry->newer ? &entry->newer->older : &shard->newest) = entry->older;
}

static void enter_order(struct shard *shard, struct entry *entry)
{
	entry->older = shard->newest;
	entry->newer = NULL;
	*(shard->newest ? &shard->newest->newer : &shard->oldest) = entry;
	shard->newest = entry;
}

static void use_entry(struct shard *shard, struct entry *entry)
{
	if (shard->newest == entry)
		return;
	leave_order(shard, entry);
	enter_order(shard, entry);
}

static void drop_entry(struct shard *shard, struct entry *entry)
{
	struct entry **link = bucket_of(shard, entry->hash);

	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	leave_order(shard, entry);
	shard->count--;
	shard->bytes -= entry_size(entry->key_length, entry->value_length);
	memory_free(entry);
}

static bool has_key(const struct entry *entry, uint64_t hash, struct text key)
{
	return entry->hash == hash &&
	       text_equals(text_of(entry->bytes, entry->key_length, LIFETIME_EVENT), key);
}

static struct entry *find_entry(struct shard *shard, uint64_t hash, struct text key, int64_t now)
{
	struct entry *entry = shard->buckets ? *bucket_of(shard, hash) : NULL;

	while (entry && !has_key(entry, hash, key))
		entry = entry->next;
	if (entry && entry->expires <= now) {
		drop_entry(shard, entry);
		return NULL;
	}
	return entry;
}

/* Without memory for more buckets their chains grow: slower, not wrong. */
static bool make_buckets(struct shard *shard)
{
	size_t room = shard->buckets ? (shard->mask + 1) * 2 : BUCKETS_FIRST;
	struct entry **buckets;

	if (shard->buckets && shard->count <= shard->mask)
		return true;
	buckets = memory_zeroed(room, sizeof(struct entry *));
	if (!buckets)
		return shard->buckets != NULL;
	memory_free(shard->buckets);
	shard->buckets = buckets;
	shard->mask = room - 1;
	for (struct entry *entry = shard->oldest; entry; entry = entry->newer) {
		struct entry **bucket = bucket_of(shard, entry->hash);

		entry->next = *bucket;
		*bucket = entry;
	}
	return true;
}

/* One bucket at a time: what nobody asks for again goes too. */
static void sweep(struct shard *shard, int64_t now)
{
	struct entry *next;

	if (!shard->buckets)
		return;
	for (struct entry *entry = shard->buckets[shard->hand++ & shard->mask]; entry;
	     entry = next) {
		next = entry->next;
		if (entry->expires <= now)
			drop_entry(shard, entry);
	}
}

static void make_room(struct shard *shard, size_t entries, size_t bytes)
{
	while (shard->oldest &&
	       (shard->count + entries > shard->max || shard->bytes + bytes > shard->max_bytes))
		drop_entry(shard, shard->oldest);
}

/* Without its value, and not yet among the others; NULL when memory has ended. */
static struct entry *new_entry(uint64_t hash, struct text key, size_t value_length)
{
	struct entry *entry = memory_allocate(sizeof(*entry) + key.length + value_length);

	if (!entry)
		return NULL;
	*entry = (struct entry){ .hash = hash,
				 .key_length = key.length,
				 .value_length = (uint32_t)value_length };
	if (key.length)
		memcpy(entry->bytes, key.data, key.length);
	return entry;
}

static void enter(struct shard *shard, struct entry *entry)
{
	struct entry **bucket = bucket_of(shard, entry->hash);
	size_t size = entry_size(entry->key_length, entry->value_length);

	make_room(shard, 1, size);
	entry->next = *bucket;
	*bucket = entry;
	enter_order(shard, entry);
	shard->count++;
	shard->bytes += size;
}

static bool is_too_large(const struct shard *shard, size_t key, size_t value)
{
	return value > UINT32_MAX || entry_size(key, value) > shard->max_bytes;
}

static enum store_status no_memory(struct store_request *request)
{
	request->fault = "there is no memory for it";
	return STORE_FAILED;
}

static enum store_status answer_with(struct shard *shard, struct entry *entry,
				     struct store_request *request)
{
	use_entry(shard, entry);
	if (request->answer)
		buffer_append(request->answer, entry->bytes + entry->key_length,
			      entry->value_length);
	return request->answer && request->answer->failed ? no_memory(request) : STORE_FOUND;
}

static void set_value(struct entry *entry, const struct store_request *request)
{
	entry->expires = request->expires;
	if (request->value.length)
		memcpy(entry->bytes + entry->key_length, request->value.data,
		       request->value.length);
}

/* What stands there goes when its successor is made. */
static enum store_status put(struct shard *shard, uint64_t hash, struct entry *old,
			     struct store_request *request)
{
	struct entry *entry;

	if (is_too_large(shard, request->key.length, request->value.length))
		return STORE_TOO_LARGE;
	if (old && old->value_length == request->value.length) {
		use_entry(shard, old);
		set_value(old, request);
		return STORE_DONE;
	}
	entry = make_buckets(shard) ? new_entry(hash, request->key, request->value.length) : NULL;
	if (!entry)
		return no_memory(request);
	if (old)
		drop_entry(shard, old);
	sweep(shard, request->now);
	enter(shard, entry);
	set_value(entry, request);
	return STORE_DONE;
}

/* Its slices are all zero at first; NULL when memory has ended. */
static struct entry *slices_of(struct shard *shard, uint64_t hash, struct entry *entry,
			       const struct store_request *request)
{
	if (entry) {
		use_entry(shard, entry);
		return entry;
	}
	sweep(shard, request->now);
	entry = make_buckets(shard) ? new_entry(hash, request->key, sizeof(struct slices)) : NULL;
	if (!entry)
		return NULL;
	memset(entry->bytes + entry->key_length, 0, sizeof(struct slices));
	enter(shard, entry);
	return entry;
}

static enum store_status hit(struct shard *shard, uint64_t hash, struct entry *entry,
			     struct store_request *request)
{
	struct slices slices;

	if (is_too_large(shard, request->key.length, sizeof(slices)))
		return STORE_TOO_LARGE;
	entry = slices_of(shard, hash, entry, request);
	if (!entry)
		return no_memory(request);
	entry->expires = request->expires;
	memcpy(&slices, entry->bytes + entry->key_length, sizeof(slices));
	request->count = slices_hit(&slices, request->slice, (uint32_t)request->number);
	memcpy(entry->bytes + entry->key_length, &slices, sizeof(slices));
	return STORE_DONE;
}

static enum store_status perform(struct shard *shard, uint64_t hash, struct store_request *request)
{
	struct entry *entry = find_entry(shard, hash, request->key, request->now);

	switch (request->operation) {
	case STORE_PUT:
		return put(shard, hash, entry, request);
	case STORE_INSERT:
		return entry ? answer_with(shard, entry, request) : put(shard, hash, NULL, request);
	case STORE_HIT:
		return hit(shard, hash, entry, request);
	case STORE_REMOVE:
		if (entry)
			drop_entry(shard, entry);
		return entry ? STORE_FOUND : STORE_ABSENT;
	case STORE_HAS:
		return entry ? STORE_FOUND : STORE_ABSENT;
	default:
		return entry ? answer_with(shard, entry, request) : STORE_ABSENT;
	}
}

/* ---- all of them ---- */

static struct shard *shard_of(struct memory_store *store, uint64_t hash)
{
	return &store->shards[(hash >> 56) % store->shard_count];
}

static void set_limit(struct memory_store *store, struct shard *shard, int64_t max, int64_t bytes)
{
	shard->max = (size_t)(max / store->shard_count);
	shard->max_bytes = (size_t)(bytes / store->shard_count);
	if (shard->max == 0)
		shard->max = 1;
}

struct memory_store *memory_store_new(int64_t max, int64_t bytes)
{
	unsigned count = max < SHARDED_FROM || bytes < SHARDED_FROM_BYTES ? 1 : SHARDS;
	struct memory_store *store =
		memory_zeroed(1, sizeof(*store) + count * sizeof(struct shard));

	if (!store)
		return NULL;
	store->shard_count = count;
	for (unsigned i = 0; i < count; i++) {
		pthread_mutex_init(&store->shards[i].lock, NULL);
		set_limit(store, &store->shards[i], max, bytes);
	}
	return store;
}

static void clear_shard(struct shard *shard)
{
	pthread_mutex_lock(&shard->lock);
	while (shard->oldest)
		drop_entry(shard, shard->oldest);
	memory_free(shard->buckets);
	shard->buckets = NULL;
	pthread_mutex_unlock(&shard->lock);
}

void memory_store_free(struct memory_store *store)
{
	if (!store)
		return;
	for (unsigned i = 0; i < store->shard_count; i++) {
		clear_shard(&store->shards[i]);
		pthread_mutex_destroy(&store->shards[i].lock);
	}
	memory_free(store);
}

void memory_store_limit(struct memory_store *store, int64_t max, int64_t bytes)
{
	for (unsigned i = 0; i < store->shard_count; i++) {
		struct shard *shard = &store->shards[i];

		pthread_mutex_lock(&shard->lock);
		set_limit(store, shard, max, bytes);
		make_room(shard, 0, 0);
		pthread_mutex_unlock(&shard->lock);
	}
}

static enum store_status count_all(struct memory_store *store, struct store_request *request)
{
	request->count = 0;
	for (unsigned i = 0; i < store->shard_count; i++) {
		pthread_mutex_lock(&store->shards[i].lock);
		request->count += (int64_t)store->shards[i].count;
		pthread_mutex_unlock(&store->shards[i].lock);
	}
	return STORE_DONE;
}

static enum store_status clear_all(struct memory_store *store)
{
	for (unsigned i = 0; i < store->shard_count; i++)
		clear_shard(&store->shards[i]);
	return STORE_DONE;
}

static enum store_status add(struct memory_store *store, struct store_request *request)
{
	int64_t before = atomic_load_explicit(&store->counter, memory_order_relaxed);

	do {
		if (__builtin_add_overflow(before, request->number, &request->count))
			return STORE_TOO_LARGE;
	} while (!atomic_compare_exchange_weak_explicit(&store->counter, &before, request->count,
							memory_order_acq_rel,
							memory_order_relaxed));
	return STORE_DONE;
}

enum store_status memory_store_perform(struct memory_store *store, struct store_request *request)
{
	uint64_t hash;
	struct shard *shard;
	enum store_status status;

	switch (request->operation) {
	case STORE_COUNT:
		return count_all(store, request);
	case STORE_CLEAR:
		return clear_all(store);
	case STORE_ADD:
		return add(store, request);
	case STORE_RESET:
		request->count = atomic_exchange(&store->counter, 0);
		return STORE_DONE;
	default:
		break;
	}
	hash = hash_bytes(request->key.data, request->key.length);
	shard = shard_of(store, hash);
	pthread_mutex_lock(&shard->lock);
	status = perform(shard, hash, request);
	pthread_mutex_unlock(&shard->lock);
	return status;
}

/* ---- as a backend ---- */

static void *backend_open(const struct store_settings *settings, const char **fault)
{
	bool counts = settings->kind == SHARED_COUNTER;
	struct memory_store *store =
		memory_store_new(counts ? 1 : settings->max, counts ? 1 : settings->memory);

	if (!store)
		*fault = "there is no memory for it";
	return store;
}

static void backend_limit(void *store, int64_t max, int64_t bytes)
{
	if (max > 0)
		memory_store_limit(store, max, bytes);
}

static enum store_status backend_perform(void *store, struct store_request *request)
{
	return memory_store_perform(store, request);
}

static void backend_close(void *store)
{
	memory_store_free(store);
}

const struct store_backend memory_backend = {
	.prefix = "memory",
	.open = backend_open,
	.limit = backend_limit,
	.perform = backend_perform,
	.close = backend_close,
};
