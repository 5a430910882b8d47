#include "store/shared.h"

#include "base/memory.h"
#include "store/lmdb_file.h"
#include "store/lmdb_store.h"
#include "store/memory_store.h"
#include "store/redis.h"
#include "store/redis_store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

struct shared_variable {
	struct shared_variable *next;
	unsigned users;
	enum shared_kind kind;
	char *name, *shape, *place; /* `place`: the whole of `store` */
	_Atomic int64_t time;
	const struct store_backend *backend;
	void *store;
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

/* ---- stores ---- */

bool shared_set_folder(const char *folder)
{
	return lmdb_set_folder(folder);
}

static bool no_library(const char **why)
{
	(void)why;
	return true;
}

static const char *no_fault(struct text place)
{
	return place.length ? "memory has no name" : NULL;
}

static const struct kind {
	const struct store_backend *backend;
	const char *(*fault)(struct text place); /* NULL: it can be meant */
	bool (*load)(const char **why);
} kinds[] = {
	{ &memory_backend, no_fault, no_library },
	{ &lmdb_backend, lmdb_name_fault, lmdb_load },
	{ &redis_backend, redis_store_fault, redis_load },
};

static const char *const how = "write \"memory\", \"lmdb:NAME\" or \"redis:inet://HOST:PORT\"";

/* NULL when there is no such store. `place` is what follows the colon. */
static const struct kind *find_kind(struct text store, struct text *place)
{
	int64_t colon = text_find(store, TEXT(":"), 0);
	struct text prefix = text_part(store, 0, colon < 0 ? store.length : (size_t)colon);

	*place = text_part(store, colon < 0 ? store.length : (size_t)colon + 1, store.length);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (text_equals_string(prefix, kinds[i].backend->prefix))
			return &kinds[i];
	return NULL;
}

const char *shared_store_fault(struct text store)
{
	struct text place;
	const struct kind *kind = find_kind(store, &place);

	return kind ? kind->fault(place) : how;
}

bool shared_store_load(struct text store, const char **why)
{
	struct text place;
	const struct kind *kind = find_kind(store, &place);

	*why = kind ? NULL : how;
	return kind && kind->load(why);
}

/* ---- opening ---- */

static void free_variable(struct shared_variable *variable)
{
	if (variable->store)
		variable->backend->close(variable->store);
	memory_free(variable->name);
	memory_free(variable->shape);
	memory_free(variable->place);
	memory_free(variable);
}

/* A script is found again wherever its folder is. */
static const char *without_folder(const char *name)
{
	const char *start = name;

	for (const char *at = name; *at && strncmp(at, ": ", 2) != 0; at++)
		if (*at == '/')
			start = at + 1;
	return start;
}

static bool open_store(struct shared_variable *variable, const struct shared_settings *settings,
		       const char **fault)
{
	struct text place;
	const struct kind *kind =
		find_kind(text_of_string(variable->place, LIFETIME_PROGRAM), &place);
	struct store_settings wanted = { .kind = settings->kind,
					 .place = place.data,
					 .max = settings->max,
					 .memory = settings->memory };
	struct buffer name;

	*fault = how;
	if (!kind || (*fault = kind->fault(place)) != NULL)
		return false;
	*fault = "there is no memory for it";
	buffer_init(&name, BUFFER_CAP_DEFAULT);
	buffer_printf(&name, "%s %s%c", without_folder(settings->name), settings->shape, '\0');
	wanted.name = name.data;
	variable->backend = kind->backend;
	if (!name.failed)
		variable->store = kind->backend->open(&wanted, fault);
	buffer_free(&name);
	return variable->store != NULL;
}

static const char *store_of(const struct shared_settings *settings)
{
	return settings->store && *settings->store ? settings->store : "memory";
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
	variable->place = memory_copy_string(store_of(settings));
	if (variable->name && variable->shape && variable->place &&
	    open_store(variable, settings, fault))
		return variable;
	free_variable(variable);
	return NULL;
}

static bool is_same(const struct shared_variable *variable, const struct shared_settings *settings)
{
	return variable->kind == settings->kind && strcmp(variable->name, settings->name) == 0 &&
	       strcmp(variable->shape, settings->shape) == 0 &&
	       strcmp(variable->place, store_of(settings)) == 0;
}

/* What runs with the settings of before goes on with these. */
static void take_over(struct shared_variable *variable, const struct shared_settings *settings)
{
	variable->time = settings->time;
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

/* ---- operations ---- */

enum store_status shared_perform(struct shared_variable *variable, struct store_request *request)
{
	int64_t time = atomic_load_explicit(&variable->time, memory_order_relaxed);
	int64_t slice = time / RATE_SLICES > 0 ? time / RATE_SLICES : 1;

	request->slice = request->now / slice;
	request->expires = request->now + time;
	if (variable->kind == SHARED_RATE)
		request->expires += slice;
	return variable->backend->perform(variable->store, request);
}
