/* Keys of files: read once, and never without looking who may read them. */
#include "builtins/private_key.h"

#include "../authentication/keys.h"
#include "world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/afsl-kept-keys.XXXXXX", path[64];
static struct world world;

static void write_key(const char *pem, mode_t mode)
{
	FILE *file = fopen(path, "w");

	cr_assert_not_null(file);
	fputs(pem, file);
	fclose(file);
	cr_assert_eq(chmod(path, mode), 0);
}

static void begin(void)
{
	char source[200];

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/key", folder);
	snprintf(source, sizeof(source), "function probe() -> text { return dkim.record(\"%s\"); }",
		 path);
	world_open(&world, source);
	private_keys_forget();
}

static void end(void)
{
	world_close(&world);
	unlink(path);
	rmdir(folder);
}

TestSuite(private_key, .init = begin, .fini = end);

static void record_has(const char *public)
{
	cr_assert_eq(world_call(&world, "probe"), VM_DONE, "%.*s",
		     TEXT_PRINTF(vm_failure(world.vm)->message));
	cr_expect_geq(
		text_find(vm_result(world.vm).text, text_of_string(public, LIFETIME_EVENT), 0), 0,
		"%.*s", TEXT_PRINTF(vm_result(world.vm).text));
}

static void raises(const char *message)
{
	cr_assert_eq(world_call(&world, "probe"), VM_FAILED);
	cr_expect_geq(text_find(vm_failure(world.vm)->message,
				text_of_string(message, LIFETIME_EVENT), 0),
		      0, "%.*s", TEXT_PRINTF(vm_failure(world.vm)->message));
}

Test(private_key, is_read_once)
{
	write_key(ed25519_private, 0600);
	for (int i = 0; i < 5; i++)
		record_has(ED25519_PUBLIC);
	cr_expect_eq(private_keys_forget(), 1);
}

Test(private_key, is_read_again_when_the_file_has_changed)
{
	write_key(ed25519_private, 0600);
	record_has(ED25519_PUBLIC);
	write_key(rsa_1024_private, 0600);
	record_has(RSA_1024_PUBLIC);
	record_has(RSA_1024_PUBLIC);
	cr_expect_eq(private_keys_forget(), 2);
}

Test(private_key, is_not_given_out_when_the_file_may_not_be_read)
{
	write_key(ed25519_private, 0600);
	record_has(ED25519_PUBLIC);
	chmod(path, 0640);
	raises("others may read it");
	unlink(path);
	raises("there is no such file");
	write_key("no key", 0600);
	raises("it holds no private key");
	private_keys_forget();
}

Test(private_key, there_are_never_too_many)
{
	char name[80], source[8192] =
			       "function probe() -> text { var all = \"\"; for (i in 0..100) {"
			       " all = dkim.record(\"";

	write_key(ed25519_private, 0600);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%s%d", path, i);
		cr_assert_eq(link(path, name), 0);
	}
	world_close(&world);
	strcat(source, path);
	strcat(source, "%{i}\"); } return all; }");
	world_open(&world, source);
	for (int i = 0; i < 2; i++)
		record_has(ED25519_PUBLIC);
	cr_expect_eq(private_keys_forget(), 200, "64 are kept, and the 65th pushes the first out");
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%s%d", path, i);
		unlink(name);
	}
}
