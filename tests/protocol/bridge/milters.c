/* What the milters behind it do: failures, conditions, several in a chain. */
#include "cases.h"

#include <stdio.h>
#include <string.h>

static void message(struct run *run, const char *envelope, const char *headers, const char *wanted)
{
	char said[8192];
	client_close(&run->client);
	CHECK(client_open(&run->client, &run->bridge));
	int length = snprintf(said, sizeof(said), "%sMESG: %zu\r\n%s\r\n", envelope,
			      strlen(headers) + 2, headers);
	client_send(&run->client, said, (size_t)length);
	HEAR(wanted);
}

static void nobody_there(struct run *run)
{
	message(run, ENVELOPE, "A: b\r\n", "ERROR: Could not connect to Milter implementation");
	CHECK(bridge_logged(&run->bridge, "log", "the answer is tempfail"));
	CHECK(milter_start(&run->bridge, 1, NULL));
	message(run, ENVELOPE, "A: b\r\n", "ACCEPT: 0");
}

static void nobody_there_accept(struct run *run)
{
	message(run, ENVELOPE, "A: b\r\n", "ACCEPT: 0");
}

static void nobody_there_reject(struct run *run)
{
	message(run, ENVELOPE, "A: b\r\n", "REJECT:");
}

/* The first is left out; what the second says counts. */
static void left_out(struct run *run)
{
	CHECK(milter_start(&run->bridge, 2, NULL));
	message(run, ENVELOPE, "X-Test-Action: reject 550 5.7.1 second\r\n",
		"REJECT: 550 5.7.1 second");
	message(run, ENVELOPE, "A: b\r\n", "ACCEPT: 0");
}

/* It does not answer: the configured answer comes within its time. */
static void hangs(struct run *run)
{
	long long before = now_ms();
	client_close(&run->client);
	CHECK(client_open(&run->client, &run->bridge));
	message_send(&run->client, "X-Test-Fault: hang at eom\r\n");
	CHECK(strncmp(client_line(&run->client), "ERROR: timeout: ", 16) == 0);
	CHECK(now_ms() - before < 2500);
}

/* Each kind of step has a time of its own. */
static void hangs_early(struct run *run)
{
	long long before = now_ms();
	client_close(&run->client);
	CHECK(client_open(&run->client, &run->bridge));
	SEND(&run->client, "FROM: <hang@x>\r\n" CLIENT "RCPT: <c@d>\r\nMESG: 0\r\n");
	CHECK(strncmp(client_line(&run->client), "ERROR: timeout: ", 16) == 0);
	CHECK(now_ms() - before < 5000);
}

/* A milter behind another one gets the message from what is kept in between. */
static void kept(struct run *run)
{
	static char large[4096];
	CHECK(milter_start(&run->bridge, 2, NULL));
	strcpy(large, "X-Test-Action: addheader A: b\r\n\r\n");
	size_t head = strlen(large);
	memset(large + head, 'x', 1000);
	message(run, ENVELOPE, large, "ACCEPT: 2");
	memset(large + head, 'x', 3000);
	message(run, ENVELOPE, large, "ERROR: limit spoolSize");
}

static void faults(struct run *run)
{
	static const char *const kinds[] = {
		"close",    "reset", "garbage", "unknown",  "zero",
		"oversize", "half",  "badedit", "halfbody", "editclose"
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char header[128];
		client_close(&run->client);
		CHECK(client_open(&run->client, &run->bridge));
		snprintf(header, sizeof(header), "X-Test-Fault: %s at eom\r\n", kinds[i]);
		message_send(&run->client, header);
		client_line(&run->client);
		if (strncmp(run->client.line, "ERROR: ", 7) != 0)
			printf("    %s: %s\n", kinds[i], run->client.line);
		CHECK(strncmp(run->client.line, "ERROR: ", 7) == 0);
		SEND(&run->client, "GETC\r\n");
		HEAR("END:");
	}
	message(run, ENVELOPE, "A: b\r\n", "ACCEPT: 0");
}

/* Later ones see what earlier ones changed, and the first refusal ends it. */
static void a_chain(struct run *run)
{
	CHECK(milter_start(&run->bridge, 2, NULL));
	message(run, ENVELOPE,
		"X-Test-Action: delheader 2 X-Test-Action\r\nX-Test-Action: reject 550 5.7.1 "
		"never\r\n"
		"X-Test-Action: addheader X-One: 1\r\n",
		"REJECT: 550 5.7.1 never");
	CHECK(bridge_count(&run->bridge, "2.log", " E ") == 0);
	message(run, ENVELOPE, "X-Test-Action: addheader X-Seen: yes\r\n", "ACCEPT: 2");
	CHECK(bridge_logged(&run->bridge, "2.log", "L X-Seen|yes|"));
	CHECK(bridge_count(&run->bridge, "1.log", "L X-Seen") == 0);
	message(run, "FROM: <a@b>\r\n" CLIENT "RCPT: <reject@x>\r\nRCPT: <c@x>\r\n", "A: b\r\n",
		"ACCEPT: 1");
	CHECK(bridge_count(&run->bridge, "2.log", "R <reject@x>") == 0);
}

/* Side by side: the time of one, not of both; the first refusal in their order counts, and nothing
 * is changed. */
static void judges(struct run *run)
{
	CHECK(milter_start(&run->bridge, 2, NULL));
	long long before = now_ms();
	message(run, ENVELOPE, "X-Test-Action: delay 700\r\n", "ACCEPT: 0");
	long long took = now_ms() - before;
	if (took >= 1300)
		printf("    %lld ms\n", took);
	CHECK(took >= 700 && took < 1300);
	message(run, ENVELOPE, "X-Test-Action: addheader X-A: b\r\nX-Test-Action: replbody x\r\n",
		"ACCEPT: 0");
	message(run, ENVELOPE, "X-Test-Action: quarantine odd\r\n", "QUARANTINE: 2 odd");
	message(run, ENVELOPE, "X-Test-Action: reject 550 5.7.1 both\r\n",
		"REJECT: 550 5.7.1 both");
	CHECK(bridge_count(&run->bridge, "1.log", " E ") == 4);
	CHECK(bridge_count(&run->bridge, "2.log", " E ") == 4);
	message(run, "FROM: <a@b>\r\n" CLIENT "RCPT: <reject@x>\r\nRCPT: <c@x>\r\n", "A: b\r\n",
		"ACCEPT: 1");
}

/* After two failures nobody is asked for a second, and then it is tried again. */
static void breaker(struct run *run)
{
	static const char down[] = "ERROR: Could not connect to Milter implementation";
	message(run, ENVELOPE, "A: b\r\n", down);
	message(run, ENVELOPE, "A: b\r\n", down);
	CHECK(bridge_logged(&run->bridge, "log", "is left alone for"));
	CHECK(milter_start(&run->bridge, 1, NULL));
	message(run, ENVELOPE, "A: b\r\n", down);
	CHECK(bridge_count(&run->bridge, "1.log", " C ") == 0);
	CHECK(bridge_count(&run->bridge, "log", "the answer is tempfail") == 2);
	pause_ms(1300);
	message(run, ENVELOPE, "A: b\r\n", "ACCEPT: 0");
}

/* A client that says what cannot be passed on does not make the milter a failing one. */
static void no_failure(struct run *run)
{
	static const char odd[] = "MACR: mail i=%00\r\n" ENVELOPE "MESG: 0\r\n";
	for (int i = 0; i < 4; i++) {
		client_close(&run->client);
		CHECK(client_open(&run->client, &run->bridge));
		client_send(&run->client, odd, sizeof(odd) - 1);
		CHECK(strncmp(client_line(&run->client), "ERROR: argument: ", 17) == 0);
	}
	message(run, ENVELOPE, "A: b\r\n", "ACCEPT: 0");
	CHECK(bridge_count(&run->bridge, "log", "is left alone") == 0);
}

/* One conversation at a time: a second client waits until it is over, and not for ever. The milter
 * has not failed then. */
static void busy(struct run *run)
{
	struct client first = { .fd = -1 };
	bool good = client_open(&first, &run->bridge);
	message_send(&first, "A: b\r\n");
	good = good && !strcmp(client_line(&first), "ACCEPT: 0");
	for (int i = 0; i < 3 && good; i++) {
		client_close(&run->client);
		good = client_open(&run->client, &run->bridge);
		message_send(&run->client, "A: b\r\n");
		good = good && !strncmp(client_line(&run->client), "ERROR: busy: ", 13);
	}
	client_close(&run->client);
	good = good && client_open(&run->client, &run->bridge);
	message_send(&run->client, "A: b\r\n");
	client_close(&first);
	CHECK(good);
	HEAR("ACCEPT: 0");
	CHECK(bridge_logged(&run->bridge, "log", "all 1 connections of the filter are in use"));
	CHECK(bridge_count(&run->bridge, "log", "is left alone") == 0);
	CHECK(bridge_count(&run->bridge, "1.log", " C ") == 2);
}

static void networks(struct run *run)
{
	message(run, ENVELOPE, "X-Test-Action: reject 550 5.7.1 seen\r\n",
		"REJECT: 550 5.7.1 seen");
	message(run, "FROM: <a@b>\r\nCNIP: 198.51.100.1\r\nRCPT: <c@d>\r\n",
		"X-Test-Action: reject 550 5.7.1 seen\r\n", "ACCEPT: 0");
	message(run, "FROM: <a@b>\r\nCNIP: 192.0.2.200\r\nRCPT: <c@d>\r\n",
		"X-Test-Action: reject 550 5.7.1 seen\r\n", "ACCEPT: 0");
}

static void domains(struct run *run)
{
	message(run, "FROM: <a@b>\r\n" CLIENT "RCPT: <c@d>\r\n",
		"X-Test-Action: reject 550 5.7.1 seen\r\n", "ACCEPT: 0");
	CHECK(bridge_count(&run->bridge, "1.log", " M ") == 0);
	message(run, "FROM: <a@b>\r\n" CLIENT "RCPT: <c@d>\r\nRCPT: <e@Ours.example>\r\n",
		"X-Test-Action: reject 550 5.7.1 seen\r\n", "REJECT: 550 5.7.1 seen");
	CHECK(bridge_count(&run->bridge, "1.log", "R <c@d>") == 0);
}

static void logins(struct run *run)
{
	message(run, "FROM: <a@b>\r\nAUTH: joe PLAIN\r\n" CLIENT "RCPT: <c@d>\r\n",
		"X-Test-Action: reject 550 5.7.1 seen\r\n", "ACCEPT: 0");
	message(run, ENVELOPE, "X-Test-Action: reject 550 5.7.1 seen\r\n",
		"REJECT: 550 5.7.1 seen");
}

static void sizes(struct run *run)
{
	static char large[4096];
	message(run, "FROM: <a@b> SIZE=3000\r\n" CLIENT "RCPT: <c@d>\r\n",
		"X-Test-Action: reject 550 5.7.1 seen\r\n", "ACCEPT: 0");
	message(run, ENVELOPE, "X-Test-Action: reject 550 5.7.1 seen\r\n",
		"REJECT: 550 5.7.1 seen");
	strcpy(large, "X-Test-Action: reject 550 5.7.1 seen\r\n\r\n");
	memset(large + strlen(large), 'x', 3000);
	message(run, ENVELOPE, large, "ACCEPT: 0");
	CHECK(bridge_logged(&run->bridge, "1.log", " A "));
}

static const char *const choosy_milter[] = { "--steps", "0x000003", "--actions", "0x1", NULL };

/* What a milter waives is not asked of the client. */
static void wishes(struct run *run)
{
	unsigned version, actions, bits;
	CHECK(client_open(&run->client, &run->bridge));
	SEND(&run->client, "WANT\r\n");
	CHECK(sscanf(client_line(&run->client), "OPTIONS: %u %u %u", &version, &actions, &bits) ==
	      3);
	CHECK(version == 6 && actions == 0x101);
	CHECK((bits & 0x3) == 0x3 && (bits & 0x8) == 0);
	SEND(&run->client, "FROM: <a@b>\r\nRCPT: <c@d>\r\nMESG: 6\r\nA: b\r\n");
	HEAR("ACCEPT: 0");
	CHECK(bridge_count(&run->bridge, "1.log", " C ") == 0);
	CHECK(bridge_count(&run->bridge, "1.log", " M ") == 1);
}

const struct test_case cases_milters[] = {
	{ "nobody is there", "milter %1\n", NULL, nobody_there },
	{ "nobody is there: accept", "milter %1 {\nonError accept\n}\n", NULL,
	  nobody_there_accept },
	{ "nobody is there: reject", "milter %1 {\nonError reject\n}\n", NULL,
	  nobody_there_reject },
	{ "nobody is there: skip", "milter %1 {\nonError skip\n}\nmilter %2\n", NULL, left_out },
	{ "it hangs", "milter %1 {\nendTimeout 1\n}\n", plain_milter, hangs },
	{ "it hangs early", "milter %1 {\ncommandTimeout 1\nconnectTimeout 20\n}\n", plain_milter,
	  hangs_early },
	{ "what is kept in between", "maxMessageSize 2K\nmilter %1\nmilter %2\n", plain_milter,
	  kept },
	{ "faults", "milter %1 {\nendTimeout 2\nfailures 100\n}\n", plain_milter, faults },
	{ "a chain", "milter %1\nmilter %2\n", plain_milter, a_chain },
	{ "they only judge", "judgeOnly yes\nmilter %1\nmilter %2\n", plain_milter, judges },
	{ "a breaker", "milter %1 {\nfailures 2\npause 1\n}\n", NULL, breaker },
	{ "what is no failure", "milter %1 {\nfailures 2\n}\n", plain_milter, no_failure },
	{ "as many conversations as it may have",
	  "milter %1 {\nmaxConnections 1\nconnectTimeout 1\nfailures 2\n}\n", plain_milter, busy },
	{ "networks", "milter %1 {\nnetworks 192.0.2.0/24\nexceptNetworks 192.0.2.128/25\n}\n",
	  plain_milter, networks },
	{ "domains", "milter %1 {\nrecipientDomains ours.example\n}\n", plain_milter, domains },
	{ "logins", "milter %1 {\nauthenticated no\n}\n", plain_milter, logins },
	{ "sizes", "milter %1 {\nmaxSize 2K\n}\n", plain_milter, sizes },
	{ "only what it wants", "milter %1\n", choosy_milter, wishes },
	{ NULL, NULL, NULL, NULL },
};
