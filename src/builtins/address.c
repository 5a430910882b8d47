/* Module address: mailboxes of header fields, and the parts of one address. */
#include "builtins/answer.h"
#include "builtins/builtins.h"
#include "content/mailbox.h"
#include "net/domain.h"

enum {
	MAILBOX_NAME,
	MAILBOX_ADDRESS,
	MAILBOX_LOCAL,
	MAILBOX_DOMAIN,
	MAILBOX_GROUP,
	MAILBOX_VALID
}; /* of the record address.Mailbox */

static enum call_result add_mailbox(struct call *call, struct list *list,
				    const struct mailbox *mailbox)
{
	struct record *record = record_allocate(list->object.type->element, call_arena(call));

	if (!record)
		return call_memory(call);
	record->fields[MAILBOX_NAME].text = mailbox->name;
	record->fields[MAILBOX_ADDRESS].text = mailbox->address;
	record->fields[MAILBOX_LOCAL].text = mailbox->local;
	record->fields[MAILBOX_DOMAIN].text = mailbox->domain;
	record->fields[MAILBOX_GROUP].text = mailbox->group;
	record->fields[MAILBOX_VALID].i = mailbox->valid;
	return list_add(call, list, (value){ .record = record });
}

enum call_result builtin_address_parse(struct call *call)
{
	struct text text = call->arguments[0].text;
	enum call_result result = call_begin(call, 8 * (size_t)text.length);
	struct mailboxes mailboxes;
	struct list *list;

	if (result != CALL_DONE)
		return result;
	if (!mailboxes_read(text, call_arena(call), &mailboxes))
		return call_memory(call);
	list = answer_list(call, mailboxes.count, &result);
	for (uint32_t i = 0; result == CALL_DONE && i < mailboxes.count; i++)
		result = add_mailbox(call, list, &mailboxes.items[i]);
	return result;
}

/* ---- one address ---- */

/* Without angle brackets. */
static struct text argument_address(const struct call *call)
{
	struct text text = text_trim(call->arguments[0].text);

	if (text.length >= 2 && text.data[0] == '<' && text.data[text.length - 1] == '>')
		text = text_part(text, 1, text.length - 1u);
	return text;
}

enum call_result builtin_address_localPart(struct call *call)
{
	struct text local, domain;

	address_split(argument_address(call), &local, &domain);
	return answer_text(call, local);
}

enum call_result builtin_address_domain(struct call *call)
{
	struct text local, domain;

	address_split(argument_address(call), &local, &domain);
	return answer_text(call, domain);
}

enum call_result builtin_address_isValid(struct call *call)
{
	enum call_result result = call_charge(call, call->arguments[0].text.length);

	if (result != CALL_DONE)
		return result;
	return answer_bool(call, address_is_valid(argument_address(call)));
}

/* A domain that cannot be converted stays as it is, in lower case. */
static void add_domain(struct writer *writer, struct text domain)
{
	struct domain_name ascii;

	if (!domain_to_ascii(domain, &ascii)) {
		writer_add_text(writer, domain_text(&ascii));
		return;
	}
	for (size_t i = 0; i < domain.length; i++)
		writer_add_byte(writer, byte_lower(domain.data[i]));
}

enum call_result builtin_address_normal(struct call *call)
{
	struct text address = argument_address(call), local, domain;
	enum call_result result = call_charge(call, 4096 + (size_t)address.length);
	struct writer writer;

	if (result != CALL_DONE)
		return result;
	address_split(address, &local, &domain);
	if (!local_part_unquote(local, call_arena(call), &local))
		return call_memory(call);
	writer_begin(&writer, call, address.length);
	writer_add_text(&writer, local);
	if (domain.length) {
		writer_add_byte(&writer, '@');
		add_domain(&writer, domain);
	}
	return writer_end(&writer);
}
