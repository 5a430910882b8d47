/* The hashes of a body for which somebody may ask. */
#include "authentication/dkim.h"
#include "base/memory.h"

enum { BODIES_MAX = DKIM_SIGNATURES_MAX + DKIM_CANON_COUNT };

struct dkim_bodies {
	unsigned count;
	bool ended;
	struct dkim_body items[BODIES_MAX];
	uint8_t hashes[BODIES_MAX][SHA256_LENGTH];
};

static int find(const struct dkim_bodies *bodies, enum dkim_canon canon, uint64_t limit)
{
	for (unsigned i = 0; i < bodies->count; i++)
		if (bodies->items[i].canon == canon && bodies->items[i].limit == limit)
			return (int)i;
	return -1;
}

static bool want(struct dkim_bodies *bodies, enum dkim_canon canon, uint64_t limit)
{
	if (find(bodies, canon, limit) >= 0)
		return true;
	return dkim_body_init(bodies->items + bodies->count++, canon, limit);
}

static bool want_signatures(struct dkim_bodies *bodies, const struct headers *headers)
{
	unsigned seen = 0;
	bool ok = true;

	for (uint32_t i = 0; ok && i < headers->count && seen < DKIM_SIGNATURES_MAX; i++) {
		struct dkim_signature signature;

		if (!dkim_is_signature(headers->items + i))
			continue;
		seen++;
		dkim_signature_read(headers->items[i].raw, &signature);
		if (signature.result == DKIM_PASS)
			ok = want(bodies, signature.body_canon, signature.limit);
	}
	return ok;
}

struct dkim_bodies *dkim_bodies_new(const struct headers *headers, bool verifying, bool signing)
{
	struct dkim_bodies *bodies = memory_zeroed(1, sizeof(*bodies));

	if (!bodies)
		return NULL;
	if ((!verifying || want_signatures(bodies, headers)) &&
	    (!signing ||
	     (want(bodies, DKIM_SIMPLE, DKIM_WHOLE) && want(bodies, DKIM_RELAXED, DKIM_WHOLE))))
		return bodies;
	dkim_bodies_free(bodies);
	return NULL;
}

void dkim_bodies_free(struct dkim_bodies *bodies)
{
	for (unsigned i = 0; bodies && i < bodies->count; i++)
		dkim_body_free(bodies->items + i);
	memory_free(bodies);
}

void dkim_bodies_add(struct dkim_bodies *bodies, struct text piece)
{
	for (unsigned i = 0; i < bodies->count && !bodies->ended; i++)
		dkim_body_add(bodies->items + i, piece);
}

const uint8_t *dkim_bodies_hash(struct dkim_bodies *bodies, enum dkim_canon canon, uint64_t limit,
				uint64_t *length)
{
	int found = find(bodies, canon, limit);

	for (unsigned i = 0; i < bodies->count && !bodies->ended; i++)
		dkim_body_end(bodies->items + i, bodies->hashes[i]);
	bodies->ended = true;
	if (found < 0)
		return NULL;
	*length = bodies->items[found].length;
	return bodies->hashes[found];
}
