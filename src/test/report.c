/* Results for people and for programs. */
#include "test/suite.h"

static double seconds(const struct suite_result *one)
{
	return (double)one->result.microseconds / 1e6;
}

static struct text said(const struct suite_result *one)
{
	return buffer_text(&one->result.text);
}

/* No terminal obeys it, and XML can hold it. */
static bool is_plain(char byte)
{
	return ((unsigned char)byte >= ' ' && byte != 0x7f) || byte == '\n' || byte == '\t';
}

/* Scripts say what others have said. */
static void print_plainly(struct buffer *out, struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (is_plain(text.data[i]))
			buffer_append_byte(out, text.data[i]);
		else
			buffer_printf(out, "\\x%02X", (unsigned char)text.data[i]);
}

/* Each line behind `indent`. */
static void print_lines(struct buffer *out, struct text text, const char *indent)
{
	for (size_t from = 0; from < text.length;) {
		int64_t end = text_find(text, TEXT("\n"), from);
		size_t to = end < 0 ? text.length : (size_t)end;

		buffer_append_string(out, indent);
		print_plainly(out, text_part(text, from, to));
		buffer_append_byte(out, '\n');
		from = to + 1;
	}
}

/* ---- text ---- */

static void print_result(const struct suite_result *one, struct buffer *out)
{
	if (!one->wanted || one->result.outcome == TRIAL_PASSED)
		return;
	buffer_printf(out, "%s %s:%u: %s\n",
		      one->result.outcome == TRIAL_FAILED ? "FAILED" : "skipped", one->file->path,
		      one->result.line, one->title);
	print_lines(out, said(one), one->result.outcome == TRIAL_FAILED ? "  " : "  because ");
}

void report_text(const struct suite *suite, struct buffer *out)
{
	for (size_t i = 0; i < suite->file_count; i++) {
		const struct suite_file *file = suite->files + i;

		if (!file->program)
			buffer_printf(out, "FAILED %s does not load\n", file->path);
		if (file->report)
			buffer_append_string(out, file->report);
		for (unsigned n = 0; n < file->count; n++)
			print_result(&suite->results[file->first + n], out);
	}
	buffer_printf(out, "%u passed, %u failed, %u skipped\n", suite->passed, suite->failed,
		      suite->skipped);
}

/* ---- TAP 14 ---- */

static unsigned planned(const struct suite *suite)
{
	return suite->passed + suite->failed + suite->skipped;
}

/* "#" begins a directive, and a line is one test. */
static void print_title(struct buffer *out, const char *title)
{
	for (; *title; title++) {
		if (*title == '#' || *title == '\\')
			buffer_append_byte(out, '\\');
		buffer_append_byte(out, *title == '\n' ? ' ' : *title);
	}
}

static void print_point(const struct suite_result *one, unsigned number, struct buffer *out)
{
	buffer_printf(out, "%sok %u - %s: ", one->result.outcome == TRIAL_FAILED ? "not " : "",
		      number, one->file->path);
	print_title(out, one->title);
	if (one->result.outcome == TRIAL_SKIPPED) {
		buffer_append_string(out, " # SKIP ");
		print_plainly(out, said(one));
	}
	buffer_append_byte(out, '\n');
	if (one->result.outcome != TRIAL_FAILED)
		return;
	buffer_append_string(out, "  ---\n  message: |\n");
	print_lines(out, said(one), "    ");
	buffer_append_string(out, "  ...\n");
}

void report_tap(const struct suite *suite, struct buffer *out)
{
	unsigned number = 0;

	buffer_printf(out, "TAP version 14\n1..%u\n", planned(suite));
	for (size_t i = 0; i < suite->file_count; i++)
		if (!suite->files[i].program)
			buffer_printf(out, "not ok %u - %s does not load\n", ++number,
				      suite->files[i].path);
	for (size_t i = 0; i < suite->result_count; i++)
		if (suite->results[i].wanted)
			print_point(&suite->results[i], ++number, out);
}

/* ---- JSON ---- */

static void print_json_string(struct buffer *out, const char *string)
{
	buffer_append_json(out, text_of_string(string ? string : "", LIFETIME_EVENT));
}

static void print_json_result(const struct suite_result *one, struct buffer *out)
{
	static const char *const words[] = { "passed", "failed", "skipped" };

	buffer_append_string(out, "{\"file\": ");
	print_json_string(out, one->file->path);
	buffer_printf(out, ", \"line\": %u, \"title\": ", one->result.line);
	print_json_string(out, one->title);
	buffer_printf(out, ", \"outcome\": \"%s\", \"seconds\": %.6f, \"message\": ",
		      words[one->result.outcome], seconds(one));
	buffer_append_json(out, said(one));
	buffer_append_byte(out, '}');
}

void report_json(const struct suite *suite, struct buffer *out)
{
	const char *comma = "";

	buffer_append_string(out, "{\"tests\": [");
	for (size_t i = 0; i < suite->result_count; i++) {
		if (!suite->results[i].wanted)
			continue;
		buffer_printf(out, "%s\n  ", comma);
		print_json_result(&suite->results[i], out);
		comma = ",";
	}
	buffer_append_string(out, "],\n \"unloaded\": [");
	comma = "";
	for (size_t i = 0; i < suite->file_count; i++) {
		if (suite->files[i].program)
			continue;
		buffer_printf(out, "%s\n  {\"file\": ", comma);
		print_json_string(out, suite->files[i].path);
		buffer_append_string(out, ", \"message\": ");
		print_json_string(out, suite->files[i].report);
		buffer_append_byte(out, '}');
		comma = ",";
	}
	buffer_printf(out, "],\n \"passed\": %u, \"failed\": %u, \"skipped\": %u}\n", suite->passed,
		      suite->failed, suite->skipped);
}

/* ---- JUnit's XML ---- */

/* What XML cannot hold at all becomes a question mark. */
static void print_xml(struct buffer *out, struct text text)
{
	for (uint32_t i = 0; i < text.length; i++) {
		char byte = text.data[i];

		if (byte == '<')
			buffer_append_string(out, "&lt;");
		else if (byte == '&')
			buffer_append_string(out, "&amp;");
		else if (byte == '"')
			buffer_append_string(out, "&quot;");
		else
			buffer_append_byte(out, is_plain(byte) ? byte : '?');
	}
}

static void print_xml_string(struct buffer *out, const char *string)
{
	print_xml(out, text_of_string(string ? string : "", LIFETIME_EVENT));
}

static void print_case(const struct suite_result *one, struct buffer *out)
{
	buffer_append_string(out, "  <testcase classname=\"");
	print_xml_string(out, one->file->path);
	buffer_append_string(out, "\" name=\"");
	print_xml_string(out, one->title);
	buffer_printf(out, "\" time=\"%.6f\">", seconds(one));
	if (one->result.outcome == TRIAL_FAILED) {
		buffer_append_string(out, "<failure>");
		print_xml(out, said(one));
		buffer_append_string(out, "</failure>");
	} else if (one->result.outcome == TRIAL_SKIPPED) {
		buffer_append_string(out, "<skipped message=\"");
		print_xml(out, said(one));
		buffer_append_string(out, "\"/>");
	}
	buffer_append_string(out, "</testcase>\n");
}

static void print_unloaded(const struct suite_file *file, struct buffer *out)
{
	buffer_append_string(out, "  <testcase classname=\"");
	print_xml_string(out, file->path);
	buffer_append_string(out, "\" name=\"loads\"><failure>");
	print_xml_string(out, file->report);
	buffer_append_string(out, "</failure></testcase>\n");
}

void report_junit(const struct suite *suite, struct buffer *out)
{
	buffer_printf(out,
		      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		      "<testsuite name=\"afsl\" tests=\"%u\" failures=\"%u\" skipped=\"%u\">\n",
		      planned(suite), suite->failed, suite->skipped);
	for (size_t i = 0; i < suite->file_count; i++)
		if (!suite->files[i].program)
			print_unloaded(suite->files + i, out);
	for (size_t i = 0; i < suite->result_count; i++)
		if (suite->results[i].wanted)
			print_case(&suite->results[i], out);
	buffer_append_string(out, "</testsuite>\n");
}
