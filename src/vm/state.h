/* What the files of this room share: the inside of a vm. */
#ifndef VM_STATE_H
#define VM_STATE_H

#include "bytecode/code.h"
#include "match/regex.h"
#include "vm/vm.h"

/* One running call. Registers are named by offset: the stack moves when it grows. */
struct frame {
	const struct code *code; /* of a call that is over, until the next one */
	const instruction *pc; /* where it goes on; of the top frame only while the loop is left */
	const instruction *loop; /* where the one that was entered last begins; of no meaning before */
	size_t base;	       /* offset of its first register, in bytes */
	uint16_t number; /* of the function that CALL found here last, or NO_FUNCTION */
	bool region; /* `mark` is set: regions.c */
	bool turn;   /* the same of `turn_mark` */
	struct arena_mark mark, turn_mark;
};

/* A text that was copied with room behind it: what is appended next goes there. The room is lost
 * when another text took it, or with the arena. */
struct growth {
	const char *end;
	const char *limit;
};

enum { GROWTHS = 4 };

/* Taken when an event begins and given back when it ends; a small one stays until vm_rest(): an idle
 * session has none. */
struct stack {
	value *registers;
	size_t size; /* of the registers, in bytes */
	struct frame *frames; /* one more than there is room for: a call looks at who was called before */
	struct frame *top;   /* the running one; NULL: none */
	struct frame *usual; /* below this one a call needs neither frames nor a look at the limit */
	uint32_t frame_room;
	uint32_t most_depth;
	struct growth growths[GROWTHS]; /* the newest first; the first is empty when all are */
	struct scan *scans; /* literals.c; NULL until needed */
	struct wait_request wait; /* of the event, when this is its own stack */
	uint32_t caught_from; /* frames below it belong to another stack: their handlers do not
				 count */
};

/* A session arena that was full before the message ended: values of the running event may still
 * look into it. */
struct retired {
	struct arena arena;
	struct retired *older;
};

struct vm {
	const struct program *program;
	const struct program_code *code;
	const struct vm_services *services;
	const struct vm_natives *natives;
	struct stack *stack, *spare;
	int64_t budget;	 /* instructions left before the clock is read */
	int64_t reserve; /* instructions left after that */
	int64_t deadline;
	int64_t now;	   /* when the last slice was used up */
	int64_t turn_ends; /* 0: no slice has been used up in this turn */
	struct arena session; /* what session variables hold */
	size_t session_live;  /* bytes in it after the last compaction */
	struct retired *retired;
	struct handle *handles;
	struct regex_matcher *matcher; /* a small one stays until vm_rest() */
	void *pending;		   /* of the builtin or the match that waits */
	struct parallel *parallel; /* NULL until the event comes to a parallel block */
	enum event_id event;
	/* room for a word, with all of them */
	bool event_globals : 1; /* there are variables that end with the event */
	bool may_wait : 1; /* false: initial values of variables, which have turns and nothing else */
	bool waiting;
	bool computes; /* it was put aside in this turn, and not because it waits for something */
	bool aside;    /* it goes on after that: nobody else waits for the end of this turn */
	value result;
	struct vm_failure failure;
	char *failure_block; /* what the texts of `failure` point into once the event is over */
	vm_tracer *tracer;
	void *tracer_argument;
	vm_visitor *visitor;
	void *visitor_argument;
	struct wait_request *wait; /* of the event's own stack */
	value globals[]; /* and behind them what is exported */
};

/* Policy slots as exported for the message, and for the session; data is NULL when one is not. */
static inline value *exported_message(struct vm *vm)
{
	return vm->globals + vm->code->global_count;
}

static inline value *exported_session(struct vm *vm)
{
	return exported_message(vm) + vm->code->policy_count;
}

static inline struct frame *vm_top(const struct vm *vm)
{
	return vm->stack->top;
}

static inline value *stack_registers(const struct stack *stack, const struct frame *frame)
{
	return (value *)((char *)stack->registers + frame->base);
}

/* Frames in use. */
static inline uint32_t stack_depth(const struct stack *stack)
{
	return stack->top ? (uint32_t)(stack->top - stack->frames) + 1 : 0;
}

/* Registers that an instruction names, as instruction_ready() has written it. */
static inline value *register_at(value *r, uint16_t offset)
{
	return (value *)((char *)r + offset);
}

static inline value *register_a(value *r, instruction i)
{
	return register_at(r, instruction_a(i));
}

static inline value *register_b(value *r, instruction i)
{
	return register_at(r, instruction_b(i));
}

static inline value *register_c(value *r, instruction i)
{
	return register_at(r, instruction_c(i));
}

/* ---- frames.c ---- */

/* A stack with one frame, of `code`; false when memory has ended. */
bool stack_begin(struct vm *vm, const struct code *code);
void stack_end(struct vm *vm);
/* A stack whose one frame is a copy of the running one, and goes on at `pc`; there are `count`
 * already. NULL when memory has ended. */
struct stack *stack_fork(const struct vm *vm, const instruction *pc, unsigned count);
void stack_free(struct stack *stack);
/* Pushes a frame of `code` whose registers begin at `base`. CALL_LIMIT at LIMIT_callDepth. */
enum call_result stack_push(struct vm *vm, const struct code *code, size_t base);

/* ---- budget.c ---- */

void budget_begin(struct vm *vm, int64_t deadline);
/* The failure of an event whose deadline has come. */
enum call_result budget_time_ended(struct vm *vm);
/* The slice is used up: reads the clock and takes the next one. CALL_DONE or CALL_LIMIT. */
enum call_result budget_slice(struct vm *vm);

/* Can the running handler be put aside for the others' turn? When does its own end, and has that come
 * (looked at after budget_slice)? */
bool turn_ends(const struct vm *vm);
int64_t turn_end(struct vm *vm);
bool turn_is_over(struct vm *vm);
/* Do others wait for its end? Then what takes longer, as work on more than TURN_BYTES does, is put
 * aside before it begins: turn_yield(). */
enum { TURN_BYTES = 64 << 10 };
bool turn_is_short(const struct vm *vm);
static inline bool turn_defers(const struct vm *vm, size_t bytes)
{
	return bytes > TURN_BYTES && turn_is_short(vm);
}
/* The wait that is over at once. */
enum call_result turn_yield(struct vm *vm);

static inline enum call_result budget_charge(struct vm *vm, int64_t units)
{
	vm->budget -= units;
	return __builtin_expect(vm->budget < 0, 0) ? budget_slice(vm) : CALL_DONE;
}

/* ---- failure.c ---- */

enum call_result failure_raise(struct vm *vm, const char *kind, const char *format, ...)
	__attribute__((format(printf, 3, 4), cold));
enum call_result failure_limit(struct vm *vm, enum limit_id limit) __attribute__((cold));
/* Which cap an arena of that lifetime has. */
enum limit_id failure_memory_limit(enum lifetime lifetime);
enum call_result failure_throw_text(struct vm *vm, struct text message);
enum call_result failure_throw_record(struct vm *vm, const struct record *error);
/* Unwinds to the handler of what was raised, if there is one: the top frame goes on there. Else
 * the failure gets its trace and keeps its texts. */
bool failure_catch(struct vm *vm);
/* Makes the failure whole after a limit. */
void failure_settle(struct vm *vm);
void failure_free(struct vm *vm);
static inline void failure_forget(struct vm *vm)
{
	if (vm->failure.limit || vm->failure.kind.data)
		failure_free(vm);
}

/* ---- globals.c ---- */

void globals_reset(struct vm *vm, enum lifetime lifetime);
/* Policy slots at the begin of an event. */
void globals_begin_event(struct vm *vm);
enum call_result globals_keep(struct vm *vm, uint32_t slot, value v);
enum call_result globals_append(struct vm *vm, uint32_t slot, struct text more);
enum call_result globals_own(struct vm *vm, uint32_t slot, value *owned);
enum call_result globals_export(struct vm *vm, uint32_t slot);
/* When a message ends: session values go to a fresh arena when much of theirs is waste. */
void globals_compact(struct vm *vm);
void globals_free(struct vm *vm);

/* ---- handles.c ---- */

/* Closes those that live no longer than `lifetime`. */
void handles_close(struct vm *vm, enum lifetime lifetime);
/* Closes those of the session that no session variable holds. */
void handles_sweep(struct vm *vm);
unsigned handles_open(const struct vm *vm);

/* ---- parallel.c: all but the first two once vm->parallel is made ---- */

/* What follows `pc` runs on a stack of its own, later. CALL_LIMIT at LIMIT_parallel. */
enum call_result parallel_fork(struct vm *vm, const instruction *pc);
/* The stack on which the code of `stack` was forked; NULL: it is the event's own. */
const struct stack *parallel_outer(const struct vm *vm, const struct stack *stack);
/* The running statement ends with that result; then vm_loop returns VM_DONE. */
void parallel_yield(struct vm *vm, value result, const struct type *type);
/* What waited may try again. */
void parallel_wake(struct vm *vm);
/* vm_loop has returned: true when another is to run now, else with the status of all. */
bool parallel_next(struct vm *vm, enum vm_status *status);
/* All but the event's own stack are given up. */
void parallel_end(struct vm *vm);

/* ---- texts.c ---- */

/* Joins texts; in place behind the first when that can grow. The result lives in `home` or longer.
 */
enum call_result texts_join(struct vm *vm, struct arena *home, const value *texts, unsigned count,
			    struct text *joined);

/* ---- operations: what is not worth a place in the loop ---- */

typedef enum call_result operation(struct vm *vm, value *r, instruction i);

operation operate_concat, operate_concat_constant, operate_concat_many, operate_concat_pieces,
	operate_to_text, operate_text_slice, operate_text_slice_from;
operation operate_divide, operate_remainder;
operation operate_new_list, operate_extend_list, operate_new_map, operate_extend_map,
	operate_new_record, operate_set_element, operate_get_entry, operate_set_entry,
	operate_set_field, operate_list_push, operate_in_list, operate_in_nets, operate_equals;
operation operate_join, operate_take;
operation operate_own, operate_own_element, operate_own_entry, operate_own_field;
operation operate_index_wrong, operate_byte_wrong; /* outside of the list, the text */
/* Sets the groups of the running function on a match. */
enum call_result operate_match(struct vm *vm, value *r, instruction i, bool *matched);

/* ---- ranges.c ---- */

/* The first of the list's nets that holds the address, or -1. */
enum call_result ranges_find(struct vm *vm, struct list *list, struct ip ip, int64_t *index);

/* ---- literals.c ---- */

/* What is known of the text that a set was last asked about. Texts do not change during an event. */
struct scan {
	const char *data;
	uint32_t length, lifetime;
	uint64_t *found; /* literals_words() */
};

enum call_result literals_look_slowly(struct vm *vm, struct text text, uint32_t number,
				      bool *found);

/* Does that literal of the program occur in the text? */
static inline enum call_result literals_look(struct vm *vm, struct text text, uint32_t number,
					     bool *found)
{
	const struct code_literal *row = &vm->code->literals[number];
	const struct scan *scan;

	if (row->set == LITERAL_ALONE || !vm->stack->scans)
		return literals_look_slowly(vm, text, number, found);
	scan = &vm->stack->scans[row->set];
	if (scan->data != text.data || scan->length != text.length)
		return literals_look_slowly(vm, text, number, found);
	*found = scan->found[row->bit / 64] >> row->bit % 64 & 1;
	return CALL_DONE;
}
/* After a miss that goes on at `pc`: where the next literal of the chain that does occur is asked for, or
 * the chain ends. */
const instruction *literals_next(const struct vm *vm, uint32_t number, const instruction *pc);
void literals_forget(struct stack *stack);

/* Texts of the event are about to go. */
void literals_forget_events(struct stack *stack, uint32_t set_count);

/* ---- regions.c; for the loop there is regions.h ---- */

void region_leave_slowly(struct vm *vm, const struct frame *frame);
void turn_leave_slowly(struct vm *vm, const struct frame *frame);
/* `text` stays. */
void region_leave_text(struct vm *vm, const struct frame *frame, struct text *text);

/* ---- call.c ---- */

enum call_result call_native(struct vm *vm, builtin_function *function, const struct import *import,
			     value *arguments, value *result);

/* ---- run.c ---- */

enum vm_status vm_loop(struct vm *vm);

/* ---- tracer.c ---- */

void tracer_visit(struct vm *vm, const instruction *pc);

#endif
