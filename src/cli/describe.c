/* afsl describe: the language's tables, whole or in part. */
#include "cli/commands.h"

#include <afsl.h>

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

static bool formats[AFSL_AS_HTML + 1];

static const struct option_row rows[] = {
	{ "json", 0, OPTION_FLAG, NULL, "as one JSON object", &formats[AFSL_AS_JSON] },
	{ "man", 0, OPTION_FLAG, NULL, "as a man page", &formats[AFSL_AS_MAN] },
	{ "markdown", 0, OPTION_FLAG, NULL, "as Markdown", &formats[AFSL_AS_MARKDOWN] },
	{ "html", 0, OPTION_FLAG, NULL, "as HTML", &formats[AFSL_AS_HTML] },
	{ 0 },
};

static int unknown(const char *about)
{
	return usage_error(&command_describe, "the language has no \"%s\"%s", about,
			   suggestion(afsl_describe_nearest(about)));
}

static int describe(const char *about)
{
	int format = AFSL_AS_TEXT;
	char *text;

	for (int i = 0; i <= AFSL_AS_HTML; i++) {
		if (!formats[i])
			continue;
		if (format != AFSL_AS_TEXT)
			return usage_error(&command_describe, "only one form can be printed");
		format = i;
	}
	if (!about && format > AFSL_AS_JSON)
		return usage_error(&command_describe, "a page is about one topic: name it");
	text = afsl_describe(about, (enum afsl_describe_format)format);
	if (!text)
		return about ? unknown(about) : EX_OSERR;
	fputs(text, stdout);
	free(text);
	return EX_OK;
}

static int run(int argc, char **argv)
{
	struct string_list operands = { 0 };
	int status = options_read(&command_describe, rows, argc, argv, &operands);

	if (status < 0 && operands.count > 1)
		status = usage_error(&command_describe, "\"%s\" is one word too many",
				     operands.items[1]);
	if (status < 0)
		status = describe(operands.count ? operands.items[0] : NULL);
	string_list_free(&operands);
	return status;
}

const struct command command_describe = {
	"describe",
	"[--json | --man | --markdown | --html] [TOPIC | NAME]",
	"Tells what the language knows: events, variables, functions, limits, diagnostics.",
	"TOPIC is events, variables, functions, limits, records, profiles or diagnostics; NAME one of them, "
	"or a\n"
	"module: onEhlo, mailFrom, text.lower, text, E0301. Without any, all is printed.",
	run,
};
