/* What a program consists of: functions, constants, globals, imports. */
#ifndef BYTECODE_CODE_H
#define BYTECODE_CODE_H

#include "base/ip.h"
#include "bytecode/program.h"

enum opcode {
#define OP(name, a, b, c, meaning) OP_##name,
#include "bytecode/opcodes.def"
#undef OP
	OPCODE_COUNT
};

/* What an operand is. A register ending in _TO is written, one without is read. */
enum operand {
	OPERAND_NONE,
	OPERAND_ANY_TO,
	OPERAND_ANY,
	OPERAND_INT_TO, /* bool, int, duration, time */
	OPERAND_INT,
	OPERAND_INT_TOO, /* read and written */
	OPERAND_FLOAT_TO,
	OPERAND_FLOAT,
	OPERAND_TEXT_TO,
	OPERAND_TEXT,
	OPERAND_IP,
	OPERAND_NET,
	OPERAND_REGEX,
	OPERAND_LIST,
	OPERAND_MAP,
	OPERAND_RECORD,
	OPERAND_OBJECT, /* one of the three before */
	OPERAND_RESULT, /* written unless the callee has no result */
	OPERAND_WINDOW, /* first of several registers; which ones follows from the opcode */
	OPERAND_FLOOR,	/* a register number, one behind the last too */
	OPERAND_COUNT,
	OPERAND_PIECES,	 /* what is joined: pieces_count() */
	OPERAND_SMALL,	 /* signed, 16 bits */
	OPERAND_DIVISOR, /* the same, neither 0 nor -1 */
	OPERAND_WIDE,	 /* signed, 32 bits */
	OPERAND_KIND,	 /* enum type_kind */
	OPERAND_TYPE,	 /* number in types */
	OPERAND_FIELD,
	OPERAND_CONSTANT16,
	OPERAND_CONSTANT32,
	OPERAND_GLOBAL32,
	OPERAND_FUNCTION,
	OPERAND_IMPORT,
	OPERAND_LITERAL,
	OPERAND_JUMP16,
	OPERAND_JUMP32,
	OPERAND_BACK16,
	OPERAND_BACK32,
};

struct opcode_row {
	const char *name;
	enum operand operands[3];
	const char *meaning;
};
extern const struct opcode_row opcode_rows[OPCODE_COUNT];

/* The instruction with its registers as offsets in bytes, which the VM need not multiply. Of one that
 * the verifier has taken. */
instruction instruction_ready(instruction i);

/* The next instruction is not reached from this one. */
bool opcode_ends_flow(enum opcode op);

static inline uint16_t instruction_op(instruction i)
{
	return (uint16_t)i;
}

static inline uint16_t instruction_a(instruction i)
{
	return (uint16_t)(i >> 16);
}

static inline uint16_t instruction_b(instruction i)
{
	return (uint16_t)(i >> 32);
}

static inline uint16_t instruction_c(instruction i)
{
	return (uint16_t)(i >> 48);
}

static inline int32_t instruction_wide(instruction i)
{
	return (int32_t)(i >> 32);
}

static inline instruction instruction_make(enum opcode op, unsigned a, unsigned b, unsigned c)
{
	return (instruction)op | (instruction)(uint16_t)a << 16 | (instruction)(uint16_t)b << 32 |
	       (instruction)(uint16_t)c << 48;
}

static inline instruction instruction_make_wide(enum opcode op, unsigned a, int64_t wide)
{
	return (instruction)op | (instruction)(uint16_t)a << 16 | (instruction)(uint32_t)wide << 32;
}

/* Texts and ints that are joined: bit n is set when piece n is an int, and the highest bit that is
 * set stands behind the last one. */
enum { PIECES_MAX = 15 };

static inline unsigned pieces_count(uint16_t pieces)
{
	return pieces ? 31 - (unsigned)__builtin_clz(pieces) : 0;
}

/* Bits of the register, as in vm/value.h; objects are made by the compiler and never change. */
union constant_bits {
	int64_t i;
	double f;
	struct text text;
	struct ip ip;
	const void *pointer;
};

struct constant {
	const struct type *type;
	const char *shown; /* as a person would write it */
};

/* Which place of the source an instruction comes from: that of the last row at or before it. */
struct code_line {
	uint32_t pc;
	struct span span;
};

/* Errors raised in [from, to) go on at `handler` with the Error record in R[floor]; registers below
 * `floor` are as they were. Inner ones come first. */
struct code_try {
	uint32_t from, to, handler;
	uint16_t floor;
};

/* A variable that a tracer can show while from <= pc < to. */
struct code_local {
	struct text name;
	const struct type *type;
	uint32_t from, to;
	uint16_t reg;
};

/* As many registers as 16 bits can tell apart by their offsets in bytes. */
enum { CODE_LENGTH_MAX = 1 << 24, CODE_REGISTERS_MAX = 4095, CODE_NO_GROUPS = UINT16_MAX };

/* One function. */
struct code {
	const char *name;
	const instruction *instructions;
	instruction *ready; /* the same as the VM runs it; verify() writes it. NULL: it is only looked at */
	uint32_t length;
	uint32_t cost; /* taken from the budget by a call; at least 1 */
	uint16_t registers;
	uint16_t parameters; /* R[0] .. */
	uint16_t groups;     /* first of the 10 registers of $0..$9, or CODE_NO_GROUPS */
	bool hidden;	     /* made by the compiler: not shown in stacks */
	const struct type *const *parameter_types;
	const struct type *result; /* TYPE_VOID when there is none */
	const struct code_line *lines;
	uint32_t line_count;
	const struct code_line *statements; /* where each begins */
	uint32_t statement_count;
	const struct code_try *tries;
	uint32_t try_count;
	const struct code_local *locals;
	uint32_t local_count;
};

struct code_global {
	const char *name;
	const struct type *type;
	enum lifetime lifetime; /* EVENT: a policy slot */
	uint32_t first;		/* constant that it holds when its lifetime begins */
};

/* The function that runs for an event; NO_FUNCTION when there is none. */
enum { NO_FUNCTION = UINT16_MAX };

/* A text that some place is searched for. Those of one place are found in one pass. */
enum { LITERAL_ALONE = UINT32_MAX };
struct literals;

struct code_literal {
	struct text text;
	uint32_t set; /* number in literal_sets, or LITERAL_ALONE */
	uint32_t bit; /* its number in the set */
	bool fold;    /* ASCII case is ignored */
	/* The one JUMP_LACKS that names it. While each one's jump leads to the next row's instruction, of
	 * the same register and set and with the next bit, rows form a chain: `last` is its end. */
	uint32_t function, pc, last;
};

struct program_code {
	const struct code *functions;
	uint32_t function_count;
	const union constant_bits *constants;
	const struct constant *constant_rows;
	uint32_t constant_count;
	const struct type *const *types; /* that instructions name */
	uint32_t type_count;
	const struct code_global *globals;
	uint32_t global_count;
	const struct import *imports;
	uint32_t import_count;
	const struct code_literal *literals;
	uint32_t literal_count;
	const struct literals *const *literal_sets;
	uint32_t literal_set_count;
	const uint32_t *policy_slots; /* numbers of globals */
	uint32_t policy_count;
	uint16_t events[EVENT_COUNT];
	uint16_t session_start,
		message_start;	  /* functions that give variables their initial values */
	const struct type *error; /* record Error; NULL when nothing is caught */
};

/* A text, a net, an object or a handle: a variable that outlives the event must keep it. */
bool type_needs_keeping(const struct type *type);

/* The place an instruction comes from; all zero when it has none. */
struct span code_span(const struct code *code, uint32_t pc);
/* True with its place when a statement begins at `pc`. */
bool code_statement(const struct code *code, uint32_t pc, struct span *span);

#endif
