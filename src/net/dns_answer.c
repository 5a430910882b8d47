#include "net/dns_build.h"

#include "base/memory.h"

#include <stdatomic.h>

/* The answer first: callers hold a pointer to it. */
struct counted {
	struct dns_answer answer;
	atomic_uint references;
	struct dns_record records[];
};

static struct counted *counted_new(uint32_t count, size_t bytes)
{
	struct counted *made;
	size_t size;

	if (!size_multiply(count, sizeof(struct dns_record), &size) ||
	    !size_add(size, sizeof(struct counted) + bytes, &size))
		return NULL;
	made = memory_zeroed(1, size);
	if (!made)
		return NULL;
	made->answer.records = made->records;
	made->answer.count = count;
	atomic_init(&made->references, 1);
	return made;
}

struct dns_answer *dns_answer_none(enum dns_outcome outcome)
{
	struct counted *made = counted_new(0, 0);

	if (!made)
		return NULL;
	made->answer.outcome = outcome;
	return &made->answer;
}

struct dns_answer *dns_answer_failed(const char *reason)
{
	struct dns_answer *answer = dns_answer_none(DNS_FAILED);

	if (answer)
		answer->reason = reason;
	return answer;
}

/* Nobody's: it is neither counted nor freed. */
static struct counted no_memory = { .answer = { .outcome = DNS_FAILED,
						.reason = "no memory for the answer" } };

struct dns_answer *dns_answer_no_memory(void)
{
	return &no_memory.answer;
}

bool dns_answer_has(const struct dns_answer *answer, struct ip address)
{
	for (uint32_t i = 0; i < answer->count; i++)
		if (ip_compare(answer->records[i].ip, address) == 0)
			return true;
	return false;
}

struct dns_answer *dns_answer_keep(struct dns_answer *answer)
{
	if (answer != &no_memory.answer)
		atomic_fetch_add(&((struct counted *)answer)->references, 1);
	return answer;
}

void dns_answer_release(struct dns_answer *answer)
{
	struct counted *counted = (struct counted *)answer;

	if (counted && counted != &no_memory && atomic_fetch_sub(&counted->references, 1) == 1)
		memory_free(counted);
}

/* ---- drafts ---- */

void dns_draft_init(struct dns_draft *draft)
{
	buffer_init(&draft->bytes, BUFFER_CAP_DEFAULT);
	buffer_init(&draft->records, BUFFER_CAP_DEFAULT);
}

void dns_draft_begin(struct dns_draft *draft, struct dns_draft_record *record)
{
	*record = (struct dns_draft_record){ .from = (uint32_t)draft->bytes.length };
	record->last = record->from;
}

void dns_draft_end(struct dns_draft *draft, struct dns_draft_record *record)
{
	record->to = (uint32_t)draft->bytes.length;
	buffer_append_byte(&draft->bytes, '\0');
	buffer_append(&draft->records, record, sizeof(*record));
}

static void copy_records(struct counted *made, const struct dns_draft *draft)
{
	char *bytes = (char *)(made->records + made->answer.count);

	memcpy(bytes, draft->bytes.data, draft->bytes.length);
	for (uint32_t i = 0; i < made->answer.count; i++) {
		struct dns_draft_record from;

		memcpy(&from, draft->records.data + i * sizeof(from), sizeof(from));
		made->records[i] = (struct dns_record){
			.ip = from.ip,
			.number = from.number,
			.text = text_of(bytes + from.from, from.to - from.from, LIFETIME_EVENT),
			.last = text_of(bytes + from.last, from.to - from.last, LIFETIME_EVENT),
		};
	}
}

struct dns_answer *dns_draft_finish(struct dns_draft *draft, enum dns_outcome outcome, uint32_t ttl)
{
	bool failed = draft->bytes.failed || draft->records.failed;
	uint32_t count = (uint32_t)(draft->records.length / sizeof(struct dns_draft_record));
	struct counted *made = failed ? NULL : counted_new(count, draft->bytes.length);

	if (made) {
		made->answer.outcome = outcome;
		made->answer.ttl = ttl;
		if (count)
			copy_records(made, draft);
	}
	buffer_free(&draft->bytes);
	buffer_free(&draft->records);
	return made ? &made->answer : NULL;
}

/* ---- by hand ---- */

static bool add_made(struct dns_draft *draft, const char *form, struct text text)
{
	struct dns_draft_record record;
	size_t last = text.length;
	int64_t number = 0;

	while (form[1] && last > 0 && text.data[last - 1] != ' ')
		last--;
	dns_draft_begin(draft, &record);
	record.last = record.from + (form[1] ? (uint32_t)last : 0);
	if ((form[0] == 'a' || form[0] == 'A') &&
	    (!ip_parse(text, &record.ip) || ip_is_v4(record.ip) != (form[0] == 'a')))
		return false;
	if (byte_is_digit(form[0])) {
		size_t end = 0;

		while (end < text.length && text.data[end] != ' ')
			end++;
		if (!text_to_int(text_part(text, 0, end), &number) || number < 0 ||
		    number > UINT32_MAX)
			return false;
		record.number = (uint32_t)number;
	}
	buffer_append_text(&draft->bytes, text);
	dns_draft_end(draft, &record);
	return true;
}

struct dns_answer *dns_answer_made(int type, const struct text *records, uint32_t count)
{
	const char *form = dns_form_of(type);
	struct dns_draft draft;
	bool ok = true;

	dns_draft_init(&draft);
	for (uint32_t i = 0; ok && i < count; i++)
		ok = add_made(&draft, form, records[i]);
	if (ok)
		return dns_draft_finish(&draft, count ? DNS_FOUND : DNS_NO_RECORD, 0);
	dns_answer_release(dns_draft_finish(&draft, DNS_FAILED, 0));
	return NULL;
}
