#include <sysexits.h>

#include "bridge/access.h"
#include "bridge/command.h"
#include "bridge/configuration.h"
#include "bridge/line_protocol.h"
#include "bridge/milters.h"
#include "service/program.h"

static const struct bridge_settings *settings_of(const void *configuration)
{
	return &((const struct configuration *)configuration)->settings;
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
		      size_t *milters)
{
	*milters = settings_of(configuration)->milters.count;
	return milters_load(settings_of(configuration), problems, chain);
}

/* Who may connect, and where message files lie. */
static int apply(const void *configuration)
{
	const struct bridge_settings *settings = settings_of(configuration);
	bool set = access_set(&settings->allow) && line_protocol_set_spool(settings->spool);
	return set ? EX_OK : EX_OSERR;
}

static void show(const void *configuration, struct buffer *out)
{
	settings_show(settings_of(configuration), out);
}

static void describe(const void *configuration, struct service *service)
{
	service->settings = &settings_of(configuration)->service;
	service->host = &host_native;
	service->second = &line_protocol;
	service->admits = access_admits;
}

static const struct service_program aximilter = {
	.name = "aximilter",
	.part = "milter",
	.size = sizeof(struct configuration),
	.read = read_configuration,
	.free = free_configuration,
	.chain = make_chain,
	.apply = apply,
	.show = show,
	.describe = describe,
};

int main(int argc, char **argv)
{
	struct service_command command;
	enum command_result parsed = command_parse(argc, argv, &command);
	return service_program_main(&aximilter, parsed, &command, &command);
}
