#include "content/anomaly.h"

#include <assert.h>

const char *anomaly_name(enum anomaly anomaly)
{
	static const char *const names[] = {
#define ANOMALY(name, help) #name,
#include "grammar/anomalies.def"
#undef ANOMALY
	};

	assert((unsigned)anomaly < ANOMALY_COUNT);
	return names[anomaly];
}
