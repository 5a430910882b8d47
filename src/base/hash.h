/* Hashes for tables: seeded once per process, so that nobody outside can choose keys that collide. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/text.h"

uint64_t hash_bytes(const void *bytes, size_t length);
/* The same for texts that differ only in the case of ASCII letters. */
uint64_t hash_ignoring_case(struct text text);
uint64_t hash_number(uint64_t number);

#endif
