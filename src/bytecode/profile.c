#include "bytecode/profile.h"

#include <string.h>

const struct profile_row profile_rows[PROFILE_COUNT] = {
#define PROFILE(id, name, help) [PROFILE_##id] = { name, help },
#include "grammar/profiles.def"
#undef PROFILE
};

const struct profile_macro profile_macros[PROFILE_MACRO_COUNT] = {
#define PROFILE(...)
#define PROFILE_MACRO(name, ...) { name, { __VA_ARGS__ } },
#include "grammar/profiles.def"
#undef PROFILE
};

const struct profile_fact profile_facts[PROFILE_FACT_COUNT] = {
#define PROFILE(...)
#define PROFILE_FACT(profiles, events, does, subjects, code, what, cure)                           \
	{ profiles, events, PROFILE_##does, subjects, code, what, cure },
#include "grammar/profiles.def"
#undef PROFILE
};

int profile_find(struct text name)
{
	for (int i = 0; i < PROFILE_COUNT; i++)
		if (text_equals_string(name, profile_rows[i].name))
			return i;
	return -1;
}

const struct profile_macro *profile_macro_find(struct text name)
{
	if (name.length == 3 && name.data[0] == '{' && name.data[2] == '}')
		name = text_part(name, 1, 2);
	for (unsigned i = 0; i < PROFILE_MACRO_COUNT; i++)
		if (text_equals_string(name, profile_macros[i].name))
			return &profile_macros[i];
	return NULL;
}

/* Events behind the end of the message know what it knew. */
event_set profile_macro_unknown(const struct profile_macro *macro, profile_set profiles)
{
	event_set unknown = EVENTS_ALL;

	for (unsigned i = 0; i < PROFILE_COUNT; i++)
		if (profiles >> i & 1)
			unknown &= ((event_set)1 << macro->from[i]) - 1;
	return unknown;
}

bool profile_fact_holds(const struct profile_fact *fact, profile_set profiles)
{
	return !(profiles & ~fact->profiles);
}

bool profile_fact_is(const struct profile_fact *fact, enum profile_deed deed, struct text name)
{
	const char *at = fact->subjects;

	if (fact->deed != deed)
		return false;
	for (; *at; at += strspn(at, " ")) {
		size_t word = strcspn(at, " ");

		if (text_equals(text_of(at, word, LIFETIME_PROGRAM), name))
			return true;
		at += word;
	}
	return false;
}
