#include <stdio.h>
#include <sysexits.h>

#include "base/log.h"
#include "daemon/command.h"
#include "daemon/configuration.h"
#include "service/service.h"

/* A daemon changes its folder, and files are read again at each reload. */
static void paths_make_absolute(struct command *command)
{
	command->config = path_absolute(&command->arena, command->config);
	for (size_t i = 0; i < command->script_count; i++)
		command->scripts[i] = path_absolute(&command->arena, command->scripts[i]);
}

/* The configuration and its chain, at a reload. */
static int load(const struct service *service, struct buffer *problems, struct afsl_chain **chain)
{
	struct configuration fresh;
	int code = configuration_load(service->command, &fresh, problems);
	if (!code)
		code = chain_load(&fresh.settings, problems, chain);
	if (!code &&
	    !endpoint_lists_equal(&fresh.settings.service.listen, &service->settings->listen))
		buffer_append_string(problems, "other addresses need a restart\n");
	configuration_free(&fresh);
	return code;
}

static int serve(const struct command *command, const struct daemon_settings *settings,
		 struct afsl_chain *chain)
{
	struct service service = {.name = "afsld",
				  .host = settings->server == SERVER_NATIVE ? &host_native
									    : &host_libmilter,
				  .settings = &settings->service,
				  .foreground = command->foreground,
				  .command = command,
				  .load = load};
	return service_run(&service, chain);
}

static int show(const struct daemon_settings *settings)
{
	struct buffer out;
	buffer_init(&out, BUFFER_CAP_DEFAULT);
	settings_show(settings, &out);
	bool failed = out.failed;
	fwrite(out.data, 1, out.length, stdout);
	buffer_free(&out);
	return failed || fflush(stdout) != 0 ? EX_IOERR : EX_OK;
}

static int run_chain(const struct command *command, const struct daemon_settings *settings)
{
	struct afsl_chain *chain;
	struct buffer problems;
	buffer_init(&problems, (size_t)4 << 20);
	int code = chain_load(settings, &problems, &chain);
	problems_print(&problems);
	buffer_free(&problems);
	if (code)
		return code;
	if (command->test)
		printf("good: %zu %s\n", settings->filters.count,
		       settings->filters.count == 1 ? "filter" : "filters");
	else
		code = serve(command, settings, chain);
	afsl_chain_release(chain);
	return code;
}

static int run(struct command *command)
{
	struct configuration configuration;
	struct buffer problems;
	if (!command->foreground && !command->test && !command->show)
		paths_make_absolute(command);
	buffer_init(&problems, (size_t)4 << 20);
	int code = configuration_load(command, &configuration, &problems);
	problems_print(&problems);
	buffer_free(&problems);
	if (!code)
		code = command->show ? show(&configuration.settings)
				     : run_chain(command, &configuration.settings);
	configuration_free(&configuration);
	return code;
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
