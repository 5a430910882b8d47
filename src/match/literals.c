/* Each literal of four bytes or more has a window: four bytes of it in a row, chosen to be rare.
 * Windows are in a hash table. Places of the text where a window may begin are found by windows.c,
 * many at a time, or, without such instructions or with many literals, one by one in a bit table of
 * hashes. Each candidate is compared with the literals of its hash. Shorter literals are few and
 * looked for one by one. */
#include "match/literals.h"

#include "match/windows.h"

enum {
	TOGETHER_MAX = 96, /* with more literals nearly every place is a candidate */
	HASH_BITS_MIN = 12,
	HASH_BITS_MAX = 20,
	OFFSETS_TRIED = 24,
};

struct entry {
	uint32_t number;
	uint32_t offset; /* of the window in the literal */
};

struct literals {
	const struct text *items;
	uint32_t count;
	bool fold;
	bool together;	       /* many places are looked at at once */
	unsigned shift;	       /* of hashes */
	const uint32_t *first; /* by hash: its first entry, and one more at the end */
	const struct entry *entries;
	const uint64_t *present; /* bits by hash: is there any entry */
	uint32_t short_count;
	const uint32_t *shorts; /* numbers of literals shorter than a window */
	struct windows windows;
};

/* ---- windows ---- */

static uint32_t window_at(const char *bytes, bool fold)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return fold ? word | 0x20202020u : word;
}

static uint32_t hash_of(const struct literals *set, uint32_t word)
{
	return word * 0x9e3779b1u >> set->shift;
}

/* How often a byte occurs in mail, roughly. */
static unsigned frequency(char byte)
{
	static const char usual[] = "etaoinsrhldcumfpgwybvk";
	const char *found = byte ? strchr(usual, byte_lower(byte)) : NULL;

	if (byte == ' ')
		return 30;
	return found ? 24 - (unsigned)(found - usual) : 1;
}

static unsigned window_cost(const char *bytes)
{
	return frequency(bytes[0]) + frequency(bytes[1]) + frequency(bytes[2]) +
	       frequency(bytes[3]);
}

/* The rarest bytes, in a place of the hash table that few others have. */
static uint32_t choose_window(const struct literals *set, struct text literal, const uint32_t *load)
{
	uint32_t last = literal.length - WINDOW, best = 0, best_cost = UINT32_MAX;

	if (last > OFFSETS_TRIED)
		last = OFFSETS_TRIED;
	for (uint32_t offset = 0; offset <= last; offset++) {
		const char *bytes = literal.data + offset;
		uint32_t taken = load[hash_of(set, window_at(bytes, set->fold))];
		uint32_t cost = window_cost(bytes) + 100 * (taken < 10000 ? taken : 10000);

		if (cost < best_cost) {
			best_cost = cost;
			best = offset;
		}
	}
	return best;
}

static unsigned hash_bits(uint32_t count)
{
	unsigned bits = HASH_BITS_MIN;

	while (bits < HASH_BITS_MAX && count >> (bits - 4))
		bits++;
	return bits;
}

/* ---- building ---- */

/* What is needed only while the set is made. */
struct building {
	struct literals *set;
	struct arena *arena;
	uint32_t *offsets; /* of each literal's window */
	uint32_t *load;	   /* entries by hash */
	uint32_t places;   /* in the hash table */
};

static const char *window_of(const struct building *b, uint32_t number)
{
	return b->set->items[number].data + b->offsets[number];
}

static uint32_t place_of(const struct building *b, uint32_t number)
{
	return hash_of(b->set, window_at(window_of(b, number), b->set->fold));
}

static bool is_short(const struct literals *set, uint32_t number)
{
	return set->items[number].length < WINDOW;
}

static bool gather_shorts(struct building *b)
{
	uint32_t *shorts = arena_allocate(b->arena, b->set->count * sizeof(*shorts));

	if (!shorts)
		return false;
	for (uint32_t i = 0; i < b->set->count; i++)
		if (is_short(b->set, i))
			shorts[b->set->short_count++] = i;
	b->set->shorts = shorts;
	return true;
}

static void choose_windows(struct building *b)
{
	for (uint32_t i = 0; i < b->set->count; i++) {
		if (is_short(b->set, i))
			continue;
		b->offsets[i] = choose_window(b->set, b->set->items[i], b->load);
		b->load[place_of(b, i)]++;
	}
}

static bool fill_table(struct building *b)
{
	uint32_t *first = arena_allocate(b->arena, (b->places + 1) * sizeof(*first));
	struct entry *entries = arena_allocate(b->arena, (b->set->count + 1) * sizeof(*entries));
	uint64_t *present = arena_zeroed(b->arena, b->places / 8 + 8);
	uint32_t sum = 0;

	if (!first || !entries || !present)
		return false;
	for (uint32_t place = 0; place < b->places; place++) {
		first[place] = sum;
		sum += b->load[place];
		if (b->load[place])
			present[place / 64] |= UINT64_C(1) << place % 64;
		b->load[place] = first[place]; /* from now on: where the next entry goes */
	}
	first[b->places] = sum;
	for (uint32_t i = 0; i < b->set->count; i++)
		if (!is_short(b->set, i))
			entries[b->load[place_of(b, i)]++] = (struct entry){ i, b->offsets[i] };
	b->set->first = first;
	b->set->entries = entries;
	b->set->present = present;
	return true;
}

/* Entries that stand near each other share a bucket. */
static void mark_windows(struct building *b)
{
	struct literals *set = b->set;
	uint32_t count = set->first[b->places];

	set->together = count > 0 && count <= TOGETHER_MAX;
	for (uint32_t i = 0; set->together && i < count; i++) {
		const char *window = window_of(b, set->entries[i].number);
		unsigned bucket = i * WINDOW_BUCKETS / count;

		for (unsigned at = 0; at < WINDOW; at++) {
			windows_mark(&set->windows, at, window[at], bucket);
			if (set->fold) {
				windows_mark(&set->windows, at, byte_lower(window[at]), bucket);
				windows_mark(&set->windows, at, byte_upper(window[at]), bucket);
			}
		}
	}
}

static bool build(struct building *b, struct arena *scratch)
{
	unsigned bits = hash_bits(b->set->count);

	b->set->shift = 32 - bits;
	b->places = 1u << bits;
	b->offsets = arena_zeroed(scratch, b->set->count * sizeof(*b->offsets));
	b->load = arena_zeroed(scratch, b->places * sizeof(*b->load));
	if (!b->offsets || !b->load || !gather_shorts(b))
		return false;
	choose_windows(b);
	if (!fill_table(b))
		return false;
	mark_windows(b);
	return true;
}

struct literals *literals_build(const struct text *items, uint32_t count, bool fold,
				struct arena *arena)
{
	struct literals *set = arena_zeroed(arena, sizeof(*set));
	struct building b = { .set = set, .arena = arena };
	struct arena scratch;
	bool ok;

	if (!set)
		return NULL;
	set->items = items;
	set->count = count;
	set->fold = fold;
	arena_init(&scratch, SIZE_MAX, LIFETIME_EVENT);
	ok = build(&b, &scratch);
	arena_reset(&scratch);
	return ok ? set : NULL;
}

size_t literals_words(const struct literals *set)
{
	return (set->count + 63) / 64;
}

/* ---- looking ---- */

struct search {
	const struct literals *set;
	struct text subject;
	uint64_t *found;
	uint32_t left; /* literals not yet found */
	size_t work;
};

static bool is_found(const struct search *search, uint32_t number)
{
	return search->found[number / 64] >> number % 64 & 1;
}

static void find(struct search *search, uint32_t number)
{
	search->found[number / 64] |= UINT64_C(1) << number % 64;
	search->left--;
}

static bool occurs_at(struct search *search, const struct entry *entry, size_t at)
{
	struct text literal = search->set->items[entry->number], part;

	if (at < entry->offset || literal.length > search->subject.length - (at - entry->offset))
		return false;
	part = text_part(search->subject, at - entry->offset, at - entry->offset + literal.length);
	search->work += literal.length;
	return search->set->fold ? text_equals_ignoring_case(part, literal)
				 : memcmp(part.data, literal.data, literal.length) == 0;
}

/* A window may begin at `at`, which has WINDOW bytes behind it. */
static inline void look_at(struct search *search, size_t at)
{
	const struct literals *set = search->set;
	uint32_t hash = hash_of(set, window_at(search->subject.data + at, set->fold));

	if (!(set->present[hash / 64] >> hash % 64 & 1))
		return;
	for (uint32_t i = set->first[hash]; i < set->first[hash + 1]; i++) {
		search->work++;
		if (!is_found(search, set->entries[i].number) &&
		    occurs_at(search, &set->entries[i], at))
			find(search, set->entries[i].number);
	}
}

static void look_at_places(struct search *search, size_t at, uint64_t places)
{
	for (; places; places &= places - 1)
		look_at(search, at + (unsigned)__builtin_ctzll(places));
}

/* The last block overlaps the one before, so that nothing is left behind it. */
static void scan_blocks(struct search *search, const struct windows_way *way)
{
	const struct windows *windows = &search->set->windows;
	const char *bytes = search->subject.data;
	size_t last = search->subject.length - (WINDOW - 1) - way->block;
	uint64_t places;

	for (size_t at = 0; search->left && at < last; at += way->block) {
		at = way->next(windows, bytes, at, last - 1, &places);
		look_at_places(search, at, places);
	}
	if (!search->left)
		return;
	way->next(windows, bytes, last, last, &places);
	look_at_places(search, last, places);
}

static void scan_singly(struct search *search)
{
	for (size_t at = 0; at + WINDOW <= search->subject.length && search->left; at++)
		look_at(search, at);
}

static void scan(struct search *search)
{
	const struct windows_way *way;

	for (unsigned i = 0; search->set->together && (way = windows_way(i)); i++)
		if (search->subject.length >= way->block + WINDOW - 1) {
			scan_blocks(search, way);
			return;
		}
	scan_singly(search);
}

static void find_shorts(struct search *search)
{
	const struct literals *set = search->set;

	for (uint32_t i = 0; i < set->short_count; i++) {
		struct text literal = set->items[set->shorts[i]];
		int64_t at = set->fold ? text_find_ignoring_case(search->subject, literal, 0)
				       : text_find(search->subject, literal, 0);

		search->work += search->subject.length;
		if (at >= 0)
			find(search, set->shorts[i]);
	}
}

size_t literals_find(const struct literals *set, struct text subject, uint64_t *found)
{
	struct search search = { set, subject, found, set->count, subject.length };

	memset(found, 0, literals_words(set) * sizeof(*found));
	find_shorts(&search);
	if (set->short_count < set->count)
		scan(&search);
	return search.work;
}
