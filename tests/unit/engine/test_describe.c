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
	char *json = afsl_describe(NULL, AFSL_AS_JSON);

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
	char *text = afsl_describe(NULL, AFSL_AS_TEXT);

	for (unsigned i = 0; i < VARIABLE_COUNT; i++)
		cr_expect_not_null(strstr(text, variable_rows[i].name));
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		cr_expect_not_null(strstr(text, limit_rows[i].help));
	cr_assert_not_null(strstr(text, "onRelay (not raised by milter hosts)"));
	cr_assert_not_null(strstr(text, "eventTime = 25000 ms"));
	cr_assert_not_null(strstr(text, "E0530: "));
	free(text);
}

static bool describes(const char *about, const char *wanted)
{
	char *text = afsl_describe(about, AFSL_AS_TEXT);
	bool found = text && strstr(text, wanted);

	free(text);
	return found;
}

Test(describe, a_part_by_its_name)
{
	cr_expect(describes("limits", "callDepth"));
	cr_expect_not(describes("limits", "onEhlo"));
	cr_expect(describes("text", "text.lower("));
	cr_expect_not(describes("text", "list.push"));
	cr_expect(describes("list.length", "list.length("));
	cr_expect_not(describes("list.length", "map.length("));
	cr_expect(describes("REMOTESMTPIP", "remoteSmtpIp: ip"));
	cr_expect_not(describes("nothing", ""));
	cr_expect_not(describes("", ""));
	cr_expect_not(describes(".lower", ""));
}

Test(describe, events_in_a_row_are_joined)
{
	cr_expect(describes("mailFrom", "read in: onMailFrom to onDeliverySuccess\n"));
	cr_expect(describes(
		"ndrSender",
		"set (without effect here) in: onDeliveryFailure onTemporaryDeliveryFailure\n"));
	cr_expect_not(describes("ndrSender", "read in"));
}

Test(describe, words_are_all_rows)
{
	struct afsl_word word;
	size_t count = 0;

	while (afsl_word(count, &word))
		count++;
	cr_assert_gt(count, EVENT_COUNT + VARIABLE_COUNT + BUILTIN_COUNT + LIMIT_COUNT);
	cr_assert(afsl_word(EVENT_COUNT, &word));
	cr_assert_str_eq(word.topic, "variables");
	cr_assert_str_eq(word.name, variable_rows[0].name);
	cr_assert_str_eq(afsl_describe_nearest("onHelo"), "onEhlo");
	cr_assert_null(afsl_describe_nearest("entirely else"));
}

Test(describe, man_pages_escape_what_roff_reads)
{
	char *page = afsl_describe("E0309", AFSL_AS_MAN);

	cr_assert_null(strstr(page, "\n'"));
	cr_assert_null(strstr(page, "\n.c"));
	free(page);
	page = afsl_describe("replace", AFSL_AS_MAN);
	cr_assert_not_null(strstr(page, "\\(dqa\\-\\-b"));
	free(page);
}
