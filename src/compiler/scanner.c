#include "compiler/scanner.h"

#include "afsl.tab.h"

bool scanner_opens_interpolation(struct scan *scan)
{
	if (scan->depth == INTERPOLATION_MAX)
		return false;
	scan->texts[scan->depth].braces = 0;
	scan->depth++;
	return true;
}

bool scanner_closes_interpolation(struct scan *scan)
{
	if (scan->depth == 0)
		return false;
	if (scan->texts[scan->depth - 1].braces > 0) {
		scan->texts[scan->depth - 1].braces--;
		return false;
	}
	scan->depth--;
	return true;
}

int scanner_unterminated(const struct scan *scan, struct span *span)
{
	span->from = scan->texts[0].start;
	span->to = span->from + 1;
	return TOKEN_WRONG_END;
}

bool scanner_knows_flags(const char *token, size_t length)
{
	for (size_t i = length; i > 0 && token[i - 1] != '"'; i--)
		if (!strchr("imsxu", token[i - 1]))
			return false;
	return true;
}
