/* What mail servers make of a filter: the rows of grammar/profiles.def. */
#ifndef BYTECODE_PROFILE_H
#define BYTECODE_PROFILE_H

#include "bytecode/vocabulary.h"

enum profile_id {
#define PROFILE(id, ...) PROFILE_##id,
#include "grammar/profiles.def"
#undef PROFILE
	PROFILE_COUNT
};

enum {
	PROFILE_MACRO_COUNT = 0
#define PROFILE(...)
#define PROFILE_MACRO(...) +1
#include "grammar/profiles.def"
#undef PROFILE
	,
	PROFILE_FACT_COUNT = 0
#define PROFILE(...)
#define PROFILE_FACT(...) +1
#include "grammar/profiles.def"
#undef PROFILE
};

/* Sets of profiles. */
typedef uint32_t profile_set;
#define PROFILES_ALL (((profile_set)1 << PROFILE_COUNT) - 1)

struct profile_row {
	const char *name; /* "postfix-non-smtp" */
	const char *help;
};

/* The first event in which each mail server knows a macro; EVENT_COUNT: never. */
struct profile_macro {
	const char *name; /* "{auth_authen}", "i" */
	unsigned char from[PROFILE_COUNT];
};

enum profile_deed { PROFILE_CALL, PROFILE_TEXT, PROFILE_READ, PROFILE_EVENT };

struct profile_fact {
	profile_set profiles;
	event_set events;
	enum profile_deed deed;
	const char *subjects; /* names, separated by blanks */
	const char *code;     /* of a diagnostic, or "" */
	const char *what, *cure;
};

extern const struct profile_row profile_rows[PROFILE_COUNT];
extern const struct profile_macro profile_macros[PROFILE_MACRO_COUNT];
extern const struct profile_fact profile_facts[PROFILE_FACT_COUNT];

/* The profile of that name, or -1. */
int profile_find(struct text name);

/* The row of a macro, with or without braces around a single letter; NULL when there is none. */
const struct profile_macro *profile_macro_find(struct text name);

/* The events in which every one of these mail servers knows it not. */
event_set profile_macro_unknown(const struct profile_macro *macro, profile_set profiles);

/* Is this so with each of these mail servers? */
bool profile_fact_holds(const struct profile_fact *fact, profile_set profiles);
/* Is this a fact about that deed and name? */
bool profile_fact_is(const struct profile_fact *fact, enum profile_deed deed, struct text name);

#endif
