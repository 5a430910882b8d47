/* Every diagnostic has an example that provokes it and one that does not, or a test elsewhere that
 * does. */
#include <afsl.h>

#include <criterion/criterion.h>
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

/* What no small script shows, and where it is provoked. */
static const struct {
	const char *code, *file;
} elsewhere[] = {
	{ "E0105", "tests/unit/compiler/test_parse.c" },
	{ "E0501", "tests/unit/compiler/test_compile.c" },
	{ "E0503", "tests/unit/compiler/test_compile.c" },
	{ "E0505", "tests/unit/compiler/test_compile.c" },
	{ "E0507", "tests/unit/engine/test_explain.c" },
	{ "W0507", "tests/unit/compiler/test_compile.c" },
	{ "E0516", "tests/unit/store/test_table.c" },
	{ "E0532", "tests/unit/engine/test_explain.c" },
	{ "E0602", "tests/unit/compiler/test_generate.c" },
	{ "E0603", "tests/unit/compiler/test_generate.c" },
	{ "E0604", "tests/unit/engine/test_explain.c" },
};

/* Behind other checks, which find the fault before: nothing can provoke them today. E0311: no two
 * modules have a function for the same types; E0322 and E0601: sources of 4 MB that nest 1000
 * levels are too small; E0531: memory; E0533: a machine without the library; E0699: a fault of the
 * compiler. */
static const char *const guards[] = { "E0311", "E0322", "E0531", "E0533", "E0601", "E0699" };

/* ---- an example as files ---- */

static char folder[] = "/tmp/afsl-explain-XXXXXX";
static char mta[64], option_name[64], option_value[64];

static void write_file(const char *name, const char *text, size_t length)
{
	FILE *file = fopen(name, "wb");

	cr_assert_not_null(file);
	cr_assert_eq(fwrite(text, 1, length, file), length);
	fclose(file);
}

/* "# file: NAME" begins another file. */
static void write_files(const char *text)
{
	static const char mark[] = "# file: ";
	char name[64] = "main.afsl";

	for (;;) {
		const char *next = strstr(text, mark);

		write_file(name, text, next ? (size_t)(next - text) : strlen(text));
		if (!next)
			return;
		cr_assert_eq(sscanf(next + sizeof(mark) - 1, "%63s", name), 1);
		text = strchr(next, '\n') + 1;
	}
}

static void read_directives(const char *text)
{
	mta[0] = option_name[0] = '\0';
	sscanf(text, "# mta: %63s", mta);
	sscanf(text, "# option: %63[^=]=%63s", option_name, option_value);
}

/* Loads it as a daemon would; the codes that are said, in their order. */
static void load(const char *text, char said[2000])
{
	struct afsl_setting setting = { option_name, option_value };
	struct afsl_load_options options = { .options = &setting };
	struct afsl_report *report = NULL;
	const char *json;

	write_files(text);
	read_directives(text);
	options.option_count = option_name[0] ? 1 : 0;
	options.mta = mta[0] ? mta : NULL;
	afsl_program_release(afsl_program_load("main.afsl", &options, &report));
	said[0] = '\0';
	json = report ? afsl_report_json(report) : "";
	while ((json = strstr(json, "\"code\":\"")) != NULL) {
		json += strlen("\"code\":\"");
		if (strlen(said) < 1900 && !strstr(said, "many"))
			strncat(said, json, 5);
		strcat(said, " ");
	}
	afsl_report_free(report);
}

static void enter_folder(void)
{
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
	static const char *const names[] = { "main.afsl", "other.afsl", "list.txt" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(names[i]);
	cr_assert_eq(chdir("/"), 0);
	rmdir(folder);
}

Test(explain, each_wrong_example_provokes_its_code_alone)
{
	char said[2000], code[8];

	enter_folder();
	for (unsigned i = 0; i < EXAMPLE_COUNT; i++) {
		load(examples[i].wrong, said);
		cr_expect(*said != '\0', "%s is not provoked", examples[i].code);
		for (const char *at = said; sscanf(at, "%7s", code) == 1; at += 6)
			cr_expect_str_eq(code, examples[i].code, "%s: %s", examples[i].code, said);
	}
	leave_folder();
}

Test(explain, nothing_is_said_about_a_right_example)
{
	char said[2000];

	enter_folder();
	for (unsigned i = 0; i < EXAMPLE_COUNT; i++) {
		load(examples[i].right, said);
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

static bool stands_in(const char *path, const char *word)
{
	static char text[1 << 20];
	FILE *file = fopen(path, "rb");
	size_t length;

	if (!file)
		return false;
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	fclose(file);
	return strstr(text, word) != NULL;
}

static bool is_provoked_elsewhere(const char *code)
{
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
		if (strcmp(elsewhere[i].code, code) == 0)
			return stands_in(elsewhere[i].file, code);
	return false;
}

static bool is_guard(const char *code)
{
	for (size_t i = 0; i < sizeof(guards) / sizeof(guards[0]); i++)
		if (strcmp(guards[i], code) == 0)
			return true;
	return false;
}

Test(explain, every_diagnostic_is_provoked_by_some_test)
{
	for (unsigned i = 0; i < CODE_COUNT; i++) {
		bool guard = is_guard(codes[i]);
		bool provoked = has_example(codes[i]) || is_provoked_elsewhere(codes[i]);

		cr_expect(guard != provoked, "%s %s",
			  guard ? "something provokes" : "nothing provokes", codes[i]);
	}
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

Test(explain, an_unknown_mail_server_is_E0532)
{
	struct afsl_load_options options = { .source = "", .mta = "exim" };
	struct afsl_report *report = NULL;

	cr_assert_null(afsl_program_load("x", &options, &report));
	cr_assert_not_null(strstr(afsl_report_json(report), "E0532"));
	afsl_report_free(report);
}

/* ---- what needs more than a few lines ---- */

Test(explain, a_used_file_that_everybody_can_write_to_is_E0507)
{
	struct afsl_load_options options = { .writable = AFSL_WRITABLE_REFUSED };
	struct afsl_report *report = NULL;

	enter_folder();
	write_files("use \"other.afsl\" as other;\n# file: other.afsl\nconst A = 1;\n");
	cr_assert_eq(chmod("other.afsl", 0666), 0);
	cr_assert_null(afsl_program_load("main.afsl", &options, &report));
	cr_assert_not_null(strstr(afsl_report_json(report), "E0507"));
	afsl_report_free(report);
	leave_folder();
}

Test(explain, more_functions_than_16_bits_count_are_E0604)
{
	enum { FUNCTIONS = 66000, LINE = 32 };
	char *source = malloc((size_t)FUNCTIONS * LINE), *at = source;
	struct afsl_load_options options = { .source = source };
	struct afsl_report *report = NULL;

	for (int i = 0; i < FUNCTIONS; i++)
		at += sprintf(at, "function f%d() {}\n", i);
	options.source_length = (size_t)(at - source);
	cr_assert_null(afsl_program_load("x", &options, &report));
	cr_assert_not_null(strstr(afsl_report_json(report), "E0604"));
	afsl_report_free(report);
	free(source);
}
