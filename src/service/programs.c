#include "service/programs.h"

#include <unistd.h>

#include "base/memory.h"
#include "base/wait.h"

bool programs_init(struct programs *programs, size_t most)
{
	/* One more: a new program is added before the oldest one goes. */
	*programs = (struct programs){ .items = memory_zeroed(most + 1, sizeof(*programs->items)),
				       .most = most };
	return programs->items != NULL;
}

static void program_drop(struct programs *programs, size_t at)
{
	struct kept_program *program = &programs->items[at];
	sources_free(&program->sources);
	close(program->fd);
	memmove(program, program + 1, (programs->count - at - 1) * sizeof(*program));
	programs->count--;
}

void programs_free(struct programs *programs)
{
	while (programs->count)
		program_drop(programs, programs->count - 1);
	memory_free(programs->items);
}

bool programs_add(struct programs *programs, int fd)
{
	struct kept_program program = { programs->last + 1, clock_wall(), fd, { .kept = true } };
	if (!sources_map(&program.sources, fd)) {
		sources_free(&program.sources);
		close(fd);
		return false;
	}
	programs->items[programs->count++] = program;
	programs->last = programs->current = program.number;
	if (programs->count > programs->most)
		program_drop(programs, 0);
	return true;
}

const struct kept_program *programs_find(const struct programs *programs, unsigned number)
{
	for (size_t i = 0; i < programs->count; i++)
		if (programs->items[i].number == number)
			return &programs->items[i];
	return NULL;
}

const struct kept_program *programs_current(const struct programs *programs)
{
	return programs_find(programs, programs->current);
}

const struct kept_program *programs_before(const struct programs *programs)
{
	for (size_t i = 1; i < programs->count; i++)
		if (programs->items[i].number == programs->current)
			return &programs->items[i - 1];
	return NULL;
}
