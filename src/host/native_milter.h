/* The milter protocol, spoken by ourselves. */
#ifndef HOST_NATIVE_MILTER_H
#define HOST_NATIVE_MILTER_H

#include "host/protocol.h"

extern const struct protocol protocol_milter;

#endif
