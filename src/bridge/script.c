#include "bridge/script.h"

/* The assembler looks from where make runs; the Makefile knows that this object needs the files. */
#define EMBED(name, path)                                                                          \
	__asm__(".section .rodata\n" #name ": .incbin \"" path "\"\n" #name "_end: .byte 0\n"      \
		".previous\n")

EMBED(script_aximilter, "filters/aximilter.afsl");
EMBED(script_party, "filters/lib/party.afsl");
EMBED(script_lines, "filters/lib/lines.afsl");

extern const char script_aximilter[], script_aximilter_end[];
extern const char script_party[], script_party_end[];
extern const char script_lines[], script_lines_end[];

static struct afsl_source source_of(const char *used_as, const char *text, const char *end)
{
	return (struct afsl_source){ used_as, text, (size_t)(end - text) };
}

void scripts_get(struct afsl_source scripts[SCRIPT_COUNT])
{
	scripts[0] = source_of("aximilter.afsl", script_aximilter, script_aximilter_end);
	scripts[1] = source_of("lib/party.afsl", script_party, script_party_end);
	scripts[2] = source_of("lines.afsl", script_lines, script_lines_end);
}
