#include "daemon/settings.h"

#include <assert.h>
#include <stdio.h>

#include "base/log.h"

#define OFFSET_DAEMON(field) offsetof(struct daemon_settings, field)
#define OFFSET_FILTER(field) offsetof(struct filter_settings, field)
#define SETTING(scope, name, kind, field, unset, least, most, help)                                \
	{SCOPE_##scope, #name, KIND_##kind, OFFSET_##scope(field), unset, least, most, help},
const struct setting_row setting_rows[] = {
#include "grammar/config.def"
};
#undef SETTING
const size_t setting_row_count = sizeof(setting_rows) / sizeof(setting_rows[0]);
enum { ROWS_MAX = sizeof(setting_rows) / sizeof(setting_rows[0]) };

static const struct {
	const char *title;
	const char *choices;
} kinds[] = {
	[KIND_TEXT] = {"a text", NULL},
	[KIND_FILE] = {"the name of a file", NULL},
	[KIND_ADDRESS] = {"an address", NULL},
	[KIND_ADDRESSES] = {"an address or a set of addresses", NULL},
	[KIND_INTEGER] = {"a number", NULL},
	[KIND_COUNT] = {"a number", NULL},
	[KIND_SECONDS] = {"a time", NULL},
	[KIND_MODE] = {"permissions in octal digits", NULL},
	[KIND_LOG_TARGET] = {"a choice", "auto syslog stderr"},
	[KIND_LOG_LEVEL] = {"a choice", "error warning info debug"},
	[KIND_ON_ERROR] = {"a choice", "tempfail accept reject"},
	[KIND_OPTIONS] = {"an object of options", NULL},
	[KIND_LIMITS] = {"an object of limits", NULL},
	[KIND_FILTERS] = {"a set of filter objects", NULL},
};

const char *setting_choices(enum setting_kind kind)
{
	return kinds[kind].choices;
}

const char *setting_kind_title(enum setting_kind kind)
{
	return kinds[kind].title;
}

void settings_out_of_memory(struct settings_reader *reader, struct span span)
{
	diagnostics_report(reader->diagnostics, "C0102", span,
			   "memory has ended while the file was read");
}

/* ---- numbers ---- */

static const struct {
	const char *suffix;
	const char *unit;
	int64_t factor;
} unit_rows[] = {
	{"s", "s", 1},
	{"m", "s", 60},
	{"h", "s", 3600},
	{"d", "s", 86400},
	{"ms", "ms", 1},
	{"s", "ms", 1000},
	{"m", "ms", 60000},
	{"h", "ms", 3600000},
	{"B", "bytes", 1},
	{"K", "bytes", 1024},
	{"KB", "bytes", 1024},
	{"M", "bytes", 1 << 20},
	{"MB", "bytes", 1 << 20},
	{"G", "bytes", 1 << 30},
	{"GB", "bytes", 1 << 30},
};

static bool unit_factor(struct text suffix, const char *unit, int64_t *factor)
{
	*factor = 1;
	if (suffix.length == 0)
		return true;
	for (size_t i = 0; i < sizeof(unit_rows) / sizeof(unit_rows[0]); i++) {
		*factor = unit_rows[i].factor;
		struct text known = text_of_string(unit_rows[i].suffix, LIFETIME_PROGRAM);
		if (strcmp(unit_rows[i].unit, unit) == 0 &&
		    text_equals_ignoring_case(known, suffix))
			return true;
	}
	return false;
}

bool quantity_parse(struct text text, const char *unit, int64_t *number)
{
	size_t digits = 0;
	int64_t factor, count;
	while (digits < text.length && byte_is_digit(text.data[digits]))
		digits++;
	if (!text_to_int(text_part(text, 0, digits), &count) ||
	    !unit_factor(text_trim(text_part(text, digits, text.length)), unit, &factor))
		return false;
	return !__builtin_mul_overflow(count, factor, number);
}

static bool mode_parse(struct text text, int64_t *mode)
{
	*mode = 0;
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] < '0' || text.data[i] > '7' || *mode > 0777)
			return false;
		*mode = *mode * 8 + (text.data[i] - '0');
	}
	return text.length > 0;
}

static bool choice_parse(struct text text, const char *choices, int64_t *number)
{
	for (*number = 0; *choices; (*number)++) {
		size_t length = strcspn(choices, " ");
		if (text_equals_ignoring_case(text, text_of(choices, length, LIFETIME_PROGRAM)))
			return true;
		choices += length + (choices[length] == ' ');
	}
	return false;
}

static bool number_parse(const struct setting_row *row, struct text text, int64_t *number)
{
	switch (row->kind) {
	case KIND_SECONDS:
		return quantity_parse(text, "s", number);
	case KIND_MODE:
		return mode_parse(text, number);
	case KIND_LOG_TARGET:
	case KIND_LOG_LEVEL:
	case KIND_ON_ERROR:
		return choice_parse(text, kinds[row->kind].choices, number);
	default:
		return text_to_int(text, number);
	}
}

/* ---- values ---- */

static struct diagnostic *wrong_value(struct settings_reader *reader, const struct setting_row *row,
				      const struct config_value *value)
{
	return diagnostics_report(reader->diagnostics, "C0105", value->span,
				  "\"%.*s\" is not what %s can be", TEXT_PRINTF(value->text),
				  row->name);
}

static void help_number(struct settings_reader *reader, const struct setting_row *row,
			struct diagnostic *diagnostic)
{
	if (!diagnostic)
		return;
	if (kinds[row->kind].choices)
		diagnostic_help(reader->diagnostics, diagnostic, "write one of: %s",
				kinds[row->kind].choices);
	else if (row->kind == KIND_MODE)
		diagnostic_help(reader->diagnostics, diagnostic,
				"write octal digits from 0 to 0777");
	else
		diagnostic_help(reader->diagnostics, diagnostic, "write %s from %lld to %lld%s",
				kinds[row->kind].title, (long long)row->least, (long long)row->most,
				row->kind == KIND_SECONDS ? " seconds, as in 90, 90s or 2m" : "");
}

static void read_number(struct settings_reader *reader, const struct setting_row *row,
			const struct config_value *value, int64_t *field)
{
	int64_t number = 0;
	bool sound = number_parse(row, value->text, &number);
	bool bounded = !kinds[row->kind].choices;
	if (sound && bounded && (number < row->least || number > row->most))
		sound = false;
	if (sound)
		*field = number;
	else
		help_number(reader, row, wrong_value(reader, row, value));
}

static void read_text(struct settings_reader *reader, const struct setting_row *row,
		      const struct config_value *value, const char **field)
{
	if (value->text.length == 0) {
		diagnostics_report(reader->diagnostics, "C0105", value->span, "%s is empty",
				   row->name);
		return;
	}
	char *copy = arena_string(&reader->settings->arena, value->text);
	if (copy)
		*field = copy;
	else
		settings_out_of_memory(reader, value->span);
}

/* Names of files in a configuration start where it stands. */
static const char *path_join(struct arena *arena, const char *folder, const char *path)
{
	if (!folder || path[0] == '/')
		return path;
	size_t size = strlen(folder) + strlen(path) + 2;
	char *joined = arena_bytes(arena, size);
	if (joined)
		snprintf(joined, size, "%s/%s", folder, path);
	return joined;
}

static void read_file(struct settings_reader *reader, const struct setting_row *row,
		      const struct config_value *value, const char **field)
{
	const char *path = NULL;
	read_text(reader, row, value, &path);
	if (!path)
		return;
	path = path_join(&reader->settings->arena, reader->folder, path);
	if (path)
		*field = path;
	else
		settings_out_of_memory(reader, value->span);
}

static bool endpoint_read(struct settings_reader *reader, const struct config_value *value,
			  struct endpoint *endpoint)
{
	const char *why = value->kind == CONFIG_TEXT ? endpoint_parse(value->text, endpoint)
						     : "an address is a text";
	if (why)
		diagnostics_report(reader->diagnostics, "C0105", value->span, "%s", why);
	return !why;
}

static void read_address(struct settings_reader *reader, const struct setting_row *row,
			 const struct config_value *value, const char **field)
{
	struct endpoint endpoint;
	if (endpoint_read(reader, value, &endpoint))
		read_text(reader, row, value, field);
}

static bool endpoint_list_add(struct arena *arena, struct endpoint_list *list,
			      const struct endpoint *endpoint)
{
	struct endpoint *grown = arena_allocate(arena, (list->count + 1) * sizeof(*grown));
	if (!grown)
		return false;
	if (list->count)
		memcpy(grown, list->items, list->count * sizeof(*grown));
	grown[list->count] = *endpoint;
	list->items = grown;
	list->count++;
	return true;
}

static void read_addresses(struct settings_reader *reader, const struct config_value *value,
			   struct endpoint_list *list)
{
	const struct config_value *member = value->kind == CONFIG_SET ? value->members : value;
	*list = (struct endpoint_list){NULL, 0};
	for (; member; member = value->kind == CONFIG_SET ? member->next : NULL) {
		struct endpoint endpoint;
		if (!endpoint_read(reader, member, &endpoint))
			continue;
		for (size_t i = 0; i < list->count; i++)
			if (strcmp(list->items[i].name, endpoint.name) == 0)
				diagnostics_report(reader->diagnostics, "C0107", member->span,
						   "%s is given twice", endpoint.name);
		if (!endpoint_list_add(&reader->settings->arena, list, &endpoint))
			settings_out_of_memory(reader, member->span);
	}
}

/* Which shapes a kind takes; all others are told so. */
static bool shape_fits(struct settings_reader *reader, const struct setting_row *row,
		       const struct config_value *value)
{
	bool fits = value->kind == CONFIG_TEXT;
	if (row->kind == KIND_ADDRESSES)
		fits = value->kind != CONFIG_OBJECT;
	else if (row->kind == KIND_FILTERS)
		fits = value->kind != CONFIG_TEXT;
	else if (row->kind == KIND_OPTIONS || row->kind == KIND_LIMITS)
		fits = value->kind == CONFIG_OBJECT;
	if (!fits)
		diagnostics_report(reader->diagnostics, "C0104", value->span, "%s is %s", row->name,
				   kinds[row->kind].title);
	return fits;
}

static void read_value(struct settings_reader *reader, const struct setting_row *row,
		       const struct config_value *value, void *fields)
{
	void *field = (char *)fields + row->offset;
	if (!shape_fits(reader, row, value))
		return;
	switch (row->kind) {
	case KIND_TEXT:
		read_text(reader, row, value, field);
		return;
	case KIND_FILE:
		read_file(reader, row, value, field);
		return;
	case KIND_ADDRESS:
		read_address(reader, row, value, field);
		return;
	case KIND_ADDRESSES:
		read_addresses(reader, value, field);
		return;
	case KIND_OPTIONS:
		settings_read_options(reader, value, field);
		return;
	case KIND_LIMITS:
		settings_read_limits(reader, value, field);
		return;
	case KIND_FILTERS:
		settings_read_filters(reader, value, field);
		return;
	default:
		read_number(reader, row, value, field);
	}
}

/* ---- entries ---- */

static const struct setting_row *row_find(enum setting_scope scope, struct text name)
{
	for (size_t i = 0; i < setting_row_count; i++)
		if (setting_rows[i].scope == scope &&
		    text_equals_ignoring_case(
			    name, text_of_string(setting_rows[i].name, LIFETIME_PROGRAM)))
			return &setting_rows[i];
	return NULL;
}

static void unknown_setting(struct settings_reader *reader, enum setting_scope scope,
			    const struct config_entry *entry)
{
	const char *names[ROWS_MAX];
	size_t count = 0;
	for (size_t i = 0; i < setting_row_count; i++)
		if (setting_rows[i].scope == scope)
			names[count++] = setting_rows[i].name;
	struct diagnostic *diagnostic = diagnostics_report(
		reader->diagnostics, "C0103", entry->span, "there is no setting \"%.*s\"%s",
		TEXT_PRINTF(entry->name), scope == SCOPE_FILTER ? " of a filter" : "");
	const char *near = name_nearest(entry->name, names, count);
	if (diagnostic && near)
		diagnostic_help(reader->diagnostics, diagnostic, "did you mean %s?", near);
}

void settings_read_entries(struct settings_reader *reader, enum setting_scope scope, void *fields,
			   const struct config_value *object)
{
	const struct config_entry *seen[ROWS_MAX] = {NULL};
	for (const struct config_entry *entry = object->entries; entry; entry = entry->next) {
		const struct setting_row *row = row_find(scope, entry->name);
		if (!row) {
			unknown_setting(reader, scope, entry);
			continue;
		}
		const struct config_entry **first = &seen[row - setting_rows];
		if (*first) {
			struct diagnostic *diagnostic =
				diagnostics_report(reader->diagnostics, "C0107", entry->span,
						   "%s is set twice", row->name);
			if (diagnostic)
				diagnostic_relate(reader->diagnostics, diagnostic, (*first)->span,
						  "the first time is here");
			continue;
		}
		*first = entry;
		read_value(reader, row, entry->value, fields);
	}
}

/* ---- the whole ---- */

void settings_init(struct daemon_settings *settings)
{
	*settings = (struct daemon_settings){0};
	arena_init(&settings->arena, (size_t)64 << 20, LIFETIME_PROGRAM);
	for (size_t i = 0; i < setting_row_count; i++) {
		const struct setting_row *row = &setting_rows[i];
		if (row->scope != SCOPE_DAEMON || !*row->unset)
			continue;
		int64_t *field = (int64_t *)(void *)((char *)settings + row->offset);
		bool sound = number_parse(row, text_of_string(row->unset, LIFETIME_PROGRAM), field);
		assert(sound);
		(void)sound;
	}
}

void settings_free(struct daemon_settings *settings)
{
	arena_reset(&settings->arena);
}

void settings_read(struct daemon_settings *settings, struct diagnostics *diagnostics,
		   uint32_t source, const char *folder)
{
	struct settings_reader reader = {settings, diagnostics, folder};
	struct config_value *root = config_read(source, &settings->arena, diagnostics);
	if (root)
		settings_read_entries(&reader, SCOPE_DAEMON, settings, root);
}

bool settings_add_listen(struct daemon_settings *settings, const char *address, const char **why)
{
	struct endpoint endpoint;
	*why = endpoint_parse(text_of_string(address, LIFETIME_PROGRAM), &endpoint);
	return !*why && endpoint_list_add(&settings->arena, &settings->listen, &endpoint);
}
