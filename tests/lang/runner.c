/* Runs the cases below the folders that it is given: every *.afsl outside of folders named lib.
 *
 * What a case expects stands in comments of the case:
 *
 *     # expect: TEXT                    a line that the script logs; all of them, in order
 *     # expect verdict: WORD [REPLY]    the outcome of the message: "reject 550 5.7.1 no"
 *     # expect rcpt: ADDRESS WORD [REPLY]
 *     # expect change: NAME ...         a recorded change; when one is given, all of them, in order
 *     # expect trap: TEXT               part of the error that ended an event
 *     # expect error: E0312 MESSAGE     on the line of the error; the code alone will do
 *     # expect error line 7: E0312 ...  for lines that cannot hold a comment
 *     # expect warning: W0312 ...       likewise
 *
 * Errors and warnings are exact: none may be missing, none more may come. With an error expected the
 * case is not run. Else a session runs through it, which the case may describe:
 *
 *     # client: IP[:PORT] [NAME]   # helo: NAME      # from: ADDRESS    # rcpt: ADDRESS (repeat)
 *     # header: Name: value (all headers, repeat)    # body: LINE (repeat)
 *     # macro: name=value          # auth: NAME      # tls: yes         # option: name=value */
#include "cli/simulate.h"

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { EXPECTATIONS_MAX = 400, SETTINGS_MAX = 40, FILES_MAX = 5000, LINE_LENGTH_MAX = 4096 };

enum kind { KIND_LOG, KIND_VERDICT, KIND_RCPT, KIND_CHANGE, KIND_TRAP, KIND_ERROR, KIND_WARNING,
	    KIND_COUNT };

static const char *const kind_names[KIND_COUNT] = { "", "verdict", "rcpt", "change",
						    "trap", "error", "warning" };

struct expectation {
	enum kind kind;
	unsigned line;
	char *text;
};

struct lines {
	struct expectation items[EXPECTATIONS_MAX];
	size_t count;
};

struct test_case {
	const char *path;
	struct arena arena;
	struct lines expected;
	struct lines actual;
	struct envelope envelope;
	struct message message;
	bool own_headers, own_body, own_rcpts;
	struct afsl_setting settings[SETTINGS_MAX];
	size_t setting_count;
	const char *macros[SETTINGS_MAX];
	bool broken; /* the case itself is written wrongly */
};

static bool verbose;

static void add_line(struct test_case *test, struct lines *lines, enum kind kind, unsigned line,
		     struct text text)
{
	char *copy = arena_string(&test->arena, text);

	if (!copy || lines->count == EXPECTATIONS_MAX)
		abort();
	lines->items[lines->count++] = (struct expectation){ kind, line, copy };
}

__attribute__((format(printf, 4, 5))) static void
note(struct test_case *test, enum kind kind, unsigned line, const char *format, ...)
{
	char text[LINE_LENGTH_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	add_line(test, &test->actual, kind, line, text_of_string(text, LIFETIME_EVENT));
}

/* ---- reading a case ---- */

/* Cuts off what stands before `mark`, and the mark; false when there is none. */
static bool cut(struct text *rest, struct text mark, struct text *before)
{
	int64_t at = text_find(*rest, mark, 0);

	if (at < 0)
		return false;
	*before = text_trim(text_part(*rest, 0, (size_t)at));
	*rest = text_part(*rest, (size_t)at + mark.length, rest->length);
	return true;
}

/* "error line 7" */
static bool read_head(struct text head, enum kind *kind, unsigned *line)
{
	struct text name = head;
	int64_t number;

	if (cut(&head, TEXT(" line "), &name)) {
		if (!text_to_int(text_trim(head), &number))
			return false;
		*line = (unsigned)number;
	}
	for (int k = 0; k < KIND_COUNT; k++) {
		*kind = (enum kind)k;
		if (text_equals_string(name, kind_names[k]))
			return true;
	}
	return false;
}

/* Behind "# expect". */
static void read_expectation(struct test_case *test, struct text rest, unsigned line)
{
	struct text head;
	enum kind kind;

	if (!cut(&rest, TEXT(":"), &head) || !read_head(head, &kind, &line)) {
		test->broken = true;
		return;
	}
	add_line(test, &test->expected, kind, line, text_trim(rest));
}

static char *word(struct test_case *test, struct text text)
{
	char *copy = arena_string(&test->arena, text_trim(text));

	if (!copy)
		abort();
	return copy;
}

static void read_client(struct test_case *test, struct text rest)
{
	struct envelope *envelope = &test->envelope;

	envelope->client_ip[0] = envelope->client_name[0] = '\0';
	envelope->client_port = 0;
	if (sscanf(word(test, rest), "%63s %255s", envelope->client_ip, envelope->client_name) < 2)
		snprintf(envelope->client_name, sizeof(envelope->client_name), "[%s]",
			 envelope->client_ip);
	if (strcmp(envelope->client_ip, "local") == 0)
		envelope->client_ip[0] = '\0';
}

static void read_header(struct test_case *test, struct text rest)
{
	struct message *message = &test->message;
	struct field *fields;
	struct field field;
	struct text all = text_part(rest, rest.data[0] == ' ' ? 1 : 0, rest.length);

	if (!test->own_headers)
		message->field_count = 0;
	test->own_headers = true;
	fields = arena_zeroed(&test->arena, (message->field_count + 1) * sizeof(*fields));
	if (!fields || !cut(&all, TEXT(":"), &field.name)) {
		test->broken = true;
		return;
	}
	field.raw = all;
	if (message->field_count)
		memcpy(fields, message->fields, message->field_count * sizeof(*fields));
	fields[message->field_count++] = field;
	message->fields = fields;
}

static void read_body(struct test_case *test, struct text rest)
{
	if (!test->own_body)
		buffer_clear(&test->message.body);
	test->own_body = true;
	buffer_append_text(&test->message.body,
			   text_part(rest, rest.length && rest.data[0] == ' ' ? 1 : 0, rest.length));
	buffer_append_string(&test->message.body, "\r\n");
}

static void read_rcpt(struct test_case *test, struct text rest)
{
	struct envelope *envelope = &test->envelope;

	if (test->own_rcpts)
		envelope->rcpts[envelope->rcpt_count++] = text_trim(rest);
	else
		envelope->rcpts[0] = text_trim(rest);
	test->own_rcpts = true;
}

static void read_option(struct test_case *test, struct text rest)
{
	struct text name;

	if (test->setting_count == SETTINGS_MAX || !cut(&rest, TEXT("="), &name)) {
		test->broken = true;
		return;
	}
	test->settings[test->setting_count++] =
		(struct afsl_setting){ word(test, name), word(test, rest) };
}

/* One directive of the session; false when the comment is something else. */
static bool read_directive(struct test_case *test, struct text name, struct text rest)
{
	struct envelope *envelope = &test->envelope;

	if (text_equals(name, TEXT("client")))
		read_client(test, rest);
	else if (text_equals(name, TEXT("helo")))
		snprintf(envelope->helo, sizeof(envelope->helo), "%s", word(test, rest));
	else if (text_equals(name, TEXT("from")))
		envelope->from = text_trim(rest);
	else if (text_equals(name, TEXT("rcpt")))
		read_rcpt(test, rest);
	else if (text_equals(name, TEXT("header")))
		read_header(test, rest);
	else if (text_equals(name, TEXT("body")))
		read_body(test, rest);
	else if (text_equals(name, TEXT("macro")) && envelope->macro_count < SETTINGS_MAX)
		test->macros[envelope->macro_count++] = word(test, rest);
	else if (text_equals(name, TEXT("auth")))
		envelope->auth = word(test, rest);
	else if (text_equals(name, TEXT("tls")))
		envelope->tls = true;
	else if (text_equals(name, TEXT("option")))
		read_option(test, rest);
	else
		return false;
	return true;
}

static void read_line(struct test_case *test, struct text line, unsigned number)
{
	static const struct text mark = { "# expect", 8, LIFETIME_PROGRAM };
	struct text before, piece;

	if (text_starts_with(line, TEXT("# ")) && !text_starts_with(line, mark)) {
		piece = text_part(line, 2, line.length);
		if (cut(&piece, TEXT(":"), &before))
			read_directive(test, before, piece);
		return;
	}
	if (!cut(&line, mark, &before))
		return;
	while (cut(&line, mark, &piece))
		read_expectation(test, piece, number);
	read_expectation(test, line, number);
}

static void read_case(struct test_case *test, struct text source)
{
	struct text line;

	for (unsigned number = 1; cut(&source, TEXT("\n"), &line); number++)
		read_line(test, line, number);
	read_line(test, source, 0);
}

/* ---- what is said about it when it is loaded: our own JSON, in its own order ---- */

static bool json_string(const char **at, char *out, size_t room)
{
	size_t length = 0;
	const char *s = *at;

	if (*s++ != '"')
		return false;
	for (; *s != '"'; s++) {
		if (*s == '\0' || length + 1 >= room)
			return false;
		if (*s == '\\')
			s++;
		out[length++] = *s;
	}
	out[length] = '\0';
	*at = s + 1;
	return true;
}

static bool json_field(const char **at, const char *key, char *out, size_t room)
{
	const char *found = strstr(*at, key);

	if (!found)
		return false;
	*at = found + strlen(key);
	if (**at == '"')
		return json_string(at, out, room);
	snprintf(out, room, "%.*s", (int)strspn(*at, "0123456789"), *at);
	return true;
}

static void note_report(struct test_case *test, const char *json)
{
	char severity[16], code[16], file[1024], line[16], message[LINE_LENGTH_MAX / 2];

	for (const char *at = json; (at = strstr(at, "{\"severity\":")) != NULL;) {
		if (!json_field(&at, "\"severity\":", severity, sizeof(severity)) ||
		    !json_field(&at, "\"code\":", code, sizeof(code)) ||
		    !json_field(&at, "\"file\":", file, sizeof(file)) ||
		    !json_field(&at, "\"line\":", line, sizeof(line)) ||
		    !json_field(&at, "\"message\":", message, sizeof(message)))
			break;
		note(test, strcmp(severity, "error") == 0 ? KIND_ERROR : KIND_WARNING,
		     strcmp(file, test->path) == 0 ? (unsigned)atoi(line) : 0, "%s %s", code,
		     message);
	}
}

static struct afsl_program *load(struct test_case *test)
{
	struct afsl_load_options options = { .options = test->settings,
					     .option_count = test->setting_count };
	struct afsl_report *report;
	struct afsl_program *program = afsl_program_load(test->path, &options, &report);

	if (report)
		note_report(test, afsl_report_json(report));
	else if (!program)
		note(test, KIND_ERROR, 0, "not loaded, and nothing was said");
	afsl_report_free(report);
	return program;
}

/* ---- running ---- */

/* Behind "session message 1 filter case: ". */
static void note_log(void *argument, int level, const char *line)
{
	static const char *const prefixes[] = { "error: ", "warning: ", "", "debug: " };
	static const char mark[] = " filter case: ";
	const char *said = strstr(line, mark);

	said = said ? said + sizeof(mark) - 1 : line;
	if (level == 0 && strstr(said, " failed: "))
		return; /* noted as a trap */
	note(argument, KIND_LOG, 0, "%s%s", prefixes[level & 3], said);
}

static const char *change_word(enum afsl_change_kind kind)
{
	static const char *const names[] = { "addHeader",    "insertHeader", "changeHeader",
					     "addRcpt",	     "discardRcpt",  "changeSender",
					     "replaceBody",  "quarantine" };

	return names[kind];
}

static void note_change(struct test_case *test, const struct afsl_change *change)
{
	struct text name = text_of(change->name.data, change->name.length, LIFETIME_EVENT);
	struct text content = text_of(change->value.data, change->value.length, LIFETIME_EVENT);
	struct buffer line;

	buffer_init(&line, LINE_LENGTH_MAX);
	buffer_append_string(&line, change_word(change->kind));
	if (change->kind == AFSL_INSERT_HEADER || change->kind == AFSL_CHANGE_HEADER)
		buffer_printf(&line, " %u", change->index);
	if (name.length || change->kind == AFSL_CHANGE_SENDER) {
		buffer_append_byte(&line, ' ');
		buffer_append_visible(&line, name, 500);
	}
	if (content.length) {
		buffer_append_string(&line, name.length ? ": " : " ");
		buffer_append_visible(&line, content, 500);
	}
	add_line(test, &test->actual, KIND_CHANGE, 0, text_trim(buffer_text(&line)));
	buffer_free(&line);
}

static void note_verdict(struct test_case *test, enum kind kind, struct text head,
			 enum afsl_verdict_kind verdict, const char *reply)
{
	struct buffer line;

	buffer_init(&line, LINE_LENGTH_MAX);
	buffer_append_text(&line, head);
	buffer_append_string(&line, verdict_word(verdict));
	if (reply && *reply) {
		buffer_append_byte(&line, ' ');
		for (; *reply; reply++)
			if (*reply == '\n')
				buffer_append_string(&line, "\\n");
			else
				buffer_append_byte(&line, *reply);
	}
	add_line(test, &test->actual, kind, 0, buffer_text(&line));
	buffer_free(&line);
}

static void note_outcome(struct test_case *test, struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->recipient_count; i++) {
		char address[600];

		snprintf(address, sizeof(address), "%.*s ",
			 TEXT_PRINTF(outcome->recipients[i].address));
		note_verdict(test, KIND_RCPT, text_of_string(address, LIFETIME_EVENT),
			     outcome->recipients[i].verdict, outcome->recipients[i].reply);
	}
	for (size_t i = 0; i < outcome->change_count; i++)
		note_change(test, &outcome->changes[i]);
	for (size_t i = 0; i < outcome->step_count; i++)
		if (outcome->steps[i].verdict.error)
			note(test, KIND_TRAP, 0, "%s", outcome->steps[i].verdict.error);
	note_verdict(test, KIND_VERDICT, TEXT_EMPTY, outcome->verdict.kind,
		     verdict_reply(&outcome->arena, &outcome->verdict));
}

static void run(struct test_case *test, struct afsl_program *program)
{
	static const struct afsl_filter_options options = { .name = "case" };
	static struct outcome outcome;
	struct afsl_chain *chain = afsl_chain_new();
	struct afsl_session *session;

	if (!chain || !afsl_chain_add(chain, program, &options))
		abort();
	session = afsl_session_new(chain);
	if (!session)
		abort();
	afsl_session_log(session, note_log, test);
	simulate(session, &test->envelope, &test->message, &outcome);
	note_outcome(test, &outcome);
	outcome_free(&outcome);
	afsl_session_free(session);
	afsl_chain_release(chain);
}

/* ---- comparing ---- */

static bool is_report(const struct expectation *item)
{
	return item->kind == KIND_ERROR || item->kind == KIND_WARNING;
}

static bool expects(const struct lines *lines, enum kind kind)
{
	for (size_t i = 0; i < lines->count; i++)
		if (lines->items[i].kind == kind)
			return true;
	return false;
}

static bool fits(const struct expectation *expected, const struct expectation *actual)
{
	const char *wanted = expected->text, *got = actual->text;
	size_t length = strlen(wanted);

	switch (expected->kind) {
	case KIND_ERROR:
	case KIND_WARNING:
		if (expected->line != actual->line)
			return false;
		return strcmp(wanted, got) == 0 || (length == 5 && strncmp(wanted, got, 5) == 0);
	case KIND_TRAP:
		return strstr(got, wanted) != NULL;
	case KIND_VERDICT:
		return strcmp(wanted, got) == 0 ||
		       (strncmp(wanted, got, length) == 0 && got[length] == ' ');
	default:
		return strcmp(wanted, got) == 0;
	}
}

static const struct expectation *next_of(const struct lines *lines, enum kind kind, size_t *at)
{
	while (*at < lines->count) {
		const struct expectation *item = &lines->items[(*at)++];

		if (item->kind == kind)
			return item;
	}
	return NULL;
}

static void print_difference(const char *what, const struct expectation *item)
{
	printf("    %s %s%s", what, kind_names[item->kind], *kind_names[item->kind] ? " " : "");
	if (is_report(item))
		printf("line %u", item->line);
	printf(": %s\n", item->text);
}

/* In order: the nth expected is the nth that came. */
static bool compare(const struct test_case *test, enum kind kind)
{
	size_t i = 0, k = 0;
	bool same = true;

	for (;;) {
		const struct expectation *wanted = next_of(&test->expected, kind, &i);
		const struct expectation *got = next_of(&test->actual, kind, &k);

		if (!wanted && !got)
			return same;
		if (wanted && got && fits(wanted, got))
			continue;
		same = false;
		if (wanted)
			print_difference("missing", wanted);
		if (got)
			print_difference("got    ", got);
	}
}

static bool stands_behind(const struct expectation *a, const struct expectation *b)
{
	return a->line != b->line ? a->line > b->line : strncmp(a->text, b->text, 5) > 0;
}

/* The order of reports on one line is no matter, and "line N" may stand anywhere. */
static void sort_reports(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		for (size_t k = i + 1; k < lines->count; k++) {
			struct expectation *a = &lines->items[i], *b = &lines->items[k];
			struct expectation swapped = *a;

			if (!is_report(a) || !is_report(b) || !stands_behind(a, b))
				continue;
			*a = *b;
			*b = swapped;
		}
	}
}

static bool compare_all(struct test_case *test)
{
	bool runs = !expects(&test->expected, KIND_ERROR) && !expects(&test->actual, KIND_ERROR);
	bool same = compare(test, KIND_ERROR);

	same &= compare(test, KIND_WARNING);
	if (!runs)
		return same;
	same &= compare(test, KIND_LOG);
	same &= compare(test, KIND_TRAP);
	if (expects(&test->expected, KIND_CHANGE))
		same &= compare(test, KIND_CHANGE);
	if (expects(&test->expected, KIND_RCPT))
		same &= compare(test, KIND_RCPT);
	if (expects(&test->expected, KIND_VERDICT))
		same &= compare(test, KIND_VERDICT);
	return same;
}

/* ---- one case, all cases ---- */

static void set_defaults(struct test_case *test)
{
	struct envelope *envelope = &test->envelope;

	memset(envelope, 0, sizeof(*envelope));
	strcpy(envelope->client_ip, "192.0.2.1");
	envelope->client_port = 12345;
	strcpy(envelope->client_name, "client.example.net");
	strcpy(envelope->helo, "client.example.net");
	envelope->from = TEXT("alice@sender.example");
	envelope->rcpts[0] = TEXT("bob@recipient.example");
	envelope->rcpt_count = 1;
	envelope->macros = test->macros;
	if (message_read(NULL, &test->message))
		abort();
}

static bool read_file(struct test_case *test, struct text *source)
{
	FILE *file = fopen(test->path, "rb");
	struct buffer bytes;
	bool ok = true;
	size_t got;
	char *room;

	if (!file)
		return false;
	buffer_init(&bytes, 64 << 20);
	while ((room = buffer_reserve(&bytes, 65536)) && (got = fread(room, 1, 65536, file)) > 0)
		bytes.length += got;
	fclose(file);
	*source = arena_copy(&test->arena, buffer_text(&bytes), &ok);
	buffer_free(&bytes);
	return ok;
}

static void run_case(struct test_case *test)
{
	struct afsl_program *program = load(test);

	if (program && !expects(&test->expected, KIND_ERROR) && !test->broken)
		run(test, program);
	afsl_program_release(program);
}

static const char *present = "";

/* "FAIL path" stands above the differences, which are printed while they are found. */
static bool passes(const char *path)
{
	static struct test_case test;
	struct text source = TEXT_EMPTY;
	bool same;

	memset(&test, 0, sizeof(test));
	test.path = present = path;
	arena_init(&test.arena, (size_t)256 << 20, LIFETIME_PROGRAM);
	set_defaults(&test);
	if (!read_file(&test, &source))
		test.broken = true;
	read_case(&test, source);
	run_case(&test);
	sort_reports(&test.expected);
	sort_reports(&test.actual);
	printf("%s\n", path);
	same = compare_all(&test) && !test.broken;
	if (test.broken)
		printf("    a comment of the case cannot be understood\n");
	message_free(&test.message);
	arena_reset(&test.arena);
	return same;
}

/* What a case prints is shown when it fails. */
static bool passes_quietly(const char *path)
{
	char *printed = NULL;
	size_t length = 0;
	FILE *memory = open_memstream(&printed, &length);
	FILE *before = stdout;
	bool same;

	if (!memory)
		abort();
	stdout = memory;
	same = passes(path);
	stdout = before;
	fclose(memory);
	if (!same || verbose)
		printf("%s %.*s", same ? "ok  " : "FAIL", (int)length, printed);
	free(printed);
	return same;
}

static char *files[FILES_MAX];
static size_t file_count;

static int visit(const char *path, const struct stat *status, int type, struct FTW *where)
{
	size_t length = strlen(path);

	(void)status;
	if (type == FTW_D && strcmp(path + where->base, "lib") == 0)
		return FTW_SKIP_SUBTREE;
	if (type == FTW_F && length > 5 && strcmp(path + length - 5, ".afsl") == 0 &&
	    file_count < FILES_MAX)
		files[file_count++] = strdup(path);
	return FTW_CONTINUE;
}

static int by_name(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* A crash names the case. */
static void crashed(int signal_number)
{
	static const char said[] = "\ncrashed in ";
	ssize_t ignored = write(STDOUT_FILENO, said, sizeof(said) - 1);

	ignored += write(STDOUT_FILENO, present, strlen(present));
	ignored += write(STDOUT_FILENO, "\n", 1);
	(void)ignored;
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

int main(int argc, char **argv)
{
	size_t passed = 0;

	signal(SIGABRT, crashed);
	signal(SIGSEGV, crashed);
	signal(SIGPIPE, SIG_IGN);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-v") == 0)
			verbose = true;
		else if (nftw(argv[i], visit, 20, FTW_ACTIONRETVAL | FTW_PHYS) != 0)
			perror(argv[i]);
	}
	qsort(files, file_count, sizeof(files[0]), by_name);
	for (size_t i = 0; i < file_count; i++) {
		passed += passes_quietly(files[i]);
		free(files[i]);
	}
	printf("%zu passed, %zu failed\n", passed, file_count - passed);
	return passed == file_count && file_count > 0 ? 0 : 1;
}
