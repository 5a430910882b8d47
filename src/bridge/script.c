#include "bridge/script.h"

/* The assembler looks from where make runs; the Makefile knows that this object needs the files. */
#define EMBED(name, path)                                                                          \
	__asm__(".section .rodata\n" #name ": .incbin \"" path "\"\n" #name "_end: .byte 0\n"      \
		".previous\n");                                                                    \
	extern const char name[], name##_end[]

EMBED(script_aximilter, "filters/aximilter.afsl");
EMBED(script_party, "filters/lib/party.afsl");
EMBED(script_lines, "filters/lib/lines.afsl");

#define SOURCE(used_as, name)                                                                      \
	{                                                                                          \
		used_as, name, (size_t)(name##_end - name)                                         \
	}

void scripts_get(struct afsl_source scripts[SCRIPT_COUNT])
{
	const struct afsl_source all[SCRIPT_COUNT] = {
		SOURCE("aximilter.afsl", script_aximilter),
		SOURCE("lib/party.afsl", script_party),
		SOURCE("lines.afsl", script_lines),
	};
	for (unsigned i = 0; i < SCRIPT_COUNT; i++)
		scripts[i] = all[i];
}
