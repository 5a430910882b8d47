/* The orders that the test milter takes from messages, and how it obeys them. */
#include "testmilter.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

void bytes_add(struct bytes *b, const void *data, size_t length)
{
	if (b->length + length + 1 > b->room) {
		b->room = (b->length + length + 1) * 2;
		b->data = realloc(b->data, b->room);
		if (!b->data)
			abort();
	}
	if (length)
		memcpy(b->data + b->length, data, length);
	b->length += length;
	b->data[b->length] = 0;
}

void bytes_number(struct bytes *b, uint32_t number)
{
	uint32_t wire = htonl(number);

	bytes_add(b, &wire, 4);
}

void bytes_packet(struct bytes *b, char letter, const struct bytes *payload)
{
	bytes_number(b, (uint32_t)payload->length + 1);
	bytes_add(b, &letter, 1);
	bytes_add(b, payload->data, payload->length);
}

const struct step steps[STEPS] = {
	[CONNECT] = { "connect", 'C', 0x1000 }, [HELO] = { "helo", 'H', 0x2000 },
	[MAIL] = { "mail", 'M', 0x4000 },	[RCPT] = { "rcpt", 'R', 0x8000 },
	[DATA] = { "data", 'T', 0x10000 },	[UNKNOWN] = { "unknown", 'U', 0x20000 },
	[HEADER] = { "header", 'L', 0x80 },	[EOH] = { "eoh", 'N', 0x40000 },
	[BODY] = { "body", 'B', 0x80000 },	[EOM] = { "eom", 'E', 0 },
	[NEGOTIATE] = { "negotiate", 'O', 0 },
};

int step_find(const char *name, size_t length)
{
	for (int i = 0; i < STEPS; i++)
		if (strlen(steps[i].name) == length &&
		    strncasecmp(steps[i].name, name, length) == 0)
			return i;
	return -1;
}

void order_add(struct orders *orders, enum step_id step, bool fault, const char *text)
{
	if (orders->count < ORDERS_MAX)
		orders->items[orders->count++] = (struct order){ step, fault, strdup(text) };
}

void orders_clear(struct orders *orders)
{
	while (orders->count)
		free(orders->items[--orders->count].text);
}

/* "[@STEP] ACTION" or "KIND at STEP". */
void order_read(struct orders *orders, bool fault, const char *text)
{
	const char *name = fault ? strstr(text, " at ") : NULL;
	int step = EOM;

	text += strspn(text, " \t");
	if (fault && name)
		step = step_find(name + 4, strcspn(name + 4, " \t\r\n"));
	else if (*text == '@') {
		step = step_find(text + 1, strcspn(text + 1, " "));
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	if (step >= 0)
		order_add(orders, (enum step_id)step, fault, text);
}

/* "STEP+WORD", a local part. */
void order_of_sender(struct orders *orders, const char *word)
{
	const char *plus = strchr(word, '+');
	int step = plus ? step_find(word, (size_t)(plus - word)) : -1;

	if (step >= 0)
		order_add(orders, (enum step_id)step, false, plus + 1);
}

/* ---- sending ---- */

void pause_ms(long ms)
{
	usleep((useconds_t)ms * 1000);
}

static void connection_send(struct connection *c, size_t step_size)
{
	for (size_t done = 0; done < c->out.length && !c->over;) {
		size_t most = c->out.length - done < step_size ? c->out.length - done : step_size;
		ssize_t sent = send(c->fd, c->out.data + done, most, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR)
			c->over = true;
		else if (sent > 0)
			done += (size_t)sent;
		if (step_size == 1)
			pause_ms(settings.split ? 0 : 1000);
	}
	c->out.length = 0;
}

void connection_flush(struct connection *c)
{
	connection_send(c, settings.split ? 1 : SIZE_MAX);
}

void letter_add(struct connection *c, char letter)
{
	bytes_packet(&c->out, letter, &(struct bytes){ 0 });
}

/* ---- actions ---- */

static void unescape(struct bytes *out, const char *text)
{
	for (; *text; text++) {
		char byte = *text;
		unsigned number;

		if (*text == '\\' && text[1]) {
			text++;
			if (*text == 'x' && sscanf(text + 1, "%2x", &number) == 1) {
				byte = (char)number;
				text += 2;
			} else {
				byte = *text == 'n'   ? '\n'
				       : *text == 'r' ? '\r'
				       : *text == 't' ? '\t'
				       : *text == '0' ? 0
						      : *text;
			}
		}
		bytes_add(out, &byte, 1);
	}
}

/* "NAME:VALUE" after an optional index. Without the blanks bit one blank is not sent. */
static void header_edit(struct connection *c, char letter, const char *text, bool indexed)
{
	struct bytes payload = { 0 };
	char *rest = (char *)text;
	const char *colon;

	if (indexed)
		bytes_number(&payload, (uint32_t)strtoul(text, &rest, 0));
	rest += strspn(rest, " ");
	colon = rest + strcspn(rest, ":");
	bytes_add(&payload, rest, (size_t)(colon - rest));
	bytes_add(&payload, "", 1);
	if (*colon == ':')
		colon++;
	if (*colon == ' ' && !(c->steps & 0x100000))
		colon++;
	unescape(&payload, colon);
	bytes_add(&payload, "", 1);
	bytes_packet(&c->out, letter, &payload);
	free(payload.data);
}

/* "<address> [parameters]": two strings when there are parameters. */
static void address_edit(struct connection *c, char plain, char with_parameters, const char *text)
{
	struct bytes payload = { 0 };
	size_t length = strcspn(text, " ");
	bool more = text[length] == ' ';

	bytes_add(&payload, text, length);
	bytes_add(&payload, "", 1);
	if (more) {
		bytes_add(&payload, text + length + 1, strlen(text + length + 1));
		bytes_add(&payload, "", 1);
	}
	bytes_packet(&c->out, more ? with_parameters : plain, &payload);
	free(payload.data);
}

static void body_edit(struct connection *c, const char *text)
{
	struct bytes payload = { 0 };

	unescape(&payload, text);
	bytes_packet(&c->out, 'b', &payload);
	free(payload.data);
}

/* Any packet: its letter and its bytes. */
static void packet_send(struct connection *c, const char *text)
{
	struct bytes packet = { 0 };

	unescape(&packet, text);
	if (packet.length)
		bytes_packet(&c->out, packet.data[0],
			     &(struct bytes){ packet.data + 1, packet.length - 1, 0 });
	free(packet.data);
}

static void body_of_size(struct connection *c, size_t size)
{
	static const char line[] = "replaced by the test milter, line after line of it\r\n";
	struct bytes body = { 0 };

	while (body.length < size) {
		size_t most = size - body.length;

		bytes_add(&body, line, most < sizeof(line) - 1 ? most : sizeof(line) - 1);
	}
	for (size_t done = 0; done < size; done += 65535) {
		size_t most = size - done < 65535 ? size - done : 65535;

		bytes_packet(&c->out, 'b', &(struct bytes){ body.data + done, most, 0 });
	}
	free(body.data);
}

static void reason_edit(struct connection *c, const char *text)
{
	bytes_packet(&c->out, 'q', &(struct bytes){ (char *)text, strlen(text) + 1, 0 });
}

static void report_add(struct connection *c)
{
	char text[200];

	snprintf(text, sizeof(text), "X-Test-Seen: headers=%u recipients=%u body=%zu fnv=%016llx",
		 c->headers, c->recipients, c->body_size, (unsigned long long)c->body_hash);
	header_edit(c, 'h', text, false);
}

static void progress(struct connection *c, const char *text)
{
	char *rest;
	long count = strtol(text, &rest, 10), ms = strtol(rest, NULL, 10);

	for (long i = 0; i < count && !c->over; i++) {
		letter_add(c, 'p');
		if (ms) {
			connection_flush(c);
			pause_ms(ms);
		}
	}
}

/* "CODE X.Y.Z TEXT" with \n between lines, as the protocol wants it. */
static void reply_code(struct connection *c, const char *text)
{
	struct bytes plain = { 0 }, payload = { 0 };
	size_t prefix = strcspn(text, " ");

	unescape(&plain, text);
	if (plain.data[prefix])
		prefix += 1 + strcspn(plain.data + prefix + 1, " ");
	for (char *line = plain.data; line;) {
		char *end = strchr(line, '\n');
		size_t length = end ? (size_t)(end - line) : strlen(line);

		if (line != plain.data) {
			bytes_add(&payload, "\r\n", 2);
			bytes_add(&payload, plain.data, prefix);
			bytes_add(&payload, " ", 1);
		}
		for (size_t i = 0; i < length; i++)
			bytes_add(&payload, line[i] == '%' ? "%%" : line + i,
				  line[i] == '%' ? 2 : 1);
		line = end ? end + 1 : NULL;
	}
	for (char *line = payload.data, *end; (end = strstr(line, "\r\n")); line = end + 2)
		line[3] = '-';
	bytes_add(&payload, "", 1);
	bytes_packet(&c->out, 'y', &payload);
	free(plain.data);
	free(payload.data);
}

static const struct verdict {
	const char *word;
	char letter;
	const char *reply; /* what is sent when the word stands alone; NULL: the letter */
} verdicts[] = {
	{ "continue", 'c', NULL },
	{ "accept", 'a', NULL },
	{ "reject", 'r', NULL },
	{ "tempfail", 't', NULL },
	{ "discard", 'd', NULL },
	{ "skip", 's', NULL },
	{ "shutdown", '4', NULL },
	{ "replycode", 'y', "550 5.7.1 refused by the test milter" },
	{ "tempcode", 'y', "451 4.7.1 later, says the test milter" },
	{ "closing", 'y', "421 4.3.2 closing, says the test milter" },
	{ "uncoded", 'y', "550 without an enhanced code" },
	{ "connfail", 'f', NULL },
	{ "multi", 'y', "550 5.7.1 first line of 100%\\nsecond line" },
};

/* True when it was one: then the step has been answered. */
bool verdict_give(struct connection *c, const char *text)
{
	size_t length = strcspn(text, " ");
	const char *rest = text + length + strspn(text + length, " ");

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(*verdicts); i++) {
		const struct verdict *v = &verdicts[i];

		if (strlen(v->word) != length || strncasecmp(v->word, text, length) != 0)
			continue;
		if (v->reply || isdigit((unsigned char)*rest))
			reply_code(c, *rest ? rest : v->reply);
		else
			letter_add(c, v->letter);
		return true;
	}
	return false;
}

/* What an argument is for, so that one table serves all edits. */
static bool edit_make(struct connection *c, const char *text)
{
	size_t length = strcspn(text, " ");
	const char *rest = text + length + strspn(text + length, " ");
	char word[16];

	snprintf(word, sizeof(word), "%.*s", (int)(length < 15 ? length : 15), text);
	if (!strcasecmp(word, "addheader"))
		header_edit(c, 'h', rest, false);
	else if (!strcasecmp(word, "insheader"))
		header_edit(c, 'i', rest, true);
	else if (!strcasecmp(word, "chgheader") || !strcasecmp(word, "delheader"))
		header_edit(c, 'm', rest, true);
	else if (!strcasecmp(word, "addrcpt"))
		address_edit(c, '+', '2', rest);
	else if (!strcasecmp(word, "delrcpt"))
		address_edit(c, '-', '-', rest);
	else if (!strcasecmp(word, "chgfrom"))
		address_edit(c, 'e', 'e', rest);
	else if (!strcasecmp(word, "replbody"))
		body_edit(c, rest);
	else if (!strcasecmp(word, "replsize"))
		body_of_size(c, strtoul(rest, NULL, 10));
	else if (!strcasecmp(word, "quarantine"))
		reason_edit(c, rest);
	else if (!strcasecmp(word, "packet"))
		packet_send(c, rest);
	else if (!strcasecmp(word, "report"))
		report_add(c);
	else
		return false;
	return true;
}

/* ---- faults ---- */

static void hang(struct connection *c)
{
	char sink[4096];

	while (recv(c->fd, sink, sizeof(sink), 0) > 0)
		;
	c->over = true;
}

bool fault_make(struct connection *c, const char *text)
{
	static const struct {
		const char *word, *bytes;
		size_t length;
		bool close;
	} raw[] = {
		{ "close", "", 0, true },
		{ "reset", "", 0, true },
		{ "hang", "", 0, false },
		{ "garbage", "HTTP/1.0 400 Bad Request\r\n\r\n", 28, false },
		{ "unknown", "\0\0\0\1Z", 5, false },
		{ "zero", "\0\0\0\0", 4, false },
		{ "oversize",
		  "\x7f\xff\xff\xff"
		  "c",
		  5, false },
		{ "twice", "\0\0\0\1c\0\0\0\1c", 10, false },
		{ "half", "\0\0\0\1", 4, true },
		{ "slow", "\0\0\0\1c", 5, false },
		{ "early", "\0\0\0\7hX-E\0v\0", 11, false },
		{ "badedit", "\0\0\0\6hX-B\0v\0\0\0\1c", 15, false },
		{ "halfbody", "\0\0\0\5bhalf", 9, true },
		{ "editclose", "\0\0\0\7hX-E\0v\0\0\0\0\1p", 16, true },
		{ "endless", "", 0, false },
		{ "flood", "", 0, false },
	};
	size_t length = strcspn(text, " ");

	for (size_t i = 0; i < sizeof(raw) / sizeof(*raw); i++) {
		struct linger now = { .l_onoff = 1, .l_linger = 0 };

		if (strlen(raw[i].word) != length || strncasecmp(raw[i].word, text, length) != 0)
			continue;
		bytes_add(&c->out, raw[i].bytes, raw[i].length);
		connection_send(c, i == 9 ? 1 : SIZE_MAX);
		if (i == 1)
			setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		if (i == 2)
			hang(c);
		if (!strcasecmp(raw[i].word, "endless"))
			progress(c, "100000 50");
		if (!strcasecmp(raw[i].word, "flood"))
			progress(c, "100000");
		c->over = c->over || raw[i].close;
		return true;
	}
	return false;
}

bool orders_obey(struct connection *c, const struct orders *orders, enum step_id step)
{
	bool answered = false;

	for (unsigned i = 0; i < orders->count && !answered && !c->over; i++) {
		const struct order *order = &orders->items[i];

		if (order->step != step)
			continue;
		if (order->fault)
			answered = fault_make(c, order->text);
		else if (!strncasecmp(order->text, "delay ", 6)) {
			connection_flush(c);
			pause_ms(atol(order->text + 6));
		} else if (!strncasecmp(order->text, "progress ", 9))
			progress(c, order->text + 9);
		else if (!strncasecmp(order->text, "answer ", 7)) {
			packet_send(c, order->text + 7);
			answered = true;
		} else
			answered = verdict_give(c, order->text) ||
				   (!edit_make(c, order->text) && fault_make(c, order->text));
	}
	return answered;
}
