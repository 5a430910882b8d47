/* The dispatch loop. One row of bytecode/opcodes.def is one place here; what is long or rare stands
 * in functions elsewhere. The verifier has proved what the operands are. */
#include "vm/append.h"
#include "vm/regions.h"

/* Operands are read from where the instruction stands: that costs less than taking one in a
 * register apart. Registers are offsets (instruction_ready). */
#define A	  operand(pc - 1, 1)
#define B	  operand(pc - 1, 2)
#define C	  operand(pc - 1, 3)
#define R(offset) (*register_at(r, offset))
#define WIDE	  wide_operand(pc - 1)
#define INT_K(n)  constants[n].i
#define SMALL_B	  (int16_t) B
#define SMALL_C	  (int16_t) C

#if defined(__SANITIZE_ADDRESS__) || defined(VM_SWITCH)
#define USE_SWITCH 1
#else
#define USE_SWITCH 0
#endif

#if USE_SWITCH
#define CASE(name) case OP_##name:
#define NEXT	   goto next
#else
#define CASE(name) do_##name:
#define NEXT                                                                                       \
	do {                                                                                       \
		pc++;                                                                              \
		goto *table[operand(pc - 1, 0)];                                                   \
	} while (0)
#endif

#define JUMP_WHEN(condition)                                                                       \
	do {                                                                                       \
		if (condition)                                                                     \
			pc = skip(pc, C);                                                          \
		NEXT;                                                                              \
	} while (0)

/* An operation elsewhere, which may raise. */
#define OPERATE(function)                                                                          \
	do {                                                                                       \
		outcome = function(vm, r, pc[-1]);                                                 \
		if (__builtin_expect(outcome != CALL_DONE, 0))                                     \
			goto trouble;                                                              \
		NEXT;                                                                              \
	} while (0)
#define OPERATION(name, function)                                                                  \
	CASE(name)                                                                                 \
	{                                                                                          \
		OPERATE(function);                                                                 \
	}

#define OVERFLOW_CHECKED(operation, left, right)                                                   \
	do {                                                                                       \
		if (__builtin_expect(operation((left), (right), &number), 0))                      \
			goto overflow;                                                             \
		R(A).i = number;                                                                   \
		NEXT;                                                                              \
	} while (0)

static inline uint16_t operand(const instruction *at, unsigned place)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint16_t number;

	memcpy(&number, (const char *)at + 2 * place, sizeof(number));
	return number;
#else
	return (uint16_t)(*at >> 16 * place);
#endif
}

static inline int32_t wide_operand(const instruction *at)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	int32_t number;

	memcpy(&number, (const char *)at + 4, sizeof(number));
	return number;
#else
	return instruction_wide(*at);
#endif
}

/* Where it goes on is a chain for the processor, from pc by an operand to the next pc, and it would
 * wait for each operand to arrive. A comparison with what is likely breaks the chain: its outcome
 * is foreseen, and work goes on from there. The compiler must not see that both are the same. */
static inline const void *foreseen(const void *likely)
{
	__asm__("" : "+r"(likely));
	return likely;
}

/* Most often one statement. */
static inline const instruction *skip(const instruction *pc, uint32_t count)
{
	if (count == 1)
		return (const instruction *)foreseen(pc) + 1;
	return pc + count;
}

/* To the innermost loop that was entered. */
static inline const instruction *go_back(const struct frame *frame, const instruction *start)
{
	return start == frame->loop ? foreseen(frame->loop) : start;
}

/* The frame of a call of that function: most often it was called from here before. */
static inline struct frame *frame_for(const struct vm *vm, struct frame *frame, uint16_t number)
{
	struct frame *next = frame + 1;

	if (__builtin_expect(next->number != number, 0)) {
		next->number = number;
		next->code = &vm->code->functions[number];
	}
	return next;
}

/* Half by half, as most values are written: reading both halves at once would wait until the one
 * that was written just before has arrived in memory. */
static inline void copy_value(value *to, const void *from)
{
	uint64_t first, second;

	memcpy(&first, from, sizeof(first));
	memcpy(&second, (const char *)from + sizeof(first), sizeof(second));
	memcpy(to, &first, sizeof(first));
	memcpy((char *)to + sizeof(first), &second, sizeof(second));
}

/* 32 bits are divided in a third of the time. */
static inline bool fits_32(int64_t number)
{
	return (uint64_t)number <= UINT32_MAX;
}

static inline bool divides_32(int64_t number)
{
	return (uint64_t)number - 1 < UINT32_MAX;
}

/* The verifier has seen that the divisor is neither 0 nor -1. */
static inline int64_t remainder_by(int64_t number, int16_t divisor)
{
	if (__builtin_expect(fits_32(number) && divisor > 0, 1))
		return (uint32_t)number % (uint32_t)divisor;
	return number % divisor; /* NOLINT(clang-analyzer-core.DivideZero) */
}

/* 8 to 16 bytes. */
static inline bool same_words(const char *a, const char *b, size_t length)
{
	uint64_t words[4];

	memcpy(&words[0], a, sizeof(uint64_t));
	memcpy(&words[1], b, sizeof(uint64_t));
	memcpy(&words[2], a + length - sizeof(uint64_t), sizeof(uint64_t));
	memcpy(&words[3], b + length - sizeof(uint64_t), sizeof(uint64_t));
	return words[0] == words[1] && words[2] == words[3];
}

/* Most texts that are compared differ in length or in the first bytes. What long ones cost is taken
 * from the budget, and the next back edge or call looks at it. */
static inline bool same_text(struct vm *vm, struct text a, struct text b)
{
	if (a.length != b.length)
		return false;
	if (a.length - 8 <= 8)
		return same_words(a.data, b.data, a.length);
	vm->budget -= a.length / 16;
	return a.length == 0 || memcmp(a.data, b.data, a.length) == 0;
}

static inline bool like_text(struct vm *vm, struct text a, struct text b)
{
	if (a.length != b.length)
		return false;
	vm->budget -= a.length / 16;
	return text_equals_ignoring_case(a, b);
}

static inline int order_text(struct vm *vm, struct text a, struct text b)
{
	vm->budget -= (a.length < b.length ? a.length : b.length) / 16;
	return text_compare(a, b);
}

enum vm_status vm_loop(struct vm *vm)
{
	struct frame *frame = vm_top(vm);
	const instruction *pc = frame->pc;
	const union constant_bits *constants = vm->code->constants;
	value *r = stack_registers(vm->stack, frame);
	enum call_result outcome;
	int64_t number;
	bool matched;

#if USE_SWITCH
next:
	if (__builtin_expect(vm->tracer != NULL, 0))
		tracer_visit(vm, pc);
	pc++;
	switch (operand(pc - 1, 0)) {
#else
	static const void *const labels[OPCODE_COUNT] = {
#define OP(name, a, b, c, meaning) [OP_##name] = &&do_##name,
#include "bytecode/opcodes.def"
#undef OP
	};
	static const void *const traced[OPCODE_COUNT] = {
#define OP(name, a, b, c, meaning) [OP_##name] = &&visit,
#include "bytecode/opcodes.def"
#undef OP
	};
	const void *const *table = vm->tracer ? traced : labels;

	NEXT;
visit:
	tracer_visit(vm, pc - 1);
	goto *labels[operand(pc - 1, 0)];
#endif

		CASE(MOVE)
		{
			copy_value(&R(A), &R(B));
			NEXT;
		}
		CASE(MOVE_SHARED)
		{
			struct object *object = R(B).pointer;

			R(A).pointer = object;
			if (!object->shared)
				object->shared = true;
			NEXT;
		}
		CASE(SHARE)
		{
			if (!((struct object *)R(A).pointer)->shared)
				((struct object *)R(A).pointer)->shared = true;
			NEXT;
		}
		CASE(LOAD_INT)
		{
			R(A).i = WIDE;
			NEXT;
		}
		CASE(LOAD_CONSTANT)
		{
			copy_value(&R(A), &constants[(uint32_t)WIDE]);
			NEXT;
		}
		CASE(LOAD_FIELDS)
		{
			const struct record *record = constants[(uint32_t)WIDE].pointer;

			memcpy(&R(A), record->fields,
			       record->object.type->record->field_count * sizeof(value));
			NEXT;
		}
		CASE(CLEAR_TEXTS)
		{
			for (unsigned n = 0; n < B; n++)
				(&R(A))[n].text = TEXT_EMPTY;
			NEXT;
		}

		CASE(GET_GLOBAL)
		{
			copy_value(&R(A), &vm->globals[WIDE]);
			NEXT;
		}
		CASE(SET_GLOBAL)
		{
			copy_value(&vm->globals[WIDE], &R(A));
			NEXT;
		}
		CASE(KEEP_GLOBAL)
		{
			outcome = globals_keep(vm, (uint32_t)WIDE, R(A));
			if (outcome != CALL_DONE)
				goto trouble;
			NEXT;
		}
		CASE(APPEND_GLOBAL)
		{
			outcome = globals_append(vm, (uint32_t)WIDE, R(A).text);
			if (outcome != CALL_DONE)
				goto trouble;
			NEXT;
		}
		CASE(OWN_GLOBAL)
		{
			outcome = globals_own(vm, (uint32_t)WIDE, &R(A));
			if (outcome != CALL_DONE)
				goto trouble;
			NEXT;
		}
		CASE(EXPORT)
		{
			outcome = globals_export(vm, (uint32_t)WIDE);
			if (outcome != CALL_DONE)
				goto trouble;
			NEXT;
		}

		CASE(OWN)
		{
			const struct object *object = R(A).pointer;

			if (!object->shared && !object->watched &&
			    object->home == vm->services->event)
				NEXT;
			OPERATE(operate_own);
		}
		OPERATION(OWN_ELEMENT, operate_own_element)
		OPERATION(OWN_ENTRY, operate_own_entry)
		OPERATION(OWN_FIELD, operate_own_field)

		CASE(ADD_INT)
		{
			OVERFLOW_CHECKED(__builtin_add_overflow, R(B).i, R(C).i);
		}
		CASE(SUBTRACT_INT)
		{
			OVERFLOW_CHECKED(__builtin_sub_overflow, R(B).i, R(C).i);
		}
		CASE(MULTIPLY_INT)
		{
			OVERFLOW_CHECKED(__builtin_mul_overflow, R(B).i, R(C).i);
		}
		CASE(DIVIDE_INT)
		{
			if (__builtin_expect(fits_32(R(B).i) && divides_32(R(C).i), 1)) {
				R(A).i = (uint32_t)R(B).i / (uint32_t)R(C).i;
				NEXT;
			}
			OPERATE(operate_divide);
		}
		CASE(REMAINDER_INT)
		{
			if (__builtin_expect(fits_32(R(B).i) && divides_32(R(C).i), 1)) {
				R(A).i = (uint32_t)R(B).i % (uint32_t)R(C).i;
				NEXT;
			}
			OPERATE(operate_remainder);
		}
		CASE(ADD_INT_I)
		{
			OVERFLOW_CHECKED(__builtin_add_overflow, R(B).i, (int64_t)SMALL_C);
		}
		CASE(ADD_INT_K)
		{
			OVERFLOW_CHECKED(__builtin_add_overflow, R(B).i, INT_K(C));
		}
		CASE(MULTIPLY_INT_I)
		{
			OVERFLOW_CHECKED(__builtin_mul_overflow, R(B).i, (int64_t)SMALL_C);
		}
		CASE(DIVIDE_INT_I)
		{
			/* The verifier has seen that it is not 0.
			 * NOLINTNEXTLINE(clang-analyzer-core.DivideZero) */
			if (__builtin_expect(fits_32(R(B).i) && SMALL_C > 0, 1))
				R(A).i = (uint32_t)R(B).i / (uint32_t)SMALL_C;
			else
				R(A).i = R(B).i / SMALL_C;
			NEXT;
		}
		CASE(REMAINDER_INT_I)
		{
			R(A).i = remainder_by(R(B).i, SMALL_C);
			NEXT;
		}
		CASE(NEGATE_INT)
		{
			OVERFLOW_CHECKED(__builtin_sub_overflow, (int64_t)0, R(B).i);
		}
		CASE(NOT)
		{
			R(A).i = !R(B).i;
			NEXT;
		}
		CASE(ADD_FLOAT)
		{
			R(A).f = R(B).f + R(C).f;
			NEXT;
		}
		CASE(SUBTRACT_FLOAT)
		{
			R(A).f = R(B).f - R(C).f;
			NEXT;
		}
		CASE(MULTIPLY_FLOAT)
		{
			R(A).f = R(B).f * R(C).f;
			NEXT;
		}
		CASE(DIVIDE_FLOAT)
		{
			if (R(C).f == 0)
				goto zero;
			R(A).f = R(B).f / R(C).f;
			NEXT;
		}
		CASE(NEGATE_FLOAT)
		{
			R(A).f = -R(B).f;
			NEXT;
		}
		CASE(INT_TO_FLOAT)
		{
			R(A).f = (double)R(B).i;
			NEXT;
		}

		OPERATION(TO_TEXT, operate_to_text)
		CASE(CONCAT)
		{
			if (append_short(vm, &R(B), R(C).text, &R(A)))
				NEXT;
			OPERATE(operate_concat);
		}
		CASE(CONCAT_K)
		{
			if (append_short(vm, &R(B), constants[C].text, &R(A)))
				NEXT;
			OPERATE(operate_concat_constant);
		}
		OPERATION(CONCAT_MANY, operate_concat_many)
		OPERATION(CONCAT_PIECES, operate_concat_pieces)
		CASE(TEXT_BYTE)
		{
			const struct text text = R(B).text;

			number = R(C).i;
			if (__builtin_expect((uint64_t)number >= text.length, 0)) {
				outcome = operate_byte_wrong(vm, r, pc[-1]);
				goto trouble;
			}
			R(A).i = (unsigned char)text.data[number];
			NEXT;
		}
		CASE(TEXT_SLICE)
		{
			const struct text text = R(B).text;
			uint64_t from = (uint64_t)(&R(C))[0].i, to = (uint64_t)(&R(C))[1].i;

			if (__builtin_expect(from < to && to <= text.length, 1)) {
				put_text(&R(A), text.data + from, to - from, text.lifetime);
				NEXT;
			}
			OPERATE(operate_text_slice);
		}
		CASE(TEXT_SLICE_FROM)
		{
			const struct text text = R(B).text;
			uint64_t from = (uint64_t)R(C).i;

			if (__builtin_expect(from < text.length, 1)) {
				put_text(&R(A), text.data + from, text.length - from,
					 text.lifetime);
				NEXT;
			}
			OPERATE(operate_text_slice_from);
		}
		CASE(TEXT_LENGTH)
		{
			R(A).i = R(B).text.length;
			NEXT;
		}

		OPERATION(NEW_LIST, operate_new_list)
		OPERATION(EXTEND_LIST, operate_extend_list)
		OPERATION(NEW_MAP, operate_new_map)
		OPERATION(EXTEND_MAP, operate_extend_map)
		OPERATION(NEW_RECORD, operate_new_record)
		CASE(GET_ELEMENT)
		{
			const struct list *list = R(B).list;

			number = R(C).i;
			if (__builtin_expect((uint64_t)number >= list->length, 0)) {
				outcome = operate_index_wrong(vm, r, pc[-1]);
				goto trouble;
			}
			copy_value(&R(A), &list->items[number]);
			NEXT;
		}
		OPERATION(SET_ELEMENT, operate_set_element)
		OPERATION(GET_ENTRY, operate_get_entry)
		OPERATION(SET_ENTRY, operate_set_entry)
		CASE(GET_FIELD)
		{
			copy_value(&R(A), &R(B).record->fields[C]);
			NEXT;
		}
		OPERATION(SET_FIELD, operate_set_field)
		CASE(SET_FIELD_PLAIN)
		{
			struct record *record = R(A).record;

			if (__builtin_expect(record->object.shared, 0)) {
				outcome = operate_set_field(vm, r, pc[-1]);
				goto trouble;
			}
			copy_value(&record->fields[B], &R(C));
			NEXT;
		}
		OPERATION(LIST_PUSH, operate_list_push)
		CASE(LIST_PUSH_PLAIN)
		{
			struct list *list = R(A).list;

			if (list->length < list->room && !list->object.shared &&
			    !list->object.watched && list->object.home == vm->services->event) {
				copy_value(&list->items[list->length++], &R(B));
				NEXT;
			}
			OPERATE(operate_list_push);
		}
		CASE(LIST_LENGTH)
		{
			R(A).i = R(B).list->length;
			NEXT;
		}
		CASE(MAP_LENGTH)
		{
			R(A).i = R(B).map->length;
			NEXT;
		}
		OPERATION(IN_LIST, operate_in_list)
		CASE(IN_MAP)
		{
			if (R(C).map->object.type->key->kind == TYPE_TEXT)
				vm->budget -= R(B).text.length / 16;
			R(A).i = map_find(R(C).map, R(B)) != NULL;
			NEXT;
		}
		CASE(IN_NET)
		{
			R(A).i = net_contains(R(C).net, R(B).ip);
			NEXT;
		}
		OPERATION(IN_NETS, operate_in_nets)
		OPERATION(EQUALS, operate_equals)

		CASE(JUMP)
		{
			pc = skip(pc, (uint32_t)WIDE);
			NEXT;
		}
		CASE(JUMP_TRUE)
		{
			if (R(A).i)
				pc = skip(pc, (uint32_t)WIDE);
			NEXT;
		}
		CASE(JUMP_FALSE)
		{
			if (!R(A).i)
				pc = skip(pc, (uint32_t)WIDE);
			NEXT;
		}
		CASE(JUMP_EQ_INT)
		{
			JUMP_WHEN(R(A).i == R(B).i);
		}
		CASE(JUMP_NE_INT)
		{
			JUMP_WHEN(R(A).i != R(B).i);
		}
		CASE(JUMP_LT_INT)
		{
			JUMP_WHEN(R(A).i < R(B).i);
		}
		CASE(JUMP_LE_INT)
		{
			JUMP_WHEN(R(A).i <= R(B).i);
		}
		CASE(JUMP_EQ_INT_I)
		{
			JUMP_WHEN(R(A).i == SMALL_B);
		}
		CASE(JUMP_NE_INT_I)
		{
			JUMP_WHEN(R(A).i != SMALL_B);
		}
		CASE(JUMP_LT_INT_I)
		{
			JUMP_WHEN(R(A).i < SMALL_B);
		}
		CASE(JUMP_LE_INT_I)
		{
			JUMP_WHEN(R(A).i <= SMALL_B);
		}
		CASE(JUMP_GT_INT_I)
		{
			JUMP_WHEN(R(A).i > SMALL_B);
		}
		CASE(JUMP_GE_INT_I)
		{
			JUMP_WHEN(R(A).i >= SMALL_B);
		}
		CASE(JUMP_EQ_INT_K)
		{
			JUMP_WHEN(R(A).i == INT_K(B));
		}
		CASE(JUMP_NE_INT_K)
		{
			JUMP_WHEN(R(A).i != INT_K(B));
		}
		CASE(JUMP_LT_INT_K)
		{
			JUMP_WHEN(R(A).i < INT_K(B));
		}
		CASE(JUMP_LE_INT_K)
		{
			JUMP_WHEN(R(A).i <= INT_K(B));
		}
		CASE(JUMP_GT_INT_K)
		{
			JUMP_WHEN(R(A).i > INT_K(B));
		}
		CASE(JUMP_GE_INT_K)
		{
			JUMP_WHEN(R(A).i >= INT_K(B));
		}
		CASE(JUMP_DIVISIBLE)
		{
			JUMP_WHEN(remainder_by(R(A).i, SMALL_B) == 0);
		}
		CASE(JUMP_INDIVISIBLE)
		{
			JUMP_WHEN(remainder_by(R(A).i, SMALL_B) != 0);
		}
		CASE(JUMP_EQ_FLOAT)
		{
			JUMP_WHEN(R(A).f == R(B).f);
		}
		CASE(JUMP_NE_FLOAT)
		{
			JUMP_WHEN(R(A).f != R(B).f);
		}
		CASE(JUMP_LT_FLOAT)
		{
			JUMP_WHEN(R(A).f < R(B).f);
		}
		CASE(JUMP_NOT_LT_FLOAT)
		{
			JUMP_WHEN(!(R(A).f < R(B).f));
		}
		CASE(JUMP_LE_FLOAT)
		{
			JUMP_WHEN(R(A).f <= R(B).f);
		}
		CASE(JUMP_NOT_LE_FLOAT)
		{
			JUMP_WHEN(!(R(A).f <= R(B).f));
		}
		CASE(JUMP_EQ_TEXT)
		{
			JUMP_WHEN(same_text(vm, R(A).text, R(B).text));
		}
		CASE(JUMP_NE_TEXT)
		{
			JUMP_WHEN(!same_text(vm, R(A).text, R(B).text));
		}
		CASE(JUMP_LT_TEXT)
		{
			JUMP_WHEN(order_text(vm, R(A).text, R(B).text) < 0);
		}
		CASE(JUMP_LE_TEXT)
		{
			JUMP_WHEN(order_text(vm, R(A).text, R(B).text) <= 0);
		}
		CASE(JUMP_EQ_TEXT_K)
		{
			JUMP_WHEN(same_text(vm, R(A).text, constants[B].text));
		}
		CASE(JUMP_NE_TEXT_K)
		{
			JUMP_WHEN(!same_text(vm, R(A).text, constants[B].text));
		}
		CASE(JUMP_LIKE_TEXT_K)
		{
			JUMP_WHEN(like_text(vm, R(A).text, constants[B].text));
		}
		CASE(JUMP_UNLIKE_TEXT_K)
		{
			JUMP_WHEN(!like_text(vm, R(A).text, constants[B].text));
		}
		CASE(JUMP_EQ_IP)
		{
			JUMP_WHEN(ip_compare(R(A).ip, R(B).ip) == 0);
		}
		CASE(JUMP_NE_IP)
		{
			JUMP_WHEN(ip_compare(R(A).ip, R(B).ip) != 0);
		}
		CASE(JUMP_LT_IP)
		{
			JUMP_WHEN(ip_compare(R(A).ip, R(B).ip) < 0);
		}
		CASE(JUMP_LE_IP)
		{
			JUMP_WHEN(ip_compare(R(A).ip, R(B).ip) <= 0);
		}
		CASE(JUMP_MATCH)
		{
			outcome = operate_match(vm, r, pc[-1], &matched);
			if (outcome != CALL_DONE)
				goto trouble;
			JUMP_WHEN(matched);
		}
		CASE(JUMP_NO_MATCH)
		{
			outcome = operate_match(vm, r, pc[-1], &matched);
			if (outcome != CALL_DONE)
				goto trouble;
			JUMP_WHEN(!matched);
		}

		CASE(JUMP_CONTAINS)
		{
			outcome = literals_look(vm, R(A).text, B, &matched);
			if (outcome != CALL_DONE)
				goto trouble;
			JUMP_WHEN(matched);
		}
		CASE(JUMP_LACKS)
		{
			outcome = literals_look(vm, R(A).text, B, &matched);
			if (outcome != CALL_DONE)
				goto trouble;
			if (!matched)
				pc = literals_next(vm, B, pc + C);
			NEXT;
		}

		CASE(ENTER_LOOP)
		{
			frame->loop = pc;
			NEXT;
		}
		CASE(LOOP)
		{
			vm->budget -= A;
			pc = go_back(frame, pc + WIDE);
			if (__builtin_expect(vm->budget < 0, 0))
				goto slice;
			NEXT;
		}
		CASE(ENTER_TURN)
		{
			turn_enter(vm, frame);
			NEXT;
		}
		CASE(LEAVE_TURN)
		{
			turn_leave(vm, frame);
			NEXT;
		}
		CASE(NEXT_RANGE)
		{
			number = (int64_t)((uint64_t)R(A).i + 1);
			R(A).i = number;
			if (number < R(B).i) {
				int64_t back = SMALL_C;

				vm->budget += back;
				pc = go_back(frame, pc + back);
				if (__builtin_expect(vm->budget < 0, 0))
					goto slice;
			}
			NEXT;
		}
		CASE(NEXT_ELEMENT)
		{
			const struct list *list = R(A).list;

			number = (&R(A))[1].i;
			if ((uint64_t)number < list->length) {
				(&R(A))[1].i = number + 1;
				copy_value(&R(B), &list->items[number]);
				NEXT;
			}
			pc += C;
			NEXT;
		}
		CASE(NEXT_ENTRY)
		{
			uint32_t position = (uint32_t)(&R(A))[1].i;
			const struct map_entry *entry = map_next(R(A).map, &position);

			(&R(A))[1].i = position;
			if (entry) {
				copy_value(&R(B), &entry->key);
				copy_value(&R(B) + 1, &entry->item);
				NEXT;
			}
			pc += C;
			NEXT;
		}

		CASE(CALL)
		{
			struct frame *next = frame_for(vm, frame, B);
			const struct code *callee = next->code;
			struct stack *stack = vm->stack;
			uint16_t window = C;
			size_t base = frame->base + window;

			frame->pc = pc;
			vm->budget -= callee->cost;
			if (__builtin_expect(vm->budget < 0, 0)) {
				outcome = budget_slice(vm);
				if (outcome != CALL_DONE)
					goto trouble;
			}
			if (__builtin_expect(frame >= stack->usual ||
						     base + callee->registers * sizeof(value) >
							     stack->size,
					     0)) {
				outcome = stack_push(vm, callee, base);
				if (outcome != CALL_DONE)
					goto trouble;
				frame = vm_top(vm);
				r = stack_registers(stack, frame);
			} else {
				r = &R(window);
				frame = stack->top = next;
				frame->base = base;
			}
			pc = callee->ready;
			NEXT;
		}
		CASE(CALL_BUILTIN)
		{
			const struct import *import = &vm->code->imports[B];
			value result = { 0 }; /* not R[a] itself, which may be an argument */

			outcome = call_native(vm, vm->natives->builtins[import->id], import, &R(C),
					      &result);
			if (__builtin_expect(outcome != CALL_DONE, 0))
				goto trouble;
			copy_value(&R(A), &result);
			NEXT;
		}
		CASE(READ)
		{
			const struct import *import = &vm->code->imports[B];

			outcome = call_native(vm, vm->natives->readers[import->id], import, NULL,
					      &R(A));
			if (__builtin_expect(outcome != CALL_DONE, 0))
				goto trouble;
			NEXT;
		}
		CASE(WRITE)
		{
			const struct import *import = &vm->code->imports[B];
			value nothing, given = R(A);

			outcome = call_native(vm, vm->natives->writers[import->id], import, &given,
					      &nothing);
			if (__builtin_expect(outcome != CALL_DONE, 0))
				goto trouble;
			NEXT;
		}
		CASE(ENTER_REGION)
		{
			region_enter(vm, frame);
			NEXT;
		}
		CASE(LEAVE_REGION)
		{
			region_leave(vm, frame);
			NEXT;
		}
		CASE(LEAVE_REGION_TEXT)
		{
			region_leave_text(vm, frame, &R(A).text);
			NEXT;
		}
		CASE(RETURN)
		{
			struct stack *stack = vm->stack;
			const value *result = &R(A);

			if (frame == stack->frames) {
				stack->top = NULL;
				vm->result = *result;
				return VM_DONE;
			}
			stack->top = --frame;
			r = stack_registers(stack, frame);
			pc = frame->pc;
			copy_value(&R(A), result);
			NEXT;
		}
		CASE(RETURN_VOID)
		{
			struct stack *stack = vm->stack;

			if (frame == stack->frames) {
				stack->top = NULL;
				return VM_DONE;
			}
			stack->top = --frame;
			r = stack_registers(stack, frame);
			pc = frame->pc;
			NEXT;
		}
		CASE(THROW_TEXT)
		{
			outcome = failure_throw_text(vm, R(A).text);
			goto trouble;
		}
		CASE(THROW_ERROR)
		{
			outcome = failure_throw_record(vm, R(A).record);
			goto trouble;
		}
		CASE(END_EVENT)
		{
			return VM_ENDED;
		}

		CASE(FORK)
		{
			frame->pc = pc;
			outcome = parallel_fork(vm, pc);
			if (outcome != CALL_DONE)
				goto trouble;
			pc += WIDE;
			NEXT;
		}
		CASE(YIELD)
		{
			parallel_yield(vm, R(A), vm->code->types[B]);
			return VM_DONE;
		}
		CASE(YIELD_VOID)
		{
			return VM_DONE;
		}
		OPERATION(JOIN, operate_join)
		OPERATION(TAKE, operate_take)

#if USE_SWITCH
	default:
		__builtin_unreachable();
	}
#endif

slice:
	outcome = budget_slice(vm);
	if (outcome != CALL_DONE)
		goto trouble;
	if (!turn_is_over(vm))
		NEXT;
	turn_yield(vm);
	frame->pc = pc;
	vm->waiting = true;
	return VM_WAITING;
overflow:
	outcome = failure_raise(vm, "overflow", "the result does not fit in 64 bits");
	goto trouble;
zero:
	outcome = failure_raise(vm, "argument", "division by zero");
trouble:
	frame->pc = pc;
	switch (outcome) {
	case CALL_WAIT:
		frame->pc = pc - 1; /* the same call again */
		vm->waiting = true;
		return VM_WAITING;
	case CALL_END:
		return VM_ENDED;
	case CALL_LIMIT:
		failure_settle(vm);
		return VM_FAILED;
	default:
		if (!failure_catch(vm))
			return VM_FAILED;
		frame = vm_top(vm);
		pc = frame->pc;
		r = stack_registers(vm->stack, frame);
		NEXT;
	}
}
