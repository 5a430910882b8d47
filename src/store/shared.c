#include "store/shared.h"

#include "base/memory.h"
#include "store/memory_store.h"

#include <pthread.h>
#include <stdatomic.h>

struct shared_variable {
	struct shared_variable *next;
	unsigned users;
	enum shared_kind kind;
	char *name, *shape;
	_Atomic int64_t counter;
	_Atomic int64_t time;
	const struct store_backend *backend;
	void *store; /* of a rate or cache */
};

struct shared {
	pthread_mutex_t lock; /* opening and closing: never while a handler runs */
	struct shared_variable *first;
};

struct shared *shared_new(void)
{
	struct shared *shared = memory_zeroed(1, sizeof(*shared));

	if (shared)
		pthread_mutex_init(&shared->lock, NULL);
	return shared;
}

void shared_free(struct shared *shared)
{
	if (!shared)
		return;
	pthread_mutex_destroy(&shared->lock);
	memory_free(shared);
}

static void free_variable(struct shared_variable *variable)
{
	if (variable->store)
		variable->backend->close(variable->store);
	memory_free(variable->name);
	memory_free(variable->shape);
	memory_free(variable);
}

static bool open_store(struct shared_variable *variable, const struct shared_settings *settings,
		       const char **fault)
{
	variable->backend = &memory_backend;
	if (settings->kind != SHARED_COUNTER)
		variable->store =
			variable->backend->open("", settings->max, settings->memory, fault);
	return variable->store || settings->kind == SHARED_COUNTER;
}

static struct shared_variable *new_variable(const struct shared_settings *settings,
					    const char **fault)
{
	struct shared_variable *variable = memory_zeroed(1, sizeof(*variable));

	*fault = "there is no memory for it";
	if (!variable)
		return NULL;
	variable->kind = settings->kind;
	variable->time = settings->time;
	variable->name = memory_copy_string(settings->name);
	variable->shape = memory_copy_string(settings->shape);
	if (variable->name && variable->shape && open_store(variable, settings, fault))
		return variable;
	free_variable(variable);
	return NULL;
}

static bool is_same(const struct shared_variable *variable, const struct shared_settings *settings)
{
	return variable->kind == settings->kind && strcmp(variable->name, settings->name) == 0 &&
	       strcmp(variable->shape, settings->shape) == 0;
}

/* What runs with the settings of before goes on with these. */
static void take_over(struct shared_variable *variable, const struct shared_settings *settings)
{
	variable->time = settings->time;
	if (variable->store)
		variable->backend->limit(variable->store, settings->max, settings->memory);
}

static struct shared_variable *find_or_add(struct shared *shared,
					   const struct shared_settings *settings,
					   const char **fault)
{
	struct shared_variable *variable = shared->first;

	while (variable && !is_same(variable, settings))
		variable = variable->next;
	if (variable) {
		take_over(variable, settings);
		return variable;
	}
	variable = new_variable(settings, fault);
	if (!variable)
		return NULL;
	variable->next = shared->first;
	shared->first = variable;
	return variable;
}

struct shared_variable *shared_open(struct shared *shared, const struct shared_settings *settings,
				    const char **fault)
{
	struct shared_variable *variable;

	pthread_mutex_lock(&shared->lock);
	variable = find_or_add(shared, settings, fault);
	if (variable)
		variable->users++;
	pthread_mutex_unlock(&shared->lock);
	return variable;
}

static void unlink_variable(struct shared *shared, struct shared_variable *variable)
{
	struct shared_variable **link = &shared->first;

	while (*link != variable)
		link = &(*link)->next;
	*link = variable->next;
}

void shared_close(struct shared *shared, struct shared_variable *variable)
{
	bool last;

	if (!variable)
		return;
	pthread_mutex_lock(&shared->lock);
	last = --variable->users == 0;
	if (last)
		unlink_variable(shared, variable);
	pthread_mutex_unlock(&shared->lock);
	if (last)
		free_variable(variable);
}

enum shared_kind shared_kind_of(const struct shared_variable *variable)
{
	return variable->kind;
}

/* ---- counter ---- */

bool counter_add(struct shared_variable *counter, int64_t n, int64_t *sum)
{
	int64_t before = atomic_load_explicit(&counter->counter, memory_order_relaxed);

	do {
		if (__builtin_add_overflow(before, n, sum))
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&counter->counter, &before, *sum,
							memory_order_acq_rel,
							memory_order_relaxed));
	return true;
}

int64_t counter_value(const struct shared_variable *counter)
{
	return atomic_load_explicit(&counter->counter, memory_order_acquire);
}

int64_t counter_reset(struct shared_variable *counter)
{
	return atomic_exchange_explicit(&counter->counter, 0, memory_order_acq_rel);
}

/* ---- rate ---- */

/* What is kept for a key: how many in each slice, the running one and those that reach into the
 * window. */
struct slices {
	int64_t last; /* number of the newest slice, counted from 1970 */
	uint32_t counts[RATE_SLICES + 1];
};

struct hit {
	int64_t slice;
	uint32_t n;
	int64_t count;
};

static void move_on(struct slices *slices, int64_t to)
{
	enum { ALL = RATE_SLICES + 1 };

	if (to <= slices->last) /* also when the clock went back: it counts for the newest */
		return;
	if (to - slices->last >= ALL)
		memset(slices->counts, 0, sizeof(slices->counts));
	else
		for (int64_t i = slices->last + 1; i <= to; i++)
			slices->counts[i % ALL] = 0;
	slices->last = to;
}

static void add_hit(void *argument, void *bytes)
{
	struct hit *hit = argument;
	struct slices slices;
	uint32_t *place;

	memcpy(&slices, bytes, sizeof(slices));
	move_on(&slices, hit->slice);
	place = &slices.counts[slices.last % (RATE_SLICES + 1)];
	if (__builtin_add_overflow(*place, hit->n, place))
		*place = UINT32_MAX;
	hit->count = 0;
	for (unsigned i = 0; i <= RATE_SLICES; i++)
		hit->count += slices.counts[i];
	memcpy(bytes, &slices, sizeof(slices));
}

enum store_status rate_hit(struct shared_variable *rate, struct text key, uint32_t n, int64_t now,
			   int64_t *count)
{
	int64_t window = atomic_load_explicit(&rate->time, memory_order_relaxed);
	int64_t slice = window / RATE_SLICES > 0 ? window / RATE_SLICES : 1;
	struct hit hit = { .slice = now / slice, .n = n };
	enum store_status status = memory_store_change(rate->store, key, sizeof(struct slices), now,
						       now + window + slice, add_hit, &hit);

	*count = hit.count;
	return status;
}

void rate_reset(struct shared_variable *rate, struct text key)
{
	struct store_request request = { .operation = STORE_REMOVE, .key = key };

	memory_store_perform(rate->store, &request);
}

int64_t rate_size(struct shared_variable *rate)
{
	struct store_request request = { .operation = STORE_COUNT };

	memory_store_perform(rate->store, &request);
	return request.count;
}

/* ---- cache ---- */

enum store_status cache_perform(struct shared_variable *cache, struct store_request *request)
{
	request->expires =
		request->now + atomic_load_explicit(&cache->time, memory_order_relaxed);
	return cache->backend->perform(cache->store, request);
}
