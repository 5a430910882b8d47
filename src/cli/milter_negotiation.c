#include "cli/milter_negotiation.h"

#include "mail/session.h"

struct bit {
	uint32_t bit;
	const char *name;
};

static const struct bit actions[] = {
	{ MILTER_CAN_ADD_HEADERS, "add headers" },
	{ MILTER_CAN_CHANGE_BODY, "replace the body" },
	{ MILTER_CAN_ADD_RCPT, "add recipients" },
	{ MILTER_CAN_DELETE_RCPT, "delete recipients" },
	{ MILTER_CAN_CHANGE_HEADERS, "change headers" },
	{ MILTER_CAN_QUARANTINE, "quarantine" },
	{ MILTER_CAN_CHANGE_SENDER, "change the sender" },
	{ MILTER_CAN_ADD_RCPT_PARAMETERS, "add recipients with parameters" },
	{ MILTER_CAN_SET_MACROS, "name macros" },
	{ 0, NULL },
};
static const struct bit waived[] = {
	{ MILTER_NO_CONNECT, "CONNECT" }, { MILTER_NO_HELO, "HELO" },
	{ MILTER_NO_MAIL, "MAIL" },	  { MILTER_NO_RCPT, "RCPT" },
	{ MILTER_NO_DATA, "DATA" },	  { MILTER_NO_UNKNOWN, "UNKNOWN" },
	{ MILTER_NO_HEADERS, "HEADER" },  { MILTER_NO_EOH, "END OF HEADERS" },
	{ MILTER_NO_BODY, "BODY" },	  { 0, NULL },
};
static const struct bit unanswered[] = {
	{ MILTER_NR_CONNECT, "CONNECT" }, { MILTER_NR_HELO, "HELO" },
	{ MILTER_NR_MAIL, "MAIL" },	  { MILTER_NR_RCPT, "RCPT" },
	{ MILTER_NR_DATA, "DATA" },	  { MILTER_NR_UNKNOWN, "UNKNOWN" },
	{ MILTER_NR_HEADER, "HEADER" },	  { MILTER_NR_EOH, "END OF HEADERS" },
	{ MILTER_NR_BODY, "BODY" },	  { 0, NULL },
};
static const struct bit wishes[] = {
	{ MILTER_CAN_SKIP, "to skip" },
	{ MILTER_REFUSED_RCPT, "refused recipients" },
	{ MILTER_HEADER_BLANKS, "blanks before values" },
	{ 0, NULL },
};

static const struct bit_set {
	const char *title, *member;
	const struct bit *bits;
	bool of_actions;
} bit_sets[] = {
	{ "may", "actions", actions, true },
	{ "skips", "waived", waived, false },
	{ "answers not", "unanswered", unanswered, false },
	{ "wants", "wishes", wishes, false },
};
enum { BIT_SETS = sizeof(bit_sets) / sizeof(*bit_sets) };

static void add_bits(struct buffer *out, const struct bit_set *set, uint32_t bits, bool json)
{
	const char *separator = "";

	for (const struct bit *bit = set->bits; bit->name; bit++) {
		if (!(bits & bit->bit))
			continue;
		buffer_printf(out, json ? "%s\"%s\"" : "%s%s", separator, bit->name);
		separator = ", ";
	}
	if (!*separator && !json)
		buffer_append_string(out, "nothing");
}

void negotiation_print(struct buffer *out, const struct milter_options *options,
		       int64_t microseconds)
{
	buffer_printf(out, "negotiated version %u  (%.1f ms)\n", options->version,
		      (double)microseconds / 1000);
	for (int i = 0; i < BIT_SETS; i++) {
		buffer_printf(out, "  %-12s", bit_sets[i].title);
		add_bits(out, &bit_sets[i],
			 bit_sets[i].of_actions ? options->actions : options->steps, false);
		buffer_append_byte(out, '\n');
	}
	for (unsigned stage = 0; stage < MACRO_STAGE_COUNT; stage++) {
		struct text names = options->macros[milter_stage_of((enum macro_stage)stage)];

		if (!names.data)
			continue;
		buffer_printf(out, "  %-12s%s: ", "macros",
			      macro_stage_name((enum macro_stage)stage));
		buffer_append_visible(out, names, 1000);
		buffer_append_byte(out, '\n');
	}
	buffer_append_byte(out, '\n');
}

void negotiation_json(struct buffer *out, const struct milter_options *options,
		      int64_t microseconds)
{
	const char *separator = "";

	buffer_printf(out, "\n \"negotiation\": {\"version\": %u, \"ms\": %.3f", options->version,
		      (double)microseconds / 1000);
	for (int i = 0; i < BIT_SETS; i++) {
		buffer_printf(out, ", \"%s\": [", bit_sets[i].member);
		add_bits(out, &bit_sets[i],
			 bit_sets[i].of_actions ? options->actions : options->steps, true);
		buffer_append_byte(out, ']');
	}
	buffer_append_string(out, ", \"macros\": {");
	for (unsigned stage = 0; stage < MACRO_STAGE_COUNT; stage++) {
		struct text names = options->macros[milter_stage_of((enum macro_stage)stage)];

		if (!names.data)
			continue;
		buffer_printf(out, "%s\"%s\": ", separator,
			      macro_stage_name((enum macro_stage)stage));
		buffer_append_json(out, names);
		separator = ", ";
	}
	buffer_append_string(out, "}},");
}
