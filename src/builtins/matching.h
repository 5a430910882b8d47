/* Regular expressions in builtins, within the limits of the event. */
#ifndef BUILTINS_MATCHING_H
#define BUILTINS_MATCHING_H

#include "builtins/answer.h"
#include "match/regex.h"

/* A search, or one of a row of searches through the same subject. */
struct search {
	const struct regex *regex;
	struct text subject;
	size_t from; /* where it begins; moved behind what was found */
	bool matched;
	size_t start, end; /* of the match */
	struct text groups[REGEX_GROUPS];
};

/* Looks for the first match at or after `from` and charges for what was looked through. Done again
 * it finds the next match; an empty one is not found twice. */
enum call_result search_next(struct call *call, struct search *search);

/* Compiles a pattern that was made at run time; raises "argument" when PCRE2 refuses it. */
enum call_result compile_pattern(struct call *call, struct text pattern, struct text flags,
				 struct arena *arena, const struct regex **regex);

#endif
