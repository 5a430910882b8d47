/* Scripts run as the engine runs them, without the engine: for tests of what scripts call. */
#ifndef TESTS_BUILTINS_WORLD_H
#define TESTS_BUILTINS_WORLD_H

#include "base/diagnostics.h"
#include "builtins/context.h"
#include "../zone.h"

struct world {
	struct diagnostics diagnostics;
	struct program *program;
	struct mail_session *mail;
	struct means means;
	struct context context;
	struct arena event;
	int64_t limits[LIMIT_COUNT];
	struct vm_services services;
	struct vm *vm;
	struct table *tables[4];
	struct shared *space; /* of the program's shared variables */
	struct shared_variable *shared[4];
	struct buffer log; /* "LEVEL LINE\n" for each line */
};

/* What worlds that are opened from now on find in the DNS. */
extern struct zone world_zone;

/* The program must compile. */
void world_open(struct world *world, const char *source);
void world_close(struct world *world);
/* Runs one function without parameters; its result is vm_result(). */
enum vm_status world_call(struct world *world, const char *function);
/* Runs an event's handler. */
enum vm_status world_raise(struct world *world, enum event_id event);
/* Forgets the event that ran; values made in it are gone. */
void world_settle(struct world *world);

/* Begins a message from <a@example.net> to <b@example.org>. */
void world_begin_message(struct world *world);
void world_add_header(struct world *world, const char *name, const char *raw);
/* All fields as they stand, "Name:raw\n" each. */
const char *world_headers(struct world *world, char out[4096]);

/* Each expression must be true. They are compiled into one program. */
void all_hold(const char *const *expressions, size_t count);
#define HOLD(...) \
	do { \
		static const char *const expressions[] = { __VA_ARGS__ }; \
		all_hold(expressions, sizeof(expressions) / sizeof(expressions[0])); \
	} while (0)

/* Each expression must raise an error of that kind. */
void all_raise(const char *kind, const char *const *expressions, size_t count);
#define RAISE(kind, ...) \
	do { \
		static const char *const expressions[] = { __VA_ARGS__ }; \
		all_raise(kind, expressions, sizeof(expressions) / sizeof(expressions[0])); \
	} while (0)

/* The body of a function must return true: for what needs statements. */
void body_holds(const char *body);
void body_raises(const char *kind, const char *body);
/* With that limit set to `most` the body must strike it. */
void body_strikes(enum limit_id limit, int64_t most, const char *body);

/* With the nth allocation failing, for each n until the body succeeds, it fails with a limit and nothing
 * is lost. */
void body_survives_want(const char *body);

#endif
