/* A program from source text, ready to run: the compiler, the real builtins, and arenas. */
#ifndef TESTS_VM_BED_H
#define TESTS_VM_BED_H

#include "builtins/context.h"
#include "bytecode/code.h"
#include "vm/vm.h"

struct bed {
	struct diagnostics diagnostics;
	struct program *program;
	struct arena event, message, session;
	int64_t limits[LIMIT_COUNT];
	struct context context;
	struct vm_services services;
	builtin_function *builtins[BUILTIN_COUNT];
	struct vm_natives natives;
	struct vm *vm;
	char out[8192];
};

/* Ends the test when the source does not compile. */
void bed_open(struct bed *bed, const char *source);
void bed_close(struct bed *bed);
/* Another VM for the same program, as another session would have. */
struct vm *bed_vm(struct bed *bed);

/* Runs a function of the program to its end; what was made stays until bed_end. */
enum vm_status bed_run(struct bed *bed, const char *function, const value *arguments);
/* Ends the event and resets its arena, as the engine does. */
void bed_end(struct bed *bed);
/* An event from begin to end. */
enum vm_status bed_event(struct bed *bed, enum event_id event);
/* As the engine does between two messages. */
void bed_end_message(struct bed *bed);

/* Runs `function() -> text` and ends it: its text, or "kind: message" of what it raised. */
const char *bed_text(struct bed *bed, const char *function);
/* Compiles `source` and runs its function f. */
const char *text_of_source(const char *source);

#endif
