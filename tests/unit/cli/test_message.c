#include "cli/message.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct message message;

static void read_bytes(const char *bytes, size_t length)
{
	char path[] = "/tmp/afsl-message-XXXXXX";
	int fd = mkstemp(path);

	cr_assert(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
	close(fd);
	cr_assert_null(message_read(path, &message));
	unlink(path);
}

static void read_string(const char *string)
{
	read_bytes(string, strlen(string));
}

static void end(void)
{
	message_free(&message);
}

TestSuite(message, .fini = end);

static void expect_field(size_t number, const char *name, const char *raw)
{
	cr_assert_lt(number, message.field_count);
	cr_assert(text_equals_string(message.fields[number].name, name), "%.*s",
		  TEXT_PRINTF(message.fields[number].name));
	cr_assert(text_equals_string(message.fields[number].raw, raw), "%.*s",
		  TEXT_PRINTF(message.fields[number].raw));
}

static void expect_body(const char *body)
{
	cr_assert(text_equals_string(buffer_text(&message.body), body), "%.*s",
		  TEXT_PRINTF(buffer_text(&message.body)));
}

Test(message, fields_keep_their_bytes)
{
	read_string("A: one\r\nB:\ttab \nA:no blank\n\nbody\n");
	cr_assert_eq(message.field_count, 3);
	expect_field(0, "A", " one");
	expect_field(1, "B", "\ttab ");
	expect_field(2, "A", "no blank");
	expect_body("body\r\n");
}

Test(message, folds_are_line_feed_and_blanks)
{
	read_string("A: one\r\n two\r\n\tthree\r\nB: x\r\n\r\n");
	expect_field(0, "A", " one\n two\n\tthree");
	expect_field(1, "B", " x");
	expect_body("");
}

Test(message, a_body_gets_its_line_ends)
{
	read_string("A: b\n\none\ntwo\r\nthree");
	expect_body("one\r\ntwo\r\nthree\r\n");
}

Test(message, a_line_that_is_no_field_ends_the_header)
{
	read_string("A: b\nno field here\nC: d\n");
	cr_assert_eq(message.field_count, 1);
	expect_body("no field here\r\nC: d\r\n");
}

Test(message, mbox_line_and_blank_before_the_colon)
{
	read_string("From alice Thu Jan  1\nA : b\n\nx\n");
	expect_field(0, "A", " b");
	cr_assert_eq(message.field_count, 1);
}

Test(message, nothing_at_all)
{
	read_string("");
	cr_assert_eq(message.field_count, 0);
	expect_body("");
}

Test(message, nul_bytes_pass)
{
	read_bytes("A: b\0c\n\nx\0y\n", 12);
	cr_assert_eq(message.fields[0].raw.length, 4);
	cr_assert_eq(message.body.length, 5);
}

Test(message, one_is_made_up_without_a_file)
{
	cr_assert_null(message_read(NULL, &message));
	cr_assert(message.made_up);
	cr_assert_not_null(message_field(&message, "SUBJECT"));
	cr_assert_null(message_field(&message, "X-None"));
}

Test(message, what_cannot_be_read_says_why)
{
	cr_assert_not_null(message_read("/nonexistent", &message));
	cr_assert_not_null(message_read("/tmp", &message));
}

static void expect_addresses(const char *value, size_t count, const char *first, const char *last)
{
	struct text found[8];
	size_t got = addresses_in(text_of_string(value, LIFETIME_EVENT), found, 8);

	cr_assert_eq(got, count, "%s: %zu", value, got);
	if (!count)
		return;
	cr_assert(text_equals_string(found[0], first), "%.*s", TEXT_PRINTF(found[0]));
	cr_assert(text_equals_string(found[count - 1], last), "%.*s",
		  TEXT_PRINTF(found[count - 1]));
}

Test(message, addresses_without_their_trimmings)
{
	expect_addresses("a@b", 1, "a@b", "a@b");
	expect_addresses("A <a@b>, \"Doe, J\" <c@d>", 2, "a@b", "c@d");
	expect_addresses("friends: a@b, c@d; e@f", 3, "a@b", "e@f");
	expect_addresses("nobody", 0, "", "");
	expect_addresses("\"unclosed <a@b>", 0, "", "");
	expect_addresses("<a@b", 1, "a@b", "a@b");
	expect_addresses(",,,", 0, "", "");
}

Test(message, blanks_before_the_colon_are_none_of_the_name)
{
	read_string("A \t: one\n: two\n\nx\n");
	cr_assert_eq(message.field_count, 1);
	expect_field(0, "A", " one");
	expect_body(": two\r\n\r\nx\r\n");
}

Test(message, names_are_printable)
{
	read_string("A\x7f: one\n");
	cr_assert_eq(message.field_count, 0);
	message_free(&message);
	read_string("A\xc3\xa4: one\n");
	cr_assert_eq(message.field_count, 0);
	message_free(&message);
	read_string("A b: one\n");
	cr_assert_eq(message.field_count, 0);
}

/* A CR without LF is no end of a line. */
Test(message, the_last_line_may_have_no_end)
{
	read_string("A: one\r");
	cr_assert_eq(message.field_count, 1);
	expect_field(0, "A", " one\r");
	message_free(&message);
	read_string("A: one\n two");
	expect_field(0, "A", " one\n two");
	message_free(&message);
	read_string("A: one\n\r\n\r");
	expect_body("\r\r\n");
}

Test(message, many_fields)
{
	static char many[10000];
	size_t length = 0;

	for (unsigned i = 0; i < 200; i++)
		length += (size_t)snprintf(many + length, sizeof(many) - length, "A%u: %u\n", i, i);
	read_bytes(many, length);
	cr_assert_eq(message.field_count, 200);
	expect_field(0, "A0", " 0");
	expect_field(199, "A199", " 199");
}

Test(message, addresses_among_quotes_and_comments)
{
	struct text found[4];

	expect_addresses("\"a, b\" <a@a.example>, b@b.example", 2, "a@a.example", "b@b.example");
	expect_addresses("\"a \\\", <x@x.example>\" <a@a.example>", 1, "a@a.example", "a@a.example");
	expect_addresses("(one (two, <x@x.example>) \\) three) <a@a.example>", 1, "a@a.example",
			 "a@a.example");
	expect_addresses("<a@a.example> (one (two), three)", 1, "a@a.example", "a@a.example");
	expect_addresses("<a@a.example> (never closed, b@b.example", 1, "a@a.example", "a@a.example");
	expect_addresses("a b@b.example", 0, "", "");
	cr_assert_eq(addresses_in(TEXT("a@a,b@b,c@c,d@d,e@e"), found, 4), 4);
}
