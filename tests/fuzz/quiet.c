/* Instead of base/log.c for targets that would spend their time on log lines: they are put together and go nowhere. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

void log_open(const char *program, bool syslog, enum log_level most)
{
	(void)program, (void)syslog, (void)most;
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[LOG_LINE_MAX];
	va_list arguments;

	(void)level;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
}

bool log_wants(enum log_level level)
{
	(void)level;
	return true;
}

unsigned long log_lost(void)
{
	return 0;
}

void log_count_lost(atomic_ulong *count)
{
	(void)count;
}
