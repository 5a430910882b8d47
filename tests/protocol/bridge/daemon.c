/* The daemon around it: signals, workers, crowds, and the milter protocol on the same socket. */
#include "cases.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void milter_protocol(struct run *run)
{
	static const unsigned char offer[] = { 0, 0, 0, 13,   'O', 0,	 0,    0,   6,
					       0, 0, 1, 0xff, 0,   0x1f, 0xff, 0xff };
	unsigned char answer[17] = { 0 };
	CHECK(client_open(&run->client, &run->bridge));
	CHECK(client_send(&run->client, offer, sizeof(offer)));
	CHECK(recv(run->client.fd, answer, sizeof(answer), MSG_WAITALL) == (ssize_t)sizeof(answer));
	CHECK(answer[4] == 'O' && answer[8] == 6);
}

static void bad_frames(struct run *run)
{
	static const unsigned char huge[] = { 0, 0xff, 0xff, 0xff, 'O' };
	char byte;
	CHECK(client_open(&run->client, &run->bridge));
	CHECK(client_send(&run->client, huge, sizeof(huge)));
	CHECK(recv(run->client.fd, &byte, 1, 0) <= 0);
	client_close(&run->client);
	CHECK(client_open(&run->client, &run->bridge));
	SEND(&run->client, "PING\r\n");
	HEAR("PONG");
}

static void reload(struct run *run)
{
	CHECK(milter_start(&run->bridge, 2, NULL));
	CHECK(client_open(&run->client, &run->bridge));
	message_send(&run->client, "A: b\r\n");
	HEAR("ACCEPT: 0");
	bridge_configure(&run->bridge, "milter %1\nmlter %2\n");
	kill(run->bridge.pid, SIGHUP);
	CHECK(bridge_logged(&run->bridge, "log", "did you mean milter?"));
	CHECK(bridge_logged(&run->bridge, "log", "the filters stay as they were"));
	bridge_configure(&run->bridge, "milter %2\n");
	kill(run->bridge.pid, SIGHUP);
	CHECK(bridge_logged(&run->bridge, "log", "new sessions use the filters as they are now"));
	/* A connection keeps what it began with, a new one gets the new milters. */
	message_send(&run->client, "A: b\r\n");
	HEAR("ACCEPT: 0");
	CHECK(bridge_count(&run->bridge, "2.log", " E ") == 0);
	client_close(&run->client);
	CHECK(client_open(&run->client, &run->bridge));
	message_send(&run->client, "A: b\r\n");
	HEAR("ACCEPT: 0");
	CHECK(bridge_count(&run->bridge, "2.log", " E ") == 1);
}

static void drain(struct run *run)
{
	struct client other = { .fd = -1 };
	CHECK(client_open(&run->client, &run->bridge));
	SEND(&run->client, ENVELOPE "STEP\r\n");
	HEAR("CONTINUE:");
	kill(run->bridge.pid, SIGTERM);
	CHECK(bridge_logged(&run->bridge, "log", "no new sessions"));
	for (int i = 0; i < 100 && client_open(&other, &run->bridge); i++) {
		client_close(&other);
		pause_ms(20);
	}
	CHECK(other.fd < 0);
	SEND(&run->client, "MESG: 6\r\nA: b\r\nQUIT\r\n");
	HEAR("ACCEPT: 0");
	CHECK(bridge_stop(&run->bridge, 0) == 0);
}

static void worker_dies(struct run *run)
{
	pid_t worker = bridge_worker(&run->bridge);
	CHECK(worker > 0);
	kill(worker, SIGKILL);
	CHECK(bridge_logged(&run->bridge, "log", "started again"));
	for (int i = 0; i < 100; i++) {
		client_close(&run->client);
		if (client_open(&run->client, &run->bridge) && SEND(&run->client, "PING\r\n") &&
		    !strcmp(client_line(&run->client), "PONG"))
			return;
		pause_ms(20);
	}
	CHECK(false);
}

/* ---- a crowd ---- */

enum { CROWD = 1000, SLOW = 200 };

static struct client crowd[CROWD];

/* A byte of a line that never ends, every now and then. */
static void slow_ones_dribble(void)
{
	for (int i = 0; i < SLOW; i++)
		send(crowd[i].fd, "F", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Milliseconds until the answer to a whole message. */
static long long served_in(struct client *client)
{
	long long before = now_ms();
	if (!message_send(client, "A: b\r\n") || strcmp(client_line(client), "ACCEPT: 0") != 0)
		return -1;
	return now_ms() - before;
}

static long long crowd_round(void)
{
	long long worst = 0;
	for (int i = SLOW; i < CROWD; i++) {
		if (i % 50 == 0)
			slow_ones_dribble();
		long long took = served_in(&crowd[i]);
		if (took < 0)
			return -1;
		worst = took > worst ? took : worst;
	}
	return worst;
}

/* What runs beside the test costs time, too: one round of three must be without it. */
static void a_crowd(struct run *run)
{
	long long best = 1000000;
	for (int i = 0; i < CROWD; i++)
		CHECK(client_open(&crowd[i], &run->bridge));
	for (int round = 0; round < 3 && best >= 100; round++) {
		long long worst = crowd_round();
		CHECK(worst >= 0);
		best = worst < best ? worst : best;
	}
	printf("    %d connections, %d of them slow: a message takes %lld ms at most\n", CROWD,
	       SLOW, best);
	CHECK(best < 100 + 1000); /* 100 ms are promised; a busy machine has a second more */
	for (int i = 0; i < CROWD; i++)
		client_close(&crowd[i]);
}

/* Opens one after the other, each when the one before has its answer; true when the first two of
 * three are served and the third hears why it is not. */
static bool two_of_three(struct run *run, unsigned *served)
{
	struct client many[3] = { { .fd = -1 }, { .fd = -1 }, { .fd = -1 } };
	bool third_is_told = false;
	*served = 0;
	for (int i = 0; i < 3; i++) {
		if (!client_open(&many[i], &run->bridge) || !SEND(&many[i], "PING\r\n"))
			break;
		const char *answer = client_line(&many[i]);
		*served += !strcmp(answer, "PONG");
		third_is_told = !strncmp(answer, "ERROR: too many connections", 27);
	}
	for (int i = 0; i < 3; i++)
		client_close(&many[i]);
	return *served == 2 && third_is_told;
}

/* Never three. Two as soon as the connection that waited for the daemon to listen is gone, of
 * which the daemon hears when it comes to it. */
static void too_many(struct run *run)
{
	bool two = false;
	for (int i = 0; i < 300 && !two; i++) {
		unsigned served;
		two = two_of_three(run, &served);
		CHECK(served <= 2);
		pause_ms(10);
	}
	CHECK(two);
}

/* ---- who may connect ---- */

#define BY_PORT "milter %1\nlisten inet:%P@127.0.0.1\n"

static const char *pong_by_port(struct run *run)
{
	client_close(&run->client);
	if (!client_open_port(&run->client, &run->bridge))
		return "?";
	SEND(&run->client, "PING\r\n");
	return client_line(&run->client);
}

/* The list is about TCP alone, and is read again with the rest. */
static void access_list(struct run *run)
{
	CHECK(!strcmp(pong_by_port(run), ""));
	CHECK(bridge_logged(&run->bridge, "log",
			    "127.0.0.1 may not connect: allow does not name it"));
	CHECK(client_open(&run->client, &run->bridge));
	SEND(&run->client, "PING\r\n");
	HEAR("PONG");
	bridge_configure(&run->bridge, BY_PORT "allow 192.0.2.7 127.0.0.0/8\n");
	kill(run->bridge.pid, SIGHUP);
	for (int i = 0; i < 300; i++) {
		if (!strcmp(pong_by_port(run), "PONG"))
			return;
		pause_ms(10);
	}
	CHECK(false);
}

const struct test_case cases_daemon[] = {
	{ "the milter protocol on the same socket", "milter %1\n", plain_milter, milter_protocol },
	{ "bad frames", "milter %1\n", plain_milter, bad_frames },
	{ "a reload", "milter %1\n", plain_milter, reload },
	{ "a drain", "milter %1\n", plain_milter, drain },
	{ "a worker dies", "milter %1\n", plain_milter, worker_dies },
	{ "a crowd", "milter %1\nmaxConnections 1200\n", plain_milter, a_crowd },
	{ "an access list", BY_PORT "allow 192.0.2.7\n", plain_milter, access_list },
	{ "too many", "milter %1\nmaxConnections 2\n", plain_milter, too_many },
	{ NULL, NULL, NULL, NULL },
};
