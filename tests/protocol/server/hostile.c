#include "statements.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void pause_ms(long milliseconds)
{
	struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };
	nanosleep(&time, NULL);
}

static void s07(struct test *test)
{
	CHECK(test_connect(test, &test->mta));
	CHECK(SAY(&test->mta, 'C', "host\0U"));
	CHECK(mta_hear_within(&test->mta, 200) == '?');
	CHECK(test_serves(test));
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'H'));
	CHECK(SAY(&test->mta, 'O', "\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff"));
	CHECK(mta_hear_within(&test->mta, 200) == '?');
	CHECK(test_serves(test));
}

static void s21(struct test *test)
{
	static const char lengths[][4] = { { 0, 0, 0, 0 },
					   { '\xff', '\xff', '\xff', '\xff' },
					   { '\x7f', '\xff', '\xff', '\xff' } };
	pid_t worker = server_worker(test->server);
	for (int i = 0; i < 3; i++) {
		OPEN(&test->mta);
		long before = process_status(worker, "VmRSS:");
		CHECK(mta_write(&test->mta, lengths[i], 4));
		mta_write(&test->mta, "Hx", 2);
		mta_hear_within(&test->mta, 200);
		CHECK(process_status(worker, "VmRSS:") < before + 20000);
		CHECK(test_serves(test));
	}
	CHECK(server_worker(test->server) == worker);
}

static void s22(struct test *test)
{
	static const char letters[] = "ZlfX\x01\x1f"
				      "ary4tp";
	for (const char *letter = letters; *letter; letter++) {
		OPEN(&test->mta);
		CHECK(mta_send(&test->mta, *letter, "x\0", 2));
		CHECK(mta_hear_within(&test->mta, 20000) == 0);
	}
	CHECK(test_serves(test));
}

static void s23(struct test *test)
{
	OPEN(&test->mta);
	CHECK(SAY(&test->mta, 'D', "C") && SAY(&test->mta, 'D', "L") &&
	      SAY(&test->mta, 'D', "Bx\0y\0") && SAY(&test->mta, 'D', "Zx\0y\0") &&
	      SAY(&test->mta, 'D', "cx\0y\0") && SAY(&test->mta, 'D', "Cnonul"));
	CHECK(mta_until(&test->mta, 'B'));
	CHECK(SAY(&test->mta, 'D', "") && mta_hear(&test->mta) == 0);
	CHECK(test_serves(test));
}

static void s29(struct test *test)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'B'));
	CHECK(mta_write(&test->mta,
			"\0\0\0\x10"
			"Bhalf",
			9));
	CHECK(shutdown(test->mta.fd, SHUT_WR) == 0);
	CHECK(mta_hear(&test->mta) == 0);
	CHECK(test_serves(test));
}

static void end_everywhere(struct test *test, bool quit, bool reset)
{
	static const char lasts[] = "CHMRTLNB";
	for (const char *last = lasts; *last; last++) {
		OPEN(&test->mta);
		CHECK(mta_until(&test->mta, *last));
		if (quit)
			CHECK(SAY(&test->mta, 'Q', "") && mta_hear(&test->mta) == 0);
		struct linger now = { 1, 0 };
		if (reset)
			setsockopt(test->mta.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		mta_close(&test->mta);
	}
	CHECK(test_serves(test));
}

/* The script hears of the end of the session. */
static void end_is_told(struct test *test, bool quit)
{
	OPEN(&test->mta);
	CHECK(mta_until(&test->mta, 'B'));
	CHECK(ASK(&test->mta, 'M', "<a@b>\0") == 'c' && ASK(&test->mta, 'M', "<a@b>\0") == 'c');
	CHECK(!quit || SAY(&test->mta, 'Q', ""));
	mta_close(&test->mta);
	CHECK(server_logged(test->server, "gone after 3 mails"));
}

static void s33(struct test *test)
{
	end_is_told(test, true);
	if (!test->failed)
		end_everywhere(test, true, false);
}

static void s34(struct test *test)
{
	end_is_told(test, false);
	if (!test->failed)
		end_everywhere(test, false, false);
	end_everywhere(test, false, true);
}

static int descriptors_of(pid_t pid)
{
	char command[64];
	int count = -1;
	snprintf(command, sizeof(command), "ls /proc/%d/fd | wc -l", (int)pid);
	FILE *pipe = popen(command, "r");
	if (!pipe)
		return -1;
	if (fscanf(pipe, "%d", &count) != 1)
		count = -1;
	pclose(pipe);
	return count;
}

static void s49(struct test *test)
{
	static struct mta idle[200];
	pid_t worker = server_worker(test->server);
	/* It listens before it has compiled and opened what it serves with. */
	bool opened = test_serves(test);
	int before = descriptors_of(worker);
	for (int i = 0; i < 200; i++) {
		idle[i].fd = -1;
		opened = opened && test_open(test, &idle[i]);
	}
	/* Packets that come in pieces hold a thread each until they are complete. */
	for (int i = 0; i < 300 && process_status(worker, "Threads:") >= 16; i++)
		pause_ms(10);
	long threads = process_status(worker, "Threads:");
	bool served = opened && test_serves(test);
	for (int i = 0; i < 200; i++)
		mta_close(&idle[i]);
	CHECK(served);
	CHECK(threads < 16);
	for (int i = 0; i < 1500 && descriptors_of(worker) > before + 2; i++)
		pause_ms(10);
	CHECK(descriptors_of(worker) <= before + 2);
}

static void s51(struct test *test)
{
	/* readTimeout is 1 s here. */
	OPEN(&test->mta);
	CHECK(mta_write(&test->mta, "\0\0\0", 3));
	CHECK(test_serves(test));
	CHECK(mta_hear_within(&test->mta, 20000) == 0);
	CHECK(test_serves(test));
}

static void s52(struct test *test)
{
	OPEN(&test->mta);
	pause_ms(2200);
	CHECK(mta_until(&test->mta, 'B'));
}

/* All of them, or none: a session of the test before may still be ending, and counts. */
static bool open_three(struct test *test, struct mta more[3])
{
	for (int i = 0; i < 3; i++) {
		if (test_open(test, &more[i]) && mta_until(&more[i], 'C'))
			continue;
		for (int opened = 0; opened <= i; opened++)
			mta_close(&more[opened]);
		return false;
	}
	return true;
}

static void s53(struct test *test)
{
	/* maxSessions is 3 here. */
	struct mta more[4] = { { .fd = -1 }, { .fd = -1 }, { .fd = -1 }, { .fd = -1 } };
	bool good = true;
	for (int tries = 0; tries < 100; tries++) {
		good = open_three(test, more);
		if (good)
			break;
		pause_ms(20);
	}
	/* The fourth is answered at once, and refused for now at every step. */
	good = good && test_open(test, &more[3]) && more[3].steps == 0 &&
	       ASK(&more[3], 'C',
		   "host\0"
		   "U") == 't';
	for (int i = 0; i < 4; i++)
		mta_close(&more[i]);
	CHECK(good);
	for (int i = 0; i < 100; i++) {
		OPEN(&test->mta);
		if (mta_until(&test->mta, 'C'))
			return;
		pause_ms(20);
	}
	CHECK(!"sessions are taken again");
}

/* The sanitizer keeps what was freed, up to a bound of its own. */
#ifdef __SANITIZE_ADDRESS__
enum { GROWTH_MAX = 400000 };
#else
enum { GROWTH_MAX = 8000 };
#endif

static void s64(struct test *test)
{
	pid_t worker = server_worker(test->server);
	long warm = 0;
	test->mta.split = false;
	for (int i = 0; i < 3000; i++) {
		OPEN(&test->mta);
		test->mta.split = false;
		CHECK(mta_until(&test->mta, 'B'));
		CHECK(ASK(&test->mta, 'E', "") == 'c');
		if (i == 500)
			warm = process_status(worker, "VmRSS:");
	}
	CHECK(warm > 0 && process_status(worker, "VmRSS:") < warm + GROWTH_MAX);
}

/* Random frames, the same ones in each run. */
static void garbage(struct test *test)
{
	unsigned seed = 12345;
	unsigned char bytes[300];
	pid_t worker = server_worker(test->server);
	for (int i = 0; i < 500; i++) {
		CHECK(test_connect(test, &test->mta));
		if (i % 3)
			mta_offer(&test->mta, 6, 0x1ff, 0x1fffff);
		for (int frame = 0; frame < 6; frame++) {
			/* No macros: libmilter's fault with them is S-24. */
			static const char letters[] = "OCHMRTULNBEAQKZ";
			size_t length = (unsigned)rand_r(&seed) % sizeof(bytes);
			for (size_t k = 0; k < length; k++)
				bytes[k] = (unsigned char)rand_r(&seed);
			char letter = letters[(unsigned)rand_r(&seed) % (sizeof(letters) - 1)];
			/* libmilter hands an unknown command on without looking for its end, so
			 * without one nobody can know where it is. */
			if (letter == 'U' && length)
				bytes[length - 1] = '\0';
			if (!mta_send(&test->mta, letter, bytes, length))
				break;
		}
		mta_hear_within(&test->mta, 1);
	}
	CHECK(test_serves(test));
	CHECK(server_worker(test->server) == worker);
}

static const char *const short_arguments[] = { "--set", "readTimeout=1", NULL };
static const char *const few_arguments[] = { "--set", "maxSessions=3", NULL };

const struct statement statements_hostile[] = {
	{ "S-07", "connect before the negotiation, and a second negotiation", "probe", s07, NULL },
	{ "S-21", "lengths of 0, -1 and 2^31-1", "probe", s21, NULL },
	{ "S-22", "unknown letters and letters of replies", "probe", s22, NULL },
	{ "S-23", "macro packets of every bad shape", "probe", s23, NULL },
	{ "S-29", "half-closed in the middle of a packet", "probe", s29, NULL },
	{ "S-33", "quit at every step", "probe", s33, NULL },
	{ "S-34", "closed and reset at every step", "probe", s34, NULL },
	{ "S-49", "200 idle sessions: few threads, and no descriptor is lost", "probe", s49, NULL },
	{ "S-51", "three bytes and silence", "probe", s51, short_arguments },
	{ "S-52", "an idle session stays", "probe", s52, short_arguments },
	{ "S-53", "too many sessions: refused for now, and taken again later", "probe", s53,
	  few_arguments },
	{ "S-64", "3000 sessions: flat memory", "probe", s64, NULL },
	{ "S-22", "random frames", "probe", garbage, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
