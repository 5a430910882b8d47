/* What each word of a script does. */
#include "play.h"

#include "base/memory.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct text word_at(const struct line *line, unsigned n)
{
	return n < line->count ? line->words[n] : TEXT_EMPTY;
}

static bool show_difference(struct play *play, const char *what, struct text wanted,
			    struct text got)
{
	struct buffer a, b;

	buffer_init(&a, 4096);
	buffer_init(&b, 4096);
	buffer_append_visible(&a, wanted, 60);
	buffer_append_visible(&b, got, 60);
	buffer_append_byte(&a, 0);
	buffer_append_byte(&b, 0);
	play_fail(play, "%s (%u bytes): wanted %s, got (%u bytes) %s", what, wanted.length, a.data,
		  got.length, b.data);
	buffer_free(&a);
	buffer_free(&b);
	return false;
}

/* ---- what the client is asked to do ---- */

static bool client_connect_step(struct milter_client *client, const struct line *line)
{
	static const char *const families[] = {"unknown", "inet", "inet6", "unix"};
	struct text family = word_at(line, 3), place = word_at(line, 4);
	struct ip ip = {0};
	int64_t port = line->count > 5 ? word_number(line->words[5]) : 0;
	unsigned i = 0;

	while (i < 3 && !text_equals_string(family, families[i]))
		i++;
	if (i == CLIENT_INET || i == CLIENT_INET6)
		ip_parse(place, &ip);
	return milter_client_connect(client, word_at(line, 2), (enum client_family)i, ip, place,
				     (uint16_t)port);
}

/* "do WORD arguments...": false when the client refuses. */
static bool client_step(struct milter_client *client, const struct line *line)
{
	struct text word = word_at(line, 1), first = word_at(line, 2);
	const struct text *more = line->words + 3;
	uint32_t count = line->count > 3 ? line->count - 3 : 0;

	if (text_equals_string(word, "negotiate"))
		return milter_client_negotiate(client);
	if (text_equals_string(word, "connect"))
		return client_connect_step(client, line);
	if (text_equals_string(word, "helo"))
		return milter_client_helo(client, first);
	if (text_equals_string(word, "mail"))
		return milter_client_mail(client, first, more, count);
	if (text_equals_string(word, "rcpt"))
		return milter_client_rcpt(client, first, more, count);
	if (text_equals_string(word, "data"))
		return milter_client_data(client);
	if (text_equals_string(word, "unknown"))
		return milter_client_unknown(client, first);
	if (text_equals_string(word, "header"))
		return milter_client_header(client, first, word_at(line, 3));
	if (text_equals_string(word, "eoh"))
		return milter_client_end_of_headers(client);
	if (text_equals_string(word, "body"))
		return milter_client_body(client, first);
	if (text_equals_string(word, "eom"))
		return milter_client_end_of_message(client);
	if (text_equals_string(word, "abort"))
		return milter_client_abort(client);
	if (text_equals_string(word, "quit"))
		return milter_client_quit(client);
	fprintf(stderr, "%u: no such step\n", line->number);
	exit(2);
}

/* A refusal leaves the step that is under way as it was. */
static bool client_begin(struct play *play, const struct line *line, bool *begun)
{
	if (!play_connect(play))
		return false;
	*begun = client_step(play->client, line);
	play->begun = play->begun || *begun;
	play->next_change = 0;
	return true;
}

static bool play_do(struct play *play, const struct line *line)
{
	bool begun;

	if (!client_begin(play, line, &begun))
		return false;
	return begun ||
	       play_fail(play, "refused: %s", milter_client_failure(play->client)->message);
}

static bool play_refused(struct play *play, const struct line *line)
{
	bool begun;

	if (!client_begin(play, line, &begun))
		return false;
	if (begun)
		return play_fail(play, "not refused");
	return milter_client_failure(play->client)->kind == MILTER_FAILURE_ARGUMENT ||
	       play_fail(play, "refused for another reason: %s",
			 milter_client_failure(play->client)->message);
}

/* Like "do", when the client may have failed already. */
static bool play_try(struct play *play, const struct line *line)
{
	bool begun;

	return client_begin(play, line, &begun);
}

static bool stage_find(struct text name, enum macro_stage *stage)
{
	for (unsigned i = 0; i < MACRO_STAGE_COUNT; i++) {
		*stage = (enum macro_stage)i;
		if (text_equals_string(name, macro_stage_name(*stage)))
			return true;
	}
	return false;
}

static bool play_macros(struct play *play, const struct line *line)
{
	enum macro_stage stage;

	if (!play_connect(play) || !stage_find(word_at(line, 1), &stage))
		return play_fail(play, "no such stage");
	return milter_client_macros(play->client, stage, line->words + 2, (line->count - 2) / 2) ||
	       play_fail(play, "refused: %s", milter_client_failure(play->client)->message);
}

static bool play_macros_refused(struct play *play, const struct line *line)
{
	enum macro_stage stage;

	if (!play_connect(play) || !stage_find(word_at(line, 1), &stage))
		return play_fail(play, "no such stage");
	return !milter_client_macros(play->client, stage, line->words + 2, (line->count - 2) / 2) ||
	       play_fail(play, "not refused");
}

/* ---- what the filter sees and sends ---- */

static bool play_expect(struct play *play, const struct line *line)
{
	struct text letter = word_at(line, 1);
	struct buffer wanted;
	struct packet packet;
	bool ok = true;
	size_t size;

	if (!play_frame(play, &packet, &size))
		return false;
	buffer_init(&wanted, (size_t)1 << 20);
	line_join(line, 2, &wanted);
	if (packet.letter != letter.data[0])
		ok = play_fail(play, "wanted %c, got %c", letter.data[0], packet.letter);
	else if (!text_equals(buffer_text(&wanted), packet.payload))
		ok = show_difference(play, "payload", buffer_text(&wanted), packet.payload);
	buffer_free(&wanted);
	buffer_consume(&play->got, size);
	return ok;
}

/* "collect LETTER BYTES": frames of one letter until so many bytes of payload have come. */
static bool play_collect(struct play *play, const struct line *line)
{
	size_t wanted = (size_t)word_number(word_at(line, 2)), size;
	struct packet packet;

	for (size_t got = 0; got < wanted; got += packet.payload.length) {
		if (!play_frame(play, &packet, &size))
			return false;
		if (packet.letter != word_at(line, 1).data[0])
			return play_fail(play, "got %c after %zu bytes", packet.letter, got);
		buffer_consume(&play->got, size);
	}
	return true;
}

/* Whatever the client has to say now, nothing of it comes within a moment. */
static bool play_quiet(struct play *play, const struct line *line)
{
	(void)line;
	for (int i = 0; i < 4; i++)
		play_pump(play, 5);
	return play->got.length == 0 ||
	       show_difference(play, "silence", TEXT_EMPTY, buffer_text(&play->got));
}

static bool play_send_frame(struct play *play, const struct line *line)
{
	struct buffer frame;
	bool ok;

	if (!play_connect(play))
		return false;
	buffer_init(&frame, (size_t)8 << 20);
	buffer_append_u32(&frame, 0);
	buffer_append_byte(&frame, word_at(line, 1).data[0]);
	line_join(line, 2, &frame);
	for (unsigned i = 0; i < 4; i++)
		frame.data[i] = (char)((frame.length - 4) >> (24 - 8 * i));
	ok = play_send(play, buffer_text(&frame));
	buffer_free(&frame);
	return ok;
}

static bool play_raw(struct play *play, const struct line *line)
{
	struct buffer bytes;
	bool ok;

	if (!play_connect(play))
		return false;
	buffer_init(&bytes, (size_t)8 << 20);
	line_join(line, 1, &bytes);
	ok = play_send(play, buffer_text(&bytes));
	buffer_free(&bytes);
	return ok;
}

static bool play_close(struct play *play, const struct line *line)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	if (!play_connect(play))
		return false;
	if (line_is(line, "reset"))
		setsockopt(play->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(play->fd);
	play->fd = -1;
	return true;
}

/* The client has closed, and nothing came before. */
static bool play_eof(struct play *play, const struct line *line)
{
	(void)line;
	for (int i = 0; i < 200 && !play->ended && play->got.length == 0; i++)
		play_pump(play, 10);
	if (play->got.length > 0)
		return show_difference(play, "the end", TEXT_EMPTY, buffer_text(&play->got));
	return play->ended || play_fail(play, "the client has not closed");
}

static bool play_pause(struct play *play, const struct line *line)
{
	int64_t end = clock_monotonic() + word_number(word_at(line, 1)) * 1000;

	while (clock_monotonic() < end)
		play_pump(play, 1);
	return true;
}

static bool play_clog(struct play *play, const struct line *line)
{
	play->clogged = line_is(line, "clog");
	return true;
}

static bool play_small(struct play *play, const struct line *line)
{
	(void)line;
	play->small = true;
	return true;
}

/* ---- what the client says ---- */

static bool code_matches(struct play *play, const struct milter_reply *reply,
			 const struct line *line)
{
	if (reply->code != word_number(word_at(line, 2)))
		return play_fail(play, "code %d", reply->code);
	if (!text_equals(reply->enhanced, word_at(line, 3)))
		return show_difference(play, "status", word_at(line, 3), reply->enhanced);
	return text_equals(reply->text, word_at(line, 4)) ||
	       show_difference(play, "text", word_at(line, 4), reply->text);
}

static bool play_reply(struct play *play, const struct line *line)
{
	const struct milter_reply *reply = milter_client_reply(play->client);
	char wanted = word_at(line, 1).data[0];

	if (!play_settle(play))
		return false;
	if (play->status == MILTER_FAILED)
		return play_fail(play, "failed: %s", milter_client_failure(play->client)->message);
	if (reply->letter != wanted)
		return play_fail(play, "wanted %c, the answer is %c", wanted, reply->letter);
	return wanted != MILTER_REPLYCODE || code_matches(play, reply, line);
}

static bool play_settle_step(struct play *play, const struct line *line)
{
	(void)line;
	return play_settle(play);
}

/* The step is not over. */
static bool play_waits(struct play *play, const struct line *line)
{
	(void)line;
	for (int i = 0; i < 3; i++)
		play_pump(play, 5);
	if (play->status == MILTER_FAILED)
		return play_fail(play, "failed: %s", milter_client_failure(play->client)->message);
	return play->begun || play_fail(play, "the step is over");
}

static bool kind_matches(struct play *play, struct text wanted)
{
	static const char *const kinds[] = {"none",	"connect",  "timeout", "closed",
					    "protocol", "argument", "memory"};
	const struct milter_failure *failure = milter_client_failure(play->client);

	return text_equals_string(wanted, kinds[failure->kind]) ||
	       play_fail(play, "another failure: %s (%s)", kinds[failure->kind], failure->message);
}

/* "fails KIND [or KIND]": the client has given up, has closed, and has written nothing more. */
static bool play_fails(struct play *play, const struct line *line)
{
	if (!play_settle(play))
		return false;
	if (play->status != MILTER_FAILED)
		return play_fail(play, "it did not fail");
	if (!kind_matches(play, word_at(line, 1)) &&
	    (line->count < 4 || !kind_matches(play, word_at(line, 3))))
		return false;
	if (milter_client_reply(play->client)->changes->count > 0)
		return play_fail(play, "changes in spite of the failure");
	return play->fd < 0 || play->clogged || play_eof(play, line);
}

static bool play_wants(struct play *play, const struct line *line)
{
	bool wanted = text_equals_string(word_at(line, 2), "yes");
	char letter = word_at(line, 1).data[0];

	return milter_client_wants(play->client, (enum milter_command)letter) == wanted ||
	       play_fail(play, "it does%s", wanted ? " not" : "");
}

/* "change KIND INDEX NAME VALUE [blanks] [more]": the next one. */
static bool play_change(struct play *play, const struct line *line)
{
	const struct changes *changes = milter_client_reply(play->client)->changes;
	bool blanks = false, more = false;
	const struct change *change;

	if (play->next_change == changes->count)
		return play_fail(play, "there are only %u changes", changes->count);
	change = &changes->items[play->next_change++];
	for (unsigned i = 5; i < line->count; i++) {
		blanks = blanks || text_equals_string(line->words[i], "blanks");
		more = more || text_equals_string(line->words[i], "more");
	}
	if (!text_equals_string(word_at(line, 1), change_name(change->kind)))
		return play_fail(play, "the kind is %s", change_name(change->kind));
	if (change->index != (uint32_t)word_number(word_at(line, 2)))
		return play_fail(play, "the index is %u", change->index);
	if (!text_equals(change->name, word_at(line, 3)))
		return show_difference(play, "name", word_at(line, 3), change->name);
	if (!text_equals(change->value, word_at(line, 4)))
		return show_difference(play, "value", word_at(line, 4), change->value);
	if (change->blanks != blanks || change->more != more || !change->foreign)
		return play_fail(play, "flags: blanks %d, more %d, foreign %d", change->blanks,
				 change->more, change->foreign);
	return true;
}

static bool play_changes(struct play *play, const struct line *line)
{
	uint32_t count = milter_client_reply(play->client)->changes->count;

	return count == word_number(word_at(line, 1)) || play_fail(play, "%u changes", count);
}

static bool play_option(struct play *play, const struct line *line)
{
	const struct milter_options *options = milter_client_options(play->client);
	struct text what = word_at(line, 1), wanted = word_at(line, 2), list;

	if (text_equals_string(what, "version"))
		return options->version == word_number(wanted) ||
		       play_fail(play, "another version");
	if (text_equals_string(what, "actions"))
		return options->actions == word_number(wanted) || play_fail(play, "other actions");
	if (text_equals_string(what, "steps"))
		return options->steps == word_number(wanted) || play_fail(play, "other steps");
	list = options->macros[word_number(what)];
	if (line->count < 3)
		return !list.data || play_fail(play, "a list is set");
	return (list.data && text_equals(list, wanted)) ||
	       show_difference(play, "macro list", wanted, list);
}

/* ---- settings ---- */

/* "times command 100": milliseconds. */
static bool play_times(struct play *play, const struct line *line)
{
	for (unsigned i = 1; i + 1 < line->count; i += 2) {
		int64_t time = word_number(line->words[i + 1]) * 1000;

		if (text_equals_string(line->words[i], "connect"))
			play->timeouts.connect = time;
		else if (text_equals_string(line->words[i], "command"))
			play->timeouts.command = time;
		else if (text_equals_string(line->words[i], "content"))
			play->timeouts.content = time;
		else
			play->timeouts.end = time;
	}
	return true;
}

static bool play_endpoint(struct play *play, const struct line *line)
{
	return play_connect_to(play, word_at(line, 1));
}

static const struct {
	const char *word;
	bool (*play)(struct play *play, const struct line *line);
} steps[] = {
	{"do", play_do},
	{"try", play_try},
	{"refused", play_refused},
	{"macros", play_macros},
	{"expect", play_expect},
	{"collect", play_collect},
	{"quiet", play_quiet},
	{"send", play_send_frame},
	{"raw", play_raw},
	{"close", play_close},
	{"reset", play_close},
	{"eof", play_eof},
	{"pause", play_pause},
	{"clog", play_clog},
	{"unclog", play_clog},
	{"small", play_small},
	{"reply", play_reply},
	{"settle", play_settle_step},
	{"waits", play_waits},
	{"fails", play_fails},
	{"wants", play_wants},
	{"change", play_change},
	{"changes", play_changes},
	{"option", play_option},
	{"times", play_times},
	{"endpoint", play_endpoint},
	{"macros-refused", play_macros_refused},
};

bool step_play(struct play *play, const struct line *line)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (line_is(line, steps[i].word))
			return steps[i].play(play, line);
	return play_fail(play, "no such word: %.*s", TEXT_PRINTF(line->words[0]));
}
