#include "host/connection.h"

#include <errno.h>

#include "base/memory.h"
#include "base/system.h"

enum {
	BLOCK_SIZE = CONNECTION_UNIT_MAX + 8,
	BLOCKS_KEPT = 2,
	/* A unit that is begun and no longer than this is kept in memory of its size. */
	SMALL_MOST = 4096,
};

/* Memory to read into. One that nobody uses holds the next one's address. */
struct block {
	struct block *next;
};

static char *block_take(struct reactor *reactor)
{
	struct block *block = reactor->blocks;
	if (!block)
		return memory_allocate(BLOCK_SIZE);
	reactor->blocks = block->next;
	reactor->block_count--;
	return (char *)block;
}

static void block_give_back(struct reactor *reactor, char *bytes)
{
	struct block *block = (struct block *)(void *)bytes;
	if (reactor->block_count >= BLOCKS_KEPT) {
		memory_free(bytes);
		return;
	}
	block->next = reactor->blocks;
	reactor->blocks = block;
	reactor->block_count++;
}

void reactor_free_blocks(struct reactor *reactor)
{
	while (reactor->blocks)
		memory_free(block_take(reactor));
}

void input_free(struct connection *connection)
{
	if (connection->bytes && connection->room == BLOCK_SIZE)
		block_give_back(connection->reactor, connection->bytes);
	else
		memory_free(connection->bytes);
	connection->bytes = NULL;
	connection->room = connection->length = connection->at = 0;
}

bool input_is_unfinished(const struct connection *connection)
{
	return connection->length > connection->at;
}

/* What is not taken goes to other memory. */
static bool input_move(struct connection *connection, char *to, uint32_t room)
{
	uint32_t rest = connection->length - connection->at;
	if (!to)
		return false;
	if (rest)
		memcpy(to, connection->bytes + connection->at, rest);
	input_free(connection);
	connection->bytes = to;
	connection->room = room;
	connection->length = rest;
	return true;
}

static bool input_make_room(struct connection *connection)
{
	if (connection->bytes && connection->room == BLOCK_SIZE)
		return connection->length < BLOCK_SIZE;
	return input_move(connection, block_take(connection->reactor), BLOCK_SIZE);
}

void input_settle(struct connection *connection)
{
	uint32_t rest = connection->length - connection->at;
	if (connection->waiting || connection->behind || !connection->bytes)
		return;
	if (rest == 0) {
		input_free(connection);
		return;
	}
	if (connection->room < BLOCK_SIZE)
		return;
	if (rest <= SMALL_MOST && input_move(connection, memory_allocate(rest), rest))
		return;
	memmove(connection->bytes, connection->bytes + connection->at, rest);
	connection->length = rest;
	connection->at = 0;
}

void input_read(struct connection *connection)
{
	if (!input_make_room(connection)) {
		connection_close(connection);
		return;
	}
	ssize_t got = system_receive(connection->watch.fd, connection->bytes + connection->length,
				     connection->room - connection->length);
	if (got > 0)
		connection->length += (uint32_t)got;
	else if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
		connection_close(connection);
}

static bool protocol_begin(struct connection *connection)
{
	unsigned char first = (unsigned char)connection->bytes[0];
	connection->protocol = connection->reactor->hooks->protocol(first);
	connection->state = connection->protocol->open(connection);
	return connection->state != NULL;
}

void input_take(struct connection *connection)
{
	size_t taken = 1;
	while (taken && !connection->behind && input_is_unfinished(connection) &&
	       connection_goes_on(connection)) {
		if (!connection->protocol && !protocol_begin(connection)) {
			connection_close(connection);
			return;
		}
		struct text rest = {connection->bytes + connection->at,
				    connection->length - connection->at, LIFETIME_EVENT};
		taken = connection->protocol->take(connection->state, rest);
		connection->at += (uint32_t)taken;
		connection->taken |= taken > 0;
	}
}
