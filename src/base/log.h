/* One line per event to standard error or syslog, and nothing that can be injected. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/text.h"

#include <stdatomic.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* `program` is kept. With `syslog` lines go to LOG_MAIL, else to standard error. */
void log_open(const char *program, bool syslog, enum log_level most);

/* Makes one line. What the format brings is cleaned as a whole: bytes outside printable ASCII
 * become \xHH, and the line is cut at LOG_LINE_MAX bytes. Failing to write is counted, never
 * waited for. Safe from any thread. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool log_wants(enum log_level level);

enum { LOG_LINE_MAX = 4096, LOG_FIELD_MAX = 1024 };

/* Lines that could not be written; they are counted in memory of others when it is given. */
unsigned long log_lost(void);
void log_count_lost(atomic_ulong *count);

#endif
