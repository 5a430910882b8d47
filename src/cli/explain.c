/* afsl explain: what a diagnostic means, with an example. */
#include "cli/commands.h"

#include "base/text.h"

#include <afsl.h>

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

static const struct option_row rows[] = { { 0 } };

enum { CODE_MAX = 16 };

/* "e0301" is E0301. */
static int explain(const char *word)
{
	char code[CODE_MAX] = "";
	char *text;

	for (size_t i = 0; word[i] && i + 1 < sizeof(code); i++)
		code[i] = word[i] >= 'a' && word[i] <= 'z' ? (char)(word[i] - 'a' + 'A') : word[i];
	text = afsl_explain(code);
	if (!text)
		return usage_error(&command_explain,
				   "there is no diagnostic \"%s\"; afsl explain lists them", word);
	fputs(text, stdout);
	free(text);
	return EX_OK;
}

static int list(void)
{
	char *text = afsl_explain(NULL);

	fputs(text ? text : "", stdout);
	free(text);
	return text ? EX_OK : EX_OSERR;
}

static int run(int argc, char **argv)
{
	struct string_list codes = { 0 };
	int status = options_read(&command_explain, rows, argc, argv, &codes);

	if (status < 0 && codes.count == 0)
		status = list();
	for (size_t i = 0; status < 0 && i < codes.count; i++) {
		int fault;

		if (i)
			putchar('\n');
		fault = explain(codes.items[i]);
		status = fault == EX_OK ? -1 : fault;
	}
	string_list_free(&codes);
	return status < 0 ? EX_OK : status;
}

const struct command command_explain = {
	"explain",
	"[CODE...]",
	"Tells what a diagnostic means, with an example of wrong and right.",
	"CODE is what stands in brackets: E0301. Without any, all are listed.",
	run,
};
