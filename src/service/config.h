/* A configuration file as a tree: names with values, sets and objects. It gives no meaning. */
#ifndef SERVICE_CONFIG_H
#define SERVICE_CONFIG_H

#include <stddef.h>

#include "base/diagnostics.h"

enum config_kind { CONFIG_TEXT, CONFIG_SET, CONFIG_OBJECT };

struct config_entry;

struct config_value {
	enum config_kind kind;
	struct span span;
	struct text text;	      /* CONFIG_TEXT, without quotes and escapes */
	struct config_value *members; /* CONFIG_SET, in order */
	struct config_entry *entries; /* CONFIG_OBJECT, in order */
	struct config_value *next;    /* in the set around it */
};

struct config_entry {
	struct text name;
	struct span span; /* of the name */
	struct config_value *value;
	struct config_entry *next;
};

enum { CONFIG_DEPTH_MAX = 16, CONFIG_SIZE_MAX = 16 << 20 };

/* Reads a whole source (added to `diagnostics` as number `source`). All errors are reported; what
 * could be understood comes back as an object, NULL only when memory has ended (reported too). The
 * tree lives in `arena`, texts without escapes point into the source. */
struct config_value *config_read(uint32_t source, struct arena *arena,
				 struct diagnostics *diagnostics);

/* ---- what lexer and parser share ---- */

struct config_reader {
	uint32_t source;
	uint32_t offset; /* where the next token begins */
	struct arena *arena;
	struct diagnostics *diagnostics;
	struct config_value *root;
	unsigned depth;
	bool out_of_memory;
	/* The scanner's own memory is taken from here: flex ends the process when it gets none. */
	max_align_t scanner_memory[64];
	size_t scanner_memory_used;
};

/* A list under construction keeps its last node, so that long ones stay linear. */
struct config_entries {
	struct config_entry *first, *last;
};
struct config_members {
	struct config_value *first, *last;
};

void *config_scanner_memory(struct config_reader *reader, size_t size);
struct text config_unquote(struct config_reader *reader, const char *token, size_t length);
struct config_value *config_text_new(struct config_reader *reader, struct text text,
				     struct span span);
struct config_value *config_set_new(struct config_reader *reader, struct config_members members,
				    struct span span);
struct config_value *config_object_new(struct config_reader *reader, struct config_entries entries,
				       struct span span);
/* A NULL value or name leaves the list as it is. */
void config_entries_add(struct config_reader *reader, struct config_entries *entries,
			struct text name, struct span span, struct config_value *value);
void config_members_add(struct config_members *members, struct config_value *value);
/* False, and reported, when objects and sets stand too deep in each other. */
bool config_enter(struct config_reader *reader, struct span span);

#endif
