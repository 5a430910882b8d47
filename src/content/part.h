/* What a part's own header says of it. */
#ifndef CONTENT_PART_H
#define CONTENT_PART_H

#include "content/structure.h"

/* Fills type, charset, disposition, encoding and what is wrong with them. `digest`: within a
 * multipart/digest, whose parts are messages unless they say otherwise. The boundary is a view, or
 * empty. False when memory has ended. */
bool part_describe(struct part *part, bool digest, struct arena *arena, struct text *boundary);

/* What is wrong with the bytes of its body. */
anomaly_set part_inspect(const struct part *part);

static inline bool part_is_multipart(const struct part *part)
{
	return text_starts_with(part->type, TEXT("multipart/"));
}

static inline bool part_is_message(const struct part *part)
{
	return text_equals(part->type, TEXT("message/rfc822")) ||
	       text_equals(part->type, TEXT("message/global")) ||
	       text_equals(part->type, TEXT("message/news"));
}

#endif
