/* What libmilter calls: each callback is one event of the engine. */
#ifndef HOST_MILTER_EVENTS_H
#define HOST_MILTER_EVENTS_H

#include <libmilter/mfapi.h>

struct smfiDesc milter_events(void);

#endif
