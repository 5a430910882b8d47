/* The cases: each starts a bridge of its own with its configuration. */
#ifndef TEST_CASES_H
#define TEST_CASES_H

#include "bridge.h"

struct run {
	struct bridge bridge;
	struct client client;
	bool failed;
};

struct test_case {
	const char *title;
	const char *config;
	const char *const
		*milter; /* arguments of the first test milter; it is started when not NULL */
	void (*play)(struct run *run);
};

extern const struct test_case cases_lines[], cases_milters[], cases_daemon[];

void run_failed(struct run *run, const char *file, int line, const char *what);
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			run_failed(run, __FILE__, __LINE__, #condition);                           \
			return;                                                                    \
		}                                                                                  \
	} while (0)
/* The next line is this. */
#define HEAR(wanted) CHECK(!strcmp(client_line(&run->client), wanted))

extern const char *const plain_milter[];

#define CLIENT	 "EHLO: client.example\r\nCNIP: 192.0.2.7\r\nCNPO: 1234\r\nCNHO: host.example\r\n"
#define ENVELOPE "FROM: <a@b.example>\r\n" CLIENT "RCPT: <c@x.example>\r\n"

/* Sends an envelope and a message made of these header lines. */
bool message_send(struct client *client, const char *headers);

#endif
