/* Where what is made is given back: a function that began with ENTER_REGION, a turn of a loop
 * between ENTER_TURN and LEAVE_TURN. Nothing that was made inside may be held outside, so
 *
 * - nothing inside is written to a register of outside but values without parts;
 * - objects in registers of outside are only looked at, and not at objects inside them. */
#ifndef BYTECODE_REGION_H
#define BYTECODE_REGION_H

#include "bytecode/code.h"

/* Nothing can be put into such a value. */
static inline bool region_takes(const struct type *type)
{
	return type->kind == TYPE_TEXT || type->kind == TYPE_NET || type->kind == TYPE_REGEX ||
	       type_is_plain(type);
}

/* Does the opcode look at one object and do nothing else with it? */
bool region_looks(enum opcode op);
/* What it reads there, given the object's type; NULL when that is no object of which it can be
 * read. */
const struct type *region_looked_at(instruction i, const struct type *object);

#endif
