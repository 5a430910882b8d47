/* Whole sessions: events in any order with any arguments pass through a chain of filters. Whatever
 * was said, the verdict is one that mail servers know, changes stay within their caps, and no line
 * ends where we did not end it. */
#include "fuzz.h"
#include "scripts.h"

#include "afsl.h"
#include "base/text.h"

#include <netinet/in.h>
#include <stdlib.h>

/* ---- the input: an event's byte, arguments between separators ---- */

struct input {
	const uint8_t *at, *end;
};

enum { SEPARATOR = 0xff, ARGUMENT_MAX = 2000 };

static uint8_t take_byte(struct input *input)
{
	return input->at < input->end ? *input->at++ : 0;
}

/* A copy of its own, with a NUL behind it, until the next event. */
static struct afsl_text take_text(struct input *input)
{
	static char *kept[8];
	static unsigned turn;
	size_t left = (size_t)(input->end - input->at);
	const uint8_t *end = left ? memchr(input->at, SEPARATOR, left) : NULL;
	size_t length = end ? (size_t)(end - input->at) : left;
	char **copy = &kept[turn++ % 8];

	if (length > ARGUMENT_MAX)
		length = ARGUMENT_MAX;
	free(*copy);
	*copy = malloc(length + 1);
	if (!*copy)
		abort();
	if (length)
		memcpy(*copy, input->at, length);
	(*copy)[length] = '\0';
	input->at += length + (end && input->at + length == end);
	return (struct afsl_text){ *copy, length };
}

/* ---- what must hold ---- */

static bool is_one_line(struct text text)
{
	return !text_contains_byte(text, '\r') && !text_contains_byte(text, '\n') &&
	       !text_contains_byte(text, 0);
}

static void check_line(void *argument, int level, const char *line)
{
	(void)argument, (void)level;
	for (; *line; line++)
		if (*line < ' ' || *line > '~')
			abort();
}

static bool class_fits(const struct afsl_verdict *verdict)
{
	int class = verdict->code / 100;

	return verdict->code == 0 || (class == 5 && verdict->kind == AFSL_REJECT) ||
	       (class == 4 &&
		(verdict->kind == AFSL_TEMPFAIL || verdict->kind == AFSL_DISCONNECTED));
}

static void check_verdict(const struct afsl_verdict *verdict)
{
	if (verdict->kind > AFSL_DISCONNECTED || !class_fits(verdict))
		abort();
	if (strspn(verdict->enhanced, "0123456789.") != strlen(verdict->enhanced))
		abort();
	for (const char *at = verdict->text; *at; at++)
		if ((unsigned char)*at < ' ' && *at != '\n' && *at != '\t')
			abort();
}

static bool is_folded(struct text value)
{
	for (size_t i = 0; i < value.length; i++)
		if (value.data[i] == '\r' || value.data[i] == '\0' ||
		    (value.data[i] == '\n' &&
		     (i + 1 == value.length ||
		      (value.data[i + 1] != ' ' && value.data[i + 1] != '\t'))))
			return false;
	return true;
}

static struct text text_in(struct afsl_text text)
{
	return text_of(text.data ? text.data : "", text.length, LIFETIME_EVENT);
}

static void check_changes(const struct afsl_session *session)
{
	size_t count = afsl_change_count(session);

	if (count > 3 * 10000u)
		abort();
	for (size_t i = 0; i < count; i++) {
		struct afsl_change change = afsl_change(session, i);
		bool header = change.kind <= AFSL_CHANGE_HEADER;

		if (change.kind > AFSL_QUARANTINE || !is_one_line(text_in(change.name)) ||
		    (header && (!change.name.length || !is_folded(text_in(change.value)))) ||
		    (!header && change.kind != AFSL_REPLACE_BODY &&
		     !is_one_line(text_in(change.value))))
			abort();
	}
}

static bool count_bytes(void *argument, const char *bytes, size_t length)
{
	volatile char seen = 0;

	for (size_t i = 0; i < length; i++)
		seen = bytes[i];
	(void)seen;
	*(size_t *)argument += length;
	return true;
}

/* ---- chains ---- */

static const char *const paths[] = { "filters/greylist.afsl", "filters/ratelimit.afsl",
				     "filters/spf.afsl",      "filters/dnsbl.afsl",
				     "filters/clam-av.afsl",  "filters/spamassassin.afsl",
				     "filters/aximilter.afsl" };
enum { PATHS = sizeof(paths) / sizeof(*paths), CHAINS = 16 };

static struct afsl_program *programs[PATHS + 1];
static struct afsl_chain *chains[CHAINS];

/* Nobody listens there. */
static const struct afsl_setting nowhere = { "address", "unix:/nonexistent/socket" };
static const struct afsl_setting zone = { "zones", "list.example" };

static struct afsl_program *load(unsigned number)
{
	struct afsl_load_options options = { .library = "filters/lib" };
	struct afsl_report *report = NULL;
	struct afsl_program *program;

	if (number == PATHS)
		options.source = script_of_sinks,
		options.source_length = sizeof(script_of_sinks) - 1;
	else if (number >= 4)
		options.options = &nowhere, options.option_count = 1;
	else if (number == 3)
		options.options = &zone, options.option_count = 1;
	program = afsl_program_load(number == PATHS ? "sinks.afsl" : paths[number], &options,
				    &report);
	if (!program)
		abort();
	afsl_report_free(report);
	return program;
}

static void add(struct afsl_chain *chain, unsigned number)
{
	static const struct afsl_setting limits[] = { { "instructions", "5000" },
						      { "logLines", "5" } };
	struct afsl_filter_options options = { .name = "fuzz",
					       .on_error = (enum afsl_on_error)(number % 3),
					       .limits = limits,
					       .limit_count = 2 };

	if (!programs[number])
		programs[number] = load(number);
	if (!afsl_chain_add(chain, programs[number], &options))
		abort();
}

/* The script of sinks alone, or twice, or with ready filters before and behind it; every second
 * chain only judges. */
static struct afsl_chain *chain_of(unsigned number)
{
	struct afsl_chain **chain = &chains[number % CHAINS];

	if (*chain)
		return *chain;
	*chain = afsl_chain_new();
	if (!*chain)
		abort();
	if (number % CHAINS == 15)
		afsl_chain_judge(*chain);
	if (number % CHAINS > 2)
		add(*chain, number % PATHS);
	add(*chain, PATHS);
	if (number % 4 == 2)
		add(*chain, PATHS);
	return *chain;
}

/* ---- events ---- */

static enum afsl_status connect_client(struct afsl_session *session, struct input *input)
{
	struct sockaddr_in inet = { .sin_family = AF_INET,
				    .sin_port = htons(take_byte(input)),
				    .sin_addr.s_addr = htonl(0xcb007100u + take_byte(input)) };
	struct sockaddr_in6 inet6 = { .sin6_family = AF_INET6,
				      .sin6_addr.s6_addr = { 0x20, 1, 0x0d, 0xb8 } };
	uint8_t family = take_byte(input);
	struct afsl_client client = { .name = take_text(input).data, .tls = family & 1 };

	if (family % 4 == 0)
		client.address = (struct sockaddr *)&inet, client.address_length = sizeof(inet);
	else if (family % 4 == 1)
		client.address = (struct sockaddr *)&inet6, client.address_length = sizeof(inet6);
	return afsl_connect(session, &client);
}

static enum afsl_status raise_macros(struct afsl_session *session, struct input *input)
{
	uint8_t stage = take_byte(input) % (AFSL_END_OF_MESSAGE + 1);
	struct afsl_text pairs[4] = {
		{ "i", 1 }, take_text(input), take_text(input), take_text(input)
	};

	if (stage != AFSL_NEGOTIATE)
		afsl_macros(session, (enum afsl_event)stage, pairs, 2);
	return AFSL_MISUSED;
}

/* `code` is a letter where seeds are to be read, and any byte else. */
static enum afsl_status raise(struct afsl_session *session, uint8_t code, struct input *input)
{
	static const char letters[] = "OCHMRTLNBEAQUD";
	const char *known = code ? strchr(letters, code) : NULL;
	struct afsl_offer offer = { 6, 0x1ff, 0x1fffff };
	struct afsl_text text;

	switch (known ? *known : letters[code % (sizeof(letters) - 1)]) {
	case 'O':
		return afsl_negotiate(session, &offer);
	case 'C':
		return connect_client(session, input);
	case 'H':
		return afsl_helo(session, take_text(input), code & 1);
	case 'M':
		text = take_text(input);
		return afsl_mail(session, text, (struct afsl_text[]){ take_text(input) }, 1);
	case 'R':
		text = take_text(input);
		return afsl_rcpt(session, text, (struct afsl_text[]){ take_text(input) }, 1);
	case 'T':
		return afsl_data(session);
	case 'L':
		text = take_text(input);
		return afsl_header(session, text, take_text(input));
	case 'N':
		return afsl_end_of_headers(session);
	case 'B':
		return afsl_body(session, take_text(input));
	case 'E':
		return afsl_end_of_message(session);
	case 'A':
		return afsl_abort(session);
	case 'Q':
		return afsl_disconnect(session);
	case 'U':
		return afsl_unknown_command(session, take_text(input));
	default:
		return raise_macros(session, input);
	}
}

/* Who waits for a name server or a socket is resumed a few times, then the client goes. */
static enum afsl_status settle(struct afsl_session *session, enum afsl_status status)
{
	for (int turns = 0; status == AFSL_WAITING && turns < 4; turns++) {
		if (afsl_wait(session)->count > AFSL_WAIT_MAX)
			abort();
		status = afsl_resume(session);
	}
	if (status == AFSL_WAITING)
		afsl_cancel(session);
	return status;
}

static void play(struct afsl_session *session, struct input *input)
{
	while (input->at < input->end) {
		uint8_t code = take_byte(input);
		enum afsl_status status = settle(session, raise(session, code, input));

		if (status != AFSL_DONE)
			continue;
		check_verdict(afsl_verdict(session));
		check_changes(session);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = { bytes, bytes + size };
	struct afsl_session *session;
	size_t written = 0;

	if (size == 0)
		return 0;
	if (!chains[0])
		afsl_set_name_servers("127.0.0.1:1");
	session = afsl_session_new(chain_of(take_byte(&input)));
	if (!session)
		abort();
	afsl_session_log(session, check_line, NULL);
	afsl_session_name(session, "fuzz");
	play(session, &input);
	afsl_write_headers(session, count_bytes, &written);
	settle(session, afsl_disconnect(session));
	afsl_session_free(session);
	return 0;
}
