/* What a file of LMDB goes through: processes that are killed, others beside them, no room left. */
#include "stores.h"

#include "store/lmdb_file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECOND = 1000000 };

static const int64_t NOW = INT64_C(1790000000) * SECOND;

TestSuite(lmdb_store, .init = stores_begin, .fini = stores_end, .timeout = 300);

static struct shared_variable *open_one(struct shared *space, enum shared_kind kind,
					const char *name)
{
	const struct shared_settings settings = { kind,	       name,	"",	 "lmdb:test",
						  10 * SECOND, 1000000, 64 << 20 };
	const char *fault = "";
	struct shared_variable *variable = shared_open(space, &settings, &fault);

	cr_assert_not_null(variable, "%s", fault);
	return variable;
}

/* Counts, and tells how far it is certain to be. */
static void count_for_ever(int report)
{
	struct shared *space = shared_new();
	struct shared_variable *counter = open_one(space, SHARED_COUNTER, "n");
	struct shared_variable *cache = open_one(space, SHARED_CACHE, "c");

	for (;;) {
		int64_t sum = store_number(counter, STORE_ADD, TEXT_EMPTY, 1, NOW);

		store_number(cache, STORE_PUT, text_of(&sum, sizeof(sum), LIFETIME_EVENT), 0,
			     NOW + sum);
		if (write(report, &sum, sizeof(sum)) != sizeof(sum))
			_exit(0);
	}
}

/* The last number that a child reported before it was killed. */
static int64_t count_and_die(useconds_t after)
{
	int64_t sum, last = 0;
	int ends[2];
	pid_t child;

	cr_assert_eq(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		close(ends[0]);
		alarm(20);
		count_for_ever(ends[1]);
	}
	close(ends[1]);
	usleep(after);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	while (read(ends[0], &sum, sizeof(sum)) == sizeof(sum))
		last = sum;
	close(ends[0]);
	return last;
}

Test(lmdb_store, what_was_told_is_there_after_a_kill)
{
	for (unsigned i = 0; i < 20; i++) {
		int64_t told = count_and_die(20000 + i * 3000);
		struct shared *space = shared_new();
		struct shared_variable *counter = open_one(space, SHARED_COUNTER, "n");
		struct shared_variable *cache = open_one(space, SHARED_CACHE, "c");
		int64_t sum = store_number(counter, STORE_ADD, TEXT_EMPTY, 0, NOW);

		cr_assert(sum >= told, "%lld were told, %lld are there", (long long)told,
			  (long long)sum);
		cr_assert_leq(store_number(cache, STORE_COUNT, TEXT_EMPTY, 0, NOW), sum);
		shared_close(space, counter);
		shared_close(space, cache);
		shared_free(space);
	}
}

Test(lmdb_store, processes_count_together)
{
	static struct shared *space; /* a child's end is no leak */
	space = shared_new();
	struct shared_variable *counter = open_one(space, SHARED_COUNTER, "n");

	store_number(counter, STORE_ADD, TEXT_EMPTY, 0,
		     NOW); /* open before the fork: not the child's */
	for (unsigned i = 0; i < 4; i++)
		if (fork() == 0) {
			for (unsigned n = 0; n < 100; n++)
				store_number(counter, STORE_ADD, TEXT_EMPTY, 1, NOW);
			_exit(0);
		}
	for (unsigned i = 0; i < 4; i++)
		wait(NULL);
	cr_expect_eq(store_number(counter, STORE_ADD, TEXT_EMPTY, 0, NOW), 400);
	shared_close(space, counter);
	shared_free(space);
}

Test(lmdb_store, a_file_that_is_full)
{
	struct shared *space = shared_new();
	struct shared_variable *cache;
	struct store_request request = { .operation = STORE_PUT, .now = NOW };
	static char room[100000];
	enum store_status status = STORE_DONE;

	lmdb_set_file_max(1 << 20);
	cache = open_one(space, SHARED_CACHE, "c");
	for (unsigned n = 0; n < 100 && status == STORE_DONE; n++) {
		request.key = text_of(&n, sizeof(n), LIFETIME_EVENT);
		request.value = text_of(room, sizeof(room), LIFETIME_EVENT);
		status = store_ask(cache, &request);
	}
	cr_expect_eq(status, STORE_FAILED);
	cr_expect_str_eq(request.fault, "the file of the store is full");
	cr_expect_gt(store_number(cache, STORE_COUNT, TEXT_EMPTY, 0, NOW), 5);
	shared_close(space, cache);
	shared_free(space);
}

Test(lmdb_store, a_file_that_is_none)
{
	struct shared *space = shared_new();
	struct shared_variable *cache = open_one(space, SHARED_CACHE, "c");
	struct store_request request = { .operation = STORE_GET, .key = TEXT("k"), .now = NOW };
	char path[128], junk[8192] = "this is no file of LMDB";
	int fd;

	snprintf(path, sizeof(path), "%s/test", stores_folder);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	cr_assert_eq(write(fd, junk, sizeof(junk)), sizeof(junk));
	close(fd);
	cr_expect_eq(store_ask(cache, &request), STORE_FAILED);
	cr_expect_not_null(request.fault);
	shared_close(space, cache);
	shared_free(space);
}
