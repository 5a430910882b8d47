#include "bridge/percent.h"

#include <criterion/criterion.h>

static struct arena arena;
static struct buffer out;

static void begin(void)
{
	arena_init(&arena, 1 << 20, LIFETIME_MESSAGE);
	buffer_init(&out, 1 << 20);
}

static void done(void)
{
	arena_reset(&arena);
	buffer_free(&out);
}

Test(percent, every_byte_comes_back, .init = begin, .fini = done)
{
	char bytes[256];
	struct text decoded;
	for (int i = 0; i < 256; i++)
		bytes[i] = (char)i;
	percent_append(&out, text_of(bytes, 256, LIFETIME_EVENT));
	for (size_t i = 0; i < out.length; i++)
		cr_assert(out.data[i] >= ' ' && out.data[i] <= '~');
	cr_assert(percent_decode(&arena, buffer_text(&out), &decoded));
	cr_assert_eq(decoded.length, 256);
	cr_assert_eq(memcmp(decoded.data, bytes, 256), 0);
}

Test(percent, what_is_encoded, .init = begin, .fini = done)
{
	percent_append(&out, TEXT("a b%+\r\n\xc3\xa4"));
	cr_assert(text_equals(buffer_text(&out), TEXT("a b%25%2B%0D%0A%C3%A4")));
	buffer_clear(&out);
	percent_append_word(&out, TEXT("a b"));
	cr_assert(text_equals(buffer_text(&out), TEXT("a%20b")));
}

Test(percent, what_is_wrong, .init = begin, .fini = done)
{
	struct text decoded;
	static const char *const wrong[] = { "%", "a%", "%4", "%4g", "%g4", "%%41" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert_not(percent_decode(&arena, text_of_string(wrong[i], 0), &decoded), "%s",
			      wrong[i]);
	cr_assert(percent_decode(&arena, TEXT("%41%4a%4A"), &decoded));
	cr_assert(text_equals(decoded, TEXT("AJJ")));
	cr_assert(percent_decode(&arena, TEXT_EMPTY, &decoded));
}

Test(percent, no_memory_is_not_decoded, .init = begin, .fini = done)
{
	struct text decoded;

	arena.cap = 16;
	cr_assert_not(percent_decode(&arena, TEXT("far longer than the arena may become"), &decoded));
}
