#include "peer.h"

#include "net/ports.h"

#include "base/wait.h"
#include "net/kept.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

TestSuite(socket, .timeout = 300);

/* ---- what the other side does ---- */

static void echo(int fd)
{
	char bytes[1000];
	ssize_t got;

	while ((got = read(fd, bytes, sizeof(bytes))) > 0)
		if (write(fd, bytes, (size_t)got) != got)
			_exit(1);
}

static void speak_slowly(int fd)
{
	for (const char *at = "one\r\ntwo\nthree;;four;five"; *at; at++) {
		if (write(fd, at, 1) != 1)
			return; /* the script has heard enough */
		usleep(2000);
	}
}

static void speak_at_length(int fd)
{
	static char text[300000];

	memset(text, 'x', sizeof(text) - 1);
	for (size_t done = 0; done < sizeof(text) - 1;) {
		ssize_t sent = write(fd, text + done, sizeof(text) - 1 - done);

		if (sent < 0)
			return;
		done += (size_t)sent;
	}
}

static void listen_only(int fd)
{
	char bytes[1000];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
}

/* A million bytes in the right order, slowly at first. */
static void check_order(int fd)
{
	char bytes[10000];
	size_t done = 0;

	while (done < 1000000) {
		ssize_t got = read(fd, bytes, sizeof(bytes));

		if (got <= 0)
			_exit(1);
		for (ssize_t i = 0; i < got; i++)
			if (bytes[i] != (char)('0' + (done + (size_t)i) % 10))
				_exit(2);
		done += (size_t)got;
		usleep(done < 100000 ? 10000 : 0);
	}
	if (write(fd, "good", 4) < 0)
		_exit(3);
}

static void sleep_on(int fd)
{
	(void)fd;
	usleep(600 * 1000);
}

static void hang_up(int fd)
{
	(void)fd;
}

/* ---- what scripts see ---- */

Test(socket, words_go_and_come)
{
	peer_holds(echo, "var s = socket.connect(\"$\", timeout: 2s);"
			 "s.write(\"hello\\n\");"
			 "return s.isOpen() and s.readLine() == \"hello\";");
}

Test(socket, lines_delimiters_and_the_rest)
{
	peer_holds(speak_slowly,
		   "var s = socket.connect(\"$\");"
		   "var a = s.readLine(); var b = s.readLine();"
		   "var c = s.readUntil(\";;\"); var d = s.read(5); var e = s.readAll();"
		   "return a == \"one\" and b == \"two\" and c == \"three\""
		   " and d == \"four;\" and e == \"five\" and not s.isOpen();");
}

Test(socket, some_is_what_there_is)
{
	peer_holds(speak_slowly, "var s = socket.connect(\"$\"); var all = \"\"; var n = 0;"
				 "while (true) { var t = s.readSome(3); n += 1;"
				 " if (t == \"\") { return all.endsWith(\"four;five\") and n > 8; }"
				 " all = all + t; } return false;");
}

Test(socket, nothing_is_read_at_once)
{
	peer_holds(hang_up, "var s = socket.connect(\"$\"); return s.read(0) == \"\";");
}

Test(socket, a_large_text_goes_through)
{
	peer_holds(echo, "var s = socket.connect(\"$\"); var t = \"0123456789\".repeat(500);"
			 "s.write(t); return s.read(5000) == t;");
}

Test(socket, a_text_longer_than_the_system_takes_at_once)
{
	peer_holds(check_order, "var s = socket.connect(\"$\");"
				"s.write(\"0123456789\".repeat(100000)); return s.read(4) == "
				"\"good\";");
}

Test(socket, all_of_300_kilobytes)
{
	peer_holds(speak_at_length, "var s = socket.connect(\"$\");"
				    "return s.readAll(299999).length() == 299999;");
}

Test(socket, closed_is_closed)
{
	peer_holds(echo, "var s = socket.connect(\"$\"); s.close(); s.close();"
			 "try { s.write(\"x\"); } catch (e) {"
			 " return e.kind == \"closed\" and not s.isOpen(); } return false;");
}

Test(socket, a_variable_never_connected)
{
	struct world world;

	world_open(&world, "session var s: socket;"
			   "function probe() { s.readLine(); }"
			   "function closing() -> bool { s.close(); return not s.isOpen(); }");
	cr_expect_eq(world_call(&world, "probe"), VM_FAILED);
	cr_expect(text_equals_string(vm_failure(world.vm)->kind, "closed"));
	cr_expect_eq(world_call(&world, "closing"), VM_DONE);
	cr_expect_eq(vm_result(world.vm).i, 1);
	world_close(&world);
}

Test(socket, nobody_there)
{
	peer_raises(NULL, "connect", "var s = socket.connect(\"$\"); return true;");
}

Test(socket, wrong_arguments)
{
	peer_raises(NULL, "argument", "var s = socket.connect(\"tcp:25\"); return true;");
	peer_raises(NULL, "argument", "var s = socket.connect(\"inet:0@127.0.0.1\"); return true;");
	peer_raises(NULL, "argument", "var s = socket.connect(\"$\", timeout: 0s); return true;");
	peer_raises(sleep_on, "argument",
		    "var s = socket.connect(\"$\"); s.read(-1); return true;");
	peer_raises(sleep_on, "argument",
		    "var s = socket.connect(\"$\"); s.read(1000000000); return true;");
	peer_raises(sleep_on, "argument",
		    "var s = socket.connect(\"$\"); s.readUntil(\"\"); return true;");
	peer_raises(sleep_on, "argument",
		    "var s = socket.connect(\"$\"); s.readLine(10, 0s); return true;");
}

Test(socket, silence_is_a_timeout)
{
	int64_t start = clock_monotonic();

	peer_raises(sleep_on, "timeout",
		    "var s = socket.connect(\"$\"); s.readLine(100, 50ms); return true;");
	cr_expect_lt(clock_monotonic() - start, 5000000);
}

Test(socket, a_trickle_is_a_timeout)
{
	peer_raises(speak_slowly, "timeout",
		    "var s = socket.connect(\"$\"); s.read(20, 20ms); return true;");
}

Test(socket, a_full_socket_is_a_timeout)
{
	peer_raises(sleep_on, "timeout",
		    "var s = socket.connect(\"$\"); s.write(\"x\".repeat(4000000), 50ms); return "
		    "true;");
}

Test(socket, the_end_comes_too_early)
{
	peer_raises(hang_up, "closed", "var s = socket.connect(\"$\"); s.readLine(); return true;");
	peer_raises(speak_slowly, "closed",
		    "var s = socket.connect(\"$\"); s.read(1000); return true;");
	peer_raises(speak_slowly, "closed",
		    "var s = socket.connect(\"$\"); s.readUntil(\"never\"); return true;");
}

Test(socket, too_much_is_a_violation)
{
	peer_raises(speak_at_length, "protocol",
		    "var s = socket.connect(\"$\"); s.readLine(); return true;");
	peer_raises(speak_at_length, "protocol",
		    "var s = socket.connect(\"$\"); s.readUntil(\";\", 1000); return true;");
	peer_raises(speak_at_length, "protocol",
		    "var s = socket.connect(\"$\"); s.readAll(1000); return true;");
	peer_raises(speak_slowly, "protocol",
		    "var s = socket.connect(\"$\"); s.readLine(2); return true;");
}

Test(socket, a_line_of_just_the_allowed_length)
{
	peer_holds(speak_slowly, "var s = socket.connect(\"$\"); return s.readLine(3) == \"one\";");
	peer_holds(
		speak_slowly,
		"var s = socket.connect(\"$\"); return s.readUntil(\"two\", 5) == \"one\\r\\n\";");
}

/* Each test is a process of its own, which is bound for good. */
Test(socket, the_configuration_decides_where_to)
{
	struct ports ports = { .bounded = true };
	struct endpoint good;
	struct world world;
	struct peer peer;

	peer_start(&peer, echo);
	peer_world(&world, &peer,
		   "function good() { socket.connect(\"$\"); }"
		   "function bad() { socket.connect(\"inet:25@127.0.0.1\"); }"
		   "function web() { http.get(\"http://127.0.0.1:25/\"); }");
	cr_assert_null(endpoint_parse(text_of_string(peer.address, 0), &good));
	ports_add_endpoint(&ports, &good);
	ports_bound(&ports);
	cr_expect_eq(peer_call(&world, "good"), VM_DONE);
	for (const char **name = (const char *[]){ "bad", "web", NULL }; *name; name++) {
		cr_expect_eq(peer_call(&world, *name), VM_FAILED);
		struct text message = vm_failure(world.vm)->message;
		cr_expect(text_equals_string(vm_failure(world.vm)->kind, "connect"));
		cr_expect(text_find(message,
				    TEXT("inet:25@127.0.0.1: this port is not among "
					 "connectPorts"),
				    0) >= 0,
			  "%s: %.*s", *name, TEXT_PRINTF(message));
	}
	world_close(&world);
	peer_end(&peer);
}

Test(socket, a_handle_ends_with_its_event)
{
	struct world world;
	struct peer peer;

	peer_start(&peer, listen_only);
	peer_world(&world, &peer, "function probe() { socket.connect(\"$\"); }");
	cr_expect_eq(peer_call(&world, "probe"), VM_DONE);
	world_settle(&world);
	cr_expect_eq(peer_end(&peer), 0, "the peer has seen the end");
	world_close(&world);
}

Test(socket, a_session_variable_keeps_it)
{
	struct world world;
	struct peer peer;

	peer_start(&peer, echo);
	peer_world(&world, &peer,
		   "session var s: socket;"
		   "function begin() { s = socket.connect(\"$\"); s.write(\"kept\\n\"); }"
		   "function later() -> bool { return s.readLine() == \"kept\"; }");
	cr_expect_eq(peer_call(&world, "begin"), VM_DONE);
	cr_expect_eq(peer_call(&world, "later"), VM_DONE);
	cr_expect_eq(vm_result(world.vm).i, 1);
	world_close(&world);
	cr_expect_eq(peer_end(&peer), 0);
}

Test(socket, an_event_given_up_while_it_waits_closes)
{
	struct world world;
	struct peer peer;

	peer_start(&peer, listen_only);
	peer_world(&world, &peer,
		   "function probe() { var s = socket.connect(\"$\"); s.readLine(); }");
	cr_expect_eq(world_call(&world, "probe"), VM_WAITING);
	cr_expect_eq(vm_wait(world.vm)->count, 1);
	world_settle(&world);
	cr_expect_eq(peer_end(&peer), 0);
	world_close(&world);
}

Test(socket, so_many_and_no_more)
{
	struct world world;
	struct peer peer;

	peer_start(&peer, listen_only);
	peer_world(&world, &peer,
		   "function probe() { var a = socket.connect(\"$\"); var b = "
		   "socket.connect(\"$\"); }");
	world.limits[LIMIT_sockets] = 1;
	cr_expect_eq(peer_call(&world, "probe"), VM_FAILED);
	cr_expect(vm_failure(world.vm)->limit);
	cr_expect_eq(vm_failure(world.vm)->which, LIMIT_sockets);
	world_close(&world);
	peer_end(&peer);
}

Test(socket, a_closed_one_makes_room)
{
	struct world world;
	struct peer peer;

	peer_start(&peer, sleep_on); /* the backlog takes them */
	peer_world(&world, &peer,
		   "function probe() { for (i in 0..5) {"
		   " var a = socket.connect(\"$\"); a.close(); } }");
	world.limits[LIMIT_sockets] = 1;
	cr_expect_eq(peer_call(&world, "probe"), VM_DONE, "%.*s",
		     TEXT_PRINTF(vm_failure(world.vm)->message));
	world_close(&world);
	peer_end(&peer);
}

Test(socket, writing_to_one_who_left)
{
	signal(SIGPIPE, SIG_DFL);
	peer_raises(hang_up, "closed",
		    "var s = socket.connect(\"$\"); s.readAll(); for (i in 0..1000) {"
		    " s.write(\"x\".repeat(1000)); } return true;");
}

/* ---- connections that are kept ---- */

/* `count` connections are served; the function must return true. */
static void kept_holds(void (*serve)(int fd), unsigned count, const char *body)
{
	char source[4096];
	struct world world;
	struct peer peer;

	peer_start_for(&peer, serve, count);
	snprintf(source, sizeof(source),
		 "function ask(s: socket, question: text) -> text {"
		 " s.write(question + \"\\n\"); return s.readLine(timeout: 200ms); }"
		 "function probe() -> bool { %s }",
		 body);
	peer_world(&world, &peer, source);
	cr_expect_eq(peer_call(&world, "probe"), VM_DONE, "%.*s: %s",
		     TEXT_PRINTF(vm_failure(world.vm)->message), body);
	cr_expect_eq(vm_result(world.vm).i, 1, "not true: %s", body);
	world_close(&world);
	kept_forget();
	cr_expect_eq(peer_end(&peer), 0);
}

Test(socket_kept, is_used_again)
{
	kept_holds(
		echo, 1,
		"var s = socket.reuse(\"$\"); var fresh = not s.isReused(); var a = ask(s, \"a\");"
		"s.keep(); s.keep(); var t = socket.reuse(\"$\");"
		"return fresh and t.isReused() and not s.isOpen() and a == \"a\""
		" and ask(t, \"b\") == \"b\";");
}

Test(socket_kept, is_never_shared_while_in_use)
{
	kept_holds(echo, 1,
		   "var s = socket.reuse(\"$\"); s.keep(); var t = socket.reuse(\"$\");"
		   "var u = socket.reuse(\"$\");" /* the backlog takes it */
		   "return t.isReused() and not u.isReused() and ask(t, \"b\") == \"b\";");
}

static void answer_once(int fd)
{
	char bytes[100];
	ssize_t got = read(fd, bytes, sizeof(bytes));

	if (got > 0 && write(fd, bytes, (size_t)got) != got)
		_exit(1);
}

Test(socket_kept, one_that_was_closed_is_replaced)
{
	kept_holds(answer_once, 3,
		   "var s = socket.reuse(\"$\"); var a = ask(s, \"a\"); s.keep();"
		   "var later = socket.connect(\"$\");" /* accepted once the first one is closed */
		   "var b = ask(later, \"b\"); later.close();"
		   "var t = socket.reuse(\"$\");"
		   "return a == \"a\" and b == \"b\" and not t.isReused() and ask(t, \"c\") == "
		   "\"c\";");
}

/* The first answer comes when nobody waits for it any more. */
static void answer_late_at_first(int fd)
{
	static unsigned served;
	char bytes[100];

	if (served++ > 0) {
		answer_once(fd);
		return;
	}
	usleep(400 * 1000);
	if (read(fd, bytes, sizeof(bytes)) <= 0 || write(fd, "late\n", 5) == 5)
		_exit(1); /* the script has hung up */
}

Test(socket_kept, not_after_a_question_without_an_answer)
{
	kept_holds(answer_late_at_first, 2,
		   "var s = socket.reuse(\"$\"); var kind = \"\";"
		   "try { ask(s, \"old\"); } catch (e) { kind = e.kind; } s.keep();"
		   "var t = socket.reuse(\"$\"); t.write(\"new\\n\");"
		   "return kind == \"timeout\" and not t.isReused() and t.readLine() == \"new\";");
}

static void say_more_than_asked(int fd)
{
	char bytes[100];
	ssize_t got = read(fd, bytes, sizeof(bytes));

	if (got > 0 && write(fd, "first\nsecond\n", 13) != 13)
		_exit(1);
	listen_only(fd);
}

Test(socket_kept, not_with_bytes_that_were_not_read)
{
	kept_holds(say_more_than_asked, 2,
		   "var s = socket.reuse(\"$\"); var a = ask(s, \"a\"); s.keep();"
		   "var t = socket.reuse(\"$\");"
		   "return a == \"first\" and not t.isReused() and ask(t, \"b\") == \"first\";");
}
