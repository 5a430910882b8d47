#include "compiler/compile.h"

#include "base/memory.h"
#include "bytecode/verify.h"
#include "compiler/generate.h"
#include "compiler/source.h"

/* Tree, types and code of one program. A source of 4 MB without a blank makes a few hundred MB. */
static const size_t arena_cap = (size_t)1 << 30;

static struct checked_program *check_sources(const struct compile_request *request,
					     const struct source_set *set, struct arena *arena,
					     struct diagnostics *diagnostics)
{
	struct type_table *types = arena_zeroed(arena, sizeof(*types));
	struct check_input input = {
		.trees = set->trees,
		.tree_count = set->count,
		.options = request->options,
		.option_count = request->option_count,
		.raised = request->raised,
		.profiles = request->profiles ? request->profiles : PROFILES_ALL,
		.check_only = request->check_only,
		.incomplete = set->incomplete,
		.tests = request->tests,
		.growing = request->growing,
	};

	if (!types) {
		diagnostics_report(diagnostics, "E0105", (struct span){ 0, 0, 0 },
				   "there is not enough memory to compile %s", request->path);
		return NULL;
	}
	type_table_init(types, arena);
	return check(&input, types, arena, diagnostics);
}

/* The verifier proves what the code generator promises. When it finds something the generator is
 * wrong, and the program is refused all the same. */
static bool is_verified(const struct program *program, const struct vocabulary *vocabulary,
			struct diagnostics *diagnostics)
{
	char message[VERIFY_MESSAGE_MAX];
	struct diagnostic *d;

	if (verify(program, vocabulary, message))
		return true;
	d = diagnostics_report(diagnostics, "E0105", (struct span){ 0, 0, 0 },
			       "the verifier refuses the code made of it: %s", message);
	diagnostic_help(diagnostics, d,
			"when memory has not ended this is a fault of the compiler: please "
			"report it, with the program");
	return false;
}

/* Takes the arena over in any case. */
static struct program *make_code(const struct checked_program *checked, struct arena *arena,
				 struct diagnostics *diagnostics)
{
	struct program *program = generate(checked, arena, diagnostics);

	if (!program) {
		if (diagnostics->errors == 0)
			diagnostics_report(diagnostics, "E0105", (struct span){ 0, 0, 0 },
					   "there is not enough memory to compile this program");
		arena_reset(arena);
		memory_free(arena);
		return NULL;
	}
	if (is_verified(program, checked->vocabulary, diagnostics))
		return program;
	program_free(program);
	return NULL;
}

/* Diagnostics may outlive the program, and the program them: each gets sources of its own. */
static void keep_sources(struct diagnostics *diagnostics, unsigned from)
{
	for (unsigned i = from; i < diagnostics->source_count; i++) {
		struct text *text = &diagnostics->sources[i].text;
		bool ok = true;

		if (text->data)
			*text = arena_copy(&diagnostics->arena, *text, &ok);
		if (!ok)
			*text = (struct text){ NULL, 0, LIFETIME_PROGRAM };
	}
}

static struct program *compile_in(const struct compile_request *request, struct arena *arena,
				  struct diagnostics *diagnostics)
{
	struct source_set *set = arena_allocate(arena, sizeof(*set));
	unsigned first = diagnostics->source_count, errors = diagnostics->errors;
	struct checked_program *checked = NULL;

	if (!set)
		diagnostics_report(diagnostics, "E0105", (struct span){ 0, 0, 0 },
				   "there is not enough memory to compile %s", request->path);
	else if (source_load(request, set, arena, diagnostics))
		checked = check_sources(request, set, arena, diagnostics);
	keep_sources(diagnostics, first);
	if (checked && diagnostics->errors == errors && !request->check_only)
		return make_code(checked, arena, diagnostics);
	arena_reset(arena);
	memory_free(arena);
	return NULL;
}

struct program *compile(const struct compile_request *request, struct diagnostics *diagnostics)
{
	struct arena *arena = memory_allocate(sizeof(*arena));

	if (!arena) {
		diagnostics_report(diagnostics, "E0105", (struct span){ 0, 0, 0 },
				   "there is not enough memory to compile %s", request->path);
		return NULL;
	}
	arena_init(arena, arena_cap, LIFETIME_PROGRAM);
	return compile_in(request, arena, diagnostics);
}
