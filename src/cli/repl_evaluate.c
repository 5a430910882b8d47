/* What one input is, a declaration, a variable, an expression or a statement, and what comes of it.
 */
#include "cli/repl.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

enum { KEY_MAX = 200 };

/* ---- the shape of the text ---- */

/* r"..." knows no escapes, "..." and re"..." do. */
static bool is_raw(const char *start, const char *quote)
{
	return quote > start && quote[-1] == 'r' &&
	       (quote - 1 == start || !isalnum((unsigned char)quote[-2]));
}

/* Behind the text that begins at `at`, or at the end. */
static const char *behind_text(const char *at, bool raw)
{
	for (at++; *at && *at != '"'; at++)
		if (*at == '\\' && !raw && at[1])
			at++;
	return *at ? at + 1 : at;
}

bool repl_goes_on(const char *text)
{
	const char *start = text;
	int depth = 0;

	while (*text) {
		if (*text == '#') {
			text += strcspn(text, "\n");
		} else if (*text == '"') {
			const char *end = behind_text(text, is_raw(start, text));

			if (!*end && end[-1] != '"')
				return true;
			text = end;
		} else {
			depth += strchr("([{", *text) != NULL;
			depth -= strchr(")]}", *text) != NULL;
			text++;
		}
	}
	return depth > 0;
}

static size_t word_length(const char *text)
{
	size_t length = 0;

	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return length;
}

static bool is_word(const char *text, const char *word)
{
	return word_length(text) == strlen(word) && strncmp(text, word, strlen(word)) == 0;
}

static const char *behind_word(const char *text)
{
	text += word_length(text);
	return text + strspn(text, " \t\n");
}

static bool begins_with_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (is_word(text, *words))
			return true;
	return false;
}

static char *copy_of(const char *text, size_t length)
{
	char *copy = memory_allocate(length + 1);

	if (copy) {
		memcpy(copy, text, length);
		copy[length] = '\0';
	}
	return copy;
}

/* Without blanks and semicolons at the end. */
static char *without_end(const char *text)
{
	size_t length = strlen(text);

	while (length && (isspace((unsigned char)text[length - 1]) || text[length - 1] == ';'))
		length--;
	return copy_of(text, length);
}

/* A declaration that ends with no block ends with a semicolon. */
static char *with_end(const char *text)
{
	size_t length = strlen(text);
	char *ended = memory_allocate(length + 2);

	if (ended)
		snprintf(ended, length + 2, "%s%s", text,
			 length && text[length - 1] == '}' ? "" : ";");
	return ended;
}

/* ---- running ---- */

static bool run(struct repl *repl, struct afsl_program *program)
{
	const struct afsl_verdict *verdict;
	bool ok = afsl_try(repl->session, program);

	afsl_program_release(program);
	if (!ok) {
		puts("error: not enough memory");
		return false;
	}
	verdict = afsl_verdict(repl->session);
	if (verdict->error)
		repl_say("error: %s\n", verdict->error);
	else if (verdict->kind != AFSL_CONTINUE)
		repl_say("verdict %s %s\n", verdict_word(verdict->kind),
			 verdict_reply(&repl->said, verdict));
	return !verdict->error;
}

/* Compiles what printf makes of the two; on mistakes NULL, with the report when it is wanted. */
static struct afsl_program *compile(struct repl *repl, const char *before, const char *text,
				    const char *behind, struct afsl_report **report)
{
	struct afsl_report *own = NULL;
	struct afsl_program *program;
	struct buffer statements;

	buffer_init(&statements, BUFFER_CAP_DEFAULT);
	buffer_printf(&statements, "%s%s%s", before, text, behind);
	buffer_append_byte(&statements, '\0');
	program = statements.failed
			  ? NULL
			  : repl_compile(repl, statements.data, true, report ? report : &own);
	/* The line above what was typed does not count. */
	repl->base += strchr(before, '\n') != NULL;
	afsl_report_free(own);
	buffer_free(&statements);
	return program;
}

static void complain(struct repl *repl, const char *before, const char *text, const char *behind)
{
	struct afsl_report *report = NULL;

	afsl_program_release(compile(repl, before, text, behind, &report));
	repl_print_report(repl, report);
	afsl_report_free(report);
}

/* ---- expressions ---- */

static const char value_before[] = "var _value =\n", value_behind[] = "\n;\nreturn;";

static void note_values(void *argument, const char *place, struct afsl_text source,
			const char *values)
{
	struct repl *repl = argument;

	(void)place;
	(void)source;
	buffer_clear(&repl->shown);
	buffer_append_string(&repl->shown, values);
	buffer_append_byte(&repl->shown, '\0');
}

/* The trace of the last statement shows the value, unless it is very long. */
static void print_value(const struct repl *repl, const char *type)
{
	static const char name[] = "_value = ";
	const char *value = repl->shown.length ? strstr(repl->shown.data, name) : NULL;

	if (value)
		puts(value + sizeof(name) - 1);
	else
		printf("%s: too long to be shown\n", type ? type : "a value");
}

static bool show_value(struct repl *repl, const char *expression)
{
	struct afsl_program *program = compile(repl, value_before, expression, value_behind, NULL);
	char *type = program ? afsl_tried_type(program, "_value") : NULL;

	if (!program)
		return false;
	buffer_clear(&repl->shown);
	afsl_session_trace(repl->session, note_values, repl);
	if (run(repl, program) && afsl_verdict(repl->session)->kind == AFSL_CONTINUE)
		print_value(repl, type);
	afsl_session_trace(repl->session, NULL, NULL);
	free(type);
	return true;
}

void repl_type(struct repl *repl, const char *text)
{
	char *expression = without_end(text);
	struct afsl_program *program =
		expression ? compile(repl, value_before, expression, value_behind, NULL) : NULL;
	char *type = program ? afsl_tried_type(program, "_value") : NULL;

	if (type)
		puts(type);
	else if (expression)
		complain(repl, value_before, expression, value_behind);
	afsl_program_release(program);
	free(expression);
	free(type);
}

/* ---- variables ---- */

/* Types without a first value need one to be declared with; it is replaced at once. */
static const char *first_value(const char *type)
{
	static const char *const values[][2] = { { "ip", " = \"0.0.0.0\"" },
						 { "net", " = \"0.0.0.0/0\"" },
						 { "time", " = \"1970-01-01\"" },
						 { "regex", " = \"^\"" } };

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		if (strcmp(type, values[i][0]) == 0)
			return values[i][1];
	return "";
}

static char *type_of_variable(struct repl *repl, const char *text, const char *name)
{
	char use[KEY_MAX]; /* as a whole: a record of which only fields are used is no variable of
			      its own */
	struct afsl_program *program;
	char *type;

	snprintf(use, sizeof(use), ";\nvar _value = %s;\nreturn;", name);
	program = compile(repl, "", text, use, NULL);
	type = program ? afsl_tried_type(program, name) : NULL;
	if (!type)
		complain(repl, "", text, ";");
	afsl_program_release(program);
	return type;
}

/* Assigns what stands behind the first =; without one the variable begins with its first value. */
static bool assign(struct repl *repl, const char *name, const char *text)
{
	const char *equals = strchr(text, '=');
	char before[KEY_MAX + 8];
	struct afsl_program *program;

	if (!equals)
		return true;
	snprintf(before, sizeof(before), "%s =\n", name);
	program = compile(repl, before, equals + 1, ";", NULL);
	if (!program)
		complain(repl, before, equals + 1, ";");
	return program && run(repl, program);
}

/* A variable of the prompt is one of the session. When its value cannot be had it is as it was. */
static void declare_variable(struct repl *repl, const char *text)
{
	const char *at = behind_word(text);
	char name[KEY_MAX / 2], key[KEY_MAX], declaration[1024], *type, *before;

	snprintf(name, sizeof(name), "%.*s", (int)word_length(at), at);
	type = type_of_variable(repl, text, name);
	if (!type)
		return;
	snprintf(key, sizeof(key), "var %s", name);
	snprintf(declaration, sizeof(declaration), "session var %s: %s%s;", name, type,
		 first_value(type));
	before = repl_declared(repl, key) ? memory_copy_string(repl_declared(repl, key)) : NULL;
	if (repl_declare(repl, key, declaration) && !assign(repl, name, text)) {
		if (before)
			repl_declare(repl, key, before);
		else
			repl_undeclare(repl, key);
	}
	free(before);
	free(type);
}

/* ---- declarations and statements ---- */

/* Events gather; everything else of one name takes the place of what was declared so before. */
static void declare(struct repl *repl, const char *plain)
{
	struct afsl_report *report = NULL;
	struct afsl_program *program;
	const char *name = behind_word(plain);
	char key[KEY_MAX], *before, *text = with_end(plain);

	if (!text)
		return;
	snprintf(key, sizeof(key), "%.*s %.*s", (int)word_length(text), text,
		 (int)strcspn(name, " \t\n(:={"), name);
	if (is_word(text, "event"))
		snprintf(key, sizeof(key), "event %zu", repl->count);
	before = repl_declared(repl, key) ? memory_copy_string(repl_declared(repl, key)) : NULL;
	program = repl_declare(repl, key, text) ? repl_compile(repl, "", true, &report) : NULL;
	if (!program) {
		repl->base = repl_line_of(repl, key);
		repl_print_report(repl, report);
		if (before)
			repl_declare(repl, key, before);
		else
			repl_undeclare(repl, key);
	}
	afsl_program_release(program);
	afsl_report_free(report);
	free(before);
	free(text);
}

static void run_statement(struct repl *repl, const char *text)
{
	struct afsl_program *program = compile(repl, "", text, ";", NULL);

	if (program)
		run(repl, program);
	else
		complain(repl, "", text, ";");
}

static bool looks_like_statement(const char *text)
{
	static const char *const words[] = { "if",     "while",	   "for", "try",
					     "throw",  "return",   "set", "call",
					     "export", "parallel", NULL };
	const char *equals = strchr(text, '=');

	if (begins_with_one_of(text, words))
		return true;
	/* An assignment, not a comparison. */
	return equals && equals > text && equals[1] != '=' && equals[1] != '~' &&
	       !strchr("=!<>", equals[-1]) && !memchr(text, '"', (size_t)(equals - text)) &&
	       !memchr(text, '(', (size_t)(equals - text));
}

void repl_evaluate(struct repl *repl, const char *text)
{
	static const char *const declarations[] = { "function", "method", "const", "record",
						    "option",	"table",  "use",   "event",
						    "shared",	NULL };
	char *plain;

	text += strspn(text, " \t\n;");
	if (is_word(text, "session") || is_word(text, "message"))
		text = behind_word(text);
	plain = without_end(text);
	if (!plain || !*plain || *plain == '#') {
		free(plain);
		return;
	}
	if (begins_with_one_of(text, declarations))
		declare(repl, plain);
	else if (is_word(text, "var"))
		declare_variable(repl, plain);
	else if (looks_like_statement(text))
		run_statement(repl, plain);
	else if (!show_value(repl, plain)) {
		struct afsl_program *program = compile(repl, "", plain, ";", NULL);

		if (program)
			run(repl, program);
		else
			complain(repl, value_before, plain, value_behind);
	}
	free(plain);
}
