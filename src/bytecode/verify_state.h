/* What the two files of the verifier share. */
#ifndef BYTECODE_VERIFY_STATE_H
#define BYTECODE_VERIFY_STATE_H

#include "bytecode/code.h"
#include "bytecode/verify.h"

enum { NO_TURN = UINT16_MAX + 1 };

/* The types that registers hold at one place; NULL: not known, must not be read. */
struct register_types {
	struct register_types *next; /* free list */
	unsigned turn;		     /* the floor of ENTER_TURN; NO_TURN outside of turns */
	const struct type *of[];
};

struct verifier {
	const struct program *program;
	const struct program_code *code;
	const struct vocabulary *vocabulary;
	struct arena scratch;
	char *message;
	/* of the function at hand */
	const struct code *function;
	uint32_t pc;
	const struct type **now;	/* at pc; NULL when pc cannot be reached */
	struct register_types *current; /* what `now` points into */
	struct register_types **at;	/* at targets of jumps ahead */
	struct register_types *spare;
	struct active_try *active;
	bool *try_begins; /* at that pc */
};

/* What a region's handler relies on. */
struct active_try {
	const struct code_try *row;
	struct register_types *kept;
	struct active_try *outer;
};

/* ---- verify_registers.c: false when something is wrong, and then it has been told ---- */

/* bool, int, duration and time are one to the VM. */
const struct type *verify_plain(const struct type *type);

size_t state_size(const struct verifier *v);
struct register_types *state_new(struct verifier *v);
struct register_types *state_copy(struct verifier *v); /* of `now` */
void state_drop(struct verifier *v, struct register_types *state);
/* The same as if nothing were known. */
void state_clear(const struct verifier *v, struct register_types *state);
/* Keeps what both agree on. */
void state_meet(const struct verifier *v, struct register_types *state,
		const struct register_types *other);

/* Does the register belong to what is outside of the region or turn at hand (bytecode/region.h)? */
bool register_is_outside(const struct verifier *v, uint32_t number);
bool register_in_range(struct verifier *v, uint32_t number);
bool register_read(struct verifier *v, uint32_t number);
bool register_read_type(struct verifier *v, uint32_t number, const struct type *type);
bool register_read_kind(struct verifier *v, uint32_t number, enum type_kind kind);
bool register_read_object(struct verifier *v, uint32_t number);
bool register_may_change(struct verifier *v, uint32_t number, const struct type *type);
bool register_write(struct verifier *v, uint32_t number, const struct type *type);
bool registers_forget(struct verifier *v, uint32_t first);

bool verify_jump(struct verifier *v, int64_t offset);
bool verify_jump_back(struct verifier *v, int64_t offset);
bool verify_loop_start(struct verifier *v, uint32_t floor);
bool verify_enter_turn(struct verifier *v, uint32_t floor);
bool verify_leave_turn(struct verifier *v);

/* ---- verify_relations.c, verify_instruction.c, verify_function.c ---- */

bool verify_number(struct verifier *v, uint32_t number, uint32_t count, const char *what);
/* Of one that there is. */
const struct type *verify_constant_type(const struct verifier *v, uint32_t number);
bool verify_relations(struct verifier *v, instruction i);
bool verify_instruction(struct verifier *v, instruction i);
bool verify_function(struct verifier *v, const struct code *function);
bool verify_imports(struct verifier *v);
/* Keeps the message, with where it was. */
void verify_say(struct verifier *v, const char *format, ...)
	__attribute__((format(printf, 2, 3), cold));
/* False, and a compiler sees that it is never anything else. */
#define verify_refuse(...)  (verify_say(__VA_ARGS__), false)
#define verify_no_memory(v) verify_refuse(v, "memory has ended")

#endif
