/* Reports of several lines in the log. */
#ifndef SERVICE_LOG_TEXT_H
#define SERVICE_LOG_TEXT_H

#include "base/buffer.h"
#include "base/log.h"

/* One log line for each line; empty ones are left out. */
void log_text(enum log_level level, const struct buffer *lines);

#endif
