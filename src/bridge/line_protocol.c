#include "bridge/line_protocol.h"

#include <pthread.h>

#include "base/memory.h"
#include "bridge/dialogue.h"
#include "bridge/replies.h"

struct line_connection {
	struct connection *connection;
	struct dialogue *dialogue; /* NULL: everything is refused */
	char *spool;
};

/* ---- the folder, which a reload may change ---- */

static pthread_mutex_t spool_lock = PTHREAD_MUTEX_INITIALIZER;
static char *spool;

bool line_protocol_set_spool(const char *folder)
{
	char *copy = folder ? memory_copy_string(folder) : NULL;
	if (folder && !copy)
		return false;
	pthread_mutex_lock(&spool_lock);
	char *before = spool;
	spool = copy;
	pthread_mutex_unlock(&spool_lock);
	memory_free(before);
	return true;
}

/* False when memory has ended. */
static bool spool_copy(char **copy)
{
	pthread_mutex_lock(&spool_lock);
	*copy = spool ? memory_copy_string(spool) : NULL;
	bool good = *copy || !spool;
	pthread_mutex_unlock(&spool_lock);
	return good;
}

/* ---- what a dialogue asks of its connection ---- */

static struct afsl_session *session_new(void *argument)
{
	const struct line_connection *line = argument;
	return served_session(connection_served(line->connection),
			      connection_number(line->connection));
}

static struct buffer *out_of(void *argument)
{
	const struct line_connection *line = argument;
	return connection_out(line->connection);
}

static bool goes_on(void *argument)
{
	const struct line_connection *line = argument;
	return connection_next(line->connection);
}

/* ---- what the server asks of a protocol ---- */

static void line_free(void *state)
{
	struct line_connection *line = state;
	if (line->dialogue)
		dialogue_free(line->dialogue);
	memory_free(line->spool);
	memory_free(line);
}

static void *line_open(struct connection *connection)
{
	struct line_connection *line = memory_zeroed(1, sizeof(*line));
	if (!line)
		return NULL;
	line->connection = connection;
	if (connection_is_refused(connection))
		return line;
	if (spool_copy(&line->spool)) {
		struct dialogue_host host = { line->spool, line, session_new, out_of, goes_on };
		line->dialogue = dialogue_new(&host);
	}
	if (line->dialogue)
		return line;
	line_free(line);
	return NULL;
}

static void line_go_on(struct line_connection *line)
{
	struct afsl_session *session = dialogue_session(line->dialogue);
	if (session)
		connection_wait(line->connection, session);
	else if (dialogue_is_over(line->dialogue))
		connection_end(line->connection);
}

static size_t line_take(void *state, struct text bytes)
{
	struct line_connection *line = state;
	if (!line->dialogue) {
		reply_fault_line(connection_out(line->connection),
				 "too many connections, come again later");
		connection_end(line->connection);
		return bytes.length;
	}
	size_t taken = dialogue_take(line->dialogue, bytes);
	line_go_on(line);
	return taken;
}

static void line_resume(void *state)
{
	struct line_connection *line = state;
	dialogue_resume(line->dialogue);
	line_go_on(line);
}

/* No deadline is ever set: milters have their own, and a client waits for its line. */
static void line_expire(void *state)
{
	(void)state;
}

static void line_gone(void *state)
{
	struct line_connection *line = state;
	if (!line->dialogue)
		return;
	dialogue_gone(line->dialogue);
	line_go_on(line);
}

const struct protocol line_protocol = {
	.name = "line",
	.open = line_open,
	.take = line_take,
	.resume = line_resume,
	.expire = line_expire,
	.gone = line_gone,
	.free = line_free,
};
