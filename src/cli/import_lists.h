/* The named lists of a file that is imported: found by name, and which of them rules have named. */
#ifndef CLI_IMPORT_LISTS_H
#define CLI_IMPORT_LISTS_H

#include "base/arena.h"

struct import_list {
	struct text name;
	size_t at; /* where it begins in what is written */
	bool used;
	bool named;		  /* by the rule that is being read */
	struct import_list *next; /* that the same rule has named */
};

struct import_lists {
	struct arena arena;
	struct import_list *items; /* in the order of the file */
	uint32_t count, room;
	uint32_t *slots; /* numbers of items plus 1; 0: free */
	uint32_t slot_count;
	struct import_list *named; /* by the rule that is being read */
	bool failed;		   /* memory has ended */
};

void import_lists_init(struct import_lists *lists);
void import_lists_free(struct import_lists *lists);

/* NULL: there is none. Valid until the next one is added. */
struct import_list *import_lists_find(const struct import_lists *lists, struct text name);
/* One whose name is not there yet; the name is copied. */
void import_lists_add(struct import_lists *lists, struct text name, size_t at);
/* The rule that is being read names it; no more are added from here on. */
void import_lists_name(struct import_lists *lists, struct import_list *list);
/* The rule has been read: what it names is used when the rule stands. */
void import_lists_settle(struct import_lists *lists, bool stands);

#endif
