#include "cli/loading.h"

#include "base/memory.h"
#include "base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

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

int script_read(const char *path, struct buffer *content)
{
	int fd, fault;

	if (strcmp(path, "-") == 0)
		return buffer_read(content, STDIN_FILENO);
	fd = system_open(path, O_RDONLY, 0);
	if (fd < 0)
		return errno;
	fault = buffer_read(content, fd);
	close(fd);
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
