#include "service/process.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/system.h"

enum { NOBODY = 65534 };

static char folder[64];
static struct endpoint items[2];
static int listeners[2];
static struct service_settings settings;
static const struct identity nobody_else = { .change = false };

static void begin(void)
{
	snprintf(folder, sizeof(folder), "/tmp/afsl-process-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	settings = (struct service_settings){ .backlog = 5, .socket_mode = 0600 };
}

static void end(void)
{
	listeners_remove(&settings);
	rmdir(folder);
}

TestSuite(process, .init = begin, .fini = end);

static void only_root(void)
{
	if (geteuid() != 0)
		cr_skip_test("only root becomes somebody else");
}

/* What a process of its own returns: it may become whom it likes. */
static int in_process(int (*what)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(what());
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- user and group ---- */

static int found(const char *user, const char *group, bool foreground, struct identity *identity)
{
	settings.user = user;
	settings.group = group;
	return identity_find(&settings, foreground, identity);
}

Test(process, whom_root_becomes)
{
	struct identity identity;

	only_root();
	cr_assert_eq(found(NULL, NULL, false, &identity), EX_CONFIG, "root serves nobody unasked");
	cr_assert_eq(found(NULL, NULL, true, &identity), EX_OK);
	cr_assert_not(identity.change);
	cr_assert_eq(found("no-such-user", NULL, false, &identity), EX_NOUSER);
	cr_assert_eq(found("nobody", "no-such-group", false, &identity), EX_NOUSER);
	cr_assert_eq(found("nobody", NULL, false, &identity), EX_OK);
	cr_assert(identity.change && identity.user == NOBODY && identity.group == NOBODY);
	cr_assert_eq(found("nobody", "daemon", false, &identity), EX_OK);
	cr_assert(identity.user == NOBODY && identity.group == 1);
	cr_assert_eq(found("root", NULL, false, &identity), EX_OK);
	cr_assert_not(identity.change);
}

static int stranger_becomes(void)
{
	struct identity identity;

	if (setgid(NOBODY) || setuid(NOBODY))
		return 1;
	if (found(NULL, NULL, false, &identity) || identity.change || identity.user != NOBODY)
		return 2;
	if (found("root", NULL, false, &identity) || identity.change)
		return 3; /* a warning, and nothing changes */
	if (found(NULL, "root", false, &identity) || identity.change)
		return 4;
	if (identity_become(&identity) != EX_OK)
		return 5;
	identity = (struct identity){ .change = true, .name = "daemon", .user = 1, .group = 1 };
	return identity_become(&identity) == EX_OSERR ? 0 : 6;
}

Test(process, whoever_is_not_root_stays)
{
	only_root();
	cr_assert_eq(in_process(stranger_becomes), 0);
}

static int root_becomes(void)
{
	struct identity identity;

	if (found("nobody", NULL, false, &identity) || identity_become(&identity))
		return 1;
	return getuid() == NOBODY && getegid() == NOBODY && setuid(0) != 0 ? 0 : 2;
}

static int root_becomes_root(void)
{
	struct identity identity = { .change = true, .name = "root" };

	return identity_become(&identity);
}

Test(process, root_is_left_for_good)
{
	only_root();
	cr_assert_eq(in_process(root_becomes), 0);
	cr_assert_eq(in_process(root_becomes_root), EX_OSERR, "who can come back has not left");
}

/* ---- listeners ---- */

static const char *listen_at(size_t i, const char *name)
{
	static char filled[200];

	snprintf(filled, sizeof(filled), "unix:%s/%s", folder, name);
	cr_assert_null(endpoint_parse(text_of_string(filled, LIFETIME_EVENT), &items[i]), "%s",
		       filled);
	settings.listen = (struct endpoint_list){ items, i + 1 };
	return endpoint_path(&items[i]);
}

Test(process, sockets_are_opened_and_removed)
{
	struct stat status;
	const char *path = listen_at(0, "one");
	struct ip loopback;

	cr_assert(ip_parse(TEXT("127.0.0.1"), &loopback));
	endpoint_of_address(loopback, 0, &items[1]); /* a port that the system chooses */
	settings.listen.count = 2;
	cr_assert_eq(listeners_open(&settings, &nobody_else, listeners), EX_OK);
	cr_assert(listeners[0] >= 0 && listeners[1] >= 0);
	cr_assert_eq(stat(path, &status), 0);
	cr_assert_eq(status.st_mode & 0777, 0600);
	listeners_close(&settings, listeners);
	cr_assert(listeners[0] < 0 && listeners[1] < 0);
	listeners_close(&settings, listeners);
	listeners_remove(&settings);
	cr_assert_neq(stat(path, &status), 0);
}

Test(process, a_socket_is_given_to_whom_root_becomes)
{
	struct identity identity = { .change = true, .name = "nobody", .user = NOBODY, .group = 1 };
	struct stat status;
	const char *path = listen_at(0, "one");

	only_root();
	cr_assert_eq(listeners_open(&settings, &identity, listeners), EX_OK);
	cr_assert_eq(stat(path, &status), 0);
	cr_assert(status.st_uid == NOBODY && status.st_gid == 1);
	listeners_close(&settings, listeners);
}

Test(process, one_that_cannot_listen_leaves_nothing_behind)
{
	struct stat status;
	int other[1];
	const char *path = listen_at(0, "two");

	cr_assert_eq(listeners_open(&settings, &nobody_else, other), EX_OK);
	listen_at(1, "two");
	path = listen_at(0, "one");
	settings.listen.count = 2;
	cr_assert_eq(listeners_open(&settings, &nobody_else, listeners), EX_UNAVAILABLE);
	cr_assert(listeners[0] < 0 && listeners[1] < 0);
	cr_assert_neq(stat(path, &status), 0, "what was opened is removed");
	cr_assert_eq(stat(endpoint_path(&items[1]), &status), 0, "another's socket stays");
	close(other[0]);
	listen_at(1, "none/two");
	cr_assert_eq(listeners_open(&settings, &nobody_else, listeners), EX_OSERR);
	system_fail(SYSTEM_SOCKET, (struct system_fault){ 1, EACCES, false });
	cr_assert_eq(listeners_open(&settings, &nobody_else, listeners), EX_NOPERM);
	system_fail(SYSTEM_SOCKET, (struct system_fault){ 1, EPERM, false });
	cr_assert_eq(listeners_open(&settings, &nobody_else, listeners), EX_NOPERM);
	system_fail(SYSTEM_SOCKET, (struct system_fault){ 0 });
	listen_at(0, "two");
}

/* ---- pid file ---- */

Test(process, one_pid_file_one_daemon)
{
	char path[96], link[96], said[32] = "";
	int fd, second;

	cr_assert_eq(pid_file_open(NULL, &fd), EX_OK);
	cr_assert_eq(fd, -1);
	pid_file_write(fd);
	cr_assert_eq(pid_file_open(folder, &fd), EX_CANTCREAT);
	snprintf(path, sizeof(path), "%s/pid", folder);
	snprintf(link, sizeof(link), "%s/link", folder);
	cr_assert_eq(pid_file_open(path, &fd), EX_OK);
	cr_assert_eq(pid_file_open(path, &second), EX_UNAVAILABLE);
	cr_assert_eq(second, -1);
	cr_assert_eq(symlink("pid", link), 0);
	cr_assert_eq(pid_file_open(link, &second), EX_CANTCREAT, "it follows nobody's link");
	cr_assert_eq(write(fd, "123456789012\n", 13), 13);
	pid_file_write(fd);
	cr_assert_gt(pread(fd, said, sizeof(said) - 1, 0), 0);
	cr_assert_eq(atol(said), (long)getpid());
	cr_assert_eq(strlen(said), strcspn(said, "\n") + 1, "nothing of before is left");
	system_fail(SYSTEM_WRITE, (struct system_fault){ 1, ENOSPC, false });
	pid_file_write(fd); /* a warning */
	system_fail(SYSTEM_WRITE, (struct system_fault){ 0 });
	cr_assert_eq(pread(fd, said, sizeof(said), 0), 0);
	close(fd);
	unlink(path);
	unlink(link);
}

/* ---- background ---- */

static int told[2];

static int goes_to_the_background(void)
{
	char where[8] = "", line[64];

	if (background_enter() != EX_OK || !getcwd(where, sizeof(where)))
		return 1;
	int length = snprintf(line, sizeof(line), "%s %d %d", where, getsid(0) == getpid(),
			      isatty(STDOUT_FILENO) || lseek(STDOUT_FILENO, 0, SEEK_CUR) < 0);
	return write(told[1], line, (size_t)length) != length;
}

Test(process, a_daemon_leaves_terminal_folder_and_session)
{
	char line[64] = "";

	cr_assert_eq(pipe(told), 0);
	cr_assert_eq(in_process(goes_to_the_background), EX_OK);
	close(told[1]);
	cr_assert_gt(read(told[0], line, sizeof(line) - 1), 0);
	cr_assert_str_eq(line, "/ 1 0");
	close(told[0]);
}

Test(process, no_way_into_the_background)
{
	system_fail(SYSTEM_OPEN, (struct system_fault){ 1, EMFILE, false });
	cr_assert_eq(background_enter(), EX_OSERR);
	system_fail(SYSTEM_OPEN, (struct system_fault){ 0 });
	system_fail(SYSTEM_FORK, (struct system_fault){ 1, EAGAIN, false });
	cr_assert_eq(background_enter(), EX_OSERR);
	system_fail(SYSTEM_FORK, (struct system_fault){ 0 });
}
