/* The manual and the example hold what the tables say. */
#include "bridge/settings.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* With its lines joined, as the tables have their texts. */
static char *page_text(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = fopen(path, "r");
	cr_assert_not_null(file, "run from the top folder");
	cr_assert_gt(getdelim(&text, &size, '\0', file), 0);
	fclose(file);
	for (char *at = text; *at; at++)
		if (*at == '\n')
			*at = ' ';
	return text;
}

Test(manual, every_setting)
{
	char *manual = page_text("docs/man/aximilter.conf.5");
	for (size_t i = 0; i < bridge_table.count; i++) {
		char entry[128];
		const struct setting_row *row = &bridge_table.rows[i];
		snprintf(entry, sizeof(entry), ".It Cm %s Ar ", row->name);
		cr_assert_not_null(strstr(manual, entry), "%s", entry);
		cr_assert_not_null(strstr(manual, row->help), "%s: %s", row->name, row->help);
		snprintf(entry, sizeof(entry), "Default: %s.", row->unset);
		cr_assert(!*row->unset || strstr(manual, entry), "%s: %s", row->name, entry);
	}
	free(manual);
}

Test(manual, every_line_of_the_protocol)
{
	static const struct {
		const char *name, *help;
	} verbs[] = {
#define VERB(name, what, value, help) { #name, help },
#include "grammar/verbs.def"
#undef VERB
	};
	char *manual = page_text("docs/man/aximilter.8");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		char entry[64];
		snprintf(entry, sizeof(entry), ".It Li %s:", verbs[i].name);
		cr_assert_not_null(strstr(manual, entry), "%s", entry);
		cr_assert_not_null(strstr(manual, verbs[i].help), "%s", verbs[i].help);
	}
	free(manual);
}

Test(manual, the_example_is_right)
{
	struct bridge_settings settings;
	struct diagnostics *diagnostics = malloc(sizeof(*diagnostics));
	struct buffer told;
	char *text = NULL;
	size_t size = 0;
	FILE *file = fopen("docs/aximilter.conf.example", "r");
	cr_assert_not_null(file, "run from the top folder");
	cr_assert_gt(getdelim(&text, &size, '\0', file), 0);
	fclose(file);
	diagnostics_init(diagnostics);
	settings_init(&settings);
	settings_read(&settings, diagnostics,
		      diagnostics_add_source(diagnostics, "c", text_of_string(text, 0)), NULL);
	settings_finish(&settings, diagnostics);
	buffer_init(&told, 1 << 20);
	diagnostics_print(diagnostics, false, &told);
	buffer_append_byte(&told, '\0');
	cr_assert_eq(diagnostics->errors, 0, "%s", told.data);
	cr_assert_eq(settings.milters.count, 1);
	buffer_free(&told);
	settings_free(&settings);
	diagnostics_free(diagnostics);
	free(diagnostics);
	free(text);
}
