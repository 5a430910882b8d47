#include "milter/options.h"

enum { VERSION_OLDEST = 2 };

static const enum milter_stage stages[MACRO_STAGE_COUNT] = {
	[MACRO_CONNECT] = MILTER_STAGE_CONNECT, [MACRO_HELO] = MILTER_STAGE_HELO,
	[MACRO_MAIL] = MILTER_STAGE_MAIL,	[MACRO_RCPT] = MILTER_STAGE_RCPT,
	[MACRO_DATA] = MILTER_STAGE_DATA,	[MACRO_EOH] = MILTER_STAGE_EOH,
	[MACRO_EOM] = MILTER_STAGE_EOM,
};

enum milter_stage milter_stage_of(enum macro_stage stage)
{
	return stages[stage];
}

void options_write(struct buffer *out, const struct milter_options *options)
{
	size_t start = packet_begin(out, MILTER_OPTNEG);

	buffer_append_u32(out, options->version);
	buffer_append_u32(out, options->actions);
	buffer_append_u32(out, options->steps);
	for (uint32_t i = 0; i < MILTER_STAGE_COUNT; i++) {
		if (!options->macros[i].data)
			continue;
		buffer_append_u32(out, i);
		buffer_append_text(out, options->macros[i]);
		buffer_append_byte(out, 0);
	}
	packet_end(out, start);
}

static const char *numbers_read(struct cursor *cursor, struct milter_options *options)
{
	*options = (struct milter_options){0};
	options->version = cursor_u32(cursor);
	options->actions = cursor_u32(cursor);
	options->steps = cursor_u32(cursor);
	return cursor->failed ? "the negotiation is shorter than 12 bytes" : NULL;
}

/* A list that is named twice: the later one stands. */
static const char *lists_read(struct cursor *cursor, struct milter_options *options,
			      struct options_oddities *oddities)
{
	while (!cursor_done(cursor)) {
		uint32_t stage = cursor_u32(cursor);
		struct text list = cursor_string(cursor);

		if (cursor->failed)
			return "a macro list of the negotiation is broken";
		if (stage < MILTER_STAGE_COUNT)
			options->macros[stage] = list;
		else
			oddities->stages++;
	}
	return NULL;
}

const char *options_read_answer(struct text payload, struct milter_options *options,
				struct options_oddities *oddities)
{
	struct cursor cursor = cursor_of(payload);
	const char *fault = numbers_read(&cursor, options);

	*oddities = (struct options_oddities){0};
	if (fault)
		return fault;
	if (options->version < VERSION_OLDEST || options->version > MILTER_VERSION)
		return "the protocol version is none of 2 to 6";
	if (options->actions & ~(uint32_t)MILTER_ACTIONS_ALL)
		return "an action is claimed that was not offered";
	oddities->steps = options->steps & ~(uint32_t)MILTER_STEPS_ALL;
	options->steps &= MILTER_STEPS_ALL;
	return lists_read(&cursor, options, oddities);
}

const char *options_read_offer(struct text payload, struct milter_options *options)
{
	struct cursor cursor = cursor_of(payload);
	const char *fault = numbers_read(&cursor, options);

	if (!fault && options->version < VERSION_OLDEST)
		fault = "the protocol version is older than 2";
	return fault;
}

static struct text without_braces(struct text name)
{
	if (name.length == 3 && name.data[0] == '{' && name.data[2] == '}')
		return text_part(name, 1, 2);
	return name;
}

bool macro_list_holds(struct text list, struct text name)
{
	size_t at = 0;

	name = without_braces(name);
	while (at < list.length) {
		size_t end = at;

		while (end < list.length && !byte_is_space(list.data[end]))
			end++;
		if (end > at && text_equals(without_braces(text_part(list, at, end)), name))
			return true;
		at = end + 1;
	}
	return false;
}
