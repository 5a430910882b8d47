#include "engine/listener.h"

#include "base/log.h"

#include <stdio.h>

static void send_line(const struct listener *listener, int level, struct buffer *line)
{
	buffer_append_byte(line, '\0');
	if (line->failed)
		return;
	if (listener->log)
		listener->log(listener->log_argument, level, line->data);
	else
		log_line((enum log_level)level, "%s", line->data);
}

/* "session filter: " */
static void begin_line(const struct lane *lane, struct buffer *line)
{
	const char *session = lane->listener->session_name;
	struct text queue = TEXT_EMPTY;

	buffer_init(line, LOG_LINE_MAX);
	buffer_append_visible(line, text_of_string(session ? session : "-", LIFETIME_EVENT), 100);
	if (mail_macro(lane->mail, TEXT("i"), &queue) && queue.length) {
		buffer_append_string(line, " message ");
		buffer_append_visible(line, queue, 100);
	} else if (lane->mail->mail_count) {
		buffer_printf(line, " message %u", lane->mail->mail_count);
	}
	buffer_append_string(line, " filter ");
	buffer_append_visible(line, text_of_string(lane->filter->name, LIFETIME_EVENT), 200);
	buffer_append_string(line, ": ");
}

void listener_line(const struct lane *lane, int level, const char *format, ...)
{
	char said[LOG_FIELD_MAX];
	struct buffer line;
	va_list arguments;

	if (!lane->listener->log && !log_wants((enum log_level)level))
		return;
	va_start(arguments, format);
	vsnprintf(said, sizeof(said), format, arguments);
	va_end(arguments);
	begin_line(lane, &line);
	buffer_append_visible(&line, text_of_string(said, LIFETIME_EVENT), sizeof(said));
	send_line(lane->listener, level, &line);
	buffer_free(&line);
}

static bool awaits_answer(enum event_id event)
{
	return event != EVENT_onStart && event != EVENT_onStop && event != EVENT_onAbort &&
	       event != EVENT_onDisconnect;
}

void listener_failure(const struct lane *lane, enum event_id event, struct text trace)
{
	struct text reason = text_of_string(lane_reason(lane), LIFETIME_EVENT);
	struct buffer line;

	begin_line(lane, &line);
	buffer_printf(&line, "%s failed: ", event_rows[event].name);
	buffer_append_visible(&line, reason, REASON_MAX);
	if (awaits_answer(event))
		buffer_printf(&line, "; answered %s", verdict_name(lane->context.verdict.kind));
	if (trace.length) {
		buffer_append_string(&line, "; at ");
		buffer_append_visible(&line, trace, LOG_FIELD_MAX);
	}
	send_line(lane->listener, LOG_LEVEL_ERROR, &line);
	buffer_free(&line);
}

/* The builtins of module log have made the line clean. */
static void script_line(void *argument, int level, struct text said)
{
	const struct lane *lane = argument;
	struct buffer line;

	if (!lane->listener->log && !log_wants((enum log_level)level))
		return;
	begin_line(lane, &line);
	buffer_append_text(&line, said);
	send_line(lane->listener, level, &line);
	buffer_free(&line);
}

/* ---- places and traces ---- */

static const struct source *source_of(const struct lane *lane, struct span span)
{
	const struct diagnostics *sources = lane->filter->program->program->sources;

	return sources && span.source < sources->source_count ? &sources->sources[span.source]
							      : NULL;
}

void listener_place(const struct lane *lane, struct span span, char place[PLACE_MAX])
{
	const struct source *source = source_of(lane, span);
	size_t length;

	place[0] = '\0';
	if (!source)
		return;
	length = strnlen(source->name, PLACE_MAX - INT_PRINTED_MAX - 2);
	memcpy(place, source->name, length);
	place[length++] = ':';
	length += int_print(source_place(source, span.from).line, place + length);
	place[length] = '\0';
}

static void print_locals(const struct vm *vm, struct buffer *out)
{
	const struct type *type;
	struct text name;
	value v;

	for (unsigned n = 0; vm_local(vm, n, &name, &type, &v); n++) {
		buffer_printf(out, "%s%.*s = ", n ? ", " : "", TEXT_PRINTF(name));
		if (type->kind == TYPE_TEXT)
			buffer_append_json(out, v.text);
		else
			value_print(type, v, out);
	}
	buffer_append_byte(out, '\0');
}

static void trace_statement(void *argument, const struct vm *vm, struct span span)
{
	const struct lane *lane = argument;
	const struct source *source = source_of(lane, span);
	struct afsl_text line = {"", 0};
	char where[PLACE_MAX] = "";
	struct buffer values;

	if (source) {
		struct place place = source_place(source, span.from);

		line = (struct afsl_text){place.line_text.data, place.line_text.length};
		snprintf(where, sizeof(where), "%s:%u:%u", source->name, place.line, place.column);
	}
	buffer_init(&values, 64 << 10);
	print_locals(vm, &values);
	lane->listener->trace(lane->listener->trace_argument, where, line,
			      values.failed ? "" : values.data);
	buffer_free(&values);
}

static void watch_statement(void *argument, const struct vm *vm, struct span span)
{
	const struct lane *lane = argument;

	(void)vm;
	lane->listener->watcher->statement(lane->listener->watcher->argument, lane, span);
}

static vm_tracer *tracer_of(const struct listener *listener)
{
	if (listener->trace)
		return trace_statement;
	return listener->watcher ? watch_statement : NULL;
}

void listener_serve(struct lane *lane)
{
	lane->context.log = script_line;
	lane->context.log_argument = lane;
}

void listener_attach(struct lane *lane)
{
	const struct watcher *watcher = lane->listener->watcher;
	vm_tracer *tracer = tracer_of(lane->listener);

	lane->watched = tracer != NULL;
	vm_trace(lane->vm, tracer, lane);
	if (watcher)
		vm_visit(lane->vm, watcher->visitor, watcher->visitor_argument);
}
