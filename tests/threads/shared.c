/* Shared variables under threads: what all of them did together must come out, whoever was first.
 *
 *     shared [THREADS [OPERATIONS]]
 *
 * A plain program, so that it can run under ThreadSanitizer. */
#include "base/memory.h"
#include "base/wait.h"
#include "store/shared.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS_MAX = 64, KEYS = 1000, SECOND = 1000000 };

static struct shared *space;
static struct shared_variable *counter, *rate, *cache, *small;
static long operations = 1000000, thread_count = 4;
static atomic_long inserted, failures;

static struct shared_variable *open_one(enum shared_kind kind, const char *name, int64_t max)
{
	const struct shared_settings settings = { kind, name, "", NULL, 3600 * (int64_t)SECOND, max, 64 << 20 };
	const char *fault = "";
	struct shared_variable *variable = shared_open(space, &settings, &fault);

	if (!variable) {
		fprintf(stderr, "%s: %s\n", name, fault);
		exit(1);
	}
	return variable;
}

static struct text key_of(long n, char room[32])
{
	snprintf(room, 32, "key %ld", n % KEYS);
	return text_of_string(room, LIFETIME_EVENT);
}

static enum store_status ask(struct shared_variable *variable, enum store_operation operation,
			     struct text key, struct text value, struct buffer *answer)
{
	struct store_request request = {
		.operation = operation, .key = key, .value = value, .now = 1, .answer = answer
	};

	return shared_perform(variable, &request);
}

/* Whoever does not insert must see what another one has inserted, whole. */
static void insert(struct text key, long thread)
{
	char value[40];
	struct buffer answer;

	buffer_init(&answer, 1024);
	snprintf(value, sizeof(value), "%.*s of %ld", TEXT_PRINTF(key), thread);
	if (ask(cache, STORE_INSERT, key, text_of_string(value, LIFETIME_EVENT), &answer) == STORE_DONE)
		inserted++;
	else if (!text_starts_with(buffer_text(&answer), key))
		failures++;
	buffer_free(&answer);
}

/* A small one is full all the time: each put drops another thread's entry. */
static void churn(struct text key, long n)
{
	char bytes[200] = { 0 };

	ask(small, STORE_PUT, key, text_of(bytes, (size_t)n % sizeof(bytes), LIFETIME_EVENT), NULL);
	ask(small, STORE_REMOVE, key, TEXT_EMPTY, NULL);
}

/* Another program comes and goes, as in a reload. */
static void reopen(long n)
{
	struct shared_variable *again = open_one(SHARED_CACHE, "cache", 10000 + n % 7);

	if (again != cache)
		failures++;
	shared_close(space, again);
}

static int64_t number(struct shared_variable *variable, enum store_operation operation,
		      struct text key, int64_t n)
{
	struct store_request request = {
		.operation = operation, .key = key, .number = n, .now = 1000 * (int64_t)SECOND
	};

	shared_perform(variable, &request);
	return request.count;
}

static void *work(void *argument)
{
	long thread = (long)(intptr_t)argument;
	char room[32];

	for (long n = 0; n < operations / thread_count; n++) {
		struct text key = key_of(n * (thread + 1), room);

		number(counter, STORE_ADD, TEXT_EMPTY, 1);
		number(rate, STORE_HIT, key, 1);
		insert(key, thread);
		churn(key, n);
		if (n % 1000 == 0)
			reopen(n);
	}
	return NULL;
}

static int64_t sum_of_rates(void)
{
	int64_t sum = 0;
	char room[32];

	for (long n = 0; n < KEYS; n++)
		sum += number(rate, STORE_HIT, key_of(n, room), 0);
	return sum;
}

static void expect(const char *what, int64_t got, int64_t wanted)
{
	if (got == wanted)
		return;
	printf("%s: %lld, not %lld\n", what, (long long)got, (long long)wanted);
	failures++;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS_MAX];
	int64_t begun, done;

	if (argc > 1)
		thread_count = atol(argv[1]);
	if (argc > 2)
		operations = atol(argv[2]);
	if (thread_count < 1 || thread_count > THREADS_MAX || operations < thread_count)
		return 2;
	space = shared_new();
	counter = open_one(SHARED_COUNTER, "counter", 1);
	rate = open_one(SHARED_RATE, "rate", 100000);
	cache = open_one(SHARED_CACHE, "cache", 100000);
	small = open_one(SHARED_CACHE, "small", 10);
	begun = clock_monotonic();
	for (long i = 0; i < thread_count; i++)
		pthread_create(&threads[i], NULL, work, (void *)(intptr_t)i);
	for (long i = 0; i < thread_count; i++)
		pthread_join(threads[i], NULL);
	done = operations / thread_count * thread_count;
	printf("%lld rounds of 5 operations on %ld threads: %lld ms\n", (long long)done, thread_count,
	       (long long)(clock_monotonic() - begun) / 1000);
	expect("counter", number(counter, STORE_ADD, TEXT_EMPTY, 0), done);
	expect("hits", sum_of_rates(), done);
	expect("inserted", inserted, KEYS);
	shared_close(space, counter);
	shared_close(space, rate);
	shared_close(space, cache);
	shared_close(space, small);
	shared_free(space);
	printf("%s\n", failures ? "0 passed, 1 failed" : "1 passed, 0 failed");
	return failures != 0;
}
