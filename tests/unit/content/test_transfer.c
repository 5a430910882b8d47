#include "content/transfer.h"

#include <criterion/criterion.h>

#include "content/charset.h"

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

static void reads(const char *charset, const char *from, const char *to)
{
	struct buffer out;
	bool known;

	buffer_init(&out, 1 << 20);
	known = charset_decode(text_of_string(charset, LIFETIME_PROGRAM),
			       text_of_string(from, LIFETIME_PROGRAM), &out);
	cr_expect_eq(known, to != NULL, "%s", charset);
	cr_expect(!to || text_equals_string(buffer_text(&out), to), "%s: %.*s, not %s", charset,
		  TEXT_PRINTF(buffer_text(&out)), to);
	buffer_free(&out);
}

Test(charset, of_mail)
{
	reads("UTF-8", "\303\244\377", "\303\244\357\277\275");
	reads("us-ascii*en", "a\344", "a\357\277\275");
	reads("ISO-8859-1", "\344", "\303\244");
	reads("windows-1252", "\200", "\342\202\254");
	reads("koi8-r", "\304\301", "\320\264\320\260");
	reads("iso-2022-jp", "\033$B$\"\033(B", "\343\201\202");
	reads("shift_jis", "\202\240", "\343\201\202");
	reads("gb18030", "\304\343", "\344\275\240");
	reads("ks_c_5601-1987", "\260\241", "\352\260\200");
	reads("utf-7", "+AOQ-", "\303\244");
	reads("utf-16be", "", "");
}

Test(charset, that_is_none)
{
	struct buffer out;

	reads("", "a", NULL);
	reads("nobodys", "a", NULL);
	reads("UTF-8//TRANSLIT", "a", NULL);
	reads("../utf-8", "a", NULL);
	reads("iso-8859-1/", "a", NULL);
	reads("iso-8859-1234567890123456789012345678901234567890", "a", NULL);
	buffer_init(&out, 100);
	cr_expect_not(charset_decode(TEXT("koi8-r\0x"), TEXT("\304"), &out), "cut at its NUL");
	buffer_free(&out);
}
