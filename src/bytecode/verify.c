/* The program around its functions: tables, imports, entry points. */
#include "bytecode/verify_state.h"
#include "match/literals.h"

#include <stdarg.h>
#include <stdio.h>

enum { SCRATCH_CAP = 1 << 30 };

void verify_say(struct verifier *v, const char *format, ...)
{
	size_t used = 0;
	va_list arguments;

	if (v->function)
		used = (size_t)snprintf(v->message, VERIFY_MESSAGE_MAX,
					"%.80s+%u: ", v->function->name, v->pc);
	va_start(arguments, format);
	vsnprintf(v->message + used, VERIFY_MESSAGE_MAX - used, format, arguments);
	va_end(arguments);
}

/* ---- imports: is this how the vocabulary declares it ---- */

static unsigned type_variable_number(char variable)
{
	return variable == 'T' ? 0 : variable == 'K' ? 1 : 2;
}

/* `declared` may hold T, K, V, which stand for the import's type arguments. Depth is that of the
 * declared type. */
static bool type_fits(const struct import *import, const struct type *declared,
		      const struct type *actual)
{
	if (!actual)
		return false;
	if (declared->kind == TYPE_VARIABLE)
		return actual == import->type_arguments[type_variable_number(declared->variable)];
	if (declared->kind != actual->kind)
		return false;
	if (declared->kind == TYPE_RECORD)
		return strcmp(declared->record->name, actual->record->name) == 0 &&
		       declared->record->field_count == actual->record->field_count;
	if (declared->key && !type_fits(import, declared->key, actual->key))
		return false;
	if (declared->kind == TYPE_TABLE && !actual->element) /* a set has none */
		return true;
	return !declared->element || type_fits(import, declared->element, actual->element);
}

static bool verify_builtin(struct verifier *v, const struct import *import)
{
	const struct signature *signature;

	if (import->id >= BUILTIN_COUNT)
		return verify_refuse(v, "import of builtin %u", import->id);
	signature = &v->vocabulary->builtins[import->id];
	if (import->argument_count != signature->count ||
	    import->changes != (signature->count && signature->parameters[0].inout) ||
	    !type_fits(import, signature->result, import->result))
		return verify_refuse(v, "import of %s: wrong shape", builtin_rows[import->id].id);
	for (unsigned i = 0; i < import->argument_count; i++)
		if (!type_fits(import, signature->parameters[i].type, import->argument_types[i]))
			return verify_refuse(v, "import of %s: type of argument %u",
					     builtin_rows[import->id].id, i + 1);
	return true;
}

static bool verify_variable(struct verifier *v, const struct import *import)
{
	bool write = import->kind == IMPORT_WRITE;
	const struct type *type;

	if (import->id >= VARIABLE_COUNT || import->argument_count != (unsigned)write ||
	    import->changes)
		return verify_refuse(v, "import of variable %u", import->id);
	type = write ? import->argument_types[0] : import->result;
	if (!type_fits(import, v->vocabulary->variables[import->id], type))
		return verify_refuse(v, "import of %s: wrong type", variable_rows[import->id].name);
	return true;
}

bool verify_imports(struct verifier *v)
{
	for (uint32_t i = 0; i < v->code->import_count; i++) {
		const struct import *import = &v->code->imports[i];

		if (!import->result)
			return verify_refuse(v, "import %u has no result type", i);
		if (!(import->kind == IMPORT_BUILTIN ? verify_builtin(v, import)
						     : verify_variable(v, import)))
			return false;
	}
	return true;
}

/* ---- tables ---- */

static bool names_shared(const struct verifier *v, uint32_t constant, const struct type *type)
{
	uint64_t number = (uint64_t)v->code->constants[constant].i;

	return number < v->program->shared_count && v->program->shared[number].type == type;
}

static bool verify_constants(struct verifier *v)
{
	for (uint32_t i = 0; i < v->code->constant_count; i++) {
		const struct type *type = v->code->constant_rows[i].type;

		if (!type || type->kind == TYPE_VOID || type->kind >= TYPE_WRONG)
			return verify_refuse(v, "constant %u has no type", i);
		if ((type_is_object(type) || type->kind == TYPE_NET || type->kind == TYPE_REGEX) &&
		    !v->code->constants[i].pointer)
			return verify_refuse(v, "constant %u is nothing", i);
		if (type->kind == TYPE_TABLE &&
		    (uint64_t)v->code->constants[i].i >= v->program->table_count)
			return verify_refuse(v, "constant %u names no table", i);
		if (type_is_shared(type) && !names_shared(v, i, type))
			return verify_refuse(v, "constant %u names no shared variable", i);
	}
	return true;
}

/* Leaving out jumps of a chain must come to the same as making them. */
static bool leads_to(const struct verifier *v, const struct code_literal *row)
{
	const struct code_literal *next = row + 1;
	const struct code *code = &v->code->functions[row->function];
	instruction from = code->instructions[row->pc], to = code->instructions[next->pc];

	return instruction_a(from) == instruction_a(to) && next->function == row->function &&
	       next->pc == row->pc + 1 + instruction_c(from) && next->set == row->set &&
	       next->bit == row->bit + 1 && next->last == row->last;
}

static bool is_its_jump(const struct verifier *v, uint32_t number)
{
	const struct code_literal *row = &v->code->literals[number];
	const struct code *code;

	if (row->function >= v->code->function_count)
		return false;
	code = &v->code->functions[row->function];
	return row->pc < code->length && instruction_op(code->instructions[row->pc]) == OP_JUMP_LACKS &&
	       instruction_b(code->instructions[row->pc]) == number;
}

static bool verify_chain(struct verifier *v, uint32_t number)
{
	const struct code_literal *row = &v->code->literals[number];

	if (row->last <= number)
		return true;
	return (row->last < v->code->literal_count && is_its_jump(v, number) &&
		is_its_jump(v, number + 1) && leads_to(v, row)) ||
	       verify_refuse(v, "the chain of literal %u", number);
}

static bool verify_literals(struct verifier *v)
{
	for (uint32_t i = 0; i < v->code->literal_count; i++) {
		const struct code_literal *row = &v->code->literals[i];

		if (!verify_chain(v, i))
			return false;
		if (row->set == LITERAL_ALONE && !row->fold)
			continue;
		if (row->set >= v->code->literal_set_count ||
		    row->bit / 64 >= literals_words(v->code->literal_sets[row->set]))
			return verify_refuse(v, "literal %u is in no set", i);
	}
	return true;
}

static bool verify_globals(struct verifier *v)
{
	for (uint32_t i = 0; i < v->code->global_count; i++) {
		const struct code_global *global = &v->code->globals[i];

		if (!global->type || global->first >= v->code->constant_count ||
		    v->code->constant_rows[global->first].type != global->type)
			return verify_refuse(v, "variable %u has no first value of its type", i);
		if (global->lifetime > LIFETIME_SESSION ||
		    (global->lifetime == LIFETIME_EVENT && global->type != &type_text))
			return verify_refuse(v, "variable %u has a wrong lifetime", i);
	}
	for (uint32_t i = 0; i < v->code->policy_count; i++)
		if (v->code->policy_slots[i] >= v->code->global_count ||
		    v->code->globals[v->code->policy_slots[i]].lifetime != LIFETIME_EVENT)
			return verify_refuse(v, "policy slot %u is no slot", i);
	return true;
}

static bool verify_entry(struct verifier *v, uint16_t function)
{
	if (function == NO_FUNCTION)
		return true;
	if (function >= v->code->function_count || v->code->functions[function].parameters != 0)
		return verify_refuse(v, "entry point %u cannot be called", function);
	return true;
}

static bool verify_entries(struct verifier *v)
{
	for (unsigned event = 0; event < EVENT_COUNT; event++)
		if (!verify_entry(v, v->code->events[event]))
			return false;
	return verify_entry(v, v->code->session_start) && verify_entry(v, v->code->message_start);
}

static bool verify_error_type(struct verifier *v)
{
	const struct type *error = v->code->error;
	const struct record_type *record;

	if (!error)
		return true;
	record = error->kind == TYPE_RECORD ? error->record : NULL;
	if (!record || record->field_count != 4 || record->fields[0].type != &type_text ||
	    record->fields[1].type != &type_text || record->fields[2].type != &type_int ||
	    record->fields[3].type != &type_bool)
		return verify_refuse(v, "record Error has other fields");
	return true;
}

/* What calls rely on, before any code is looked at. */
static bool verify_signatures(struct verifier *v)
{
	for (uint32_t i = 0; i < v->code->type_count; i++)
		if (!v->code->types[i])
			return verify_refuse(v, "type %u is missing", i);
	for (uint32_t i = 0; i < v->code->function_count; i++) {
		const struct code *function = &v->code->functions[i];

		if (!function->name || !function->result)
			return verify_refuse(v, "function %u has no name or result", i);
		for (unsigned n = 0; n < function->parameters; n++)
			if (!function->parameter_types[n])
				return verify_refuse(v, "function %u: parameter %u has no type", i,
						     n);
	}
	return true;
}

static bool verify_functions(struct verifier *v)
{
	bool right = true;

	for (uint32_t i = 0; right && i < v->code->function_count; i++) {
		right = verify_function(v, &v->code->functions[i]);
		arena_reset(&v->scratch);
	}
	return right;
}

static bool find_vocabulary(struct verifier *v, struct type_table *types, struct arena *arena)
{
	if (v->vocabulary)
		return true;
	type_table_init(types, arena);
	v->vocabulary = vocabulary_build(types);
	return v->vocabulary || verify_refuse(v, "memory has ended");
}

bool verify(const struct program *program, const struct vocabulary *vocabulary,
	    char message[VERIFY_MESSAGE_MAX])
{
	struct verifier v = { .program = program,
			      .code = program->code,
			      .vocabulary = vocabulary,
			      .message = message };
	struct type_table types;
	struct arena words;
	bool right;

	arena_init(&words, SCRATCH_CAP, LIFETIME_EVENT);
	arena_init(&v.scratch, SCRATCH_CAP, LIFETIME_EVENT);
	right = find_vocabulary(&v, &types, &words) && verify_imports(&v) && verify_constants(&v) && verify_literals(&v) &&
		verify_globals(&v) && verify_error_type(&v) && verify_signatures(&v) &&
		verify_entries(&v) && verify_functions(&v);
	arena_reset(&v.scratch);
	arena_reset(&words);
	return right;
}
