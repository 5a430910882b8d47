/* afsl run: a message through filters, without any MTA. */
#include "cli/commands.h"
#include "cli/loading.h"
#include "cli/present.h"

#include "base/ip.h"
#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

static struct {
	const char *client, *client_name, *helo, *from, *auth, *output, *format;
	struct string_list rcpts, macros, definitions, limits;
	bool tls, trace;
} given = { .format = "text" };

static const struct option_row rows[] = {
	{ "client", 0, OPTION_TEXT, "IP[:PORT]", "address of the SMTP client", &given.client },
	{ "client-name", 0, OPTION_TEXT, "NAME", "its verified host name", &given.client_name },
	{ "helo", 0, OPTION_TEXT, "NAME", "what it calls itself", &given.helo },
	{ "from", 0, OPTION_TEXT, "ADDRESS", "envelope sender; \"\" is the null sender", &given.from },
	{ "rcpt", 0, OPTION_LIST, "ADDRESS", "recipient; may be given again", &given.rcpts },
	{ "auth", 0, OPTION_TEXT, "LOGIN", "the client has logged in so", &given.auth },
	{ "tls", 0, OPTION_FLAG, NULL, "the connection is encrypted", &given.tls },
	{ "macro", 0, OPTION_LIST, "NAME=VALUE", "a macro of the mail server", &given.macros },
	{ "define", 'D', OPTION_LIST, "NAME=VALUE", "set an option of the scripts",
	  &given.definitions },
	{ "limit", 0, OPTION_LIST, "NAME=NUMBER", "set a limit (afsl describe lists them)",
	  &given.limits },
	{ "output", 0, OPTION_TEXT, "FILE", "write the message as delivered; - is standard output",
	  &given.output },
	{ "trace", 0, OPTION_FLAG, NULL, "print each statement before it runs", &given.trace },
	{ "format", 0, OPTION_TEXT, "text|json", "how to print the result (text)", &given.format },
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

/* The first operand is a script whatever its name, and so are all that end in .afsl; one more may be a message. */
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
			return usage_error(&command_run, "\"%s\" is a second message; only one can be run",
					   operands->items[i]);
		else
			run->message_path = operands->items[i];
	}
	return -1;
}

static int read_format(struct run *run)
{
	run->json = strcmp(given.format, "json") == 0;
	run->colour = !run->json && wants_colour(STDOUT_FILENO);
	if (!run->json && strcmp(given.format, "text") != 0)
		return usage_error(&command_run, "--format is text or json, not \"%s\"",
				   given.format);
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
	return added ? -1 : usage_error(&command_run, "a --limit is not known or its number is wrong");
}

static int load_filters(struct run *run)
{
	struct afsl_setting *settings = NULL, *limits = NULL;
	struct afsl_load_options options = { 0 };
	struct afsl_filter_options filter = { 0 };
	int status = settings_read(&command_run, &given.definitions, &settings);

	if (status < 0)
		status = settings_read(&command_run, &given.limits, &limits);
	options.options = settings;
	options.option_count = given.definitions.count;
	filter.limits = limits;
	filter.limit_count = given.limits.count;
	run->chain = afsl_chain_new();
	if (!run->chain)
		status = EX_OSERR;
	for (size_t i = 0; status < 0 && i < run->scripts.count; i++)
		status = add_filter(run, run->scripts.items[i], &options, &filter);
	memory_free(settings);
	memory_free(limits);
	return status;
}

/* ---- the envelope: given, or derived from the message ---- */

/* "192.0.2.1", "192.0.2.1:25", "2001:db8::1", "[2001:db8::1]:25". */
static bool read_client(const char *word, struct envelope *envelope)
{
	struct text text = text_of_string(word, LIFETIME_EVENT);
	int64_t close = text_find(text, TEXT("]"), 0), colon, port = 0;
	struct text address = text;
	struct ip ip;

	if (text.length && text.data[0] == '[' && close > 0) {
		address = text_part(text, 1, (size_t)close);
		text = text_part(text, (size_t)close + 1, text.length);
		colon = text_find(text, TEXT(":"), 0);
	} else if (ip_parse(text, &ip)) {
		colon = -1;
	} else {
		colon = text_find(text, TEXT(":"), 0);
		address = colon < 0 ? text : text_part(text, 0, (size_t)colon);
	}
	if (colon >= 0 && (!text_to_int(text_part(text, (size_t)colon + 1, text.length), &port) ||
			   port < 0 || port > 65535))
		return false;
	if (!ip_parse(address, &ip) || ip_is_none(ip))
		return false;
	envelope->client_port = (unsigned)port;
	ip_print(ip, envelope->client_ip);
	return true;
}

static void copy_text(char *to, size_t room, struct text text)
{
	size_t length = text.length < room ? text.length : room - 1;

	memcpy(to, text.data ? text.data : "", length);
	to[length] = '\0';
}

/* "from helo (name [192.0.2.1])" of the topmost Received field. */
static bool client_from_received(const struct message *message, struct envelope *envelope)
{
	const struct field *received = message_field(message, "Received");
	int64_t open, close, paren;
	struct text value;
	struct ip ip;

	if (!received)
		return false;
	value = text_trim(received->raw);
	open = text_find(value, TEXT("["), 0);
	close = open < 0 ? -1 : text_find(value, TEXT("]"), (size_t)open);
	if (close < 0 || !text_starts_with(value, TEXT("from ")))
		return false;
	struct text address = text_part(value, (size_t)open + 1, (size_t)close);
	if (text_starts_with(address, TEXT("IPv6:")))
		address = text_part(address, 5, address.length);
	if (!ip_parse(address, &ip) || ip_is_none(ip))
		return false;
	ip_print(ip, envelope->client_ip);
	paren = text_find(value, TEXT("("), 0);
	if (paren >= 0 && paren < open)
		copy_text(envelope->client_name, sizeof(envelope->client_name),
			  text_trim(text_part(value, (size_t)paren + 1, (size_t)open)));
	value = text_part(value, 5, value.length);
	open = text_find(value, TEXT(" "), 0);
	copy_text(envelope->helo, sizeof(envelope->helo),
		  text_part(value, 0, open < 0 ? value.length : (size_t)open));
	return true;
}

static int find_client(struct run *run)
{
	struct envelope *envelope = &run->envelope;
	struct presentation *shown = &run->presentation;

	shown->client_source = shown->helo_source = "made up";
	if (given.client) {
		if (!read_client(given.client, envelope))
			return usage_error(&command_run, "--client wants an address, as in 192.0.2.1 or [2001:db8::1]:25, not \"%s\"",
					   given.client);
		shown->client_source = "given";
	} else if (client_from_received(&run->message, envelope)) {
		shown->client_source = shown->helo_source = "from the first Received field";
	} else {
		strcpy(envelope->client_ip, "192.0.2.1");
	}
	if (!given.client && envelope->client_port == 0)
		envelope->client_port = 45678;
	if (given.client_name)
		copy_text(envelope->client_name, sizeof(envelope->client_name),
			  text_of_string(given.client_name, LIFETIME_EVENT));
	else if (!envelope->client_name[0] ||
		 strcmp(envelope->client_name, "unknown") == 0)
		snprintf(envelope->client_name, sizeof(envelope->client_name), "[%s]",
			 envelope->client_ip);
	if (given.helo) {
		copy_text(envelope->helo, sizeof(envelope->helo),
			  text_of_string(given.helo, LIFETIME_EVENT));
		shown->helo_source = "given";
	} else if (!envelope->helo[0]) {
		strcpy(envelope->helo, "client.example");
	}
	return -1;
}

static void find_sender(struct run *run)
{
	static const char *const names[] = { "Return-Path", "Sender", "From" };
	static const char *const sources[] = { "from Return-Path", "from Sender", "from From" };

	run->envelope.from = TEXT_EMPTY;
	run->presentation.from_source = "the message names nobody";
	if (given.from) {
		struct text from = text_of_string(given.from, LIFETIME_PROGRAM);

		if (text_starts_with(from, TEXT("<")) && text_ends_with(from, TEXT(">")))
			from = text_part(from, 1, from.length - 1);
		run->envelope.from = from;
		run->presentation.from_source = "given";
		return;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct field *field = message_field(&run->message, names[i]);

		if (!field)
			continue;
		if (i > 0 && !addresses_in(field->raw, &run->envelope.from, 1))
			continue;
		if (i == 0 && !addresses_in(field->raw, &run->envelope.from, 1) &&
		    text_find(field->raw, TEXT("<>"), 0) < 0)
			continue;
		run->presentation.from_source = sources[i];
		return;
	}
}

static void find_recipients(struct run *run)
{
	static const char *const names[] = { "Delivered-To", "X-Original-To", "To", "Cc", "Bcc" };
	struct envelope *envelope = &run->envelope;

	for (size_t i = 0; i < given.rcpts.count && i < RECIPIENTS_MAX; i++) {
		struct text rcpt = text_of_string(given.rcpts.items[i], LIFETIME_PROGRAM);

		if (text_starts_with(rcpt, TEXT("<")) && text_ends_with(rcpt, TEXT(">")))
			rcpt = text_part(rcpt, 1, rcpt.length - 1);
		envelope->rcpts[envelope->rcpt_count++] = rcpt;
	}
	run->presentation.rcpt_source = envelope->rcpt_count ? "given" : "from To, Cc and Bcc";
	for (size_t i = given.rcpts.count ? 5 : 2; i < 5; i++) {
		const struct field *field = message_field(&run->message, names[i]);

		if (field)
			envelope->rcpt_count +=
				addresses_in(field->raw, envelope->rcpts + envelope->rcpt_count,
					     RECIPIENTS_MAX - envelope->rcpt_count);
	}
	for (size_t i = 0; i < 2 && envelope->rcpt_count == 0; i++) {
		const struct field *field = message_field(&run->message, names[i]);

		if (field)
			envelope->rcpt_count = addresses_in(field->raw, envelope->rcpts, 1);
		run->presentation.rcpt_source = "from the delivery's own field";
	}
	if (envelope->rcpt_count == 0) {
		envelope->rcpts[envelope->rcpt_count++] = TEXT("postmaster@recipient.example");
		run->presentation.rcpt_source = "made up";
	}
}

static int prepare_envelope(struct run *run)
{
	const char *why = message_read(run->message_path, &run->message);
	int status;

	if (why) {
		fprintf(stderr, "afsl run: %s: %s\n", run->message_path, why);
		return EX_NOINPUT;
	}
	status = find_client(run);
	if (status >= 0)
		return status;
	find_sender(run);
	find_recipients(run);
	for (size_t i = 0; i < given.macros.count; i++)
		if (!strchr(given.macros.items[i], '='))
			return usage_error(&command_run, "--macro wants NAME=VALUE, not \"%s\"",
					   given.macros.items[i]);
	run->envelope.auth = given.auth;
	run->envelope.tls = given.tls;
	run->envelope.macros = given.macros.items;
	run->envelope.macro_count = given.macros.count;
	return -1;
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

static bool is_delivered(const struct outcome *outcome)
{
	return outcome->verdict.kind == AFSL_CONTINUE || outcome->verdict.kind == AFSL_ACCEPT;
}

static int write_output(const struct delivery *delivery)
{
	bool to_stdout = strcmp(given.output, "-") == 0;
	FILE *out = to_stdout ? stdout : fopen(given.output, "wb");
	bool ok = out && fwrite(delivery->content.data, 1, delivery->content.length, out) ==
				 delivery->content.length;

	if (out && !to_stdout && fclose(out) != 0)
		ok = false;
	if (ok)
		return -1;
	fprintf(stderr, "afsl run: %s: %s\n", given.output, strerror(errno));
	return EX_CANTCREAT;
}

static int present(struct run *run)
{
	struct presentation *shown = &run->presentation;
	struct buffer out;
	int status = is_delivered(&run->outcome) ? EX_OK : 1;

	buffer_init(&out, (size_t)4 << 30);
	if (is_delivered(&run->outcome)) {
		if (!deliver(&run->envelope, &run->message, &run->outcome, &run->delivery))
			return EX_OSERR;
		shown->delivery = &run->delivery;
		if (given.output && write_output(&run->delivery) >= 0)
			status = EX_CANTCREAT;
	}
	shown->show_content = !given.output;
	if (run->json)
		present_json(shown, &out);
	else
		present_text(shown, &out);
	if (!given.output || strcmp(given.output, "-") != 0)
		fwrite(out.data, 1, out.length, stdout);
	buffer_free(&out);
	return run->outcome.failed ? EX_OSERR : status;
}

static int run_session(struct run *run)
{
	struct afsl_session *session = afsl_session_new(run->chain);
	struct buffer head;

	if (!session)
		return EX_OSERR;
	run->presentation.envelope = &run->envelope;
	run->presentation.message = &run->message;
	run->presentation.outcome = &run->outcome;
	run->presentation.log = &run->log;
	run->presentation.colour = run->colour;
	if (!run->json && !(given.output && strcmp(given.output, "-") == 0)) {
		buffer_init(&head, BUFFER_CAP_DEFAULT);
		present_envelope(&run->presentation, &head);
		fwrite(head.data, 1, head.length, stdout);
		buffer_free(&head);
	}
	afsl_session_name(session, "simulated");
	afsl_session_log(session, on_log, run);
	if (given.trace)
		afsl_session_trace(session, on_trace, run);
	simulate(session, &run->envelope, &run->message, &run->outcome);
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
	string_list_free(&given.definitions);
	string_list_free(&given.limits);
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
	if (status < 0)
		status = read_format(run);
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
	"Passes a message through filters as an SMTP session would, without any mail server, and shows\n"
	"what they decided and changed. What is not given is derived from the message. MESSAGE may be\n"
	"- for standard input. Exit code 0 when the message would be delivered, 1 when it would not.",
	run_command,
};
