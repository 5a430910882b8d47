#include "service/program.h"

#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "service/process.h"

enum { PROBLEMS_MAX = 4 << 20 };

static void problems_print(struct buffer *problems)
{
	if (problems->length)
		fwrite(problems->data, 1, problems->length, stderr);
	buffer_free(problems);
}

/* ---- the tasks ---- */

static int show(const struct service_program *program, const void *configuration)
{
	struct buffer out;
	buffer_init(&out, BUFFER_CAP_DEFAULT);
	program->show(configuration, &out);
	bool failed = out.failed;
	fwrite(out.data, 1, out.length, stdout);
	buffer_free(&out);
	return failed || fflush(stdout) != 0 ? EX_IOERR : EX_OK;
}

static int test(const struct service_program *program, const void *configuration)
{
	struct service service = { .settings = NULL };
	struct afsl_chain *chain = NULL;
	struct buffer problems;
	size_t parts;
	buffer_init(&problems, PROBLEMS_MAX);
	int code = program->chain(configuration, &problems, &chain, &parts);
	problems_print(&problems);
	program->describe(configuration, &service);
	int identity = identity_check(service.settings);
	if (!code)
		code = identity;
	if (!code)
		printf("good: %zu %s%s\n", parts, program->part, parts == 1 ? "" : "s");
	afsl_chain_release(chain);
	return code;
}

static int serve(const struct service_program *program, const struct service_command *common,
		 const void *command, const void *configuration)
{
	struct service service = { .name = program->name,
				   .program = program,
				   .foreground = common->foreground,
				   .strict = geteuid() == 0,
				   .command = command,
				   .load = service_program_load };
	program->describe(configuration, &service);
	return service_run(&service);
}

static int run(const struct service_program *program, const struct service_command *common,
	       const void *command, const void *configuration)
{
	if (common->show)
		return show(program, configuration);
	return common->test ? test(program, configuration)
			    : serve(program, common, command, configuration);
}

static int read_and_run(const struct service_program *program, const struct service_command *common,
			const void *command)
{
	void *configuration = memory_zeroed(1, program->size);
	struct sources sources;
	struct buffer problems;
	if (!configuration)
		return EX_OSERR;
	sources_init(&sources, geteuid() == 0);
	buffer_init(&problems, PROBLEMS_MAX);
	int code = program->read(command, &sources, configuration, &problems);
	problems_print(&problems);
	if (!code)
		code = run(program, common, command, configuration);
	program->free(configuration);
	sources_free(&sources);
	memory_free(configuration);
	return code;
}

int service_program_main(const struct service_program *program, enum command_result parsed,
			 struct service_command *common, void *command)
{
	int code = parsed == COMMAND_WRONG ? EX_USAGE : EX_OK;
	log_open(program->name, false, LOG_LEVEL_INFO);
	if (parsed == COMMAND_RUN && !common->foreground && !common->test && !common->show) {
		common->config = path_absolute(&common->arena, common->config);
		if (program->make_absolute)
			program->make_absolute(command);
	}
	if (parsed == COMMAND_RUN)
		code = read_and_run(program, common, command);
	arena_reset(&common->arena);
	return code;
}

/* ---- loading ---- */

/* Those who serve have given up all other ports for good. */
static bool ports_suffice(const struct service_settings *wanted,
			  const struct service_settings *served, struct buffer *problems)
{
	int beyond = ports_beyond(&wanted->ports, &served->ports);
	if (beyond < 0)
		return true;
	if (beyond)
		buffer_printf(problems, "port %d is new: ", beyond);
	buffer_append_string(problems,
			     "ports to connect to beside those of before need a restart\n");
	return false;
}

static int load(const struct service *service, struct sources *sources, void *configuration,
		struct buffer *problems, struct afsl_chain **chain)
{
	const struct service_program *program = service->program;
	struct service fresh = { .settings = NULL };
	size_t parts;
	int code = program->read(service->command, sources, configuration, problems);
	if (code)
		return code;
	program->describe(configuration, &fresh);
	if (!ports_suffice(fresh.settings, service->settings, problems))
		return EX_DATAERR;
	code = program->chain(configuration, problems, chain, &parts);
	if (!code && program->apply)
		code = program->apply(configuration);
	if (code)
		return code == EX_CONFIG ? EX_DATAERR : code;
	if (!endpoint_lists_equal(&fresh.settings->listen, &service->settings->listen))
		buffer_append_string(problems, "other addresses need a restart\n");
	return EX_OK;
}

int service_program_load(const struct service *service, struct sources *sources,
			 struct buffer *problems, struct afsl_chain **chain)
{
	const struct service_program *program = service->program;
	void *configuration = memory_zeroed(1, program->size);
	if (!configuration)
		return EX_OSERR;
	int code = load(service, sources, configuration, problems, chain);
	program->free(configuration);
	memory_free(configuration);
	return code;
}
