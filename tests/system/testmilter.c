/* A third-party milter for tests: it does what messages tell it to do.
 *
 * It speaks the protocol by itself, without libmilter and without the project's own codec, so that
 * it is an independent witness of what arrives. `testmilter --help` prints what it understands. */
#include "testmilter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char usage[] =
	"testmilter -p inet:PORT@HOST|unix:PATH [option...]\n"
	"  --version N --actions HEX --steps HEX   what the negotiation answers (6, 1ff, 0)\n"
	"  --macros STAGE=NAMES                    asks for a macro list (STAGE 0 to 6; repeat)\n"
	"  --at STEP=ACTION, --fault STEP=KIND     for every message, as the header fields below\n"
	"  --log FILE --max-seconds N --split      --split: answers leave byte by byte\n"
	"Prints \"ready\" when it listens; ends on TERM. Header fields that it obeys:\n"
	"  X-Test-Action: [@STEP] reject|tempfail [CODE X.Y.Z TEXT] | accept | discard | continue "
	"| skip |\n"
	"    shutdown | delay MS | progress COUNT [MS]   (STEP: header eoh body eom; default eom)\n"
	"  X-Test-Action: addheader NAME:VALUE | insheader N NAME:VALUE | chgheader N NAME:VALUE "
	"|\n"
	"    delheader N NAME | addrcpt <A> [PARAMETERS] | delrcpt <A> | chgfrom <A> [PARAMETERS] "
	"|\n"
	"    replbody TEXT | replsize BYTES | quarantine REASON | report |\n"
	"    packet BYTES | answer BYTES   (any packet: its letter and what follows)\n"
	"  X-Test-Fault: "
	"close|reset|hang|garbage|unknown|zero|oversize|twice|half|slow|early|badedit|\n"
	"    halfbody|editclose|endless|flood at STEP\n"
	"Texts know \\n \\r \\t \\0 \\\\ \\xHH. \"report\" adds fields with what was seen. A first "
	"label of the\n"
	"HELO name or a local part that is an action or a fault is obeyed at that step: reject@x,\n"
	"replycode@x, tempcode@x, multi@x, accept@x, close@x ... As a sender, STEP+WORD@x gives "
	"the\n"
	"order for a later step.\n";

struct settings settings = { .version = 6, .actions = 0x1ff };

/* ---- the log ---- */

static void log_event(struct connection *c, const char *name, const char *data, size_t length)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	if (!settings.log)
		return;
	pthread_mutex_lock(&lock);
	fprintf(settings.log, "%u %s ", c->number, name);
	for (size_t i = 0; i < length && i < 70000; i++) {
		unsigned char byte = (unsigned char)data[i];

		if (byte == 0)
			fputs("|", settings.log);
		else if (byte < 32 || byte > 126 || byte == '|' || byte == '\\')
			fprintf(settings.log, "\\x%02x", byte);
		else
			fputc(byte, settings.log);
	}
	fputc('\n', settings.log);
	fflush(settings.log);
	pthread_mutex_unlock(&lock);
}

static uint32_t number_at(const char *data)
{
	uint32_t wire;

	memcpy(&wire, data, 4);
	return ntohl(wire);
}

/* ---- answers ---- */

static void step_answer(struct connection *c, enum step_id step, const char *word)
{
	bool answered = false;

	if (c->steps & steps[step].no_reply)
		return;
	if (word && *word)
		answered = verdict_give(c, word) || fault_make(c, word);
	answered = answered || c->over || orders_obey(c, &settings.orders, step) ||
		   orders_obey(c, &c->orders, step);
	if (!answered && !c->over)
		letter_add(c, 'c');
	connection_flush(c);
}

static void negotiate(struct connection *c, const char *data, size_t length)
{
	struct bytes payload = { 0 };

	if (length < 12) {
		c->over = true;
		return;
	}
	c->steps = settings.steps;
	bytes_number(&payload, settings.version);
	bytes_number(&payload, settings.actions & number_at(data + 4));
	bytes_number(&payload, settings.steps);
	for (uint32_t i = 0; i < 7; i++) {
		if (!settings.macros[i])
			continue;
		bytes_number(&payload, i);
		bytes_add(&payload, settings.macros[i], strlen(settings.macros[i]) + 1);
	}
	if (!orders_obey(c, &settings.orders, NEGOTIATE))
		bytes_packet(&c->out, 'O', &payload);
	free(payload.data);
	connection_flush(c);
}

static void message_clear(struct connection *c)
{
	orders_clear(&c->orders);
	c->headers = c->recipients = 0;
	c->body_size = 0;
	c->body_hash = 0xcbf29ce484222325;
}

/* The word that stands for an action: a local part or the first label. */
static const char *word_of(const char *data, size_t length, char word[32])
{
	size_t i = 0;

	if (length && *data == '<')
		data++, length--;
	while (i < length && i < 31 && data[i] && data[i] != '@' && data[i] != '.' &&
	       data[i] != '>') {
		word[i] = data[i];
		i++;
	}
	word[i] = 0;
	return word;
}

static void header_take(struct connection *c, const char *data, size_t length)
{
	const char *value = memchr(data, 0, length);

	c->headers++;
	if (!value || value + 1 >= data + length)
		return;
	if (!strcasecmp(data, "X-Test-Action"))
		order_read(&c->orders, false, value + 1);
	else if (!strcasecmp(data, "X-Test-Fault"))
		order_read(&c->orders, true, value + 1);
}

static void body_take(struct connection *c, const char *data, size_t length)
{
	c->body_size += length;
	for (size_t i = 0; i < length; i++)
		c->body_hash = (c->body_hash ^ (unsigned char)data[i]) * 0x100000001b3;
}

/* `data` has a NUL behind its length. */
static void command_take(struct connection *c, char letter, const char *data, size_t length)
{
	char name[2] = { letter, 0 }, word[32] = "";
	int step = CONNECT;

	log_event(c, name, data, length);
	while (step < NEGOTIATE && steps[step].letter != letter)
		step++;
	if (letter == 'O')
		negotiate(c, data, length);
	if (letter == 'A' || letter == 'M')
		message_clear(c);
	if (letter == 'Q')
		c->over = true;
	if (step >= NEGOTIATE)
		return;
	if (step == HELO || step == MAIL || step == RCPT)
		word_of(data, length, word);
	if (step == MAIL)
		order_of_sender(&c->orders, word);
	if (step == RCPT)
		c->recipients++;
	if (step == HEADER)
		header_take(c, data, length);
	if (step == BODY)
		body_take(c, data, length);
	step_answer(c, (enum step_id)step, word);
	if (step == EOM)
		message_clear(c);
}

static bool read_whole(int fd, char *data, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t got = recv(fd, data + done, length - done, 0);

		if (got == 0 || (got < 0 && errno != EINTR))
			return false;
		if (got > 0)
			done += (size_t)got;
	}
	return true;
}

static void *connection_serve(void *argument)
{
	struct connection *c = argument;
	char *data = malloc(1 << 20), head[5];

	message_clear(c);
	log_event(c, "open", "", 0);
	while (data && !c->over && read_whole(c->fd, head, 5)) {
		uint32_t length = number_at(head);

		if (length == 0 || length >= 1 << 20 || !read_whole(c->fd, data, length - 1))
			break;
		data[length - 1] = 0;
		command_take(c, head[4], data, length - 1);
	}
	log_event(c, "close", "", 0);
	close(c->fd);
	orders_clear(&c->orders);
	free(c->out.data);
	free(data);
	free(c);
	return NULL;
}

/* ---- the listener ---- */

static void fail(const char *what)
{
	fprintf(stderr, "testmilter: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int listen_inet(const char *place)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)atoi(place)) };
	const char *at = strchr(place, '@');
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (inet_pton(AF_INET, at ? at + 1 : "127.0.0.1", &address.sin_addr) != 1)
		fail(place);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail(place);
	return fd;
}

static int listen_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		fail(path);
	strcpy(address.sun_path, path);
	strcpy(settings.path, path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail(path);
	return fd;
}

static int listener_open(const char *place)
{
	int fd = -1;

	if (!strncmp(place, "inet:", 5))
		fd = listen_inet(place + 5);
	else if (!strncmp(place, "unix:", 5))
		fd = listen_unix(place + 5);
	else
		fail(place);
	if (listen(fd, 128) < 0)
		fail(place);
	return fd;
}

static void stop(int signal)
{
	(void)signal;
	if (settings.path[0])
		unlink(settings.path);
	_exit(0);
}

static void option_of_step(const char *argument, bool fault)
{
	size_t length = strcspn(argument, "=");
	int step = step_find(argument, length);

	if (step < 0 || argument[length] != '=')
		fail(argument);
	order_add(&settings.orders, (enum step_id)step, fault, argument + length + 1);
}

/* True when it took the argument. */
static bool option_take(const char *name, char *argument)
{
	if (!strcmp(name, "--version"))
		settings.version = (uint32_t)strtoul(argument, NULL, 0);
	else if (!strcmp(name, "--actions"))
		settings.actions = (uint32_t)strtoul(argument, NULL, 16);
	else if (!strcmp(name, "--steps"))
		settings.steps = (uint32_t)strtoul(argument, NULL, 16);
	else if (!strcmp(name, "--macros") && *argument >= '0' && *argument <= '6')
		settings.macros[*argument - '0'] = argument + 2;
	else if (!strcmp(name, "--at"))
		option_of_step(argument, false);
	else if (!strcmp(name, "--fault"))
		option_of_step(argument, true);
	else if (!strcmp(name, "--max-seconds"))
		alarm((unsigned)atoi(argument));
	else if (!strcmp(name, "--log"))
		settings.log = fopen(argument, "a");
	else
		return false;
	return true;
}

static void serve(int listener)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, 256 * 1024);
	for (unsigned number = 1;; number++) {
		struct connection *c = calloc(1, sizeof(*c));
		pthread_t thread;

		if (!c)
			abort();
		c->number = number;
		c->fd = accept(listener, NULL, NULL);
		if (c->fd < 0 || pthread_create(&thread, &attributes, connection_serve, c) != 0) {
			if (c->fd >= 0)
				close(c->fd);
			free(c);
			pause_ms(10);
		}
	}
}

int main(int argc, char **argv)
{
	const char *place = NULL;

	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	signal(SIGALRM, stop);
	alarm(3600);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--split")) {
			settings.split = true;
		} else if (!strcmp(argv[i], "-p") && i + 1 < argc) {
			place = argv[++i];
		} else if (i + 1 >= argc || !option_take(argv[i], argv[i + 1])) {
			fputs(usage, !strcmp(argv[i], "--help") ? stdout : stderr);
			return strcmp(argv[i], "--help") ? 64 : 0;
		} else {
			i++;
		}
	}
	if (!place) {
		fputs(usage, stderr);
		return 64;
	}
	int listener = listener_open(place);

	puts("ready");
	fflush(stdout);
	serve(listener);
}
