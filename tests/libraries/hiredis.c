/* What store/redis.c needs of a reader of Redis' answers, asked of hiredis. */
#include "trial.h"

#include <hiredis/hiredis.h>
#include <string.h>

/* ---- our own objects: one answer, copied nowhere ---- */

static int kind;
static size_t text_length;
static bool text_ended;

static void *take_text(const redisReadTask *task, char *bytes, size_t length)
{
	kind = task->type;
	text_length = length;
	text_ended = memcmp(bytes + length, "\r\n", 2) == 0;
	return &kind;
}

static void *take_array(const redisReadTask *task, int count)
{
	(void)task, (void)count;
	return NULL;
}

static void *take_integer(const redisReadTask *task, long long number)
{
	(void)number;
	kind = task->type;
	return &kind;
}

static void *take_nothing(const redisReadTask *task)
{
	kind = REDIS_REPLY_NIL;
	return task->type == REDIS_REPLY_STRING ? &kind : NULL;
}

static redisReplyObjectFunctions functions = {
	.createString = take_text,
	.createArray = take_array,
	.createInteger = take_integer,
	.createNil = take_nothing,
};

/* 0: it is refused; -1: more is awaited; else the kind. */
static int read_answer(const char *bytes, size_t length)
{
	redisReader *reader = redisReaderCreateWithFunctions(&functions);
	void *reply = NULL;
	int seen = 0;

	if (!reader)
		return 0;
	if (redisReaderFeed(reader, bytes, length) == REDIS_OK &&
	    redisReaderGetReply(reader, &reply) == REDIS_OK)
		seen = reply ? kind : -1;
	redisReaderFree(reader);
	return seen;
}

static bool answers_are_read(void)
{
	bool ok = read_answer("+OK\r\n", 5) == REDIS_REPLY_STATUS &&
		  read_answer(":-5\r\n", 5) == REDIS_REPLY_INTEGER &&
		  read_answer("-ERR no\r\n", 9) == REDIS_REPLY_ERROR &&
		  read_answer("$-1\r\n", 5) == REDIS_REPLY_NIL &&
		  read_answer("$3\r\na\0b\r\n", 9) == REDIS_REPLY_STRING && text_length == 3;

	trial_say(ok ? "status, number, error, nothing, a text with NUL" : "not all");
	return ok;
}

static bool lies_are_refused(void)
{
	static const char *const lies[] = { "HTTP/1.0 200 OK\r\n",
					    "\r\n",
					    ":\r\n",
					    ":12x\r\n",
					    "$\r\n",
					    "$-2\r\n",
					    "*3\r\n",
					    "*-1\r\n",
					    "*1000000000\r\n",
					    "_\r\n" };

	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++)
		if (read_answer(lies[i], strlen(lies[i])) != 0) {
			trial_say("number %zu is taken for an answer", i);
			return false;
		}
	trial_say("all of %zu", sizeof(lies) / sizeof(*lies));
	return true;
}

/* The two bytes behind a text: hiredis passes over them, whatever they are; a callback may look. */
static bool end_of_a_text_is_seen(void)
{
	int seen = read_answer("$3\r\nabcde", 9);

	trial_say("%s by hiredis itself; its callback can tell",
		  seen == REDIS_REPLY_STRING ? "not seen" : "seen");
	return seen == 0 || !text_ended;
}

static bool memory_grows_with_bytes(void)
{
	heap_mark();
	read_answer("$999999999\r\nx", 13);
	trial_say("%zu bytes for one that promises 999,999,999", heap_peak());
	return heap_peak() < 4096;
}

static bool failing_allocations_are_told(void)
{
	unsigned nth = 0;

	do
		heap_fail_at(++nth);
	while (read_answer("$3\r\nabc\r\n", 9) == 0 && nth < 100);
	heap_fail_at(0);
	trial_say("each of %u allocations of an answer failed once, and each was told", nth - 1);
	return nth > 1 && nth < 100;
}

static int format_command(void)
{
	const char *words[] = { "SET", "a\r\nb", "c" };
	const size_t lengths[] = { 3, 4, 1 };
	char *command;
	int length = redisFormatCommandArgv(&command, 3, words, lengths);

	if (length > 0)
		redisFreeCommand(command);
	return length;
}

static bool failing_allocations_of_commands(void)
{
	unsigned nth = 0;

	do {
		heap_fail_at(++nth);
		trial_say("allocation %u of a command", nth);
	} while (format_command() < 0 && nth < 100);
	heap_fail_at(0);
	trial_say("each of %u allocations of a command failed once, and each was told", nth - 1);
	return nth > 1 && nth < 100;
}

int main(void)
{
	static const struct probe probes[] = {
		{ "answers-are-read", answers_are_read },
		{ "lies-are-refused", lies_are_refused },
		{ "the-end-of-a-text-is-seen", end_of_a_text_is_seen },
		{ "memory-grows-with-bytes-not-promises", memory_grows_with_bytes },
		{ "failing-allocations-of-answers-are-told", failing_allocations_are_told },
		{ "failing-allocations-of-commands-are-told", failing_allocations_of_commands },
	};

	return trial_run("hiredis", probes, sizeof(probes) / sizeof(*probes));
}
