/* The numbered statements of the checklist "milter server" and who shows them. */
#ifndef TEST_STATEMENTS_H
#define TEST_STATEMENTS_H

#include "mta.h"
#include "server.h"

struct test {
	struct server *server;
	struct mta mta, other;
	bool split;
	bool failed;
};

struct statement {
	const char *number; /* "S-01" */
	const char *title;
	const char *script; /* the daemon runs it; NULL: the test runs daemons of its own */
	void (*run)(struct test *test);
	const char *const *arguments; /* of the daemon */
};

extern const struct statement statements_negotiation[], statements_steps[], statements_edits[],
	statements_hostile[], statements_daemon[];

/* Ends the test with a line that says where. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			test_failed(test, __FILE__, __LINE__, #condition);                         \
			return;                                                                    \
		}                                                                                  \
	} while (0)
void test_failed(struct test *test, const char *file, int line, const char *condition);

/* A connection with everything offered. */
#define OPEN(mta) CHECK(test_open(test, mta))
bool test_open(struct test *test, struct mta *mta);
/* A new connection, nothing said yet. */
bool test_connect(struct test *test, struct mta *mta);
/* Is the daemon there, and does it serve? */
bool test_serves(struct test *test);

#endif
