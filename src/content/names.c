#include "content/names.h"

#include "base/character.h"
#include "content/lines.h"
#include "content/parameters.h"
#include "content/words.h"

struct reading {
	struct names *names;
	struct arena *arena;
	struct buffer bytes; /* of the name that is being made */
	struct text first;   /* of the kind of field at hand; empty: none yet */
	bool ok;
};

static bool is_deceptive(struct text name)
{
	for (size_t at = 0; at < name.length;) {
		struct character character = character_at(name, at);

		if (character.valid && character_is_control(character.code))
			return true;
		at += character.length;
	}
	return false;
}

/* Its place in the list; `count` when it is not there. */
static unsigned place_of(const struct names *names, struct text name)
{
	unsigned i = 0;

	while (i < names->count && !text_equals(names->items[i], name))
		i++;
	return i;
}

/* What the buffer holds becomes a name. */
static void add(struct reading *reading)
{
	struct names *names = reading->names;
	struct text name = buffer_text(&reading->bytes);
	unsigned place = place_of(names, name);

	reading->ok = reading->ok && !reading->bytes.failed;
	if (reading->ok && name.length && place == names->count && place < NAMES_MAX) {
		if (is_deceptive(name))
			names->anomalies |= ANOMALY_BIT(deceptiveName);
		names->items[names->count++] = arena_copy(reading->arena, name, &reading->ok);
	}
	if (reading->first.length == 0 && place < names->count)
		reading->first = names->items[place];
	buffer_clear(&reading->bytes);
}

/* ---- one field ---- */

static void add_first_word(struct reading *reading, struct text value)
{
	size_t end = 0;

	while (end < value.length && !byte_is_space(value.data[end]))
		end++;
	buffer_append(&reading->bytes, value.data, end);
	add(reading);
}

static void add_plain(struct reading *reading, const struct parameter *parameter)
{
	struct buffer unquoted;

	buffer_init(&unquoted, BUFFER_CAP_DEFAULT);
	parameter_unquote(parameter, &unquoted);
	if (words_present(buffer_text(&unquoted)))
		reading->names->anomalies |= ANOMALY_BIT(wordInParameter);
	words_decode(buffer_text(&unquoted), &reading->bytes);
	add(reading);
	buffer_append_text(&reading->bytes, buffer_text(&unquoted));
	add(reading);
	reading->ok = reading->ok && !unquoted.failed;
	buffer_free(&unquoted);
	/* with the backslashes that others take for bytes like any */
	buffer_append_text(&reading->bytes, parameter->value);
	add(reading);
	if (!parameter->quoted)
		add_first_word(reading, parameter->value);
}

static void read_value(struct reading *reading, struct text value, const char *name)
{
	struct parameters parameters;
	anomaly_set wrong;

	parameters_read(value, &parameters);
	if (parameters_extended(&parameters, name, false, &reading->bytes, &wrong))
		add(reading);
	reading->names->anomalies |= wrong;
	if (wrong && parameters_extended(&parameters, name, true, &reading->bytes, &wrong))
		add(reading);
	for (unsigned i = 0; i < parameters.count; i++)
		if (parameters.items[i].section == SECTION_NONE &&
		    text_equals_ignoring_case(parameters.items[i].name,
					      text_of_string(name, LIFETIME_PROGRAM)))
			add_plain(reading, &parameters.items[i]);
}

static void read_fields(struct reading *reading, struct text header, struct text wanted,
			const char *name)
{
	struct field field;
	size_t at = 0;

	while (field_next(header, &at, &field))
		if (text_equals_ignoring_case(field.name, wanted))
			read_value(reading, field.raw, name);
}

static void read_uuencode(struct reading *reading, struct text body)
{
	struct text name;
	size_t at = 0;

	while (reading->names->count < NAMES_MAX && uu_begins(body, &at, &name)) {
		buffer_append_text(&reading->bytes, name);
		add(reading);
	}
}

bool names_read(const struct part *part, struct arena *arena, struct names *out)
{
	struct reading reading = { .names = out, .arena = arena, .first = TEXT_EMPTY, .ok = true };
	struct text disposition;

	out->count = 0;
	out->anomalies = 0;
	buffer_init(&reading.bytes, BUFFER_CAP_DEFAULT);
	read_fields(&reading, part->header, TEXT("Content-Disposition"), "filename");
	disposition = reading.first;
	reading.first = TEXT_EMPTY;
	read_fields(&reading, part->header, TEXT("Content-Type"), "name");
	if (disposition.length && reading.first.length && !text_equals(disposition, reading.first))
		out->anomalies |= ANOMALY_BIT(namesDiffer);
	if (part->anomalies & ANOMALY_BIT(uuencode) || part->transfer == TRANSFER_UU)
		read_uuencode(&reading, part->body);
	buffer_free(&reading.bytes);
	return reading.ok;
}
