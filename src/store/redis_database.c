/* Tables that are a hash of a Redis server: "redis:ADDRESS?hash=NAME". */
#include "store/database.h"

#include "base/memory.h"
#include "store/redis.h"

#include <stdio.h>

static void *open_database(const struct database_settings *settings, const char **fault)
{
	struct redis_place *place = memory_zeroed(1, sizeof(*place));

	*fault = "there is no memory for it";
	if (!place)
		return NULL;
	*fault = redis_place_parse(text_of_string(settings->place, LIFETIME_EVENT), place);
	if (!*fault && !place->hash[0])
		*fault = "write redis:inet://HOST:PORT?hash=NAME";
	if (!*fault)
		return place;
	memory_free(place);
	return NULL;
}

static struct redis_command *send_question(const struct redis_place *place,
					   const struct store_request *request)
{
	struct text words[3] = { TEXT("HGET"), text_of_string(place->hash, LIFETIME_EVENT),
				 request->key };

	if (request->operation == STORE_HAS)
		words[0] = TEXT("HEXISTS");
	if (request->operation == STORE_COUNT)
		words[0] = TEXT("HLEN");
	return redis_send(place, words, request->operation == STORE_COUNT ? 2 : 3, request->arena);
}

static enum store_status fail(struct store_request *request, const char *why)
{
	request->fault = why;
	return STORE_FAILED;
}

static enum store_status take_number(struct store_request *request, int64_t number)
{
	request->count = number;
	if (request->operation == STORE_COUNT)
		return STORE_DONE;
	return number ? STORE_FOUND : STORE_ABSENT;
}

static enum store_status take_text(struct store_request *request, struct text text)
{
	buffer_append_text(request->answer, text);
	return request->answer->failed ? fail(request, "there is no memory for it") : STORE_FOUND;
}

static enum store_status take(struct store_request *request, const struct redis_command *command,
			      enum redis_outcome outcome)
{
	bool is_get = request->operation == STORE_GET;
	char *why;

	if (outcome == REDIS_FAILED)
		return fail(request, redis_fault(command));
	if (outcome == REDIS_NUMBER && !is_get)
		return take_number(request, redis_number(command));
	if (outcome == REDIS_TEXT && is_get)
		return take_text(request, redis_text(command));
	if (outcome == REDIS_NOTHING && is_get)
		return STORE_ABSENT;
	if (outcome != REDIS_ERROR)
		return fail(request, "what Redis answers is not what was asked for");
	why = arena_string(request->arena, redis_text(command));
	return fail(request, why ? why : "there is no memory for it");
}

static enum store_status ask(void *opened, struct store_request *request)
{
	struct redis_command *command = *request->pending;
	enum redis_outcome outcome;
	enum store_status status;

	if (!command)
		command = *request->pending = send_question(opened, request);
	if (!command)
		return fail(request, "there is no memory for it");
	outcome = redis_run(command, request->wait);
	if (outcome == REDIS_WAITING)
		return STORE_WAITING;
	status = take(request, command, outcome);
	redis_end(command);
	return status;
}

const struct database_kind redis_database = {
	.prefix = "redis",
	.is_remote = true,
	.load = redis_load,
	.open = open_database,
	.ask = ask,
	.close = memory_free,
};
