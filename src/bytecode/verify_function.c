/* One function: types flow forward through the code once. A jump ahead leaves its state at the
 * target, where states that meet keep what they agree on. A jump back may only go to the start of a
 * loop, which has forgotten all that the loop can change. */
#include "bytecode/verify_state.h"

/* ---- handlers ---- */

static bool check_try(struct verifier *v, const struct code_try *row)
{
	if (row->from >= row->to || row->to > row->handler || row->handler >= v->function->length ||
	    row->floor >= v->function->registers || !v->code->error)
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
		return verify_no_memory(v);
	memcpy(state->of, try->kept->of, state_size(v));
	state->turn = try->kept->turn;
	state->of[try->row->floor] = v->code->error;
	if (*at) {
		state_meet(v, *at, state);
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
		return verify_no_memory(v);
	if (v->now && v->current->turn != NO_TURN && row->floor < v->current->turn)
		return verify_refuse(v, "an error comes out of a turn");
	*try = (struct active_try){ row, v->now ? state_copy(v) : state_new(v), v->active };
	if (!try->kept)
		return verify_no_memory(v);
	if (!v->now)
		state_clear(v, try->kept);
	for (unsigned i = row->floor; i < v->function->registers; i++)
		try->kept->of[i] = NULL;
	v->active = try;
	/* A region that cannot be entered at its begin relies on nothing. */
	return meet_handler(v, try);
}

/* A register below the floor is set where the region begins and cannot be forgotten inside, but a
 * jump into the region could bring a state that never knew it. */
static bool check_active(struct verifier *v)
{
	for (const struct active_try *try = v->active; try; try = try->outer) {
		bool other = try->kept->turn != NO_TURN && try->kept->turn != v->current->turn;

		for (unsigned i = 0; i < try->row->floor; i++)
			other |= try->kept->of[i] && try->kept->of[i] != v->now[i];
		if (other)
			return verify_refuse(v, "a jump into a region with a handler");
	}
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

static void state_take(struct verifier *v, const struct register_types *brought)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): made by make_tables */
	memcpy(v->current->of, brought->of, state_size(v));
	v->current->turn = brought->turn;
}

/* Joins what flows in from before with what jumps have brought. */
static bool arrive(struct verifier *v, bool falls_in)
{
	struct register_types *brought = v->at[v->pc];

	v->at[v->pc] = NULL;
	if (brought && falls_in)
		state_meet(v, v->current, brought);
	else if (brought)
		state_take(v, brought);
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
		if (v->now && !verify_instruction(v, i))
			return false;
		falls_in = v->now && !opcode_ends_flow((enum opcode)instruction_op(i));
	}
	return !falls_in || verify_refuse(v, "the code runs off its end");
}

static bool check_locals(struct verifier *v)
{
	for (uint32_t i = 0; i < v->function->local_count; i++)
		if (!v->function->locals[i].type ||
		    !register_in_range(v, v->function->locals[i].reg))
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
	if (f->cost == 0)
		return verify_refuse(v, "a call that costs nothing");
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
	return (v->try_begins && v->at && v->current) || verify_no_memory(v);
}

static void make_ready(const struct code *function)
{
	for (uint32_t pc = 0; function->ready && pc < function->length; pc++)
		function->ready[pc] = instruction_op(function->instructions[pc]) < OPCODE_COUNT
					      ? instruction_ready(function->instructions[pc])
					      : 0;
}

bool verify_function(struct verifier *v, const struct code *function)
{
	v->function = function;
	v->pc = 0;
	if (!check_shape(v) || !make_tables(v) || !check_tries(v))
		return false;
	state_clear(v, v->current);
	for (unsigned i = 0; i < function->parameters; i++)
		v->current->of[i] = verify_plain(function->parameter_types[i]);
	v->now = v->current->of;
	if (!check_code(v))
		return false;
	make_ready(function);
	v->function = NULL;
	return true;
}
