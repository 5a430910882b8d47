/* afsl fmt: one style for every script. */
#include "cli/commands.h"
#include "cli/difference.h"
#include "cli/loading.h"

#include <afsl.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { SCRIPT_MOST = 4 << 20 };

static struct {
	bool check, diff;
} wanted;

static const struct option_row rows[] = {
	{ "check", 0, OPTION_FLAG, NULL, "change nothing; exit code 1 when a file is not in the style",
	  &wanted.check },
	{ "diff", 0, OPTION_FLAG, NULL, "change nothing; print what would change", &wanted.diff },
	{ 0 },
};

static int file_fault(const char *path)
{
	fprintf(stderr, "afsl fmt: %s: %s\n", path, strerror(errno));
	return EX_NOINPUT;
}

static int read_file(const char *path, struct buffer *content)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	size_t got = 1;

	if (!in)
		return file_fault(path);
	while (got > 0) {
		char *room = buffer_reserve(content, 65536);

		got = room ? fread(room, 1, 65536, in) : 0;
		content->length += got;
	}
	if (ferror(in) || (in != stdin && fclose(in) != 0))
		return file_fault(path);
	if (content->failed) {
		fprintf(stderr, "afsl fmt: %s: a script is at most 4 MB long\n", path);
		return EX_DATAERR;
	}
	return -1;
}

/* Beside the file and then in its place, so that a full disk loses nothing. */
static int replace_file(const char *path, const char *content, size_t length)
{
	char beside[4096];
	struct stat facts;
	FILE *out;
	bool ok;

	if (snprintf(beside, sizeof(beside), "%s.new", path) >= (int)sizeof(beside) ||
	    stat(path, &facts) < 0)
		return file_fault(path);
	out = fopen(beside, "wbx");
	if (!out)
		return file_fault(beside);
	ok = fwrite(content, 1, length, out) == length && fchmod(fileno(out), facts.st_mode) == 0;
	ok = fclose(out) == 0 && ok;
	if (ok && rename(beside, path) == 0)
		return EX_OK;
	file_fault(path);
	unlink(beside);
	return EX_CANTCREAT;
}

static int use_result(const char *path, struct text old, struct text new)
{
	bool changed = !text_equals(old, new);
	struct buffer diff;

	if (wanted.diff) {
		buffer_init(&diff, BUFFER_CAP_DEFAULT);
		difference_print(path, old, path, new, &diff);
		fwrite(diff.data, 1, diff.length, stdout);
		buffer_free(&diff);
	} else if (wanted.check) {
		if (changed)
			printf("%s\n", path);
	} else if (strcmp(path, "-") == 0) {
		fwrite(new.data, 1, new.length, stdout);
	} else if (changed) {
		return replace_file(path, new.data, new.length);
	}
	return changed && wanted.check ? 1 : EX_OK;
}

static int format_file(const char *path)
{
	struct afsl_report *report = NULL;
	struct buffer content;
	char *formatted;
	int status;

	buffer_init(&content, SCRIPT_MOST + 65536);
	status = read_file(path, &content);
	if (status < 0) {
		formatted = afsl_format(path, content.data, content.length, &report);
		if (report)
			fputs(afsl_report_text(report, wants_colour(STDERR_FILENO)), stderr);
		status = formatted ? use_result(path, buffer_text(&content),
						text_of_string(formatted, LIFETIME_EVENT))
				   : EX_DATAERR;
		free(formatted);
		afsl_report_free(report);
	}
	buffer_free(&content);
	return status;
}

static int run(int argc, char **argv)
{
	struct string_list files = { 0 };
	int status = options_read(&command_format, rows, argc, argv, &files);

	if (status < 0 && files.count == 0)
		status = usage_error(&command_format, "no script was named");
	if (status < 0) {
		status = EX_OK;
		for (size_t i = 0; i < files.count; i++) {
			int fault = format_file(files.items[i]);

			status = status == EX_OK ? fault : status;
		}
	}
	string_list_free(&files);
	return status;
}

const struct command command_format = {
	"fmt",
	"[--check | --diff] SCRIPT...",
	"Writes scripts in one style.",
	"The files are replaced; - formats standard input to standard output. Only white space changes:\n"
	"the program stays the same. A file with errors is left as it is.",
	run,
};
