#include "daemon/settings.h"

const struct setting_kind kind_server = {.title = "a choice",
					 .choices = "native libmilter",
					 .shapes = SHAPE_TEXT,
					 .read = settings_read_number,
					 .show = settings_show_number};

/* In the order of enum afsl_mixed. */
const struct setting_kind kind_mixed = {.title = "a choice",
					.choices = "all tempfail discardRcpt",
					.shapes = SHAPE_TEXT,
					.read = settings_read_number,
					.show = settings_show_number};

#define OFFSET_DAEMON(field) offsetof(struct daemon_settings, field)
#define OFFSET_FILTER(field) offsetof(struct filter_settings, field)
#define SETTING(scope, name, kind, field, unset, least, most, help)                                \
	{SCOPE_##scope, #name, &kind_##kind, OFFSET_##scope(field), unset, least, most, help},
static const struct setting_row rows[] = {
#include "grammar/config.def"
};
#undef SETTING
const struct setting_table daemon_table = {rows, sizeof(rows) / sizeof(rows[0])};

void settings_init(struct daemon_settings *settings)
{
	*settings = (struct daemon_settings){0};
	arena_init(&settings->arena, (size_t)64 << 20, LIFETIME_PROGRAM);
	settings_default(&daemon_table, SCOPE_DAEMON, settings);
}

void settings_free(struct daemon_settings *settings)
{
	arena_reset(&settings->arena);
}

void settings_read(struct daemon_settings *settings, struct diagnostics *diagnostics,
		   uint32_t source, const char *folder)
{
	struct settings_reader reader = {&daemon_table, &settings->arena, diagnostics, folder};
	struct config_value *root = config_read(source, &settings->arena, diagnostics);
	if (root)
		settings_read_entries(&reader, SCOPE_DAEMON, "", settings, root);
}

bool settings_add_listen(struct daemon_settings *settings, const char *address, const char **why)
{
	struct endpoint endpoint;
	*why = endpoint_parse(text_of_string(address, LIFETIME_PROGRAM), &endpoint);
	return !*why && endpoint_list_add(&settings->arena, &settings->service.listen, &endpoint);
}

void settings_show(const struct daemon_settings *settings, struct buffer *out)
{
	struct settings_writer writer = {&daemon_table, out, " = ", "( ", " )", ""};
	settings_show_rows(&writer, SCOPE_DAEMON, settings);
}
