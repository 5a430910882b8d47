/* Module mime: the parts of a message. */
#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "builtins/mail_call.h"
#include "builtins/mime.h"
#include "content/charset.h"
#include "content/names.h"
#include "content/structure.h"

enum {
	PART_PATH,
	PART_DEPTH,
	PART_TYPE,
	PART_CHARSET,
	PART_DISPOSITION,
	PART_ENCODING,
	PART_FILE_NAME,
	PART_FILE_NAMES, /* behind the first of them */
	PART_HEADER,
	PART_BODY,
	PART_HAS_PARTS,
	PART_ANOMALIES,
}; /* of the record mime.Part */

/* ---- records ---- */

struct list *record_new_list(struct call *call, struct record *record, unsigned field)
{
	const struct type *type = record->object.type->record->fields[field].type;

	record->fields[field].list = list_new(type, 0, call_arena(call));
	return record->fields[field].list;
}

enum call_result record_set_anomalies(struct call *call, struct record *record, unsigned field,
				      anomaly_set set)
{
	struct list *list = record_new_list(call, record, field);
	enum call_result result = list ? CALL_DONE : call_memory(call);

	for (unsigned i = 0; result == CALL_DONE && i < ANOMALY_COUNT; i++)
		if (set >> i & 1)
			result = list_add_text(
				call, list,
				text_of_string(anomaly_name((enum anomaly)i), LIFETIME_PROGRAM));
	return result;
}

enum call_result record_set_names(struct call *call, struct record *record, unsigned field,
				  const struct text *names, size_t count)
{
	struct list *list = record_new_list(call, record, field);
	enum call_result result = list ? CALL_DONE : call_memory(call);

	record->fields[field - 1].text = count ? names[0] : TEXT_EMPTY;
	for (size_t i = 0; result == CALL_DONE && i < count; i++)
		result = list_add_text(call, list, names[i]);
	return result;
}

/* "1.2" below "1": its parent's with its own number. */
static enum call_result set_path(struct call *call, struct record *record, const struct part *part,
				 const struct list *made)
{
	char digits[INT_PRINTED_MAX];
	struct writer writer;

	writer_begin(&writer, call, 0);
	if (part->parent != PARENT_NONE) {
		writer_add_text(&writer, made->items[part->parent].record->fields[PART_PATH].text);
		writer_add_byte(&writer, '.');
	}
	writer_add(&writer, digits, int_print(part->nth, digits));
	record->fields[PART_PATH].text = writer_text(&writer);
	return writer.status;
}

static enum call_result add_part(struct call *call, struct list *list, const struct part *part)
{
	struct record *record = record_allocate(list->object.type->element, call_arena(call));
	struct names names;
	enum call_result result;

	if (!record || !names_read(part, call_arena(call), &names))
		return call_memory(call);
	record->fields[PART_DEPTH].i = part->depth;
	record->fields[PART_TYPE].text = part->type;
	record->fields[PART_CHARSET].text = part->charset;
	record->fields[PART_DISPOSITION].text = part->disposition;
	record->fields[PART_ENCODING].text = part->encoding;
	record->fields[PART_HEADER].text = part->header;
	record->fields[PART_BODY].text = part->body;
	record->fields[PART_HAS_PARTS].i = part->has_parts;
	result = set_path(call, record, part, list);
	if (result == CALL_DONE)
		result = record_set_names(call, record, PART_FILE_NAMES, names.items, names.count);
	if (result == CALL_DONE)
		result = record_set_anomalies(call, record, PART_ANOMALIES,
					      part->anomalies | names.anomalies);
	return result == CALL_DONE ? list_add(call, list, (value){ .record = record }) : result;
}

/* ---- parts ---- */

static uint32_t limit_of(const struct call *call, enum limit_id limit)
{
	int64_t number = call_limit_value(call, limit);

	return number < 0 || number > UINT16_MAX ? UINT16_MAX : (uint32_t)number;
}

/* Lines are looked at once, encoded bodies twice, and boundary-like lines at each open level. */
static enum call_result answer_parts(struct call *call, struct text message)
{
	struct structure_limits limits = { limit_of(call, LIMIT_mimeParts),
					   limit_of(call, LIMIT_mimeDepth) };
	enum call_result result = call_begin(call, 4 * (size_t)message.length);
	struct structure structure;
	struct list *list;

	if (result != CALL_DONE)
		return result;
	if (!structure_read(message, &limits, call_arena(call), &structure))
		return call_memory(call);
	list = answer_list(call, structure.count, &result);
	for (uint32_t i = 0; result == CALL_DONE && i < structure.count; i++)
		result = add_part(call, list, &structure.parts[i]);
	return result;
}

static enum call_result raise_size(struct call *call)
{
	return call_raise(call, "size", 0, false,
			  "the message is larger than the limit wholeMessage (%lld bytes)",
			  (long long)call_limit_value(call, LIMIT_wholeMessage));
}

/* In a buffer of the heap's first, so that the event's memory holds the result alone. */
static enum call_result write_changed(struct call *call, struct text *message)
{
	struct mail_session *mail = mail_of(call);
	enum call_result result;
	struct buffer out;

	buffer_init(&out, mail->limits->whole);
	if (!mail_write_changed(mail, &out))
		result = raise_size(call);
	else
		result = call_charge(call, out.length);
	if (result == CALL_DONE)
		result = copy_buffer(call, &out, message);
	buffer_free(&out);
	return result;
}

/* As it stands: what was received, or what the script has made of it so far. */
static enum call_result find_message(struct call *call, struct text *message)
{
	struct mail_session *mail = mail_of(call);

	if (mail_content_changed(mail))
		return write_changed(call, message);
	return mail_whole(mail, message) ? CALL_DONE : raise_size(call);
}

enum call_result builtin_mime_message(struct call *call)
{
	return find_message(call, &call->result->text);
}

enum call_result builtin_mime_parts(struct call *call)
{
	struct text message;
	enum call_result result = find_message(call, &message);

	return result == CALL_DONE ? answer_parts(call, message) : result;
}

enum call_result builtin_mime_partsOf(struct call *call)
{
	return answer_parts(call, call->arguments[0].text);
}

/* ---- bodies ---- */

static struct text field_text(const struct call *call, unsigned field)
{
	return call->arguments[0].record->fields[field].text;
}

static size_t buffer_most(const struct call *call)
{
	int64_t limit = call_limit_value(call, LIMIT_textLength);

	return limit < 0 || (size_t)limit > TEXT_LENGTH_MAX ? TEXT_LENGTH_MAX : (size_t)limit + 1;
}

static enum call_result take_buffer(struct call *call, struct buffer *buffer)
{
	enum call_result result;

	if (buffer->failed && buffer->cap == buffer_most(call))
		result = call_limit(call, LIMIT_textLength);
	else
		result = answer_buffer(call, buffer);
	buffer_free(buffer);
	return result;
}

enum call_result builtin_mime_decode(struct call *call)
{
	struct text body = field_text(call, PART_BODY);
	enum transfer transfer = transfer_of(field_text(call, PART_ENCODING));
	enum call_result result = call_begin(call, 2 * (size_t)body.length);
	struct buffer bytes;

	if (result != CALL_DONE)
		return result;
	if (transfer == TRANSFER_NONE || transfer == TRANSFER_UNKNOWN)
		return answer_text(call, body);
	buffer_init(&bytes, buffer_most(call));
	transfer_decode(transfer, body, &bytes);
	return take_buffer(call, &bytes);
}

static void decode_text(struct text charset, struct text bytes, struct buffer *out)
{
	if (charset.length == 0)
		charset = TEXT("us-ascii");
	if (!charset_decode(charset, bytes, out))
		utf8_append(bytes, out);
}

enum call_result builtin_mime_text(struct call *call)
{
	struct text body = field_text(call, PART_BODY);
	enum call_result result = call_begin(call, 8 * (size_t)body.length);
	struct buffer bytes, text;

	if (result != CALL_DONE)
		return result;
	buffer_init(&bytes, buffer_most(call));
	buffer_init(&text, buffer_most(call));
	transfer_decode(transfer_of(field_text(call, PART_ENCODING)), body, &bytes);
	decode_text(field_text(call, PART_CHARSET), buffer_text(&bytes), &text);
	text.failed |= bytes.failed;
	buffer_free(&bytes);
	return take_buffer(call, &text);
}

/* ---- anomalies ---- */

static enum call_result add_once(struct call *call, struct list *list, struct text name)
{
	for (uint32_t i = 0; i < list->length; i++)
		if (text_equals(list->items[i].text, name))
			return CALL_DONE;
	return list_add_text(call, list, name);
}

/* There are few kinds, and each part has each once. */
enum call_result builtin_mime_anomalies(struct call *call)
{
	const struct list *parts = call->arguments[0].list;
	enum call_result result = call_begin(call, (size_t)parts->length * 256);
	struct list *list = result == CALL_DONE ? answer_list(call, 0, &result) : NULL;

	for (uint32_t i = 0; result == CALL_DONE && i < parts->length; i++) {
		const struct list *names = parts->items[i].record->fields[PART_ANOMALIES].list;

		for (uint32_t n = 0; result == CALL_DONE && n < names->length; n++)
			result = add_once(call, list, names->items[n].text);
	}
	return result;
}
