/* From the tables to entries. */
#include "engine/describe.h"

#include "base/diagnostics.h"
#include "bytecode/profile.h"

static const struct record_row {
	const char *name, *fields, *help;
} records[] = {
#define RECORD(name, fields, help) { #name, fields, help },
#include "grammar/records.def"
#undef RECORD
};

static const struct diagnostic_row {
	const char *code;
	enum severity severity;
	const char *title, *explanation;
} diagnostics[] = {
#define DIAGNOSTIC(code, severity, title, explanation) { #code, severity, title, explanation },
#include "grammar/diagnostics.def"
#undef DIAGNOSTIC
};

static const struct anomaly_row {
	const char *name, *help;
} anomalies[] = {
#define ANOMALY(name, help) { #name, help },
#include "grammar/anomalies.def"
#undef ANOMALY
};

enum {
	ANOMALY_ROWS = sizeof(anomalies) / sizeof(*anomalies),
	RECORD_COUNT = sizeof(records) / sizeof(*records),
	DIAGNOSTIC_COUNT = sizeof(diagnostics) / sizeof(*diagnostics)
};

/* The end of the run of events that begins with one; short runs are written out. */
static unsigned run_end(event_set events, unsigned first)
{
	enum { RUN_LEAST = 4 };
	unsigned last = first;

	while (events >> (last + 1) & 1)
		last++;
	return last - first + 1 < RUN_LEAST ? first : last;
}

bool describe_events(event_set events, struct buffer *out)
{
	bool first = true;

	if (events == TESTS_ONLY)
		buffer_append_string(out, "tests");
	if (events == TESTS_ONLY)
		return true;
	events &= EVENTS_ALL;
	if (events == EVENTS_ALL)
		return false;
	for (unsigned i = 0; i < EVENT_COUNT; i++) {
		unsigned last;

		if (!(events >> i & 1))
			continue;
		last = run_end(events, i);
		buffer_printf(out, "%s%s", first ? "" : " ", event_rows[i].name);
		if (last != i)
			buffer_printf(out, " to %s", event_rows[last].name);
		i = last;
		first = false;
	}
	return !first;
}

static void fill_event(unsigned row, struct entry *entry)
{
	entry->name = event_rows[row].name;
	entry->help = event_rows[row].help;
	buffer_printf(&entry->title, "%s%s", entry->name,
		      event_rows[row].milter ? "" : " (not raised by milter hosts)");
}

static void fill_variable(unsigned row, struct entry *entry)
{
	const struct variable_row *variable = variable_rows + row;

	entry->name = variable->name;
	entry->help = variable->help;
	buffer_printf(&entry->title, "%s: %s", variable->name, variable->type);
	entry->notes[0].label = "read in";
	entry->notes[0].events = variable->readable;
	entry->notes[1].label = variable->honoured ? "set in" : "set (without effect here) in";
	entry->notes[1].events = variable->settable;
}

static void fill_builtin(unsigned row, struct entry *entry)
{
	const struct builtin_row *builtin = builtin_rows + row;

	entry->module = builtin->module;
	entry->name = builtin->name;
	entry->help = builtin->help;
	entry->example = example_of(builtin);
	buffer_printf(&entry->title, "%s%s%s%s", builtin->module, *builtin->module ? "." : "",
		      builtin->name, builtin->signature);
	entry->notes[0].label = "in";
	entry->notes[0].events = builtin->events;
}

static void fill_limit(unsigned row, struct entry *entry)
{
	const struct limit_row *limit = limit_rows + row;

	entry->name = limit->name;
	entry->help = limit->help;
	buffer_printf(&entry->title, "%s = %lld%s%s", limit->name, (long long)limit->value,
		      *limit->unit ? " " : "", limit->unit);
}

static void fill_record(unsigned row, struct entry *entry)
{
	entry->name = records[row].name;
	entry->help = records[row].help;
	buffer_printf(&entry->title, "%s { %s }", records[row].name, records[row].fields);
}

static void fill_anomaly(unsigned row, struct entry *entry)
{
	entry->name = anomalies[row].name;
	entry->help = anomalies[row].help;
	buffer_append_string(&entry->title, anomalies[row].name);
}

static void fill_diagnostic(unsigned row, struct entry *entry)
{
	entry->name = diagnostics[row].code;
	entry->help = diagnostics[row].explanation;
	buffer_printf(&entry->title, "%s: %s", diagnostics[row].code, diagnostics[row].title);
}

/* ---- JSON of rows that are ours alone ---- */

static void add_member(const char *name, const char *value, const char *behind, struct buffer *out)
{
	buffer_printf(out, "\"%s\":", name);
	buffer_append_json(out, text_of_string(value, LIFETIME_PROGRAM));
	buffer_append_string(out, behind);
}

static void record_to_json(unsigned row, struct buffer *out)
{
	buffer_append_byte(out, '{');
	add_member("name", records[row].name, ",", out);
	add_member("fields", records[row].fields, ",", out);
	add_member("help", records[row].help, "}", out);
}

static void anomaly_to_json(unsigned row, struct buffer *out)
{
	buffer_append_byte(out, '{');
	add_member("name", anomalies[row].name, ",", out);
	add_member("help", anomalies[row].help, "}", out);
}

static void diagnostic_to_json(unsigned row, struct buffer *out)
{
	const struct diagnostic_row *diagnostic = diagnostics + row;

	buffer_append_byte(out, '{');
	add_member("code", diagnostic->code, ",", out);
	add_member("severity", diagnostic->severity == SEVERITY_ERROR ? "error" : "warning", ",",
		   out);
	add_member("title", diagnostic->title, ",", out);
	add_member("help", diagnostic->explanation, "}", out);
}

const struct topic topics[TOPIC_COUNT] = {
	{ "events", "events", "the events of the language",
	  "A script says what to do in an event; the mail server raises them in the order of an "
	  "SMTP session.",
	  EVENT_COUNT, fill_event, row_to_json_event },
	{ "variables", "variables", "the engine variables of the language",
	  "What the mail server tells and what a script may set. A variable that is read in "
	  "another event than "
	  "those named reads as the first value of its type. Names are found without regard to "
	  "case.",
	  VARIABLE_COUNT, fill_variable, row_to_json_variable },
	{ "functions", "builtins", "the functions of the language",
	  "value.f(x) is f(value, x). The name of the module in front is needed only where two "
	  "modules have a "
	  "function of that name for that type. Functions that name events can be called in those "
	  "alone.",
	  BUILTIN_COUNT, fill_builtin, row_to_json_builtin },
	{ "limits", "limits", "the limits under which every event runs",
	  "No script can lift or catch them. The configuration, and --limit of afsl run, set "
	  "others.",
	  LIMIT_COUNT, fill_limit, row_to_json_limit },
	{ "records", "records", "the records of the language",
	  "Types that functions of the library give and take.", RECORD_COUNT, fill_record,
	  record_to_json },
	{ "anomalies", "anomalies", "what may be doubtful about a message",
	  "Where two readers of one message may see two messages: what mime.anomalies() and the "
	  "field "
	  "anomalies of mime.Part and mime.Archive name.",
	  ANOMALY_ROWS, fill_anomaly, anomaly_to_json },
	{ "profiles", "profiles", "what each mail server makes of a filter",
	  "`afsl check --mta NAME` says what the mail server of that name does not do. First the "
	  "mail "
	  "servers, then the macros with the first event in which each knows them, then what each "
	  "does "
	  "with verdicts, texts and variables.",
	  PROFILE_COUNT + PROFILE_MACRO_COUNT + PROFILE_FACT_COUNT, fill_profile, profile_to_json },
	{ "diagnostics", "diagnostics", "what is said about scripts that are wrong",
	  "Codes that begin with E are errors: the script is refused. Those with W are warnings.",
	  DIAGNOSTIC_COUNT, fill_diagnostic, diagnostic_to_json },
};
