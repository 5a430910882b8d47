#include <sysexits.h>

#include "base/log.h"
#include "daemon/command.h"
#include "daemon/configuration.h"
#include "service/program.h"

/* A daemon changes its folder, and files are read again at each reload. */
static void paths_make_absolute(struct command *command)
{
	command->config = path_absolute(&command->arena, command->config);
	for (size_t i = 0; i < command->script_count; i++)
		command->scripts[i] = path_absolute(&command->arena, command->scripts[i]);
}

static int read_configuration(const void *command, void *configuration, struct buffer *problems)
{
	return configuration_load(command, configuration, problems);
}

static void free_configuration(void *configuration)
{
	configuration_free(configuration);
}

static int make_chain(const void *configuration, struct buffer *problems,
		      struct afsl_chain **chain, size_t *filters)
{
	const struct daemon_settings *settings =
		&((const struct configuration *)configuration)->settings;
	*filters = settings->filters.count;
	return chain_load(settings, problems, chain);
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
	.read = read_configuration,
	.free = free_configuration,
	.chain = make_chain,
	.show = show,
	.describe = describe,
};

static int run(struct command *command)
{
	enum service_task task = command->show   ? TASK_SHOW
				 : command->test ? TASK_TEST
						 : TASK_SERVE;
	if (!command->foreground && task == TASK_SERVE)
		paths_make_absolute(command);
	return service_program_run(&afsld, task, command, command->foreground);
}

int main(int argc, char **argv)
{
	struct command command;
	int code = EX_OK;
	log_open("afsld", false, LOG_LEVEL_INFO);
	switch (command_parse(argc, argv, &command)) {
	case COMMAND_RUN:
		code = run(&command);
		break;
	case COMMAND_WRONG:
		code = EX_USAGE;
		break;
	case COMMAND_DONE:
		break;
	}
	arena_reset(&command.arena);
	return code;
}
