/* The language's tables for people and for machines: what the manual and editors are made from. */
#include "engine/describe.h"

#include "afsl.h"

#include "base/diagnostics.h"
#include "base/memory.h"

#include <string.h>

static bool is(const char *a, const char *b)
{
	return text_equals_ignoring_case(text_of_string(a, LIFETIME_EVENT),
					 text_of_string(b, LIFETIME_EVENT));
}

/* Is the row meant by what was asked for: its name, its module, or both with a point between? */
static bool is_meant(const struct entry *entry, const char *about)
{
	size_t module = strlen(entry->module);

	if (is(entry->name, about) || (module && is(entry->module, about)))
		return true;
	return strlen(about) > module && module && about[module] == '.' &&
	       strncmp(about, entry->module, module) == 0 && is(entry->name, about + module + 1);
}

static bool is_topic(const struct topic *topic, const char *about)
{
	return !about || is(topic->name, about) || is(topic->key, about);
}

static void fill(const struct topic *topic, unsigned row, struct entry *entry)
{
	struct buffer title = entry->title;

	buffer_clear(&title);
	*entry = (struct entry){ .title = title, .module = "", .example = "" };
	topic->fill(row, entry);
}

/* Calls `visit` for each row that is meant; returns how many. */
static unsigned visit_rows(const struct topic *topic, const char *about,
			   void (*visit)(void *argument, unsigned row, const struct entry *),
			   void *argument)
{
	bool whole = is_topic(topic, about);
	struct entry entry = { .name = "" };
	unsigned found = 0;

	buffer_init(&entry.title, BUFFER_CAP_DEFAULT);
	for (unsigned row = 0; row < topic->count; row++) {
		fill(topic, row, &entry);
		if (!whole && !is_meant(&entry, about))
			continue;
		visit(argument, row, &entry);
		found++;
	}
	buffer_free(&entry.title);
	return found;
}

/* ---- JSON: one object, a member for each topic ---- */

struct json_state {
	const struct topic *topic;
	struct buffer *out;
	bool begun;
};

static void visit_json(void *argument, unsigned row, const struct entry *entry)
{
	struct json_state *state = argument;

	(void)entry;
	if (!state->begun)
		buffer_printf(state->out, ",\n\"%s\":[\n", state->topic->key);
	else
		buffer_append_string(state->out, ",\n");
	state->begun = true;
	state->topic->to_json(row, state->out);
}

static unsigned describe_json(const char *about, struct buffer *out)
{
	unsigned found = 0;

	buffer_append_string(out, "{\"version\":\"" AFSL_VERSION "\"");
	for (unsigned i = 0; i < TOPIC_COUNT; i++) {
		struct json_state state = { &topics[i], out, false };

		found += visit_rows(&topics[i], about, visit_json, &state);
		if (state.begun)
			buffer_append_byte(out, ']');
	}
	buffer_append_string(out, "}\n");
	return found;
}

/* ---- what people read ---- */

struct print_state {
	const struct topic *topic;
	const struct printer *printer;
	struct buffer *out;
	const char *module;
};

static void visit_print(void *argument, unsigned row, const struct entry *entry)
{
	struct print_state *state = argument;

	(void)row;
	if (!state->module)
		state->printer->begin(state->topic, state->out);
	if (!state->module || strcmp(state->module, entry->module) != 0)
		state->printer->group(entry->module, state->out);
	state->module = entry->module;
	state->printer->entry(entry, state->out);
	state->out->failed |= entry->title.failed;
}

static unsigned describe_print(const char *about, const struct printer *printer, struct buffer *out)
{
	unsigned found = 0;

	for (unsigned i = 0; i < TOPIC_COUNT; i++) {
		struct print_state state = { &topics[i], printer, out, NULL };

		found += visit_rows(&topics[i], about, visit_print, &state);
		if (state.module)
			printer->end(out);
	}
	return found;
}

char *afsl_describe(const char *about, enum afsl_describe_format format)
{
	static const struct printer *const printers[] = {
		[AFSL_AS_TEXT] = &print_text,
		[AFSL_AS_MAN] = &print_man,
		[AFSL_AS_MARKDOWN] = &print_markdown,
		[AFSL_AS_HTML] = &print_html,
	};
	struct buffer out;
	unsigned found;

	buffer_init(&out, BUFFER_CAP_DEFAULT);
	found = format == AFSL_AS_JSON ? describe_json(about, &out)
				       : describe_print(about, printers[format], &out);
	buffer_append_byte(&out, '\0');
	if (found && !out.failed)
		return out.data;
	buffer_free(&out);
	return NULL;
}

bool afsl_word(size_t index, struct afsl_word *word)
{
	struct entry entry = { .name = "" };

	for (unsigned i = 0; i < TOPIC_COUNT; i++) {
		if (index < topics[i].count) {
			buffer_init(&entry.title, BUFFER_CAP_DEFAULT);
			fill(&topics[i], (unsigned)index, &entry);
			buffer_free(&entry.title);
			*word = (struct afsl_word){ topics[i].name, entry.module, entry.name };
			return true;
		}
		index -= topics[i].count;
	}
	return false;
}

const char *afsl_describe_nearest(const char *wrong)
{
	const char **names, *near = NULL;
	struct afsl_word word;
	size_t count = 0, total = TOPIC_COUNT;

	while (afsl_word(total - TOPIC_COUNT, &word))
		total++;
	names = memory_allocate(2 * total * sizeof(*names));
	if (!names)
		return NULL;
	for (unsigned i = 0; i < TOPIC_COUNT; i++)
		names[count++] = topics[i].name;
	for (size_t i = 0; afsl_word(i, &word); i++) {
		names[count++] = word.name;
		names[count++] = word.module;
	}
	near = name_nearest(text_of_string(wrong, LIFETIME_EVENT), names, count);
	memory_free(names);
	return near;
}
