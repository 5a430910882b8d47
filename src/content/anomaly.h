/* Where two readers of one message may see two messages. */
#ifndef CONTENT_ANOMALY_H
#define CONTENT_ANOMALY_H

#include <stdint.h>

enum anomaly {
#define ANOMALY(name, help) ANOMALY_##name,
#include "grammar/anomalies.def"
#undef ANOMALY
	ANOMALY_COUNT
};

typedef uint64_t anomaly_set;
_Static_assert(ANOMALY_COUNT <= 64, "one bit each");

#define ANOMALY_BIT(name) ((anomaly_set)1 << ANOMALY_##name)

const char *anomaly_name(enum anomaly anomaly); /* "duplicateType" */

#endif
