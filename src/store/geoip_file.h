/* Databases of places and networks (MaxMind's format), opened when first asked, and again when the
 * file has changed: a bad new one is told in the log, and the old one stays. */
#ifndef STORE_GEOIP_FILE_H
#define STORE_GEOIP_FILE_H

#include "base/buffer.h"
#include "base/ip.h"

/* Loads the library; false with a sentence in *why. All else comes after it. */
bool geoip_load(const char **why);

enum geoip_status {
	GEOIP_FOUND,	/* printed to the buffer */
	GEOIP_UNKNOWN,	/* the database says nothing of it */
	GEOIP_NO_VALUE, /* the path leads to a map or list */
	GEOIP_FAILED,	/* *fault says why */
};

/* What a database has for an address at a path, "country/iso_code", "subdivisions/0/names/en".
 * From any thread. */
enum geoip_status geoip_find(const char *file, struct ip address, struct text path,
			     struct buffer *out, const char **fault);

#endif
