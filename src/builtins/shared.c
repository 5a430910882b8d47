/* Modules counter, rate and cache: what all sessions share. */
#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "builtins/context.h"
#include "vm/encode.h"

static struct shared_variable *argument_shared(const struct call *call)
{
	const struct context *context = call_context(call);

	return context->means->shared[call->arguments[0].i];
}

static int64_t now(const struct call *call)
{
	const struct context *context = call_context(call);

	return context->outside->now(context->outside_argument);
}

/* ---- asking the store ---- */

static enum call_result refuse(struct call *call, enum store_status status, const char *fault)
{
	if (status == STORE_TOO_LARGE)
		return call_raise(call, "argument", 0, false,
				  "key and value are larger than the variable's memory");
	if (status == STORE_WAITING)
		return CALL_WAIT;
	return call_raise(call, "io", 0, true, "%s", fault ? fault : "there is no memory for it");
}

static enum store_status perform(struct call *call, struct store_request *request)
{
	request->now = now(call);
	request->wait = call_wait(call);
	request->arena = call_arena(call);
	request->pending = call->pending;
	return shared_perform(argument_shared(call), request);
}

/* What is charged for is charged once, however often a call waits. */
static enum call_result charge_once(struct call *call, size_t bytes)
{
	return *call->pending ? CALL_DONE : call_charge(call, bytes);
}

/* An operation that answers with a number. */
static enum call_result ask_number(struct call *call, struct store_request *request)
{
	enum store_status status = perform(call, request);

	return status == STORE_DONE ? answer_int(call, request->count)
				    : refuse(call, status, request->fault);
}

/* ---- counter ---- */

enum call_result builtin_counter_add(struct call *call)
{
	struct store_request request = { .operation = STORE_ADD, .number = call->arguments[1].i };
	enum store_status status = perform(call, &request);

	if (status == STORE_TOO_LARGE)
		return call_raise(call, "overflow", 0, false,
				  "the counter does not fit in 64 bits");
	return status == STORE_DONE ? answer_int(call, request.count)
				    : refuse(call, status, request.fault);
}

enum call_result builtin_counter_value(struct call *call)
{
	struct store_request request = { .operation = STORE_ADD };

	return ask_number(call, &request);
}

enum call_result builtin_counter_reset(struct call *call)
{
	struct store_request request = { .operation = STORE_RESET };

	return ask_number(call, &request);
}

/* ---- rate ---- */

static enum call_result hit(struct call *call, int64_t n, int64_t *count)
{
	struct store_request request = { .operation = STORE_HIT,
					 .key = call->arguments[1].text,
					 .number = n };
	enum call_result charged = charge_once(call, request.key.length);
	enum store_status status;

	if (charged != CALL_DONE)
		return charged;
	status = perform(call, &request);
	*count = request.count;
	return status == STORE_DONE ? CALL_DONE : refuse(call, status, request.fault);
}

static enum call_result hit_times(struct call *call, int64_t n, int64_t *count)
{
	if (n < 1 || n > UINT32_MAX)
		return call_raise(call, "argument", 0, false, "n must be from 1 to 4294967295");
	return hit(call, n, count);
}

enum call_result builtin_rate_hit(struct call *call)
{
	int64_t count = 0;
	enum call_result result = hit_times(call, call->arguments[2].i, &count);

	return result == CALL_DONE ? answer_int(call, count) : result;
}

enum call_result builtin_rate_allow(struct call *call)
{
	int64_t count = 0;
	enum call_result result = hit_times(call, call->arguments[3].i, &count);

	return result == CALL_DONE ? answer_bool(call, count <= call->arguments[2].i) : result;
}

enum call_result builtin_rate_count(struct call *call)
{
	int64_t count;
	enum call_result result = hit(call, 0, &count);

	return result == CALL_DONE ? answer_int(call, count) : result;
}

enum call_result builtin_rate_reset(struct call *call)
{
	struct store_request request = { .operation = STORE_REMOVE,
					 .key = call->arguments[1].text };
	enum store_status status = perform(call, &request);

	return status <= STORE_DONE ? CALL_DONE : refuse(call, status, request.fault);
}

enum call_result builtin_rate_length(struct call *call)
{
	struct store_request request = { .operation = STORE_COUNT };

	return ask_number(call, &request);
}

/* ---- cache ---- */

static struct text key_bytes(const struct call *call)
{
	const struct type *type = call->import->argument_types[1];
	const value *key = &call->arguments[1];

	switch (type->kind) {
	case TYPE_TEXT:
		return key->text;
	case TYPE_IP:
		return text_of(key->ip.bytes, sizeof(key->ip.bytes), LIFETIME_EVENT);
	default:
		return text_of(&key->i, sizeof(key->i), LIFETIME_EVENT);
	}
}

/* One operation on the key; `answer` may be NULL. */
static enum call_result ask(struct call *call, enum store_operation operation, struct text bytes,
			    struct buffer *answer, enum store_status *status)
{
	struct store_request request = {
		.operation = operation, .key = key_bytes(call), .value = bytes, .answer = answer
	};
	enum call_result charged = charge_once(call, (size_t)request.key.length + bytes.length);

	if (charged != CALL_DONE)
		return charged;
	*status = perform(call, &request);
	if (*status > STORE_DONE)
		return refuse(call, *status, request.fault);
	return CALL_DONE;
}

static enum call_result answer_value(struct call *call, struct text bytes)
{
	enum call_result charged = call_charge(call, bytes.length);

	if (charged != CALL_DONE)
		return charged;
	switch (value_decode(call->import->result, bytes, call_arena(call), call->result)) {
	case DECODED:
		return CALL_DONE;
	case DECODED_NO_ROOM:
		return call_memory(call);
	default:
		return call_raise(call, "convert", 0, false,
				  "what the cache holds is no value of its type");
	}
}

enum call_result builtin_cache_get(struct call *call)
{
	struct buffer answer;
	enum store_status status;
	enum call_result result;

	buffer_init(&answer, BUFFER_CAP_DEFAULT);
	result = ask(call, STORE_GET, TEXT_EMPTY, &answer, &status);
	if (result == CALL_DONE && status == STORE_FOUND)
		result = answer_value(call, buffer_text(&answer));
	else if (result == CALL_DONE)
		*call->result = call->arguments[2];
	buffer_free(&answer);
	return result;
}

enum call_result builtin_cache_has(struct call *call)
{
	enum store_status status;
	enum call_result result = ask(call, STORE_HAS, TEXT_EMPTY, NULL, &status);

	return result == CALL_DONE ? answer_bool(call, status == STORE_FOUND) : result;
}

enum call_result builtin_cache_remove(struct call *call)
{
	enum store_status status;
	enum call_result result = ask(call, STORE_REMOVE, TEXT_EMPTY, NULL, &status);

	return result == CALL_DONE ? answer_bool(call, status == STORE_FOUND) : result;
}

/* The third argument as bytes. */
static enum call_result encode(struct call *call, struct buffer *out)
{
	buffer_init(out, (size_t)call_limit_value(call, LIMIT_textLength));
	value_encode(call->import->argument_types[2], call->arguments[2], out);
	if (!out->failed)
		return CALL_DONE;
	buffer_free(out);
	return call_limit(call, LIMIT_textLength);
}

enum call_result builtin_cache_put(struct call *call)
{
	struct buffer bytes;
	enum store_status status;
	enum call_result result = encode(call, &bytes);

	if (result != CALL_DONE)
		return result;
	result = ask(call, STORE_PUT, buffer_text(&bytes), NULL, &status);
	buffer_free(&bytes);
	return result;
}

enum call_result builtin_cache_getOrInsert(struct call *call)
{
	struct buffer bytes, answer;
	enum store_status status;
	enum call_result result = encode(call, &bytes);

	if (result != CALL_DONE)
		return result;
	buffer_init(&answer, BUFFER_CAP_DEFAULT);
	result = ask(call, STORE_INSERT, buffer_text(&bytes), &answer, &status);
	if (result == CALL_DONE && status == STORE_FOUND)
		result = answer_value(call, buffer_text(&answer));
	else if (result == CALL_DONE)
		*call->result = call->arguments[2];
	buffer_free(&answer);
	buffer_free(&bytes);
	return result;
}

enum call_result builtin_cache_clear(struct call *call)
{
	struct store_request request = { .operation = STORE_CLEAR };
	enum store_status status = perform(call, &request);

	return status == STORE_DONE ? CALL_DONE : refuse(call, status, request.fault);
}

enum call_result builtin_cache_length(struct call *call)
{
	struct store_request request = { .operation = STORE_COUNT };

	return ask_number(call, &request);
}
