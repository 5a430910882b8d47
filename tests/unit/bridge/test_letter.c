#include "bridge/letter.h"

#include <criterion/criterion.h>

static struct buffer told;

static void tell(const struct letter *letter, enum letter_item item)
{
	switch (item) {
	case LETTER_FIELD:
		buffer_append_byte(&told, '[');
		buffer_append_text(&told, letter->name);
		buffer_append_byte(&told, '|');
		buffer_append_text(&told, letter->raw);
		buffer_append_byte(&told, ']');
		break;
	case LETTER_HEADER_END:
		buffer_append_string(&told, "--");
		break;
	case LETTER_BODY:
		buffer_append_text(&told, letter->piece);
		break;
	case LETTER_END:
		buffer_append_string(&told, "END");
		break;
	case LETTER_FAULT:
		buffer_append_string(&told, "FAULT");
		break;
	default:
		break;
	}
}

/* In pieces of `size` bytes. */
static void play(struct text message, size_t size)
{
	struct letter letter;
	enum letter_item item;
	letter_init(&letter);
	for (size_t at = 0; at < message.length; at += size) {
		size_t end = at + size < message.length ? at + size : message.length;
		letter_put(&letter, text_part(message, at, end));
		while ((item = letter_next(&letter)) != LETTER_MORE && item != LETTER_FAULT)
			tell(&letter, item);
	}
	letter_close(&letter);
	while ((item = letter_next(&letter)) != LETTER_MORE) {
		tell(&letter, item);
		if (item == LETTER_FAULT)
			break;
	}
	letter_free(&letter);
}

static void expect(struct text message, struct text wanted)
{
	for (size_t size = 1; size <= message.length + 1; size++) {
		buffer_init(&told, 1 << 20);
		play(message, size);
		cr_assert(text_equals(buffer_text(&told), wanted), "%zu: %.*s", size,
			  (int)told.length, told.data);
		buffer_free(&told);
	}
}

#define EXPECT(message, wanted) expect(TEXT(message), TEXT(wanted))

Test(letter, plain)
{
	EXPECT("A: b\r\nC: d\r\n\r\nbody\r\nmore\r\n", "[A| b][C| d]--body\r\nmore\r\nEND");
	EXPECT("A: b\nC: d\n\nbody\nmore\n", "[A| b][C| d]--body\r\nmore\r\nEND");
	EXPECT("A: b\r\n\r\n", "[A| b]--END");
	EXPECT("A: b\r\n", "[A| b]--END");
	EXPECT("A: b", "[A| b]--END");
	EXPECT("", "--END");
	EXPECT("\r\n", "--END");
	EXPECT("\r\n\r\n", "--\r\nEND");
}

Test(letter, folding_is_lf_and_blanks)
{
	EXPECT("A: b\r\n c\r\n\td\r\nE:f\r\n\r\n", "[A| b\n c\n\td][E|f]--END");
	EXPECT("A:\n b\n\n", "[A|\n b]--END");
	EXPECT(" A: b\n\nc", "-- A: b\r\n\r\nc\r\nEND");
}

Test(letter, names)
{
	EXPECT("A : b\n\n", "[A| b]--END");
	EXPECT("no field\nbody\n", "--no field\r\nbody\r\nEND");
	EXPECT("A: b\nno field\nbody\n", "[A| b]--no field\r\nbody\r\nEND");
	EXPECT(": b\n", "--: b\r\nEND");
	EXPECT("caf\xc3\xa9: b\n", "--caf\xc3\xa9: b\r\nEND");
	EXPECT("A\x7f: b\n", "--A\x7f: b\r\nEND");
	EXPECT("From me Mon\nA: b\n\n", "[A| b]--END");
	EXPECT("A: b\nFrom me Mon\n\n", "[A| b]--From me Mon\r\n\r\nEND");
}

Test(letter, bytes_of_the_body)
{
	EXPECT("\na\rb\r\nc\n\r\n\n", "--a\rb\r\nc\r\n\r\n\r\nEND");
	EXPECT("\na\0b", "--a\0b\r\nEND");
	EXPECT("A: \0b\r\n\r\n.\r\n..", "[A| \0b]--.\r\n..\r\nEND");
	EXPECT("\na\r", "--a\r\nEND");
}

Test(letter, a_large_body_in_pieces)
{
	struct buffer message;
	size_t lines = 0;
	struct letter letter;
	enum letter_item item;
	buffer_init(&message, 1 << 22);
	buffer_append_string(&message, "A: b\n\n");
	for (; lines < 26000; lines++)
		buffer_append_string(&message, "0123456789012345678901234567890123456789\n");
	letter_init(&letter);
	letter_put(&letter, buffer_text(&message));
	letter_close(&letter);
	size_t size = 0;
	while ((item = letter_next(&letter)) != LETTER_END) {
		cr_assert_neq(item, LETTER_FAULT);
		cr_assert_leq(letter.piece.length, LETTER_PIECE_MAX);
		if (item == LETTER_BODY)
			size += letter.piece.length;
	}
	cr_assert_eq(size, lines * 42);
	letter_free(&letter);
	buffer_free(&message);
}

Test(letter, a_header_without_end)
{
	struct letter letter;
	static char bytes[65536];
	enum letter_item item = LETTER_MORE;
	memset(bytes, 'a', sizeof(bytes));
	letter_init(&letter);
	for (int i = 0; i < 100 && item == LETTER_MORE; i++) {
		letter_put(&letter, text_of(bytes, sizeof(bytes), LIFETIME_EVENT));
		item = letter_next(&letter);
	}
	cr_assert_eq(item, LETTER_FAULT);
	letter_free(&letter);
}
