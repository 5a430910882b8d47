/* Reading a configuration: its texts, what is wrong with them, and where settings come from. */
#ifndef SERVICE_READING_H
#define SERVICE_READING_H

#include "base/diagnostics.h"
#include "service/sources.h"

struct reading {
	struct diagnostics *diagnostics; /* NULL when memory has ended */
	struct arena names;
	struct sources *sources; /* with the texts that diagnostics show */
};

/* Reads a source into a daemon's settings; relative names of files start at `folder`. */
typedef void settings_source(void *settings, struct diagnostics *diagnostics, uint32_t source,
			     const char *folder);

/* False when memory has ended; reading_free() in any case. */
bool reading_init(struct reading *reading, struct sources *sources);
void reading_free(struct reading *reading);
/* A file, or without one the command line as a source without text. 0, or a code of sysexits.h. */
int reading_file(struct reading *reading, const char *path, settings_source *read, void *settings,
		 struct buffer *problems);
/* Values from the command line are read like those of a file, so they need no rules of their own.
 */
void reading_sets(struct reading *reading, const char *const *sets, size_t count,
		  settings_source *read, void *settings);
/* Tells what was wrong: 0, or EX_CONFIG. */
int reading_report(const struct reading *reading, struct buffer *problems);

#endif
