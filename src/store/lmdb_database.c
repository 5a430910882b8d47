/* Tables in LMDB, as postmap makes them: keys and values, with or without a NUL at the end.
 *
 * They are read without the file's locks, which a worker may not write. A writer could take pages
 * away from a reader that is slow: when it has changed the file meanwhile, the key is read again.
 */
#include "store/database.h"

#include "base/memory.h"
#include "store/lmdb_file.h"

#include <string.h>
#include <sys/stat.h>

enum { TRIES_MAX = 10, KEY_MAX = 511 };

static void close_database(void *opened)
{
	lmdb.mdb_env_close(opened);
}

static void *open_database(const struct database_settings *settings, const char **fault)
{
	unsigned flags = MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS;
	struct stat status;
	MDB_env *env;
	int error = lmdb.mdb_env_create(&env);

	if (error) {
		*fault = lmdb.mdb_strerror(error);
		return NULL;
	}
	if (stat(settings->place, &status) < 0 || !S_ISDIR(status.st_mode))
		flags |= MDB_NOSUBDIR;
	error = lmdb.mdb_env_open(env, settings->place, flags, 0);
	if (!error)
		return env;
	lmdb.mdb_env_close(env);
	*fault = lmdb.mdb_strerror(error);
	return NULL;
}

/* ---- asking ---- */

static size_t last_change(MDB_env *env)
{
	MDB_envinfo info = { 0 };

	lmdb.mdb_env_info(env, &info);
	return info.me_last_txnid;
}

/* Another process has made the file larger. */
static int begin(MDB_env *env, MDB_txn **txn)
{
	int error = lmdb.mdb_txn_begin(env, NULL, MDB_RDONLY, txn);

	if (error != MDB_MAP_RESIZED)
		return error;
	lmdb.mdb_env_set_mapsize(env, 0);
	return lmdb.mdb_txn_begin(env, NULL, MDB_RDONLY, txn);
}

static int find(MDB_txn *txn, MDB_dbi dbi, struct text key, struct buffer *answer)
{
	char room[KEY_MAX + 1] = "";
	MDB_val place = { key.length, room }, data;
	int error;

	if (key.length >= KEY_MAX)
		return MDB_NOTFOUND;
	if (key.length)
		memcpy(room, key.data, key.length);
	error = place.mv_size ? lmdb.mdb_get(txn, dbi, &place, &data) : MDB_NOTFOUND;
	if (error == MDB_NOTFOUND) {
		place.mv_size++; /* with its NUL */
		error = lmdb.mdb_get(txn, dbi, &place, &data);
		if (!error && data.mv_size && ((char *)data.mv_data)[data.mv_size - 1] == '\0')
			data.mv_size--;
	}
	if (!error && answer)
		buffer_append(answer, data.mv_data, data.mv_size);
	return error;
}

static int look_up(MDB_txn *txn, struct store_request *request)
{
	MDB_stat status = { 0 };
	MDB_dbi dbi;
	int error = lmdb.mdb_dbi_open(txn, NULL, 0, &dbi);

	if (error || request->operation != STORE_COUNT)
		return error ? error : find(txn, dbi, request->key, request->answer);
	error = lmdb.mdb_stat(txn, dbi, &status);
	request->count = (int64_t)status.ms_entries;
	return error;
}

static enum store_status status_of(struct store_request *request, int error)
{
	if (error == MDB_NOTFOUND)
		return STORE_ABSENT;
	if (!error && (!request->answer || !request->answer->failed))
		return request->operation == STORE_COUNT ? STORE_DONE : STORE_FOUND;
	request->fault = error ? lmdb.mdb_strerror(error) : "there is no memory for it";
	return STORE_FAILED;
}

static enum store_status ask(void *opened, struct store_request *request)
{
	MDB_env *env = opened;
	size_t before;
	int error;

	for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
		MDB_txn *txn;

		before = last_change(env);
		error = begin(env, &txn);
		if (error)
			break;
		error = look_up(txn, request);
		lmdb.mdb_txn_abort(txn);
		if (last_change(env) == before)
			break;
		if (request->answer)
			buffer_clear(request->answer);
	}
	return status_of(request, error);
}

const struct database_kind lmdb_database = {
	.prefix = "lmdb",
	.is_file = true,
	.load = lmdb_load,
	.open = open_database,
	.ask = ask,
	.close = close_database,
};
