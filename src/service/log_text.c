#include "service/log_text.h"

void log_text(enum log_level level, const struct buffer *lines)
{
	size_t at = 0;
	while (at < lines->length) {
		const char *line = lines->data + at;
		const char *end = memchr(line, '\n', lines->length - at);
		size_t length = end ? (size_t)(end - line) : lines->length - at;
		if (length)
			log_line(level, "%.*s",
				 (int)(length > LOG_LINE_MAX ? LOG_LINE_MAX : length), line);
		at += length + 1;
	}
}
