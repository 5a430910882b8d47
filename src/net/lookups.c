#include "net/lookups.h"

#include "base/memory.h"

struct lookup {
	struct question *question;
	int type;
	char name[DNS_NAME_MAX + 3];
	uint32_t length;
};

struct lookups {
	struct resolver *resolver;
	struct lookup *items; /* in the order of asking: few enough to look through */
	unsigned count, room, most;
	enum lookups_trouble trouble;
};

struct lookups *lookups_new(struct resolver *resolver, unsigned most)
{
	struct lookups *lookups = memory_zeroed(1, sizeof(*lookups));

	if (lookups)
		*lookups = (struct lookups){ .resolver = resolver, .most = most };
	return lookups;
}

void lookups_free(struct lookups *lookups)
{
	if (!lookups)
		return;
	for (unsigned i = 0; i < lookups->count; i++)
		question_free(lookups->items[i].question);
	memory_free(lookups->items);
	memory_free(lookups);
}

static struct lookup *find(const struct lookups *lookups, struct text name, int type)
{
	for (unsigned i = 0; i < lookups->count; i++) {
		struct lookup *item = lookups->items + i;

		if (item->type == type &&
		    text_equals(name, text_of(item->name, item->length, LIFETIME_EVENT)))
			return item;
	}
	return NULL;
}

static struct lookup *add(struct lookups *lookups, struct text name, int type)
{
	if (lookups->count == lookups->room) {
		unsigned room = lookups->room ? 2 * lookups->room : 8;
		struct lookup *items = memory_resize(lookups->items, room * sizeof(*items));

		if (!items)
			return NULL;
		lookups->items = items;
		lookups->room = room;
	}
	struct question *question = resolver_ask(lookups->resolver, name, type);
	if (!question)
		return NULL;
	struct lookup *item = lookups->items + lookups->count++;
	*item = (struct lookup){ .question = question, .type = type, .length = name.length };
	memcpy(item->name, name.data, name.length);
	return item;
}

const struct dns_answer *lookups_get(struct lookups *lookups, struct text name, int type)
{
	static const struct dns_answer impossible = { .outcome = DNS_NO_NAME },
				       too_many = { .outcome = DNS_FAILED,
						    .reason = "too many DNS questions" },
				       no_memory = { .outcome = DNS_FAILED,
						     .reason = "no memory for the question" };
	struct lookup *item;

	if (!dns_name_is_valid(name))
		return &impossible;
	item = find(lookups, name, type);
	if (!item && lookups->count >= lookups->most) {
		lookups->trouble = LOOKUPS_TOO_MANY;
		return &too_many;
	}
	if (!item)
		item = add(lookups, name, type);
	if (item)
		return question_answer(item->question);
	lookups->trouble = LOOKUPS_NO_MEMORY;
	return &no_memory;
}

bool lookups_open(const struct lookups *lookups)
{
	for (unsigned i = 0; i < lookups->count; i++)
		if (!question_answer(lookups->items[i].question))
			return true;
	return false;
}

unsigned lookups_count(const struct lookups *lookups)
{
	return lookups->count;
}

enum lookups_trouble lookups_trouble(const struct lookups *lookups)
{
	return lookups->trouble;
}

void lookups_process(struct lookups *lookups)
{
	resolver_process(lookups->resolver);
}

bool lookups_wait(struct lookups *lookups, struct wait_request *request)
{
	return resolver_wait(lookups->resolver, request);
}
