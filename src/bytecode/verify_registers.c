/* What registers hold at one place of a function, and how that flows along jumps. */
#include "bytecode/region.h"
#include "bytecode/verify_state.h"

/* bool, int, duration and time are one to the VM. */
const struct type *verify_plain(const struct type *type)
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

size_t state_size(const struct verifier *v)
{
	return v->function->registers * sizeof(const struct type *);
}

struct register_types *state_new(struct verifier *v)
{
	struct register_types *state = v->spare;

	if (state)
		v->spare = state->next;
	else
		state = arena_allocate(&v->scratch, sizeof(*state) + state_size(v));
	return state;
}

void state_drop(struct verifier *v, struct register_types *state)
{
	state->next = v->spare;
	v->spare = state;
}

struct register_types *state_copy(struct verifier *v)
{
	struct register_types *copy = state_new(v);

	if (copy) {
		memcpy(copy->of, v->now, state_size(v));
		copy->turn = v->current->turn;
	}
	return copy;
}

void state_clear(const struct verifier *v, struct register_types *state)
{
	state->turn = NO_TURN;
	for (unsigned i = 0; i < v->function->registers; i++)
		state->of[i] = NULL;
}

void state_meet(const struct verifier *v, struct register_types *state,
		const struct register_types *other)
{
	if (state->turn != other->turn)
		state->turn = NO_TURN;
	for (unsigned i = 0; i < v->function->registers; i++)
		if (state->of[i] != other->of[i])
			state->of[i] = NULL;
}

/* ---- registers ---- */

bool register_in_range(struct verifier *v, uint32_t number)
{
	return number < v->function->registers ||
	       verify_refuse(v, "register %u of %u", number, v->function->registers);
}

bool register_is_outside(const struct verifier *v, uint32_t number)
{
	const struct code *code = v->function;

	if (v->current->turn != NO_TURN)
		return number < v->current->turn;
	return instruction_op(code->instructions[0]) == OP_ENTER_REGION &&
	       number < code->parameters;
}

bool register_read(struct verifier *v, uint32_t number)
{
	enum opcode op = (enum opcode)instruction_op(v->function->instructions[v->pc]);

	if (!register_in_range(v, number))
		return false;
	if (!v->now[number])
		return verify_refuse(v, "register %u is not set", number);
	return !register_is_outside(v, number) || region_takes(v->now[number]) ||
	       region_looks(op) ||
	       verify_refuse(v, "register %u belongs to the outside of a region", number);
}

bool register_read_type(struct verifier *v, uint32_t number, const struct type *type)
{
	return register_read(v, number) &&
	       (v->now[number] == verify_plain(type) ||
		verify_refuse(v, "register %u has another type", number));
}

bool register_read_kind(struct verifier *v, uint32_t number, enum type_kind kind)
{
	return register_read(v, number) &&
	       (v->now[number]->kind == kind ||
		verify_refuse(v, "register %u has another type", number));
}

bool register_read_object(struct verifier *v, uint32_t number)
{
	return register_read(v, number) && (type_is_object(v->now[number]) ||
					    verify_refuse(v, "register %u is no object", number));
}

/* What a handler relies on keeps its type while errors may go there. */
bool register_may_change(struct verifier *v, uint32_t number, const struct type *type)
{
	for (const struct active_try *try = v->active; try; try = try->outer)
		if (number < try->row->floor && try->kept->of[number] &&
		    try->kept->of[number] != type)
			return verify_refuse(v, "register %u changes under a handler", number);
	return true;
}

bool register_write(struct verifier *v, uint32_t number, const struct type *type)
{
	if (!register_in_range(v, number) || !register_may_change(v, number, verify_plain(type)))
		return false;
	if (number < v->current->turn && v->current->turn != NO_TURN && !type_is_plain(type))
		return verify_refuse(v, "register %u keeps what a turn has made", number);
	v->now[number] = verify_plain(type);
	return true;
}

bool registers_forget(struct verifier *v, uint32_t first)
{
	for (uint32_t i = first; i < v->function->registers; i++) {
		if (v->now[i] && !register_may_change(v, i, NULL))
			return false;
		v->now[i] = NULL;
	}
	return true;
}

/* ---- jumps ---- */

bool verify_jump(struct verifier *v, int64_t offset)
{
	int64_t target = (int64_t)v->pc + 1 + offset;
	struct register_types **at;

	if (offset < 0 || target >= v->function->length)
		return verify_refuse(v, "jump to %lld", (long long)target);
	at = &v->at[target];
	if (*at) {
		state_meet(v, *at, v->current);
		return true;
	}
	*at = state_copy(v);
	return *at || verify_no_memory(v);
}

/* Behind ENTER_LOOP the state is what it was there: the loop must bring back at least that. */
bool verify_jump_back(struct verifier *v, int64_t offset)
{
	int64_t target = (int64_t)v->pc + 1 + offset;
	struct register_types *start;

	if (offset >= 0 || target < 1 ||
	    instruction_op(v->function->instructions[target - 1]) != OP_ENTER_LOOP)
		return verify_refuse(v, "jump back to %lld", (long long)target);
	start = v->at[target - 1];
	if (!start)
		return verify_refuse(v, "jump back to a loop that is not entered");
	if (start->turn != v->current->turn)
		return verify_refuse(v, "jump back out of a turn or into one");
	for (unsigned i = 0; i < v->function->registers; i++)
		if (start->of[i] && start->of[i] != v->now[i])
			return verify_refuse(v, "register %u changes in a loop", i);
	return true;
}

/* Nothing else reads `at` at a place that was passed: the loop's state waits there. */
bool verify_loop_start(struct verifier *v, uint32_t floor)
{
	struct register_types *start;

	if (floor > v->function->registers)
		return register_in_range(v, floor);
	if (!registers_forget(v, floor))
		return false;
	start = state_copy(v);
	if (!start)
		return verify_no_memory(v);
	v->at[v->pc] = start;
	return true;
}

/* ---- turns ---- */

/* A handler goes on with what was made since the turn of its region began. */
static bool is_under_handler(const struct verifier *v)
{
	for (const struct active_try *try = v->active; try; try = try->outer)
		if (try->kept->turn != NO_TURN)
			return true;
	return false;
}

bool verify_enter_turn(struct verifier *v, uint32_t floor)
{
	if (floor > v->function->registers)
		return register_in_range(v, floor);
	if (v->code->policy_count || v->current->turn != NO_TURN)
		return verify_refuse(v, "a turn is not possible here");
	v->current->turn = floor;
	return true;
}

bool verify_leave_turn(struct verifier *v)
{
	if (v->current->turn == NO_TURN || is_under_handler(v))
		return verify_refuse(v, "no turn ends here");
	v->current->turn = NO_TURN;
	return true;
}
