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

/* Each line behind `indent`. */
static void print_lines(FILE *out, struct text text, const char *indent)
{
	for (size_t from = 0; from < text.length;) {
		int64_t end = text_find(text, TEXT("\n"), from);
		size_t to = end < 0 ? text.length : (size_t)end;

		fprintf(out, "%s%.*s\n", indent, TEXT_PRINTF(text_part(text, from, to)));
		from = to + 1;
	}
}

/* ---- text ---- */

static void print_result(const struct suite_result *one, FILE *out)
{
	if (!one->wanted || one->result.outcome == TRIAL_PASSED)
		return;
	fprintf(out, "%s %s:%u: %s\n", one->result.outcome == TRIAL_FAILED ? "FAILED" : "skipped",
		one->file->path, one->result.line, one->title);
	print_lines(out, said(one), one->result.outcome == TRIAL_FAILED ? "  " : "  because ");
}

void report_text(const struct suite *suite, FILE *out)
{
	for (size_t i = 0; i < suite->file_count; i++) {
		const struct suite_file *file = suite->files + i;

		if (!file->program)
			fprintf(out, "FAILED %s does not load\n", file->path);
		if (file->report)
			fputs(file->report, out);
		for (unsigned n = 0; n < file->count; n++)
			print_result(&suite->results[file->first + n], out);
	}
	fprintf(out, "%u passed, %u failed, %u skipped\n", suite->passed, suite->failed,
		suite->skipped);
}

/* ---- TAP 14 ---- */

static unsigned planned(const struct suite *suite)
{
	return suite->passed + suite->failed + suite->skipped;
}

/* "#" begins a directive, and a line is one test. */
static void print_title(FILE *out, const char *title)
{
	for (; *title; title++) {
		if (*title == '#' || *title == '\\')
			putc('\\', out);
		putc(*title == '\n' ? ' ' : *title, out);
	}
}

static void print_point(const struct suite_result *one, unsigned number, FILE *out)
{
	fprintf(out, "%sok %u - %s: ", one->result.outcome == TRIAL_FAILED ? "not " : "", number,
		one->file->path);
	print_title(out, one->title);
	if (one->result.outcome == TRIAL_SKIPPED)
		fprintf(out, " # SKIP %.*s", TEXT_PRINTF(said(one)));
	putc('\n', out);
	if (one->result.outcome != TRIAL_FAILED)
		return;
	fputs("  ---\n  message: |\n", out);
	print_lines(out, said(one), "    ");
	fputs("  ...\n", out);
}

void report_tap(const struct suite *suite, FILE *out)
{
	unsigned number = 0;

	fprintf(out, "TAP version 14\n1..%u\n", planned(suite));
	for (size_t i = 0; i < suite->file_count; i++)
		if (!suite->files[i].program)
			fprintf(out, "not ok %u - %s does not load\n", ++number,
				suite->files[i].path);
	for (size_t i = 0; i < suite->result_count; i++)
		if (suite->results[i].wanted)
			print_point(&suite->results[i], ++number, out);
}

/* ---- JSON ---- */

static void print_json(FILE *out, struct text text)
{
	struct buffer quoted;

	buffer_init(&quoted, BUFFER_CAP_DEFAULT);
	buffer_append_json(&quoted, text);
	fprintf(out, "%.*s", TEXT_PRINTF(buffer_text(&quoted)));
	buffer_free(&quoted);
}

static void print_json_string(FILE *out, const char *string)
{
	print_json(out, text_of_string(string ? string : "", LIFETIME_EVENT));
}

static void print_json_result(const struct suite_result *one, FILE *out)
{
	static const char *const words[] = { "passed", "failed", "skipped" };

	fputs("{\"file\": ", out);
	print_json_string(out, one->file->path);
	fprintf(out, ", \"line\": %u, \"title\": ", one->result.line);
	print_json_string(out, one->title);
	fprintf(out, ", \"outcome\": \"%s\", \"seconds\": %.6f, \"message\": ",
		words[one->result.outcome], seconds(one));
	print_json(out, said(one));
	putc('}', out);
}

void report_json(const struct suite *suite, FILE *out)
{
	const char *comma = "";

	fputs("{\"tests\": [", out);
	for (size_t i = 0; i < suite->result_count; i++) {
		if (!suite->results[i].wanted)
			continue;
		fprintf(out, "%s\n  ", comma);
		print_json_result(&suite->results[i], out);
		comma = ",";
	}
	fputs("],\n \"unloaded\": [", out);
	comma = "";
	for (size_t i = 0; i < suite->file_count; i++) {
		if (suite->files[i].program)
			continue;
		fprintf(out, "%s\n  {\"file\": ", comma);
		print_json_string(out, suite->files[i].path);
		fputs(", \"message\": ", out);
		print_json_string(out, suite->files[i].report);
		putc('}', out);
		comma = ",";
	}
	fprintf(out, "],\n \"passed\": %u, \"failed\": %u, \"skipped\": %u}\n", suite->passed,
		suite->failed, suite->skipped);
}

/* ---- JUnit's XML ---- */

/* What XML cannot hold at all becomes a question mark. */
static void print_xml(FILE *out, struct text text)
{
	for (uint32_t i = 0; i < text.length; i++) {
		unsigned char byte = (unsigned char)text.data[i];

		if (byte == '<')
			fputs("&lt;", out);
		else if (byte == '&')
			fputs("&amp;", out);
		else if (byte == '"')
			fputs("&quot;", out);
		else
			putc((byte < ' ' && byte != '\n' && byte != '\t') || byte == 0x7f ? '?'
											  : byte,
			     out);
	}
}

static void print_xml_string(FILE *out, const char *string)
{
	print_xml(out, text_of_string(string ? string : "", LIFETIME_EVENT));
}

static void print_case(const struct suite_result *one, FILE *out)
{
	fputs("  <testcase classname=\"", out);
	print_xml_string(out, one->file->path);
	fputs("\" name=\"", out);
	print_xml_string(out, one->title);
	fprintf(out, "\" time=\"%.6f\">", seconds(one));
	if (one->result.outcome == TRIAL_FAILED) {
		fputs("<failure>", out);
		print_xml(out, said(one));
		fputs("</failure>", out);
	} else if (one->result.outcome == TRIAL_SKIPPED) {
		fputs("<skipped message=\"", out);
		print_xml(out, said(one));
		fputs("\"/>", out);
	}
	fputs("</testcase>\n", out);
}

static void print_unloaded(const struct suite_file *file, FILE *out)
{
	fputs("  <testcase classname=\"", out);
	print_xml_string(out, file->path);
	fputs("\" name=\"loads\"><failure>", out);
	print_xml_string(out, file->report);
	fputs("</failure></testcase>\n", out);
}

void report_junit(const struct suite *suite, FILE *out)
{
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuite name=\"afsl\" tests=\"%u\" failures=\"%u\" skipped=\"%u\">\n",
		planned(suite), suite->failed, suite->skipped);
	for (size_t i = 0; i < suite->file_count; i++)
		if (!suite->files[i].program)
			print_unloaded(suite->files + i, out);
	for (size_t i = 0; i < suite->result_count; i++)
		if (suite->results[i].wanted)
			print_case(&suite->results[i], out);
	fputs("</testsuite>\n", out);
}
