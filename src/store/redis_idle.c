#include "store/redis_idle.h"

#include "base/system.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { IDLE_MAX = 16 };

struct idle_one {
	int fd;
	struct redis_place place;
};

static struct {
	pthread_mutex_t lock;
	struct idle_one ones[IDLE_MAX];
	unsigned count;
	pid_t owner; /* a child has its own */
} idle = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool same_place(const struct redis_place *a, const struct redis_place *b)
{
	return strcmp(a->endpoint.name, b->endpoint.name) == 0 &&
	       strcmp(a->password, b->password) == 0 && strcmp(a->database, b->database) == 0;
}

/* Nothing to read, and not closed by the other side. */
static bool is_quiet(int fd)
{
	struct pollfd set = { .fd = fd, .events = POLLIN };

	return system_poll(&set, 1, 0) == 0;
}

/* With the lock held: what was idle before a fork belongs to the parent. */
static void own_idle(void)
{
	if (idle.owner == getpid())
		return;
	for (unsigned i = 0; i < idle.count; i++)
		close(idle.ones[i].fd);
	idle.count = 0;
	idle.owner = getpid();
}

int redis_idle_take(const struct redis_place *place)
{
	int fd = -1;

	pthread_mutex_lock(&idle.lock);
	own_idle();
	for (unsigned i = idle.count; i-- > 0 && fd < 0;) {
		if (!same_place(&idle.ones[i].place, place))
			continue;
		fd = idle.ones[i].fd;
		idle.ones[i] = idle.ones[--idle.count];
		if (!is_quiet(fd)) {
			close(fd);
			fd = -1;
		}
	}
	pthread_mutex_unlock(&idle.lock);
	return fd;
}

void redis_idle_give(const struct redis_place *place, int fd)
{
	pthread_mutex_lock(&idle.lock);
	own_idle();
	if (idle.count < IDLE_MAX) {
		idle.ones[idle.count++] = (struct idle_one){ fd, *place };
		fd = -1;
	}
	pthread_mutex_unlock(&idle.lock);
	if (fd >= 0)
		close(fd);
}
