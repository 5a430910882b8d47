#include "base/log.h"

#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

#include "base/system.h"

static char program_name[64] = "afsl";
static bool to_syslog;
static enum log_level most_wanted = LOG_LEVEL_INFO;
static atomic_ulong own_lost;
static atomic_ulong *lost = &own_lost;
/* One line at a time: between asking whether there is room and writing, no other thread may
 * take that room. */
static pthread_mutex_t line_lock = PTHREAD_MUTEX_INITIALIZER;
/* The disk was full in the middle of a line: the next one must not look like a part of it. */
static bool torn;

void log_open(const char *program, bool syslog, enum log_level most)
{
	snprintf(program_name, sizeof(program_name), "%s", program);
	to_syslog = syslog;
	most_wanted = most;
	if (syslog)
		openlog(program_name, LOG_PID | LOG_NDELAY, LOG_MAIL);
}

bool log_wants(enum log_level level)
{
	return level <= most_wanted;
}

unsigned long log_lost(void)
{
	return atomic_load(lost);
}

void log_count_lost(atomic_ulong *count)
{
	lost = count;
}

/* Appends to `line` what fits. */
static size_t append_clean(char *line, size_t length, size_t room, const char *raw)
{
	for (; *raw; raw++) {
		unsigned char byte = (unsigned char)*raw;

		if (byte >= 0x20 && byte < 0x7f) {
			if (length + 1 >= room)
				break;
			line[length++] = *raw;
		} else {
			if (length + 4 >= room)
				break;
			length += (size_t)snprintf(line + length, room - length, "\\x%02X", byte);
		}
	}
	line[length] = '\0';
	return length;
}

static bool write_whole_line(const char *line, size_t length)
{
	ssize_t put;

	if (torn && system_write(STDERR_FILENO, "\n", 1) != 1)
		return false;
	put = system_write(STDERR_FILENO, line, length);
	torn = put > 0 && !system_write_whole(STDERR_FILENO, line + put, length - (size_t)put);
	return put > 0 && !torn;
}

/* A pipe or terminal that has room takes a line of this length at once; one that has not (its
 * reader sleeps) must not hold up mail. */
static bool write_line(const char *line, size_t length)
{
	struct pollfd ready = { STDERR_FILENO, POLLOUT, 0 };
	bool written = false;

	pthread_mutex_lock(&line_lock);
	if (system_poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT))
		written = write_whole_line(line, length);
	pthread_mutex_unlock(&line_lock);
	return written;
}

static void line_to_standard_error(enum log_level level, const char *raw)
{
	static const char *const words[] = { "error: ", "warning: ", "", "debug: " };
	char line[LOG_LINE_MAX];
	size_t length;

	length = append_clean(line, 0, sizeof(line) - 1, program_name);
	length = append_clean(line, length, sizeof(line) - 1, ": ");
	length = append_clean(line, length, sizeof(line) - 1, words[level]);
	length = append_clean(line, length, sizeof(line) - 1, raw);
	line[length++] = '\n';
	if (!write_line(line, length))
		atomic_fetch_add(lost, 1);
}

static void line_to_syslog(enum log_level level, const char *raw)
{
	static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
	char line[LOG_LINE_MAX];

	append_clean(line, 0, sizeof(line), raw);
	syslog(priorities[level], "%s", line);
}

void log_line(enum log_level level, const char *format, ...)
{
	char raw[LOG_LINE_MAX];
	va_list arguments;

	if (!log_wants(level))
		return;
	va_start(arguments, format);
	vsnprintf(raw, sizeof(raw), format, arguments);
	va_end(arguments);
	if (to_syslog)
		line_to_syslog(level, raw);
	else
		line_to_standard_error(level, raw);
}
