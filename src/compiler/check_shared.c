/* shared var: counters, rates and caches of the whole daemon, and what bounds them. */
#include "compiler/checker.h"

#include <stddef.h>

#define HOUR (INT64_C(3600) * 1000000)

/* What may be given in shared var name: TYPE = type(setting: value); */
static const struct shared_setting {
	enum type_kind of;
	const char *name;
	const struct type *type;
	size_t place; /* in struct checked_shared */
	int64_t fallback;
	int64_t least;
} settings[] = {
	{TYPE_CACHE, "ttl", &type_duration, offsetof(struct checked_shared, time), HOUR, 1000},
	{TYPE_CACHE, "max", &type_int, offsetof(struct checked_shared, max), 100 << 10, 1},
	{TYPE_CACHE, "memory", &type_int, offsetof(struct checked_shared, memory), 64 << 20, 4096},
	{TYPE_CACHE, "store", &type_text, offsetof(struct checked_shared, store), 0, 0},
	{TYPE_RATE, "store", &type_text, offsetof(struct checked_shared, store), 0, 0},
	{TYPE_COUNTER, "store", &type_text, offsetof(struct checked_shared, store), 0, 0},
	{TYPE_RATE, "window", &type_duration, offsetof(struct checked_shared, time), HOUR, 10000},
	{TYPE_RATE, "max", &type_int, offsetof(struct checked_shared, max), 100 << 10, 1},
	{TYPE_RATE, "memory", &type_int, offsetof(struct checked_shared, memory), 64 << 20, 4096},
};
enum { SETTINGS = sizeof(settings) / sizeof(*settings) };

/* ---- the type ------------------------------------------------------------------ */

static const struct type *wrong_cache(struct checker *checker, struct span span, const char *what,
				      const struct type *type, const char *cure)
{
	help(checker,
	     report(checker, "E0331", span, "%s of a cache cannot be %s", what,
		    type_name(checker, type)),
	     "%s", cure);
	return &type_wrong;
}

static const struct type *resolve_cache(struct checker *checker, const struct type_name *written)
{
	const struct type_name *first = written->arguments;
	const struct type *key, *element, *type;

	if (!first || !first->next || first->next->next) {
		report(checker, "E0302", written->span, "`cache` is written `cache[text, int]`");
		return &type_wrong;
	}
	key = resolve_type(checker, first);
	element = resolve_type(checker, first->next);
	if (key->kind == TYPE_WRONG || element->kind == TYPE_WRONG)
		return &type_wrong;
	if (key != &type_text && key != &type_int && key != &type_ip)
		return wrong_cache(checker, first->span, "the key", key,
				   "keys are text, int or ip");
	if (!type_is_storable(element))
		return wrong_cache(checker, first->next->span, "a value", element,
				   "values are bool, int, float, text, ip, net, duration, time, and "
				   "lists, maps and records of those");
	type = type_keyed(checker->types, TYPE_CACHE, key, element);
	if (!type)
		checker->failed = true;
	return type ? type : &type_wrong;
}

static const struct type *resolve_shared_type(struct checker *checker,
					      const struct declaration *declaration)
{
	const struct type_name *written = declaration->written_type;
	const struct type *type = written ? type_by_name(written->name) : NULL;

	if (written && !written->module.length && text_equals(written->name, TEXT("cache")))
		return resolve_cache(checker, written);
	if (type && type_is_shared(type) && !written->arguments && !written->module.length)
		return type;
	help(checker,
	     report(checker, "E0331", written ? written->span : declaration->name_span,
		    "a shared variable is a counter, a rate or a cache[K, V]"),
	     "write shared var %.*s: counter;", TEXT_PRINTF(declaration->name));
	return &type_wrong;
}

/* ---- what bounds it --------------------------------------------------------------- */

static const struct shared_setting *find_shared_setting(enum type_kind kind, struct text name)
{
	for (unsigned i = 0; i < SETTINGS; i++)
		if (settings[i].of == kind && text_equals_string(name, settings[i].name))
			return &settings[i];
	return NULL;
}

static const char *settings_help(enum type_kind kind)
{
	switch (kind) {
	case TYPE_CACHE:
		return "write cache(ttl: 1h, max: 100K, memory: 64M): what is left out has these "
		       "values";
	case TYPE_RATE:
		return "write rate(window: 1h, max: 100K, memory: 64M): what is left out has these "
		       "values";
	default:
		return "a counter is told where it is kept, at most: counter(store: \"lmdb:NAME\")";
	}
}

static void set_number(struct checker *checker, struct checked_shared *shared,
		       const struct shared_setting *setting, const struct expression *given)
{
	if (given->constant.i < setting->least) {
		help(checker,
		     report(checker, "E0331", given->span, "`%s` is too small", setting->name),
		     setting->type == &type_int ? "at least %lld" : "at least %lldms",
		     (long long)(setting->type == &type_int ? setting->least
							    : setting->least / 1000));
		return;
	}
	*(int64_t *)(void *)((char *)shared + setting->place) = given->constant.i;
}

static void check_setting(struct checker *checker, struct checked_shared *shared,
			  const struct argument *argument)
{
	const struct shared_setting *setting =
		find_shared_setting(shared->type->kind, argument->name);
	struct expression *given;

	if (!setting) {
		help(checker,
		     report(checker, "E0309", argument->value->span,
			    argument->name.length ? "there is no setting `%.*s`"
						  : "a setting has a name%.*s",
			    TEXT_PRINTF(argument->name)),
		     "%s", settings_help(shared->type->kind));
		check_any(checker, argument->value);
		return;
	}
	given = check_as(checker, argument->value, setting->type, "the setting");
	if (given->kind == EXPRESSION_WRONG)
		return;
	if (!is_constant(given))
		report(checker, "E0319", given->span,
		       "a setting must be known when the program loads");
	else if (setting->type == &type_text)
		shared->store = given->constant.text;
	else
		set_number(checker, shared, setting, given);
}

static void check_settings(struct checker *checker, struct checked_shared *shared,
			   struct expression *call)
{
	static const char *const words[] = {
		[TYPE_COUNTER] = "counter", [TYPE_RATE] = "rate", [TYPE_CACHE] = "cache"};

	for (unsigned i = 0; i < SETTINGS; i++)
		if (settings[i].of == shared->type->kind && settings[i].type != &type_text)
			*(int64_t *)(void *)((char *)shared + settings[i].place) =
				settings[i].fallback;
	if (!call)
		return;
	if (call->kind != EXPRESSION_CALL || call->left ||
	    !text_equals_string(call->name, words[shared->type->kind])) {
		help(checker,
		     report(checker, "E0331", call->span, "this does not say how it is kept"),
		     "%s", settings_help(shared->type->kind));
		return;
	}
	for (unsigned i = 0; i < call->arguments.count; i++)
		check_setting(checker, shared, &call->arguments.items[i]);
}

/* As with tables, the code knows a number. */
void resolve_shared(struct checker *checker, struct symbol *symbol)
{
	struct declaration *declaration = symbol->declaration;
	const struct type *type = resolve_shared_type(checker, declaration);
	struct checked_shared *shared = check_memory(checker, sizeof(*shared));
	struct expression *given =
		new_expression(checker, EXPRESSION_CONSTANT, declaration->name_span);

	if (!shared || type->kind == TYPE_WRONG)
		return;
	*shared = (struct checked_shared){
		.name = symbol->name,
		.type = type,
		.span = declaration->name_span,
		.number = checker->shared_count++,
	};
	check_settings(checker, shared, declaration->value);
	make_constant(given, type, (union value){.i = shared->number});
	symbol->type = type;
	symbol->value = given;
	*checker->last_shared = shared;
	checker->last_shared = &shared->next;
}
