/* Options that the configuration or -D sets, and tables. */
#include "compiler/checker.h"

#include <string.h>

/* ---- values of options -------------------------------------------------------------- */

static const struct option_setting *find_setting(const struct checker *checker,
						 const struct symbol *symbol)
{
	const struct option_setting *found = NULL;

	/* The last one counts, as for all settings. */
	for (unsigned i = 0; i < checker->input->option_count; i++)
		if (find_option(checker, checker->input->options[i].name) == symbol)
			found = &checker->input->options[i];
	return found;
}

static bool is_option_type(const struct type *type)
{
	if (type->kind == TYPE_LIST)
		type = type->element;
	return type_is_printable(type) || type->kind == TYPE_WRONG;
}

static const char *example_of(const struct type *type)
{
	switch (type->kind) {
	case TYPE_BOOL:
		return "write yes or no";
	case TYPE_INT:
		return "write a whole number, as 10 or 64K";
	case TYPE_FLOAT:
		return "write a number, as 1.5";
	case TYPE_DURATION:
		return "write a duration, as 500ms, 30s, 5m, 1h or 7d";
	case TYPE_IP:
		return "write an address, as 192.0.2.1 or 2001:db8::1";
	case TYPE_NET:
		return "write a network, as 192.0.2.0/24";
	default:
		return "write a time, as 2026-01-31T12:00:00Z";
	}
}

static bool read_setting(struct checker *checker, const struct symbol *symbol, struct text text,
			 const struct type *type, struct expression *given)
{
	union value constant;

	switch (read_constant(checker, text, type, &constant)) {
	case READING_GOOD:
		make_constant(given, type, constant);
		return true;
	case READING_MEMORY:
		checker->failed = true;
		return false;
	default:
		help(checker,
		     report(checker, "E0521", symbol->declaration->name_span,
			    "the option `%.*s` is %s, and cannot be set to \"%.*s\"",
			    TEXT_PRINTF(full_name(checker, symbol->space, symbol->name)),
			    type_name(checker, type), TEXT_PRINTF(text)),
		     "%s", example_of(type));
		return false;
	}
}

/* "a, b, c" */
static bool read_list(struct checker *checker, const struct symbol *symbol, struct text text,
		      const struct type *type, struct expression *list)
{
	struct expression_list *items = &list->items;
	uint32_t from = 0;

	items->room = 1;
	for (uint32_t i = 0; i < text.length; i++)
		items->room += text.data[i] == ',';
	items->items = check_memory(checker, items->room * sizeof(*items->items));
	if (!items->items)
		return false;
	for (uint32_t at = 0; at <= text.length && text_trim(text).length; at++) {
		struct expression *item;

		if (at < text.length && text.data[at] != ',')
			continue;
		item = new_expression(checker, EXPRESSION_CONSTANT, list->span);
		if (!read_setting(checker, symbol, text_trim(text_part(text, from, at)),
				  type->element, item))
			return false;
		items->items[items->count++] = item;
		from = at + 1;
	}
	list->kind = EXPRESSION_LIST;
	list->type = type;
	return true;
}

static struct expression *setting_value(struct checker *checker, const struct symbol *symbol,
					const char *setting, const struct type *type)
{
	struct expression *given =
		new_expression(checker, EXPRESSION_CONSTANT, symbol->declaration->name_span);
	bool ok = true, good;
	struct text text =
		arena_copy(checker->arena, text_of_string(setting, LIFETIME_PROGRAM), &ok);

	if (!ok)
		checker->failed = true;
	good = type->kind == TYPE_LIST ? read_list(checker, symbol, text, type, given)
				       : read_setting(checker, symbol, text, type, given);
	return good ? given : wrong(given);
}

static struct expression *default_value(struct checker *checker, const struct symbol *symbol,
					const struct type *type)
{
	struct declaration *declaration = symbol->declaration;
	struct expression *given;

	if (!declaration->value) {
		help(checker,
		     report(checker, "E0522", declaration->name_span,
			    "the option `%.*s` must be given", TEXT_PRINTF(symbol->name)),
		     "set it in the configuration, with -D %.*s=..., or give it a default here",
		     TEXT_PRINTF(full_name(checker, symbol->space, symbol->name)));
		return NULL;
	}
	given = check_as(checker, declaration->value, type, "the default");
	if (given->kind != EXPRESSION_WRONG && !is_constant_value(given)) {
		report(checker, "E0319", given->span,
		       "the default of an option must be known when the program loads");
		return wrong(given);
	}
	return given;
}

static struct text shown_value(struct checker *checker, const struct expression *given)
{
	struct buffer out;
	struct text text;
	bool ok = true;

	buffer_init(&out, 65536);
	if (is_constant(given))
		value_print(given->type, given->constant, &out);
	for (unsigned i = 0; i < given->items.count && given->kind == EXPRESSION_LIST; i++) {
		buffer_append_string(&out, i ? ", " : "");
		value_print(given->type->element, given->items.items[i]->constant, &out);
	}
	text = arena_copy(checker->arena, buffer_text(&out), &ok);
	if (!ok)
		checker->failed = true;
	buffer_free(&out);
	return text;
}

static void add_option(struct checker *checker, const struct symbol *symbol)
{
	struct checked_option *option = check_memory(checker, sizeof(*option));

	if (!option)
		return;
	option->name = full_name(checker, symbol->space, symbol->name);
	option->type = symbol->type;
	option->value = shown_value(checker, symbol->value);
	*checker->last_option = option;
	checker->last_option = &option->next;
}

void resolve_option(struct checker *checker, struct symbol *symbol)
{
	const struct option_setting *setting = find_setting(checker, symbol);
	const struct declaration *declaration = symbol->declaration;
	const struct type *type = resolve_type(checker, declaration->written_type);
	struct expression *given;

	if (!is_option_type(type)) {
		help(checker,
		     report(checker, "E0523", declaration->written_type->span,
			    "an option cannot be %s", type_name(checker, type)),
		     "options are bool, int, float, text, ip, net, duration, time, or lists of "
		     "those");
		return;
	}
	if (type->kind == TYPE_WRONG)
		return;
	given = setting ? setting_value(checker, symbol, setting->value, type)
			: default_value(checker, symbol, type);
	/* The default is checked even when it is not used: an error should not wait for its day. */
	if (setting && declaration->value)
		default_value(checker, symbol, type);
	if (!given || given->kind == EXPRESSION_WRONG)
		return;
	symbol->type = type;
	symbol->value = given;
	add_option(checker, symbol);
}

/* ---- settings that no option takes --------------------------------------------------------- */

static void unknown_setting(struct checker *checker, const struct option_setting *setting)
{
	unsigned trees = checker->input->tree_count;
	struct span span = {trees ? checker->input->trees[trees - 1]->source : 0, 0, 0};
	const char *names[128];
	const char *nearest;
	size_t count = 0;
	struct diagnostic *diagnostic =
		report(checker, "E0520", span, "this program has no option `%s`", setting->name);

	for (const struct checked_option *one = checker->program->options; one && count < 128;
	     one = one->next)
		names[count++] = arena_string(checker->arena, one->name);
	for (size_t i = 0; i < count; i++)
		if (!names[i])
			return;
	nearest = name_nearest(text_of_string(setting->name, LIFETIME_PROGRAM), names, count);
	if (nearest)
		help(checker, diagnostic, "did you mean `%s`?", nearest);
	else if (!count)
		help(checker, diagnostic, "it declares none: option name: text = \"default\";");
}

void check_options(struct checker *checker)
{
	for (unsigned i = 0; i < checker->input->option_count; i++) {
		const struct option_setting *setting = &checker->input->options[i];

		if (!find_option(checker, setting->name))
			unknown_setting(checker, setting);
	}
}

/* ---- tables -----------------------------------------------------------------------------------
 */

static bool is_key(const struct type *type)
{
	return type == &type_text || type == &type_int || type == &type_ip || type == &type_net;
}

static bool check_table_types(struct checker *checker, const struct declaration *declaration,
			      const struct type *key, const struct type *element)
{
	if (key->kind == TYPE_WRONG || (element && element->kind == TYPE_WRONG))
		return false;
	if (!is_key(key)) {
		help(checker,
		     report(checker, "E0524", declaration->written_type->span,
			    "%s cannot be the key of a table", type_name(checker, key)),
		     "keys are text, int, ip or net");
		return false;
	}
	if (element && !type_is_printable(element)) {
		help(checker,
		     report(checker, "E0524", declaration->second_type->span,
			    "a table cannot hold %s", type_name(checker, element)),
		     "its values are text, int, float, bool, ip, net, duration or time");
		return false;
	}
	return true;
}

static bool wrong_source(struct checker *checker, const struct expression *source,
			 const char *why, const char *cure)
{
	help(checker, report(checker, "E0524", source->span, "%s", why), "%s", cure);
	return false;
}

enum source_keys { KEYS_ALL, KEYS_NETS, KEYS_TEXTS, KEYS_SINGLE };

/* What tables can come from, and the keys that go with it. */
static const struct source_kind {
	const char *name;
	enum source_keys keys;
} source_kinds[] = {
	{"file", KEYS_ALL},   {"cidr", KEYS_NETS},     {"regex", KEYS_TEXTS},  {"pcre", KEYS_TEXTS},
	{"lmdb", KEYS_SINGLE}, {"sqlite", KEYS_SINGLE}, {"redis", KEYS_SINGLE},
};

static const struct source_kind *find_source(struct text kind)
{
	for (size_t i = 0; i < sizeof(source_kinds) / sizeof(source_kinds[0]); i++)
		if (text_equals_string(kind, source_kinds[i].name))
			return &source_kinds[i];
	return NULL;
}

/* "kind:NAME": the kind must go with the key. */
static bool check_source(struct checker *checker, const struct expression *source,
			 const struct type *key)
{
	int64_t colon = text_find(source->text, TEXT(":"), 0);
	const struct source_kind *kind =
		find_source(text_part(source->text, 0, colon > 0 ? (size_t)colon : 0));

	if (!kind || (size_t)colon + 1 == source->text.length)
		return wrong_source(checker, source, "where this table comes from is not known",
				    "write \"file:NAME\": one key on a line, or key and value; or cidr: for "
				    "networks, regex: and pcre: for patterns, lmdb:, sqlite: and redis: for "
				    "databases");
	if (kind->keys == KEYS_NETS && key != &type_net)
		return wrong_source(checker, source, "a cidr table has networks as keys",
				    "write table name: net = \"cidr:NAME\"");
	if (kind->keys == KEYS_TEXTS && key != &type_text)
		return wrong_source(checker, source, "patterns are looked up by a text",
				    "write table name: text = \"regex:NAME\"");
	if (kind->keys == KEYS_SINGLE && key == &type_net)
		return wrong_source(checker, source, "a database is asked for one key, not for networks",
				    "write text, int or ip");
	return true;
}

void resolve_table(struct checker *checker, struct symbol *symbol)
{
	struct declaration *declaration = symbol->declaration;
	const struct type *key = resolve_type(checker, declaration->written_type);
	const struct type *element =
		declaration->second_type ? resolve_type(checker, declaration->second_type) : NULL;
	struct checked_table *table = check_memory(checker, sizeof(*table));
	struct expression *given =
		new_expression(checker, EXPRESSION_CONSTANT, declaration->name_span);

	if (!table || !check_table_types(checker, declaration, key, element) ||
	    !check_source(checker, declaration->value, key))
		return;
	*table = (struct checked_table){
		.name = symbol->name,
		.type = type_keyed(checker->types, TYPE_TABLE, key, element),
		.source = declaration->value->text,
		.span = declaration->value->span,
		.number = checker->table_count++,
	};
	if (!table->type) {
		checker->failed = true;
		return;
	}
	make_constant(given, table->type, (union value){.i = table->number});
	symbol->type = table->type;
	symbol->value = given;
	*checker->last_table = table;
	checker->last_table = &table->next;
}
