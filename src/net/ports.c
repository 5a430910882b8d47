#include "net/ports.h"

#include <errno.h>
#include <stdatomic.h>

#include "base/log.h"

static struct ports allowed;		      /* of this process */
static atomic_uint_fast64_t told[PORTS / 64]; /* which refused ports the log knows of */

static uint64_t bit_of(uint16_t port)
{
	return UINT64_C(1) << port % 64;
}

void ports_add(struct ports *ports, uint16_t port)
{
	ports->set[port / 64] |= bit_of(port);
}

/* 0 when it has none. */
static uint16_t port_of(const struct endpoint *endpoint)
{
	uint16_t port = 0;
	struct ip ip;

	if (!endpoint_path(endpoint))
		endpoint_address(endpoint, &ip, &port);
	return port;
}

void ports_add_endpoint(struct ports *ports, const struct endpoint *endpoint)
{
	uint16_t port = port_of(endpoint);

	if (port)
		ports_add(ports, port);
}

bool ports_have(const struct ports *ports, uint16_t port)
{
	return (ports->set[port / 64] & bit_of(port)) != 0;
}

int ports_beyond(const struct ports *these, const struct ports *those)
{
	if (!those->bounded)
		return -1;
	if (!these->bounded)
		return 0;
	for (int port = 1; port < PORTS; port++)
		if (ports_have(these, (uint16_t)port) && !ports_have(those, (uint16_t)port))
			return port;
	return -1;
}

/* ---- of this process ---- */

void ports_bound(const struct ports *ports)
{
	allowed = *ports;
}

static bool is_refused(const struct endpoint *endpoint)
{
	uint16_t port = port_of(endpoint);

	return allowed.bounded && port && !ports_have(&allowed, port);
}

bool port_is_allowed(const struct endpoint *endpoint)
{
	uint16_t port = port_of(endpoint);

	if (!is_refused(endpoint))
		return true;
	if (!(atomic_fetch_or(&told[port / 64], bit_of(port)) & bit_of(port)))
		log_line(LOG_LEVEL_WARNING,
			 "%s: not connected: port %u is not among connectPorts of the "
			 "configuration (said once for each port)",
			 endpoint->name, port);
	return false;
}

const char *connect_reason(const struct endpoint *endpoint, int error)
{
	if (error == EACCES && is_refused(endpoint))
		return "this port is not among connectPorts of the configuration";
	return strerror(error);
}
