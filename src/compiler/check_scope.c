/* Locals and the blocks in which they are known. */
#include "compiler/checker.h"

#include <string.h>

unsigned scope_open(const struct checker *checker)
{
	return checker->scope_count;
}

static void warn_unused(struct checker *checker, const struct local_entry *entry)
{
	const struct local *local = entry->local;
	struct diagnostic *diagnostic;

	if (!entry->warn || local->used || local->name.data[0] == '_')
		return;
	diagnostic = report(checker, "W0301", local->span, "`%.*s` is never used",
			    TEXT_PRINTF(local->name));
	help(checker, diagnostic, "take it out, or begin its name with `_`");
}

void scope_close(struct checker *checker, unsigned mark)
{
	while (checker->scope_count > mark) {
		struct local_entry *entry = checker->scope[--checker->scope_count];
		void **place = name_place(checker, &checker->locals, entry->name);

		if (place)
			*place = NULL;
		warn_unused(checker, entry);
	}
}

struct local *find_local(const struct checker *checker, struct text name)
{
	const struct local_entry *entry = name_find(&checker->locals, name);

	return entry ? entry->local : NULL;
}

static bool scope_push(struct checker *checker, struct local_entry *entry)
{
	struct local_entry **wider;
	unsigned room = checker->scope_room ? checker->scope_room * 2 : 32;

	if (checker->scope_count == checker->scope_room) {
		wider = check_memory(checker, room * sizeof(*wider));
		if (!wider)
			return false;
		if (checker->scope_count)
			memcpy(wider, checker->scope, checker->scope_count * sizeof(*wider));
		checker->scope = wider;
		checker->scope_room = room;
	}
	checker->scope[checker->scope_count++] = entry;
	return true;
}

static bool function_push(struct checker *checker, struct function *function, struct local *local)
{
	struct local **wider;
	unsigned room = function->local_room ? function->local_room * 2 : 8;

	if (function->local_count == function->local_room) {
		wider = check_memory(checker, room * sizeof(*wider));
		if (!wider)
			return false;
		if (function->local_count)
			memcpy(wider, function->locals, function->local_count * sizeof(*wider));
		function->locals = wider;
		function->local_room = room;
	}
	local->number = function->local_count;
	function->locals[function->local_count++] = local;
	return true;
}

static void report_again(struct checker *checker, struct text name, struct span span,
			 struct span before)
{
	struct diagnostic *diagnostic = report(
		checker, "E0303", span, "`%.*s` is already declared here", TEXT_PRINTF(name));

	relate(checker, diagnostic, before, "first declared here");
	help(checker, diagnostic, "choose another name, or assign without `var`");
}

struct local *new_local(struct checker *checker, struct routine *routine, struct text name,
			struct span span, const struct type *type)
{
	struct local *local = check_memory(checker, sizeof(*local));

	if (!local)
		return NULL;
	*local = (struct local){.name = name, .type = type, .span = span};
	return function_push(checker, &routine->function, local) ? local : NULL;
}

/* The new local takes the name over even when it is a second one, so that what follows is checked
 * as its writer meant it. */
void enter_local(struct checker *checker, struct local *local, bool warn)
{
	struct local_entry *entry = check_memory(checker, sizeof(*entry));
	void **place = name_place(checker, &checker->locals, local->name);
	const struct local_entry *before;

	if (!entry || !place)
		return;
	before = *place;
	if (before)
		report_again(checker, local->name, local->span, before->local->span);
	else
		check_new_name(checker, local->name, local->span, true);
	*entry = (struct local_entry){.name = local->name, .local = local, .warn = warn};
	if (scope_push(checker, entry))
		*place = entry;
}

struct local *declare_local(struct checker *checker, struct text name, struct span span,
			    const struct type *type, bool warn)
{
	struct local *local = new_local(checker, checker->routine, name, span, type);

	if (local)
		enter_local(checker, local, warn);
	return local;
}
