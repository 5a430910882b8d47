/* Looking for literals in texts. The compiler has put those that one function looks for in one
 * place into one set: with the first that is looked for in a text the whole set is, in one pass. */
#include "vm/state.h"

#include "base/memory.h"
#include "match/literals.h"

static const uint32_t NEVER_SCANNED = UINT32_MAX; /* no text is so long */

void literals_forget(struct stack *stack)
{
	if (!stack->scans)
		return;
	memory_free(stack->scans);
	stack->scans = NULL;
}

void literals_forget_events(struct stack *stack, uint32_t set_count)
{
	for (uint32_t i = 0; stack->scans && i < set_count; i++)
		if (stack->scans[i].lifetime == LIFETIME_EVENT)
			stack->scans[i].length = NEVER_SCANNED;
}

static size_t words_of_all(const struct program_code *code)
{
	size_t words = 0;

	for (uint32_t i = 0; i < code->literal_set_count; i++)
		words += literals_words(code->literal_sets[i]);
	return words;
}

/* One block: the rows, then the bits. */
static bool make_scans(struct vm *vm)
{
	const struct program_code *code = vm->code;
	size_t rows = code->literal_set_count * sizeof(struct scan);
	struct scan *scans = memory_zeroed(1, rows + words_of_all(code) * sizeof(uint64_t));
	uint64_t *words;

	if (!scans)
		return false;
	words = (uint64_t *)(void *)((char *)scans + rows);
	for (uint32_t i = 0; i < code->literal_set_count; i++) {
		scans[i].length = NEVER_SCANNED;
		scans[i].found = words;
		words += literals_words(code->literal_sets[i]);
	}
	vm->stack->scans = scans;
	return true;
}

static enum call_result look_for_one(struct vm *vm, struct text text,
				     const struct code_literal *row, bool *found)
{
	if (budget_charge(vm, text.length / 16) != CALL_DONE)
		return CALL_LIMIT;
	*found = text_find(text, row->text, 0) >= 0;
	return CALL_DONE;
}

static enum call_result scan_all(struct vm *vm, struct text text, const struct literals *set,
				 struct scan *scan)
{
	*scan = (struct scan){ text.data, text.length, text.lifetime, scan->found };
	return budget_charge(vm, (int64_t)(literals_find(set, text, scan->found) / 16));
}

enum call_result literals_look_slowly(struct vm *vm, struct text text, uint32_t number, bool *found)
{
	const struct code_literal *row = &vm->code->literals[number];
	enum call_result result = CALL_DONE;
	struct scan *scan;

	if (turn_defers(vm, text.length))
		return turn_yield(vm);
	if (row->set == LITERAL_ALONE)
		return look_for_one(vm, text, row, found);
	if (!vm->stack->scans && !make_scans(vm))
		return failure_limit(vm, LIMIT_eventMemory);
	scan = &vm->stack->scans[row->set];
	if (scan->data != text.data || scan->length != text.length)
		result = scan_all(vm, text, vm->code->literal_sets[row->set], scan);
	*found = scan->found[row->bit / 64] >> row->bit % 64 & 1;
	return result;
}

/* The first bit in [from, to) that is set, or `to`. */
static uint32_t next_bit(const uint64_t *words, uint32_t from, uint32_t to)
{
	while (from < to) {
		uint64_t rest = words[from / 64] >> from % 64;

		if (rest) {
			from += (uint32_t)__builtin_ctzll(rest);
			break;
		}
		from = (from / 64 + 1) * 64;
	}
	return from < to ? from : to;
}

const instruction *literals_next(const struct vm *vm, uint32_t number, const instruction *pc)
{
	const struct code_literal *row = &vm->code->literals[number], *next;
	const instruction *code = vm_top(vm)->code->ready;
	uint32_t rest = row->last - number, skipped;

	if (row->last <= number || row->set == LITERAL_ALONE)
		return pc;
	skipped = next_bit(vm->stack->scans[row->set].found, row->bit + 1, row->bit + 1 + rest) -
		  row->bit - 1;
	if (skipped < rest)
		return code + row[skipped + 1].pc;
	next = row + rest;
	return code + next->pc + 1 + instruction_c(code[next->pc]);
}
