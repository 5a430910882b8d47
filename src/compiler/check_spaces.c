/* The names of files: each knows what it declares and what it uses.
 *
 * `use "file" as name;` makes name.thing known; without `as` the file's things are known as if they
 * were declared here, and so to whoever uses this file in turn. A file knows nothing of its users.
 */
#include "compiler/checker.h"

#include <string.h>

static struct text join(struct checker *checker, struct text first, struct text second)
{
	char *joined = check_memory(checker, (size_t)first.length + second.length + 1);

	if (!joined)
		return second;
	if (first.length)
		memcpy(joined, first.data, first.length);
	memcpy(joined + first.length, second.data, second.length);
	return text_of(joined, (size_t)first.length + second.length, LIFETIME_PROGRAM);
}

/* "outer.name." */
static struct text prefix_of(struct checker *checker, const struct space *user, struct text name)
{
	return join(checker, user->prefix, join(checker, name, TEXT(".")));
}

struct text full_name(struct checker *checker, const struct space *space, struct text name)
{
	return space->prefix.length ? join(checker, space->prefix, name) : name;
}

/* Users stand behind what they use, and the main file is last. */
static void give_prefixes(struct checker *checker)
{
	const struct check_input *input = checker->input;

	checker->space->reached = true;
	for (unsigned i = input->tree_count; i-- > 0;)
		for (const struct declaration *one = input->trees[i]->first; one; one = one->next) {
			struct space *used = one->used ? one->used->space : NULL;

			if (one->kind != DECLARATION_USE || !used || used->reached)
				continue;
			used->reached = true;
			used->prefix = input->trees[i]->space->prefix;
			if (one->name.length)
				used->prefix =
					prefix_of(checker, input->trees[i]->space, one->name);
		}
}

bool spaces_prepare(struct checker *checker)
{
	const struct check_input *input = checker->input;

	for (unsigned i = 0; i < input->tree_count; i++) {
		input->trees[i]->space = check_memory(checker, sizeof(struct space));
		if (!input->trees[i]->space)
			return false;
	}
	checker->space = input->tree_count ? input->trees[input->tree_count - 1]->space
					   : check_memory(checker, sizeof(struct space));
	if (!checker->space)
		return false;
	give_prefixes(checker);
	return !checker->failed;
}

struct space *space_enter(struct checker *checker, struct space *space)
{
	struct space *before = checker->space;

	checker->space = space;
	return before;
}

struct symbol *find_option(const struct checker *checker, const char *name)
{
	struct text full = text_of_string(name, LIFETIME_PROGRAM);

	for (unsigned i = 0; i < checker->input->tree_count; i++) {
		const struct space *space = checker->input->trees[i]->space;
		struct symbol *symbol;

		if (!text_starts_with(full, space->prefix))
			continue;
		symbol = name_find(&space->symbols,
				   text_part(full, space->prefix.length, full.length));
		if (symbol && symbol->kind == SYMBOL_OPTION)
			return symbol;
	}
	return NULL;
}

/* ---- use ---- */

static const struct symbol *clash(const struct symbol *mine, const struct symbol *theirs)
{
	return mine && mine != theirs ? mine : NULL;
}

/* Things that two files bring stand in each other's way. */
static void report_clash(struct checker *checker, const struct declaration *use,
			 const struct symbol *symbol, const struct symbol *before)
{
	struct diagnostic *diagnostic =
		report(checker, "E0303", use->span, "`%.*s` of this file is declared twice",
		       TEXT_PRINTF(symbol->name));

	relate(checker, diagnostic, before->declaration->name_span, "first declared here");
	help(checker, diagnostic, "give the file a name: use \"%.*s\" as name;",
	     TEXT_PRINTF(use->value->text));
}

static void merge(struct checker *checker, const struct declaration *use, const struct space *used)
{
	for (unsigned i = 0; i < used->symbols.room && !checker->failed; i++) {
		struct symbol *symbol = used->symbols.entries[i].value;
		const struct symbol *before;
		void **place;

		if (!symbol)
			continue;
		place = name_place(checker, &checker->space->symbols, symbol->name);
		before = place ? clash(*place, symbol) : NULL;
		if (before)
			report_clash(checker, use, symbol, before);
		else if (place)
			*place = symbol;
	}
}

void space_use(struct checker *checker, struct declaration *use)
{
	struct space *used = use->used ? use->used->space : NULL;
	void **place;

	if (!used || is_module(checker, use->name))
		return;
	if (!use->name.length) {
		merge(checker, use, used);
		return;
	}
	place = name_place(checker, &checker->space->uses, use->name);
	if (place && *place)
		report(checker, "E0303", use->name_span, "two files are used under the name `%.*s`",
		       TEXT_PRINTF(use->name));
	else if (place)
		*place = used;
}

void check_use_name(struct checker *checker, const struct declaration *use)
{
	const struct symbol *symbol;

	if (!use->name.length)
		return;
	symbol = find_symbol(checker, use->name);
	check_new_name(checker, use->name, use->name_span, true);
	if (symbol)
		relate(checker,
		       report(checker, "E0303", use->name_span, "`%.*s` is declared twice",
			      TEXT_PRINTF(use->name)),
		       symbol->declaration->name_span, "first declared here");
	else if (is_module(checker, use->name))
		help(checker,
		     report(checker, "E0305", use->name_span, "`%.*s` is the name of a module",
			    TEXT_PRINTF(use->name)),
		     "choose another name: it would hide the module's functions");
	else if (find_engine(checker, use->name) >= 0)
		help(checker,
		     report(checker, "E0305", use->name_span, "`%.*s` is an engine variable",
			    TEXT_PRINTF(use->name)),
		     "choose another name for the file");
}

/* ---- looking into a file ---- */

struct space *named_space(const struct checker *checker, const struct expression *expression)
{
	if (expression->kind != EXPRESSION_NAME || find_local(checker, expression->name))
		return NULL;
	return name_find(&checker->space->uses, expression->name);
}

struct symbol *find_in_space(const struct space *space, struct text name)
{
	return name_find(&space->symbols, name);
}

static const char *nearest_in_space(struct checker *checker, const struct space *space,
				    struct text name)
{
	const char **names =
		check_memory(checker, (space->symbols.count + 1) * sizeof(const char *));
	size_t count = 0;

	for (unsigned i = 0; names && i < space->symbols.room; i++) {
		const struct symbol *symbol = space->symbols.entries[i].value;
		const char *one = symbol ? arena_string(checker->arena, symbol->name) : NULL;

		if (one)
			names[count++] = one;
	}
	return names ? name_nearest(name, names, count) : NULL;
}

void unknown_in_space(struct checker *checker, const char *wanted, struct text file,
		      struct text name, struct span span)
{
	struct diagnostic *diagnostic =
		report(checker, "E0301", span, "`%.*s` has no %s `%.*s`", TEXT_PRINTF(file), wanted,
		       TEXT_PRINTF(name));
	const struct space *space = name_find(&checker->space->uses, file);
	const char *nearest = diagnostic ? nearest_in_space(checker, space, name) : NULL;

	if (nearest)
		help(checker, diagnostic, "did you mean `%s`?", nearest);
}
