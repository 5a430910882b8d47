/* What module mime promises (grammar/builtins.def, grammar/anomalies.def), asked of GMime 3.
 *
 *	gmime FOLDER: of the hard messages of tests/mime, NAME.eml each; "ambiguous" lists those
 *that have something to tell */
#include "trial.h"

#include <gmime/gmime.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *folder;

/* ---- a message, and what its parser complains about ---- */

static unsigned warnings, overflows;

static void count_warning(gint64 offset, GMimeParserWarning warning, const gchar *item,
			  gpointer data)
{
	(void)offset, (void)item, (void)data;
	warnings++;
	overflows += warning == GMIME_CRIT_NESTING_OVERFLOW;
}

static GMimeMessage *read_bytes(const char *bytes, size_t length)
{
	GByteArray view = { (guint8 *)(uintptr_t)bytes, (guint)length };
	GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(&view);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeParserOptions *options = g_mime_parser_options_new();
	GMimeMessage *message;

	warnings = overflows = 0;
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	g_mime_parser_options_set_warning_callback(options, count_warning, NULL);
	message = g_mime_parser_construct_message(parser, options);
	g_mime_parser_options_free(options);
	g_object_unref(parser);
	g_object_unref(stream);
	return message;
}

static GMimeMessage *read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

/* ---- ambiguities ---- */

static bool tells(const char *name)
{
	char path[512];
	gchar *bytes;
	gsize length;
	GMimeMessage *message;

	snprintf(path, sizeof(path), "%s/%s.eml", folder, name);
	if (!g_file_get_contents(path, &bytes, &length, NULL))
		return false;
	message = read_bytes(bytes, length);
	if (message)
		g_object_unref(message);
	g_free(bytes);
	return warnings > 0;
}

/* Any word of warning counts, whatever it is about. */
static bool ambiguities_are_told(void)
{
	char path[512], name[128];
	unsigned told = 0, all = 0;
	FILE *list;

	snprintf(path, sizeof(path), "%s/ambiguous", folder);
	list = fopen(path, "r");
	while (list && fscanf(list, "%127s", name) == 1) {
		all++;
		told += tells(name);
	}
	trial_say("of %u ambiguous messages its parser warns about %u, in whatever words", all,
		  told);
	return all > 0 && told == all;
}

static bool plain_messages_are_quiet(void)
{
	trial_say(tells("plain") || tells("utf-8-in-header") ? "it warns" : "no word about them");
	return !tells("plain") && !tells("utf-8-in-header");
}

/* ---- file names ---- */

struct readings {
	const char *fields, *first, *second;
};

static void gather(GMimeParamList *list, GString *names)
{
	for (int i = 0; list && i < g_mime_param_list_length(list); i++) {
		GMimeParam *param = g_mime_param_list_get_parameter_at(list, i);

		g_string_append_printf(names, "|%s|", g_mime_param_get_value(param));
	}
}

/* Each field of that name is read by itself, for the part keeps one of them. */
static void gather_fields(GMimeObject *part, GString *names)
{
	GMimeHeaderList *headers = g_mime_object_get_header_list(part);

	for (int i = 0; i < g_mime_header_list_get_count(headers); i++) {
		GMimeHeader *header = g_mime_header_list_get_header_at(headers, i);
		const char *name = g_mime_header_get_name(header),
			   *value = g_mime_header_get_raw_value(header);

		if (g_ascii_strcasecmp(name, "Content-Type") == 0)
			gather(g_mime_content_type_get_parameters(
				       g_mime_content_type_parse(NULL, value)),
			       names);
		if (g_ascii_strcasecmp(name, "Content-Disposition") == 0)
			gather(g_mime_content_disposition_get_parameters(
				       g_mime_content_disposition_parse(NULL, value)),
			       names);
	}
}

static bool both_are_had(const struct readings *wanted)
{
	gchar *text = g_strdup_printf("From: a@b.example\nMIME-Version: 1.0\n%s\n\nbody\n",
				      wanted->fields);
	GMimeMessage *message = read_text(text);
	GString *names = g_string_new("");

	gather_fields(g_mime_message_get_mime_part(message), names);
	return strstr(names->str, wanted->first) && strstr(names->str, wanted->second);
}

static bool all_readings_of_a_name(void)
{
	static const struct readings wanted[] = {
		{ "Content-Disposition: attachment; filename=a.txt; filename=b.exe", "|a.txt|",
		  "|b.exe|" },
		{ "Content-Disposition: attachment; filename=a.txt; filename*=utf-8''b.exe",
		  "|a.txt|", "|b.exe|" },
		{ "Content-Disposition: attachment; filename=a.txt\nContent-Disposition: "
		  "attachment; filename=b.exe",
		  "|a.txt|", "|b.exe|" },
		{ "Content-Type: text/plain; name=a.txt\nContent-Disposition: attachment; "
		  "filename=b.exe",
		  "|a.txt|", "|b.exe|" },
		{ "Content-Disposition: attachment; filename=a b.exe", "|a|", "|a b.exe|" },
		{ "Content-Disposition: attachment; filename=\"=?utf-8?Q?b.exe?=\"",
		  "|=?utf-8?Q?b.exe?=|", "|b.exe|" },
	};
	unsigned had = 0, all = sizeof(wanted) / sizeof(*wanted);

	for (unsigned i = 0; i < all; i++)
		had += both_are_had(wanted + i);
	trial_say("both readings of a name in %u of %u cases, with all that its interface gives",
		  had, all);
	return had == all;
}

static bool nul_in_a_header(void)
{
	static const char text[] = "From: a@b.example\nSubject: one\0two\n\nbody\n";
	GMimeMessage *message = read_bytes(text, sizeof(text) - 1);
	const char *subject = g_mime_object_get_header(GMIME_OBJECT(message), "Subject");

	/* bytes behind the NUL would be beyond what its interface says that there is */
	trial_say("of the subject \"one\\0two\" it gives \"%s\", a C string",
		  subject ? subject : "");
	return subject && strlen(subject) > 3;
}

/* ---- resources ---- */

static bool failing_allocations_are_told(void)
{
	for (unsigned nth = 1; nth < 400; nth++) {
		trial_say("allocation %u of one message fails", nth);
		heap_fail_at(nth);
		if (read_text("From: a@b.example\nContent-Type: multipart/mixed; "
			      "boundary=b\n\n--b\n\nx\n--b--\n"))
			heap_fail_at(0);
	}
	return true;
}

static char *nested(unsigned levels, size_t *length)
{
	GString *text = g_string_new("From: a@b.example\nMIME-Version: 1.0\n");

	for (unsigned i = 0; i < levels; i++)
		g_string_append_printf(text, "Content-Type: multipart/mixed; boundary=%u\n\n--%u\n",
				       i, i);
	g_string_append(text, "\nthe innermost\n");
	*length = text->len;
	return g_string_free(text, FALSE);
}

static bool deep_nesting(void)
{
	enum { LEVELS = 100000 };
	size_t length;
	char *text = nested(LEVELS, &length);
	double begun = cpu_seconds();

	trial_say("%u levels, %zu MB", LEVELS, length >> 20);
	read_bytes(text, length);
	trial_say("of %u levels it stops at 1,024 in %.1f s of CPU, and %s", LEVELS,
		  cpu_seconds() - begun, overflows ? "says so" : "says nothing");
	return overflows > 0;
}

/* It calls itself for each level; a thread's stack may be small. */
static void *read_in_thread(void *text)
{
	return read_text(text);
}

static bool small_stack(void)
{
	size_t length;
	char *text = nested(1000, &length);
	pthread_attr_t attributes;
	pthread_t thread;

	trial_say("1,000 levels on a stack of 256 kB");
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 256 << 10);
	return pthread_create(&thread, &attributes, read_in_thread, text) == 0 &&
	       pthread_join(thread, NULL) == 0;
}

static bool memory_of_one_large_part(void)
{
	enum { SIZE = 50 << 20 };
	char *text = malloc(SIZE + 1);
	size_t peak;

	memset(text, 'x', SIZE);
	for (size_t i = 76; i < SIZE; i += 77)
		text[i] = '\n';
	memcpy(text, "Subject: x\n\n", 12);
	text[SIZE] = 0;
	heap_mark();
	read_bytes(text, SIZE);
	peak = heap_peak();
	trial_say("one part of 50 MB takes %zu kB beside it", peak >> 10);
	return peak < 1 << 20;
}

/* Module mime looks at mimeParts of them, and says tooMany. */
static bool memory_of_many_parts(void)
{
	enum { PARTS = 200000 };
	GString *text = g_string_new("Content-Type: multipart/mixed; boundary=b\n\n");
	double begun = cpu_seconds();
	size_t peak;

	for (unsigned i = 0; i < PARTS; i++)
		g_string_append(text, "--b\n\n");
	heap_mark();
	read_bytes(text->str, text->len);
	peak = heap_peak();
	trial_say("%u parts in 1 MB take %zu MB and %.1f s; there is no bound to set", PARTS,
		  peak >> 20, cpu_seconds() - begun);
	return peak < 16u << 20;
}

int main(int count, char **words)
{
	static const struct probe probes[] = {
		{ "ambiguities-are-told", ambiguities_are_told },
		{ "plain-messages-are-quiet", plain_messages_are_quiet },
		{ "all-readings-of-a-name", all_readings_of_a_name },
		{ "NUL-is-data", nul_in_a_header },
		{ "failing-allocations-are-told", failing_allocations_are_told },
		{ "deep-nesting-is-told", deep_nesting },
		{ "a-small-stack-is-enough", small_stack },
		{ "a-large-part-takes-no-memory", memory_of_one_large_part },
		{ "many-parts-are-bounded", memory_of_many_parts },
	};

	folder = count > 1 ? words[1] : ".";
	g_mime_init();
	return trial_run("gmime", probes, sizeof(probes) / sizeof(*probes));
}
