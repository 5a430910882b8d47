#include "store/rows.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/system.h"
#include "match/cidr.h"
#include "store/pcre_line.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_MAX = 256 << 20,
	INDEX_MAX = 1 << 30, /* bytes of patterns or spans */
	PATTERNS_MAX = 10000,
	IFS_MAX = 20, /* in one another */
};

#define NO_ROW UINT32_MAX

struct row {
	struct text key;
	struct text item;
	bool negated;  /* TABLE_PCRE */
	uint32_t next; /* TABLE_PCRE: of an if, behind its endif */
	union {
		int64_t number;		   /* TABLE_INT */
		struct net net;		   /* TABLE_IP, TABLE_NET */
		const struct regex *regex; /* TABLE_REGEX, TABLE_PCRE */
	};
};

struct rows {
	atomic_uint users;
	enum table_key kind;
	bool keyed;
	char *bytes; /* the whole file: keys and items are views of it */
	size_t size;
	struct row *items; /* in the order of the file; TABLE_NET: the narrowest first */
	uint32_t count, room;
	uint32_t *slots; /* hash index: TABLE_TEXT, TABLE_INT, TABLE_IP */
	uint32_t mask;
	struct arena index; /* compiled patterns, spans of networks */
	struct cidr *nets;
};

/* What is being read, for messages. */
struct reading {
	struct rows *rows;
	struct diagnostics *diagnostics;
	uint32_t source;
	bool failed;
	uint32_t ifs[IFS_MAX]; /* rows of those that have no endif yet */
	unsigned if_count;
};

static void report_part(struct reading *reading, struct text part, const char *code,
			const char *message)
{
	uint32_t from = (uint32_t)(part.data - reading->rows->bytes);
	struct span span = { reading->source, from, from + part.length };

	reading->failed = true;
	diagnostics_report(reading->diagnostics, code, span, "%s", message);
}

/* ---- keys ---- */

static bool read_address(struct reading *reading, struct row *row)
{
	bool nets = reading->rows->kind == TABLE_NET;

	if (net_parse(row->key, true, &row->net) &&
	    (nets || ip_compare(row->net.first, row->net.last) == 0))
		return true;
	report_part(reading, row->key, "E0511",
		    nets ? "this is no network: write address/bits, address or first-last"
			 : "this is no address");
	return false;
}

static bool compile(struct reading *reading, struct row *row, struct text pattern,
		    struct text flags)
{
	char message[REGEX_MESSAGE_MAX];
	size_t offset;

	row->regex = regex_compile(pattern, flags, &reading->rows->index, message, &offset);
	if (row->regex)
		return true;
	report_part(reading,
		    offset < pattern.length ? text_part(pattern, offset, pattern.length) : row->key,
		    "E0517", message);
	return false;
}

/* "/pattern/flags": the key without its slashes is the pattern. */
static bool read_pattern(struct reading *reading, struct row *row)
{
	struct text key = row->key;
	size_t end = key.length;

	while (end > 1 && key.data[end - 1] != '/')
		end--;
	if (key.data[0] != '/' || end < 2) {
		report_part(reading, key, "E0517",
			    "this is no pattern: write /pattern/ or /pattern/i");
		return false;
	}
	return compile(reading, row, text_part(key, 1, end - 1), text_part(key, end, key.length));
}

static bool read_key(struct reading *reading, struct row *row)
{
	switch (reading->rows->kind) {
	case TABLE_TEXT:
		return true;
	case TABLE_INT:
		if (text_to_int(row->key, &row->number))
			return true;
		report_part(reading, row->key, "E0510", "this key is not a number");
		return false;
	case TABLE_REGEX:
		return read_pattern(reading, row);
	default:
		return read_address(reading, row);
	}
}

/* ---- lines ---- */

static struct row *add_row(struct reading *reading)
{
	struct rows *rows = reading->rows;

	if (rows->count == rows->room) {
		uint32_t room = rows->room ? rows->room * 2 : 64;
		struct row *wider = memory_resize(rows->items, (size_t)room * sizeof(*wider));

		if (!wider) {
			reading->failed = true;
			return NULL;
		}
		rows->items = wider;
		rows->room = room;
	}
	return &rows->items[rows->count++];
}

/* A pattern may hold blanks: it ends with the last slash that only flags and blanks follow. */
static uint32_t pattern_end(struct text line)
{
	uint32_t slash = 1, at;

	while (slash < line.length && line.data[slash] != '/')
		slash += line.data[slash] == '\\' ? 2 : 1;
	for (at = slash; at < line.length && line.data[at] != ' ' && line.data[at] != '\t';)
		at++;
	return at < line.length ? at : line.length;
}

static uint32_t key_end(const struct rows *rows, struct text line)
{
	uint32_t end = 0;

	if (rows->kind == TABLE_REGEX && line.data[0] == '/')
		return pattern_end(line);
	while (end < line.length && line.data[end] != ' ' && line.data[end] != '\t')
		end++;
	return end;
}

/* "key" or "key   value to the end of the line". */
static void read_line(struct reading *reading, struct text line)
{
	const struct rows *rows = reading->rows;
	struct row row = { .number = 0 };
	struct row *place;
	uint32_t end;

	line = text_trim(line);
	if (line.length == 0 || line.data[0] == '#')
		return;
	end = key_end(rows, line);
	row.key = text_part(line, 0, end);
	row.item = text_trim(text_part(line, end, line.length));
	if (row.item.length && row.item.data[0] == '#' && !rows->keyed)
		row.item.length = 0;
	if (rows->keyed && row.item.length == 0)
		report_part(reading, row.key, "E0512",
			    "this key has no value: write key, blanks, value");
	else if (!rows->keyed && row.item.length)
		report_part(reading, row.item, "E0513",
			    "this table is a set: one key on a line and nothing behind it");
	else if (read_key(reading, &row) && (place = add_row(reading)) != NULL)
		*place = row;
}

/* ---- lines as Postfix has them ---- */

static void end_if(struct reading *reading, struct text line)
{
	struct rows *rows = reading->rows;

	if (reading->if_count == 0)
		report_part(reading, line, "E0517", "this endif ends no if");
	else
		rows->items[reading->ifs[--reading->if_count]].next = rows->count;
}

static void begin_if(struct reading *reading, struct text line, uint32_t row)
{
	if (reading->if_count == IFS_MAX)
		report_part(reading, line, "E0517", "20 ifs in one another are the most");
	else
		reading->ifs[reading->if_count++] = row;
}

static void add_rule(struct reading *reading, const struct pcre_line *line)
{
	struct row row = { .key = line->pattern, .item = line->item, .negated = line->negated };
	bool keyed = reading->rows->keyed && line->kind == PCRE_RULE;
	struct row *place;

	if (keyed && line->item.length == 0)
		report_part(reading, line->pattern, "E0512",
			    "this pattern has no value: write /pattern/, blanks, value");
	else if (!reading->rows->keyed && line->item.length)
		report_part(reading, line->item, "E0513",
			    "this table is a set: one pattern on a line and nothing behind it");
	else if (compile(reading, &row, row.key, text_of_string(line->flags, LIFETIME_EVENT)) &&
		 (place = add_row(reading)) != NULL)
		*place = row;
}

static void read_pcre_line(struct reading *reading, struct text text)
{
	uint32_t row = reading->rows->count;
	struct pcre_line line;
	const char *fault;

	text = text_trim(text);
	if (text.length == 0 || text.data[0] == '#')
		return;
	fault = pcre_line_parse(text, &line);
	if (fault) {
		report_part(reading, line.wrong, "E0517", fault);
	} else if (line.kind == PCRE_ENDIF) {
		end_if(reading, text);
	} else {
		add_rule(reading, &line);
		if (line.kind == PCRE_IF && reading->rows->count > row)
			begin_if(reading, text, row);
	}
}

/* Without an endif an if goes to the end. */
static void end_ifs(struct reading *reading)
{
	while (reading->if_count > 0)
		reading->rows->items[reading->ifs[--reading->if_count]].next = reading->rows->count;
}

/* ---- all of them ---- */

/* Where the line that begins at `from` ends: one that begins with a blank goes on with it, in
 * Postfix's tables. */
static size_t line_end(const struct rows *rows, size_t from)
{
	const char *newline;
	size_t end;

	for (end = from;; end++) {
		newline = memchr(rows->bytes + end, '\n', rows->size - end);
		end = newline ? (size_t)(newline - rows->bytes) : rows->size;
		if (rows->kind != TABLE_PCRE || end + 1 >= rows->size ||
		    (rows->bytes[end + 1] != ' ' && rows->bytes[end + 1] != '\t'))
			return end;
	}
}

static void read_lines(struct reading *reading)
{
	const struct rows *rows = reading->rows;

	for (size_t from = 0; from < rows->size;) {
		size_t end = line_end(rows, from);
		struct text line = text_of(rows->bytes + from, end - from, LIFETIME_EVENT);

		if (rows->kind == TABLE_PCRE)
			read_pcre_line(reading, line);
		else
			read_line(reading, line);
		from = end + 1;
	}
	end_ifs(reading);
}

/* ---- index by hash ---- */

static uint64_t row_hash(const struct rows *rows, const struct row *row)
{
	if (rows->kind == TABLE_TEXT)
		return hash_bytes(row->key.data, row->key.length);
	if (rows->kind == TABLE_INT)
		return hash_number((uint64_t)row->number);
	return hash_bytes(row->net.first.bytes, sizeof(row->net.first.bytes));
}

static bool same_key(const struct rows *rows, const struct row *a, const struct row *b)
{
	if (rows->kind == TABLE_TEXT)
		return text_equals(a->key, b->key);
	if (rows->kind == TABLE_INT)
		return a->number == b->number;
	return ip_compare(a->net.first, b->net.first) == 0 &&
	       ip_compare(a->net.last, b->net.last) == 0;
}

/* The slot that holds the key, or the free one where it belongs. */
static uint32_t *find_slot(const struct rows *rows, const struct row *wanted)
{
	uint32_t at = (uint32_t)row_hash(rows, wanted) & rows->mask;

	while (rows->slots[at] != NO_ROW && !same_key(rows, &rows->items[rows->slots[at]], wanted))
		at = (at + 1) & rows->mask;
	return &rows->slots[at];
}

static void refuse_twice(struct reading *reading, const struct row *row)
{
	report_part(reading, row->key, "E0514", "this key stands here twice");
}

static bool index_by_hash(struct reading *reading)
{
	struct rows *rows = reading->rows;
	uint32_t size = 16;

	while (size < rows->count * 2)
		size *= 2;
	rows->slots = memory_allocate(size * sizeof(*rows->slots));
	if (!rows->slots)
		return false;
	memset(rows->slots, 0xff, size * sizeof(*rows->slots));
	rows->mask = size - 1;
	for (uint32_t i = 0; i < rows->count; i++) {
		uint32_t *slot = find_slot(rows, &rows->items[i]);

		if (*slot != NO_ROW && rows->keyed)
			refuse_twice(reading, &rows->items[i]);
		else
			*slot = i;
	}
	return true;
}

/* ---- index of networks ---- */

/* How many addresses it has, less one. */
static struct ip width(const struct net *net)
{
	struct ip difference;
	int borrow = 0;

	for (unsigned i = sizeof(difference.bytes); i-- > 0;) {
		int digit = net->last.bytes[i] - net->first.bytes[i] - borrow;

		borrow = digit < 0;
		difference.bytes[i] = (uint8_t)digit;
	}
	return difference;
}

/* Narrow ones first, then by address, then by line. */
static int compare_nets(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	int order = ip_compare(width(&a->net), width(&b->net));

	if (order == 0)
		order = ip_compare(a->net.first, b->net.first);
	if (order == 0)
		order = a->key.data < b->key.data ? -1 : 1;
	return order;
}

static bool index_nets(struct reading *reading)
{
	struct rows *rows = reading->rows;
	struct net *nets = memory_allocate((size_t)rows->count * sizeof(*nets));

	if (!nets)
		return false;
	if (rows->count)
		qsort(rows->items, rows->count, sizeof(*rows->items), compare_nets);
	for (uint32_t i = 0; i < rows->count; i++) {
		nets[i] = rows->items[i].net;
		if (i && rows->keyed && same_key(rows, &rows->items[i - 1], &rows->items[i]))
			refuse_twice(reading, &rows->items[i]);
	}
	rows->nets = cidr_build(nets, rows->count, &rows->index);
	memory_free(nets);
	return rows->nets != NULL;
}

/* ---- the file ---- */

static const char *read_bytes(int fd, struct rows *rows)
{
	struct stat facts;
	ssize_t done;

	if (fstat(fd, &facts) < 0)
		return strerror(errno);
	if (!S_ISREG(facts.st_mode))
		return "it is not a regular file";
	if (facts.st_size > FILE_MAX)
		return "it is larger than 256 MB";
	rows->size = (size_t)facts.st_size;
	rows->bytes = memory_allocate(rows->size + 1);
	if (!rows->bytes)
		return "there is no memory for it";
	done = system_read_whole(fd, rows->bytes, rows->size);
	if (done < 0)
		return strerror(errno);
	rows->size = (size_t)done;
	return NULL;
}

static bool make_index(struct reading *reading)
{
	struct rows *rows = reading->rows;

	if (rows->kind == TABLE_NET)
		return index_nets(reading);
	if (rows->kind != TABLE_REGEX && rows->kind != TABLE_PCRE)
		return index_by_hash(reading);
	if (rows->count <= PATTERNS_MAX)
		return true;
	report_part(reading, rows->items[PATTERNS_MAX].key, "E0517",
		    "these are more than 10000 patterns: each is tried in turn");
	return false;
}

static bool load(struct reading *reading, int fd, const char *path, struct span declared)
{
	struct rows *rows = reading->rows;
	const char *why = read_bytes(fd, rows);

	if (why) {
		diagnostics_report(reading->diagnostics, "E0515", declared,
				   "cannot read the table's file %s: %s", path, why);
		return false;
	}
	reading->source = diagnostics_add_source(
		reading->diagnostics, path, text_of(rows->bytes, rows->size, LIFETIME_PROGRAM));
	read_lines(reading);
	return !reading->failed && make_index(reading) && !reading->failed;
}

struct rows *rows_read(int fd, const char *path, enum table_key key, bool keyed,
		       struct span declared, struct diagnostics *diagnostics)
{
	struct rows *rows = memory_zeroed(1, sizeof(*rows));
	struct reading reading = { .rows = rows, .diagnostics = diagnostics };

	if (!rows)
		return NULL;
	atomic_init(&rows->users, 1);
	rows->kind = key;
	rows->keyed = keyed;
	arena_init(&rows->index, INDEX_MAX, LIFETIME_PROGRAM);
	if (load(&reading, fd, path, declared))
		return rows;
	/* Diagnostics point into the file's text: it stays until they are gone. */
	arena_defer(&diagnostics->arena, (void (*)(void *))rows_release, rows);
	return NULL;
}

struct rows *rows_keep(struct rows *rows)
{
	atomic_fetch_add_explicit(&rows->users, 1, memory_order_relaxed);
	return rows;
}

void rows_release(struct rows *rows)
{
	if (!rows || atomic_fetch_sub_explicit(&rows->users, 1, memory_order_acq_rel) != 1)
		return;
	memory_free(rows->bytes);
	memory_free(rows->items);
	memory_free(rows->slots);
	arena_reset(&rows->index);
	memory_free(rows);
}

/* ---- look-ups ---- */

static bool answer(const struct rows *rows, uint32_t row, struct text *item)
{
	if (row == NO_ROW)
		return false;
	if (item)
		*item = rows->items[row].item;
	return true;
}

bool rows_find_text(const struct rows *rows, struct text key, struct text *item)
{
	const struct row wanted = { .key = key };

	assert(rows->kind == TABLE_TEXT);
	return answer(rows, *find_slot(rows, &wanted), item);
}

bool rows_find_int(const struct rows *rows, int64_t key, struct text *item)
{
	const struct row wanted = { .number = key };

	assert(rows->kind == TABLE_INT);
	return answer(rows, *find_slot(rows, &wanted), item);
}

bool rows_find_ip(const struct rows *rows, struct ip key, struct text *item)
{
	const struct row wanted = { .net = { key, key } };
	int64_t found;

	if (ip_is_none(key))
		return false;
	if (rows->kind == TABLE_IP)
		return answer(rows, *find_slot(rows, &wanted), item);
	assert(rows->kind == TABLE_NET);
	found = cidr_find(rows->nets, key);
	return answer(rows, found < 0 ? NO_ROW : (uint32_t)found, item);
}

struct rows_rule rows_rule(const struct rows *rows, uint32_t n)
{
	const struct row *row = &rows->items[n];

	assert(rows->kind == TABLE_REGEX || rows->kind == TABLE_PCRE);
	return (struct rows_rule){ row->regex, row->negated, row->next, row->item };
}

uint32_t rows_count(const struct rows *rows)
{
	return rows->count;
}

enum table_key rows_key(const struct rows *rows)
{
	return rows->kind;
}
