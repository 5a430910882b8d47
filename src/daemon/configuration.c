#include "daemon/configuration.h"

#include <sysexits.h>

/* ---- settings ---- */

static void read_source(void *settings, struct diagnostics *diagnostics, uint32_t source,
			const char *folder)
{
	settings_read(settings, diagnostics, source, folder);
}

static int read_listens(const struct command *command, struct daemon_settings *settings,
			struct buffer *problems)
{
	if (command->listen_count)
		settings->service.listen = (struct endpoint_list){ NULL, 0 };
	for (size_t i = 0; i < command->listen_count; i++) {
		const char *why;
		if (settings_add_listen(settings, command->listens[i], &why))
			continue;
		buffer_printf(problems, "--listen %s: error: %s\n", command->listens[i],
			      why ? why : "no memory");
		return EX_USAGE;
	}
	return EX_OK;
}

static int read_scripts(const struct command *command, struct daemon_settings *settings)
{
	if (command->script_count)
		settings->filters = (struct filter_list){ NULL, 0 };
	for (size_t i = 0; i < command->script_count; i++)
		if (!settings_add_script(settings, command->scripts[i], &command->options))
			return EX_OSERR;
	return EX_OK;
}

static int read_all(const struct command *command, struct configuration *configuration,
		    struct buffer *problems)
{
	struct daemon_settings *settings = &configuration->settings;
	struct reading *reading = &configuration->reading;
	int code = reading_file(reading, command->common.config, read_source, settings, problems);
	if (!code)
		code = read_listens(command, settings, problems);
	if (!code)
		code = read_scripts(command, settings);
	if (code)
		return code;
	reading_sets(reading, command->common.sets, command->common.set_count, read_source,
		     settings);
	settings_finish(settings, reading->diagnostics);
	return reading_report(reading, problems);
}

int configuration_load(const struct command *command, struct sources *sources,
		       struct configuration *configuration, struct buffer *problems)
{
	settings_init(&configuration->settings);
	if (!reading_init(&configuration->reading, sources))
		return EX_OSERR;
	return read_all(command, configuration, problems);
}

void configuration_free(struct configuration *configuration)
{
	reading_free(&configuration->reading);
	settings_free(&configuration->settings);
}

/* ---- the chain ---- */

/* One for the process, as long as it lives: what filters loaded again go on with. */
static struct afsl_shared *shared_variables(const struct daemon_settings *settings)
{
	static struct afsl_shared *shared;
	if (!shared)
		shared = afsl_shared_new();
	if (shared && !afsl_shared_keep(shared, settings->service.stores, settings->store))
		return NULL;
	return shared;
}

static struct afsl_program *filter_compile(const struct configuration *configuration,
					   const struct filter_settings *filter,
					   struct buffer *problems)
{
	const struct daemon_settings *settings = &configuration->settings;
	struct sources *sources = configuration->reading.sources;
	struct afsl_files files = sources_files(sources);
	struct afsl_load_options options = {
		.options = filter->options.items,
		.option_count = filter->options.count,
		.files = &files,
		.library = settings->library,
		.mta = settings->mta ? afsl_mta_name((size_t)settings->mta - 1) : NULL,
		.shared = shared_variables(settings),
		.writable = sources->strict ? AFSL_WRITABLE_REFUSED : AFSL_WRITABLE_WARNED
	};
	struct afsl_report *report = NULL;
	if (sources_trust(sources, filter->script, problems))
		return NULL;
	struct afsl_program *program = afsl_program_load(filter->script, &options, &report);
	if (report)
		buffer_append_string(problems, afsl_report_text(report, false));
	else if (!program)
		buffer_printf(problems, "%s: error: no memory\n", filter->script);
	afsl_report_free(report);
	return program;
}

static struct afsl_scope scope_of(const struct daemon_settings *settings,
				  const struct filter_settings *filter)
{
	return (struct afsl_scope){
		.apply_on = (unsigned)filter->apply_on,
		.local_domains = settings->local_domains.items,
		.local_domain_count = settings->local_domains.count,
		.domains = filter->domains.items,
		.domain_count = filter->domains.count,
		.accounts = filter->accounts.items,
		.account_count = filter->accounts.count,
		.mixed = (enum afsl_mixed)filter->mixed,
		.size_most = filter->size_most ? (uint64_t)filter->size_most : AFSL_SIZE_ANY,
	};
}

static bool filter_load(const struct configuration *configuration,
			const struct filter_settings *filter, struct buffer *problems,
			struct afsl_chain *chain)
{
	struct afsl_program *program = filter_compile(configuration, filter, problems);
	if (!program)
		return false;
	struct afsl_scope scope = scope_of(&configuration->settings, filter);
	struct afsl_filter_options options = {
		.name = filter->name,
		.on_error = (enum afsl_on_error)filter->on_error,
		.limits = filter->limits.items,
		.limit_count = filter->limits.count,
		.folders = filter->folders.items,
		.folder_count = filter->folders.count,
		.scope = &scope,
	};
	bool added = afsl_chain_add(chain, program, &options);
	if (!added)
		buffer_printf(problems, "%s: error: a limit of filter %s is out of its bounds\n",
			      filter->script, filter->name);
	afsl_program_release(program);
	return added;
}

int chain_load(const struct configuration *configuration, struct buffer *problems,
	       struct afsl_chain **chain)
{
	const struct filter_list *filters = &configuration->settings.filters;
	bool good = true;
	*chain = afsl_chain_new();
	if (!*chain)
		return EX_OSERR;
	/* All of them, so that one run tells everything. */
	for (size_t i = 0; i < filters->count; i++)
		good = filter_load(configuration, &filters->items[i], problems, *chain) && good;
	if (good)
		return EX_OK;
	afsl_chain_release(*chain);
	*chain = NULL;
	return EX_CONFIG;
}
