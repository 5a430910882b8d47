/* The SMTP client and our side of its connection, as mail servers tell them. */
#ifndef HOST_MILTER_CLIENT_H
#define HOST_MILTER_CLIENT_H

#include "base/text.h"

#include <sys/socket.h>

/* "192.0.2.1", "2001:db8::1", "IPv6:2001:db8::1"; `port` is a number, anything else and NULL is 0.
 */
bool milter_address_parse(const char *host, const char *port, struct sockaddr_storage *address);

/* The payload of a CONNECT packet. `name` has a NUL behind it; `length` is 0 when there is no
 * address. False for what no mail server sends. */
struct milter_client_told {
	struct text name;
	struct sockaddr_storage address;
	socklen_t length;
};
bool milter_client_read(struct text payload, struct milter_client_told *told);

#endif
