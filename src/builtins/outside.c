#include "builtins/outside.h"

#include "base/wait.h"

#include <errno.h>
#include <sys/random.h>

static int live_connect(void *argument, const struct endpoint *endpoint)
{
	(void)argument;
	return socket_connect(endpoint);
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

const struct outside outside_live = { live_connect, live_now, live_random };
const struct outside outside_closed = { closed_connect, live_now, live_random };
