#include "mta.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

bool mta_connect(struct mta *mta, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	mta->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (mta->fd < 0)
		return false;
	if (connect(mta->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return true;
	mta_close(mta);
	return false;
}

void mta_close(struct mta *mta)
{
	if (mta->fd >= 0)
		close(mta->fd);
	mta->fd = -1;
}

bool mta_write(struct mta *mta, const void *bytes, size_t length)
{
	const char *at = bytes;
	/* Large bodies byte by byte would only take time: their first and last bytes are enough. */
	size_t ends = 600;
	while (length) {
		bool single = mta->split && (length <= ends || at < (const char *)bytes + ends);
		size_t size = single ? 1 : mta->split ? length - ends : length;
		ssize_t sent = send(mta->fd, at, size, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		at += sent;
		length -= (size_t)sent;
	}
	return true;
}

bool mta_send(struct mta *mta, char letter, const void *payload, size_t length)
{
	unsigned char packet[66000];
	uint32_t size = htonl((uint32_t)length + 1);
	if (length + 5 > sizeof(packet))
		return false;
	memcpy(packet, &size, 4);
	packet[4] = (unsigned char)letter;
	if (length)
		memcpy(packet + 5, payload, length);
	return mta_write(mta, packet, length + 5);
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* 1 all there, 0 closed, -1 too late. */
static int read_all(int fd, void *into, size_t length, int64_t until)
{
	char *at = into;
	while (length) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		int64_t left = until - now_ms();
		if (left < 0 || poll(&ready, 1, (int)left) <= 0)
			return -1;
		ssize_t got = recv(fd, at, length, 0);
		if (got <= 0)
			return 0;
		at += got;
		length -= (size_t)got;
	}
	return 1;
}

char mta_hear_within(struct mta *mta, int milliseconds)
{
	uint32_t size;
	int64_t until = now_ms() + milliseconds;
	struct frame *frame = &mta->heard;
	frame->length = 0;
	frame->letter = '?';
	int result = mta->fd < 0 ? 0 : read_all(mta->fd, &size, 4, until);
	if (result == 1) {
		size = ntohl(size);
		result = size >= 1 && size <= sizeof(frame->payload)
				 ? read_all(mta->fd, &frame->letter, 1, until)
				 : 0;
	}
	if (result == 1) {
		frame->length = size - 1;
		result = read_all(mta->fd, frame->payload, frame->length, until);
	}
	if (result != 1)
		frame->letter = result == 0 ? '\0' : '?';
	return frame->letter;
}

char mta_hear(struct mta *mta)
{
	return mta_hear_within(mta, 30000);
}

static uint32_t u32_at(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static void read_lists(struct mta *mta)
{
	const unsigned char *at = mta->heard.payload + 12;
	size_t left = mta->heard.length - 12;
	for (int stage = 0; stage < 7; stage++)
		strcpy(mta->lists[stage], "-");
	while (left > 4) {
		uint32_t stage = u32_at(at);
		size_t length = strnlen((const char *)at + 4, left - 4);
		if (stage < 7)
			snprintf(mta->lists[stage], sizeof(mta->lists[stage]), "%.*s", (int)length,
				 (const char *)at + 4);
		if (length + 5 > left)
			return;
		at += length + 5;
		left -= length + 5;
	}
}

bool mta_offer(struct mta *mta, uint32_t version, uint32_t actions, uint32_t steps)
{
	uint32_t words[3] = { htonl(version), htonl(actions), htonl(steps) };
	if (!mta_send(mta, 'O', words, sizeof(words)) || mta_hear(mta) != 'O' ||
	    mta->heard.length < 12)
		return false;
	mta->version = u32_at(mta->heard.payload);
	mta->actions = u32_at(mta->heard.payload + 4);
	mta->steps = u32_at(mta->heard.payload + 8);
	read_lists(mta);
	return true;
}

bool mta_heard(const struct mta *mta, char letter, const void *payload, size_t length)
{
	return mta->heard.letter == letter && mta->heard.length == length &&
	       memcmp(mta->heard.payload, payload, length) == 0;
}

bool mta_heard_text(const struct mta *mta, const char *text)
{
	return memmem(mta->heard.payload, mta->heard.length, text, strlen(text)) != NULL;
}

char mta_step(struct mta *mta, char letter, const void *payload, size_t length)
{
	static const struct {
		char letter;
		uint32_t left_out, silent;
	} bits[] = {
		{ 'C', 0x1, 0x1000 }, { 'H', 0x2, 0x2000 },    { 'M', 0x4, 0x4000 },
		{ 'R', 0x8, 0x8000 }, { 'T', 0x200, 0x10000 }, { 'U', 0x100, 0x20000 },
		{ 'L', 0x20, 0x80 },  { 'N', 0x40, 0x40000 },  { 'B', 0x10, 0x80000 },
	};
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		if (bits[i].letter != letter)
			continue;
		if (mta->steps & bits[i].left_out)
			return 'c';
		if (mta->steps & bits[i].silent)
			return mta_send(mta, letter, payload, length) ? 'c' : 0;
	}
	return mta_send(mta, letter, payload, length) ? mta_hear(mta) : 0;
}

bool mta_until(struct mta *mta, char last)
{
	static const struct {
		char letter;
		const char *payload;
		size_t length;
	} steps[] = {
#define ROW(letter, literal) { letter, literal, sizeof(literal) - 1 }
		ROW('C', "client.example\0"
			 "4"
			 "\x10\x92"
			 "192.0.2.9\0"),
		ROW('H', "client.example\0"),
		ROW('M', "<a@b.example>\0SIZE=200\0"),
		ROW('R', "<c@d.example>\0"),
		ROW('T', ""),
		ROW('L', "Subject\0a subject\0"),
		ROW('N', ""),
		ROW('B', "a body\r\n"),
#undef ROW
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (mta_step(mta, steps[i].letter, steps[i].payload, steps[i].length) != 'c')
			return false;
		if (steps[i].letter == last)
			return true;
	}
	return false;
}
