/* Whole sessions through afsl.h: scripts in, verdicts, changes and log lines out. */
#ifndef TESTS_ENGINE_PLAY_H
#define TESTS_ENGINE_PLAY_H

#include "afsl.h"

#include <string.h>

struct play {
	struct afsl_chain *chain;
	struct afsl_session *session;
	char log[65536]; /* lines of the session, each with its LF */
	size_t log_length;
};

/* Options of the next filter that is added; cleared by it. */
struct play_filter {
	enum afsl_on_error on_error;
	struct afsl_setting limits[4];
	size_t limit_count;
	const struct afsl_scope *scope;
};

void play_begin(struct play *play);
/* Adds a filter of that name. */
void play_add(struct play *play, const char *name, const char *source,
	      const struct play_filter *options);
/* Begins another session on the chain. */
void play_session(struct play *play);
/* One filter, session begun. */
void play_one(struct play *play, const char *source);
void play_end(struct play *play);

struct afsl_program *play_load(const char *source);

/* A peer on loopback that says these bytes, as they are then, to each who connects, and no more, until
 * the next one comes. Its address, as scripts write it. */
const char *play_peer(const char *bytes, size_t length);

static inline struct afsl_text T(const char *string) {
	return (struct afsl_text){string, strlen(string)};
}

/* Each waits for its end and returns the verdict's kind. */
enum afsl_verdict_kind
play_connect(struct play *play, const char *ip);
enum afsl_verdict_kind play_helo(struct play *play, const char *name);
enum afsl_verdict_kind play_mail(struct play *play, const char *sender);
enum afsl_verdict_kind play_rcpt(struct play *play, const char *recipient);
enum afsl_verdict_kind play_data(struct play *play);
enum afsl_verdict_kind play_header(struct play *play, const char *name, const char *raw);
enum afsl_verdict_kind play_eoh(struct play *play);
enum afsl_verdict_kind play_body(struct play *play, const char *bytes);
enum afsl_verdict_kind play_eom(struct play *play);
enum afsl_verdict_kind play_abort(struct play *play);
enum afsl_verdict_kind play_disconnect(struct play *play);
/* MAIL to end of message with one recipient, "Subject: s", "To: t" and body "b"; stops at a
 * refusal. */
enum afsl_verdict_kind play_message(struct play *play, const char *sender);

/* "addHeader X: v|changeHeader 1 Y: |" */
const char *play_changes(const struct play *play);
/* "Subject: s|To: t|" as delivered */
const char *play_headers(const struct play *play);
/* The script's own lines, without who said them: "one|two|"; empties the log. */
const char *play_said(struct play *play);

#endif
