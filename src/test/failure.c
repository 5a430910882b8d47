/* Why a test failed: the line with its caret, the values, and what led there. */
#include "test/trial.h"

#include "engine/listener.h"

enum { VALUE_SHOWN = 1000, RESULT_COLUMN = 44, NOTES_MAX = 60 };

static const struct source *source_of(const struct trial *trial, struct span span)
{
	const struct diagnostics *sources = trial->request->program->program->sources;

	return sources && span.to && span.source < sources->source_count
		       ? &sources->sources[span.source]
		       : NULL;
}

/* Up to the end of the line on which it begins. */
static void print_caret(const struct source *source, struct span span, struct buffer *out)
{
	struct place place = source_place(source, span.from);
	uint32_t offset = (uint32_t)(source->text.data + span.from - place.line_text.data);
	uint32_t width = span.to - span.from;

	if (width > place.line_text.length - offset)
		width = place.line_text.length - offset;
	buffer_printf(out, "%5u | %.*s\n      | ", place.line, TEXT_PRINTF(place.line_text));
	for (uint32_t i = 0; i < offset; i++)
		buffer_append_byte(out, place.line_text.data[i] == '\t' ? '\t' : ' ');
	for (uint32_t i = 0; i < width; i++)
		buffer_append_byte(out, i ? '~' : '^');
	buffer_append_byte(out, '\n');
}

void failure_print_value(const struct type *type, value v, struct buffer *out)
{
	if (type->kind == TYPE_TEXT) {
		buffer_append_byte(out, '"');
		buffer_append_visible(out, v.text, VALUE_SHOWN);
		buffer_append_byte(out, '"');
	} else if (type->kind == TYPE_TABLE || type->kind == TYPE_REGEX || type_is_handle(type)) {
		type_print(type, out);
	} else {
		value_print(type, v, out);
	}
}

/* Variables in scope tell which case of a table it was. */
static void print_locals(const struct trial *trial, struct buffer *out)
{
	const struct type *type;
	struct text name;
	bool any = false;
	value v;

	if (!vm_is_inside(trial->lane.vm))
		return;
	for (unsigned n = 0; vm_local(trial->lane.vm, n, &name, &type, &v); n++) {
		if (text_contains_byte(name, ' '))
			continue;
		if (!any)
			buffer_append_string(out, "    with\n");
		any = true;
		buffer_printf(out, "      %.*s = ", TEXT_PRINTF(name));
		failure_print_value(type, v, out);
		buffer_append_byte(out, '\n');
	}
}

static void print_note(const struct note *note, struct buffer *out)
{
	size_t start = out->length;

	buffer_append_string(out, note->detail ? "        " : "      ");
	buffer_append_visible(out, text_trim(text_of_string(note->text, LIFETIME_EVENT)),
			      VALUE_SHOWN);
	if (*note->result) {
		do
			buffer_append_byte(out, ' ');
		while (out->length - start < RESULT_COLUMN && !out->failed);
		buffer_append_visible(out, text_of_string(note->result, LIFETIME_EVENT),
				      VALUE_SHOWN);
	}
	if (*note->place)
		buffer_printf(out, "  [%s]", note->place);
	buffer_append_byte(out, '\n');
}

/* Events that nobody looked at are left out, and of a long story the beginning. */
static void print_notes(const struct trial *trial, struct buffer *out)
{
	unsigned count = 0;

	for (const struct note *note = trial->notes; note; note = note->next)
		count += !note->silent;
	if (count)
		buffer_append_string(out, "    what led here\n");
	if (count > NOTES_MAX)
		buffer_printf(out, "      ... (%u lines)\n", count - NOTES_MAX);
	for (const struct note *note = trial->notes; note; note = note->next)
		if (!note->silent && count-- <= NOTES_MAX)
			print_note(note, out);
}

static void print_callers(const struct trial *trial, struct buffer *out)
{
	struct buffer stack;

	buffer_init(&stack, 4096);
	vm_print_stack(trial->lane.vm, &stack);
	if (text_find(buffer_text(&stack), TEXT(" < "), 0) >= 0)
		buffer_printf(out, "    at %.*s\n", TEXT_PRINTF(buffer_text(&stack)));
	buffer_free(&stack);
}

void failure_print(struct trial *trial, struct buffer *out)
{
	const struct source *source = source_of(trial, trial->span);

	if (trial->outcome == TRIAL_SKIPPED) {
		buffer_append_text(out, buffer_text(&trial->reason));
		return;
	}
	if (source) {
		struct place place = source_place(source, trial->span.from);

		buffer_printf(out, "%s:%u:%u: ", source->name, place.line, place.column);
	}
	buffer_append_text(out, buffer_text(&trial->reason));
	buffer_append_byte(out, '\n');
	if (source) {
		print_caret(source, trial->span, out);
		print_callers(trial, out);
	}
	if (trial->lane.vm)
		print_locals(trial, out);
	print_notes(trial, out);
}
