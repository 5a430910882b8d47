/* Speaks one SMTP dialogue from a file, line by line, and prints what both sides said.
 *
 * Every command waits for its reply, but for those of @send. Content is sent byte for byte as the
 * file writes it, so that a dialogue can say what no polite client would. `smtp-talk --help` prints
 * the words of a dialogue. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char usage[] =
	"smtp-talk PORT DIALOGUE                  to 127.0.0.1\n"
	"smtp-talk --exec DIALOGUE PROGRAM ARG... to a program on its standard input and output\n"
	"A line of a dialogue is a command, or:\n"
	"  # ...            a comment\n"
	"  |TEXT            content, CR LF added; \\r \\n \\t \\0 \\\\ \\xHH; a last \\c: no CR "
	"LF\n"
	"  @repeat N TEXT   content N times\n"
	"  @many N COMMAND  N commands; %d is the number\n"
	"  @send TEXT       sent as |TEXT is, but at once; its replies are not waited for\n"
	"  @read N          waits for N replies\n"
	"  @pause MS        waits\n"
	"  @close           closes the connection without a word\n"
	"Exit: 0 when the dialogue was spoken, or the other side ended it; 1 when it went wrong; 2 "
	"usage.\n";

enum { REPLY_SECONDS = 90 };

struct link {
	int in, out;
	char buffer[65536]; /* what was received and not yet printed */
	size_t length;
	char *unsent; /* content goes out in large pieces */
	size_t unsent_length, unsent_room;
};

static struct link talk;

static void fail(const char *what)
{
	fflush(stdout);
	fprintf(stderr, "smtp-talk: %s\n", what);
	exit(1);
}

/* ---- sending ---- */

static void link_write(const char *data, size_t length)
{
	while (length > 0) {
		ssize_t sent = write(talk.out, data, length);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			fail("the other side does not listen any more");
		data += sent;
		length -= (size_t)sent;
	}
}

static void link_flush(void)
{
	link_write(talk.unsent, talk.unsent_length);
	talk.unsent_length = 0;
}

static void link_add(const char *data, size_t length)
{
	if (talk.unsent_length + length > talk.unsent_room) {
		talk.unsent_room = 2 * (talk.unsent_length + length) + 4096;
		talk.unsent = realloc(talk.unsent, talk.unsent_room);
		if (!talk.unsent)
			fail("out of memory");
	}
	memcpy(talk.unsent + talk.unsent_length, data, length);
	talk.unsent_length += length;
	if (talk.unsent_length > 60000)
		link_flush();
}

static char escaped(const char **cursor)
{
	const char *at = *cursor;
	char hex[3] = { 0 };

	switch (*at) {
	case 'r':
		return '\r';
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case '0':
		return '\0';
	case 'x':
		if (!isxdigit((unsigned char)at[1]) || !isxdigit((unsigned char)at[2]))
			fail("\\x wants two hex digits");
		memcpy(hex, at + 1, 2);
		*cursor += 2;
		return (char)strtol(hex, NULL, 16);
	default:
		return *at;
	}
}

static void content_send(const char *text)
{
	for (; *text; text++) {
		char byte = *text;

		if (byte == '\\' && text[1]) {
			text++;
			if (*text == 'c' && !text[1])
				return;
			byte = escaped(&text);
		}
		link_add(&byte, 1);
	}
	link_add("\r\n", 2);
}

/* ---- replies ---- */

static bool link_read(void)
{
	struct pollfd wait = { .fd = talk.in, .events = POLLIN };
	int ready = poll(&wait, 1, REPLY_SECONDS * 1000);
	ssize_t got;

	if (ready == 0)
		fail("no reply in time");
	if (talk.length == sizeof(talk.buffer))
		fail("a reply line without end");
	got = read(talk.in, talk.buffer + talk.length, sizeof(talk.buffer) - talk.length);
	if (got <= 0)
		return false;
	talk.length += (size_t)got;
	return true;
}

static void line_print(const char *line, size_t length)
{
	fputs("< ", stdout);
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)line[i];

		if (byte < 32 || byte > 126)
			printf("\\x%02x", byte);
		else
			putchar(byte);
	}
	putchar('\n');
}

static char reply_class; /* first digit of the last reply */

/* Prints one whole reply, all its lines; false when the connection ended instead. */
static bool reply_print(void)
{
	for (;;) {
		char *end = memchr(talk.buffer, '\n', talk.length);
		size_t length, used;
		bool last;

		if (!end) {
			if (link_read())
				continue;
			puts("< (closed)");
			return false;
		}
		used = (size_t)(end - talk.buffer) + 1;
		length = used > 1 && end[-1] == '\r' ? used - 2 : used - 1;
		last = length < 4 || talk.buffer[3] != '-';
		reply_class = talk.buffer[0];
		line_print(talk.buffer, length);
		memmove(talk.buffer, talk.buffer + used, talk.length - used);
		talk.length -= used;
		if (last)
			return true;
	}
}

static bool replies_print(long count)
{
	while (count > 0 && reply_print())
		count--;
	return count == 0;
}

static bool command_send(const char *command)
{
	printf("> %s\n", command);
	link_add(command, strlen(command));
	link_add("\r\n", 2);
	link_flush();
	return reply_print();
}

/* ---- the dialogue ---- */

static bool many_send(const char *text)
{
	char *pattern, command[1000];
	long count = strtol(text, &pattern, 10);
	char *place;

	pattern += *pattern == ' ';
	place = strstr(pattern, "%d");
	for (long i = 1; i <= count; i++) {
		int head = place ? (int)(place - pattern) : (int)strlen(pattern);

		snprintf(command, sizeof(command), "%.*s%ld%s", head, pattern, i,
			 place ? place + 2 : "");
		if (!command_send(command))
			return false;
	}
	return true;
}

static void repeat_send(const char *text)
{
	char *content;
	long count = strtol(text, &content, 10);

	content += *content == ' ';
	while (count-- > 0)
		content_send(content);
}

static bool content_refused; /* DATA was refused: what the dialogue would send is left out */

static bool line_skipped(const char *line)
{
	if (content_refused && (*line == '|' || *line == '@'))
		return true;
	if (content_refused && !strcmp(line, ".")) {
		content_refused = false;
		return true;
	}
	return false;
}

/* False when the dialogue is over. */
static bool line_speak(const char *line)
{
	if (*line == '#' || !*line)
		return true;
	if (*line == '|') {
		content_send(line + 1);
		return true;
	}
	if (!strncmp(line, "@repeat ", 8)) {
		repeat_send(line + 8);
		return true;
	}
	if (!strncmp(line, "@many ", 6))
		return many_send(line + 6);
	if (!strncmp(line, "@send ", 6)) {
		printf("> %s\n", line + 6);
		content_send(line + 6);
		link_flush();
		return true;
	}
	if (!strncmp(line, "@read ", 6))
		return replies_print(strtol(line + 6, NULL, 10));
	if (!strncmp(line, "@pause ", 7)) {
		link_flush();
		usleep((useconds_t)strtol(line + 7, NULL, 10) * 1000);
		return true;
	}
	if (!strcmp(line, "@close")) {
		link_flush();
		puts("(closing)");
		return false;
	}
	return command_send(line);
}

static int dialogue_speak(FILE *file)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	bool going = reply_print();

	while (going && (length = getline(&line, &room, file)) >= 0) {
		while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
			line[--length] = 0;
		if (line_skipped(line))
			continue;
		going = line_speak(line);
		if (!strcmp(line, "DATA"))
			content_refused = reply_class != '3';
	}
	free(line);
	return 0;
}

/* What a filter is told of us, and what differs from run to run. */
static void port_print(void)
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);

	if (getsockname(talk.out, (struct sockaddr *)&address, &length) == 0)
		printf("(from port %u)\n", ntohs(address.sin_port));
}

static void link_connect(const char *port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	talk.in = talk.out = socket(AF_INET, SOCK_STREAM, 0);
	if (talk.in < 0 || connect(talk.in, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail(strerror(errno));
}

/* A TCP connection to ourselves, so that the program sees a client with an address. */
static void pair_make(int pair[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || pair[0] < 0 ||
	    bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) < 0 ||
	    connect(pair[0], (struct sockaddr *)&address, length) < 0)
		fail(strerror(errno));
	pair[1] = accept(listener, NULL, NULL);
	if (pair[1] < 0)
		fail(strerror(errno));
	close(listener);
}

static pid_t link_start(char **command)
{
	int pair[2];
	pid_t child;

	pair_make(pair);
	child = fork();
	if (child < 0)
		fail(strerror(errno));
	if (child == 0) {
		dup2(pair[1], 0);
		dup2(pair[1], 1);
		close(pair[0]);
		close(pair[1]);
		execvp(command[0], command);
		_exit(127);
	}
	close(pair[1]);
	talk.in = talk.out = pair[0];
	return child;
}

int main(int argc, char **argv)
{
	bool program = argc > 3 && !strcmp(argv[1], "--exec");
	FILE *file = argc >= 3 ? fopen(argv[2], "r") : NULL;
	pid_t child = 0;
	int result;

	if (!file || (!program && argc != 3)) {
		fputs(usage, stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (program)
		child = link_start(argv + 3);
	else
		link_connect(argv[1]);
	port_print();
	result = dialogue_speak(file);
	close(talk.in);
	fclose(file);
	free(talk.unsent);
	if (child > 0)
		waitpid(child, NULL, 0);
	return result;
}
