#include "bridge/configuration.h"

#include <sysexits.h>

#include "base/memory.h"
#include "service/file.h"

static int read_config(const struct command *command, struct configuration *configuration,
		       struct buffer *problems)
{
	struct text text;
	int code = trust_check(command->config, problems);
	if (!code)
		code = file_read(command->config, &configuration->files, &text, problems);
	if (code)
		return code;
	uint32_t source = diagnostics_add_source(configuration->diagnostics, command->config, text);
	settings_read(&configuration->settings, configuration->diagnostics, source,
		      folder_of(&configuration->files, command->config));
	return EX_OK;
}

static int read_all(const struct command *command, struct configuration *configuration,
		    struct buffer *problems)
{
	struct diagnostics *diagnostics = configuration->diagnostics;
	int code = command->config ? read_config(command, configuration, problems) : EX_OK;
	if (code)
		return code;
	if (!command->config)
		diagnostics_add_source(diagnostics, "command line", TEXT_EMPTY);
	for (size_t i = 0; i < command->set_count; i++) {
		struct text line = text_of_string(command->sets[i], LIFETIME_PROGRAM);
		uint32_t source = diagnostics_add_source(diagnostics, "--set", line);
		settings_read(&configuration->settings, diagnostics, source, NULL);
	}
	settings_finish(&configuration->settings, diagnostics);
	diagnostics_print(diagnostics, false, problems);
	return diagnostics->errors ? EX_CONFIG : EX_OK;
}

int configuration_load(const struct command *command, struct configuration *configuration,
		       struct buffer *problems)
{
	settings_init(&configuration->settings);
	arena_init(&configuration->files, (size_t)2 * CONFIG_SIZE_MAX, LIFETIME_PROGRAM);
	configuration->diagnostics = memory_zeroed(1, sizeof(*configuration->diagnostics));
	if (!configuration->diagnostics)
		return EX_OSERR;
	diagnostics_init(configuration->diagnostics);
	return read_all(command, configuration, problems);
}

void configuration_free(struct configuration *configuration)
{
	if (configuration->diagnostics)
		diagnostics_free(configuration->diagnostics);
	memory_free(configuration->diagnostics);
	configuration->diagnostics = NULL;
	settings_free(&configuration->settings);
	arena_reset(&configuration->files);
}
