/* Changes carried to the mail server by libmilter. */
#ifndef HOST_LIBMILTER_CHANGES_H
#define HOST_LIBMILTER_CHANGES_H

#include "host/milter_changes.h"

#include <libmilter/mfapi.h>

/* See milter_changes_give(). */
bool libmilter_changes_send(SMFICTX *context, const struct afsl_session *session,
			    const struct milter_plan *plan, struct buffer *scratch);

#endif
