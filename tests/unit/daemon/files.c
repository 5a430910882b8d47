#include "files.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char files_folder[64];

void files_begin(void)
{
	strcpy(files_folder, "/tmp/afsld-unit-XXXXXX");
	cr_assert_not_null(mkdtemp(files_folder));
}

void files_end(void)
{
	char command[128];
	snprintf(command, sizeof(command), "rm -rf %s", files_folder);
	cr_assert_eq(system(command), 0);
}

const char *files_path(const char *name)
{
	static char path[4][128];
	static int next;
	char *at = path[next++ % 4];
	snprintf(at, sizeof(path[0]), "%s/%s", files_folder, name);
	return at;
}

void files_write(const char *name, const char *content)
{
	FILE *file = fopen(files_path(name), "w");
	cr_assert_not_null(file);
	fputs(content, file);
	fclose(file);
	chmod(files_path(name), 0644);
}
