/* What a program tells its host, beside the code. */
#include "compiler/generator.h"
#include "compiler/generator_program.h"

static const char *string_of(struct generator *g, struct text text)
{
	char *string = g->failed ? NULL : arena_string(g->arena, text);

	if (!string)
		g->failed = true;
	return string;
}

static void describe_options(struct generator *g, struct program *program)
{
	unsigned count = 0;

	for (const struct checked_option *o = g->checked->options; o; o = o->next)
		count++;
	program->options = generate_memory(g, count * sizeof(*program->options));
	for (const struct checked_option *o = g->checked->options; o && !g->failed; o = o->next)
		program->options[program->option_count++] =
			(struct program_option){ string_of(g, o->name), o->type,
						 string_of(g, o->value) };
}

/* "filters/" of "filters/relay.afsl"; "" of a file in the current folder. */
static struct text folder_of(struct generator *g, struct span span)
{
	const struct source *source;
	const char *slash;

	if (span.source >= g->diagnostics->source_count)
		return TEXT_EMPTY;
	source = &g->diagnostics->sources[span.source];
	slash = strrchr(source->name, '/');
	return text_of(source->name, slash ? (size_t)(slash - source->name) + 1 : 0,
		       LIFETIME_PROGRAM);
}

/* By their numbers, which the code names. */
static void describe_tables(struct generator *g, struct program *program)
{
	const struct checked_table *t;
	unsigned count = 0;

	for (t = g->checked->tables; t; t = t->next)
		count = t->number >= count ? t->number + 1 : count;
	program->tables = generate_memory(g, count * sizeof(*program->tables));
	program->table_count = count;
	for (t = g->checked->tables; t && !g->failed; t = t->next)
		program->tables[t->number] =
			(struct program_table){ .name = string_of(g, t->name),
						.type = t->type,
						.source = string_of(g, t->source),
						.folder = string_of(g, folder_of(g, t->span)),
						.span = t->span };
}

static void describe_tests(struct generator *g, struct program *program)
{
	unsigned count = 0;

	for (const struct checked_test *t = g->checked->tests; t; t = t->next)
		count++;
	program->tests = generate_memory(g, count * sizeof(*program->tests));
	for (const struct checked_test *t = g->checked->tests; t && !g->failed; t = t->next)
		program->tests[program->test_count++] =
			(struct program_test){ string_of(g, t->title), t->function->number,
					       t->function->declaration->name_span };
}

static struct program_shared describe_one_shared(struct generator *g,
						 const struct checked_shared *one)
{
	const char *source = g->diagnostics->sources[one->span.source].name;

	return (struct program_shared){
		.name = string_of(g, one->name),
		.source = string_of(g, text_of_string(source, LIFETIME_PROGRAM)),
		.type = one->type,
		.time = one->time,
		.max = one->max,
		.memory = one->memory,
		.store = string_of(g, one->store),
		.span = one->span,
	};
}

static void describe_shared(struct generator *g, struct program *program)
{
	const struct checked_shared *one;
	unsigned count = 0;

	for (one = g->checked->shared; one; one = one->next)
		count = one->number >= count ? one->number + 1 : count;
	program->shared = generate_memory(g, count * sizeof(*program->shared));
	program->shared_count = count;
	for (one = g->checked->shared; one && !g->failed; one = one->next)
		program->shared[one->number] = describe_one_shared(g, one);
}

static void describe_macros(struct generator *g, struct program *program)
{
	program->macros = generate_memory(g, g->checked->macro_count * sizeof(const char *));
	for (unsigned i = 0; i < g->checked->macro_count && !g->failed; i++)
		program->macros[program->macro_count++] = string_of(g, g->checked->macros[i]);
}

/* Names and texts, for stacks and tracers; the diagnostics that are reported now are not kept. */
static void keep_sources(struct generator *g, struct program *program)
{
	struct diagnostics *sources = generate_memory(g, sizeof(*sources));

	for (unsigned i = 0; sources && i < g->diagnostics->source_count && !g->failed; i++) {
		const struct source *source = &g->diagnostics->sources[i];
		bool ok = true;

		sources->sources[i].name =
			string_of(g, text_of_string(source->name, LIFETIME_PROGRAM));
		sources->sources[i].text = arena_copy(g->arena, source->text, &ok);
		g->failed |= !ok;
		source_number_lines(&sources->sources[i], g->arena);
		sources->source_count++;
	}
	program->sources = sources;
}

void generate_description(struct generator *g, struct program *program)
{
	const struct checked_program *checked = g->checked;

	describe_options(g, program);
	describe_tables(g, program);
	describe_tests(g, program);
	describe_shared(g, program);
	describe_macros(g, program);
	keep_sources(g, program);
	for (unsigned event = 0; event < EVENT_COUNT; event++) {
		program->event_needs[event] = checked->event_needs[event];
		if (checked->events[event])
			program->handled |= (event_set)1 << event;
	}
	program->needs = checked->needs;
	program->arena = g->arena;
	program->name = "";
	if (!g->failed && program->sources->source_count)
		program->name = program->sources->sources[0].name;
}
