/* One function: types flow forward through the code once. A jump ahead leaves its state at the
 * target, where states that meet keep what they agree on. A jump back may only go to the start of a
 * loop, which has forgotten all that the loop can change. */
#include "bytecode/verify_state.h"

struct active_try {
	const struct code_try *row;
	struct register_types *kept; /* what its handler relies on */
	struct active_try *outer;
};

static bool refuse_memory(struct verifier *v)
{
	return verify_refuse(v, "memory has ended");
}

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

/* ---- states ---- */

static size_t state_size(const struct verifier *v)
{
	return v->function->registers * sizeof(const struct type *);
}

static struct register_types *state_new(struct verifier *v)
{
	struct register_types *state = v->spare;

	if (state)
		v->spare = state->next;
	else
		state = arena_allocate(&v->scratch, sizeof(*state) + state_size(v));
	return state;
}

static void state_drop(struct verifier *v, struct register_types *state)
{
	state->next = v->spare;
	v->spare = state;
}

static struct register_types *state_copy(struct verifier *v)
{
	struct register_types *copy = state_new(v);

	if (copy)
		memcpy(copy->of, v->now, state_size(v));
	return copy;
}

static void state_meet(const struct verifier *v, struct register_types *state,
		       const struct type *const *other)
{
	for (unsigned i = 0; i < v->function->registers; i++)
		if (state->of[i] != other[i])
			state->of[i] = NULL;
}

/* ---- registers ---- */

static bool in_range(struct verifier *v, uint32_t number)
{
	return number < v->function->registers ||
	       verify_refuse(v, "register %u of %u", number, v->function->registers);
}

static bool read_any(struct verifier *v, uint32_t number)
{
	return in_range(v, number) &&
	       (v->now[number] || verify_refuse(v, "register %u is not set", number));
}

static bool read_type(struct verifier *v, uint32_t number, const struct type *type)
{
	return read_any(v, number) && (v->now[number] == plain(type) ||
				       verify_refuse(v, "register %u has another type", number));
}

static bool read_kind(struct verifier *v, uint32_t number, enum type_kind kind)
{
	return read_any(v, number) && (v->now[number]->kind == kind ||
				       verify_refuse(v, "register %u has another type", number));
}

static bool read_object(struct verifier *v, uint32_t number)
{
	return read_any(v, number) && (type_is_object(v->now[number]) ||
				       verify_refuse(v, "register %u is no object", number));
}

/* What a handler relies on keeps its type while errors may go there. */
static bool may_change(struct verifier *v, uint32_t number, const struct type *type)
{
	for (const struct active_try *try = v->active; try; try = try->outer)
		if (number < try->row->floor && try->kept->of[number] &&
		    try->kept->of[number] != type)
			return verify_refuse(v, "register %u changes under a handler", number);
	return true;
}

static bool write(struct verifier *v, uint32_t number, const struct type *type)
{
	if (!in_range(v, number) || !may_change(v, number, plain(type)))
		return false;
	v->now[number] = plain(type);
	return true;
}

static bool forget_from(struct verifier *v, uint32_t first)
{
	for (uint32_t i = first; i < v->function->registers; i++) {
		if (v->now[i] && !may_change(v, i, NULL))
			return false;
		v->now[i] = NULL;
	}
	return true;
}

/* ---- jumps ---- */

static bool jump_to(struct verifier *v, int64_t offset)
{
	int64_t target = (int64_t)v->pc + 1 + offset;
	struct register_types **at;

	if (offset < 0 || target >= v->function->length)
		return verify_refuse(v, "jump to %lld", (long long)target);
	at = &v->at[target];
	if (*at) {
		state_meet(v, *at, v->now);
		return true;
	}
	*at = state_copy(v);
	return *at || refuse_memory(v);
}

/* Behind ENTER_LOOP the state is what it was there: the loop must bring back at least that. */
static bool jump_back(struct verifier *v, int64_t offset)
{
	int64_t target = (int64_t)v->pc + 1 + offset;
	struct register_types *start;

	if (offset >= 0 || target < 1 ||
	    instruction_op(v->function->instructions[target - 1]) != OP_ENTER_LOOP)
		return verify_refuse(v, "jump back to %lld", (long long)target);
	start = v->at[target - 1];
	if (!start)
		return verify_refuse(v, "jump back to a loop that is not entered");
	for (unsigned i = 0; i < v->function->registers; i++)
		if (start->of[i] && start->of[i] != v->now[i])
			return verify_refuse(v, "register %u changes in a loop", i);
	return true;
}

/* Nothing else reads `at` at a place that was passed: the loop's state waits there. */
static bool enter_loop(struct verifier *v, uint32_t floor)
{
	struct register_types *start;

	if (floor > v->function->registers)
		return in_range(v, floor);
	if (!forget_from(v, floor))
		return false;
	start = state_copy(v);
	if (!start)
		return refuse_memory(v);
	v->at[v->pc] = start;
	return true;
}

/* ---- operands by their kind ---- */

static const struct type *constant_type(const struct verifier *v, uint32_t number)
{
	return number < v->code->constant_count ? v->code->constant_rows[number].type : NULL;
}

static bool check_number(struct verifier *v, uint32_t number, uint32_t count, const char *what)
{
	return number < count || verify_refuse(v, "%s %u of %u", what, number, count);
}

/* Reads and ranges; writes come after all reads. */
static bool check_operand(struct verifier *v, enum operand kind, uint32_t number)
{
	switch (kind) {
	case OPERAND_ANY:
		return read_any(v, number);
	case OPERAND_INT:
	case OPERAND_INT_TOO:
		return read_type(v, number, &type_int);
	case OPERAND_FLOAT:
		return read_type(v, number, &type_float);
	case OPERAND_TEXT:
		return read_type(v, number, &type_text);
	case OPERAND_IP:
		return read_type(v, number, &type_ip);
	case OPERAND_NET:
		return read_type(v, number, &type_net);
	case OPERAND_REGEX:
		return read_type(v, number, &type_regex);
	case OPERAND_LIST:
		return read_kind(v, number, TYPE_LIST);
	case OPERAND_MAP:
		return read_kind(v, number, TYPE_MAP);
	case OPERAND_RECORD:
		return read_kind(v, number, TYPE_RECORD);
	case OPERAND_OBJECT:
		return read_object(v, number);
	case OPERAND_DIVISOR:
		return (number != 0 && number != UINT16_MAX) || verify_refuse(v, "divisor");
	case OPERAND_TYPE:
		return check_number(v, number, v->code->type_count, "type");
	case OPERAND_CONSTANT16:
	case OPERAND_CONSTANT32:
		return check_number(v, number, v->code->constant_count, "constant");
	case OPERAND_GLOBAL32:
		return check_number(v, number, v->code->global_count, "variable");
	case OPERAND_FUNCTION:
		return check_number(v, number, v->code->function_count, "function");
	case OPERAND_IMPORT:
		return check_number(v, number, v->code->import_count, "import");
	default:
		return true;
	}
}

static const struct type *written_type(enum operand kind)
{
	switch (kind) {
	case OPERAND_INT_TO:
		return &type_int;
	case OPERAND_FLOAT_TO:
		return &type_float;
	case OPERAND_TEXT_TO:
		return &type_text;
	default:
		return NULL;
	}
}

static uint32_t operand_number(instruction i, enum operand kind, unsigned place)
{
	switch (kind) {
	case OPERAND_WIDE:
	case OPERAND_CONSTANT32:
	case OPERAND_GLOBAL32:
	case OPERAND_JUMP32:
	case OPERAND_BACK32:
		return (uint32_t)instruction_wide(i);
	default:
		return (uint16_t)(i >> (16 + 16 * place));
	}
}

static bool check_jump(struct verifier *v, enum operand kind, uint32_t number)
{
	switch (kind) {
	case OPERAND_JUMP16:
		return jump_to(v, (int16_t)number);
	case OPERAND_JUMP32:
		return jump_to(v, (int32_t)number);
	case OPERAND_BACK16:
		return jump_back(v, (int16_t)number);
	case OPERAND_BACK32:
		return jump_back(v, (int32_t)number);
	default:
		return true;
	}
}

/* ---- opcodes whose operands depend on each other ---- */

static bool read_many(struct verifier *v, uint32_t first, uint32_t count, const struct type *type)
{
	for (uint32_t i = 0; i < count; i++)
		if (!read_type(v, first + i, type))
			return false;
	return true;
}

static bool clear_texts(struct verifier *v, instruction i)
{
	for (uint32_t n = 0; n < instruction_b(i); n++)
		if (!write(v, instruction_a(i) + n, &type_text))
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
	return read_type(v, instruction_a(i), type);
}

static bool own_global(struct verifier *v, instruction i)
{
	const struct type *type = global_type(v, i);

	return (type_is_object(type) || verify_refuse(v, "only objects are owned")) &&
	       write(v, instruction_a(i), type);
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
		return read_type(v, instruction_b(i), &type_int);
	case TYPE_FLOAT:
		return read_type(v, instruction_b(i), &type_float);
	case TYPE_TEXT:
		return read_type(v, instruction_b(i), &type_text);
	case TYPE_IP:
		return read_type(v, instruction_b(i), &type_ip);
	case TYPE_NET:
		return read_type(v, instruction_b(i), &type_net);
	default:
		return verify_refuse(v, "this kind has no text");
	}
}

static const struct type *named_type(struct verifier *v, instruction i, enum type_kind kind)
{
	const struct type *type = v->code->types[instruction_b(i)];

	if (type && type->kind == kind)
		return type;
	verify_refuse(v, "type %u is of another kind", instruction_b(i));
	return NULL;
}

static bool read_pairs(struct verifier *v, uint32_t first, uint32_t count, const struct type *type)
{
	for (uint32_t n = 0; n < count; n++)
		if (!read_type(v, first + 2 * n, type->key) ||
		    !read_type(v, first + 2 * n + 1, type->element))
			return false;
	return true;
}

static bool new_list(struct verifier *v, instruction i)
{
	const struct type *type = named_type(v, i, TYPE_LIST);

	return type && read_many(v, instruction_a(i) + 1u, instruction_c(i), type->element) &&
	       write(v, instruction_a(i), type);
}

static bool new_map(struct verifier *v, instruction i)
{
	const struct type *type = named_type(v, i, TYPE_MAP);

	return type && read_pairs(v, instruction_a(i) + 1u, instruction_c(i), type) &&
	       write(v, instruction_a(i), type);
}

static bool new_record(struct verifier *v, instruction i)
{
	const struct type *type = named_type(v, i, TYPE_RECORD);

	if (!type)
		return false;
	if (instruction_c(i) != type->record->field_count)
		return verify_refuse(v, "a record with %u fields", instruction_c(i));
	for (unsigned n = 0; n < type->record->field_count; n++)
		if (!read_type(v, instruction_a(i) + 1u + n, type->record->fields[n].type))
			return false;
	return write(v, instruction_a(i), type);
}

static const struct type *field_type(struct verifier *v, uint32_t record, uint32_t field)
{
	const struct record_type *type = v->now[record]->record;

	if (field < type->field_count)
		return type->fields[field].type;
	verify_refuse(v, "field %u of %u", field, type->field_count);
	return NULL;
}

static bool get_field(struct verifier *v, instruction i)
{
	const struct type *type = field_type(v, instruction_b(i), instruction_c(i));

	if (!type)
		return false;
	if (instruction_op(i) == OP_OWN_FIELD && !type_is_object(type))
		return verify_refuse(v, "only objects are owned");
	return write(v, instruction_a(i), type);
}

static bool set_field(struct verifier *v, instruction i)
{
	const struct type *type = field_type(v, instruction_a(i), instruction_b(i));

	return type && read_type(v, instruction_c(i), type);
}

static bool get_element(struct verifier *v, instruction i)
{
	const struct type *type = v->now[instruction_b(i)]->element;

	if (instruction_op(i) == OP_OWN_ELEMENT && !type_is_object(type))
		return verify_refuse(v, "only objects are owned");
	return write(v, instruction_a(i), type);
}

static bool get_entry(struct verifier *v, instruction i)
{
	const struct type *map = v->now[instruction_b(i)];

	if (instruction_op(i) == OP_OWN_ENTRY && !type_is_object(map->element))
		return verify_refuse(v, "only objects are owned");
	return read_type(v, instruction_c(i), map->key) &&
	       write(v, instruction_a(i), map->element);
}

static bool set_entry(struct verifier *v, instruction i)
{
	const struct type *map = v->now[instruction_a(i)];

	return read_type(v, instruction_b(i), map->key) &&
	       read_type(v, instruction_c(i), map->element);
}

static bool in_nets(struct verifier *v, instruction i)
{
	return v->now[instruction_c(i)]->element == &type_net ||
	       verify_refuse(v, "register %u is no list of nets", instruction_c(i));
}

static bool equals(struct verifier *v, instruction i)
{
	const struct type *type;

	if (!check_number(v, instruction_c(i), v->code->type_count, "type"))
		return false;
	type = v->code->types[instruction_c(i)];
	return read_many(v, instruction_b(i), 2, type);
}

static bool next_element(struct verifier *v, instruction i)
{
	uint32_t list = instruction_a(i);
	const struct type *type;

	if (!read_kind(v, list, TYPE_LIST) || !read_type(v, list + 1, &type_int) ||
	    !jump_to(v, (int16_t)instruction_c(i)))
		return false;
	type = v->now[list]->element;
	return write(v, instruction_b(i), type);
}

static bool next_entry(struct verifier *v, instruction i)
{
	uint32_t map = instruction_a(i);
	const struct type *type;

	if (!read_kind(v, map, TYPE_MAP) || !read_type(v, map + 1, &type_int) ||
	    !jump_to(v, (int16_t)instruction_c(i)))
		return false;
	type = v->now[map];
	return write(v, instruction_b(i), type->key) &&
	       write(v, instruction_b(i) + 1u, type->element);
}

static bool write_result(struct verifier *v, uint32_t number, const struct type *result)
{
	return result->kind == TYPE_VOID || write(v, number, result);
}

static bool call_function(struct verifier *v, instruction i)
{
	const struct code *callee = &v->code->functions[instruction_b(i)];
	uint32_t window = instruction_c(i);

	if (window > v->function->registers)
		return in_range(v, window);
	for (unsigned n = 0; n < callee->parameters; n++)
		if (!read_type(v, window + n, callee->parameter_types[n]))
			return false;
	return forget_from(v, window) && write_result(v, instruction_a(i), callee->result);
}

static bool call_builtin(struct verifier *v, instruction i)
{
	const struct import *import = &v->code->imports[instruction_b(i)];
	uint32_t window = instruction_c(i);

	if (import->kind != IMPORT_BUILTIN)
		return verify_refuse(v, "import %u is no builtin", instruction_b(i));
	if (window > v->function->registers)
		return in_range(v, window);
	for (unsigned n = 0; n < import->argument_count; n++)
		if (!read_type(v, window + n, import->argument_types[n]))
			return false;
	if (import->result->kind == TYPE_VOID) /* the place is written to in any case */
		return in_range(v, instruction_a(i)) && may_change(v, instruction_a(i), NULL) &&
		       ((v->now[instruction_a(i)] = NULL), true);
	return write(v, instruction_a(i), import->result);
}

static bool use_variable(struct verifier *v, instruction i)
{
	const struct import *import = &v->code->imports[instruction_b(i)];
	bool read = instruction_op(i) == OP_READ;

	if (import->kind != (read ? IMPORT_READ : IMPORT_WRITE))
		return verify_refuse(v, "import %u is of another kind", instruction_b(i));
	return read ? write(v, instruction_a(i), import->result) :
		      read_type(v, instruction_a(i), import->argument_types[0]);
}

static bool match(struct verifier *v)
{
	uint16_t groups = v->function->groups;

	return groups == CODE_NO_GROUPS || read_many(v, groups, 10, &type_text);
}

static bool check_relations(struct verifier *v, instruction i)
{
	uint32_t a = instruction_a(i), b = instruction_b(i), c = instruction_c(i);

	switch (instruction_op(i)) {
	case OP_MOVE:
	case OP_MOVE_SHARED:
		return write(v, a, v->now[b]);
	case OP_LOAD_CONSTANT:
		return write(v, a, constant_type(v, (uint32_t)instruction_wide(i)));
	case OP_CLEAR_TEXTS:
		return clear_texts(v, i);
	case OP_GET_GLOBAL:
		return write(v, a, global_type(v, i));
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
		return read_type(v, c, v->now[a]->element);
	case OP_SET_ENTRY:
		return set_entry(v, i);
	case OP_SET_FIELD:
		return set_field(v, i);
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
		return read_type(v, b, v->now[c]->element);
	case OP_IN_MAP:
		return read_type(v, b, v->now[c]->key);
	case OP_IN_NETS:
		return in_nets(v, i);
	case OP_EQUALS:
		return equals(v, i);
	case OP_JUMP_EQ_TEXT_K:
	case OP_JUMP_NE_TEXT_K:
		return constant_type(v, b) == &type_text || verify_refuse(v, "constant %u", b);
	case OP_JUMP_MATCH:
	case OP_JUMP_NO_MATCH:
		return match(v);
	case OP_ENTER_LOOP:
		return enter_loop(v, a);
	case OP_NEXT_ELEMENT:
		return next_element(v, i);
	case OP_NEXT_ENTRY:
		return next_entry(v, i);
	case OP_CALL:
		return call_function(v, i);
	case OP_CALL_BUILTIN:
		return call_builtin(v, i);
	case OP_READ:
	case OP_WRITE:
		return use_variable(v, i);
	case OP_RETURN:
		return read_type(v, a, v->function->result);
	case OP_RETURN_VOID:
		return v->function->result->kind == TYPE_VOID ||
		       verify_refuse(v, "a result is owed");
	case OP_THROW_ERROR:
		return v->code->error && read_type(v, a, v->code->error);
	default:
		return true;
	}
}

static bool has_own_jump(uint16_t op)
{
	return op == OP_NEXT_ELEMENT || op == OP_NEXT_ENTRY;
}

static bool ends_flow(uint16_t op)
{
	switch (op) {
	case OP_JUMP:
	case OP_LOOP:
	case OP_RETURN:
	case OP_RETURN_VOID:
	case OP_THROW_TEXT:
	case OP_THROW_ERROR:
	case OP_END_EVENT:
		return true;
	default:
		return false;
	}
}

static bool check_instruction(struct verifier *v, instruction i)
{
	const struct opcode_row *row;
	unsigned place;

	if (instruction_op(i) >= OPCODE_COUNT)
		return verify_refuse(v, "opcode %u", instruction_op(i));
	row = &opcode_rows[instruction_op(i)];
	for (place = 0; place < 3; place++)
		if (!check_operand(v, row->operands[place],
				   operand_number(i, row->operands[place], place)))
			return false;
	if (!check_relations(v, i))
		return false;
	for (place = 0; place < 3; place++)
		if (written_type(row->operands[place]) &&
		    !write(v, operand_number(i, row->operands[place], place),
			   written_type(row->operands[place])))
			return false;
	for (place = 0; place < 3 && !has_own_jump(instruction_op(i)); place++)
		if (!check_jump(v, row->operands[place],
				operand_number(i, row->operands[place], place)))
			return false;
	return true;
}

/* ---- handlers ---- */

static bool check_try(struct verifier *v, const struct code_try *row)
{
	if (row->from >= row->to || row->to > row->handler ||
	    row->handler >= v->function->length || row->floor >= v->function->registers ||
	    !v->code->error)
		return verify_refuse(v, "a handler for [%u, %u) at %u", row->from, row->to,
				     row->handler);
	v->try_begins[row->from] = true;
	return true;
}

static bool check_tries(struct verifier *v)
{
	for (uint32_t i = 0; i < v->function->try_count; i++)
		if (!check_try(v, &v->function->tries[i]))
			return false;
	return true;
}

/* The handler's state: what is set below its floor where the region begins, and the error. */
static bool meet_handler(struct verifier *v, const struct active_try *try)
{
	struct register_types **at = &v->at[try->row->handler];
	struct register_types *state = state_new(v);

	if (!state)
		return refuse_memory(v);
	memcpy(state->of, try->kept->of, state_size(v));
	state->of[try->row->floor] = v->code->error;
	if (*at) {
		state_meet(v, *at, state->of);
		state_drop(v, state);
	} else {
		*at = state;
	}
	return true;
}

static bool activate(struct verifier *v, const struct code_try *row)
{
	struct active_try *try = arena_allocate(&v->scratch, sizeof(*try));

	if (!try)
		return refuse_memory(v);
	*try = (struct active_try){ row, v->now ? state_copy(v) : state_new(v), v->active };
	if (!try->kept)
		return refuse_memory(v);
	for (unsigned i = v->now ? row->floor : 0; i < v->function->registers; i++)
		try->kept->of[i] = NULL;
	v->active = try;
	/* A region that cannot be entered at its begin relies on nothing. */
	return meet_handler(v, try);
}

/* A register below the floor is set where the region begins and cannot be forgotten inside, but a
 * jump into the region could bring a state that never knew it. */
static bool check_active(struct verifier *v)
{
	for (const struct active_try *try = v->active; try; try = try->outer)
		for (unsigned i = 0; i < try->row->floor; i++)
			if (try->kept->of[i] && try->kept->of[i] != v->now[i])
				return verify_refuse(v, "a jump into a region with a handler");
	return true;
}

static void deactivate(struct verifier *v)
{
	struct active_try **link = &v->active;

	while (*link) {
		if ((*link)->row->to <= v->pc) {
			state_drop(v, (*link)->kept);
			*link = (*link)->outer;
		} else {
			link = &(*link)->outer;
		}
	}
}

static bool begin_tries(struct verifier *v)
{
	for (uint32_t i = 0; i < v->function->try_count; i++)
		if (v->function->tries[i].from == v->pc && !activate(v, &v->function->tries[i]))
			return false;
	return true;
}

/* ---- the pass ---- */

/* Joins what flows in from before with what jumps have brought. */
static bool arrive(struct verifier *v, bool falls_in)
{
	struct register_types *brought = v->at[v->pc];

	v->at[v->pc] = NULL;
	if (brought && falls_in)
		state_meet(v, v->current, brought->of);
	else if (brought)
		memcpy(v->current->of, brought->of, state_size(v));
	if (brought)
		state_drop(v, brought);
	v->now = brought || falls_in ? v->current->of : NULL;
	deactivate(v);
	if (v->try_begins[v->pc] && !begin_tries(v))
		return false;
	return !v->now || !v->active || !brought || check_active(v);
}

static bool check_code(struct verifier *v)
{
	bool falls_in = true;

	for (v->pc = 0; v->pc < v->function->length; v->pc++) {
		instruction i = v->function->instructions[v->pc];

		if (!arrive(v, falls_in))
			return false;
		if (v->now && !check_instruction(v, i))
			return false;
		falls_in = v->now && !ends_flow(instruction_op(i));
	}
	return !falls_in || verify_refuse(v, "the code runs off its end");
}

static bool check_locals(struct verifier *v)
{
	for (uint32_t i = 0; i < v->function->local_count; i++)
		if (!v->function->locals[i].type ||
		    !in_range(v, v->function->locals[i].reg))
			return false;
	return true;
}

static bool check_shape(struct verifier *v)
{
	const struct code *f = v->function;

	if (f->length == 0 || f->length > CODE_LENGTH_MAX || f->registers > CODE_REGISTERS_MAX ||
	    f->parameters > f->registers)
		return verify_refuse(v, "a function of %u instructions and %u registers", f->length,
				     f->registers);
	if (f->groups != CODE_NO_GROUPS && f->groups + 10u > f->registers)
		return verify_refuse(v, "groups in register %u", f->groups);
	return check_locals(v);
}

static bool make_tables(struct verifier *v)
{
	size_t length = v->function->length;

	v->spare = NULL;
	v->active = NULL;
	v->try_begins = arena_zeroed(&v->scratch, length * sizeof(*v->try_begins) + 1);
	v->at = arena_zeroed(&v->scratch, length * sizeof(struct register_types *) + 1);
	v->current = arena_zeroed(&v->scratch, sizeof(*v->current) + state_size(v));
	return (v->try_begins && v->at && v->current) || refuse_memory(v);
}

bool verify_function(struct verifier *v, const struct code *function)
{
	v->function = function;
	v->pc = 0;
	if (!check_shape(v) || !make_tables(v) || !check_tries(v))
		return false;
	for (unsigned i = 0; i < function->parameters; i++)
		v->current->of[i] = plain(function->parameter_types[i]);
	v->now = v->current->of;
	if (!check_code(v))
		return false;
	v->function = NULL;
	return true;
}
