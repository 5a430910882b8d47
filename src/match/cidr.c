/* Ranges may overlap, so they are first cut into spans that do not: a span begins at an address,
 * ends where the next one begins, and belongs to one range or to none. A look-up finds the last
 * span that begins at or before the address. For IPv4 a table by the first bits of the address,
 * with a few times as many places as there are spans, says between which spans to look: that is
 * most often one or two. */
#include "match/cidr.h"

#include "base/memory.h"

#include <stdlib.h>

typedef unsigned __int128 address;

enum { NO_RANGE = UINT32_MAX, INDEX_BITS_MAX = 16 };

struct spans4 {
	uint32_t count;
	const uint32_t *starts; /* the first is 0 */
	const uint32_t *owners; /* number of a range, or NO_RANGE */
	const uint32_t *index;	/* by the first bits: the last span that begins there or before */
	unsigned shift;		/* what is left of an address without those bits */
};

struct spans6 {
	uint32_t count;
	const address *starts;
	const uint32_t *owners;
};

struct cidr {
	struct spans4 v4;
	struct spans6 v6;
};

static address address_of(struct ip ip)
{
	address a = 0;

	for (unsigned i = 0; i < sizeof(ip.bytes); i++)
		a = a << 8 | ip.bytes[i];
	return a;
}

static uint32_t v4_of(struct ip ip)
{
	uint32_t word;

	memcpy(&word, ip.bytes + 12, sizeof(word));
	return __builtin_bswap32(word);
}

/* ---- cutting into spans ---- */

/* Places where spans begin, and for each the next one that belongs to nobody yet. */
struct cutting {
	address *starts;
	uint32_t *owners;
	uint32_t *next;
	uint32_t count;
};

static int compare_addresses(const void *a, const void *b)
{
	const address *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static uint32_t without_repeats(address *sorted, uint32_t count)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++)
		if (i == 0 || sorted[i] != sorted[kept - 1])
			sorted[kept++] = sorted[i];
	return kept;
}

/* The last that is at or before `wanted`, which the first is. */
static uint32_t find_start(const address *starts, uint32_t count, address wanted)
{
	uint32_t low = 0, high = count;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (starts[middle] <= wanted)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The first span at or behind `span` that belongs to nobody; the way there is made shorter. */
static uint32_t next_free(const struct cutting *cut, uint32_t span)
{
	while (cut->next[span] != span) {
		cut->next[span] = cut->next[cut->next[span]];
		span = cut->next[span];
	}
	return span;
}

static void take_spans(struct cutting *cut, const struct net *net, uint32_t number)
{
	address last = address_of(net->last);
	uint32_t span = next_free(cut, find_start(cut->starts, cut->count, address_of(net->first)));

	for (; span < cut->count && cut->starts[span] <= last; span = next_free(cut, span)) {
		cut->owners[span] = number;
		cut->next[span] = span + 1;
	}
}

static void merge_neighbours(struct cutting *cut)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < cut->count; i++) {
		if (kept && cut->owners[i] == cut->owners[kept - 1])
			continue;
		cut->starts[kept] = cut->starts[i];
		cut->owners[kept++] = cut->owners[i];
	}
	cut->count = kept;
}

static bool cut_allocate(struct cutting *cut, size_t room, struct arena *scratch)
{
	cut->starts = arena_allocate(scratch, room * sizeof(*cut->starts));
	cut->owners = arena_allocate(scratch, room * sizeof(*cut->owners));
	cut->next = arena_allocate(scratch, (room + 1) * sizeof(*cut->next));
	return cut->starts && cut->owners && cut->next;
}

/* Of the ranges of one family; the first span begins at `lowest`. */
static bool cut_ranges(struct cutting *cut, const struct net *nets, uint32_t count, bool v4,
		       address lowest, struct arena *scratch)
{
	if (!cut_allocate(cut, 2 * (size_t)count + 1, scratch))
		return false;
	cut->starts[cut->count++] = lowest;
	for (uint32_t i = 0; i < count; i++) {
		if (ip_is_v4(nets[i].first) != v4)
			continue;
		cut->starts[cut->count++] = address_of(nets[i].first);
		if (~address_of(nets[i].last))
			cut->starts[cut->count++] = address_of(nets[i].last) + 1;
	}
	qsort(cut->starts, cut->count, sizeof(*cut->starts), compare_addresses);
	cut->count = without_repeats(cut->starts, cut->count);
	for (uint32_t i = 0; i <= cut->count; i++)
		cut->next[i] = i;
	for (uint32_t i = 0; i < cut->count; i++)
		cut->owners[i] = NO_RANGE;
	for (uint32_t i = 0; i < count; i++)
		if (ip_is_v4(nets[i].first) == v4)
			take_spans(cut, &nets[i], i);
	merge_neighbours(cut);
	return true;
}

/* ---- settling ---- */

static unsigned index_bits(uint32_t spans)
{
	unsigned bits = 0;

	while (bits < INDEX_BITS_MAX && spans >> bits)
		bits++;
	return bits + 2 < INDEX_BITS_MAX ? bits + 2 : INDEX_BITS_MAX;
}

static const uint32_t *make_index(const uint32_t *starts, uint32_t count, unsigned bits,
				  struct arena *arena)
{
	uint32_t places = 1u << bits, span = 0;
	uint32_t *index = arena_allocate(arena, (places + 1) * sizeof(*index));

	for (uint32_t place = 0; index && place < places; place++) {
		while (span + 1 < count && starts[span + 1] <= place << (32 - bits))
			span++;
		index[place] = span;
	}
	if (index)
		index[places] = count - 1;
	return index;
}

static const uint32_t *copy_owners(const struct cutting *cut, struct arena *arena)
{
	uint32_t *owners = arena_allocate(arena, cut->count * sizeof(*owners));

	if (owners)
		memcpy(owners, cut->owners, cut->count * sizeof(*owners));
	return owners;
}

/* An IPv4 range may end where the family does: what begins behind it is left out. */
static bool settle_v4(struct spans4 *spans, struct cutting *cut, struct arena *arena)
{
	unsigned bits;
	uint32_t *starts;

	if (cut->starts[cut->count - 1] >> 32 != cut->starts[0] >> 32)
		cut->count--;
	bits = index_bits(cut->count);
	starts = arena_allocate(arena, cut->count * sizeof(*starts));
	for (uint32_t i = 0; starts && i < cut->count; i++)
		starts[i] = (uint32_t)cut->starts[i];
	if (!starts)
		return false;
	*spans = (struct spans4){ .count = cut->count,
				  .starts = starts,
				  .owners = copy_owners(cut, arena),
				  .index = make_index(starts, cut->count, bits, arena),
				  .shift = 32 - bits };
	return spans->owners && spans->index;
}

static bool settle_v6(struct spans6 *spans, const struct cutting *cut, struct arena *arena)
{
	address *starts = arena_allocate(arena, cut->count * sizeof(*starts));

	if (!starts)
		return false;
	memcpy(starts, cut->starts, cut->count * sizeof(*starts));
	*spans = (struct spans6){ cut->count, starts, copy_owners(cut, arena) };
	return spans->owners;
}

static bool build(struct cidr *cidr, const struct net *nets, uint32_t count, struct arena *arena,
		  struct arena *scratch)
{
	struct cutting v4 = { 0 }, v6 = { 0 };
	static const uint8_t zero[4];

	return cut_ranges(&v4, nets, count, true, address_of(ip_of_v4(zero)), scratch) &&
	       settle_v4(&cidr->v4, &v4, arena) &&
	       cut_ranges(&v6, nets, count, false, 0, scratch) && settle_v6(&cidr->v6, &v6, arena);
}

struct cidr *cidr_build(const struct net *nets, uint32_t count, struct arena *arena)
{
	struct cidr *cidr = arena_zeroed(arena, sizeof(*cidr));
	struct arena scratch;
	bool ok;

	if (!cidr || count >= NO_RANGE / 2)
		return NULL;
	arena_init(&scratch, SIZE_MAX, LIFETIME_EVENT);
	ok = build(cidr, nets, count, arena, &scratch);
	arena_reset(&scratch);
	return ok ? cidr : NULL;
}

/* ---- looking up ---- */

static uint32_t find_v4(const struct spans4 *spans, uint32_t wanted)
{
	const uint32_t *place = &spans->index[wanted >> spans->shift];
	uint32_t low = place[0], high = place[1] + 1;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (spans->starts[middle] <= wanted)
			low = middle;
		else
			high = middle;
	}
	return spans->owners[low];
}

int64_t cidr_find(const struct cidr *cidr, struct ip ip)
{
	const struct spans6 *v6 = &cidr->v6;
	uint32_t owner = NO_RANGE;

	if (ip_is_v4(ip))
		owner = find_v4(&cidr->v4, v4_of(ip));
	else if (!ip_is_none(ip))
		owner = v6->owners[find_start(v6->starts, v6->count, address_of(ip))];
	return owner == NO_RANGE ? -1 : (int64_t)owner;
}
