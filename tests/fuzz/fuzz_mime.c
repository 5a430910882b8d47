/* A message of anybody's making: its parts are views of it, in the order and depth of a tree within
 * the limits; names, bodies, addresses, words, and the files within bodies of each are read. */
#include "fuzz.h"

#include "content/charset.h"
#include "content/files.h"
#include "content/hop.h"
#include "content/lines.h"
#include "content/mailbox.h"
#include "content/names.h"
#include "content/part.h"
#include "content/parameters.h"
#include "content/words.h"

#include <stdlib.h>

enum { PARTS_MAX = 100, DEPTH_MAX = 8, OUT_MAX = 1 << 20 };

static struct arena arena;
static struct buffer out;

static void check_view(struct text part, struct text whole)
{
	if (part.length &&
	    (part.data < whole.data || part.data + part.length > whole.data + whole.length))
		abort();
}

static void check_utf8(void)
{
	if (!out.failed && !text_is_utf8(buffer_text(&out)))
		abort();
	buffer_clear(&out);
}

static void read_names(const struct part *part)
{
	struct names names;

	if (!names_read(part, &arena, &names))
		abort();
	if (names.count > NAMES_MAX)
		abort();
	for (unsigned i = 0; i < names.count; i++)
		for (unsigned k = 0; k < i; k++)
			if (text_equals(names.items[i], names.items[k]))
				abort();
}

/* A value of any field, as each of the readers of values takes it. */
static void read_value(struct text value)
{
	struct mailboxes mailboxes = { 0 };
	struct parameters parameters;
	struct hop hop;

	parameters_read(value, &parameters);
	check_view(parameters.head, value);
	if (parameters_value(&parameters, "name", &out))
		buffer_clear(&out);
	if (!mailboxes_read(value, &arena, &mailboxes))
		abort();
	for (uint32_t i = 0; i < mailboxes.count; i++)
		if (mailboxes.items[i].valid && !address_is_valid(mailboxes.items[i].address))
			abort();
	hop_read(value, &hop);
	for (int i = 0; i < HOP_FIELDS; i++)
		check_view(hop.fields[i], value);
	words_decode(value, &out);
	buffer_clear(&out);
}

static void read_header(struct text header)
{
	struct field field;

	for (size_t at = 0; field_next(header, &at, &field);) {
		check_view(field.name, header);
		check_view(field.raw, header);
		read_value(field.raw);
	}
}

/* Files of a body, and of the first file in it. */
static void read_files(struct text bytes)
{
	struct content_files files;

	for (unsigned depth = 0; depth < 3; depth++) {
		if (!files_read(bytes, PARTS_MAX, &arena, &files) || files.count > PARTS_MAX)
			abort();
		for (uint32_t i = 0; i < files.count; i++)
			for (uint32_t n = 0; n < files.items[i].name_count; n++)
				if (!text_is_utf8(files.items[i].names[n]))
					abort();
		if (files.count == 0)
			return;
		bytes = files.items[0].content;
	}
}

static void read_part(const struct structure *structure, uint32_t number, struct text message)
{
	const struct part *part = &structure->parts[number];

	check_view(part->header, message);
	check_view(part->body, message);
	if (part->depth == 0 || part->depth > DEPTH_MAX || part->parent >= (int32_t)number ||
	    (number == 0) != (part->parent == PARENT_NONE))
		abort();
	if (number && structure->parts[part->parent].depth + 1 != part->depth)
		abort();
	part_inspect(part);
	transfer_decode(part->transfer, part->body, &out);
	read_files(buffer_text(&out));
	buffer_clear(&out);
	if (charset_decode(part->charset, part->body, &out))
		check_utf8();
	buffer_clear(&out);
	read_header(part->header);
	read_names(part);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct structure_limits limits = { PARTS_MAX, DEPTH_MAX };
	struct text message = text_of((const char *)bytes, size, LIFETIME_EVENT);
	struct structure structure;

	if (!arena.cap) {
		arena_init(&arena, (size_t)64 << 20, LIFETIME_EVENT);
		buffer_init(&out, OUT_MAX);
	}
	if (!structure_read(message, &limits, &arena, &structure) || structure.count == 0 ||
	    structure.count > PARTS_MAX)
		abort();
	for (uint32_t i = 0; i < structure.count; i++)
		read_part(&structure, i, message);
	arena_reset(&arena);
	return 0;
}
