#include "world.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/afsl-file.XXXXXX";
static const char *const folders[] = { folder };

static void begin(void)
{
	char path[64];
	FILE *file;

	cr_assert(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/words", folder);
	file = fopen(path, "wb");
	cr_assert_not_null(file);
	fputs("one\ntwo\n", file);
	fclose(file);
}

static void end(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/words", folder);
	unlink(path);
	rmdir(folder);
}

TestSuite(file, .init = begin, .fini = end);

static void expect_log(const char *source, bool configured, const char *expected)
{
	struct world world;

	world_open(&world, source);
	if (configured) {
		world.means.folders = folders;
		world.means.folder_count = 1;
	}
	cr_assert_eq(world_raise(&world, EVENT_onConnect), VM_DONE);
	buffer_append_byte(&world.log, '\0');
	cr_expect_str_eq(world.log.data, expected);
	world_close(&world);
}

Test(file, reads_files_of_the_folder)
{
	expect_log("event onConnect { log.info(file.read(\"words\").lines()[1]); }", true,
		   "2 two\n");
	expect_log("event onConnect { log.info(text(file.sizeOf(\"words\"))); }", true, "2 8\n");
	expect_log("event onConnect { log.info(text(file.exists(\"words\"))); }", true, "2 yes\n");
}

Test(file, raises_io)
{
	expect_log(
		"event onConnect { try { file.read(\"none\"); } catch (e) { log.info(e.kind); } }",
		true, "2 io\n");
	expect_log("event onConnect { try { file.sizeOf(\"../words\"); } catch (e) { "
		   "log.info(e.kind); } }",
		   true, "2 io\n");
	expect_log("event onConnect { try { file.read(\"words\"); } catch (e) { "
		   "log.info(e.message); } }",
		   false, "2 the file \"words\" cannot be read: no folder is configured\n");
	expect_log("event onConnect { log.info(text(file.exists(\"words\"))); }", false, "2 no\n");
}

Test(file, reads_no_more_than_a_text_may_hold)
{
	struct world world;

	world_open(&world, "event onConnect { file.read(\"words\"); }");
	world.means.folders = folders;
	world.means.folder_count = 1;
	world.limits[LIMIT_textLength] = 7;
	cr_assert_eq(world_raise(&world, EVENT_onConnect), VM_FAILED);
	cr_expect_eq(vm_failure(world.vm)->which, LIMIT_textLength);
	world_close(&world);
}

/* ---- files that others read ---- */

static void look_at_temporary(struct world *world, char path[64])
{
	struct text made = vm_result(world->vm).text;
	struct stat facts;
	char content[8] = "";
	FILE *file;

	cr_assert_lt(made.length, 64u);
	snprintf(path, 64, "%.*s", TEXT_PRINTF(made));
	cr_expect(strncmp(path, folder, strlen(folder)) == 0, "%s", path);
	cr_assert_eq(stat(path, &facts), 0);
	cr_expect_eq(facts.st_mode & 0777, 0640u);
	file = fopen(path, "rb");
	cr_expect_eq(fread(content, 1, sizeof(content), file), 3u);
	cr_expect_arr_eq(content, "a\0b", 3);
	fclose(file);
}

Test(file, a_temporary_file_is_there_until_the_event_ends)
{
	struct world world;
	char path[64];

	setenv("TMPDIR", folder, 1);
	umask(0077);
	world_open(&world, "function make() -> text { return file.temporary(\"a\\0b\"); }");
	cr_assert_eq(world_call(&world, "make"), VM_DONE);
	look_at_temporary(&world, path);
	world_settle(&world);
	cr_expect_neq(access(path, F_OK), 0);
	world_close(&world);
}

Test(file, a_temporary_file_that_cannot_be_made)
{
	setenv("TMPDIR", "/nowhere", 1);
	body_raises("io", "file.temporary(\"a\"); return true;");
}
