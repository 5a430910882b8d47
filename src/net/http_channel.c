#include "net/http_channel.h"

#include "base/memory.h"
#include "net/http.h"
#include "net/idle.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>

enum { WATCHED_MAX = 8, IDLE_MAX = 32 };

struct http_channel {
	CURLM *multi;
	struct wait_descriptor watched[WATCHED_MAX];
	unsigned watched_count;
	int64_t timer; /* clock_monotonic() at which libcurl wants its turn */
	int64_t until; /* while it is kept */
	char key[HTTP_CHANNEL_KEY_MAX];
};

/* ---- the library ---- */

struct curl_functions curl;
static const struct library_symbol symbols[] = { CURL_FUNCTIONS(LIBRARY_SYMBOL) };
static struct library library = LIBRARY("libcurl.so.4", "libcurl4", symbols, curl);

static void initialise(void)
{
	curl.curl_global_init(CURL_GLOBAL_DEFAULT);
}

bool http_load(const char **why)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (!library_load(&library, why))
		return false;
	pthread_once(&once, initialise);
	return true;
}

/* ---- what libcurl watches ---- */

static short events_of(int what)
{
	return (short)((what & CURL_POLL_IN ? POLLIN : 0) | (what & CURL_POLL_OUT ? POLLOUT : 0));
}

static int watch(CURL *easy, curl_socket_t fd, int what, void *argument, void *unused)
{
	struct http_channel *channel = argument;
	unsigned at = 0;

	(void)easy;
	(void)unused;
	while (at < channel->watched_count && channel->watched[at].fd != fd)
		at++;
	if (what == CURL_POLL_REMOVE && at < channel->watched_count)
		channel->watched[at] = channel->watched[--channel->watched_count];
	else if (what != CURL_POLL_REMOVE && at < WATCHED_MAX)
		channel->watched[at] = (struct wait_descriptor){ fd, events_of(what) };
	if (at == channel->watched_count && what != CURL_POLL_REMOVE && at < WATCHED_MAX)
		channel->watched_count++;
	return 0;
}

static int set_timer(CURLM *multi, long milliseconds, void *argument)
{
	struct http_channel *channel = argument;

	(void)multi;
	channel->timer =
		milliseconds < 0 ? INT64_MAX : clock_monotonic() + (int64_t)milliseconds * 1000;
	return 0;
}

bool http_channel_begin(struct http_channel *channel, CURL *easy)
{
	return curl.curl_multi_add_handle(channel->multi, easy) == CURLM_OK;
}

void http_channel_end(struct http_channel *channel, CURL *easy)
{
	curl.curl_multi_remove_handle(channel->multi, easy);
}

static bool is_over(struct http_channel *channel, CURLcode *code)
{
	const CURLMsg *message;
	int left;

	while ((message = curl.curl_multi_info_read(channel->multi, &left)) != NULL)
		if (message->msg == CURLMSG_DONE) {
			*code = message->data.result;
			return true;
		}
	return false;
}

/* Which of the descriptors is ready, libcurl finds out itself. */
bool http_channel_run(struct http_channel *channel, CURLcode *code)
{
	struct wait_descriptor watched[WATCHED_MAX];
	unsigned count = channel->watched_count;
	int running;

	memcpy(watched, channel->watched, sizeof(watched));
	for (unsigned i = 0; i < count; i++)
		curl.curl_multi_socket_action(channel->multi, watched[i].fd, 0, &running);
	if (clock_monotonic() >= channel->timer) {
		channel->timer = INT64_MAX;
		curl.curl_multi_socket_action(channel->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	return is_over(channel, code);
}

void http_channel_wait(const struct http_channel *channel, struct wait_request *wait)
{
	for (unsigned i = 0; i < channel->watched_count; i++)
		wait_add(wait, channel->watched[i].fd, channel->watched[i].events);
	if (channel->timer < wait->deadline)
		wait->deadline = channel->timer;
}

/* ---- between questions ---- */

static struct {
	pthread_mutex_t lock;
	struct http_channel *channels[IDLE_MAX]; /* the one that was given last is the last */
	unsigned count;
} idle = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void channel_free(struct http_channel *channel)
{
	if (!channel)
		return;
	if (channel->multi)
		curl.curl_multi_cleanup(channel->multi);
	memory_free(channel);
}

static struct http_channel *channel_new(const char *key)
{
	struct http_channel *channel = memory_zeroed(1, sizeof(*channel));

	if (!channel)
		return NULL;
	channel->timer = INT64_MAX;
	snprintf(channel->key, sizeof(channel->key), "%s", key);
	channel->multi = curl.curl_multi_init();
	if (channel->multi) {
		curl.curl_multi_setopt(channel->multi, CURLMOPT_SOCKETFUNCTION, watch);
		curl.curl_multi_setopt(channel->multi, CURLMOPT_SOCKETDATA, channel);
		curl.curl_multi_setopt(channel->multi, CURLMOPT_TIMERFUNCTION, set_timer);
		curl.curl_multi_setopt(channel->multi, CURLMOPT_TIMERDATA, channel);
		curl.curl_multi_setopt(channel->multi, CURLMOPT_MAXCONNECTS, 1L);
		return channel;
	}
	channel_free(channel);
	return NULL;
}

/* With the lock held. */
static struct http_channel *remove_idle(unsigned at)
{
	struct http_channel *channel = idle.channels[at];

	idle.count--;
	memmove(&idle.channels[at], &idle.channels[at + 1],
		(idle.count - at) * sizeof(idle.channels[0]));
	return channel;
}

static struct http_channel *find_idle(const char *key)
{
	struct http_channel *found = NULL;

	pthread_mutex_lock(&idle.lock);
	for (unsigned i = idle.count; i-- > 0 && !found;)
		if (strcmp(idle.channels[i]->key, key) == 0)
			found = remove_idle(i);
	pthread_mutex_unlock(&idle.lock);
	return found;
}

struct http_channel *http_channel_take(const char *key, bool reuse)
{
	struct http_channel *channel = reuse ? find_idle(key) : NULL;

	return channel ? channel : channel_new(key);
}

/* One whose time is over, or NULL with the time of the next one. */
static struct http_channel *remove_expired(int64_t *next)
{
	int64_t now = clock_monotonic();

	*next = INT64_MAX;
	for (unsigned i = 0; i < idle.count; i++) {
		if (idle.channels[i]->until <= now)
			return remove_idle(i);
		if (idle.channels[i]->until < *next)
			*next = idle.channels[i]->until;
	}
	return NULL;
}

/* To close a connection of TLS takes its time: without the lock. */
int64_t http_channel_expire(void)
{
	struct http_channel *expired;
	int64_t next;

	do {
		pthread_mutex_lock(&idle.lock);
		expired = remove_expired(&next);
		pthread_mutex_unlock(&idle.lock);
		channel_free(expired);
	} while (expired);
	return next;
}

void http_channel_give(struct http_channel *channel, int64_t keep)
{
	struct http_channel *oldest = NULL;
	int64_t until = clock_monotonic() + keep;

	if (keep == 0) {
		channel_free(channel);
		return;
	}
	channel->until = until;
	http_channel_expire();
	pthread_mutex_lock(&idle.lock);
	if (idle.count == IDLE_MAX)
		oldest = remove_idle(0);
	idle.channels[idle.count++] = channel;
	pthread_mutex_unlock(&idle.lock);
	channel_free(oldest);
	idle_note(until);
}
