/* Runs a program. It has never heard of mail: what scripts call is handed in as builtins.
 *
 * One vm belongs to one session of one filter. Its frames are its own, so a handler can be put
 * aside while it waits: vm_run returns, and a later vm_run goes on. */
#ifndef VM_VM_H
#define VM_VM_H

#include "base/wait.h"
#include "bytecode/program.h"
#include "match/regex.h"
#include "vm/value.h"

struct vm;

enum vm_status {
	VM_DONE,    /* the function has returned */
	VM_WAITING, /* vm_wait() says for what; call vm_run again when ready */
	VM_ENDED,   /* a builtin ended the event (a verdict) */
	VM_FAILED,  /* an error was not caught, or a limit struck: vm_failure() tells */
};

struct vm_failure {
	bool limit;	     /* a limit struck: never caught by scripts */
	enum limit_id which; /* when `limit` */
	struct text kind;    /* of the error: "io", "timeout", "argument", ... */
	struct text message;
	int64_t code;
	bool temporary;
	struct text trace; /* "onMailFrom (a.afsl:12:3) < f (a.afsl:4:1)"; innermost first */
};

/* What lies below and beside the VM, made by the engine, one for each session. */
struct vm_services {
	void *context;	       /* for builtins: struct context of builtins/context.h */
	struct arena *event;   /* where a handler's values are made; reset by the engine */
	struct arena *message; /* message variables live here */
	struct arena *session; /* for builtins: session variables live in an arena of the VM's own,
				  and texts in it end with vm_end_message at the earliest */
	const int64_t *limits; /* LIMIT_COUNT values */
	bool shares_thread;    /* a handler that computes for long waits now and then, for nothing but
				  the others' turn */
};

enum call_result {
	CALL_DONE,
	CALL_RAISED, /* call_raise was called */
	CALL_LIMIT,  /* call_limit was called, or memory has ended */
	CALL_WAIT,   /* call_wait was filled; the builtin is called again with the same arguments */
	CALL_END,    /* the event ends here */
};

/* One call of a builtin. */
struct call {
	struct vm *vm;
	const struct import *import; /* which builtin, and what T, K, V are */
	value *arguments;	     /* may be changed when `inout` */
	value *result;
	void **pending; /* NULL at the first call; what a waiting builtin leaves there it finds
			   again when it is called again; lives in the event arena */
};

typedef enum call_result builtin_function(struct call *call);

/* For builtins. */
void *call_context(const struct call *call);
struct arena *call_arena(const struct call *call); /* the event's */
int64_t call_limit_value(const struct call *call, enum limit_id limit);
/* All return the CALL_ value that the builtin then returns. */
enum call_result call_raise(struct call *call, const char *kind, int64_t code, bool temporary,
			    const char *format, ...) __attribute__((format(printf, 5, 6)));
enum call_result call_limit(struct call *call, enum limit_id limit);
enum call_result call_memory(struct call *call); /* the event arena's cap was reached */
/* The request to fill before returning CALL_WAIT. Its deadline is capped by the event's. */
struct wait_request *call_wait(struct call *call);
/* Takes `bytes` / 16 + 1 instructions from the budget before they are touched; anything but
 * CALL_DONE must be returned at once. */
enum call_result call_charge(struct call *call, size_t bytes);
/* The same for a builtin that has done nothing yet: where others wait for the thread, CALL_WAIT puts
 * much work aside before it begins. The builtin is then called again. */
enum call_result call_begin(struct call *call, size_t bytes);
/* For builtins that work for long, now and then: CALL_WAIT when the handler's turn is over and others
 * wait for the thread. Then what is needed to go on stays in `pending`, and CALL_WAIT is returned. */
enum call_result call_pause(struct call *call);
/* The first match at or after `from`, within the event's limits and with the session's matcher. It
 * may answer CALL_WAIT: the builtin begins anew, and must not have done anything but fill the event's
 * arena.
 * Charges nothing: callers know how often they look through the same subject. `groups` may be NULL.
 */
enum call_result call_match(struct call *call, const struct regex *regex, struct text subject,
			    size_t from, struct text groups[REGEX_GROUPS], bool *matched);
/* Which of the nets is the first that holds the address; -1 when none does. Charges for it. */
enum call_result call_find_range(struct call *call, struct list *nets, struct ip ip,
				 int64_t *index);
/* When the event must be over: clock_monotonic(). */
int64_t call_deadline(const struct call *call);
/* A text made in the event arena: CALL_DONE with *result set, or CALL_LIMIT. */
enum call_result call_return_text(struct call *call, const void *bytes, size_t length);
/* Registers a handle with the session; it is closed with its lifetime (EVENT until it is stored).
 * NULL when LIMIT_sockets is reached, and then nothing is owned. */
struct handle *call_new_handle(struct call *call, enum type_kind kind, void *state,
			       void (*close)(struct handle *));

/* `builtins`, `readers` and `writers` are indexed by builtin_id and variable_id. */
struct vm_natives {
	builtin_function *const *builtins;
	builtin_function *const *readers; /* no arguments */
	builtin_function *const *writers; /* one argument: the value */
};

/* NULL when memory has ended. The program, services and natives must outlive it. */
struct vm *vm_new(const struct program *program, const struct vm_services *services,
		  const struct vm_natives *natives);
void vm_free(struct vm *vm); /* closes every handle */
/* A vm of another program in the place of `old`, between two events: session and message variables of the same name
 * and type keep their values, handles stay open, and `old` is freed. Values may still point into the constants of its
 * program. NULL when memory has ended; then `old` is as it was. */
struct vm *vm_succeed(struct vm *old, const struct program *program,
		      const struct vm_services *services, const struct vm_natives *natives);

/* Evaluate the initial values of the session's or message's variables. They run like functions and
 * may fail; they never wait for anything, but where the thread is shared they have turns: VM_WAITING,
 * and vm_run goes on. */
enum vm_status vm_begin_session(struct vm *vm, int64_t deadline);
enum vm_status vm_begin_message(struct vm *vm, int64_t deadline);
/* Policy slots take their exported values; then the event's function is ready for vm_run. False
 * when the program has no handler for the event. `deadline` bounds the event, waits included. */
bool vm_begin_event(struct vm *vm, enum event_id event, int64_t deadline);
/* Ready to run one function by its number, for tests and benchmarks. */
bool vm_begin_function(struct vm *vm, unsigned function, const value *arguments, int64_t deadline);
value vm_result(const struct vm *vm);

enum vm_status vm_run(struct vm *vm);
/* Of what was begun last. */
int64_t vm_deadline(const struct vm *vm);
const struct wait_request *vm_wait(const struct vm *vm);
const struct vm_failure *vm_failure(const struct vm *vm);
/* Where the script stands while it waits or after VM_ENDED, until vm_end_event(); false when no
 * place is known. */
bool vm_place(const struct vm *vm, struct span *span);

/* "onMailFrom (a.afsl:12:3) < f (a.afsl:4:1)" of the place that vm_place() gives. */
void vm_print_stack(const struct vm *vm, struct buffer *out);

/* After an event, in whatever way it ended, or to give a suspended one up (`catch` does not run):
 * frames go, handles of the event close; the engine may then reset the event arena. */
void vm_end_event(struct vm *vm);
/* No event is near: what was kept for it goes. */
void vm_rest(struct vm *vm);
/* Message variables are forgotten, handles of the message close, session values are compacted into a
 * fresh arena when worth it. The engine may then reset the message arena. */
void vm_end_message(struct vm *vm);

/* For tests, which look at what a script keeps: session and message variables of `to` become copies
 * of those of `from`, a vm of the same script. What holds handles is left out. */
void vm_copy_variables(struct vm *to, const struct vm *from);

/* Called before each statement with its place; NULL switches off. For `afsl run --trace`. */
typedef void vm_tracer(void *argument, const struct vm *vm, struct span span);
void vm_trace(struct vm *vm, vm_tracer *tracer, void *argument);
/* Beside a tracer, called before each instruction; NULL switches off. For what tests cover. */
struct code;
typedef void vm_visitor(void *argument, const struct code *code, uint32_t pc);
void vm_visit(struct vm *vm, vm_visitor *visitor, void *argument);
/* Locals in scope at the place the tracer was called for: name, type and value of the nth; false at
 * the end. */
bool vm_is_inside(const struct vm *vm); /* of an event or function that has not ended: vm_local may
					   be asked */
bool vm_local(const struct vm *vm, unsigned n, struct text *name, const struct type **type, value *v);

#endif
