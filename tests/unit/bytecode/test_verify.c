#include "assemble.h"

#include "base/memory.h"
#include "match/literals.h"

#include <criterion/criterion.h>
#include <stdlib.h>

TestSuite(verify, .init = assemble_open, .fini = assemble_close);

#define GOOD(registers, ...) \
	cr_assert(TAKES(registers, __VA_ARGS__), "%s", assembled.message)
#define BAD(registers, ...) cr_assert_not(TAKES(registers, __VA_ARGS__), "%s", #__VA_ARGS__)

Test(verify, the_smallest_program)
{
	GOOD(0, END);
	BAD(1, I(RETURN, 0, 0, 0));
	cr_assert_not(takes(0, NULL, 0));
	cr_assert_not(takes(CODE_REGISTERS_MAX + 1, (instruction[]){ END }, 1));
	cr_assert(takes(CODE_REGISTERS_MAX, (instruction[]){ END }, 1));
}

Test(verify, code_must_not_run_off_its_end)
{
	BAD(1, W(LOAD_INT, 0, 5));
	BAD(1, W(LOAD_INT, 0, 5), W(JUMP_TRUE, 0, 0));
	BAD(0, W(JUMP, 0, 0));
	BAD(1, W(LOAD_INT, 0, 5), W(JUMP_TRUE, 0, 1), END);
}

Test(verify, opcodes)
{
	BAD(1, (instruction)OPCODE_COUNT, END);
	BAD(1, 0xffff, END);
}

Test(verify, registers_are_in_range_and_set_before_they_are_read)
{
	GOOD(2, W(LOAD_INT, 0, 1), I(MOVE, 1, 0, 0), END);
	BAD(2, I(MOVE, 1, 0, 0), END);
	BAD(2, W(LOAD_INT, 2, 1), END);
	BAD(2, W(LOAD_INT, 0, 1), I(MOVE, 2, 0, 0), END);
	BAD(2, W(LOAD_INT, 0, 1), I(MOVE, 1, 2, 0), END);
	BAD(2, W(LOAD_INT, 0, 1), I(ADD_INT, 1, 0, 1), END);
	BAD(0xffff, W(LOAD_INT, 0, 1), END);
}

Test(verify, literals)
{
	const struct code_literal in_no_set = { .text = { "text", 4, LIFETIME_PROGRAM } };
	const struct code_literal chained[2] = { { .text = { "text", 4, LIFETIME_PROGRAM },
						   .set = LITERAL_ALONE, .last = 1 },
						 { .text = { "text", 4, LIFETIME_PROGRAM },
						   .set = LITERAL_ALONE, .pc = 1, .last = 1 } };

	GOOD(1, W(LOAD_CONSTANT, 0, K_TEXT), I(JUMP_CONTAINS, 0, 0, 0), END);
	BAD(1, W(LOAD_CONSTANT, 0, K_TEXT), I(JUMP_CONTAINS, 0, 1, 0), END);
	BAD(1, W(LOAD_CONSTANT, 0, K_TEXT), I(JUMP_LACKS, 0, 0, 1), END);
	BAD(1, W(LOAD_INT, 0, 1), I(JUMP_LACKS, 0, 0, 0), END);
	assembled.code.literals = chained;
	assembled.code.literal_count = 2;
	BAD(1, END);
	assembled.code.literals = &in_no_set;
	assembled.code.literal_count = 1;
	BAD(1, END);
}

Test(verify, regions)
{
	BAD(1, I(ENTER_REGION, 0, 0, 0), END); /* variables of the event may take something away */
	assembled.code.policy_count = 0;
	GOOD(1, I(ENTER_REGION, 0, 0, 0), I(LEAVE_REGION, 0, 0, 0), END);
	GOOD(1, I(ENTER_REGION, 0, 0, 0), END);
	BAD(1, I(LEAVE_REGION, 0, 0, 0), END);
	BAD(1, W(LOAD_INT, 0, 1), I(ENTER_REGION, 0, 0, 0), END);
	BAD(1, I(ENTER_REGION, 0, 0, 0), I(LEAVE_REGION, 0, 0, 0), W(LOAD_INT, 0, 1), END);
	BAD(1, I(ENTER_REGION, 0, 0, 0), W(LOAD_CONSTANT, 0, K_TEXT), I(LEAVE_REGION_TEXT, 0, 0, 0), END);
}

Test(verify, remainders_in_jumps)
{
	GOOD(1, W(LOAD_INT, 0, 1), I(JUMP_DIVISIBLE, 0, 3, 0), I(JUMP_INDIVISIBLE, 0, -2, 0), END);
	BAD(1, W(LOAD_INT, 0, 1), I(JUMP_DIVISIBLE, 0, 0, 0), END);
	BAD(1, W(LOAD_INT, 0, 1), I(JUMP_INDIVISIBLE, 0, -1, 0), END);
	BAD(1, W(LOAD_CONSTANT, 0, K_TEXT), I(JUMP_DIVISIBLE, 0, 3, 0), END);
}

Test(verify, pushes_and_plain_fields)
{
	GOOD(2, W(LOAD_CONSTANT, 0, K_LIST), W(LOAD_INT, 1, 1), I(LIST_PUSH, 0, 1, 0), END);
	BAD(2, W(LOAD_CONSTANT, 0, K_LIST), W(LOAD_CONSTANT, 1, K_TEXT), I(LIST_PUSH, 0, 1, 0), END);
	BAD(2, W(LOAD_CONSTANT, 0, K_MAP), W(LOAD_INT, 1, 1), I(LIST_PUSH, 0, 1, 0), END);
	GOOD(2, W(LOAD_CONSTANT, 0, K_LIST), W(LOAD_INT, 1, 1), I(LIST_PUSH_PLAIN, 0, 1, 0), END);
	BAD(2, W(LOAD_CONSTANT, 0, K_LIST), W(LOAD_CONSTANT, 1, K_TEXT), I(LIST_PUSH_PLAIN, 0, 1, 0), END);
	GOOD(2, W(LOAD_CONSTANT, 0, K_NETS), W(LOAD_CONSTANT, 1, K_NET), I(LIST_PUSH, 0, 1, 0), END);
	BAD(2, W(LOAD_CONSTANT, 0, K_NETS), W(LOAD_CONSTANT, 1, K_NET), I(LIST_PUSH_PLAIN, 0, 1, 0), END);
}

Test(verify, types_of_operands)
{
	GOOD(3, W(LOAD_INT, 0, 1), I(ADD_INT, 1, 0, 0), END);
	GOOD(3, W(LOAD_CONSTANT, 0, K_BOOL), I(ADD_INT, 1, 0, 0), END); /* one kind to the VM */
	BAD(3, W(LOAD_CONSTANT, 0, K_TEXT), I(ADD_INT, 1, 0, 0), END);
	BAD(3, W(LOAD_INT, 0, 1), I(CONCAT, 1, 0, 0), END);
	BAD(3, W(LOAD_INT, 0, 1), I(ADD_FLOAT, 1, 0, 0), END);
	GOOD(3, W(LOAD_CONSTANT, 0, K_FLOAT), I(ADD_FLOAT, 1, 0, 0), I(ADD_FLOAT, 1, 1, 1), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_FLOAT), I(ADD_FLOAT, 1, 0, 0), I(ADD_INT, 1, 1, 1), END);
	GOOD(3, W(LOAD_CONSTANT, 0, K_TEXT), I(TEXT_LENGTH, 1, 0, 0), I(ADD_INT, 1, 1, 1), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_LIST), I(TEXT_LENGTH, 1, 0, 0), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_MAP), I(LIST_LENGTH, 1, 0, 0), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_LIST), I(MAP_LENGTH, 1, 0, 0), END);
	BAD(3, W(LOAD_INT, 0, 1), I(SHARE, 0, 0, 0), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_TEXT), I(OWN, 0, 0, 0), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_TEXT), I(MOVE_SHARED, 1, 0, 0), END);
	GOOD(3, W(LOAD_CONSTANT, 0, K_LIST), I(MOVE_SHARED, 1, 0, 0), I(LIST_LENGTH, 1, 1, 0), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_IP), W(LOAD_CONSTANT, 1, K_IP), I(IN_NET, 2, 0, 1), END);
	GOOD(3, W(LOAD_CONSTANT, 0, K_IP), W(LOAD_CONSTANT, 1, K_NET), I(IN_NET, 2, 0, 1), END);
	GOOD(3, W(LOAD_CONSTANT, 0, K_IP), W(LOAD_CONSTANT, 1, K_NETS), I(IN_NETS, 2, 0, 1), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_IP), W(LOAD_CONSTANT, 1, K_LIST), I(IN_NETS, 2, 0, 1), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_TEXT), W(LOAD_CONSTANT, 1, K_TEXT), I(JUMP_MATCH, 0, 1, 0), END);
}

Test(verify, numbers_of_things_are_in_range)
{
	BAD(2, W(LOAD_CONSTANT, 0, K_COUNT), END);
	BAD(2, W(LOAD_CONSTANT, 0, -1), END);
	BAD(2, W(GET_GLOBAL, 0, G_COUNT), END);
	BAD(2, W(GET_GLOBAL, 0, -1), END);
	BAD(2, I(CALL, 0, 3, 0), END);
	BAD(2, I(CALL_BUILTIN, 0, I_COUNT, 0), END);
	BAD(2, I(NEW_LIST, 0, T_COUNT, 0), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_TEXT), I(JUMP_EQ_TEXT_K, 0, K_COUNT, 0), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_TEXT), I(JUMP_EQ_TEXT_K, 0, K_INT, 0), END);
	GOOD(3, W(LOAD_CONSTANT, 0, K_TEXT), I(JUMP_EQ_TEXT_K, 0, K_TEXT, 0), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_TEXT), I(JUMP_LIKE_TEXT_K, 0, K_COUNT, 0), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_TEXT), I(JUMP_UNLIKE_TEXT_K, 0, K_INT, 0), END);
	GOOD(3, W(LOAD_CONSTANT, 0, K_TEXT), I(JUMP_LIKE_TEXT_K, 0, K_TEXT, 0), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_TEXT), I(CONCAT_K, 1, 0, K_COUNT), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_TEXT), I(CONCAT_K, 1, 0, K_INT), END);
	GOOD(3, W(LOAD_CONSTANT, 0, K_TEXT), I(CONCAT_K, 1, 0, K_TEXT), I(TEXT_LENGTH, 0, 1, 0), END);
	BAD(3, W(LOAD_INT, 0, 1), I(ADD_INT_K, 1, 0, K_COUNT), END);
	BAD(3, W(LOAD_INT, 0, 1), I(ADD_INT_K, 1, 0, K_FLOAT), END);
	GOOD(3, W(LOAD_INT, 0, 1), I(ADD_INT_K, 1, 0, K_INT), I(ADD_INT_K, 1, 1, K_BOOL), END);
	BAD(3, W(LOAD_INT, 0, 1), I(JUMP_LT_INT_K, 0, K_COUNT, 0), END);
	BAD(3, W(LOAD_INT, 0, 1), I(JUMP_GE_INT_K, 0, K_TEXT, 0), END);
	GOOD(3, W(LOAD_INT, 0, 1), I(JUMP_EQ_INT_K, 0, K_INT, 0), END);
	BAD(3, W(LOAD_FIELDS, 0, K_COUNT), END);
	BAD(3, W(LOAD_FIELDS, 0, K_LIST), END);
	BAD(1, W(LOAD_FIELDS, 0, K_RECORD), END);
	BAD(3, W(LOAD_FIELDS, 2, K_RECORD), END);
	BAD(3, W(LOAD_FIELDS, 0, K_RECORD), I(LIST_LENGTH, 2, 0, 0), END);
	GOOD(3, W(LOAD_FIELDS, 0, K_RECORD), I(LIST_LENGTH, 2, 1, 0), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_RECORD), I(GET_FIELD, 1, 0, 2), END);
	GOOD(3, W(LOAD_CONSTANT, 0, K_RECORD), I(GET_FIELD, 1, 0, 1), I(LIST_LENGTH, 1, 1, 0), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_RECORD), I(GET_FIELD, 1, 0, 0), I(LIST_LENGTH, 1, 1, 0), END);
}

Test(verify, divisors)
{
	GOOD(1, W(LOAD_INT, 0, 1), I(DIVIDE_INT_I, 0, 0, 3), I(REMAINDER_INT_I, 0, 0, -2), END);
	BAD(1, W(LOAD_INT, 0, 1), I(DIVIDE_INT_I, 0, 0, 0), END);
	BAD(1, W(LOAD_INT, 0, 1), I(DIVIDE_INT_I, 0, 0, -1), END);
	BAD(1, W(LOAD_INT, 0, 1), I(REMAINDER_INT_I, 0, 0, 0), END);
	BAD(1, W(LOAD_INT, 0, 1), I(REMAINDER_INT_I, 0, 0, -1), END);
}

Test(verify, globals)
{
	GOOD(1, W(GET_GLOBAL, 0, G_INT), W(SET_GLOBAL, 0, G_INT), END);
	GOOD(1, W(GET_GLOBAL, 0, G_INT), W(KEEP_GLOBAL, 0, G_INT), END);
	BAD(1, W(GET_GLOBAL, 0, G_TEXT), W(SET_GLOBAL, 0, G_TEXT), END);
	BAD(1, W(GET_GLOBAL, 0, G_LIST), W(SET_GLOBAL, 0, G_LIST), END);
	GOOD(1, W(GET_GLOBAL, 0, G_TEXT), W(KEEP_GLOBAL, 0, G_TEXT), END);
	BAD(1, W(GET_GLOBAL, 0, G_TEXT), W(KEEP_GLOBAL, 0, G_LIST), END);
	GOOD(1, W(GET_GLOBAL, 0, G_TEXT), W(APPEND_GLOBAL, 0, G_POLICY), END);
	BAD(1, W(GET_GLOBAL, 0, G_TEXT), W(APPEND_GLOBAL, 0, G_INT), END);
	GOOD(1, W(OWN_GLOBAL, 0, G_LIST), I(LIST_LENGTH, 0, 0, 0), END);
	BAD(1, W(OWN_GLOBAL, 0, G_TEXT), END);
	GOOD(0, W(EXPORT, 0, G_POLICY), END);
	BAD(0, W(EXPORT, 0, G_TEXT), END);
}

Test(verify, lists_maps_records)
{
	GOOD(3, W(LOAD_INT, 1, 5), W(LOAD_INT, 2, 6), I(NEW_LIST, 0, T_INTS, 2), I(GET_ELEMENT, 1, 0, 1), I(ADD_INT, 1, 1, 1), END);
	BAD(3, W(LOAD_INT, 1, 5), I(NEW_LIST, 0, T_INTS, 2), END);
	BAD(2, W(LOAD_INT, 1, 5), I(NEW_LIST, 0, T_INTS, 2), END);
	BAD(3, W(LOAD_CONSTANT, 1, K_TEXT), I(NEW_LIST, 0, T_INTS, 1), END);
	BAD(3, I(NEW_LIST, 0, T_COUNTS, 0), END);
	BAD(3, I(NEW_MAP, 0, T_INTS, 0), END);
	GOOD(3, W(LOAD_CONSTANT, 1, K_TEXT), W(LOAD_INT, 2, 6), I(NEW_MAP, 0, T_COUNTS, 1), I(EXTEND_MAP, 0, 1, 0), I(GET_ENTRY, 2, 0, 1), I(SET_ENTRY, 0, 1, 2), END);
	BAD(3, W(LOAD_CONSTANT, 1, K_TEXT), W(LOAD_INT, 2, 6), I(NEW_MAP, 0, T_COUNTS, 2), END);
	BAD(3, W(LOAD_CONSTANT, 1, K_TEXT), W(LOAD_INT, 2, 6), I(NEW_MAP, 0, T_COUNTS, 1), I(GET_ENTRY, 1, 0, 2), END);
	BAD(3, W(LOAD_CONSTANT, 1, K_TEXT), W(LOAD_INT, 2, 6), I(NEW_MAP, 0, T_COUNTS, 1), I(SET_ENTRY, 0, 1, 1), END);
	BAD(3, W(LOAD_CONSTANT, 1, K_TEXT), W(LOAD_INT, 2, 6), I(NEW_MAP, 0, T_COUNTS, 1), I(SET_ENTRY, 0, 2, 2), END);
	BAD(3, W(LOAD_CONSTANT, 1, K_TEXT), W(LOAD_INT, 2, 6), I(NEW_MAP, 0, T_COUNTS, 1), I(EXTEND_MAP, 0, 2, 0), END);
	GOOD(3, W(LOAD_CONSTANT, 0, K_LIST), W(LOAD_INT, 1, 0), I(EXTEND_LIST, 0, 1, 0), I(SET_ELEMENT, 0, 1, 1), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_LIST), W(LOAD_CONSTANT, 1, K_TEXT), I(EXTEND_LIST, 0, 1, 0), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_LIST), W(LOAD_INT, 1, 0), W(LOAD_CONSTANT, 2, K_TEXT), I(SET_ELEMENT, 0, 1, 2), END);
	GOOD(3, W(LOAD_CONSTANT, 1, K_TEXT), W(LOAD_CONSTANT, 2, K_LIST), I(NEW_RECORD, 0, T_PAIR, 2), I(SET_FIELD, 0, 1, 2), I(OWN_FIELD, 2, 0, 1), END);
	BAD(3, W(LOAD_CONSTANT, 1, K_TEXT), W(LOAD_CONSTANT, 2, K_LIST), I(NEW_RECORD, 0, T_PAIR, 1), END);
	BAD(3, W(LOAD_CONSTANT, 1, K_LIST), W(LOAD_CONSTANT, 2, K_TEXT), I(NEW_RECORD, 0, T_PAIR, 2), END);
	BAD(3, W(LOAD_CONSTANT, 1, K_TEXT), W(LOAD_CONSTANT, 2, K_LIST), I(NEW_RECORD, 0, T_PAIR, 2), I(SET_FIELD, 0, 1, 1), END);
	BAD(3, W(LOAD_CONSTANT, 1, K_TEXT), W(LOAD_CONSTANT, 2, K_LIST), I(NEW_RECORD, 0, T_PAIR, 2), I(SET_FIELD, 0, 2, 2), END);
	BAD(3, W(LOAD_CONSTANT, 1, K_TEXT), W(LOAD_CONSTANT, 2, K_LIST), I(NEW_RECORD, 0, T_PAIR, 2), I(OWN_FIELD, 2, 0, 0), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_LIST), W(LOAD_INT, 1, 0), I(OWN_ELEMENT, 2, 0, 1), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_MAP), W(LOAD_CONSTANT, 1, K_TEXT), I(OWN_ENTRY, 2, 0, 1), END);
	GOOD(3, W(LOAD_CONSTANT, 0, K_LIST), W(LOAD_INT, 1, 0), I(IN_LIST, 2, 1, 0), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_LIST), W(LOAD_CONSTANT, 1, K_TEXT), I(IN_LIST, 2, 1, 0), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_MAP), W(LOAD_INT, 1, 0), I(IN_MAP, 2, 1, 0), END);
	GOOD(3, W(LOAD_CONSTANT, 0, K_LIST), I(MOVE, 1, 0, 0), I(EQUALS, 2, 0, T_INTS), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_LIST), I(MOVE, 1, 0, 0), I(EQUALS, 2, 0, T_TEXTS), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_LIST), I(MOVE, 1, 0, 0), I(EQUALS, 2, 0, T_COUNT), END);
	BAD(3, W(LOAD_CONSTANT, 2, K_LIST), I(EQUALS, 0, 2, T_INTS), END);
}

Test(verify, texts)
{
	GOOD(3, I(CLEAR_TEXTS, 0, 3, 0), I(CONCAT_MANY, 0, 0, 3), END);
	BAD(3, I(CLEAR_TEXTS, 0, 4, 0), END);
	BAD(3, I(CLEAR_TEXTS, 0, 2, 0), I(CONCAT_MANY, 0, 0, 3), END);
	BAD(3, I(CLEAR_TEXTS, 0, 2, 0), I(CONCAT_MANY, 0, 0, 0), END);
	GOOD(3, I(CLEAR_TEXTS, 0, 1, 0), W(LOAD_INT, 1, 5), I(CONCAT_PIECES, 2, 0, 6),
	     I(TEXT_LENGTH, 0, 2, 0), END);
	BAD(3, I(CLEAR_TEXTS, 0, 1, 0), W(LOAD_INT, 1, 5), I(CONCAT_PIECES, 2, 0, 5), END);
	BAD(3, I(CLEAR_TEXTS, 0, 1, 0), W(LOAD_INT, 1, 5), I(CONCAT_PIECES, 2, 0, 4), END);
	BAD(3, I(CLEAR_TEXTS, 0, 3, 0), I(CONCAT_PIECES, 2, 0, 16), END);
	BAD(3, I(CLEAR_TEXTS, 0, 1, 0), I(CONCAT_PIECES, 2, 0, 1), END);
	BAD(3, I(CLEAR_TEXTS, 0, 1, 0), I(CONCAT_PIECES, 2, 0, 0), END);
	GOOD(3, W(LOAD_CONSTANT, 0, K_TEXT), W(LOAD_INT, 1, 0), W(LOAD_INT, 2, 0), I(TEXT_SLICE, 0, 0, 1), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_TEXT), W(LOAD_INT, 2, 0), I(TEXT_SLICE, 0, 0, 2), END);
	GOOD(2, W(LOAD_INT, 0, 0), I(TO_TEXT, 1, 0, TYPE_TIME), END);
	BAD(2, W(LOAD_INT, 0, 0), I(TO_TEXT, 1, 0, TYPE_TEXT), END);
	BAD(2, W(LOAD_INT, 0, 0), I(TO_TEXT, 1, 0, TYPE_NET), END);
	BAD(2, W(LOAD_INT, 0, 0), I(TO_TEXT, 1, 0, TYPE_LIST), END);
	BAD(2, W(LOAD_INT, 0, 0), I(TO_TEXT, 1, 0, 999), END);
	GOOD(2, W(LOAD_CONSTANT, 0, K_NET), I(TO_TEXT, 1, 0, TYPE_NET), END);
	GOOD(2, W(LOAD_CONSTANT, 0, K_IP), I(TO_TEXT, 1, 0, TYPE_IP), END);
	GOOD(2, W(LOAD_CONSTANT, 0, K_FLOAT), I(TO_TEXT, 1, 0, TYPE_FLOAT), END);
	BAD(2, W(LOAD_CONSTANT, 0, K_FLOAT), I(TO_TEXT, 1, 0, TYPE_INT), END);
}

/* ---- jumps ---- */

Test(verify, jumps_stay_inside)
{
	GOOD(1, W(LOAD_INT, 0, 1), W(JUMP, 0, 1), W(LOAD_INT, 0, 2), END);
	BAD(1, W(JUMP, 0, 1), END);
	BAD(1, W(JUMP, 0, 100000), END);
	BAD(1, W(JUMP, 0, -1), END);
	BAD(1, W(JUMP, 0, INT32_MIN), END);
	BAD(1, W(LOAD_INT, 0, 1), I(JUMP_EQ_INT_I, 0, 1, 1), END);
	BAD(1, W(LOAD_INT, 0, 1), I(JUMP_EQ_INT_I, 0, 1, -1), END);
}

Test(verify, ways_that_meet_know_what_both_know)
{
	/* set on one way only */
	BAD(2, W(LOAD_INT, 0, 1), W(JUMP_TRUE, 0, 1), W(LOAD_INT, 1, 1), I(ADD_INT, 0, 0, 1), END);
	GOOD(2, W(LOAD_INT, 0, 1), W(JUMP_TRUE, 0, 2), W(LOAD_INT, 1, 1), W(JUMP, 0, 1), W(LOAD_INT, 1, 2), I(ADD_INT, 0, 0, 1), END);
	/* of two types */
	BAD(2, W(LOAD_INT, 0, 1), W(JUMP_TRUE, 0, 2), W(LOAD_INT, 1, 1), W(JUMP, 0, 1), W(LOAD_CONSTANT, 1, K_TEXT), I(MOVE, 0, 1, 0), END);
	/* two jumps to one place */
	BAD(2, W(LOAD_INT, 0, 1), W(LOAD_INT, 1, 1), W(JUMP_TRUE, 0, 3), W(LOAD_CONSTANT, 1, K_TEXT), W(JUMP_TRUE, 0, 1), END, I(ADD_INT, 0, 1, 1), END);
	BAD(3, W(LOAD_INT, 0, 1), W(JUMP_TRUE, 0, 3), W(LOAD_INT, 1, 1), W(JUMP_TRUE, 0, 1), END, I(MOVE, 2, 1, 0), END);
}

Test(verify, what_is_never_reached_is_not_looked_at)
{
	GOOD(1, W(JUMP, 0, 1), 0xffff, END);
	GOOD(1, END, I(MOVE, 50, 60, 0));
}

/* ---- loops ---- */

Test(verify, only_loops_go_back)
{
	GOOD(1, W(LOAD_INT, 0, 9), I(ENTER_LOOP, 1, 0, 0), W(JUMP_FALSE, 0, 1), W(LOOP, 2, -2), END);
	/* to a place that is no start of a loop */
	BAD(1, W(LOAD_INT, 0, 9), I(ENTER_LOOP, 1, 0, 0), W(JUMP_FALSE, 0, 1), W(LOOP, 2, -3), END);
	BAD(1, W(LOAD_INT, 0, 9), I(ENTER_LOOP, 1, 0, 0), W(JUMP_FALSE, 0, 1), W(LOOP, 2, -1), END);
	BAD(1, W(LOAD_INT, 0, 9), W(LOOP, 2, -2), END);
	BAD(1, W(LOAD_INT, 0, 9), W(LOOP, 2, 0), END);
	BAD(1, W(LOAD_INT, 0, 9), W(LOOP, 2, 1), END, END);
	BAD(1, W(LOAD_INT, 0, 9), W(LOOP, 2, -50), END);
	/* a loop that nobody has entered */
	BAD(1, W(LOAD_INT, 0, 1), W(JUMP_TRUE, 0, 2), END, I(ENTER_LOOP, 1, 0, 0), W(LOOP, 1, -1), END);
}

Test(verify, a_loop_brings_back_what_it_began_with)
{
	/* register 0 becomes a text */
	BAD(2, W(LOAD_INT, 0, 9), I(ENTER_LOOP, 1, 0, 0), W(JUMP_FALSE, 0, 2), W(LOAD_CONSTANT, 0, K_TEXT), W(LOOP, 2, -3), END);
	/* forgotten before the loop */
	BAD(2, W(LOAD_INT, 0, 9), W(LOAD_INT, 1, 9), I(ENTER_LOOP, 1, 0, 0), I(ADD_INT, 0, 0, 1), W(LOOP, 2, -2), END);
	/* set in the loop only: unknown at its next turn */
	BAD(2, W(LOAD_INT, 0, 9), I(ENTER_LOOP, 2, 0, 0), W(JUMP_FALSE, 0, 1), I(ADD_INT, 1, 1, 1), W(LOAD_INT, 1, 1), W(LOOP, 2, -4), END);
	/* what lies above the floor may change its type */
	GOOD(2, W(LOAD_INT, 0, 9), W(LOAD_INT, 1, 1), I(ENTER_LOOP, 1, 0, 0), W(JUMP_FALSE, 0, 2), W(LOAD_CONSTANT, 1, K_TEXT), W(LOOP, 2, -3), END);
	BAD(2, I(ENTER_LOOP, 3, 0, 0), END);
}

Test(verify, counted_loops)
{
	GOOD(2, W(LOAD_INT, 0, 0), W(LOAD_INT, 1, 9), I(ENTER_LOOP, 2, 0, 0), I(NEXT_RANGE, 0, 1, -1), END);
	BAD(2, W(LOAD_INT, 0, 0), I(ENTER_LOOP, 2, 0, 0), I(NEXT_RANGE, 0, 1, -1), END);
	BAD(2, W(LOAD_CONSTANT, 0, K_TEXT), W(LOAD_INT, 1, 9), I(ENTER_LOOP, 2, 0, 0), I(NEXT_RANGE, 0, 1, -1), END);
	GOOD(3, W(LOAD_CONSTANT, 0, K_LIST), W(LOAD_INT, 1, 0), I(ENTER_LOOP, 2, 0, 0), I(NEXT_ELEMENT, 0, 2, 2), I(ADD_INT, 2, 2, 2), W(LOOP, 1, -3), END);
	/* no element at the end */
	BAD(3, W(LOAD_CONSTANT, 0, K_LIST), W(LOAD_INT, 1, 0), I(ENTER_LOOP, 2, 0, 0), I(NEXT_ELEMENT, 0, 2, 1), W(LOOP, 1, -2), I(ADD_INT, 2, 2, 2), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_LIST), I(ENTER_LOOP, 2, 0, 0), I(NEXT_ELEMENT, 0, 2, 1), W(LOOP, 1, -2), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_MAP), W(LOAD_INT, 1, 0), I(ENTER_LOOP, 2, 0, 0), I(NEXT_ELEMENT, 0, 2, 1), W(LOOP, 1, -2), END);
	GOOD(4, W(LOAD_CONSTANT, 0, K_MAP), W(LOAD_INT, 1, 0), I(ENTER_LOOP, 2, 0, 0), I(NEXT_ENTRY, 0, 2, 3), I(CONCAT, 2, 2, 2), I(ADD_INT, 3, 3, 3), W(LOOP, 1, -4), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_MAP), W(LOAD_INT, 1, 0), I(ENTER_LOOP, 2, 0, 0), I(NEXT_ENTRY, 0, 2, 1), W(LOOP, 1, -2), END);
	BAD(4, W(LOAD_CONSTANT, 0, K_LIST), W(LOAD_INT, 1, 0), I(ENTER_LOOP, 2, 0, 0), I(NEXT_ENTRY, 0, 2, 1), W(LOOP, 1, -2), END);
	/* jumps stay inside here too */
	BAD(3, W(LOAD_CONSTANT, 0, K_LIST), W(LOAD_INT, 1, 0), I(ENTER_LOOP, 2, 0, 0), I(NEXT_ELEMENT, 0, 2, 3), W(LOOP, 1, -2), END);
}

/* ---- calls ---- */

Test(verify, calls)
{
	GOOD(3, W(LOAD_INT, 1, 1), W(LOAD_CONSTANT, 2, K_TEXT), I(CALL, 0, 1, 1), I(ADD_INT, 0, 0, 0), END);
	BAD(3, W(LOAD_INT, 1, 1), I(CALL, 0, 1, 1), END);
	BAD(3, W(LOAD_CONSTANT, 1, K_TEXT), W(LOAD_INT, 2, 1), I(CALL, 0, 1, 1), END);
	BAD(2, W(LOAD_INT, 1, 1), I(CALL, 0, 1, 1), END);
	BAD(3, W(LOAD_INT, 1, 1), W(LOAD_CONSTANT, 2, K_TEXT), I(CALL, 3, 1, 1), END);
	/* the callee has used what lies behind the window */
	BAD(3, W(LOAD_INT, 1, 1), W(LOAD_CONSTANT, 2, K_TEXT), I(CALL, 0, 1, 1), I(CONCAT, 2, 2, 2), END);
	GOOD(3, W(LOAD_INT, 1, 1), W(LOAD_CONSTANT, 2, K_TEXT), I(CALL, 2, 1, 1), I(ADD_INT, 2, 2, 2), END);
	GOOD(2, I(CALL, 0, 2, 2), END);
	BAD(2, I(CALL, 0, 2, 3), END);
	BAD(2, W(LOAD_INT, 0, 1), I(CALL, 0, 2, 0), I(ADD_INT, 0, 0, 0), END);
}

Test(verify, results)
{
	assembled.functions[0].result = &type_int;
	GOOD(1, W(LOAD_INT, 0, 1), I(RETURN, 0, 0, 0));
	BAD(1, W(LOAD_CONSTANT, 0, K_TEXT), I(RETURN, 0, 0, 0));
	BAD(1, END);
	BAD(1, I(RETURN, 0, 0, 0));
}

Test(verify, builtins)
{
	GOOD(2, W(LOAD_CONSTANT, 1, K_TEXT), I(CALL_BUILTIN, 0, I_LOWER, 1), I(CONCAT, 0, 0, 1), END);
	GOOD(2, W(LOAD_CONSTANT, 1, K_TEXT), I(CALL_BUILTIN, 1, I_LOWER, 1), I(CONCAT, 0, 1, 1), END);
	BAD(2, W(LOAD_INT, 1, 1), I(CALL_BUILTIN, 0, I_LOWER, 1), END);
	BAD(2, W(LOAD_CONSTANT, 1, K_TEXT), I(CALL_BUILTIN, 2, I_LOWER, 1), END);
	BAD(2, I(CALL_BUILTIN, 0, I_LOWER, 2), END);
	BAD(2, I(CALL_BUILTIN, 0, I_READ, 1), END);
	GOOD(3, W(LOAD_CONSTANT, 0, K_LIST), W(LOAD_INT, 1, 1), I(CALL_BUILTIN, 2, I_PUSH, 0), END);
	BAD(3, W(LOAD_CONSTANT, 0, K_LIST), W(LOAD_CONSTANT, 1, K_TEXT), I(CALL_BUILTIN, 2, I_PUSH, 0), END);
	/* without a result the place holds nothing */
	BAD(2, W(LOAD_CONSTANT, 1, K_TEXT), I(CALL_BUILTIN, 1, I_LOG, 1), I(CONCAT, 0, 1, 1), END);
	GOOD(1, I(READ, 0, I_READ, 0), I(WRITE, 0, I_WRITE, 0), END);
	BAD(1, I(READ, 0, I_WRITE, 0), END);
	BAD(1, I(READ, 0, I_READ, 0), I(WRITE, 0, I_READ, 0), END);
	BAD(1, I(READ, 0, I_LOWER, 0), END);
	BAD(1, W(LOAD_INT, 0, 1), I(WRITE, 0, I_WRITE, 0), END);
}

Test(verify, groups)
{
	GOOD(10, I(CLEAR_TEXTS, 0, 10, 0), END);
	assembled.functions[0].groups = 0;
	GOOD(10, END);
	BAD(9, END);
	BAD(12, W(LOAD_CONSTANT, 10, K_TEXT), W(LOAD_CONSTANT, 11, K_REGEX), I(JUMP_MATCH, 10, 11, 0), END);
	BAD(12, I(CLEAR_TEXTS, 0, 9, 0), W(LOAD_CONSTANT, 10, K_TEXT), W(LOAD_CONSTANT, 11, K_REGEX), I(JUMP_MATCH, 10, 11, 0), END);
	GOOD(12, I(CLEAR_TEXTS, 0, 10, 0), W(LOAD_CONSTANT, 10, K_TEXT), W(LOAD_CONSTANT, 11, K_REGEX), I(JUMP_MATCH, 10, 11, 0), END);
	assembled.functions[0].groups = 5;
	BAD(14, END);
	GOOD(15, END);
}

/* ---- handlers ---- */

static void one_try(struct code_try row)
{
	assembled.tries[0] = row;
	assembled.functions[0].tries = assembled.tries;
	assembled.functions[0].try_count = 1;
}

Test(verify, handlers_have_a_shape)
{
	one_try((struct code_try){ 0, 1, 2, 0 });
	GOOD(1, I(CLEAR_TEXTS, 0, 1, 0), END, I(GET_FIELD, 0, 0, 0), END);
	BAD(1, I(CLEAR_TEXTS, 0, 1, 0), END); /* no such place */
	one_try((struct code_try){ 1, 1, 2, 0 });
	BAD(1, I(CLEAR_TEXTS, 0, 1, 0), END, END);
	one_try((struct code_try){ 0, 2, 1, 0 });
	BAD(1, I(CLEAR_TEXTS, 0, 1, 0), END, END);
	one_try((struct code_try){ 0, 1, 2, 1 });
	BAD(1, I(CLEAR_TEXTS, 0, 1, 0), END, END);
	one_try((struct code_try){ 0, 1, 2, 0 });
	assembled.code.error = NULL;
	BAD(1, I(CLEAR_TEXTS, 0, 1, 0), END, END);
}

Test(verify, a_handler_knows_what_its_region_began_with)
{
	one_try((struct code_try){ 1, 3, 4, 2 });
	GOOD(3, W(LOAD_INT, 0, 1), W(LOAD_INT, 0, 2), W(LOAD_INT, 1, 2), END, I(ADD_INT, 0, 0, 0), I(GET_FIELD, 2, 2, 0), END);
	/* set inside: perhaps not yet */
	BAD(3, W(LOAD_INT, 0, 1), W(LOAD_INT, 0, 2), W(LOAD_INT, 1, 2), END, I(ADD_INT, 0, 1, 1), END);
	/* another type inside */
	BAD(3, W(LOAD_INT, 0, 1), W(LOAD_CONSTANT, 0, K_TEXT), W(LOAD_INT, 0, 2), END, END);
	/* lost to a callee inside */
	BAD(3, W(LOAD_INT, 0, 1), I(CALL, 2, 2, 0), W(LOAD_INT, 0, 2), END, END);
	/* above the floor nothing is promised */
	one_try((struct code_try){ 2, 4, 5, 1 });
	BAD(3, W(LOAD_INT, 0, 1), W(LOAD_INT, 2, 1), W(LOAD_INT, 0, 2), W(LOAD_INT, 1, 2), END, I(ADD_INT, 0, 2, 2), END);
	GOOD(3, W(LOAD_INT, 0, 1), W(LOAD_INT, 2, 1), W(LOAD_CONSTANT, 2, K_TEXT), W(LOAD_INT, 1, 2), END, I(ADD_INT, 0, 0, 0), END);
}

Test(verify, nobody_jumps_into_a_region_that_knows_more)
{
	one_try((struct code_try){ 3, 5, 6, 2 });
	BAD(3, W(LOAD_INT, 0, 1), W(JUMP_TRUE, 0, 2), W(LOAD_INT, 1, 1), W(LOAD_INT, 0, 3), W(LOAD_INT, 0, 3), END, END);
	GOOD(3, W(LOAD_INT, 0, 1), W(JUMP_TRUE, 0, 1), W(LOAD_INT, 1, 1), W(LOAD_INT, 0, 3), W(LOAD_INT, 0, 3), END, END);
}

Test(verify, throwing)
{
	GOOD(1, W(LOAD_CONSTANT, 0, K_TEXT), I(THROW_TEXT, 0, 0, 0));
	BAD(1, W(LOAD_INT, 0, 1), I(THROW_TEXT, 0, 0, 0));
	BAD(1, W(LOAD_CONSTANT, 0, K_RECORD), I(THROW_ERROR, 0, 0, 0));
	GOOD(0, I(END_EVENT, 0, 0, 0));
}

Test(verify, parallel_blocks)
{
	/* the code around knows nothing of what a statement sets, but by TAKE */
	GOOD(2, W(FORK, 0, 2), W(LOAD_INT, 0, 1), I(YIELD, 0, T_INT, 0), I(JOIN, 0, 0, 0), I(TAKE, 1, 0, T_INT), I(MOVE, 0, 1, 0), END);
	BAD(2, W(FORK, 0, 2), W(LOAD_INT, 0, 1), I(YIELD, 0, T_INT, 0), I(JOIN, 0, 0, 0), I(MOVE, 1, 0, 0), END);
	GOOD(1, W(LOAD_INT, 0, 1), W(FORK, 0, 1), I(YIELD, 0, T_INT, 0), END);
	GOOD(0, W(FORK, 0, 1), I(YIELD_VOID, 0, 0, 0), I(JOIN, 0, 0, 0), END);
	BAD(1, W(FORK, 0, 1), I(YIELD, 0, T_INT, 0), END);
	BAD(1, W(LOAD_INT, 0, 1), I(YIELD, 0, T_INTS, 0));
	BAD(1, W(LOAD_INT, 0, 1), I(YIELD, 0, T_COUNT, 0));
	BAD(1, I(TAKE, 1, 0, T_INT), END);
	BAD(1, I(TAKE, 0, 0, T_COUNT), END);
	BAD(1, W(FORK, 0, -1), END);
	BAD(1, W(FORK, 0, 1), END);
}

/* ---- the program around ---- */

Test(verify, entry_points)
{
	static const instruction nothing[] = { END };

	assembled.code.events[EVENT_onData] = 2;
	cr_assert(takes(0, nothing, 1));
	assembled.code.events[EVENT_onData] = 1; /* has parameters */
	cr_assert_not(takes(0, nothing, 1));
	assembled.code.events[EVENT_onData] = 3;
	cr_assert_not(takes(0, nothing, 1));
	assembled.code.events[EVENT_onData] = NO_FUNCTION;
	assembled.code.session_start = 77;
	cr_assert_not(takes(0, nothing, 1));
	assembled.code.session_start = NO_FUNCTION;
	assembled.code.message_start = 1;
	cr_assert_not(takes(0, nothing, 1));
}

static bool with_global(struct code_global global)
{
	assembled.code.globals = &global;
	assembled.code.global_count = 1;
	assembled.code.policy_count = 0;
	return takes(0, (const instruction[]){ END }, 1);
}

Test(verify, variables)
{
	uint32_t slot = 0;

	cr_assert(with_global((struct code_global){ "g", &type_int, LIFETIME_SESSION, K_INT }));
	cr_assert_not(with_global((struct code_global){ "g", &type_int, LIFETIME_SESSION, K_TEXT }));
	cr_assert_not(with_global((struct code_global){ "g", &type_int, LIFETIME_SESSION, K_COUNT }));
	cr_assert_not(with_global((struct code_global){ "g", &type_int, LIFETIME_PROGRAM, K_INT }));
	cr_assert_not(with_global((struct code_global){ "g", &type_int, LIFETIME_EVENT, K_INT }));
	cr_assert_not(with_global((struct code_global){ "g", NULL, LIFETIME_SESSION, K_INT }));
	assembled.code.policy_slots = &slot;
	assembled.code.policy_count = 1;
	assembled.code.globals = &(struct code_global){ "g", &type_text, LIFETIME_SESSION, K_TEXT };
	cr_assert_not(takes(0, (const instruction[]){ END }, 1));
	slot = 1;
	cr_assert_not(takes(0, (const instruction[]){ END }, 1));
}

static bool with_import(struct import import)
{
	assembled.code.imports = &import;
	assembled.code.import_count = 1;
	return takes(0, (const instruction[]){ END }, 1);
}

Test(verify, imports_are_what_the_vocabulary_says)
{
	const struct type *text[] = { &type_text }, *number[] = { &type_int };
	const struct type *ints = assembled.code.types[T_INTS], *texts = assembled.code.types[T_TEXTS];
	const struct type *push[] = { ints, &type_int }, *wrong[] = { ints, &type_text }, *lists[] = { texts, &type_text };
	struct import lower = { IMPORT_BUILTIN, BUILTIN_text_lower, 1, text, { NULL }, &type_text, false };
	struct import adder = { IMPORT_BUILTIN, BUILTIN_list_push, 2, push, { &type_int }, &type_void, true };
	struct import reader = { IMPORT_READ, VARIABLE_ehloHost, 0, NULL, { NULL }, &type_text, false };
	struct import writer = { IMPORT_WRITE, VARIABLE_headerName, 1, text, { NULL }, &type_void, false };
	struct import bad;

	cr_assert(with_import(lower) && with_import(adder) && with_import(reader) && with_import(writer));
	bad = lower;
	bad.id = BUILTIN_COUNT;
	cr_assert_not(with_import(bad));
	bad = lower;
	bad.argument_types = number;
	cr_assert_not(with_import(bad));
	bad = lower;
	bad.argument_count = 0;
	cr_assert_not(with_import(bad));
	bad = lower;
	bad.result = &type_int;
	cr_assert_not(with_import(bad));
	bad = lower;
	bad.result = NULL;
	cr_assert_not(with_import(bad));
	bad = lower;
	bad.changes = true;
	cr_assert_not(with_import(bad));
	bad = adder;
	bad.changes = false;
	cr_assert_not(with_import(bad));
	bad = adder;
	bad.argument_types = wrong;
	cr_assert_not(with_import(bad));
	bad.argument_types = lists;
	cr_assert_not(with_import(bad));
	bad.type_arguments[0] = &type_text;
	cr_assert(with_import(bad));
	bad = reader;
	bad.id = VARIABLE_COUNT;
	cr_assert_not(with_import(bad));
	bad = reader;
	bad.result = &type_int;
	cr_assert_not(with_import(bad));
	bad = reader;
	bad.argument_count = 1;
	cr_assert_not(with_import(bad));
	bad = writer;
	bad.argument_types = number;
	cr_assert_not(with_import(bad));
	bad = writer;
	bad.argument_count = 0;
	cr_assert_not(with_import(bad));
}

Test(verify, constants_have_a_type)
{
	union constant_bits bits = { .pointer = NULL };
	struct constant row = { assembled.code.types[T_INTS], "" };

	assembled.code.constants = &bits;
	assembled.code.constant_rows = &row;
	assembled.code.constant_count = 1;
	assembled.code.global_count = assembled.code.policy_count = 0;
	cr_assert_not(takes(0, (const instruction[]){ END }, 1));
	row.type = NULL;
	cr_assert_not(takes(0, (const instruction[]){ END }, 1));
	row.type = &type_void;
	cr_assert_not(takes(0, (const instruction[]){ END }, 1));
	row.type = type_keyed(&assembled.types, TYPE_TABLE, &type_text, NULL);
	cr_assert_not(takes(0, (const instruction[]){ END }, 1));
	row.type = &type_int;
	cr_assert(takes(0, (const instruction[]){ END }, 1));
}

Test(verify, finds_a_vocabulary_of_its_own)
{
	assembled.functions[0].instructions = (const instruction[]){ END };
	assembled.functions[0].length = 1;
	cr_assert(verify(&assembled.program, NULL, assembled.message));
}

Test(verify, says_where)
{
	BAD(2, W(LOAD_INT, 0, 1), I(MOVE, 1, 1, 0), END);
	cr_assert_str_eq(assembled.message, "f+1: register 1 is not set");
}

Test(verify, without_memory_it_refuses)
{
	memory_fail_at(1, true);
	assembled.functions[0].instructions = (const instruction[]){ END };
	assembled.functions[0].length = 1;
	cr_assert_not(verify(&assembled.program, assembled.vocabulary, assembled.message));
	memory_fail_at(0, false);
}

/* States of so many registers fill blocks of their own: each one that is made may be the one for which there is no
 * memory. */
static void refuses_until_there_is_memory(const instruction *instructions, uint32_t length, unsigned registers)
{
	bool taken = false;
	unsigned long n;

	cr_assert(takes(registers, instructions, length), "%s", assembled.message);
	for (n = 1; !taken && n < 100; n++) {
		memory_fail_at(n, true);
		taken = verify(&assembled.program, assembled.vocabulary, assembled.message);
		memory_fail_at(0, false);
	}
	cr_assert(taken);
	cr_assert_gt(n, 2);
}

Test(verify, without_memory_for_a_state_it_refuses)
{
	static const instruction code[] = { W(LOAD_INT, 0, 9), W(JUMP_FALSE, 0, 10), W(FORK, 0, 2), W(LOAD_INT, 1, 1),
					    I(YIELD, 1, T_INT, 0), I(JOIN, 0, 0, 0), I(ENTER_LOOP, 1, 0, 0),
					    W(JUMP_FALSE, 0, 4), I(ENTER_LOOP, 1, 0, 0), W(JUMP_FALSE, 0, 1), W(LOOP, 2, -2),
					    W(LOOP, 2, -5), END };
	static const instruction region[] = { W(LOAD_INT, 0, 9), W(LOAD_INT, 1, 9), W(JUMP_FALSE, 0, 0), W(LOAD_INT, 2, 9),
					      END, END, END };

	for (unsigned registers = CODE_REGISTERS_MAX; registers > 50; registers = registers * 9 / 10) {
		assembled.functions[0].try_count = 0;
		refuses_until_there_is_memory(code, sizeof(code) / sizeof(*code), registers);
		one_try((struct code_try){ 0, 4, 6, 2 });
		assembled.tries[1] = (struct code_try){ 1, 3, 6, 3 };
		assembled.tries[2] = (struct code_try){ 2, 3, 6, 3 };
		assembled.functions[0].try_count = 3;
		refuses_until_there_is_memory(region, sizeof(region) / sizeof(*region), registers);
	}
}

Test(verify, without_memory_for_its_tables_it_refuses)
{
	enum { LENGTH = 100000 };
	instruction *code = calloc(LENGTH, sizeof(*code));

	cr_assert(code);
	for (size_t i = 0; i < LENGTH; i++)
		code[i] = END;
	refuses_until_there_is_memory(code, LENGTH, 1);
	assembled.functions[0].length = CODE_LENGTH_MAX + 1;
	cr_assert_not(verify(&assembled.program, assembled.vocabulary, assembled.message));
	free(code);
	memory_fail_at(1, true);
	cr_assert_not(verify(&assembled.program, NULL, assembled.message));
	memory_fail_at(0, false);
}

#define TAKES_NOTHING() takes(0, (const instruction[]){ END }, 1)

Test(verify, functions_have_names_results_and_types)
{
	const struct code whole = assembled.functions[1];
	const struct type *none[] = { &type_int, NULL };

	cr_assert(TAKES_NOTHING());
	assembled.functions[1].name = NULL;
	cr_assert_not(TAKES_NOTHING());
	assembled.functions[1] = whole;
	assembled.functions[1].result = NULL;
	cr_assert_not(TAKES_NOTHING());
	assembled.functions[1] = whole;
	assembled.functions[1].parameter_types = none;
	cr_assert_not(TAKES_NOTHING());
	assembled.functions[1] = whole;
	assembled.functions[1].parameters = 3;
	assembled.functions[1].parameter_types = (const struct type *[]){ &type_int, &type_int, &type_int };
	cr_assert_not(TAKES_NOTHING()); /* more than registers */
	assembled.functions[1] = whole;
	assembled.code.types = (const struct type *[]){ &type_int, NULL };
	assembled.code.type_count = 2;
	cr_assert_not(TAKES_NOTHING());
}

Test(verify, variables_that_tracers_show)
{
	struct code_local local = { .type = &type_int, .reg = 0 };

	assembled.functions[0].locals = &local;
	assembled.functions[0].local_count = 1;
	GOOD(1, END);
	BAD(0, END);
	local.type = NULL;
	BAD(1, END);
}

static bool with_error(const struct record_field fields[4], unsigned count)
{
	struct record_type record = { "Error", count, fields };
	struct type type = { .kind = TYPE_RECORD, .record = &record };

	assembled.code.error = &type;
	return TAKES_NOTHING();
}

Test(verify, errors_have_four_fields)
{
	static const struct record_field right[4] = {
		{ "a", &type_text }, { "b", &type_text }, { "c", &type_int }, { "d", &type_bool }
	};

	cr_assert(with_error(right, 4));
	cr_assert_not(with_error(right, 3));
	for (int i = 0; i < 4; i++) {
		struct record_field wrong[4];

		memcpy(wrong, right, sizeof(wrong));
		wrong[i].type = &type_float;
		cr_assert_not(with_error(wrong, 4));
	}
	assembled.code.error = &type_int;
	cr_assert_not(TAKES_NOTHING());
	assembled.code.error = NULL;
	cr_assert(TAKES_NOTHING());
	BAD(1, W(LOAD_CONSTANT, 0, K_RECORD), I(THROW_ERROR, 0, 0, 0));
}

/* ---- chains of literals ---- */

#define CHAINED(n, place) \
	{ .text = { "text", 4, LIFETIME_PROGRAM }, .set = LITERAL_ALONE, .function = 0, .pc = (place), .last = 1, .bit = (n) }

static struct code_literal chain[2];

/* Two look-ups in register 0, the first of which leads to the second. */
static bool chain_is_taken(void)
{
	assembled.code.literals = chain;
	assembled.code.literal_count = 2;
	return TAKES(1, W(LOAD_CONSTANT, 0, K_TEXT), I(JUMP_LACKS, 0, 0, 0), I(JUMP_LACKS, 0, 1, 0), END);
}

static void chain_begin(void)
{
	static const struct code_literal whole[2] = { CHAINED(0, 1), CHAINED(1, 2) };

	memcpy(chain, whole, sizeof(chain));
}

#define BROKEN(change) \
	do { \
		chain_begin(); \
		change; \
		cr_assert_not(chain_is_taken(), #change); \
	} while (0)

Test(verify, chains_of_literals)
{
	chain_begin();
	cr_assert(chain_is_taken(), "%s", assembled.message);
	BROKEN(chain[0].last = 2);
	BROKEN(chain[0].function = 3);
	BROKEN(chain[0].pc = 4);
	BROKEN(chain[0].pc = 0);
	BROKEN(chain[0].pc = 2);
	BROKEN(chain[1].function = 1);
	BROKEN(chain[1].pc = 77);
	BROKEN(chain[1].pc = 1);
	BROKEN(chain[1].bit = 2);
	BROKEN(chain[1].last = 0);
	BROKEN(chain[1].set = 0);
	BROKEN(chain[0].set = 0);
	BROKEN(chain[0].fold = true);
}

Test(verify, a_chain_stays_with_one_register)
{
	chain_begin();
	assembled.code.literals = chain;
	assembled.code.literal_count = 2;
	BAD(2, W(LOAD_CONSTANT, 0, K_TEXT), I(JUMP_LACKS, 0, 0, 0), I(JUMP_LACKS, 1, 1, 0), END);
	chain[1].pc = 3;
	BAD(2, W(LOAD_CONSTANT, 0, K_TEXT), I(JUMP_LACKS, 0, 0, 0), W(LOAD_INT, 1, 0), I(JUMP_LACKS, 0, 1, 0), END);
}

Test(verify, a_chain_stays_in_one_function)
{
	static const instruction other[] = { W(LOAD_CONSTANT, 0, K_TEXT), I(JUMP_LACKS, 0, 0, 0), I(JUMP_LACKS, 0, 1, 0), END };

	chain_begin();
	assembled.functions[2].instructions = other;
	assembled.functions[2].length = 4;
	assembled.functions[2].registers = 1;
	cr_assert(chain_is_taken(), "%s", assembled.message);
	chain[1].function = 2;
	cr_assert_not(chain_is_taken());
}

Test(verify, literals_lie_in_their_sets)
{
	struct text item = TEXT("text");
	const struct literals *set = literals_build(&item, 1, false, &assembled.arena);

	chain_begin();
	chain[0].set = chain[1].set = 0;
	chain[0].last = chain[1].last = 0;
	assembled.code.literal_sets = &set;
	assembled.code.literal_set_count = 1;
	cr_assert(chain_is_taken(), "%s", assembled.message);
	chain[1].bit = 64;
	cr_assert_not(chain_is_taken());
	chain[1].bit = 0;
	chain[1].set = 1;
	cr_assert_not(chain_is_taken());
}

/* ---- constants that name something ---- */

static bool with_constant(const struct type *type, union constant_bits bits)
{
	struct constant row = { type, "" };

	assembled.code.constants = &bits;
	assembled.code.constant_rows = &row;
	assembled.code.constant_count = 1;
	assembled.code.global_count = assembled.code.policy_count = 0;
	return TAKES_NOTHING();
}

Test(verify, constants_name_what_is_there)
{
	struct program_shared shared = { .name = "s", .type = &type_counter };
	const struct type *set = type_keyed(&assembled.types, TYPE_TABLE, &type_text, NULL);

	cr_assert_not(with_constant(&type_wrong, (union constant_bits){ .i = 0 }));
	cr_assert_not(with_constant(&type_net, (union constant_bits){ .pointer = NULL }));
	cr_assert_not(with_constant(&type_regex, (union constant_bits){ .pointer = NULL }));
	cr_assert_not(with_constant(&type_counter, (union constant_bits){ .i = 0 }));
	assembled.program.shared = &shared;
	assembled.program.shared_count = 1;
	cr_assert(with_constant(&type_counter, (union constant_bits){ .i = 0 }));
	cr_assert_not(with_constant(&type_rate, (union constant_bits){ .i = 0 }));
	cr_assert_not(with_constant(&type_counter, (union constant_bits){ .i = 1 }));
	cr_assert_not(with_constant(&type_counter, (union constant_bits){ .i = -1 }));
	assembled.program.table_count = 1;
	cr_assert(with_constant(set, (union constant_bits){ .i = 0 }));
	cr_assert_not(with_constant(set, (union constant_bits){ .i = 1 }));
}

Test(verify, what_belongs_together)
{
	BAD(3, W(LOAD_CONSTANT, 1, K_TEXT), W(LOAD_CONSTANT, 2, K_TEXT), I(NEW_MAP, 0, T_COUNTS, 1), END);
	BAD(3, I(NEW_RECORD, 0, T_INTS, 0), END);
	BAD(2, W(LOAD_CONSTANT, 0, K_RECORD), W(LOAD_CONSTANT, 1, K_LIST), I(SET_FIELD_PLAIN, 0, 1, 1), END);
	GOOD(2, W(LOAD_CONSTANT, 0, K_RECORD), W(LOAD_CONSTANT, 1, K_LIST), I(SET_FIELD, 0, 1, 1), END);
	BAD(4, W(LOAD_CONSTANT, 0, K_MAP), W(LOAD_INT, 1, 0), I(ENTER_LOOP, 2, 0, 0), I(NEXT_ENTRY, 0, 2, 9), W(LOOP, 1, -2), END);
	BAD(2, W(LOAD_CONSTANT, 1, K_TEXT), I(CALL_BUILTIN, 0, I_LOWER, 3), END);
	BAD(2, W(LOAD_CONSTANT, 1, K_TEXT), I(CALL_BUILTIN, 9, I_LOG, 1), END);
	BAD(2, W(LOAD_CONSTANT, 0, K_LIST), W(LOAD_CONSTANT, 1, K_IP), I(IN_NETS, 1, 1, 0), END);
	BAD(2, I(SHARE, 0, 0, 0), END);
	BAD(1, I(ENTER_LOOP, 5, 0, 0), END);
}

/* Registers below the floor keep their type inside a region with a handler, whatever writes there. */
Test(verify, what_a_handler_relies_on_is_not_written_over)
{
	one_try((struct code_try){ 3, 4, 5, 3 });
#define OVER(instruction) \
	BAD(4, W(LOAD_INT, 0, 1), W(LOAD_CONSTANT, 1, K_TEXT), W(LOAD_CONSTANT, 2, K_MAP), instruction, END, END)
	OVER(I(NEW_LIST, 0, T_INTS, 0));
	OVER(I(NEW_MAP, 0, T_COUNTS, 0));
	OVER(I(GET_ENTRY, 1, 2, 1));
	OVER(I(CALL_BUILTIN, 0, I_LOG, 1));
	OVER(I(CALL_BUILTIN, 0, I_LOWER, 1));
	OVER(I(CLEAR_TEXTS, 0, 1, 0));
	OVER(I(READ, 0, I_READ, 0));
	OVER(I(ENTER_LOOP, 1, 0, 0));
	BAD(6, W(LOAD_INT, 0, 1), W(LOAD_CONSTANT, 1, K_MAP), W(LOAD_INT, 2, 0), I(NEXT_ENTRY, 1, 0, 0), END, END);
	one_try((struct code_try){ 4, 5, 6, 4 });
	BAD(6, W(LOAD_CONSTANT, 0, K_MAP), W(LOAD_INT, 1, 0), W(LOAD_CONSTANT, 2, K_TEXT), W(LOAD_CONSTANT, 3, K_TEXT), I(NEXT_ENTRY, 0, 2, 0), END, END);
#undef OVER
}

static bool with_region(const struct type *result, const struct type *parameter)
{
	static const struct type *types[1];
	static const instruction code[] = { I(ENTER_REGION, 0, 0, 0), END };

	types[0] = parameter;
	assembled.functions[2].parameter_types = types;
	assembled.functions[2].parameters = assembled.functions[2].registers = 1;
	assembled.functions[2].instructions = code;
	assembled.functions[2].length = 2;
	assembled.functions[2].result = result;
	return TAKES_NOTHING();
}

Test(verify, regions_take_and_give_what_has_no_parts)
{
	assembled.code.policy_count = 0;
	cr_assert(with_region(&type_void, &type_text));
	cr_assert(with_region(&type_void, &type_net));
	cr_assert(with_region(&type_void, &type_int));
	cr_assert(with_region(&type_void, assembled.code.types[T_INTS])); /* as long as it is only looked at */
	cr_assert_not(with_region(assembled.code.types[T_INTS], &type_int));
	cr_assert_not(with_region(&type_net, &type_int));
	cr_assert(with_region(&type_void, &type_int));
	assembled.functions[0].result = &type_text;
	GOOD(1, I(ENTER_REGION, 0, 0, 0), W(LOAD_CONSTANT, 0, K_TEXT), I(LEAVE_REGION_TEXT, 0, 0, 0), I(RETURN, 0, 0, 0));
	BAD(2, I(ENTER_REGION, 0, 0, 0), W(LOAD_CONSTANT, 0, K_TEXT), W(LOAD_CONSTANT, 1, K_TEXT), I(LEAVE_REGION_TEXT, 0, 0, 0), I(RETURN, 1, 0, 0));
	BAD(1, I(ENTER_REGION, 0, 0, 0), W(LOAD_CONSTANT, 0, K_TEXT), I(LEAVE_REGION, 0, 0, 0), I(RETURN, 0, 0, 0));
	BAD(1, I(ENTER_REGION, 0, 0, 0), W(LOAD_CONSTANT, 0, K_TEXT), I(LEAVE_REGION_TEXT, 0, 0, 0));
	assembled.functions[0].result = &type_int;
	GOOD(1, I(ENTER_REGION, 0, 0, 0), W(LOAD_INT, 0, 1), I(LEAVE_REGION, 0, 0, 0), I(RETURN, 0, 0, 0));
	BAD(1, I(ENTER_REGION, 0, 0, 0), W(LOAD_CONSTANT, 0, K_TEXT), I(LEAVE_REGION_TEXT, 0, 0, 0), I(RETURN, 0, 0, 0));
}

static bool region_of_list(instruction inside)
{
	static const struct type *types[3];
	instruction code[] = { I(ENTER_REGION, 0, 0, 0), W(LOAD_INT, 3, 0), inside, END };

	types[0] = assembled.code.types[T_INTS];
	types[1] = assembled.code.types[T_PAIR];
	types[2] = assembled.code.types[T_COUNTS];
	assembled.functions[2].parameter_types = types;
	assembled.functions[2].parameters = 3;
	assembled.functions[2].registers = 6;
	assembled.functions[2].instructions = code;
	assembled.functions[2].length = sizeof(code) / sizeof(*code);
	return TAKES_NOTHING();
}

Test(verify, a_region_only_looks_at_objects_of_outside)
{
	assembled.code.policy_count = 0;
	cr_assert(region_of_list(I(GET_ELEMENT, 4, 0, 3)), "%s", assembled.message);
	cr_assert(region_of_list(I(LIST_LENGTH, 4, 0, 0)));
	cr_assert(region_of_list(I(MAP_LENGTH, 4, 2, 0)));
	cr_assert(region_of_list(I(IN_LIST, 4, 3, 0)));
	cr_assert(region_of_list(I(GET_FIELD, 4, 1, 0)));
	cr_assert_not(region_of_list(I(GET_FIELD, 4, 1, 1))); /* a list inside */
	cr_assert_not(region_of_list(I(MOVE, 4, 0, 0)));
	cr_assert_not(region_of_list(I(MOVE_SHARED, 4, 0, 0)));
	cr_assert_not(region_of_list(I(SHARE, 0, 0, 0)));
	cr_assert_not(region_of_list(I(OWN, 0, 0, 0)));
	cr_assert_not(region_of_list(I(OWN_FIELD, 4, 1, 1)));
	cr_assert_not(region_of_list(I(LIST_PUSH, 0, 3, 0)));
	cr_assert_not(region_of_list(I(SET_ELEMENT, 0, 3, 3)));
	cr_assert_not(region_of_list(I(CALL_BUILTIN, 4, I_PUSH, 0)));
	cr_assert(region_of_list(W(LOAD_CONSTANT, 0, K_LIST))); /* its own register is the function's */
}

#define TURN(...) \
	W(LOAD_INT, 0, 9), W(LOAD_CONSTANT, 1, K_TEXT), W(LOAD_CONSTANT, 2, K_RECORD), I(ENTER_LOOP, 3, 0, 0), I(ENTER_TURN, 3, 0, 0), \
		__VA_ARGS__, I(LEAVE_TURN, 0, 0, 0)

Test(verify, turns_of_loops)
{
	BAD(5, TURN(W(LOAD_INT, 3, 1)), END); /* variables of the event may take something away */
	assembled.code.policy_count = 0;
	GOOD(5, TURN(I(CONCAT, 3, 1, 1)), W(JUMP_FALSE, 0, 1), W(LOOP, 1, -5), END);
	GOOD(5, TURN(I(ADD_INT, 0, 0, 0)), END);
	GOOD(5, TURN(I(GET_FIELD, 3, 2, 0)), END);
	/* what comes out */
	BAD(5, TURN(I(CONCAT, 1, 1, 1)), END);
	BAD(5, TURN(W(LOAD_CONSTANT, 0, K_TEXT)), END);
	BAD(5, TURN(W(LOAD_CONSTANT, 3, K_LIST), I(MOVE, 0, 3, 0)), END);
	BAD(5, TURN(I(CLEAR_TEXTS, 1, 1, 0)), END);
	/* what is changed outside */
	BAD(5, TURN(I(OWN, 2, 0, 0)), END);
	BAD(5, TURN(I(MOVE, 3, 2, 0)), END);
	BAD(5, TURN(I(GET_FIELD, 3, 2, 1)), END);
	BAD(5, TURN(I(SET_FIELD, 2, 0, 1)), END);
	/* and behind it, again */
	GOOD(5, TURN(W(LOAD_INT, 3, 1)), I(CONCAT, 1, 1, 1), I(MOVE, 3, 2, 0), END);
	BAD(5, TURN(W(LOAD_INT, 3, 1)), I(LEAVE_TURN, 0, 0, 0), END);
	BAD(5, I(LEAVE_TURN, 0, 0, 0), END);
	BAD(5, I(ENTER_TURN, 6, 0, 0), END);
	BAD(5, TURN(I(ENTER_TURN, 3, 0, 0)), END);
	GOOD(5, TURN(END), END);
}

Test(verify, a_turn_ends_where_it_began)
{
	assembled.code.policy_count = 0;
	/* a jump out of it, and one past its begin: nobody is in a turn there */
	BAD(5, TURN(W(JUMP_TRUE, 0, 1)), I(LEAVE_TURN, 0, 0, 0), END);
	BAD(5, W(LOAD_INT, 0, 1), W(JUMP_TRUE, 0, 1), I(ENTER_TURN, 1, 0, 0), I(LEAVE_TURN, 0, 0, 0), END);
	GOOD(5, W(LOAD_INT, 0, 1), W(JUMP_TRUE, 0, 1), I(ENTER_TURN, 1, 0, 0), END);
	/* back into a loop that began outside, or in another turn */
	BAD(5, W(LOAD_INT, 0, 1), I(ENTER_LOOP, 1, 0, 0), I(ENTER_TURN, 1, 0, 0), W(LOOP, 1, -2), END);
	BAD(5, W(LOAD_INT, 0, 1), I(ENTER_TURN, 1, 0, 0), I(ENTER_LOOP, 1, 0, 0), I(LEAVE_TURN, 0, 0, 0), W(LOOP, 1, -2), END);
	GOOD(5, W(LOAD_INT, 0, 1), I(ENTER_TURN, 1, 0, 0), I(ENTER_LOOP, 1, 0, 0), W(LOOP, 1, -1), END);
}

Test(verify, what_a_turn_does_not_do)
{
	assembled.code.policy_count = 0;
	BAD(5, TURN(W(FORK, 0, 1), I(YIELD_VOID, 0, 0, 0)), END);
	BAD(5, TURN(I(JOIN, 0, 0, 0)), END);
	BAD(5, TURN(I(TAKE, 3, 0, T_INT)), END);
	assembled.functions[0].groups = 3;
	BAD(14, I(CLEAR_TEXTS, 3, 10, 0), TURN(W(LOAD_CONSTANT, 13, K_REGEX), I(JUMP_MATCH, 1, 13, 0)), END);
	assembled.functions[0].groups = CODE_NO_GROUPS;
	GOOD(14, TURN(W(LOAD_CONSTANT, 13, K_REGEX), I(JUMP_MATCH, 1, 13, 0)), END);
}

Test(verify, handlers_and_turns)
{
	assembled.code.policy_count = 0;
	/* around, and inside */
	one_try((struct code_try){ 3, 7, 8, 4 });
	GOOD(5, TURN(W(LOAD_INT, 3, 1)), END, END);
	one_try((struct code_try){ 5, 6, 7, 3 });
	GOOD(5, TURN(W(LOAD_INT, 3, 1), W(JUMP, 0, 1), W(LOAD_INT, 0, 1)), END);
	/* the error is made inside */
	one_try((struct code_try){ 5, 6, 7, 0 });
	BAD(5, TURN(W(LOAD_INT, 3, 1), W(JUMP, 0, 1), W(LOAD_INT, 0, 1)), END);
	/* the turn does not end where errors still go on inside */
	one_try((struct code_try){ 5, 7, 8, 3 });
	BAD(5, TURN(W(LOAD_INT, 3, 1)), END, END);
	/* nor does another begin */
	one_try((struct code_try){ 3, 6, 7, 2 });
	BAD(5, W(LOAD_INT, 0, 1), W(JUMP_TRUE, 0, 2), I(ENTER_TURN, 1, 0, 0), W(LOAD_INT, 1, 1), W(LOAD_INT, 1, 1), I(ENTER_TURN, 1, 0, 0), END, END);
}
#undef TURN

Test(verify, records_and_tables_of_imports)
{
	const struct type *json[] = { &type_json }, *none[] = { NULL };
	struct import bad = { IMPORT_BUILTIN, BUILTIN_text_lower, 1, none, { NULL }, &type_text, false };

	cr_assert_not(with_import(bad));
	bad.argument_types = json;
	cr_assert_not(with_import(bad));
	/* records: by name and number of fields; maps: by key, too */
	const struct type *pairs = type_list(&assembled.types, assembled.code.types[T_PAIR]);
	bad = (struct import){ IMPORT_BUILTIN, BUILTIN_headers_parse, 1, (const struct type *[]){ &type_text }, { NULL }, pairs, false };
	cr_assert_not(with_import(bad));
	const struct record_type short_header = { "Header", 1, (const struct record_field[]){ { "name", &type_text } } };
	bad.result = type_list(&assembled.types, type_record(&assembled.types, &short_header));
	cr_assert_not(with_import(bad));
	bad = (struct import){ IMPORT_BUILTIN, BUILTIN_map_keys, 1, &assembled.code.types[T_COUNTS], { NULL, &type_text, &type_int }, assembled.code.types[T_TEXTS], false };
	cr_assert(with_import(bad), "%s", assembled.message);
	bad.type_arguments[1] = &type_int;
	bad.result = assembled.code.types[T_INTS];
	cr_assert_not(with_import(bad));
	bad = (struct import){ IMPORT_READ, VARIABLE_ehloHost, 0, NULL, { NULL }, &type_text, true };
	cr_assert_not(with_import(bad));
}

/* Else a program without end would use nothing up. */
Test(verify, calls_and_turns_cost_something)
{
	GOOD(1, W(LOAD_INT, 0, 9), I(ENTER_LOOP, 1, 0, 0), W(JUMP_FALSE, 0, 1), W(LOOP, 1, -2), END);
	BAD(1, W(LOAD_INT, 0, 9), I(ENTER_LOOP, 1, 0, 0), W(JUMP_FALSE, 0, 1), W(LOOP, 0, -2), END);
	assembled.functions[1].cost = 0;
	cr_assert_not(TAKES_NOTHING());
}
