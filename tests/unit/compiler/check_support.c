#include "check_support.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

static struct checked *checked;
static char kept[8192];

void check_forget(void)
{
	if (!checked)
		return;
	memory_fail_at(0, false);
	arena_reset(&checked->arena);
	diagnostics_free(&checked->diagnostics);
	free(checked);
	checked = NULL;
}

bool check_tests_too;

static void parse_and_check(const struct check_input *options, const char *source,
			    unsigned long fail_at)
{
	struct text text = text_of_string(source, LIFETIME_PROGRAM);
	struct check_input input = *options;
	struct tree *tree = parse(diagnostics_add_source(&checked->diagnostics, "test.afsl", text),
				  &checked->arena, &checked->diagnostics);

	if (!tree || checked->diagnostics.errors)
		return;
	input.trees = &tree;
	input.tree_count = 1;
	input.raised = EVENTS_ALL;
	input.tests = check_tests_too;
	input.profiles = PROFILES_ALL;
	memory_fail_at(fail_at, true);
	checked->program = check(&input, &checked->types, &checked->arena, &checked->diagnostics);
	memory_fail_at(0, false);
}

static void begin(void)
{
	check_forget();
	checked = calloc(1, sizeof(*checked));
	if (!checked)
		abort();
	arena_init(&checked->arena, (size_t)256 << 20, LIFETIME_PROGRAM);
	type_table_init(&checked->types, &checked->arena);
	diagnostics_init(&checked->diagnostics);
}

struct checked *check_program(const char *source, const char *const *options)
{
	struct option_setting settings[16];
	struct check_input input = {.options = settings};

	begin();
	for (; options && options[0]; options += 2)
		settings[input.option_count++] = (struct option_setting){options[0], options[1]};
	parse_and_check(&input, source, 0);
	return checked;
}

struct checked *check_source(const char *source)
{
	return check_program(source, NULL);
}

struct checked *check_failing(const char *source, unsigned long nth)
{
	begin();
	parse_and_check(&(struct check_input){.option_count = 0}, source, nth);
	return checked;
}

struct checked *check_capped(const char *source, size_t cap)
{
	begin();
	checked->arena.cap = cap;
	parse_and_check(&(struct check_input){.option_count = 0}, source, 0);
	return checked;
}

struct checked *check_statements(const char *statements)
{
	static char source[65536];

	snprintf(source, sizeof(source), "event onDataReceived { %s }", statements);
	return check_source(source);
}

static const struct diagnostic *next_by_place(const struct checked *one,
					      const struct diagnostic *last)
{
	const struct diagnostic *best = NULL;

	for (const struct diagnostic *d = one->diagnostics.first; d; d = d->next)
		if ((!last || d->span.from > last->span.from) &&
		    (!best || d->span.from < best->span.from))
			best = d;
	return best;
}

const char *check_codes(const struct checked *one)
{
	kept[0] = '\0';
	for (const struct diagnostic *d = next_by_place(one, NULL); d; d = next_by_place(one, d))
		snprintf(kept + strlen(kept), sizeof(kept) - strlen(kept), "%s%s",
			 kept[0] ? " " : "", d->code);
	return kept;
}

const char *check_message(const struct checked *one)
{
	const struct diagnostic *first = next_by_place(one, NULL);

	return first ? first->message : "";
}

const char *check_help(const struct checked *one)
{
	const struct diagnostic *first = next_by_place(one, NULL);

	return first && first->help ? first->help : "";
}

const char *check_place_text(const struct checked *one)
{
	const struct diagnostic *first = next_by_place(one, NULL);
	struct text text;

	if (!first)
		return "";
	text = one->diagnostics.sources[first->span.source].text;
	snprintf(kept, sizeof(kept), "%.*s",
		 TEXT_PRINTF(text_part(text, first->span.from, first->span.to)));
	return kept;
}

const struct function *check_function(const struct checked *one, const char *name)
{
	if (!one->program)
		return NULL;
	for (const struct function *f = one->program->functions; f; f = f->next)
		if (text_equals_string(f->name, name))
			return f;
	return NULL;
}

const struct statement *check_statement_of(const struct function *function, unsigned n)
{
	const struct statement *statement = function->declaration->body->first;

	while (statement && n--)
		statement = statement->next;
	return statement;
}
