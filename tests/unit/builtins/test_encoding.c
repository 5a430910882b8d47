#include "world.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(encoding, base64)
{
	HOLD("base64Encode(\"\") == \"\"", "base64Encode(\"f\") == \"Zg==\"", "base64Encode(\"fo\") == \"Zm8=\"",
	     "base64Encode(\"foo\") == \"Zm9v\"", "base64Encode(\"\\xff\\xef\\0\") == \"/+8A\"",
	     "base64Decode(\"\") == \"\"", "base64Decode(\"Zg==\") == \"f\"", "base64Decode(\"Zm8=\") == \"fo\"",
	     "base64Decode(\"Zm9v\") == \"foo\"", "base64Decode(\"/+8A\") == \"\\xff\\xef\\0\"",
	     "base64Decode(\"Zm\\r\\n9v\\n\") == \"foo\"",
	     "base64Decode(base64Encode(repeat(\"\\0\\xfe\", 1001))) == repeat(\"\\0\\xfe\", 1001)");
	RAISE("argument", "base64Decode(\"Zg=\")", "base64Decode(\"Zg\")", "base64Decode(\"Z\")",
	      "base64Decode(\"Zg===\")", "base64Decode(\"Zh==\")", "base64Decode(\"Zm9=\")",
	      "base64Decode(\"====\")", "base64Decode(\"Zg==Zg==\")", "base64Decode(\"Zm 9v\")",
	      "base64Decode(\"Zm9v!\")", "base64Decode(\"=Zm9\")", "base64Decode(\"Zm9v\\0\")",
	      "base64Decode(\"Zm-_\")", "base64Decode(\"Z=g=\")", "base64Decode(\"Z=m9=\")");
}

Test(encoding, hex_and_percent)
{
	HOLD("hexEncode(\"\") == \"\"", "hexEncode(\"\\0\\xff\\x0a\") == \"00ff0a\"", "hexDecode(\"\") == \"\"",
	     "hexDecode(\"00Ff\") == \"\\0\\xff\"", "percentEncode(\"\") == \"\"",
	     "percentEncode(\"aZ09-._~\") == \"aZ09-._~\"", "percentEncode(\"/\\0\\xff%\") == \"%2F%00%%FF%25\"",
	     "percentDecode(\"%2f%00\") == \"/\\0\"", "percentDecode(\"a+b\") == \"a+b\"");
	/* What stands behind a part is not read. */
	RAISE("argument", "hexDecode(\"4142\"[0..3])", "percentDecode(\"%41\"[0..2])",
	      "quotedPrintableDecode(\"=41\"[0..2])");
	RAISE("argument", "hexDecode(\"0\")", "hexDecode(\"0g\")", "hexDecode(\"000\")",
	      "percentDecode(\"%\")", "percentDecode(\"%4\")", "percentDecode(\"a%4g\")",
	      "percentDecode(\"%%%%41\")");
}

Test(encoding, quoted_printable)
{
	HOLD("quotedPrintableEncode(\"\") == \"\"", "quotedPrintableEncode(\"a\\tb c\") == \"a\\tb c\"",
	     "quotedPrintableEncode(\"a \\r\\nb\\t\") == \"a=20\\r\\nb=09\"",
	     "quotedPrintableEncode(\"a\\nb\") == \"a\\r\\nb\"", "quotedPrintableEncode(\"\\r\\xff\") == \"=0D=FF\"",
	     "quotedPrintableEncode(repeat(\"a\", 76)) == repeat(\"a\", 76)",
	     "quotedPrintableEncode(repeat(\"a\", 77)) == repeat(\"a\", 75) + \"=\\r\\naa\"",
	     "quotedPrintableDecode(\"\") == \"\"", "quotedPrintableDecode(\"a=\\nb\") == \"ab\"",
	     "quotedPrintableDecode(\"a= \\t\\r\\nb\") == \"ab\"", "quotedPrintableDecode(\"a=\") == \"a\"",
	     "quotedPrintableDecode(\"=c3=A9\") == \"\\u{e9}\"",
	     "quotedPrintableDecode(quotedPrintableEncode(repeat(\"\\xff \", 500))) == repeat(\"\\xff \", 500)");
	HOLD("quotedPrintableEncode(\"a \\r\") == \"a =0D\"", "quotedPrintableEncode(\"\\x7f\") == \"=7F\"",
	     "quotedPrintableEncode(\"a\\r\") == \"a=0D\"", "encodeWords(\"\\x7f\") == \"=?UTF-8?Q?=7F?=\"",
	     "decodeWords(encodeWords(\"_a\\u{e9}\\0!*bcdef\")) == \"_a\\u{e9}\\0!*bcdef\"");
	RAISE("argument", "base64Decode(\"QUF\")", "base64Decode(\"QUE==\")", "base64Decode(\"QUF=\")");
	RAISE("argument", "quotedPrintableDecode(\"=4\")", "quotedPrintableDecode(\"=zz\")",
	      "quotedPrintableDecode(\"==41\")", "quotedPrintableDecode(\"= x\")");
	body_holds("for (line in lines(quotedPrintableEncode(repeat(\"ab\\xff \", 300)))) { if (length(line) > 76) { return false; } } return true;");
}

Test(encoding, stops_at_the_limits)
{
	body_strikes(LIMIT_textLength, 1000, "return hexEncode(repeat(\"a\", 501)) == \"\";");
	body_strikes(LIMIT_textLength, 1000, "return percentEncode(repeat(\" \", 334)) == \"\";");
	body_strikes(LIMIT_textLength, 1000, "return base64Encode(repeat(\"a\", 751)) == \"\";");
	body_strikes(LIMIT_textLength, 1000, "return quotedPrintableEncode(repeat(\"=\", 334)) == \"\";");
	body_strikes(LIMIT_eventMemory, 50000,
		     "var t = base64Encode(repeat(\"a\", 20000)); var u = \"\"; "
		     "while (true) { u = base64Decode(t); } return true;");
}

/* Again and again, until the event has no memory left: then in the middle of a text. */
static void fills_memory(const char *make, const char *use)
{
	char body[300];

	for (int64_t most = 50000; most < 50100; most += 33) {
		snprintf(body, sizeof(body),
			 "var t = %s; var u = \"\"; while (true) { u = %s; } return true;", make, use);
		body_strikes(LIMIT_eventMemory, most, body);
	}
}

Test(encoding, no_memory_is_a_limit_wherever_it_ends)
{
	fills_memory("repeat(\"41\", 300)", "hexDecode(t)");
	fills_memory("repeat(\"a\", 300)", "hexEncode(t)");
	fills_memory("repeat(\"%41\", 300)", "percentDecode(t)");
	fills_memory("repeat(\" \", 300)", "percentEncode(t)");
	fills_memory("repeat(\"=41a\", 300)", "quotedPrintableDecode(t)");
	fills_memory("repeat(\"=\\r\\n\", 300)", "quotedPrintableEncode(t)");
	fills_memory("repeat(\"a\", 300)", "base64Encode(t)");
	fills_memory("repeat(\"QUFB\\r\\n\", 300)", "base64Decode(t)");
	fills_memory("repeat(\"\\u{e9} a\", 100)", "encodeWords(t)");
	fills_memory("repeat(\"=?UTF-8?Q?=C3=A9?= a \", 50)", "decodeWords(t)");
}

Test(encoding, costs_by_its_length)
{
	body_strikes(LIMIT_instructions, 10000, "var t = repeat(\"\\u{e9}\", 9000); while (true) { encodeWords(t); } return true;");
	body_strikes(LIMIT_instructions, 10000, "var t = repeat(\"=?x\", 9000); while (true) { decodeWords(t); } return true;");
}

Test(encoding, survives_want_of_memory)
{
	body_survives_want("return length(base64Decode(base64Encode(repeat(\"a\", 50000)))) == 50000;");
	body_survives_want("return length(percentEncode(repeat(\" \", 50000))) == 150000;");
}
