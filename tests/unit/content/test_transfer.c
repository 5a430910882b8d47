#include "content/transfer.h"

#include <criterion/criterion.h>

#include <stdlib.h>

static void decodes(enum transfer transfer, const char *from, const char *to, anomaly_set wrong)
{
	struct buffer out;
	struct text bytes = text_of_string(from, LIFETIME_PROGRAM);

	buffer_init(&out, 1 << 20);
	cr_expect_eq(transfer_decode(transfer, bytes, &out), wrong, "%s", from);
	cr_expect_eq(transfer_decode(transfer, bytes, NULL), wrong, "%s", from);
	cr_expect(text_equals_string(buffer_text(&out), to), "%s: %.*s, not %s", from,
		  TEXT_PRINTF(buffer_text(&out)), to);
	buffer_free(&out);
}

Test(transfer, base64)
{
	decodes(TRANSFER_BASE64, "", "", 0);
	decodes(TRANSFER_BASE64, "SGVs\r\nbG8=", "Hello", 0);
	decodes(TRANSFER_BASE64, "SGVsbA==", "Hell", 0);
	decodes(TRANSFER_BASE64, "SGVsbG8", "Hello", ANOMALY_BIT(badBase64));
	decodes(TRANSFER_BASE64, "SGVsb", "Hel", ANOMALY_BIT(badBase64));
	decodes(TRANSFER_BASE64, "S-G.V!s", "Hel", ANOMALY_BIT(badBase64));
	decodes(TRANSFER_BASE64, "SGU=bG8=", "Helo", ANOMALY_BIT(dataAfterPadding));
	decodes(TRANSFER_BASE64, "====", "", ANOMALY_BIT(badBase64));
}

Test(transfer, quoted_printable)
{
	decodes(TRANSFER_QUOTED, "a=3Db=\r\nc", "a=bc", 0);
	decodes(TRANSFER_QUOTED, "a  \r\nb\t\n", "a\r\nb\n", 0);
	decodes(TRANSFER_QUOTED, "a= \t\r\nb", "ab", 0);
	decodes(TRANSFER_QUOTED, "a_b", "a_b", 0);
	decodes(TRANSFER_QUOTED, "=e9=", "\351", 0);
	decodes(TRANSFER_QUOTED, "a \t", "a", 0);
	decodes(TRANSFER_QUOTED, "a \tb ", "a \tb", 0);
	decodes(TRANSFER_QUOTED, "a \rb", "a\rb", 0);
	decodes(TRANSFER_QUOTED, "a=zz", "a=zz", ANOMALY_BIT(badQuotedPrintable));
	decodes(TRANSFER_QUOTED, "=4", "=4", ANOMALY_BIT(badQuotedPrintable));
}

Test(transfer, what_is_not_encoded_stays)
{
	decodes(TRANSFER_NONE, "a=3Db\r\n", "a=3Db\r\n", 0);
	decodes(TRANSFER_UNKNOWN, "SGVsbG8=", "SGVsbG8=", 0);
}

Test(transfer, uuencode)
{
	decodes(TRANSFER_UU, "text\nbegin 644 a\n#86)C\n`\nend\n", "abc", 0);
	decodes(TRANSFER_UU, "begin 644 a\n#86)C\n", "abc", ANOMALY_BIT(badBase64));
	decodes(TRANSFER_UU, "nothing", "", ANOMALY_BIT(badBase64));
	/* a line that is empty, one that says more than it holds, one that holds more than it says
	 */
	decodes(TRANSFER_UU, "begin 644 a\n\n#86)C\nend\n", "abc", 0);
	decodes(TRANSFER_UU, "begin 644 a\nM86)C\nend\n", "abc", 0);
	decodes(TRANSFER_UU, "begin 644 a\n#86)C86)C\nend\n", "abc", 0);
	decodes(TRANSFER_UU, "begin 644 a\n%86)C9&4\n`\nend", "abcde", 0);
}

Test(transfer, uuencode_begins_with_a_mode_and_a_name)
{
	static const char *const others[] = { "begin 64 a\n", "begin 64444 a\n", "begin 644\n",
					      "begin 644 \n", "begin 648 a\n",	 "begin 644xa\n",
					      "Begin 644 a\n" };

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct text bytes = text_of_string(others[i], LIFETIME_PROGRAM), name;
		size_t at = 0;

		cr_expect_not(uu_begins(bytes, &at, &name), "%s", others[i]);
		cr_expect_eq(at, bytes.length);
	}
	decodes(TRANSFER_UU, "begin 0644 a b\n#86)C\nend\n", "abc", 0);
}

/* A file that another one begins in has no end. */
Test(transfer, uuencode_of_two_files)
{
	decodes(TRANSFER_UU, "begin 644 a\n#86)C\nbegin 644 b\n#86)C\nend\n", "abc",
		ANOMALY_BIT(badBase64));
}

/* However the digits stand in lines, and where there is something else between them. */
Test(transfer, long_base64)
{
	enum { GROUPS = 1000 };
	char *wanted = calloc(3, GROUPS + 1), *given = malloc(12 * GROUPS + 8);

	for (size_t i = 0; i < GROUPS; i++)
		memcpy(wanted + 3 * i, "Hel", 3);
	for (size_t line = 1; line < 200; line = line * 3 + 1) {
		for (int stray = 0; stray < 2; stray++) {
			char *to = given;

			for (size_t i = 0; i < 4 * GROUPS; i++) {
				if (i % line == 0)
					to = stpcpy(to, stray && i == 4 * line ? "!\r\n" : "\r\n");
				*to++ = "SGVs"[i % 4];
			}
			*to = '\0';
			decodes(TRANSFER_BASE64, given, wanted, stray ? ANOMALY_BIT(badBase64) : 0);
		}
	}
	free(wanted);
	free(given);
}
