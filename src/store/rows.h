/* What a table's file held when it was read: rows and an index over them. Never changes; safe to
 * read from any thread. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "base/diagnostics.h"
#include "base/ip.h"
#include "match/regex.h"

enum table_key { TABLE_TEXT, TABLE_INT, TABLE_IP, TABLE_NET, TABLE_REGEX, TABLE_PCRE };

struct rows;

/* Reads the bytes of an open file: one key on a line; with `keyed`, the key, blanks, and the value
 * to the end of the line; # comments, blank lines. A TABLE_REGEX key is /pattern/flags, a
 * TABLE_PCRE has lines as Postfix has them (store/pcre_line.h). What is wrong is reported with
 * the file's own lines; then, and when memory has ended, NULL comes back. The diagnostics keep what
 * they show. */
struct rows *rows_read(int fd, const char *path, enum table_key key, bool keyed,
		       struct span declared, struct diagnostics *diagnostics);
/* Counted: whoever looks something up keeps them meanwhile. */
struct rows *rows_keep(struct rows *rows);
void rows_release(struct rows *rows);

/* `item` may be NULL; it lives as long as the rows, and is the value as written. */
bool rows_find_text(const struct rows *rows, struct text key, struct text *item);
bool rows_find_int(const struct rows *rows, int64_t key, struct text *item);
/* For TABLE_IP the address itself, for TABLE_NET the narrowest net that contains it. */
bool rows_find_ip(const struct rows *rows, struct ip key, struct text *item);
/* The nth line of a TABLE_REGEX or TABLE_PCRE: the first that holds counts. */
struct rows_rule {
	const struct regex *regex;
	bool negated;  /* it holds when the pattern does not match */
	uint32_t next; /* of an if: where to go on when it does not hold; else 0 */
	struct text item;
};
struct rows_rule rows_rule(const struct rows *rows, uint32_t n);
uint32_t rows_count(const struct rows *rows);
enum table_key rows_key(const struct rows *rows);

#endif
