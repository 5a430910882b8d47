#include "daemon/settings.h"

#include <stdio.h>
#include <strings.h>

static bool list_has(const struct setting_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcasecmp(list->items[i].name, name) == 0)
			return true;
	return false;
}

static bool entry_is_text(struct settings_reader *reader, const struct config_entry *entry)
{
	if (entry->value->kind == CONFIG_TEXT)
		return true;
	diagnostics_report(reader->diagnostics, "C0104", entry->value->span,
			   "%.*s must be a text or a number", TEXT_PRINTF(entry->name));
	return false;
}

static void twice(struct settings_reader *reader, const struct config_entry *entry)
{
	diagnostics_report(reader->diagnostics, "C0107", entry->span, "%.*s is set twice",
			   TEXT_PRINTF(entry->name));
}

static void read_options(struct settings_reader *reader, const struct setting_row *row,
			 const struct config_value *value, void *field)
{
	struct arena *arena = reader->arena;
	struct setting_list *options = field;
	(void)row;
	*options = (struct setting_list){ NULL, 0 };
	for (const struct config_entry *entry = value->entries; entry; entry = entry->next) {
		if (!entry_is_text(reader, entry))
			continue;
		char *name = arena_string(arena, entry->name);
		char *text = arena_string(arena, entry->value->text);
		if (name && list_has(options, name))
			twice(reader, entry);
		else if (!name || !text || !setting_list_add(arena, options, name, text))
			settings_out_of_memory(reader, entry->span);
	}
}

static void unknown_limit(struct settings_reader *reader, const struct config_entry *entry)
{
	const char *near = afsl_limit_nearest(entry->name.data, entry->name.length);
	struct diagnostic *diagnostic =
		diagnostics_report(reader->diagnostics, "C0103", entry->span,
				   "there is no limit \"%.*s\"", TEXT_PRINTF(entry->name));

	if (diagnostic && near)
		diagnostic_help(reader->diagnostics, diagnostic, "did you mean %s?", near);
}

static void wrong_limit(struct settings_reader *reader, const struct config_entry *entry,
			const char *unit)
{
	struct diagnostic *diagnostic =
		diagnostics_report(reader->diagnostics, "C0105", entry->value->span,
				   "\"%.*s\" is not what %.*s can be",
				   TEXT_PRINTF(entry->value->text), TEXT_PRINTF(entry->name));
	if (diagnostic)
		diagnostic_help(reader->diagnostics, diagnostic,
				"write a number from 1 on%s; nothing is without a limit",
				strcmp(unit, "ms") == 0	     ? " of milliseconds, or as in 20s"
				: strcmp(unit, "bytes") == 0 ? " of bytes, or as in 64KB"
							     : "");
}

static void read_limit(struct settings_reader *reader, const struct config_entry *entry,
		       struct setting_list *limits)
{
	struct arena *arena = reader->arena;
	struct afsl_limit limit;
	int64_t number;
	char digits[24];
	if (!afsl_limit_find(entry->name.data, entry->name.length, &limit)) {
		unknown_limit(reader, entry);
		return;
	}
	if (!quantity_parse(entry->value->text, limit.unit, &number) || number < 1) {
		wrong_limit(reader, entry, limit.unit);
		return;
	}
	if (list_has(limits, limit.name)) {
		twice(reader, entry);
		return;
	}
	snprintf(digits, sizeof(digits), "%lld", (long long)number);
	char *copy = arena_string(arena, text_of_string(digits, LIFETIME_EVENT));
	if (!copy || !setting_list_add(arena, limits, limit.name, copy))
		settings_out_of_memory(reader, entry->span);
}

static void read_limits(struct settings_reader *reader, const struct setting_row *row,
			const struct config_value *value, void *field)
{
	struct setting_list *limits = field;
	(void)row;
	*limits = (struct setting_list){ NULL, 0 };
	for (const struct config_entry *entry = value->entries; entry; entry = entry->next)
		if (entry_is_text(reader, entry))
			read_limit(reader, entry, limits);
}

/* ---- filters ---- */

static bool filter_list_add(struct arena *arena, struct filter_list *list,
			    const struct filter_settings *filter)
{
	struct filter_settings *grown = arena_allocate(arena, (list->count + 1) * sizeof(*grown));
	if (!grown)
		return false;
	if (list->count)
		memcpy(grown, list->items, list->count * sizeof(*grown));
	grown[list->count] = *filter;
	list->items = grown;
	list->count++;
	return true;
}

static void read_filter(struct settings_reader *reader, const struct config_value *value,
			struct filter_list *filters)
{
	struct filter_settings filter = { .on_error = ON_ERROR_UNSET, .span = value->span };
	if (value->kind != CONFIG_OBJECT) {
		diagnostics_report(reader->diagnostics, "C0104", value->span,
				   "a filter is an object: { script = FILE ... }");
		return;
	}
	settings_read_entries(reader, SCOPE_FILTER, " of a filter", &filter, value);
	if (!filter.script) {
		diagnostics_report(
			reader->diagnostics, "C0106",
			(struct span){ value->span.source, value->span.from, value->span.from + 1 },
			"this filter has no script");
		return;
	}
	if (!filter_list_add(reader->arena, filters, &filter))
		settings_out_of_memory(reader, value->span);
}

static void read_filters(struct settings_reader *reader, const struct setting_row *row,
			 const struct config_value *value, void *field)
{
	enum { FILTERS_MAX = 100 };
	struct filter_list *filters = field;
	(void)row;
	const struct config_value *member = value->kind == CONFIG_SET ? value->members : value;
	*filters = (struct filter_list){ NULL, 0 };
	for (; member; member = value->kind == CONFIG_SET ? member->next : NULL) {
		if (filters->count == FILTERS_MAX) {
			diagnostics_report(reader->diagnostics, "C0105", member->span,
					   "more than %d filters", FILTERS_MAX);
			return;
		}
		read_filter(reader, member, filters);
	}
}

/* ---- showing ---- */

static void show_list(const struct settings_writer *writer, const struct setting_row *row,
		      const void *field)
{
	const struct setting_list *list = field;
	(void)row;
	buffer_append_byte(writer->out, '{');
	for (size_t i = 0; i < list->count; i++) {
		buffer_printf(writer->out, " %s = ", list->items[i].name);
		settings_show_text(writer->out, list->items[i].value);
	}
	buffer_append_string(writer->out, " }");
}

static void show_filters(const struct settings_writer *writer, const struct setting_row *row,
			 const void *field)
{
	const struct filter_list *filters = field;
	struct settings_writer inner = *writer;
	(void)row;
	inner.indent = "\t\t";
	buffer_append_string(writer->out, "(");
	for (size_t i = 0; i < filters->count; i++) {
		buffer_append_string(writer->out, "\n\t{\n");
		settings_show_rows(&inner, SCOPE_FILTER, &filters->items[i]);
		buffer_append_string(writer->out, "\t}");
	}
	buffer_append_string(writer->out, "\n)");
}

const struct setting_kind kind_options = { .title = "an object of options",
					   .shapes = SHAPE_OBJECT,
					   .read = read_options,
					   .show = show_list };
const struct setting_kind kind_limits = { .title = "an object of limits",
					  .shapes = SHAPE_OBJECT,
					  .read = read_limits,
					  .show = show_list };
const struct setting_kind kind_filters = { .title = "a set of filter objects",
					   .shapes = SHAPE_SET | SHAPE_OBJECT,
					   .read = read_filters,
					   .show = show_filters };

/* ---- when all is read ---- */

bool settings_add_script(struct daemon_settings *settings, const char *script,
			 const struct setting_list *options)
{
	struct filter_settings filter = { .script = script,
					  .on_error = ON_ERROR_UNSET,
					  .options = *options };
	return filter_list_add(&settings->arena, &settings->filters, &filter);
}

/* "spam" of "/etc/afsl/spam.afsl". */
static const char *name_of_script(struct arena *arena, const char *script)
{
	const char *slash = strrchr(script, '/');
	const char *base = slash ? slash + 1 : script;
	size_t length = strlen(base);
	if (length > 5 && strcmp(base + length - 5, ".afsl") == 0)
		length -= 5;
	return arena_string(arena, text_of(base, length, LIFETIME_PROGRAM));
}

static bool filter_inherit(struct daemon_settings *settings, struct filter_settings *filter)
{
	struct arena *arena = &settings->arena;
	if (filter->on_error == ON_ERROR_UNSET)
		filter->on_error = settings->on_error;
	if (!filter->name)
		filter->name = name_of_script(arena, filter->script);
	if (!filter->name)
		return false;
	for (size_t i = 0; i < settings->limits.count; i++) {
		const struct afsl_setting *limit = &settings->limits.items[i];
		if (!list_has(&filter->limits, limit->name) &&
		    !setting_list_add(arena, &filter->limits, limit->name, limit->value))
			return false;
	}
	return true;
}

/* `address` is another way of writing an option. */
static bool filter_take_address(struct daemon_settings *settings, struct diagnostics *diagnostics,
				struct filter_settings *filter)
{
	if (!filter->address)
		return true;
	if (list_has(&filter->options, "address")) {
		diagnostics_report(diagnostics, "C0107", filter->span,
				   "address is given twice: as a setting and among the options");
		return true;
	}
	return setting_list_add(&settings->arena, &filter->options, "address", filter->address);
}

/* So are these, of a limit. */
static bool filter_take_limit(struct daemon_settings *settings, struct diagnostics *diagnostics,
			      struct filter_settings *filter, const char *setting,
			      const char *limit, int64_t number)
{
	char digits[24];
	const char *copy;
	if (number == 0)
		return true;
	if (list_has(&filter->limits, limit)) {
		diagnostics_report(diagnostics, "C0107", filter->span,
				   "%s is given twice: as a setting and as the limit %s", setting,
				   limit);
		return true;
	}
	snprintf(digits, sizeof(digits), "%lld", (long long)number);
	copy = arena_string(&settings->arena, text_of_string(digits, LIFETIME_EVENT));
	return copy && setting_list_add(&settings->arena, &filter->limits, limit, copy);
}

static bool filter_take_connections(struct daemon_settings *settings,
				    struct diagnostics *diagnostics, struct filter_settings *filter)
{
	return filter_take_limit(settings, diagnostics, filter, "maxConnections", "connections",
				 filter->connections_most) &&
	       filter_take_limit(settings, diagnostics, filter, "idleTimeout", "connectionIdle",
				 filter->connection_idle * 1000);
}

/* Stable, unlike qsort; lists are short. */
static void filters_sort(struct filter_list *filters)
{
	for (size_t i = 1; i < filters->count; i++) {
		struct filter_settings moved = filters->items[i];
		size_t to = i;
		while (to > 0 && filters->items[to - 1].priority > moved.priority) {
			filters->items[to] = filters->items[to - 1];
			to--;
		}
		filters->items[to] = moved;
	}
}

static void names_check(const struct filter_list *filters, struct diagnostics *diagnostics)
{
	for (size_t i = 0; i < filters->count; i++)
		for (size_t other = 0; other < i; other++)
			if (filters->items[i].name && filters->items[other].name &&
			    strcmp(filters->items[i].name, filters->items[other].name) == 0)
				diagnostics_report(diagnostics, "C0107", filters->items[i].span,
						   "two filters have the name %s",
						   filters->items[i].name);
}

/* Every message is local or relayed: one word alone needs to know which. */
static void scopes_check(const struct daemon_settings *settings, struct diagnostics *diagnostics)
{
	for (size_t i = 0; i < settings->filters.count; i++) {
		const struct filter_settings *filter = &settings->filters.items[i];
		bool one_word = filter->apply_on == AFSL_APPLY_LOCAL ||
				filter->apply_on == AFSL_APPLY_RELAY;
		if (!one_word || settings->local_domains.count)
			continue;
		struct diagnostic *diagnostic =
			diagnostics_report(diagnostics, "C0106", filter->span,
					   "applyOn needs to know which domains are local");
		if (diagnostic)
			diagnostic_help(
				diagnostics, diagnostic,
				"name them beside `filters`: localDomains = ( example.org )");
	}
}

void settings_finish(struct daemon_settings *settings, struct diagnostics *diagnostics)
{
	struct filter_list *filters = &settings->filters;
	bool memory = true;
	for (size_t i = 0; i < filters->count; i++) {
		struct filter_settings *filter = &filters->items[i];
		memory = filter_take_connections(settings, diagnostics, filter) && memory;
		memory = filter_inherit(settings, filter) && memory;
		memory = filter_take_address(settings, diagnostics, filter) && memory;
	}
	names_check(filters, diagnostics);
	scopes_check(settings, diagnostics);
	filters_sort(filters);
	settings_gather_ports(settings);
	if (!memory)
		diagnostics_report(diagnostics, "C0102", (struct span){ 0 },
				   "memory has ended while the settings were read");
	if (filters->count == 0 && !diagnostics->errors) /* or it is what went wrong */
		diagnostics_report(
			diagnostics, "C0106", (struct span){ 0 },
			"no filter is given: name scripts in filters, or behind the options");
	if (settings->service.listen.count == 0)
		diagnostics_report(
			diagnostics, "C0106", (struct span){ 0, 0, 1 },
			"no address is given: listen = inet:PORT@127.0.0.1, or --listen");
}
