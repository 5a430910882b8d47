/* Authentication-Results and DMARC, as scripts see them. */
#include "world.h"

#include <criterion/criterion.h>

static const struct zone_row rows[] = {
	{ "_dmarc.b.example", "TXT", "v=DMARC1; p=quarantine" },
	{ "_dmarc.fails.example", "ANY", NULL },
};

static void begin(void)
{
	world_zone = (struct zone){ rows, sizeof(rows) / sizeof(*rows), 0 };
}

TestSuite(auth, .init = begin);

Test(auth, what_is_written_can_be_read)
{
	HOLD("auth.read(auth.write(\"mx.example\", [])).server == \"mx.example\"",
	     "auth.read(auth.write(\"mx\", [auth.Result(name: \"dkim\", result: \"fail\", reason: "
	     "\"a; b\", "
	     "properties: [\"header.d\": \"x\", \"header.i\": \"a b@x\"])])).results[0].properties "
	     "== [\"header.d\": \"x\", \"header.i\": \"a b@x\"]",
	     "auth.read(\"nonsense nonsense\").problem != \"\"");
	RAISE("argument", "auth.write(\"two words\", [])", "auth.write(\"\", [])",
	      "auth.write(\"mx\", [auth.Result(name: \"a b\", result: \"\", reason: \"\", "
	      "properties: [:])])");
}

Test(auth, dmarc)
{
	HOLD("dmarc.check([\"a@b.example\"], \"pass\", \"b.example\", []).spfAligned",
	     "dmarc.check([\"a@b.example\"], \"fail\", \"b.example\", []).disposition == "
	     "\"quarantine\"",
	     "dmarc.check([\"a@fails.example\"], \"fail\", \"\", []).result == \"temperror\"",
	     "dmarc.check([\"a@b.example\"], \"temperror\", \"b.example\", []).result == "
	     "\"temperror\"",
	     "dmarc.check([\"a@b.example\", \"a@b.example\"], \"pass\", \"b.example\", []).reason "
	     "== "
	     "\"more than one From field\"",
	     "dmarc.check([], \"pass\", \"b.example\", []).result == \"permerror\"",
	     "length(dmarc.authors(\"nobody\")) == 0");
}

Test(auth, survives_want_of_memory)
{
	body_survives_want("return auth.read(\"mx; spf=pass smtp.mailfrom=\\\"a "
			   "b\\\"@c\").results[0].name == \"spf\";");
	body_survives_want("return auth.write(\"mx\", [auth.Result(name: \"spf\", result: "
			   "\"pass\", reason: \"x\", "
			   "properties: [\"a.b\": \"c\"])]) != \"\";");
	body_survives_want("return dmarc.check([\"a@b.example\"], \"fail\", \"\", []).policy == "
			   "\"quarantine\";");
}

Test(auth, forged_fields_are_removed)
{
	struct world world;
	char out[4096];

	world_open(&world, "event onDataReceived { addHeader(\"X-Removed\", "
			   "text(auth.removeForged(\"mx.here.example\"))); }");
	world_begin_message(&world);
	world_add_header(&world, "Authentication-Results", " mx.here.example; spf=pass");
	world_add_header(&world, "X", " 1");
	world_add_header(&world, "AUTHENTICATION-RESULTS", "\n\tMX.here.example 1;\n spf=pass");
	world_add_header(&world, "Authentication-Results", " other.example; spf=pass");
	world_add_header(&world, "Authentication-Results", " ;");
	cr_assert_eq(world_raise(&world, EVENT_onDataReceived), VM_DONE);
	cr_expect_str_eq(world_headers(&world, out),
			 "X: 1\nAuthentication-Results: other.example; spf=pass\nX-Removed: 3\n");
	world_settle(&world);
	world_close(&world);
}
