/* The program that grows: declarations, the loaded script, and what is tried at the moment. */
#include "cli/repl.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

static const char input_name[] = "input";

static unsigned line_breaks(struct text text)
{
	unsigned count = 0;

	for (size_t i = 0; i < text.length; i++)
		count += text.data[i] == '\n';
	return count;
}

unsigned repl_line_of(const struct repl *repl, const char *key)
{
	unsigned lines = repl->path ? line_breaks(buffer_text(&repl->file)) + 1 : 0;

	for (size_t i = 0; i < repl->count && strcmp(repl->declarations[i].key, key) != 0; i++)
		lines +=
			line_breaks(text_of_string(repl->declarations[i].text, LIFETIME_EVENT)) + 1;
	return lines;
}

struct afsl_program *repl_compile(struct repl *repl, const char *statements, bool with_file,
				  struct afsl_report **report)
{
	struct afsl_load_options options = { .options = repl->settings,
					     .shared = repl->shared,
					     .option_count = with_file ? repl->setting_count : 0,
					     .growing = true };
	struct afsl_program *program;
	struct buffer source;

	buffer_init(&source, BUFFER_CAP_DEFAULT);
	if (with_file && repl->path) {
		buffer_append_text(&source, buffer_text(&repl->file));
		buffer_append_byte(&source, '\n');
	}
	for (size_t i = 0; i < repl->count; i++)
		buffer_printf(&source, "%s\n", repl->declarations[i].text);
	buffer_append_string(&source, "event onUnknownCommand {\n");
	repl->base = line_breaks(buffer_text(&source));
	buffer_printf(&source, "%s\n}\n", statements);
	options.source = source.data;
	options.source_length = source.length;
	program = source.failed ? NULL
				: afsl_program_load(repl->path ? repl->path : input_name, &options,
						    report);
	buffer_free(&source);
	return program;
}

/* ---- reports ---- */

/* "path:12:3: error..." and "   12 | ...": the number counts from what was typed. */
static void print_line(const struct repl *repl, const char *line, size_t length)
{
	const char *path = repl->path ? repl->path : input_name;
	size_t named = strlen(path), blanks = strspn(line, " ");
	unsigned long number;
	char *rest;

	if (strncmp(line, path, named) == 0 && line[named] == ':') {
		number = strtoul(line + named + 1, &rest, 10);
		if (number > repl->base) {
			printf("%s:%lu%.*s\n", input_name, number - repl->base,
			       (int)(length - (size_t)(rest - line)), rest);
			return;
		}
	}
	number = strtoul(line + blanks, &rest, 10);
	if (blanks && rest > line + blanks && strncmp(rest, " |", 2) == 0 && number > repl->base) {
		printf("%5lu%.*s\n", number - repl->base, (int)(length - (size_t)(rest - line)),
		       rest);
		return;
	}
	printf("%.*s\n", (int)length, line);
}

void repl_print_report(const struct repl *repl, struct afsl_report *report)
{
	const char *line = report ? afsl_report_text(report, false) : "error: not enough memory\n";

	while (*line) {
		size_t length = strcspn(line, "\n");

		print_line(repl, line, length);
		line += length + (line[length] == '\n');
	}
}

/* ---- declarations ---- */

static struct declaration *find(const struct repl *repl, const char *key)
{
	for (size_t i = 0; i < repl->count; i++)
		if (strcmp(repl->declarations[i].key, key) == 0)
			return &repl->declarations[i];
	return NULL;
}

const char *repl_declared(const struct repl *repl, const char *key)
{
	const struct declaration *found = find(repl, key);

	return found ? found->text : NULL;
}

bool repl_declare(struct repl *repl, const char *key, const char *text)
{
	struct declaration *found = find(repl, key), *grown;
	char *copy = memory_copy_string(text);

	if (!copy)
		return false;
	if (found) {
		memory_free(found->text);
		found->text = copy;
		return true;
	}
	grown = memory_resize(repl->declarations, (repl->count + 1) * sizeof(*grown));
	if (grown) {
		repl->declarations = grown;
		grown[repl->count] = (struct declaration){ memory_copy_string(key), copy };
		if (grown[repl->count].key) {
			repl->count++;
			return true;
		}
	}
	memory_free(copy);
	return false;
}

void repl_undeclare(struct repl *repl, const char *key)
{
	struct declaration *found = find(repl, key);

	if (!found)
		return;
	memory_free(found->key);
	memory_free(found->text);
	repl->count--;
	memmove(found, found + 1,
		(size_t)(repl->declarations + repl->count - found) * sizeof(*found));
}
