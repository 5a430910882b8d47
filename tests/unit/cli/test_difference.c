#include "cli/difference.h"

#include <criterion/criterion.h>

#include <stdio.h>

static struct buffer out;

static void begin(void)
{
	buffer_init(&out, BUFFER_CAP_DEFAULT);
}

static void end(void)
{
	buffer_free(&out);
}

TestSuite(difference, .init = begin, .fini = end);

static struct text text(const char *string)
{
	return text_of_string(string, LIFETIME_PROGRAM);
}

/* What stands below the two lines of names. */
static const char *hunks(const char *old, const char *new)
{
	static const char names[] = "--- a\n+++ b\n";

	buffer_clear(&out);
	cr_assert(difference_print("a", text(old), "b", text(new), &out));
	buffer_append_byte(&out, '\0');
	if (!*out.data)
		return "";
	cr_assert_eq(strncmp(out.data, names, strlen(names)), 0, "%s", out.data);
	return out.data + strlen(names);
}

Test(difference, equal_texts_have_none)
{
	cr_assert_str_eq(hunks("", ""), "");
	cr_assert_str_eq(hunks("a\nb\n", "a\nb\n"), "");
}

Test(difference, one_line_changes)
{
	cr_assert_str_eq(hunks("a\nb\nc\n", "a\nx\nc\n"), "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n");
}

Test(difference, lines_come_and_go)
{
	cr_assert_str_eq(hunks("", "a\n"), "@@ -0,0 +1,1 @@\n+a\n");
	cr_assert_str_eq(hunks("a\n", ""), "@@ -1,1 +0,0 @@\n-a\n");
	cr_assert_str_eq(hunks("a\nb\n", "a\nb\nc\n"), "@@ -1,2 +1,3 @@\n a\n b\n+c\n");
	cr_assert_str_eq(hunks("b\n", "a\nb\n"), "@@ -1,1 +1,2 @@\n+a\n b\n");
}

Test(difference, a_last_line_may_have_no_end)
{
	cr_assert_str_eq(hunks("a\n", "a"),
			 "@@ -1,1 +1,1 @@\n-a\n+a\n\\ No newline at end of file\n");
	cr_assert_str_eq(hunks("a", "a\nb"), "@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n"
					     "+a\n+b\n\\ No newline at end of file\n");
}

Test(difference, three_lines_around_are_shown)
{
	cr_assert_str_eq(hunks("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n"),
			 "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
}

Test(difference, near_changes_are_one_group_and_far_ones_two)
{
	cr_assert_str_eq(hunks("a\n1\n2\nb\n", "x\n1\n2\ny\n"),
			 "@@ -1,4 +1,4 @@\n-a\n+x\n 1\n 2\n-b\n+y\n");
	cr_assert_str_eq(hunks("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "x\n1\n2\n3\n4\n5\n6\n7\ny\n"),
			 "@@ -1,4 +1,4 @@\n-a\n+x\n 1\n 2\n 3\n"
			 "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+y\n");
}

static unsigned count(const char *lines, char mark)
{
	unsigned marked = 0;

	for (const char *at = lines; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
		marked += *at == mark;
	return marked;
}

/* Every second line of many differs, then all do: nothing is told twice or left out. */
Test(difference, many_changes)
{
	static char old[40000], new[40000];
	size_t at = 0, to = 0;

	for (unsigned i = 0; i < 1000; i++) {
		at += (size_t)sprintf(old + at, "%s %u\n", i % 20 ? "same" : "old", i);
		to += (size_t)sprintf(new + to, "%s %u\n", i % 20 ? "same" : "new", i);
	}
	cr_assert_eq(count(hunks(old, new), '-'), 50);
	cr_assert_eq(count(out.data, '@'), 50);
	for (size_t i = 0; i < to; i++)
		new[i] = new[i] == 'e' ? 'E' : new[i];
	cr_assert_eq(count(hunks(old, new), '-'), 1000);
	cr_assert_eq(count(strchr(out.data + 8, '\n') + 1, '+'), 1000);
}
