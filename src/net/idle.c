#include "net/idle.h"

#include "base/wait.h"
#include "net/http_channel.h"
#include "net/kept.h"

#include <pthread.h>
#include <sys/timerfd.h>

static struct {
	pthread_mutex_t lock;
	int fd;	      /* -1: nobody watches */
	int64_t next; /* that it is set to */
} timer = { PTHREAD_MUTEX_INITIALIZER, -1, INT64_MAX };

int idle_timer(void)
{
	pthread_mutex_lock(&timer.lock);
	if (timer.fd < 0)
		timer.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	pthread_mutex_unlock(&timer.lock);
	return timer.fd;
}

/* With the lock held. A new time ends what has made it readable. */
static void set(int64_t time)
{
	struct itimerspec at = { .it_value = { time / 1000000, time % 1000000 * 1000 } };

	if (time == INT64_MAX)
		at = (struct itimerspec){ 0 };
	timerfd_settime(timer.fd, TFD_TIMER_ABSTIME, &at, NULL);
	timer.next = time;
}

void idle_note(int64_t time)
{
	pthread_mutex_lock(&timer.lock);
	if (timer.fd >= 0 && time < timer.next)
		set(time);
	pthread_mutex_unlock(&timer.lock);
}

/* What is given back meanwhile finds the timer at rest, and sets it. */
void idle_close(void)
{
	int64_t kept, channels;

	pthread_mutex_lock(&timer.lock);
	if (timer.fd >= 0)
		set(INT64_MAX);
	pthread_mutex_unlock(&timer.lock);
	kept = kept_expire();
	channels = http_channel_expire();
	idle_note(kept < channels ? kept : channels);
}
