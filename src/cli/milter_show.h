/* What a session with a milter looked like, for people or programs. */
#ifndef CLI_MILTER_SHOW_H
#define CLI_MILTER_SHOW_H

#include "cli/dialogue.h"
#include "cli/present.h"

struct show_options {
	const char *milter; /* its address, as given */
	bool json, colour;
	const struct letter *letters;
	size_t letter_count;
	const struct envelope_sources *sources; /* of each letter */
	const char *output; /* where the last message goes, as delivered; NULL, or "-" */
};

struct show;

/* The options must stay. NULL when memory has ended. */
struct show *show_new(const struct show_options *options);
void show_free(struct show *show);
/* What the dialogue is to be watched by: prints as it goes. */
struct dialogue_watcher show_watcher(struct show *show);
/* The dialogue has failed: the steps so far and why. */
void show_failure(struct show *show, const struct milter_failure *failure);
/* 0: every message would be delivered; 1: one would not; EX_CANTCREAT, EX_OSERR. */
int show_status(const struct show *show);

/* "timeout": what kind of failure, in one word. */
const char *failure_word(enum milter_failure_kind kind);
enum afsl_verdict_kind kind_of_reply(const struct milter_reply *reply);
/* The same in full; strings live in the arena of the outcome. */
struct afsl_verdict verdict_of_reply(struct outcome *outcome, const struct milter_reply *reply);

#endif
