#include "store/table.h"

#include "base/hash.h"
#include "base/memory.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TABLE_FILE_MAX = 256 << 20 };

/* A table is built once and then only read: rows in the order of the file, and one index over them. */
struct row {
	struct text key;
	struct text item;
	int64_t number;  /* TABLE_INT */
	struct net net;  /* TABLE_IP, TABLE_NET */
	uint32_t parent; /* TABLE_NET: the narrowest row that encloses this one, or NO_ROW */
};

#define NO_ROW UINT32_MAX

struct table {
	enum table_key kind;
	bool keyed;
	char *bytes; /* the whole file: keys and items are views of it */
	size_t size;
	struct row *rows;
	uint32_t count, room;
	uint32_t *slots; /* hash index: TABLE_TEXT, TABLE_INT, TABLE_IP */
	uint32_t mask;
};

/* What is being read, for messages. */
struct reading {
	struct table *table;
	struct diagnostics *diagnostics;
	uint32_t source;
	bool failed;
};

static void report_line(struct reading *reading, struct text part, const char *code,
			const char *message)
{
	uint32_t from = (uint32_t)(part.data - reading->table->bytes);
	struct span span = { reading->source, from, from + part.length };

	reading->failed = true;
	diagnostics_report(reading->diagnostics, code, span, "%s", message);
}

static bool read_key(struct reading *reading, struct row *row)
{
	switch (reading->table->kind) {
	case TABLE_TEXT:
		return true;
	case TABLE_INT:
		if (text_to_int(row->key, &row->number))
			return true;
		report_line(reading, row->key, "E0510", "this key is not a number");
		return false;
	case TABLE_IP:
	case TABLE_NET:
		if (net_parse(row->key, true, &row->net) &&
		    (reading->table->kind == TABLE_NET ||
		     ip_compare(row->net.first, row->net.last) == 0))
			return true;
		report_line(reading, row->key, "E0511",
			    reading->table->kind == TABLE_NET
				    ? "this is no network: write address/bits, address or first-last"
				    : "this is no address");
		return false;
	}
	return false;
}

static struct row *add_row(struct reading *reading)
{
	struct table *table = reading->table;

	if (table->count == table->room) {
		uint32_t room = table->room ? table->room * 2 : 64;
		struct row *rows = memory_resize(table->rows, (size_t)room * sizeof(*rows));

		if (!rows) {
			reading->failed = true;
			return NULL;
		}
		table->rows = rows;
		table->room = room;
	}
	return &table->rows[table->count++];
}

/* "key" or "key   value to the end of the line". */
static void read_line(struct reading *reading, struct text line)
{
	uint32_t end = 0;
	struct row row = { .parent = NO_ROW };
	struct row *place;

	line = text_trim(line);
	if (line.length == 0 || line.data[0] == '#')
		return;
	while (end < line.length && line.data[end] != ' ' && line.data[end] != '\t')
		end++;
	row.key = text_part(line, 0, end);
	row.item = text_trim(text_part(line, end, line.length));
	if (row.item.length && row.item.data[0] == '#' && !reading->table->keyed)
		row.item.length = 0;
	if (reading->table->keyed && row.item.length == 0)
		report_line(reading, row.key, "E0512", "this key has no value: write key, blanks, value");
	else if (!reading->table->keyed && row.item.length)
		report_line(reading, row.item, "E0513",
			    "this table is a set: one key on a line and nothing behind it");
	else if (read_key(reading, &row) && (place = add_row(reading)) != NULL)
		*place = row;
}

static void read_lines(struct reading *reading)
{
	const struct table *table = reading->table;

	for (size_t from = 0; from < table->size;) {
		const char *newline = memchr(table->bytes + from, '\n', table->size - from);
		size_t end = newline ? (size_t)(newline - table->bytes) : table->size;

		read_line(reading, text_of(table->bytes + from, end - from, LIFETIME_PROGRAM));
		from = end + 1;
	}
}

static uint64_t row_hash(const struct table *table, const struct row *row)
{
	if (table->kind == TABLE_TEXT)
		return hash_bytes(row->key.data, row->key.length);
	if (table->kind == TABLE_INT)
		return hash_number((uint64_t)row->number);
	return hash_bytes(row->net.first.bytes, sizeof(row->net.first.bytes));
}

static bool same_key(const struct table *table, const struct row *a, const struct row *b)
{
	if (table->kind == TABLE_TEXT)
		return text_equals(a->key, b->key);
	if (table->kind == TABLE_INT)
		return a->number == b->number;
	return ip_compare(a->net.first, b->net.first) == 0;
}

/* The slot that holds the key, or the free one where it belongs. */
static uint32_t *find_slot(const struct table *table, const struct row *wanted)
{
	uint32_t at = (uint32_t)row_hash(table, wanted) & table->mask;

	while (table->slots[at] != NO_ROW && !same_key(table, &table->rows[table->slots[at]], wanted))
		at = (at + 1) & table->mask;
	return &table->slots[at];
}

static bool index_rows(struct reading *reading)
{
	struct table *table = reading->table;
	uint32_t size = 16;

	while (size < table->count * 2)
		size *= 2;
	table->slots = memory_allocate(size * sizeof(*table->slots));
	if (!table->slots)
		return false;
	memset(table->slots, 0xff, size * sizeof(*table->slots));
	table->mask = size - 1;
	for (uint32_t i = 0; i < table->count; i++) {
		uint32_t *slot = find_slot(table, &table->rows[i]);

		if (*slot != NO_ROW && table->keyed)
			report_line(reading, table->rows[i].key, "E0514", "this key stands here twice");
		else
			*slot = i;
	}
	return true;
}

static int compare_rows(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	int order = ip_compare(a->net.first, b->net.first);

	return order ? order : ip_compare(b->net.last, a->net.last);
}

/* Sorted by their first address, wider ones first; each row then knows the narrowest one around it.
 * Whatever contains an address and begins before the row found for it also encloses that row. */
static void nest_rows(struct table *table)
{
	uint32_t around = NO_ROW;

	if (table->count)
		qsort(table->rows, table->count, sizeof(*table->rows), compare_rows);
	for (uint32_t i = 0; i < table->count; i++) {
		while (around != NO_ROW &&
		       ip_compare(table->rows[around].net.last, table->rows[i].net.last) < 0)
			around = table->rows[around].parent;
		table->rows[i].parent = around;
		around = i;
	}
}

static const char *read_whole(int fd, struct table *table)
{
	struct stat facts;
	size_t done = 0;

	if (fstat(fd, &facts) < 0)
		return strerror(errno);
	if (!S_ISREG(facts.st_mode))
		return "it is not a regular file";
	if (facts.st_size > TABLE_FILE_MAX)
		return "it is larger than 256 MB";
	table->size = (size_t)facts.st_size;
	table->bytes = memory_allocate(table->size + 1);
	if (!table->bytes)
		return "there is no memory for it";
	while (done < table->size) {
		ssize_t got = read(fd, table->bytes + done, table->size - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return strerror(errno);
		if (got == 0)
			break;
		done += (size_t)got;
	}
	table->size = done;
	return NULL;
}

static const char *read_file(const char *path, struct table *table)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *why;

	if (fd < 0)
		return strerror(errno);
	why = read_whole(fd, table);
	close(fd);
	return why;
}

static bool make_path(const char *source, const char *folder, char *path, size_t room)
{
	int length = source[0] == '/' || !folder || !folder[0]
			     ? snprintf(path, room, "%s", source)
			     : snprintf(path, room, "%s/%s", folder, source);

	return length > 0 && (size_t)length < room;
}

static bool load(struct reading *reading, const char *path, struct span declared)
{
	struct table *table = reading->table;
	const char *why = read_file(path, table);
	struct diagnostic *diagnostic;

	if (why) {
		diagnostic = diagnostics_report(reading->diagnostics, "E0515", declared,
						"cannot read the table's file %s: %s", path, why);
		diagnostic_help(reading->diagnostics, diagnostic,
				"a relative name starts at the script's folder");
		return false;
	}
	reading->source = diagnostics_add_source(
		reading->diagnostics, path, text_of(table->bytes, table->size, LIFETIME_PROGRAM));
	read_lines(reading);
	if (table->kind == TABLE_NET)
		nest_rows(table);
	else if (!reading->failed && !index_rows(reading))
		return false;
	return !reading->failed;
}

struct table *table_open(const char *source, const char *folder, enum table_key key, bool keyed,
			 struct span declared, struct diagnostics *diagnostics)
{
	struct table *table = memory_zeroed(1, sizeof(*table));
	struct reading reading = { table, diagnostics, 0, false };
	char path[4096];

	if (!table)
		return NULL;
	table->kind = key;
	table->keyed = keyed;
	if (strncmp(source, "file:", 5) != 0) {
		diagnostics_report(diagnostics, "E0516", declared,
				   "a table's source is written \"file:NAME\"");
	} else if (!make_path(source + 5, folder, path, sizeof(path))) {
		diagnostics_report(diagnostics, "E0515", declared, "the table's file name is too long");
	} else if (load(&reading, path, declared)) {
		return table;
	}
	/* Diagnostics point into the file's text: it stays until they are gone. */
	arena_defer(&diagnostics->arena, (void (*)(void *))table_close, table);
	return NULL;
}

void table_close(struct table *table)
{
	if (!table)
		return;
	memory_free(table->bytes);
	memory_free(table->rows);
	memory_free(table->slots);
	memory_free(table);
}

static bool find(const struct table *table, const struct row *wanted, struct text *item)
{
	uint32_t row = *find_slot(table, wanted);

	if (row == NO_ROW)
		return false;
	if (item)
		*item = table->rows[row].item;
	return true;
}

bool table_find_text(const struct table *table, struct text key, struct text *item)
{
	const struct row wanted = { .key = key };

	assert(table->kind == TABLE_TEXT);
	return find(table, &wanted, item);
}

bool table_find_int(const struct table *table, int64_t key, struct text *item)
{
	const struct row wanted = { .number = key };

	assert(table->kind == TABLE_INT);
	return find(table, &wanted, item);
}

/* The last row that begins at or before the address. */
static uint32_t last_before(const struct table *table, struct ip key)
{
	uint32_t low = 0, high = table->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (ip_compare(table->rows[middle].net.first, key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? low - 1 : NO_ROW;
}

bool table_find_ip(const struct table *table, struct ip key, struct text *item)
{
	const struct row wanted = { .net = { key, key } };

	if (ip_is_none(key))
		return false;
	if (table->kind == TABLE_IP)
		return find(table, &wanted, item);
	assert(table->kind == TABLE_NET);
	for (uint32_t row = last_before(table, key); row != NO_ROW; row = table->rows[row].parent) {
		if (net_contains(&table->rows[row].net, key)) {
			if (item)
				*item = table->rows[row].item;
			return true;
		}
	}
	return false;
}

uint64_t table_count(const struct table *table)
{
	return table->count;
}
