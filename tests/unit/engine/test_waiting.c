/* Handlers that wait: put aside, resumed, given up, and stopped by their deadline. */
#include "play.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static struct play play;
static int listener;
static char source[2048];

/* A peer that takes connections and says nothing by itself. */
static void begin(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof(address);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(listener, 200), 0);
	getsockname(listener, (struct sockaddr *)&address, &length);
	snprintf(source, sizeof(source),
		 "session var link: socket;\n"
		 "event onMailFrom {\n"
		 "  try {\n"
		 "    var s = connect(\"inet:%u@127.0.0.1\", timeout: 5s);\n"
		 "    s.write(\"hello\\r\\n\");\n"
		 "    log.info(\"got %%{s.readLine()}\");\n"
		 "  } catch (e) { log.info(\"caught %%{e.kind}\"); }\n"
		 "}\n"
		 "event onAbort { log.info(\"abort\"); }\n"
		 "event onDataReceived { if (mailFrom == \"no@b\") { reject(); } }\n",
		 ntohs(address.sin_port));
	memset(&play, 0, sizeof(play));
}

static void end(void)
{
	close(listener);
	if (play.chain || play.session)
		play_end(&play);
}

TestSuite(waiting, .init = begin, .fini = end);

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* Resumes until the handler waits for the peer's line. */
static int peer_of(struct play *playing)
{
	int peer = accept(listener, NULL, NULL);
	char line[64];

	for (unsigned i = 0; i < 100; i++) {
		struct pollfd ready = {peer, POLLIN, 0};

		if (poll(&ready, 1, 20) == 1)
			break;
		cr_assert_eq(afsl_resume(playing->session), AFSL_WAITING);
	}
	cr_assert_eq(read(peer, line, sizeof(line)), 7);
	return peer;
}

Test(waiting, a_handler_is_put_aside_and_goes_on)
{
	const struct afsl_wait *wait;
	int peer;

	play_one(&play, source);
	cr_assert_eq(afsl_mail(play.session, T("<a@b>"), NULL, 0), AFSL_WAITING);
	cr_assert_eq(afsl_status(play.session), AFSL_WAITING);
	peer = peer_of(&play);
	wait = afsl_wait(play.session);
	cr_assert_eq(wait->count, 1);
	cr_assert(wait->events[0] & POLLIN);
	cr_assert_gt(wait->deadline, now());
	cr_assert_leq(wait->deadline, now() + 25000000);
	/* Nothing else may begin meanwhile. */
	cr_assert_eq(afsl_rcpt(play.session, T("<c@d>"), NULL, 0), AFSL_MISUSED);
	cr_assert_eq(afsl_abort(play.session), AFSL_MISUSED);
	cr_assert_not(afsl_macros(play.session, AFSL_RCPT, NULL, 0));
	cr_assert_eq(afsl_resume(play.session), AFSL_WAITING);
	cr_assert_eq(write(peer, "world\r\n", 7), 7);
	cr_assert_eq(afsl_finish(play.session), AFSL_DONE);
	cr_assert_str_eq(play_said(&play), "got world|");
	close(peer);
}

/* Its bytes are the host's where nobody wants the header as a whole. */
Test(waiting, the_field_at_hand_stays)
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	int peer;

	getsockname(listener, (struct sockaddr *)&address, &length);
	snprintf(source, sizeof(source),
		 "event onHeader {\n"
		 "  var s = connect(\"inet:%u@127.0.0.1\", timeout: 5s);\n"
		 "  s.write(\"hello\\r\\n\");\n"
		 "  log.info(\"%%{s.readLine()} %%headerName%%:%%headerValue%%\");\n"
		 "}\n",
		 ntohs(address.sin_port));
	play_one(&play, source);
	play_mail(&play, "<a@b>");
	cr_assert_eq(afsl_header(play.session, T("Subject"), T(" s")), AFSL_WAITING);
	peer = peer_of(&play);
	cr_assert_eq(write(peer, "world\r\n", 7), 7);
	cr_assert_eq(afsl_finish(play.session), AFSL_DONE);
	cr_assert_str_eq(play_said(&play), "world Subject:s|");
	close(peer);
}

/* ---- as many connections as the filter may have ---- */

static void play_bounded(struct play *playing, struct afsl_setting limit)
{
	struct play_filter options = {.limits = {limit}, .limit_count = 1};

	play_begin(playing);
	play_add(playing, "test", source, &options);
	play_session(playing);
}

Test(waiting, for_a_place_among_the_connections_of_the_filter)
{
	struct play others = {0};
	struct pollfd more = {listener, POLLIN, 0};
	int first, second;

	play_bounded(&play, (struct afsl_setting){"connections", "1"});
	others.session = afsl_session_new(play.chain);
	cr_assert_eq(afsl_mail(play.session, T("<a@b>"), NULL, 0), AFSL_WAITING);
	first = peer_of(&play);
	cr_assert_eq(afsl_mail(others.session, T("<a@b>"), NULL, 0), AFSL_WAITING);
	cr_assert_eq(afsl_resume(others.session), AFSL_WAITING);
	cr_expect_eq(poll(&more, 1, 50), 0, "a second connection");
	cr_expect_eq(afsl_wait(others.session)->count, 1);
	cr_assert_eq(write(first, "world\r\n", 7), 7);
	cr_assert_eq(afsl_finish(play.session), AFSL_DONE);
	cr_assert_str_eq(play_said(&play), "got world|");
	/* The event is over, and its socket closed. */
	cr_expect_eq(poll(&(struct pollfd){afsl_wait(others.session)->fds[0], POLLIN, 0}, 1, 0), 1);
	cr_assert_eq(afsl_resume(others.session), AFSL_WAITING);
	second = peer_of(&others);
	cr_assert_eq(write(second, "again\r\n", 7), 7);
	cr_assert_eq(afsl_finish(others.session), AFSL_DONE);
	afsl_session_free(others.session);
	close(first), close(second);
}

Test(waiting, for_a_place_has_an_end)
{
	struct play others = {0};
	int first, second;

	memcpy(strstr(source, "5s"), "1s", 2);
	play_bounded(&play, (struct afsl_setting){"connections", "1"});
	others.session = afsl_session_new(play.chain);
	cr_assert_eq(afsl_mail(others.session, T("<a@b>"), NULL, 0), AFSL_WAITING);
	first = peer_of(&others);
	cr_assert_eq(afsl_mail(play.session, T("<a@b>"), NULL, 0), AFSL_WAITING);
	cr_assert_eq(afsl_finish(play.session), AFSL_DONE);
	cr_assert_str_eq(play_said(&play), "caught busy|");
	/* Who has given up does not stand in the way of those behind him. */
	afsl_abort(play.session);
	play_said(&play);
	cr_assert_eq(afsl_mail(play.session, T("<a@b>"), NULL, 0), AFSL_WAITING);
	afsl_session_free(others.session); /* with its connection */
	cr_assert_eq(afsl_resume(play.session), AFSL_WAITING);
	second = peer_of(&play);
	close(second);
	cr_assert_eq(afsl_finish(play.session), AFSL_DONE);
	cr_assert_str_eq(play_said(&play), "caught closed|");
	close(first);
}

Test(waiting, arguments_of_a_mail_outlive_the_abort_before_it)
{
	char sender[] = "<second@b>", parameter[] = "SIZE=1";
	struct afsl_text parameters[] = {T(parameter)};
	char waits[3000];
	int peer;

	snprintf(waits, sizeof(waits), "%s", source);
	memcpy(strstr(waits, "onMailFrom"), "onAbort   ", 10);
	memcpy(strstr(waits, "onAbort {"), "onData  {", 9);
	strcat(waits,
	       "event onMailFrom { log.info(\"%mailFrom% %{mailParameters.join(\"\")}\"); }\n");
	play_one(&play, waits);
	play_mail(&play, "<first@b>");
	play_said(&play);
	cr_assert_eq(afsl_mail(play.session, T(sender), parameters, 1), AFSL_WAITING);
	memset(sender, '?', sizeof(sender));
	memset(parameter, '?', sizeof(parameter));
	memset(parameters, 0, sizeof(parameters));
	peer = peer_of(&play);
	cr_assert_eq(write(peer, "world\r\n", 7), 7);
	cr_assert_eq(afsl_finish(play.session), AFSL_DONE);
	cr_assert_str_eq(play_said(&play), "got world|second@b SIZE=1|");
	close(peer);
}

Test(waiting, the_session_may_end_first)
{
	char byte;
	int peer;

	play_one(&play, source);
	cr_assert_eq(afsl_mail(play.session, T("<a@b>"), NULL, 0), AFSL_WAITING);
	peer = peer_of(&play);
	afsl_session_free(play.session);
	play.session = NULL;
	/* Its socket is closed, and `catch` has not run. */
	cr_assert_eq(read(peer, &byte, 1), 0);
	cr_assert_str_eq(play_said(&play), "");
	close(peer);
}

Test(waiting, the_deadline_of_the_event_bounds_all_waits)
{
	struct play_filter quick = {.limits = {{"eventTime", "300"}}, .limit_count = 1};
	int64_t began = now();

	play_begin(&play);
	play_add(&play, "quick", source, &quick);
	play_session(&play);
	cr_assert_eq(play_mail(&play, "<a@b>"), AFSL_CONTINUE);
	cr_assert_lt(now() - began, 1500000);
	cr_assert_gt(now() - began, 250000);
	/* The limit cannot be caught; MAIL awaits no reply, so the end of the message tells. */
	cr_assert_eq(play_eom(&play), AFSL_TEMPFAIL);
	cr_assert_not_null(strstr(afsl_verdict(play.session)->error, "limit eventTime"));
	cr_assert_null(strstr(play.log, "caught"));
}

Test(waiting, content_events_share_one_budget)
{
	struct play_filter quick = {.limits = {{"contentTime", "1500"}}, .limit_count = 1};
	char content[3000];
	int64_t began = now();

	snprintf(content, sizeof(content), "%s", source);
	memcpy(strstr(content, "onMailFrom"), "onHeader  ", 10);
	play_begin(&play);
	play_add(&play, "quick", content, &quick);
	play_session(&play);
	/* The peer closes after a second: what is left for the second field is less. */
	cr_assert_eq(afsl_header(play.session, T("A"), T(" 1")), AFSL_WAITING);
	int peer = peer_of(&play);

	while (now() - began < 1000000)
		usleep(1000);
	close(peer);
	cr_assert_eq(afsl_finish(play.session), AFSL_DONE);
	cr_assert_str_eq(play_said(&play), "caught closed|");
	began = now();
	cr_assert_eq(play_header(&play, "B", " 2"), AFSL_CONTINUE);
	cr_assert_lt(now() - began, 1000000);
	cr_assert_eq(play_eom(&play), AFSL_TEMPFAIL);
	cr_assert_not_null(strstr(afsl_verdict(play.session)->error, "Time"), "%s",
			   afsl_verdict(play.session)->error);
}

static void count_line(void *argument, int level, const char *line)
{
	unsigned *lines = argument;

	(void)level;
	*lines += strstr(line, "got x") != NULL;
}

Test(waiting, every_message_has_its_own_budget)
{
	struct play_filter quick = {.limits = {{"contentTime", "600"}}, .limit_count = 1};
	char content[3000];

	snprintf(content, sizeof(content), "%s", source);
	memcpy(strstr(content, "onMailFrom"), "onHeader  ", 10);
	play_begin(&play);
	play_add(&play, "quick", content, &quick);
	play_session(&play);
	for (unsigned i = 0; i < 2; i++) {
		int64_t began = now();
		int peer;

		cr_assert_eq(afsl_header(play.session, T("A"), T(" 1")), AFSL_WAITING);
		peer = peer_of(&play);
		while (now() - began < 400000)
			usleep(1000);
		close(peer);
		cr_assert_eq(afsl_finish(play.session), AFSL_DONE);
		cr_assert_eq(play_eom(&play), AFSL_CONTINUE);
	}
	cr_assert_str_eq(play_said(&play), "caught closed|caught closed|");
}

Test(waiting, on_stop_runs_with_the_last_use)
{
	char stops[3000];
	struct pollfd called = {listener, POLLIN, 0};
	struct afsl_program *program;

	snprintf(stops, sizeof(stops), "%s", source);
	memcpy(strstr(stops, "onMailFrom"), "onStop    ", 10);
	strcpy(strstr(stops, "    s.write"), "  } catch (e) { }\n}\n");
	program = play_load(stops);
	afsl_program_keep(program);
	afsl_program_release(program);
	cr_assert_eq(poll(&called, 1, 0), 0);
	afsl_program_release(program);
	cr_assert_eq(poll(&called, 1, 2000), 1);
}

Test(waiting, a_hundred_suspended_handlers_on_one_thread)
{
	static struct afsl_session *sessions[100];
	static int peers[100];
	unsigned done = 0, lines = 0;

	play_one(&play, source);
	for (unsigned i = 0; i < 100; i++) {
		sessions[i] = afsl_session_new(play.chain);
		cr_assert_not_null(sessions[i]);
		afsl_session_log(sessions[i], count_line, &lines);
		cr_assert_eq(afsl_mail(sessions[i], T("<a@b>"), NULL, 0), AFSL_WAITING);
		peers[i] = accept(listener, NULL, NULL);
	}
	for (unsigned i = 100; i-- > 0;)
		cr_assert_eq(write(peers[i], "x\r\n", 3), 3);
	for (unsigned round = 0; round < 1000 && done < 100; round++) {
		done = 0;
		for (unsigned i = 0; i < 100; i++) {
			if (afsl_status(sessions[i]) == AFSL_WAITING)
				afsl_resume(sessions[i]);
			done += afsl_status(sessions[i]) == AFSL_DONE;
		}
		usleep(1000);
	}
	cr_assert_eq(done, 100);
	cr_assert_eq(lines, 100);
	for (unsigned i = 0; i < 100; i++) {
		close(peers[i]);
		afsl_session_free(sessions[i]);
	}
}

Test(waiting, a_suspended_filter_of_a_chain_goes_on_in_its_place)
{
	int peer;

	play_begin(&play);
	play_add(&play, "a", "event onMailFrom { log.info(\"a\"); }", NULL);
	play_add(&play, "b", source, NULL);
	play_add(&play, "c", "event onMailFrom { log.info(\"c\"); }", NULL);
	play_session(&play);
	cr_assert_eq(afsl_mail(play.session, T("<a@b>"), NULL, 0), AFSL_WAITING);
	peer = peer_of(&play);
	cr_assert_str_eq(play_said(&play), "a|");
	cr_assert_eq(write(peer, "hi\r\n", 4), 4);
	cr_assert_eq(afsl_finish(play.session), AFSL_DONE);
	cr_assert_str_eq(play_said(&play), "got hi|c|");
	close(peer);
}

/* What the host says may be gone when a filter before has waited. */
Test(waiting, what_was_said_is_kept_for_later_filters)
{
	char sender[] = "<a@b.example>", parameter[] = "SIZE=77";
	struct afsl_text parameters[1] = {{parameter, strlen(parameter)}};

	play_begin(&play);
	play_add(&play, "first", source, NULL);
	play_add(&play, "second",
		 "event onMailFrom { log.info(\"%mailFrom% %{mailParameters.join(\",\")}\"); }",
		 NULL);
	play_session(&play);
	cr_assert_eq(afsl_mail(play.session, T(sender), parameters, 1), AFSL_WAITING);
	memset(sender, 'x', sizeof(sender) - 1);
	memset(parameter, 'y', sizeof(parameter) - 1);
	parameters[0] = (struct afsl_text){NULL, 1000};
	close(peer_of(&play));
	cr_assert_eq(afsl_finish(play.session), AFSL_DONE);
	cr_assert_not_null(strstr(play.log, "a@b.example SIZE=77"), "%s", play.log);
}

Test(waiting, a_client_is_kept_for_later_filters)
{
	static char connecting[2048];
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(99)};
	char name[] = "host.example";
	struct afsl_client client = {.address = (struct sockaddr *)&address,
				     .address_length = sizeof(address),
				     .name = name};
	const char *body = strstr(source, "try {");

	address.sin_addr.s_addr = htonl(0xc0000207);
	snprintf(connecting, sizeof(connecting), "event onConnect { %.*s }",
		 (int)(strstr(source, "event onAbort") - body - 2), body);
	play_begin(&play);
	play_add(&play, "first", connecting, NULL);
	play_add(&play, "second",
		 "event onConnect { log.info(\"%remoteSmtpIp% %remoteSmtpPort% %remoteSmtpHost%\"); }",
		 NULL);
	play_session(&play);
	cr_assert_eq(afsl_connect(play.session, &client), AFSL_WAITING);
	memset(&address, 0xff, sizeof(address));
	memset(name, 'x', sizeof(name) - 1);
	memset(&client, 0xff, sizeof(client));
	close(peer_of(&play));
	cr_assert_eq(afsl_finish(play.session), AFSL_DONE);
	cr_assert_not_null(strstr(play.log, "192.0.2.7 99 host.example"), "%s", play.log);
}

Test(waiting, filters_that_judge_wait_for_the_first_of_them)
{
	struct play_filter quick = {.limits = {{"eventTime", "300"}}, .limit_count = 1};

	play_begin(&play);
	afsl_chain_judge(play.chain);
	play_add(&play, "slow", source, NULL);
	play_add(&play, "quick", source, &quick);
	play_session(&play);
	cr_assert_eq(afsl_mail(play.session, T("<a@b>"), NULL, 0), AFSL_WAITING);
	cr_assert_eq(afsl_wait(play.session)->count, 2);
	cr_assert_leq(afsl_wait(play.session)->deadline, now() + 300000);
}

Test(waiting, filters_that_judge_are_given_up_together)
{
	char byte;
	int peers[2];

	play_begin(&play);
	afsl_chain_judge(play.chain);
	play_add(&play, "a", source, NULL);
	play_add(&play, "b", source, NULL);
	play_session(&play);
	cr_assert_eq(afsl_mail(play.session, T("<a@b>"), NULL, 0), AFSL_WAITING);
	peers[0] = peer_of(&play);
	peers[1] = peer_of(&play);
	afsl_cancel(play.session);
	for (unsigned i = 0; i < 2; i++) {
		struct pollfd ready = {peers[i], POLLIN, 0};

		cr_assert_eq(poll(&ready, 1, 1000), 1);
		cr_assert_eq(read(peers[i], &byte, 1), 0);
		close(peers[i]);
	}
	cr_assert_eq(afsl_disconnect(play.session), AFSL_DONE);
}
