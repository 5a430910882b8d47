#include "world.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(changes, names_go_both_ways)
{
	enum change_kind kind;

	for (unsigned i = 0; i < CHANGE_KIND_COUNT; i++) {
		cr_assert(change_kind_of_name(t(change_name((enum change_kind)i)), &kind));
		cr_assert_eq(kind, i);
	}
	cr_assert_not(change_kind_of_name(TEXT("addheader"), &kind));
	cr_assert_str_eq(change_name(CHANGE_DELETE_RCPT), "discardRcpt");
	cr_assert(change_is_header(CHANGE_CHANGE_HEADER));
	cr_assert_not(change_is_header(CHANGE_ADD_RCPT));
}

Test(changes, are_kept_in_order_up_to_the_limit)
{
	struct arena arena;
	struct changes changes;
	char value[] = "v";

	arena_init(&arena, 1 << 20, LIFETIME_MESSAGE);
	changes_init(&changes, &arena);
	changes.limit = 20;
	for (unsigned i = 0; i < 20; i++)
		cr_assert(changes_add(
			&changes,
			(struct change){.index = i, .name = TEXT("N"), .value = t(value)}));
	value[0] = '?';
	cr_assert_not(
		changes_add(&changes, (struct change){.name = TEXT("N"), .value = TEXT("v")}));
	for (unsigned i = 0; i < 20; i++) {
		cr_assert_eq(changes.items[i].index, i);
		cr_assert(text_equals_string(changes.items[i].value, "v"));
	}
	arena_reset(&arena);
}

Test(changes, full_memory_is_an_answer)
{
	struct arena arena;
	struct changes changes;

	arena_init(&arena, 2000, LIFETIME_MESSAGE);
	changes_init(&changes, &arena);
	for (unsigned i = 0; i < 100; i++)
		if (!changes_add(&changes,
				 (struct change){.name = t("some name"), .value = t("v")}))
			goto full;
	cr_assert_fail("2000 bytes hold no hundred changes");
full:
	cr_assert_lt(changes.count, 100);
	arena_reset(&arena);
}

static bool lawful(enum change_kind kind, const char *name, struct text value)
{
	return change_fault(&(struct change){.kind = kind, .name = t(name), .value = value}) ==
	       NULL;
}

Test(changes, every_byte_in_a_header_name)
{
	for (int byte = 0; byte < 256; byte++) {
		char name[3] = {'X', (char)byte, 'Y'};
		struct change change = {.kind = CHANGE_ADD_HEADER,
					.name = text_of(name, 3, LIFETIME_EVENT),
					.value = TEXT("v")};

		cr_expect_eq(change_fault(&change) == NULL, byte > 32 && byte < 127 && byte != ':',
			     "byte %d", byte);
		change.kind = CHANGE_CHANGE_HEADER;
		change.foreign = true;
		cr_expect_eq(change_fault(&change) == NULL, byte && byte != '\r' && byte != '\n',
			     "byte %d", byte);
	}
	cr_assert_not(lawful(CHANGE_ADD_HEADER, "", TEXT("v")));
}

Test(changes, every_byte_in_a_header_value)
{
	for (int byte = 0; byte < 256; byte++) {
		char value[3] = {'a', (char)byte, 'b'};

		cr_expect_eq(lawful(CHANGE_INSERT_HEADER, "X", text_of(value, 3, LIFETIME_EVENT)),
			     byte != 0 && byte != '\r' && byte != '\n', "byte %d", byte);
	}
	cr_assert(lawful(CHANGE_ADD_HEADER, "X", TEXT("")));
	cr_assert(lawful(CHANGE_ADD_HEADER, "X", TEXT("a\n b\r\n\tc")));
	cr_assert_not(lawful(CHANGE_ADD_HEADER, "X", TEXT("a\n")));
	cr_assert_not(lawful(CHANGE_ADD_HEADER, "X", TEXT("a\r\n")));
	cr_assert_not(lawful(CHANGE_ADD_HEADER, "X", TEXT("a\n\n b")));
	cr_assert_not(lawful(CHANGE_ADD_HEADER, "X", TEXT("a\r b")));
	cr_assert_not(lawful(CHANGE_ADD_HEADER, "X", TEXT("a\nBcc: x")));
}

Test(changes, a_field_fits_into_a_packet)
{
	static char value[65001];

	memset(value, 'v', sizeof(value));
	cr_assert(lawful(CHANGE_ADD_HEADER, "X", text_of(value, 64999, LIFETIME_EVENT)));
	cr_assert_not(lawful(CHANGE_ADD_HEADER, "X", text_of(value, 65000, LIFETIME_EVENT)));
}

Test(changes, one_address)
{
	static const char *const good[] = {"a@b", "<a@b>",	 "\"a b\"@c", "<\"a,b<c>\"@d>",
					   "a",	  "\"a\\\"b\"@c"};
	static const char *const bad[] = {"",	  "<>",	  "a@b c", "a@b,c@d", "Name <a@b>", "<a@b",
					  "a@b>", "a\nb", "a\rb",  "\"a@b",   "a\tb"};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		cr_expect(lawful(CHANGE_ADD_RCPT, good[i], TEXT("")), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		cr_expect_not(lawful(CHANGE_ADD_RCPT, bad[i], TEXT("")), "%s", bad[i]);
	cr_assert(lawful(CHANGE_CHANGE_SENDER, "<>", TEXT("")));
	cr_assert(lawful(CHANGE_CHANGE_SENDER, "", TEXT("RET=HDRS")));
	cr_assert_not(lawful(CHANGE_CHANGE_SENDER, "a@b", TEXT("RET=HDRS\r\n")));
	cr_assert_not(lawful(CHANGE_DELETE_RCPT, "", TEXT("")));
	cr_assert_null(change_fault(&(struct change){.kind = CHANGE_ADD_RCPT,
						     .name = t("Name <a@b>"),
						     .value = TEXT(""),
						     .foreign = true}));
}

Test(changes, addresses_are_bounded)
{
	char address[1100];

	memset(address, 'a', sizeof(address));
	address[1000] = '\0';
	cr_assert(lawful(CHANGE_ADD_RCPT, address, TEXT("")));
	cr_assert(lawful(CHANGE_ADD_RCPT, "a@b", t(address)));
	address[1000] = 'a';
	address[1001] = '\0';
	cr_assert_not(lawful(CHANGE_ADD_RCPT, address, TEXT("")));
	cr_assert_not(lawful(CHANGE_ADD_RCPT, "a@b", t(address)));
}

Test(changes, a_reason_is_one_line)
{
	cr_assert(lawful(CHANGE_QUARANTINE, "", TEXT("why \xc3\xa4")));
	cr_assert_not(lawful(CHANGE_QUARANTINE, "", TEXT("")));
	cr_assert_not(lawful(CHANGE_QUARANTINE, "", TEXT("a\nb")));
	cr_assert(lawful(CHANGE_REPLACE_BODY, "", text_of("\0\r\n", 3, LIFETIME_EVENT)));
}

static const char *cleaned(const char *value)
{
	static char out[256];

	out[value_clean(t(value), out)] = '\0';
	return out;
}

Test(changes, foreign_line_breaks_are_put_right)
{
	cr_assert_str_eq(cleaned("a\r\n b"), "a\n b");
	cr_assert_str_eq(cleaned("a\nb"), "a\n\tb");
	cr_assert_str_eq(cleaned("a\r\nBcc: x"), "a\n\tBcc: x");
	cr_assert_str_eq(cleaned("a\rb"), "ab");
	cr_assert_str_eq(cleaned("a\r\n"), "a\n\t");
	cr_assert_str_eq(cleaned("a\n\nb"), "a\n\t\n\tb");
	cr_assert_str_eq(cleaned("\n"), "\n\t");
	cr_assert(value_is_clean(TEXT("a\n b\n\tc")));
	cr_assert_not(value_is_clean(TEXT("a\nb")));
	cr_assert_not(value_is_clean(TEXT("a\r\n b")));
	cr_assert_not(value_is_clean(TEXT("a\n")));
	/* What was cleaned is clean. */
	cr_assert(value_is_clean(t(cleaned("\r\n\r\rx\n\n\n y\nz\n"))));
}

static bool is_refused(struct change change)
{
	return change_fault(&change) != NULL;
}

Test(changes, what_ends_a_line_ends_no_value)
{
	cr_assert(is_refused((struct change){ .kind = CHANGE_ADD_HEADER, .name = TEXT("X"), .value = TEXT("a\r") }));
	cr_assert(is_refused((struct change){ .kind = CHANGE_ADD_HEADER, .name = TEXT("X"), .value = TEXT("a\r b") }));
	cr_assert(is_refused((struct change){ .kind = CHANGE_ADD_HEADER, .name = TEXT("X"), .value = TEXT("a\r\n") }));
	cr_assert_not(is_refused((struct change){ .kind = CHANGE_ADD_HEADER, .name = TEXT("X"), .value = TEXT("a\r\n b") }));
	/* a third party's is put right, but nobody can put a NUL right */
	cr_assert_not(is_refused((struct change){ .kind = CHANGE_ADD_HEADER, .name = TEXT("X"), .value = TEXT("a\r"), .foreign = true }));
	cr_assert(is_refused((struct change){ .kind = CHANGE_ADD_HEADER, .name = TEXT("X"), .value = { "a\0b", 3, LIFETIME_PROGRAM }, .foreign = true }));
}

Test(changes, reasons_are_bounded)
{
	char reason[1002];

	memset(reason, 'r', sizeof(reason));
	cr_assert_not(is_refused((struct change){ .kind = CHANGE_QUARANTINE, .value = text_of(reason, 1000, LIFETIME_EVENT) }));
	cr_assert(is_refused((struct change){ .kind = CHANGE_QUARANTINE, .value = text_of(reason, 1001, LIFETIME_EVENT) }));
	cr_assert(is_refused((struct change){ .kind = CHANGE_QUARANTINE, .value = TEXT("a\x7f") }));
	cr_assert(is_refused((struct change){ .kind = CHANGE_QUARANTINE, .value = TEXT_EMPTY }));
}

Test(changes, quotes_in_addresses_end)
{
	cr_assert_not(is_refused((struct change){ .kind = CHANGE_ADD_RCPT, .name = TEXT("\"a b\\\"\"@example.net") }));
	cr_assert(is_refused((struct change){ .kind = CHANGE_ADD_RCPT, .name = TEXT("\"a b@example.net") }));
	cr_assert(is_refused((struct change){ .kind = CHANGE_ADD_RCPT, .name = TEXT("a@b\x7f") }));
	cr_assert(is_refused((struct change){ .kind = CHANGE_ADD_RCPT, .name = TEXT("<a@b") }));
}
