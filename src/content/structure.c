#include "content/structure.h"

#include "content/lines.h"
#include "content/part.h"

/* A part whose end has not come. */
struct level {
	uint32_t part;
	struct text boundary; /* empty: what has none */
	uint32_t children;
	bool ended; /* its last boundary has come: what follows belongs to nothing */
};

struct scan {
	struct text message;
	size_t at;
	const struct structure_limits *limits;
	struct arena *arena;
	struct part *parts;
	uint32_t count, room;
	struct level *levels; /* limits->depth + 1 of them */
	uint32_t open;
	bool full; /* no more parts are made */
};

static struct part *part_of(struct scan *scan, uint32_t level)
{
	return &scan->parts[scan->levels[level].part];
}

static void flag(struct scan *scan, uint32_t level, anomaly_set anomalies)
{
	part_of(scan, level)->anomalies |= anomalies;
}

/* ---- boundaries ---- */

struct delimiter {
	uint32_t level;
	bool last; /* "--boundary--" */
};

/* What a line that begins with "--" is to a boundary. */
enum fit { FIT_NONE, FIT_ALMOST, FIT_NEXT, FIT_LAST };

static bool rest_is_blank(struct text line, size_t at)
{
	while (at < line.length && (byte_is_blank(line.data[at]) || line.data[at] == '\r'))
		at++;
	return at == line.length;
}

static enum fit fit(struct text line, struct text boundary)
{
	size_t end = boundary.length + 2u;

	if (boundary.length == 0 || line.length < end ||
	    memcmp(line.data + 2, boundary.data, boundary.length) != 0)
		return FIT_NONE;
	if (rest_is_blank(line, end))
		return FIT_NEXT;
	if (line.length >= end + 2 && line.data[end] == '-' && line.data[end + 1] == '-' &&
	    rest_is_blank(line, end + 2))
		return FIT_LAST;
	return FIT_ALMOST;
}

/* The innermost level whose boundary this line is. Whole lines alone count; almost is a flag. */
static bool find_delimiter(struct scan *scan, struct text line, struct delimiter *out)
{
	uint32_t almost = UINT32_MAX;

	if (line.length < 3 || line.data[0] != '-' || line.data[1] != '-')
		return false;
	for (uint32_t i = scan->open; i-- > 0;) {
		enum fit found = fit(line, scan->levels[i].boundary);

		if (found >= FIT_NEXT && !scan->levels[i].ended) {
			*out = (struct delimiter){ i, found == FIT_LAST };
			return true;
		}
		if (found >= FIT_NEXT)
			flag(scan, i, ANOMALY_BIT(boundaryAfterEnd));
		else if (found == FIT_ALMOST && almost == UINT32_MAX)
			almost = i;
	}
	if (almost != UINT32_MAX && !scan->levels[almost].ended)
		flag(scan, almost, ANOMALY_BIT(almostBoundary));
	return false;
}

/* One that others around it have, or that begins like one of theirs. */
static anomaly_set compare_boundaries(const struct scan *scan, struct text boundary)
{
	anomaly_set anomalies = 0;

	for (uint32_t i = 0; boundary.length && i < scan->open; i++) {
		struct text other = scan->levels[i].boundary;

		if (other.length == 0)
			continue;
		if (text_equals(other, boundary))
			anomalies |= ANOMALY_BIT(repeatedBoundary);
		else if (text_starts_with(other, boundary) || text_starts_with(boundary, other))
			anomalies |= ANOMALY_BIT(boundaryPrefix);
	}
	return anomalies;
}

/* ---- parts ---- */

static struct part *new_part(struct scan *scan)
{
	uint32_t room = scan->room ? scan->room * 2 : 8;
	struct part *grown;

	if (scan->count < scan->room)
		return &scan->parts[scan->count++];
	grown = arena_allocate(scan->arena, room * sizeof(*grown));
	if (!grown)
		return NULL;
	if (scan->count)
		memcpy(grown, scan->parts, scan->count * sizeof(*grown));
	scan->parts = grown;
	scan->room = room;
	return &scan->parts[scan->count++];
}

/* The fields from here on, up to an empty line or a boundary, which stays. */
static struct text read_header(struct scan *scan, anomaly_set *anomalies)
{
	size_t from = scan->at, end = from;
	struct delimiter delimiter;

	while (scan->at < scan->message.length) {
		size_t line = scan->at, next, stop = line_end(scan->message, line, &next);

		if (stop == line) {
			scan->at = next;
			return text_part(scan->message, from, end);
		}
		if (find_delimiter(scan, text_part(scan->message, line, stop), &delimiter))
			break;
		scan->at = next;
		end = stop;
	}
	*anomalies |= ANOMALY_BIT(headerUnended);
	return text_part(scan->message, from, end);
}

static bool is_digest(struct scan *scan)
{
	return scan->open &&
	       text_equals(part_of(scan, scan->open - 1)->type, TEXT("multipart/digest"));
}

/* May this part be looked into? */
static bool opens(struct scan *scan, struct part *part, struct text boundary)
{
	bool parts = (part_is_multipart(part) && boundary.length) || part_is_message(part);

	if (!parts || (part_is_message(part) && part->anomalies & ANOMALY_BIT(encodedParts)))
		return false;
	if (part->depth >= scan->limits->depth)
		part->anomalies |= ANOMALY_BIT(tooDeep);
	return part->depth < scan->limits->depth;
}

/* The part that begins here becomes the innermost level. */
static bool enter_part(struct scan *scan)
{
	struct level *parent = scan->open ? &scan->levels[scan->open - 1] : NULL;
	struct part part = { .parent = parent ? (int32_t)parent->part : PARENT_NONE,
			     .nth = parent ? ++parent->children : 1,
			     .depth = scan->open + 1 };
	struct part *made;
	struct text boundary;

	part.header = read_header(scan, &part.anomalies);
	part.body = text_part(scan->message, scan->at, scan->at);
	if (!part_describe(&part, is_digest(scan), scan->arena, &boundary))
		return false;
	part.has_parts = opens(scan, &part, boundary);
	part.anomalies |= compare_boundaries(scan, boundary);
	made = new_part(scan);
	if (!made)
		return false;
	*made = part;
	scan->levels[scan->open++] =
		(struct level){ .part = scan->count - 1,
				.boundary = part.has_parts ? boundary : TEXT_EMPTY };
	return true;
}

/* A message within begins with its header; so may the next. */
static bool enter(struct scan *scan)
{
	do {
		if (scan->count >= scan->limits->parts) {
			scan->parts[0].anomalies |= ANOMALY_BIT(tooMany);
			scan->full = true;
			return true;
		}
		if (!enter_part(scan))
			return false;
	} while (part_of(scan, scan->open - 1)->has_parts &&
		 part_is_message(part_of(scan, scan->open - 1)));
	return true;
}

static void set_body_end(struct scan *scan, struct part *part, size_t end)
{
	size_t from = (size_t)(part->body.data - scan->message.data);

	part->body = text_part(scan->message, from, end > from ? end : from);
	if (!part->has_parts)
		part->anomalies |= part_inspect(part);
}

/* All levels from `level` on end at `end`. */
static void close_levels(struct scan *scan, uint32_t level, size_t end)
{
	while (scan->open > level) {
		const struct level *last = &scan->levels[--scan->open];
		struct part *part = &scan->parts[last->part];

		if (last->boundary.length && !last->ended)
			part->anomalies |= last->children ? ANOMALY_BIT(unclosed)
							  : ANOMALY_BIT(unusedBoundary);
		set_body_end(scan, part, end);
	}
}

/* ---- the whole ---- */

static bool meet_delimiter(struct scan *scan, const struct delimiter *delimiter, size_t line)
{
	const struct part *part = part_of(scan, scan->open - 1);
	size_t from = (size_t)(part->body.data - scan->message.data);

	close_levels(scan, delimiter->level + 1, before_line_break(scan->message, from, line));
	scan->levels[delimiter->level].ended = delimiter->last;
	return delimiter->last || enter(scan);
}

static void look_behind_end(struct scan *scan, struct text line)
{
	if (scan->levels[scan->open - 1].ended && !rest_is_blank(line, 0))
		flag(scan, scan->open - 1, ANOMALY_BIT(textAfterEnd));
}

static bool read_bodies(struct scan *scan)
{
	while (scan->at < scan->message.length && !scan->full) {
		size_t line = scan->at, end = line_end(scan->message, line, &scan->at);
		struct text bytes = text_part(scan->message, line, end);
		struct delimiter delimiter;

		if (!find_delimiter(scan, bytes, &delimiter))
			look_behind_end(scan, bytes);
		else if (!meet_delimiter(scan, &delimiter, line))
			return false;
	}
	return true;
}

/* What is wrong with the lines of the whole. */
static anomaly_set inspect_lines(struct text message)
{
	anomaly_set anomalies = text_contains_byte(message, '\0') ? ANOMALY_BIT(nul) : 0;
	bool with_cr = false, without_cr = false;

	for (size_t at = 0, next; at < message.length; at = next) {
		size_t end = line_end(message, at, &next);

		if (end - at > 998)
			anomalies |= ANOMALY_BIT(longLine);
		if (memchr(message.data + at, '\r', end - at))
			anomalies |= ANOMALY_BIT(bareCr);
		with_cr |= next - end == 2;
		without_cr |= next - end == 1;
	}
	return anomalies | (with_cr && without_cr ? ANOMALY_BIT(bareLf) : 0);
}

bool structure_read(struct text message, const struct structure_limits *limits, struct arena *arena,
		    struct structure *out)
{
	struct structure_limits bounds = { limits->parts ? limits->parts : 1,
					   limits->depth ? limits->depth : 1 };
	struct scan scan = { .message = message, .limits = &bounds, .arena = arena };

	if (!message.data)
		scan.message = message = TEXT_EMPTY;
	scan.levels = arena_allocate(arena, ((size_t)bounds.depth + 1) * sizeof(*scan.levels));
	if (!scan.levels || !enter(&scan) || !read_bodies(&scan))
		return false;
	close_levels(&scan, 0, message.length);
	scan.parts[0].anomalies |= inspect_lines(message);
	*out = (struct structure){ scan.parts, scan.count };
	return true;
}
