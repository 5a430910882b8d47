/* Runs the cases below the folders that it is given: every *.afsl outside of folders named lib.
 * README.md beside this file says how a case is read. */
#include "case.h"

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FILES_MAX = 5000 };

static bool verbose;

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
		case_note(test, strcmp(severity, "error") == 0 ? KIND_ERROR : KIND_WARNING,
			  strcmp(file, test->path) == 0 ? (unsigned)atoi(line) : 0, "%s %s", code,
			  message);
	}
}

static struct afsl_program *load(struct test_case *test)
{
	struct afsl_load_options options = { .options = test->settings,
					     .option_count = test->setting_count,
					     .mta = test->mta };
	struct afsl_report *report;
	struct afsl_program *program = afsl_program_load(test->path, &options, &report);

	if (report)
		note_report(test, afsl_report_json(report));
	else if (!program)
		case_note(test, KIND_ERROR, 0, "not loaded, and nothing was said");
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
	case_note(argument, KIND_LOG, 0, "%s%s", prefixes[level & 3], said);
}

static const char *change_word(enum afsl_change_kind kind)
{
	static const char *const names[] = { "addHeader",   "insertHeader", "changeHeader",
					     "addRcpt",	    "discardRcpt",  "changeSender",
					     "replaceBody", "quarantine" };

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
	case_add(test, &test->actual, KIND_CHANGE, 0, text_trim(buffer_text(&line)));
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
	case_add(test, &test->actual, kind, 0, buffer_text(&line));
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
			case_note(test, KIND_TRAP, 0, "%s", outcome->steps[i].verdict.error);
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

	if (program && !case_expects(&test->expected, KIND_ERROR) && !test->broken &&
	    !test->is_of_blocks)
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
	case_read(&test, source);
	run_case(&test);
	printf("%s\n", path);
	same = case_compare(&test) && !test.broken;
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
