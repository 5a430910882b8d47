/* SipHash-1-3 with a key of this process: slower than base/hash.h, and safe against anybody who
 * watches how long look-ups take. */
#ifndef VM_SIPHASH_H
#define VM_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t siphash(const void *bytes, size_t length);

#endif
