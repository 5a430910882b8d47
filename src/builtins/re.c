/* Module re. */
#include "builtins/builtins.h"
#include "builtins/matching.h"

/* Of (pattern, subject, ...). */
static struct search search_arguments(const struct call *call)
{
	return (struct search){ .regex = call->arguments[0].regex,
				.subject = call->arguments[1].text };
}

static enum call_result answer_match(struct call *call, struct search search)
{
	enum call_result result = search_next(call, &search);

	return result == CALL_DONE ? answer_bool(call, search.matched) : result;
}

enum call_result builtin_re_match(struct call *call)
{
	return answer_match(call, search_arguments(call));
}

enum call_result builtin_re_matches(struct call *call)
{
	return answer_match(call, (struct search){ .regex = call->arguments[1].regex,
						   .subject = call->arguments[0].text });
}

enum call_result builtin_re_find(struct call *call)
{
	struct search search = search_arguments(call);
	enum call_result result = search_next(call, &search);

	if (result != CALL_DONE)
		return result;
	return answer_text(call, search.matched ? search.groups[0] : TEXT_EMPTY);
}

enum call_result builtin_re_position(struct call *call)
{
	struct search search = search_arguments(call);
	int64_t from = call->arguments[2].i;
	enum call_result result;

	if (from < 0)
		return call_raise(call, "index", 0, false, "a place cannot be below 0");
	if (from > search.subject.length)
		return answer_int(call, -1);
	search.from = (size_t)from;
	result = search_next(call, &search);
	if (result != CALL_DONE)
		return result;
	return answer_int(call, search.matched ? (int64_t)search.start : -1);
}

enum call_result builtin_re_groups(struct call *call)
{
	struct search search = search_arguments(call);
	enum call_result result = search_next(call, &search);
	struct list *list = NULL;

	if (result == CALL_DONE)
		list = answer_list(call, search.matched ? REGEX_GROUPS : 0, &result);
	for (unsigned i = 0; result == CALL_DONE && search.matched && i < REGEX_GROUPS; i++)
		result = list_add_text(call, list, search.groups[i]);
	return result;
}

enum call_result builtin_re_findAll(struct call *call)
{
	struct search search = search_arguments(call);
	enum call_result result;
	struct list *list = answer_list(call, 0, &result);

	while (result == CALL_DONE) {
		result = search_next(call, &search);
		if (result != CALL_DONE || !search.matched)
			break;
		result = list_add_text(call, list, search.groups[0]);
	}
	return result;
}

enum call_result builtin_re_count(struct call *call)
{
	struct search search = search_arguments(call);
	enum call_result result;
	int64_t count = 0;

	do {
		result = search_next(call, &search);
		count += search.matched;
	} while (result == CALL_DONE && search.matched);
	return result == CALL_DONE ? answer_int(call, count) : result;
}

enum call_result builtin_re_split(struct call *call)
{
	struct search search = search_arguments(call);
	enum call_result result;
	struct list *list = answer_list(call, 0, &result);
	size_t from = 0;

	while (result == CALL_DONE) {
		result = search_next(call, &search);
		if (result != CALL_DONE || !search.matched)
			break;
		if (search.end == 0 || search.start == search.subject.length)
			continue; /* an empty match at an end separates nothing */
		result = list_add_text(call, list, text_part(search.subject, from, search.start));
		from = search.end;
	}
	if (result == CALL_DONE)
		result = list_add_text(call, list,
				       text_part(search.subject, from, search.subject.length));
	return result;
}

/* ---- replacing ---- */

/* $0 to $9 are groups, $$ is one $; any other $ is itself. */
static void add_replacement(struct writer *writer, struct text new, const struct search *search)
{
	for (size_t i = 0; i < new.length && writer->status == CALL_DONE; i++) {
		char next = i + 1 < new.length ? new.data[i + 1] : '\0';

		if (new.data[i] != '$' || (next != '$' && !byte_is_digit(next))) {
			writer_add_byte(writer, new.data[i]);
			continue;
		}
		if (next == '$')
			writer_add_byte(writer, '$');
		else
			writer_add_text(writer, search->groups[next - '0']);
		i++;
	}
}

enum call_result builtin_re_replace(struct call *call)
{
	struct search search = search_arguments(call);
	struct text subject = search.subject, new = call->arguments[2].text;
	enum call_result result;
	struct writer writer;
	size_t from = 0;

	writer_begin(&writer, call, 0);
	while ((result = search_next(call, &search)) == CALL_DONE && search.matched) {
		writer_add(&writer, subject.data + from, search.start - from);
		result = call_charge(call, new.length);
		if (result != CALL_DONE || writer.status != CALL_DONE)
			break;
		add_replacement(&writer, new, &search);
		from = search.end;
	}
	if (result != CALL_DONE)
		return result;
	if (search.from == 0) /* no match has moved it */
		return answer_text(call, subject);
	writer_add(&writer, subject.data + from, subject.length - from);
	return writer_end(&writer);
}

/* ---- patterns ---- */

/* A backslash before a letter or digit would give it a meaning; before anything else it takes one
 * away. NUL is written out: a pattern may hold it, a person reading it may not see it. */
enum call_result builtin_re_quote(struct call *call)
{
	struct text text = call->arguments[0].text;
	struct writer writer;

	writer_begin(&writer, call, text.length);
	for (size_t i = 0; i < text.length && writer.status == CALL_DONE; i++) {
		char byte = text.data[i];

		if (byte == '\0') {
			writer_add(&writer, "\\x00", 4);
			continue;
		}
		if (!byte_is_name(byte) && (unsigned char)byte < 0x80)
			writer_add_byte(&writer, '\\');
		writer_add_byte(&writer, byte);
	}
	return writer_end(&writer);
}

enum call_result builtin_re_compile(struct call *call)
{
	return compile_pattern(call, call->arguments[0].text, call->arguments[1].text,
			       call_arena(call), &call->result->regex);
}
