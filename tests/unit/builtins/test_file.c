#include "world.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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
		world.context.folders = folders;
		world.context.folder_count = 1;
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
	world.context.folders = folders;
	world.context.folder_count = 1;
	world.limits[LIMIT_textLength] = 7;
	cr_assert_eq(world_raise(&world, EVENT_onConnect), VM_FAILED);
	cr_expect_eq(vm_failure(world.vm)->which, LIMIT_textLength);
	world_close(&world);
}
