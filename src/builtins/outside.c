#include "builtins/outside.h"

#include "base/wait.h"
#include "net/kept.h"

#include <errno.h>
#include <sys/random.h>

static int live_connect(void *argument, const struct endpoint *endpoint)
{
	(void)argument;
	return socket_connect(endpoint);
}

static int live_reuse(void *argument, const struct endpoint *endpoint)
{
	(void)argument;
	return kept_take(endpoint->name);
}

static int live_open(void *argument, const struct endpoint *endpoint)
{
	(void)argument;
	return socket_open(endpoint);
}

static enum outside_http live_http(void *argument, const struct outside_question *question,
				   struct outside_answer *answer)
{
	(void)argument;
	(void)question;
	(void)answer;
	return OUTSIDE_ASKS;
}

static bool live_geoip(void *argument, struct ip address, struct text path, struct text *found)
{
	(void)argument;
	(void)address;
	(void)path;
	(void)found;
	return false;
}

static int64_t live_now(void *argument)
{
	(void)argument;
	return clock_wall();
}

static bool live_random(void *argument, uint64_t *number)
{
	(void)argument;
	return getrandom(number, sizeof(*number), 0) == (ssize_t)sizeof(*number);
}

static int closed_connect(void *argument, const struct endpoint *endpoint)
{
	(void)argument;
	(void)endpoint;
	errno = EACCES;
	return SOCKET_ERROR;
}

static enum outside_http closed_http(void *argument, const struct outside_question *question,
				     struct outside_answer *answer)
{
	(void)argument;
	(void)question;
	(void)answer;
	return OUTSIDE_REFUSES;
}

static const char *closed_private_key(void *argument, struct text path, struct buffer *out)
{
	(void)argument;
	(void)path;
	(void)out;
	return "there is none for a script that is loaded to be tested";
}

const struct outside outside_live = {
	.connect = live_connect,
	.reuse = live_reuse,
	.open = live_open,
	.http = live_http,
	.geoip = live_geoip,
	.now = live_now,
	.random = live_random,
};
const struct outside outside_closed = {
	.connect = closed_connect,
	.reuse = closed_connect,
	.open = closed_connect,
	.http = closed_http,
	.geoip = live_geoip,
	.now = live_now,
	.random = live_random,
	.private_key = closed_private_key,
};
