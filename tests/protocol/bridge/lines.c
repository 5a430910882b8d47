/* The line protocol on the wire: every line, every answer, everything that is wrong. */
#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const plain_milter[] = { NULL };

bool message_send(struct client *client, const char *headers)
{
	char text[4096];
	int size = snprintf(text, sizeof(text), "%s\r\nbody\r\n", headers);
	char said[8192];
	int length = snprintf(said, sizeof(said), ENVELOPE "MESG: %d\r\n%s", size, text);
	return client_send(client, said, (size_t)length);
}

#define MESSAGE(headers) CHECK(message_send(&run->client, headers))

static void answers(struct run *run)
{
	CHECK(client_open(&run->client, &run->bridge));
	SEND(&run->client, "PING\r\n");
	HEAR("PONG");
	MESSAGE("Subject: a\r\n");
	HEAR("ACCEPT: 0");
	MESSAGE("X-Test-Action: reject 554 5.7.0 no % \\n way\r\n");
	HEAR("REJECT: 554 5.7.0 no %25 %0A way");
	MESSAGE("X-Test-Action: tempfail 451 4.3.0 later\r\n");
	HEAR("TEMPFAIL: 451 4.3.0 later");
	MESSAGE("X-Test-Action: reject\r\n");
	HEAR("REJECT:");
	MESSAGE("X-Test-Action: discard\r\n");
	HEAR("DISCARD:");
	MESSAGE("X-Test-Action: accept\r\n");
	HEAR("ACCEPT: 0");
	MESSAGE("X-Test-Action: quarantine too + odd\r\n");
	HEAR("QUARANTINE: 1 too %2B odd");
	MESSAGE("X-Test-Action: reject 421 4.7.0 go\r\n");
	CHECK(strncmp(client_line(&run->client), "DISCONNECT: 421 4.7.0 go", 24) == 0);
	SEND(&run->client, "QUIT\r\n");
	HEAR("");
}

static void every_change(struct run *run)
{
	CHECK(client_open(&run->client, &run->bridge));
	MESSAGE("X-Test-Action: addheader X-A: one\r\nX-Test-Action: insheader 1 X-B: two\r\n"
		"X-Test-Action: chgheader 1 Subject: new\r\nX-Test-Action: delheader 1 X-Old\r\n"
		"X-Test-Action: addrcpt <n@x.example> NOTIFY=NEVER\r\nX-Test-Action: delrcpt "
		"<c@x.example>\r\n"
		"X-Test-Action: chgfrom <s@x.example>\r\nX-Test-Action: replbody "
		"new\\r\\nbody\\r\\n\r\n"
		"Subject: old\r\nX-Old: 1\r\n");
	CHECK(strncmp(client_line(&run->client), "ACCEPT: ", 8) == 0);
	SEND(&run->client, "GETC\r\nPING\r\n");
	static const char *const wanted[] = {
		"ADDHEADER: X-A: one",
		"INSERTHEADER: 1 X-B: two",
		"CHANGEHEADER: 1 Subject: new",
		"CHANGEHEADER: 1 X-Old:",
		"ADDRCPT: <n@x.example> NOTIFY=NEVER",
		"DELETERCPT: <c@x.example>",
		"CHANGESENDER: <s@x.example>",
		"REPLACEBODY: 11",
		"new",
		"body",
		"END:",
		"PONG",
	};
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		HEAR(wanted[i]);
}

static void a_file(struct run *run)
{
	char said[1024];
	CHECK(client_open(&run->client, &run->bridge));
	bridge_file(&run->bridge, "spool/m", "X-Test-Action: reject 550 5.7.1 read\n\nbody\n");
	snprintf(said, sizeof(said), ENVELOPE "VERI: %s/spool/m\r\nPASS:\r\n", run->bridge.folder);
	client_send(&run->client, said, strlen(said));
	HEAR("REJECT: 550 5.7.1 read");
	SEND(&run->client, ENVELOPE "VERI: m\r\n");
	HEAR("REJECT: 550 5.7.1 read");
}

/* Nothing outside is opened, the connection goes on, and the next message is looked at. */
static void files_that_are_none(struct run *run)
{
	static const char *const names[] = {
		"../conf",
		"/etc/passwd",
		"link",
		"fifo",
		"folder",
		"/dev/zero",
		"/dev/tty",
		"/proc/self/environ",
		"absent",
		"",
		".",
		"..",
		"folder/../../conf",
		"way/conf",
		"%s%s%s%n",
		"//m",
		"/proc/self/root/etc/passwd",
	};
	char path[128], said[1024];
	CHECK(client_open(&run->client, &run->bridge));
	snprintf(path, sizeof(path), "%s/spool/fifo", run->bridge.folder);
	CHECK(mkfifo(path, 0600) == 0);
	snprintf(path, sizeof(path), "%s/spool/folder", run->bridge.folder);
	CHECK(mkdir(path, 0700) == 0);
	snprintf(path, sizeof(path), "%s/spool/link", run->bridge.folder);
	CHECK(symlink("../conf", path) == 0);
	snprintf(path, sizeof(path), "%s/spool/way", run->bridge.folder);
	CHECK(symlink("..", path) == 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(said, sizeof(said), ENVELOPE "VERI: %s\r\n", names[i]);
		client_send(&run->client, said, strlen(said));
		HEAR("ERROR: Could not open message file");
	}
	MESSAGE("Subject: a\r\n");
	HEAR("ACCEPT: 0");
}

/* What a known attack sends, and what it could have sent. */
static void formats(struct run *run)
{
	CHECK(client_open(&run->client, &run->bridge));
	SEND(&run->client, "FROM: <%n%n@%s>\r\nEHLO: %s%n\r\nCNIP: 192.0.2.7\r\nCNPO: 1\r\n"
			   "CNHO: %s%s%s%n\r\nRCPT: <%s%n@x>\r\nMESG: 12\r\n%s%n: %s%n\r\n");
	HEAR("ACCEPT: 0");
	CHECK(bridge_logged(&run->bridge, "1.log", "C %s%s%s%n|"));
	CHECK(bridge_logged(&run->bridge, "1.log", "M <%n%n@%s>|"));
	SEND(&run->client, "FROM: <a@b>\r\nCNHO %s%n\r\nRCPT: <c@d>\r\nMESG: 0\r\n");
	HEAR("ACCEPT: 0");
}

static void expect_end(struct run *run, const void *bytes, size_t length, const char *wanted)
{
	struct client other = { .fd = -1 };
	client_close(&run->client);
	CHECK(client_open(&run->client, &run->bridge));
	client_send(&run->client, bytes, length);
	HEAR(wanted);
	HEAR("");
	/* It lives, and serves. */
	bool pong = client_open(&other, &run->bridge) && SEND(&other, "PING\r\n") &&
		    !strcmp(client_line(&other), "PONG");
	client_close(&other);
	CHECK(pong);
}

static void what_is_no_line(struct run *run)
{
	static const char no_line[] = "ERROR: this is no line of the protocol; see aximilter(8)";
	static char bytes[1 << 20];
	memset(bytes, 'A', sizeof(bytes));
	expect_end(run, bytes, 20000, "ERROR: a line is longer than 16384 bytes");
	memcpy(bytes, "CNHO: ", 6);
	expect_end(run, bytes, 20000, "ERROR: a line is longer than 16384 bytes");
	expect_end(run, "CNHO: a\0b\r\n", 11, "ERROR: a line cannot hold a NUL byte");
	expect_end(run, "GET / HTTP/1.0\r\n\r\n", 18, no_line);
	expect_end(run, "\x16\x03\x01\x02\n", 5, no_line);
	expect_end(run, "MESG: 18446744073709551617\r\n", 28, no_line);
	expect_end(run, "BODY: -5\r\n", 10, no_line);
}

static void many_recipients(struct run *run)
{
	CHECK(client_open(&run->client, &run->bridge));
	SEND(&run->client, "FROM: <a@b>\r\n" CLIENT);
	for (int i = 0; i < 10000; i++) {
		char line[64];
		int length = snprintf(line, sizeof(line), "RCPT: <u%d@x.example>\r\n", i);
		CHECK(client_send(&run->client, line, (size_t)length));
	}
	SEND(&run->client, "MESG: 12\r\nA: b\r\n\r\nbody");
	HEAR("ACCEPT: 0");
	CHECK(bridge_count(&run->bridge, "1.log", " R ") == 10000);
}

static void steps(struct run *run)
{
	CHECK(client_open(&run->client, &run->bridge));
	SEND(&run->client, CLIENT "STEP\r\nFROM: <reject@x>\r\nSTEP\r\nFROM: <a@x>\r\nSTEP\r\n"
				  "RCPT: <reject@x>\r\nSTEP\r\nRCPT: <c@x>\r\nSTEP\r\n");
	HEAR("CONTINUE:");
	CHECK(strncmp(client_line(&run->client), "REJECT:", 7) == 0);
	HEAR("CONTINUE:");
	CHECK(strncmp(client_line(&run->client), "REJECT:", 7) == 0);
	HEAR("CONTINUE:");
	SEND(&run->client, "HEAD: 8\r\nA: b\n\tcd"
			   "BODY: 4\r\nx\r\ny"
			   "BODY: 2\r\n\r\n"
			   "DONE\r\n");
	HEAR("ACCEPT: 1");
	SEND(&run->client, "GETR\r\n");
	CHECK(strncmp(client_line(&run->client), "REFUSEDRCPT: <reject@x> REJECT:", 31) == 0);
	HEAR("END:");
	CHECK(bridge_logged(&run->bridge, "1.log", "L A|b\\x0a\\x09cd|"));
}

static void given_up(struct run *run)
{
	CHECK(client_open(&run->client, &run->bridge));
	SEND(&run->client, ENVELOPE "STEP\r\nRSET\r\n" ENVELOPE "STEP\r\n");
	HEAR("CONTINUE:");
	HEAR("OKAY:");
	HEAR("CONTINUE:");
	CHECK(bridge_logged(&run->bridge, "1.log", " A "));
	/* The client is gone in the middle of a message. */
	SEND(&run->client, "MESG: 100000\r\nA: b\r\n");
	client_close(&run->client);
	CHECK(client_open(&run->client, &run->bridge));
	MESSAGE("Subject: a\r\n");
	HEAR("ACCEPT: 0");
}

#define ONE "milter %1\nspool %F/spool\n"

const struct test_case cases_lines[] = {
	{ "answers", ONE, plain_milter, answers },
	{ "every change", ONE, plain_milter, every_change },
	{ "a message file", ONE, plain_milter, a_file },
	{ "files that are none", ONE, plain_milter, files_that_are_none },
	{ "formats are data", ONE, plain_milter, formats },
	{ "what is no line", ONE, plain_milter, what_is_no_line },
	{ "10,000 recipients", ONE, plain_milter, many_recipients },
	{ "step by step", ONE, plain_milter, steps },
	{ "messages given up", ONE, plain_milter, given_up },
	{ NULL, NULL, NULL, NULL },
};
