/* What filters have changed, carried to the mail server at the end of a message. */
#ifndef HOST_MILTER_CHANGES_H
#define HOST_MILTER_CHANGES_H

#include "afsl.h"
#include "base/buffer.h"
#include "host/milter_plan.h"

#include <libmilter/mfapi.h>

/* All in their order, but the body last and in one run; after it nothing may be sent but the
 * verdict. What was not negotiated is logged and left out. False when the mail server cannot have
 * got all of them: the message must be refused for now. `scratch` is working memory. */
bool milter_changes_send(SMFICTX *context, const struct afsl_session *session,
			 const struct milter_plan *plan, struct buffer *scratch);

/* The value of a header field as it must stand in a packet: line ends as LF, each further line
 * beginning with a blank, with or without the blank after the colon as negotiated. False for what
 * no packet can carry. NUL-terminated. Exposed for the tests. */
bool milter_header_value(const struct afsl_change *change, bool blanks_negotiated,
			 struct buffer *out);

#endif
