#include "milter/options.h"

#include <criterion/criterion.h>

static const char *read_answer(struct text payload, struct milter_options *options)
{
	struct options_oddities oddities;

	return options_read_answer(payload, options, &oddities);
}

Test(options, offer_on_the_wire)
{
	struct milter_options offer = {.version = 6, .actions = 0x1ff, .steps = 0x1fffff};
	struct buffer out;

	buffer_init(&out, 100);
	options_write(&out, &offer);
	cr_expect(text_equals(buffer_text(&out),
			      TEXT("\0\0\0\x0dO\0\0\0\6\0\0\1\xff\0\x1f\xff\xff")));
	buffer_free(&out);
}

Test(options, answer_of_the_measured_example)
{
	struct milter_options options, again;
	struct text payload = TEXT("\0\0\0\6\0\0\1\xff\0\0\4\0\0\0\0\0j _\0\0\0\0\2{auth_authen} "
				   "i\0\0\0\0\5i\0");
	struct packet packet;
	struct buffer out;
	size_t size;

	cr_assert_null(read_answer(payload, &options));
	cr_expect_eq(options.version, 6);
	cr_expect_eq(options.actions, 0x1ff);
	cr_expect_eq(options.steps, MILTER_CAN_SKIP);
	cr_expect(text_equals(options.macros[MILTER_STAGE_CONNECT], TEXT("j _")));
	cr_expect(text_equals(options.macros[MILTER_STAGE_MAIL], TEXT("{auth_authen} i")));
	cr_expect(text_equals(options.macros[MILTER_STAGE_EOM], TEXT("i")));
	cr_expect_null(options.macros[MILTER_STAGE_HELO].data);
	cr_expect_null(options.macros[MILTER_STAGE_EOH].data);
	/* and back */
	buffer_init(&out, 1000);
	options_write(&out, &options);
	cr_assert_eq(packet_read(buffer_text(&out), 1000, &packet, &size), PACKET_READY);
	cr_expect(text_equals(packet.payload, payload));
	cr_expect_null(read_answer(packet.payload, &again));
	buffer_free(&out);
}

Test(options, a_later_list_stands)
{
	struct milter_options options;

	cr_assert_null(
		read_answer(TEXT("\0\0\0\6\0\0\0\0\0\0\0\0\0\0\0\1a\0\0\0\0\1b\0"), &options));
	cr_expect(text_equals(options.macros[1], TEXT("b")));
}

Test(options, oddities_are_told)
{
	struct options_oddities oddities;
	struct milter_options options;

	cr_assert_null(options_read_answer(
		TEXT("\0\0\0\2\0\0\0\x3f\x10\x20\0\1\0\0\0\7x\0\0\0\1\0y\0"), &options, &oddities));
	cr_expect_eq(options.steps, 1);
	cr_expect_eq(oddities.steps, 0x10200000);
	cr_expect_eq(oddities.stages, 2);
	cr_assert_null(options_read_answer(TEXT("\0\0\0\2\0\0\0\0\0\0\0\0"), &options, &oddities));
	cr_expect_eq(oddities.steps, 0);
	cr_expect_eq(oddities.stages, 0);
}

Test(options, versions)
{
	struct milter_options options;
	char payload[12] = {0};

	for (char version = 0; version < 10; version++) {
		const char *fault;

		payload[3] = version;
		fault = read_answer(text_of(payload, 12, LIFETIME_EVENT), &options);
		cr_expect_eq(fault == NULL, version >= 2 && version <= 6, "version %d", version);
	}
	payload[0] = 1;
	payload[3] = 6;
	cr_expect_not_null(read_answer(text_of(payload, 12, LIFETIME_EVENT), &options));
}

Test(options, every_action_bit)
{
	struct milter_options options;

	for (unsigned bit = 0; bit < 32; bit++) {
		uint32_t actions = 1u << bit;
		char payload[12] = {0, 0, 0, 6};

		for (unsigned i = 0; i < 4; i++)
			payload[4 + i] = (char)(actions >> (24 - 8 * i));
		cr_expect_eq(read_answer(text_of(payload, 12, LIFETIME_EVENT), &options) == NULL,
			     bit < 9, "bit %u", bit);
	}
}

Test(options, every_cut_of_an_answer)
{
	static const char payload[] = "\0\0\0\6\0\0\0\0\0\0\0\0\0\0\0\1abc\0\0\0\0\2d\0";
	struct milter_options options;

	for (size_t length = 0; length < sizeof(payload); length++) {
		const char *fault = read_answer(text_of(payload, length, LIFETIME_EVENT), &options);

		cr_expect_eq(fault == NULL, length == 12 || length == 20 || length == 26,
			     "%zu bytes", length);
	}
}

Test(options, offers)
{
	struct milter_options options;

	cr_expect_null(options_read_offer(TEXT("\0\0\0\6\0\0\1\xff\0\x1f\xff\xff"), &options));
	cr_expect_eq(options.steps, 0x1fffff);
	cr_expect_null(
		options_read_offer(TEXT("\0\0\0\x64\0\0\1\xff\0\x1f\xff\xffmore"), &options));
	cr_expect_eq(options.version, 100);
	cr_expect_null(options_read_offer(TEXT("\0\0\0\2\0\0\0\0\0\0\0\0"), &options));
	cr_expect_not_null(options_read_offer(TEXT("\0\0\0\1\0\0\1\xff\0\x1f\xff\xff"), &options));
	cr_expect_not_null(options_read_offer(TEXT("\0\0\0\6\0\0\1\xff\0\x1f\xff"), &options));
}

Test(options, stages_have_numbers_of_their_own)
{
	cr_expect_eq(milter_stage_of(MACRO_CONNECT), 0);
	cr_expect_eq(milter_stage_of(MACRO_HELO), 1);
	cr_expect_eq(milter_stage_of(MACRO_MAIL), 2);
	cr_expect_eq(milter_stage_of(MACRO_RCPT), 3);
	cr_expect_eq(milter_stage_of(MACRO_DATA), 4);
	cr_expect_eq(milter_stage_of(MACRO_EOM), 5);
	cr_expect_eq(milter_stage_of(MACRO_EOH), 6);
}

Test(options, names_in_lists)
{
	struct text list = TEXT("j _  {auth_authen}\ti {x}");

	cr_expect(macro_list_holds(list, TEXT("j")));
	cr_expect(macro_list_holds(list, TEXT("{j}")));
	cr_expect(macro_list_holds(list, TEXT("_")));
	cr_expect(macro_list_holds(list, TEXT("{auth_authen}")));
	cr_expect(macro_list_holds(list, TEXT("x")));
	cr_expect(macro_list_holds(list, TEXT("{x}")));
	cr_expect_not(macro_list_holds(list, TEXT("auth_authen")));
	cr_expect_not(macro_list_holds(list, TEXT("{auth_authe}")));
	cr_expect_not(macro_list_holds(list, TEXT("{i")));
	cr_expect_not(macro_list_holds(list, TEXT("")));
	cr_expect_not(macro_list_holds(TEXT_EMPTY, TEXT("i")));
	cr_expect_not(macro_list_holds(TEXT("  "), TEXT("")));
}

Test(options, the_last_stage_and_an_empty_list)
{
	struct text payload = TEXT("\0\0\0\6\0\0\0\0\0\0\0\0\0\0\0\3\0\0\0\0\6a\0");
	struct milter_options options;
	struct buffer out;

	cr_assert_null(read_answer(payload, &options));
	cr_expect(text_equals(options.macros[MILTER_STAGE_EOH], TEXT("a")));
	cr_expect_not_null(options.macros[MILTER_STAGE_RCPT].data);
	buffer_init(&out, 1000);
	options_write(&out, &options);
	cr_expect(text_equals(text_part(buffer_text(&out), 5, out.length), payload));
	buffer_free(&out);
}
