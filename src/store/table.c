#include "store/table.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/system.h"
#include "base/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_LENGTH_MAX = 4096, BETWEEN_LOOKS = 1000000, LINES_LOGGED = 5 };

struct table {
	enum table_key key;
	bool keyed;
	char path[PATH_LENGTH_MAX];
	struct database *database; /* or NULL, and then all of this: */
	pthread_mutex_t lock;	   /* of `rows`: held for a moment */
	struct rows *rows;
	_Atomic int64_t next_look; /* clock_monotonic() */
	/* Those that look at the file take turns by `next_look` and `reading`. */
	atomic_bool reading;
	struct stat seen; /* of the file as it was read last, good or bad */
	bool missing;	  /* that it cannot be read has been logged */
	bool has_reader;  /* `reader` must be joined */
	pthread_t reader;
};

/* ---- the file ---- */

static bool make_path(const char *source, const char *folder, char path[PATH_LENGTH_MAX])
{
	int length = source[0] == '/' || !folder || !folder[0]
			     ? snprintf(path, PATH_LENGTH_MAX, "%s", source)
			     : snprintf(path, PATH_LENGTH_MAX, "%s/%s", folder, source);

	return length > 0 && length < PATH_LENGTH_MAX;
}

/* A file that is not there is told at the table's declaration. */
static struct rows *read_file(struct table *table, struct span declared,
			      struct diagnostics *diagnostics)
{
	int fd = system_open(table->path, O_RDONLY | O_NONBLOCK, 0);
	struct diagnostic *diagnostic;
	struct stat status;
	struct rows *rows;

	if (fd < 0) {
		diagnostic = diagnostics_report(diagnostics, "E0515", declared,
						"cannot read the table's file %s: %s", table->path,
						strerror(errno));
		diagnostic_help(diagnostics, diagnostic,
				"a relative name starts at the script's folder");
		return NULL;
	}
	/* Before it is read: what is written meanwhile is seen the next time. */
	if (fstat(fd, &status) == 0)
		table->seen = status;
	rows = rows_read(fd, table->path, table->key, table->keyed, declared, diagnostics);
	close(fd);
	return rows;
}

/* ---- reading again ---- */

static void log_diagnostic(const struct diagnostics *diagnostics, const struct diagnostic *one)
{
	const struct source *source = &diagnostics->sources[one->span.source];
	struct place place;

	if (one->span.to == 0) {
		log_line(LOG_LEVEL_WARNING, "%s", one->message);
		return;
	}
	place = source_place(source, one->span.from);
	log_line(LOG_LEVEL_WARNING, "%s:%u:%u: [%s] %s", source->name, place.line, place.column,
		 one->code, one->message);
}

static void log_bad_file(const struct table *table, const struct diagnostics *diagnostics)
{
	unsigned lines = 0;

	for (const struct diagnostic *one = diagnostics->first; one && lines < LINES_LOGGED;
	     one = one->next, lines++)
		log_diagnostic(diagnostics, one);
	log_line(LOG_LEVEL_WARNING, "table %s is not read again (%u wrong): the old rows stay",
		 table->path, diagnostics->errors);
}

static void replace_rows(struct table *table, struct rows *rows)
{
	struct rows *old;

	pthread_mutex_lock(&table->lock);
	old = table->rows;
	table->rows = rows;
	pthread_mutex_unlock(&table->lock);
	rows_release(old);
}

static void *read_again(void *argument)
{
	static const struct span nowhere = { 0, 0, 0 };
	struct table *table = argument;
	struct diagnostics *diagnostics = memory_zeroed(1, sizeof(*diagnostics));
	struct rows *rows = NULL;

	if (diagnostics) {
		diagnostics_init(diagnostics);
		rows = read_file(table, nowhere, diagnostics);
		if (!rows)
			log_bad_file(table, diagnostics);
		diagnostics_free(diagnostics);
		memory_free(diagnostics);
	}
	if (rows) {
		log_line(LOG_LEVEL_INFO, "table %s is read again: %u rows", table->path,
			 rows_count(rows));
		replace_rows(table, rows);
	}
	atomic_store(&table->reading, false);
	return NULL;
}

static void join_reader(struct table *table)
{
	if (table->has_reader)
		pthread_join(table->reader, NULL);
	table->has_reader = false;
}

/* A second may pass before a change is seen, so nothing is lost by trying again then. The lock: a
 * reader may end, and another thread may start the next one, before this one knows that it has
 * started the first. */
static void start_reader(struct table *table)
{
	pthread_mutex_lock(&table->lock);
	join_reader(table); /* it has ended, or is about to: `reading` was false */
	table->has_reader = pthread_create(&table->reader, NULL, read_again, table) == 0;
	if (!table->has_reader)
		atomic_store(&table->reading, false);
	pthread_mutex_unlock(&table->lock);
}

static bool has_changed(struct table *table)
{
	struct stat status;

	if (stat(table->path, &status) < 0) {
		if (!table->missing)
			log_line(LOG_LEVEL_WARNING,
				 "table %s cannot be read: %s; the old rows stay", table->path,
				 strerror(errno));
		table->missing = true;
		return false;
	}
	table->missing = false;
	return !system_is_untouched(&table->seen, &status);
}

static void look(struct table *table)
{
	int64_t now = clock_monotonic();
	int64_t due = atomic_load_explicit(&table->next_look, memory_order_relaxed);

	if (now < due ||
	    !atomic_compare_exchange_strong(&table->next_look, &due, now + BETWEEN_LOOKS))
		return;
	if (atomic_exchange(&table->reading, true))
		return;
	if (has_changed(table))
		start_reader(table);
	else
		atomic_store(&table->reading, false);
}

/* ---- outside ---- */

static const char *const prefixes[] = { "file:", "cidr:", "regex:", "pcre:" };

static const char *path_part(const char *source)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (strncmp(source, prefixes[i], strlen(prefixes[i])) == 0)
			return source + strlen(prefixes[i]);
	return NULL;
}

static bool open_database(struct table *table, const char *source, const char *folder,
			  struct span declared, struct diagnostics *diagnostics)
{
	const char *fault;

	table->database = database_open(source, folder, table->keyed, &fault);
	if (!table->database)
		diagnostics_report(diagnostics, "E0515", declared, "cannot open the table: %s",
				   fault);
	return table->database != NULL;
}

static bool open_rows(struct table *table, const char *source, const char *folder,
		      struct span declared, struct diagnostics *diagnostics)
{
	const char *path = path_part(source);

	if (!path || !make_path(path, folder, table->path))
		diagnostics_report(diagnostics, "E0515", declared,
				   path ? "the table's file name is too long"
					: "the table's source is of no known kind");
	else
		table->rows = read_file(table, declared, diagnostics);
	return table->rows != NULL;
}

struct table *table_open(const char *source, const char *folder, enum table_key key, bool keyed,
			 struct span declared, struct diagnostics *diagnostics)
{
	struct table *table = memory_zeroed(1, sizeof(*table));

	if (!table)
		return NULL;
	table->key = key;
	table->keyed = keyed;
	table->next_look = clock_monotonic() + BETWEEN_LOOKS;
	if (database_is_source(source) ? open_database(table, source, folder, declared, diagnostics)
				       : open_rows(table, source, folder, declared, diagnostics)) {
		pthread_mutex_init(&table->lock, NULL);
		return table;
	}
	memory_free(table);
	return NULL;
}

void table_close(struct table *table)
{
	if (!table)
		return;
	join_reader(table);
	pthread_mutex_destroy(&table->lock);
	rows_release(table->rows);
	database_close(table->database);
	memory_free(table);
}

struct database *table_database(const struct table *table)
{
	return table->database;
}

struct rows *table_rows(struct table *table)
{
	struct rows *rows;

	look(table);
	pthread_mutex_lock(&table->lock);
	rows = rows_keep(table->rows);
	pthread_mutex_unlock(&table->lock);
	return rows;
}
