/* Many ranges of addresses looked up at once: what a look-up costs hardly grows with their number.
 */
#ifndef MATCH_CIDR_H
#define MATCH_CIDR_H

#include "base/arena.h"
#include "base/ip.h"

struct cidr;

/* Ranges keep the number they have in `nets`, which is not needed afterwards. Where several hold an
 * address the lowest number counts: put the longest prefixes first when those are meant to win.
 * Never changes once built, so that threads may share it. NULL when memory has ended. */
struct cidr *cidr_build(const struct net *nets, uint32_t count, struct arena *arena);
/* The number of the range that holds the address, or -1; "none" is in no range. */
int64_t cidr_find(const struct cidr *cidr, struct ip ip);

#endif
