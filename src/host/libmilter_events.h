/* What libmilter calls: each callback is one event of the engine. */
#ifndef HOST_LIBMILTER_EVENTS_H
#define HOST_LIBMILTER_EVENTS_H

#include <libmilter/mfapi.h>

struct smfiDesc libmilter_events(void);

#endif
