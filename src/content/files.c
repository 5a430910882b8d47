#include "content/files.h"

#include "content/charset.h"
#include "content/transfer.h"

/* Room doubles at each power of two: no other record of it is needed. */
static bool grow(struct content_files *files, struct arena *arena)
{
	uint32_t count = files->count;
	struct content_file *grown;

	if (count & (count - 1))
		return true;
	grown = arena_allocate(arena, (count ? (size_t)count * 2 : 1) * sizeof(*grown));
	if (!grown)
		return false;
	if (count)
		memcpy(grown, files->items, count * sizeof(*grown));
	files->items = grown;
	return true;
}

struct content_file *files_add(struct content_files *files, uint32_t most, struct arena *arena)
{
	if (files->count >= most)
		files->anomalies |= ANOMALY_BIT(tooMany);
	if (files->count >= most || !grow(files, arena))
		return NULL;
	files->items[files->count] = (struct content_file){ .content = TEXT_EMPTY };
	return &files->items[files->count++];
}

static bool has_name(const struct content_file *file, struct text name)
{
	for (uint32_t i = 0; i < file->name_count; i++)
		if (text_equals(file->names[i], name))
			return true;
	return false;
}

bool file_add_name(struct content_file *file, struct text name, struct arena *arena)
{
	const char *nul = name.length ? memchr(name.data, '\0', name.length) : NULL;
	struct buffer clean;
	bool ok = true;

	if (nul)
		name = text_part(name, 0, (size_t)(nul - name.data));
	buffer_init(&clean, BUFFER_CAP_DEFAULT);
	utf8_append(name, &clean);
	name = buffer_text(&clean);
	if (name.length && file->name_count < FILE_NAMES_MAX && !has_name(file, name))
		file->names[file->name_count++] = arena_copy(arena, name, &ok);
	ok = ok && !clean.failed;
	buffer_free(&clean);
	return ok;
}

/* ---- uuencode ---- */

static bool uu_file(struct text bytes, size_t *at, struct text name, struct content_file *file,
		    struct arena *arena)
{
	struct buffer content;
	bool ok = true;

	buffer_init(&content, bytes.length);
	if (!uu_read(bytes, at, &content))
		file->anomalies |= ANOMALY_BIT(damagedFile);
	file->content = arena_copy(arena, buffer_text(&content), &ok);
	ok = ok && !content.failed;
	buffer_free(&content);
	return ok && file_add_name(file, name, arena);
}

static bool read_uuencode(struct text bytes, uint32_t most, struct arena *arena,
			  struct content_files *out)
{
	struct text name;
	size_t at = 0;

	while (uu_begins(bytes, &at, &name)) {
		struct content_file *file = files_add(out, most, arena);

		out->format = "uuencode";
		if (!file)
			return out->count >= most;
		if (!uu_file(bytes, &at, name, file, arena))
			return false;
	}
	return true;
}

bool files_read(struct text bytes, uint32_t most, struct arena *arena, struct content_files *out)
{
	*out = (struct content_files){ .format = "" };
	return tnef_begins(bytes) ? tnef_read(bytes, most, arena, out)
				  : read_uuencode(bytes, most, arena, out);
}
