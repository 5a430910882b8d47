/* Each test is a process of its own, which the sandbox binds for good. */
#include "service/sandbox.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/system.h"

static char folder[] = "/tmp/test-sandbox-XXXXXX";

static void begin(void)
{
	cr_assert_not_null(mkdtemp(folder));
}

static void end(void)
{
	rmdir(folder);
}

static const struct ports any_port;

static struct sandbox enter(const char *stores)
{
	struct sandbox_room room = { .stores = stores, .ports = &any_port };

	return sandbox_enter(&room);
}

/* valgrind knows no Landlock, and dies of what seccomp refuses. */
#ifdef UNDER_VALGRIND
TestSuite(sandbox, .init = begin, .fini = end, .disabled = true);
#else
TestSuite(sandbox, .init = begin, .fini = end);
#endif

Test(sandbox, no_other_program_runs)
{
	char name[] = "true", *const arguments[] = { name, NULL };
	struct sandbox sandbox = enter(NULL);

	if (!sandbox.calls && !sandbox.files)
		cr_skip_test("the kernel has neither");
	cr_expect_eq(execv("/bin/true", arguments), -1);
	cr_expect(errno == EPERM || errno == EACCES);
}

Test(sandbox, no_trace_no_mount_no_module)
{
	if (!enter(NULL).calls)
		cr_skip_test("no seccomp here");
	static const long calls[] = { SYS_ptrace,  SYS_mount,	       SYS_init_module, SYS_bpf,
				      SYS_unshare, SYS_io_uring_setup, SYS_kexec_load };
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		errno = 0;
		cr_expect_eq(syscall(calls[i], 0, 0, 0, 0, 0, 0), -1);
		cr_expect_eq(errno, EPERM, "call %ld: %d", calls[i], errno);
	}
	/* numbers of the x32 set lead nowhere either */
	errno = 0;
	cr_expect_eq(syscall(0x40000000L + SYS_getpid), -1);
	cr_expect_eq(errno, EPERM);
}

Test(sandbox, what_a_filter_needs_works)
{
	int pair[2];

	enter(NULL);
	cr_expect_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	int fd = open("/etc/passwd", O_RDONLY);
	cr_expect_geq(fd, 0);
	cr_expect_gt(getpid(), 0);
}

Test(sandbox, files_are_written_in_the_folder_for_temporary_files_alone)
{
	char inside[64], outside[] = "/var/tmp/test-sandbox-outside";

	setenv("TMPDIR", folder, 1);
	if (!enter(NULL).files)
		cr_skip_test("no Landlock here");
	snprintf(inside, sizeof(inside), "%s/spool", folder);
	int fd = open(inside, O_RDWR | O_CREAT | O_EXCL, 0600);
	cr_expect_geq(fd, 0);
	cr_expect_eq(write(fd, "x", 1), 1);
	cr_expect_eq(unlink(inside), 0);
	cr_expect_eq(open(outside, O_RDWR | O_CREAT, 0600), -1);
	cr_expect_eq(errno, EACCES);
	cr_expect_eq(open("/etc/passwd", O_WRONLY), -1);
	cr_expect_eq(mkdir("/var/tmp/test-sandbox-folder", 0700), -1);
	cr_expect_geq(open("/dev/null", O_WRONLY), 0);
}

Test(sandbox, stores_are_written_in_their_folder)
{
	char inside[64];

	setenv("TMPDIR", "/nowhere", 1);
	if (!enter(folder).files)
		cr_skip_test("no Landlock here");
	snprintf(inside, sizeof(inside), "%s/store", folder);
	cr_expect_geq(open(inside, O_RDWR | O_CREAT, 0600), 0);
	cr_expect_eq(unlink(inside), 0);
	cr_expect_eq(open("/var/tmp/test-sandbox-outside", O_RDWR | O_CREAT, 0600), -1);
}

/* A worker that began so would refuse every long message for as long as it lives. */
Test(sandbox, without_descriptors_it_says_that_it_is_not_whole)
{
	for (unsigned long nth = 1; nth <= 3; nth++) {
		int status;
		pid_t child = fork();

		if (child == 0) {
			system_fail(SYSTEM_OPEN, (struct system_fault){ nth, EMFILE, false });
			struct sandbox sandbox = enter(folder);
			_exit(sandbox.failed && !sandbox.files ? 1 : sandbox.files ? 2 : 0);
		}
		cr_assert_eq(waitpid(child, &status, 0), child);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			cr_skip_test("no Landlock here");
		cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 1, "open %lu: %d", nth,
			  status);
	}
}

/* ---- ports ---- */

enum { CLOSED, OPEN, WOKEN, LISTENERS };
static struct sockaddr_in listeners[LISTENERS];

/* On free ports; all of them before the sandbox. */
static void listen_everywhere(void)
{
	for (int i = 0; i < LISTENERS; i++) {
		socklen_t length = sizeof(listeners[i]);
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		listeners[i] = (struct sockaddr_in){ .sin_family = AF_INET };
		listeners[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		cr_assert_eq(bind(fd, (struct sockaddr *)&listeners[i], length), 0);
		cr_assert_eq(listen(fd, 8), 0);
		getsockname(fd, (struct sockaddr *)&listeners[i], &length);
	}
}

/* 0, or errno. */
static int connect_to(int listener, int protocol)
{
	int fd = socket(AF_INET, SOCK_STREAM, protocol);

	if (fd < 0)
		return errno;
	return connect(fd, (struct sockaddr *)&listeners[listener], sizeof(listeners[0])) ? errno
											  : 0;
}

static struct sandbox bounded_enter(bool listens)
{
	struct ports ports = { .bounded = true };
	struct sandbox_room room = { .ports = &ports, .listens = listens };

	listen_everywhere();
	ports_add(&ports, ntohs(listeners[OPEN].sin_port));
	ports_add(&ports, ntohs(listeners[WOKEN].sin_port));
	return sandbox_enter(&room);
}

static int bind_at(int family, const void *address, socklen_t length)
{
	int fd = socket(family, SOCK_STREAM, 0);

	cr_assert_geq(fd, 0);
	return bind(fd, address, length) ? errno : 0;
}

Test(sandbox, tcp_connects_to_the_given_ports_alone)
{
	if (!bounded_enter(false).ports)
		cr_skip_test("Landlock has no ports here");
	cr_expect_eq(connect_to(OPEN, 0), 0);
	cr_expect_eq(connect_to(WOKEN, IPPROTO_TCP), 0);
	cr_expect_eq(connect_to(CLOSED, 0), EACCES);
	cr_expect_eq(connect_to(CLOSED, IPPROTO_TCP), EACCES);
}

Test(sandbox, without_a_bound_tcp_connects_anywhere)
{
	listen_everywhere();
	enter(NULL);
	cr_expect_eq(connect_to(CLOSED, 0), 0);
}

Test(sandbox, no_port_of_tcp_is_bound_or_listened_at)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	struct sandbox sandbox = enter(NULL);

	if (!sandbox.ports || !sandbox.calls)
		cr_skip_test("not both are here");
	cr_expect_eq(bind_at(AF_INET, &any, sizeof(any)), EACCES);
	/* the kernel would choose a port */
	cr_expect_eq(listen(socket(AF_INET, SOCK_STREAM, 0), 5), -1);
	cr_expect_eq(errno, EPERM);
}

/* As libmilter's worker does. */
Test(sandbox, unix_sockets_are_listened_at_by_who_needs_it)
{
	sa_family_t unnamed = AF_UNIX;
	int fd;

	bounded_enter(true);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	cr_expect_eq(bind(fd, (struct sockaddr *)&unnamed, sizeof(unnamed)), 0);
	cr_expect_eq(listen(fd, 5), 0);
}

/* Landlock sees neither: seccomp does. */
Test(sandbox, no_way_leads_around_the_ports)
{
	char octet = 0;
	struct iovec byte = { .iov_base = &octet, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1 };
	struct mmsghdr messages;
	int fd;

	if (!bounded_enter(false).calls)
		cr_skip_test("no seccomp here");
	message.msg_name = &listeners[CLOSED];
	message.msg_namelen = sizeof(listeners[CLOSED]);
	messages = (struct mmsghdr){ .msg_hdr = message };
	fd = socket(AF_INET, SOCK_STREAM, 0);
	cr_expect_eq(sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, message.msg_name,
			    message.msg_namelen),
		     -1);
	cr_expect_eq(errno, EPERM);
	cr_expect_eq(sendmsg(fd, &message, MSG_FASTOPEN), -1);
	cr_expect_eq(errno, EPERM);
	cr_expect_eq(sendmmsg(fd, &messages, 1, MSG_FASTOPEN), -1);
	cr_expect_eq(errno, EPERM);
	cr_expect_eq(connect_to(CLOSED, IPPROTO_MPTCP), EPERM);
	cr_expect_eq(connect_to(CLOSED, IPPROTO_SCTP), EPERM);
	cr_expect_eq(socket(AF_INET, SOCK_SEQPACKET, 0), -1);
	cr_expect_eq(errno, EPERM);
	cr_expect_eq(socket(AF_INET6, SOCK_RAW, IPPROTO_TCP), -1);
	cr_expect_eq(errno, EPERM);
	cr_expect_eq(socket(AF_VSOCK, SOCK_STREAM, 0), -1);
	cr_expect_eq(errno, EPERM);
}

Test(sandbox, names_are_asked_and_lines_are_logged)
{
	static const struct {
		int family, type;
	} needed[] = { { AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK },
		       { AF_INET6, SOCK_DGRAM },
		       { AF_INET6, SOCK_STREAM | SOCK_CLOEXEC },
		       { AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC },
		       { AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC } };
	int pair[2];

	bounded_enter(false);
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		cr_expect_geq(socket(needed[i].family, needed[i].type, 0), 0, "%zu", i);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	cr_expect_eq(send(pair[0], "x", 1, MSG_NOSIGNAL), 1);
}

/* A kernel before Landlock's ABI 4 knows the first field alone: this one is made to answer so. */
Test(sandbox, an_older_kernel_bounds_files_alone)
{
	static const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 8, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | E2BIG),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), (struct sock_filter *)code };
	struct sandbox sandbox;

	cr_assert_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	cr_assert_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0), 0);
	sandbox = bounded_enter(false);
	if (!sandbox.files)
		cr_skip_test("no Landlock here");
	cr_expect(!sandbox.ports && !sandbox.failed);
	cr_expect_eq(open("/var/tmp/test-sandbox-outside", O_RDWR | O_CREAT, 0600), -1);
	cr_expect_eq(connect_to(CLOSED, 0), 0, "the kernel lets it");
	/* our own code does not */
	struct endpoint endpoint;
	cr_assert(endpoint_of((struct sockaddr *)&listeners[CLOSED], sizeof(listeners[0]),
			      &endpoint));
	cr_expect_eq(socket_connect(&endpoint), SOCKET_ERROR);
	cr_expect_eq(errno, EACCES);
}
