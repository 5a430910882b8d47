#include "match/regex.h"

#include "base/memory.h"
#include "base/wait.h"

#include <pcre2.h>
#include <stdio.h>
#include <string.h>

/* PCRE2's match limit starts anew at each start position, so alone it bounds nothing: start
 * positions are tried in slices, and the clock is read between them. A slice grows while slices are
 * quick and shrinks when one was slow. */
enum {
	SLICE_FIRST = REGEX_AT_ONCE,
	SLICE_MOST = 1 << 20,
	SLICE_QUICK_US = 500,
	SLICE_SLOW_US = 4000
};

/* Within one start position the match limit counts what is given back, and not the bytes that are
 * then read again: in a long subject two repetitions can read it a million times. There the pattern
 * is compiled with callouts, one before each item, and at every few of them the clock is read. */
enum { WATCHED_FROM = 2048, CALLOUTS_PER_LOOK = 16 };

/* A byte that every match has, in the other case too when it is a letter. */
struct needed_byte {
	bool known;
	unsigned char byte, other;
};

struct regex {
	pcre2_code *code;
	pcre2_code *watched; /* the same for long subjects, or NULL when it repeats too little */
	struct text pattern;
	bool utf;
	bool jit;
	bool anchored;			/* one start position: no slices */
	bool filtered;			/* what follows is to be looked at before a match */
	uint32_t least;			/* length of the shortest match */
	struct needed_byte first, last; /* where a match begins, and behind that */
	const uint8_t *starts; /* one bit for each byte that a match can begin with, or NULL */
};

struct regex_matcher {
	pcre2_match_data *data;
	pcre2_match_context *context;
	uint32_t match, heap; /* limits that the context has */
	uint32_t callouts;
	int64_t ends; /* when a callout gives up */
	size_t offset_limit;
	pcre2_jit_stack *stack; /* only after PCRE2's own 32 KB have not sufficed */
	bool grown;		/* what a match took of the heap is kept for the next one */
};

static bool read_flags(struct text flags, uint32_t *options)
{
	for (uint32_t i = 0; i < flags.length; i++) {
		switch (flags.data[i]) {
		case 'i':
			*options |= PCRE2_CASELESS;
			break;
		case 'm':
			*options |= PCRE2_MULTILINE;
			break;
		case 's':
			*options |= PCRE2_DOTALL;
			break;
		case 'x':
			*options |= PCRE2_EXTENDED;
			break;
		case 'u':
			*options |= PCRE2_UTF | PCRE2_UCP;
			break;
		default:
			return false;
		}
	}
	return true;
}

static void free_code(void *code)
{
	pcre2_code_free(code);
}

static struct needed_byte needed_byte(const pcre2_code *code, uint32_t type, uint32_t unit)
{
	uint32_t kind = 0, number = 0;
	unsigned char byte, other;

	pcre2_pattern_info(code, type, &kind);
	pcre2_pattern_info(code, unit, &number);
	byte = other = (unsigned char)number;
	if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'))
		other = byte ^ ('a' ^ 'A');
	return (struct needed_byte){ .known = kind == 1, .byte = byte, .other = other };
}

/* What PCRE2 looks at too, at each call and with more ado. A subject for flag u must be seen whole.
 */
static void read_filter(struct regex *regex)
{
	regex->filtered = true;
	regex->first = needed_byte(regex->code, PCRE2_INFO_FIRSTCODETYPE, PCRE2_INFO_FIRSTCODEUNIT);
	regex->last = needed_byte(regex->code, PCRE2_INFO_LASTCODETYPE, PCRE2_INFO_LASTCODEUNIT);
	pcre2_pattern_info(regex->code, PCRE2_INFO_MINLENGTH, &regex->least);
	pcre2_pattern_info(regex->code, PCRE2_INFO_FIRSTBITMAP, &regex->starts);
}

static void read_properties(struct regex *regex)
{
	uint32_t all = 0;

	pcre2_pattern_info(regex->code, PCRE2_INFO_ALLOPTIONS, &all);
	regex->utf = all & PCRE2_UTF;
	regex->anchored = all & PCRE2_ANCHORED;
	if (!regex->utf && !(all & PCRE2_NO_START_OPTIMIZE))
		read_filter(regex);
}

/* ---- before a match ---- */

static bool has_byte(const char *from, size_t length, const struct needed_byte *needed)
{
	return memchr(from, needed->byte, length) ||
	       (needed->other != needed->byte && memchr(from, needed->other, length));
}

static bool can_begin(const struct regex *regex, unsigned char byte)
{
	if (regex->first.known)
		return byte == regex->first.byte || byte == regex->first.other;
	return !regex->starts || (regex->starts[byte / 8] >> byte % 8 & 1);
}

bool regex_cannot_match(const struct regex *regex, struct text subject, size_t from)
{
	const char *at;
	size_t left;

	if (!regex->filtered || from > subject.length)
		return false;
	at = subject.data + from;
	left = subject.length - from;
	if (left < regex->least)
		return true;
	if (left && regex->least && regex->anchored && !can_begin(regex, (unsigned char)*at))
		return true;
	if (left && regex->last.known && !has_byte(at, left, &regex->last))
		return true;
	return left && regex->first.known && !regex->anchored && !has_byte(at, left, &regex->first);
}

/* ---- compiling ---- */

void regex_speed_up(struct regex *regex)
{
#ifdef UNDER_VALGRIND /* valgrind takes what PCRE2 compiles for misbehaviour */
	(void)regex;
#else
	regex->jit = pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE) == 0;
	if (regex->watched)
		regex->jit &= pcre2_jit_compile(regex->watched, PCRE2_JIT_COMPLETE) == 0;
#endif
}

/* Two signs that repeat; a few more than there are do no harm. */
static bool repeats_twice(struct text pattern)
{
	unsigned signs = 0;

	for (uint32_t i = 0; i < pattern.length; i++)
		signs += pattern.data[i] == '*' || pattern.data[i] == '+' || pattern.data[i] == '{';
	return signs > 1;
}

static pcre2_code *compile_code(struct text pattern, uint32_t options, struct arena *arena,
				char message[REGEX_MESSAGE_MAX], size_t *offset)
{
	int error = 0;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.length, options, &error,
					 offset, NULL);

	if (!code)
		pcre2_get_error_message(error, (PCRE2_UCHAR *)message, REGEX_MESSAGE_MAX);
	else if (!arena_defer(arena, free_code, code))
		snprintf(message, REGEX_MESSAGE_MAX, "no memory for a pattern");
	else
		return code;
	return NULL;
}

struct regex *regex_compile(struct text pattern, struct text flags, struct arena *arena,
			    char message[REGEX_MESSAGE_MAX], size_t *offset)
{
	uint32_t options = PCRE2_USE_OFFSET_LIMIT | PCRE2_NEVER_BACKSLASH_C;
	struct regex *regex = arena_zeroed(arena, sizeof(*regex));
	bool copied = true, twice = repeats_twice(pattern);

	*offset = 0;
	if (regex)
		regex->pattern = arena_copy(arena, pattern, &copied);
	if (!regex || !copied) {
		snprintf(message, REGEX_MESSAGE_MAX, "no memory for a pattern");
		return NULL;
	}
	if (!read_flags(flags, &options)) {
		snprintf(message, REGEX_MESSAGE_MAX,
			 "unknown flag; the flags are i, m, s, x and u");
		return NULL;
	}
	regex->code = compile_code(regex->pattern, options, arena, message, offset);
	if (regex->code && twice)
		regex->watched = compile_code(regex->pattern, options | PCRE2_AUTO_CALLOUT, arena,
					      message, offset);
	if (!regex->code || (twice && !regex->watched))
		return NULL;
	read_properties(regex);
	return regex;
}

bool regex_steps_exceed(struct text pattern, struct text flags, struct text subject, uint32_t steps,
			bool each_byte)
{
	pcre2_match_context *context = pcre2_match_context_create(NULL);
	pcre2_match_data *data = NULL;
	pcre2_code *code = NULL;
	uint32_t options = PCRE2_NEVER_BACKSLASH_C | (each_byte ? PCRE2_NO_AUTO_POSSESS : 0);
	int error = 0, result = 0;
	size_t offset;

	if (context && read_flags(flags, &options))
		code = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.length, options, &error,
				     &offset, NULL);
	if (code)
		data = pcre2_match_data_create_from_pattern(code, NULL);
	if (data) {
		pcre2_set_match_limit(context, steps);
		result = pcre2_match(code, (PCRE2_SPTR)subject.data, subject.length, 0,
				     PCRE2_ANCHORED | PCRE2_NO_JIT, data, context);
	}
	pcre2_match_data_free(data);
	pcre2_code_free(code);
	pcre2_match_context_free(context);
	return result == PCRE2_ERROR_MATCHLIMIT;
}

struct text regex_pattern(const struct regex *regex)
{
	return regex->pattern;
}

bool regex_reads_utf8(const struct regex *regex)
{
	return regex->utf;
}

static int look_at_clock(pcre2_callout_block *block, void *argument)
{
	struct regex_matcher *matcher = argument;

	(void)block;
	if (++matcher->callouts % CALLOUTS_PER_LOOK != 0 || clock_monotonic() < matcher->ends)
		return 0;
	return PCRE2_ERROR_CALLOUT;
}

struct regex_matcher *regex_matcher_new(void)
{
	struct regex_matcher *matcher = memory_zeroed(1, sizeof(*matcher));

	if (!matcher)
		return NULL;
	matcher->data = pcre2_match_data_create(REGEX_GROUPS, NULL);
	matcher->context = pcre2_match_context_create(NULL);
	matcher->offset_limit = PCRE2_UNSET;
	if (!matcher->data || !matcher->context) {
		regex_matcher_free(matcher);
		return NULL;
	}
	pcre2_set_match_limit(matcher->context, matcher->match);
	pcre2_set_heap_limit(matcher->context, matcher->heap);
	pcre2_set_callout(matcher->context, look_at_clock, matcher);
	return matcher;
}

bool regex_matcher_is_small(const struct regex_matcher *matcher)
{
	return !matcher->grown;
}

void regex_matcher_free(struct regex_matcher *matcher)
{
	if (!matcher)
		return;
	pcre2_match_data_free(matcher->data);
	pcre2_match_context_free(matcher->context);
	pcre2_jit_stack_free(matcher->stack);
	memory_free(matcher);
}

/* Gives the matcher a JIT stack of the limit's size; false when it has one already. */
static bool enlarge_stack(struct regex_matcher *matcher, const struct regex_limits *limits)
{
	if (matcher->stack)
		return false;
	matcher->stack = pcre2_jit_stack_create(32 * 1024, limits->heap, NULL);
	if (!matcher->stack)
		return false;
	pcre2_jit_stack_assign(matcher->context, NULL, matcher->stack);
	matcher->grown = true;
	return true;
}

static int match_once(const struct regex *regex, struct regex_matcher *matcher, struct text subject,
		      size_t from, uint32_t options)
{
	PCRE2_SPTR bytes = (PCRE2_SPTR)(subject.data ? subject.data : "");
	bool watched = regex->watched && subject.length - from > WATCHED_FROM;
	const pcre2_code *code = watched ? regex->watched : regex->code;

	/* pcre2_match would take that way too, after looking at what needs no look here. */
	if (regex->jit && !regex->utf)
		return pcre2_jit_match(code, bytes, subject.length, from, 0, matcher->data,
				       matcher->context);
	matcher->grown |= !regex->jit;
	return pcre2_match(code, bytes, subject.length, from, options, matcher->data,
			   matcher->context);
}

static enum regex_result result_of(int status)
{
	switch (status) {
	case PCRE2_ERROR_NOMATCH:
		return REGEX_NO_MATCH;
	case PCRE2_ERROR_MATCHLIMIT:
		return REGEX_MATCH_LIMIT;
	case PCRE2_ERROR_HEAPLIMIT:
	case PCRE2_ERROR_DEPTHLIMIT:
	case PCRE2_ERROR_JIT_STACKLIMIT:
		return REGEX_HEAP_LIMIT;
	default:
		if (status <= PCRE2_ERROR_UTF8_ERR1 && status >= PCRE2_ERROR_UTF8_ERR21)
			return REGEX_BAD_SUBJECT;
		return status >= 0 ? REGEX_MATCH : REGEX_FAILED;
	}
}

/* `highest` is what PCRE2 returned: one more than the highest group that is set, 0 when there are
 * more than the block holds, less without a match. Pairs above it are not written. */
static void read_groups(const struct regex_matcher *matcher, struct text subject, int highest,
			struct text groups[REGEX_GROUPS])
{
	const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(matcher->data);
	uint32_t count = highest ? (uint32_t)highest : REGEX_GROUPS;

	if (highest < 0 || !groups)
		return;
	for (uint32_t i = 0; i < REGEX_GROUPS; i++) {
		/* \K in a lookahead can put the start behind the end. */
		if (i < count && ends[2 * i] != PCRE2_UNSET && ends[2 * i] <= ends[2 * i + 1])
			groups[i] = text_part(subject, ends[2 * i], ends[2 * i + 1]);
		else
			groups[i] = TEXT_EMPTY;
	}
}

/* A slice's end must not lie inside a character. */
static size_t slice_end(const struct regex *regex, struct text subject, size_t from, size_t slice)
{
	size_t end = subject.length - from <= slice ? subject.length : from + slice;

	while (regex->utf && end < subject.length && (subject.data[end] & 0xc0) == 0x80)
		end++;
	return end;
}

static size_t next_start(const struct regex *regex, struct text subject, size_t end)
{
	size_t next = end + 1;

	while (regex->utf && next < subject.length && (subject.data[next] & 0xc0) == 0x80)
		next++;
	return next;
}

/* Most matches have the limits of the one before. */
static void set_match_limit(struct regex_matcher *matcher, uint32_t limit)
{
	if (matcher->match == limit)
		return;
	matcher->match = limit;
	pcre2_set_match_limit(matcher->context, limit);
}

static void set_heap_limit(struct regex_matcher *matcher, uint32_t bytes)
{
	if (matcher->heap == bytes)
		return;
	matcher->heap = bytes;
	pcre2_set_heap_limit(matcher->context, bytes / 1024);
}

static void set_offset_limit(struct regex_matcher *matcher, size_t offset)
{
	if (matcher->offset_limit == offset)
		return;
	matcher->offset_limit = offset;
	pcre2_set_offset_limit(matcher->context, offset);
}

static int match_slices(const struct regex *regex, struct regex_matcher *matcher,
			struct text subject, size_t from, const struct regex_limits *limits)
{
	size_t slice = regex->anchored ? SLICE_MOST : SLICE_FIRST;
	int64_t before = 0;
	uint32_t options = limits->again ? PCRE2_NO_UTF_CHECK : 0;

	for (;;) {
		size_t end = slice_end(regex, subject, from, slice);
		int status;

		set_offset_limit(matcher, end < subject.length ? end : PCRE2_UNSET);
		status = match_once(regex, matcher, subject, from, options);
		if (status == PCRE2_ERROR_JIT_STACKLIMIT && !limits->brief &&
		    enlarge_stack(matcher, limits))
			continue;
		if (status != PCRE2_ERROR_NOMATCH || end >= subject.length || regex->anchored)
			return status;
		int64_t now = clock_monotonic();
		if (now >= limits->deadline) {
			if (limits->reached)
				*limits->reached = next_start(regex, subject, end);
			return PCRE2_ERROR_CALLOUT;
		}
		if (before && now - before > SLICE_SLOW_US && slice > 1)
			slice /= 2;
		else if (before && now - before < SLICE_QUICK_US && slice < SLICE_MOST)
			slice *= 4;
		before = now;
		from = next_start(regex, subject, end);
		options = PCRE2_NO_UTF_CHECK;
	}
}

enum regex_result regex_match(const struct regex *regex, struct regex_matcher *matcher,
			      struct text subject, size_t from, const struct regex_limits *limits,
			      struct text groups[REGEX_GROUPS])
{
	int status;

	if (from > subject.length)
		return REGEX_NO_MATCH;
	set_match_limit(matcher, limits->match);
	set_heap_limit(matcher, limits->heap);
	matcher->ends = limits->ends;
	status = match_slices(regex, matcher, subject, from, limits);
	if (status == PCRE2_ERROR_CALLOUT)
		return REGEX_TIME_LIMIT;
	read_groups(matcher, subject, status, groups);
	return result_of(status);
}

/* Machine code looks at no heap limit, and one slice at no clock. */
enum regex_result regex_match_short(const struct regex *regex, struct regex_matcher *matcher,
				    struct text subject, uint32_t limit,
				    struct text groups[REGEX_GROUPS])
{
	PCRE2_SPTR bytes = (PCRE2_SPTR)(subject.data ? subject.data : "");
	int status;

	if (!regex->jit || regex->utf)
		return REGEX_FAILED;
	set_match_limit(matcher, limit);
	set_offset_limit(matcher, PCRE2_UNSET);
	status = pcre2_jit_match(regex->code, bytes, subject.length, 0, 0, matcher->data,
				 matcher->context);
	if (groups)
		read_groups(matcher, subject, status, groups);
	if (status < 0)
		return status == PCRE2_ERROR_NOMATCH ? REGEX_NO_MATCH : REGEX_FAILED;
	return REGEX_MATCH;
}
