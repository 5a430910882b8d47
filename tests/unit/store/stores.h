/* Where shared variables can be kept, each ready for tests: memory, a file in a temporary folder,
 * and a real Redis, on a UNIX socket there and over TCP on both loopbacks. */
#ifndef TESTS_STORE_STORES_H
#define TESTS_STORE_STORES_H

#include "store/shared.h"

enum { STORES = 5 };
extern const char *stores[STORES]; /* as `store` of struct shared_settings */
extern char stores_folder[64];

void stores_begin(void);
void stores_end(void);

/* Waits where the store waits; what its answer needs lives until stores_end(). */
enum store_status store_ask(struct shared_variable *variable, struct store_request *request);

/* An operation that must be done, and its number. */
int64_t store_number(struct shared_variable *variable, enum store_operation operation,
		     struct text key, int64_t number, int64_t now);

#endif
