#include "content/files.h"

#include "blob.h"
#include "base/memory.h"

#include <criterion/criterion.h>
#include <time.h>

TestSuite(files, .init = blob_begin, .fini = blob_end);

/* "NAME|NAME=CONTENT!;": ! for a damaged file; what is wrong with the whole behind all. */
static const char *read_as(struct text bytes, uint32_t most)
{
	static char shown[4096];
	struct content_files files;
	struct buffer out;

	buffer_init(&out, sizeof(shown) - 1);
	cr_assert(files_read(bytes, most, &arena, &files));
	cr_assert_leq(files.count, most);
	for (uint32_t i = 0; i < files.count; i++) {
		const struct content_file *file = &files.items[i];

		for (uint32_t n = 0; n < file->name_count; n++)
			buffer_printf(&out, "%s%.*s", n ? "|" : "", TEXT_PRINTF(file->names[n]));
		buffer_printf(&out, "=%.*s%s;", TEXT_PRINTF(file->content),
			      file->anomalies & ANOMALY_BIT(damagedFile) ? "!" : "");
	}
	if (files.anomalies & ANOMALY_BIT(damagedFile))
		buffer_append_string(&out, " damaged");
	if (files.anomalies & ANOMALY_BIT(tooMany))
		buffer_append_string(&out, " more");
	buffer_append_byte(&out, '\0');
	memcpy(shown, out.data, out.length);
	buffer_free(&out);
	return shown;
}

/* ---- uuencode ---- */

static void text_is(const char *text, const char *wanted)
{
	cr_expect_str_eq(read_as(text_of_string(text, LIFETIME_EVENT), 10), wanted, "%s", text);
}

Test(files, in_a_text)
{
	text_is("", "");
	text_is("begin at the end", "");
	text_is("Hello\r\nbegin 644 a.txt\r\n#86)C\r\n`\r\nend\r\nbye", "a.txt=abc;");
	text_is("begin 644 a\n#86)C\n`\nend\nbegin 0755  b.exe \n#86)C\nend", "a=abc;b.exe=abc;");
	text_is("begin 644 a\n#86)C\n", "a=abc!;");
	/* No encoder writes such a line, and some readers begin anew there. */
	text_is("begin 644 a.txt\n#86)C\nbegin 644 b.exe\n#86)C\nend\n", "a.txt=abc!;b.exe=abc;");
	text_is("begin 644 a\377.exe\nend\n", "a\xef\xbf\xbd.exe=;");
}

/* ---- TNEF ---- */

static void number(uint32_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		buffer_append_byte(&blob, (char)(value >> 8 * i));
}

static void signature(void)
{
	buffer_clear(&blob);
	number(0x223e9f78, 4);
	number(1, 2);
}

static void attribute(uint32_t id, const char *data, size_t length)
{
	uint32_t sum = 0;

	number(2, 1);
	number(id, 4);
	number((uint32_t)length, 4);
	buffer_append(&blob, data, length);
	for (size_t i = 0; i < length; i++)
		sum += (unsigned char)data[i];
	number(sum & 0xffff, 2);
}
#define ATTRIBUTE(id, data) attribute(id, data, sizeof(data) - 1)
#define BEGINS		    ATTRIBUTE(0x69002, "\1\0\0\0")
#define TITLE(name)	    ATTRIBUTE(0x18010, name "\0")
#define DATA(bytes)	    ATTRIBUTE(0x6800f, bytes)
#define PROPERTIES(bytes)   ATTRIBUTE(0x69005, bytes)
#define OF_MESSAGE(bytes)   ATTRIBUTE(0x69003, bytes)
#define RTF(length, bytes)  "\2\1\x09\x10\1\0\0\0" length "\0\0\0" bytes

static void blob_is(const char *wanted)
{
	cr_expect_str_eq(read_as(buffer_text(&blob), 10), wanted);
}

Test(files, in_tnef)
{
	signature();
	blob_is("");
	ATTRIBUTE(0x89006, "\0\0\1\0");
	BEGINS, TITLE("A.TXT"), DATA("abc");
	BEGINS, TITLE("LONGFI~1.EXE"), DATA("x");
	PROPERTIES("\2\0\0\0"
		   "\x1f\0\7\x37\1\0\0\0\x0c\0\0\0l\0o\0n\0g\0.\0\0\0"
		   "\x1e\0\4\x37\1\0\0\0\5\0\0\0s.exe\0\0\0");
	blob_is("A.TXT=abc;LONGFI~1.EXE|long.|s.exe=x;");
}

Test(files, content_among_the_properties)
{
	signature();
	BEGINS;
	PROPERTIES("\3\0\0\0"
		   "\x0b\0\xfe\x7f\1\0\0\0"
		   "\3\0\1\x80GGGGGGGGGGGGGGGG\0\0\0\0\7\0\0\0\1\0\0\0"
		   "\x0d\0\1\x37\1\0\0\0\x13\0\0\0IIIIIIIIIIIIIIIIabc\0");
	blob_is("=abc;");
	BEGINS, DATA("first");
	PROPERTIES("\1\0\0\0\2\1\1\x37\1\0\0\0\3\0\0\0abc\0");
	blob_is("=abc;=first;");
}

Test(files, the_message_itself)
{
	/* a name that belongs to no file, then two texts */
	signature();
	OF_MESSAGE(
		"\3\0\0\0"
		"\x1e\0\1\x30\1\0\0\0\2\0\0\0a\0\0\0" RTF(
			"\x1e",
			"\x1a\0\0\0\x1c\0\0\0LZFu\xe2\xd4\x4b\x51\x41\0\4 WXYZ\x0dn}\1\x0e\xb0\0\0")
			RTF("\x13", "\x0f\0\0\0\3\0\0\0MELA\0\0\0\0abc\0"));
	BEGINS, TITLE("a.exe");
	blob_is("={\\rtf1 WXYZWXYZWXYZWXYZWXYZ};=abc;a.exe=;");
	/* it comes between what belongs together */
	signature();
	BEGINS, TITLE("a.exe");
	for (unsigned i = 0; i < 3; i++)
		OF_MESSAGE("\1\0\0\0" RTF("\x13", "\x0f\0\0\0\3\0\0\0MELA\1\0\0\0abc\0"));
	DATA("1");
	blob_is("a.exe=1;=abc!;=abc!;=abc!;");
	cr_expect_str_eq(read_as(buffer_text(&blob), 2), "a.exe=;=abc!; more");
	signature();
	OF_MESSAGE("\1\0\0\0" RTF("\xff", "x"));
	blob_is("=x!; damaged");
	OF_MESSAGE("\1\0\0\0" RTF("\3", "abc\0"));
	blob_is("=x!;=abc!; damaged");
}

Test(files, what_stands_twice_or_alone_hides_nothing)
{
	signature();
	TITLE("a.exe"), DATA("1"), TITLE("b.exe"), DATA("2"), DATA("3");
	blob_is("a.exe=1;b.exe=2;=3;");
	signature();
	BEGINS, DATA("1"), TITLE("a.exe\0.txt");
	blob_is("a.exe=1;");
}

Test(files, damaged_tnef_is_read_as_far_as_it_goes)
{
	size_t whole;

	signature();
	BEGINS, TITLE("a.exe"), DATA("abcdef");
	whole = blob.length;
	blob.data[whole - 1] ^= 1; /* its checksum */
	blob_is("a.exe=abcdef; damaged");
	for (size_t length = 0; length < whole; length++)
		read_as(text_of(blob.data, length, LIFETIME_EVENT), 10);
	cr_expect_str_eq(read_as(text_of(blob.data, whole - 4, LIFETIME_EVENT), 10),
			 "a.exe=abcd; damaged");
	/* lengths and counts beyond everything */
	signature();
	BEGINS, TITLE("a.exe");
	PROPERTIES("\xff\xff\xff\xff\x1f\0\7\x37\xff\xff\xff\xff\xff\xff\xff\xff");
	PROPERTIES("\xff\xff\xff\xff\3\x10\7\x37\xff\xff\xff\xff");
	PROPERTIES("\1\0\0\0\x77\0\7\x37");
	PROPERTIES("\1");
	PROPERTIES("");
	blob_is("a.exe=!;");
	number(2, 1), number(0x6800f, 4), number(UINT32_MAX, 4), number('x', 1);
	blob_is("a.exe=x!; damaged");
}

Test(files, there_are_never_too_many)
{
	signature();
	for (unsigned i = 0; i < 5; i++)
		BEGINS, DATA("x");
	cr_expect_str_eq(read_as(buffer_text(&blob), 3), "=x;=x;=x; more");
	cr_expect_str_eq(read_as(buffer_text(&blob), 0), " more");
	buffer_clear(&blob);
	for (unsigned i = 0; i < 5; i++)
		buffer_append_string(&blob, "begin 644 a\nend\n");
	cr_expect_str_eq(read_as(buffer_text(&blob), 3), "a=;a=;a=; more");
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double time_of(unsigned files)
{
	struct content_files read;
	double began;

	buffer_clear(&blob);
	for (unsigned i = 0; i < files; i++)
		buffer_append_string(&blob, "begin 644 a\n#86)C\n");
	began = seconds();
	cr_assert(files_read(buffer_text(&blob), UINT16_MAX, &arena, &read));
	cr_assert_eq(read.count, files);
	return seconds() - began;
}

Test(files, without_an_end_take_no_quadratic_time)
{
	double few = time_of(5000);

	cr_expect_lt(time_of(50000), few * 60 + 0.1);
}

Test(files, survive_the_end_of_memory)
{
	struct content_files files;
	bool done = false;

	signature();
	BEGINS, TITLE("a.exe"), DATA("1"), BEGINS;
	PROPERTIES("\1\0\0\0\x1f\0\7\x37\1\0\0\0\4\0\0\0l\0o\0");
	OF_MESSAGE("\1\0\0\0" RTF("\x13", "\x0f\0\0\0\3\0\0\0LZFu\0\0\0\0\0ab\0"));
	for (unsigned long nth = 1; nth < 100 && !done; nth++) {
		memory_fail_at(nth, false);
		done = files_read(buffer_text(&blob), 10, &arena, &files) && memory_count() < nth;
		memory_fail_at(0, false);
		arena_reset(&arena);
	}
	cr_expect(done);
}
