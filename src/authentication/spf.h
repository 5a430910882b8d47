/* Sender Policy Framework (RFC 7208): may this client use that domain? */
#ifndef AUTHENTICATION_SPF_H
#define AUTHENTICATION_SPF_H

#include "base/buffer.h"
#include "net/lookups.h"

enum spf_result {
	SPF_NONE,
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR,
	SPF_PENDING /* an answer is missing: wait for the lookups, then ask again */
};

struct spf_check {
	struct ip ip;
	struct text domain; /* of MAIL FROM, or the HELO name when that is checked or the sender is
			       null */
	struct text sender; /* "local@domain"; without a local part it is postmaster */
	struct text helo;   /* for macros */
	struct text receiver; /* our own name, for macros of explanations */
	int64_t now;	      /* seconds since 1970, for macros of explanations */
};

struct spf_verdict {
	enum spf_result result;
	char mechanism[64];    /* the directive that decided: "-all"; "" when none did */
	char problem[160];     /* why it is temperror or permerror */
	char explanation[512]; /* of a fail: what the domain publishes; "" when it does not */
};

/* DNS look-ups that a check may need at most, those of macros and explanations included. */
enum { SPF_LOOKUPS_MAX = 128 };

/* Asks through `lookups`; the same lookups are handed in again after SPF_PENDING. */
enum spf_result spf_check(const struct spf_check *check, struct lookups *lookups,
			  struct spf_verdict *verdict);
/* "pass", "permerror" ... as in RFC 8601 */
const char *spf_result_name(enum spf_result result);

#endif
