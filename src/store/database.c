#include "store/database.h"

#include "base/log.h"
#include "base/memory.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { BETWEEN_LOOKS = 1000000, PLACE_MAX = PATH_MAX + 4096 };

struct database {
	const struct database_kind *kind;
	char *place, *file; /* `file`: the part of `place` that names it; NULL when it is none */
	bool keyed;
	pthread_mutex_t lock; /* of a file: one look-up at a time */
	void *opened;
	struct stat seen;
	int64_t next_look; /* clock_monotonic() */
};

static const struct database_kind *const kinds[] = { &sqlite_database, &lmdb_database,
						     &redis_database };

static const struct database_kind *find_kind(const char *source)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		size_t length = strlen(kinds[i]->prefix);

		if (strncmp(source, kinds[i]->prefix, length) == 0 && source[length] == ':')
			return kinds[i];
	}
	return NULL;
}

bool database_is_source(const char *source)
{
	return find_kind(source) != NULL;
}

bool database_is_remote(const struct database *database)
{
	return database->kind->is_remote;
}

/* ---- opening ---- */

static void *open_kind(const struct database *database, const char **fault)
{
	const struct database_settings settings = { database->place, database->keyed };

	return database->kind->open(&settings, fault);
}

/* The file's name ends where a query begins. */
static bool set_place(struct database *database, const char *place, const char *folder)
{
	bool absolute = !database->kind->is_file || place[0] == '/' || !folder || !folder[0];
	char whole[PLACE_MAX];
	int length = absolute ? snprintf(whole, sizeof(whole), "%s", place)
			      : snprintf(whole, sizeof(whole), "%s/%s", folder, place);

	if (length >= (int)sizeof(whole))
		return false;
	database->place = memory_copy_string(whole);
	if (database->kind->is_file) {
		whole[strcspn(whole, ":")] = '\0';
		database->file = memory_copy_string(whole);
	}
	return database->place && (database->file || !database->kind->is_file);
}

struct database *database_open(const char *source, const char *folder, bool keyed,
			       const char **fault)
{
	struct database *database = memory_zeroed(1, sizeof(*database));

	*fault = "there is no memory for it";
	if (!database)
		return NULL;
	pthread_mutex_init(&database->lock, NULL);
	database->kind = find_kind(source);
	database->keyed = keyed;
	if (set_place(database, source + strlen(database->kind->prefix) + 1, folder) &&
	    (!database->kind->load || database->kind->load(fault))) {
		if (database->file)
			stat(database->file, &database->seen);
		database->next_look = clock_monotonic() + BETWEEN_LOOKS;
		database->opened = open_kind(database, fault);
	}
	if (database->opened)
		return database;
	database_close(database);
	return NULL;
}

void database_close(struct database *database)
{
	if (!database)
		return;
	if (database->opened)
		database->kind->close(database->opened);
	pthread_mutex_destroy(&database->lock);
	memory_free(database->place);
	memory_free(database->file);
	memory_free(database);
}

/* ---- asking ---- */

/* What is changed within a file is seen anyway; here it is about another file of that name. */
static void look_again(struct database *database)
{
	int64_t now = clock_monotonic();
	struct stat status;
	const char *fault;
	void *fresh;

	if (now < database->next_look)
		return;
	database->next_look = now + BETWEEN_LOOKS;
	if (stat(database->file, &status) < 0 ||
	    (status.st_ino == database->seen.st_ino && status.st_dev == database->seen.st_dev))
		return;
	database->seen = status;
	fresh = open_kind(database, &fault);
	if (!fresh) {
		log_line(LOG_LEVEL_WARNING, "table %s is not opened again: %s; the old one stays",
			 database->file, fault);
		return;
	}
	log_line(LOG_LEVEL_INFO, "table %s is opened again", database->file);
	database->kind->close(database->opened);
	database->opened = fresh;
}

enum store_status database_ask(struct database *database, struct store_request *request)
{
	enum store_status status;

	if (!database->file)
		return database->kind->ask(database->opened, request);
	pthread_mutex_lock(&database->lock);
	look_again(database);
	status = database->kind->ask(database->opened, request);
	pthread_mutex_unlock(&database->lock);
	return status;
}
