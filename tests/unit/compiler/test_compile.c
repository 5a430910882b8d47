/* Files: what is read, what is refused, and what a program is made of. */
#include "compiler/compile.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static struct diagnostics diagnostics;

static void open_folder(void)
{
	strcpy(folder, "/tmp/afsl-test-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
	diagnostics_init(&diagnostics);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static void close_folder(void)
{
	diagnostics_free(&diagnostics);
	nftw(folder, remove_entry, 10, FTW_DEPTH | FTW_PHYS);
}

TestSuite(compile, .init = open_folder, .fini = close_folder);

static void write_file(const char *path, const char *content)
{
	FILE *file = fopen(path, "wb");

	cr_assert_not_null(file);
	fputs(content, file);
	fclose(file);
}

static struct program *compile_path(const char *path)
{
	struct compile_request request = { .path = path,
					   .library = "library",
					   .raised = EVENTS_ALL };

	diagnostics_free(&diagnostics);
	diagnostics_init(&diagnostics);
	return compile(&request, &diagnostics);
}

static void assert_refused(const char *path, const char *code, const char *message)
{
	cr_assert_null(compile_path(path));
	cr_assert_not_null(diagnostics.first, "%s", path);
	cr_assert_str_eq(diagnostics.first->code, code, "%s: %s", path, diagnostics.first->message);
	cr_assert_str_eq(diagnostics.first->message, message);
}

static void assert_compiles(const char *path)
{
	struct program *program = compile_path(path);

	cr_assert_not_null(program, "%s", diagnostics.first ? diagnostics.first->message : "?");
	program_free(program);
}

Test(compile, a_file)
{
	write_file("a.afsl", "event onConnect { log.info(\"a\"); }\n");
	assert_compiles("a.afsl");
	assert_compiles("./a.afsl");
	write_file("empty.afsl", "");
	assert_compiles("empty.afsl");
}

Test(compile, what_is_no_file)
{
	mkdir("folder.afsl", 0700);
	mkfifo("pipe.afsl", 0600);
	assert_refused("missing.afsl", "E0501",
		       "cannot read missing.afsl: No such file or directory");
	assert_refused("folder.afsl", "E0502", "folder.afsl is a folder");
	assert_refused("pipe.afsl", "E0502", "pipe.afsl is not a regular file");
	assert_refused("/dev/null", "E0502", "/dev/null is not a regular file");
	assert_refused("", "E0501", "cannot read : No such file or directory");
}

static void write_blanks(const char *path, long size)
{
	FILE *file = fopen(path, "wb");

	for (long i = 0; i < size; i++)
		fputc('\n', file);
	fclose(file);
}

Test(compile, four_megabytes_and_no_more)
{
	write_blanks("most.afsl", SOURCE_SIZE_MAX);
	assert_compiles("most.afsl");
	write_blanks("more.afsl", SOURCE_SIZE_MAX + 1L);
	assert_refused("more.afsl", "E0503", "more.afsl is larger than 4 MB");
}

Test(compile, a_text_in_the_file_s_stead)
{
	static char large[SOURCE_SIZE_MAX + 2];
	struct text text = TEXT("event onConnect { x y; }");
	struct compile_request request = { .path = "typed in",
					   .text = &text,
					   .raised = EVENTS_ALL };

	cr_assert_null(compile(&request, &diagnostics));
	cr_assert_str_eq(diagnostics.sources[0].name, "typed in");
	cr_assert_str_eq(diagnostics.first->code, "E0201");
	diagnostics_free(&diagnostics);
	memset(large, ' ', sizeof(large));
	text = text_of(large, SOURCE_SIZE_MAX + 1, LIFETIME_EVENT);
	cr_assert_null(compile(&request, &diagnostics));
	cr_assert_str_eq(diagnostics.first->code, "E0503");
}

Test(compile, checking_alone_makes_no_program)
{
	struct text text = TEXT("event onConnect { }");
	struct compile_request request = {
		.path = "t", .text = &text, .check_only = true, .raised = EVENTS_ALL
	};

	cr_assert_null(compile(&request, &diagnostics));
	cr_assert_eq(diagnostics.errors, 0);
}

Test(compile, diagnostics_outlive_the_program_and_its_text)
{
	struct buffer out;
	char *bytes = memory_copy_string("event onConnect { log.info(\"\\d\"); }");
	struct text text = text_of_string(bytes, LIFETIME_EVENT);
	struct compile_request request = { .path = "t", .text = &text, .raised = EVENTS_ALL };
	struct program *program = compile(&request, &diagnostics);

	cr_assert_not_null(program);
	memset(bytes, 'x', strlen(bytes));
	memory_free(bytes);
	program_free(program);
	buffer_init(&out, 1 << 16);
	diagnostics_print(&diagnostics, false, &out);
	cr_assert_geq(text_find(buffer_text(&out), TEXT("log.info(\"\\d\");"), 0), 0);
	buffer_free(&out);
}

/* ---- use ---- */

Test(compile, used_files_are_read_too)
{
	mkdir("lib", 0700);
	write_file("a.afsl", "use \"lib/b.afsl\";\nevent onConnect { }\n");
	write_file("lib/b.afsl", "use \"c.afsl\";\n");
	write_file("lib/c.afsl", "event onConnect { x y; }\n");
	assert_refused("a.afsl", "E0201", "`;` is expected, not `y`");
	cr_assert_eq(diagnostics.source_count, 3);
	cr_assert_str_eq(diagnostics.sources[2].name, "lib/c.afsl");
	cr_assert_eq(diagnostics.first->span.source, 2);
}

Test(compile, used_files_beside_the_user_come_before_the_library)
{
	mkdir("library", 0700);
	write_file("a.afsl", "use \"b.afsl\"; use \"c.afsl\";\n");
	write_file("b.afsl", "event onConnect { x y; }\n");
	write_file("library/b.afsl", "event onConnect { p q; }\n");
	write_file("library/c.afsl", "event onConnect { r s; }\n");
	assert_refused("a.afsl", "E0201", "`;` is expected, not `y`");
	cr_assert_eq(diagnostics.errors, 2);
	cr_assert_str_eq(diagnostics.sources[1].name, "b.afsl");
	cr_assert_str_eq(diagnostics.sources[2].name, "library/c.afsl");
}

Test(compile, a_used_file_may_have_an_absolute_name)
{
	char content[200];

	mkdir("lib", 0700);
	snprintf(content, sizeof(content), "use \"%s/c.afsl\";\n", folder);
	write_file("a.afsl", "use \"lib/b.afsl\";\n");
	write_file("lib/b.afsl", content);
	write_file("c.afsl", "event onConnect { x y; }\n");
	assert_refused("a.afsl", "E0201", "`;` is expected, not `y`");
}

Test(compile, a_file_is_read_once_however_it_is_named)
{
	write_file("a.afsl", "use \"b.afsl\"; use \"./b.afsl\"; use \"c.afsl\";\n");
	write_file("b.afsl", "event onConnect { x y; }\n");
	cr_assert_eq(symlink("b.afsl", "c.afsl"), 0);
	cr_assert_null(compile_path("a.afsl"));
	cr_assert_eq(diagnostics.errors, 1);
	cr_assert_eq(diagnostics.source_count, 2);
}

Test(compile, files_that_use_each_other)
{
	write_file("a.afsl", "use \"b.afsl\";\n");
	write_file("b.afsl", "\nuse \"a.afsl\";\n");
	assert_refused("a.afsl", "E0504", "a.afsl is in use by itself");
	cr_assert_eq(diagnostics.first->span.source, 1);
	cr_assert_str_eq(diagnostics.first->help, "a.afsl uses b.afsl, which uses a.afsl");
	write_file("self.afsl", "use \"self.afsl\";\n");
	assert_refused("self.afsl", "E0504", "self.afsl is in use by itself");
}

Test(compile, used_files_that_are_not_there)
{
	mkdir("folder", 0700);
	write_file("a.afsl", "\nuse \"missing.afsl\";\n");
	assert_refused("a.afsl", "E0506", "there is no file missing.afsl");
	cr_assert_eq(diagnostics.first->span.from, 5);
	cr_assert_str_eq(diagnostics.first->help, "looked for missing.afsl and in library");
	write_file("a.afsl", "use \"\";\n");
	assert_refused("a.afsl", "E0506", "this is not the name of a file");
	write_file("a.afsl", "use \"a\\0b\";\n");
	assert_refused("a.afsl", "E0506", "this is not the name of a file");
	write_file("a.afsl", "use \"folder\";\n");
	assert_refused("a.afsl", "E0502", "folder is a folder");
	write_file("a.afsl", "use \"/nowhere/x.afsl\";\n");
	assert_refused("a.afsl", "E0506", "there is no file /nowhere/x.afsl");
}

Test(compile, at_most_256_files)
{
	char name[32], content[64];

	for (int i = 0; i <= DIAGNOSTICS_SOURCES_MAX; i++) {
		snprintf(name, sizeof(name), "f%d.afsl", i);
		snprintf(content, sizeof(content), "use \"f%d.afsl\";\n", i + 1);
		write_file(name, content);
	}
	assert_refused("f0.afsl", "E0505", "a program has at most 256 files");
	cr_assert_eq(diagnostics.source_count, DIAGNOSTICS_SOURCES_MAX);
}

Test(compile, used_files_that_others_can_write)
{
	struct compile_request request = { .path = "a.afsl",
					   .raised = EVENTS_ALL,
					   .check_only = true };

	write_file("a.afsl", "use \"b.afsl\" as b;\n");
	write_file("b.afsl", "const X = 1;\n");
	chmod("b.afsl", 0646);
	compile(&request, &diagnostics);
	cr_assert_eq(diagnostics.errors + diagnostics.warnings, 0);
	request.writable = COMPILE_WRITABLE_WARNED;
	compile(&request, &diagnostics);
	cr_assert_eq(diagnostics.warnings, 1);
	cr_assert_str_eq(diagnostics.first->code, "W0507");
	request.writable = COMPILE_WRITABLE_REFUSED;
	compile(&request, &diagnostics);
	cr_assert_eq(diagnostics.errors, 1);
	cr_assert_str_eq(diagnostics.last->message, "everybody can write to b.afsl");
	chmod("b.afsl", 0644);
	chmod(".", 0707);
	compile(&request, &diagnostics);
	cr_assert_eq(diagnostics.errors, 2);
	cr_assert_str_eq(diagnostics.last->message, "everybody can write to the folder of b.afsl");
	chmod(".", 01707);
	compile(&request, &diagnostics);
	cr_assert_eq(diagnostics.errors, 2);
}

/* ---- memory ---- */

Test(compile, every_allocation_may_fail)
{
	write_file(
		"a.afsl",
		"option o: text = \"x\";\n"
		"event onConnect { var a = [1, 2, 3]; log.info(\"%{a} %o%\"); reject(\"no\"); }\n");
	for (unsigned long nth = 1; nth < 200; nth++) {
		struct compile_request request = { .path = "a.afsl", .raised = EVENTS_ALL };
		struct program *program;

		diagnostics_free(&diagnostics);
		memory_fail_at(nth, true);
		program = compile(&request, &diagnostics);
		memory_fail_at(0, false);
		cr_assert(program != NULL || diagnostics.errors > 0, "allocation %lu", nth);
		program_free(program);
	}
}
