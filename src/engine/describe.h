/* The rows of the language's tables as entries of a reference, and how a reference is printed. */
#ifndef ENGINE_DESCRIBE_H
#define ENGINE_DESCRIBE_H

#include "base/buffer.h"
#include "bytecode/vocabulary.h"

enum { NOTES_MAX = 2 };

struct entry {
	const char *module, *name; /* what it is found by; "" for those without a module */
	struct buffer title;	   /* "text.lower(value: text) -> text" */
	const char *help;
	const char *example; /* code of one or more lines, or "" */
	struct {
		const char *label; /* "set in"; NULL: no note */
		event_set events;
	} notes[NOTES_MAX];
};

struct topic {
	const char *name;  /* "functions" */
	const char *key;   /* its member in JSON, and another name of it */
	const char *about; /* "the functions of the language" */
	const char *introduction;
	unsigned count;
	void (*fill)(unsigned row, struct entry *entry);   /* the title is empty before */
	void (*to_json)(unsigned row, struct buffer *out); /* one object */
};

enum { TOPIC_COUNT = 8 };
extern const struct topic topics[TOPIC_COUNT];

/* Something that prints topics in one form. */
struct printer {
	void (*begin)(const struct topic *topic, struct buffer *out);
	void (*group)(const char *module,
		      struct buffer *out); /* before the first entry of each module */
	void (*entry)(const struct entry *entry, struct buffer *out);
	void (*end)(struct buffer *out);
};
extern const struct printer print_text, print_man, print_markdown, print_html;

/* An expression that is true or, for what no expression shows, a script (grammar/usages.def); ""
 * for functions of tests. */
const char *example_of(const struct builtin_row *builtin);

/* "onEhlo onData to onBodyChunk"; false and nothing when the set says nothing: no event, or all. */
bool describe_events(event_set events, struct buffer *out);

void row_to_json_event(unsigned row, struct buffer *out);
void row_to_json_variable(unsigned row, struct buffer *out);
void row_to_json_builtin(unsigned row, struct buffer *out);
void row_to_json_limit(unsigned row, struct buffer *out);

/* describe_profiles.c: mail servers, macros, facts, in that order. */
void fill_profile(unsigned row, struct entry *entry);
void profile_to_json(unsigned row, struct buffer *out);

#endif
