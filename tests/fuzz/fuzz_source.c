/* A script of anybody's making: compiled or refused, and what is said about it printed. */
#include "fuzz.h"

#include "base/buffer.h"
#include "bytecode/program.h"
#include "compiler/compile.h"
#include "compiler/format.h"

#include <stdlib.h>

/* Printing costs more than compiling: some inputs, the same ones each time, are enough. */
enum { PRINT_EVERY = 8 };

static struct text text_from(const uint8_t *bytes, size_t size)
{
	return text_of((const char *)bytes, size, LIFETIME_EVENT);
}

/* Neither may depend on what stands in the script. */
static void print_both(const struct diagnostics *diagnostics)
{
	struct buffer out;

	buffer_init(&out, BUFFER_CAP_DEFAULT);
	diagnostics_print(diagnostics, true, &out);
	diagnostics_print_json(diagnostics, &out);
	buffer_free(&out);
}

/* A program comes out exactly when nothing was wrong with it. */
static void compile_text(const struct text *source)
{
	struct compile_request request = { .path = "fuzz", .text = source, .raised = EVENTS_ALL };
	struct diagnostics diagnostics;
	struct program *program;

	diagnostics_init(&diagnostics);
	program = compile(&request, &diagnostics);
	if ((program == NULL) != (diagnostics.errors > 0))
		abort();
	for (const struct diagnostic *d = diagnostics.first; d; d = d->next)
		if (strstr(d->message, "the verifier refuses"))
			abort();
	if (source->length % PRINT_EVERY == 0)
		print_both(&diagnostics);
	program_free(program);
	diagnostics_free(&diagnostics);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct text source = text_from(bytes, size);

	compile_text(&source);
	return 0;
}
