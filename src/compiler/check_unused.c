/* What the main file declares and nothing in it names. A file without events is for others to use,
 * and tests that are not checked may use what the rest does not: there nothing is said. */
#include "compiler/checker.h"

static const char *kind_of(const struct declaration *declaration)
{
	switch (declaration->kind) {
	case DECLARATION_OPTION:
		return "option";
	case DECLARATION_CONST:
		return "constant";
	case DECLARATION_TABLE:
		return "table";
	case DECLARATION_RECORD:
		return "record";
	case DECLARATION_VAR:
		return "variable";
	case DECLARATION_FUNCTION:
		return "function";
	default:
		return NULL; /* a method that is never called is usual in policy scripts */
	}
}

static bool tells_its_uses(const struct checker *checker, const struct tree *tree)
{
	bool events = false;

	for (const struct declaration *one = tree->first; one; one = one->next) {
		if (one->kind == DECLARATION_TEST && !checker->input->tests)
			return false;
		events |= one->kind == DECLARATION_EVENT;
	}
	return events;
}

static void check_one(struct checker *checker, const struct declaration *declaration)
{
	const char *kind = kind_of(declaration);
	const struct symbol *symbol =
		kind ? find_in_space(checker->space, declaration->name) : NULL;

	if (!symbol || symbol->declaration != declaration || symbol->used ||
	    declaration->name.data[0] == '_')
		return;
	help(checker,
	     report(checker, "W0301", declaration->name_span, "the %s `%.*s` is never used", kind,
		    TEXT_PRINTF(declaration->name)),
	     "take it out, or begin its name with `_`");
}

void check_unused(struct checker *checker)
{
	const struct check_input *input = checker->input;
	const struct tree *main = input->tree_count ? input->trees[input->tree_count - 1] : NULL;
	struct space *before;

	if (!main || checker->diagnostics->errors || input->incomplete || input->growing ||
	    !tells_its_uses(checker, main))
		return;
	before = space_enter(checker, main->space);
	for (const struct declaration *one = main->first; one; one = one->next)
		check_one(checker, one);
	checker->space = before;
}
