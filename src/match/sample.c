#include "match/sample.h"

static void put(struct sample *sample, char byte)
{
	sample->last = sample->length;
	if (sample->length == sizeof(sample->bytes))
		sample->failed = true;
	else
		sample->bytes[sample->length++] = byte;
}

/* ---- classes ---- */

uint32_t pattern_class_end(struct text pattern, uint32_t at)
{
	at++;
	if (pattern_peek(pattern, at) == '^')
		at++;
	if (pattern_peek(pattern, at) == ']')
		at++;
	while (at < pattern.length && pattern.data[at] != ']')
		at += pattern.data[at] == '\\' || (pattern.data[at] == '[' &&
						   pattern_peek(pattern, at + 1) == ':')
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

	if (pattern_peek(class, 1) != '^')
		return pattern_peek(class, 1) == '\\' ? escape_sample(pattern_peek(class, 2))
						      : pattern_peek(class, 1);
	for (const char *other = others; *other; other++)
		if (!text_contains_byte(class, *other))
			return *other;
	return 'z';
}

/* ---- atoms ---- */

uint32_t pattern_group_head(struct text pattern, uint32_t at)
{
	if (pattern_peek(pattern, at + 1) != '?')
		return 1;
	if (pattern_peek(pattern, at + 2) == ':')
		return 3;
	return 0;
}

static void open_group(struct sample *sample)
{
	if (sample->depth == SAMPLE_DEPTH_MAX)
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
	    (sign == '*' || sign == '?' || (sign == '{' && pattern_peek(pattern, at + 1) == '0')))
		sample->length = sample->last;
}

uint32_t pattern_quantifier_end(struct text pattern, uint32_t at)
{
	char sign = pattern_peek(pattern, at);

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
	char letter = pattern_peek(pattern, at + 1);

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
		end = pattern_group_head(pattern, at);
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
		end = pattern_class_end(pattern, at);
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
		return pattern_quantifier_end(pattern, at);
	default:
		put(sample, pattern.data[at]);
		return at + 1;
	}
}

struct sample sample_of(struct text pattern, uint32_t from, uint32_t to, bool lean)
{
	struct sample sample = { .lean = lean };

	while (from < to && !sample.failed)
		from = sample_step(&sample, pattern, from);
	return sample;
}
