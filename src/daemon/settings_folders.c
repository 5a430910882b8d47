/* The setting `files`: folders in which a script may read. */
#include "daemon/settings.h"

static bool folder_list_add(struct arena *arena, struct folder_list *list, const char *folder)
{
	const char **grown = arena_allocate(arena, (list->count + 1) * sizeof(*grown));
	if (!grown)
		return false;
	if (list->count)
		memcpy(grown, list->items, list->count * sizeof(*grown));
	grown[list->count] = folder;
	list->items = grown;
	list->count++;
	return true;
}

static void read_folder(struct settings_reader *reader, const struct setting_row *row,
			const struct config_value *value, struct folder_list *list)
{
	const char *folder = NULL;
	if (value->kind == CONFIG_TEXT)
		kind_file.read(reader, row, value, &folder);
	else
		diagnostics_report(reader->diagnostics, "C0104", value->span,
				   "the name of a folder is a text");
	if (folder && !folder_list_add(reader->arena, list, folder))
		settings_out_of_memory(reader, value->span);
}

static void read_folders(struct settings_reader *reader, const struct setting_row *row,
			 const struct config_value *value, void *field)
{
	struct folder_list *list = field;
	*list = (struct folder_list){NULL, 0};
	if (value->kind == CONFIG_TEXT) {
		read_folder(reader, row, value, list);
		return;
	}
	for (const struct config_value *member = value->members; member; member = member->next)
		read_folder(reader, row, member, list);
}

static void show_folders(const struct settings_writer *writer, const struct setting_row *row,
			 const void *field)
{
	const struct folder_list *list = field;
	(void)row;
	buffer_append_string(writer->out, "(");
	for (size_t i = 0; i < list->count; i++) {
		buffer_append_byte(writer->out, ' ');
		settings_show_text(writer->out, list->items[i]);
	}
	buffer_append_string(writer->out, " )");
}

static bool folders_are_set(const void *field)
{
	return ((const struct folder_list *)field)->count > 0;
}

const struct setting_kind kind_folders = {.title = "the name of a folder or a set of them",
					  .shapes = SHAPE_TEXT | SHAPE_SET,
					  .read = read_folders,
					  .show = show_folders,
					  .is_set = folders_are_set};
