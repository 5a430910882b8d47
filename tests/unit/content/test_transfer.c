#include "content/transfer.h"

#include <criterion/criterion.h>

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
	decodes(TRANSFER_QUOTED, "a=zz", "a=zz", ANOMALY_BIT(badQuotedPrintable));
	decodes(TRANSFER_QUOTED, "=4", "=4", ANOMALY_BIT(badQuotedPrintable));
}

Test(transfer, uuencode)
{
	decodes(TRANSFER_UU, "text\nbegin 644 a\n#86)C\n`\nend\n", "abc", 0);
	decodes(TRANSFER_UU, "begin 644 a\n#86)C\n", "abc", ANOMALY_BIT(badBase64));
	decodes(TRANSFER_UU, "nothing", "", ANOMALY_BIT(badBase64));
	decodes(TRANSFER_UU, "begin 644 a\n%86)C9&4\n`\nend", "abcde", 0);
}
