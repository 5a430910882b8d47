/* Programs written by hand, instruction by instruction. */
#ifndef TESTS_BYTECODE_ASSEMBLE_H
#define TESTS_BYTECODE_ASSEMBLE_H

#include "bytecode/code.h"
#include "bytecode/verify.h"

/* Constants and types that every such program has, by their numbers. */
enum { K_INT, K_FLOAT, K_TEXT, K_IP, K_NET, K_LIST, K_MAP, K_NETS, K_RECORD, K_BOOL, K_REGEX, K_COUNT };
enum { T_INTS, T_COUNTS, T_PAIR, T_NETS, T_TEXTS, T_INT, T_COUNT };
enum { G_INT, G_TEXT, G_LIST, G_POLICY, G_COUNT };
enum { I_LOWER, I_PUSH, I_LOG, I_READ, I_WRITE, I_COUNT };

/* Two functions: 0 is the one that tests fill in, 1 is (int, text) -> int, 2 is () without result. */
struct assembled {
	struct arena arena;
	struct type_table types;
	const struct vocabulary *vocabulary;
	struct program program;
	struct program_code code;
	struct code functions[3];
	struct code_try tries[4];
	char message[VERIFY_MESSAGE_MAX];
};

extern struct assembled assembled;

void assemble_open(void);
void assemble_close(void);
/* Function 0 becomes these instructions; true when the verifier takes the program. */
bool takes(unsigned registers, const instruction *instructions, uint32_t length);

#define TAKES(registers, ...) \
	takes(registers, (const instruction[]){ __VA_ARGS__ }, \
	      (uint32_t)(sizeof((const instruction[]){ __VA_ARGS__ }) / sizeof(instruction)))

/* Constant expressions, unlike instruction_make. */
#define PART(n, shift)  ((instruction)(uint16_t)(n) << (shift))
#define I(op, a, b, c)  (PART(OP_##op, 0) | PART(a, 16) | PART(b, 32) | PART(c, 48))
#define W(op, a, wide)  (PART(OP_##op, 0) | PART(a, 16) | (instruction)(uint32_t)(wide) << 32)
#define END             I(RETURN_VOID, 0, 0, 0)

#endif
