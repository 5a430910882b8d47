/* Names: hash tables, what is declared where, and what was probably meant. */
#include "base/hash.h"
#include "compiler/checker.h"

#include <string.h>

static uint64_t folded_hash(struct text name)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (uint32_t i = 0; i < name.length; i++)
		hash = (hash ^ (unsigned char)byte_lower(name.data[i])) * 0x100000001b3u;
	return hash ^ hash >> 31;
}

static uint64_t hash_of(const struct name_table *table, struct text name)
{
	return table->folded ? folded_hash(name) : hash_bytes(name.data, name.length);
}

static bool same_name(const struct name_table *table, struct text a, struct text b)
{
	return table->folded ? text_equals_ignoring_case(a, b) : text_equals(a, b);
}

/* The entry of that name, or the free one where it belongs. */
static struct name_entry *seek(const struct name_table *table, struct text name, uint64_t hash)
{
	unsigned at = (unsigned)hash & (table->room - 1);
	struct name_entry *entry = &table->entries[at];

	while (entry->key.data && (entry->hash != hash || !same_name(table, entry->key, name))) {
		at = (at + 1) & (table->room - 1);
		entry = &table->entries[at];
	}
	return entry;
}

static bool grow(struct checker *checker, struct name_table *table)
{
	struct name_table wider = { .room = table->room ? table->room * 2 : 64,
				    .count = table->count,
				    .folded = table->folded };

	wider.entries = check_memory(checker, wider.room * sizeof(*wider.entries));
	if (!wider.entries)
		return false;
	for (unsigned i = 0; i < table->room; i++) {
		const struct name_entry *old = &table->entries[i];

		if (old->key.data)
			*seek(&wider, old->key, old->hash) = *old;
	}
	*table = wider;
	return true;
}

const struct name_entry *name_entry(const struct name_table *table, struct text name)
{
	struct name_entry *entry;

	if (!table->room || !name.length)
		return NULL;
	entry = seek(table, name, hash_of(table, name));
	return entry->key.data ? entry : NULL;
}

void *name_find(const struct name_table *table, struct text name)
{
	const struct name_entry *entry = name_entry(table, name);

	return entry ? entry->value : NULL;
}

void **name_place(struct checker *checker, struct name_table *table, struct text name)
{
	uint64_t hash = hash_of(table, name);
	struct name_entry *entry;

	if (table->count >= table->room / 2 && !grow(checker, table))
		return NULL;
	entry = seek(table, name, hash);
	if (!entry->key.data) {
		*entry = (struct name_entry){ name, NULL, hash };
		table->count++;
	}
	return &entry->value;
}

/* ---- the words of the language ------------------------------------------- */

static void add_module(struct checker *checker, const char *module)
{
	for (unsigned i = 0; i < checker->module_count; i++)
		if (strcmp(checker->modules[i], module) == 0)
			return;
	if (*module && checker->module_count < MODULES_MAX)
		checker->modules[checker->module_count++] = module;
}

static void add_word(struct checker *checker, enum builtin_id id)
{
	struct text name = text_of_string(builtin_rows[id].name, LIFETIME_PROGRAM);
	void **place = name_place(checker, &checker->words, name);
	struct builtin_word *word;

	if (!place)
		return;
	if (!*place)
		*place = check_memory(checker, sizeof(*word));
	word = *place;
	if (word && word->count < CANDIDATES_MAX)
		word->ids[word->count++] = id;
}

static void add_engine(struct checker *checker, const struct variable_row *row)
{
	struct text name = text_of_string(row->name, LIFETIME_PROGRAM);
	void **place = name_place(checker, &checker->engine, name);

	if (place)
		*place = (void *)(uintptr_t)row;
}

bool names_prepare(struct checker *checker)
{
	checker->slots.folded = true;
	checker->engine.folded = true;
	for (unsigned i = 0; i < BUILTIN_COUNT; i++) {
		add_word(checker, (enum builtin_id)i);
		add_module(checker, builtin_rows[i].module);
	}
	for (unsigned i = 0; i < VARIABLE_COUNT; i++)
		add_engine(checker, &variable_rows[i]);
	return !checker->failed;
}

struct symbol *find_symbol(const struct checker *checker, struct text name)
{
	struct symbol *symbol = name_find(&checker->space->symbols, name);

	if (symbol)
		symbol->used = true;
	return symbol;
}

bool is_module(const struct checker *checker, struct text name)
{
	for (unsigned i = 0; i < checker->module_count; i++)
		if (text_equals_string(name, checker->modules[i]))
			return true;
	return false;
}

bool may_hide_module(struct text name)
{
	static const char *const modules[] = { "address", "smtp", "mock" };

	for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++)
		if (text_equals_string(name, modules[i]))
			return true;
	return false;
}

const struct builtin_word *find_module_word(const struct checker *checker, struct text name)
{
	return name_find(&checker->words, name);
}

const struct builtin_word *find_word(const struct checker *checker, struct text name)
{
	const struct builtin_word *word = find_module_word(checker, name);

	for (unsigned i = 0; word && i < word->count; i++)
		if (!checker->vocabulary->builtins[word->ids[i]].needs_module)
			return word;
	return NULL;
}

int find_engine(const struct checker *checker, struct text name)
{
	const struct variable_row *row = name_find(&checker->engine, name);

	return row ? (int)(row - variable_rows) : -1;
}

/* A name that only set() of a local would make gets no slot: slots are numbered when first used. */
struct global *find_slot(struct checker *checker, struct text name)
{
	struct global *slot = name_find(&checker->slots, name);

	if (slot && !slot->type) {
		slot->type = &type_text;
		slot->slot = checker->program->global_count++;
		*checker->last_global = slot;
		checker->last_global = &slot->next;
	}
	return slot;
}

/* ---- what was probably meant --------------------------------------------- */

struct guess {
	struct checker *checker;
	const char **names;
	size_t count, room;
};

static void add_guess(struct guess *guess, const char *name)
{
	if (name && guess->count < guess->room)
		guess->names[guess->count++] = name;
}

static void add_guesses(struct guess *guess, const struct name_table *table)
{
	for (unsigned i = 0; i < table->room; i++)
		if (table->entries[i].value)
			add_guess(guess,
				  arena_string(guess->checker->arena, table->entries[i].key));
}

static bool is_guess(const struct symbol *symbol, enum nearest_of kind)
{
	switch (kind) {
	case NEAREST_VALUE:
		return symbol->kind <= SYMBOL_VARIABLE;
	case NEAREST_CALL:
		return symbol->kind >= SYMBOL_RECORD;
	case NEAREST_METHOD:
		return symbol->kind == SYMBOL_METHOD;
	case NEAREST_TYPE:
		return symbol->kind == SYMBOL_RECORD;
	default:
		return false;
	}
}

static void guess_symbols(struct guess *guess, enum nearest_of kind)
{
	const struct name_table *table = &guess->checker->space->symbols;

	for (unsigned i = 0; i < table->room; i++) {
		const struct symbol *symbol = table->entries[i].value;

		if (symbol && is_guess(symbol, kind))
			add_guess(guess, arena_string(guess->checker->arena, symbol->name));
	}
}

static void guess_methods(struct guess *guess)
{
	for (unsigned i = 0; i < BUILTIN_COUNT; i++)
		if (strcmp(builtin_rows[i].module, "policy") == 0 &&
		    guess->checker->vocabulary->builtins[i].count == 0)
			add_guess(guess, builtin_rows[i].name);
}

static void guess_types(struct guess *guess)
{
	static const char *const names[] = { "bool", "int",	 "float", "text",  "ip",
					     "net",  "duration", "time",  "regex", "list",
					     "map",  "socket",	 "milter" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		add_guess(guess, names[i]);
}

static void gather(struct guess *guess, enum nearest_of kind)
{
	guess_symbols(guess, kind);
	switch (kind) {
	case NEAREST_VALUE:
		add_guesses(guess, &guess->checker->locals);
		add_guesses(guess, &guess->checker->slots);
		add_guesses(guess, &guess->checker->engine);
		add_guesses(guess, &guess->checker->space->uses);
		for (unsigned i = 0; i < guess->checker->module_count; i++)
			add_guess(guess, guess->checker->modules[i]);
		break;
	case NEAREST_CALL:
		add_guesses(guess, &guess->checker->words);
		break;
	case NEAREST_METHOD:
		guess_methods(guess);
		break;
	case NEAREST_TYPE:
		guess_types(guess);
		break;
	case NEAREST_EVENT:
		for (unsigned i = 0; i < EVENT_COUNT; i++)
			add_guess(guess, event_rows[i].name);
		break;
	}
}

static bool is_same_word(const char *word, struct text name)
{
	for (uint32_t i = 0; i < name.length; i++) {
		if (name.data[i] == '_')
			continue;
		if (!*word || byte_lower(*word++) != byte_lower(name.data[i]))
			return false;
	}
	return !*word;
}

void suggest_from_elsewhere(struct checker *checker, struct diagnostic *diagnostic,
			    struct text wrong_name, enum nearest_of kind)
{
	static const struct {
		enum nearest_of kind;
		const char *word;
		const char *help;
	} rows[] = {
#define ELSEWHERE(KIND, WORD, HELP) { KIND, #WORD, HELP },
#include "grammar/elsewhere.def"
#undef ELSEWHERE
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].kind == kind && is_same_word(rows[i].word, wrong_name))
			help(checker, diagnostic, "%s", rows[i].help);
}

/* Only for diagnostics that are kept, of which there are few: a wrong program is checked in linear
 * time too. */
void suggest(struct checker *checker, struct diagnostic *diagnostic, struct text wrong_name,
	     enum nearest_of kind)
{
	struct guess guess = { .checker = checker, .room = 128 + MODULES_MAX };
	const char *nearest;

	suggest_from_elsewhere(checker, diagnostic, wrong_name, kind);
	if (!diagnostic || diagnostic->help)
		return;
	guess.room += checker->space->symbols.count + checker->space->uses.count +
		      checker->slots.count + checker->engine.count + checker->locals.count +
		      checker->words.count;
	guess.names = check_memory(checker, guess.room * sizeof(*guess.names));
	if (!guess.names)
		return;
	gather(&guess, kind);
	nearest = name_nearest(wrong_name, guess.names, guess.count);
	if (nearest)
		help(checker, diagnostic, "did you mean `%s`?", nearest);
}

/* ---- names that cannot be declared ---------------------------------------- */

static void check_case(struct checker *checker, struct text name, struct span span)
{
	const struct name_entry *engine = name_entry(&checker->engine, name);
	const struct name_entry *slot = name_entry(&checker->slots, name);
	const struct global *global = slot ? slot->value : NULL;
	struct diagnostic *diagnostic;

	if (engine && !text_equals(engine->key, name)) {
		diagnostic = report(checker, "E0304", span,
				    "`%.*s` differs only by case from the engine variable `%.*s`",
				    TEXT_PRINTF(name), TEXT_PRINTF(engine->key));
		help(checker, diagnostic,
		     "choose another name: engine variables are found without "
		     "regard to case");
	} else if (global && !text_equals(global->name, name)) {
		diagnostic = report(checker, "E0304", span,
				    "`%.*s` differs only by case from `%.*s`, which set() makes",
				    TEXT_PRINTF(name), TEXT_PRINTF(global->name));
		relate(checker, diagnostic, global->span, "set here");
		help(checker, diagnostic, "write one of them as the other, or choose another name");
	}
}

void check_new_name(struct checker *checker, struct text name, struct span span, bool given)
{
	if (text_equals(name, TEXT("set")) || text_equals(name, TEXT("call")) ||
	    text_equals(name, TEXT("export"))) {
		report(checker, "E0305", span, "`%.*s` is a statement and cannot be declared",
		       TEXT_PRINTF(name));
		return;
	}
	if (given)
		check_case(checker, name, span);
}
