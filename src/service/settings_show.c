#include "service/settings.h"

void settings_show_text(struct buffer *out, const char *text)
{
	bool plain = *text && strcspn(text, " \t\r\n\f\v\"#(){}=,;\\") == strlen(text) &&
		     strncmp(text, "/*", 2) != 0;
	if (plain) {
		buffer_append_string(out, text);
		return;
	}
	buffer_append_byte(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buffer_append_byte(out, '\\');
		buffer_append_byte(out, *text);
	}
	buffer_append_byte(out, '"');
}

static void show_row(const struct settings_writer *writer, const struct setting_row *row,
		     const void *field)
{
	if (row->kind->is_set && !row->kind->is_set(field)) {
		buffer_printf(writer->out, "%s# %s is not set\n", writer->indent, row->name);
		return;
	}
	buffer_printf(writer->out, "%s%s%s", writer->indent, row->name, writer->assign);
	row->kind->show(writer, row, field);
	buffer_append_byte(writer->out, '\n');
}

void settings_show_rows(const struct settings_writer *writer, int scope, const void *fields)
{
	for (size_t i = 0; i < writer->table->count; i++) {
		const struct setting_row *row = &writer->table->rows[i];
		if (row->scope == scope && !row->kind->derived)
			show_row(writer, row, (const char *)fields + row->offset);
	}
}
