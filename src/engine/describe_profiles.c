/* The table of mail servers: what each makes of a filter. A row is a mail server, a macro or a
 * fact. */
#include "engine/describe.h"

#include "bytecode/profile.h"

/* The row as one of three kinds; the other two are NULL. */
struct profile_entry {
	const struct profile_row *server;
	const struct profile_macro *macro;
	const struct profile_fact *fact;
};

static struct profile_entry entry_at(unsigned row)
{
	if (row < PROFILE_COUNT)
		return (struct profile_entry){ .server = &profile_rows[row] };
	row -= PROFILE_COUNT;
	if (row < PROFILE_MACRO_COUNT)
		return (struct profile_entry){ .macro = &profile_macros[row] };
	return (struct profile_entry){ .fact = &profile_facts[row - PROFILE_MACRO_COUNT] };
}

static const char *deed_name(enum profile_deed deed)
{
	static const char *const names[] = { "call of", "text of", "reading", "event" };

	return names[deed];
}

/* "postfix, sendmail" */
static void add_servers(profile_set profiles, struct buffer *out)
{
	bool first = true;

	for (unsigned i = 0; i < PROFILE_COUNT; i++) {
		if (!(profiles >> i & 1))
			continue;
		buffer_printf(out, "%s%s", first ? "" : ", ", profile_rows[i].name);
		first = false;
	}
}

static void add_first_event(unsigned event, struct buffer *out)
{
	buffer_append_string(out, event < EVENT_COUNT ? event_rows[event].name : "never");
}

static void fill_macro(const struct profile_macro *macro, struct entry *entry)
{
	entry->name = macro->name;
	entry->help = "The first event in which each of them can know it.";
	buffer_printf(&entry->title, "macro %s:", macro->name);
	for (unsigned i = 0; i < PROFILE_COUNT; i++) {
		buffer_printf(&entry->title, "%s %s ", i ? "," : "", profile_rows[i].name);
		add_first_event(macro->from[i], &entry->title);
	}
}

static void fill_fact(const struct profile_fact *fact, struct entry *entry)
{
	entry->name = *fact->code ? fact->code : fact->subjects;
	entry->help = fact->cure;
	entry->notes[0].label = "in";
	entry->notes[0].events = fact->events;
	buffer_printf(&entry->title, "%s %s, ", deed_name(fact->deed), fact->subjects);
	add_servers(fact->profiles, &entry->title);
	buffer_printf(&entry->title, ": %s", fact->what);
	if (*fact->code)
		buffer_printf(&entry->title, " (%s)", fact->code);
}

void fill_profile(unsigned row, struct entry *entry)
{
	struct profile_entry profile = entry_at(row);

	if (profile.macro) {
		fill_macro(profile.macro, entry);
	} else if (profile.fact) {
		fill_fact(profile.fact, entry);
	} else {
		entry->name = profile.server->name;
		entry->help = profile.server->help;
		buffer_printf(&entry->title, "mail server %s", profile.server->name);
	}
}

/* ---- JSON ---- */

static void add_member(const char *name, const char *value, const char *behind, struct buffer *out)
{
	buffer_printf(out, "\"%s\":", name);
	buffer_append_json(out, text_of_string(value, LIFETIME_PROGRAM));
	buffer_append_string(out, behind);
}

static void macro_to_json(const struct profile_macro *macro, struct buffer *out)
{
	add_member("macro", macro->name, ",\"from\":{", out);
	for (unsigned i = 0; i < PROFILE_COUNT; i++) {
		buffer_printf(out, "%s\"%s\":", i ? "," : "", profile_rows[i].name);
		if (macro->from[i] < EVENT_COUNT)
			buffer_printf(out, "\"%s\"", event_rows[macro->from[i]].name);
		else
			buffer_append_string(out, "null");
	}
	buffer_append_string(out, "}}");
}

static void fact_to_json(const struct profile_fact *fact, struct buffer *out)
{
	bool first = true;

	add_member("does", deed_name(fact->deed), ",", out);
	add_member("subjects", fact->subjects, ",\"profiles\":[", out);
	for (unsigned i = 0; i < PROFILE_COUNT; i++)
		if (fact->profiles >> i & 1) {
			buffer_printf(out, "%s\"%s\"", first ? "" : ",", profile_rows[i].name);
			first = false;
		}
	buffer_append_string(out, "],\"events\":[");
	first = true;
	for (unsigned i = 0; i < EVENT_COUNT; i++)
		if (fact->events >> i & 1) {
			buffer_printf(out, "%s\"%s\"", first ? "" : ",", event_rows[i].name);
			first = false;
		}
	buffer_append_string(out, "],");
	add_member("code", fact->code, ",", out);
	add_member("what", fact->what, ",", out);
	add_member("cure", fact->cure, "}", out);
}

void profile_to_json(unsigned row, struct buffer *out)
{
	struct profile_entry profile = entry_at(row);

	buffer_append_byte(out, '{');
	if (profile.macro) {
		macro_to_json(profile.macro, out);
	} else if (profile.fact) {
		fact_to_json(profile.fact, out);
	} else {
		add_member("name", profile.server->name, ",", out);
		add_member("help", profile.server->help, "}", out);
	}
}
