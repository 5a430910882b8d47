/* SHA-256 (FIPS 180-4), so that a person can compare what runs with what lies on the disk. */
#ifndef SERVICE_SHA256_H
#define SERVICE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32 };

void sha256(const void *bytes, size_t length, uint8_t hash[SHA256_SIZE]);

#endif
