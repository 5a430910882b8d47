#include "service/program.h"

#include <stdio.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/memory.h"

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

static int chain_make(const struct service_program *program, const void *configuration,
		      struct afsl_chain **chain, size_t *parts)
{
	struct buffer problems;
	buffer_init(&problems, PROBLEMS_MAX);
	int code = program->chain(configuration, &problems, chain, parts);
	problems_print(&problems);
	return code;
}

static int serve(const struct service_program *program, const struct service_command *common,
		 const void *command, const void *configuration, struct afsl_chain *chain)
{
	struct service service = { .name = program->name,
				   .program = program,
				   .foreground = common->foreground,
				   .command = command,
				   .load = service_program_load };
	int code = program->apply ? program->apply(configuration) : EX_OK;
	program->describe(configuration, &service);
	return code ? code : service_run(&service, chain);
}

static int run(const struct service_program *program, const struct service_command *common,
	       const void *command, const void *configuration)
{
	struct afsl_chain *chain;
	size_t parts;
	if (common->show)
		return show(program, configuration);
	int code = chain_make(program, configuration, &chain, &parts);
	if (code)
		return code;
	if (common->test)
		printf("good: %zu %s%s\n", parts, program->part, parts == 1 ? "" : "s");
	else
		code = serve(program, common, command, configuration, chain);
	afsl_chain_release(chain);
	return code;
}

static int read_and_run(const struct service_program *program, const struct service_command *common,
			const void *command)
{
	void *configuration = memory_zeroed(1, program->size);
	struct buffer problems;
	if (!configuration)
		return EX_OSERR;
	buffer_init(&problems, PROBLEMS_MAX);
	int code = program->read(command, configuration, &problems);
	problems_print(&problems);
	if (!code)
		code = run(program, common, command, configuration);
	program->free(configuration);
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

/* ---- a reload ---- */

static int load(const struct service *service, void *configuration, struct buffer *problems,
		struct afsl_chain **chain)
{
	const struct service_program *program = service->program;
	struct service fresh = { .settings = NULL };
	size_t parts;
	int code = program->read(service->command, configuration, problems);
	if (!code)
		code = program->chain(configuration, problems, chain, &parts);
	if (!code && program->apply)
		code = program->apply(configuration);
	if (code)
		return code;
	program->describe(configuration, &fresh);
	if (!endpoint_lists_equal(&fresh.settings->listen, &service->settings->listen))
		buffer_append_string(problems, "other addresses need a restart\n");
	return EX_OK;
}

int service_program_load(const struct service *service, struct buffer *problems,
			 struct afsl_chain **chain)
{
	const struct service_program *program = service->program;
	void *configuration = memory_zeroed(1, program->size);
	if (!configuration)
		return EX_OSERR;
	int code = load(service, configuration, problems, chain);
	program->free(configuration);
	memory_free(configuration);
	return code;
}
