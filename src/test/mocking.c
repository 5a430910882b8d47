/* Module mock: what a test says about the world outside. */
#include "test/trial.h"

#include "builtins/answer.h"

static struct mocks *mocks_of(const struct call *call)
{
	return &trial_of(call)->mocks;
}

/* ---- options ---- */

static bool grow_settings(struct trial *trial)
{
	const struct trial_request *request = trial->request;
	size_t count = trial->settings ? trial->setting_count : request->setting_count;
	const struct afsl_setting *before = trial->settings ? trial->settings : request->settings;
	struct afsl_setting *wider = arena_allocate(&trial->arena, (count + 1) * sizeof(*wider));

	if (!wider)
		return false;
	if (count)
		memcpy(wider, before, count * sizeof(*wider));
	trial->settings = wider;
	trial->setting_count = count;
	return true;
}

enum call_result tested_mock_option(struct call *call)
{
	struct trial *trial = trial_of(call);

	if (!grow_settings(trial))
		return call_memory(call);
	trial->settings[trial->setting_count++] = (struct afsl_setting){
		trial_print(trial, "%.*s", TEXT_PRINTF(call->arguments[0].text)),
		trial_print(trial, "%.*s", TEXT_PRINTF(call->arguments[1].text)),
	};
	trial_close_session(trial);
	trial->dialogue = (struct dialogue){ 0 };
	afsl_program_release(trial->program);
	trial->program = NULL;
	return CALL_DONE;
}

/* ---- sockets ---- */

static enum call_result add(struct call *call, enum place_kind kind, struct mock_place **place)
{
	const char *fault;

	*place = mock_add(mocks_of(call), kind, call->arguments[0].text, &fault);
	if (fault)
		return call_raise(call, "argument", 0, false, "%s", fault);
	return *place ? CALL_DONE : call_memory(call);
}

enum call_result tested_mock_socket(struct call *call)
{
	struct mock_place *place;

	return add(call, PLACE_SOCKET, &place);
}

enum call_result tested_mock_kept(struct call *call)
{
	struct mock_place *place;

	return add(call, PLACE_KEPT, &place);
}

enum call_result tested_mock_refuses(struct call *call)
{
	struct mock_place *place;

	return add(call, PLACE_REFUSES, &place);
}

enum call_result tested_mock_allow(struct call *call)
{
	struct mock_place *place;

	return add(call, PLACE_ALLOWED, &place);
}

static enum call_result exchange(struct call *call, enum exchange_kind kind, struct text bytes)
{
	if (mock_exchange(mocks_of(call), kind, bytes))
		return CALL_DONE;
	return call_raise(call, "argument", 0, false, "mock.socket(address) comes first");
}

enum call_result tested_mock_expects(struct call *call)
{
	return exchange(call, EXCHANGE_EXPECTS, call->arguments[0].text);
}

enum call_result tested_mock_takes(struct call *call)
{
	if (call->arguments[0].text.length == 0)
		return call_raise(call, "argument", 0, false, "there is nothing to wait for");
	return exchange(call, EXCHANGE_TAKES, call->arguments[0].text);
}

enum call_result tested_mock_sends(struct call *call)
{
	return exchange(call, EXCHANGE_SENDS, call->arguments[0].text);
}

enum call_result tested_mock_closes(struct call *call)
{
	return exchange(call, EXCHANGE_CLOSES, TEXT_EMPTY);
}

/* ---- milters ---- */

static enum call_result add_reply(struct call *call, struct mock_place *place,
				  const struct map_entry *entry)
{
	struct reply_spec *spec = arena_zeroed(&trial_of(call)->arena, sizeof(*spec));
	const char *fault = mock_milter_fault(entry->key.text, entry->item.text);

	if (fault)
		return call_raise(call, "argument", 0, false, "\"%.*s\": \"%.*s\": %s",
				  TEXT_PRINTF(entry->key.text), TEXT_PRINTF(entry->item.text),
				  fault);
	if (!spec)
		return call_memory(call);
	spec->step = trial_keep(trial_of(call), entry->key.text);
	spec->reply = trial_keep(trial_of(call), entry->item.text);
	spec->next = place->replies;
	place->replies = spec;
	return CALL_DONE;
}

enum call_result tested_mock_milter(struct call *call)
{
	const struct map *replies = call->arguments[1].map;
	struct mock_place *place;
	enum call_result result = add(call, PLACE_MILTER, &place);
	const struct map_entry *entry;
	uint32_t position = 0;

	while (result == CALL_DONE && (entry = map_next(replies, &position)))
		result = add_reply(call, place, entry);
	return result;
}

static enum call_result answer_heard(struct call *call, const struct heard *heard, unsigned count)
{
	enum call_result result = CALL_DONE;
	struct list *list = answer_list(call, count, &result);

	for (; list && heard && result == CALL_DONE; heard = heard->next)
		result = list_add_text(call, list, heard->line);
	return result;
}

enum call_result tested_mock_heard(struct call *call)
{
	struct text where = call->arguments[0].text;
	const struct mock_page *page = mock_find_page(mocks_of(call), where);
	const struct mock_place *place = mock_find(mocks_of(call), where);

	if (page)
		return answer_heard(call, page->heard, page->heard_count);
	if (!place || (place->kind != PLACE_MILTER && !mock_is_for_one(place)))
		return call_raise(call, "argument", 0, false,
				  "nothing that is mocked listens at %.*s", TEXT_PRINTF(where));
	mocks_run(mocks_of(call));
	return answer_heard(call, place->heard, place->heard_count);
}

/* ---- pages ---- */

static struct text header_lines(struct call *call, const struct list *headers)
{
	struct writer writer;

	writer_begin(&writer, call, 1);
	for (uint32_t i = 0; i < headers->length; i++) {
		writer_add_text(&writer, headers->items[i].text);
		writer_add_byte(&writer, '\n');
	}
	return writer_text(&writer);
}

enum call_result tested_mock_http(struct call *call)
{
	const value *arguments = call->arguments;
	const struct outside_answer answer = { .status = (int)arguments[2].i,
					       .headers = header_lines(call, arguments[3].list),
					       .body = arguments[1].text };

	if (arguments[2].i < 200 || arguments[2].i > 599)
		return call_raise(call, "argument", 0, false, "a status is from 200 to 599");
	if (mock_add_page(mocks_of(call), arguments[0].text, &answer))
		return CALL_DONE;
	return call_memory(call);
}

enum call_result tested_mock_geoip(struct call *call)
{
	const value *arguments = call->arguments;

	if (mock_add_fact(mocks_of(call), arguments[0].ip, arguments[1].text, arguments[2].text))
		return CALL_DONE;
	return call_memory(call);
}

/* ---- names ---- */

static enum call_result add_answer(struct call *call, const struct text *records, uint32_t count)
{
	struct text name = call->arguments[0].text, type = call->arguments[1].text;
	int number = dns_type_of(type);

	if (number < 0)
		return call_raise(call, "argument", 0, false, "\"%.*s\" is no type of DNS records",
				  TEXT_PRINTF(type));
	if (mock_add_answer(mocks_of(call), name, number, records, count))
		return CALL_DONE;
	return call_raise(call, "argument", 0, false, "these are no records of type %.*s",
			  TEXT_PRINTF(type));
}

enum call_result tested_mock_dns(struct call *call)
{
	const struct list *answers = call->arguments[2].list;
	struct text *records =
		arena_allocate(call_arena(call), ((size_t)answers->length + 1) * sizeof(*records));

	if (!records)
		return call_memory(call);
	for (uint32_t i = 0; i < answers->length; i++)
		records[i] = answers->items[i].text;
	return add_answer(call, records, answers->length);
}

enum call_result tested_mock_dnsFails(struct call *call)
{
	return add_answer(call, NULL, 0);
}

/* ---- clock and chance ---- */

enum call_result tested_mock_privateKey(struct call *call)
{
	return mock_add_key(mocks_of(call), call->arguments[0].text, call->arguments[1].text)
		       ? CALL_DONE
		       : call_memory(call);
}

enum call_result tested_mock_clock(struct call *call)
{
	mock_set_clock(mocks_of(call), call->arguments[0].i);
	return CALL_DONE;
}

enum call_result tested_mock_advance(struct call *call)
{
	enum { LONGEST_DAYS = 36500 };
	int64_t by = call->arguments[0].i;

	if (by < 0 || by > (int64_t)LONGEST_DAYS * 86400 * 1000000)
		return call_raise(call, "argument", 0, false,
				  "time goes on, a hundred years at most");
	clock_skip(by);
	return CALL_DONE;
}

enum call_result tested_mock_random(struct call *call)
{
	const struct list *numbers = call->arguments[0].list;
	struct mocks *mocks = mocks_of(call);
	int64_t *kept = arena_allocate(mocks->arena, ((size_t)numbers->length + 1) * sizeof(*kept));

	if (!kept)
		return call_memory(call);
	for (uint32_t i = 0; i < numbers->length; i++) {
		if (numbers->items[i].i < 0)
			return call_raise(call, "argument", 0, false, "numbers are from 0 on");
		kept[i] = numbers->items[i].i;
	}
	mocks->numbers = kept;
	mocks->number_count = numbers->length;
	mocks->next_number = 0;
	return CALL_DONE;
}
