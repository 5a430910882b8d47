#include "service/control.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/system.h"
#include "base/wait.h"

static const struct identity nobody_else = { .change = false };
static char folder[64], path[96], asked[256];
static struct service_settings settings;
static struct control *control;
static struct control_client *waiting; /* asked, and not answered yet */

static void take_request(void *argument, struct control_client *client, const char *line)
{
	cr_assert_eq(argument, &settings);
	snprintf(asked, sizeof(asked), "%s", line);
	waiting = client;
}

static void begin(void)
{
	snprintf(folder, sizeof(folder), "/tmp/afsl-control-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/control", folder);
	settings = (struct service_settings){ .control = path };
}

static void end(void)
{
	control_free(control);
	control_remove(&settings);
	rmdir(folder);
}

TestSuite(control, .init = begin, .fini = end);

static void serve(void)
{
	int fd;

	cr_assert_eq(control_open(&settings, &nobody_else, &fd), EX_OK);
	control = control_new(fd, take_request, &settings);
	cr_assert_not_null(control);
}

static int try_connect(void)
{
	char name[128];
	struct endpoint endpoint;
	int fd = system_socket(AF_UNIX, SOCK_STREAM);

	snprintf(name, sizeof(name), "unix:%s", path);
	if (endpoint_parse(text_of_string(name, LIFETIME_EVENT), &endpoint) ||
	    system_connect(fd, (struct sockaddr *)&endpoint.address, endpoint.length) != 0)
		return -1;
	return fd;
}

static int connected(void)
{
	int fd = try_connect();

	cr_assert_geq(fd, 0);
	return fd;
}

/* As long as something is to be done at once. */
static void turns(void)
{
	struct pollfd set[CONTROL_POLLS];

	for (int i = 0; i < 1000; i++) {
		nfds_t count = control_poll(control, set);
		if (poll(set, count, 0) <= 0)
			return;
		control_turn(control, set, count);
	}
}

static int asks(const char *line)
{
	int fd = connected();

	turns();
	cr_assert_eq(write(fd, line, strlen(line)), (ssize_t)strlen(line));
	turns();
	return fd;
}

/* All that is said until the other side closes, or has no more for now. */
static const char *heard(int fd)
{
	static char said[512];
	ssize_t got, length = 0;

	while ((got = read(fd, said + length, sizeof(said) - 1 - (size_t)length)) > 0)
		length += got;
	said[length] = '\0';
	close(fd);
	return said;
}

/* ---- its socket ---- */

static int opened(void)
{
	int fd, code = control_open(&settings, &nobody_else, &fd);

	if (fd >= 0)
		close(fd);
	return code;
}

Test(control, none_is_wished_for)
{
	int fd;

	settings.control = NULL;
	cr_assert_eq(control_open(&settings, &nobody_else, &fd), EX_OK);
	cr_assert_eq(fd, -1);
	control_remove(&settings);
}

Test(control, names_that_are_no_socket)
{
	static char long_name[400];

	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[0] = '/';
	settings.control = long_name;
	cr_assert_eq(opened(), EX_CONFIG);
	long_name[150] = '\0'; /* a path, but longer than an address holds */
	cr_assert_eq(opened(), EX_CONFIG);
	settings.control = "/proc/self/no-such-folder/control";
	cr_assert_neq(opened(), EX_OK);
	settings.control = NULL;
}

Test(control, somebody_listens_there)
{
	serve();
	cr_assert_eq(opened(), EX_UNAVAILABLE);
}

Test(control, a_folder_that_is_not_there)
{
	char other[128];

	snprintf(other, sizeof(other), "%s/none/control", folder);
	settings.control = other;
	cr_assert_eq(opened(), EX_CANTCREAT);
	settings.control = path;
}

Test(control, nobody_else_can_open_it_unless_a_group_is_named)
{
	struct stat status;

	serve();
	cr_assert_eq(stat(path, &status), 0);
	cr_assert_eq(status.st_mode & 0777, 0600);
	control_free(control);
	control_remove(&settings);
	settings.control_group = "no-such-group";
	cr_assert_eq(opened(), EX_NOUSER);
	cr_assert_neq(stat(path, &status), 0, "a socket that nobody serves");
	control = NULL;
	const struct group *own = getgrgid(getegid());
	if (!own)
		return;
	settings.control_group = own->gr_name;
	serve();
	cr_assert_eq(stat(path, &status), 0);
	cr_assert_eq(status.st_mode & 0777, 0660);
	cr_assert_eq(status.st_gid, getegid());
}

/* ---- questions and answers ---- */

Test(control, a_question_is_answered_when_there_is_an_answer)
{
	char none;

	serve();
	int fd = asks("status\n");
	cr_assert_str_eq(asked, "status");
	cr_assert_eq(control_deadline(control), INT64_MAX, "it waits for us");
	cr_assert_eq(recv(fd, &none, 1, MSG_DONTWAIT), -1);
	control_answer(waiting, EX_OK, TEXT("fine\n"));
	cr_assert_lt(control_deadline(control), INT64_MAX);
	turns();
	cr_assert_str_eq(heard(fd), "ok\nfine\n");
	fd = asks("reload\n");
	control_answer(waiting, EX_DATAERR, TEXT("line 1: no\n"));
	turns();
	cr_assert_str_eq(heard(fd), "failed 65\nline 1: no\n");
	cr_assert_eq(control_deadline(control), INT64_MAX);
}

Test(control, a_question_may_come_in_pieces)
{
	serve();
	int fd = asks("sta");
	cr_assert_str_eq(asked, "");
	cr_assert_eq(write(fd, "tus\n", 4), 4);
	turns();
	cr_assert_str_eq(asked, "status");
	close(fd);
}

Test(control, what_is_no_text_is_no_question)
{
	serve();
	snprintf(asked, sizeof(asked), "nothing");
	int fd = asks("stop\x1b\n");
	cr_assert_str_eq(asked, "");
	close(fd);
	fd = asks("st\xe9p\n");
	cr_assert_str_eq(asked, "");
	close(fd);
}

Test(control, a_line_without_an_end_is_refused)
{
	char endless[200];

	serve();
	memset(endless, 'a', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	cr_assert_str_eq(heard(asks(endless)), "failed 64\nthe line is too long\n");
	cr_assert_str_eq(asked, "");
}

Test(control, who_goes_makes_room)
{
	int fds[CONTROL_CLIENTS_MAX + 1];
	struct pollfd set[CONTROL_POLLS];

	serve();
	for (size_t i = 0; i <= CONTROL_CLIENTS_MAX; i++) {
		fds[i] = connected();
		turns();
	}
	cr_assert_eq(control_poll(control, set), CONTROL_CLIENTS_MAX, "the last one waits");
	close(fds[0]);
	turns();
	cr_assert_eq(write(fds[CONTROL_CLIENTS_MAX], "status\n", 7), 7);
	turns();
	cr_assert_str_eq(asked, "status");
	control_answer(waiting, EX_OK, TEXT_EMPTY);
	turns();
	cr_assert_str_eq(heard(fds[CONTROL_CLIENTS_MAX]), "ok\n");
	for (size_t i = 1; i < CONTROL_CLIENTS_MAX; i++)
		close(fds[i]);
}

Test(control, who_has_gone_hears_nothing)
{
	struct pollfd set[CONTROL_POLLS];

	serve();
	close(asks("status\n"));
	control_answer(waiting, EX_OK, TEXT("fine\n"));
	turns();
	cr_assert_eq(control_poll(control, set), 1, "only the socket is left");
}

Test(control, calls_that_fail_end_one_client_alone)
{
	struct pollfd set[CONTROL_POLLS];

	serve();
	int fd = connected();
	system_fail(SYSTEM_ACCEPT, (struct system_fault){ 1, EMFILE, false });
	nfds_t count = control_poll(control, set);
	cr_assert_eq(poll(set, count, 0), 1);
	control_turn(control, set, count);
	cr_assert_eq(control_poll(control, set), 1, "it is still in the backlog");
	turns();
	system_fail(SYSTEM_RECEIVE, (struct system_fault){ 1, EAGAIN, false });
	cr_assert_eq(write(fd, "status\n", 7), 7);
	turns();
	cr_assert_str_eq(asked, "status", "it was asked again");
	system_fail(SYSTEM_SEND, (struct system_fault){ 1, EAGAIN, false });
	control_answer(waiting, EX_OK, TEXT("fine\n"));
	turns();
	cr_assert_str_eq(heard(fd), "ok\nfine\n");
	fd = asks("status\n");
	system_fail(SYSTEM_SEND, (struct system_fault){ 1, EPIPE, false });
	control_answer(waiting, EX_OK, TEXT("fine\n"));
	turns();
	cr_assert_str_eq(heard(fd), "");
	for (int i = 0; i < SYSTEM_CALL_COUNT; i++)
		system_fail((enum system_call)i, (struct system_fault){ 0 });
}

Test(control, a_long_answer_goes_as_the_client_takes_it)
{
	static char bytes[1 << 20];
	size_t got = 0;
	ssize_t piece;

	serve();
	memset(bytes, 'x', sizeof(bytes));
	int fd = asks("history\n");
	control_answer(waiting, EX_OK, text_of(bytes, sizeof(bytes), LIFETIME_EVENT));
	do {
		turns();
		piece = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		got += piece > 0 ? (size_t)piece : 0;
	} while (piece > 0);
	cr_assert_eq(got, sizeof(bytes) + 3);
	close(fd);
}

Test(control, half_an_answer_is_none)
{
	static char bytes[100000];

	serve();
	memset(bytes, 'x', sizeof(bytes));
	for (unsigned long n = 1; n <= 2; n++) {
		int fd = asks("history\n");
		memory_fail_at(n, true);
		control_answer(waiting, EX_OK, text_of(bytes, sizeof(bytes), LIFETIME_EVENT));
		bool struck = memory_count() >= n;
		memory_fail_at(0, false);
		turns();
		cr_assert(struck);
		cr_assert_str_eq(heard(fd), "");
	}
}

/* Five seconds each to ask and to take the answer; this test takes them both at once. */
Test(control, who_is_silent_is_not_waited_for, .timeout = 300)
{
	struct pollfd set[CONTROL_POLLS];

	serve();
	int silent = connected();
	turns();
	int deaf = asks("status\n");
	control_answer(waiting, EX_OK, TEXT("fine\n"));
	int64_t deadline = control_deadline(control);
	cr_assert_gt(deadline, clock_monotonic());
	control_turn(control, set, 0);
	cr_assert_eq(control_poll(control, set), 3);
	while (clock_monotonic() < deadline + 1000000)
		usleep(50000);
	control_turn(control, set, 0);
	cr_assert_eq(control_poll(control, set), 1);
	cr_assert_str_eq(heard(silent), "");
	cr_assert_str_eq(heard(deaf), "");
}

Test(control, what_was_answered_last_still_leaves)
{
	serve();
	int fd = asks("stop\n");
	int other = connected();
	turns();
	control_answer(waiting, EX_OK, TEXT("bye\n"));
	control_free(control);
	control = NULL;
	cr_assert_str_eq(heard(fd), "ok\nbye\n");
	cr_assert_str_eq(heard(other), "");
	control_forget(NULL);
}

/* ---- who may ask ---- */

/* What somebody hears who is root no more, with these groups beside that of nobody. */
static const char *heard_by_a_stranger(const gid_t *groups, size_t count)
{
	static char said[512];
	int ends[2], status;

	cr_assert_eq(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		if (setgroups(count, groups) || setgid(65534) || setuid(65534))
			_exit(1);
		int fd = try_connect();
		ssize_t got = write(fd, "status\n", 7);
		struct pollfd answer = { fd, POLLIN, 0 };
		poll(&answer, 1, 10000);
		got = read(fd, said, sizeof(said));
		_exit(got < 0 || write(ends[1], said, (size_t)got) != got);
	}
	close(ends[1]);
	*asked = '\0';
	while (waitpid(child, &status, WNOHANG) == 0) {
		turns();
		if (*asked)
			control_answer(waiting, EX_OK, TEXT("fine\n"));
		*asked = '\0';
		usleep(1000);
	}
	cr_assert_eq(status, 0);
	return heard(ends[0]);
}

Test(control, only_its_group_may_ask)
{
	static const gid_t groups[] = { 12, 7 };

	if (geteuid() != 0)
		cr_skip_test("only root becomes somebody else");
	serve();
	cr_assert_eq(chmod(folder, 0755), 0);
	cr_assert_eq(chown(path, 0, 7), 0);
	cr_assert_eq(chmod(path, 0666), 0);
	cr_assert_str_eq(heard_by_a_stranger(groups, 0), "failed 77\nthis is not for you\n");
	cr_assert_str_eq(heard_by_a_stranger(groups, 1), "failed 77\nthis is not for you\n");
	cr_assert_str_eq(heard_by_a_stranger(groups, 2), "ok\nfine\n");
	cr_assert_eq(chown(path, 0, 65534), 0);
	cr_assert_str_eq(heard_by_a_stranger(groups, 0), "ok\nfine\n");
}
