/* The ports that workers may connect to: those that are given, and those of what else is named. */
#include "daemon/settings.h"

/* ---- connectPorts ---- */

static void read_port(struct settings_reader *reader, const struct setting_row *row,
		      const struct config_value *value, struct ports *ports)
{
	int64_t port = 0;
	if (value->kind == CONFIG_TEXT)
		settings_read_number(reader, row, value, &port);
	else
		diagnostics_report(reader->diagnostics, "C0104", value->span, "%s holds numbers",
				   row->name);
	if (port)
		ports_add(ports, (uint16_t)port);
}

static void read_ports(struct settings_reader *reader, const struct setting_row *row,
		       const struct config_value *value, void *field)
{
	const struct config_value *member = value->kind == CONFIG_SET ? value->members : value;
	struct ports *ports = field;
	*ports = (struct ports){ .bounded = true };
	for (; member; member = value->kind == CONFIG_SET ? member->next : NULL)
		read_port(reader, row, member, ports);
}

static void show_ports(const struct settings_writer *writer, const struct setting_row *row,
		       const void *field)
{
	(void)row;
	buffer_append_byte(writer->out, '(');
	for (int port = 1; port < PORTS; port++)
		if (ports_have(field, (uint16_t)port))
			buffer_printf(writer->out, " %d", port);
	buffer_append_string(writer->out, " )");
}

static bool ports_are_set(const void *field)
{
	return ((const struct ports *)field)->bounded;
}

const struct setting_kind kind_ports = { .title = "a port or a set of them",
					 .shapes = SHAPE_TEXT | SHAPE_SET,
					 .read = read_ports,
					 .show = show_ports,
					 .is_set = ports_are_set };

/* ---- what the file names ---- */

/* The port of "https://host:8443/path"; 0: it is no URL of the web. */
static uint16_t url_port(struct text text)
{
	bool secure = text_starts_with(text, TEXT("https://"));
	int64_t port;
	size_t from, to;
	if (!secure && !text_starts_with(text, TEXT("http://")))
		return 0;
	from = to = secure ? 8 : 7;
	while (to < text.length && !strchr("/?#", text.data[to]))
		to++;
	for (size_t at = to; at > from && text.data[at - 1] != ']'; at--)
		if (text.data[at - 1] == ':')
			return text_to_int(text_part(text, at, to), &port) && port > 0 &&
					       port < PORTS
				       ? (uint16_t)port
				       : 0;
	return secure ? 443 : 80;
}

/* "inet:3310@127.0.0.1", "https://reputation.example/ask", "redis:inet:6379@127.0.0.1?db=1". */
static void ports_add_named(struct ports *ports, const char *value)
{
	struct text text = text_of_string(value, LIFETIME_EVENT);
	struct endpoint endpoint;
	uint16_t port = url_port(text);
	if (port)
		ports_add(ports, port);
	if (text_starts_with(text, TEXT("redis:"))) {
		int64_t mark = text_find(text, TEXT("?"), 0);
		text = text_part(text, 6, mark < 0 ? text.length : (size_t)mark);
	}
	if (!endpoint_parse(text, &endpoint))
		ports_add_endpoint(ports, &endpoint);
}

void settings_gather_ports(struct daemon_settings *settings)
{
	struct ports *ports = &settings->service.ports;
	*ports = settings->connect_ports;
	if (settings->store)
		ports_add_named(ports, settings->store);
	for (size_t i = 0; i < settings->filters.count; i++) {
		const struct setting_list *options = &settings->filters.items[i].options;
		for (size_t at = 0; at < options->count; at++)
			ports_add_named(ports, options->items[at].value);
	}
}
