/* Tables: sets and maps kept in files. Loaded whole; safe to read from any thread. */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include "base/diagnostics.h"
#include "base/ip.h"

struct table;

enum table_key { TABLE_TEXT, TABLE_INT, TABLE_IP, TABLE_NET };

/* `source`: "file:PATH" (one key a line; with `keyed`, the key, blanks, and the value to the end of
 * the line; # comments, blank lines). Relative paths start at `folder`. What is wrong with the file is
 * reported with its own lines, or at `declared` when it cannot be read; NULL then. */
struct table *table_open(const char *source, const char *folder, enum table_key key, bool keyed,
			 struct span declared, struct diagnostics *diagnostics);
void table_close(struct table *table);

/* `item` may be NULL; it lives as long as the table, and is the value as written. */
bool table_find_text(const struct table *table, struct text key, struct text *item);
bool table_find_int(const struct table *table, int64_t key, struct text *item);
/* For TABLE_IP the address itself, for TABLE_NET the narrowest net that contains it. */
bool table_find_ip(const struct table *table, struct ip key, struct text *item);
uint64_t table_count(const struct table *table);

#endif
