/* Tables: sets and maps kept in files, loaded whole, and again when the file has changed; and
 * databases. */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include "store/database.h"
#include "store/rows.h"

struct table;

/* `source`: "file:PATH", "cidr:PATH" (networks), "regex:PATH" or "pcre:PATH" (patterns), or a
 * database of store/database.h. Relative paths start at `folder`. What is wrong with the file is
 * reported with its own lines, or at `declared` when it cannot be read; NULL then. */
struct table *table_open(const char *source, const char *folder, enum table_key key, bool keyed,
			 struct span declared, struct diagnostics *diagnostics);
/* Nobody may be looking something up. */
void table_close(struct table *table);

/* NULL when it is a file that was read. */
struct database *table_database(const struct table *table);
/* What the file holds. At most once a second the file is looked at; one that has changed is read by
 * a thread of its own and takes the old one's place when it is good. What is wrong with a bad one
 * is logged, and the old rows stay. Safe from any thread; release them. */
struct rows *table_rows(struct table *table);

#endif
