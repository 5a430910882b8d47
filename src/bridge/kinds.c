#include "bridge/kinds.h"

#include "base/ip.h"
#include "bridge/settings.h"

/* ---- where to listen ---- */

static void read_bind(struct settings_reader *reader, const struct setting_row *row,
		      const struct config_value *value, void *field)
{
	struct ip ip;
	if (text_equals_ignoring_case(value->text, TEXT("none")))
		*(const char **)field = "none";
	else if (ip_parse(value->text, &ip))
		kind_text.read(reader, row, value, field);
	else {
		struct diagnostic *diagnostic = settings_wrong_value(reader, row, value);
		if (diagnostic)
			diagnostic_help(reader->diagnostics, diagnostic,
					"write an address, as 127.0.0.1 or ::1, or none");
	}
}

static void read_listens(struct settings_reader *reader, const struct setting_row *row,
			 const struct config_value *value, void *field)
{
	(void)row;
	settings_add_addresses(reader, value, field);
}

/* ---- lists ---- */

static bool word_list_add(struct arena *arena, struct word_list *list, struct text word)
{
	const char **grown = arena_allocate(arena, (list->count + 1) * sizeof(*grown));
	char *copy = arena_string(arena, word);
	if (!grown || !copy)
		return false;
	for (char *at = copy; *at; at++)
		*at = byte_lower(*at);
	if (list->count)
		memcpy(grown, list->items, list->count * sizeof(*grown));
	grown[list->count] = copy;
	list->items = grown;
	list->count++;
	return true;
}

/* NULL, or how such a word is written. */
typedef const char *word_check(struct text word);

static void read_list(struct settings_reader *reader, const struct setting_row *row,
		      const struct config_value *value, struct word_list *list, word_check *check)
{
	const struct config_value *member = value->kind == CONFIG_SET ? value->members : value;
	for (; member; member = value->kind == CONFIG_SET ? member->next : NULL) {
		const char *advice = check(member->text);
		struct diagnostic *diagnostic = NULL;
		if (advice)
			diagnostic = settings_wrong_value(reader, row, member);
		else if (!word_list_add(reader->arena, list, member->text))
			settings_out_of_memory(reader, member->span);
		if (diagnostic)
			diagnostic_help(reader->diagnostics, diagnostic, "%s", advice);
	}
}

static const char *network_check(struct text word)
{
	struct net net;
	return net_parse(word, true, &net) ? NULL
					   : "write an address or a network, as 192.0.2.7, "
					     "192.0.2.0/24 or 2001:db8::/32";
}

static const char *domain_check(struct text word)
{
	for (uint32_t i = 0; i < word.length; i++)
		if (!byte_is_name(word.data[i]) && word.data[i] != '.' && word.data[i] != '-')
			return "write a domain, as example.org";
	return word.length ? NULL : "write a domain, as example.org";
}

static void read_networks(struct settings_reader *reader, const struct setting_row *row,
			  const struct config_value *value, void *field)
{
	read_list(reader, row, value, field, network_check);
}

static void read_words(struct settings_reader *reader, const struct setting_row *row,
		       const struct config_value *value, void *field)
{
	read_list(reader, row, value, field, domain_check);
}

static void show_words(const struct settings_writer *writer, const struct setting_row *row,
		       const void *field)
{
	const struct word_list *list = field;
	(void)row;
	for (size_t i = 0; i < list->count; i++)
		buffer_printf(writer->out, "%s%s", i ? " " : "", list->items[i]);
}

static bool words_are_set(const void *field)
{
	return ((const struct word_list *)field)->count != 0;
}

const char *words_join(struct arena *arena, const struct word_list *words)
{
	struct buffer joined;
	buffer_init(&joined, (size_t)1 << 20);
	for (size_t i = 0; i < words->count; i++)
		buffer_printf(&joined, "%s%s", i ? ", " : "", words->items[i]);
	char *copy = joined.failed ? NULL : arena_string(arena, buffer_text(&joined));
	buffer_free(&joined);
	return copy;
}

/* ---- milters ---- */

enum { MILTERS_MAX = 32 };

static bool milter_list_add(struct arena *arena, struct milter_list *list,
			    const struct milter_settings *milter)
{
	struct milter_settings *grown = arena_allocate(arena, (list->count + 1) * sizeof(*grown));
	if (!grown)
		return false;
	if (list->count)
		memcpy(grown, list->items, list->count * sizeof(*grown));
	grown[list->count] = *milter;
	list->items = grown;
	list->count++;
	return true;
}

/* `milter ADDRESS` alone is a block that says nothing else. */
static void milter_entries(struct settings_reader *reader, const struct setting_row *row,
			   const struct config_value *value, struct milter_settings *milter)
{
	struct config_value address = *value;
	struct config_entry entry = { TEXT("address"), value->span, &address, NULL };
	struct config_value object = { .kind = CONFIG_OBJECT,
				       .span = value->span,
				       .entries = &entry };
	(void)row;
	settings_read_entries(reader, SCOPE_MILTER, " of a milter", milter,
			      value->kind == CONFIG_OBJECT ? value : &object);
}

static void read_milter(struct settings_reader *reader, const struct setting_row *row,
			const struct config_value *value, void *field)
{
	struct milter_list *list = field;
	struct milter_settings milter = { .span = value->span };
	unsigned errors = reader->diagnostics->errors;
	settings_default(reader->table, SCOPE_MILTER, &milter);
	milter_entries(reader, row, value, &milter);
	if (!milter.address) {
		if (reader->diagnostics->errors == errors)
			diagnostics_report(reader->diagnostics, "C0106", value->span,
					   "this milter has no address");
		return;
	}
	if (!milter.name)
		milter.name = milter.address;
	if (list->count == MILTERS_MAX)
		diagnostics_report(reader->diagnostics, "C0105", value->span,
				   "more than %d milters", MILTERS_MAX);
	else if (!milter_list_add(reader->arena, list, &milter))
		settings_out_of_memory(reader, value->span);
}

static void show_milters(const struct settings_writer *writer, const struct setting_row *row,
			 const void *field)
{
	const struct milter_list *list = field;
	struct settings_writer inner = *writer;
	inner.indent = "\t";
	for (size_t i = 0; i < list->count; i++) {
		if (i)
			buffer_printf(writer->out, "\n%s ", row->name);
		settings_show_text(writer->out, list->items[i].address);
		buffer_append_string(writer->out, " {\n");
		settings_show_rows(&inner, SCOPE_MILTER, &list->items[i]);
		buffer_append_byte(writer->out, '}');
	}
}

static bool milters_are_set(const void *field)
{
	return ((const struct milter_list *)field)->count != 0;
}

/* ---- the kinds ---- */

static bool string_is_set(const void *field)
{
	return *(const char *const *)field != NULL;
}

static void show_string(const struct settings_writer *writer, const struct setting_row *row,
			const void *field)
{
	kind_text.show(writer, row, field);
}

const struct setting_kind kind_bind = { .title = "an address or none",
					.shapes = SHAPE_TEXT,
					.read = read_bind,
					.show = show_string,
					.is_set = string_is_set };
const struct setting_kind kind_listens = { .title = "one or more addresses",
					   .shapes = SHAPE_TEXT | SHAPE_SET,
					   .repeats = true,
					   .read = read_listens,
					   .show = settings_show_addresses,
					   .is_set = settings_addresses_are_set };
const struct setting_kind kind_networks = { .title = "one or more networks",
					    .shapes = SHAPE_TEXT | SHAPE_SET,
					    .repeats = true,
					    .read = read_networks,
					    .show = show_words,
					    .is_set = words_are_set };
const struct setting_kind kind_words = { .title = "one or more domains",
					 .shapes = SHAPE_TEXT | SHAPE_SET,
					 .repeats = true,
					 .read = read_words,
					 .show = show_words,
					 .is_set = words_are_set };
const struct setting_kind kind_milters = { .title = "an address, or an address and a block { ... }",
					   .shapes = SHAPE_TEXT | SHAPE_OBJECT,
					   .repeats = true,
					   .read = read_milter,
					   .show = show_milters,
					   .is_set = milters_are_set };
const struct setting_kind kind_on_failure = { .title = "a choice",
					      .choices = "tempfail accept reject skip",
					      .shapes = SHAPE_TEXT,
					      .read = settings_read_number,
					      .show = settings_show_number };
const struct setting_kind kind_yes_no = { .title = "a choice",
					  .choices = "no yes",
					  .shapes = SHAPE_TEXT,
					  .read = settings_read_number,
					  .show = settings_show_number };
const struct setting_kind kind_who = { .title = "a choice",
				       .choices = "any yes no",
				       .shapes = SHAPE_TEXT,
				       .read = settings_read_number,
				       .show = settings_show_number };

/* ---- choices as options of the script ---- */

const char *milter_on_error_word(int64_t on_error)
{
	static const char *const words[] = { "tempfail", "accept", "reject", "skip" };
	return words[on_error];
}

const char *milter_who_word(int64_t authenticated)
{
	static const char *const words[] = { "any", "yes", "no" };
	return words[authenticated];
}
