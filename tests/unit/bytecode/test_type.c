#include "bytecode/type.h"

#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct arena arena;
static struct type_table types;

static void setup(void)
{
	arena_init(&arena, 16 << 20, LIFETIME_PROGRAM);
	type_table_init(&types, &arena);
}

static void teardown(void)
{
	memory_fail_at(0, false);
	arena_reset(&arena);
}

TestSuite(type, .init = setup, .fini = teardown);

static const char *printed(const struct type *type)
{
	static char line[512];
	struct buffer out;

	buffer_init(&out, sizeof(line) - 1);
	type_print(type, &out);
	snprintf(line, sizeof(line), "%.*s", (int)out.length, out.data ? out.data : "");
	buffer_free(&out);
	return line;
}

Test(type, equal_types_are_one_pointer)
{
	const struct type *list = type_list(&types, &type_int);

	cr_assert_eq(list, type_list(&types, &type_int));
	cr_assert_neq(list, type_list(&types, &type_text));
	cr_assert_eq(type_list(&types, list), type_list(&types, list));
	cr_assert_eq(type_map(&types, &type_text, list), type_map(&types, &type_text, list));
	cr_assert_neq(type_map(&types, &type_text, list), type_map(&types, &type_int, list));
	cr_assert_neq(type_map(&types, &type_text, &type_int),
		      type_map(&types, &type_int, &type_text));
	cr_assert_neq(type_keyed(&types, TYPE_TABLE, &type_net, NULL),
		      type_keyed(&types, TYPE_CACHE, &type_net, NULL));
	cr_assert_neq(type_keyed(&types, TYPE_TABLE, &type_text, NULL),
		      type_keyed(&types, TYPE_TABLE, &type_text, &type_text));
}

Test(type, many_types_stay_distinct_while_the_table_grows)
{
	enum { MANY = 1000 };
	static struct record_type records[MANY];
	const struct type *made[MANY];

	for (unsigned i = 0; i < MANY; i++) {
		const struct type *record = type_record(&types, &records[i]);

		made[i] = record ? type_list(&types, record) : NULL;
		cr_assert(made[i]);
	}
	for (unsigned i = 0; i < MANY; i++) {
		cr_assert_eq(made[i], type_list(&types, type_record(&types, &records[i])));
		cr_assert_eq(made[i]->element->record, &records[i]);
		cr_assert(i == 0 || made[i] != made[i - 1]);
	}
}

Test(type, prints_as_a_script_writes_it)
{
	struct record_type reply = {"milter.Reply", 0, NULL};
	const struct type *list = type_list(&types, &type_int);

	cr_assert_str_eq(printed(&type_bool), "bool");
	cr_assert_str_eq(printed(&type_void), "nothing");
	cr_assert_str_eq(printed(type_map(&types, &type_text, list)), "map[text, list[int]]");
	cr_assert_str_eq(printed(type_keyed(&types, TYPE_TABLE, &type_net, NULL)), "table[net]");
	cr_assert_str_eq(printed(type_keyed(&types, TYPE_TABLE, &type_text, &type_int)),
			 "table[text, int]");
	cr_assert_str_eq(printed(type_list(&types, type_record(&types, &reply))),
			 "list[milter.Reply]");
	cr_assert_str_eq(printed(type_list(&types, type_variable(&types, 'T'))), "list[T]");
	cr_assert_str_eq(printed(&type_wrong), "?");
}

Test(type, variables_are_what_they_are_called)
{
	static const char names[] = "TKV";

	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(type_variable(&types, names[i])->kind, TYPE_VARIABLE);
		cr_assert_eq(type_variable(&types, names[i])->variable, names[i]);
	}
}

Test(type, names_find_scalar_types_only)
{
	static const struct {
		const char *name;
		const struct type *type;
	} known[] = {
		{"bool", &type_bool},
		{"int", &type_int},
		{"float", &type_float},
		{"text", &type_text},
		{"ip", &type_ip},
		{"net", &type_net},
		{"duration", &type_duration},
		{"time", &type_time},
		{"regex", &type_regex},
		{"json", &type_json},
		{"socket", &type_socket},
		{"milter", &type_milter},
		{"counter", &type_counter},
		{"rate", &type_rate},
		{"list", NULL},
		{"map", NULL},
		{"record", NULL},
		{"table", NULL},
		{"nothing", NULL},
		{"?", NULL},
		{"Int", NULL},
		{"", NULL},
		{"inte", NULL},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		cr_assert_eq(type_by_name(text_of_string(known[i].name, LIFETIME_PROGRAM)),
			     known[i].type, "%s", known[i].name);
}

Test(type, questions)
{
	const struct type *list = type_list(&types, &type_int);
	const struct type *map = type_map(&types, &type_int, &type_int);
	struct record_type empty = {"Empty", 0, NULL};

	cr_assert(type_is_object(list) && type_is_object(map));
	cr_assert(type_is_object(type_record(&types, &empty)));
	cr_assert(!type_is_object(&type_text) && !type_is_object(&type_socket));
	cr_assert(type_is_handle(&type_socket) && type_is_handle(&type_milter));
	cr_assert(!type_is_handle(&type_json));
	cr_assert(type_is_printable(&type_bool) && type_is_printable(&type_net));
	cr_assert(type_is_printable(&type_time) && type_is_printable(&type_duration));
	cr_assert(!type_is_printable(list) && !type_is_printable(&type_regex));
	cr_assert(!type_is_printable(&type_void) && !type_is_printable(&type_wrong));
}

Test(type, says_when_memory_has_ended)
{
	memory_fail_at(1, true);
	cr_assert_null(type_list(&types, &type_int));
	cr_assert_null(type_map(&types, &type_text, &type_int));
	memory_fail_at(0, false);
	cr_assert_not_null(type_list(&types, &type_int));
}
