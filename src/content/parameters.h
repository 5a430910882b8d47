/* Structured field values: "text/plain; charset=utf-8; name*0*=utf-8''a%20; name*1=b" (RFC 2045,
 * RFC 2231), read as leniently as mail is written. */
#ifndef CONTENT_PARAMETERS_H
#define CONTENT_PARAMETERS_H

#include "base/buffer.h"
#include "content/anomaly.h"

enum { PARAMETERS_MAX = 64, SECTION_NONE = -1 };

struct parameter {
	struct text name;  /* without the "*0*" of RFC 2231 */
	struct text value; /* as it stands: within the quotes, its backslashes left in */
	int section;	   /* of RFC 2231, from 0, or SECTION_NONE */
	bool quoted;
	bool extended; /* percent-encoded, the first section with charset and language */
};

struct parameters {
	struct text
		head; /* what stands before the first ";", blanks and comments around it left out */
	struct parameter items[PARAMETERS_MAX];
	unsigned count;
	anomaly_set anomalies;
};

/* Views of the value. A head with a "=" is a parameter too, as some read it. Parameters beyond
 * PARAMETERS_MAX are left out: malformedParameter. */
void parameters_read(struct text value, struct parameters *out);

/* Without backslashes before quoted bytes. */
void parameter_unquote(const struct parameter *parameter, struct buffer *out);

/* The first plain parameter of that name, as it stands; NULL when there is none. */
const struct parameter *parameters_find(const struct parameters *parameters, const char *name);

/* The value of a parameter in UTF-8: in the form of RFC 2231 when there is one, else the first
 * plain one, unquoted. False when there is neither. */
bool parameters_value(const struct parameters *parameters, const char *name, struct buffer *out);
/* In the form of RFC 2231 alone; *wrong says what was missing. Sections count up to the first that
 * is missing, or with `gaps` all that there are. */
bool parameters_extended(const struct parameters *parameters, const char *name, bool gaps,
			 struct buffer *out, anomaly_set *wrong);

#endif
