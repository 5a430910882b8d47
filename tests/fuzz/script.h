/* A script with the real compiler, builtins and VM behind it, whose functions a target calls:
 * without the engine. Files, sockets and name servers are out of reach. What cannot be set up ends
 * the process. */
#ifndef TESTS_FUZZ_SCRIPT_H
#define TESTS_FUZZ_SCRIPT_H

#include "builtins/context.h"
#include "bytecode/code.h"

struct script {
	struct diagnostics diagnostics;
	struct program *program;
	struct arena event;
	struct mail_session *mail; /* with a message of <a@example.net> */
	struct resolver *resolver;
	int64_t limits[LIMIT_COUNT]; /* the defaults: a target may lower them */
	struct context context;
	struct vm_services services;
	struct vm *vm;
};

void script_open(struct script *script, const char *source);
/* Compiles alone: for those that change the code before it runs. Then script_begin. */
void script_compile(struct script *script, const char *source);
/* A VM that has run nothing; ends the one before. False when what variables begin with fails. */
bool script_begin(struct script *script);
unsigned script_function(const struct script *script, const char *name);
/* What vm_result() and vm_failure() give lives until the next call. */
enum vm_status script_call(struct script *script, unsigned function, const value *arguments);
/* Forgets what the last call has made; calls do so themselves. */
void script_settle(struct script *script);

#endif
