/* An aximilter that is tested, with test milters behind it, and a client of its line protocol. */
#ifndef TEST_BRIDGE_H
#define TEST_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

extern const char *bridge_program, *bridge_milter; /* paths of aximilter and testmilter */

enum { MILTERS = 3 };

struct bridge {
	char folder[64];
	char socket[96]; /* that it listens on */
	int port;	 /* of loopback, for %P */
	pid_t pid;
	pid_t milters[MILTERS];
};

/* In a temporary folder with a spool folder in it. `config` is the file, with %1 .. %3 for the
 * addresses of test milters, %F for the folder and %P for a free TCP port; it listens on a UNIX
 * socket of its own. */
bool bridge_start(struct bridge *bridge, const char *config);
/* The configuration again; a reload is the caller's. */
void bridge_configure(const struct bridge *bridge, const char *config);
/* Starts a test milter with these arguments (NULL at the end). */
bool milter_start(struct bridge *bridge, int number, const char *const *arguments);
void milter_stop(struct bridge *bridge, int number);
/* Sends the signal and waits: the exit code, -1 when it had to be killed. */
int bridge_stop(struct bridge *bridge, int signal);
void bridge_clean(struct bridge *bridge);
/* Waits up to 3 s until a file of the folder ("log", "1.log") holds the text. */
bool bridge_logged(const struct bridge *bridge, const char *file, const char *text);
size_t bridge_count(const struct bridge *bridge, const char *file, const char *text);
void bridge_file(const struct bridge *bridge, const char *name, const char *content);
pid_t bridge_worker(const struct bridge *bridge);

/* ---- a client ---- */

struct client {
	int fd; /* -1: not connected */
	char line[70000];
	size_t held; /* bytes that came behind the line */
	char rest[70000];
};

bool client_open(struct client *client, const struct bridge *bridge);
/* By TCP from 127.0.0.1, where the configuration listens on inet:%P@127.0.0.1. */
bool client_open_port(struct client *client, const struct bridge *bridge);
void client_close(struct client *client);
bool client_send(struct client *client, const void *bytes, size_t length);
#define SEND(client, literal) client_send(client, literal, sizeof(literal) - 1)
/* The next line without its end, in client->line; "" when the bridge has closed, "?" after 10 s. */
const char *client_line(struct client *client);

long long now_ms(void);
void pause_ms(long milliseconds);

#endif
