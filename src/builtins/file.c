/* Module file: reading, inside the folders that the configuration names. */
#include "store/folder.h"

#include "base/system.h"
#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "builtins/mail_call.h"

#include <errno.h>
#include <unistd.h>

enum { OPENING_COST = 4096 }; /* bytes that opening a file counts as */

static enum call_result open_file(struct call *call, struct stat *facts, int *fd, const char **why)
{
	const struct means *means = context_of(call)->means;
	enum call_result charged = call_charge(call, OPENING_COST);

	*fd = -1;
	*why = "no folder is configured";
	if (charged == CALL_DONE && means->folder_count)
		*fd = folder_open(means->folders, means->folder_count, call->arguments[0].text,
				  facts, why);
	return charged;
}

static enum call_result open_or_raise(struct call *call, struct stat *facts, int *fd)
{
	struct text path = call->arguments[0].text;
	const char *why;
	enum call_result result = open_file(call, facts, fd, &why);

	if (result == CALL_DONE && *fd < 0)
		return call_raise(call, "io", 0, false, "the file \"%.*s\" cannot be read: %s",
				  TEXT_PRINTF(path), why);
	return result;
}

/* A file that shrinks meanwhile ends early; one that grows is read as far as it went. */
static enum call_result read_whole(struct call *call, int fd, size_t size)
{
	struct writer writer;
	ssize_t got = 1;

	writer_begin(&writer, call, size);
	while (writer.status == CALL_DONE && got > 0 && writer.length < size) {
		got = system_read(fd, writer.data + writer.length, size - writer.length);
		if (got < 0)
			return call_raise(call, "io", errno, true, "reading a file has failed");
		writer.length += (size_t)got;
	}
	return writer_end(&writer);
}

enum call_result builtin_file_read(struct call *call)
{
	struct stat facts;
	int fd;
	enum call_result result = open_or_raise(call, &facts, &fd);

	if (result != CALL_DONE)
		return result;
	result = read_whole(call, fd, (size_t)facts.st_size);
	close(fd);
	return result;
}

enum call_result builtin_file_exists(struct call *call)
{
	const char *why;
	struct stat facts;
	int fd;
	enum call_result result = open_file(call, &facts, &fd, &why);

	if (fd >= 0)
		close(fd);
	return result == CALL_DONE ? answer_bool(call, fd >= 0) : result;
}

enum call_result builtin_file_sizeOf(struct call *call)
{
	struct stat facts;
	int fd;
	enum call_result result = open_or_raise(call, &facts, &fd);

	if (result != CALL_DONE)
		return result;
	close(fd);
	return answer_int(call, facts.st_size);
}
