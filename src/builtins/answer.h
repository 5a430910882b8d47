/* How builtins answer: their results, and room for the texts and lists that they make. A result may
 * be part of an argument: whoever calls marks it as shared. */
#ifndef BUILTINS_ANSWER_H
#define BUILTINS_ANSWER_H

#include "base/buffer.h"
#include "vm/vm.h"

static inline enum call_result answer_int(struct call *call, int64_t number)
{
	call->result->i = number;
	return CALL_DONE;
}

static inline enum call_result answer_bool(struct call *call, bool truth)
{
	call->result->i = truth;
	return CALL_DONE;
}

static inline enum call_result answer_float(struct call *call, double number)
{
	call->result->f = number;
	return CALL_DONE;
}

/* A view: nothing is copied. */
static inline enum call_result answer_text(struct call *call, struct text text)
{
	call->result->text = text;
	return CALL_DONE;
}

/* A text that grows in the event arena. What fails is remembered in `status`, and the rest is
 * dropped: look once at the end. */
struct writer {
	struct call *call;
	char *data;
	size_t length, room;
	enum call_result status;
};

/* Charges and takes `room` bytes at once; more is taken, and charged, as needed. */
void writer_begin(struct writer *writer, struct call *call, size_t room);
bool writer_reserve(struct writer *writer, size_t more);
void writer_add(struct writer *writer, const void *bytes, size_t length);
/* Kind "argument", unless something worse has happened before. */
enum call_result writer_raise(struct writer *writer, const char *why);
struct text writer_text(const struct writer *writer);
/* The text becomes the result. */
enum call_result writer_end(struct writer *writer);

static inline void writer_add_byte(struct writer *writer, char byte)
{
	if (writer->length < writer->room || writer_reserve(writer, 1))
		writer->data[writer->length++] = byte;
}

static inline void writer_add_text(struct writer *writer, struct text text)
{
	writer_add(writer, text.data, text.length);
}

/* A copy of what a buffer holds; one that has failed is memory that has ended. */
enum call_result copy_buffer(struct call *call, const struct buffer *buffer, struct text *out);
static inline enum call_result answer_buffer(struct call *call, const struct buffer *buffer)
{
	return copy_buffer(call, buffer, &call->result->text);
}

/* An empty list of the result's type becomes the result; NULL with *status set. */
struct list *answer_list(struct call *call, uint32_t room, enum call_result *status);
/* list_push that tells the two limits apart. */
enum call_result list_add(struct call *call, struct list *list, value item);
enum call_result list_add_text(struct call *call, struct list *list, struct text item);

/* Why a list or map could not grow. */
enum call_result refuse_growth(struct call *call, uint32_t length);

#endif
