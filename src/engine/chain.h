/* Filters in their order, with what they need together. */
#ifndef ENGINE_CHAIN_H
#define ENGINE_CHAIN_H

#include "builtins/context.h"
#include "engine/program.h"
#include "engine/scope.h"

/* One filter of a chain. */
struct filter {
	struct afsl_program *program;
	char *name;
	enum afsl_on_error on_error;
	int64_t limits[LIMIT_COUNT];
	char **folders; /* that it may read files in */
	size_t folder_count;
	struct scope *scope; /* NULL: every message */
	struct places *places; /* for the connections that its sessions open */
	struct means means; /* what builtins find of all that */
	struct mail_limits mail_limits;
	uint32_t steps; /* 1 << enum afsl_event: facts or a handler */
	uint32_t needs, replies; /* as in struct afsl_needs */
};

struct afsl_chain {
	atomic_uint references;
	struct filter *filters;
	unsigned count, room;
	struct afsl_needs needs;
	const char **macros;
	size_t macro_room;
	bool judges; /* filters run side by side, and change nothing */
	bool keeps_headers; /* some filter reads or edits the header as a whole */
	bool keeps_recipients;
};

/* Adds what a filter needs when its script has asked for this. */
void filter_add_needs(const struct filter *filter, const struct step_request *request,
		      struct afsl_needs *needs);

/* Fills `means` and `mail_limits`, when all else is there. */
void filter_equip(struct filter *filter);

/* The engine's event behind a host's. */
enum event_id event_of(enum afsl_event event);

static inline bool filter_handles(const struct filter *filter, enum event_id event)
{
	return filter->program->program->handled >> event & 1;
}
/* Is it for some recipients alone? */
bool filter_is_partial(const struct filter *filter);
/* Can it change what a later filter reads? */
bool filter_edits_content(const struct filter *filter, const struct step_request *request);

#endif
