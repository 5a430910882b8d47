#include "stores.h"

#include "base/wait.h"
#include "net/socket.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

const char *stores[STORES] = { "memory", "lmdb:test" };
char stores_folder[64];

static struct arena arena;
static pid_t redis;
static char redis_socket[96], redis_port[8], redis_names[3][128];

static bool redis_answers(void)
{
	struct endpoint endpoint;
	int fd;

	cr_assert_null(endpoint_parse(text_of_string(redis_socket, LIFETIME_EVENT), &endpoint));
	fd = socket_connect(&endpoint);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* A port of both loopbacks that nobody has; false when there is no IPv6. */
static bool find_port(void)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in old = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t length = sizeof(old);
	int four = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
	    six = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool both;

	cr_assert_eq(bind(four, (struct sockaddr *)&old, sizeof(old)), 0);
	getsockname(four, (struct sockaddr *)&old, &length);
	address.sin6_port = old.sin_port;
	both = bind(six, (struct sockaddr *)&address, sizeof(address)) == 0;
	snprintf(redis_port, sizeof(redis_port), "%u", ntohs(old.sin_port));
	close(four);
	close(six);
	return both;
}

/* The same server in three ways, each with keys of its own. */
static void name_stores(bool six)
{
	snprintf(redis_socket, sizeof(redis_socket), "%s/redis.sock", stores_folder);
	snprintf(redis_names[0], sizeof(*redis_names), "redis:unix:%s?prefix=test", redis_socket);
	snprintf(redis_names[1], sizeof(*redis_names), "redis:inet:%s@127.0.0.1?prefix=four",
		 redis_port);
	snprintf(redis_names[2], sizeof(*redis_names),
		 six ? "redis:inet6:%s@[::1]?prefix=six" : "redis:inet:%s@127.0.0.1?prefix=six",
		 redis_port);
	for (unsigned i = 0; i < 3; i++)
		stores[2 + i] = redis_names[i];
}

/* It ends with us, whatever happens. */
static void redis_start(void)
{
	name_stores(find_port());
	redis = fork();
	if (redis == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!freopen("/dev/null", "w", stdout))
			_exit(1);
		execlp("redis-server", "redis-server", "--port", redis_port, "--bind", "127.0.0.1",
		       "-::1", "--unixsocket", redis_socket, "--save", "", "--appendonly", "no",
		       "--dir", stores_folder, (char *)NULL);
		_exit(127);
	}
	for (unsigned i = 0; i < 1000 && !redis_answers(); i++) {
		cr_assert_eq(waitpid(redis, NULL, WNOHANG), 0, "redis-server does not run");
		usleep(10000);
	}
}

void stores_begin(void)
{
	strcpy(stores_folder, "/tmp/test-stores-XXXXXX");
	cr_assert_not_null(mkdtemp(stores_folder));
	cr_assert(shared_set_folder(stores_folder));
	arena_init(&arena, 256 << 20, LIFETIME_EVENT);
	redis_start();
}

void stores_end(void)
{
	char command[128];

	arena_reset(&arena);
	kill(redis, SIGKILL);
	waitpid(redis, NULL, 0);
	snprintf(command, sizeof(command), "rm -rf %s", stores_folder);
	cr_assert_eq(system(command), 0);
}

enum store_status store_ask(struct shared_variable *variable, struct store_request *request)
{
	struct wait_request wait;
	void *pending = NULL;
	enum store_status status;

	request->wait = &wait;
	request->arena = &arena;
	request->pending = &pending;
	while ((status = shared_perform(variable, request)) == STORE_WAITING)
		wait_poll(&wait);
	return status;
}

int64_t store_number(struct shared_variable *variable, enum store_operation operation,
		     struct text key, int64_t number, int64_t now)
{
	struct store_request request = {
		.operation = operation, .key = key, .number = number, .now = now
	};
	enum store_status status = store_ask(variable, &request);

	cr_assert(status <= STORE_DONE, "%s", request.fault ? request.fault : "refused");
	return request.count;
}
