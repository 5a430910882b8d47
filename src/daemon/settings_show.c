#include "daemon/settings.h"

/* A text as the file needs it. */
static void show_text(struct buffer *out, const char *text)
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

static void show_word(struct buffer *out, const char *words, int64_t number)
{
	while (number-- > 0)
		words += strcspn(words, " ") + 1;
	buffer_append(out, words, strcspn(words, " "));
}

static void show_number(struct buffer *out, const struct setting_row *row, int64_t number)
{
	const char *choices = setting_choices(row->kind);
	if (choices)
		show_word(out, choices, number);
	else
		buffer_printf(out, row->kind == KIND_MODE ? "%04llo" : "%lld", (long long)number);
}

static void show_list(struct buffer *out, const struct setting_list *list)
{
	buffer_append_byte(out, '{');
	for (size_t i = 0; i < list->count; i++) {
		buffer_printf(out, " %s = ", list->items[i].name);
		show_text(out, list->items[i].value);
	}
	buffer_append_string(out, " }");
}

static void show_addresses(struct buffer *out, const struct endpoint_list *list)
{
	buffer_append_byte(out, '(');
	for (size_t i = 0; i < list->count; i++) {
		buffer_append_byte(out, ' ');
		show_text(out, list->items[i].name);
	}
	buffer_append_string(out, " )");
}

static void show_rows(struct buffer *out, enum setting_scope scope, const void *fields,
		      const char *indent);

static void show_filters(struct buffer *out, const struct filter_list *filters)
{
	buffer_append_string(out, "(");
	for (size_t i = 0; i < filters->count; i++) {
		buffer_append_string(out, "\n\t{\n");
		show_rows(out, SCOPE_FILTER, &filters->items[i], "\t\t");
		buffer_append_string(out, "\t}");
	}
	buffer_append_string(out, "\n)");
}

static void show_value(struct buffer *out, const struct setting_row *row, const void *field)
{
	switch (row->kind) {
	case KIND_TEXT:
	case KIND_FILE:
	case KIND_ADDRESS:
		show_text(out, *(const char *const *)field);
		return;
	case KIND_ADDRESSES:
		show_addresses(out, field);
		return;
	case KIND_OPTIONS:
	case KIND_LIMITS:
		show_list(out, field);
		return;
	case KIND_FILTERS:
		show_filters(out, field);
		return;
	default:
		show_number(out, row, *(const int64_t *)field);
	}
}

static bool is_set(const struct setting_row *row, const void *field)
{
	if (row->kind == KIND_TEXT || row->kind == KIND_FILE || row->kind == KIND_ADDRESS)
		return *(const char *const *)field != NULL;
	return true;
}

/* An address was made an option when the settings were finished; twice would be wrong. */
static bool is_shown_elsewhere(const struct setting_row *row)
{
	return row->kind == KIND_ADDRESS;
}

static void show_rows(struct buffer *out, enum setting_scope scope, const void *fields,
		      const char *indent)
{
	for (size_t i = 0; i < setting_row_count; i++) {
		const struct setting_row *row = &setting_rows[i];
		const void *field = (const char *)fields + row->offset;
		if (row->scope != scope || is_shown_elsewhere(row))
			continue;
		if (!is_set(row, field)) {
			buffer_printf(out, "%s# %s is not set\n", indent, row->name);
			continue;
		}
		buffer_printf(out, "%s%s = ", indent, row->name);
		show_value(out, row, field);
		buffer_append_byte(out, '\n');
	}
}

void settings_show(const struct daemon_settings *settings, struct buffer *out)
{
	show_rows(out, SCOPE_DAEMON, settings, "");
}
