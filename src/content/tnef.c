/* TNEF as MS-OXTNEF has it: a signature, then attributes one after another. An attachment begins
 * with attAttachRenddata; its name stands in attAttachTitle, and again among the MAPI properties of
 * attAttachment. What the message itself says is compressed RTF among those of attMsgProps. */
#include "base/cursor.h"
#include "content/charset.h"
#include "content/files.h"
#include "content/rtf.h"

enum { SIGNATURE = 0x223e9f78, SIGNATURE_SIZE = 6, LEVEL_ATTACHMENT = 2, CHECKSUM_SIZE = 2 };

enum attribute {
	ATTACH_TITLE = 0x18010,
	ATTACH_DATA = 0x6800f,
	ATTACH_TRANSPORT_NAME = 0x69001,
	ATTACH_BEGINS = 0x69002,
	MESSAGE_PROPERTIES = 0x69003,
	ATTACH_PROPERTIES = 0x69005,
};

enum property {
	RTF_COMPRESSED = 0x1009,
	ATTACH_CONTENT = 0x3701,
	ATTACH_SHORT_NAME = 0x3704,
	ATTACH_LONG_NAME = 0x3707,
	DISPLAY_NAME = 0x3001
};

struct reading {
	struct content_files *files;
	uint32_t most;
	struct arena *arena;
	struct content_file *file; /* the one that attributes belong to */
	bool has_title, has_content;
	bool full;
};

/* ---- bytes ---- */

/* Up to the next multiple of four; at the very end it may be missing. */
static void skip_padding(struct cursor *cursor, uint32_t length)
{
	size_t padding = (4 - length % 4) % 4, left = cursor->rest.length;

	cursor_take(cursor, padding < left ? padding : left);
}

static uint16_t checksum(struct text data)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < data.length; i++)
		sum += (unsigned char)data.data[i];
	return (uint16_t)sum;
}

/* ---- files ---- */

static bool begin_file(struct reading *reading)
{
	reading->file = files_add(reading->files, reading->most, reading->arena);
	reading->has_title = reading->has_content = false;
	reading->full = !reading->file && reading->files->count >= reading->most;
	return reading->file || reading->full;
}

/* What is given twice, or without a beginning, belongs to a file of its own: some readers take it
 * so. */
static bool need_file(struct reading *reading, bool given)
{
	return (reading->file && !given) || begin_file(reading);
}

static bool set_content(struct reading *reading, struct text content)
{
	if (!need_file(reading, reading->has_content))
		return false;
	if (reading->file)
		reading->file->content = content;
	reading->has_content = true;
	return true;
}

static bool add_name(struct reading *reading, struct text name, bool wide)
{
	struct buffer narrow;
	bool ok;

	if (!need_file(reading, false))
		return false;
	if (!reading->file)
		return true;
	if (!wide)
		return file_add_name(reading->file, name, reading->arena);
	buffer_init(&narrow, BUFFER_CAP_DEFAULT);
	charset_decode(TEXT("utf-16le"), name, &narrow);
	ok = !narrow.failed && file_add_name(reading->file, buffer_text(&narrow), reading->arena);
	buffer_free(&narrow);
	return ok;
}

/* The text of the message: a file of its own without a name, wherever it stands between those of an
 * attachment. */
static bool add_body(struct reading *reading, struct text compressed)
{
	size_t place = reading->file ? (size_t)(reading->file - reading->files->items) : 0;
	struct content_file *body = files_add(reading->files, reading->most, reading->arena);
	bool whole;

	if (reading->file)
		reading->file = &reading->files->items[place];
	if (!body) {
		reading->full = reading->files->count >= reading->most;
		return reading->full;
	}
	if (!rtf_decompress(compressed, reading->arena, &body->content, &whole))
		return false;
	if (!whole)
		body->anomalies |= ANOMALY_BIT(damagedFile);
	return true;
}

/* ---- MAPI properties (MS-OXTNEF 2.1.3.4) ---- */

/* Does something with one that is a text or bytes. False when memory has ended. */
typedef bool take_property(struct reading *reading, uint32_t id, uint32_t type, struct text value);

enum {
	MAPI_OBJECT = 0x0d,
	MAPI_STRING = 0x1e,
	MAPI_WIDE_STRING = 0x1f,
	MAPI_BINARY = 0x102,
	MAPI_MANY = 0x1000,
	NAMED_FROM = 0x8000,
	GUID_SIZE = 16,
};

static bool is_variable(uint32_t type)
{
	return type == MAPI_OBJECT || type == MAPI_STRING || type == MAPI_WIDE_STRING ||
	       type == MAPI_BINARY;
}

/* 0: a type that nobody knows. Small numbers take four bytes. */
static uint32_t fixed_size(uint32_t type)
{
	switch (type) {
	case 0x02: /* 16 bits */
	case 0x03: /* 32 bits */
	case 0x04: /* float */
	case 0x0a: /* error */
	case 0x0b: /* boolean */
		return 4;
	case 0x05: /* double */
	case 0x06: /* currency */
	case 0x07: /* time of an application */
	case 0x14: /* 64 bits */
	case 0x40: /* time */
		return 8;
	case 0x48: /* GUID */
		return GUID_SIZE;
	default:
		return 0;
	}
}

/* Properties from 0x8000 on have a name, by number or by text. */
static void skip_name(struct cursor *cursor)
{
	uint32_t by_text, length;

	cursor_take(cursor, GUID_SIZE);
	by_text = cursor_little(cursor, 4);
	length = cursor_little(cursor, 4);
	if (by_text) {
		cursor_take(cursor, length);
		skip_padding(cursor, length);
	}
}

/* An object's content stands behind the number of its interface. */
static struct text content_of(struct text value, uint32_t type)
{
	size_t skip = type == MAPI_OBJECT && value.length >= GUID_SIZE ? GUID_SIZE : 0;

	return text_part(value, skip, value.length);
}

static bool of_attachment(struct reading *reading, uint32_t id, uint32_t type, struct text value)
{
	bool text = type == MAPI_STRING || type == MAPI_WIDE_STRING;

	switch (id) {
	case ATTACH_SHORT_NAME:
	case ATTACH_LONG_NAME:
	case DISPLAY_NAME:
		return !text || add_name(reading, value, type == MAPI_WIDE_STRING);
	case ATTACH_CONTENT:
		return text || reading->has_content ||
		       set_content(reading, content_of(value, type));
	default:
		return true;
	}
}

static bool of_message(struct reading *reading, uint32_t id, uint32_t type, struct text value)
{
	return id != RTF_COMPRESSED || type != MAPI_BINARY || add_body(reading, value);
}

/* What there is of so many bytes; fails when that is less. */
static struct text take_what_is_left(struct cursor *cursor, uint32_t length)
{
	size_t left = cursor->rest.length;
	struct text taken = cursor_take(cursor, length < left ? length : left);

	cursor->failed |= taken.length != length;
	return taken;
}

/* Each value has its length before it. */
static bool read_values(struct reading *reading, struct cursor *cursor, uint32_t id, uint32_t type,
			take_property *take)
{
	uint32_t count = cursor_little(cursor, 4);

	for (uint32_t i = 0; i < count && !cursor->failed && !reading->full; i++) {
		uint32_t length = cursor_little(cursor, 4);
		bool begins = !cursor->failed;
		struct text value = take_what_is_left(cursor, length);

		if (begins && !take(reading, id, type, value))
			return false;
		skip_padding(cursor, length);
	}
	return true;
}

static void skip_fixed(struct cursor *cursor, uint32_t type, bool many)
{
	uint32_t size = fixed_size(type), count = many ? cursor_little(cursor, 4) : 1;
	uint64_t length = (uint64_t)size * count;

	cursor->failed |= size == 0;
	cursor_take(cursor, length > SIZE_MAX ? SIZE_MAX : (size_t)length);
}

static bool read_properties(struct reading *reading, struct text data, take_property *take)
{
	struct cursor cursor = cursor_of(data);
	uint32_t count = cursor_little(&cursor, 4);

	for (uint32_t i = 0; i < count && !cursor.failed && !reading->full; i++) {
		uint32_t type = cursor_little(&cursor, 2), id = cursor_little(&cursor, 2);
		uint32_t kind = type & ~(uint32_t)MAPI_MANY;

		if (id >= NAMED_FROM)
			skip_name(&cursor);
		if (!is_variable(kind))
			skip_fixed(&cursor, kind, type & MAPI_MANY);
		else if (!read_values(reading, &cursor, id, kind, take))
			return false;
	}
	if (cursor.failed && reading->file)
		reading->file->anomalies |= ANOMALY_BIT(damagedFile);
	else if (cursor.failed)
		reading->files->anomalies |= ANOMALY_BIT(damagedFile);
	return true;
}

/* ---- attributes ---- */

static bool take_title(struct reading *reading, struct text data)
{
	if (!need_file(reading, reading->has_title))
		return false;
	reading->has_title = true;
	return add_name(reading, data, false);
}

static bool take_attribute(struct reading *reading, uint32_t id, struct text data)
{
	switch (id) {
	case ATTACH_BEGINS:
		return begin_file(reading);
	case ATTACH_TITLE:
		return take_title(reading, data);
	case ATTACH_TRANSPORT_NAME:
		return add_name(reading, data, false);
	case ATTACH_DATA:
		return set_content(reading, data);
	case ATTACH_PROPERTIES:
		return need_file(reading, false) && read_properties(reading, data, of_attachment);
	case MESSAGE_PROPERTIES:
		return read_properties(reading, data, of_message);
	default:
		return true;
	}
}

/* An attribute that promises more than there is gives what there is. */
static bool read_attribute(struct reading *reading, struct cursor *cursor)
{
	uint32_t level = cursor_little(cursor, 1), id = cursor_little(cursor, 4),
		 length = cursor_little(cursor, 4);
	struct text data = take_what_is_left(cursor, length);
	uint32_t sum = cursor_little(cursor, CHECKSUM_SIZE);

	if (cursor->failed || sum != checksum(data) || level == 0 || level > LEVEL_ATTACHMENT)
		reading->files->anomalies |= ANOMALY_BIT(damagedFile);
	return take_attribute(reading, id, data);
}

bool tnef_begins(struct text bytes)
{
	struct cursor cursor = cursor_of(bytes);

	return cursor_little(&cursor, 4) == SIGNATURE && !cursor.failed;
}

bool tnef_read(struct text bytes, uint32_t most, struct arena *arena, struct content_files *out)
{
	struct reading reading = { .files = out, .most = most, .arena = arena };
	struct cursor cursor = cursor_of(bytes);

	out->format = "tnef";
	cursor_take(&cursor, SIGNATURE_SIZE);
	while (!cursor.failed && !reading.full && cursor.rest.length > 0)
		if (!read_attribute(&reading, &cursor))
			return false;
	return true;
}
