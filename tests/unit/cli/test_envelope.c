#include "cli/envelope.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct message message;
static struct envelope envelope;
static struct envelope_sources sources;
static struct given_envelope given;
static struct field fields[8];

static void add(const char *name, const char *raw)
{
	fields[message.field_count++] = (struct field){ text_of_string(name, LIFETIME_PROGRAM),
							text_of_string(raw, LIFETIME_PROGRAM) };
	message.fields = fields;
}

static void derive(void)
{
	cr_assert_null(envelope_derive(&given, &message, &envelope, &sources));
}

#define cr_assert_text(text, expected) \
	cr_assert(text_equals_string(text, expected), "is \"%.*s\"", TEXT_PRINTF(text))

Test(envelope, everything_is_made_up_without_hints)
{
	derive();
	cr_assert_str_eq(envelope.client_ip, "192.0.2.1");
	cr_assert_str_eq(envelope.client_name, "[192.0.2.1]");
	cr_assert_str_eq(envelope.helo, "client.example");
	cr_assert_text(envelope.from, "");
	cr_assert_eq(envelope.rcpt_count, 1);
	cr_assert_str_eq(sources.rcpt, "made up");
}

Test(envelope, the_message_tells)
{
	add("Received", " from mail.a.example (host.a.example [198.51.100.7])\n by x");
	add("From", " Alice <alice@a.example>");
	add("To", " bob@b.example, carol@c.example");
	add("Cc", " dave@d.example");
	derive();
	cr_assert_str_eq(envelope.client_ip, "198.51.100.7");
	cr_assert_str_eq(envelope.client_name, "host.a.example");
	cr_assert_str_eq(envelope.helo, "mail.a.example");
	cr_assert_text(envelope.from, "alice@a.example");
	cr_assert_eq(envelope.rcpt_count, 3);
	cr_assert_text(envelope.rcpts[2], "dave@d.example");
	cr_assert_str_eq(sources.client, "from the first Received field");
}

Test(envelope, return_path_comes_before_from)
{
	add("From", " alice@a.example");
	add("Return-Path", " <>");
	derive();
	cr_assert_text(envelope.from, "");
	cr_assert_str_eq(sources.from, "from Return-Path");
}

Test(envelope, only_a_return_path_names_nobody)
{
	add("Sender", " <>");
	add("From", " alice@a.example");
	derive();
	cr_assert_text(envelope.from, "alice@a.example");
}

Test(envelope, what_is_given_wins)
{
	const char *rcpts[] = { "<x@y>" };

	add("From", " alice@a.example");
	add("To", " bob@b.example");
	given.from = "<>";
	given.rcpts = (struct string_list){ rcpts, 1 };
	given.client = "[2001:db8::1]:2525";
	given.client_name = "six.example";
	given.helo = "h";
	derive();
	cr_assert_text(envelope.from, "");
	cr_assert_eq(envelope.rcpt_count, 1);
	cr_assert_text(envelope.rcpts[0], "x@y");
	cr_assert_str_eq(envelope.client_ip, "2001:db8::1");
	cr_assert_eq(envelope.client_port, 2525);
	cr_assert_str_eq(envelope.client_name, "six.example");
	cr_assert_str_eq(envelope.helo, "h");
}

Test(envelope, clients_as_people_write_them)
{
	static const struct {
		const char *word, *ip;
		unsigned port;
	} cases[] = { { "192.0.2.9", "192.0.2.9", 0 },	     { "192.0.2.9:25", "192.0.2.9", 25 },
		      { "2001:db8::2", "2001:db8::2", 0 },   { "[192.0.2.9]:65535", "192.0.2.9", 65535 },
		      { "[2001:db8::2]", "2001:db8::2", 0 }, { "192.0.2.9:0", "192.0.2.9", 0 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		given.client = cases[i].word;
		derive();
		cr_assert_str_eq(envelope.client_ip, cases[i].ip);
		cr_assert_eq(envelope.client_port, cases[i].port);
	}
}

Test(envelope, clients_that_are_none)
{
	static const char *const wrong[] = { "", "mail.example", "192.0.2.9:65536", "192.0.2.9:x",
					     "192.0.2.9:", "[2001:db8::1", "0.0.0.0", "192.0.2.9:-1" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		given.client = wrong[i];
		cr_assert_not_null(envelope_derive(&given, &message, &envelope, &sources), "%s",
				   wrong[i]);
	}
}

Test(envelope, macros_need_a_name_and_a_value)
{
	const char *good[] = { "i=1", "{x}=" }, *bad[] = { "i" }, *nameless[] = { "=1" };

	given.macros = (struct string_list){ good, 2 };
	derive();
	given.macros = (struct string_list){ bad, 1 };
	cr_assert_not_null(envelope_derive(&given, &message, &envelope, &sources));
	given.macros = (struct string_list){ nameless, 1 };
	cr_assert_not_null(envelope_derive(&given, &message, &envelope, &sources));
}

static void received(const char *raw)
{
	add("Received", raw);
	derive();
	cr_assert_str_eq(envelope.client_ip, "192.0.2.1", "%s", raw);
	cr_assert_str_eq(sources.client, "made up");
	message.field_count = 0;
}

Test(envelope, what_is_no_trace_of_a_client_is_not_believed)
{
	received(" by x with ESMTP");
	received(" from a (b [198.51.100.7) by x");
	received(" by a (b [198.51.100.7]) by x");
	received(" from a (b [nowhere]) by x");
	received(" from a (b [0.0.0.0]) by x");
	received(" from a (b [::]) by x");
}

Test(envelope, a_trace_of_ipv6)
{
	add("Received", " from a.example (unknown [IPv6:2001:db8::7]) by x");
	derive();
	cr_assert_str_eq(envelope.client_ip, "2001:db8::7");
	cr_assert_str_eq(envelope.client_name, "[2001:db8::7]");
	cr_assert_str_eq(envelope.helo, "a.example");
}

Test(envelope, a_trace_without_a_name)
{
	add("Received", " from a.example [198.51.100.7] (b) by x");
	derive();
	cr_assert_str_eq(envelope.client_ip, "198.51.100.7");
	cr_assert_str_eq(envelope.client_name, "[198.51.100.7]");
	message.field_count = 0;
	add("Received", " from [198.51.100.8]");
	derive();
	cr_assert_str_eq(envelope.client_ip, "198.51.100.8");
	cr_assert_str_eq(envelope.helo, "[198.51.100.8]");
}

/* Cut, not written behind the end. */
Test(envelope, long_names_are_cut)
{
	static char name[2000];

	memset(name, 'a', sizeof(name) - 1);
	given.helo = given.client_name = name;
	derive();
	cr_assert_eq(strlen(envelope.helo), sizeof(envelope.helo) - 1);
	cr_assert_eq(strlen(envelope.client_name), sizeof(envelope.client_name) - 1);
}

Test(envelope, brackets_of_given_addresses_are_left_out_in_pairs_alone)
{
	static const char *rcpts[] = { "<a@b.example>", "<c@d.example", "e@f.example>" };

	given.rcpts = (struct string_list){ rcpts, 3 };
	given.from = "<>";
	derive();
	cr_assert_text(envelope.from, "");
	cr_assert_eq(envelope.rcpt_count, 3);
	cr_assert_text(envelope.rcpts[0], "a@b.example");
	cr_assert_text(envelope.rcpts[1], "<c@d.example");
	cr_assert_text(envelope.rcpts[2], "e@f.example>");
}

Test(envelope, no_more_recipients_than_there_is_room_for)
{
	static const char *rcpts[RECIPIENTS_MAX + 5];

	for (size_t i = 0; i < RECIPIENTS_MAX + 5; i++)
		rcpts[i] = "a@b.example";
	given.rcpts = (struct string_list){ rcpts, RECIPIENTS_MAX + 5 };
	derive();
	cr_assert_eq(envelope.rcpt_count, RECIPIENTS_MAX);
}

Test(envelope, delivered_to_comes_last)
{
	add("Delivered-To", " x@y.example");
	derive();
	cr_assert_eq(envelope.rcpt_count, 1);
	cr_assert_text(envelope.rcpts[0], "x@y.example");
	cr_assert_str_eq(sources.rcpt, "from Delivered-To");
	add("Bcc", " z@y.example");
	derive();
	cr_assert_text(envelope.rcpts[0], "z@y.example");
}

Test(envelope, a_null_sender_is_one_in_return_path_alone)
{
	add("Sender", " <>");
	add("From", " a@b.example");
	derive();
	cr_assert_text(envelope.from, "a@b.example");
	message.field_count = 0;
	add("Return-Path", " nobody");
	add("From", " a@b.example");
	derive();
	cr_assert_text(envelope.from, "a@b.example");
}
