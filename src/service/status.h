/* How a daemon fares, as text for people or as JSON. */
#ifndef SERVICE_STATUS_H
#define SERVICE_STATUS_H

#include "service/workers.h"

struct status {
	const struct service *service;
	const char *phase; /* "serving" */
	int64_t started;   /* clock_wall() */
	const struct workers *workers;
	const struct programs *programs;
};

void status_print(const struct status *status, struct buffer *out);
void status_print_json(const struct status *status, struct buffer *out);
/* The programs alone. */
void history_print(const struct programs *programs, struct buffer *out);
void history_print_json(const struct programs *programs, struct buffer *out);

#endif
