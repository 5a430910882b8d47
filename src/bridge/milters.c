#include "bridge/milters.h"

#include <stdio.h>
#include <sysexits.h>

#include "bridge/script.h"

/* ---- a milter's settings as options of the script ---- */

struct options {
	struct arena arena;
	struct setting_list list;
	bool failed;
};

static void add(struct options *options, const char *name, const char *value)
{
	if (!value || !setting_list_add(&options->arena, &options->list, name, value))
		options->failed = true;
}

static void add_number(struct options *options, const char *name, int64_t number, const char *unit)
{
	char digits[32];
	snprintf(digits, sizeof(digits), "%lld%s", (long long)number, unit);
	add(options, name, arena_string(&options->arena, text_of_string(digits, LIFETIME_EVENT)));
}

static void add_words(struct options *options, const char *name, const struct word_list *words)
{
	if (words->count)
		add(options, name, words_join(&options->arena, words));
}

static void options_fill(struct options *options, const struct milter_settings *milter)
{
	add(options, "address", milter->address);
	add(options, "onError", milter_on_error_word(milter->on_error));
	add_number(options, "connectTimeout", milter->connect_timeout, "s");
	add_number(options, "commandTimeout", milter->command_timeout, "s");
	add_number(options, "contentTimeout", milter->content_timeout, "s");
	add_number(options, "endTimeout", milter->end_timeout, "s");
	add_words(options, "networks", &milter->networks);
	add_words(options, "exceptNetworks", &milter->except_networks);
	add_words(options, "recipientDomains", &milter->recipient_domains);
	add(options, "authenticated", milter_who_word(milter->authenticated));
	add_number(options, "maxSize", milter->size_most, "");
	add_number(options, "failures", milter->failures, "");
	add_number(options, "pause", milter->pause, "s");
}

static struct afsl_program *milter_compile(const struct milter_settings *milter,
					   struct buffer *problems)
{
	struct afsl_source scripts[SCRIPT_COUNT];
	struct options options = { .failed = false };
	struct afsl_report *report = NULL;
	struct afsl_program *program = NULL;
	arena_init(&options.arena, (size_t)4 << 20, LIFETIME_PROGRAM);
	options_fill(&options, milter);
	scripts_get(scripts);
	struct afsl_load_options load = { .options = options.list.items,
					  .option_count = options.list.count,
					  .source = scripts[0].text,
					  .source_length = scripts[0].length,
					  .used = scripts + 1,
					  .used_count = SCRIPT_COUNT - 1 };
	if (!options.failed)
		program = afsl_program_load(scripts[0].name, &load, &report);
	if (report)
		buffer_append_string(problems, afsl_report_text(report, false));
	else if (!program)
		buffer_printf(problems, "milter %s: error: no memory\n", milter->name);
	afsl_report_free(report);
	arena_reset(&options.arena);
	return program;
}

/* ---- the chain ---- */

/* In milliseconds: never less than the engine's own bound, and enough for the milter's timeouts. */
static void bound_print(char out[24], int64_t least, int64_t seconds)
{
	int64_t wanted = (seconds + 1) * 1000;
	snprintf(out, 24, "%lld", (long long)(wanted > least ? wanted : least));
}

/* The script answers failures itself; this is for what it cannot catch. */
static enum afsl_on_error on_error_of(const struct milter_settings *milter)
{
	static const enum afsl_on_error answers[] = { AFSL_ON_ERROR_TEMPFAIL, AFSL_ON_ERROR_ACCEPT,
						      AFSL_ON_ERROR_REJECT, AFSL_ON_ERROR_ACCEPT };
	return answers[milter->on_error];
}

static bool milter_add(const struct bridge_settings *settings, const struct milter_settings *milter,
		       struct afsl_program *program, struct afsl_chain *chain)
{
	enum { EVENT_TIME = 25000, CONTENT_TIME = 240000 };
	char spool[24], event[24], content[24], connections[24];
	snprintf(spool, sizeof(spool), "%lld", (long long)settings->message_size);
	bound_print(event, EVENT_TIME, milter->connect_timeout + milter->command_timeout);
	bound_print(content, CONTENT_TIME, milter->content_timeout + milter->end_timeout);
	snprintf(connections, sizeof(connections), "%lld",
		 (long long)(milter->connections_most ? milter->connections_most
						      : settings->service.sessions_max));
	struct afsl_setting limits[] = { { "spoolSize", spool },
					 { "eventTime", event },
					 { "contentTime", content },
					 { "connections", connections } };
	struct afsl_filter_options options = { .name = milter->name,
					       .on_error = on_error_of(milter),
					       .limits = limits,
					       .limit_count = sizeof(limits) / sizeof(limits[0]) };
	return afsl_chain_add(chain, program, &options);
}

static bool milter_load(const struct bridge_settings *settings,
			const struct milter_settings *milter, struct buffer *problems,
			struct afsl_chain *chain)
{
	struct afsl_program *program = milter_compile(milter, problems);
	bool added = program && milter_add(settings, milter, program, chain);
	afsl_program_release(program);
	return added;
}

int milters_load(const struct bridge_settings *settings, struct buffer *problems,
		 struct afsl_chain **chain)
{
	bool good = true;
	*chain = afsl_chain_new();
	if (!*chain)
		return EX_OSERR;
	if (settings->judges)
		afsl_chain_judge(*chain);
	for (size_t i = 0; i < settings->milters.count; i++)
		good = milter_load(settings, &settings->milters.items[i], problems, *chain) && good;
	if (good)
		return EX_OK;
	afsl_chain_release(*chain);
	*chain = NULL;
	return EX_CONFIG;
}
