#include "milter/machine.h"

#include <criterion/criterion.h>

static struct arena arena;

static void begin(void)
{
	arena_init(&arena, 1 << 20, LIFETIME_MESSAGE);
}

static void end(void)
{
	arena_reset(&arena);
}

TestSuite(reply, .init = begin, .fini = end);

static const char *parse(struct text payload, struct milter_reply *reply)
{
	bool full = false;
	const char *fault;

	*reply = (struct milter_reply){0};
	fault = reply_code_parse(payload, &arena, reply, &full);
	cr_expect_not(full);
	return fault;
}

static void is_reply(struct text payload, int code, const char *enhanced, const char *text)
{
	struct milter_reply reply;
	const char *fault = parse(payload, &reply);

	cr_assert_null(fault, "%.*s: %s", TEXT_PRINTF(payload), fault);
	cr_expect_eq(reply.code, code);
	cr_expect(text_equals_string(reply.enhanced, enhanced), "%.*s",
		  TEXT_PRINTF(reply.enhanced));
	cr_expect(text_equals_string(reply.text, text), "%.*s", TEXT_PRINTF(reply.text));
}

Test(reply, forms)
{
	is_reply(TEXT("550 5.7.1 No\0"), 550, "5.7.1", "No");
	is_reply(TEXT("451 No\0"), 451, "", "No");
	is_reply(TEXT("599 5.999.999 No\0"), 599, "5.999.999", "No");
	is_reply(TEXT("400 4.0.0\0"), 400, "4.0.0", "");
	is_reply(TEXT("550-5.7.1 a\r\n550 5.7.1 b\0"), 550, "5.7.1", "a\nb");
	is_reply(TEXT("550-5.7.1 a\r\n550 b\0"), 550, "5.7.1", "a\nb");
	is_reply(TEXT("550-5.7.1\r\n550 5.7.1 b\0"), 550, "5.7.1", "\nb");
	is_reply(TEXT("550-a\r\n550-\r\n550 c\0"), 550, "", "a\n\nc");
}

Test(reply, the_class_follows_the_code)
{
	is_reply(TEXT("550 4.7.1 No\0"), 550, "5.7.1", "No");
	is_reply(TEXT("450 5.1.22 No\0"), 450, "4.1.22", "No");
	is_reply(TEXT("550 2.7.1 No\0"), 550, "", "2.7.1 No");
}

Test(reply, what_looks_like_an_enhanced_code)
{
	is_reply(TEXT("550 5.7 x\0"), 550, "", "5.7 x");
	is_reply(TEXT("550 5.7. x\0"), 550, "", "5.7. x");
	is_reply(TEXT("550 5..1 x\0"), 550, "", "5..1 x");
	is_reply(TEXT("550 5.1.1234 x\0"), 550, "", "5.1.1234 x");
	is_reply(TEXT("550 5.7.1x\0"), 550, "", "5.7.1x");
	is_reply(TEXT("550 5.7.1.2\0"), 550, "", "5.7.1.2");
	is_reply(TEXT("550 5\0"), 550, "", "5");
	is_reply(TEXT("550 5.1\0"), 550, "", "5.1");
}

Test(reply, percent)
{
	is_reply(TEXT("550 5.7.1 100%% sure\0"), 550, "5.7.1", "100% sure");
	is_reply(TEXT("550 %%%%\0"), 550, "", "%%");
	is_reply(TEXT("550 %%%\0"), 550, "", "%%");
	is_reply(TEXT("550 %n%s\0"), 550, "", "%n%s");
}

Test(reply, wrong_ones)
{
	static const struct text wrong[] = {
		{"", 0, 0},
		{"\0", 1, 0},
		{"550 x", 5, 0},
		{"550 x\0\0", 7, 0},
		{"250 x\0", 6, 0},
		{"350 x\0", 6, 0},
		{"650 x\0", 6, 0},
		{"55\0", 3, 0},
		{"5a0 x\0", 6, 0},
		{"55x x\0", 6, 0},
		{"550x\0", 5, 0},
		{"5500 x\0", 7, 0},
		{" 550 x\0", 7, 0},
		{"550-x\0", 6, 0},
		{"550-x\r\n\0", 8, 0},
		{"550-x\r\n551 y\0", 13, 0},
		{"550 x\r\n550 y\0", 13, 0},
		{"550 x\r\n\0", 8, 0},
		{"550-x\r\ny\0", 9, 0},
	};
	struct milter_reply reply;

	for (size_t i = 0; i + 1 < sizeof(wrong) / sizeof(*wrong); i++)
		if (i != 17)
			cr_expect_not_null(parse(wrong[i], &reply), "number %zu", i);
	cr_expect_null(parse(wrong[17], &reply), "a line end behind the last line is harmless");
	cr_expect_not_null(parse(wrong[18], &reply));
}

Test(reply, every_byte_in_the_text)
{
	for (int byte = 1; byte < 256; byte++) {
		char payload[] = "550 5.7.1 a?b";
		struct milter_reply reply;
		bool control = (byte < 32 && byte != '\t') || byte == 127;

		payload[11] = (char)byte;
		if (byte == '\n')
			continue;
		cr_assert_null(parse(text_of(payload, sizeof(payload), LIFETIME_EVENT), &reply));
		cr_assert_eq(reply.text.length, 3);
		cr_expect_eq((unsigned char)reply.text.data[1], control ? ' ' : byte);
	}
}

Test(reply, without_room)
{
	struct milter_reply reply = {0};
	bool full = false;

	arena_reset(&arena);
	arena_init(&arena, 1, LIFETIME_MESSAGE);
	reply_code_parse(TEXT("550 5.7.1 No\0"), &arena, &reply, &full);
	cr_expect(full);
}
