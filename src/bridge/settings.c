#include "bridge/settings.h"

#include <netinet/in.h>
#include <stdio.h>

#include "base/ip.h"
#include "bridge/kinds.h"
#include "bridge/lines.h"

#define OFFSET_DAEMON(field) offsetof(struct bridge_settings, field)
#define OFFSET_MILTER(field) offsetof(struct milter_settings, field)
#define SETTING(scope, name, kind, field, unset, least, most, help)                                \
	{ SCOPE_##scope, #name, &kind_##kind, OFFSET_##scope(field), unset, least, most, help },
static const struct setting_row rows[] = {
#include "grammar/aximilter.def"
};
#undef SETTING
const struct setting_table bridge_table = { rows, sizeof(rows) / sizeof(rows[0]) };

void settings_init(struct bridge_settings *settings)
{
	*settings = (struct bridge_settings){ 0 };
	arena_init(&settings->arena, (size_t)64 << 20, LIFETIME_PROGRAM);
	settings_default(&bridge_table, SCOPE_DAEMON, settings);
}

void settings_free(struct bridge_settings *settings)
{
	arena_reset(&settings->arena);
}

void settings_read(struct bridge_settings *settings, struct diagnostics *diagnostics,
		   uint32_t source, const char *folder)
{
	struct settings_reader reader = { &bridge_table, &settings->arena, diagnostics, folder };
	struct config_value *root = lines_read(source, &settings->arena, diagnostics);
	if (root)
		settings_read_entries(&reader, SCOPE_DAEMON, "", settings, root);
}

/* ---- when all is read ---- */

static bool listen_gather(struct bridge_settings *settings)
{
	struct endpoint_list *all = &settings->service.listen;
	struct endpoint bound;
	char address[96];
	bool good = true;
	*all = (struct endpoint_list){ NULL, 0 };
	if (strcmp(settings->bind_ip, "none") != 0) {
		bool v6 = strchr(settings->bind_ip, ':');
		snprintf(address, sizeof(address), "%s:%lld@%s", v6 ? "inet6" : "inet",
			 (long long)settings->bind_port, settings->bind_ip);
		good = !endpoint_parse(text_of_string(address, LIFETIME_EVENT), &bound) &&
		       endpoint_list_add(&settings->arena, all, &bound);
	}
	for (size_t i = 0; i < settings->listen.count; i++)
		good = good && endpoint_list_add(&settings->arena, all, &settings->listen.items[i]);
	return good;
}

/* It connects to its milters alone. */
static void ports_gather(struct bridge_settings *settings)
{
	struct endpoint endpoint;
	settings->service.ports = (struct ports){ .bounded = true };
	for (size_t i = 0; i < settings->milters.count; i++)
		if (!endpoint_parse(
			    text_of_string(settings->milters.items[i].address, LIFETIME_EVENT),
			    &endpoint))
			ports_add_endpoint(&settings->service.ports, &endpoint);
}

static bool is_open_to_others(const struct endpoint *endpoint)
{
	const struct sockaddr *any = (const struct sockaddr *)&endpoint->address;
	const struct sockaddr_in *v4 = (const void *)any;
	const struct sockaddr_in6 *v6 = (const void *)any;
	if (any->sa_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 != 127;
	return any->sa_family == AF_INET6 && !IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static void access_check(const struct bridge_settings *settings, struct diagnostics *diagnostics)
{
	for (size_t i = 0; i < settings->service.listen.count; i++) {
		const struct endpoint *endpoint = &settings->service.listen.items[i];
		if (settings->allow.count || !is_open_to_others(endpoint))
			continue;
		struct diagnostic *diagnostic = diagnostics_report(
			diagnostics, "C0106", (struct span){ 0, 0, 1 },
			"%s can be reached from elsewhere, and nothing says who may connect",
			endpoint->name);
		if (diagnostic)
			diagnostic_help(
				diagnostics, diagnostic,
				"write: allow ADDRESS-OR-NETWORK ..., as in allow 192.0.2.7");
		return;
	}
}

static void names_check(const struct milter_list *milters, struct diagnostics *diagnostics)
{
	for (size_t i = 0; i < milters->count; i++)
		for (size_t other = 0; other < i; other++)
			if (strcmp(milters->items[i].name, milters->items[other].name) == 0)
				diagnostics_report(diagnostics, "C0107", milters->items[i].span,
						   "two milters have the name %s",
						   milters->items[i].name);
}

void settings_finish(struct bridge_settings *settings, struct diagnostics *diagnostics)
{
	if (!listen_gather(settings))
		diagnostics_report(diagnostics, "C0102", (struct span){ 0 },
				   "memory has ended while the settings were read");
	if (settings->service.listen.count == 0)
		diagnostics_report(
			diagnostics, "C0106", (struct span){ 0, 0, 1 },
			"no address to listen on: bindIp is none, and listen is not set");
	access_check(settings, diagnostics);
	names_check(&settings->milters, diagnostics);
	ports_gather(settings);
	if (settings->milters.count)
		return;
	struct diagnostic *diagnostic =
		diagnostics_report(diagnostics, "C0106", (struct span){ 0 }, "no milter is given");
	if (diagnostic)
		diagnostic_help(diagnostics, diagnostic,
				"write: milter ADDRESS, as in milter inet:8891@127.0.0.1");
}

void settings_show(const struct bridge_settings *settings, struct buffer *out)
{
	struct settings_writer writer = { &bridge_table, out, " ", "", "", "" };
	settings_show_rows(&writer, SCOPE_DAEMON, settings);
}
