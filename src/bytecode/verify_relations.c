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

static bool match(struct verifier *v, instruction i)
{
	uint16_t groups = v->function->groups;

	(void)i;
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
static bool enter_region(struct verifier *v, instruction i)
{
	const struct code *code = v->function;

	(void)i;
	if (v->pc != 0 || v->code->policy_count || code->result->kind == TYPE_NET ||
	    !region_takes(code->result))
		return verify_refuse(v, "a region is not possible here");
	return true;
}

/* What runs side by side makes things in between. */
static bool outside_of_turns(struct verifier *v, instruction i)
{
	(void)i;
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

/* ---- the rest, and the table ---- */

static bool move(struct verifier *v, instruction i)
{
	return register_write(v, instruction_a(i), v->now[instruction_b(i)]);
}

static bool load_constant(struct verifier *v, instruction i)
{
	return register_write(v, instruction_a(i),
			      verify_constant_type(v, (uint32_t)instruction_wide(i)));
}

static bool get_global(struct verifier *v, instruction i)
{
	return register_write(v, instruction_a(i), global_type(v, i));
}

static bool set_element(struct verifier *v, instruction i)
{
	return register_read_type(v, instruction_c(i), v->now[instruction_a(i)]->element);
}

static bool concat_many(struct verifier *v, instruction i)
{
	return (instruction_c(i) > 0 || verify_refuse(v, "nothing to join")) &&
	       read_many(v, instruction_b(i), instruction_c(i), &type_text);
}

static bool concat_pieces(struct verifier *v, instruction i)
{
	uint16_t pieces = instruction_c(i);
	unsigned count = pieces_count(pieces);

	for (unsigned n = 0; n < count; n++)
		if (!register_read_type(v, instruction_b(i) + n,
					pieces >> n & 1 ? &type_int : &type_text))
			return false;
	return count > 0 || verify_refuse(v, "nothing to join");
}

static bool text_slice(struct verifier *v, instruction i)
{
	return read_many(v, instruction_c(i), 2, &type_int);
}

static bool extend_list(struct verifier *v, instruction i)
{
	return read_many(v, instruction_a(i) + 1, instruction_b(i),
			 v->now[instruction_a(i)]->element);
}

static bool extend_map(struct verifier *v, instruction i)
{
	return read_pairs(v, instruction_a(i) + 1, instruction_b(i), v->now[instruction_a(i)]);
}

static bool in_list(struct verifier *v, instruction i)
{
	return register_read_type(v, instruction_b(i), v->now[instruction_c(i)]->element);
}

static bool in_map(struct verifier *v, instruction i)
{
	return register_read_type(v, instruction_b(i), v->now[instruction_c(i)]->key);
}

static bool concat_constant(struct verifier *v, instruction i)
{
	return constant_of(v, instruction_c(i), &type_text);
}

static bool add_constant(struct verifier *v, instruction i)
{
	return constant_of(v, instruction_c(i), &type_int);
}

static bool compare_int_constant(struct verifier *v, instruction i)
{
	return constant_of(v, instruction_b(i), &type_int);
}

static bool compare_text_constant(struct verifier *v, instruction i)
{
	return constant_of(v, instruction_b(i), &type_text);
}

static bool enter_loop(struct verifier *v, instruction i)
{
	return verify_loop_start(v, instruction_a(i));
}

static bool enter_turn(struct verifier *v, instruction i)
{
	return verify_enter_turn(v, instruction_a(i));
}

static bool leave_turn(struct verifier *v, instruction i)
{
	(void)i;
	return verify_leave_turn(v);
}

static bool loop(struct verifier *v, instruction i)
{
	return instruction_a(i) > 0 || verify_refuse(v, "a turn that costs nothing");
}

static bool return_value(struct verifier *v, instruction i)
{
	return register_read_type(v, instruction_a(i), v->function->result);
}

static bool return_nothing(struct verifier *v, instruction i)
{
	(void)i;
	return v->function->result->kind == TYPE_VOID || verify_refuse(v, "a result is owed");
}

/* Operands are looked at in this order: b is a type by now. */
static bool yield(struct verifier *v, instruction i)
{
	return register_read_type(v, instruction_a(i), v->code->types[instruction_b(i)]);
}

static bool take(struct verifier *v, instruction i)
{
	return outside_of_turns(v, i) &&
	       register_write(v, instruction_a(i), v->code->types[instruction_c(i)]);
}

static bool throw_error(struct verifier *v, instruction i)
{
	return v->code->error && register_read_type(v, instruction_a(i), v->code->error);
}

/* What an instruction asks for beyond the kinds of its operands; most ask for nothing. */
static bool (*const relations[OPCODE_COUNT])(struct verifier *v, instruction i) = {
	[OP_MOVE] = move,
	[OP_MOVE_SHARED] = move,
	[OP_LOAD_CONSTANT] = load_constant,
	[OP_LOAD_FIELDS] = load_fields,
	[OP_CLEAR_TEXTS] = clear_texts,
	[OP_GET_GLOBAL] = get_global,
	[OP_SET_GLOBAL] = set_global,
	[OP_KEEP_GLOBAL] = set_global,
	[OP_OWN_GLOBAL] = own_global,
	[OP_APPEND_GLOBAL] = append_global,
	[OP_EXPORT] = export_global,
	[OP_OWN_ELEMENT] = get_element,
	[OP_GET_ELEMENT] = get_element,
	[OP_OWN_ENTRY] = get_entry,
	[OP_GET_ENTRY] = get_entry,
	[OP_OWN_FIELD] = get_field,
	[OP_GET_FIELD] = get_field,
	[OP_SET_ELEMENT] = set_element,
	[OP_SET_ENTRY] = set_entry,
	[OP_SET_FIELD] = set_field,
	[OP_SET_FIELD_PLAIN] = set_field,
	[OP_LIST_PUSH] = list_push,
	[OP_LIST_PUSH_PLAIN] = list_push,
	[OP_TO_TEXT] = to_text,
	[OP_CONCAT_MANY] = concat_many,
	[OP_CONCAT_PIECES] = concat_pieces,
	[OP_TEXT_SLICE] = text_slice,
	[OP_NEW_LIST] = new_list,
	[OP_EXTEND_LIST] = extend_list,
	[OP_NEW_MAP] = new_map,
	[OP_EXTEND_MAP] = extend_map,
	[OP_NEW_RECORD] = new_record,
	[OP_IN_LIST] = in_list,
	[OP_IN_MAP] = in_map,
	[OP_IN_NETS] = in_nets,
	[OP_EQUALS] = equals,
	[OP_CONCAT_K] = concat_constant,
	[OP_ADD_INT_K] = add_constant,
	[OP_JUMP_EQ_INT_K] = compare_int_constant,
	[OP_JUMP_NE_INT_K] = compare_int_constant,
	[OP_JUMP_LT_INT_K] = compare_int_constant,
	[OP_JUMP_LE_INT_K] = compare_int_constant,
	[OP_JUMP_GT_INT_K] = compare_int_constant,
	[OP_JUMP_GE_INT_K] = compare_int_constant,
	[OP_JUMP_EQ_TEXT_K] = compare_text_constant,
	[OP_JUMP_NE_TEXT_K] = compare_text_constant,
	[OP_JUMP_LIKE_TEXT_K] = compare_text_constant,
	[OP_JUMP_UNLIKE_TEXT_K] = compare_text_constant,
	[OP_JUMP_MATCH] = match,
	[OP_JUMP_NO_MATCH] = match,
	[OP_ENTER_LOOP] = enter_loop,
	[OP_ENTER_TURN] = enter_turn,
	[OP_LEAVE_TURN] = leave_turn,
	[OP_FORK] = outside_of_turns,
	[OP_JOIN] = outside_of_turns,
	[OP_LOOP] = loop,
	[OP_NEXT_ELEMENT] = next_element,
	[OP_NEXT_ENTRY] = next_entry,
	[OP_ENTER_REGION] = enter_region,
	[OP_LEAVE_REGION] = leave_region,
	[OP_LEAVE_REGION_TEXT] = leave_region,
	[OP_CALL] = call_function,
	[OP_CALL_BUILTIN] = call_builtin,
	[OP_READ] = use_variable,
	[OP_WRITE] = use_variable,
	[OP_RETURN] = return_value,
	[OP_RETURN_VOID] = return_nothing,
	[OP_YIELD] = yield,
	[OP_TAKE] = take,
	[OP_THROW_ERROR] = throw_error,
};

bool verify_relations(struct verifier *v, instruction i)
{
	enum opcode op = instruction_op(i);

	return !relations[op] || relations[op](v, i);
}
