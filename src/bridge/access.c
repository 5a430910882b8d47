#include "bridge/access.h"

#include <netinet/in.h>
#include <pthread.h>

#include "base/ip.h"
#include "base/log.h"
#include "base/memory.h"

static struct {
	pthread_rwlock_t lock;
	struct net *nets;
	size_t count;
	unsigned long refused;
} access_list = { .lock = PTHREAD_RWLOCK_INITIALIZER };

static const char *const loopback[] = { "127.0.0.0/8", "::1" };

bool access_set(const struct word_list *allow)
{
	const char *const *words = allow->count ? allow->items : loopback;
	size_t count = allow->count ? allow->count : sizeof(loopback) / sizeof(loopback[0]);
	struct net *nets = memory_zeroed(count, sizeof(*nets));
	if (!nets)
		return false;
	for (size_t i = 0; i < count; i++)
		net_parse(text_of_string(words[i], LIFETIME_EVENT), true, &nets[i]);
	pthread_rwlock_wrlock(&access_list.lock);
	struct net *before = access_list.nets;
	access_list.nets = nets;
	access_list.count = count;
	pthread_rwlock_unlock(&access_list.lock);
	memory_free(before);
	return true;
}

static struct ip ip_of_peer(const struct sockaddr_storage *peer)
{
	struct ip ip;
	const struct sockaddr_in *v4 = (const void *)peer;
	const struct sockaddr_in6 *v6 = (const void *)peer;
	if (peer->ss_family == AF_INET) {
		uint8_t bytes[4];
		memcpy(bytes, &v4->sin_addr, sizeof(bytes));
		return ip_of_v4(bytes);
	}
	memcpy(ip.bytes, &v6->sin6_addr, sizeof(ip.bytes));
	return ip;
}

/* 1, 2, 4, 8 ... so that a flood of clients is no flood of lines. */
static void refusal_log(struct ip ip)
{
	char printed[IP_PRINTED_MAX];
	unsigned long count = __atomic_add_fetch(&access_list.refused, 1, __ATOMIC_RELAXED);
	ip_print(ip, printed);
	if ((count & (count - 1)) == 0)
		log_line(LOG_LEVEL_WARNING,
			 "%s may not connect: allow does not name it (%lu so far)", printed, count);
}

bool access_admits(const struct sockaddr_storage *peer)
{
	if (peer->ss_family != AF_INET && peer->ss_family != AF_INET6)
		return true;
	struct ip ip = ip_of_peer(peer);
	bool admitted = false;
	pthread_rwlock_rdlock(&access_list.lock);
	for (size_t i = 0; i < access_list.count && !admitted; i++)
		admitted = net_contains(&access_list.nets[i], ip);
	pthread_rwlock_unlock(&access_list.lock);
	if (!admitted)
		refusal_log(ip);
	return admitted;
}
