#include "authentication/comments.h"

static size_t comment_end(struct text text, size_t at)
{
	unsigned depth = 0;

	for (; at < text.length; at++) {
		if (text.data[at] == '\\')
			at++;
		else if (text.data[at] == '(')
			depth++;
		else if (text.data[at] == ')' && --depth == 0)
			return at + 1;
	}
	return text.length;
}

size_t comments_end(struct text text, size_t at)
{
	while (at < text.length && (byte_is_space(text.data[at]) || text.data[at] == '('))
		at = text.data[at] == '(' ? comment_end(text, at) : at + 1;
	return at;
}

size_t quoted_end(struct text text, size_t at)
{
	for (at++; at < text.length; at++) {
		if (text.data[at] == '\\')
			at++;
		else if (text.data[at] == '"')
			return at + 1;
	}
	return 0;
}
