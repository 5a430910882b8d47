/* What a hostile or broken mail server may do to a milter, and what the milter does then. */
#ifndef CLI_MILTER_FAULTS_H
#define CLI_MILTER_FAULTS_H

#include "base/buffer.h"
#include "net/socket.h"

struct fault; /* a row of milter_faults.def */

size_t fault_count(void);
const struct fault *fault_at(size_t index);
const struct fault *fault_find(const char *name); /* NULL: there is none */
const char *fault_name(const struct fault *fault);
const char *fault_help(const struct fault *fault);

enum fault_end {
	FAULT_UNREACHED, /* the milter could not be reached, or failed before the fault */
	FAULT_SILENT,	 /* it said nothing more until the time was over */
	FAULT_CLOSED,	 /* it closed the connection */
	FAULT_WAITED,	 /* it answered, and then waited for more */
};

struct fault_result {
	enum fault_end end;
	char answers[80];     /* the letters of its answers to the fault, by commas */
	int64_t microseconds; /* until it closed or fell silent for good */
	char message[200];    /* FAULT_UNREACHED: why */
};

/* Plays it on a connection of its own and watches the milter for `patience` microseconds of
 * silence. */
void fault_play(const struct fault *fault, const struct endpoint *endpoint, int64_t patience,
		struct fault_result *result);

#endif
