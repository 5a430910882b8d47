/* afsl run: a message through filters, without any MTA. */
#include "cli/bench.h"
#include "cli/commands.h"
#include "cli/envelope.h"
#include "cli/loading.h"
#include "cli/present.h"
#include "cli/simulate.h"

#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

static struct given_envelope given;
static struct {
	const char *output, *format, *name_servers;
	const char *library;
	struct string_list definitions, limits, folders;
	bool trace, bench;
} wanted = { .format = "text" };

static const struct option_row rows[] = {
	ENVELOPE_OPTIONS(given),
	{ "name-servers", 0, OPTION_TEXT, "LIST", "whom to ask by DNS: 127.0.0.1:5353",
	  &wanted.name_servers },
	{ "define", 'D', OPTION_LIST, "NAME=VALUE", "set an option of the scripts",
	  &wanted.definitions },
	{ "library", 0, OPTION_TEXT, "FOLDER", "where `use` looks after the script's own folder",
	  &wanted.library },
	{ "limit", 0, OPTION_LIST, "NAME=NUMBER", "set a limit (afsl describe lists them)",
	  &wanted.limits },
	{ "files", 0, OPTION_LIST, "FOLDER",
	  "the scripts may read files in it (module file); may be given again", &wanted.folders },
	{ "bench", 0, OPTION_FLAG, NULL,
	  "operands SCRIPT FOLDER N: print what main(FOLDER, N) of the script returns",
	  &wanted.bench },
	{ "output", 0, OPTION_TEXT, "FILE", "write the message as delivered; - is standard output",
	  &wanted.output },
	{ "trace", 0, OPTION_FLAG, NULL, "print each statement before it runs", &wanted.trace },
	{ "format", 0, OPTION_TEXT, "text|json", "how to print the result (text)", &wanted.format },
	{ 0 },
};

/* Everything that one run holds. */
struct run {
	bool json, colour;
	struct string_list scripts;
	const char *message_path;
	struct afsl_chain *chain;
	struct message message;
	struct envelope envelope;
	struct presentation presentation;
	struct outcome outcome;
	struct delivery delivery;
	struct buffer log;
};

/* ---- the command line ---- */

static bool is_script(const char *path)
{
	size_t length = strlen(path);

	return length > 5 && strcmp(path + length - 5, ".afsl") == 0;
}

/* The first operand is a script whatever its name, and so are all that end in .afsl; one more may
 * be a message. */
static int sort_operands(struct run *run, const struct string_list *operands)
{
	run->scripts.items = memory_allocate((operands->count + 1) * sizeof(*operands->items));
	if (!run->scripts.items)
		return EX_OSERR;
	if (operands->count == 0)
		return usage_error(&command_run, "no script was named");
	for (size_t i = 0; i < operands->count; i++) {
		if (i == 0 || is_script(operands->items[i]))
			run->scripts.items[run->scripts.count++] = operands->items[i];
		else if (run->message_path)
			return usage_error(&command_run,
					   "\"%s\" is a second message; only one can be run",
					   operands->items[i]);
		else
			run->message_path = operands->items[i];
	}
	return -1;
}

static int read_format(struct run *run)
{
	run->json = strcmp(wanted.format, "json") == 0;
	run->colour = !run->json && wants_colour(STDOUT_FILENO);
	if (!run->json && strcmp(wanted.format, "text") != 0)
		return usage_error(&command_run, "--format is text or json, not \"%s\"",
				   wanted.format);
	return -1;
}

/* ---- filters ---- */

static int add_filter(struct run *run, const char *path, const struct afsl_load_options *options,
		      const struct afsl_filter_options *filter)
{
	int status = EX_OSERR;
	struct afsl_program *program = script_load(path, options, &status);
	bool added;

	if (!program)
		return status;
	added = afsl_chain_add(run->chain, program, filter);
	afsl_program_release(program);
	return added ? -1
		     : usage_error(&command_run, "a --limit is not known or its number is wrong");
}

static int load_filters(struct run *run)
{
	struct afsl_setting *settings = NULL, *limits = NULL;
	struct afsl_load_options options = { 0 };
	struct afsl_filter_options filter = { 0 };
	int status = settings_read(&command_run, &wanted.definitions, &settings);

	if (status < 0)
		status = settings_read(&command_run, &wanted.limits, &limits);
	options.options = settings;
	options.option_count = wanted.definitions.count;
	options.library = wanted.library;
	filter.limits = limits;
	filter.limit_count = wanted.limits.count;
	filter.folders = wanted.folders.items;
	filter.folder_count = wanted.folders.count;
	run->chain = afsl_chain_new();
	if (!run->chain)
		status = EX_OSERR;
	for (size_t i = 0; status < 0 && i < run->scripts.count; i++)
		status = add_filter(run, run->scripts.items[i], &options, &filter);
	memory_free(settings);
	memory_free(limits);
	return status;
}

/* ---- the message and its envelope ---- */

static int prepare_envelope(struct run *run)
{
	const char *why = message_read(run->message_path, &run->message);

	if (why) {
		fprintf(stderr, "afsl run: %s: %s\n", run->message_path, why);
		return EX_NOINPUT;
	}
	why = envelope_derive(&given, &run->message, &run->envelope, &run->presentation.sources);
	return why ? usage_error(&command_run, "%s", why) : -1;
}

/* ---- what is printed while it runs ---- */

static void on_log(void *argument, int level, const char *line)
{
	static const char *const levels[] = { "error", "warning", "info", "debug" };
	struct run *run = argument;

	if (!run->json) {
		printf("log %s: %s\n", levels[level & 3], line);
		return;
	}
	buffer_append_string(&run->log, run->log.length ? ", " : "");
	buffer_append_string(&run->log, "{\"level\": \"");
	buffer_append_string(&run->log, levels[level & 3]);
	buffer_append_string(&run->log, "\", \"line\": ");
	buffer_append_json(&run->log, text_of_string(line, LIFETIME_EVENT));
	buffer_append_byte(&run->log, '}');
}

static void on_trace(void *argument, const char *place, struct afsl_text source, const char *values)
{
	const struct run *run = argument;
	struct text line = text_trim(text_of(source.data, source.length, LIFETIME_EVENT));
	FILE *out = run->json ? stderr : stdout;

	fprintf(out, "%s: %.*s%s%s\n", place, TEXT_PRINTF(line), *values ? "    # " : "", values);
}

/* ---- the end ---- */

static bool write_output(const struct delivery *delivery)
{
	if (delivery_write(delivery, wanted.output))
		return true;
	fprintf(stderr, "afsl run: %s: %s\n", wanted.output, strerror(errno));
	return false;
}

static int present(struct run *run)
{
	struct presentation *shown = &run->presentation;
	struct buffer out;
	int status = outcome_is_delivered(&run->outcome) ? EX_OK : 1;

	if (outcome_is_delivered(&run->outcome)) {
		if (!deliver(&run->envelope, &run->message, &run->outcome, &run->delivery))
			return EX_OSERR;
		shown->delivery = &run->delivery;
		if (wanted.output && !write_output(&run->delivery))
			status = EX_CANTCREAT;
	}
	shown->show_content = !wanted.output;
	buffer_init(&out, (size_t)4 << 30);
	if (run->json)
		present_json(shown, &out);
	else
		present_text(shown, &out);
	if (!wanted.output || strcmp(wanted.output, "-") != 0)
		write_text(stdout, buffer_text(&out));
	run->outcome.failed |= out.failed || run->log.failed;
	buffer_free(&out);
	return run->outcome.failed ? EX_OSERR : status;
}

static int run_session(struct run *run)
{
	struct afsl_session *session = afsl_session_new(run->chain);
	struct buffer head;
	bool failed = false;

	if (!session)
		return EX_OSERR;
	run->presentation.envelope = &run->envelope;
	run->presentation.outcome = &run->outcome;
	run->presentation.log = &run->log;
	run->presentation.colour = run->colour;
	if (!run->json && !(wanted.output && strcmp(wanted.output, "-") == 0)) {
		buffer_init(&head, BUFFER_CAP_DEFAULT);
		present_envelope(&run->presentation, &head);
		write_text(stdout, buffer_text(&head));
		failed = head.failed;
		buffer_free(&head);
	}
	afsl_session_name(session, "simulated");
	afsl_session_log(session, on_log, run);
	if (wanted.trace)
		afsl_session_trace(session, on_trace, run);
	simulate(session, &run->envelope, &run->message, &run->outcome);
	run->outcome.failed |= failed;
	afsl_session_free(session);
	return present(run);
}

static void run_end(struct run *run)
{
	afsl_chain_release(run->chain);
	message_free(&run->message);
	outcome_free(&run->outcome);
	delivery_free(&run->delivery);
	buffer_free(&run->log);
	string_list_free(&run->scripts);
	memory_free(run);
	string_list_free(&given.rcpts);
	string_list_free(&given.macros);
	string_list_free(&wanted.definitions);
	string_list_free(&wanted.limits);
	string_list_free(&wanted.folders);
}

static int set_name_servers(void)
{
	if (!wanted.name_servers || afsl_set_name_servers(wanted.name_servers))
		return -1;
	return usage_error(&command_run,
			   "--name-servers takes addresses with commas between them, not \"%s\"",
			   wanted.name_servers);
}

static int run_command(int argc, char **argv)
{
	struct run *run = memory_zeroed(1, sizeof(*run));
	struct string_list operands = { 0 };
	int status;

	if (!run)
		return EX_OSERR;
	buffer_init(&run->log, BUFFER_CAP_DEFAULT);
	status = options_read(&command_run, rows, argc, argv, &operands);
	if (status < 0 && wanted.bench)
		status =
			bench_command(&command_run, &operands, &wanted.definitions, &wanted.limits);
	if (status < 0)
		status = read_format(run);
	if (status < 0)
		status = set_name_servers();
	if (status < 0)
		status = sort_operands(run, &operands);
	if (status < 0)
		status = load_filters(run);
	if (status < 0)
		status = prepare_envelope(run);
	if (status < 0)
		status = run_session(run);
	string_list_free(&operands);
	run_end(run);
	return status;
}

const struct command command_run = {
	"run",
	"[OPTIONS] SCRIPT... [MESSAGE.eml]",
	"Passes a message through filters and shows what becomes of it.",
	"An SMTP session is simulated, without any mail server. What is not given is derived from "
	"the\n"
	"message. MESSAGE may be - for standard input. Exit code 0 when the message would be "
	"delivered,\n"
	"1 when it would not.",
	run_command,
};
