/* What is wrong with a source text, where, and what to write instead.
 *
 * Everything that reads what a person wrote (scripts, configuration, tables,
 * options) collects diagnostics here and goes on, so that one run reports all. */
#ifndef BASE_DIAGNOSTICS_H
#define BASE_DIAGNOSTICS_H

#include "base/arena.h"
#include "base/buffer.h"

/* A source file, held in memory as long as the diagnostics are. */
struct source {
	const char *name; /* as the user wrote it */
	struct text text;
	const uint32_t *lines; /* where each begins; NULL: they are counted again and again */
	uint32_t line_count;
};

/* Bytes [from, to) of source number `source`; lines and columns are counted when shown. */
struct span {
	uint32_t source;
	uint32_t from;
	uint32_t to;
};

enum severity { SEVERITY_WARNING, SEVERITY_ERROR };

struct diagnostic {
	enum severity severity;
	const char *code;    /* "E0312": a row of grammar/diagnostics.def */
	struct span span;
	const char *message; /* what is wrong, without a full stop */
	const char *help;    /* what to write instead; NULL when there is nothing to say */
	struct span related; /* shown with `related_note` when that is not NULL */
	const char *related_note;
	struct diagnostic *next;
};

enum { DIAGNOSTICS_ERRORS_MAX = 20, DIAGNOSTICS_WARNINGS_MAX = 50, DIAGNOSTICS_SOURCES_MAX = 256 };

struct diagnostics {
	struct arena arena; /* holds sources' names, messages and help */
	struct source sources[DIAGNOSTICS_SOURCES_MAX];
	unsigned source_count;
	struct diagnostic *first, *last; /* in the order of reporting */
	unsigned errors, warnings;       /* counted beyond the caps too */
};

void diagnostics_init(struct diagnostics *diagnostics);
void diagnostics_free(struct diagnostics *diagnostics);

/* `text` must live as long as the diagnostics; the name is copied. Returns the source's
 * number. When all DIAGNOSTICS_SOURCES_MAX are taken, the last one is returned. */
uint32_t diagnostics_add_source(struct diagnostics *diagnostics, const char *name,
				struct text text);

/* Adds one; errors beyond the cap are counted and not kept, and a second error at the very same
 * place is dropped (no cascades). Returns the kept diagnostic, to which help and a related place
 * may be added, or NULL. */
struct diagnostic *diagnostics_report(struct diagnostics *diagnostics, const char *code,
				      struct span span, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Is this warning silenced in the source? Those are never reported. */
bool diagnostics_allowed(const struct diagnostics *diagnostics, const char *code, struct span span);
/* What was said after a moment is taken back. */
struct diagnostics_moment {
	struct diagnostic *last;
	unsigned errors, warnings;
};
struct diagnostics_moment diagnostics_now(const struct diagnostics *diagnostics);
void diagnostics_rewind(struct diagnostics *diagnostics, struct diagnostics_moment moment);
void diagnostic_help(struct diagnostics *diagnostics, struct diagnostic *diagnostic,
		     const char *format, ...) __attribute__((format(printf, 3, 4)));
void diagnostic_relate(struct diagnostics *diagnostics, struct diagnostic *diagnostic,
		       struct span span, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

struct place {
	unsigned line;   /* from 1 */
	unsigned column; /* from 1, in characters of UTF-8 */
	struct text line_text; /* without its line end */
};
struct place source_place(const struct source *source, uint32_t offset);
/* From now on a place is found fast. The table lives in the arena; without memory all is as before.
 */
void source_number_lines(struct source *source, struct arena *arena);
/* Never NULL. */
const struct source *diagnostics_source(const struct diagnostics *diagnostics, struct span span);
/* A source without bytes (a file that could not be read) has a name and no places. */
bool source_has_places(const struct source *source);

/* "file:line:col: error[E0312]: ...", the line with its span underlined, help; sorted by place.
 * Colours only when asked. */
void diagnostics_print(const struct diagnostics *diagnostics, bool colour, struct buffer *out);
/* Those that are kept, by place; returns how many. */
enum { DIAGNOSTICS_KEPT_MAX = DIAGNOSTICS_ERRORS_MAX + DIAGNOSTICS_WARNINGS_MAX };
size_t diagnostics_sorted(const struct diagnostics *diagnostics,
			  const struct diagnostic *sorted[DIAGNOSTICS_KEPT_MAX]);
/* A JSON array of objects: severity, code, file, line, column, endLine, endColumn, message,
 * help, related. */
void diagnostics_print_json(const struct diagnostics *diagnostics, struct buffer *out);
/* Objects of kind `result` of SARIF 2.1.0, with a comma between them, and one before the first unless `first`. */
void diagnostics_print_sarif(const struct diagnostics *diagnostics, bool first, struct buffer *out);

/* The name among `names` that is most like `wrong` (edit distance at most a third of its
 * length), or NULL: "did you mean". */
const char *name_nearest(struct text wrong, const char *const *names, size_t count);

#endif
