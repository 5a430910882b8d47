#include "cli/loading.h"

#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { READ_CHUNK = 65536 };

static size_t words_size(const struct string_list *words)
{
	size_t size = 0;

	for (size_t i = 0; i < words->count; i++)
		size += strlen(words->items[i]) + 1;
	return size;
}

int settings_read(const struct command *command, const struct string_list *words,
		  struct afsl_setting **settings)
{
	size_t table = (words->count + 1) * sizeof(**settings);
	char *copy;

	*settings = memory_allocate(table + words_size(words));
	if (!*settings)
		return EX_OSERR;
	copy = (char *)*settings + table;
	for (size_t i = 0; i < words->count; i++) {
		char *equals;

		strcpy(copy, words->items[i]);
		equals = strchr(copy, '=');
		if (!equals || equals == copy)
			return usage_error(command, "\"%s\" is no setting: write name=value", copy);
		*equals = '\0';
		(*settings)[i] = (struct afsl_setting){ copy, equals + 1 };
		copy = equals + 1 + strlen(equals + 1) + 1;
	}
	return -1;
}

static int read_stream(FILE *in, struct buffer *content)
{
	for (size_t got = 1; got > 0;) {
		char *room = buffer_reserve(content, READ_CHUNK);

		got = room ? fread(room, 1, READ_CHUNK, in) : 0;
		content->length += got;
	}
	return ferror(in) ? errno : content->failed ? EFBIG : 0;
}

int script_read(const char *path, struct buffer *content)
{
	FILE *in;
	int fault;

	if (strcmp(path, "-") == 0)
		return read_stream(stdin, content);
	in = fopen(path, "rb");
	if (!in)
		return errno;
	fault = read_stream(in, content);
	fclose(in);
	return fault;
}

int script_fault(const char *path)
{
	struct stat facts;

	if (stat(path, &facts) < 0 || !S_ISREG(facts.st_mode) || access(path, R_OK) < 0)
		return EX_NOINPUT;
	return EX_DATAERR;
}

struct afsl_program *script_load(const char *path, const struct afsl_load_options *options,
				 int *status)
{
	struct afsl_report *report = NULL;
	struct afsl_program *program = afsl_program_load(path, options, &report);

	if (report)
		fputs(afsl_report_text(report, wants_colour(STDERR_FILENO)), stderr);
	afsl_report_free(report);
	if (!program)
		*status = script_fault(path);
	return program;
}
