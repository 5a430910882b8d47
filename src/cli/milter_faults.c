#include "cli/milter_faults.h"

#include "base/wait.h"
#include "milter/options.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum position { START, NEGOTIATED, CONNECTED, HELO, MAIL, RCPT, DATA, HEADERS, EOH, BODY };

enum { CAP = 64 << 20, MANY = 10000, LETTERS_SHOWN = 20 };

struct attack {
	int fd;
	int64_t patience;
	bool closed;
	struct buffer out, in;
	struct milter_options options; /* what the milter asked for */
	unsigned answers;
	char *letters; /* of the result; NULL while the honest part is played */
};

/* ---- sending and hearing ---- */

static void wait_for(const struct attack *attack, short events, int64_t deadline)
{
	struct wait_request wait;

	wait_begin(&wait, deadline);
	wait_add(&wait, attack->fd, events);
	wait_poll(&wait);
}

/* What it can; the milter may close or be deaf. */
static void send_all(struct attack *attack)
{
	int64_t deadline = clock_monotonic() + attack->patience;
	size_t sent = 0;

	while (sent < attack->out.length && clock_monotonic() < deadline) {
		ssize_t now = socket_write(attack->fd, attack->out.data + sent,
					   attack->out.length - sent);

		if (now < 0)
			break;
		if (now == 0)
			wait_for(attack, POLLOUT, deadline);
		sent += (size_t)now;
	}
	buffer_clear(&attack->out);
}

static void letter_note(struct attack *attack, char letter)
{
	size_t used = attack->letters ? strlen(attack->letters) : 0;

	attack->answers++;
	if (!attack->letters || attack->answers > LETTERS_SHOWN + 1)
		return;
	if (attack->answers == LETTERS_SHOWN + 1)
		snprintf(attack->letters + used, 8, " ...");
	else
		snprintf(attack->letters + used, 8, "%s%c", used ? ", " : "",
			 letter > ' ' && letter <= '~' ? letter : '?');
}

/* The next frame; false when none came in time or the connection ended. */
static bool hear(struct attack *attack, struct packet *packet)
{
	int64_t deadline = clock_monotonic() + attack->patience;
	size_t size;

	for (;;) {
		enum packet_result result =
			packet_read(buffer_text(&attack->in), MILTER_FRAME_CAP, packet, &size);
		ssize_t got;

		if (result == PACKET_READY) {
			letter_note(attack, packet->letter);
			return true;
		}
		got = result == PACKET_VIOLATION ? SOCKET_CLOSED
						 : socket_read(attack->fd, &attack->in, 65536);
		attack->closed = got < 0;
		if (got < 0 || (got == 0 && clock_monotonic() >= deadline))
			return false;
		if (got == 0)
			wait_for(attack, POLLIN, deadline);
	}
}

/* The frame that hear() has shown is done with. */
static void frame_drop(struct attack *attack)
{
	struct packet packet;
	size_t size;

	if (packet_read(buffer_text(&attack->in), MILTER_FRAME_CAP, &packet, &size) == PACKET_READY)
		buffer_consume(&attack->in, size);
}

/* ---- the honest part ---- */

struct honest {
	char letter;
	uint32_t waiver, no_reply;
	const char *payload;
	size_t length;
};

#define TELL(letter, step, payload)                                                                \
	{                                                                                          \
		letter, MILTER_NO_##step, MILTER_NR_##step, payload, sizeof(payload) - 1           \
	}
static const struct honest steps[] = {
	[CONNECTED] = TELL('C', CONNECT,
			   "client.example\0"
			   "4\x10\x00"
			   "192.0.2.1\0"),
	[HELO] = TELL('H', HELO, "client.example\0"),
	[MAIL] = TELL('M', MAIL, "<alice@b.example>\0"),
	[RCPT] = TELL('R', RCPT, "<bob@x.example>\0"),
	[DATA] = TELL('T', DATA, ""),
	[HEADERS] = { 'L', MILTER_NO_HEADERS, MILTER_NR_HEADER, "Subject\0hello\0", 14 },
	[EOH] = TELL('N', EOH, ""),
	[BODY] = TELL('B', BODY, "hello\r\n"),
};

static void offer_add(struct attack *attack)
{
	const struct milter_options all = {
		MILTER_VERSION, MILTER_ACTIONS_ALL, MILTER_STEPS_ALL, { { 0 } }
	};

	options_write(&attack->out, &all);
}

static bool negotiate(struct attack *attack)
{
	struct options_oddities oddities;
	struct packet packet;
	bool ok;

	offer_add(attack);
	send_all(attack);
	if (!hear(attack, &packet))
		return false;
	ok = packet.letter == MILTER_OPTNEG &&
	     !options_read_answer(packet.payload, &attack->options, &oddities);
	frame_drop(attack);
	return ok;
}

/* A command of the milter's, answered with anything but a refusal. */
static bool step_tell(struct attack *attack, const struct honest *step)
{
	struct packet packet;
	bool ok;

	if (attack->options.steps & step->waiver)
		return true;
	packet_write(&attack->out, step->letter,
		     text_of(step->payload, step->length, LIFETIME_PROGRAM));
	send_all(attack);
	if (attack->options.steps & step->no_reply)
		return true;
	if (!hear(attack, &packet))
		return false;
	ok = packet.letter == MILTER_CONTINUE || packet.letter == MILTER_SKIP;
	frame_drop(attack);
	return ok;
}

static bool reach(struct attack *attack, enum position position)
{
	if (position > START && !negotiate(attack))
		return false;
	for (enum position at = CONNECTED; at <= position; at++)
		if (!step_tell(attack, &steps[at]))
			return false;
	return true;
}

/* ---- what is more than bytes ---- */

static void frames_add(struct attack *attack, char letter, struct text payload, unsigned times)
{
	while (times-- > 0)
		packet_write(&attack->out, letter, payload);
}

static void play_nothing(struct attack *attack)
{
	(void)attack;
}

static void play_half_frame(struct attack *attack)
{
	buffer_append(&attack->out, "\0\0\0", 3);
}

static void play_macro_flood(struct attack *attack)
{
	char pair[] = "{name}\0value of the macro\0";

	for (unsigned i = 0; i < 1000; i++) {
		size_t start = packet_begin(&attack->out, MILTER_MACRO);

		buffer_append_byte(&attack->out, 'M');
		for (unsigned k = 0; k < 40; k++)
			buffer_append(&attack->out, pair, sizeof(pair) - 1);
		packet_end(&attack->out, start);
	}
	frames_add(attack, 'M', TEXT("<alice@b.example>\0"), 1);
}

static void play_recipients(struct attack *attack)
{
	frames_add(attack, 'R', TEXT("<bob@x.example>\0"), MANY);
}

static void play_aborts(struct attack *attack)
{
	frames_add(attack, 'A', TEXT_EMPTY, MANY);
	frames_add(attack, 'M', TEXT("<alice@b.example>\0"), 1);
}

static void play_headers(struct attack *attack)
{
	frames_add(attack, 'L', TEXT("X-Many\0value\0"), MANY);
	frames_add(attack, 'N', TEXT_EMPTY, 1);
	frames_add(attack, 'E', TEXT_EMPTY, 1);
}

/* Frames longer than packet_write allows. */
static void long_frame_add(struct attack *attack, char letter, const char *head, size_t head_length,
			   size_t length)
{
	buffer_append_u32(&attack->out, (uint32_t)(1 + head_length + length));
	buffer_append_byte(&attack->out, letter);
	buffer_append(&attack->out, head, head_length);
	for (size_t i = 0; i + 1 < length; i++)
		buffer_append_byte(&attack->out, 'x');
	buffer_append_byte(&attack->out, '\0');
}

static void play_large_header(struct attack *attack)
{
	long_frame_add(attack, 'L', "X-Large\0", 8, 65536 - 8);
	frames_add(attack, 'N', TEXT_EMPTY, 1);
	frames_add(attack, 'E', TEXT_EMPTY, 1);
}

static void play_large_chunk(struct attack *attack)
{
	long_frame_add(attack, 'B', "", 0, 256 * 1024);
	frames_add(attack, 'E', TEXT_EMPTY, 1);
}

static void session_add(struct attack *attack)
{
	offer_add(attack);
	for (enum position at = CONNECTED; at <= BODY; at++)
		packet_write(&attack->out, steps[at].letter,
			     text_of(steps[at].payload, steps[at].length, LIFETIME_PROGRAM));
	frames_add(attack, 'E', TEXT_EMPTY, 1);
}

static void play_byte_by_byte(struct attack *attack)
{
	struct buffer all;

	session_add(attack);
	all = attack->out;
	buffer_init(&attack->out, CAP);
	for (size_t i = 0; i < all.length; i++) {
		buffer_append_byte(&attack->out, all.data[i]);
		send_all(attack);
		usleep(200);
	}
	buffer_free(&all);
}

static void play_all_at_once(struct attack *attack)
{
	session_add(attack);
}

static void play_deaf(struct attack *attack)
{
	static char chunk[MILTER_PAYLOAD_MAX];

	memset(chunk, 'x', sizeof(chunk));
	frames_add(attack, 'B', text_of(chunk, sizeof(chunk), LIFETIME_PROGRAM), 64);
	send_all(attack);
	usleep((useconds_t)attack->patience);
}

static void play_close_midway(struct attack *attack)
{
	buffer_append(&attack->out, "\0\0\1\0B half a frame", 17);
	send_all(attack);
	shutdown(attack->fd, SHUT_WR);
}

static void play_reset_midway(struct attack *attack)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	buffer_append(&attack->out, "\0\0\1\0B half a frame", 17);
	send_all(attack);
	setsockopt(attack->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(attack->fd);
	attack->fd = -1;
}

/* ---- the table ---- */

struct fault {
	const char *name;
	enum position position;
	const char *bytes;
	size_t length;
	bool frames;
	void (*play)(struct attack *attack);
	const char *help;
};

static const struct fault faults[] = {
#define BYTES(name, position, bytes, help)                                                         \
	{ name, position, bytes, sizeof(bytes) - 1, false, NULL, help },
#define FRAMES(name, position, bytes, help)                                                        \
	{ name, position, bytes, sizeof(bytes) - 1, true, NULL, help },
#define PLAY(name, position, function, help) { name, position, "", 0, false, function, help },
#include "cli/milter_faults.def"
#undef BYTES
#undef FRAMES
#undef PLAY
};

size_t fault_count(void)
{
	return sizeof(faults) / sizeof(*faults);
}

const struct fault *fault_at(size_t index)
{
	return &faults[index];
}

const struct fault *fault_find(const char *name)
{
	for (size_t i = 0; i < fault_count(); i++)
		if (strcmp(faults[i].name, name) == 0)
			return &faults[i];
	return NULL;
}

const char *fault_name(const struct fault *fault)
{
	return fault->name;
}

const char *fault_help(const struct fault *fault)
{
	return fault->help;
}

/* ---- playing ---- */

/* "Hname\0|E": the letter and payload of each frame. */
static void frames_write(struct attack *attack, struct text all)
{
	assert(all.data);
	for (size_t from = 0; from < all.length;) {
		int64_t bar = text_find(all, TEXT("|"), from);
		size_t to = bar < 0 ? all.length : (size_t)bar;

		packet_write(&attack->out, all.data[from], text_part(all, from + 1, to));
		from = to + 1;
	}
}

static void fault_send(struct attack *attack, const struct fault *fault)
{
	struct text bytes = text_of(fault->bytes, fault->length, LIFETIME_PROGRAM);

	if (fault->play)
		fault->play(attack);
	else if (fault->frames)
		frames_write(attack, bytes);
	else
		buffer_append_text(&attack->out, bytes);
	if (attack->fd >= 0)
		send_all(attack);
}

/* All that it says until it closes or is silent for as long as our patience lasts. */
static void fault_watch(struct attack *attack, struct fault_result *result)
{
	int64_t started = clock_monotonic(), last = started;
	struct packet packet;

	while (attack->fd >= 0 && hear(attack, &packet)) {
		frame_drop(attack);
		last = clock_monotonic();
	}
	result->end = attack->closed || attack->fd < 0 ? FAULT_CLOSED
		      : attack->answers		       ? FAULT_WAITED
						       : FAULT_SILENT;
	if (result->end != FAULT_WAITED)
		last = clock_monotonic();
	result->microseconds = last - started;
}

static bool attack_connect(struct attack *attack, const struct endpoint *endpoint)
{
	int64_t deadline = clock_monotonic() + attack->patience;
	int connected = 0;

	attack->fd = socket_connect(endpoint);
	while (attack->fd >= 0 && connected == 0) {
		connected = socket_connected(attack->fd);
		if (connected == 0 && clock_monotonic() >= deadline) {
			errno = ETIMEDOUT;
			return false;
		}
		if (connected == 0)
			wait_for(attack, POLLOUT, deadline);
	}
	return connected > 0;
}

void fault_play(const struct fault *fault, const struct endpoint *endpoint, int64_t patience,
		struct fault_result *result)
{
	struct attack attack = { .fd = -1, .patience = patience };

	*result = (struct fault_result){ .end = FAULT_UNREACHED };
	buffer_init(&attack.out, CAP);
	buffer_init(&attack.in, CAP);
	if (!attack_connect(&attack, endpoint)) {
		snprintf(result->message, sizeof(result->message), "%s", strerror(errno));
	} else if (!reach(&attack, fault->position)) {
		snprintf(result->message, sizeof(result->message),
			 "it did not go along with an honest session up to there");
	} else {
		attack.answers = 0;
		attack.letters = result->answers;
		fault_send(&attack, fault);
		fault_watch(&attack, result);
	}
	if (attack.fd >= 0)
		close(attack.fd);
	buffer_free(&attack.out);
	buffer_free(&attack.in);
}
