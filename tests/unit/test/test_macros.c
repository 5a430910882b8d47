#include "test/macros.h"

#include <afsl.h>

#include <criterion/criterion.h>
#include <stdio.h>

static struct envelope envelope;
static struct arena arena;
static struct macro_set set;

static void begin(void)
{
	envelope = (struct envelope){ .client_ip = "192.0.2.7",
				      .client_port = 99,
				      .client_name = "c.example",
				      .from = TEXT("alice@b.example") };
	arena_init(&arena, 1 << 20, LIFETIME_MESSAGE);
}

static void end(void)
{
	arena_reset(&arena);
}

TestSuite(macros, .init = begin, .fini = end);

static struct text value(const char *name)
{
	for (size_t i = 0; i < set.count; i++)
		if (text_equals_string(set.pairs[2 * i], name))
			return set.pairs[2 * i + 1];
	return TEXT("(none)");
}

static void make(enum afsl_event stage, struct text rcpt, bool has_queue_id)
{
	cr_assert(macros_of_stage(stage, &envelope, rcpt, has_queue_id, &arena, &set));
}

Test(macros, of_the_connection)
{
	make(AFSL_CONNECT, TEXT_EMPTY, true);
	cr_expect(text_equals_string(value("_"), "c.example [192.0.2.7]"));
	cr_expect(text_equals_string(value("{client_port}"), "99"));
	cr_expect(text_equals_string(value("i"), "(none)"), "the queue id comes later");
}

Test(macros, of_the_envelope)
{
	envelope.auth = "login";
	make(AFSL_MAIL, TEXT_EMPTY, false);
	cr_expect(text_equals_string(value("{mail_addr}"), "alice@b.example"));
	cr_expect(text_equals_string(value("{mail_host}"), "b.example"));
	cr_expect(text_equals_string(value("{auth_authen}"), "login"));
	make(AFSL_MAIL, TEXT_EMPTY, true);
	cr_expect(text_equals_string(value("i"), "(none)"), "that of the message before");
	make(AFSL_RCPT, TEXT("bob@x.example"), false);
	cr_expect(text_equals_string(value("{rcpt_host}"), "x.example"));
	cr_expect(text_equals_string(value("i"), "(none)"));
	make(AFSL_RCPT, TEXT("nobody"), true);
	cr_expect(text_equals_string(value("{rcpt_host}"), ""));
	cr_expect(text_equals_string(value("i"), "4F1C2D3B5A"));
}

Test(macros, of_the_content_are_the_queue_id)
{
	make(AFSL_END_OF_MESSAGE, TEXT_EMPTY, true);
	cr_expect_eq(set.count, 1);
	make(AFSL_DATA, TEXT_EMPTY, false);
	cr_expect_eq(set.count, 0);
}

Test(macros, that_are_given_replace_and_add)
{
	const char *given[] = { "i=OTHER", "{x}=a=b", "nothing", "=nameless" };

	envelope.macros = given;
	envelope.macro_count = 4;
	make(AFSL_DATA, TEXT_EMPTY, true);
	cr_expect_eq(set.count, 2);
	cr_expect(text_equals_string(value("i"), "OTHER"));
	cr_expect(text_equals_string(value("{x}"), "a=b"));
}

Test(macros, beyond_the_most_are_left_out)
{
	static char words[2 * MACROS_MAX][16];
	static const char *given[2 * MACROS_MAX];

	for (int i = 0; i < 2 * MACROS_MAX; i++) {
		snprintf(words[i], sizeof(words[i]), "{m%d}=%d", i, i);
		given[i] = words[i];
	}
	envelope.macros = given;
	envelope.macro_count = 2 * MACROS_MAX;
	make(AFSL_CONNECT, TEXT_EMPTY, false);
	cr_expect_eq(set.count, MACROS_MAX);
}
