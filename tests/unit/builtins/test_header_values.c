#include "world.h"

#include <criterion/criterion.h>

Test(header_values, parameters)
{
	HOLD("headers.withoutParameters(\"\") == \"\"", "headers.parameter(\"\", \"a\") == \"\"",
	     "headers.parameter(\"x; a=1; A=2\", \"a\") == \"1\"",
	     "headers.parameter(\"x; a=1\", \"b\\0\") == \"\"",
	     "headers.parameter(\"x; a=\\\"\\\\\\\"q\\\\\\\"\\\"\", \"a\") == \"\\\"q\\\"\"",
	     "headers.parameters(\"x;;; =1; a; b=2\") == [\"b\": \"2\"]",
	     "length(headers.parameters(\"x\" + repeat(\"; a=1\", 1000))) == 1",
	     "headers.parameter(\"x; a=(c;d) 1 (e\", \"a\") == \"\"");
}

/* Comments without an end, in as many parameters as there is room for: each byte is looked at once.
 */
Test(header_values, hostile_comments_are_no_square)
{
	body_holds("return headers.parameter(repeat(\"x;a=(\", 300000), \"b\") == \"\";");
	body_holds("return headers.parameter(repeat(\"x;a=\\\"\\\"(\", 300000), \"b\") == \"\";");
	body_holds("return headers.parameter(repeat(\"x;(\", 300000), \"b\") == \"\";");
}

Test(header_values, an_empty_line_ends_a_header_whatever_the_body_begins_with)
{
	HOLD("length(headers.parse(\"A: 1\\r\\n\\r\\n  text\\r\\nB: 2\\r\\n\")) == 1",
	     "length(headers.parse(\"\\n\\tB: 2\\n\")) == 0",
	     "headers.parse(\"A: 1\\n\\t2\\n\\n\\n\")[0].raw == \" 1\\n\\t2\"");
}

Test(header_values, hops)
{
	HOLD("headers.hop(\"\").from == \"\"", "headers.hop(\"from a by b; c; d\").date == \"d\"",
	     "headers.hop(\"from a (b [IPv6:2001:db8::1]) by c\").address == \"IPv6:2001:db8::1\"",
	     "headers.hop(\"by c (d [192.0.2.1]) with LMTP for <e@f>\").for == \"e@f\"",
	     "headers.hop(\"by c (d [192.0.2.1])\").address == \"\"",
	     "headers.hop(\"from a by b with SMTP by c with LMTP\").by == \"b\"",
	     "headers.hop(\"(from x) from a\\r\\n by b with ESMTPS\").with == \"ESMTPS\"",
	     "headers.decode(\" a\\r\\n\\tb =?utf-8?Q?=C3=A9?= \") == \"a\\tb \\u{e9}\"");
	body_holds("return headers.hop(repeat(\"(\", 1000000)).from == \"\";");
}
