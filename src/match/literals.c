/* Each literal of four bytes or more has a window: four bytes of it in a row, chosen to be rare.
 * Windows are in a hash table. Places of the text where a window may begin are found 32 at a time
 * by shuffles (the filter of Teddy in Hyperscan: for each byte of a window and each half of that
 * byte a table says in which of eight buckets it occurs), or, without such instructions or with
 * many literals, one by one in a bit table of hashes. Each candidate is compared with the literals
 * of its hash. Shorter literals are few and looked for one by one. */
#include "match/literals.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define HAVE_SHUFFLES 1
#else
#define HAVE_SHUFFLES 0
#endif

enum {
	WINDOW = 4,
	BUCKETS = 8,
	SHUFFLED_MAX = 96, /* with more literals nearly every place is a candidate */
	BLOCK = 32,	   /* places looked at at once */
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
	bool fold, shuffled;
	bool ascii;	       /* all windows are */
	unsigned shift;	       /* of hashes */
	const uint32_t *first; /* by hash: its first entry, and one more at the end */
	const struct entry *entries;
	const uint64_t *present; /* bits by hash: is there any entry */
	uint32_t short_count;
	const uint32_t *shorts;			   /* numbers of literals shorter than a window */
	uint8_t low[WINDOW][16], high[WINDOW][16]; /* buckets by half bytes */
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

static void mark_byte(struct literals *set, unsigned at, char byte, uint8_t bucket)
{
	set->ascii &= (unsigned char)byte < 0x80;
	set->low[at][(unsigned char)byte & 15] |= bucket;
	set->high[at][(unsigned char)byte >> 4] |= bucket;
}

/* Entries that stand near each other share a bucket. */
static void fill_shuffles(struct building *b)
{
	struct literals *set = b->set;
	uint32_t count = set->first[b->places];

	set->shuffled = set->ascii = count > 0 && count <= SHUFFLED_MAX;
	for (uint32_t i = 0; set->shuffled && i < count; i++) {
		const char *window = window_of(b, set->entries[i].number);
		uint8_t bucket = (uint8_t)(1u << i * BUCKETS / count);

		for (unsigned at = 0; at < WINDOW; at++) {
			mark_byte(set, at, window[at], bucket);
			if (set->fold) {
				mark_byte(set, at, byte_lower(window[at]), bucket);
				mark_byte(set, at, byte_upper(window[at]), bucket);
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
	fill_shuffles(b);
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

static void scan_singly(struct search *search, size_t from)
{
	size_t length = search->subject.length;

	for (size_t at = from; at + WINDOW <= length && search->left; at++)
		look_at(search, at);
}

#if HAVE_SHUFFLES
#define WITH_SHUFFLES __attribute__((target("avx2")))

/* What says which buckets a byte of the window is in: by its low half and by its high half. */
struct shuffle {
	__m256i low, high;
};

WITH_SHUFFLES static inline __m256i twice(const uint8_t bytes[16])
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)bytes));
}

/* A shuffle says 0 for bytes beyond ASCII by itself. */
WITH_SHUFFLES static inline __m256i buckets_of(__m256i bytes, struct shuffle shuffle, bool ascii)
{
	const __m256i half = _mm256_set1_epi8(15);
	__m256i upper = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);
	__m256i lower = ascii ? bytes : _mm256_and_si256(bytes, half);

	return _mm256_and_si256(_mm256_shuffle_epi8(shuffle.low, lower),
				_mm256_shuffle_epi8(shuffle.high, upper));
}

/* The first block at or after `at`, and not after `last`, in which a window may begin: bit i of
 * *places says at its byte i. Reads WINDOW - 1 bytes more than a block. No call is made in the
 * loop, so that the tables stay in registers. */
WITH_SHUFFLES static inline size_t next_block_of(const struct literals *set, const char *bytes,
						 size_t at, size_t last, bool ascii,
						 uint32_t *places)
{
	struct shuffle shuffles[WINDOW];

#pragma GCC unroll 4
	for (unsigned i = 0; i < WINDOW; i++)
		shuffles[i] = (struct shuffle){ twice(set->low[i]), twice(set->high[i]) };
	for (*places = 0; at <= last; at += BLOCK) {
		__m256i fit = _mm256_set1_epi8(-1);

#pragma GCC unroll 4
		for (unsigned i = 0; i < WINDOW; i++) {
			const void *from = bytes + at + i;
			__m256i block = _mm256_loadu_si256((const __m256i *)from);

			fit = _mm256_and_si256(fit, buckets_of(block, shuffles[i], ascii));
		}
		if (!_mm256_testz_si256(fit, fit)) {
			__m256i none = _mm256_cmpeq_epi8(fit, _mm256_setzero_si256());

			*places = ~(uint32_t)_mm256_movemask_epi8(none);
			break;
		}
	}
	return at;
}

WITH_SHUFFLES static size_t next_block(const struct literals *set, const char *bytes, size_t at,
				       size_t last, uint32_t *places)
{
	return set->ascii ? next_block_of(set, bytes, at, last, true, places)
			  : next_block_of(set, bytes, at, last, false, places);
}

/* Where it stopped: fewer places than a block's are left, or nothing is to be found any more. */
static size_t scan_blocks(struct search *search)
{
	size_t at = 0, last = search->subject.length - BLOCK - WINDOW;
	uint32_t places;

	while (search->left) {
		at = next_block(search->set, search->subject.data, at, last, &places);
		if (at > last)
			break;
		for (; places; places &= places - 1)
			look_at(search, at + (unsigned)__builtin_ctz(places));
		at += BLOCK;
	}
	return at;
}

static size_t scan_shuffled(struct search *search)
{
	bool fits = search->set->shuffled && search->subject.length >= BLOCK + WINDOW;

	return fits && __builtin_cpu_supports("avx2") ? scan_blocks(search) : 0;
}
#else
static size_t scan_shuffled(struct search *search)
{
	(void)search;
	return 0;
}
#endif

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
		scan_singly(&search, scan_shuffled(&search));
	return search.work;
}
