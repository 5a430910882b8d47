/* The kinds of settings that any daemon has: how each is read and shown. */
#include "service/settings.h"

#include <stdio.h>

/* ---- numbers and choices ---- */

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

static bool number_parse(const struct setting_kind *kind, struct text text, int64_t *number)
{
	if (kind->choices)
		return choice_parse(text, kind->choices, number);
	if (kind->unit)
		return quantity_parse(text, kind->unit, number);
	return kind == &kind_mode ? mode_parse(text, number) : text_to_int(text, number);
}

static void help_number(struct settings_reader *reader, const struct setting_row *row,
			struct diagnostic *diagnostic)
{
	if (!diagnostic)
		return;
	if (row->kind->choices)
		diagnostic_help(reader->diagnostics, diagnostic, "write one of: %s",
				row->kind->choices);
	else if (row->kind == &kind_mode)
		diagnostic_help(reader->diagnostics, diagnostic,
				"write octal digits from 0 to 0777");
	else
		diagnostic_help(reader->diagnostics, diagnostic, "write %s from %lld to %lld%s",
				row->kind->title, (long long)row->least, (long long)row->most,
				row->kind->hint ? row->kind->hint : "");
}

void settings_read_number(struct settings_reader *reader, const struct setting_row *row,
			  const struct config_value *value, void *field)
{
	int64_t number = 0;
	bool sound = number_parse(row->kind, value->text, &number);
	bool bounded = !row->kind->choices;
	if (sound && bounded && (number < row->least || number > row->most))
		sound = false;
	if (sound)
		*(int64_t *)field = number;
	else
		help_number(reader, row, settings_wrong_value(reader, row, value));
}

static void show_word(struct buffer *out, const char *words, int64_t number)
{
	while (number-- > 0)
		words += strcspn(words, " ") + 1;
	buffer_append(out, words, strcspn(words, " "));
}

void settings_show_number(const struct settings_writer *writer, const struct setting_row *row,
			  const void *field)
{
	int64_t number = *(const int64_t *)field;
	if (row->kind->choices)
		show_word(writer->out, row->kind->choices, number);
	else
		buffer_printf(writer->out, row->kind == &kind_mode ? "%04llo" : "%lld",
			      (long long)number);
}

/* ---- texts ---- */

static void read_text(struct settings_reader *reader, const struct setting_row *row,
		      const struct config_value *value, void *field)
{
	if (value->text.length == 0) {
		diagnostics_report(reader->diagnostics, "C0105", value->span, "%s is empty",
				   row->name);
		return;
	}
	char *copy = arena_string(reader->arena, value->text);
	if (copy)
		*(const char **)field = copy;
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
		      const struct config_value *value, void *field)
{
	const char *path = NULL;
	read_text(reader, row, value, &path);
	if (!path)
		return;
	path = path_join(reader->arena, reader->folder, path);
	if (path)
		*(const char **)field = path;
	else
		settings_out_of_memory(reader, value->span);
}

static void show_string(const struct settings_writer *writer, const struct setting_row *row,
			const void *field)
{
	(void)row;
	settings_show_text(writer->out, *(const char *const *)field);
}

static bool string_is_set(const void *field)
{
	return *(const char *const *)field != NULL;
}

/* ---- addresses ---- */

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
			 const struct config_value *value, void *field)
{
	struct endpoint endpoint;
	if (endpoint_read(reader, value, &endpoint))
		read_text(reader, row, value, field);
}

bool endpoint_list_add(struct arena *arena, struct endpoint_list *list,
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

bool endpoint_lists_equal(const struct endpoint_list *a, const struct endpoint_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i].name, b->items[i].name) != 0)
			return false;
	return true;
}

void settings_add_addresses(struct settings_reader *reader, const struct config_value *value,
			    struct endpoint_list *list)
{
	const struct config_value *member = value->kind == CONFIG_SET ? value->members : value;
	for (; member; member = value->kind == CONFIG_SET ? member->next : NULL) {
		struct endpoint endpoint;
		if (!endpoint_read(reader, member, &endpoint))
			continue;
		for (size_t i = 0; i < list->count; i++)
			if (strcmp(list->items[i].name, endpoint.name) == 0)
				diagnostics_report(reader->diagnostics, "C0107", member->span,
						   "%s is given twice", endpoint.name);
		if (!endpoint_list_add(reader->arena, list, &endpoint))
			settings_out_of_memory(reader, member->span);
	}
}

static void read_addresses(struct settings_reader *reader, const struct setting_row *row,
			   const struct config_value *value, void *field)
{
	(void)row;
	*(struct endpoint_list *)field = (struct endpoint_list){ NULL, 0 };
	settings_add_addresses(reader, value, field);
}

void settings_show_addresses(const struct settings_writer *writer, const struct setting_row *row,
			     const void *field)
{
	const struct endpoint_list *list = field;
	(void)row;
	buffer_append_string(writer->out, writer->set_open);
	for (size_t i = 0; i < list->count; i++) {
		if (i)
			buffer_append_byte(writer->out, ' ');
		settings_show_text(writer->out, list->items[i].name);
	}
	buffer_append_string(writer->out, writer->set_close);
}

bool settings_addresses_are_set(const void *field)
{
	return ((const struct endpoint_list *)field)->count != 0;
}

bool settings_number_is_set(const void *field)
{
	return *(const int64_t *)field != 0;
}

/* ---- the kinds ---- */

#define STRING .shapes = SHAPE_TEXT, .show = show_string, .is_set = string_is_set
#define NUMBER .shapes = SHAPE_TEXT, .read = settings_read_number, .show = settings_show_number

const struct setting_kind kind_text = { .title = "a text", .read = read_text, STRING };
const struct setting_kind kind_file = { .title = "the name of a file", .read = read_file, STRING };
/* An address is made an option of the script when all is read. */
const struct setting_kind kind_address = {
	.title = "an address", .read = read_address, .derived = true, STRING
};
const struct setting_kind kind_addresses = { .title = "an address or a set of addresses",
					     .shapes = SHAPE_TEXT | SHAPE_SET,
					     .read = read_addresses,
					     .show = settings_show_addresses,
					     .is_set = settings_addresses_are_set };
const struct setting_kind kind_integer = { .title = "a number", NUMBER };
const struct setting_kind kind_count = { .title = "a number", NUMBER };
/* 0 when not given. */
const struct setting_kind kind_optional_count = { .title = "a number",
						  NUMBER,
						  .is_set = settings_number_is_set };
const struct setting_kind kind_seconds = {
	.title = "a time", .unit = "s", .hint = " seconds, as in 90, 90s or 2m", NUMBER
};
const struct setting_kind kind_bytes = {
	.title = "a size", .unit = "bytes", .hint = " bytes, as in 65536, 64KB or 10MB", NUMBER
};
const struct setting_kind kind_mode = { .title = "permissions in octal digits", NUMBER };
const struct setting_kind kind_log_target = { .title = "a choice",
					      .choices = "auto syslog stderr",
					      NUMBER };
const struct setting_kind kind_log_level = { .title = "a choice",
					     .choices = "error warning info debug",
					     NUMBER };
const struct setting_kind kind_on_error = { .title = "a choice",
					    .choices = "tempfail accept reject",
					    NUMBER };
static const char mta_choices[] = "any"
#define PROFILE(id, name, help) " " name
#include "grammar/profiles.def"
#undef PROFILE
	;
const struct setting_kind kind_mta = { .title = "a choice", .choices = mta_choices, NUMBER };
