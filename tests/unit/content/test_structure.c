#include "content/structure.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct arena arena;
static const struct structure_limits roomy = { 1000, 50 };

static struct structure read_bytes(struct text message, const struct structure_limits *limits)
{
	struct structure structure;

	arena_reset(&arena);
	arena_init(&arena, (size_t)64 << 20, LIFETIME_EVENT);
	cr_assert(structure_read(message, limits, &arena, &structure));
	return structure;
}

static struct structure read_message(const char *message)
{
	return read_bytes(text_of_string(message, LIFETIME_PROGRAM), &roomy);
}

static void is_part(const struct structure *structure, uint32_t index, const char *type,
		    const char *body)
{
	const struct part *part = &structure->parts[index];

	cr_assert(index < structure->count);
	cr_expect(text_equals_string(part->type, type), "%u: %.*s", index, TEXT_PRINTF(part->type));
	cr_expect(text_equals_string(part->body, body), "%u: %.*s|", index,
		  TEXT_PRINTF(part->body));
}

static void flags_are(const struct part *part, anomaly_set wanted)
{
	for (unsigned i = 0; i < ANOMALY_COUNT; i++)
		cr_expect_eq(part->anomalies >> i & 1, wanted >> i & 1, "%s",
			     anomaly_name((enum anomaly)i));
}

#define MULTIPART(boundary)                                                                        \
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=" boundary "\r\n\r\n"

Test(structure, a_plain_message)
{
	struct structure structure = read_message("Subject: a\r\n\r\nHello.\r\n");

	cr_assert_eq(structure.count, 1);
	is_part(&structure, 0, "text/plain", "Hello.\r\n");
	cr_expect(text_equals_string(structure.parts[0].header, "Subject: a"));
	flags_are(structure.parts, 0);
}

Test(structure, nothing_at_all)
{
	struct structure structure = read_bytes(TEXT_EMPTY, &roomy);

	cr_assert_eq(structure.count, 1);
	is_part(&structure, 0, "text/plain", "");
	flags_are(structure.parts, ANOMALY_BIT(headerUnended));
}

Test(structure, parts_with_what_stands_around_them)
{
	struct structure structure = read_message(
		MULTIPART("\"a b\"") "preamble\r\n--a b\r\n"
				     "Content-Type: TEXT/Html; charset=\"UTF-8\"\r\n\r\n<p>\r\n"
				     "--a b  \r\n\r\nplain\r\n\r\n--a b--\r\n");

	cr_assert_eq(structure.count, 3);
	is_part(&structure, 1, "text/html", "<p>");
	is_part(&structure, 2, "text/plain", "plain\r\n");
	cr_expect(text_equals_string(structure.parts[1].charset, "utf-8"));
	cr_expect_eq(structure.parts[2].nth, 2);
	cr_expect_eq(structure.parts[2].depth, 2);
	cr_expect_eq(structure.parts[2].parent, 0);
	for (unsigned i = 0; i < 3; i++)
		flags_are(&structure.parts[i], 0);
}

Test(structure, messages_and_digests)
{
	struct structure structure = read_message(
		"MIME-Version: 1.0\r\nContent-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\n"
		"Subject: inner\r\n\r\none\r\n--d\r\nContent-Type: message/rfc822\r\n\r\n"
		"Content-Type: message/rfc822\r\n\r\nSubject: deep\r\n\r\ntwo\r\n--d--\r\n");

	cr_assert_eq(structure.count, 6);
	is_part(&structure, 1, "message/rfc822", "Subject: inner\r\n\r\none");
	is_part(&structure, 2, "text/plain", "one");
	is_part(&structure, 5, "text/plain", "two");
	cr_expect_eq(structure.parts[5].depth, 4);
}

Test(structure, a_multipart_that_is_cut_off)
{
	struct structure structure = read_message(
		MULTIPART("a") "--a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
			       "--b\r\n\r\ninner\r\n--a\r\n\r\nouter\r\n");

	cr_assert_eq(structure.count, 4);
	is_part(&structure, 2, "text/plain", "inner");
	is_part(&structure, 3, "text/plain", "outer\r\n");
	flags_are(&structure.parts[0], ANOMALY_BIT(unclosed));
	flags_are(&structure.parts[1], ANOMALY_BIT(unclosed));
}

Test(structure, boundaries_that_lie)
{
	struct structure structure = read_message(
		MULTIPART("a") "--ab\r\n--a\r\n\r\nx\r\n--a--\r\nlate\r\n--a\r\n\r\ny\r\n");

	cr_assert_eq(structure.count, 2);
	flags_are(structure.parts, ANOMALY_BIT(almostBoundary) | ANOMALY_BIT(textAfterEnd) |
					   ANOMALY_BIT(boundaryAfterEnd));
	structure = read_message(MULTIPART("a") "nothing\r\n");
	flags_are(structure.parts, ANOMALY_BIT(unusedBoundary));
	structure = read_message(MULTIPART("") "--\r\n\r\nx\r\n----\r\n");
	cr_assert_eq(structure.count, 1);
	flags_are(structure.parts, ANOMALY_BIT(missingBoundary) | ANOMALY_BIT(malformedParameter));
	structure = read_message(MULTIPART("a") "--a\r\nContent-Type: multipart/mixed; "
						"boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a--\r\n");
	cr_assert_eq(structure.count, 3);
	flags_are(&structure.parts[1], ANOMALY_BIT(repeatedBoundary));
	structure = read_message(
		MULTIPART("a") "--a\r\nContent-Type: multipart/mixed; "
			       "boundary=ab\r\n\r\n--ab\r\n\r\nx\r\n--ab--\r\n--a--\r\n");
	cr_assert_eq(structure.count, 3);
	flags_are(&structure.parts[1], ANOMALY_BIT(boundaryPrefix));
}

Test(structure, lines)
{
	struct structure structure = read_message("A: b\r\n\r\nx\ry\r\n");

	flags_are(structure.parts, ANOMALY_BIT(bareCr));
	structure = read_message("A: b\r\n\r\nx\ny\r\n");
	flags_are(structure.parts, ANOMALY_BIT(bareLf));
	structure = read_message("A: b\n\nx\ny\n");
	flags_are(structure.parts, 0);
	structure = read_bytes(TEXT("A: b\n\nx\0y\n"), &roomy);
	flags_are(structure.parts, ANOMALY_BIT(nul));
	structure = read_message("A: b\nno field\n\nx\n");
	flags_are(structure.parts, ANOMALY_BIT(lineWithoutColon));
}

#define TEN	"0123456789"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN

Test(structure, bounds_of_lines_and_boundaries)
{
	char message[1100] = "A: b\n\n";
	struct structure structure = read_message(MULTIPART(SEVENTY) "--" SEVENTY "--\r\n");

	flags_are(structure.parts, 0);
	structure = read_message(MULTIPART(SEVENTY "1") "--" SEVENTY "1--\r\n");
	flags_are(structure.parts, ANOMALY_BIT(malformedBoundary));
	memset(message + 6, 'x', 998);
	structure = read_message(message);
	flags_are(structure.parts, 0);
	message[6 + 998] = 'x';
	structure = read_message(message);
	flags_are(structure.parts, ANOMALY_BIT(longLine));
}

Test(structure, what_a_header_should_have_once)
{
	struct structure structure = read_message(
		"MIME-Version: 1.0\nContent-Type: text/plain\nContent-type: text/html\n\n");

	flags_are(structure.parts, ANOMALY_BIT(duplicateType));
	is_part(&structure, 0, "text/plain", "");
	structure = read_message("From: a\nSubject: b\nFROM: c\n\n");
	flags_are(structure.parts, ANOMALY_BIT(duplicateField));
	structure = read_message("MIME-Version: 1.0\nContent-Disposition: inline\n"
				 "Content-Disposition: attachment\n\n");
	flags_are(structure.parts, ANOMALY_BIT(duplicateDisposition));
}

Test(structure, encodings)
{
	struct structure structure = read_message(
		"MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\nSGVsbG8=\nSGVsbG8=\n");

	flags_are(structure.parts, ANOMALY_BIT(dataAfterPadding));
	structure = read_message("MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\nSGV*\n");
	flags_are(structure.parts, ANOMALY_BIT(badBase64));
	structure = read_message(
		"MIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\na=b\n");
	flags_are(structure.parts, ANOMALY_BIT(badQuotedPrintable));
	structure = read_message("MIME-Version: 1.0\nContent-Transfer-Encoding: base46\n\na\n");
	flags_are(structure.parts, ANOMALY_BIT(unknownEncoding));
	structure = read_message("Subject: x\n\nbegin 644 a.exe\n#86)C\n`\nend\n");
	flags_are(structure.parts, ANOMALY_BIT(uuencode));
	structure = read_message("Subject: x\n\n\303\244\n");
	flags_are(structure.parts, ANOMALY_BIT(eightBitBody));
}

/* ---- bounds ---- */

static struct text many(const char *piece, size_t times)
{
	size_t length = strlen(piece);
	char *bytes = malloc(length * times);

	cr_assert_not_null(bytes);
	for (size_t i = 0; i < times; i++)
		memcpy(bytes + i * length, piece, length);
	return text_of(bytes, length * times, LIFETIME_EVENT);
}

Test(structure, a_hundred_thousand_levels)
{
	struct text message = many("Content-Type: message/rfc822\n\n", 100000);
	struct structure structure = read_bytes(message, &roomy);

	cr_assert_eq(structure.count, 50);
	cr_expect(structure.parts[49].anomalies & ANOMALY_BIT(tooDeep));
	free((char *)(uintptr_t)message.data);
	message = many("Content-Type: multipart/mixed; boundary=b\n\n--b\n", 100000);
	structure = read_bytes(message, &roomy);
	/* all boundaries are the same: the innermost is read again and again */
	cr_expect(structure.parts[0].anomalies & ANOMALY_BIT(tooMany));
	cr_assert_eq(structure.count, 1000);
	free((char *)(uintptr_t)message.data);
}

Test(structure, many_parts)
{
	struct text pieces = many("--b\r\n\r\nx\r\n", 100000);
	char *bytes = malloc(pieces.length + 100);
	size_t head = (size_t)snprintf(bytes, 100, "%s", MULTIPART("b"));
	struct structure structure;

	memcpy(bytes + head, pieces.data, pieces.length);
	structure = read_bytes(text_of(bytes, head + pieces.length, LIFETIME_EVENT), &roomy);
	cr_assert_eq(structure.count, 1000);
	cr_expect(structure.parts[0].anomalies & ANOMALY_BIT(tooMany));
	free(bytes);
	free((char *)(uintptr_t)pieces.data);
}

Test(structure, memory_that_ends)
{
	struct structure structure;

	for (size_t cap = 0; cap < 8192; cap += 512) {
		struct arena small;

		arena_init(&small, cap, LIFETIME_EVENT);
		structure_read(
			TEXT(MULTIPART("a") "--a\r\nContent-Type: a/b\r\n\r\nx\r\n--a--\r\n"),
			&roomy, &small, &structure);
		arena_reset(&small);
	}
}
