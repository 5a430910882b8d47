/* What filters have changed, as packets of the milter protocol carry it at the end of a message. */
#ifndef HOST_MILTER_CHANGES_H
#define HOST_MILTER_CHANGES_H

#include "afsl.h"
#include "base/buffer.h"
#include "host/milter_plan.h"

/* One change, cleaned; a NUL stands behind `name` and `value`, and both fit into one packet. */
struct milter_edit {
	enum afsl_change_kind kind;
	uint32_t index;
	struct text name; /* of a header field, or an address; empty for a quarantine */
	struct text
		value; /* of a field; parameters of an address; a reason; a piece of the body, which
			  alone may hold NULs and be of any length, and ends without one */
};

/* Where they go. */
struct milter_edits {
	uint32_t actions; /* the changes that the mail server takes */
	uint32_t steps;
	struct buffer *scratch;					      /* working memory */
	bool (*give)(void *argument, const struct milter_edit *edit); /* false: it cannot be sent */
	void *argument;
};

/* All in their order, but the body last and in one run; after it nothing may be sent but the
 * verdict. What the mail server does not take is logged and left out. False when the mail server cannot have
 * got all of them: the message must be refused for now. */
bool milter_changes_give(const struct afsl_session *session, const struct milter_edits *edits);

/* One change but that of the body, in the memory of `scratch`: line ends of a header field as LF,
 * each further line beginning with a blank, with or without the blank after the colon as
 * negotiated. False for what no packet can carry. Exposed for the tests. */
bool milter_edit_make(const struct afsl_change *change, bool blanks_negotiated,
		      struct buffer *scratch, struct milter_edit *edit);

#endif
