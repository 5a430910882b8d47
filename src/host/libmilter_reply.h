/* A reply as libmilter takes it. */
#ifndef HOST_LIBMILTER_REPLY_H
#define HOST_LIBMILTER_REPLY_H

#include "host/milter_reply.h"

#include <libmilter/mfapi.h>

/* Says it, and returns what the callback must return at once: libmilter keeps an unused text for
 * the next refusal of the session. Lines become printable ASCII, "%" doubled. */
sfsistat libmilter_reply_give(SMFICTX *context, const struct milter_reply *reply);

#endif
