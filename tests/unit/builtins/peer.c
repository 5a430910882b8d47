#include "peer.h"

#include "base/wait.h"
#include "net/socket.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void peer_serve(int listener, void (*serve)(int fd), unsigned count)
{
	struct pollfd set = {listener, POLLIN, 0};
	int fd;

	alarm(120);
	signal(SIGPIPE, SIG_IGN);
	while (count-- > 0) {
		poll(&set, 1, -1);
		fd = accept(listener, NULL, NULL);
		fcntl(fd, F_SETFL, 0);
		serve(fd);
		close(fd);
	}
	_exit(0);
}

void peer_start(struct peer *peer, void (*serve)(int fd))
{
	peer_start_for(peer, serve, 1);
}

void peer_start_for(struct peer *peer, void (*serve)(int fd), unsigned count)
{
	struct endpoint endpoint;
	int listener;

	strcpy(peer->folder, "/tmp/test-peer-XXXXXX");
	cr_assert_not_null(mkdtemp(peer->folder));
	snprintf(peer->address, sizeof(peer->address), "unix:%s/s", peer->folder);
	cr_assert_null(endpoint_parse(text_of_string(peer->address, LIFETIME_EVENT), &endpoint));
	peer->process = 0;
	if (!serve)
		return;
	listener = socket_listen(&endpoint, 8, 0600);
	cr_assert_geq(listener, 0);
	peer->process = fork();
	if (peer->process == 0)
		peer_serve(listener, serve, count);
	close(listener);
}

int peer_end(struct peer *peer)
{
	char path[64];
	int status = 0;

	if (peer->process > 0)
		waitpid(peer->process, &status, 0);
	snprintf(path, sizeof(path), "%s/s", peer->folder);
	unlink(path);
	rmdir(peer->folder);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void peer_world(struct world *world, const struct peer *peer, const char *source)
{
	struct buffer filled;

	buffer_init(&filled, 1 << 20);
	for (; *source; source++) {
		if (*source == '$')
			buffer_append_string(&filled, peer->address);
		else
			buffer_append_byte(&filled, *source);
	}
	buffer_append_byte(&filled, 0);
	world_open(world, filled.data);
	buffer_free(&filled);
}

enum vm_status peer_call(struct world *world, const char *function)
{
	enum vm_status status = world_call(world, function);

	while (status == VM_WAITING) {
		wait_poll(vm_wait(world->vm));
		status = vm_run(world->vm);
	}
	return status;
}

static void body_open(struct world *world, const struct peer *peer, const char *body)
{
	struct buffer source;

	buffer_init(&source, 1 << 20);
	buffer_printf(&source, "function probe() -> bool { %s }\n", body);
	buffer_append_byte(&source, 0);
	peer_world(world, peer, source.data);
	buffer_free(&source);
}

void peer_holds(void (*serve)(int fd), const char *body)
{
	enum vm_status status;
	struct world world;
	struct peer peer;

	peer_start(&peer, serve);
	body_open(&world, &peer, body);
	status = peer_call(&world, "probe");
	cr_expect_eq(status, VM_DONE, "%.*s: %s", TEXT_PRINTF(vm_failure(world.vm)->message), body);
	if (status == VM_DONE)
		cr_expect_eq(vm_result(world.vm).i, 1, "not true: %s", body);
	world_close(&world);
	cr_expect_eq(peer_end(&peer), 0);
}

void peer_raises(void (*serve)(int fd), const char *kind, const char *body)
{
	enum vm_status status;
	struct world world;
	struct peer peer;

	peer_start(&peer, serve);
	body_open(&world, &peer, body);
	status = peer_call(&world, "probe");
	cr_expect_eq(status, VM_FAILED, "nothing was raised by: %s", body);
	cr_expect(status == VM_FAILED && text_equals_string(vm_failure(world.vm)->kind, kind),
		  "%.*s: %.*s", TEXT_PRINTF(vm_failure(world.vm)->kind),
		  TEXT_PRINTF(vm_failure(world.vm)->message));
	world_close(&world);
	peer_end(&peer);
}
