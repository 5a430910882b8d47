#include "bridge/letter.h"

void letter_init(struct letter *letter)
{
	*letter = (struct letter){ .first = true, .input = TEXT_EMPTY };
	buffer_init(&letter->line, LETTER_HEADER_MAX);
	buffer_init(&letter->field, LETTER_HEADER_MAX);
	buffer_init(&letter->folded, LETTER_HEADER_MAX);
	buffer_init(&letter->body, (size_t)2 * LETTER_PIECE_MAX);
}

void letter_free(struct letter *letter)
{
	buffer_free(&letter->line);
	buffer_free(&letter->field);
	buffer_free(&letter->folded);
	buffer_free(&letter->body);
}

void letter_put(struct letter *letter, struct text bytes)
{
	letter->input = bytes;
}

void letter_close(struct letter *letter)
{
	letter->closed = true;
}

/* ---- lines of the header ---- */

static void line_strip_end(struct buffer *line)
{
	if (line->length && line->data[line->length - 1] == '\r')
		line->length--;
}

/* False: more bytes are needed. The last line may lack its end. */
static bool line_complete(struct letter *letter)
{
	if (letter->line_ready)
		return true;
	int64_t end = text_find(letter->input, TEXT("\n"), 0);
	uint32_t length = end < 0 ? letter->input.length : (uint32_t)end;
	buffer_append(&letter->line, letter->input.data, length);
	letter->header_size += length;
	if (end >= 0)
		line_strip_end(&letter->line);
	letter->input =
		text_part(letter->input, end < 0 ? length : length + 1, letter->input.length);
	letter->line_ready = end >= 0 || (letter->closed && letter->line.length);
	return letter->line_ready;
}

static void line_drop(struct letter *letter)
{
	buffer_clear(&letter->line);
	letter->line_ready = false;
	letter->first = false;
}

/* The length of the name, without the blanks before the colon that Postfix takes for nothing; 0:
 * this is no field. */
static uint32_t name_length(struct text line)
{
	int64_t colon = text_find(line, TEXT(":"), 0);
	uint32_t length = colon < 0 ? 0 : (uint32_t)colon;
	while (length && byte_is_space(line.data[length - 1]))
		length--;
	for (uint32_t i = 0; i < length; i++)
		if (line.data[i] <= ' ' || line.data[i] > '~')
			return 0;
	return length;
}

static bool is_fold(struct text line)
{
	return line.length && (line.data[0] == ' ' || line.data[0] == '\t');
}

/* The field that is complete becomes an item; false when there is none. */
static bool field_take(struct letter *letter)
{
	struct text field = buffer_text(&letter->field);
	if (field.length == 0)
		return false;
	buffer_clear(&letter->folded);
	buffer_append_text(&letter->folded, field);
	buffer_clear(&letter->field);
	field = buffer_text(&letter->folded);
	int64_t colon = text_find(field, TEXT(":"), 0);
	letter->name = text_part(field, 0, name_length(field));
	letter->raw = text_part(field, (uint32_t)colon + 1, field.length);
	return true;
}

static bool header_failed(const struct letter *letter)
{
	return letter->line.failed || letter->field.failed || letter->folded.failed ||
	       letter->header_size > LETTER_HEADER_MAX;
}

/* What is no field begins the body: it is put before the rest of the input. */
static enum letter_item header_end(struct letter *letter, bool line_is_body)
{
	letter->header_over = true;
	if (!line_is_body)
		line_drop(letter);
	return LETTER_HEADER_END;
}

static enum letter_item header_line(struct letter *letter)
{
	struct text line = buffer_text(&letter->line);
	if (letter->first && text_starts_with(line, TEXT("From "))) {
		line_drop(letter);
		return LETTER_MORE;
	}
	if (is_fold(line) && letter->field.length) {
		buffer_append_byte(&letter->field, '\n');
		buffer_append_text(&letter->field, line);
		line_drop(letter);
		return LETTER_MORE;
	}
	if (field_take(letter))
		return LETTER_FIELD; /* this line comes again */
	if (line.length == 0 || name_length(line) == 0)
		return header_end(letter, line.length != 0);
	buffer_append_text(&letter->field, line);
	line_drop(letter);
	return LETTER_MORE;
}

static enum letter_item header_next(struct letter *letter)
{
	enum letter_item item = LETTER_MORE;
	while (item == LETTER_MORE && line_complete(letter) && !header_failed(letter))
		item = header_line(letter);
	if (header_failed(letter))
		return LETTER_FAULT;
	if (item != LETTER_MORE || !letter->closed)
		return item;
	if (field_take(letter))
		return LETTER_FIELD;
	return header_end(letter, false);
}

/* ---- the body ---- */

static void body_append(struct letter *letter, struct text bytes)
{
	for (uint32_t i = 0; bytes.data && i < bytes.length; i++) {
		if (bytes.data[i] == '\n' && letter->last != '\r')
			buffer_append_byte(&letter->body, '\r');
		buffer_append_byte(&letter->body, bytes.data[i]);
		letter->last = bytes.data[i];
	}
}

static bool ends_are_right(struct letter *letter, struct text bytes)
{
	char last = letter->last;
	for (uint32_t i = 0; bytes.data && i < bytes.length; i++) {
		const char *at = memchr(bytes.data + i, '\n', bytes.length - i);
		if (!at)
			break;
		i = (uint32_t)(at - bytes.data);
		if ((i ? bytes.data[i - 1] : last) != '\r')
			return false;
	}
	return true;
}

/* As it is when its line ends are right, else a copy. */
static struct text body_piece(struct letter *letter)
{
	uint32_t most = LETTER_PIECE_MAX / 2;
	uint32_t length = letter->input.length < most ? letter->input.length : most;
	struct text bytes = text_part(letter->input, 0, length);
	letter->input = text_part(letter->input, length, letter->input.length);
	if (length && bytes.data && ends_are_right(letter, bytes)) {
		letter->last = bytes.data[length - 1];
		return bytes;
	}
	body_append(letter, bytes);
	return buffer_text(&letter->body);
}

/* The line that was no field, with the end that it had. */
static void body_begin(struct letter *letter)
{
	body_append(letter, buffer_text(&letter->line));
	body_append(letter, TEXT("\r\n"));
	line_drop(letter);
}

static enum letter_item body_next(struct letter *letter)
{
	buffer_clear(&letter->body);
	letter->piece = TEXT_EMPTY;
	if (letter->line_ready) {
		struct text line = buffer_text(&letter->line);
		if (line.length > LETTER_PIECE_MAX - 2)
			return LETTER_FAULT;
		body_begin(letter);
		letter->piece = buffer_text(&letter->body);
	} else if (letter->input.length) {
		letter->piece = body_piece(letter);
	} else if (letter->closed && letter->last && letter->last != '\n') {
		body_append(letter, TEXT("\n"));
		letter->piece = buffer_text(&letter->body);
	}
	if (letter->body.failed)
		return LETTER_FAULT;
	return letter->piece.length ? LETTER_BODY : LETTER_MORE;
}

enum letter_item letter_next(struct letter *letter)
{
	enum letter_item item;
	if (letter->ended)
		return LETTER_MORE;
	item = letter->header_over ? body_next(letter) : header_next(letter);
	if (item != LETTER_MORE || !letter->closed)
		return item;
	letter->ended = true;
	return LETTER_END;
}
