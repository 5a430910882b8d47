/* Joining texts, and the other operations on them. */
#include "vm/append.h"

enum {
	ROOMY_FROM = 128, /* a text that grows to this length gets room for more behind it */
};

static bool grow_known(struct stack *stack, const char *end, size_t more)
{
	for (unsigned i = 0; i < GROWTHS; i++) {
		struct growth *growth = &stack->growths[i];

		if (growth->end != end || (size_t)(growth->limit - growth->end) < more)
			continue;
		growth->end += more;
		return true;
	}
	return false;
}

/* Where `more` bytes can be written right behind `left`, or NULL. */
static char *grow_in_place(struct vm *vm, struct arena *home, struct text left, size_t more)
{
	const char *end = left.data + left.length;

	if (left.length == 0 || left.lifetime != (uint32_t)home->lifetime)
		return NULL;
	if (!arena_extend(home, end, more) && !grow_known(vm->stack, end, more))
		return NULL;
	return (char *)(uintptr_t)end;
}

static void remember_growth(struct stack *stack, const char *end, size_t room)
{
	memmove(&stack->growths[1], stack->growths, (GROWTHS - 1) * sizeof(struct growth));
	stack->growths[0] = (struct growth){ .end = end, .limit = end + room };
}

/* A text of this arena that is copied because something was appended will be appended to again:
 * doubling its room makes that linear. */
static char *new_place(struct vm *vm, struct arena *home, struct text first, size_t total)
{
	bool roomy = total >= ROOMY_FROM && first.lifetime == (uint32_t)home->lifetime;
	char *bytes = roomy ? arena_bytes(home, 2 * total) : NULL;

	if (!bytes)
		return arena_bytes(home, total);
	remember_growth(vm->stack, bytes + total, total);
	return bytes;
}

static void copy_texts(char *at, const value *texts, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		copy_piece(at, texts[i].text.data, texts[i].text.length);
		at += texts[i].text.length;
	}
}

/* The one text that is not empty, when there is at most one. `only` may be one of the texts. */
static bool only_text(const value *texts, unsigned count, size_t total, struct text *only)
{
	unsigned i = 0;

	while (i < count && texts[i].text.length == 0)
		i++;
	if (i < count && texts[i].text.length != total)
		return false;
	*only = i < count ? texts[i].text : TEXT_EMPTY;
	return true;
}

static enum call_result check_length(struct vm *vm, size_t total)
{
	if (total > TEXT_LENGTH_MAX || (int64_t)total > vm->services->limits[LIMIT_textLength])
		return failure_limit(vm, LIMIT_textLength);
	return CALL_DONE;
}

static enum call_result join_anew(struct vm *vm, struct arena *home, const value *texts,
				  unsigned count, size_t total, struct text *joined)
{
	char *bytes;

	if (budget_charge(vm, (int64_t)(texts[0].text.length / 16)) != CALL_DONE)
		return CALL_LIMIT;
	bytes = new_place(vm, home, texts[0].text, total);
	if (!bytes)
		return failure_limit(vm, failure_memory_limit(home->lifetime));
	copy_texts(bytes, texts, count);
	*joined = (struct text){ bytes, (uint32_t)total, home->lifetime };
	return CALL_DONE;
}

enum call_result texts_join(struct vm *vm, struct arena *home, const value *texts, unsigned count,
			    struct text *joined)
{
	struct text first = texts[0].text;
	size_t total = 0;
	char *end;

	for (unsigned i = 0; i < count; i++)
		total += texts[i].text.length; /* count and lengths are 16 and 30 bits */
	if (only_text(texts, count, total, joined))
		return CALL_DONE;
	if (turn_defers(vm, total))
		return turn_yield(vm);
	if (check_length(vm, total) != CALL_DONE ||
	    budget_charge(vm, (int64_t)((total - first.length) / 16)) != CALL_DONE)
		return CALL_LIMIT;
	end = grow_in_place(vm, home, first, total - first.length);
	if (!end)
		return join_anew(vm, home, texts, count, total, joined);
	copy_texts(end, texts + 1, count - 1);
	*joined = (struct text){ first.data, (uint32_t)total, first.lifetime };
	return CALL_DONE;
}

static enum call_result concat(struct vm *vm, value left, value right, value *joined)
{
	value texts[2] = { left, right };

	return texts_join(vm, vm->services->event, texts, 2, &joined->text);
}

enum call_result operate_concat(struct vm *vm, value *r, instruction i)
{
	return concat(vm, *register_b(r, i), *register_c(r, i), register_a(r, i));
}

enum call_result operate_concat_constant(struct vm *vm, value *r, instruction i)
{
	value right = { .text = vm->code->constants[instruction_c(i)].text };

	return concat(vm, *register_b(r, i), right, register_a(r, i));
}

static const struct type *scalar_type(enum type_kind kind)
{
	switch (kind) {
	case TYPE_BOOL:
		return &type_bool;
	case TYPE_FLOAT:
		return &type_float;
	case TYPE_TEXT:
		return &type_text;
	case TYPE_IP:
		return &type_ip;
	case TYPE_NET:
		return &type_net;
	case TYPE_DURATION:
		return &type_duration;
	case TYPE_TIME:
		return &type_time;
	default:
		return &type_int;
	}
}

static enum call_result int_to_text(struct vm *vm, value *place)
{
	char *digits = arena_bytes(vm->services->event, INT_PRINTED_MAX);
	size_t length;

	if (!digits)
		return failure_limit(vm, LIMIT_eventMemory);
	length = int_print(place->i, digits);
	arena_give_back(vm->services->event, digits + length);
	place->text = (struct text){ digits, (uint32_t)length, LIFETIME_EVENT };
	return CALL_DONE;
}

/* ---- short pieces, texts and ints ---- */

/* What is joined at once. */
enum { PIECES_SHORT = 1024 };

/* Most ints that are printed are small. */
static inline size_t print_int(int64_t number, char *at)
{
	if ((uint64_t)number > 9)
		return int_print(number, at);
	*at = (char)('0' + number);
	return 1;
}

/* Ints are printed where they stay. Returns the end, or NULL where it may not fit. */
static inline char *print_pieces(char *at, const char *end, const value *pieces, unsigned kinds)
{
	for (; kinds > 1; kinds >>= 1, pieces++) {
		size_t length = kinds & 1 ? INT_PRINTED_MAX : pieces->text.length;

		if (length > (size_t)(end - at))
			return NULL;
		if (kinds & 1)
			length = print_int(pieces->i, at);
		else
			copy_piece(at, pieces->text.data, length);
		at += length;
	}
	return at;
}

/* Each int as a text first: what is long, or may grow in place, is joined as all texts are. */
static __attribute__((noinline)) enum call_result join_as_texts(struct vm *vm, const value *pieces,
								unsigned kinds, struct text *joined)
{
	unsigned count = pieces_count((uint16_t)kinds);
	value texts[PIECES_MAX];

	for (unsigned n = 0; n < count; n++) {
		texts[n] = pieces[n];
		if (kinds >> n & 1 && int_to_text(vm, &texts[n]) != CALL_DONE)
			return CALL_LIMIT;
	}
	return texts_join(vm, vm->services->event, texts, count, joined);
}

/* Where a text that is printed from `begin` on must end to be short, allowed, and in the block. */
static inline const char *pieces_end(const struct vm *vm, const char *begin)
{
	size_t room = (size_t)(vm->services->event->end - begin);
	int64_t most = vm->services->limits[LIMIT_textLength];

	if (most > PIECES_SHORT)
		most = PIECES_SHORT;
	return begin + (room < (size_t)most ? room : (size_t)most);
}

static inline bool may_grow(struct text first)
{
	return first.length && first.lifetime == LIFETIME_EVENT;
}

/* False, and nothing has happened, when it is not that easy. */
static inline bool join_at_once(struct vm *vm, const value *pieces, unsigned kinds, value *joined)
{
	struct arena *home = vm->services->event;
	char *begin = home->next, *end = NULL;

	if (begin && (kinds & 1 || !may_grow(pieces->text)))
		end = print_pieces(begin, pieces_end(vm, begin), pieces, kinds);
	if (!end)
		return false;
	home->next = end;
	vm->budget -= (end - begin) / 16;
	put_text(joined, begin, (size_t)(end - begin), LIFETIME_EVENT);
	return true;
}

enum call_result operate_concat_pieces(struct vm *vm, value *r, instruction i)
{
	const value *pieces = register_b(r, i);
	unsigned kinds = instruction_c(i);

	if (join_at_once(vm, pieces, kinds, register_a(r, i)))
		return CALL_DONE;
	return join_as_texts(vm, pieces, kinds, &register_a(r, i)->text);
}

enum call_result operate_concat_many(struct vm *vm, value *r, instruction i)
{
	const value *texts = register_b(r, i);
	unsigned count = instruction_c(i);

	if (count <= PIECES_MAX && join_at_once(vm, texts, 1u << count, register_a(r, i)))
		return CALL_DONE;
	return texts_join(vm, vm->services->event, texts, count, &register_a(r, i)->text);
}

enum call_result operate_to_text(struct vm *vm, value *r, instruction i)
{
	char printed[128]; /* the longest is a range of two IPv6 addresses */
	struct buffer out = { .data = printed, .room = sizeof(printed), .cap = sizeof(printed) };
	const struct type *type = scalar_type((enum type_kind)instruction_c(i));
	value from = *register_b(r, i);
	bool ok = true;

	if (type->kind == TYPE_INT) {
		register_a(r, i)->i = from.i;
		return int_to_text(vm, register_a(r, i));
	}
	if (type->kind == TYPE_TEXT) {
		register_a(r, i)->text = from.text;
		return CALL_DONE;
	}
	value_print(type, from, &out);
	register_a(r, i)->text = arena_copy(vm->services->event, buffer_text(&out), &ok);
	return ok ? CALL_DONE : failure_limit(vm, LIMIT_eventMemory);
}

enum call_result operate_byte_wrong(struct vm *vm, value *r, instruction i)
{
	return failure_raise(vm, "index", "byte %lld of a text of %u",
			     (long long)register_c(r, i)->i, register_b(r, i)->text.length);
}

/* Bounds behind the end mean the end. */
static enum call_result slice(struct vm *vm, struct text text, int64_t from, int64_t to,
			      struct text *part)
{
	if (from < 0 || to < 0)
		return failure_raise(vm, "index", "a slice cannot begin or end at %lld",
				     (long long)(from < 0 ? from : to));
	if (to > text.length)
		to = text.length;
	*part = text_part(text, (size_t)(from < to ? from : to), (size_t)to);
	return CALL_DONE;
}

enum call_result operate_text_slice(struct vm *vm, value *r, instruction i)
{
	const value *bounds = register_c(r, i);

	return slice(vm, register_b(r, i)->text, bounds[0].i, bounds[1].i, &register_a(r, i)->text);
}

enum call_result operate_text_slice_from(struct vm *vm, value *r, instruction i)
{
	return slice(vm, register_b(r, i)->text, register_c(r, i)->i, INT64_MAX,
		     &register_a(r, i)->text);
}
