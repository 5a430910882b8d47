#include "bridge/configuration.h"

#include <sysexits.h>

static void read_source(void *settings, struct diagnostics *diagnostics, uint32_t source,
			const char *folder)
{
	settings_read(settings, diagnostics, source, folder);
}

int configuration_load(const struct service_command *command, struct sources *sources,
		       struct configuration *configuration, struct buffer *problems)
{
	struct bridge_settings *settings = &configuration->settings;
	struct reading *reading = &configuration->reading;
	settings_init(settings);
	if (!reading_init(reading, sources))
		return EX_OSERR;
	int code = reading_file(reading, command->config, read_source, settings, problems);
	if (code)
		return code;
	reading_sets(reading, command->sets, command->set_count, read_source, settings);
	settings_finish(settings, reading->diagnostics);
	return reading_report(reading, problems);
}

void configuration_free(struct configuration *configuration)
{
	reading_free(&configuration->reading);
	settings_free(&configuration->settings);
}
