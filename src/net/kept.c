#include "net/kept.h"

#include "base/system.h"
#include "base/wait.h"
#include "net/idle.h"
#include "net/socket.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The one that was given first is the first. */
static struct kept {
	char name[sizeof(((struct endpoint *)0)->name)];
	int fd;
	int64_t until;
} table[KEPT_MOST];
static unsigned count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int take_out(unsigned place)
{
	int fd = table[place].fd;

	count--;
	memmove(&table[place], &table[place + 1], (count - place) * sizeof(*table));
	return fd;
}

/* Gives the time of the next one. */
static int64_t close_expired(void)
{
	int64_t now = clock_monotonic(), next = INT64_MAX;

	for (unsigned i = count; i-- > 0;) {
		if (table[i].until <= now)
			close(take_out(i));
		else if (table[i].until < next)
			next = table[i].until;
	}
	return next;
}

int64_t kept_expire(void)
{
	int64_t next;

	pthread_mutex_lock(&lock);
	next = close_expired();
	pthread_mutex_unlock(&lock);
	return next;
}

/* Whatever can be read now, the end included, belongs to no question that is still to be asked. It does
 * not matter that a byte of it is gone then. */
static bool is_silent(int fd)
{
	char byte;
	ssize_t got = system_receive(fd, &byte, 1);

	return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

int kept_take(const char *name)
{
	int fd = -1;

	pthread_mutex_lock(&lock);
	close_expired();
	/* The one that was used last is the likeliest to be alive. */
	for (unsigned i = count; i-- > 0 && fd < 0;) {
		if (strcmp(table[i].name, name) != 0)
			continue;
		fd = take_out(i);
		if (!is_silent(fd)) {
			close(fd);
			fd = -1;
		}
	}
	pthread_mutex_unlock(&lock);
	return fd;
}

static unsigned count_of(const char *name)
{
	unsigned found = 0;

	for (unsigned i = 0; i < count; i++)
		found += strcmp(table[i].name, name) == 0;
	return found;
}

void kept_give(const char *name, int fd, struct kept_bounds bounds)
{
	struct kept *place;
	int64_t until = clock_monotonic() + bounds.microseconds;
	bool kept;

	pthread_mutex_lock(&lock);
	close_expired();
	kept = count_of(name) < bounds.most && is_silent(fd);
	if (kept) {
		if (count == KEPT_MOST)
			close(take_out(0));
		place = &table[count++];
		snprintf(place->name, sizeof(place->name), "%s", name);
		place->fd = fd;
		place->until = until;
	} else {
		close(fd);
	}
	pthread_mutex_unlock(&lock);
	if (kept)
		idle_note(until);
}

unsigned kept_count(void)
{
	unsigned found;

	pthread_mutex_lock(&lock);
	found = count;
	pthread_mutex_unlock(&lock);
	return found;
}

void kept_forget(void)
{
	pthread_mutex_lock(&lock);
	while (count)
		close(take_out(count - 1));
	pthread_mutex_unlock(&lock);
}
