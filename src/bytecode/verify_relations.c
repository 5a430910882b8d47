/* Opcodes whose operands depend on each other. */
#include "bytecode/region.h"
#include "bytecode/verify_state.h"

static bool read_many(struct verifier *v, uint32_t first, uint32_t count, const struct type *type)
{
	for (uint32_t i = 0; i < count; i++)
		if (!register_read_type(v, first + i, type))
			return false;
	return true;
}

static bool clear_texts(struct verifier *v, instruction i)
{
	for (uint32_t n = 0; n < instruction_b(i); n++)
		if (!register_write(v, instruction_a(i) + n, &type_text))
			return false;
	return true;
}

static bool load_fields(struct verifier *v, instruction i)
{
	const struct type *type = verify_constant_type(v, (uint32_t)instruction_wide(i));

	if (type->kind != TYPE_RECORD)
		return verify_refuse(v, "constant %d is no record", instruction_wide(i));
	for (unsigned n = 0; n < type->record->field_count; n++)
		if (!register_write(v, instruction_a(i) + n, type->record->fields[n].type))
			return false;
	return true;
}

static const struct type *global_type(const struct verifier *v, instruction i)
{
	return v->code->globals[instruction_wide(i)].type;
}

static bool set_global(struct verifier *v, instruction i)
{
	const struct type *type = global_type(v, i);

	if (instruction_op(i) == OP_SET_GLOBAL && type_needs_keeping(type))
		return verify_refuse(v, "a variable with parts is set without keeping them");
	return register_read_type(v, instruction_a(i), type);
}

static bool own_global(struct verifier *v, instruction i)
{
	const struct type *type = global_type(v, i);

	return (type_is_object(type) || verify_refuse(v, "only objects are owned")) &&
	       register_write(v, instruction_a(i), type);
}

static bool append_global(struct verifier *v, instruction i)
{
	return global_type(v, i) == &type_text || verify_refuse(v, "the variable is no text");
}

static bool export_global(struct verifier *v, instruction i)
{
	for (uint32_t n = 0; n < v->code->policy_count; n++)
		if (v->code->policy_slots[n] == (uint32_t)instruction_wide(i))
			return true;
	return verify_refuse(v, "only policy slots are exported");
}

static bool to_text(struct verifier *v, instruction i)
{
	switch (instruction_c(i)) {
	case TYPE_BOOL:
	case TYPE_INT:
	case TYPE_DURATION:
	case TYPE_TIME:
		return register_read_type(v, instruction_b(i), &type_int);
	case TYPE_FLOAT:
		return register_read_type(v, instruction_b(i), &type_float);
	case TYPE_TEXT:
		return register_read_type(v, instruction_b(i), &type_text);
	case TYPE_IP:
		return register_read_type(v, instruction_b(i), &type_ip);
	case TYPE_NET:
		return register_read_type(v, instruction_b(i), &type_net);
	default:
		return verify_refuse(v, "this kind has no text");
	}
}

static const struct type *named_type(struct verifier *v, instruction i, enum type_kind kind)
{
	const struct type *type = v->code->types[instruction_b(i)];

	if (type->kind == kind)
		return type;
	verify_say(v, "type %u is of another kind", instruction_b(i));
	return NULL;
}

static bool read_pairs(struct verifier *v, uint32_t first, uint32_t count, const struct type *type)
{
	for (uint32_t n = 0; n < count; n++)
		if (!register_read_type(v, first + 2 * n, type->key) ||
		    !register_read_type(v, first + 2 * n + 1, type->element))
			return false;
	return true;
}

static bool new_list(struct verifier *v, instruction i)
{
	const struct type *type = named_type(v, i, TYPE_LIST);

	return type && read_many(v, instruction_a(i) + 1u, instruction_c(i), type->element) &&
	       register_write(v, instruction_a(i), type);
}

static bool new_map(struct verifier *v, instruction i)
{
	const struct type *type = named_type(v, i, TYPE_MAP);

	return type && read_pairs(v, instruction_a(i) + 1u, instruction_c(i), type) &&
	       register_write(v, instruction_a(i), type);
}

static bool new_record(struct verifier *v, instruction i)
{
	const struct type *type = named_type(v, i, TYPE_RECORD);

	if (!type)
		return false;
	if (instruction_c(i) != type->record->field_count)
		return verify_refuse(v, "a record with %u fields", instruction_c(i));
	for (unsigned n = 0; n < type->record->field_count; n++)
		if (!register_read_type(v, instruction_a(i) + 1u + n, type->record->fields[n].type))
			return false;
	return register_write(v, instruction_a(i), type);
}

static const struct type *field_type(struct verifier *v, uint32_t record, uint32_t field)
{
	const struct record_type *type = v->now[record]->record;

	if (field < type->field_count)
		return type->fields[field].type;
	verify_say(v, "field %u of %u", field, type->field_count);
	return NULL;
}

/* What is read from an object of outside must not be one: nothing would keep it from being changed.
 */
static bool write_part(struct verifier *v, instruction i, const struct type *part)
{
	if (register_is_outside(v, instruction_b(i)) && !region_takes(part))
		return verify_refuse(v, "a part of register %u comes into a region",
				     instruction_b(i));
	return register_write(v, instruction_a(i), part);
}

static bool get_field(struct verifier *v, instruction i)
{
	const struct type *type = field_type(v, instruction_b(i), instruction_c(i));

	if (!type)
		return false;
	if (instruction_op(i) == OP_OWN_FIELD && !type_is_object(type))
		return verify_refuse(v, "only objects are owned");
	return write_part(v, i, type);
}

static bool set_field(struct verifier *v, instruction i)
{
	const struct type *type = field_type(v, instruction_a(i), instruction_b(i));

	if (type && instruction_op(i) == OP_SET_FIELD_PLAIN && !type_is_plain(type))
		return verify_refuse(v, "a field with parts is set without keeping them");
	return type && register_read_type(v, instruction_c(i), type);
}

static bool get_element(struct verifier *v, instruction i)
{
	const struct type *type = v->now[instruction_b(i)]->element;

	if (instruction_op(i) == OP_OWN_ELEMENT && !type_is_object(type))
		return verify_refuse(v, "only objects are owned");
	return write_part(v, i, type);
}

static bool list_push(struct verifier *v, instruction i)
{
	const struct type *element = v->now[instruction_a(i)]->element;

	if (instruction_op(i) == OP_LIST_PUSH_PLAIN && !type_is_plain(element))
		return verify_refuse(v, "an element with parts is taken without keeping them");
	return register_read_type(v, instruction_b(i), element);
}

static bool get_entry(struct verifier *v, instruction i)
{
	const struct type *map = v->now[instruction_b(i)];

	if (instruction_op(i) == OP_OWN_ENTRY && !type_is_object(map->element))
		return verify_refuse(v, "only objects are owned");
	return register_read_type(v, instruction_c(i), map->key) && write_part(v, i, map->element);
}

static bool set_entry(struct verifier *v, instruction i)
{
	const struct type *map = v->now[instruction_a(i)];

	return register_read_type(v, instruction_b(i), map->key) &&
	       register_read_type(v, instruction_c(i), map->element);
}

static bool in_nets(struct verifier *v, instruction i)
{
	return v->now[instruction_c(i)]->element == &type_net ||
	       verify_refuse(v, "register %u is no list of nets", instruction_c(i));
}

static bool equals(struct verifier *v, instruction i)
{
	return read_many(v, instruction_b(i), 2, v->code->types[instruction_c(i)]);
}

static bool next_element(struct verifier *v, instruction i)
{
	uint32_t list = instruction_a(i);
	const struct type *type;

	if (!register_read_kind(v, list, TYPE_LIST) ||
	    !register_read_type(v, list + 1, &type_int) ||
	    !verify_jump(v, (int16_t)instruction_c(i)))
		return false;
	type = v->now[list]->element;
	return register_write(v, instruction_b(i), type);
}

static bool next_entry(struct verifier *v, instruction i)
{
	uint32_t map = instruction_a(i);
	const struct type *type;

	if (!register_read_kind(v, map, TYPE_MAP) || !register_read_type(v, map + 1, &type_int) ||
	    !verify_jump(v, (int16_t)instruction_c(i)))
		return false;
	type = v->now[map];
	return register_write(v, instruction_b(i), type->key) &&
	       register_write(v, instruction_b(i) + 1u, type->element);
}

static bool write_result(struct verifier *v, uint32_t number, const struct type *result)
{
	return result->kind == TYPE_VOID || register_write(v, number, result);
}

static bool call_function(struct verifier *v, instruction i)
{
	const struct code *callee = &v->code->functions[instruction_b(i)];
	uint32_t window = instruction_c(i);

	if (window > v->function->registers)
		return register_in_range(v, window);
	for (unsigned n = 0; n < callee->parameters; n++)
		if (!register_read_type(v, window + n, callee->parameter_types[n]))
			return false;
	return registers_forget(v, window) && write_result(v, instruction_a(i), callee->result);
}

static bool call_builtin(struct verifier *v, instruction i)
{
	const struct import *import = &v->code->imports[instruction_b(i)];
	uint32_t window = instruction_c(i);

	if (import->kind != IMPORT_BUILTIN)
		return verify_refuse(v, "import %u is no builtin", instruction_b(i));
	if (window > v->function->registers)
		return register_in_range(v, window);
	for (unsigned n = 0; n < import->argument_count; n++)
		if (!register_read_type(v, window + n, import->argument_types[n]))
			return false;
	if (import->result->kind == TYPE_VOID) /* the place is written to in any case */
		return register_in_range(v, instruction_a(i)) &&
		       register_may_change(v, instruction_a(i), NULL) &&
		       ((v->now[instruction_a(i)] = NULL), true);
	return register_write(v, instruction_a(i), import->result);
}

static bool use_variable(struct verifier *v, instruction i)
{
	const struct import *import = &v->code->imports[instruction_b(i)];
	bool read = instruction_op(i) == OP_READ;

	if (import->kind != (read ? IMPORT_READ : IMPORT_WRITE))
		return verify_refuse(v, "import %u is of another kind", instruction_b(i));
	return read ? register_write(v, instruction_a(i), import->result)
		    : register_read_type(v, instruction_a(i), import->argument_types[0]);
}

static bool match(struct verifier *v)
{
	uint16_t groups = v->function->groups;

	if (groups == CODE_NO_GROUPS)
		return true;
	if (v->current->turn != NO_TURN)
		return verify_refuse(v, "a turn sets groups");
	return read_many(v, groups, 10, &type_text);
}

static bool constant_of(struct verifier *v, uint32_t number, const struct type *type)
{
	return verify_plain(verify_constant_type(v, number)) == type ||
	       verify_refuse(v, "constant %u", number);
}

/* ---- regions ---- */

/* Nothing that is made may have another way out than the result. */
static bool enter_region(struct verifier *v)
{
	const struct code *code = v->function;

	if (v->pc != 0 || v->code->policy_count || code->result->kind == TYPE_NET ||
	    !region_takes(code->result))
		return verify_refuse(v, "a region is not possible here");
	return true;
}

/* What runs side by side makes things in between. */
static bool outside_of_turns(struct verifier *v)
{
	return v->current->turn == NO_TURN ||
	       verify_refuse(v, "a turn runs statements side by side");
}

static bool leave_region(struct verifier *v, instruction i)
{
	const struct code *code = v->function;
	bool text = instruction_op(i) == OP_LEAVE_REGION_TEXT;
	instruction next = v->pc + 1 < code->length ? code->instructions[v->pc + 1] : 0;

	if (instruction_op(code->instructions[0]) != OP_ENTER_REGION)
		return verify_refuse(v, "there is no region");
	if (code->result->kind == TYPE_VOID && !text)
		return instruction_op(next) == OP_RETURN_VOID ||
		       verify_refuse(v, "a region ends before its return");
	return (instruction_op(next) == OP_RETURN && text == (code->result == &type_text) &&
		(!text || instruction_a(next) == instruction_a(i))) ||
	       verify_refuse(v, "a region ends before its return");
}

bool verify_relations(struct verifier *v, instruction i)
{
	uint32_t a = instruction_a(i), b = instruction_b(i), c = instruction_c(i);

	switch (instruction_op(i)) {
	case OP_MOVE:
	case OP_MOVE_SHARED:
		return register_write(v, a, v->now[b]);
	case OP_LOAD_CONSTANT:
		return register_write(v, a, verify_constant_type(v, (uint32_t)instruction_wide(i)));
	case OP_LOAD_FIELDS:
		return load_fields(v, i);
	case OP_CLEAR_TEXTS:
		return clear_texts(v, i);
	case OP_GET_GLOBAL:
		return register_write(v, a, global_type(v, i));
	case OP_SET_GLOBAL:
	case OP_KEEP_GLOBAL:
		return set_global(v, i);
	case OP_OWN_GLOBAL:
		return own_global(v, i);
	case OP_APPEND_GLOBAL:
		return append_global(v, i);
	case OP_EXPORT:
		return export_global(v, i);
	case OP_OWN_ELEMENT:
	case OP_GET_ELEMENT:
		return get_element(v, i);
	case OP_OWN_ENTRY:
	case OP_GET_ENTRY:
		return get_entry(v, i);
	case OP_OWN_FIELD:
	case OP_GET_FIELD:
		return get_field(v, i);
	case OP_SET_ELEMENT:
		return register_read_type(v, c, v->now[a]->element);
	case OP_SET_ENTRY:
		return set_entry(v, i);
	case OP_SET_FIELD:
	case OP_SET_FIELD_PLAIN:
		return set_field(v, i);
	case OP_LIST_PUSH:
	case OP_LIST_PUSH_PLAIN:
		return list_push(v, i);
	case OP_TO_TEXT:
		return to_text(v, i);
	case OP_CONCAT_MANY:
		return (c > 0 || verify_refuse(v, "nothing to join")) &&
		       read_many(v, b, c, &type_text);
	case OP_TEXT_SLICE:
		return read_many(v, c, 2, &type_int);
	case OP_NEW_LIST:
		return new_list(v, i);
	case OP_EXTEND_LIST:
		return read_many(v, a + 1, b, v->now[a]->element);
	case OP_NEW_MAP:
		return new_map(v, i);
	case OP_EXTEND_MAP:
		return read_pairs(v, a + 1, b, v->now[a]);
	case OP_NEW_RECORD:
		return new_record(v, i);
	case OP_IN_LIST:
		return register_read_type(v, b, v->now[c]->element);
	case OP_IN_MAP:
		return register_read_type(v, b, v->now[c]->key);
	case OP_IN_NETS:
		return in_nets(v, i);
	case OP_EQUALS:
		return equals(v, i);
	case OP_CONCAT_K:
		return constant_of(v, c, &type_text);
	case OP_ADD_INT_K:
		return constant_of(v, c, &type_int);
	case OP_JUMP_EQ_INT_K:
	case OP_JUMP_NE_INT_K:
	case OP_JUMP_LT_INT_K:
	case OP_JUMP_LE_INT_K:
	case OP_JUMP_GT_INT_K:
	case OP_JUMP_GE_INT_K:
		return constant_of(v, b, &type_int);
	case OP_JUMP_EQ_TEXT_K:
	case OP_JUMP_NE_TEXT_K:
	case OP_JUMP_LIKE_TEXT_K:
	case OP_JUMP_UNLIKE_TEXT_K:
		return constant_of(v, b, &type_text);
	case OP_JUMP_MATCH:
	case OP_JUMP_NO_MATCH:
		return match(v);
	case OP_ENTER_LOOP:
		return verify_loop_start(v, a);
	case OP_ENTER_TURN:
		return verify_enter_turn(v, a);
	case OP_LEAVE_TURN:
		return verify_leave_turn(v);
	case OP_FORK:
	case OP_JOIN:
		return outside_of_turns(v);
	case OP_LOOP:
		return a > 0 || verify_refuse(v, "a turn that costs nothing");
	case OP_NEXT_ELEMENT:
		return next_element(v, i);
	case OP_NEXT_ENTRY:
		return next_entry(v, i);
	case OP_ENTER_REGION:
		return enter_region(v);
	case OP_LEAVE_REGION:
	case OP_LEAVE_REGION_TEXT:
		return leave_region(v, i);
	case OP_CALL:
		return call_function(v, i);
	case OP_CALL_BUILTIN:
		return call_builtin(v, i);
	case OP_READ:
	case OP_WRITE:
		return use_variable(v, i);
	case OP_RETURN:
		return register_read_type(v, a, v->function->result);
	case OP_RETURN_VOID:
		return v->function->result->kind == TYPE_VOID ||
		       verify_refuse(v, "a result is owed");
	case OP_YIELD: /* operands are looked at in this order: b is a type by now */
		return register_read_type(v, a, v->code->types[b]);
	case OP_TAKE:
		return outside_of_turns(v) && register_write(v, a, v->code->types[c]);
	case OP_THROW_ERROR:
		return v->code->error && register_read_type(v, a, v->code->error);
	default:
		return true;
	}
}
