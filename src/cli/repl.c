/* afsl repl: lines typed one by one, in a session that goes on. */
#include "cli/repl.h"

#include "cli/commands.h"
#include "cli/line_editor.h"
#include "cli/loading.h"
#include "cli/present.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

static struct string_list definitions;

static const struct option_row rows[] = {
	{ "define", 'D', OPTION_LIST, "NAME=VALUE", "set an option of the script", &definitions },
	{ 0 },
};

/* One line that begins with a colon. */
struct order {
	const char *name, *argument, *help;
	void (*run)(struct repl *repl, char *argument);
};
static const struct order orders[];

/* ---- help ---- */

static void order_help(struct repl *repl, char *argument)
{
	char *about = *argument ? afsl_describe(argument, AFSL_AS_TEXT) : NULL;

	(void)repl;
	if (about) {
		fputs(about, stdout);
		free(about);
		return;
	}
	if (*argument) {
		printf("the language has no \"%s\"%s\n", argument,
		       suggestion(afsl_describe_nearest(argument)));
		return;
	}
	puts("Expressions are shown, statements run, declarations stay. A simulated session waits "
	     "at the\n"
	     "end of its header; what you type runs there.\n");
	for (const struct order *order = orders; order->name; order++) {
		char form[40];

		snprintf(form, sizeof(form), ":%s %s", order->name, order->argument);
		printf("  %-26s %s\n", form, order->help);
	}
}

/* ---- the script and its session ---- */

static bool read_script(const char *path, struct buffer *content)
{
	int fault = script_read(path, content);

	if (fault)
		printf("%s: %s\n", path, strerror(fault));
	return !fault;
}

/* Declarations stay; when the two do not go together, what was loaded before stays too. */
static bool load(struct repl *repl, const char *path)
{
	struct buffer before = repl->file, content;
	char *before_path = repl->path, *copy = memory_copy_string(path);
	struct afsl_report *report = NULL;
	struct afsl_program *program = NULL;

	buffer_init(&content, BUFFER_CAP_DEFAULT);
	if (!copy) {
		repl_print_report(repl, NULL);
	} else if (read_script(path, &content)) {
		repl->path = copy;
		repl->file = content;
		program = repl_compile(repl, "", true, &report);
		if (!program || report)
			repl_print_report(repl, report);
		afsl_report_free(report);
	}
	if (!program) {
		repl->path = before_path;
		repl->file = before;
		memory_free(copy);
		buffer_free(&content);
		return false;
	}
	afsl_program_release(program);
	memory_free(before_path);
	buffer_free(&before);
	return repl_begin(repl, AFSL_END_OF_HEADERS, false);
}

static void order_load(struct repl *repl, char *argument)
{
	char *again = *argument ? NULL : repl->path ? memory_copy_string(repl->path) : NULL;

	if (!*argument && !again)
		puts("name a script");
	else
		load(repl, again ? again : argument);
	memory_free(again);
}

static const struct {
	const char *name;
	enum afsl_event event;
} events[] = {
	{ "onNegotiate", AFSL_NEGOTIATE }, { "onConnect", AFSL_CONNECT },
	{ "onEhlo", AFSL_HELO },	   { "onMailFrom", AFSL_MAIL },
	{ "onRcptTo", AFSL_RCPT },	   { "onData", AFSL_DATA },
	{ "onHeader", AFSL_HEADER },	   { "onHeadersReceived", AFSL_END_OF_HEADERS },
	{ "onBodyChunk", AFSL_BODY },	   { "onDataReceived", AFSL_END_OF_MESSAGE },
};

enum { EVENTS = sizeof(events) / sizeof(*events) };

static void order_event(struct repl *repl, char *argument)
{
	for (size_t i = 0; i < EVENTS; i++) {
		if (strcmp(argument, events[i].name) == 0) {
			repl_begin(repl, events[i].event, true);
			return;
		}
	}
	fputs("events that can be played:", stdout);
	for (size_t i = 0; i < EVENTS; i++)
		printf(" %s", events[i].name);
	putchar('\n');
}

static void order_type(struct repl *repl, char *argument)
{
	repl_type(repl, argument);
}

static void order_list(struct repl *repl, char *argument)
{
	(void)argument;
	if (repl->path)
		printf("# %s\n", repl->path);
	for (size_t i = 0; i < repl->count; i++)
		puts(repl->declarations[i].text);
}

/* ---- facts ---- */

/* The session begins anew with it, unless it makes no sense. */
static void set_fact(struct repl *repl, const char **fact, const char *argument)
{
	char *before = (char *)(uintptr_t)*fact, *copy = memory_copy_string(argument);

	*fact = copy;
	if (copy && repl_envelope(repl) && repl_begin(repl, AFSL_END_OF_HEADERS, false)) {
		memory_free(before);
		return;
	}
	*fact = before;
	memory_free(copy);
	repl_envelope(repl);
}

static void order_client(struct repl *repl, char *argument)
{
	char *name = argument + strcspn(argument, " ");
	bool named = *name != '\0';

	if (named)
		*name++ = '\0';
	set_fact(repl, &repl->given.client, argument);
	if (named)
		set_fact(repl, &repl->given.client_name, name);
}

static void order_helo(struct repl *repl, char *argument)
{
	set_fact(repl, &repl->given.helo, argument);
}

static void order_from(struct repl *repl, char *argument)
{
	set_fact(repl, &repl->given.from, argument);
}

static void order_auth(struct repl *repl, char *argument)
{
	set_fact(repl, &repl->given.auth, argument);
}

static void order_rcpt(struct repl *repl, char *argument)
{
	static const char *addresses[RECIPIENTS_MAX];
	static char *kept;
	size_t count = 0;
	char *copy = memory_copy_string(argument);

	if (!copy)
		return;
	memory_free(kept);
	kept = copy;
	for (char *word = strtok(copy, " ,"); word && count < RECIPIENTS_MAX;
	     word = strtok(NULL, " ,"))
		addresses[count++] = word;
	repl->given.rcpts = (struct string_list){ addresses, count };
	if (repl_envelope(repl))
		repl_begin(repl, AFSL_END_OF_HEADERS, false);
}

static void order_tls(struct repl *repl, char *argument)
{
	repl->given.tls = strcmp(argument, "off") != 0;
	if (repl_envelope(repl))
		repl_begin(repl, AFSL_END_OF_HEADERS, false);
}

static void order_message(struct repl *repl, char *argument)
{
	struct message before = repl->message;
	const char *why = message_read(*argument ? argument : NULL, &repl->message);

	if (why)
		printf("%s: %s\n", argument, why);
	/* The session that is there reads the message it has. */
	if (!why && repl_envelope(repl) && repl_begin(repl, AFSL_END_OF_HEADERS, false)) {
		message_free(&before);
		return;
	}
	message_free(&repl->message);
	repl->message = before;
	repl_envelope(repl);
}

static void order_session(struct repl *repl, char *argument)
{
	const struct envelope *envelope = &repl->envelope;

	(void)argument;
	repl_say("client %s port %u (%s)%s\nhelo %s\nfrom <%.*s>%s%s\n", envelope->client_ip,
		 envelope->client_port, envelope->client_name, envelope->tls ? " tls" : "",
		 envelope->helo, TEXT_PRINTF(envelope->from), envelope->auth ? " as " : "",
		 envelope->auth ? envelope->auth : "");
	for (size_t i = 0; i < envelope->rcpt_count; i++)
		repl_say("rcpt <%.*s>\n", TEXT_PRINTF(envelope->rcpts[i]));
	for (size_t i = 0; i < repl->message.field_count; i++)
		repl_say("header %.*s:%.*s\n", TEXT_PRINTF(repl->message.fields[i].name),
			 TEXT_PRINTF(repl->message.fields[i].raw));
}

static const struct order orders[] = {
	{ "help", "[NAME]", "this, or what describe tells about a name", order_help },
	{ "load", "[SCRIPT]", "take a script in, or the same one again", order_load },
	{ "event", "NAME", "play a new session up to that event of the script", order_event },
	{ "type", "EXPRESSION", "its type", order_type },
	{ "list", "", "what was loaded and declared", order_list },
	{ "session", "", "what the client says", order_session },
	{ "client", "IP[:PORT] [HOST]", "another client; the session begins anew", order_client },
	{ "helo", "NAME", "what it calls itself", order_helo },
	{ "from", "ADDRESS", "another sender", order_from },
	{ "rcpt", "ADDRESS...", "other recipients", order_rcpt },
	{ "auth", "LOGIN", "the client logs in", order_auth },
	{ "tls", "[off]", "the connection is encrypted, or not", order_tls },
	{ "message", "[FILE.eml]", "another message", order_message },
	{ "quit", "", "as the end of input does", NULL },
	{ NULL, NULL, NULL, NULL },
};

/* ---- completion ---- */

static const char *const keywords[] = { "break",  "catch", "const",    "continue", "else",
					"event",  "false", "for",      "function", "if",
					"method", "not",   "parallel", "return",   "throw",
					"true",	  "try",   "var",      "while",	   NULL };

static struct repl *completed; /* whose declarations are offered */

/* Orders, keywords, what was declared, then every row of the tables: with its module, and without.
 */
static const char *words(size_t index)
{
	static char joined[128];
	struct afsl_word word;
	size_t order_count = sizeof(orders) / sizeof(*orders) - 1;
	size_t keyword_count = sizeof(keywords) / sizeof(*keywords) - 1;

	if (index < order_count) {
		snprintf(joined, sizeof(joined), ":%s", orders[index].name);
		return joined;
	}
	index -= order_count;
	if (index < keyword_count)
		return keywords[index];
	index -= keyword_count;
	if (index < completed->count)
		return strchr(completed->declarations[index].key, ' ') + 1;
	index -= completed->count;
	if (!afsl_word(index / 2, &word))
		return NULL;
	if (index % 2 == 0 || !*word.module)
		return word.name;
	snprintf(joined, sizeof(joined), "%s.%s", word.module, word.name);
	return joined;
}

/* ---- the loop ---- */

/* False to end. */
static bool run_order(struct repl *repl, char *line)
{
	size_t length = strcspn(line, " \t");
	char *argument = line + length + strspn(line + length, " \t");

	for (size_t end = strlen(argument); end && strchr(" \t", argument[end - 1]); end--)
		argument[end - 1] = '\0';
	line[length] = '\0';
	for (const struct order *order = orders; order->name; order++) {
		if (strcmp(order->name, line) != 0 &&
		    !(line[0] && !line[1] && *order->name == *line))
			continue;
		if (order->run)
			order->run(repl, argument);
		return order->run != NULL;
	}
	printf("there is no :%s; :help tells what there is\n", line);
	return true;
}

/* Lines until brackets and texts are closed; an empty line ends them in any case. */
static bool read_input(struct buffer *input)
{
	char *line = line_editor_read("afsl> ");

	buffer_clear(input);
	while (line) {
		bool empty = !*line;

		buffer_append_string(input, line);
		buffer_append_byte(input, '\0');
		line_editor_remember(line);
		free(line);
		if (input->failed || empty || input->data[0] == ':' || !repl_goes_on(input->data))
			return true;
		input->data[input->length - 1] = '\n';
		line = line_editor_read("  ... ");
		if (!line)
			buffer_append_byte(input, '\0');
	}
	return input->length > 0 || input->failed;
}

static void loop(struct repl *repl)
{
	struct buffer input;
	bool goes_on = true;

	buffer_init(&input, BUFFER_CAP_DEFAULT);
	while (goes_on && read_input(&input)) {
		if (input.failed)
			puts("error: not enough memory");
		else if (input.data[0] == ':')
			goes_on = run_order(repl, input.data + 1);
		else
			repl_evaluate(repl, input.data);
		fflush(stdout);
	}
	buffer_free(&input);
}

static void repl_end(struct repl *repl)
{
	afsl_session_free(repl->session);
	message_free(&repl->message);
	while (repl->count)
		repl_undeclare(repl, repl->declarations[0].key);
	memory_free(repl->declarations);
	memory_free(repl->settings);
	memory_free(repl->path);
	buffer_free(&repl->file);
	buffer_free(&repl->shown);
	arena_reset(&repl->said);
	afsl_shared_release(repl->shared);
}

static int start(struct repl *repl, const char *script)
{
	int status = settings_read(&command_repl, &definitions, &repl->settings);

	if (status >= 0)
		return status;
	repl->shared = afsl_shared_new();
	repl->setting_count = definitions.count;
	buffer_init(&repl->file, BUFFER_CAP_DEFAULT);
	buffer_init(&repl->shown, BUFFER_CAP_DEFAULT);
	arena_init(&repl->said, (size_t)256 << 20, LIFETIME_EVENT);
	if (message_read(NULL, &repl->message) || !repl_envelope(repl) ||
	    !repl_begin(repl, AFSL_END_OF_HEADERS, false))
		return EX_OSERR;
	if (script && !load(repl, script))
		return script_fault(script);
	line_editor_begin(words, ".afsl_history");
	loop(repl);
	line_editor_end();
	return EX_OK;
}

static int run(int argc, char **argv)
{
	static struct repl repl;
	struct string_list operands = { 0 };
	int status = options_read(&command_repl, rows, argc, argv, &operands);

	completed = &repl;
	if (status < 0 && operands.count > 1)
		status = usage_error(&command_repl, "only one script can be loaded");
	if (status < 0)
		status = start(&repl, operands.count ? operands.items[0] : NULL);
	repl_end(&repl);
	string_list_free(&operands);
	string_list_free(&definitions);
	return status;
}

const struct command command_repl = {
	"repl",
	"[-D NAME=VALUE] [SCRIPT]",
	"Runs what is typed, line by line, in a session that goes on.",
	"Expressions are shown, statements run, declarations stay; a simulated SMTP session waits "
	"at the end\n"
	"of its header. :help tells the rest. Without a terminal lines are read from standard "
	"input.",
	run,
};
