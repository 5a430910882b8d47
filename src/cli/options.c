#include "cli/options.h"

#include "base/diagnostics.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { NAMES_MAX = 64 };

int usage_error(const struct command *command, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "afsl %s: ", command->name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\nTry: afsl %s --help\n", command->name);
	return EX_USAGE;
}

const char *suggestion(const char *near)
{
	static char words[100];

	if (!near)
		return "";
	snprintf(words, sizeof(words), "; did you mean %s?", near);
	return words;
}

bool write_text(FILE *out, struct text text)
{
	return text.length == 0 || fwrite(text.data, 1, text.length, out) == text.length;
}

bool wants_colour(int fd)
{
	const char *no_colour = getenv("NO_COLOR");

	return isatty(fd) && !(no_colour && *no_colour);
}

static void print_help(const struct command *command, const struct option_row *rows)
{
	printf("usage: afsl %s %s\n\n%s\n", command->name, command->synopsis, command->summary);
	printf("%s%s\n", command->details ? command->details : "", command->details ? "\n" : "");
	for (; rows->name; rows++) {
		char left[64];

		snprintf(left, sizeof(left), "%s%c%s--%s%s%s", rows->letter ? "-" : " ",
			 rows->letter ? rows->letter : ' ', rows->letter ? ", " : "  ", rows->name,
			 rows->argument ? " " : "", rows->argument ? rows->argument : "");
		printf("  %-30s %s\n", left, rows->help);
	}
	printf("  %-30s %s\n", "    --help", "show this");
}

static bool list_add(struct string_list *list, const char *item)
{
	const char **items = memory_resize(list->items, (list->count + 1) * sizeof(*items));

	if (!items)
		return false;
	items[list->count++] = item;
	list->items = items;
	return true;
}

void string_list_free(struct string_list *list)
{
	memory_free(list->items);
	*list = (struct string_list){ 0 };
}

static const struct option_row *find_long(const struct option_row *rows, const char *name,
					  size_t length)
{
	for (; rows->name; rows++)
		if (strlen(rows->name) == length && memcmp(rows->name, name, length) == 0)
			return rows;
	return NULL;
}

static const struct option_row *find_letter(const struct option_row *rows, char letter)
{
	for (; rows->name; rows++)
		if (rows->letter == letter)
			return rows;
	return NULL;
}

static int unknown_option(const struct command *command, const struct option_row *rows,
			  const char *name, size_t length)
{
	const char *names[NAMES_MAX], *near;
	char dashed[64];
	size_t count = 0;

	for (; rows->name && count < NAMES_MAX; rows++)
		names[count++] = rows->name;
	near = name_nearest(text_of(name, length, LIFETIME_EVENT), names, count);
	snprintf(dashed, sizeof(dashed), "--%s", near ? near : "");
	return usage_error(command, "unknown option --%.*s%s", (int)length, name,
			   suggestion(near ? dashed : NULL));
}

static bool store(const struct option_row *row, const char *argument)
{
	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)row->into = true;
		return true;
	case OPTION_TEXT:
		*(const char **)row->into = argument;
		return true;
	case OPTION_LIST:
		return list_add(row->into, argument);
	}
	return false;
}

/* One option at argv[*at]; moves *at to its last word. */
static int read_option(const struct command *command, const struct option_row *rows, int argc,
		       char **argv, int *at)
{
	const char *word = argv[*at], *argument = NULL;
	const struct option_row *row;

	if (word[1] == '-') {
		size_t length = strcspn(word + 2, "=");

		row = find_long(rows, word + 2, length);
		if (!row)
			return unknown_option(command, rows, word + 2, length);
		if (word[2 + length] == '=')
			argument = word + 3 + length;
	} else {
		row = find_letter(rows, word[1]);
		if (!row)
			return usage_error(command, "unknown option -%c", word[1]);
		if (word[2])
			argument = word + 2;
	}
	if (row->kind == OPTION_FLAG && argument)
		return usage_error(command, "--%s takes no argument", row->name);
	if (row->kind != OPTION_FLAG && !argument) {
		if (*at + 1 >= argc)
			return usage_error(command, "--%s needs %s behind it", row->name,
					   row->argument);
		argument = argv[++*at];
	}
	return store(row, argument) ? -1 : EX_OSERR;
}

int options_read(const struct command *command, const struct option_row *rows, int argc, char **argv,
		 struct string_list *operands)
{
	bool only_operands = false;

	for (int at = 1; at < argc; at++) {
		const char *word = argv[at];
		int status = -1;

		if (!only_operands && strcmp(word, "--help") == 0) {
			print_help(command, rows);
			return EX_OK;
		}
		if (!only_operands && strcmp(word, "--") == 0)
			only_operands = true;
		else if (!only_operands && word[0] == '-' && word[1])
			status = read_option(command, rows, argc, argv, &at);
		else if (!list_add(operands, word))
			status = EX_OSERR;
		if (status >= 0)
			return status;
	}
	return -1;
}
