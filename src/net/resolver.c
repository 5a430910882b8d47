#include "net/resolver.h"

#include "base/memory.h"
#include "net/dns_cache.h"

#include <ares.h>
#include <poll.h>
#include <pthread.h>

enum { TIMEOUT_MILLISECONDS = 2000, TRIES = 3, SERVERS_MAX = 1024 };

struct resolver {
	ares_channel channel; /* NULL: `scripted` answers */
	resolver_answers *scripted;
	void *argument;
};

struct question {
	struct dns_answer *answer; /* NULL: not yet */
	bool abandoned;		   /* nobody will look: the callback frees it */
	bool asked;		   /* c-ares holds it */
	int type;
	uint32_t length;
	char name[]; /* NUL-terminated */
};

/* ---- name servers ---- */

static struct {
	pthread_mutex_t lock;
	char list[SERVERS_MAX];
} servers = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void library_init(void)
{
	ares_library_init(ARES_LIB_INIT_ALL);
}

static bool channel_open(ares_channel *channel, const char *list)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS,
		.timeout = TIMEOUT_MILLISECONDS,
		.tries = TRIES,
		.ednspsz = 1232,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ;

	pthread_once(&once, library_init);
	if (ares_init_options(channel, &options, mask) != ARES_SUCCESS)
		return false;
	if (!*list || ares_set_servers_ports_csv(*channel, list) == ARES_SUCCESS)
		return true;
	ares_destroy(*channel);
	return false;
}

/* c-ares takes no blanks. */
static bool squeeze(const char *list, char out[SERVERS_MAX])
{
	size_t length = 0;

	for (; *list; list++) {
		if (*list == ' ')
			continue;
		if (length + 1 >= SERVERS_MAX)
			return false;
		out[length++] = *list;
	}
	out[length] = '\0';
	return true;
}

bool resolver_set_servers(const char *list)
{
	char squeezed[SERVERS_MAX];
	ares_channel channel;

	if (!squeeze(list ? list : "", squeezed) || !channel_open(&channel, squeezed))
		return false;
	ares_destroy(channel);
	pthread_mutex_lock(&servers.lock);
	memcpy(servers.list, squeezed, sizeof(servers.list));
	pthread_mutex_unlock(&servers.lock);
	dns_cache_clear();
	return true;
}

/* ---- resolvers ---- */

struct resolver *resolver_new(void)
{
	struct resolver *resolver = memory_zeroed(1, sizeof(*resolver));
	char list[SERVERS_MAX];

	if (!resolver)
		return NULL;
	pthread_mutex_lock(&servers.lock);
	memcpy(list, servers.list, sizeof(list));
	pthread_mutex_unlock(&servers.lock);
	if (channel_open(&resolver->channel, list))
		return resolver;
	memory_free(resolver);
	return NULL;
}

struct resolver *resolver_new_scripted(resolver_answers *answer, void *argument)
{
	struct resolver *resolver = memory_zeroed(1, sizeof(*resolver));

	if (resolver)
		*resolver = (struct resolver){ .scripted = answer, .argument = argument };
	return resolver;
}

void resolver_free(struct resolver *resolver)
{
	if (!resolver)
		return;
	if (resolver->channel)
		ares_destroy(resolver->channel); /* calls back for every open question */
	memory_free(resolver);
}

void resolver_ports(struct ports *ports)
{
	enum { DNS_PORT = 53 };
	struct resolver *resolver = resolver_new();
	struct ares_addr_port_node *asked = NULL;

	if (resolver && ares_get_servers_ports(resolver->channel, &asked) == ARES_SUCCESS)
		for (struct ares_addr_port_node *at = asked; at; at = at->next)
			ports_add(ports, at->tcp_port ? (uint16_t)at->tcp_port : DNS_PORT);
	ares_free_data(asked);
	resolver_free(resolver);
}

/* Events that c-ares awaits at its nth socket: its own macros shift into the sign. */
static short events_of(int bits, unsigned n)
{
	unsigned mask = (unsigned)bits;

	return (short)((mask >> n & 1 ? POLLIN : 0) |
		       (mask >> (n + ARES_GETSOCK_MAXNUM) & 1 ? POLLOUT : 0));
}

bool resolver_wait(struct resolver *resolver, struct wait_request *request)
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	struct timeval room, *left;
	bool fits = true;
	int bits;

	if (!resolver->channel)
		return true;
	bits = ares_getsock(resolver->channel, sockets, ARES_GETSOCK_MAXNUM);
	left = ares_timeout(resolver->channel, NULL, &room);
	for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++)
		if (events_of(bits, i))
			fits = wait_add(request, sockets[i], events_of(bits, i)) && fits;
	if (left) {
		int64_t next =
			clock_monotonic() + (int64_t)left->tv_sec * 1000000 + left->tv_usec + 1000;

		if (next < request->deadline)
			request->deadline = next;
	}
	return fits;
}

void resolver_process(struct resolver *resolver)
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	int bits;

	if (!resolver->channel)
		return;
	bits = ares_getsock(resolver->channel, sockets, ARES_GETSOCK_MAXNUM);
	for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		short events = events_of(bits, i);

		if (events)
			ares_process_fd(resolver->channel,
					events & POLLIN ? sockets[i] : ARES_SOCKET_BAD,
					events & POLLOUT ? sockets[i] : ARES_SOCKET_BAD);
	}
	ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* ---- questions ---- */

static struct text question_name(const struct question *question)
{
	return text_of(question->name, question->length, LIFETIME_EVENT);
}

static struct dns_answer *answer_of(const struct question *question, int status,
				    const unsigned char *bytes, int length)
{
	if (bytes && length > 0 &&
	    (status == ARES_SUCCESS || status == ARES_ENODATA || status == ARES_ENOTFOUND))
		return dns_answer_read(bytes, (size_t)length, question_name(question),
				       question->type);
	switch (status) {
	case ARES_ENODATA:
		return dns_answer_none(DNS_NO_RECORD);
	case ARES_ENOTFOUND:
		return dns_answer_none(DNS_NO_NAME);
	case ARES_ETIMEOUT:
		return dns_answer_failed("no name server answered in time");
	case ARES_ECONNREFUSED: /* c-ares says so as well where each has said SERVFAIL or REFUSED */
		return dns_answer_failed("no name server can be reached, or each has failed");
	default:
		return dns_answer_failed("the name server failed");
	}
}

static void answered(void *argument, int status, int timeouts, unsigned char *bytes, int length)
{
	struct question *question = argument;

	(void)timeouts;
	question->asked = false;
	if (question->abandoned || status == ARES_EDESTRUCTION) {
		if (question->abandoned)
			memory_free(question);
		return;
	}
	question->answer = answer_of(question, status, bytes, length);
	if (question->answer)
		dns_cache_add(question_name(question), question->type, question->answer,
			      clock_monotonic());
	else
		question->answer = dns_answer_no_memory();
}

/* What is known without asking; NULL: nothing. */
static struct dns_answer *known_answer(struct resolver *resolver, struct text name, int type)
{
	if (!dns_name_is_valid(name))
		return dns_answer_none(DNS_NO_NAME);
	if (resolver->scripted)
		return resolver->scripted(resolver->argument, name, type);
	return dns_cache_find(name, type, clock_monotonic());
}

struct question *resolver_ask(struct resolver *resolver, struct text name, int type)
{
	struct question *question = memory_zeroed(1, sizeof(*question) + name.length + 1);

	if (!question)
		return NULL;
	question->type = type;
	question->length = name.length;
	memcpy(question->name, name.data, name.length);
	question->answer = known_answer(resolver, name, type);
	if (question->answer)
		return question;
	if (resolver->scripted || !dns_name_is_valid(name)) { /* no memory */
		memory_free(question);
		return NULL;
	}
	question->asked = true;
	ares_query(resolver->channel, question->name, 1, type, answered, question);
	return question;
}

const struct dns_answer *question_answer(const struct question *question)
{
	return question->answer;
}

void question_free(struct question *question)
{
	if (!question)
		return;
	if (question->asked) {
		question->abandoned = true;
		return;
	}
	dns_answer_release(question->answer);
	memory_free(question);
}
