/* What records of module mime have in common. */
#ifndef BUILTINS_MIME_H
#define BUILTINS_MIME_H

#include "builtins/answer.h"
#include "content/anomaly.h"

/* An empty list becomes the field; NULL when memory has ended. */
struct list *record_new_list(struct call *call, struct record *record, unsigned field);
/* The names of the set, in the order of their table. */
enum call_result record_set_anomalies(struct call *call, struct record *record, unsigned field,
				      anomaly_set set);

#endif
