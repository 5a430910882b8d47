/* The CRC-32 of zip, gzip and compressed RTF: it finds accidents, no forgeries. */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include "base/text.h"

/* The register with the bytes gone through it. It begins with ~0 and is inverted at the end by zip
 * and gzip, begins with 0 and stays as it is with RTF. */
uint32_t crc32_add(uint32_t crc, struct text bytes);

#endif
