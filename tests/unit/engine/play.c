#include "play.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

void play_begin(struct play *play)
{
	memset(play, 0, sizeof(*play));
	play->chain = afsl_chain_new();
	cr_assert_not_null(play->chain);
}

struct afsl_program *play_load(const char *source)
{
	struct afsl_load_options options = {.source = source, .source_length = strlen(source)};
	struct afsl_report *report = NULL;
	struct afsl_program *program = afsl_program_load("test.afsl", &options, &report);

	if (!program)
		cr_log_error("%s\n", report ? afsl_report_text(report, false) : "no report");
	afsl_report_free(report);
	return program;
}

void play_add(struct play *play, const char *name, const char *source,
	      const struct play_filter *options)
{
	struct afsl_program *program = play_load(source);
	struct afsl_filter_options filter = {.name = name};

	cr_assert_not_null(program);
	if (options) {
		filter.on_error = options->on_error;
		filter.limits = options->limits;
		filter.limit_count = options->limit_count;
		filter.scope = options->scope;
	}
	cr_assert(afsl_chain_add(play->chain, program, &filter));
	afsl_program_release(program);
}

static void take_line(void *argument, int level, const char *line)
{
	struct play *play = argument;
	int length = snprintf(play->log + play->log_length, sizeof(play->log) - play->log_length,
			      "%d %s\n", level, line);

	play->log_length += (size_t)length;
	if (play->log_length >= sizeof(play->log))
		play->log_length = sizeof(play->log) - 1;
}

void play_session(struct play *play)
{
	afsl_session_free(play->session);
	play->session = afsl_session_new(play->chain);
	cr_assert_not_null(play->session);
	afsl_session_log(play->session, take_line, play);
	afsl_session_name(play->session, "S1");
}

void play_one(struct play *play, const char *source)
{
	play_begin(play);
	play_add(play, "one", source, NULL);
	play_session(play);
}

void play_end(struct play *play)
{
	afsl_session_free(play->session);
	afsl_chain_release(play->chain);
}

static enum afsl_verdict_kind finish(struct play *play, enum afsl_status status)
{
	cr_assert_neq(status, AFSL_MISUSED);
	cr_assert_eq(afsl_finish(play->session), AFSL_DONE);
	return afsl_verdict(play->session)->kind;
}

enum afsl_verdict_kind play_connect(struct play *play, const char *ip)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(4321)};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(4321)};
	struct afsl_client client = {.name = "client.example.net"};

	if (inet_pton(AF_INET, ip, &v4.sin_addr) == 1) {
		client.address = (const struct sockaddr *)&v4;
		client.address_length = sizeof(v4);
	} else {
		cr_assert_eq(inet_pton(AF_INET6, ip, &v6.sin6_addr), 1);
		client.address = (const struct sockaddr *)&v6;
		client.address_length = sizeof(v6);
	}
	return finish(play, afsl_connect(play->session, &client));
}

enum afsl_verdict_kind play_helo(struct play *play, const char *name)
{
	return finish(play, afsl_helo(play->session, T(name), true));
}

enum afsl_verdict_kind play_mail(struct play *play, const char *sender)
{
	return finish(play, afsl_mail(play->session, T(sender), NULL, 0));
}

enum afsl_verdict_kind play_rcpt(struct play *play, const char *recipient)
{
	return finish(play, afsl_rcpt(play->session, T(recipient), NULL, 0));
}

enum afsl_verdict_kind play_data(struct play *play)
{
	return finish(play, afsl_data(play->session));
}

enum afsl_verdict_kind play_header(struct play *play, const char *name, const char *raw)
{
	return finish(play, afsl_header(play->session, T(name), T(raw)));
}

enum afsl_verdict_kind play_eoh(struct play *play)
{
	return finish(play, afsl_end_of_headers(play->session));
}

enum afsl_verdict_kind play_body(struct play *play, const char *bytes)
{
	return finish(play, afsl_body(play->session, T(bytes)));
}

enum afsl_verdict_kind play_eom(struct play *play)
{
	return finish(play, afsl_end_of_message(play->session));
}

enum afsl_verdict_kind play_abort(struct play *play)
{
	return finish(play, afsl_abort(play->session));
}

enum afsl_verdict_kind play_disconnect(struct play *play)
{
	return finish(play, afsl_disconnect(play->session));
}

static bool is_refusal(enum afsl_verdict_kind kind)
{
	return kind != AFSL_CONTINUE && kind != AFSL_ACCEPT;
}

enum afsl_verdict_kind play_message(struct play *play, const char *sender)
{
	enum afsl_verdict_kind kind = play_mail(play, sender);

	if (!is_refusal(kind))
		kind = play_rcpt(play, "<to@example.org>");
	if (!is_refusal(kind))
		kind = play_data(play);
	if (!is_refusal(kind))
		kind = play_header(play, "Subject", " s");
	if (!is_refusal(kind))
		kind = play_header(play, "To", " t");
	if (!is_refusal(kind))
		kind = play_eoh(play);
	if (!is_refusal(kind))
		kind = play_body(play, "b\r\n");
	return is_refusal(kind) ? kind : play_eom(play);
}

const char *play_changes(const struct play *play)
{
	static const char *const names[] = {"addHeader",   "insertHeader", "changeHeader",
					    "addRcpt",	   "discardRcpt",  "changeSender",
					    "replaceBody", "quarantine"};
	static char out[65536];
	size_t length = 0;

	out[0] = '\0';
	for (size_t i = 0; i < afsl_change_count(play->session); i++) {
		struct afsl_change change = afsl_change(play->session, i);

		length += (size_t)snprintf(out + length, sizeof(out) - length, "%s ",
					   names[change.kind]);
		if (change.kind == AFSL_INSERT_HEADER || change.kind == AFSL_CHANGE_HEADER)
			length += (size_t)snprintf(out + length, sizeof(out) - length, "%u ",
						   change.index);
		length += (size_t)snprintf(out + length, sizeof(out) - length, "%.*s:%.*s|",
					   (int)change.name.length, change.name.data,
					   (int)change.value.length, change.value.data);
	}
	return out;
}

static bool collect(void *argument, const char *bytes, size_t length)
{
	char *out = argument;

	for (size_t i = 0; i < length; i++)
		if (bytes[i] != '\r')
			strncat(out, bytes[i] == '\n' ? "|" : (char[]){bytes[i], '\0'}, 1);
	return true;
}

const char *play_headers(const struct play *play)
{
	static char out[65536];

	out[0] = '\0';
	cr_assert(afsl_write_headers(play->session, collect, out));
	return out;
}

const char *play_said(struct play *play)
{
	static char out[65536];
	char *line, *rest = play->log;

	out[0] = '\0';
	while ((line = strsep(&rest, "\n")) && *line) {
		const char *said = strstr(line, ": ");

		strcat(out, said ? said + 2 : line);
		strcat(out, "|");
	}
	play->log_length = 0;
	play->log[0] = '\0';
	return out;
}

/* ---- a peer ---- */

static struct {
	int listener;
	const char *bytes;
	size_t length;
	char address[64];
} peer;

static void *peer_run(void *argument)
{
	int fd, before = -1;

	while ((fd = accept(peer.listener, NULL, NULL)) >= 0) {
		(void)!send(fd, peer.bytes, peer.length, MSG_NOSIGNAL);
		if (before >= 0)
			close(before);
		before = fd;
	}
	return argument;
}

const char *play_peer(const char *bytes, size_t length)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	pthread_t thread;

	peer.listener = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_eq(bind(peer.listener, (struct sockaddr *)&address, size), 0);
	cr_assert_eq(listen(peer.listener, 64), 0);
	getsockname(peer.listener, (struct sockaddr *)&address, &size);
	peer.bytes = bytes;
	peer.length = length;
	snprintf(peer.address, sizeof(peer.address), "inet:%u@127.0.0.1",
		 (unsigned)ntohs(address.sin_port));
	cr_assert_eq(pthread_create(&thread, NULL, peer_run, NULL), 0);
	pthread_detach(thread);
	return peer.address;
}
