#include "net/loop.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/rubbish.h"
#include "base/wait.h"

static struct loop *loop;
static char told[64];

static void tell(char letter)
{
	size_t length = strlen(told);
	cr_assert_lt(length + 1, sizeof(told));
	told[length] = letter;
}

static void woken(void *argument)
{
	tell('w');
	if (argument)
		loop_stop(loop);
}

static void begin(void *argument)
{
	loop = loop_new(woken, argument);
	cr_assert_not_null(loop);
}

struct moment {
	struct loop_timer timer;
	char letter;
	int again; /* so many times more, at once */
};

static void moment_fire(struct loop_timer *timer)
{
	struct moment *moment = (struct moment *)timer;
	tell(moment->letter);
	if (moment->letter == 'z')
		loop_stop(loop);
	else if (moment->again-- > 0)
		loop_timer_set(loop, timer, 0);
}

static void moment_begin(struct moment *moment, char letter, int64_t at)
{
	*moment = (struct moment){.timer.fire = moment_fire, .letter = letter};
	cr_assert(loop_timer_begin(loop, &moment->timer));
	loop_timer_set(loop, &moment->timer, at);
}

Test(loop, moments_come_in_their_order)
{
	static const char letters[] = "dazcbe";
	static const int order[] = {4, 1, 9, 3, 2, 5};
	struct moment moments[6];
	int64_t now;
	begin(NULL);
	now = clock_monotonic();
	for (int i = 0; i < 6; i++)
		moment_begin(&moments[i], letters[i], now + order[i] * 2000);
	loop_timer_clear(loop, &moments[0].timer);	     /* d goes */
	loop_timer_set(loop, &moments[5].timer, now + 1000); /* e is first */
	loop_timer_set(loop, &moments[1].timer, now + 7000); /* a is after c */
	loop_run(loop);
	cr_assert_str_eq(told, "ebcaz");
	cr_assert_geq(clock_monotonic(), now + 18000);
	for (int i = 0; i < 6; i++)
		loop_timer_end(loop, &moments[i].timer);
	loop_free(loop);
}

/* Random sets, changes and clears come out sorted. */
Test(loop, many_moments)
{
	enum { COUNT = 200 };
	static struct moment moments[COUNT];
	unsigned seed = 7;
	begin(NULL);
	for (int i = 0; i < COUNT; i++) {
		moments[i].timer.fire = moment_fire;
		cr_assert(loop_timer_begin(loop, &moments[i].timer));
	}
	for (int i = 0; i < 5000; i++) {
		struct loop_timer *timer = &moments[rand_r(&seed) % COUNT].timer;
		if (rand_r(&seed) % 4)
			loop_timer_set(loop, timer, 1000 + rand_r(&seed) % 1000);
		else
			loop_timer_clear(loop, timer);
	}
	for (int i = 0; i < COUNT; i++) /* earlier than all: found wherever it stands */
		loop_timer_clear(loop, &moments[i].timer);
	moment_begin(&moments[0], 'z', 0);
	loop_run(loop);
	cr_assert_str_eq(told, "z");
	loop_free(loop);
}

struct end {
	struct loop_watch watch;
	struct end *other;
	char letter;
};

static void end_ready(struct loop_watch *watch, uint32_t events)
{
	struct end *end = (struct end *)watch;
	char byte;
	cr_assert(events & EPOLLIN);
	cr_assert_eq(read(watch->fd, &byte, 1), 1);
	tell(end->letter);
	if (end->other)
		loop_watch_end(loop, &end->other->watch);
	loop_wake(loop);
}

/* Both are ready in one turn; the first one called ends the other. */
Test(loop, what_was_ended_is_not_called)
{
	struct end a = {.letter = 'x'}, b = {.letter = 'x'};
	int left[2], right[2];
	begin(&a);
	cr_assert_eq(pipe(left), 0);
	cr_assert_eq(pipe(right), 0);
	a.watch = (struct loop_watch){left[0], end_ready};
	b.watch = (struct loop_watch){right[0], end_ready};
	a.other = &b;
	b.other = &a;
	cr_assert(loop_watch_begin(loop, &a.watch, EPOLLIN));
	cr_assert(loop_watch_begin(loop, &b.watch, EPOLLIN));
	cr_assert(write(left[1], "1", 1) == 1 && write(right[1], "1", 1) == 1);
	loop_run(loop);
	cr_assert_str_eq(told, "xw");
	loop_free(loop);
}

/* One that sets itself to the past again and again does not keep others from their turn. */
Test(loop, the_past_does_not_starve)
{
	struct moment busy;
	struct end end = {.letter = 'e'};
	int ends[2];
	begin(&busy);
	cr_assert_eq(pipe(ends), 0);
	end.watch = (struct loop_watch){ends[0], end_ready};
	cr_assert(loop_watch_begin(loop, &end.watch, EPOLLIN));
	cr_assert_eq(write(ends[1], "1", 1), 1);
	moment_begin(&busy, 'b', 0);
	busy.again = 1000000;
	loop_run(loop);
	cr_assert_lt(strlen(told), 10);
	cr_assert_not_null(strchr(told, 'e'));
}

static void *wake_later(void *argument)
{
	usleep(20000);
	loop_wake(argument);
	return NULL;
}

Test(loop, another_thread_wakes_it)
{
	pthread_t thread;
	begin(told);
	cr_assert_eq(pthread_create(&thread, NULL, wake_later, loop), 0);
	loop_run(loop);
	pthread_join(thread, NULL);
	cr_assert_str_eq(told, "w");
	loop_free(loop);
}

Test(loop, a_file_cannot_be_watched)
{
	struct loop_watch watch = {fileno(tmpfile()), end_ready};
	begin(NULL);
	cr_assert_not(loop_watch_begin(loop, &watch, EPOLLIN));
	loop_free(loop);
}

/* ---- what is large ---- */

static void leave_much(struct loop_timer *timer)
{
	enum { SIZE = 64 << 20 };
	rubbish_free(memory_allocate(SIZE), SIZE);
	tell('m');
	(void)timer;
}

static void see_what_is_left(struct loop_timer *timer)
{
	tell(rubbish_sweep() ? 'r' : 'g');
	(void)timer;
}

/* It goes back bit by bit between other things, and nothing has to happen for that. */
Test(loop, large_memory_goes_back_in_turns)
{
	struct loop_timer leaves = {.fire = leave_much}, sees = {.fire = see_what_is_left};
	struct moment after, end;
	begin(NULL);
	cr_assert(loop_timer_begin(loop, &leaves));
	loop_timer_set(loop, &leaves, 0);
	cr_assert(loop_timer_begin(loop, &sees));
	loop_timer_set(loop, &sees, clock_monotonic() + 300000);
	moment_begin(&after, 'a', 1);
	after.again = 3;
	moment_begin(&end, 'z', clock_monotonic() + 301000);
	loop_run(loop);
	cr_assert_str_eq(told, "maaaagz");
	loop_timer_end(loop, &leaves);
	loop_timer_end(loop, &sees);
	loop_timer_end(loop, &after.timer);
	loop_timer_end(loop, &end.timer);
	loop_free(loop);
}
