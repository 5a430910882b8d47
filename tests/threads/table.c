/* A table whose file is replaced again and again while threads look things up: each sees one file or
 * the other, whole.
 *
 *     table [THREADS [OPERATIONS]] */
#include "base/log.h"
#include "store/table.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS_MAX = 64, ROWS = 2000 };

static struct table *table;
static char folder[] = "/tmp/afsl-threads-XXXXXX";
static atomic_long failures, versions_seen;
static long operations = 1000000, thread_count = 4;
static atomic_bool done;

/* Every row of a version holds its number; put in place at once, as it should be. */
static void write_version(int version)
{
	char path[64], fresh[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/t", folder);
	snprintf(fresh, sizeof(fresh), "%s/new", folder);
	file = fopen(fresh, "w");
	for (int i = 0; i < ROWS; i++)
		fprintf(file, "key%d %d\n", i, version);
	fclose(file);
	rename(fresh, path);
}

static void *work(void *argument)
{
	unsigned n = (unsigned)(intptr_t)argument;
	struct text last = TEXT_EMPTY;
	char kept[16] = "";

	for (long i = 0; i < operations / thread_count || !atomic_load(&done); i++) {
		struct rows *rows = table_rows(table);
		struct text first, second;
		char key[16];

		snprintf(key, sizeof(key), "key%u", n++ % ROWS);
		if (!rows_find_text(rows, TEXT("key0"), &first) ||
		    !rows_find_text(rows, text_of_string(key, LIFETIME_EVENT), &second) ||
		    !text_equals(first, second))
			failures++;
		if (!text_equals(first, last)) {
			versions_seen++;
			snprintf(kept, sizeof(kept), "%.*s", TEXT_PRINTF(first));
			last = text_of_string(kept, LIFETIME_EVENT);
		}
		rows_release(rows);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS_MAX];
	struct diagnostics *diagnostics = calloc(1, sizeof(*diagnostics));
	char path[64];

	if (argc > 1)
		thread_count = atol(argv[1]);
	if (argc > 2)
		operations = atol(argv[2]);
	if (thread_count < 1 || thread_count > THREADS_MAX || !mkdtemp(folder))
		return 2;
	log_open("table", false, LOG_LEVEL_WARNING);
	write_version(1);
	diagnostics_init(diagnostics);
	diagnostics_add_source(diagnostics, "script", TEXT("x"));
	table = table_open("file:t", folder, TABLE_TEXT, true, (struct span){ 0 }, diagnostics);
	for (long i = 0; i < thread_count; i++)
		pthread_create(&threads[i], NULL, work, (void *)(intptr_t)i);
	for (int version = 2; version < 6; version++) {
		usleep(1100000);
		write_version(version);
	}
	atomic_store(&done, true);
	for (long i = 0; i < thread_count; i++)
		pthread_join(threads[i], NULL);
	printf("%ld look-ups or more on %ld threads, %ld changes seen\n", operations, thread_count,
	       (long)versions_seen);
	if (versions_seen < 2 * thread_count)
		failures++;
	table_close(table);
	diagnostics_free(diagnostics);
	free(diagnostics);
	snprintf(path, sizeof(path), "%s/t", folder);
	unlink(path);
	rmdir(folder);
	printf("%s\n", failures ? "0 passed, 1 failed" : "1 passed, 0 failed");
	return failures != 0;
}
