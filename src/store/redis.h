/* Commands to a Redis server, behind the wait request: one command, one answer that is a number, a
 * text, nothing or an error. What else a server may say is taken for a lie. The protocol is
 * hiredis', loaded on first use.
 *
 * Connections stay open for the next command to the same place. A command is sent once: when its
 * connection breaks, whether it was carried out is not known, and it fails. */
#ifndef STORE_REDIS_H
#define STORE_REDIS_H

#include "base/arena.h"
#include "base/wait.h"
#include "net/socket.h"

enum { REDIS_NAME_MAX = 128, REDIS_WORDS_MAX = 12 };

/* "ADDRESS" or "ADDRESS?password=...&db=3&prefix=...&hash=...". */
struct redis_place {
	struct endpoint endpoint;
	char password[REDIS_NAME_MAX], database[8], prefix[REDIS_NAME_MAX];
	char hash[REDIS_NAME_MAX]; /* of a table */
};

/* False with a sentence in *why. */
bool redis_load(const char **why);

/* NULL, or what is wrong with it. */
const char *redis_place_parse(struct text text, struct redis_place *place);

struct redis_command;

enum redis_outcome {
	REDIS_WAITING,
	REDIS_NUMBER,
	REDIS_TEXT, /* of an answer, or what +OK says */
	REDIS_NOTHING,
	REDIS_ERROR,  /* the server refuses it: redis_text() tells why */
	REDIS_FAILED, /* no answer: redis_fault() tells why */
};

/* The words are copied. It lives in the arena, and is given up with it. NULL when memory has ended.
 */
struct redis_command *redis_send(const struct redis_place *place, const struct text *words,
				 unsigned count, struct arena *arena);
/* Does what can be done now; fills `wait` while there is no answer. */
enum redis_outcome redis_run(struct redis_command *command, struct wait_request *wait);
int64_t redis_number(const struct redis_command *command);
/* Lives until redis_end(). */
struct text redis_text(const struct redis_command *command);
const char *redis_fault(const struct redis_command *command);
/* The answer is not needed any more. */
void redis_end(struct redis_command *command);

#endif
