/* The envelope's recipients under changes: found by address, whatever their number. */
#ifndef MAIL_RECIPIENTS_H
#define MAIL_RECIPIENTS_H

#include "mail/session.h"

/* A recipient that is there already is not added twice (Postfix would deliver twice). A third
 * party's change is noted as what the MTA will do. False when a cap is reached. */
bool recipients_add(struct mail_session *session, const struct change *change);
bool recipients_delete(struct mail_session *session, const struct change *change);

/* The recipient with that address, brackets or not: the local part as it is, else all without
 * regard to case. -1 when there is none. */
int64_t recipients_find(struct mail_session *session, struct text address);

/* For mail_add_recipient: keeps the index, if there is one, up to date. */
bool recipients_note_last(struct mail_session *session);

/* Is it in the envelope as changed so far? */
bool recipient_is_present(const struct recipient *recipient);

#endif
