/* A connection to an HTTP server that outlives the question: libcurl's multi handle, kept between
 * questions, and what it waits for. */
#ifndef NET_HTTP_CHANNEL_H
#define NET_HTTP_CHANNEL_H

#include "base/wait.h"
#include "net/curl.h"

struct http_channel;

enum { HTTP_CHANNEL_KEY_MAX = 1024 };

/* One that nobody uses: with `reuse` one of the same key that is idle, if there is one. NULL when
 * memory has ended. */
struct http_channel *http_channel_take(const char *key, bool reuse);
/* Nobody uses it any more; its connection waits so many microseconds for the next one. */
void http_channel_give(struct http_channel *channel, int64_t keep);
/* Closes those that have waited long enough; the time of the next one, or INT64_MAX. */
int64_t http_channel_expire(void);

/* One at a time. */
bool http_channel_begin(struct http_channel *channel, CURL *easy);
void http_channel_end(struct http_channel *channel, CURL *easy);
/* Moves what can be moved; true with the code when it is over. */
bool http_channel_run(struct http_channel *channel, CURLcode *code);
void http_channel_wait(const struct http_channel *channel, struct wait_request *wait);

#endif
