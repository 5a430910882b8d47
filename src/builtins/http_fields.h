/* Header fields of HTTP: a script's on their way out, a server's on their way in. */
#ifndef BUILTINS_HTTP_FIELDS_H
#define BUILTINS_HTTP_FIELDS_H

#include "vm/vm.h"

enum { HTTP_FIELDS_MAX = 100 };

/* As libcurl takes them, in the event's arena. */
struct http_fields {
	const char *lines[HTTP_FIELDS_MAX + 2];
	size_t count;
};

/* A name or method (RFC 9110, 5.6.2). */
bool http_is_token(struct text text);
/* From "Name: value" each; `type` is the Content-Type unless one stands there. Raises "argument"
 * for what is none, what goes over a line, and fields that libcurl makes itself. */
enum call_result http_fields_read(struct call *call, const struct list *headers, struct text type,
				  struct http_fields *fields);
/* Lines of an answer into a map, names in lower case; raises "protocol" when there are too many. */
enum call_result http_fields_take(struct call *call, struct text lines, struct map *headers);
/* Where the answer redirects to; "" for nowhere. */
struct text http_fields_location(struct text lines);

#endif
