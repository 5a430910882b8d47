#include "assemble.h"

#include "match/regex.h"
#include "vm/value.h"

#include <criterion/criterion.h>

struct assembled assembled;

static struct record_field pair_fields[2];
static const struct record_type pair_type = { "Pair", 2, pair_fields };
static union constant_bits constants[K_COUNT];
static struct constant rows[K_COUNT];
static const struct type *types[T_COUNT];
static struct code_global globals[G_COUNT];
static struct import imports[I_COUNT];
static const struct code_literal literals[] = {
	{ .text = { "text", 4, LIFETIME_PROGRAM }, .set = LITERAL_ALONE }
};
static uint32_t slots[1] = { G_POLICY };
static const struct type *push_types[2], *text_type[1], *log_type[1], *helper_types[2];
static const struct net net;

static void make_constant(unsigned number, const struct type *type, value v, const char *shown)
{
	memcpy(&constants[number], &v, sizeof(v));
	rows[number] = (struct constant){ type, shown };
	value_share(type, v);
}

static const struct regex *make_regex(void)
{
	char message[REGEX_MESSAGE_MAX];
	size_t offset;

	return regex_compile(TEXT("a"), TEXT_EMPTY, &assembled.arena, message, &offset);
}

static void make_constants(void)
{
	struct arena *arena = &assembled.arena;
	value pair = { .record = record_new(types[T_PAIR], arena) };

	make_constant(K_INT, &type_int, (value){ .i = 5 }, "5");
	make_constant(K_FLOAT, &type_float, (value){ .f = 1.5 }, "1.5");
	make_constant(K_TEXT, &type_text, (value){ .text = TEXT("abc") }, "\"abc\"");
	make_constant(K_IP, &type_ip, (value){ .ip = ip_of_v4((uint8_t[]){ 10, 0, 0, 1 }) }, "10.0.0.1");
	make_constant(K_NET, &type_net, (value){ .net = &net }, "net");
	make_constant(K_LIST, types[T_INTS], (value){ .list = list_new(types[T_INTS], 0, arena) }, "[]");
	make_constant(K_MAP, types[T_COUNTS], (value){ .map = map_new(types[T_COUNTS], arena) }, "[:]");
	make_constant(K_NETS, types[T_NETS], (value){ .list = list_new(types[T_NETS], 0, arena) }, "[]");
	make_constant(K_RECORD, types[T_PAIR], pair, "Pair()");
	make_constant(K_REGEX, &type_regex, (value){ .regex = make_regex() }, "re");
	make_constant(K_BOOL, &type_bool, (value){ .i = 1 }, "yes");
}

static void make_imports(void)
{
	push_types[0] = types[T_INTS];
	push_types[1] = &type_int;
	text_type[0] = &type_text;
	log_type[0] = &type_text;
	imports[I_LOWER] = (struct import){ IMPORT_BUILTIN, BUILTIN_text_lower, 1, text_type, { NULL },
					    &type_text, false };
	imports[I_PUSH] = (struct import){ IMPORT_BUILTIN, BUILTIN_list_push, 2, push_types,
					   { &type_int }, &type_void, true };
	imports[I_LOG] = (struct import){ IMPORT_BUILTIN, BUILTIN_log_info, 1, log_type, { NULL },
					  &type_void, false };
	imports[I_READ] = (struct import){ IMPORT_READ, VARIABLE_ehloHost, 0, NULL, { NULL },
					   &type_text, false };
	imports[I_WRITE] = (struct import){ IMPORT_WRITE, VARIABLE_headerName, 1, text_type, { NULL },
					    &type_void, false };
}

static void make_globals(void)
{
	globals[G_INT] = (struct code_global){ "n", &type_int, LIFETIME_SESSION, K_INT };
	globals[G_TEXT] = (struct code_global){ "t", &type_text, LIFETIME_MESSAGE, K_TEXT };
	globals[G_LIST] = (struct code_global){ "l", types[T_INTS], LIFETIME_SESSION, K_LIST };
	globals[G_POLICY] = (struct code_global){ "p", &type_text, LIFETIME_EVENT, K_TEXT };
}

static void make_functions(void)
{
	static const instruction helper[] = { I(ADD_INT_I, 0, 0, 1), I(RETURN, 0, 0, 0) };
	static const instruction nothing[] = { END };

	helper_types[0] = &type_int;
	helper_types[1] = &type_text;
	assembled.functions[0] = (struct code){ .name = "f", .cost = 1, .groups = CODE_NO_GROUPS, .result = &type_void };
	assembled.functions[1] = (struct code){ .name = "helper", .cost = 1, .instructions = helper, .length = 2, .registers = 2,
						.parameters = 2, .groups = CODE_NO_GROUPS,
						.parameter_types = helper_types, .result = &type_int };
	assembled.functions[2] = (struct code){ .name = "nothing", .cost = 1, .instructions = nothing, .length = 1,
						.groups = CODE_NO_GROUPS, .result = &type_void };
}

void assemble_open(void)
{
	arena_init(&assembled.arena, 1 << 24, LIFETIME_PROGRAM);
	type_table_init(&assembled.types, &assembled.arena);
	assembled.vocabulary = vocabulary_build(&assembled.types);
	types[T_INTS] = type_list(&assembled.types, &type_int);
	types[T_COUNTS] = type_map(&assembled.types, &type_text, &type_int);
	pair_fields[0] = (struct record_field){ "name", &type_text };
	pair_fields[1] = (struct record_field){ "items", types[T_INTS] };
	types[T_PAIR] = type_record(&assembled.types, &pair_type);
	types[T_NETS] = type_list(&assembled.types, &type_net);
	types[T_TEXTS] = type_list(&assembled.types, &type_text);
	types[T_INT] = &type_int;
	make_constants();
	make_imports();
	make_globals();
	make_functions();
	assembled.code = (struct program_code){
		.functions = assembled.functions, .function_count = 3,
		.constants = constants, .constant_rows = rows, .constant_count = K_COUNT,
		.types = types, .type_count = T_COUNT,
		.globals = globals, .global_count = G_COUNT,
		.imports = imports, .import_count = I_COUNT,
		.literals = literals, .literal_count = 1,
		.policy_slots = slots, .policy_count = 1,
		.session_start = NO_FUNCTION, .message_start = NO_FUNCTION,
		.error = assembled.vocabulary->error,
	};
	for (unsigned event = 0; event < EVENT_COUNT; event++)
		assembled.code.events[event] = NO_FUNCTION;
	assembled.program = (struct program){ .name = "test", .code = &assembled.code };
}

void assemble_close(void)
{
	arena_reset(&assembled.arena);
}

bool takes(unsigned registers, const instruction *instructions, uint32_t length)
{
	assembled.functions[0].instructions = instructions;
	assembled.functions[0].length = length;
	assembled.functions[0].registers = (uint16_t)registers;
	return verify(&assembled.program, assembled.vocabulary, assembled.message);
}
