/* Module text: questions about a text, and its parts. What is a part of the argument is a view. */
#include "builtins/answer.h"
#include "builtins/builtins.h"

static struct text argument_text(const struct call *call, unsigned n)
{
	return call->arguments[n].text;
}

/* Both texts of a call that has two will be looked through. */
static enum call_result charge_both(struct call *call)
{
	return call_begin(call,
			   (size_t)call->arguments[0].text.length + call->arguments[1].text.length);
}

/* A search that ignores case compares the part at each place, as far as it fits. */
static enum call_result charge_folded(struct call *call)
{
	size_t length = argument_text(call, 0).length, part = argument_text(call, 1).length;

	return call_begin(call, part > length ? 0 : length + (length - part) / 32 * part);
}

static struct text rest(struct text text, size_t from)
{
	return text_part(text, from, text.length);
}

enum call_result builtin_text_length(struct call *call)
{
	return answer_int(call, argument_text(call, 0).length);
}

enum call_result builtin_text_isEmpty(struct call *call)
{
	return answer_bool(call, argument_text(call, 0).length == 0);
}

/* ---- comparing ---- */

enum call_result builtin_text_contains(struct call *call)
{
	enum call_result charged = charge_both(call);

	if (charged != CALL_DONE)
		return charged;
	return answer_bool(call, text_find(argument_text(call, 0), argument_text(call, 1), 0) >= 0);
}

enum call_result builtin_text_containsIgnoringCase(struct call *call)
{
	enum call_result charged = charge_folded(call);

	if (charged != CALL_DONE)
		return charged;
	return answer_bool(call, text_find_ignoring_case(argument_text(call, 0),
							 argument_text(call, 1), 0) >= 0);
}

enum call_result builtin_text_equalsIgnoringCase(struct call *call)
{
	enum call_result charged = charge_both(call);

	if (charged != CALL_DONE)
		return charged;
	return answer_bool(
		call, text_equals_ignoring_case(argument_text(call, 0), argument_text(call, 1)));
}

enum call_result builtin_text_startsWith(struct call *call)
{
	enum call_result charged = call_charge(call, argument_text(call, 1).length);

	if (charged != CALL_DONE)
		return charged;
	return answer_bool(call, text_starts_with(argument_text(call, 0), argument_text(call, 1)));
}

enum call_result builtin_text_endsWith(struct call *call)
{
	enum call_result charged = call_charge(call, argument_text(call, 1).length);

	if (charged != CALL_DONE)
		return charged;
	return answer_bool(call, text_ends_with(argument_text(call, 0), argument_text(call, 1)));
}

/* One byte of the pattern against one of the text. */
static bool byte_is_like(char pattern, char byte)
{
	return pattern == '?' || byte_lower(pattern) == byte_lower(byte);
}

enum { LIKE_STEPS_CHARGED = 1 << 16 };

/* On a mismatch the last star takes one byte more: earlier stars need never be tried again. That
 * can still take length times pattern steps, so they are charged as they are made. */
static enum call_result text_like(struct call *call, struct text text, struct text pattern,
				  bool *fits)
{
	size_t at = 0, in_pattern = 0, star = SIZE_MAX, star_at = 0, steps = 0;

	while (at < text.length) {
		bool more = in_pattern < pattern.length;

		if (++steps % LIKE_STEPS_CHARGED == 0) {
			enum call_result charged = call_charge(call, LIKE_STEPS_CHARGED);

			if (charged != CALL_DONE)
				return charged;
		}
		if (more && pattern.data[in_pattern] == '*') {
			star = in_pattern++;
			star_at = at;
		} else if (more && byte_is_like(pattern.data[in_pattern], text.data[at])) {
			in_pattern++;
			at++;
		} else if (star != SIZE_MAX) {
			in_pattern = star + 1;
			at = ++star_at;
		} else {
			*fits = false;
			return CALL_DONE;
		}
	}
	while (in_pattern < pattern.length && pattern.data[in_pattern] == '*')
		in_pattern++;
	*fits = in_pattern == pattern.length;
	return CALL_DONE;
}

enum call_result builtin_text_like(struct call *call)
{
	bool fits = false;
	enum call_result result = charge_both(call);

	if (result == CALL_DONE)
		result = text_like(call, argument_text(call, 0), argument_text(call, 1), &fits);
	return result == CALL_DONE ? answer_bool(call, fits) : result;
}

/* ---- places ---- */

/* Where `part` last occurs, or -1. Each place where its first byte stands is compared, and paid. */
static enum call_result find_last(struct call *call, struct text text, struct text part,
				  int64_t *found)
{
	enum call_result charged = call_begin(call, text.length);
	size_t end;

	*found = -1;
	if (charged != CALL_DONE || part.length > text.length)
		return charged;
	if (part.length == 0) {
		*found = text.length;
		return CALL_DONE;
	}
	for (end = text.length - part.length + 1; end > 0;) {
		const char *place = memrchr(text.data, part.data[0], end);

		if (!place)
			return CALL_DONE;
		end = (size_t)(place - text.data);
		charged = call_charge(call, part.length);
		if (charged != CALL_DONE)
			return charged;
		if (memcmp(place, part.data, part.length) == 0) {
			*found = (int64_t)end;
			return CALL_DONE;
		}
	}
	return CALL_DONE;
}

enum call_result builtin_text_indexOf(struct call *call)
{
	struct text text = argument_text(call, 0), part = argument_text(call, 1);
	int64_t from = call->arguments[2].i;
	enum call_result charged = charge_both(call);

	if (charged != CALL_DONE)
		return charged;
	if (from < 0)
		return call_raise(call, "index", 0, false, "a place cannot be below 0");
	return answer_int(call, from > text.length ? -1 : text_find(text, part, (size_t)from));
}

enum call_result builtin_text_lastIndexOf(struct call *call)
{
	int64_t found;
	enum call_result result =
		find_last(call, argument_text(call, 0), argument_text(call, 1), &found);

	return result == CALL_DONE ? answer_int(call, found) : result;
}

enum call_result builtin_text_count(struct call *call)
{
	struct text text = argument_text(call, 0), part = argument_text(call, 1);
	enum call_result charged = charge_both(call);
	int64_t count = 0, found;

	if (charged != CALL_DONE)
		return charged;
	if (part.length == 0)
		return call_raise(call, "argument", 0, false, "an empty part cannot be counted");
	for (size_t from = 0; (found = text_find(text, part, from)) >= 0; count++)
		from = (size_t)found + part.length;
	return answer_int(call, count);
}

/* ---- parts ---- */

enum call_result builtin_text_trim(struct call *call)
{
	enum call_result charged = call_begin(call, argument_text(call, 0).length);

	return charged == CALL_DONE ? answer_text(call, text_trim(argument_text(call, 0)))
				    : charged;
}

enum call_result builtin_text_trimStart(struct call *call)
{
	struct text text = argument_text(call, 0);
	enum call_result charged = call_begin(call, text.length);
	size_t from = 0;

	if (charged != CALL_DONE)
		return charged;
	while (from < text.length && byte_is_space(text.data[from]))
		from++;
	return answer_text(call, rest(text, from));
}

enum call_result builtin_text_trimEnd(struct call *call)
{
	struct text text = argument_text(call, 0);
	enum call_result charged = call_begin(call, text.length);
	size_t to = text.length;

	if (charged != CALL_DONE)
		return charged;
	while (to > 0 && byte_is_space(text.data[to - 1]))
		to--;
	return answer_text(call, text_part(text, 0, to));
}

enum call_result builtin_text_before(struct call *call)
{
	struct text text = argument_text(call, 0);
	enum call_result charged = charge_both(call);
	int64_t found;

	if (charged != CALL_DONE)
		return charged;
	found = text_find(text, argument_text(call, 1), 0);
	return answer_text(call, found < 0 ? text : text_part(text, 0, (size_t)found));
}

enum call_result builtin_text_after(struct call *call)
{
	struct text text = argument_text(call, 0), separator = argument_text(call, 1);
	enum call_result charged = charge_both(call);
	int64_t found;

	if (charged != CALL_DONE)
		return charged;
	found = text_find(text, separator, 0);
	return answer_text(call,
			   rest(text, found < 0 ? text.length : (size_t)found + separator.length));
}

enum call_result builtin_text_beforeLast(struct call *call)
{
	struct text text = argument_text(call, 0);
	int64_t found;
	enum call_result result = find_last(call, text, argument_text(call, 1), &found);

	if (result != CALL_DONE)
		return result;
	return answer_text(call, found < 0 ? text : text_part(text, 0, (size_t)found));
}

enum call_result builtin_text_afterLast(struct call *call)
{
	struct text text = argument_text(call, 0), separator = argument_text(call, 1);
	int64_t found;
	enum call_result result = find_last(call, text, separator, &found);

	if (result != CALL_DONE)
		return result;
	return answer_text(call,
			   rest(text, found < 0 ? text.length : (size_t)found + separator.length));
}

enum call_result builtin_text_removeStart(struct call *call)
{
	struct text text = argument_text(call, 0), start = argument_text(call, 1);
	enum call_result charged = call_charge(call, start.length);

	if (charged != CALL_DONE)
		return charged;
	return answer_text(call, text_starts_with(text, start) ? rest(text, start.length) : text);
}

enum call_result builtin_text_removeEnd(struct call *call)
{
	struct text text = argument_text(call, 0), end = argument_text(call, 1);
	enum call_result charged = call_charge(call, end.length);

	if (charged != CALL_DONE)
		return charged;
	if (text_ends_with(text, end))
		text = text_part(text, 0, text.length - end.length);
	return answer_text(call, text);
}

/* ---- lists of parts ---- */

enum call_result builtin_text_split(struct call *call)
{
	struct text text = argument_text(call, 0), separator = argument_text(call, 1);
	int64_t most = call->arguments[2].i, found;
	enum call_result result = charge_both(call);
	struct list *list = NULL;
	size_t from = 0;

	if (result != CALL_DONE)
		return result;
	if (separator.length == 0)
		return call_raise(call, "argument", 0, false, "a separator cannot be empty");
	list = answer_list(call, 0, &result);
	while (result == CALL_DONE && (most <= 0 || list->length + 1 < most) &&
	       (found = text_find(text, separator, from)) >= 0) {
		result = list_add_text(call, list, text_part(text, from, (size_t)found));
		from = (size_t)found + separator.length;
	}
	if (result == CALL_DONE)
		result = list_add_text(call, list, rest(text, from));
	return result;
}

enum call_result builtin_text_words(struct call *call)
{
	struct text text = argument_text(call, 0);
	enum call_result result = call_begin(call, text.length);
	struct list *list = NULL;
	struct text word;
	size_t at = 0;

	if (result == CALL_DONE)
		list = answer_list(call, 0, &result);
	while (result == CALL_DONE && text_next_word(text, &at, &word))
		result = list_add_text(call, list, word);
	return result;
}

enum call_result builtin_text_lines(struct call *call)
{
	struct text text = argument_text(call, 0);
	enum call_result result = call_begin(call, text.length);
	struct list *list = NULL;
	size_t from = 0;

	if (result == CALL_DONE)
		list = answer_list(call, 0, &result);
	while (result == CALL_DONE && from < text.length) {
		const char *end = memchr(text.data + from, '\n', text.length - from);
		size_t to = end ? (size_t)(end - text.data) : text.length;
		size_t next = end ? to + 1 : to;

		if (end && to > from && text.data[to - 1] == '\r')
			to--;
		result = list_add_text(call, list, text_part(text, from, to));
		from = next;
	}
	return result;
}

enum call_result builtin_text_characters(struct call *call)
{
	struct text text = argument_text(call, 0);
	enum call_result result = call_begin(call, text.length);
	struct list *list = NULL;

	if (result == CALL_DONE)
		list = answer_list(call, 0, &result);
	for (size_t at = 0; result == CALL_DONE && at < text.length;) {
		size_t length = text_character(text, at);

		if (length == 0)
			length = 1;
		result = list_add_text(call, list, text_part(text, at, at + length));
		at += length;
	}
	return result;
}

enum call_result builtin_text_toBytes(struct call *call)
{
	struct text text = argument_text(call, 0);
	enum call_result result;
	struct list *list = answer_list(call, text.length, &result);

	for (size_t i = 0; list && result == CALL_DONE && i < text.length; i++)
		result = list_add(call, list, (value){ .i = (unsigned char)text.data[i] });
	return result;
}

/* ---- what kind of text ---- */

/* Does `every` hold for all bytes? */
static enum call_result answer_every(struct call *call, bool (*every)(unsigned char byte))
{
	struct text text = argument_text(call, 0);
	enum call_result charged = call_begin(call, text.length);

	if (charged != CALL_DONE)
		return charged;
	for (size_t i = 0; i < text.length; i++)
		if (!every((unsigned char)text.data[i]))
			return answer_bool(call, false);
	return answer_bool(call, true);
}

static bool byte_is_ascii(unsigned char byte)
{
	return byte < 0x80;
}

static bool byte_is_printable(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f;
}

enum call_result builtin_text_isAscii(struct call *call)
{
	return answer_every(call, byte_is_ascii);
}

enum call_result builtin_text_isPrintable(struct call *call)
{
	return answer_every(call, byte_is_printable);
}

enum call_result builtin_text_isUtf8(struct call *call)
{
	enum call_result charged = call_begin(call, argument_text(call, 0).length);

	return charged == CALL_DONE ? answer_bool(call, text_is_utf8(argument_text(call, 0)))
				    : charged;
}
