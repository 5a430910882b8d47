/* Sockets whose other end is the input: peer.c stands in the place of net/socket.c, and nothing leaves the process. */
#ifndef TESTS_FUZZ_PEER_H
#define TESTS_FUZZ_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PEER_DESCRIPTOR = 1 << 20 }; /* there is none of that number */

/* What it says, and how. Set whole before each turn. */
struct peer {
	const uint8_t *bytes;
	size_t size, at;
	size_t piece; /* so much at a time */
	/* Instead, when not NULL: how much of what is left comes at once. */
	size_t (*unit)(const uint8_t *bytes, size_t left);
	bool ready; /* something may come: one reading takes it away */
	bool slow;  /* it takes one byte for each two writings */
};
extern struct peer peer;

#endif
