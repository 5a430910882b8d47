#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "daemon/command.h"
#include "daemon/configuration.h"
#include "daemon/process.h"
#include "daemon/supervisor.h"

/* A daemon changes its folder, and files are read again at each reload. */
static const char *absolute(struct command *command, const char *path)
{
	char *real = path ? realpath(path, NULL) : NULL;
	if (!real)
		return path;
	char *copy = arena_string(&command->arena, text_of_string(real, LIFETIME_PROGRAM));
	free(real);
	return copy ? copy : path;
}

static void paths_make_absolute(struct command *command)
{
	command->config = absolute(command, command->config);
	for (size_t i = 0; i < command->script_count; i++)
		command->scripts[i] = absolute(command, command->scripts[i]);
}

static void log_begin(const struct command *command, const struct daemon_settings *settings)
{
	bool syslog = settings->log == LOG_TARGET_SYSLOG ||
		      (settings->log == LOG_TARGET_AUTO && !command->foreground);
	log_open("afsld", syslog, (enum log_level)settings->log_level);
}

static int serve_as(const struct command *command, const struct daemon_settings *settings,
		    const struct identity *identity, struct afsl_chain *chain, int *listeners)
{
	int pid_file;
	int code = pid_file_open(settings->pid_file, &pid_file);
	if (!code && !command->foreground)
		code = background_enter();
	if (code)
		return code;
	pid_file_write(pid_file);
	log_begin(command, settings);
	code = identity_become(identity);
	if (!code) {
		struct supervisor_start start = {command, settings, afsl_chain_keep(chain),
						 listeners};
		code = supervisor_run(&start);
	}
	if (pid_file >= 0)
		unlink(settings->pid_file);
	return code;
}

static int serve(const struct command *command, const struct daemon_settings *settings,
		 struct afsl_chain *chain)
{
	struct identity identity;
	int code = identity_find(settings, command->foreground, &identity);
	if (code)
		return code;
	int *listeners = memory_zeroed(settings->listen.count, sizeof(*listeners));
	if (!listeners)
		return EX_OSERR;
	code = listeners_open(settings, &identity, listeners);
	if (!code) {
		code = serve_as(command, settings, &identity, chain, listeners);
		listeners_close(settings, listeners);
		listeners_remove(settings);
	}
	memory_free(listeners);
	return code;
}

static void problems_print(const struct buffer *problems)
{
	if (problems->length)
		fwrite(problems->data, 1, problems->length, stderr);
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
