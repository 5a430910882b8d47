/* From row to code. */
#include "builtins/builtins.h"
#include "builtins/context.h"

/* The tests have natives of their own. The checker lets no event come here. */
static enum call_result outside_of_tests(struct call *call)
{
	return call_raise(call, "argument", 0, false, "this is for tests alone");
}

static builtin_function *const builtins[BUILTIN_COUNT] = {
#define BUILTIN(id, ...) [BUILTIN_##id] = builtin_##id,
#define TESTED(id, ...)	 [BUILTIN_##id] = outside_of_tests,
#include "grammar/builtins.def"
#undef BUILTIN
};

/* What no host of ours knows reads as the first value of its type. */
static enum call_result read_unknown(struct call *call)
{
	if (!value_first(call->import->result, call_arena(call), call->result))
		return call_memory(call);
	return CALL_DONE;
}

/* Setting what nobody looks at does nothing; the checker has warned. */
static enum call_result write_unknown(struct call *call)
{
	(void)call;
	return CALL_DONE;
}

/* A host knows what it can honour and what it must be asked for. The branch not chosen is no
 * reference: a row without code of its own needs none. */
static builtin_function *const readers[VARIABLE_COUNT] = {
#define VARIABLE(name, type, readable, settable, honoured, needs, help)                            \
	[VARIABLE_##name] = __builtin_choose_expr((readable) != 0 && ((honoured) || (needs) != 0), \
						  read_##name, read_unknown),
#include "grammar/variables.def"
#undef VARIABLE
};

static builtin_function *const writers[VARIABLE_COUNT] = {
#define VARIABLE(name, type, readable, settable, honoured, needs, help)                            \
	[VARIABLE_##name] =                                                                        \
		__builtin_choose_expr((settable) != 0 && (honoured), write_##name, write_unknown),
#include "grammar/variables.def"
#undef VARIABLE
};

const struct vm_natives natives = { builtins, readers, writers };
