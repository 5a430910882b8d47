/* What records of module mime have in common. */
#ifndef BUILTINS_MIME_H
#define BUILTINS_MIME_H

#include "builtins/answer.h"
#include "content/anomaly.h"

/* An empty list becomes the field; NULL when memory has ended. */
struct list *record_new_list(struct call *call, struct record *record, unsigned field);
/* Names become the field, a list, and the first of them the field before it, "" when there is none. */
enum call_result record_set_names(struct call *call, struct record *record, unsigned field,
				  const struct text *names, size_t count);
/* The names of the set, in the order of their table. */
enum call_result record_set_anomalies(struct call *call, struct record *record, unsigned field,
				      anomaly_set set);

#endif
