#include "match/backtrack.h"

#include "match/regex.h"

/* A repeated group is suspect: what its body matches, many times over, then something that fits
 * nowhere. The input is made by reading the pattern from left to right and writing down one text
 * that fits; whether it really is an attack, PCRE2 tells. So the reading may be rough. */

enum { DEPTH_MAX = 32, UNIT_MAX = 16, REPEATS = 40, ALTERNATIVES_MAX = 4 };

/* A text that fits a piece of the pattern. */
struct sample {
	char bytes[ATTACK_MAX / 4];
	uint32_t length;
	uint32_t starts[DEPTH_MAX]; /* where the open groups began */
	unsigned depth;
	uint32_t last; /* where the last atom or group begins */
	bool lean;     /* without what may be left out */
	bool failed;   /* too long, too deep, or not understood */
};

static void put(struct sample *sample, char byte)
{
	sample->last = sample->length;
	if (sample->length == sizeof(sample->bytes))
		sample->failed = true;
	else
		sample->bytes[sample->length++] = byte;
}

static char peek(struct text pattern, uint32_t at)
{
	return at < pattern.length ? pattern.data[at] : '\0';
}

/* ---- classes ---- */

/* Where the class that begins at `at` ends: behind its ]. */
static uint32_t class_end(struct text pattern, uint32_t at)
{
	at++;
	if (peek(pattern, at) == '^')
		at++;
	if (peek(pattern, at) == ']')
		at++;
	while (at < pattern.length && pattern.data[at] != ']')
		at += pattern.data[at] == '\\' ||
				      (pattern.data[at] == '[' && peek(pattern, at + 1) == ':')
			      ? 2
			      : 1;
	return at < pattern.length ? at + 1 : (uint32_t)pattern.length;
}

static char escape_sample(char letter)
{
	switch (letter) {
	case 'd':
		return '0';
	case 's':
	case 'W':
		return ' ';
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case 'w':
	case 'D':
	case 'S':
		return 'a';
	default:
		return letter;
	}
}

/* A byte of the class; of one that begins with ^ some byte that it does not name. */
static char class_sample(struct text class)
{
	static const char others[] = "a0 -.@!~";

	if (peek(class, 1) != '^')
		return peek(class, 1) == '\\' ? escape_sample(peek(class, 2)) : peek(class, 1);
	for (const char *other = others; *other; other++)
		if (!text_contains_byte(class, *other))
			return *other;
	return 'z';
}

/* ---- atoms ---- */

/* "(" and what says of which kind the group is; 0 when it is one that is not looked into. */
static uint32_t group_head(struct text pattern, uint32_t at)
{
	if (peek(pattern, at + 1) != '?')
		return 1;
	if (peek(pattern, at + 2) == ':')
		return 3;
	return 0;
}

static void open_group(struct sample *sample)
{
	if (sample->depth == DEPTH_MAX)
		sample->failed = true;
	else
		sample->starts[sample->depth++] = sample->length;
}

static uint32_t group_start(const struct sample *sample)
{
	return sample->depth ? sample->starts[sample->depth - 1] : 0;
}

static void close_group(struct sample *sample)
{
	if (sample->depth > 0)
		sample->last = sample->starts[--sample->depth];
}

/* What the quantifier at `at` is about may be left out. */
static void leave_out(struct sample *sample, struct text pattern, uint32_t at)
{
	char sign = pattern.data[at];

	if (sample->lean &&
	    (sign == '*' || sign == '?' || (sign == '{' && peek(pattern, at + 1) == '0')))
		sample->length = sample->last;
}

/* Behind * + ? {...} and a second sign that makes it lazy or greedy. */
static uint32_t skip_quantifier(struct text pattern, uint32_t at)
{
	char sign = peek(pattern, at);

	if (sign == '{') {
		while (at < pattern.length && pattern.data[at] != '}')
			at++;
		return at < pattern.length ? at + 1 : at;
	}
	return sign == '*' || sign == '+' || sign == '?' ? at + 1 : at;
}

/* The backslash stands at `at`. */
static uint32_t sample_escape(struct sample *sample, struct text pattern, uint32_t at)
{
	char letter = peek(pattern, at + 1);

	if (letter == '\0' || strchr("QEpPxugkKRXGN0123456789", letter))
		sample->failed = true;
	else if (!strchr("bBAzZ", letter))
		put(sample, escape_sample(letter));
	return at + 2;
}

/* One atom, sign or bracket: where the next begins. */
static uint32_t sample_step(struct sample *sample, struct text pattern, uint32_t at)
{
	uint32_t end;

	switch (pattern.data[at]) {
	case '(':
		end = group_head(pattern, at);
		sample->failed = sample->failed || end == 0;
		open_group(sample);
		return at + (end ? end : 1);
	case ')':
		close_group(sample);
		return at + 1;
	case '|': /* the alternative that follows is as good */
		sample->length = group_start(sample);
		return at + 1;
	case '^':
	case '$':
		return at + 1;
	case '\\':
		return sample_escape(sample, pattern, at);
	case '[':
		end = class_end(pattern, at);
		put(sample, class_sample(text_part(pattern, at, end)));
		return end;
	case '.':
		put(sample, 'a');
		return at + 1;
	case '*':
	case '+':
	case '?':
	case '{':
		leave_out(sample, pattern, at);
		return skip_quantifier(pattern, at);
	default:
		put(sample, pattern.data[at]);
		return at + 1;
	}
}

static struct sample sample_of(struct text pattern, uint32_t from, uint32_t to, bool lean)
{
	struct sample sample = { .lean = lean };

	while (from < to && !sample.failed)
		from = sample_step(&sample, pattern, from);
	return sample;
}

/* ---- trying ---- */

static bool is_attack(struct text pattern, struct text flags, const struct attack *attack)
{
	return regex_steps_exceed(pattern, flags,
				  text_of(attack->bytes, attack->length, LIFETIME_EVENT),
				  ATTACK_STEPS);
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
			const struct sample *unit, struct attack *attack)
{
	static const char ends[] = { '!', '\x01', 'b' };
	uint32_t most = ATTACK_MAX - around->behind.length - 1;

	for (size_t i = 0; i < 2 * sizeof(ends); i++) {
		attack->length = 0;
		append(attack, around->before.bytes, around->before.length);
		for (int n = 0; n < REPEATS && attack->length + unit->length <= most; n++)
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
			at = class_end(pattern, at);
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
	uint32_t at = open + group_head(pattern, open);

	for (int i = 0; i < ALTERNATIVES_MAX && at < close; i++) {
		uint32_t end = alternative_end(pattern, at, close);

		for (int lean = 0; lean < 2; lean++) {
			struct sample unit = sample_of(pattern, at, end, lean);

			if (!around.before.failed && !around.behind.failed && is_unit(&unit) &&
			    attack_with(pattern, flags, &around, &unit, attack))
				return true;
		}
		at = end + 1;
	}
	return false;
}

/* Is what ends before `at` repeated without bound, or often? */
static bool is_repeated(struct text pattern, uint32_t at)
{
	char sign = peek(pattern, at);

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

bool backtrack_find(struct text pattern, struct text flags, struct attack *attack)
{
	uint32_t opened[DEPTH_MAX];
	unsigned depth = 0;

	for (uint32_t at = 0; at < pattern.length;) {
		char sign = pattern.data[at];

		if (sign == '(') {
			if (depth == DEPTH_MAX)
				return false;
			opened[depth++] = at;
		}
		if (sign == ')' && depth > 0) {
			uint32_t open = opened[--depth];

			if (is_repeated(pattern, at + 1) && group_head(pattern, open) &&
			    has_choice(pattern, open + 1, at) &&
			    try_group(pattern, flags, open, at, attack))
				return true;
		}
		if (sign == '[')
			at = class_end(pattern, at);
		else
			at += sign == '\\' ? 2 : 1;
	}
	return false;
}
