#include "world.h"

#include <criterion/criterion.h>

Test(address, parts_and_normal_form)
{
	HOLD("address.localPart(\"a\") == \"a\" and address.domain(\"a\") == \"\"",
	     "address.localPart(\"<a@b@c>\") == \"a@b\"", "address.domain(\"<>\") == \"\"",
	     "address.normal(\"A@B.Example.\") == \"A@b.example\"",
	     "address.normal(\"\\\"a b\\\"@c.example\") == \"\\\"a b\\\"@c.example\"",
	     "address.normal(\"a@b..C\") == \"a@b..c\"", "address.normal(\"\") == \"\"",
	     "not address.isValid(\"\")", "not address.isValid(\"a@b\\0c\")",
	     "not address.isValid(repeat(\"a\", 65) + \"@b.example\")");
	RAISE("argument", "address.asciiDomain(\"a..b\")", "address.organizationalDomain(\"\")",
	      "address.unicodeDomain(\"\\xff\")");
}

Test(address, what_a_mailbox_says)
{
	body_holds("var m = address.parse(\"Team: Jo <a@b.example>;\")[0]; return m.name == \"Jo\" "
		   "and "
		   "m.address == \"a@b.example\" and m.localPart == \"a\" and "
		   "m.domain == \"b.example\" and m.group == \"Team\" and m.valid;");
}

Test(address, many_mailboxes)
{
	body_holds("return length(address.parse(repeat(\"a@b.example, \", 20000))) == 20000;");
	body_holds("return length(address.parse(repeat(\"(\", 1000000))) == 0;");
	body_holds("return length(address.parse(repeat(\"<\", 1000000))) == 1;");
}
