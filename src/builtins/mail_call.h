/* What the builtins that touch the message have in common. */
#ifndef BUILTINS_MAIL_CALL_H
#define BUILTINS_MAIL_CALL_H

#include "builtins/context.h"

static inline struct context *context_of(const struct call *call)
{
	return call_context(call);
}

static inline struct mail_session *mail_of(const struct call *call)
{
	return context_of(call)->mail;
}

/* A copy that lives as long as the message, or before MAIL until the same is kept again. */
enum call_result keep_text(struct call *call, enum kept what, struct text text, struct text *kept);

/* One change; raises "argument" when it is refused, and strikes LIMIT_changes. */
enum call_result record_change(struct call *call, struct change change);

/* The changes that both a function and a predefined method make. */
enum call_result add_header(struct call *call, struct text name, struct text value);
enum call_result add_header_once(struct call *call, struct text name, struct text value);
enum call_result modify_header(struct call *call, struct text name, struct text value,
			       bool add_when_absent);
enum call_result remove_header(struct call *call, struct text name, bool all);

/* What call(addHeader) and its like work on. */
struct text input_header_name(const struct call *call);
struct text input_header_value(const struct call *call);

/* The macros that were sent for the event at hand; NULL when none are sent for such an event. */
const struct macros *macros_of_step(const struct call *call, enum macro_stage *stage);
/* The event that the macros of a stage come with. */
enum event_id event_of_stage(enum macro_stage stage);

/* One line for the log, counted against LIMIT_logLines. `level` of base/log.h. */
void context_log(struct call *call, int level, struct text line);

#endif
