#include "milter/packet.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <signal.h>

static struct text bytes(const void *data, size_t length)
{
	return text_of(data, length, LIFETIME_EVENT);
}

Test(packet, written_and_read)
{
	struct packet packet;
	struct buffer out;
	size_t size = 0;

	buffer_init(&out, 1000);
	packet_write(&out, MILTER_HELO, TEXT("x\0"));
	packet_write(&out, MILTER_EOM, TEXT_EMPTY);
	cr_expect(text_equals(buffer_text(&out), TEXT("\0\0\0\3Hx\0\0\0\0\1E")));
	cr_assert_eq(packet_read(buffer_text(&out), 100, &packet, &size), PACKET_READY);
	cr_expect_eq(packet.letter, 'H');
	cr_expect(text_equals(packet.payload, TEXT("x\0")));
	cr_expect_eq(size, 7);
	buffer_consume(&out, size);
	cr_assert_eq(packet_read(buffer_text(&out), 100, &packet, &size), PACKET_READY);
	cr_expect_eq(packet.letter, 'E');
	cr_expect_eq(packet.payload.length, 0);
	cr_expect_eq(size, 5);
	buffer_free(&out);
}

Test(packet, incomplete_at_every_byte)
{
	static const char frame[] = "\0\0\1\2Bab";
	struct packet packet;
	size_t size;

	for (size_t i = 0; i < 7; i++)
		cr_expect_eq(packet_read(bytes(frame, i), 1000, &packet, &size), PACKET_INCOMPLETE);
	cr_expect_eq(packet_read(TEXT_EMPTY, 10, &packet, &size), PACKET_INCOMPLETE);
	for (size_t i = 0; i < 9; i++)
		cr_expect_eq(packet_read(bytes("\0\0\0\5Babcd", i), 1000, &packet, &size),
			     PACKET_INCOMPLETE);
}

Test(packet, violations_are_seen_before_the_payload_comes)
{
	struct packet packet;
	size_t size;

	cr_expect_eq(packet_read(TEXT("\0\0\0\0"), 100, &packet, &size), PACKET_VIOLATION);
	cr_expect_eq(packet_read(TEXT("\xff\xff\xff\xff"), 100, &packet, &size), PACKET_VIOLATION);
	cr_expect_eq(packet_read(TEXT("\x7f\xff\xff\xff"), 100, &packet, &size), PACKET_VIOLATION);
	cr_expect_eq(packet_read(TEXT("\0\0\0\x65"), 100, &packet, &size), PACKET_VIOLATION);
	cr_expect_eq(packet_read(TEXT("\0\0\0\x64"), 100, &packet, &size), PACKET_INCOMPLETE);
}

Test(packet, in_pieces)
{
	struct buffer out;
	size_t start;

	buffer_init(&out, 1000);
	buffer_append_string(&out, "before");
	start = packet_begin(&out, 'B');
	for (int i = 0; i < 300; i++)
		buffer_append_byte(&out, 'x');
	packet_end(&out, start);
	cr_expect_eq(out.length, 6 + 5 + 300);
	cr_expect_eq(memcmp(out.data + 6,
			    "\0\0\1\x2d"
			    "Bxxx",
			    8),
		     0);
	buffer_free(&out);
}

Test(packet, longest_payload)
{
	static char payload[MILTER_PAYLOAD_MAX];
	struct packet packet;
	struct buffer out;
	size_t size;

	buffer_init(&out, 100000);
	packet_write(&out, 'B', bytes(payload, sizeof(payload)));
	cr_expect_eq(out.length, 65535 + 5);
	cr_expect_eq(packet_read(buffer_text(&out), MILTER_FRAME_CAP, &packet, &size),
		     PACKET_READY);
	cr_expect_eq(packet.payload.length, 65535);
	buffer_free(&out);
}

Test(packet, one_byte_more_is_our_own_fault, .signal = SIGABRT)
{
	static char payload[MILTER_PAYLOAD_MAX + 1];
	struct buffer out;

	buffer_init(&out, 100000);
	packet_write(&out, 'B', bytes(payload, sizeof(payload)));
}

Test(packet, without_memory_nothing_is_patched)
{
	struct buffer out;

	buffer_init(&out, 1000);
	memory_fail_at(1, true);
	packet_write(&out, 'B', TEXT("x"));
	memory_fail_at(0, false);
	cr_expect(out.failed);
	buffer_free(&out);
	buffer_init(&out, 6);
	packet_write(&out, 'B', TEXT("xyz"));
	cr_expect(out.failed);
	buffer_free(&out);
}

Test(cursor, takes_numbers_and_strings)
{
	struct cursor cursor = cursor_of(TEXT("\xfe\x01\x02\x80\x03\x04\x05one\0\0two\0"));

	cr_expect_eq(cursor_byte(&cursor), 0xfe);
	cr_expect_eq(cursor_u16(&cursor), 0x0102);
	cr_expect_eq(cursor_u32(&cursor), 0x80030405);
	cr_expect(text_equals(cursor_string(&cursor), TEXT("one")));
	cr_expect(text_equals(cursor_string(&cursor), TEXT("")));
	cr_expect_not(cursor_done(&cursor));
	cr_expect(text_equals(cursor_string(&cursor), TEXT("two")));
	cr_expect(cursor_done(&cursor));
}

Test(cursor, failing_is_sticky)
{
	struct cursor cursor = cursor_of(TEXT("\1\2\3"));

	cr_expect_eq(cursor_u32(&cursor), 0);
	cr_expect(cursor.failed);
	cr_expect_eq(cursor_byte(&cursor), 0);
	cr_expect_eq(cursor_u16(&cursor), 0);
	cr_expect_eq(cursor_string(&cursor).length, 0);
	cr_expect_not(cursor_done(&cursor));
}

Test(cursor, each_kind_checks_what_is_left)
{
	struct cursor cursor = cursor_of(TEXT("\1"));

	cursor_u16(&cursor);
	cr_expect(cursor.failed);
	cursor = cursor_of(TEXT_EMPTY);
	cursor_byte(&cursor);
	cr_expect(cursor.failed);
	cr_expect_not(cursor_done(&cursor));
	cursor = cursor_of(TEXT("no end"));
	cr_expect_eq(cursor_string(&cursor).length, 0);
	cr_expect(cursor.failed);
	cursor = cursor_of(TEXT_EMPTY);
	cursor_string(&cursor);
	cr_expect(cursor.failed);
	cr_expect(cursor_done(&(struct cursor){.rest = TEXT_EMPTY}));
}
