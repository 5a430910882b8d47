#include "service/reading.h"

#include <sysexits.h>

#include "base/memory.h"
#include "service/config.h"
#include "service/file.h"

bool reading_init(struct reading *reading, struct sources *sources)
{
	arena_init(&reading->names, (size_t)1 << 20, LIFETIME_PROGRAM);
	reading->sources = sources;
	reading->diagnostics = memory_zeroed(1, sizeof(*reading->diagnostics));
	if (reading->diagnostics)
		diagnostics_init(reading->diagnostics);
	return reading->diagnostics != NULL;
}

void reading_free(struct reading *reading)
{
	if (reading->diagnostics)
		diagnostics_free(reading->diagnostics);
	memory_free(reading->diagnostics);
	reading->diagnostics = NULL;
	arena_reset(&reading->names);
}

int reading_file(struct reading *reading, const char *path, settings_source *read, void *settings,
		 struct buffer *problems)
{
	struct text text = TEXT_EMPTY;
	int code = path ? sources_read(reading->sources, path, &text, problems) : EX_OK;
	if (code)
		return code;
	uint32_t source =
		diagnostics_add_source(reading->diagnostics, path ? path : "command line", text);
	if (path)
		read(settings, reading->diagnostics, source, folder_of(&reading->names, path));
	return EX_OK;
}

void reading_sets(struct reading *reading, const char *const *sets, size_t count,
		  settings_source *read, void *settings)
{
	for (size_t i = 0; i < count; i++) {
		struct text text = text_of_string(sets[i], LIFETIME_PROGRAM);
		uint32_t source = diagnostics_add_source(reading->diagnostics, "--set", text);
		read(settings, reading->diagnostics, source, NULL);
	}
}

int reading_report(const struct reading *reading, struct buffer *problems)
{
	diagnostics_print(reading->diagnostics, false, problems);
	return reading->diagnostics->errors ? EX_CONFIG : EX_OK;
}
