#include "base/json.h"

#include "base/hash.h"
#include "base/memory.h"

/* ---- keys of open objects ---- */

/* Hashes of (object, key), 64 bits with a seed: two that are alike are the same key. */
struct seen {
	uint64_t *slots; /* 0 is free */
	size_t count, room;
};

static void seen_put(struct seen *seen, uint64_t hash)
{
	size_t at = hash & (seen->room - 1);

	while (seen->slots[at])
		at = (at + 1) & (seen->room - 1);
	seen->slots[at] = hash;
	seen->count++;
}

static bool seen_grow(struct seen *seen)
{
	struct seen wider = { .room = seen->room ? seen->room * 2 : 64 };

	wider.slots = memory_zeroed(wider.room, sizeof(*wider.slots));
	if (!wider.slots)
		return false;
	for (size_t i = 0; i < seen->room; i++)
		if (seen->slots[i])
			seen_put(&wider, seen->slots[i]);
	memory_free(seen->slots);
	*seen = wider;
	return true;
}

static bool seen_has(const struct seen *seen, uint64_t hash)
{
	size_t at = hash & (seen->room - 1);

	while (seen->slots[at] && seen->slots[at] != hash)
		at = (at + 1) & (seen->room - 1);
	return seen->slots[at] == hash;
}

/* ---- checking ---- */

struct checking {
	struct text source;
	size_t at;
	unsigned depth;
	uint64_t maps;			   /* bit n: level n is a map */
	uint32_t objects[JSON_DEPTH_MAX]; /* number of the map at that level */
	uint32_t object_count;
	struct seen seen;
	struct json_fault fault;
	bool no_memory;
};

/* What may come next. */
enum step { STEP_VALUE, STEP_FIRST_VALUE, STEP_KEY, STEP_FIRST_KEY, STEP_AFTER, STEP_WRONG };

static enum step wrong_at(struct checking *c, size_t at, const char *message)
{
	c->fault = (struct json_fault){ at, message };
	return STEP_WRONG;
}

static enum step wrong(struct checking *c, const char *message)
{
	return wrong_at(c, c->at, c->at < c->source.length ? message : "the text ends too early");
}

static int peek(const struct checking *c)
{
	return c->at < c->source.length ? (unsigned char)c->source.data[c->at] : -1;
}

static void skip_blanks(struct checking *c)
{
	while (c->at < c->source.length && byte_is_space(c->source.data[c->at]))
		c->at++;
}

static int hex_digit(int byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* Four hex digits at `at`; -1 when they are not there. */
static int read_unit(struct text source, size_t at)
{
	int unit = 0;

	if (at + 4 > source.length)
		return -1;
	for (size_t i = at; i < at + 4; i++) {
		int digit = hex_digit((unsigned char)source.data[i]);

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

/* The character of \uXXXX or of a pair of them, `at` behind the u; -1 when it is none. */
static int32_t read_escaped(struct text source, size_t at, size_t *length)
{
	int high = read_unit(source, at), low;

	*length = 4;
	if (high < 0 || (high >= 0xdc00 && high < 0xe000))
		return -1;
	if (high < 0xd800 || high >= 0xe000)
		return high;
	if (at + 6 > source.length || source.data[at + 4] != '\\' || source.data[at + 5] != 'u')
		return -1;
	low = read_unit(source, at + 6);
	*length = 10;
	if (low < 0xdc00 || low >= 0xe000)
		return -1;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static bool check_escape(struct checking *c)
{
	size_t length = 0;

	c->at++;
	switch (peek(c)) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		c->at++;
		return true;
	case 'u':
		if (read_escaped(c->source, c->at + 1, &length) < 0) {
			wrong(c, "\\u is followed by the four digits of a character, or twice by those of "
				 "a pair");
			return false;
		}
		c->at += 1 + length;
		return true;
	default:
		wrong(c, "this is no escape");
		return false;
	}
}

/* A text, its opening quote at hand. */
static bool check_text(struct checking *c)
{
	c->at++;
	for (;;) {
		int byte = peek(c);
		size_t length;

		if (byte == '"') {
			c->at++;
			return true;
		}
		if (byte == '\\') {
			if (!check_escape(c))
				return false;
			continue;
		}
		length = byte < 0x20 ? 0 : text_character(c->source, c->at);
		if (length == 0) {
			wrong(c, byte < 0x20 ? "a control character stands in a text unescaped"
					     : "the text is not UTF-8");
			return false;
		}
		c->at += length;
	}
}

static bool check_digits(struct checking *c)
{
	if (peek(c) < '0' || peek(c) > '9') {
		wrong(c, "this is no number");
		return false;
	}
	while (peek(c) >= '0' && peek(c) <= '9')
		c->at++;
	return true;
}

static bool check_number(struct checking *c)
{
	if (peek(c) == '-')
		c->at++;
	if (peek(c) == '0')
		c->at++;
	else if (!check_digits(c))
		return false;
	if (peek(c) == '.') {
		c->at++;
		if (!check_digits(c))
			return false;
	}
	if (peek(c) == 'e' || peek(c) == 'E') {
		c->at++;
		if (peek(c) == '+' || peek(c) == '-')
			c->at++;
		return check_digits(c);
	}
	return true;
}

static enum step check_word(struct checking *c, struct text word)
{
	struct text there = text_part(c->source, c->at, c->source.length);

	if (!text_starts_with(there, word))
		return wrong(c, "this is no value");
	c->at += word.length;
	return STEP_AFTER;
}

static enum step open_level(struct checking *c, bool map)
{
	if (c->depth == JSON_DEPTH_MAX)
		return wrong(c, "this is nested deeper than 64 levels");
	c->maps = (c->maps & ~((uint64_t)1 << c->depth)) | (uint64_t)map << c->depth;
	c->objects[c->depth++] = map ? ++c->object_count : 0;
	c->at++;
	return map ? STEP_FIRST_KEY : STEP_FIRST_VALUE;
}

static bool in_map(const struct checking *c)
{
	return c->depth && (c->maps >> (c->depth - 1) & 1);
}

static enum step check_value(struct checking *c, bool may_end)
{
	int byte = peek(c);

	switch (byte) {
	case '{':
		return open_level(c, true);
	case '[':
		return open_level(c, false);
	case '"':
		return check_text(c) ? STEP_AFTER : STEP_WRONG;
	case 't':
		return check_word(c, TEXT("true"));
	case 'f':
		return check_word(c, TEXT("false"));
	case 'n':
		return check_word(c, TEXT("null"));
	case ']':
		if (!may_end)
			return wrong(c, "a value is missing");
		c->at++;
		c->depth--;
		return STEP_AFTER;
	default:
		if (byte != '-' && !(byte >= '0' && byte <= '9'))
			return wrong(c, "this is no value");
		return check_number(c) ? STEP_AFTER : STEP_WRONG;
	}
}

/* Keys are compared as what they mean: "a" and "\u0061" are one. */
static bool hash_key(struct text key, uint64_t *hash)
{
	char *decoded;

	if (json_is_plain(key)) {
		*hash = hash_bytes(key.data + 1, key.length - 2u);
		return true;
	}
	decoded = memory_allocate(key.length);
	if (!decoded)
		return false;
	*hash = hash_bytes(decoded, json_decode(key, decoded));
	memory_free(decoded);
	return true;
}

static enum step note_key(struct checking *c, struct text key, size_t at)
{
	uint64_t hash;

	if ((c->seen.count * 2 >= c->seen.room && !seen_grow(&c->seen)) || !hash_key(key, &hash)) {
		c->no_memory = true;
		return STEP_WRONG;
	}
	hash = hash_number(hash ^ hash_number(c->objects[c->depth - 1])) | 1;
	if (seen_has(&c->seen, hash))
		return wrong_at(c, at, "this key stands twice in one object");
	seen_put(&c->seen, hash);
	return STEP_VALUE;
}

static enum step check_key(struct checking *c, bool may_end)
{
	size_t from = c->at;
	struct text key;

	if (may_end && peek(c) == '}') {
		c->at++;
		c->depth--;
		return STEP_AFTER;
	}
	if (peek(c) != '"')
		return wrong(c, "a key in quotes is missing");
	if (!check_text(c))
		return STEP_WRONG;
	key = text_part(c->source, from, c->at);
	skip_blanks(c);
	if (peek(c) != ':')
		return wrong(c, "a colon is missing behind the key");
	c->at++;
	return note_key(c, key, from);
}

static enum step check_after(struct checking *c)
{
	int byte = peek(c);
	bool map = in_map(c);

	if (byte == ',') {
		c->at++;
		return map ? STEP_KEY : STEP_VALUE;
	}
	if (byte != (map ? '}' : ']'))
		return wrong(c, map ? "a comma or } is missing" : "a comma or ] is missing");
	c->at++;
	c->depth--;
	return STEP_AFTER;
}

static enum step check_step(struct checking *c, enum step step)
{
	skip_blanks(c);
	switch (step) {
	case STEP_VALUE:
	case STEP_FIRST_VALUE:
		return check_value(c, step == STEP_FIRST_VALUE);
	case STEP_KEY:
	case STEP_FIRST_KEY:
		return check_key(c, step == STEP_FIRST_KEY);
	default:
		return check_after(c);
	}
}

enum json_result json_check(struct text source, struct text *value, struct json_fault *fault)
{
	struct checking c = { .source = source };
	enum step step = STEP_VALUE;
	size_t from, to;

	skip_blanks(&c);
	from = c.at;
	do
		step = check_step(&c, step);
	while (step != STEP_WRONG && (step != STEP_AFTER || c.depth));
	to = c.at;
	skip_blanks(&c);
	if (step == STEP_AFTER && c.at < source.length)
		step = wrong(&c, "something stands behind the value");
	memory_free(c.seen.slots);
	if (c.no_memory)
		return JSON_NO_MEMORY;
	*fault = c.fault;
	if (step == STEP_WRONG)
		return JSON_WRONG;
	*value = text_part(source, from, to);
	return JSON_GOOD;
}

/* ---- values that were checked ---- */

enum json_kind json_kind(struct text value)
{
	switch (value.length ? value.data[0] : 'n') {
	case 'n':
		return JSON_NULL;
	case 't':
	case 'f':
		return JSON_BOOL;
	case '"':
		return JSON_TEXT;
	case '[':
		return JSON_LIST;
	case '{':
		return JSON_MAP;
	default:
		return JSON_NUMBER;
	}
}

static size_t text_end(struct text value, size_t at)
{
	for (at++; at < value.length && value.data[at] != '"'; at++)
		if (value.data[at] == '\\')
			at++;
	return at < value.length ? at + 1 : value.length;
}

/* Where the value that begins at `at` ends: brackets are counted, texts passed over. */
static size_t value_end(struct text value, size_t at)
{
	size_t depth = 0;

	while (at < value.length) {
		char byte = value.data[at];

		if (byte == '"') {
			at = text_end(value, at);
		} else if (depth == 0 && (byte == ',' || byte == ']' || byte == '}' || byte_is_space(byte))) {
			return at;
		} else {
			depth += byte == '[' || byte == '{';
			depth -= byte == ']' || byte == '}';
			at++;
		}
		if (depth == 0 && (byte == '"' || byte == ']' || byte == '}'))
			return at;
	}
	return at;
}

static void pass_blanks(struct json_cursor *cursor)
{
	while (cursor->at < cursor->value.length &&
	       (byte_is_space(cursor->value.data[cursor->at]) ||
		cursor->value.data[cursor->at] == ',' || cursor->value.data[cursor->at] == ':'))
		cursor->at++;
}

static struct text next_value(struct json_cursor *cursor)
{
	size_t from, to;

	pass_blanks(cursor);
	from = cursor->at;
	to = value_end(cursor->value, from);
	cursor->at = to;
	return text_part(cursor->value, from, to);
}

void json_begin(struct json_cursor *cursor, struct text value)
{
	enum json_kind kind = json_kind(value);

	*cursor = (struct json_cursor){ value, 1 };
	if (kind != JSON_LIST && kind != JSON_MAP)
		cursor->at = value.length;
}

bool json_next(struct json_cursor *cursor, struct text *key, struct text *value)
{
	*key = TEXT_EMPTY;
	pass_blanks(cursor);
	/* the closing bracket, or nothing at all */
	if (cursor->at + 1 >= cursor->value.length)
		return false;
	if (json_kind(cursor->value) == JSON_MAP)
		*key = next_value(cursor);
	*value = next_value(cursor);
	if (value->length == 0)
		cursor->at = cursor->value.length;
	return value->length != 0;
}

uint32_t json_length(struct text value)
{
	struct json_cursor cursor;
	struct text key, item;
	uint32_t count = 0;

	json_begin(&cursor, value);
	while (json_next(&cursor, &key, &item))
		count++;
	return count;
}

/* ---- texts ---- */

bool json_is_plain(struct text value)
{
	return !text_contains_byte(value, '\\');
}

static size_t put_character(char *room, uint32_t character)
{
	if (character < 0x80) {
		room[0] = (char)character;
		return 1;
	}
	if (character < 0x800) {
		room[0] = (char)(0xc0 | character >> 6);
		room[1] = (char)(0x80 | (character & 0x3f));
		return 2;
	}
	if (character < 0x10000) {
		room[0] = (char)(0xe0 | character >> 12);
		room[1] = (char)(0x80 | (character >> 6 & 0x3f));
		room[2] = (char)(0x80 | (character & 0x3f));
		return 3;
	}
	room[0] = (char)(0xf0 | character >> 18);
	room[1] = (char)(0x80 | (character >> 12 & 0x3f));
	room[2] = (char)(0x80 | (character >> 6 & 0x3f));
	room[3] = (char)(0x80 | (character & 0x3f));
	return 4;
}

static char escaped_byte(char name)
{
	switch (name) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return name;
	}
}

/* An escape is never shorter than what it stands for. */
size_t json_decode(struct text value, char *room)
{
	size_t end = value.length ? value.length - 1u : 0, at = 1, length = 0, used;

	while (at < end) {
		if (value.data[at] != '\\' || at + 1 >= end) {
			room[length++] = value.data[at++];
		} else if (value.data[at + 1] != 'u') {
			room[length++] = escaped_byte(value.data[at + 1]);
			at += 2;
		} else {
			int32_t character = read_escaped(value, at + 2, &used);

			length += put_character(room + length, character < 0 ? '?' : (uint32_t)character);
			at += 2 + used;
		}
	}
	return length;
}
