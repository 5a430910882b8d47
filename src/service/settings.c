#include "service/settings.h"

#include <assert.h>

void settings_out_of_memory(struct settings_reader *reader, struct span span)
{
	diagnostics_report(reader->diagnostics, "C0102", span,
			   "memory has ended while the file was read");
}

struct diagnostic *settings_wrong_value(struct settings_reader *reader,
					const struct setting_row *row,
					const struct config_value *value)
{
	return diagnostics_report(reader->diagnostics, "C0105", value->span,
				  "\"%.*s\" is not what %s can be", TEXT_PRINTF(value->text),
				  row->name);
}

bool setting_list_add(struct arena *arena, struct setting_list *list, const char *name,
		      const char *value)
{
	/* Room doubles at each power of two, so that long lists stay linear. */
	if ((list->count & (list->count - 1)) == 0) {
		size_t room = list->count ? list->count * 2 : 1;
		struct afsl_setting *grown = arena_allocate(arena, room * sizeof(*grown));
		if (!grown)
			return false;
		if (list->count)
			memcpy(grown, list->items, list->count * sizeof(*grown));
		list->items = grown;
	}
	list->items[list->count++] = (struct afsl_setting){ name, value };
	return true;
}

/* ---- entries ---- */

static const struct setting_row *row_find(const struct setting_table *table, int scope,
					  struct text name)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct setting_row *row = &table->rows[i];
		struct text known = text_of_string(row->name, LIFETIME_PROGRAM);
		if (row->scope == scope && text_equals_ignoring_case(name, known))
			return row;
	}
	return NULL;
}

static void unknown_setting(struct settings_reader *reader, int scope, const char *of,
			    const struct config_entry *entry)
{
	const char *names[SETTING_ROWS_MAX];
	size_t count = 0;
	for (size_t i = 0; i < reader->table->count; i++)
		if (reader->table->rows[i].scope == scope)
			names[count++] = reader->table->rows[i].name;
	struct diagnostic *diagnostic =
		diagnostics_report(reader->diagnostics, "C0103", entry->span,
				   "there is no setting \"%.*s\"%s", TEXT_PRINTF(entry->name), of);
	const char *near = name_nearest(entry->name, names, count);
	if (diagnostic && near)
		diagnostic_help(reader->diagnostics, diagnostic, "did you mean %s?", near);
}

static void set_twice(struct settings_reader *reader, const struct setting_row *row,
		      const struct config_entry *first, const struct config_entry *entry)
{
	struct diagnostic *diagnostic = diagnostics_report(
		reader->diagnostics, "C0107", entry->span, "%s is set twice", row->name);
	if (diagnostic)
		diagnostic_relate(reader->diagnostics, diagnostic, first->span,
				  "the first time is here");
}

/* Which shapes a kind takes; all others are told so. */
static bool shape_fits(struct settings_reader *reader, const struct setting_row *row,
		       const struct config_value *value)
{
	if (row->kind->shapes >> value->kind & 1)
		return true;
	diagnostics_report(reader->diagnostics, "C0104", value->span, "%s is %s", row->name,
			   row->kind->title);
	return false;
}

void settings_read_entries(struct settings_reader *reader, int scope, const char *of, void *fields,
			   const struct config_value *object)
{
	const struct config_entry *seen[SETTING_ROWS_MAX] = { NULL };
	assert(reader->table->count <= SETTING_ROWS_MAX);
	for (const struct config_entry *entry = object->entries; entry; entry = entry->next) {
		const struct setting_row *row = row_find(reader->table, scope, entry->name);
		if (!row) {
			unknown_setting(reader, scope, of, entry);
			continue;
		}
		const struct config_entry **first = &seen[row - reader->table->rows];
		if (*first && !row->kind->repeats) {
			set_twice(reader, row, *first, entry);
			continue;
		}
		*first = entry;
		if (shape_fits(reader, row, entry->value))
			row->kind->read(reader, row, entry->value, (char *)fields + row->offset);
	}
}

/* ---- defaults ---- */

/* They stand in the table as a file would have them, so they are read like a file. */
void settings_default(const struct setting_table *table, int scope, void *fields)
{
	struct settings_reader reader = { .table = table };
	for (size_t i = 0; i < table->count; i++) {
		const struct setting_row *row = &table->rows[i];
		struct config_value value = {
			.kind = CONFIG_TEXT, .text = text_of_string(row->unset, LIFETIME_PROGRAM)
		};
		void *field = (char *)fields + row->offset;
		if (row->scope != scope || !*row->unset)
			continue;
		if (row->kind->is_set)
			*(const char **)field = row->unset;
		else
			row->kind->read(&reader, row, &value, field);
	}
}
