/* Tables that are databases: asked for one key each time, and never written. */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include "store/backend.h"

struct database;

/* "sqlite:FILE:SELECT ...", "lmdb:FILE", "redis:ADDRESS?hash=NAME": does the source name one? */
bool database_is_source(const char *source);
/* Loads the library, and opens. Relative files start at `folder`; with `keyed` a key has a value.
 * NULL with the reason in *fault, which lives until this thread asks again. */
struct database *database_open(const char *source, const char *folder, bool keyed,
			       const char **fault);
void database_close(struct database *database);
/* Is it asked over the network? */
bool database_is_remote(const struct database *database);

/* STORE_GET: the value of `key` to `answer`; STORE_HAS; STORE_COUNT where it can be known. Of the
 * request `answer`, `wait`, `arena` and `pending` are used. A file that was replaced is opened
 * again; when that fails the old one stays, and the log says so. */
enum store_status database_ask(struct database *database, struct store_request *request);

/* ---- kinds ---- */

struct database_settings {
	const char *place; /* what follows the prefix; files begin at a root */
	bool keyed;
};

struct database_kind {
	const char *prefix;
	bool is_file, is_remote;
	bool (*load)(const char **why); /* NULL: needs no library */
	void *(*open)(const struct database_settings *settings, const char **fault);
	enum store_status (*ask)(void *opened, struct store_request *request);
	void (*close)(void *opened);
};

extern const struct database_kind sqlite_database, lmdb_database, redis_database;

#endif
