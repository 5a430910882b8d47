#include "stores.h"

#include "base/wait.h"
#include "net/socket.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

const char *stores[STORES] = { "memory", "lmdb:test", NULL };
char stores_folder[64];

static struct arena arena;
static pid_t redis;
static char redis_socket[96], redis_store_name[128];

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

/* It ends with us, whatever happens. */
static void redis_start(void)
{
	snprintf(redis_socket, sizeof(redis_socket), "%s/redis.sock", stores_folder);
	snprintf(redis_store_name, sizeof(redis_store_name), "redis:unix:%s?prefix=test",
		 redis_socket);
	stores[2] = redis_store_name;
	redis = fork();
	if (redis == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!freopen("/dev/null", "w", stdout))
			_exit(1);
		execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", redis_socket,
		       "--save", "", "--appendonly", "no", "--dir", stores_folder, (char *)NULL);
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
