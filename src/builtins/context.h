/* What a builtin finds behind call_context(): the session it runs for. */
#ifndef BUILTINS_CONTEXT_H
#define BUILTINS_CONTEXT_H

#include "mail/session.h"
#include "match/regex.h"
#include "store/table.h"
#include "vm/vm.h"

/* Made by the engine, one for each session and filter. */
struct context {
	struct mail_session *mail;
	struct verdict verdict; /* of the event that runs; set by accept(), reject(), ... texts live in
	                           the message arena (session arena before MAIL) */
	/* the policy layer's smtpAction and smtpExplanation: take effect when the event ends */
	struct text smtp_action, smtp_explanation;
	enum event_id event; /* the one that runs */
	struct table *const *tables;
	const char *filter_name; /* for log lines */
	const char *session_id;  /* for log lines */
	unsigned log_lines;      /* written in this event */
	void (*log)(void *argument, int level, struct text line); /* NULL: log_line() */
	void *log_argument;
	bool (*socket_allowed)(void *argument, struct text address); /* NULL: all */
	void *socket_argument;
};

/* The rows' code, indexed by builtin_id and variable_id. */
extern const struct vm_natives natives;

#endif
