/* Every diagnostic has an example that provokes it, and one that does not. */
#include <afsl.h>

#include "base/library.h"
#include "base/memory.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct example {
	const char *code, *wrong, *right;
} examples[] = {
#define EXAMPLE(code, wrong, right) { #code, wrong, right },
#include "grammar/examples.def"
#undef EXAMPLE
};
enum { EXAMPLE_COUNT = sizeof(examples) / sizeof(examples[0]) };

static const char *const codes[] = {
#define DIAGNOSTIC(code, ...) #code,
#include "grammar/diagnostics.def"
#undef DIAGNOSTIC
};
enum { CODE_COUNT = sizeof(codes) / sizeof(codes[0]) };

/* ---- an example as files ---- */

static char folder[] = "/tmp/afsl-explain-XXXXXX";

/* `line` with `more` added to each of its numbers; returns the first number. */
static unsigned long add_line(FILE *out, const char *line, const char *end, unsigned long more)
{
	unsigned long first = 0;

	while (line < end) {
		if (*line >= '0' && *line <= '9') {
			unsigned long number = strtoul(line, (char **)&line, 10) + more;

			first = first ? first : number;
			fprintf(out, "%lu", number);
		} else {
			fputc(*line++, out);
		}
	}
	return first;
}

/* "# and so on to N" says the line above again. To be freed. */
static char *expand(const char *text)
{
	const char *above = text;
	size_t size;
	char *expanded;
	FILE *out = open_memstream(&expanded, &size);

	for (const char *end; *text; above = text, text = end) {
		unsigned long last, more = 1;

		end = strchr(text, '\n') + 1;
		if (sscanf(text, " # and so on to %lu", &last) != 1)
			fwrite(text, 1, (size_t)(end - text), out);
		else
			while (add_line(out, above, text, more) < last)
				more++;
	}
	fclose(out);
	return expanded;
}

static void write_file(const char *name, unsigned mode, const char *text, size_t length)
{
	FILE *file = fopen(name, "wb");

	cr_assert_not_null(file);
	cr_assert_eq(fwrite(text, 1, length, file), length);
	fclose(file);
	cr_assert_eq(chmod(name, mode), 0);
}

/* "# file: NAME MODE" begins another file. */
static void write_files(const char *text)
{
	static const char mark[] = "# file: ";
	char name[64] = "main.afsl";
	unsigned mode = 0644;

	for (;;) {
		const char *next = strstr(text, mark);

		write_file(name, mode, text, next ? (size_t)(next - text) : strlen(text));
		if (!next)
			return;
		mode = 0644;
		cr_assert_geq(sscanf(next + sizeof(mark) - 1, "%63s%*[ ]%o", name, &mode), 1);
		text = strchr(next, '\n') + 1;
	}
}

/* What the first line of an example says about how it is loaded. */
struct manner {
	char mta[64], option[64], value[64], name[64], writable[16];
	bool memory_is_short, libraries_are_missing;
};

static struct manner read_manner(const char *text)
{
	struct manner manner = { .name = "main.afsl" };

	sscanf(text, "# mta: %63s", manner.mta);
	sscanf(text, "# option: %63[^=]=%63s", manner.option, manner.value);
	sscanf(text, "# load: %63s", manner.name);
	sscanf(text, "# writable: %15s", manner.writable);
	manner.memory_is_short = strncmp(text, "# memory: short\n", 16) == 0;
	manner.libraries_are_missing = strncmp(text, "# libraries: missing\n", 21) == 0;
	return manner;
}

static enum afsl_writable writable_of(const struct manner *manner)
{
	return strcmp(manner->writable, "refused") == 0	 ? AFSL_WRITABLE_REFUSED
	       : strcmp(manner->writable, "warned") == 0 ? AFSL_WRITABLE_WARNED
							 : AFSL_WRITABLE_IGNORED;
}

enum { SAID_MAX = 2000 };

/* The codes that are said, in their order. */
static void load_once(const struct manner *manner, char said[SAID_MAX])
{
	struct afsl_setting setting = { manner->option, manner->value };
	struct afsl_load_options options = {
		.options = &setting,
		.option_count = manner->option[0] ? 1 : 0,
		.mta = manner->mta[0] ? manner->mta : NULL,
		.writable = writable_of(manner),
	};
	struct afsl_report *report = NULL;
	const char *json;

	library_hide(manner->libraries_are_missing);
	afsl_program_release(afsl_program_load(manner->name, &options, &report));
	library_hide(false);
	memory_fail_at(0, false);
	said[0] = '\0';
	json = report ? afsl_report_json(report) : NULL;
	while (json && (json = strstr(json, "\"code\":\"")) != NULL &&
	       strlen(said) < SAID_MAX - 8) {
		json += strlen("\"code\":\"");
		strncat(said, json, 5);
		strcat(said, " ");
	}
	afsl_report_free(report);
}

/* Loads it as a daemon would. Where memory is short: as often as it takes until the code is said.
 */
static void load(const char *text, const char *code, char said[SAID_MAX])
{
	struct manner manner = read_manner(text);
	char *expanded = expand(text);
	unsigned long nth = 0;

	write_files(expanded);
	free(expanded);
	do {
		if (manner.memory_is_short)
			memory_fail_at(++nth, false);
		load_once(&manner, said);
	} while (manner.memory_is_short && nth < 1000 && !strstr(said, code));
}

static void enter_folder(void)
{
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
	DIR *all = opendir(".");

	for (struct dirent *entry; (entry = readdir(all)) != NULL;)
		unlink(entry->d_name);
	closedir(all);
	cr_assert_eq(chdir("/"), 0);
	rmdir(folder);
}

Test(explain, each_wrong_example_provokes_its_code_alone)
{
	char said[SAID_MAX], code[8];

	enter_folder();
	for (unsigned i = 0; i < EXAMPLE_COUNT; i++) {
		load(examples[i].wrong, examples[i].code, said);
		cr_expect(*said != '\0', "%s is not provoked", examples[i].code);
		for (const char *at = said; sscanf(at, "%7s", code) == 1; at += 6)
			cr_expect_str_eq(code, examples[i].code, "%s: %s", examples[i].code, said);
	}
	leave_folder();
}

Test(explain, nothing_is_said_about_a_right_example)
{
	char said[SAID_MAX];

	enter_folder();
	for (unsigned i = 0; i < EXAMPLE_COUNT; i++) {
		load(examples[i].right, examples[i].code, said);
		cr_expect_str_empty(said, "%s: %s", examples[i].code, said);
	}
	leave_folder();
}

/* ---- completeness ---- */

static bool has_example(const char *code)
{
	for (unsigned i = 0; i < EXAMPLE_COUNT; i++)
		if (strcmp(examples[i].code, code) == 0)
			return true;
	return false;
}

Test(explain, every_diagnostic_has_an_example)
{
	for (unsigned i = 0; i < CODE_COUNT; i++)
		cr_expect(has_example(codes[i]), "%s has none", codes[i]);
}

Test(explain, no_code_stands_twice)
{
	for (unsigned i = 0; i < CODE_COUNT; i++)
		for (unsigned k = i + 1; k < CODE_COUNT; k++)
			cr_expect_str_neq(codes[i], codes[k]);
}

/* ---- what is printed ---- */

Test(explain, tells_title_explanation_and_both_examples)
{
	char *text = afsl_explain("E0312");

	cr_assert_not_null(text);
	cr_assert_eq(strncmp(text, "error E0312: cannot be changed\n\n", 32), 0);
	cr_assert_not_null(strstr(text, "\nWrong:\n\n    const LIMIT = 1;\n"));
	cr_assert_not_null(strstr(text, "\nRight:\n\n    session var limit = 1;\n"));
	free(text);
}

Test(explain, a_warning_says_how_it_is_silenced)
{
	char *text = afsl_explain("W0301");

	cr_assert_not_null(strstr(text, "# afsl: allow W0301\n"));
	free(text);
}

Test(explain, controls_of_an_example_are_spelt)
{
	char *text = afsl_explain("E0101");

	cr_assert_null(strchr(text, '\001'));
	cr_assert_not_null(strstr(text, "\\x01"));
	free(text);
}

Test(explain, without_a_code_all_are_listed)
{
	char *text = afsl_explain(NULL);

	for (unsigned i = 0; i < CODE_COUNT; i++)
		cr_expect_not_null(strstr(text, codes[i]));
	free(text);
	cr_assert_null(afsl_explain("E9999"));
	cr_assert_null(afsl_explain(""));
}
