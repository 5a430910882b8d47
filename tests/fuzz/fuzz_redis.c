/* A Redis server of anybody's making: whatever it answers, a command comes to an end, and
 * connections that are kept do not mix up answers. Sockets are replaced, so that nothing leaves the
 * process. The first byte chooses the command and how the answer comes. */
#include "fuzz.h"
#include "peer.h"

#include "store/redis.h"

#include <stdlib.h>

static void check(struct redis_command *command, enum redis_outcome outcome)
{
	volatile char seen = 0;
	struct text text;

	if (outcome == REDIS_FAILED && !redis_fault(command)[0])
		abort();
	if (outcome != REDIS_TEXT && outcome != REDIS_ERROR)
		return;
	text = redis_text(command);
	for (uint32_t i = 0; i < text.length; i++)
		seen = text.data[i];
	(void)seen;
}

static void ask(const struct redis_place *place, unsigned count, struct arena *arena)
{
	static const struct text words[3] = { { "GET", 3, LIFETIME_PROGRAM },
					      { "a\r\nb", 4, LIFETIME_PROGRAM },
					      { "", 0, LIFETIME_PROGRAM } };
	struct redis_command *command = redis_send(place, words, count, arena);
	enum redis_outcome outcome = REDIS_WAITING;
	struct wait_request wait;

	if (!command)
		abort();
	for (int turns = 0; turns < 100000 && outcome == REDIS_WAITING; turns++) {
		outcome = redis_run(command, &wait);
		peer.ready = true;
	}
	if (outcome == REDIS_WAITING)
		abort();
	check(command, outcome);
	redis_end(command);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char *const places[] = { "inet:6379", "inet:6379?password=p&db=3",
					      "unix:/run/redis?prefix=x" };
	struct redis_place place;
	struct arena arena;

	if (size == 0)
		return 0;
	if (redis_place_parse(text_of_string(places[bytes[0] % 3], LIFETIME_EVENT), &place))
		abort();
	peer = (struct peer){ .bytes = bytes + 1,
			      .size = size - 1,
			      .piece = bytes[0] & 128 ? 1 + (bytes[0] >> 2 & 7u) : size };
	arena_init(&arena, (size_t)8 << 20, LIFETIME_EVENT);
	ask(&place, 1 + bytes[0] / 3 % 3, &arena);
	redis_place_parse(text_of((const char *)bytes, size, LIFETIME_EVENT), &place);
	arena_reset(&arena);
	return 0;
}
