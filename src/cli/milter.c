/* afsl milter: plays a mail server against any milter. */
#include "cli/commands.h"
#include "cli/envelope.h"
#include "cli/milter_faults.h"
#include "cli/milter_load.h"
#include "cli/milter_show.h"

#include "base/memory.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

static struct given_envelope given;
static struct {
	const char *output, *format, *fault, *timeout, *load, *connections, *messages;
} wanted;

static const struct option_row rows[] = {
	ENVELOPE_OPTIONS(given),
	{ "timeout", 0, OPTION_TEXT, "SECONDS",
	  "how long an answer may take (30); with --fault, how long to watch (1)",
	  &wanted.timeout },
	{ "output", 0, OPTION_TEXT, "FILE", "write the message as delivered; - is standard output",
	  &wanted.output },
	{ "fault", 0, OPTION_TEXT, "NAME",
	  "misbehave in this way; help lists them, all plays them all", &wanted.fault },
	{ "load", 0, OPTION_TEXT, "N", "N sessions at once, and how long they took", &wanted.load },
	{ "connections", 0, OPTION_TEXT, "N", "with --load: sessions in all (ten times as many)",
	  &wanted.connections },
	{ "messages", 0, OPTION_TEXT, "N", "with --load: messages in each session (10)",
	  &wanted.messages },
	{ "format", 0, OPTION_TEXT, "text|json", "how to print the result (text)", &wanted.format },
	{ 0 },
};

enum {
	SESSIONS_MAX = 10000,
	COUNT_MAX = 1000000,
	HOW = 200,
	RESTART_WAIT = 1000000,
	HONEST_WAIT = 30000000
};

/* Everything that one call holds. */
struct play {
	const char *address;
	bool json;
	struct endpoint endpoint;
	struct milter_timeouts timeouts;
	int64_t patience; /* microseconds */
	struct message *messages;
	struct envelope *envelopes;
	struct envelope_sources *sources;
	struct letter *letters;
	size_t letter_count;
};

/* ---- the command line ---- */

static int read_number(const char *option, const char *word, int64_t most, int64_t *number)
{
	if (!word)
		return -1;
	if (text_to_int(text_of_string(word, LIFETIME_EVENT), number) && *number > 0 &&
	    *number <= most)
		return -1;
	return usage_error(&command_milter, "--%s is a number from 1 to %lld, not \"%s\"", option,
			   (long long)most, word);
}

static int read_timeout(struct play *play)
{
	double seconds = wanted.fault ? 1 : 30;

	if (wanted.timeout &&
	    (!text_to_float(text_of_string(wanted.timeout, LIFETIME_EVENT), &seconds) ||
	     !(seconds >= 0.01 && seconds <= 3600)))
		return usage_error(&command_milter,
				   "--timeout is a number of seconds from 0.01 to 3600, not \"%s\"",
				   wanted.timeout);
	play->patience = (int64_t)(seconds * 1e6);
	play->timeouts = (struct milter_timeouts){ play->patience, play->patience, play->patience,
						   play->patience };
	return -1;
}

static int read_address(struct play *play, const struct string_list *operands)
{
	const char *why;

	if (operands->count == 0)
		return usage_error(&command_milter,
				   "no milter was named, as in inet:8891@127.0.0.1");
	play->address = operands->items[0];
	why = endpoint_parse(text_of_string(play->address, LIFETIME_EVENT), &play->endpoint);
	return why ? usage_error(&command_milter, "%s: %s", play->address, why) : -1;
}

static int read_options(struct play *play)
{
	const char *format = wanted.format ? wanted.format : "text";

	play->json = strcmp(format, "json") == 0;
	if (!play->json && strcmp(format, "text") != 0)
		return usage_error(&command_milter, "--format is text or json, not \"%s\"", format);
	if (wanted.fault && wanted.load)
		return usage_error(&command_milter, "--fault and --load do not go together");
	if (!wanted.load && (wanted.connections || wanted.messages))
		return usage_error(&command_milter, "--connections and --messages go with --load");
	return read_timeout(play);
}

/* ---- the messages ---- */

static int read_message(struct play *play, const char *path)
{
	size_t at = play->letter_count++;
	const char *why = message_read(path, &play->messages[at]);

	if (why) {
		fprintf(stderr, "afsl milter: %s: %s\n", path, why);
		return EX_NOINPUT;
	}
	why = envelope_derive(&given, &play->messages[at], &play->envelopes[at],
			      &play->sources[at]);
	play->letters[at] = (struct letter){ &play->envelopes[at], &play->messages[at] };
	return why ? usage_error(&command_milter, "%s", why) : -1;
}

static int read_messages(struct play *play, const struct string_list *operands)
{
	size_t count = operands->count > 1 ? operands->count - 1 : 1;
	int status = -1;

	play->messages = memory_zeroed(count, sizeof(*play->messages));
	play->envelopes = memory_zeroed(count, sizeof(*play->envelopes));
	play->sources = memory_zeroed(count, sizeof(*play->sources));
	play->letters = memory_zeroed(count, sizeof(*play->letters));
	if (!play->messages || !play->envelopes || !play->sources || !play->letters)
		return EX_OSERR;
	for (size_t i = 0; status < 0 && i < count; i++)
		status =
			read_message(play, i + 1 < operands->count ? operands->items[i + 1] : NULL);
	return status;
}

/* ---- one session ---- */

static int status_of(const struct milter_failure *failure)
{
	switch (failure->kind) {
	case MILTER_FAILURE_NONE:
		return EX_OK;
	case MILTER_FAILURE_CONNECT:
		return EX_UNAVAILABLE;
	case MILTER_FAILURE_TIMEOUT:
		return EX_TEMPFAIL;
	case MILTER_FAILURE_ARGUMENT:
		return EX_DATAERR;
	case MILTER_FAILURE_MEMORY:
		return EX_OSERR;
	default:
		return EX_PROTOCOL;
	}
}

/* The dialogue to its end; NULL, or how it failed. */
static const struct milter_failure *dialogue_finish(struct dialogue *dialogue)
{
	struct wait_request wait;
	enum dialogue_status status;

	while ((status = dialogue_run(dialogue, &wait)) == DIALOGUE_WAITING)
		wait_poll(&wait);
	return status == DIALOGUE_FAILED ? dialogue_failure(dialogue) : NULL;
}

static int play_session(struct play *play)
{
	const struct show_options options = {
		.milter = play->address,
		.json = play->json,
		.colour = !play->json && wants_colour(STDOUT_FILENO),
		.letters = play->letters,
		.letter_count = play->letter_count,
		.sources = play->sources,
		.output = wanted.output,
	};
	struct show *show = show_new(&options);
	struct dialogue_watcher watcher = { 0 };
	struct dialogue *dialogue = NULL;
	const struct milter_failure *failure;
	int status = EX_OSERR;

	if (show) {
		watcher = show_watcher(show);
		dialogue = dialogue_new(&play->endpoint, &play->timeouts, play->letters,
					play->letter_count, 1, &watcher);
	}
	if (dialogue) {
		failure = dialogue_finish(dialogue);
		if (failure)
			show_failure(show, failure);
		status = show_status(show);
		if (failure && status != EX_OSERR)
			status = status_of(failure);
	}
	dialogue_free(dialogue);
	show_free(show);
	return status;
}

/* ---- many sessions ---- */

/* Each session is a descriptor. */
static void raise_descriptors(size_t sessions)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= sessions + 64)
		return;
	limit.rlim_cur = limit.rlim_max < sessions + 64 ? limit.rlim_max : sessions + 64;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int read_load(struct play *play, struct load *load)
{
	int64_t sessions = 0, connections, messages = 10;
	int status = read_number("load", wanted.load, SESSIONS_MAX, &sessions);

	connections = 10 * sessions;
	if (status < 0)
		status = read_number("connections", wanted.connections, COUNT_MAX, &connections);
	if (status < 0)
		status = read_number("messages", wanted.messages, COUNT_MAX, &messages);
	*load = (struct load){ .endpoint = &play->endpoint,
			       .timeouts = &play->timeouts,
			       .letters = play->letters,
			       .letter_count = play->letter_count,
			       .sessions = (size_t)sessions,
			       .connections = (size_t)connections,
			       .messages = (size_t)messages };
	return status;
}

static int play_load(struct play *play)
{
	struct load_result result;
	struct buffer out;
	struct load load;
	bool out_of_memory;
	int status = read_load(play, &load);

	if (status >= 0)
		return status;
	raise_descriptors(load.sessions);
	load_run(&load, &result);
	buffer_init(&out, BUFFER_CAP_DEFAULT);
	if (play->json)
		load_print_json(&load, &result, &out);
	else
		load_print(&load, &result, &out);
	write_text(stdout, buffer_text(&out));
	out_of_memory = result.out_of_memory || out.failed;
	buffer_free(&out);
	status = out_of_memory ? EX_OSERR : status_of(&result.first_failure);
	load_result_free(&result);
	return status;
}

/* ---- faults ---- */

static int list_faults(void)
{
	for (size_t i = 0; i < fault_count(); i++)
		printf("%-22s %s\n", fault_name(fault_at(i)), fault_help(fault_at(i)));
	return EX_OK;
}

static void verdict_keep(void *argument, size_t letter, const struct ending *ending)
{
	(void)letter;
	snprintf(argument, HOW, "%s in %.1f ms", verdict_word(kind_of_reply(ending->reply)),
		 (double)ending->microseconds / 1000);
}

/* Is an honest client served? `how` says what came of it. */
static bool honest_is_served(struct play *play, char how[HOW])
{
	const struct dialogue_watcher watcher = { .ended = verdict_keep, .argument = how };
	struct dialogue *dialogue =
		dialogue_new(&play->endpoint, &play->timeouts, play->letters, 1, 1, &watcher);
	const struct milter_failure *failure;

	snprintf(how, HOW, "no memory");
	if (!dialogue)
		return false;
	failure = dialogue_finish(dialogue);
	if (failure)
		snprintf(how, HOW, "%.190s", failure->message);
	dialogue_free(dialogue);
	return !failure;
}

static void describe_result(const struct fault_result *result, char did[200])
{
	static const char *const ends[] = {
		[FAULT_SILENT] = "said nothing",
		[FAULT_CLOSED] = "closed the connection",
		[FAULT_WAITED] = "waited for more",
	};
	const char *answers = result->answers;

	if (result->end == FAULT_UNREACHED)
		snprintf(did, 200, "was not reached: %.150s", result->message);
	else
		snprintf(did, 200, "%s%s%s%s, %.1f ms", *answers ? "answered " : "", answers,
			 *answers ? ", then " : "", ends[result->end],
			 (double)result->microseconds / 1000);
}

static void print_fault(const struct play *play, const struct fault *fault, const char *did,
			bool served, const char *how)
{
	struct buffer out;

	if (!play->json) {
		printf("%-20s %s\n%-20s it %s\n%-20s afterwards an honest session: %s\n",
		       fault_name(fault), fault_help(fault), "", did, "", how);
		fflush(stdout);
		return;
	}
	buffer_init(&out, BUFFER_CAP_DEFAULT);
	buffer_printf(&out, "{\"fault\": \"%s\", \"did\": ", fault_name(fault));
	buffer_append_json(&out, text_of_string(did, LIFETIME_EVENT));
	buffer_printf(&out, ", \"served\": %s, \"honest\": ", served ? "true" : "false");
	buffer_append_json(&out, text_of_string(how, LIFETIME_EVENT));
	printf("%.*s}\n", (int)out.length, out.data);
	buffer_free(&out);
}

/* Did the milter live through it? */
static bool play_fault(struct play *play, const struct fault *fault)
{
	struct fault_result result;
	char did[200], how[HOW];
	bool served;

	fault_play(fault, &play->endpoint, play->patience, &result);
	served = honest_is_served(play, how);
	describe_result(&result, did);
	print_fault(play, fault, did, served, how);
	return served;
}

/* Somebody may start it again. */
static bool milter_returns(struct play *play)
{
	char how[HOW];

	usleep(RESTART_WAIT);
	return honest_is_served(play, how);
}

static int play_all_faults(struct play *play)
{
	size_t played = 0, lived = 0;
	bool there = true;

	while (there && played < fault_count()) {
		bool lives = play_fault(play, fault_at(played++));

		lived += lives;
		there = lives || milter_returns(play);
	}
	if (!there)
		fprintf(stderr, "afsl milter: %s has ended the milter; no more faults are played\n",
			fault_name(fault_at(played - 1)));
	if (!play->json)
		printf("\n%zu of %zu faults played, after %zu an honest session was served at "
		       "once\n",
		       played, fault_count(), lived);
	return lived == fault_count() ? EX_OK : EX_PROTOCOL;
}

static int play_faults(struct play *play)
{
	const struct fault *fault = fault_find(wanted.fault);
	char how[HOW];

	if (!fault && strcmp(wanted.fault, "all") != 0)
		return usage_error(&command_milter,
				   "there is no fault \"%s\"; --fault help lists them",
				   wanted.fault);
	play->timeouts.connect = play->timeouts.command = play->timeouts.content =
		play->timeouts.end = HONEST_WAIT;
	if (!honest_is_served(play, how)) {
		fprintf(stderr, "afsl milter: an honest session is not served: %s\n", how);
		return EX_UNAVAILABLE;
	}
	if (!fault)
		return play_all_faults(play);
	return play_fault(play, fault) ? EX_OK : EX_PROTOCOL;
}

/* ---- all together ---- */

static void play_free(struct play *play)
{
	for (size_t i = 0; i < play->letter_count; i++)
		message_free(&play->messages[i]);
	memory_free(play->messages);
	memory_free(play->envelopes);
	memory_free(play->sources);
	memory_free(play->letters);
	string_list_free(&given.rcpts);
	string_list_free(&given.macros);
}

static int play_wanted(struct play *play)
{
	if (wanted.fault)
		return play_faults(play);
	return wanted.load ? play_load(play) : play_session(play);
}

static int milter_command(int argc, char **argv)
{
	struct play play = { 0 };
	struct string_list operands = { 0 };
	int status = options_read(&command_milter, rows, argc, argv, &operands);

	signal(SIGPIPE, SIG_IGN);
	if (status < 0 && wanted.fault && strcmp(wanted.fault, "help") == 0)
		status = list_faults();
	if (status < 0)
		status = read_options(&play);
	if (status < 0)
		status = read_address(&play, &operands);
	if (status < 0)
		status = read_messages(&play, &operands);
	if (status < 0)
		status = play_wanted(&play);
	string_list_free(&operands);
	play_free(&play);
	return status;
}

const struct command command_milter = {
	"milter",
	"[OPTIONS] ADDRESS [MESSAGE.eml]...",
	"Plays a mail server against any milter and shows what it does.",
	"Several messages go one after another through one session. What is not given is derived "
	"from\n"
	"the message, as by afsl run. ADDRESS is inet:PORT@HOST or unix:PATH. Exit code 0 when "
	"every\n"
	"message would be delivered, 1 when one would not, 69 when the milter cannot be reached, "
	"75 when\n"
	"it does not answer in time, 76 when it breaks the protocol or closes, or does not survive "
	"a fault.",
	milter_command,
};
