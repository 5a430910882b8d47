#include "world.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/afsl-tables-XXXXXX";

static void write_file(const char *name, const char *content)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	cr_assert(file);
	fputs(content, file);
	fclose(file);
}

static void make_files(void)
{
	cr_assert(mkdtemp(folder));
	write_file("names", "alice\nbob\n");
	write_file("owners", "a.example 10\nb.example ten\n");
	write_file("nets", "10.0.0.0/8 private\n10.1.0.0/16 lab\n");
	write_file("ports", "25\n587\n");
}

static void remove_files(void)
{
	static const char *const names[] = { "names", "owners", "nets", "ports" };
	char path[64];

	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

static const char source[] =
	"table names: text = \"file:names\";\n"
	"table owners: text -> int = \"file:owners\";\n"
	"table nets: net -> text = \"file:nets\";\n"
	"table ports: int = \"file:ports\";\n"
	"function sets() -> bool { return \"bob\" in names and \"x\" not in names and 25 in ports and not (26 in ports)\n"
	"  and names.has(\"alice\") and names.contains(\"alice\") and length(names) == 2; }\n"
	"function keyed() -> bool { return owners.get(\"a.example\", 0) == 10 and owners.get(\"x\", 7) == 7 and owners.has(\"b.example\"); }\n"
	"function wrong() -> bool { return owners.get(\"b.example\", 0) == 10; }\n"
	"function networks(a: ip) -> bool { return a in nets and nets.get(a, \"\") == \"lab\" and nets.has(a) and nets.contains(a); }\n"
	"function addresses() -> bool { return networks(\"10.1.2.3\") and nets.get(ip(\"10.2.0.1\"), \"\") == \"private\"\n"
	"  and ip(\"192.0.2.1\") not in nets and nets.get(ip(\"::\"), \"none\") == \"none\"; }\n";

static void open_tables(struct world *world)
{
	static const struct {
		const char *file;
		enum table_key key;
		bool keyed;
	} tables[] = { { "file:names", TABLE_TEXT, false },
		       { "file:owners", TABLE_TEXT, true },
		       { "file:nets", TABLE_NET, true },
		       { "file:ports", TABLE_INT, false } };

	for (unsigned i = 0; i < 4; i++) {
		world->tables[i] = table_open(tables[i].file, folder, tables[i].key,
					      tables[i].keyed, (struct span){ 0 },
					      &world->diagnostics);
		cr_assert_not_null(world->tables[i]);
	}
}

static void check(struct world *world, const char *function)
{
	enum vm_status status = world_call(world, function);

	struct text why = status == VM_FAILED ? vm_failure(world->vm)->message : TEXT_EMPTY;

	cr_expect_eq(status, VM_DONE, "%s: %.*s", function, TEXT_PRINTF(why));
	if (status == VM_DONE)
		cr_expect(vm_result(world->vm).i, "%s", function);
}

Test(table, looks_up, .init = make_files, .fini = remove_files)
{
	struct world world;

	world_open(&world, source);
	open_tables(&world);
	check(&world, "sets");
	check(&world, "keyed");
	check(&world, "addresses");
	cr_assert_eq(world_call(&world, "wrong"), VM_FAILED);
	cr_expect(text_equals_string(vm_failure(world.vm)->kind, "convert"));
	for (unsigned i = 0; i < 4; i++)
		table_close(world.tables[i]);
	world_close(&world);
}

/* ---- databases ---- */

static const char of_databases[] =
	"table owners: text -> text = \"sqlite:owners.db:SELECT name FROM owners WHERE id = ?\";\n"
	"table numbers: int -> int = \"sqlite:owners.db:SELECT name FROM owners WHERE id = ?\";\n"
	"function keyed() -> bool { return owners.get(\"a\", \"-\") == \"alice\" and owners.get(\"x\", \"-\") == \"-\"\n"
	"  and \"a\" in owners and not (\"x\" in owners) and owners.has(\"a\") and owners.contains(\"5\"); }\n"
	"function numbered() -> bool { return numbers.get(5, 0) == 7 and numbers.get(6, -1) == -1 and 5 in numbers; }\n"
	"function wrong() -> bool { return numbers.get(8, 0) == 0; }\n"
	"function counted() -> bool { return length(owners) == 3; }\n";

static void make_database(void)
{
	char line[500];

	make_files();
	snprintf(line, sizeof(line),
		 "sqlite3 %s/owners.db \"CREATE TABLE owners(id TEXT PRIMARY KEY, name); INSERT INTO "
		 "owners VALUES('a', 'alice'), ('5', '7'), ('8', 'eight')\"",
		 folder);
	cr_assert_eq(system(line), 0);
}

static void remove_database(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/owners.db", folder);
	unlink(path);
	remove_files();
}

static void expect_error(struct world *world, const char *function, const char *kind)
{
	cr_assert_eq(world_call(world, function), VM_FAILED, "%s", function);
	cr_expect(text_equals_string(vm_failure(world->vm)->kind, kind), "%s: %.*s", function,
		  TEXT_PRINTF(vm_failure(world->vm)->kind));
}

/* Whoever has no memory for a key has not looked for it. */
static void expect_no_lie_without_memory(struct world *world, const char *function)
{
	bool struck = true;

	for (unsigned long n = 1; struck; n++) {
		memory_fail_at(n, false);
		enum vm_status status = world_call(world, function);
		struck = memory_count() >= n;
		memory_fail_at(0, false);
		cr_assert(status == VM_FAILED || vm_result(world->vm).i, "%s: allocation %lu", function, n);
		world_settle(world);
	}
}

Test(table, asks_a_database, .init = make_database, .fini = remove_database)
{
	static const char query[] = "sqlite:owners.db:SELECT name FROM owners WHERE id = ?";
	struct world world;

	world_open(&world, of_databases);
	for (unsigned i = 0; i < 2; i++) {
		world.tables[i] = table_open(query, folder, i ? TABLE_INT : TABLE_TEXT, true,
					     (struct span){ 0 }, &world.diagnostics);
		cr_assert_not_null(world.tables[i]);
	}
	check(&world, "keyed");
	check(&world, "numbered");
	expect_error(&world, "wrong", "convert");
	expect_error(&world, "counted", "io");
	expect_no_lie_without_memory(&world, "keyed");
	expect_no_lie_without_memory(&world, "numbered");
	table_close(world.tables[0]);
	table_close(world.tables[1]);
	world_close(&world);
}
