/* Tables that are databases: SQLite, LMDB as postmap makes it, and a hash of a real Redis. */
#include "store/database.h"

#include "stores.h"

#include "base/wait.h"
#include "store/lmdb_file.h"
#include "store/redis.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct arena arena;

static void begin(void)
{
	stores_begin();
	arena_init(&arena, 64 << 20, LIFETIME_EVENT);
}

static void end(void)
{
	arena_reset(&arena);
	stores_end();
}

TestSuite(database, .init = begin, .fini = end, .timeout = 300);

/* In the folder, where files of the tests are. */
static void shell(const char *command)
{
	char line[1000];

	snprintf(line, sizeof(line), "cd %s && %s", stores_folder, command);
	cr_assert_eq(system(line), 0, "%s", command);
}

static struct database *open_one(const char *source)
{
	const char *fault = "";
	struct database *database = database_open(source, stores_folder, true, &fault);

	cr_assert_not_null(database, "%s: %s", source, fault);
	return database;
}

static void expect_fault(const char *source)
{
	const char *fault = NULL;

	cr_expect_null(database_open(source, stores_folder, true, &fault), "%s", source);
	cr_expect_not_null(fault);
}

static enum store_status ask(struct database *database, enum store_operation operation,
			     struct text key, struct buffer *answer, struct store_request *request)
{
	struct wait_request wait;
	void *pending = NULL;
	enum store_status status;

	*request = (struct store_request){ .operation = operation,
					   .key = key,
					   .answer = answer,
					   .wait = &wait,
					   .arena = &arena,
					   .pending = &pending };
	while ((status = database_ask(database, request)) == STORE_WAITING)
		wait_poll(&wait);
	return status;
}

static void expect(struct database *database, struct text key, const char *found)
{
	struct store_request request;
	struct buffer answer;
	enum store_status status;

	buffer_init(&answer, 1 << 20);
	status = ask(database, STORE_GET, key, &answer, &request);
	cr_expect_eq(status, found ? STORE_FOUND : STORE_ABSENT, "%.*s: %s", TEXT_PRINTF(key),
		     request.fault ? request.fault : "");
	cr_expect(text_equals_string(buffer_text(&answer), found ? found : ""), "%.*s",
		  TEXT_PRINTF(key));
	cr_expect_eq(ask(database, STORE_HAS, key, NULL, &request),
		     found ? STORE_FOUND : STORE_ABSENT);
	buffer_free(&answer);
}

/* ---- SQLite ---- */

static const char make_owners[] =
	"sqlite3 owners.db \"CREATE TABLE o(a TEXT PRIMARY KEY, b); INSERT INTO o VALUES"
	"('bob@x.example', 'alice'), ('n@x.example', 5), ('none@x.example', NULL)\"";
#define OWNERS "sqlite:owners.db:SELECT b FROM o WHERE a = ?"

Test(database, sqlite_answers_a_query)
{
	struct store_request request;
	struct database *database;

	shell(make_owners);
	database = open_one(OWNERS);
	expect(database, TEXT("bob@x.example"), "alice");
	expect(database, TEXT("n@x.example"), "5");
	expect(database, TEXT("none@x.example"), "");
	expect(database, TEXT("nobody@x.example"), NULL);
	expect(database, TEXT("' OR 1=1 --"), NULL);
	expect(database, TEXT(""), NULL);
	cr_expect_eq(ask(database, STORE_COUNT, TEXT_EMPTY, NULL, &request), STORE_FAILED);
	shell("sqlite3 owners.db \"INSERT INTO o VALUES('new@x.example', 'carol')\"");
	expect(database, TEXT("new@x.example"), "carol");
	database_close(database);
}

Test(database, sqlite_that_cannot_be_opened)
{
	shell(make_owners);
	shell("echo this is no database > junk.db");
	expect_fault("sqlite:nowhere.db:SELECT b FROM o WHERE a = ?");
	expect_fault("sqlite:owners.db");
	expect_fault("sqlite:owners.db:SELECT nothing FROM o WHERE a = ?");
	expect_fault("sqlite:owners.db:SELECT b FROM o");
	expect_fault("sqlite:owners.db:SELECT b FROM o WHERE a = ? OR b = ?");
	expect_fault("sqlite:owners.db:DELETE FROM o WHERE a = ?");
	expect_fault("sqlite:owners.db:SELECT b FROM o WHERE a = ?; DELETE FROM o");
	expect_fault("sqlite:junk.db:SELECT b FROM o WHERE a = ?");
}

Test(database, sqlite_that_takes_too_long)
{
	struct store_request request;
	struct database *database;
	struct buffer answer;

	shell(make_owners);
	database = open_one(
		"sqlite:owners.db:WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
		"SELECT count(*) FROM n WHERE i = ?");
	buffer_init(&answer, 1000);
	cr_expect_eq(ask(database, STORE_GET, TEXT("k"), &answer, &request), STORE_FAILED);
	cr_expect_str_eq(request.fault, "the query takes too long");
	buffer_free(&answer);
	database_close(database);
}

Test(database, a_file_that_is_replaced_is_opened_again_and_a_bad_one_is_not)
{
	struct database *database;

	shell(make_owners);
	database = open_one(OWNERS);
	expect(database, TEXT("bob@x.example"), "alice");
	shell("echo this is no database > new && mv new owners.db");
	usleep(1100000);
	expect(database, TEXT("bob@x.example"), "alice");
	shell("sqlite3 new \"CREATE TABLE o(a, b); INSERT INTO o VALUES('bob@x.example', 'dave')\" "
	      "&& mv new owners.db");
	usleep(1100000);
	expect(database, TEXT("bob@x.example"), "dave");
	database_close(database);
}

/* ---- LMDB ---- */

/* As another process does: with its locks, in its own time. */
static void put_rows(const char *file, bool with_nul, const char *first_value)
{
	const char *rows[][2] = { { "bob@x.example", first_value }, { "10.0.0.7", "relay" } };
	char path[128];
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	const char *why;
	pid_t child = fork();
	int status;

	if (child) {
		waitpid(child, &status, 0);
		cr_assert_eq(status, 0);
		return;
	}
	snprintf(path, sizeof(path), "%s/%s", stores_folder, file);
	if (!lmdb_load(&why) || lmdb.mdb_env_create(&env) ||
	    lmdb.mdb_env_open(env, path, MDB_NOSUBDIR, 0600) ||
	    lmdb.mdb_txn_begin(env, NULL, 0, &txn) || lmdb.mdb_dbi_open(txn, NULL, 0, &dbi))
		_exit(1);
	for (size_t i = 0; i < 2; i++) {
		MDB_val key = { strlen(rows[i][0]) + with_nul, (void *)(uintptr_t)rows[i][0] };
		MDB_val data = { strlen(rows[i][1]) + with_nul, (void *)(uintptr_t)rows[i][1] };

		if (lmdb.mdb_put(txn, dbi, &key, &data, 0))
			_exit(2);
	}
	_exit(lmdb.mdb_txn_commit(txn) ? 3 : 0);
}

Test(database, lmdb_finds_keys_with_and_without_a_nul)
{
	for (int with_nul = 0; with_nul < 2; with_nul++) {
		struct store_request request;
		struct database *database;
		char long_key[600];

		put_rows(with_nul ? "with.lmdb" : "without.lmdb", with_nul, "alice");
		database = open_one(with_nul ? "lmdb:with.lmdb" : "lmdb:without.lmdb");
		expect(database, TEXT("bob@x.example"), "alice");
		expect(database, TEXT("10.0.0.7"), "relay");
		expect(database, TEXT("nobody@x.example"), NULL);
		expect(database, TEXT(""), NULL);
		memset(long_key, 'k', sizeof(long_key));
		expect(database, text_of(long_key, sizeof(long_key), LIFETIME_EVENT), NULL);
		cr_expect_eq(ask(database, STORE_COUNT, TEXT_EMPTY, NULL, &request), STORE_DONE);
		cr_expect_eq(request.count, 2);
		put_rows(with_nul ? "with.lmdb" : "without.lmdb", with_nul, "carol");
		expect(database, TEXT("bob@x.example"), "carol");
		database_close(database);
	}
}

Test(database, lmdb_that_cannot_be_opened)
{
	shell("head -c 20000 /dev/zero > junk.lmdb");
	expect_fault("lmdb:nowhere.lmdb");
	expect_fault("lmdb:junk.lmdb");
}

/* ---- Redis ---- */

Test(database, redis_answers_from_a_hash)
{
	char command[200], source[128];
	struct store_request request;
	struct database *database;
	struct buffer answer;

	snprintf(command, sizeof(command),
		 "redis-cli -s redis.sock HSET owners bob@x.example alice 10.0.0.7 relay > "
		 "/dev/null && "
		 "redis-cli -s redis.sock SET list x > /dev/null");
	shell(command);
	snprintf(source, sizeof(source), "redis:unix:%s/redis.sock?hash=owners", stores_folder);
	database = open_one(source);
	expect(database, TEXT("bob@x.example"), "alice");
	expect(database, TEXT("nobody@x.example"), NULL);
	cr_expect_eq(ask(database, STORE_COUNT, TEXT_EMPTY, NULL, &request), STORE_DONE);
	cr_expect_eq(request.count, 2);
	database_close(database);
	snprintf(source, sizeof(source), "redis:unix:%s/redis.sock?hash=list", stores_folder);
	database = open_one(source);
	buffer_init(&answer, 1000);
	cr_expect_eq(ask(database, STORE_GET, TEXT("k"), &answer, &request), STORE_FAILED);
	cr_expect(strstr(request.fault, "WRONGTYPE"), "%s", request.fault);
	buffer_free(&answer);
	database_close(database);
	expect_fault("redis:unix:/x");
	expect_fault("redis:nowhere");
}
