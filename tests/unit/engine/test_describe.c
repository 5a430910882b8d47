#include "play.h"

#include "bytecode/vocabulary.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* Brackets and quotes match, whatever the help texts hold. */
static bool is_balanced(const char *json)
{
	char open[64];
	unsigned depth = 0;
	bool quoted = false;

	for (; *json; json++) {
		if (quoted && *json == '\\')
			json++;
		else if (*json == '"')
			quoted = !quoted;
		else if (!quoted && (*json == '{' || *json == '['))
			open[depth++] = *json;
		else if (!quoted && (*json == '}' || *json == ']'))
			if (depth == 0 || open[--depth] != (*json == '}' ? '{' : '['))
				return false;
		if (depth == sizeof(open))
			return false;
	}
	return depth == 0 && !quoted;
}

static unsigned count(const char *text, const char *what)
{
	unsigned found = 0;

	for (; (text = strstr(text, what)); text++)
		found++;
	return found;
}

Test(describe, json_has_every_row)
{
	char *json = afsl_describe(true);

	cr_assert_not_null(json);
	cr_assert(is_balanced(json));
	for (unsigned i = 0; i < EVENT_COUNT; i++)
		cr_expect_not_null(strstr(json, event_rows[i].name));
	cr_assert_eq(count(json, "\"settable\""), VARIABLE_COUNT);
	cr_assert_eq(count(json, "\"signature\""), BUILTIN_COUNT);
	cr_assert_eq(count(json, "\"value\":"), LIMIT_COUNT);
	cr_assert_not_null(strstr(json, "\"milter.Reply\""));
	cr_assert_not_null(strstr(json, "\"code\":\"E0530\""));
	cr_assert_null(strstr(json, ",]"));
	cr_assert_null(strstr(json, ",}"));
	cr_assert_null(strstr(json, "[,"));
	free(json);
}

Test(describe, text_has_every_name)
{
	char *text = afsl_describe(false);

	for (unsigned i = 0; i < VARIABLE_COUNT; i++)
		cr_expect_not_null(strstr(text, variable_rows[i].name));
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		cr_expect_not_null(strstr(text, limit_rows[i].help));
	cr_assert_not_null(strstr(text, "onRelay (not raised by milter hosts)"));
	cr_assert_not_null(strstr(text, "eventTime = 25000 ms"));
	cr_assert_not_null(strstr(text, "E0530: "));
	free(text);
}
