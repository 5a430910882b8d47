/* Each test is a process of its own, which the sandbox binds for good. */
#include "service/sandbox.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

/* valgrind knows no Landlock, and dies of what seccomp refuses. */
#ifdef UNDER_VALGRIND
TestSuite(sandbox, .init = begin, .fini = end, .disabled = true);
#else
TestSuite(sandbox, .init = begin, .fini = end);
#endif

Test(sandbox, no_other_program_runs)
{
	char name[] = "true", *const arguments[] = { name, NULL };
	struct sandbox sandbox = sandbox_enter(NULL);

	if (!sandbox.calls && !sandbox.files)
		cr_skip_test("the kernel has neither");
	cr_expect_eq(execv("/bin/true", arguments), -1);
	cr_expect(errno == EPERM || errno == EACCES);
}

Test(sandbox, no_trace_no_mount_no_module)
{
	if (!sandbox_enter(NULL).calls)
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

	sandbox_enter(NULL);
	cr_expect_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	int fd = open("/etc/passwd", O_RDONLY);
	cr_expect_geq(fd, 0);
	cr_expect_gt(getpid(), 0);
}

Test(sandbox, files_are_written_in_the_folder_for_temporary_files_alone)
{
	char inside[64], outside[] = "/var/tmp/test-sandbox-outside";

	setenv("TMPDIR", folder, 1);
	if (!sandbox_enter(NULL).files)
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
	if (!sandbox_enter(folder).files)
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
			struct sandbox sandbox = sandbox_enter(folder);
			_exit(sandbox.failed && !sandbox.files ? 1 : sandbox.files ? 2 : 0);
		}
		cr_assert_eq(waitpid(child, &status, 0), child);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			cr_skip_test("no Landlock here");
		cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 1, "open %lu: %d", nth,
			  status);
	}
}
