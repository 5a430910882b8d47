/* Tables in SQLite: a query with one ?, whose first row's first column is the value. */
#include "store/database.h"

#include "base/library.h"
#include "base/memory.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum { STEPS_MAX = 5000000, TEXT_BYTES_MAX = 16 << 20 };

#define SQLITE_FUNCTIONS(F)                                                                        \
	F(sqlite3_open_v2)                                                                         \
	F(sqlite3_close_v2)                                                                        \
	F(sqlite3_limit)                                                                           \
	F(sqlite3_progress_handler)                                                                \
	F(sqlite3_prepare_v2)                                                                      \
	F(sqlite3_finalize)                                                                        \
	F(sqlite3_stmt_readonly)                                                                   \
	F(sqlite3_bind_parameter_count)                                                            \
	F(sqlite3_bind_text)                                                                       \
	F(sqlite3_clear_bindings)                                                                  \
	F(sqlite3_step)                                                                            \
	F(sqlite3_reset)                                                                           \
	F(sqlite3_column_count)                                                                    \
	F(sqlite3_column_text)                                                                     \
	F(sqlite3_column_bytes)                                                                    \
	F(sqlite3_errmsg)                                                                          \
	F(sqlite3_errstr)

static struct {
	SQLITE_FUNCTIONS(LIBRARY_POINTER)
} sqlite;
static const struct library_symbol symbols[] = { SQLITE_FUNCTIONS(LIBRARY_SYMBOL) };
static struct library library = LIBRARY("libsqlite3.so.0", "libsqlite3-0", symbols, sqlite);

struct opened {
	sqlite3 *db;
	sqlite3_stmt *query;
};

static bool load(const char **why)
{
	return library_load(&library, why);
}

static void close_database(void *argument)
{
	struct opened *opened = argument;

	sqlite.sqlite3_finalize(opened->query);
	sqlite.sqlite3_close_v2(opened->db);
	memory_free(opened);
}

/* ---- opening ---- */

/* What went wrong, to outlive the database. */
static const char *keep_fault(const char *message)
{
	static _Thread_local char kept[256];

	snprintf(kept, sizeof(kept), "%s", message);
	return kept;
}

/* After so many steps of its machine a query is interrupted. */
static int interrupt(void *argument)
{
	(void)argument;
	return 1;
}

static const char *prepare(struct opened *opened, const char *query, bool keyed)
{
	const char *rest = "";

	sqlite.sqlite3_limit(opened->db, SQLITE_LIMIT_LENGTH, TEXT_BYTES_MAX);
	sqlite.sqlite3_progress_handler(opened->db, STEPS_MAX, interrupt, NULL);
	if (sqlite.sqlite3_prepare_v2(opened->db, query, -1, &opened->query, &rest) != SQLITE_OK)
		return keep_fault(sqlite.sqlite3_errmsg(opened->db));
	if (!opened->query || rest[strspn(rest, "; \t\r\n")] != '\0')
		return "write one query: sqlite:FILE:SELECT value FROM t WHERE key = ?";
	if (!sqlite.sqlite3_stmt_readonly(opened->query) ||
	    sqlite.sqlite3_bind_parameter_count(opened->query) != 1)
		return "the query must read, with one ? for the key";
	if (keyed && sqlite.sqlite3_column_count(opened->query) < 1)
		return "the query gives no value";
	return NULL;
}

static const char *open_file(struct opened *opened, const char *file)
{
	int error = sqlite.sqlite3_open_v2(file, &opened->db,
					   SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);

	return error == SQLITE_OK ? NULL : sqlite.sqlite3_errstr(error);
}

static void *open_database(const struct database_settings *settings, const char **fault)
{
	const char *query = strchr(settings->place, ':');
	struct opened *opened = memory_zeroed(1, sizeof(*opened));
	char *file = memory_copy_string(settings->place);

	*fault = "there is no memory for it";
	if (opened && file) {
		file[strcspn(file, ":")] = '\0';
		*fault = query ? open_file(opened, file)
			       : "write sqlite:FILE:SELECT value FROM t WHERE key = ?";
		if (!*fault)
			*fault = prepare(opened, query + 1, settings->keyed);
	}
	memory_free(file);
	if (!*fault || !opened)
		return opened;
	close_database(opened);
	return NULL;
}

/* ---- asking ---- */

static enum store_status fail(struct store_request *request, const char *why)
{
	request->fault = why;
	return STORE_FAILED;
}

static enum store_status take_row(struct opened *opened, struct store_request *request)
{
	const unsigned char *text;
	int length;

	if (!request->answer)
		return STORE_FOUND;
	text = sqlite.sqlite3_column_text(opened->query, 0);
	length = sqlite.sqlite3_column_bytes(opened->query, 0);
	if (text)
		buffer_append(request->answer, text, (size_t)length);
	return request->answer->failed ? fail(request, "there is no memory for it") : STORE_FOUND;
}

static enum store_status run(struct opened *opened, struct store_request *request)
{
	int result = sqlite.sqlite3_step(opened->query);

	if (result == SQLITE_ROW)
		return take_row(opened, request);
	if (result == SQLITE_DONE)
		return STORE_ABSENT;
	return fail(request, (result & 0xff) == SQLITE_INTERRUPT ? "the query takes too long"
								 : sqlite.sqlite3_errstr(result));
}

static enum store_status ask(void *argument, struct store_request *request)
{
	struct opened *opened = argument;
	struct text key = request->key;
	enum store_status status;

	if (request->operation == STORE_COUNT)
		return fail(request, "how many rows a query has is not known");
	if (sqlite.sqlite3_bind_text(opened->query, 1, key.length ? key.data : "", (int)key.length,
				     SQLITE_STATIC) != SQLITE_OK)
		return fail(request, "the key is too long");
	status = run(opened, request);
	sqlite.sqlite3_reset(opened->query);
	sqlite.sqlite3_clear_bindings(opened->query);
	return status;
}

const struct database_kind sqlite_database = {
	.prefix = "sqlite",
	.is_file = true,
	.load = load,
	.open = open_database,
	.ask = ask,
	.close = close_database,
};
