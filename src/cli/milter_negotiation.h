/* What a milter has asked for, in words. */
#ifndef CLI_MILTER_NEGOTIATION_H
#define CLI_MILTER_NEGOTIATION_H

#include "milter/options.h"

/* For people; `microseconds` is how long it took. */
void negotiation_print(struct buffer *out, const struct milter_options *options,
		       int64_t microseconds);
/* A member of a JSON object, with a comma behind it. */
void negotiation_json(struct buffer *out, const struct milter_options *options,
		      int64_t microseconds);

#endif
