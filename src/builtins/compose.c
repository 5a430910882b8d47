/* Module text: texts made from texts. */
#include "builtins/answer.h"
#include "builtins/builtins.h"

/* ---- byte by byte ---- */

/* What is in that case already is not copied. */
static enum call_result answer_in_case(struct call *call,
				       void (*change)(char *to, const char *from, size_t length))
{
	struct text text = call->arguments[0].text;
	enum call_result charged = call_begin(call, text.length);
	char *changed;

	if (charged != CALL_DONE || text.length == 0) {
		call->result->text = TEXT_EMPTY;
		return charged;
	}
	changed = arena_bytes(call_arena(call), text.length);
	if (!changed)
		return call_memory(call);
	change(changed, text.data, text.length);
	if (memcmp(changed, text.data, text.length) == 0) {
		arena_give_back(call_arena(call), changed);
		return answer_text(call, text);
	}
	return answer_text(call, text_of(changed, text.length, LIFETIME_EVENT));
}

enum call_result builtin_text_lower(struct call *call)
{
	return answer_in_case(call, bytes_lower);
}

enum call_result builtin_text_upper(struct call *call)
{
	return answer_in_case(call, bytes_upper);
}

enum call_result builtin_text_reverse(struct call *call)
{
	struct text text = call->arguments[0].text;
	struct writer writer;

	writer_begin(&writer, call, text.length);
	for (size_t i = text.length; i > 0 && writer.status == CALL_DONE; i--)
		writer_add_byte(&writer, text.data[i - 1]);
	return writer_end(&writer);
}

enum call_result builtin_text_squeeze(struct call *call)
{
	struct text text = text_trim(call->arguments[0].text);
	enum call_result charged = call_begin(call, call->arguments[0].text.length);
	struct writer writer;

	if (charged != CALL_DONE)
		return charged;
	writer_begin(&writer, call, text.length);
	for (size_t i = 0; i < text.length && writer.status == CALL_DONE; i++) {
		if (!byte_is_space(text.data[i]))
			writer_add_byte(&writer, text.data[i]);
		else if (!byte_is_space(text.data[i - 1])) /* trimmed: there is one before */
			writer_add_byte(&writer, ' ');
	}
	return writer_end(&writer);
}

enum call_result builtin_text_fromBytes(struct call *call)
{
	const struct list *bytes = call->arguments[0].list;
	struct writer writer;

	writer_begin(&writer, call, bytes->length);
	for (uint32_t i = 0; i < bytes->length && writer.status == CALL_DONE; i++) {
		int64_t byte = bytes->items[i].i;

		if (byte < 0 || byte > 255)
			return call_raise(call, "argument", 0, false, "%lld is not a byte",
					  (long long)byte);
		writer_add_byte(&writer, (char)byte);
	}
	return writer_end(&writer);
}

/* ---- repeating and filling ---- */

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* `length` bytes of `unit` again and again, copied from what stands there already: twice as many
 * each time. */
static void writer_fill(struct writer *writer, struct text unit, size_t length)
{
	size_t start = writer->length, filled = smaller(unit.length, length), step;

	if (!writer_reserve(writer, length))
		return;
	writer_add(writer, unit.data, filled);
	for (; filled < length; filled += step) {
		step = smaller(filled, length - filled);
		writer_add(writer, writer->data + start, step);
	}
}

enum call_result builtin_text_repeat(struct call *call)
{
	struct text unit = call->arguments[0].text;
	int64_t times = call->arguments[1].i, length;
	struct writer writer;

	if (times < 0)
		return call_raise(call, "argument", 0, false,
				  "a text cannot be repeated %lld times", (long long)times);
	if (unit.length == 0 || times == 0)
		return answer_text(call, TEXT_EMPTY);
	if (__builtin_mul_overflow((int64_t)unit.length, times, &length))
		return call_limit(call, LIMIT_textLength);
	writer_begin(&writer, call, 0);
	writer_fill(&writer, unit, (size_t)length);
	return writer_end(&writer);
}

static enum call_result answer_padded(struct call *call, bool at_start)
{
	struct text text = call->arguments[0].text, fill = call->arguments[2].text;
	int64_t width = call->arguments[1].i;
	struct writer writer;

	if (width <= text.length)
		return answer_text(call, text);
	if (fill.length == 0)
		return call_raise(call, "argument", 0, false, "there is nothing to fill with");
	writer_begin(&writer, call, 0);
	if (!at_start)
		writer_add_text(&writer, text);
	writer_fill(&writer, fill, (size_t)width - text.length);
	if (at_start)
		writer_add_text(&writer, text);
	return writer_end(&writer);
}

enum call_result builtin_text_padStart(struct call *call)
{
	return answer_padded(call, true);
}

enum call_result builtin_text_padEnd(struct call *call)
{
	return answer_padded(call, false);
}

/* ---- replacing and joining ---- */

static enum call_result answer_replaced(struct call *call, uint32_t most)
{
	struct text text = call->arguments[0].text, old = call->arguments[1].text;
	struct text new = call->arguments[2].text;
	enum call_result charged = call_begin(call, (size_t)text.length + old.length);
	struct writer writer;
	size_t from = 0;
	int64_t found;

	if (charged != CALL_DONE)
		return charged;
	if (old.length == 0)
		return call_raise(call, "argument", 0, false, "an empty text cannot be replaced");
	if ((found = text_find(text, old, 0)) < 0)
		return answer_text(call, text);
	writer_begin(&writer, call, text.length);
	for (; found >= 0 && most > 0 && writer.status == CALL_DONE; most--) {
		writer_add(&writer, text.data + from, (size_t)found - from);
		writer_add_text(&writer, new);
		from = (size_t)found + old.length;
		found = text_find(text, old, from);
	}
	writer_add(&writer, text.data + from, text.length - from);
	return writer_end(&writer);
}

enum call_result builtin_text_replace(struct call *call)
{
	return answer_replaced(call, UINT32_MAX);
}

enum call_result builtin_text_replaceFirst(struct call *call)
{
	return answer_replaced(call, 1);
}

/* False when no text can be so long. */
static bool joined_length(const struct list *parts, struct text separator, size_t *length)
{
	*length = 0;
	for (uint32_t i = 0; i < parts->length; i++)
		if (*length > TEXT_LENGTH_MAX)
			return false;
		else
			*length += parts->items[i].text.length + (i ? (size_t)separator.length : 0);
	return *length <= TEXT_LENGTH_MAX;
}

enum call_result builtin_text_join(struct call *call)
{
	const struct list *parts = call->arguments[0].list;
	struct text separator = call->arguments[1].text;
	enum call_result charged = call_begin(call, (size_t)parts->length * 16);
	struct writer writer;
	size_t length;

	if (charged != CALL_DONE)
		return charged;
	if (parts->length == 1)
		return answer_text(call, parts->items[0].text);
	if (!joined_length(parts, separator, &length))
		return call_limit(call, LIMIT_textLength);
	writer_begin(&writer, call, length);
	for (uint32_t i = 0; i < parts->length && writer.status == CALL_DONE; i++) {
		if (i)
			writer_add_text(&writer, separator);
		writer_add_text(&writer, parts->items[i].text);
	}
	return writer_end(&writer);
}
