/* Regular expressions with limits: PCRE2, compiled once, matched within a budget. */
#ifndef MATCH_REGEX_H
#define MATCH_REGEX_H

#include "base/arena.h"

struct regex;

enum {
	REGEX_GROUPS = 10,
	REGEX_MESSAGE_MAX = 256,
	REGEX_AT_ONCE = 64, /* so much of a subject is one slice: the deadline is not looked at */
};

/* `flags` among "imsxu" (u: UTF and Unicode properties; else bytes). Freed when the arena is reset.
 * NULL with a message and the offset in the pattern when PCRE2 refuses it. */
struct regex *regex_compile(struct text pattern, struct text flags, struct arena *arena,
			    char message[REGEX_MESSAGE_MAX], size_t *offset);
/* Makes machine code of it, where that is available: worth it for what will be matched. Not while others match. */
void regex_speed_up(struct regex *regex);
/* Does matching at the start of this subject, without machine code, take more than so many steps? With
 * `each_byte` each byte that a repetition gives back is one, also where PCRE2 sees that it need not be tried, for it has
 * been read. False for a wrong pattern. */
bool regex_steps_exceed(struct text pattern, struct text flags, struct text subject, uint32_t steps,
			bool each_byte);
struct text regex_pattern(const struct regex *regex);
/* Flag u: each match looks through the whole subject first. */
bool regex_reads_utf8(const struct regex *regex);

/* What can be told at once: it is too short for a match, or lacks a byte that each has. */
bool regex_cannot_match(const struct regex *regex, struct text subject, size_t from);

/* One for each session: threads share a regex, never a match block. */
struct regex_matcher;
struct regex_matcher *regex_matcher_new(void);
void regex_matcher_free(struct regex_matcher *matcher);
/* No match has needed more than a little memory. */
bool regex_matcher_is_small(const struct regex_matcher *matcher);

struct regex_limits {
	uint32_t match;   /* LIMIT_regexMatch */
	uint32_t heap;    /* bytes: LIMIT_regexDepth */
	int64_t deadline; /* clock_monotonic(), looked at between slices of start positions */
	int64_t ends;     /* the same clock, looked at within a start position of a long subject */
	size_t *reached;  /* when not NULL, on REGEX_TIME_LIMIT by `deadline`: where it would have gone on */
	bool brief;	  /* what needs more than the first stack ends with REGEX_HEAP_LIMIT */
	bool again;	  /* it goes on there: the subject has been checked */
};

enum regex_result {
	REGEX_MATCH,
	REGEX_NO_MATCH,
	REGEX_BAD_SUBJECT, /* flag u and not UTF-8: an error, never "no match" */
	REGEX_MATCH_LIMIT,
	REGEX_HEAP_LIMIT,
	REGEX_TIME_LIMIT,
	REGEX_FAILED, /* memory, or PCRE2's own fault */
};

/* `groups` may be NULL; else all REGEX_GROUPS are set on a match: parts of the subject, unset ones empty. */
enum regex_result regex_match(const struct regex *regex, struct regex_matcher *matcher,
			      struct text subject, size_t from, const struct regex_limits *limits,
			      struct text groups[REGEX_GROUPS]);

/* The same in a subject of at most REGEX_AT_ONCE bytes, within that match limit. REGEX_FAILED says that it is
 * not done so easily, and is to be asked of regex_match(). */
enum regex_result regex_match_short(const struct regex *regex, struct regex_matcher *matcher,
				    struct text subject, uint32_t limit,
				    struct text groups[REGEX_GROUPS]);

#endif
