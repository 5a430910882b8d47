#include "cli/difference.h"

#include "base/memory.h"

enum { CONTEXT = 3, REACH_MOST = 200, REACH_LEAST = 8 };

struct lines {
	struct text *items; /* each with its line end */
	size_t count;
};

/* A run of lines that differ: old [old_from, old_to) became new [new_from, new_to). */
struct hunk {
	size_t old_from, old_to, new_from, new_to;
};

struct comparison {
	struct lines old, new;
	struct hunk *hunks;
	size_t hunk_count, hunk_room;
	size_t reach; /* how many lines a meeting is looked for: less where nothing is alike */
};

static bool split(struct text text, struct lines *lines)
{
	size_t count = 1;

	for (size_t i = 0; i < text.length; i++)
		count += text.data[i] == '\n';
	lines->items = memory_allocate(count * sizeof(*lines->items));
	if (!lines->items)
		return false;
	for (size_t from = 0; from < text.length;) {
		const char *newline = memchr(text.data + from, '\n', text.length - from);
		size_t to = newline ? (size_t)(newline - text.data) + 1 : text.length;

		lines->items[lines->count++] = text_part(text, from, to);
		from = to;
	}
	return true;
}

static bool same(const struct comparison *c, size_t old, size_t new)
{
	return text_equals(c->old.items[old], c->new.items[new]);
}

/* The nearest pair of equal lines behind a place where the two differ: few lines are passed over in
 * all. When there is none within reach, both sides move on by one line. */
static void find_meeting(struct comparison *c, size_t *old, size_t *new)
{
	for (size_t sum = 1; sum <= c->reach; sum++) {
		for (size_t a = 0; a <= sum; a++) {
			size_t i = *old + a, j = *new + (sum - a);

			if (i < c->old.count && j < c->new.count &&same(c, i, j)) {
				*old = i;
				*new = j;
				c->reach = REACH_MOST;
				return;
			}
		}
	}
	c->reach = c->reach / 2 > REACH_LEAST ? c->reach / 2 : REACH_LEAST;
	*old += *old < c->old.count;
	*new += *new < c->new.count;
}

static bool add_hunk(struct comparison *c, struct hunk hunk)
{
	struct hunk *last = c->hunk_count ? &c->hunks[c->hunk_count - 1] : NULL;

	if (last && last->old_to == hunk.old_from && last->new_to == hunk.new_from) {
		last->old_to = hunk.old_to;
		last->new_to = hunk.new_to;
		return true;
	}
	if (c->hunk_count == c->hunk_room) {
		size_t room = c->hunk_room ? c->hunk_room * 2 : 16;
		struct hunk *hunks = memory_resize(c->hunks, room * sizeof(*hunks));

		if (!hunks)
			return false;
		c->hunks = hunks;
		c->hunk_room = room;
	}
	c->hunks[c->hunk_count++] = hunk;
	return true;
}

static bool compare(struct comparison *c)
{
	size_t old = 0, new = 0;

	while (old < c->old.count || new < c->new.count) {
		struct hunk hunk = { old, old, new, new };

		if (old < c->old.count && new < c->new.count && same(c, old, new)) {
			old++;
			new ++;
			continue;
		}
		if (old < c->old.count && new < c->new.count) {
			find_meeting(c, &old, &new);
		} else {
			old = c->old.count;
			new = c->new.count;
		}
		hunk.old_to = old;
		hunk.new_to = new;
		if (!add_hunk(c, hunk))
			return false;
	}
	return true;
}

/* ---- printing ---- */

static void print_lines(struct buffer *out, char mark, const struct lines *lines, size_t from,
			size_t to)
{
	for (; from < to; from++) {
		struct text line = lines->items[from];

		buffer_append_byte(out, mark);
		buffer_append_text(out, line);
		if (!text_ends_with(line, TEXT("\n")))
			buffer_append_string(out, "\n\\ No newline at end of file\n");
	}
}

/* Hunks closer than twice the context are printed as one group: [first, last]. */
static size_t group_end(const struct comparison *c, size_t first)
{
	size_t last = first;

	while (last + 1 < c->hunk_count &&
	       c->hunks[last + 1].old_from - c->hunks[last].old_to <= 2 * CONTEXT)
		last++;
	return last;
}

static void print_group(const struct comparison *c, size_t first, size_t last, struct buffer *out)
{
	const struct hunk *begin = &c->hunks[first], *end = &c->hunks[last];
	size_t before = begin->old_from < CONTEXT ? begin->old_from : CONTEXT;
	size_t left = c->old.count - end->old_to, after = left < CONTEXT ? left : CONTEXT;
	size_t old_length = end->old_to + after - (begin->old_from - before);
	size_t new_length = end->new_to + after - (begin->new_from - before);
	size_t at = begin->old_from - before;

	buffer_printf(out, "@@ -%zu,%zu +%zu,%zu @@\n", at + (old_length > 0), old_length,
		      begin->new_from - before + (new_length > 0), new_length);
	for (size_t i = first; i <= last; i++) {
		const struct hunk *hunk = &c->hunks[i];

		print_lines(out, ' ', &c->old, at, hunk->old_from);
		print_lines(out, '-', &c->old, hunk->old_from, hunk->old_to);
		print_lines(out, '+', &c->new, hunk->new_from, hunk->new_to);
		at = hunk->old_to;
	}
	print_lines(out, ' ', &c->old, at, at + after);
}

bool difference_print(const char *old_name, struct text old, const char *new_name, struct text new,
		      struct buffer *out)
{
	struct comparison c = { .reach = REACH_MOST };
	bool ok = split(old, &c.old) && split(new, &c.new) && compare(&c);

	if (ok && c.hunk_count)
		buffer_printf(out, "--- %s\n+++ %s\n", old_name, new_name);
	for (size_t first = 0; ok && first < c.hunk_count;) {
		size_t last = group_end(&c, first);

		print_group(&c, first, last, out);
		first = last + 1;
	}
	memory_free(c.old.items);
	memory_free(c.new.items);
	memory_free(c.hunks);
	return ok && !out->failed;
}
