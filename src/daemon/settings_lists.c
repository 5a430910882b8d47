/* Settings that are lists of texts: folders, domains, accounts; and applyOn. */
#include "daemon/settings.h"

static bool text_list_add(struct arena *arena, struct text_list *list, const char *item)
{
	const char **grown = arena_allocate(arena, (list->count + 1) * sizeof(*grown));
	if (!grown)
		return false;
	if (list->count)
		memcpy(grown, list->items, list->count * sizeof(*grown));
	grown[list->count] = item;
	list->items = grown;
	list->count++;
	return true;
}

/* A text alone is a list of one; each item is read as `kind` does. */
static void read_list(struct settings_reader *reader, const struct setting_row *row,
		      const struct config_value *value, const struct setting_kind *kind,
		      struct text_list *list)
{
	const struct config_value *member = value->kind == CONFIG_SET ? value->members : value;
	*list = (struct text_list){ NULL, 0 };
	for (; member; member = value->kind == CONFIG_SET ? member->next : NULL) {
		const char *item = NULL;
		if (member->kind == CONFIG_TEXT)
			kind->read(reader, row, member, &item);
		else
			diagnostics_report(reader->diagnostics, "C0104", member->span,
					   "%s holds texts", row->name);
		if (item && !text_list_add(reader->arena, list, item))
			settings_out_of_memory(reader, member->span);
	}
}

static void show_list(const struct settings_writer *writer, const struct setting_row *row,
		      const void *field)
{
	const struct text_list *list = field;
	(void)row;
	buffer_append_string(writer->out, "(");
	for (size_t i = 0; i < list->count; i++) {
		buffer_append_byte(writer->out, ' ');
		settings_show_text(writer->out, list->items[i]);
	}
	buffer_append_string(writer->out, " )");
}

static bool list_is_set(const void *field)
{
	return ((const struct text_list *)field)->count > 0;
}

/* ---- folders ---- */

static void read_folders(struct settings_reader *reader, const struct setting_row *row,
			 const struct config_value *value, void *field)
{
	read_list(reader, row, value, &kind_file, field);
}

/* ---- domains and accounts ---- */

static bool is_name(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] <= ' ' || text.data[i] == '\x7f')
			return false;
	return text.length > 0;
}

/* "example.org", or ".example.org" for all domains below it. */
static void read_domain(struct settings_reader *reader, const struct setting_row *row,
			const struct config_value *value, void *field)
{
	if (is_name(value->text) && !text_equals(value->text, TEXT(".")) &&
	    text_find(value->text, TEXT("@"), 0) < 0) {
		kind_text.read(reader, row, value, field);
		return;
	}
	struct diagnostic *diagnostic =
		diagnostics_report(reader->diagnostics, "C0105", value->span,
				   "\"%.*s\" is not a domain", TEXT_PRINTF(value->text));
	if (diagnostic)
		diagnostic_help(reader->diagnostics, diagnostic,
				"write example.org, or .example.org for all domains below it");
}

static void read_account(struct settings_reader *reader, const struct setting_row *row,
			 const struct config_value *value, void *field)
{
	int64_t at = text_find(value->text, TEXT("@"), 0);
	if (is_name(value->text) && at > 0 && (size_t)at + 1 < value->text.length) {
		kind_text.read(reader, row, value, field);
		return;
	}
	struct diagnostic *diagnostic =
		diagnostics_report(reader->diagnostics, "C0105", value->span,
				   "\"%.*s\" is not an account", TEXT_PRINTF(value->text));
	if (diagnostic)
		diagnostic_help(reader->diagnostics, diagnostic,
				"write its address: joe@example.org");
}

static const struct setting_kind kind_domain = { .read = read_domain },
				 kind_account = { .read = read_account };

static void read_domains(struct settings_reader *reader, const struct setting_row *row,
			 const struct config_value *value, void *field)
{
	read_list(reader, row, value, &kind_domain, field);
}

static void read_accounts(struct settings_reader *reader, const struct setting_row *row,
			  const struct config_value *value, void *field)
{
	read_list(reader, row, value, &kind_account, field);
}

/* ---- applyOn ---- */

static const char *const apply_words[] = { "local", "relay" }; /* 1 << index is the bit of afsl.h */
enum { APPLY_WORDS = sizeof(apply_words) / sizeof(apply_words[0]) };

static void read_apply_word(struct settings_reader *reader, const struct setting_row *row,
			    const struct config_value *value, int64_t *bits)
{
	for (unsigned i = 0; value->kind == CONFIG_TEXT && i < APPLY_WORDS; i++) {
		if (text_equals_ignoring_case(value->text,
					      text_of_string(apply_words[i], LIFETIME_PROGRAM))) {
			*bits |= INT64_C(1) << i;
			return;
		}
	}
	struct diagnostic *diagnostic = settings_wrong_value(reader, row, value);
	if (diagnostic)
		diagnostic_help(reader->diagnostics, diagnostic,
				"write local, relay, or ( local relay )");
}

static void read_apply_on(struct settings_reader *reader, const struct setting_row *row,
			  const struct config_value *value, void *field)
{
	const struct config_value *member = value->kind == CONFIG_SET ? value->members : value;
	int64_t *bits = field;
	*bits = 0;
	for (; member; member = value->kind == CONFIG_SET ? member->next : NULL)
		read_apply_word(reader, row, member, bits);
}

static void show_apply_on(const struct settings_writer *writer, const struct setting_row *row,
			  const void *field)
{
	int64_t bits = *(const int64_t *)field;
	(void)row;
	buffer_append_string(writer->out, "(");
	for (unsigned i = 0; i < APPLY_WORDS; i++)
		if (bits >> i & 1)
			buffer_printf(writer->out, " %s", apply_words[i]);
	buffer_append_string(writer->out, " )");
}

#define LIST .shapes = SHAPE_TEXT | SHAPE_SET, .show = show_list, .is_set = list_is_set
const struct setting_kind kind_folders = { .title = "the name of a folder or a set of them",
					   .read = read_folders,
					   LIST };
const struct setting_kind kind_domains = { .title = "a domain or a set of them",
					   .read = read_domains,
					   LIST };
const struct setting_kind kind_accounts = { .title = "an address or a set of them",
					    .read = read_accounts,
					    LIST };
const struct setting_kind kind_apply_on = { .title = "a word or a set of them",
					    .shapes = SHAPE_TEXT | SHAPE_SET,
					    .read = read_apply_on,
					    .show = show_apply_on,
					    .is_set = settings_number_is_set };

/* ---- numbers that may be left out ---- */

#define NUMBER                                                                                     \
	.shapes = SHAPE_TEXT, .read = settings_read_number, .show = settings_show_number,          \
	.is_set = settings_number_is_set
const struct setting_kind kind_message_size = {
	.title = "a size", .unit = "bytes", .hint = " bytes, as in 65536, 64KB or 10MB", NUMBER
};
const struct setting_kind kind_idle = {
	.title = "a time", .unit = "s", .hint = " seconds, as in 90, 90s or 2m", NUMBER
};
