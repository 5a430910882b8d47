/* Which macros are asked for and read at which step. */
#ifndef HOST_MILTER_MACROS_H
#define HOST_MILTER_MACROS_H

#include "afsl.h"
#include "base/buffer.h"
#include "milter/packet.h"

/* A macro as scripts and mail servers write it: single letters bare, all else in braces. */
enum { MACRO_NAME_MAX = 64 };
struct macro_name {
	char text[MACRO_NAME_MAX];
};
/* False for what cannot be a name: empty, too long, blanks or braces inside. */
bool macro_name_make(const char *name, size_t length, struct macro_name *made);

/* What one chain reads, by stage of the negotiation. */
struct macro_list {
	const struct macro_name *
		*names; /* point into struct macro_lists or a table of the program */
	size_t count;
};
struct macro_lists {
	struct macro_list stages[MILTER_STAGE_COUNT];
	struct macro_name *own;
	bool any;  /* something is read at all */
	bool open; /* the chain reads whatever comes: the mail server's own lists stay in force */
};

/* A macro is asked for at the steps at which mail servers have its value, moved on to the next step
 * that is sent where one is not. Names that no table knows are asked for at every step. False when
 * memory has ended: then there is nothing to free. */
bool macro_lists_make(const struct afsl_needs *needs, struct macro_lists *lists);
void macro_lists_free(struct macro_lists *lists);

/* What onNegotiate has asked for at that stage, or NULL. Sendmail forgets the list of one of the
 * last two stages when the other has none, so both have one or none. */
const char *macro_request(const struct afsl_session *session, enum milter_stage stage);
/* The list that goes into the negotiation: the chain's names and those of `requested` (separated by
 * blanks, may be NULL), each once. False when the mail server's own list is to stay. */
bool macro_list_print(const struct macro_lists *lists, enum milter_stage stage,
		      const char *requested, struct buffer *out);

/* The next name in a list separated by blanks; false at its end. Words that are no names are
 * passed over. */
bool macro_word_next(const char **list, struct macro_name *name);

/* The macro stage of an event; MILTER_STAGE_COUNT when it has none. */
enum milter_stage macro_stage_of_event(enum afsl_event event);
enum afsl_event event_of_macro_stage(enum milter_stage stage);

#endif
