/* Signatures, as scripts make and check them. */
#include "world.h"

#include "../authentication/keys.h"
#include "authentication/dkim.h"
#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct zone_row rows[] = {
	{ "rsa._domainkey.sender.example", "TXT", "t=y; p=" RSA_1024_PUBLIC },
};

static char key_path[32];

static void begin(void)
{
	int fd;

	world_zone = (struct zone){ rows, 1, 0 };
	strcpy(key_path, "/tmp/afsl-key.XXXXXX");
	fd = mkstemp(key_path);
	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, rsa_1024_private, sizeof(rsa_1024_private) - 1),
		     (ssize_t)sizeof(rsa_1024_private) - 1);
	close(fd);
}

static void end(void)
{
	unlink(key_path);
}

TestSuite(dkim, .init = begin, .fini = end);

/* A message at whose end `statement` runs; KEY in it stands for the key's path. */
static void open_message(struct world *world, const char *statement)
{
	const char *key = strstr(statement, "KEY");
	int before = key ? (int)(key - statement) : (int)strlen(statement);
	char source[1024];

	snprintf(source, sizeof(source), "event onDataReceived { %.*s%s%s }", before, statement,
		 key ? key_path : "", key ? key + 3 : "");
	world_open(world, source);
	world_begin_message(world);
	world_add_header(world, "From", " alice@sender.example");
}

/* With the nth allocation failing, for each n until the event succeeds, it fails with a limit. It
 * runs once before: what is made once and kept must not count. */
static void raise_in_want(struct world *world)
{
	enum vm_status status = VM_FAILED;

	cr_assert_eq(world_raise(world, EVENT_onDataReceived), VM_DONE);
	for (unsigned long n = 1; status == VM_FAILED && n < 1000; n++) {
		world_settle(world);
		memory_fail_at(n, false);
		status = world_raise(world, EVENT_onDataReceived);
		memory_fail_at(0, false);
		if (status == VM_FAILED)
			cr_expect(vm_failure(world->vm)->limit, "at allocation %lu", n);
	}
	cr_expect_eq(status, VM_DONE);
}

/* What addHeader("X", ...) has added last. */
static const char *last_added(struct world *world, char out[4096])
{
	const char *last = strstr(world_headers(world, out), "X: "), *next;

	cr_assert_not_null(last);
	while ((next = strstr(last + 1, "X: ")))
		last = next;
	return last + 3;
}

/* The value of a DKIM-Signature field of such a message. */
static void sign(char out[4096])
{
	struct world world;

	open_message(&world, "insertHeader(0, \"S\", dkim.sign(\"sender.example\", \"rsa\", "
			     "\"KEY\", identity: \"alice@mail.sender.example\"));");
	raise_in_want(&world);
	world_headers(&world, out);
	cr_assert_eq(strncmp(out, "S:", 2), 0);
	*strstr(out, "\nS:") = '\0'; /* that of the first time */
	memmove(out, out + 2, strlen(out));
	world_close(&world);
}

Test(dkim, what_is_signed_is_verified_also_in_want_of_memory)
{
	char signature[4096], out[4096];
	struct world world;

	sign(signature);
	open_message(&world,
		     "var s = dkim.verify()[0]; addHeader(\"X\", text.join([s.result, s.reason, "
		     "s.domain, s.selector, s.identity, s.algorithm, s.canonicalization, "
		     "text(s.keyBits), text(s.testing), text(s.unsignedBytes)], \" \"));");
	world_add_header(&world, "DKIM-Signature", signature);
	raise_in_want(&world);
	cr_expect_str_eq(last_added(&world, out),
			 "pass  sender.example rsa alice@mail.sender.example rsa-sha256 "
			 "relaxed/relaxed 1024 yes 0\n");
	world_close(&world);
}

Test(dkim, the_record_of_a_key_is_whole_or_none_in_want_of_memory)
{
	char out[4096];
	struct world world;

	open_message(&world, "addHeader(\"X\", dkim.record(\"KEY\"));");
	raise_in_want(&world);
	cr_expect_str_eq(last_added(&world, out), "v=DKIM1; k=rsa; p=" RSA_1024_PUBLIC "\n");
	world_close(&world);
}

/* Statements that must raise `kind`. */
static void expect_raised(const char *statement, const char *kind)
{
	struct world world;

	open_message(&world, statement);
	cr_expect_eq(world_raise(&world, EVENT_onDataReceived), VM_FAILED, "%s", statement);
	cr_expect(!vm_failure(world.vm)->limit &&
			  text_equals_string(vm_failure(world.vm)->kind, kind),
		  "%s", statement);
	world_close(&world);
}

Test(dkim, what_cannot_be_signed)
{
	expect_raised("dkim.sign(\"sender.example\", \"rsa\", \"KEY\", \"relaxed\");", "argument");
	expect_raised("dkim.sign(\"sender.example\", \"rsa\", \"KEY\", \"loose/simple\");",
		      "argument");
	expect_raised("dkim.sign(\"sender.example\", \"rsa\", \"KEY\", lifetime: -1s);",
		      "argument");
	expect_raised("dkim.sign(\"no domain\", \"rsa\", \"KEY\");", "argument");
	expect_raised("dkim.sign(\"sender.example\", \"rsa\", \"KEY.not\");", "key");
	expect_raised("dkim.record(\"/etc/hostname\");", "key");
}

/* Want of memory while the body passed: nothing is signed or judged as if there were none. */
Test(dkim, a_body_that_was_not_hashed_is_not_an_empty_one)
{
	static const char *const statements[] = {
		"dkim.verify();", "dkim.sign(\"sender.example\", \"rsa\", \"KEY\");"
	};

	for (size_t i = 0; i < 2; i++) {
		struct world world;

		open_message(&world, statements[i]);
		world.mail->message->body_size = 5;
		cr_expect_eq(world_raise(&world, EVENT_onDataReceived), VM_FAILED);
		cr_expect(vm_failure(world.vm)->limit);
		world_close(&world);
	}
}

/* What stands in the message now is signed: also a body that the filter has put there. */
Test(dkim, a_body_that_was_replaced)
{
	static const char with[] = "bh=";
	char out[4096], *other;
	struct world world;

	open_message(&world, "insertHeader(0, \"A\", dkim.sign(\"sender.example\", \"rsa\", "
			     "\"KEY\", lifetime: 60s)); replaceBody(\"new\\r\\n\"); ");
	cr_assert_eq(world_raise(&world, EVENT_onDataReceived), VM_DONE);
	world_headers(&world, out);
	other = strstr(out, with);
	cr_assert_not_null(other);
	cr_expect_eq(strncmp(other + 3, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", 44), 0,
		     "%s", out); /* nothing */
	cr_expect_not_null(strstr(out, " x="));
	world_close(&world);
	open_message(&world, "replaceBody(\"new\\r\\n\"); insertHeader(0, \"A\", "
			     "dkim.sign(\"sender.example\", \"rsa\", \"KEY\"));");
	cr_assert_eq(world_raise(&world, EVENT_onDataReceived), VM_DONE);
	other = strstr(world_headers(&world, out), with);
	cr_assert_not_null(other);
	cr_expect_eq(strncmp(other + 3, "n10bpI0v1cOqo5utB46akp8dKSUR+P68MI3vN8OECrI=", 44), 0,
		     "%s", out);
	world_close(&world);
}
