/* What a builtin finds behind call_context(): the session it runs for. */
#ifndef BUILTINS_CONTEXT_H
#define BUILTINS_CONTEXT_H

#include "builtins/outside.h"
#include "mail/session.h"
#include "match/regex.h"
#include "net/places.h"
#include "net/resolver.h"
#include "store/shared.h"
#include "store/table.h"
#include "vm/vm.h"

/* Texts that outlive their event before there is a message: each has a place that is used again, so
 * that a client that says HELO for ever costs nothing. */
enum kept {
	KEPT_ENHANCED,
	KEPT_REPLY,
	KEPT_ACTION,
	KEPT_EXPLANATION,
	KEPT_HEADER_NAME,
	KEPT_HEADER_VALUE,
	KEPT_RCPT_ADDRESS,
	KEPT_COUNT,
};

struct kept_bytes {
	char *bytes;
	size_t room;
};

/* What scripts of the policy layer have set in this event; empty: not set. Texts live where those of the
 * verdict do. */
struct policy_words {
	struct text action, explanation; /* take effect when the event ends */
	struct text header_name, header_value, rcpt_address; /* for call(addHeader) and its like */
};

/* What a script has asked of the mail server in onNegotiate: less than its code could use. */
struct step_request {
	uint32_t left_out, silent; /* 1 << enum event_id: not sent at all, not answered */
	uint32_t dropped;	   /* enum need: changes and details that are not wanted */
	bool refused_recipients;   /* by the mail server: wanted, so all filters hear of them */
};

/* What is the same in all sessions of a filter. */
struct means {
	struct table *const *tables;
	struct shared_variable *const *shared;
	const char *const *folders; /* that module file may read in */
	size_t folder_count;
	struct places *places; /* for connections; NULL: any number */
};

/* Made by the engine, one for each session and filter: zeroed, then filled. */
struct context {
	struct mail_session *mail;
	/* of the event that runs, set by accept(), reject(), ... its texts live as long as the
	   message, before MAIL until the next verdict */
	struct verdict verdict;
	struct text because; /* why the verdict is given; empty: the script's own reasons */
	struct step_request request;
	enum event_id event; /* the one that runs */
	const struct means *means;
	unsigned log_lines;	/* asked for in this event, those beyond LIMIT_logLines included */
	unsigned dns_questions; /* asked in this event */
	void (*log)(void *argument, int level, struct text line);
	void *log_argument;
	struct resolver
		*resolver; /* made at the first question; whoever made the context frees it */
	const struct outside *outside;
	void *outside_argument;
	/* these in mail's session arena */
	struct policy_words *policy; /* NULL: none has ever been set */
	struct pattern_cache *patterns; /* of policy tests */
	struct kept_bytes *kept;	/* KEPT_COUNT; NULL until needed */
	struct dkim_bodies
		*bodies; /* hashes of the message's body so far; NULL: nobody needs them */
	struct policy_checks
		*checks; /* what checkSPF and its like have found; in the session arena */
};

extern const struct policy_words policy_silence;
static inline const struct policy_words *context_policy(const struct context *context)
{
	return context->policy ? context->policy : &policy_silence;
}

/* The engine calls it before each event: what belongs to the last one is forgotten. */
void context_begin_event(struct context *context, enum event_id event);

/* The engine hands over each piece of the body, already counted in body_size, before the event: for
 * a program with NEED_HASH_TO_VERIFY or NEED_HASH_TO_SIGN it is hashed. */
void context_hash_body(struct context *context, uint32_t needs, struct text piece);

/* The rows' code, indexed by builtin_id and variable_id. */
extern const struct vm_natives natives;

#endif
