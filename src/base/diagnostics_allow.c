/* "# afsl: allow W0301 W0303" silences these warnings on its own line, and alone on a line those of
 * the next one. */
#include "base/diagnostics.h"

static const struct text mark = { "# afsl: allow ", 14, LIFETIME_PROGRAM };

/* A line may be megabytes long. */
enum { LINE_MOST = 4096 };

/* The line around a byte, at most LINE_MOST bytes of it on either side. */
static struct text line_around(struct text text, size_t at)
{
	size_t least = at > LINE_MOST ? at - LINE_MOST : 0;
	size_t most = text.length - at > LINE_MOST ? at + LINE_MOST : text.length;
	const char *start = memrchr(text.data + least, '\n', at - least);
	const char *end = memchr(text.data + at, '\n', most - at);

	return text_part(text, start ? (size_t)(start - text.data) + 1 : least,
			 end ? (size_t)(end - text.data) : most);
}

/* Does a list of codes begin with, or hold, this one? It ends with the line. */
static bool lists(struct text codes, const char *code)
{
	struct text wanted = text_of_string(code, LIFETIME_PROGRAM);
	int64_t at = text_find(codes, wanted, 0);

	return at >= 0 && ((size_t)at + wanted.length == codes.length ||
			   !byte_is_name(codes.data[(size_t)at + wanted.length]));
}

static bool line_allows(struct text line, const char *code, bool alone)
{
	int64_t at = text_find(line, mark, 0);

	if (at < 0 || (alone && text_trim(text_part(line, 0, (size_t)at)).length > 0))
		return false;
	return lists(text_part(line, (size_t)at + mark.length, line.length), code);
}

bool diagnostics_allowed(const struct diagnostics *diagnostics, const char *code, struct span span)
{
	const struct source *source = diagnostics_source(diagnostics, span);
	struct text text = source->text, line;
	size_t start;

	if (!source_has_places(source) || span.from > text.length)
		return false;
	line = line_around(text, span.from);
	start = (size_t)(line.data - text.data);
	if (line_allows(line, code, false))
		return true;
	return start > 0 && text.data[start - 1] == '\n' &&
	       line_allows(line_around(text, start - 1), code, true);
}
