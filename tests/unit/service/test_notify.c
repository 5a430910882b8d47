#include "service/notify.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/wait.h"

static int manager;

/* A service manager that listens outside of the file system. */
static void begin(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "test-notify-%ld",
			      (long)getpid());
	char name[64] = "@";

	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	cr_assert_eq(bind(manager, (struct sockaddr *)&address,
			  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)),
		     0);
	snprintf(name + 1, sizeof(name) - 1, "%.60s", address.sun_path + 1);
	setenv("NOTIFY_SOCKET", name, 1);
}

static void end(void)
{
	close(manager);
}

static const char *heard(void)
{
	static char said[512];
	ssize_t length = recv(manager, said, sizeof(said) - 1, 0);

	said[length < 0 ? 0 : length] = '\0';
	return said;
}

TestSuite(notify, .init = begin, .fini = end);

Test(notify, says_how_it_stands)
{
	notify_begin();
	cr_expect_null(getenv("NOTIFY_SOCKET"));
	notify_ready();
	cr_expect_str_eq(heard(), "READY=1");
	notify_reloading();
	cr_expect(strncmp(heard(), "RELOADING=1\nMONOTONIC_USEC=", 27) == 0);
	notify_status("%d sessions", 3);
	cr_expect_str_eq(heard(), "STATUS=3 sessions");
	notify_stopping();
	cr_expect_str_eq(heard(), "STOPPING=1");
	cr_expect_eq(notify_alive(), INT64_MAX);
	cr_expect_str_eq(heard(), "");
}

Test(notify, shows_that_it_lives_twice_in_the_time)
{
	setenv("WATCHDOG_USEC", "1000000", 1);
	notify_begin();
	int64_t now = clock_monotonic(), next = notify_alive();
	cr_expect_str_eq(heard(), "WATCHDOG=1");
	cr_expect(next - now >= 500000 && next - now < 1500000);
	notify_alive();
	cr_expect_str_eq(heard(), "");
}

Test(notify, another_process_is_watched)
{
	setenv("WATCHDOG_USEC", "1000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	notify_begin();
	cr_expect_eq(notify_alive(), INT64_MAX);
}

Test(notify, nobody_listens)
{
	setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	notify_begin();
	notify_ready();
	setenv("NOTIFY_SOCKET", "relative", 1);
	notify_begin();
	notify_ready();
	cr_expect_str_eq(heard(), "");
}
