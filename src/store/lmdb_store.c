/* Entries of one shared variable in a file of LMDB, which other variables and processes use too.
 *
 * Keys of the file begin with a letter and the variable's number:
 *
 *	e NUMBER key            expires, the whole key, the value
 *	x NUMBER expires key    nothing: entries in the order in which they expire
 *	n NUMBER                how many entries there are, and their bytes; a counter's number
 *
 * A long key is cut and ends with its hash: an entry says whose it is. */
#include "store/lmdb_store.h"

#include "base/memory.h"
#include "store/lmdb_file.h"
#include "store/slices.h"

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum {
	KEY_KEPT = 400,
	KEY_ROOM = 1 + 8 + 8 + KEY_KEPT + 8,
	SWEPT = 4, /* that have expired go with each change, at most so many */
	ENTRY_HEAD = 12,
};

struct lmdb_store {
	struct lmdb_file *file;
	uint64_t number;
	_Atomic int64_t max, memory;
};

struct totals { /* of n; of a counter `count` alone */
	int64_t count, bytes;
};

/* One operation. */
struct work {
	const struct lmdb_store *store;
	struct store_request *request;
	MDB_txn *txn;
	MDB_dbi dbi;
	int error; /* of LMDB; 0: none */
};

static char folder[PATH_MAX - NAME_MAX];

bool lmdb_set_folder(const char *name)
{
	return snprintf(folder, sizeof(folder), "%s", name ? name : "") < (int)sizeof(folder);
}

/* ---- keys of the file ---- */

static uint64_t hash_for_ever(const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static size_t put_number(char *out, uint64_t number)
{
	uint64_t big = htobe64(number);

	memcpy(out, &big, sizeof(big));
	return sizeof(big);
}

static uint64_t number_at(const void *bytes)
{
	uint64_t big;

	memcpy(&big, bytes, sizeof(big));
	return be64toh(big);
}

static size_t put_key(char *out, struct text key)
{
	size_t kept = key.length < KEY_KEPT ? key.length : KEY_KEPT;

	if (kept)
		memcpy(out, key.data, kept);
	return key.length <= KEY_KEPT
		       ? kept
		       : kept + put_number(out + kept, hash_for_ever(key.data, key.length));
}

static MDB_val entry_key(const struct work *work, struct text key, char room[KEY_ROOM])
{
	size_t length = 1;

	room[0] = 'e';
	length += put_number(room + length, work->store->number);
	length += put_key(room + length, key);
	return (MDB_val){ length, room };
}

static MDB_val order_key(const struct work *work, int64_t expires, struct text key,
			 char room[KEY_ROOM])
{
	size_t length = 1;

	room[0] = 'x';
	length += put_number(room + length, work->store->number);
	length += put_number(room + length, (uint64_t)expires);
	length += put_key(room + length, key);
	return (MDB_val){ length, room };
}

static MDB_val totals_key(const struct work *work, char room[KEY_ROOM])
{
	room[0] = 'n';
	return (MDB_val){ 1 + put_number(room + 1, work->store->number), room };
}

/* ---- totals ---- */

static struct totals read_totals(struct work *work)
{
	struct totals totals = { 0, 0 };
	char room[KEY_ROOM];
	MDB_val key = totals_key(work, room), data;

	if (!work->error)
		work->error = lmdb.mdb_get(work->txn, work->dbi, &key, &data);
	if (work->error == MDB_NOTFOUND)
		work->error = 0;
	else if (!work->error && data.mv_size == sizeof(totals))
		memcpy(&totals, data.mv_data, sizeof(totals));
	return totals;
}

static void write_totals(struct work *work, struct totals totals)
{
	char room[KEY_ROOM];
	MDB_val key = totals_key(work, room), data = { sizeof(totals), &totals };

	if (!work->error)
		work->error = lmdb.mdb_put(work->txn, work->dbi, &key, &data, 0);
}

/* ---- entries ---- */

struct entry {
	int64_t expires;
	struct text key, value; /* in the file, until it is written to */
};

static int64_t entry_bytes(const struct entry *entry)
{
	return (int64_t)entry->key.length + entry->value.length + ENTRY_HEAD + 64;
}

static bool read_entry(MDB_val data, struct entry *entry)
{
	const char *bytes = data.mv_data;
	uint32_t key_length;

	if (data.mv_size < ENTRY_HEAD || data.mv_size > UINT32_MAX)
		return false;
	entry->expires = (int64_t)number_at(bytes);
	memcpy(&key_length, bytes + 8, sizeof(key_length));
	if (key_length > data.mv_size - ENTRY_HEAD)
		return false;
	entry->key = text_of(bytes + ENTRY_HEAD, key_length, LIFETIME_EVENT);
	entry->value = text_of(bytes + ENTRY_HEAD + key_length,
			       data.mv_size - ENTRY_HEAD - key_length, LIFETIME_EVENT);
	return true;
}

/* Of that key, expired or not. */
static bool find_entry(struct work *work, struct text key, struct entry *entry)
{
	char room[KEY_ROOM];
	MDB_val place = entry_key(work, key, room), data;

	if (!work->error)
		work->error = lmdb.mdb_get(work->txn, work->dbi, &place, &data);
	if (work->error == MDB_NOTFOUND)
		work->error = 0;
	else if (!work->error)
		return read_entry(data, entry);
	return false;
}

/* Of that very key, and still good. */
static bool find_live(struct work *work, struct entry *entry)
{
	return find_entry(work, work->request->key, entry) &&
	       text_equals(entry->key, work->request->key) && entry->expires > work->request->now;
}

static void delete_at(struct work *work, MDB_val key)
{
	int error = work->error ? 0 : lmdb.mdb_del(work->txn, work->dbi, &key, NULL);

	if (error && error != MDB_NOTFOUND)
		work->error = error;
}

static void drop_entry(struct work *work, const struct entry *entry, struct totals *totals)
{
	char room[KEY_ROOM], order_room[KEY_ROOM];
	MDB_val place = entry_key(work, entry->key, room);
	MDB_val order = order_key(work, entry->expires, entry->key, order_room);

	totals->count--;
	totals->bytes -= entry_bytes(entry);
	delete_at(work, order);
	delete_at(work, place);
}

/* The one that expires first. */
static bool find_first(struct work *work, struct entry *entry)
{
	char room[KEY_ROOM], place[KEY_ROOM];
	MDB_val key = order_key(work, 0, TEXT_EMPTY, room), data;
	MDB_cursor *cursor;
	bool found = false;

	if (work->error)
		return false;
	work->error = lmdb.mdb_cursor_open(work->txn, work->dbi, &cursor);
	if (work->error)
		return false;
	if (lmdb.mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE) == 0 && key.mv_size >= 17 &&
	    key.mv_size <= KEY_ROOM && memcmp(key.mv_data, room, 9) == 0) {
		/* "e", the number, and the key as it is kept there */
		memcpy(place, key.mv_data, 9);
		place[0] = 'e';
		memcpy(place + 9, (char *)key.mv_data + 17, key.mv_size - 17);
		key = (MDB_val){ key.mv_size - 8, place };
		found = lmdb.mdb_get(work->txn, work->dbi, &key, &data) == 0 &&
			read_entry(data, entry);
		if (!found)
			work->error = MDB_CORRUPTED;
	}
	lmdb.mdb_cursor_close(cursor);
	return found;
}

static void make_room(struct work *work, struct totals *totals, int64_t more)
{
	int64_t max = atomic_load(&work->store->max), memory = atomic_load(&work->store->memory);
	struct entry entry;

	for (unsigned i = 0; find_first(work, &entry); i++) {
		bool expired = entry.expires <= work->request->now && i < SWEPT;

		if (!expired && totals->count < max && totals->bytes + more <= memory)
			return;
		drop_entry(work, &entry, totals);
	}
}

static void write_entry(struct work *work, const struct entry *entry, struct totals *totals)
{
	size_t length = ENTRY_HEAD + (size_t)entry->key.length + entry->value.length;
	char room[KEY_ROOM], order_room[KEY_ROOM], *bytes;
	MDB_val place = entry_key(work, entry->key, room), data = { length, NULL };
	MDB_val order = order_key(work, entry->expires, entry->key, order_room),
		nothing = { 0, room };

	if (!work->error)
		work->error = lmdb.mdb_put(work->txn, work->dbi, &place, &data, MDB_RESERVE);
	if (work->error)
		return;
	bytes = data.mv_data;
	put_number(bytes, (uint64_t)entry->expires);
	memcpy(bytes + 8, &entry->key.length, 4);
	if (entry->key.length)
		memcpy(bytes + ENTRY_HEAD, entry->key.data, entry->key.length);
	if (entry->value.length)
		memcpy(bytes + ENTRY_HEAD + entry->key.length, entry->value.data,
		       entry->value.length);
	work->error = lmdb.mdb_put(work->txn, work->dbi, &order, &nothing, 0);
	totals->count++;
	totals->bytes += entry_bytes(entry);
}

/* What stands there goes. */
static enum store_status put(struct work *work, struct text content)
{
	struct entry entry = { work->request->expires, work->request->key, content }, old;
	struct totals totals = read_totals(work);

	if (entry_bytes(&entry) > atomic_load(&work->store->memory))
		return STORE_TOO_LARGE;
	if (find_entry(work, entry.key, &old))
		drop_entry(work, &old, &totals);
	make_room(work, &totals, entry_bytes(&entry));
	write_entry(work, &entry, &totals);
	write_totals(work, totals);
	return STORE_DONE;
}

/* ---- operations ---- */

static enum store_status answer(struct work *work, const struct entry *entry)
{
	struct buffer *out = work->request->answer;

	if (out)
		buffer_append_text(out, entry->value);
	if (out && out->failed)
		work->error = ENOMEM;
	return STORE_FOUND;
}

static enum store_status get(struct work *work)
{
	struct entry entry;

	return find_live(work, &entry) ? answer(work, &entry) : STORE_ABSENT;
}

static enum store_status insert(struct work *work)
{
	struct entry entry;

	return find_live(work, &entry) ? answer(work, &entry) : put(work, work->request->value);
}

static enum store_status remove_entry(struct work *work)
{
	struct totals totals = read_totals(work);
	struct entry entry;

	if (!find_live(work, &entry))
		return STORE_ABSENT;
	drop_entry(work, &entry, &totals);
	write_totals(work, totals);
	return STORE_FOUND;
}

static enum store_status hit(struct work *work)
{
	struct slices slices = { 0 };
	struct entry entry;

	if (find_live(work, &entry) && entry.value.length == sizeof(slices))
		memcpy(&slices, entry.value.data, sizeof(slices));
	work->request->count =
		slices_hit(&slices, work->request->slice, (uint32_t)work->request->number);
	return put(work, text_of(&slices, sizeof(slices), LIFETIME_EVENT));
}

static enum store_status clear(struct work *work)
{
	struct totals totals = read_totals(work);
	struct entry entry;

	while (find_first(work, &entry))
		drop_entry(work, &entry, &totals);
	write_totals(work, totals);
	return STORE_DONE;
}

static enum store_status count_all(struct work *work)
{
	work->request->count = read_totals(work).count;
	return STORE_DONE;
}

static enum store_status add(struct work *work)
{
	struct totals totals = read_totals(work);

	if (__builtin_add_overflow(totals.count, work->request->number, &work->request->count))
		return STORE_TOO_LARGE;
	totals.count = work->request->count;
	if (work->request->number)
		write_totals(work, totals);
	return STORE_DONE;
}

static enum store_status reset(struct work *work)
{
	work->request->count = read_totals(work).count;
	write_totals(work, (struct totals){ 0, 0 });
	return STORE_DONE;
}

static const struct {
	enum store_status (*run)(struct work *work);
	bool reads; /* and changes nothing */
} operations[] = {
	[STORE_GET] = { get, true },
	[STORE_HAS] = { get, true },
	[STORE_PUT] = { NULL, false },
	[STORE_INSERT] = { insert, false },
	[STORE_REMOVE] = { remove_entry, false },
	[STORE_COUNT] = { count_all, true },
	[STORE_CLEAR] = { clear, false },
	[STORE_HIT] = { hit, false },
	[STORE_ADD] = { add, false },
	[STORE_RESET] = { reset, false },
};

static enum store_status run(struct work *work)
{
	if (work->request->operation == STORE_PUT)
		return put(work, work->request->value);
	return operations[work->request->operation].run(work);
}

static const char *reason(int error)
{
	return error == MDB_MAP_FULL ? "the file of the store is full" : lmdb.mdb_strerror(error);
}

static enum store_status fail(struct store_request *request, const char *why)
{
	request->fault = why;
	return STORE_FAILED;
}

/* Nothing is kept of what failed. */
static enum store_status perform(void *argument, struct store_request *request)
{
	const struct lmdb_store *store = argument;
	struct work work = { .store = store, .request = request };
	unsigned flags = operations[request->operation].reads ? MDB_RDONLY : 0;
	enum store_status status = STORE_FAILED;
	const char *fault;
	MDB_env *env = lmdb_file_env(store->file, &fault);

	if (!env)
		return fail(request, fault);
	work.error = lmdb.mdb_txn_begin(env, NULL, flags, &work.txn);
	if (work.error)
		return fail(request, reason(work.error));
	work.error = lmdb.mdb_dbi_open(work.txn, NULL, 0, &work.dbi);
	if (!work.error)
		status = run(&work);
	if (work.error || flags || status == STORE_TOO_LARGE)
		lmdb.mdb_txn_abort(work.txn);
	else
		work.error = lmdb.mdb_txn_commit(work.txn);
	return work.error ? fail(request, reason(work.error)) : status;
}

/* ---- opening ---- */

static void set_limit(void *argument, int64_t max, int64_t memory)
{
	struct lmdb_store *store = argument;

	atomic_store(&store->max, max);
	atomic_store(&store->memory, memory);
}

static void close_store(void *argument)
{
	struct lmdb_store *store = argument;

	lmdb_file_close(store->file);
	memory_free(store);
}

/* The file itself is opened by who uses it first: that may be a child of this process. */
static void *open_store(const struct store_settings *settings, const char **fault)
{
	struct lmdb_store *store;
	char path[PATH_MAX];

	if (!folder[0]) {
		*fault = "no folder is configured for it: set `stores` in afsld.conf";
		return NULL;
	}
	if (access(folder, W_OK | X_OK) < 0) {
		*fault = strerror(errno);
		return NULL;
	}
	snprintf(path, sizeof(path), "%s/%s", folder, settings->place);
	*fault = "there is no memory for it";
	store = memory_zeroed(1, sizeof(*store));
	if (!store)
		return NULL;
	store->file = lmdb_file_open(path, fault);
	store->number = hash_for_ever(settings->name, strlen(settings->name));
	set_limit(store, settings->max, settings->memory);
	if (store->file)
		return store;
	memory_free(store);
	return NULL;
}

const struct store_backend lmdb_backend = {
	.prefix = "lmdb",
	.open = open_store,
	.limit = set_limit,
	.perform = perform,
	.close = close_store,
};
