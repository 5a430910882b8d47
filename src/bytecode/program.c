#include "bytecode/program.h"

#include "base/memory.h"
#include "bytecode/code.h"

void program_free(struct program *program)
{
	struct arena *arena;

	if (!program)
		return;
	arena = program->arena;
	arena_reset(arena);
	memory_free(arena);
}

int program_function(const struct program *program, const char *name)
{
	const struct program_code *code = program->code;

	for (uint32_t i = 0; i < code->function_count; i++)
		if (!code->functions[i].hidden && strcmp(code->functions[i].name, name) == 0)
			return (int)i;
	return -1;
}
