#include "match/backtrack.h"

#include "match/regex.h"
#include "match/sample.h"

/* A repeated group is suspect: what its body matches, many times over, then something that fits
 * nowhere; and so are two repetitions side by side. Whether an input that is made so really is an
 * attack, PCRE2 tells. So the reading may be rough. */

enum { UNIT_MAX = 16, REPEATS = 40, ALTERNATIVES_MAX = 4 };

/* ---- trying ---- */

static bool is_attack(struct text pattern, struct text flags, const struct attack *attack)
{
	return regex_steps_exceed(pattern, flags,
				  text_of(attack->bytes, attack->length, LIFETIME_EVENT),
				  attack->steps, attack->steps == ATTACK_STEPS_SQUARE);
}

static bool append(struct attack *attack, const char *bytes, uint32_t length)
{
	if (length > ATTACK_MAX - attack->length)
		return false;
	memcpy(attack->bytes + attack->length, bytes, length);
	attack->length += length;
	return true;
}

/* What stands around the repeated group. */
struct surroundings {
	struct sample before, behind;
};

/* The end is what fits nowhere, with what the rest of the pattern asks for before or behind it:
 * PCRE2 gives up at once when a byte is missing that each match has. */
static bool append_end(struct attack *attack, const struct sample *behind, char end, bool last)
{
	return (last || append(attack, &end, 1)) && append(attack, behind->bytes, behind->length) &&
	       (!last || append(attack, &end, 1));
}

static bool attack_with(struct text pattern, struct text flags, const struct surroundings *around,
			const struct sample *unit, int repeats, struct attack *attack)
{
	static const char ends[] = { '!', '\x01', 'b', '\n' };
	uint32_t most = ATTACK_MAX - around->behind.length - 1;

	for (size_t i = 0; i < 2 * sizeof(ends); i++) {
		attack->length = 0;
		append(attack, around->before.bytes, around->before.length);
		for (int n = 0; n < repeats && attack->length + unit->length <= most; n++)
			append(attack, unit->bytes, unit->length);
		if (append_end(attack, &around->behind, ends[i / 2], i % 2) &&
		    is_attack(pattern, flags, attack))
			return true;
	}
	return false;
}

/* Behind the alternative of a group that begins at `at`: its | or its ). */
static uint32_t alternative_end(struct text pattern, uint32_t at, uint32_t end)
{
	unsigned depth = 0;

	while (at < end) {
		char sign = pattern.data[at];

		if (sign == '|' && depth == 0)
			return at;
		depth += sign == '(';
		depth -= sign == ')' && depth > 0;
		if (sign == '[')
			at = pattern_class_end(pattern, at);
		else
			at += sign == '\\' ? 2 : 1;
	}
	return end;
}

static bool is_unit(const struct sample *unit)
{
	return !unit->failed && unit->length > 0 && unit->length <= UNIT_MAX;
}

/* The group stands from its ( to its ), both included. */
static bool try_group(struct text pattern, struct text flags, uint32_t open, uint32_t close,
		      struct attack *attack)
{
	struct surroundings around = { sample_of(pattern, 0, open, false),
				       sample_of(pattern, close + 1, (uint32_t)pattern.length,
						 true) };
	uint32_t at = open + pattern_group_head(pattern, open);

	for (int i = 0; i < ALTERNATIVES_MAX && at < close; i++) {
		uint32_t end = alternative_end(pattern, at, close);

		for (int lean = 0; lean < 2; lean++) {
			struct sample unit = sample_of(pattern, at, end, lean);

			if (!around.before.failed && !around.behind.failed && is_unit(&unit) &&
			    attack_with(pattern, flags, &around, &unit, REPEATS, attack))
				return true;
		}
		at = end + 1;
	}
	return false;
}

/* Is what ends before `at` repeated without bound, or often? */
static bool is_repeated(struct text pattern, uint32_t at)
{
	char sign = pattern_peek(pattern, at);

	if (sign == '*' || sign == '+')
		return true;
	for (; sign == '{' && at < pattern.length && pattern.data[at] != '}'; at++)
		if (pattern.data[at] == ',')
			return true;
	return false;
}

/* A repetition of one atom is no danger: within the body something must repeat, or there must be a
 * choice. */
static bool has_choice(struct text pattern, uint32_t open, uint32_t close)
{
	for (uint32_t at = open; at < close; at++)
		if (strchr("*+|{?", pattern.data[at]))
			return true;
	return false;
}

/* ---- a*a*b ---- */

/* One atom that repeats; what it fits is `from` to `to`, behind its sign comes `end`. */
struct repeated {
	uint32_t from, to, end;
};

static uint32_t atom_end(struct text pattern, uint32_t at)
{
	if (pattern.data[at] == '[')
		return pattern_class_end(pattern, at);
	return at + (pattern.data[at] == '\\' ? 2 : 1);
}

/* Without bound, and it gives back what it has. */
static bool read_repeated(struct text pattern, uint32_t at, struct repeated *atom)
{
	atom->from = at;
	atom->to = atom_end(pattern, at);
	atom->end = pattern_quantifier_end(pattern, atom->to);
	if (!is_repeated(pattern, atom->to) || pattern_peek(pattern, atom->end) == '+')
		return false;
	atom->end += pattern_peek(pattern, atom->end) == '?';
	return true;
}

/* Two that stand side by side share out what both fit in as many ways as it is long. */
static bool try_pair(struct text pattern, struct text flags, const struct repeated *one,
		     const struct repeated *other, struct attack *attack)
{
	struct surroundings around = { sample_of(pattern, 0, one->from, false),
				       sample_of(pattern, other->end, (uint32_t)pattern.length,
						 true) };
	struct sample units[] = { sample_of(pattern, one->from, one->to, false),
				  sample_of(pattern, other->from, other->to, false) };

	if (around.before.failed || around.behind.failed)
		return false;
	for (int i = 0; i < 2; i++)
		if (is_unit(&units[i]) &&
		    attack_with(pattern, flags, &around, &units[i], ATTACK_MAX, attack))
			return true;
	return false;
}

/* Where what stands at `at`, no repeated atom, ends; a bracket alone changes nothing, anything else
 * parts what stands on its two sides. */
static uint32_t pass(struct text pattern, uint32_t at, struct repeated *before)
{
	char sign = pattern.data[at];
	uint32_t end = sign == '(' ? at + pattern_group_head(pattern, at) : atom_end(pattern, at);
	uint32_t behind = pattern_quantifier_end(pattern, end);

	if ((sign != '(' && sign != ')') || behind != end)
		before->end = 0;
	return behind;
}

static bool find_pair(struct text pattern, struct text flags, struct attack *attack)
{
	struct repeated before = { 0, 0, 0 }, atom;

	attack->steps = ATTACK_STEPS_SQUARE;
	for (uint32_t at = 0; at < pattern.length;) {
		char sign = pattern.data[at];

		if (sign == '(' && pattern_group_head(pattern, at) == 0)
			return false;
		if (strchr("()|^$", sign) || !read_repeated(pattern, at, &atom)) {
			at = pass(pattern, at, &before);
			continue;
		}
		if (before.end && try_pair(pattern, flags, &before, &atom, attack))
			return true;
		before = atom;
		at = atom.end;
	}
	return false;
}

static bool find_group(struct text pattern, struct text flags, struct attack *attack)
{
	uint32_t opened[SAMPLE_DEPTH_MAX];
	unsigned depth = 0;

	attack->steps = ATTACK_STEPS;
	for (uint32_t at = 0; at < pattern.length;) {
		char sign = pattern.data[at];

		if (sign == '(') {
			if (depth == SAMPLE_DEPTH_MAX)
				return false;
			opened[depth++] = at;
		}
		if (sign == ')' && depth > 0) {
			uint32_t open = opened[--depth];

			if (is_repeated(pattern, at + 1) && pattern_group_head(pattern, open) &&
			    has_choice(pattern, open + 1, at) &&
			    try_group(pattern, flags, open, at, attack))
				return true;
		}
		if (sign == '[')
			at = pattern_class_end(pattern, at);
		else
			at += sign == '\\' ? 2 : 1;
	}
	return false;
}

bool backtrack_find(struct text pattern, struct text flags, struct attack *attack)
{
	return find_group(pattern, flags, attack) || find_pair(pattern, flags, attack);
}
