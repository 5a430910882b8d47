#include "test/suite.h"

#include "base/memory.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/afsl-suite-XXXXXX";

static void enter(void)
{
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
}

static void leave(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	cr_assert_eq(chdir("/"), 0);
	cr_assert_eq(system(command), 0);
}

TestSuite(suite, .init = enter, .fini = leave);

static void write_file(const char *name, const char *content)
{
	FILE *file = fopen(name, "w");

	cr_assert_not_null(file);
	fputs(content, file);
	fclose(file);
}

static const char filter[] = "option word: text = \"no\";\n"
			     "session var said = 0;\n"
			     "event onMailFrom {\n"
			     "    said += 1;\n"
			     "    if (mailFrom == \"\") { reject(word); }\n"
			     "    addHeader(\"X-A\", word);\n"
			     "}\n"
			     "event onDataReceived {\n"
			     "    if (hasHeader(\"Ask\")) {\n"
			     "        var link = socket.connect(\"unix:/x\");\n"
			     "        link.write(\"hi\");\n"
			     "        addHeader(\"X-B\", link.readLine());\n"
			     "    }\n"
			     "}\n";

static const char tests[] =
	"test \"refuses\" { smtp.mailFrom(\"\"); expect(reply() == \"550 5.7.1 no\"); }\n"
	"test \"fails\" { smtp.send(); expect(said == 2 and changes() == []); }\n"
	"test \"asks\" {\n"
	"    mock.option(\"word\", \"yes\");\n"
	"    mock.socket(\"unix:/x\"); mock.expects(\"hi\"); mock.sends(\"ho\\n\");\n"
	"    mock.milter(\"unix:/y\", [\"rcpt\": \"reject\"]);\n"
	"    mock.dns(\"a.example\", \"A\", [\"192.0.2.1\"]);\n"
	"    smtp.send(\"Ask: 1\\n\\n\");\n"
	"    expect(deliveredHeader(\"X-B\") == \"ho\");\n"
	"}\n"
	"test \"skips\" { skip(\"why\"); }\n";

static struct suite run(const char *path, unsigned jobs)
{
	struct suite suite = { .pattern = NULL };

	cr_assert_null(suite_add(&suite, path));
	cr_assert(suite_run(&suite, jobs));
	return suite;
}

static const char *text_of_result(const struct suite *suite, unsigned n)
{
	struct buffer *text = &suite->results[n].result.text;

	buffer_append_byte(text, '\0');
	return text->data;
}

Test(suite, results)
{
	struct suite suite;

	write_file("a.afsl", filter);
	write_file("a.test.afsl", tests);
	suite = run("a.test.afsl", 1);
	cr_assert_eq(suite.result_count, 4);
	cr_assert_eq(suite.passed, 2);
	cr_assert_eq(suite.failed, 1);
	cr_assert_eq(suite.skipped, 1);
	cr_assert_str_eq(suite.results[0].title, "refuses");
	cr_assert_eq(suite.results[2].result.line, 3);
	cr_assert_not_null(strstr(text_of_result(&suite, 1), "said = 1"));
	cr_assert_str_eq(text_of_result(&suite, 3), "why");
	suite_free(&suite);
}

Test(suite, side_by_side_as_one_after_the_other)
{
	struct suite suite;

	write_file("a.afsl", filter);
	write_file("a.test.afsl", tests);
	for (unsigned jobs = 1; jobs <= 8; jobs++) {
		suite = run(".", jobs);
		cr_assert_eq(suite.passed, 2);
		cr_assert_eq(suite.failed, 1);
		suite_free(&suite);
	}
}

Test(suite, folders)
{
	struct suite suite;

	mkdir("sub", 0700);
	mkdir(".hidden", 0700);
	write_file("a.afsl", filter);
	write_file("sub/b.test.afsl", "test \"b\" { }\n");
	write_file("sub/inside.afsl", "event onEhlo { }\n  test \"inside\" { }\n");
	write_file(".hidden/c.test.afsl", "test \"c\" { fail(\"never run\"); }\n");
	write_file("wrong.test.afsl", "event onEhlo { x y; }\n");
	suite = run(".", 1);
	cr_assert_eq(suite.file_count, 3);
	cr_assert_eq(suite.passed, 2);
	cr_assert_eq(suite.failed, 1); /* the file that does not load */
	suite_reset(&suite);
	suite.pattern = "INSIDE";
	cr_assert(suite_run(&suite, 1));
	cr_assert_eq(suite.passed, 1);
	suite_free(&suite);
	cr_assert_not_null(suite_add(&suite, "absent"));
}

Test(suite, what_is_covered)
{
	struct suite suite = { .pattern = NULL };
	struct coverage coverage;
	const struct covered_file *file;
	uint64_t hits;

	coverage_init(&coverage);
	suite.coverage = &coverage;
	write_file("a.afsl", filter);
	write_file("a.test.afsl", tests);
	cr_assert_null(suite_add(&suite, "a.test.afsl"));
	cr_assert(suite_run(&suite, 3));
	coverage_settle(&coverage);
	cr_assert_eq(coverage.count, 1);
	file = coverage.files;
	cr_assert_str_eq(file->name, "a.afsl");
	cr_assert_eq(line_state(file, 4, &hits), LINE_REACHED);
	cr_assert_eq(hits, 3);
	cr_assert_eq(line_state(file, 1, &hits), LINE_PLAIN);
	cr_assert_eq(covered_lines(file).all, 7);
	cr_assert_eq(covered_lines(file).reached, 7);
	cr_assert_eq(covered_sites(file, SITE_BRANCH).reached, 4);
	cr_assert_eq(covered_sites(file, SITE_VERDICT).all, 1);
	coverage_free(&coverage);
	suite_free(&suite);
}

Test(suite, blocks_of_tests_are_not_covered)
{
	struct suite suite = { .pattern = NULL };
	struct coverage coverage;

	coverage_init(&coverage);
	suite.coverage = &coverage;
	write_file("a.afsl", "event onEhlo { }\ntest \"t\" {\n    var x = 1;\n    x += 1;\n}\n");
	cr_assert_null(suite_add(&suite, "a.afsl"));
	cr_assert(suite_run(&suite, 1));
	cr_assert_eq(suite.passed, 1);
	cr_expect_eq(coverage.count, 0);
	coverage_free(&coverage);
	suite_free(&suite);
}

Test(suite, what_led_there_tells_of_each_message)
{
	struct suite suite;
	const char *first, *second;

	write_file("a.afsl", filter);
	write_file("a.test.afsl", "test \"t\" { smtp.mailFrom(\"a@b\"); smtp.mailFrom(\"c@d\"); "
				  "expect(1 == 2); }\n");
	suite = run("a.test.afsl", 1);
	first = strstr(text_of_result(&suite, 0), "addHeader X-A: no");
	cr_assert_not_null(first);
	second = strstr(first + 1, "addHeader X-A: no");
	cr_expect_not_null(second, "%s", text_of_result(&suite, 0));
	suite_free(&suite);
}

/* Tests may fail then, and say so; nothing else may happen. */
Test(suite, every_allocation_may_fail, .timeout = 300)
{
	write_file("a.afsl", filter);
	write_file("a.test.afsl", tests);
	for (unsigned long nth = 1; nth < 900; nth += 1 + nth / 100) {
		struct suite suite = { .pattern = NULL };
		struct coverage coverage;
		struct buffer out;

		buffer_init(&out, BUFFER_CAP_DEFAULT);
		coverage_init(&coverage);
		suite.coverage = &coverage;
		cr_assert_null(suite_add(&suite, "a.test.afsl"));
		memory_fail_at(nth, nth % 2);
		if (suite_run(&suite, 1)) {
			report_json(&suite, &out);
			coverage_settle(&coverage);
			coverage_html(&coverage, &out);
		}
		memory_fail_at(0, false);
		suite_free(&suite);
		coverage_free(&coverage);
		buffer_free(&out);
	}
}
