#include "host/milter_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <strings.h>
#include <sys/un.h>

#include "milter/packet.h"

static bool inet_read(const char *host, uint16_t port, struct sockaddr_storage *address)
{
	struct sockaddr_in *inet = (struct sockaddr_in *)address;
	*address = (struct sockaddr_storage){.ss_family = AF_INET};
	inet->sin_port = htons(port);
	return inet_pton(AF_INET, host, &inet->sin_addr) == 1;
}

static bool inet6_read(const char *host, uint16_t port, struct sockaddr_storage *address)
{
	struct sockaddr_in6 *inet6 = (struct sockaddr_in6 *)address;
	if (strncasecmp(host, "IPv6:", 5) == 0)
		host += 5;
	*address = (struct sockaddr_storage){.ss_family = AF_INET6};
	inet6->sin6_port = htons(port);
	return inet_pton(AF_INET6, host, &inet6->sin6_addr) == 1;
}

static bool path_read(struct text path, struct sockaddr_storage *address)
{
	struct sockaddr_un *local = (struct sockaddr_un *)address;
	*address = (struct sockaddr_storage){.ss_family = AF_UNIX};
	if (path.length >= sizeof(local->sun_path))
		return false;
	memcpy(local->sun_path, path.data, path.length + 1);
	return true;
}

bool milter_address_parse(const char *host, const char *port, struct sockaddr_storage *address)
{
	unsigned number = 0;
	if (port && (sscanf(port, "%5u", &number) != 1 || number > UINT16_MAX))
		number = 0;
	return inet_read(host, (uint16_t)number, address) ||
	       inet6_read(host, (uint16_t)number, address);
}

static bool address_read(struct cursor *cursor, struct milter_client_told *told)
{
	uint8_t family = cursor_byte(cursor);
	if (family == 'U')
		return !cursor->failed;
	uint16_t port = cursor_u16(cursor);
	struct text address = cursor_string(cursor);
	if (cursor->failed)
		return false;
	switch (family) {
	case '4':
		told->length = sizeof(struct sockaddr_in);
		return inet_read(address.data, port, &told->address);
	case '6':
		told->length = sizeof(struct sockaddr_in6);
		return inet6_read(address.data, port, &told->address);
	case 'L':
		told->length = sizeof(struct sockaddr_un);
		return path_read(address, &told->address);
	default:
		return false;
	}
}

bool milter_client_read(struct text payload, struct milter_client_told *told)
{
	struct cursor cursor = cursor_of(payload);
	*told = (struct milter_client_told){.name = cursor_string(&cursor)};
	return !cursor.failed && address_read(&cursor, told);
}
