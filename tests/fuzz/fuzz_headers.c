/* A header block of anybody's making: taken apart as scripts do, and its pieces recorded as changes
 * of a message that has it. Whatever is recorded may go out, and the index by name agrees with the
 * list. */
#include "script.h"

#include "fuzz.h"

#include "cli/message.h"

#include <stdlib.h>

static const char source[] =
	"function parse(t: text) -> list[Header] { return headers.parse(t); }\n"
	"function unfold(t: text) -> text { return headers.unfold(t); }\n"
	"function last(t: text) -> text { var h = headers.parse(t); return headers.lastValue(h, "
	"\"x\") + headers.firstValue(h, \"SUBJECT\"); }\n";

enum { FIELDS_MAX = 64 };

static struct script script;

/* ---- reading ---- */

/* Copies of texts of the fields, which a later call of the script forgets. */
static struct fields {
	struct text names[FIELDS_MAX], raws[FIELDS_MAX];
	unsigned count;
} fields;

static bool lies_in(struct text part, struct text whole)
{
	return part.length == 0 ||
	       (part.data >= whole.data && part.data + part.length <= whole.data + whole.length);
}

static void parse(struct text block)
{
	value argument = { .text = block };
	const struct list *list;

	fields.count = 0;
	if (script_call(&script, script_function(&script, "parse"), &argument) != VM_DONE)
		abort();
	list = vm_result(script.vm).list;
	for (uint32_t i = 0; i < list->length; i++) {
		const value *field = list->items[i].record->fields;

		if (field[0].text.length == 0 || text_contains_byte(field[0].text, ':') ||
		    !lies_in(field[0].text, block) || !lies_in(field[2].text, block))
			abort();
		if (fields.count == FIELDS_MAX)
			return;
		fields.names[fields.count] = field[0].text;
		fields.raws[fields.count++] = field[2].text;
	}
}

static void read_values(struct text block)
{
	value argument = { .text = block };
	struct text found[8];
	size_t count;

	if (script_call(&script, script_function(&script, "last"), &argument) != VM_DONE ||
	    script_call(&script, script_function(&script, "unfold"), &argument) != VM_DONE)
		abort();
	count = addresses_in(block, found, 8);
	for (size_t i = 0; i < count && i < 8; i++)
		if (!lies_in(found[i], block))
			abort();
}

/* ---- changing ---- */

static void check_value(struct text raw)
{
	char *clean = malloc(2 * (size_t)raw.length + 1);
	size_t length;

	if (!clean)
		abort();
	length = value_clean(raw, clean);
	if (length > 2 * (size_t)raw.length ||
	    !value_is_clean(text_of(clean, length, LIFETIME_EVENT)))
		abort();
	free(clean);
}

static void change(uint8_t how, struct text name, struct text raw)
{
	const char *why;
	struct change change = { .kind = (enum change_kind)(how % 3),
				 .index = how / 3 % 5,
				 .name = name,
				 .value = how & 64 ? TEXT_EMPTY : raw,
				 .foreign = how & 128,
				 .blanks = how & 32 };

	if (mail_change(script.mail, change, &why) == MAIL_REFUSED && !*why)
		abort();
}

static void check_index(const struct headers *headers)
{
	for (uint32_t i = 0; i < headers->count; i++) {
		struct text name = headers->items[i].name;
		uint32_t nth = 0;

		for (uint32_t k = 0; k <= i; k++)
			nth += text_equals_ignoring_case(headers->items[k].name, name);
		if (headers_find(headers, name, nth) != (int64_t)i)
			abort();
	}
}

/* Of what was received anything may stand there; what we add may go out. */
static void check_message(const struct mail_message *message)
{
	for (uint32_t i = 0; i < message->headers.count; i++) {
		const struct header *header = &message->headers.items[i];

		if ((header->added || header->changed) && !value_is_clean(header->raw))
			abort();
	}
	check_index(&message->headers);
	check_index(&message->foreign);
}

static void check_plan(void)
{
	const struct changes *plan = mail_plan(script.mail);

	if (!plan)
		abort();
	for (uint32_t i = 0; i < plan->count; i++)
		if (plan->items[i].kind >= CHANGE_KIND_COUNT ||
		    !value_is_clean(plan->items[i].value))
			abort();
}

static void edit(uint8_t seed)
{
	for (unsigned i = 0; i < fields.count; i++)
		if (!mail_add_header(script.mail, fields.names[i], fields.raws[i]))
			abort();
	for (unsigned i = 0; i < fields.count; i++) {
		uint8_t how = (uint8_t)(seed * (i + 1) + fields.raws[i].length * 7);

		check_value(fields.raws[i]);
		change(how, fields.names[i], fields.raws[(i + 1) % fields.count]);
		change((uint8_t)(how >> 3), fields.names[(i * 3 + 1) % fields.count],
		       fields.raws[i]);
	}
	check_message(script.mail->message);
	check_plan();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct text block;

	if (size == 0)
		return 0;
	if (!script.program)
		script_open(&script, source);
	block = text_of((const char *)bytes + 1, size - 1, LIFETIME_EVENT);
	mail_end(script.mail);
	if (!mail_begin(script.mail, TEXT("<a@example.net>"), NULL, 0))
		abort();
	read_values(block);
	parse(block);
	edit(bytes[0]);
	return 0;
}
