/* What the tests of this room share: texts, a session with a message, an MTA that applies changes.
 */
#ifndef TESTS_MAIL_WORLD_H
#define TESTS_MAIL_WORLD_H

#include "mail/session.h"

static inline struct text t(const char *string)
{
	return text_of_string(string, LIFETIME_EVENT);
}

/* A message with these fields, "Name:raw", NULL at the end. */
struct mail_session *world_message(const char *const *fields);

enum mail_result world_change(struct mail_session *mail, enum change_kind kind, uint32_t index,
			      const char *name, const char *value, bool foreign);
bool world_add(struct mail_session *mail, const char *name, const char *value);
bool world_insert(struct mail_session *mail, uint32_t index, const char *name, const char *value);
bool world_set(struct mail_session *mail, const char *name, uint32_t index, const char *value);

/* "A: 1|B: 2|", the view of the filter. */
const char *world_view(const struct mail_session *mail);
/* The same after an MTA has applied the plan to what it received, its own Received excepted. */
enum mta { MTA_POSTFIX, MTA_SENDMAIL };
const char *world_deliver(const struct mail_session *first, const struct changes *plan,
			  enum mta mta);
/* "+X: 1|c2 Y: 3|", the plan itself. */
const char *world_plan(const struct changes *plan);

#endif
