#include "cli/commands.h"

#include <afsl.h>

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

static bool json;

static const struct option_row rows[] = {
	{ "json", 0, OPTION_FLAG, NULL, "as one JSON object", &json },
	{ 0 },
};

static int run(int argc, char **argv)
{
	struct string_list operands = { 0 };
	int status = options_read(&command_describe, rows, argc, argv, &operands);
	char *text;

	if (status < 0 && operands.count)
		status = usage_error(&command_describe, "\"%s\" is one word too many",
				     operands.items[0]);
	if (status < 0) {
		text = afsl_describe(json);
		status = text ? EX_OK : EX_OSERR;
		if (text)
			fputs(text, stdout);
		free(text);
	}
	string_list_free(&operands);
	return status;
}

const struct command command_describe = {
	"describe",
	"[--json]",
	"Prints every event, variable, function, limit and diagnostic of the language.",
	NULL,
	run,
};
