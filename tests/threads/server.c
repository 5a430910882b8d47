/* threads_server THREADS OPERATIONS: both servers under many threads and reloads, for a build with TSan
 * and for helgrind.
 *
 * Clients play mail servers, each session with three messages, while the main thread loads the
 * script again and again. A plain program: criterion cannot run under TSan. Each server has a process
 * of its own. The last line says what was seen. */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "host/host.h"

enum { CLIENTS = 8, MESSAGES = 3, RELOAD_MS = 2 };

static const char script[] =
	"option address: text = \"\";\n"
	"session var seen = 0;\n"
	"message var subject = \"\";\n"
	"event onConnect { if (remoteSmtpIp in \"203.0.113.0/24\") { seen += 100; } }\n"
	"event onMailFrom { seen += 1; if (mailFrom =~ re\"^bad\\d+@\") { reject(\"not "
	"%mailFrom%\"); } }\n"
	"event onHeader { if (lower(headerName) == \"subject\") { subject = headerValue; } }\n"
	"event onDataReceived {\n"
	"    var sum = 0; for (i in 0..4000) { sum += i; }\n" /* goes on in the background */
	"    try { var s = socket.connect(address); s.readLine(timeout: 2ms); } catch (e) { }\n"
	"    addHeader(\"X-Seen\", \"%seen% %subject% %{macro(\"i\")}\");\n"
	"}\n";

static const struct host *host;
static struct {
	struct sockaddr_un address;
	socklen_t length;
	char option[128];
	atomic_int left; /* sessions that have not begun */
	atomic_int sessions, messages, faults;
} shared;

static struct afsl_chain *chain_load(void)
{
	struct afsl_setting option = {"address", shared.option};
	struct afsl_load_options options = {.source = script,
					    .source_length = sizeof(script) - 1,
					    .options = &option,
					    .option_count = 1};
	struct afsl_report *report = NULL;
	struct afsl_program *program = afsl_program_load("threads.afsl", &options, &report);
	struct afsl_chain *chain = afsl_chain_new();
	if (!program || !chain || !afsl_chain_add(chain, program, NULL)) {
		fputs(report ? afsl_report_text(report, false) : "no memory\n", stderr);
		exit(1);
	}
	afsl_report_free(report);
	afsl_program_release(program);
	return chain;
}

/* A socket whose name the kernel chooses. */
static int listener(int flags, struct sockaddr_un *address, socklen_t *length)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	*length = sizeof(*address);
	if (fd < 0 || bind(fd, (struct sockaddr *)address, sizeof(sa_family_t)) != 0 ||
	    listen(fd, 1024) != 0 || getsockname(fd, (struct sockaddr *)address, length) != 0) {
		perror("listen");
		exit(1);
	}
	return fd;
}

/* Scripts wait for somebody who says nothing. */
static void silent_peer(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0 || listen(fd, 4096) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
		perror("silent peer");
		exit(1);
	}
	snprintf(shared.option, sizeof(shared.option), "inet:%u@127.0.0.1",
		 (unsigned)ntohs(address.sin_port));
}

/* ---- a mail server ---- */

struct frame {
	char letter;
	char payload[4096];
	size_t length;
};

static bool read_all(int fd, void *to, size_t size)
{
	char *bytes = to;
	while (size > 0) {
		ssize_t got = recv(fd, bytes, size, 0);
		if (got <= 0)
			return false;
		bytes += got;
		size -= (size_t)got;
	}
	return true;
}

static bool say(int fd, char letter, const char *payload, size_t length)
{
	char bytes[512] = {0, 0, (char)((length + 1) >> 8), (char)(length + 1), letter};
	memcpy(bytes + 5, payload, length);
	return send(fd, bytes, length + 5, MSG_NOSIGNAL) == (ssize_t)(length + 5);
}

static bool hear(int fd, struct frame *frame)
{
	unsigned char head[5];
	if (!read_all(fd, head, 5))
		return false;
	frame->length = ((size_t)head[2] << 8 | head[3]) - 1;
	frame->letter = (char)head[4];
	return frame->length < sizeof(frame->payload) &&
	       read_all(fd, frame->payload, frame->length);
}

static bool hears(int fd, char letter)
{
	struct frame frame;
	return hear(fd, &frame) && frame.letter == letter;
}

#define SAY(fd, letter, literal) say(fd, letter, literal, sizeof(literal) - 1)

static bool negotiate(int fd)
{
	/* No reply may be left out, so everything is answered. */
	return SAY(fd, 'O', "\0\0\0\x06\0\0\x01\xff\0\0\x03\x7f") && hears(fd, 'O') &&
	       SAY(fd, 'C',
		   "client.example\0"
		   "4\0\x19"
		   "203.0.113.9\0") &&
	       hears(fd, 'c');
}

static bool refused(int fd)
{
	return SAY(fd, 'M', "<bad1@example.net>\0") && hears(fd, 'y');
}

static bool accepted(int fd, int number)
{
	struct frame frame;
	char macros[64];
	int length = snprintf(macros, sizeof(macros), "Ei%cQ%d%c", 0, number, 0);
	bool told = SAY(fd, 'M', "<good@example.net>\0") && hears(fd, 'c') &&
		    SAY(fd, 'L', "Subject\0hello\0") && hears(fd, 'c') &&
		    say(fd, 'D', macros, (size_t)length) && SAY(fd, 'E', "");
	while (told && hear(fd, &frame) && frame.letter != 'c' && frame.letter != 'a')
		told = frame.letter == 'h' ? strstr(frame.payload + 7, "hello Q") != NULL
					   : frame.letter == 'p';
	return told;
}

static bool session(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool good = connect(fd, (struct sockaddr *)&shared.address, shared.length) == 0 &&
		    negotiate(fd);
	for (int i = 0; good && i < MESSAGES; i++) {
		good = i == 1 ? refused(fd) : accepted(fd, i);
		if (good)
			atomic_fetch_add(&shared.messages, 1);
	}
	if (good)
		SAY(fd, 'Q', "");
	close(fd);
	return good;
}

static void *client(void *argument)
{
	(void)argument;
	while (atomic_fetch_sub(&shared.left, 1) > 0) {
		if (session())
			atomic_fetch_add(&shared.sessions, 1);
		else
			atomic_fetch_add(&shared.faults, 1);
	}
	return NULL;
}

/* ---- the server ---- */

static void *serve(void *argument)
{
	struct afsl_chain *chain = chain_load();
	bool served = host->run(argument, chain);
	afsl_chain_release(chain);
	return served ? argument : NULL;
}

static void pause_ms(long milliseconds)
{
	struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
	nanosleep(&time, NULL);
}

static unsigned reload_until_done(void)
{
	unsigned reloads = 0;
	for (; atomic_load(&shared.left) > 0; reloads++) {
		struct afsl_chain *chain = chain_load();
		if (!host->set_chain(chain))
			atomic_fetch_add(&shared.faults, 1);
		afsl_chain_release(chain);
		pause_ms(RELOAD_MS);
	}
	return reloads;
}

static int run_all(unsigned threads, int sessions)
{
	struct host_settings settings = {.sessions_max = 1000,
					 .peer_sessions_max = 1000,
					 .read_timeout = 60,
					 .idle_timeout = 60,
					 .threads = threads,
					 .progress_interval = 1,
					 .descriptor_reserve = 8};
	pthread_t server, clients[CLIENTS];
	void *served;
	log_open("threads", false, LOG_LEVEL_WARNING);
	silent_peer();
	settings.listener = listener(SOCK_NONBLOCK, &shared.address, &shared.length);
	atomic_store(&shared.left, sessions);
	pthread_create(&server, NULL, serve, &settings);
	pause_ms(200);
	for (int i = 0; i < CLIENTS; i++)
		pthread_create(&clients[i], NULL, client, NULL);
	unsigned reloads = reload_until_done();
	for (int i = 0; i < CLIENTS; i++)
		pthread_join(clients[i], NULL);
	host->drain();
	for (int i = 0; i < 500 && host->sessions(); i++)
		pause_ms(10);
	host->stop();
	pthread_join(server, &served);
	int faults = atomic_load(&shared.faults) + (served ? 0 : 1) + (int)host->sessions();
	printf("%s: %d sessions, %d messages, %u reloads\n%d passed, %d failed\n", host->name,
	       atomic_load(&shared.sessions), atomic_load(&shared.messages), reloads,
	       atomic_load(&shared.sessions), faults);
	return faults ? 1 : 0;
}

/* In a process of its own: its exit status. */
static int run_beside(const struct host *which, unsigned threads, int sessions)
{
	int status = 1;
	pid_t child = fork();
	if (child == 0) {
		/* libmilter is stopped by a signal to the thread that it keeps for them */
		sigset_t signals;
		sigfillset(&signals);
		pthread_sigmask(SIG_BLOCK, &signals, NULL);
		host = which;
		int failed = run_all(threads, sessions);
		fflush(stdout);
		_exit(failed); /* libmilter's thread for signals is still there */
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		perror("fork");
	return status != 0;
}

int main(int argc, char **argv)
{
	unsigned threads = argc > 1 ? (unsigned)atoi(argv[1]) : 4;
	int operations = argc > 2 ? atoi(argv[2]) : 100000;
	int sessions = operations / 100 < 1000 ? operations / 100 : 1000;
	int failed = run_beside(&host_native, threads, sessions);
	return run_beside(&host_libmilter, threads, sessions) || failed;
}
