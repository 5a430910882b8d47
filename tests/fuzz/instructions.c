#include "instructions.h"

#include "bytecode/verify.h"

#include <stdlib.h>

enum { SCRATCH = 24, REGISTERS_MAX = 200, TRIES = 400 };

static uint32_t state = 20260101;

static uint32_t draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

/* ---- registers ---- */

/* bool, int, duration and time are one to the VM. */
static const struct type *plain(const struct type *type)
{
	switch (type->kind) {
	case TYPE_BOOL:
	case TYPE_DURATION:
	case TYPE_TIME:
		return &type_int;
	default:
		return type;
	}
}

/* A constant of that type, or -1. */
static int64_t constant_of(const struct workshop *workshop, const struct type *type, uint32_t from)
{
	const struct program_code *code = workshop->script.program->code;

	for (uint32_t i = 0; i < code->constant_count; i++) {
		uint32_t number = (from + i) % code->constant_count;

		if (plain(code->constant_rows[number].type) == type)
			return number;
	}
	return -1;
}

static void lay(struct workshop *workshop, const struct type *type)
{
	int64_t number = constant_of(workshop, plain(type), workshop->registers * 7);

	if (number < 0 || workshop->registers == REGISTERS_MAX)
		abort();
	workshop->types[workshop->registers] = plain(type);
	workshop->start[workshop->start_length++] =
		instruction_make_wide(OP_LOAD_CONSTANT, workshop->registers++, number);
}

/* Windows as instructions want them: one to compare with, parts to be put in, a place to walk from.
 */
static void lay_windows(struct workshop *workshop, const struct type *type)
{
	lay(workshop, type);
	lay(workshop, type);
	if (type->kind == TYPE_LIST) {
		lay(workshop, type->element);
		lay(workshop, type->element);
		lay(workshop, type);
		lay(workshop, &type_int);
	} else if (type->kind == TYPE_MAP) {
		lay(workshop, type->key);
		lay(workshop, type->element);
		lay(workshop, type);
		lay(workshop, &type_int);
	} else if (type->kind == TYPE_RECORD) {
		for (unsigned i = 0; i < type->record->field_count; i++)
			lay(workshop, type->record->fields[i].type);
	}
}

static bool is_laid(const struct workshop *workshop, const struct type *type)
{
	for (unsigned i = 0; i < workshop->registers; i++)
		if (workshop->types[i] == type)
			return true;
	return false;
}

static void lay_all(struct workshop *workshop)
{
	const struct program_code *code = workshop->script.program->code;

	for (uint32_t i = 0; i < code->constant_count; i++)
		if (!is_laid(workshop, plain(code->constant_rows[i].type)))
			lay_windows(workshop, plain(code->constant_rows[i].type));
	for (int i = 0; i < REGEX_GROUPS; i++)
		lay(workshop, &type_text);
	lay(workshop, &type_int);
}

unsigned workshop_register(const struct workshop *workshop, const struct type *type, unsigned n)
{
	for (unsigned i = 0; i < workshop->registers; i++) {
		unsigned number = (n + i) % workshop->registers;

		if (workshop->types[number] == plain(type))
			return number;
	}
	return 0; /* the verifier will say so */
}

/* ---- operands ---- */

static bool kind_fits(enum operand operand, const struct type *type)
{
	switch (operand) {
	case OPERAND_INT_TO:
	case OPERAND_INT:
	case OPERAND_INT_TOO:
		return type == &type_int;
	case OPERAND_FLOAT_TO:
	case OPERAND_FLOAT:
		return type == &type_float;
	case OPERAND_TEXT_TO:
	case OPERAND_TEXT:
		return type == &type_text;
	case OPERAND_IP:
		return type == &type_ip;
	case OPERAND_NET:
		return type == &type_net;
	case OPERAND_REGEX:
		return type == &type_regex;
	case OPERAND_LIST:
		return type->kind == TYPE_LIST;
	case OPERAND_MAP:
		return type->kind == TYPE_MAP;
	case OPERAND_RECORD:
		return type->kind == TYPE_RECORD;
	case OPERAND_OBJECT:
		return type_is_object(type);
	default:
		return true;
	}
}

static uint32_t some_register(const struct workshop *workshop, enum operand operand)
{
	for (int tries = 0; tries < 200; tries++) {
		uint32_t number = draw(workshop->registers);

		if (kind_fits(operand, workshop->types[number]))
			return number;
	}
	return 0;
}

static uint32_t some_number(const struct workshop *workshop, enum operand operand)
{
	const struct program_code *code = workshop->script.program->code;

	switch (operand) {
	case OPERAND_COUNT:
		return draw(4);
	case OPERAND_PIECES:
		return draw(16);
	case OPERAND_SMALL:
	case OPERAND_DIVISOR:
	case OPERAND_WIDE:
		return draw(4) ? draw(9) - 4 : draw(UINT32_MAX);
	case OPERAND_KIND:
		return draw(TYPE_KIND_COUNT);
	case OPERAND_TYPE:
		return draw(code->type_count);
	case OPERAND_FIELD:
		return draw(3);
	case OPERAND_CONSTANT16:
	case OPERAND_CONSTANT32:
		return draw(code->constant_count);
	case OPERAND_GLOBAL32:
		return draw(code->global_count);
	case OPERAND_LITERAL:
		return draw(code->literal_count);
	case OPERAND_IMPORT:
		return draw(code->import_count);
	case OPERAND_NONE:
	case OPERAND_JUMP16:
	case OPERAND_JUMP32:
		return 0;
	default:
		return some_register(workshop, operand);
	}
}

static bool is_wide(enum operand operand)
{
	return operand == OPERAND_WIDE || operand == OPERAND_CONSTANT32 ||
	       operand == OPERAND_GLOBAL32 || operand == OPERAND_JUMP32;
}

static instruction some_instruction(const struct workshop *workshop, enum opcode op)
{
	const enum operand *operands = opcode_rows[op].operands;
	uint32_t a = some_number(workshop, operands[0]), b = some_number(workshop, operands[1]);

	if (is_wide(operands[1]))
		return instruction_make_wide(op, a, (int32_t)b);
	return instruction_make(op, a, b, some_number(workshop, operands[2]));
}

/* ---- snippets ---- */

bool workshop_take(struct workshop *workshop, const instruction *code, unsigned length)
{
	char message[VERIFY_MESSAGE_MAX];

	workshop->function->instructions = code;
	workshop->function->ready = workshop->ready;
	workshop->function->length = length;
	return length <= WORKSHOP_CODE_MAX && verify(workshop->script.program, workshop->words, message);
}

/* Reads every register as what it is. */
static unsigned add_reads(const struct workshop *workshop, instruction *code)
{
	const struct program_code *program = workshop->script.program->code;
	unsigned length = 0;

	for (unsigned i = 0; i < workshop->registers; i++)
		for (uint32_t type = 0; type < program->type_count; type++)
			if (plain(program->types[type]) == workshop->types[i]) {
				code[length++] =
					instruction_make(OP_MOVE, workshop->registers, i, 0);
				code[length++] =
					instruction_make(OP_MOVE, workshop->registers + 1, i, 0);
				code[length++] =
					instruction_make(OP_EQUALS, workshop->registers + 2,
							 workshop->registers, type);
				break;
			}
	code[length++] =
		instruction_make(OP_RETURN, workshop_register(workshop, &type_text, 0), 0, 0);
	return length;
}

static bool is_right(struct workshop *workshop, const struct snippet *snippet)
{
	static instruction code[5 * REGISTERS_MAX];
	unsigned length = workshop->start_length;

	memcpy(code, workshop->start, length * sizeof(*code));
	memcpy(code + length, snippet->code, snippet->length * sizeof(*code));
	length += snippet->length;
	length += add_reads(workshop, code + length);
	return workshop_take(workshop, code, length);
}

static void keep(struct workshop *workshop, enum opcode op, const struct snippet *snippet)
{
	struct snippet **list = &workshop->snippets[op];

	if (!*list)
		*list = calloc(SNIPPETS_PER_OPCODE, sizeof(**list));
	if (!*list)
		abort();
	if (workshop->counts[op] < SNIPPETS_PER_OPCODE && is_right(workshop, snippet))
		(*list)[workshop->counts[op]++] = *snippet;
}

/* Arguments are moved behind the registers in use; objects are shared by it. */
static void try_call(struct workshop *workshop, enum opcode op, unsigned number,
		     const struct type *const *types, unsigned count, const struct type *result)
{
	struct snippet snippet = { .length = 0 };

	if (count >= SNIPPET_MAX)
		return;
	for (unsigned i = 0; i < count; i++)
		snippet.code[snippet.length++] = instruction_make(
			type_is_object(types[i]) && draw(2) ? OP_MOVE_SHARED : OP_MOVE,
			workshop->registers + i,
			workshop_register(workshop, types[i], draw(REGISTERS_MAX)), 0);
	snippet.code[snippet.length++] =
		instruction_make(op,
				 result->kind == TYPE_VOID
					 ? workshop->registers + SCRATCH - 1
					 : workshop_register(workshop, result, draw(REGISTERS_MAX)),
				 number, workshop->registers);
	keep(workshop, op, &snippet);
}

static void make_calls(struct workshop *workshop)
{
	const struct program_code *code = workshop->script.program->code;

	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < code->function_count; i++)
			if (&code->functions[i] != workshop->function)
				try_call(workshop, OP_CALL, i, code->functions[i].parameter_types,
					 code->functions[i].parameters, code->functions[i].result);
		for (uint32_t i = 0; i < code->import_count; i++)
			if (code->imports[i].kind == IMPORT_BUILTIN)
				try_call(workshop, OP_CALL_BUILTIN, i,
					 code->imports[i].argument_types,
					 code->imports[i].argument_count, code->imports[i].result);
	}
}

static bool is_jump(enum opcode op)
{
	const enum operand *operands = opcode_rows[op].operands;

	return operands[1] == OPERAND_JUMP32 || operands[2] == OPERAND_JUMP16;
}

/* Those whose form the target itself makes. */
static bool is_shape(enum opcode op)
{
	return op == OP_CALL || op == OP_CALL_BUILTIN || op == OP_ENTER_LOOP || op == OP_LOOP ||
	       op == OP_NEXT_RANGE || op == OP_FORK || op == OP_YIELD || op == OP_YIELD_VOID ||
	       op == OP_JOIN || op == OP_TAKE || (opcode_ends_flow(op) && op != OP_JUMP);
}

static void make_snippets(struct workshop *workshop)
{
	for (unsigned op = 0; op < OPCODE_COUNT; op++)
		for (int tries = 0; tries < TRIES && !is_shape((enum opcode)op) &&
				    workshop->counts[op] < SNIPPETS_PER_OPCODE;
		     tries++) {
			struct snippet snippet = { .length = 1, .jumps = is_jump((enum opcode)op) };

			snippet.code[0] = some_instruction(workshop, (enum opcode)op);
			keep(workshop, (enum opcode)op, &snippet);
		}
	make_calls(workshop);
}

static void find_words(struct workshop *workshop)
{
	static struct type_table types;
	static struct arena arena;

	arena_init(&arena, 1 << 24, LIFETIME_PROGRAM);
	type_table_init(&types, &arena);
	workshop->words = vocabulary_build(&types);
}

void workshop_open(struct workshop *workshop, const char *source)
{
	struct code *code;

	script_open(&workshop->script, source);
	find_words(workshop);
	workshop->start = calloc(REGISTERS_MAX, sizeof(*workshop->start));
	workshop->types = calloc(REGISTERS_MAX, sizeof(*workshop->types));
	workshop->ready = calloc(WORKSHOP_CODE_MAX, sizeof(*workshop->ready));
	if (!workshop->start || !workshop->types || !workshop->ready || !workshop->words)
		abort();
	code = (struct code *)(uintptr_t)workshop->script.program->code->functions;
	workshop->function = code + script_function(&workshop->script, "f");
	lay_all(workshop);
	workshop->function->registers = (uint16_t)(workshop->registers + SCRATCH);
	workshop->function->groups = (uint16_t)(workshop->registers - 1 - REGEX_GROUPS);
	workshop->function->try_count = workshop->function->local_count = 0;
	workshop->function->line_count = workshop->function->statement_count = 0;
	make_snippets(workshop);
}
