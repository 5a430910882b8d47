/* Module file: a file that another program on this machine is to read. */
#include "base/system.h"
#include "builtins/answer.h"
#include "builtins/builtins.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

/* In the event's arena: the file goes with it. */
struct temporary {
	char path[PATH_ROOM];
	bool made;
};

static void remove_file(void *argument)
{
	const struct temporary *temporary = argument;

	if (temporary->made)
		unlink(temporary->path);
}

/* Where a worker may write (service/sandbox.h). */
static bool make_path(struct temporary *temporary)
{
	const char *folder = getenv("TMPDIR");

	return snprintf(temporary->path, sizeof(temporary->path), "%s/afsl-message-XXXXXX",
			folder && *folder ? folder : "/tmp") < PATH_ROOM;
}

/* Its owner and its group may read it, whatever the umask says. */
static bool write_file(struct temporary *temporary, struct text content)
{
	int fd = make_path(temporary) ? mkostemp(temporary->path, O_CLOEXEC) : -1;
	bool ok;

	temporary->made = fd >= 0;
	if (fd < 0)
		return false;
	ok = fchmod(fd, 0640) == 0 && system_write_whole(fd, content.data, content.length);
	return close(fd) == 0 && ok;
}

enum call_result builtin_file_temporary(struct call *call)
{
	struct text content = call->arguments[0].text;
	enum call_result charged = call_charge(call, content.length);
	struct temporary *temporary = arena_zeroed(call_arena(call), sizeof(*temporary));

	if (charged != CALL_DONE)
		return charged;
	if (!temporary || !arena_defer(call_arena(call), remove_file, temporary))
		return call_memory(call);
	if (!write_file(temporary, content))
		return call_raise(call, "io", errno, true, "a temporary file cannot be written: %s",
				  strerror(errno));
	return answer_text(call, text_of_string(temporary->path, LIFETIME_EVENT));
}
