#include "statements.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Tests that start, reload and stop daemons themselves. */

static void pause_ms(long milliseconds)
{
	struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };
	nanosleep(&time, NULL);
}

static int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool fault_expected;

/* Runs `body` with a daemon and cleans up whatever it answers. */
static bool with_server(struct test *test, const char *script, const char *const *arguments,
			bool (*body)(struct test *test), int *code)
{
	struct server server;
	test->server = &server;
	bool started = server_start(&server, script, arguments);
	bool good = started && body(test);
	mta_close(&test->mta);
	mta_close(&test->other);
	int ended = server_stop(&server, SIGTERM);
	bool fault = !fault_expected && server_has_fault(&server, false);
	if (!good || fault)
		server_tells(&server, !started ? "did not start"
				      : good   ? "has a fault"
					       : "did not do it");
	else if (code && ended != 0)
		server_tells(&server, "did not end well");
	if (code)
		*code = ended;
	server_clean(&server);
	return good && !fault;
}

static bool serves_soon(struct test *test)
{
	for (int i = 0; i < 300; i++) {
		if (test_serves(test))
			return true;
		pause_ms(20);
	}
	return false;
}

/* libmilter itself may read past such a packet and die: then there is another worker. */
static bool macro_without_value(struct test *test)
{
	for (int i = 0; i < 5; i++) {
		if (!test_open(test, &test->mta))
			return serves_soon(test);
		SAY(&test->mta, 'D', "Mname\0");
		SAY(&test->mta, 'C', "host\0U");
		SAY(&test->mta, 'M', "<tell>\0");
		mta_hear_within(&test->mta, 300);
	}
	return serves_soon(test);
}

static void s24(struct test *test)
{
	/* The sanitizer sees that reading too. */
	fault_expected = true;
	bool good = with_server(test, "probe", NULL, macro_without_value, NULL);
	fault_expected = false;
	CHECK(good);
}

/* A worker that dies is replaced, and its sessions are the only ones lost. */
static bool worker_killed(struct test *test)
{
	for (int i = 0; i < 3; i++) {
		pid_t worker = server_worker(test->server);
		if (!worker || kill(worker, SIGKILL) != 0 || !serves_soon(test))
			return false;
		if (server_worker(test->server) == worker)
			return false;
	}
	return server_logged(test->server, "ended by signal 9") &&
	       server_logged(test->server, "started again in 10 ms") &&
	       server_logged(test->server, "started again in 40 ms");
}

static void restart(struct test *test)
{
	int code;
	CHECK(with_server(test, "probe", NULL, worker_killed, &code));
	CHECK(code == 0);
}

/* ---- progress ---- */

static int silent_peer(char address[64])
{
	struct sockaddr_in inet = { .sin_family = AF_INET };
	socklen_t length = sizeof(inet);
	inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&inet, sizeof(inet)) != 0 || listen(fd, 64) != 0 ||
	    getsockname(fd, (struct sockaddr *)&inet, &length) != 0) {
		close(fd);
		return -1;
	}
	snprintf(address, 64, "address=inet:%u@127.0.0.1", ntohs(inet.sin_port));
	return fd;
}

static bool progress_heard(struct test *test)
{
	int64_t begun = now_us();
	/* No sign of life outside the end of the message. */
	if (!test_open(test, &test->mta) || STEP(&test->mta, 'M', "<wait@x>\0") != 'c' ||
	    STEP(&test->mta, 'R', "<c@d>\0") != 'c' || !SAY(&test->mta, 'E', ""))
		return false;
	int signs = 0;
	char letter = mta_hear(&test->mta);
	for (; letter == 'p'; letter = mta_hear(&test->mta))
		signs++;
	bool edits = letter == 'h' && mta_hear(&test->mta) == 'b' && mta_hear(&test->mta) == 'c';
	/* 2.5 s at MAIL and 2.5 s at the end, a sign each second. */
	return edits && signs >= 1 && signs <= 3 && now_us() - begun > 4500000;
}

static void s48(struct test *test)
{
	char address[64];
	int peer = silent_peer(address);
	CHECK(peer >= 0);
	const char *const arguments[] = { "--set", "progressInterval=1", "-D", address, NULL };
	bool good = with_server(test, "wait", arguments, progress_heard, NULL);
	close(peer);
	CHECK(good);
}

/* What a waiting handler does to others; libmilter alone decides it, so only its end is checked. */
static bool others_go_on(struct test *test)
{
	int64_t begun = now_us(), slowest = 0;
	if (!test_open(test, &test->other) || !SAY(&test->other, 'M', "<wait@x>\0"))
		return false;
	for (int i = 0; i < 20; i++) {
		int64_t start = now_us();
		if (!test_open(test, &test->mta) || !SAY(&test->mta, 'Q', "") ||
		    mta_hear(&test->mta) != 0)
			return false;
		if (now_us() - start > slowest)
			slowest = now_us() - start;
	}
	printf("    slowest of 20 sessions beside a waiting one: %lld us\n", (long long)slowest);
	return now_us() - begun < 10000000;
}

static void s50(struct test *test)
{
	char address[64];
	int peer = silent_peer(address);
	CHECK(peer >= 0);
	const char *const arguments[] = { "-D", address, NULL };
	bool good = with_server(test, "wait", arguments, others_go_on, NULL);
	close(peer);
	CHECK(good);
}

/* ---- signals ---- */

static bool terminated(struct test *test)
{
	if (!test_serves(test))
		return false;
	/* libmilter's poll would go on for 5 s. */
	int64_t begun = now_us();
	return server_stop(test->server, SIGTERM) == 0 && now_us() - begun < 4500000;
}

static bool hang_up(struct test *test)
{
	if (!test_open(test, &test->mta) || !mta_until(&test->mta, 'H'))
		return false;
	kill(test->server->pid, SIGHUP);
	return server_logged(test->server, "new sessions use the filters") &&
	       ASK(&test->mta, 'M', "<reject@x>\0") == 'r' && test_serves(test);
}

static bool interrupted(struct test *test)
{
	if (!test_serves(test))
		return false;
	return server_stop(test->server, SIGINT) == 0;
}

static void s54(struct test *test)
{
	int code;
	CHECK(with_server(test, "probe", NULL, terminated, NULL));
	CHECK(with_server(test, "probe", NULL, hang_up, &code));
	CHECK(code == 0);
	CHECK(with_server(test, "probe", NULL, interrupted, NULL));
}

/* A session that runs when the daemon is told to end goes on to its end; no new one begins. */
static bool drained(struct test *test)
{
	if (!test_open(test, &test->mta) || !mta_until(&test->mta, 'B'))
		return false;
	kill(test->server->pid, SIGTERM);
	if (!server_logged(test->server, "no new sessions"))
		return false;
	pause_ms(100);
	struct mta late = { .fd = -1 };
	bool refused = !mta_connect(&late, test->server->socket);
	mta_close(&late);
	return refused && ASK(&test->mta, 'E', "") == 'c' &&
	       ASK(&test->mta, 'M', "<tempfail@x>\0") == 't' && SAY(&test->mta, 'Q', "") &&
	       mta_hear(&test->mta) == 0 && server_stop(test->server, 0) == 0;
}

static bool drain_limited(struct test *test)
{
	int64_t begun = now_us();
	if (!test_open(test, &test->mta) || !mta_until(&test->mta, 'B'))
		return false;
	int code = server_stop(test->server, SIGTERM);
	return code == 0 && now_us() - begun < 4000000 && mta_hear(&test->mta) == 0;
}

static void s55(struct test *test)
{
	static const char *const arguments[] = { "--set", "drainTimeout=1", NULL };
	CHECK(with_server(test, "probe", NULL, drained, NULL));
	CHECK(with_server(test, "probe", arguments, drain_limited, NULL));
}

/* ---- reload ---- */

static bool write_script(const char *path, const char *content)
{
	FILE *file = fopen(path, "w");
	if (!file)
		return false;
	fputs(content, file);
	return fclose(file) == 0;
}

#define SCRIPT(word)                                                                               \
	"event onEhlo { if (ehloHost == \"which\") { reject(550, \"5.7.1\", \"" word "\"); } }\n"

static char reload_path[128];

static bool tells(struct test *test, struct mta *mta, const char *word)
{
	return (mta->fd >= 0 || test_open(test, mta)) && ASK(mta, 'H', "which\0") == 'y' &&
	       mta_heard_text(mta, word);
}

static bool reloaded(struct test *test)
{
	if (!tells(test, &test->other, "old"))
		return false;
	/* A bad script changes nothing and is told. */
	write_script(reload_path, "event onEhlo { this is wrong\n");
	kill(test->server->pid, SIGHUP);
	if (!server_logged(test->server, "not loaded again") || !tells(test, &test->mta, "old"))
		return false;
	write_script(reload_path, SCRIPT("new"));
	kill(test->server->pid, SIGHUP);
	if (!server_logged(test->server, "new sessions use the filters"))
		return false;
	mta_close(&test->mta);
	/* The old session keeps its script, a new one has the new, and so has a worker that is new.
	 */
	if (!tells(test, &test->other, "old") || !tells(test, &test->mta, "new"))
		return false;
	mta_close(&test->mta);
	kill(server_worker(test->server), SIGKILL);
	if (!serves_soon(test) || !tells(test, &test->mta, "new"))
		return false;
	/* Once more, for a worker that is not killed: the sanitizer looks at what it leaves. */
	write_script(reload_path, SCRIPT("third"));
	kill(test->server->pid, SIGHUP);
	for (int i = 0; i < 300; i++) {
		mta_close(&test->mta);
		if (tells(test, &test->mta, "third"))
			return true;
		pause_ms(10);
	}
	return false;
}

static void s56(struct test *test)
{
	int code;
	snprintf(reload_path, sizeof(reload_path), "/tmp/afsld-test-%d.afsl", (int)getpid());
	CHECK(write_script(reload_path, SCRIPT("old")));
	bool good = with_server(test, reload_path, NULL, reloaded, &code);
	unlink(reload_path);
	CHECK(good && code == 0);
}

/* ---- the control socket ---- */

static char control_path[64];

static int control_open(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", control_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* What is answered to these bytes, up to the end; what does not fit is dropped. */
static const char *control_asked(const char *bytes, size_t length)
{
	static char answer[1 << 16];
	size_t have = 0;
	ssize_t got = 1;
	int fd = control_open();
	if (fd < 0)
		return "";
	if (send(fd, bytes, length, MSG_NOSIGNAL) < 0) {
		close(fd);
		return "";
	}
	while (got > 0 && have < sizeof(answer) - 1) {
		got = recv(fd, answer + have, sizeof(answer) - 1 - have, 0);
		have += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	answer[have] = '\0';
	return answer;
}

static const char *control_says(const char *line)
{
	return control_asked(line, strlen(line));
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Sessions keep their program over each change; new ones have that of the moment. */
static bool changes(struct test *test)
{
	if (!tells(test, &test->other, "old"))
		return false;
	write_script(reload_path, SCRIPT("new"));
	if (!begins(control_says("reload\n"), "ok\nprogram 2\n") ||
	    !tells(test, &test->mta, "new") || !tells(test, &test->other, "old"))
		return false;
	mta_close(&test->mta);
	write_script(reload_path, "event onEhlo { this is wrong\n");
	const char *wrong = control_says("reload\n");
	if (!begins(wrong, "failed 65\n") || !strstr(wrong, "error[E") ||
	    !tells(test, &test->mta, "new"))
		return false;
	mta_close(&test->mta);
	if (!begins(control_says("rollback\n"), "ok\nprogram 1\n") ||
	    !tells(test, &test->mta, "old") || !tells(test, &test->other, "old"))
		return false;
	/* A worker that is new has the program that was gone back to, not what lies on the disk. */
	mta_close(&test->mta);
	mta_close(&test->other);
	kill(server_worker(test->server), SIGKILL);
	if (!serves_soon(test) || !tells(test, &test->mta, "old"))
		return false;
	mta_close(&test->mta);
	return begins(control_says("rollback 2\n"), "ok\nprogram 2\n") &&
	       tells(test, &test->mta, "new") &&
	       strstr(control_says("status json\n"), "\"restarts\":1,");
}

/* Many sessions talk while the program changes 40 times: each hears one word from its first to its
 * last step. */
static bool changes_under_load(struct test *test)
{
	enum { SESSIONS = 30, CHANGES = 40 };
	static struct mta mtas[SESSIONS];
	const char *words[SESSIONS] = { NULL };
	bool good = true;
	write_script(reload_path, SCRIPT("new"));
	good = begins(control_says("reload\n"), "ok\n");
	for (int i = 0; i < SESSIONS; i++)
		mtas[i].fd = -1;
	for (int change = 0; good && change < CHANGES; change++) {
		const char *now = change % 2 ? "new" : "old";
		good = begins(control_says(change % 2 ? "rollback 2\n" : "rollback 1\n"), "ok\n");
		for (int i = 0; good && i < SESSIONS; i++) {
			if (!words[i])
				words[i] = now;
			good = tells(test, &mtas[i], words[i]);
			if (i % 10 == change % 10) {
				mta_close(&mtas[i]);
				words[i] = NULL;
			}
		}
	}
	for (int i = 0; i < SESSIONS; i++)
		mta_close(&mtas[i]);
	return good;
}

static void with_control(struct test *test, bool (*body)(struct test *test))
{
	char setting[160];
	int code;
	snprintf(reload_path, sizeof(reload_path), "/tmp/afsld-test-%d.afsl", (int)getpid());
	snprintf(control_path, sizeof(control_path), "/tmp/afsld-test-%d.ctl", (int)getpid());
	snprintf(setting, sizeof(setting), "control=%s", control_path);
	const char *const arguments[] = { "--set", setting, NULL };
	CHECK(write_script(reload_path, SCRIPT("old")));
	bool good = with_server(test, reload_path, arguments, body, &code);
	unlink(reload_path);
	CHECK(good);
	CHECK(code == 0);
	CHECK(access(control_path, F_OK) != 0);
}

static void d4(struct test *test)
{
	with_control(test, changes);
}

static void d5(struct test *test)
{
	with_control(test, changes_under_load);
}

static bool answered(const char *asked, size_t length, const char *begin)
{
	const char *answer = control_asked(asked, length);
	if (begins(answer, begin))
		return true;
	printf("    asked \"%.*s\", answered \"%s\" (%s)\n", (int)(length > 40 ? 40 : length),
	       asked, answer, strerror(errno));
	return false;
}

/* Whatever is said there, and however many say nothing: it answers, and serves. */
static bool control_is_attacked(struct test *test)
{
	static const char *const lines[] = { "\n",
					     "reload \n",
					     "RELOAD\n",
					     "rollback 0\n",
					     "rollback -1\n",
					     "rollback 99999999999999999999\n",
					     "rollback 1x\n",
					     "status  json\n",
					     "reload\r\n",
					     "%s%n%s%n\n",
					     "status\t\n",
					     "stop\1\n" };
	char many[4096];
	int silent[12];
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (!answered(lines[i], strlen(lines[i]), "failed 64\n"))
			return false;
	memset(many, 'a', sizeof(many));
	if (!answered(many, sizeof(many), "failed 64\n") ||
	    !answered("status\0\n", 8, "failed 64\n") || !answered("status\nstop\n", 12, "ok\n"))
		return false;
	for (int i = 0; i < 12; i++)
		silent[i] = control_open();
	/* They hold all places for five seconds; then whoever waits is served. */
	bool good = answered("status\n", 7, "ok\nafsld ");
	for (int i = 0; i < 12; i++)
		close(silent[i]);
	return good && test_serves(test);
}

static void d6(struct test *test)
{
	with_control(test, control_is_attacked);
}

static bool control_answers(struct test *test)
{
	(void)test;
	return answered("status\n", 7, "ok\nafsld ");
}

/* Whoever has reached the daemon once can control and end it. */
static void d7(struct test *test)
{
	for (int i = 0; i < 10 && !test->failed; i++)
		with_control(test, control_answers);
}

/* ---- how it starts, and does not ---- */

static bool ends_with(struct test *test, int code, const char *told, const char *const *arguments)
{
	char output[8192];
	int ended = afsld_run(arguments, output, sizeof(output));
	if (ended == code && strstr(output, told) && !strstr(output, "anitizer"))
		return true;
	test->mta.heard.length = (size_t)snprintf((char *)test->mta.heard.payload, 400,
						  "code %d: %s", ended, output);
	return false;
}

#define RUN(...) ((const char *const[]){ __VA_ARGS__, NULL })

static char probe_path[512];

static bool port_in_use(struct test *test)
{
	char listen[128];
	snprintf(listen, sizeof(listen), "unix:%s", test->server->socket);
	return ends_with(test, 69, "somebody else is listening",
			 RUN("--foreground", "--listen", listen, probe_path)) &&
	       test_serves(test);
}

static void s57(struct test *test)
{
	char stale[96], long_path[256], listen[112];
	snprintf(probe_path, sizeof(probe_path), "%s/probe.afsl", server_scripts);
	snprintf(stale, sizeof(stale), "/tmp/afsld-stale-%d", (int)getpid());
	snprintf(listen, sizeof(listen), "unix:%s", stale);
	memset(long_path, 'x', sizeof(long_path));
	memcpy(long_path, "unix:/tmp/", 10);
	long_path[sizeof(long_path) - 1] = '\0';
	CHECK(with_server(test, "probe", NULL, port_in_use, NULL));
	CHECK(ends_with(test, 64, "", RUN("--listen", long_path, probe_path)));
	CHECK(ends_with(test, 64, "", RUN("--listen", "inet:99999@127.0.0.1", probe_path)));
	CHECK(ends_with(test, 64, "", RUN("--listen", "inet:25@not a host", probe_path)));
	CHECK(ends_with(test, 64, "", RUN("--listen", "nonsense", probe_path)));
	/* A file that is no socket is never removed. */
	CHECK(write_script(stale, "precious"));
	CHECK(ends_with(test, 69, stale, RUN("--foreground", "--listen", listen, probe_path)) ||
	      ends_with(test, 71, stale, RUN("--foreground", "--listen", listen, probe_path)));
	CHECK(access(stale, F_OK) == 0);
	unlink(stale);
}

static void command_line(struct test *test)
{
	snprintf(probe_path, sizeof(probe_path), "%s/probe.afsl", server_scripts);
	CHECK(ends_with(test, 0, "afsld -c FILE", RUN("--help")));
	CHECK(ends_with(test, 0, "afsld 0.", RUN("--version")));
	CHECK(ends_with(test, 64, "--help", RUN("--no-such-option")));
	CHECK(ends_with(test, 64, "NAME=VALUE", RUN("-D", "novalue", probe_path)));
	CHECK(ends_with(test, 66, "No such file", RUN("-c", "/no/such/file")));
	CHECK(ends_with(test, 66, "folder", RUN("-c", "/usr")));
	CHECK(ends_with(test, 78, "", RUN("-t", "--listen", "inet:1", "/no/such/script.afsl")));
	CHECK(ends_with(test, 78, "", RUN("-t", "--listen", "inet:1", "-D", "none=1", probe_path)));
	CHECK(ends_with(test, 78, "no address", RUN("-t", probe_path)));
	CHECK(ends_with(test, 78, "did you mean",
			RUN("-t", "--listen", "inet:1", "--set", "logLevle=info", probe_path)));
	CHECK(ends_with(test, 0, "good: 1 filter", RUN("-t", "--listen", "inet:1", probe_path)));
	CHECK(ends_with(
		test, 0, "maxSessions = 7",
		RUN("--show-config", "--listen", "inet:1", "--set", "maxSessions=7", probe_path)));
}

/* ---- TCP ---- */

static bool tcp_connect(struct mta *mta, unsigned port)
{
	struct sockaddr_in inet = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 300; i++) {
		mta->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		int on = 1;
		setsockopt(mta->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (connect(mta->fd, (struct sockaddr *)&inet, sizeof(inet)) == 0)
			return true;
		mta_close(mta);
		pause_ms(10);
	}
	return false;
}

static unsigned free_port(void)
{
	char address[64];
	int fd = silent_peer(address);
	close(fd);
	return (unsigned)atoi(address + strlen("address=inet:"));
}

static int64_t end_of_message_time(struct mta *mta)
{
	for (const char *step = "MR"; *step; step++)
		if (mta_step(mta, *step, "<a@b>", 6) != 'c')
			return -1;
	if (STEP(mta, 'L', "X-Do\0early\0") != 'c' || STEP(mta, 'N', "") != 'c')
		return -1;
	pause_ms(20);
	int64_t begun = now_us();
	if (!SAY(mta, 'E', "") || mta_hear(mta) != 'h' || mta_hear(mta) != 'c')
		return -1;
	return now_us() - begun;
}

/* With Nagle's algorithm each message would take 40 ms. */
static bool tcp_fast(struct test *test)
{
	unsigned port = (unsigned)atoi(test->server->folder);
	int64_t best = INT64_MAX;
	if (!tcp_connect(&test->mta, port) || !mta_offer(&test->mta, 6, 0x1ff, 0x1fffff))
		return false;
	for (int i = 0; i < 10; i++) {
		int64_t time = end_of_message_time(&test->mta);
		if (time < 0)
			return false;
		best = time < best ? time : best;
	}
	printf("    end of a message with one change over TCP: %lld us\n", (long long)best);
	return best < 30000;
}

static void s58(struct test *test)
{
	char listen[64], script[512];
	struct server server = { 0 };
	unsigned port = free_port();
	snprintf(listen, sizeof(listen), "inet:%u@127.0.0.1", port);
	snprintf(script, sizeof(script), "%s/edits.afsl", server_scripts);
	snprintf(server.folder, sizeof(server.folder), "%u", port);
	server.pid = fork();
	if (server.pid == 0) {
		execl(server_program, server_program, "--foreground", "--listen", listen, "--set",
		      "logLevel=error", script, (char *)NULL);
		_exit(127);
	}
	test->server = &server;
	bool good = tcp_fast(test);
	mta_close(&test->mta);
	int code = server_stop(&server, SIGTERM);
	CHECK(good && code == 0);
}

/* ---- sockets that are handed over ---- */

static int socket_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    listen(fd, 16) == 0)
		return fd;
	return -1;
}

/* What a service manager does before the program that listens. */
static void child_exec_with(int fd, const char *path)
{
	char listen[128], script[512], pid[16];
	snprintf(listen, sizeof(listen), "unix:%s", path);
	snprintf(script, sizeof(script), "%s/probe.afsl", server_scripts);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	if (fd == 3)
		fcntl(fd, F_SETFD, 0);
	else
		dup2(fd, 3);
	execl(server_program, server_program, "--foreground", "--server", server_kind, "--listen",
	      listen, "--set", "logLevel=error", script, (char *)NULL);
	_exit(127);
}

static bool serves_at(struct test *test, const char *path)
{
	bool good = mta_connect(&test->mta, path) && mta_offer(&test->mta, 6, 0x1ff, 0x1fffff) &&
		    mta_until(&test->mta, 'B') && ASK(&test->mta, 'E', "") == 'c';
	mta_close(&test->mta);
	return good;
}

/* The socket outlives the daemon: who connects in between is served by the next one. */
static void handed_over(struct test *test)
{
	struct server server = { 0 };
	char folder[] = "/tmp/afsld-test-XXXXXX", path[64];
	bool served = mkdtemp(folder) != NULL;
	snprintf(path, sizeof(path), "%s/s", folder);
	int fd = socket_at(path);
	for (int round = 0; served && round < 2; round++) {
		server.pid = fork();
		if (server.pid == 0)
			child_exec_with(fd, path);
		served = serves_at(test, path) && server_stop(&server, SIGTERM) == 0;
		served = served && access(path, F_OK) == 0;
	}
	close(fd);
	unlink(path);
	rmdir(folder);
	CHECK(served);
}

const struct statement statements_daemon[] = {
	{ "S-24", "a macro without a value: the daemon serves on", NULL, s24, NULL },
	{ "S-48", "signs of life only while the end of a message waits", NULL, s48, NULL },
	{ "S-50", "sessions beside one that waits", NULL, s50, NULL },
	{ "S-54", "TERM, HUP and INT", NULL, s54, NULL },
	{ "S-55", "running sessions end in peace, up to a limit", NULL, s55, NULL },
	{ "S-56", "a reload: bad scripts change nothing, old sessions keep theirs", NULL, s56,
	  NULL },
	{ "S-57", "addresses that cannot be listened on", NULL, s57, NULL },
	{ "S-58", "no delay over TCP", NULL, s58, NULL },
	{ "D-1", "a dead worker is replaced", NULL, restart, NULL },
	{ "D-3", "sockets that a service manager hands over", NULL, handed_over, NULL },
	{ "D-4", "reload and rollback: sessions keep their program", NULL, d4, NULL },
	{ "D-5", "reload and rollback under load", NULL, d5, NULL },
	{ "D-6", "hostile lines at the control socket", NULL, d6, NULL },
	{ "D-7", "as soon as it listens it can be controlled and ended", NULL, d7, NULL },
	{ "D-2", "the command line and its codes", NULL, command_line, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
