#include "store/redis_store.h"

#include "base/memory.h"
#include "store/redis.h"
#include "store/slices.h"

#include <stdatomic.h>
#include <stdio.h>

struct redis_store {
	struct redis_place place;
	char *key, *order; /* names on the server */
	_Atomic int64_t max, memory;
};

/* ---- what the server runs ---- */

/* ARGV: now, expires, max, key, ... */
#define BEGIN                                                                                      \
	"local h, z = KEYS[1], KEYS[2] "                                                           \
	"local now, expires, max, k = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), ARGV[4] "     \
	"local function live() "                                                                   \
	"  local e = redis.call('ZSCORE', z, k) "                                                  \
	"  return e and tonumber(e) > now and redis.call('HGET', h, k) "                           \
	"end "                                                                                     \
	"local function drop(keys) "                                                               \
	"  for _, one in ipairs(keys) do redis.call('HDEL', h, one) redis.call('ZREM', z, one) "   \
	"end "                                                                                     \
	"end "                                                                                     \
	"local function put(v) "                                                                   \
	"  redis.call('HSET', h, k, v) redis.call('ZADD', z, expires, k) "                         \
	"  drop(redis.call('ZRANGEBYSCORE', z, '-inf', ARGV[1], 'LIMIT', 0, 10)) "                 \
	"  local over = redis.call('ZCARD', z) - max "                                             \
	"  if over > 0 then drop(redis.call('ZRANGE', z, 0, math.min(over, 100) - 1)) end "        \
	"  local life = math.max(math.ceil((tonumber(expires) - now) / 1000) + 1000, 1) "          \
	"  if redis.call('PTTL', h) < life then "                                                  \
	"    redis.call('PEXPIRE', h, life) redis.call('PEXPIRE', z, life) "                       \
	"  end "                                                                                   \
	"end "

/* A rate's entry is "SLICE:COUNT " for each slice that counts. */
#define HIT                                                                                        \
	"local n, slice, kept = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]) "          \
	"local counts, last = {}, slice "                                                          \
	"for s, c in string.gmatch(live() or '', '(%d+):(%d+)') do "                               \
	"  s = tonumber(s) counts[s] = tonumber(c) if s > last then last = s end "                 \
	"end "                                                                                     \
	"counts[last] = math.min((counts[last] or 0) + n, 4294967295) "                            \
	"local sum, out = 0, '' "                                                                  \
	"for s, c in pairs(counts) do "                                                            \
	"  if s > last - kept then "                                                               \
	"    sum = sum + c out = out .. string.format('%.0f:%.0f ', s, c) "                        \
	"  end "                                                                                   \
	"end "                                                                                     \
	"if n > 0 then put(out) end return string.format('%.0f', sum)"

static const struct {
	const char *script;
} operations[] = {
	[STORE_GET] = { BEGIN "return live()" },
	[STORE_HAS] = { BEGIN "return live() and 1 or 0" },
	[STORE_PUT] = { BEGIN "put(ARGV[5]) return 1" },
	[STORE_INSERT] = { BEGIN
			   "local v = live() if v then return v end put(ARGV[5]) return false" },
	[STORE_REMOVE] = { BEGIN "local was = live() and 1 or 0 drop({k}) return was" },
	[STORE_COUNT] = { BEGIN "return redis.call('ZCARD', z)" },
	[STORE_CLEAR] = { BEGIN "redis.call('DEL', h, z) return 1" },
	[STORE_HIT] = { BEGIN HIT },
};

/* ---- a command ---- */

enum { SCRIPT_WORDS = 12 };

static struct text number_word(struct arena *arena, int64_t number)
{
	char *room = arena_allocate(arena, INT_PRINTED_MAX);

	return room ? text_of(room, int_print(number, room), LIFETIME_EVENT) : TEXT_EMPTY;
}

static struct text string_word(const char *string)
{
	return text_of_string(string, LIFETIME_EVENT);
}

/* A script's numbers have 53 bits: a counter's are the server's own. */
static struct redis_command *send_count(const struct redis_store *store,
					const struct store_request *request)
{
	bool adds = request->operation == STORE_ADD;
	const struct text words[3] = { adds ? TEXT("INCRBY") : TEXT("GETSET"),
				       string_word(store->key),
				       number_word(request->arena, adds ? request->number : 0) };

	return redis_send(&store->place, words, 3, request->arena);
}

static struct redis_command *send_script(const struct redis_store *store,
					 const struct store_request *request)
{
	struct arena *arena = request->arena;
	const struct text words[SCRIPT_WORDS] = {
		TEXT("EVAL"),
		string_word(operations[request->operation].script),
		TEXT("2"),
		string_word(store->key),
		string_word(store->order),
		number_word(arena, request->now),
		number_word(arena, request->expires),
		number_word(arena, atomic_load(&store->max)),
		request->key,
		request->operation == STORE_HIT ? number_word(arena, request->number)
						: request->value,
		number_word(arena, request->slice),
		number_word(arena, RATE_SLICES + 1),
	};

	return redis_send(&store->place, words, SCRIPT_WORDS, arena);
}

/* ---- answers ---- */

static enum store_status fail(struct store_request *request, const char *why)
{
	request->fault = why;
	return STORE_FAILED;
}

static bool is_counting(const struct store_request *request)
{
	return request->operation == STORE_ADD || request->operation == STORE_RESET;
}

static bool take_number(const struct redis_command *command, enum redis_outcome outcome,
			int64_t *number)
{
	*number = outcome == REDIS_NUMBER ? redis_number(command) : 0;
	return outcome == REDIS_NUMBER ||
	       (outcome == REDIS_TEXT && text_to_int(redis_text(command), number));
}

/* What a script of ours never answers is a lie. */
static enum store_status refuse_lie(struct store_request *request)
{
	return fail(request, "what Redis answers is not what was asked for");
}

static enum store_status take_value(struct store_request *request,
				    const struct redis_command *command, enum redis_outcome outcome)
{
	if (outcome == REDIS_NOTHING)
		return request->operation == STORE_INSERT ? STORE_DONE : STORE_ABSENT;
	if (outcome != REDIS_TEXT)
		return refuse_lie(request);
	if (request->answer)
		buffer_append_text(request->answer, redis_text(command));
	if (request->answer && request->answer->failed)
		return fail(request, "there is no memory for it");
	return STORE_FOUND;
}

static enum store_status take_error(struct store_request *request,
				    const struct redis_command *command)
{
	struct text why = redis_text(command);
	size_t room = (size_t)why.length + 8;
	char *shown;

	if (request->operation == STORE_ADD && text_find(why, TEXT("overflow"), 0) >= 0)
		return STORE_TOO_LARGE;
	shown = arena_allocate(request->arena, room);
	if (!shown)
		return fail(request, "there is no memory for it");
	snprintf(shown, room, "Redis: %.*s", TEXT_PRINTF(why));
	return fail(request, shown);
}

static enum store_status take(struct store_request *request, const struct redis_command *command,
			      enum redis_outcome outcome)
{
	switch (request->operation) {
	case STORE_GET:
	case STORE_INSERT:
		return take_value(request, command, outcome);
	case STORE_HAS:
	case STORE_REMOVE:
		if (!take_number(command, outcome, &request->count))
			return refuse_lie(request);
		return request->count ? STORE_FOUND : STORE_ABSENT;
	case STORE_RESET: /* of a counter that was never used */
		if (outcome == REDIS_NOTHING)
			return STORE_DONE;
		/* fall through */
	default:
		if (!take_number(command, outcome, &request->count))
			return refuse_lie(request);
		return STORE_DONE;
	}
}

static enum store_status finish(struct store_request *request, struct redis_command *command,
				enum redis_outcome outcome)
{
	enum store_status status;

	if (outcome == REDIS_FAILED)
		status = fail(request, redis_fault(command));
	else if (outcome == REDIS_ERROR)
		status = take_error(request, command);
	else
		status = take(request, command, outcome);
	redis_end(command);
	return status;
}

static enum store_status perform(void *argument, struct store_request *request)
{
	const struct redis_store *store = argument;
	int64_t size = (int64_t)request->key.length + request->value.length;
	struct redis_command *command = *request->pending;
	enum redis_outcome outcome;

	if (size > atomic_load(&store->memory))
		return STORE_TOO_LARGE;
	if (!command)
		command = *request->pending = is_counting(request) ? send_count(store, request)
								   : send_script(store, request);
	if (!command)
		return fail(request, "there is no memory for it");
	outcome = redis_run(command, request->wait);
	return outcome == REDIS_WAITING ? STORE_WAITING : finish(request, command, outcome);
}

/* ---- opening ---- */

static void set_limit(void *argument, int64_t max, int64_t memory)
{
	struct redis_store *store = argument;

	atomic_store(&store->max, max);
	atomic_store(&store->memory, memory);
}

static void close_store(void *argument)
{
	struct redis_store *store = argument;

	memory_free(store->key);
	memory_free(store->order);
	memory_free(store);
}

const char *redis_store_fault(struct text place)
{
	struct redis_place parsed;

	return redis_place_parse(place, &parsed);
}

static char *name_of(const struct redis_store *store, const char *name, const char *end)
{
	struct buffer out;

	buffer_init(&out, BUFFER_CAP_DEFAULT);
	buffer_printf(&out, "%s:{%s}%s%c", store->place.prefix, name, end, '\0');
	if (!out.failed)
		return out.data;
	buffer_free(&out);
	return NULL;
}

/* The server is asked when something is; that it is there now says nothing of later. */
static void *open_store(const struct store_settings *settings, const char **fault)
{
	struct redis_store *store = memory_zeroed(1, sizeof(*store));

	*fault = "there is no memory for it";
	if (!store)
		return NULL;
	*fault = redis_place_parse(string_word(settings->place), &store->place);
	if (!*fault) {
		*fault = "there is no memory for it";
		store->key = name_of(store, settings->name, "");
		store->order = name_of(store, settings->name, ":order");
		set_limit(store, settings->max, settings->memory);
	}
	if (store->key && store->order)
		return store;
	close_store(store);
	return NULL;
}

const struct store_backend redis_backend = {
	.prefix = "redis",
	.open = open_store,
	.limit = set_limit,
	.perform = perform,
	.close = close_store,
};
