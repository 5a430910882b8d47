/* afsl fmt: one style for every script. */
#include "cli/commands.h"
#include "cli/difference.h"
#include "cli/loading.h"

#include <afsl.h>

#include <errno.h>
#include <limits.h>
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
	{ "check", 0, OPTION_FLAG, NULL,
	  "change nothing; exit code 1 when a file is not in the style", &wanted.check },
	{ "diff", 0, OPTION_FLAG, NULL, "change nothing; print what would change", &wanted.diff },
	{ 0 },
};

static int file_fault(const char *path)
{
	fprintf(stderr, "afsl fmt: %s: %s\n", path, strerror(errno));
	return EX_NOINPUT;
}

static int too_large(const char *path)
{
	fprintf(stderr, "afsl fmt: %s: a script is at most 4 MB long\n", path);
	return EX_DATAERR;
}

/* Mode and, where that is allowed, owner of the file stay. */
static bool write_beside(int fd, const struct stat *facts, struct text content)
{
	FILE *out = fdopen(fd, "wb");
	bool ok;

	if (!out) {
		close(fd);
		return false;
	}
	ok = write_text(out, content) && fflush(out) == 0;
	if (ok && (facts->st_uid != geteuid() || facts->st_gid != getegid()))
		ok = fchown(fd, facts->st_uid, facts->st_gid) == 0 || errno == EPERM;
	ok = ok && fchmod(fd, facts->st_mode & 07777) == 0 && fsync(fd) == 0;
	return fclose(out) == 0 && ok;
}

/* Beside the file and then in its place, so that a full disk or a crash loses nothing. A link stays
 * one. */
static int replace_file(const char *path, struct text content)
{
	char target[PATH_MAX], beside[PATH_MAX + 16];
	struct stat facts;
	int fd;

	if (!realpath(path, target) || stat(target, &facts) < 0 || access(target, W_OK) < 0)
		return file_fault(path);
	snprintf(beside, sizeof(beside), "%s.XXXXXX", target);
	fd = mkstemp(beside);
	if (fd < 0) {
		file_fault(path);
		return EX_CANTCREAT;
	}
	if (write_beside(fd, &facts, content) && rename(beside, target) == 0)
		return EX_OK;
	file_fault(path);
	unlink(beside);
	return EX_CANTCREAT;
}

static int print_difference(const char *path, struct text old, struct text new)
{
	struct buffer diff;
	bool ok;

	buffer_init(&diff, BUFFER_CAP_DEFAULT);
	ok = difference_print(path, old, path, new, &diff);
	write_text(stdout, buffer_text(&diff));
	buffer_free(&diff);
	return ok ? EX_OK : EX_OSERR;
}

static int use_result(const char *path, struct text old, struct text new)
{
	bool changed = !text_equals(old, new);
	int status = EX_OK;

	if (wanted.diff) {
		status = print_difference(path, old, new);
	} else if (wanted.check) {
		if (changed)
			printf("%s\n", path);
	} else if (strcmp(path, "-") == 0) {
		write_text(stdout, new);
	} else if (changed) {
		status = replace_file(path, new);
	}
	return status == EX_OK && changed && wanted.check ? 1 : status;
}

static int format_file(const char *path)
{
	struct afsl_report *report = NULL;
	struct buffer content;
	char *formatted;
	int status;

	buffer_init(&content, SCRIPT_MOST + 65536);
	errno = script_read(path, &content);
	status = errno == EFBIG ? too_large(path) : errno ? file_fault(path) : -1;
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
	"The files are replaced; - formats standard input to standard output. Only white space "
	"changes:\n"
	"the program stays the same. A file with errors is left as it is.",
	run,
};
