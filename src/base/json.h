/* JSON (RFC 8259), checked once and then taken apart in place: a value is a part of the checked text, and
 * nothing is built beside it. Not jansson's: that one refuses a document for a number of more than 64 bits that
 * nobody reads, and a key with NUL, and writes 1.10 as 1.1000000000000001 (docs/libraries.md).
 *
 * Refused, because programs disagree about them: a key that stands twice in one object, text that is not
 * UTF-8, half a surrogate pair. Nesting goes JSON_DEPTH_MAX levels. Numbers may have any size; who reads one
 * says whether it fits. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/text.h"

enum { JSON_DEPTH_MAX = 64 };

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_MAP };

enum json_result { JSON_GOOD, JSON_WRONG, JSON_NO_MEMORY };

struct json_fault {
	size_t offset; /* in the source */
	const char *message;
};

/* The value is the source without blanks around. */
enum json_result json_check(struct text source, struct text *value, struct json_fault *fault);

/* All of these take a value that was checked; with other bytes they answer nonsense, no more. */

enum json_kind json_kind(struct text value);

/* Elements of a list, members of a map. */
struct json_cursor {
	struct text value;
	size_t at;
};
void json_begin(struct json_cursor *cursor, struct text value);
/* False at the end. `key` is a JSON_TEXT; of a list's elements it is empty. */
bool json_next(struct json_cursor *cursor, struct text *key, struct text *value);
/* Members or elements; 0 for all else. */
uint32_t json_length(struct text value);

/* The text without quotes and escapes, written to `room`, which has value.length bytes: how many. */
size_t json_decode(struct text value, char *room);
/* It has no escapes: what stands between the quotes is the text. */
bool json_is_plain(struct text value);

#endif
