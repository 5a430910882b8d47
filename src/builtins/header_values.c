/* Structured values of header fields. */
#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "content/hop.h"
#include "content/parameters.h"
#include "content/words.h"

static enum call_result read_parameters(struct call *call, struct parameters *parameters)
{
	enum call_result result = call_begin(call, 8 * (size_t)call->arguments[0].text.length);

	if (result == CALL_DONE)
		parameters_read(call->arguments[0].text, parameters);
	return result;
}

enum call_result builtin_headers_withoutParameters(struct call *call)
{
	struct parameters parameters;
	enum call_result result = read_parameters(call, &parameters);

	return result == CALL_DONE ? answer_text(call, parameters.head) : result;
}

/* The value of a parameter of that name, in the event's arena. */
static enum call_result copy_value(struct call *call, const struct parameters *parameters,
				   struct text name, struct text *out)
{
	char *string = arena_string(call_arena(call), name);
	enum call_result result;
	struct buffer bytes;

	if (!string)
		return call_memory(call);
	buffer_init(&bytes, BUFFER_CAP_DEFAULT);
	parameters_value(parameters, string, &bytes);
	result = copy_buffer(call, &bytes, out);
	buffer_free(&bytes);
	return result;
}

enum call_result builtin_headers_parameter(struct call *call)
{
	struct parameters parameters;
	enum call_result result = read_parameters(call, &parameters);

	if (result != CALL_DONE)
		return result;
	return copy_value(call, &parameters, call->arguments[1].text, &call->result->text);
}

static enum call_result put_value(struct call *call, struct map *map,
				  const struct parameters *parameters, struct text name)
{
	struct text decoded;
	struct writer lower;
	enum call_result result;

	writer_begin(&lower, call, name.length);
	for (size_t i = 0; i < name.length; i++)
		writer_add_byte(&lower, byte_lower(name.data[i]));
	if (lower.status != CALL_DONE)
		return lower.status;
	if (map_find(map, (value){ .text = writer_text(&lower) }))
		return CALL_DONE;
	result = copy_value(call, parameters, name, &decoded);
	if (result == CALL_DONE &&
	    !map_put(map, (value){ .text = writer_text(&lower) }, (value){ .text = decoded }))
		return call_memory(call);
	return result;
}

enum call_result builtin_headers_parameters(struct call *call)
{
	struct parameters parameters;
	enum call_result result = read_parameters(call, &parameters);
	struct map *map;

	if (result != CALL_DONE)
		return result;
	map = map_new(call->import->result, call_arena(call));
	if (!map)
		return call_memory(call);
	call->result->map = map;
	for (unsigned i = 0; result == CALL_DONE && i < parameters.count; i++)
		result = put_value(call, map, &parameters, parameters.items[i].name);
	return result;
}

/* ---- what people read ---- */

static void append_unfolded(struct buffer *out, struct text folded)
{
	for (size_t i = 0; i < folded.length; i++)
		if (folded.data[i] != '\r' && folded.data[i] != '\n')
			buffer_append_byte(out, folded.data[i]);
}

enum call_result builtin_headers_decode(struct call *call)
{
	struct text text = call->arguments[0].text;
	enum call_result result = call_begin(call, 4 * (size_t)text.length);
	struct buffer unfolded, decoded;

	if (result != CALL_DONE)
		return result;
	buffer_init(&unfolded, BUFFER_CAP_DEFAULT);
	buffer_init(&decoded, BUFFER_CAP_DEFAULT);
	append_unfolded(&unfolded, text_trim(text));
	words_decode(buffer_text(&unfolded), &decoded);
	decoded.failed |= unfolded.failed;
	result = answer_buffer(call, &decoded);
	buffer_free(&unfolded);
	buffer_free(&decoded);
	return result;
}

/* ---- Received ---- */

enum call_result builtin_headers_hop(struct call *call)
{
	struct text text = call->arguments[0].text;
	enum call_result result = call_begin(call, 2 * (size_t)text.length);
	struct record *record;
	struct hop hop;

	if (result != CALL_DONE)
		return result;
	record = record_new(call->import->result, call_arena(call));
	if (!record)
		return call_memory(call);
	hop_read(text, &hop);
	for (unsigned i = 0; i < HOP_FIELDS; i++)
		record->fields[i].text = hop.fields[i];
	call->result->record = record;
	return CALL_DONE;
}
