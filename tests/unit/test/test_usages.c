/* The scripts that show how functions are used, each with its test. */
#include "test/suite.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct {
	const char *ids, *script, *test;
} usages[] = {
#define USAGE(ids, script, test) { ids, script, test },
#include "grammar/usages.def"
#undef USAGE
};
enum { USAGES = sizeof(usages) / sizeof(*usages) };

static void write_file(const char *name, const char *content)
{
	FILE *file = fopen(name, "w");

	cr_assert_not_null(file);
	fputs(content, file);
	fclose(file);
}

static void write_usage(unsigned n)
{
	static char content[16384];
	char name[32];

	snprintf(name, sizeof(name), "usage-%02u.afsl", n);
	cr_assert_lt((size_t)snprintf(content, sizeof(content), "%s\n\ntest \"%s\" {\n%s\n}\n",
				      usages[n].script, usages[n].ids, usages[n].test),
		     sizeof(content));
	write_file(name, content);
}

Test(usages, all_work)
{
	char folder[] = "/tmp/afsl-usages-XXXXXX", command[64];
	struct suite suite = { .pattern = NULL };
	struct buffer said;

	buffer_init(&said, BUFFER_CAP_DEFAULT);

	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
	write_file("owners.txt", "sales@here.example alice\nhelp@here.example bob\n");
	write_file("nets.txt", "192.0.2.0/24 test network\n");
	for (unsigned i = 0; i < USAGES; i++)
		write_usage(i);
	cr_assert_null(suite_add(&suite, "."));
	cr_assert(suite_run(&suite, 1));
	if (suite.failed || suite.passed != USAGES)
		report_text(&suite, &said);
	fprintf(stderr, "%.*s", TEXT_PRINTF(buffer_text(&said)));
	buffer_free(&said);
	cr_expect_eq(suite.passed, USAGES);
	cr_expect_eq(suite.failed, 0);
	suite_free(&suite);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	cr_assert_eq(chdir("/"), 0);
	cr_assert_eq(system(command), 0);
}
