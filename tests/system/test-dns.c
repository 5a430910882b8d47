/* A name server for tests: TXT records from a file, "no such name" for all else.
 *
 * test-dns ADDRESS PORT FILE. A line of the file is a name, a blank and the text. The text is read
 * anew for every question, so that a test may change it. */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD = 12, TYPE_TXT = 16, CODE_NO_NAME = 3, PACKET_MAX = 4096, PIECE = 255 };

struct question {
	char name[256];
	size_t end; /* of the question within the packet */
	unsigned type;
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* Labels become a name with dots; false when the packet is broken. */
static bool question_read(const unsigned char *packet, size_t length, struct question *question)
{
	size_t at = HEAD, used = 0;

	while (at < length && packet[at]) {
		size_t label = packet[at++];

		if (label > 63 || at + label >= length || used + label + 2 > sizeof(question->name))
			return false;
		memcpy(question->name + used, packet + at, label);
		used += label;
		question->name[used++] = '.';
		at += label;
	}
	question->name[used ? used - 1 : 0] = 0;
	question->end = at + 5;
	if (question->end > length)
		return false;
	question->type = (unsigned)packet[at + 1] << 8 | packet[at + 2];
	return true;
}

/* The text of a name in the file; false when it has none. */
static bool record_find(const char *path, const char *name, char text[2048])
{
	FILE *file = fopen(path, "r");
	char line[2400];
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		size_t width = strcspn(line, " ");

		if (strlen(name) != width || strncasecmp(line, name, width) != 0)
			continue;
		snprintf(text, 2048, "%s", line + width + strspn(line + width, " "));
		text[strcspn(text, "\r\n")] = 0;
		found = true;
	}
	fclose(file);
	return found;
}

/* Behind the question: the name again, by reference, and the text in pieces of 255 bytes. */
static size_t answer_add(unsigned char *packet, size_t at, const char *text)
{
	static const unsigned char head[] = { 0xc0, HEAD, 0, TYPE_TXT, 0, 1, 0, 0, 0, 60 };
	size_t length = strlen(text), pieces = length / PIECE + 1, size = length + pieces;

	memcpy(packet + at, head, sizeof(head));
	at += sizeof(head);
	packet[at++] = (unsigned char)(size >> 8);
	packet[at++] = (unsigned char)size;
	while (pieces-- > 0) {
		size_t most = length < PIECE ? length : PIECE;

		packet[at++] = (unsigned char)most;
		memcpy(packet + at, text, most);
		at += most;
		text += most;
		length -= most;
	}
	return at;
}

static size_t answer(unsigned char *packet, size_t length, const char *path)
{
	struct question question;
	char text[2048];
	bool known, wanted;

	if (length < HEAD || !question_read(packet, length, &question))
		return 0;
	known = record_find(path, question.name, text);
	wanted = known && question.type == TYPE_TXT;
	packet[2] = 0x84 | (packet[2] & 1); /* an answer of the one that knows */
	packet[3] = known ? 0x80 : 0x80 | CODE_NO_NAME;
	memset(packet + 6, 0, 6);
	packet[7] = wanted;
	return wanted ? answer_add(packet, question.end, text) : question.end;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	unsigned char packet[PACKET_MAX];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (argc != 4 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) {
		fputs("usage: test-dns ADDRESS PORT FILE\n", stderr);
		return 64;
	}
	alarm(3600);
	address.sin_port = htons((uint16_t)atoi(argv[2]));
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail(argv[1]);
	puts("ready");
	fflush(stdout);
	for (;;) {
		struct sockaddr_in from;
		socklen_t size = sizeof(from);
		ssize_t got = recvfrom(fd, packet, 512, 0, (struct sockaddr *)&from, &size);
		size_t length = got > 0 ? answer(packet, (size_t)got, argv[3]) : 0;

		if (length)
			sendto(fd, packet, length, 0, (struct sockaddr *)&from, size);
	}
}
