#include "daemon/command.h"
#include "daemon/configuration.h"
#include "service/program.h"

static void make_absolute(void *argument)
{
	struct command *command = argument;
	for (size_t i = 0; i < command->script_count; i++)
		command->scripts[i] = path_absolute(&command->common.arena, command->scripts[i]);
}

static int read_configuration(const void *command, struct sources *sources, void *configuration,
			      struct buffer *problems)
{
	return configuration_load(command, sources, configuration, problems);
}

static void free_configuration(void *configuration)
{
	configuration_free(configuration);
}

static int make_chain(const void *configuration, struct buffer *problems, struct afsl_chain **chain,
		      size_t *filters)
{
	*filters = ((const struct configuration *)configuration)->settings.filters.count;
	return chain_load(configuration, problems, chain);
}

static void show(const void *configuration, struct buffer *out)
{
	settings_show(&((const struct configuration *)configuration)->settings, out);
}

static void describe(const void *configuration, struct service *service)
{
	const struct daemon_settings *settings =
		&((const struct configuration *)configuration)->settings;
	service->settings = &settings->service;
	service->host = settings->server == SERVER_NATIVE ? &host_native : &host_libmilter;
}

static const struct service_program afsld = {
	.name = "afsld",
	.part = "filter",
	.size = sizeof(struct configuration),
	.make_absolute = make_absolute,
	.read = read_configuration,
	.free = free_configuration,
	.chain = make_chain,
	.show = show,
	.describe = describe,
};

int main(int argc, char **argv)
{
	struct command command;
	enum command_result parsed = command_parse(argc, argv, &command);
	return service_program_main(&afsld, parsed, &command.common, &command);
}
