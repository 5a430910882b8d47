/* Writes small databases in MaxMind's format: IPv6 with IPv4 in ::/96, records of 24 bits. */
#ifndef TESTS_STORE_MMDB_H
#define TESTS_STORE_MMDB_H

/* A network and the data of its entry, . */
struct mmdb_row {
	const char *network;	    /* "192.0.2.0/24", "2001:db8::/32" */
	const char *country, *city; /* "" for none */
	unsigned asn;		    /* 0 for none */
};

void mmdb_write(const char *file, const struct mmdb_row *rows, unsigned count);

#endif
