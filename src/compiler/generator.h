/* What the files of the code generator (generate*.c) share. Nobody else includes this. */
#ifndef COMPILER_GENERATOR_H
#define COMPILER_GENERATOR_H

#include "bytecode/code.h"
#include "compiler/generate.h"
#include "match/regex.h"

enum { REGISTER_NONE = -1 };

/* A place in the code that jumps name before or after it is known. */
struct label {
	int64_t pc; /* -1: not yet bound */
	struct fixup *fixups;
};

struct fixup {
	uint32_t pc;
	struct fixup *next;
};

/* The loop that break and continue mean. */
struct loop {
	struct label leave, next;
	struct label done; /* behind it; of a break only once the turn has given back what it made */
	bool turns;	   /* each turn gives back what it made */
	struct loop *outer;
};

/* Arrays that grow in the scratch arena. */
struct growing {
	void *items;
	size_t count, room;
};

/* Code of the function that is being made. */
struct function_state {
	const struct function *function;  /* NULL for those that the compiler makes by itself */
	struct growing instructions;	  /* instruction */
	struct growing lines, statements; /* struct code_line */
	struct growing tries;		  /* struct code_try */
	struct growing locals;		  /* struct code_local */
	bool *whole;	/* of each local: is it used otherwise than field by field */
	bool *split;	/* of each local: each field has a register, from registers[] on */
	int *registers; /* of each local, by its number; STAND_INS more for the compiler */
	unsigned top;	/* registers in use */
	unsigned most;
	int groups;	  /* first register of $0..$9, or REGISTER_NONE */
	bool region;	  /* what it makes is given back when it returns */
	bool turn;	  /* the same of the loop's turn at hand: registers below turn_floor are outside */
	unsigned turn_floor;
	bool makes;	  /* it has instructions that make something */
	bool region_leaks, turn_leaks; /* something else may hold it: it must not be given back */
	bool reachable;	  /* can what is emitted next be reached */
	uint32_t bound;	  /* the last place that a label was bound to */
	struct span span; /* of what is being generated */
	struct loop *loop;
	const struct type *result;
};

struct generator {
	const struct checked_program *checked;
	struct arena *arena; /* the program's */
	struct arena scratch;
	struct diagnostics *diagnostics;
	bool failed; /* reported, or memory has ended: everything returns as soon as it can */
	struct growing constants;     /* union constant_bits */
	struct growing constant_rows; /* struct constant */
	uint32_t *constant_index;     /* hash of a constant to its number + 1 */
	uint32_t constant_index_size;
	struct growing types;	/* const struct type * */
	struct growing imports; /* struct import */
	struct growing literals;     /* struct code_literal */
	struct growing literal_sets; /* struct literal_set */
	bool has_policy_slots;
	const struct type *held[CODE_REGISTERS_MAX]; /* of variables that registers hold, or NULL */
	struct code *functions; /* in the program's arena */
	uint32_t function_count;
	struct function_state f;
};

/* ---- generate_code.c: memory, instructions, registers, labels ---- */

/* Zeroed, in the program's arena; NULL sets `failed`. */
void *generate_memory(struct generator *g, size_t size);
/* Room for one more item at the end, counted; NULL when memory has ended. */
void *generate_grow(struct generator *g, struct growing *array, size_t size);
/* A copy in the program's arena. */
void *generate_settle(struct generator *g, const struct growing *array, size_t size);
/* The script needs more of something than an instruction can name. */
void generate_too_large(struct generator *g, const char *code, const char *what);

void code_emit(struct generator *g, enum opcode op, unsigned a, unsigned b, unsigned c);
void code_emit_wide(struct generator *g, enum opcode op, unsigned a, int64_t wide);
/* A jump ahead: c (or bc of the wide ones) is filled in when the label is bound. */
void code_emit_jump(struct generator *g, enum opcode op, unsigned a, unsigned b,
		    struct label *label);
void code_emit_loop(struct generator *g, uint32_t start);
uint32_t code_here(const struct generator *g);
void code_label_bind(struct generator *g, struct label *label);
struct label code_label_new(void);
void code_thread_jumps(struct generator *g);

unsigned code_register_new(struct generator *g);
/* Registers from `top` on are free again. */
void code_registers_free(struct generator *g, unsigned top);

void code_place(struct generator *g, struct span span);
void code_begin_statement(struct generator *g, struct span span);

/* ---- generate_constants.c ---- */

uint32_t constant_number(struct generator *g, const struct type *type, union value v);
uint32_t type_number(struct generator *g, const struct type *type);
uint32_t import_number(struct generator *g, const struct import *import);
/* A literal all of whose parts are constants, as one; false when it is none. */
bool constant_value(struct generator *g, const struct expression *e, union value *v);
/* The keys of a map, when the expression is a long list of constant texts: for searches. */
bool constant_keys(struct generator *g, const struct expression *e, const struct type **type,
		   union value *v);
/* Marks an object and its parts as shared from the start. */
void constant_share(const struct type *type, union value v);
/* As an operand of 16 bits; false when the program has too many. */
bool constant_operand(struct generator *g, const struct type *type, union value v,
		      unsigned *number);
void constant_load(struct generator *g, const struct type *type, union value v, unsigned target);

/* ---- generate_expression.c ---- */

/* Into `target`, or wherever it is best when that is REGISTER_NONE. Returns the register. With a
 * target nothing is written to it before all that is read has been read. */
unsigned generate_expression(struct generator *g, const struct expression *e, int target);
/* Into `target`; an object that has another holder is marked shared. */
void generate_copy(struct generator *g, const struct expression *e, unsigned target);
/* Nobody else holds the object: it was made for this use, or is marked already. */
bool generate_is_fresh(const struct expression *e);
/* The texts that are joined, into registers in a row; how many. */
unsigned generate_leaves(struct generator *g, const struct expression *e);
/* A call as a statement. */
void generate_call(struct generator *g, const struct expression *e);

/* ---- generate_condition.c ---- */

/* Goes to `label` when the condition is `sense`, else falls through. */
void generate_jump(struct generator *g, const struct expression *e, bool sense,
		   struct label *label);
void generate_truth(struct generator *g, const struct expression *e, unsigned target);

/* ---- generate_literals.c ---- */

/* A search for a constant text, which has an opcode. */
bool generate_is_search(const struct expression *e);
/* False, and nothing is emitted, when it is none. */
bool generate_jump_contains(struct generator *g, const struct expression *e, bool sense,
			    struct label *label);
/* When the jumps of a function are settled. */
void generate_literal_chains(struct generator *g, uint32_t function);
/* When all functions are made. */
void generate_literal_sets(struct generator *g, struct program_code *code);

/* ---- generate_call.c ---- */

unsigned generate_function_call(struct generator *g, const struct expression *e, int target);
unsigned generate_builtin_call(struct generator *g, const struct expression *e, int target);

/* ---- generate_region.c ---- */

/* Can what the function makes be given back when it returns? */
bool generate_fits_region(const struct generator *g, const struct function *function);
/* Before a return of that register, or of nothing. */
void generate_leave_region(struct generator *g, const struct type *result, unsigned reg);
/* Notes instructions that make something, without which a region is not worth it, and those that let
 * something out of it. */
void generate_note_makes(struct generator *g, instruction i);
/* The body of a loop, up to where the next turn begins. */
void generate_turn(struct generator *g, struct loop *loop, const struct block *body);

/* ---- generate_place.c ---- */

/* Where an assignment goes: indices are in registers, the way there is not yet owned. */
struct site {
	const struct expression *e;
	unsigned *indices; /* registers, outermost level first; unused for fields */
	unsigned depth;
};

/* Evaluates the indices. */
struct site site_begin(struct generator *g, const struct expression *e);
/* Reads the place into a register. */
unsigned site_read(struct generator *g, const struct site *site);
/* Owns every level and stores. */
void site_store(struct generator *g, const struct site *site, unsigned from);
/* Owns every level, the value included when it is an object, and puts it into `target`. */
void site_own(struct generator *g, const struct site *site, unsigned target);

/* ---- generate_split.c ---- */

void generate_find_whole(struct generator *g, const struct function *function);
/* Declares a record as one variable for each field; false, and nothing is emitted, when it has to be an object. */
bool generate_split_variable(struct generator *g, const struct statement *s);
bool generate_is_split(const struct generator *g, const struct expression *e);
/* That place has been assigned to: a field that had no value yet is a variable from here on. */
void generate_split_assigned(struct generator *g, const struct expression *e);
/* A variable of the function, or a field that is one: what is in generate_register_of(). */
bool generate_has_register(const struct generator *g, const struct expression *e);
unsigned generate_register_of(const struct generator *g, const struct expression *e);

/* ---- generate_assign.c ---- */

/* A variable that the checker does not know stands for what is in a register already. */
enum stand_in { STAND_IN_LEFT, STAND_IN_RIGHT, STAND_IN_TAKEN, STAND_INS };
void generate_stand_in(struct generator *g, const struct expression *original, struct local *local,
		       struct expression *stand_in, enum stand_in which, unsigned reg);

void generate_assign(struct generator *g, const struct statement *s);
void generate_set_variable(struct generator *g, const struct statement *s);

/* ---- generate_parallel.c ---- */

void generate_parallel(struct generator *g, const struct statement *s);

/* ---- generate_statement.c ---- */

void generate_block(struct generator *g, const struct block *block);
/* From here to the end of the block that variable is in that register: for those who show it. */
void generate_note_local(struct generator *g, struct text name, const struct type *type,
			 unsigned reg);

#endif
