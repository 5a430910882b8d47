#include <stdio.h>
#include <sysexits.h>

#include "base/log.h"
#include "bridge/access.h"
#include "bridge/configuration.h"
#include "bridge/line_protocol.h"
#include "bridge/milters.h"
#include "service/service.h"

/* What does not go through the chain. */
static int runtime_set(const struct bridge_settings *settings)
{
	bool set = access_set(&settings->allow) && line_protocol_set_spool(settings->spool);
	return set ? EX_OK : EX_OSERR;
}

/* The configuration and its chain, at a reload. */
static int load(const struct service *service, struct buffer *problems, struct afsl_chain **chain)
{
	struct configuration fresh;
	int code = configuration_load(service->command, &fresh, problems);
	if (!code)
		code = milters_load(&fresh.settings, problems, chain);
	if (!code)
		code = runtime_set(&fresh.settings);
	if (!code &&
	    !endpoint_lists_equal(&fresh.settings.service.listen, &service->settings->listen))
		buffer_append_string(problems, "other addresses need a restart\n");
	configuration_free(&fresh);
	return code;
}

static int serve(const struct command *command, const struct bridge_settings *settings,
		 struct afsl_chain *chain)
{
	struct service service = { .name = "aximilter",
				   .host = &host_native,
				   .second = &line_protocol,
				   .admits = access_admits,
				   .settings = &settings->service,
				   .foreground = command->foreground,
				   .command = command,
				   .load = load };
	int code = runtime_set(settings);
	return code ? code : service_run(&service, chain);
}

static int show(const struct bridge_settings *settings)
{
	struct buffer out;
	buffer_init(&out, BUFFER_CAP_DEFAULT);
	settings_show(settings, &out);
	bool failed = out.failed;
	fwrite(out.data, 1, out.length, stdout);
	buffer_free(&out);
	return failed || fflush(stdout) != 0 ? EX_IOERR : EX_OK;
}

static int run_milters(const struct command *command, const struct bridge_settings *settings)
{
	struct afsl_chain *chain;
	struct buffer problems;
	buffer_init(&problems, (size_t)4 << 20);
	int code = milters_load(settings, &problems, &chain);
	problems_print(&problems);
	buffer_free(&problems);
	if (code)
		return code;
	if (command->test)
		printf("good: %zu %s\n", settings->milters.count,
		       settings->milters.count == 1 ? "milter" : "milters");
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
		command->config = path_absolute(&command->arena, command->config);
	buffer_init(&problems, (size_t)4 << 20);
	int code = configuration_load(command, &configuration, &problems);
	problems_print(&problems);
	buffer_free(&problems);
	if (!code)
		code = command->show ? show(&configuration.settings)
				     : run_milters(command, &configuration.settings);
	configuration_free(&configuration);
	return code;
}

int main(int argc, char **argv)
{
	struct command command;
	int code = EX_OK;
	log_open("aximilter", false, LOG_LEVEL_INFO);
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
