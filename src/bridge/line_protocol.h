/* The line protocol as the native server's second protocol. */
#ifndef BRIDGE_LINE_PROTOCOL_H
#define BRIDGE_LINE_PROTOCOL_H

#include "host/protocol.h"

extern const struct protocol line_protocol;

/* Where VERI opens files from now on; NULL: nowhere. Copied; false when memory has ended.
 * Connections that are there keep what they have. */
bool line_protocol_set_spool(const char *folder);

#endif
