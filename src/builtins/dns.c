/* Module dns. A call asks all that it needs, waits while an answer is missing, and begins anew. */
#include "builtins/answer.h"
#include "builtins/asking.h"
#include "builtins/builtins.h"

#include <stdlib.h>

enum { NAMES_MAX = 10 };

/* ---- one question ---- */

/* CALL_DONE with an answer that is none of failure. */
static enum call_result ask(struct call *call, struct asking *asking, struct text name, int type,
			    const struct dns_answer **answer)
{
	enum call_result result;

	*answer = lookups_get(asking->lookups, name, type);
	if (!*answer)
		return asking_wait(call, asking);
	result = asking_check(call, asking);
	if (result == CALL_DONE && (*answer)->outcome == DNS_FAILED)
		return asking_raise(call, name, (*answer)->reason);
	return result;
}

static enum call_result ask_once(struct call *call, struct text name, int type, int64_t timeout,
				 const struct dns_answer **answer)
{
	struct asking *asking;
	enum call_result result = asking_of(call, timeout, &asking);

	return result == CALL_DONE ? ask(call, asking, name, type, answer) : result;
}

static enum call_result add_addresses(struct call *call, struct list *list,
				      const struct dns_answer *answer)
{
	enum call_result result = CALL_DONE;

	for (uint32_t i = 0; result == CALL_DONE && i < answer->count; i++)
		result = list_add(call, list, (value){ .ip = answer->records[i].ip });
	return result;
}

static enum call_result addresses(struct call *call, int type)
{
	const struct dns_answer *answer;
	enum call_result result =
		ask_once(call, call->arguments[0].text, type, call->arguments[1].i, &answer);
	struct list *list = NULL;

	if (result == CALL_DONE)
		list = answer_list(call, answer->count, &result);
	return list ? add_addresses(call, list, answer) : result;
}

enum call_result builtin_dns_a(struct call *call)
{
	return addresses(call, DNS_A);
}

enum call_result builtin_dns_aaaa(struct call *call)
{
	return addresses(call, DNS_AAAA);
}

enum call_result builtin_dns_addresses(struct call *call)
{
	struct text name = call->arguments[0].text;
	const struct dns_answer *v4, *v6;
	struct asking *asking;
	enum call_result result = asking_of(call, call->arguments[1].i, &asking);
	struct list *list = NULL;

	if (result != CALL_DONE)
		return result;
	lookups_get(asking->lookups, name, DNS_AAAA); /* side by side */
	result = ask(call, asking, name, DNS_A, &v4);
	if (result == CALL_DONE)
		result = ask(call, asking, name, DNS_AAAA, &v6);
	if (result == CALL_DONE)
		list = answer_list(call, v4->count + v6->count, &result);
	if (list)
		result = add_addresses(call, list, v4);
	return list && result == CALL_DONE ? add_addresses(call, list, v6) : result;
}

static enum call_result answer_texts(struct call *call, const struct dns_answer *answer)
{
	enum call_result result;
	struct list *list = answer_list(call, answer->count, &result);

	for (uint32_t i = 0; list && result == CALL_DONE && i < answer->count; i++)
		result = list_add_text(call, list, answer->records[i].text);
	return result;
}

enum call_result builtin_dns_txt(struct call *call)
{
	const struct dns_answer *answer;
	enum call_result result =
		ask_once(call, call->arguments[0].text, DNS_TXT, call->arguments[1].i, &answer);

	return result == CALL_DONE ? answer_texts(call, answer) : result;
}

/* ---- any type ---- */

static enum call_result type_of(struct call *call, struct text name, int *type)
{
	*type = dns_type_of(name);
	if (*type >= 0)
		return CALL_DONE;
	return call_raise(call, "argument", 0, false,
			  "\"%.*s\" is no type of DNS records: write A, MX, TXT, ... or TYPE64",
			  TEXT_PRINTF(name));
}

static enum call_result ask_typed(struct call *call, const struct dns_answer **answer)
{
	int type;
	enum call_result result = type_of(call, call->arguments[1].text, &type);

	if (result != CALL_DONE)
		return result;
	return ask_once(call, call->arguments[0].text, type, call->arguments[2].i, answer);
}

enum call_result builtin_dns_query(struct call *call)
{
	const struct dns_answer *answer;
	enum call_result result = ask_typed(call, &answer);

	return result == CALL_DONE ? answer_texts(call, answer) : result;
}

enum call_result builtin_dns_exists(struct call *call)
{
	const struct dns_answer *answer;
	enum call_result result = ask_typed(call, &answer);

	return result == CALL_DONE ? answer_bool(call, answer->count > 0) : result;
}

/* ---- many names ---- */

static bool any_open(struct asking *asking, const struct list *names, int type)
{
	bool open = false;

	for (uint32_t i = 0; i < names->length; i++)
		open |= !lookups_get(asking->lookups, names->items[i].text, type);
	return open;
}

static enum call_result put_texts(struct call *call, struct map *map, struct text name,
				  const struct dns_answer *answer)
{
	struct list *list = list_new(map->object.type->element, answer->count, call_arena(call));
	enum call_result result = list ? CALL_DONE : call_memory(call);

	for (uint32_t i = 0; result == CALL_DONE && i < answer->count; i++)
		result = list_add_text(call, list, answer->records[i].text);
	if (result != CALL_DONE)
		return result;
	return map_put(map, (value){ .text = name }, (value){ .list = list })
		       ? CALL_DONE
		       : refuse_growth(call, map->length);
}

enum call_result builtin_dns_many(struct call *call)
{
	const struct list *names = call->arguments[0].list;
	struct asking *asking;
	int type;
	enum call_result result = type_of(call, call->arguments[1].text, &type);

	if (result == CALL_DONE)
		result = asking_of(call, call->arguments[2].i, &asking);
	if (result != CALL_DONE)
		return result;
	if (any_open(asking, names, type))
		return asking_wait(call, asking);
	call->result->map = map_new(call->import->result, call_arena(call));
	if (!call->result->map)
		return call_memory(call);
	for (uint32_t i = 0; result == CALL_DONE && i < names->length; i++) {
		struct text name = names->items[i].text;
		const struct dns_answer *answer;

		result = ask(call, asking, name, type, &answer);
		if (result == CALL_DONE && answer->count)
			result = put_texts(call, call->result->map, name, answer);
	}
	return result;
}

/* ---- mail exchangers ---- */

static int by_preference(const void *a, const void *b)
{
	const struct dns_record *left = *(const struct dns_record *const *)a,
				*right = *(const struct dns_record *const *)b;

	if (left->number != right->number)
		return left->number < right->number ? -1 : 1;
	return left < right ? -1 : left > right; /* as they came */
}

static enum call_result add_mx(struct call *call, struct list *list, const struct dns_record *from)
{
	struct record *record = record_new(list->object.type->element, call_arena(call));

	if (!record)
		return call_memory(call);
	record->fields[0].i = from->number;
	record->fields[1].text = from->last;
	return list_add(call, list, (value){ .record = record });
}

enum call_result builtin_dns_mx(struct call *call)
{
	const struct dns_answer *answer;
	const struct dns_record **sorted;
	enum call_result result =
		ask_once(call, call->arguments[0].text, DNS_MX, call->arguments[1].i, &answer);
	struct list *list = NULL;

	if (result == CALL_DONE)
		list = answer_list(call, answer->count, &result);
	if (!list || answer->count == 0)
		return result;
	sorted = arena_allocate(call_arena(call), answer->count * sizeof(*sorted));
	if (!sorted)
		return call_memory(call);
	for (uint32_t i = 0; i < answer->count; i++)
		sorted[i] = answer->records + i;
	qsort(sorted, answer->count, sizeof(*sorted), by_preference);
	for (uint32_t i = 0; result == CALL_DONE && i < answer->count; i++)
		result = add_mx(call, list, sorted[i]);
	return result;
}

/* ---- names of addresses ---- */

static enum call_result reverse_name(struct call *call, struct ip address, char out[128],
				     struct text *name)
{
	if (ip_is_none(address))
		return call_raise(call, "argument", 0, false, "an address that is none");
	dns_reverse_name(address, NULL, out, 128);
	*name = text_of_string(out, LIFETIME_EVENT);
	return CALL_DONE;
}

static enum call_result ask_names(struct call *call, struct asking *asking,
				  const struct dns_answer **answer)
{
	char reverse[128];
	struct text name;
	enum call_result result = reverse_name(call, call->arguments[0].ip, reverse, &name);

	return result == CALL_DONE ? ask(call, asking, name, DNS_PTR, answer) : result;
}

enum call_result builtin_dns_ptr(struct call *call)
{
	const struct dns_answer *answer;
	struct asking *asking;
	enum call_result result = asking_of(call, call->arguments[1].i, &asking);

	if (result == CALL_DONE)
		result = ask_names(call, asking, &answer);
	return result == CALL_DONE ? answer_texts(call, answer) : result;
}

enum call_result builtin_dns_names(struct call *call)
{
	struct ip address = call->arguments[0].ip;
	int type = ip_is_v4(address) ? DNS_A : DNS_AAAA;
	const struct dns_answer *names, *back;
	struct asking *asking;
	enum call_result result = asking_of(call, call->arguments[1].i, &asking);
	struct list *list = NULL;

	if (result == CALL_DONE)
		result = ask_names(call, asking, &names);
	if (result != CALL_DONE)
		return result;
	uint32_t count = names->count < NAMES_MAX ? names->count : NAMES_MAX;
	for (uint32_t i = 0; i < count; i++)
		lookups_get(asking->lookups, names->records[i].text, type); /* side by side */
	if (lookups_open(asking->lookups))
		return asking_wait(call, asking);
	list = answer_list(call, count, &result);
	for (uint32_t i = 0; list && result == CALL_DONE && i < count; i++) {
		result = ask(call, asking, names->records[i].text, type, &back);
		if (result == CALL_DONE && dns_answer_has(back, address))
			result = list_add_text(call, list, names->records[i].text);
	}
	return result;
}
