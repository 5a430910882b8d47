#include "store/redis.h"

#include "base/library.h"
#include "net/ports.h"
#include "store/redis_idle.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	ANSWER_MAX = 64 << 20,
	LINE_MAX_BYTES = 4096,
	READ_SIZE = 16 * 1024,
	TIME_MAX = 3 * 1000000, /* for a command, connecting included */
};

/* ---- the library: the protocol alone; waiting is ours ---- */

#define HIREDIS_FUNCTIONS(F)                                                                       \
	F(redisFormatCommandArgv)                                                                  \
	F(redisFreeCommand)                                                                        \
	F(redisReaderCreateWithFunctions)                                                          \
	F(redisReaderFeed)                                                                         \
	F(redisReaderGetReply)                                                                     \
	F(redisReaderFree)

static struct {
	HIREDIS_FUNCTIONS(LIBRARY_POINTER)
} hiredis;
static const struct library_symbol symbols[] = { HIREDIS_FUNCTIONS(LIBRARY_SYMBOL) };
static struct library library = LIBRARY("libhiredis.so.0.14", "libhiredis0.14", symbols, hiredis);

bool redis_load(const char **why)
{
	return library_load(&library, why);
}

/* ---- where ---- */

static const char *read_setting(struct text name, struct text item, struct redis_place *place)
{
	const struct {
		const char *name;
		char *room;
		size_t size;
	} settings[] = {
		{ "password", place->password, sizeof(place->password) },
		{ "prefix", place->prefix, sizeof(place->prefix) },
		{ "hash", place->hash, sizeof(place->hash) },
		{ "db", place->database, sizeof(place->database) },
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		if (!text_equals_string(name, settings[i].name))
			continue;
		if (item.length >= settings[i].size)
			return "what stands behind ? is too long";
		snprintf(settings[i].room, settings[i].size, "%.*s", TEXT_PRINTF(item));
		return NULL;
	}
	return "behind ? stand password=, db=, prefix= and hash=, with & between them";
}

static const char *read_settings(struct text text, struct redis_place *place)
{
	const char *fault = NULL;

	for (size_t from = 0; from < text.length && !fault;) {
		int64_t end = text_find(text, TEXT("&"), from);
		size_t to = end < 0 ? text.length : (size_t)end;
		struct text one = text_part(text, from, to);
		int64_t equals = text_find(one, TEXT("="), 0);

		if (equals < 0)
			equals = one.length;
		fault = read_setting(
			text_part(one, 0, (size_t)equals),
			text_part(one,
				  (size_t)equals < one.length ? (size_t)equals + 1 : one.length,
				  one.length),
			place);
		from = to + 1;
	}
	return fault;
}

const char *redis_place_parse(struct text text, struct redis_place *place)
{
	int64_t mark = text_find(text, TEXT("?"), 0);
	struct text address = text_part(text, 0, mark < 0 ? text.length : (size_t)mark);
	const char *fault;

	*place = (struct redis_place){ .prefix = "afsl" };
	fault = endpoint_parse(address, &place->endpoint);
	if (!fault && mark >= 0)
		fault = read_settings(text_part(text, (size_t)mark + 1, text.length), place);
	return fault;
}

/* ---- a command ---- */

struct redis_command {
	struct redis_place place;
	int fd;
	bool connected;
	unsigned greetings; /* answers to AUTH and SELECT that come before ours */
	int64_t deadline;
	struct buffer out, in;
	size_t sent, received;
	redisReader *reader;
	enum redis_outcome outcome;
	int64_t number;
	struct buffer text;
	bool refused; /* an answer that none of ours has */
	char fault[200];
};

static void put_words(struct buffer *out, const struct text *words, unsigned count)
{
	const char *bytes[REDIS_WORDS_MAX];
	size_t lengths[REDIS_WORDS_MAX];
	char *made;
	int length;

	for (unsigned i = 0; i < count; i++) {
		bytes[i] = words[i].length ? words[i].data : "";
		lengths[i] = words[i].length;
	}
	length = hiredis.redisFormatCommandArgv(&made, (int)count, bytes, lengths);
	if (length < 0) {
		out->failed = true;
		return;
	}
	buffer_append(out, made, (size_t)length);
	hiredis.redisFreeCommand(made);
}

/* What a new connection says before its first command. */
static void put_greeting(struct redis_command *command)
{
	struct text words[2] = { TEXT("AUTH"),
				 text_of_string(command->place.password, LIFETIME_EVENT) };

	if (command->place.password[0]) {
		put_words(&command->out, words, 2);
		command->greetings++;
	}
	words[0] = TEXT("SELECT");
	words[1] = text_of_string(command->place.database, LIFETIME_EVENT);
	if (command->place.database[0]) {
		put_words(&command->out, words, 2);
		command->greetings++;
	}
}

static void end_command(void *argument)
{
	struct redis_command *command = argument;

	if (command->fd >= 0)
		close(command->fd);
	command->fd = -1;
	if (command->reader)
		hiredis.redisReaderFree(command->reader);
	command->reader = NULL;
	buffer_free(&command->out);
	buffer_free(&command->in);
	buffer_free(&command->text);
}

void redis_end(struct redis_command *command)
{
	end_command(command);
}

static enum redis_outcome fail(struct redis_command *command, const char *why)
{
	snprintf(command->fault, sizeof(command->fault), "%s: %s", command->place.endpoint.name,
		 why);
	if (command->fd >= 0)
		close(command->fd);
	command->fd = -1;
	return command->outcome = REDIS_FAILED;
}

/* ---- answers: what hiredis' reader finds, as it finds it ---- */

static void *refuse(struct redis_command *command)
{
	command->refused = true;
	return NULL;
}

/* The reader passes over the two bytes behind a text, whatever they are. */
static void *take_text(const redisReadTask *task, char *bytes, size_t length)
{
	struct redis_command *command = task->privdata;

	if (memcmp(bytes + length, "\r\n", 2) != 0)
		return refuse(command);
	command->outcome = task->type == REDIS_REPLY_ERROR ? REDIS_ERROR : REDIS_TEXT;
	command->text.length = 0;
	buffer_append(&command->text, bytes, length);
	return command->text.failed ? NULL : command;
}

static void *take_number(const redisReadTask *task, long long number)
{
	struct redis_command *command = task->privdata;

	command->outcome = REDIS_NUMBER;
	command->number = number;
	return command;
}

static void *take_nothing(const redisReadTask *task)
{
	struct redis_command *command = task->privdata;

	command->outcome = REDIS_NOTHING;
	return task->type == REDIS_REPLY_STRING ? command : refuse(command);
}

/* No command of ours is answered by a list. */
static void *refuse_list(const redisReadTask *task, int count)
{
	(void)count;
	return refuse(task->privdata);
}

static bool open_reader(struct redis_command *command)
{
	static redisReplyObjectFunctions functions = {
		.createString = take_text,
		.createArray = refuse_list,
		.createInteger = take_number,
		.createNil = take_nothing,
	};

	command->reader = hiredis.redisReaderCreateWithFunctions(&functions);
	if (command->reader)
		command->reader->privdata = command;
	return command->reader != NULL;
}

/* ---- sending ---- */

static void open_connection(struct redis_command *command)
{
	command->fd = redis_idle_take(&command->place);
	command->connected = command->fd >= 0;
	if (command->connected)
		return;
	put_greeting(command);
	command->fd = socket_connect(&command->place.endpoint);
	if (command->fd < 0)
		fail(command, connect_reason(&command->place.endpoint, errno));
}

struct redis_command *redis_send(const struct redis_place *place, const struct text *words,
				 unsigned count, struct arena *arena)
{
	struct redis_command *command = arena_zeroed(arena, sizeof(*command));
	const char *why;

	if (!command)
		return NULL;
	command->fd = -1;
	command->place = *place;
	command->deadline = clock_monotonic() + TIME_MAX;
	buffer_init(&command->out, BUFFER_CAP_DEFAULT * 2);
	buffer_init(&command->in, READ_SIZE);
	buffer_init(&command->text, ANSWER_MAX);
	if (!arena_defer(arena, end_command, command))
		return NULL;
	if (!redis_load(&why)) {
		fail(command, why);
		return command;
	}
	if (!open_reader(command))
		return NULL;
	open_connection(command);
	put_words(&command->out, words, count);
	return command->out.failed ? NULL : command;
}

/* ---- reading answers ---- */

enum reading { READ_MORE, READ_DONE, READ_WRONG };

/* The reader looks for the end of a line from its beginning on: it gets no line without end. */
static bool may_grow(const struct redis_command *command)
{
	const redisReader *reader = command->reader;
	size_t left = reader->len - reader->pos;

	return command->received <= ANSWER_MAX + LINE_MAX_BYTES &&
	       (left <= LINE_MAX_BYTES ||
		memmem(reader->buf + reader->pos, LINE_MAX_BYTES, "\r\n", 2));
}

static enum reading read_answer(struct redis_command *command)
{
	void *reply = NULL;

	if (hiredis.redisReaderGetReply(command->reader, &reply) != REDIS_OK)
		return READ_WRONG;
	if (reply)
		return READ_DONE;
	return may_grow(command) ? READ_MORE : READ_WRONG;
}

/* Those before ours must be +OK. */
static enum reading read_answers(struct redis_command *command)
{
	enum reading reading = read_answer(command);

	while (reading == READ_DONE && command->greetings > 0) {
		if (command->outcome != REDIS_TEXT)
			return READ_DONE;
		command->greetings--;
		reading = read_answer(command);
	}
	return reading;
}

/* False when there is no memory for it. */
static bool feed(struct redis_command *command)
{
	bool fed = hiredis.redisReaderFeed(command->reader, command->in.data, command->in.length) ==
		   REDIS_OK;

	command->received += command->in.length;
	command->in.length = 0;
	return fed;
}

/* ---- moving on ---- */

static enum redis_outcome wait_for(struct redis_command *command, struct wait_request *wait,
				   short events)
{
	if (clock_monotonic() >= command->deadline)
		return fail(command, "no answer in time");
	wait_begin(wait, command->deadline);
	wait_add(wait, command->fd, events);
	return command->outcome = REDIS_WAITING;
}

/* A UNIX socket whose backlog is full has nothing to poll for: it counts as a failure. */
static enum redis_outcome connect_on(struct redis_command *command, struct wait_request *wait)
{
	int connected = socket_connected(command->fd);

	if (connected < 0)
		return fail(command, strerror(errno));
	if (connected == 0)
		return wait_for(command, wait, POLLOUT);
	command->connected = true;
	return REDIS_TEXT;
}

static enum redis_outcome write_on(struct redis_command *command, struct wait_request *wait)
{
	while (command->sent < command->out.length) {
		ssize_t sent = socket_write(command->fd, command->out.data + command->sent,
					    command->out.length - command->sent);

		if (sent < 0)
			return fail(command, strerror(errno));
		if (sent == 0)
			return wait_for(command, wait, POLLOUT);
		command->sent += (size_t)sent;
	}
	return REDIS_TEXT;
}

/* What follows an answer is no answer to anything. */
static enum redis_outcome take_answer(struct redis_command *command)
{
	enum redis_outcome outcome = command->outcome;

	if (command->reader->pos != command->reader->len || command->greetings > 0) {
		if (outcome != REDIS_ERROR)
			return fail(command, "it says what nobody has asked");
		close(command->fd);
	} else {
		redis_idle_give(&command->place, command->fd);
	}
	command->fd = -1;
	return outcome;
}

/* To hiredis a callback that refuses has no memory either. */
static bool is_out_of_memory(const struct redis_command *command)
{
	return command->reader->err == REDIS_ERR_OOM && !command->refused;
}

static enum redis_outcome read_on(struct redis_command *command, struct wait_request *wait)
{
	enum reading reading;

	while ((reading = read_answers(command)) == READ_MORE) {
		ssize_t got = socket_read(command->fd, &command->in, READ_SIZE);

		if (got == 0)
			return wait_for(command, wait, POLLIN);
		if (got < 0)
			return fail(command, got == SOCKET_CLOSED ? "it closed the connection"
								  : strerror(errno));
		if (!feed(command))
			break;
	}
	if (reading == READ_DONE)
		return take_answer(command);
	return fail(command, is_out_of_memory(command) ? "there is no memory for it"
						       : "what it says is no answer of Redis");
}

enum redis_outcome redis_run(struct redis_command *command, struct wait_request *wait)
{
	enum redis_outcome outcome = REDIS_TEXT;

	if (command->outcome != REDIS_WAITING)
		return command->outcome;
	if (!command->connected)
		outcome = connect_on(command, wait);
	if (outcome == REDIS_TEXT)
		outcome = write_on(command, wait);
	return outcome == REDIS_TEXT ? read_on(command, wait) : outcome;
}

int64_t redis_number(const struct redis_command *command)
{
	return command->number;
}

struct text redis_text(const struct redis_command *command)
{
	return buffer_text(&command->text);
}

const char *redis_fault(const struct redis_command *command)
{
	return command->fault;
}
