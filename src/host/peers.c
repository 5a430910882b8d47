#include "host/peers.h"

#include <netinet/in.h>
#include <pthread.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"

enum { BUCKETS = 1024 };

struct peer {
	struct peer *next;
	unsigned char address[16];
	unsigned sessions;
};

struct peers {
	pthread_mutex_t lock;
	struct peer *buckets[BUCKETS];
};

struct peers *peers_new(void)
{
	struct peers *peers = memory_zeroed(1, sizeof(*peers));
	if (peers)
		pthread_mutex_init(&peers->lock, NULL);
	return peers;
}

void peers_free(struct peers *peers)
{
	if (!peers)
		return;
	for (unsigned i = 0; i < BUCKETS; i++)
		while (peers->buckets[i]) {
			struct peer *peer = peers->buckets[i];
			peers->buckets[i] = peer->next;
			memory_free(peer);
		}
	pthread_mutex_destroy(&peers->lock);
	memory_free(peers);
}

/* Whoever has an IPv6 network has all of its addresses. */
static bool address_of(const struct sockaddr_storage *from, unsigned char address[16])
{
	enum { NETWORK = 8 };
	const struct sockaddr_in *inet = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *inet6 = (const struct sockaddr_in6 *)from;
	memset(address, 0, 16);
	if (from->ss_family == AF_INET)
		memcpy(address + 12, &inet->sin_addr, 4);
	else if (from->ss_family != AF_INET6)
		return false;
	else if (IN6_IS_ADDR_V4MAPPED(&inet6->sin6_addr))
		memcpy(address + 12, (const char *)&inet6->sin6_addr + 12, 4);
	else
		memcpy(address, &inet6->sin6_addr, NETWORK);
	return true;
}

static struct peer **bucket_of(struct peers *peers, const unsigned char address[16])
{
	return &peers->buckets[hash_bytes(address, 16) % BUCKETS];
}

static struct peer *peer_find(struct peers *peers, const unsigned char address[16])
{
	struct peer **bucket = bucket_of(peers, address);
	struct peer *peer = *bucket;
	while (peer && memcmp(peer->address, address, 16) != 0)
		peer = peer->next;
	if (peer)
		return peer;
	peer = memory_zeroed(1, sizeof(*peer));
	if (!peer)
		return NULL;
	memcpy(peer->address, address, 16);
	peer->next = *bucket;
	return *bucket = peer;
}

struct peer *peers_enter(struct peers *peers, const struct sockaddr_storage *from, unsigned *count)
{
	unsigned char address[16];
	*count = 1;
	if (!address_of(from, address))
		return NULL;
	pthread_mutex_lock(&peers->lock);
	struct peer *peer = peer_find(peers, address);
	if (peer)
		*count = ++peer->sessions;
	pthread_mutex_unlock(&peers->lock);
	return peer;
}

void peers_leave(struct peers *peers, struct peer *peer)
{
	if (!peer)
		return;
	pthread_mutex_lock(&peers->lock);
	if (--peer->sessions == 0) {
		struct peer **at = bucket_of(peers, peer->address);
		while (*at != peer)
			at = &(*at)->next;
		*at = peer->next;
		memory_free(peer);
	}
	pthread_mutex_unlock(&peers->lock);
}
