#include "authentication/dkim_fields.h"

#include <stdlib.h>

#include "authentication/tags.h"
#include "base/memory.h"

/* All fields of one name stand together: `left` of the first of them counts those not yet taken. */
struct entry {
	const struct header *header;
	unsigned left, all;
};

struct dkim_fields {
	unsigned count;
	struct entry entries[];
};

static int compare_names(struct text a, struct text b)
{
	size_t least = a.length < b.length ? a.length : b.length;

	for (size_t i = 0; i < least; i++) {
		int difference =
			(unsigned char)byte_lower(a.data[i]) - (unsigned char)byte_lower(b.data[i]);

		if (difference)
			return difference;
	}
	return (a.length > b.length) - (a.length < b.length);
}

/* By name, then from the top down. */
static int compare_entries(const void *a, const void *b)
{
	const struct header *left = ((const struct entry *)a)->header;
	const struct header *right = ((const struct entry *)b)->header;
	int difference = compare_names(text_trim(left->name), text_trim(right->name));

	return difference ? difference : (left > right) - (left < right);
}

static void count_names(struct dkim_fields *fields)
{
	struct entry *first = fields->entries;

	for (unsigned i = 0; i < fields->count; i++) {
		struct entry *entry = fields->entries + i;

		if (compare_names(text_trim(first->header->name), text_trim(entry->header->name)))
			first = entry;
		first->all++;
	}
}

struct dkim_fields *dkim_fields_new(const struct headers *headers)
{
	size_t size = sizeof(struct dkim_fields) + headers->count * sizeof(struct entry);
	struct dkim_fields *fields = memory_zeroed(1, size);

	if (!fields)
		return NULL;
	fields->count = headers->count;
	for (unsigned i = 0; i < fields->count; i++)
		fields->entries[i].header = headers->items + i;
	qsort(fields->entries, fields->count, sizeof(struct entry), compare_entries);
	count_names(fields);
	dkim_fields_again(fields);
	return fields;
}

void dkim_fields_free(struct dkim_fields *fields)
{
	memory_free(fields);
}

void dkim_fields_again(struct dkim_fields *fields)
{
	for (unsigned i = 0; i < fields->count; i++)
		fields->entries[i].left = fields->entries[i].all;
}

/* The first entry of that name, or NULL. */
static struct entry *find(struct dkim_fields *fields, struct text name)
{
	unsigned from = 0, to = fields->count;

	while (from < to) {
		unsigned middle = from + (to - from) / 2;

		if (compare_names(text_trim(fields->entries[middle].header->name), name) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	if (from == fields->count ||
	    compare_names(text_trim(fields->entries[from].header->name), name))
		return NULL;
	return fields->entries + from;
}

const struct header *dkim_fields_take(struct dkim_fields *fields, struct text name)
{
	struct entry *first = find(fields, name);

	return first && first->left ? first[--first->left].header : NULL;
}

unsigned dkim_fields_left(struct dkim_fields *fields, struct text name)
{
	const struct entry *first = find(fields, name);

	return first ? first->left : 0;
}

/* ---- the hash ---- */

/* The field with nothing behind "b=". */
static bool append_own(const struct dkim_signature *signature, struct buffer *out)
{
	struct text raw = signature->raw, b = signature->signature;
	size_t at = (size_t)(b.data - raw.data);

	buffer_append_text(out, text_part(raw, 0, at));
	buffer_append_text(out, text_part(raw, at + b.length, raw.length));
	return !out->failed;
}

bool dkim_fields_hash(struct dkim_fields *fields, const struct dkim_signature *signature,
		      struct text name, uint8_t hash[SHA256_LENGTH])
{
	struct digest *digest = digest_new();
	struct text rest = signature->fields, one;
	struct buffer own;
	bool ok;

	buffer_init(&own, BUFFER_CAP_DEFAULT);
	ok = digest && append_own(signature, &own);
	dkim_fields_again(fields);
	while (ok && list_next(&rest, ':', &one)) {
		const struct header *header = dkim_fields_take(fields, one);

		if (header)
			dkim_canon_header(digest, signature->header_canon, header->name,
					  header->raw, false);
	}
	if (ok) {
		dkim_canon_header(digest, signature->header_canon, name, buffer_text(&own), true);
		digest_end(digest, hash);
	}
	buffer_free(&own);
	digest_free(digest);
	return ok;
}
