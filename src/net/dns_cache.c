/* Shards, so that threads seldom meet. A shard is a table of short chains and one list by age: when
 * it is full, its oldest answer goes. */
#include "net/dns_cache.h"

#include "base/hash.h"
#include "base/memory.h"

#include <pthread.h>

enum { SHARDS = 16, CHAINS = 512, SHARD_ENTRIES = 1024 };

/* What an enemy's answers may take in each shard, and the largest one that is kept. */
static const size_t shard_bytes = (size_t)1 << 20, answer_bytes = (size_t)16 << 10;

struct entry {
	struct entry *next;	     /* in its chain */
	struct entry *older, *newer; /* in its shard */
	struct dns_answer *answer;
	int64_t expires;
	uint64_t hash;
	size_t size;
	int type;
	uint32_t length;
	char name[]; /* in lower case */
};

static struct shard {
	pthread_mutex_t lock;
	struct entry *chains[CHAINS];
	struct entry *oldest, *newest;
	unsigned entries;
	size_t bytes;
} shards[SHARDS] = { [0 ... SHARDS - 1] = { .lock = PTHREAD_MUTEX_INITIALIZER } };

struct key {
	char name[DNS_NAME_MAX + 1];
	uint32_t length;
	int type;
	uint64_t hash;
};

static bool key_make(struct key *key, struct text name, int type)
{
	if (name.length && name.data[name.length - 1] == '.')
		name.length--;
	if (name.length > DNS_NAME_MAX)
		return false;
	for (uint32_t i = 0; i < name.length; i++)
		key->name[i] = byte_lower(name.data[i]);
	key->length = name.length;
	key->type = type;
	key->hash = hash_bytes(key->name, name.length) + hash_number((uint64_t)type);
	return true;
}

static struct shard *shard_of(uint64_t hash)
{
	return &shards[hash % SHARDS];
}

static struct entry **place_of(struct shard *shard, const struct key *key)
{
	struct entry **place = &shard->chains[key->hash / SHARDS % CHAINS];

	while (*place && ((*place)->hash != key->hash || (*place)->type != key->type ||
			  (*place)->length != key->length ||
			  memcmp((*place)->name, key->name, key->length) != 0))
		place = &(*place)->next;
	return place;
}

static void shard_remove(struct shard *shard, struct entry **place)
{
	struct entry *entry = *place;

	*place = entry->next;
	*(entry->older ? &entry->older->newer : &shard->oldest) = entry->newer;
	*(entry->newer ? &entry->newer->older : &shard->newest) = entry->older;
	shard->entries--;
	shard->bytes -= entry->size;
	dns_answer_release(entry->answer);
	memory_free(entry);
}

static void shard_remove_oldest(struct shard *shard)
{
	struct entry **place = &shard->chains[shard->oldest->hash / SHARDS % CHAINS];

	while (*place != shard->oldest)
		place = &(*place)->next;
	shard_remove(shard, place);
}

static void shard_add(struct shard *shard, struct entry *entry)
{
	struct entry **chain = &shard->chains[entry->hash / SHARDS % CHAINS];

	while (shard->oldest &&
	       (shard->entries >= SHARD_ENTRIES || shard->bytes + entry->size > shard_bytes))
		shard_remove_oldest(shard);
	entry->next = *chain;
	*chain = entry;
	entry->older = shard->newest;
	*(shard->newest ? &shard->newest->newer : &shard->oldest) = entry;
	shard->newest = entry;
	shard->entries++;
	shard->bytes += entry->size;
}

static size_t size_of(const struct dns_answer *answer, const struct key *key)
{
	size_t size = sizeof(struct entry) + key->length + sizeof(*answer);

	for (uint32_t i = 0; i < answer->count; i++)
		size += sizeof(*answer->records) + answer->records[i].text.length;
	return size;
}

static struct entry *entry_new(const struct key *key, struct dns_answer *answer, int64_t now)
{
	size_t size = size_of(answer, key);
	struct entry *entry =
		size > answer_bytes ? NULL : memory_allocate(sizeof(*entry) + key->length);

	if (!entry)
		return NULL;
	*entry = (struct entry){ .answer = dns_answer_keep(answer),
				 .expires = now + (int64_t)answer->ttl * 1000000,
				 .hash = key->hash,
				 .size = size,
				 .type = key->type,
				 .length = key->length };
	memcpy(entry->name, key->name, key->length);
	return entry;
}

struct dns_answer *dns_cache_find(struct text name, int type, int64_t now)
{
	struct dns_answer *answer = NULL;
	struct key key;

	if (!key_make(&key, name, type))
		return NULL;
	struct shard *shard = shard_of(key.hash);
	pthread_mutex_lock(&shard->lock);
	struct entry **place = place_of(shard, &key);
	if (*place && (*place)->expires > now)
		answer = dns_answer_keep((*place)->answer);
	else if (*place)
		shard_remove(shard, place);
	pthread_mutex_unlock(&shard->lock);
	return answer;
}

void dns_cache_add(struct text name, int type, struct dns_answer *answer, int64_t now)
{
	struct key key;

	if (answer->outcome == DNS_FAILED || answer->ttl == 0 || !key_make(&key, name, type))
		return;
	struct entry *entry = entry_new(&key, answer, now);
	if (!entry)
		return;
	struct shard *shard = shard_of(key.hash);
	pthread_mutex_lock(&shard->lock);
	struct entry **old = place_of(shard, &key);
	if (*old)
		shard_remove(shard, old);
	shard_add(shard, entry);
	pthread_mutex_unlock(&shard->lock);
}

void dns_cache_clear(void)
{
	for (unsigned i = 0; i < SHARDS; i++) {
		pthread_mutex_lock(&shards[i].lock);
		while (shards[i].oldest)
			shard_remove_oldest(shards + i);
		pthread_mutex_unlock(&shards[i].lock);
	}
}
