#include "cli/bench.h"

#include "base/memory.h"
#include "cli/loading.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

/* A benchmark does the work of many thousand events in one: its bounds are as much wider. They stay
 * bounds, and --limit can change them. */
static const struct afsl_setting wide[] = {
	{ "instructions", "1000000000000" }, { "eventTime", "600000" },
	{ "eventMemory", "4294967296" },     { "listLength", "10000000" },
	{ "textLength", "268435456" },
};
enum { WIDE = sizeof(wide) / sizeof(*wide) };

static struct afsl_setting *join_limits(const struct afsl_setting *given, size_t count)
{
	struct afsl_setting *all = memory_allocate((WIDE + count) * sizeof(*all));

	for (size_t i = 0; all && i < WIDE; i++)
		all[i] = wide[i];
	for (size_t i = 0; all && i < count; i++)
		all[WIDE + i] = given[i];
	return all;
}

static int run_main(struct afsl_program *program, const struct afsl_filter_options *filter,
		    const char *folder, int64_t n)
{
	struct afsl_chain *chain = afsl_chain_new();
	char *answer = NULL;
	bool ok;

	if (!chain || !afsl_chain_add(chain, program, filter)) {
		fputs("afsl run: a --limit is not known or its number is wrong\n", stderr);
		afsl_chain_release(chain);
		return EX_USAGE;
	}
	ok = afsl_chain_bench(chain, folder, n, &answer);
	fprintf(ok ? stdout : stderr, "%s\n", answer ? answer : "memory has ended");
	free(answer);
	afsl_chain_release(chain);
	return ok ? EX_OK : EX_SOFTWARE;
}

static int load_and_run(const char *script, const char *folder, int64_t n,
			const struct afsl_load_options *options,
			const struct afsl_filter_options *filter)
{
	int status = EX_OSERR;
	struct afsl_program *program = script_load(script, options, &status);

	if (!program)
		return status;
	status = run_main(program, filter, folder, n);
	afsl_program_release(program);
	return status;
}

int bench_command(const struct command *command, const struct string_list *operands,
		  const struct string_list *definitions, const struct string_list *limits)
{
	struct afsl_setting *options = NULL, *given = NULL, *all = NULL;
	char *end = NULL;
	long long n;
	int status;

	if (operands->count != 3)
		return usage_error(command, "--bench takes SCRIPT FOLDER N");
	n = strtoll(operands->items[2], &end, 10);
	if (end == operands->items[2] || *end || n < 0)
		return usage_error(command, "\"%s\" is no number", operands->items[2]);
	status = settings_read(command, definitions, &options);
	if (status < 0)
		status = settings_read(command, limits, &given);
	if (status < 0 && !(all = join_limits(given, limits->count)))
		status = EX_OSERR;
	if (status < 0) {
		struct afsl_load_options load = { .options = options,
						  .option_count = definitions->count };
		struct afsl_filter_options filter = { .limits = all,
						      .limit_count = WIDE + limits->count,
						      .folders = &operands->items[1],
						      .folder_count = 1 };
		status = load_and_run(operands->items[0], operands->items[1], n, &load, &filter);
	}
	memory_free(all);
	memory_free(given);
	memory_free(options);
	return status;
}
