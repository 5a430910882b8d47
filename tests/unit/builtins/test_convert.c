#include "world.h"

#include <criterion/criterion.h>

Test(convert, from_text)
{
	HOLD("int(\"0\") == 0", "int(\"+5\") == 5", "int(\"-9223372036854775808\") < -9223372036854775807",
	     "float(\"-1.5e3\") == -1500.0", "not bool(\"NO\")", "not bool(\"\")", "bool(\"on\")",
	     "isNone(ip(trim(\" :: \")))", "duration(trim(\"1.5s \")) == 1500ms", "duration(\"-2m\" + \"\") == -120s",
	     "duration(\"250\" + \"ms\") == 250ms", "time(\"1970-01-02\" + \"\") == fromUnix(86400)",
	     "time(\"1970-01-01T00:00:00.5\" + \"Z\") == add(fromUnix(0), 500ms)",
	     "time(\"1 Jan 70 00:00 EST\" + \"\") == fromUnix(18000)",
	     "time(\"Thu, 1 Jan 1970 00:00:00 +0000 (UTC)\" + \"\") == fromUnix(0)",
	     "ip(\"10.0.0.1\" + \"\") in net(\"10.0.0.0\" + \"/8\")",
	     "ip(\"10.0.0.1\" + \"\") in net(\"10.0.0.9\" + \"/8\")");
	RAISE("convert", "int(\"\" + \"\")", "int(\"1\" + \" \")", "int(\"1\" + \"x\")", "int(\"0x1\" + \"0\")",
	      "int(\"922337203685477580\" + \"8\")", "float(\"\" + \"\")", "float(\"na\" + \"n\")", "float(\"in\" + \"f\")",
	      "float(\"1e99\" + \"9\")", "bool(\"may\" + \"be\")", "ip(\"1.2.3\" + \"\")", "ip(\"1.2.3.256\" + \"\")",
	      "ip(\"1.2.3.4\\0\" + \"\")", "net(\"10.0.0.0/33\" + \"\")", "net(\"x\" + \"\")", "duration(\"5\" + \"\")",
	      "duration(\"m\" + \"\")", "duration(\"1w\" + \"\")", "duration(\"9223372036854775807\" + \"d\")",
	      "time(\"2026-02-30\" + \"\")", "time(\"yesterday\" + \"\")", "time(\"\" + \"\")");
}

Test(convert, between_numbers)
{
	HOLD("int(2.9) == 2", "int(false) == 0", "float(-3) == -3.0", "int(-9223372036854775808.0) < 0");
	RAISE("convert", "int(9223372036854775808.0)", "int(-10000000000.0 * 10000000000.0)");
}

Test(convert, to_text)
{
	HOLD("text(\"a\") == \"a\"", "text(1.5) == \"1.5\"", "text(90s) == \"90s\" or text(90s) == \"1m30s\"",
	     "text(false) == \"no\"", "text(ip(\"192.0.2.1\")) == \"192.0.2.1\"", "text(ip(\"::\")) == \"\"",
	     "text([\"a\", \"b\"]) == \"[\\\"a\\\", \\\"b\\\"]\"", "text([\"k\": 1]) == \"[\\\"k\\\": 1]\"");
	body_strikes(LIMIT_textLength, 1000,
		     "var a: list[int]; for (i in 0..1000) { a.push(i); } return text(a) == \"\";");
}

Test(convert, with_a_fallback)
{
	HOLD("toInt(\"12\", 0) == 12", "toInt(\"\", -1) == -1", "toInt(\"99999999999999999999\", 5) == 5",
	     "toFloat(\"2\", 0.0) == 2.0", "toFloat(\"\", 0.25) == 0.25", "not isInt(\"\")", "isInt(\"-0\")");
}

Test(convert, to_any_base)
{
	HOLD("parseInt(\"-Zz\", 36) == -1295", "parseInt(\"101\", 2) == 5", "parseInt(\"+7\", 8) == 7",
	     "parseInt(\"7fffffffffffffff\", 16) == 9223372036854775807",
	     "parseInt(\"-8000000000000000\", 16) < 0");
	RAISE("convert", "parseInt(\"\", 10)", "parseInt(\"-\", 10)", "parseInt(\"2\", 2)", "parseInt(\"0x10\", 16)",
	      "parseInt(\"8000000000000000\", 16)", "parseInt(\"1 \", 10)");
	RAISE("argument", "parseInt(\"1\", 1)", "parseInt(\"1\", 37)");
}

/* What was wrong is shown, cut short, and harms no log. */
Test(convert, shows_what_was_wrong)
{
	const struct vm_failure *failure;
	struct world world;

	world_open(&world, "function a() { var x = int(\"\\n\\0\" + repeat(\"y\", 1000)); }");
	cr_assert_eq(world_call(&world, "a"), VM_FAILED);
	failure = vm_failure(world.vm);
	cr_expect_lt(failure->message.length, 300);
	cr_expect(text_find(failure->message, TEXT("\\x0A\\x00yyy"), 0) >= 0);
	world_close(&world);
}
