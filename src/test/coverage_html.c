/* Coverage as one page: a table of the files, and each script with what was reached and what not.
 */
#include "test/coverage.h"

#include "base/text.h"

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n<title>afsl "
	"coverage</title>\n<style>\n"
	"body { font: 15px/1.4 sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; "
	"color: #222; background: #fff }\n"
	"h1 { font-size: 1.4em } h2 { font-size: 1.1em; margin-top: 2em }\n"
	"table.files { border-collapse: collapse } .files th, .files td { padding: .25em .9em; "
	"text-align: right; border-bottom: 1px solid #ddd }\n"
	".files th:first-child, .files td:first-child { text-align: left }\n"
	".bar { display: inline-block; width: 6em; height: .7em; background: #f3b4ae; margin-left: "
	".5em } .bar i { display: block; height: 100%; background: #5a9e5a }\n"
	"pre { border: 1px solid #ddd; overflow-x: auto; font: 13px/1.5 monospace; margin: 0 }\n"
	".l { display: block; padding-right: 1em; white-space: pre } .n, .h { display: "
	"inline-block; width: 4em; text-align: right; color: #888; user-select: none } .h { width: "
	"5em; padding-right: 1em }\n"
	".reached { background: #e9f5e9 } .missed { background: #fbe3e1 } .partly { background: "
	"#fdf3d3 }\n"
	".way { border-bottom: 2px dotted #b06a00; background: #fde7b8 } .given { border-bottom: "
	"2px solid #2f7d2f } .never { border-bottom: 2px solid #b3261e; background: #f6c1bc }\n"
	".legend span { padding: .1em .5em; margin-right: .8em }\n"
	"</style>\n</head>\n<body>\n<h1>What the tests reach</h1>\n"
	"<p class=\"legend\"><span class=\"reached\">reached</span><span class=\"missed\">never "
	"reached</span>"
	"<span class=\"partly\">partly reached</span><span class=\"way\">a condition that only "
	"went one way</span>"
	"<span class=\"given\">a verdict that was given</span><span class=\"never\">a verdict "
	"never given</span></p>\n";

static void print_escaped(struct buffer *out, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if (byte == '<')
			buffer_append_string(out, "&lt;");
		else if (byte == '>')
			buffer_append_string(out, "&gt;");
		else if (byte == '&')
			buffer_append_string(out, "&amp;");
		else if (byte == '"')
			buffer_append_string(out, "&quot;");
		else if (byte >= ' ' || byte == '\t')
			buffer_append_byte(out, bytes[i]);
	}
}

/* ---- the table ---- */

static void print_cell(struct buffer *out, struct covered covered)
{
	unsigned percent = covered.all ? covered.reached * 100 / covered.all : 100;

	buffer_printf(out,
		      "<td>%u of %u<span class=\"bar\"><i style=\"width: %u%%\"></i></span></td>",
		      covered.reached, covered.all, percent);
}

static void print_table(const struct coverage *coverage, struct buffer *out)
{
	buffer_append_string(
		out,
		"<table "
		"class=\"files\">\n<tr><th>script</th><th>lines</th><th>branches</th><th>verdicts</"
		"th></tr>\n");
	for (size_t i = 0; i < coverage->count; i++) {
		const struct covered_file *file = coverage->files + i;

		buffer_printf(out, "<tr><td><a href=\"#f%zu\">", i);
		print_escaped(out, file->name, strlen(file->name));
		buffer_append_string(out, "</a></td>");
		print_cell(out, covered_lines(file));
		print_cell(out, covered_sites(file, SITE_BRANCH));
		print_cell(out, covered_sites(file, SITE_VERDICT));
		buffer_append_string(out, "</tr>\n");
	}
	buffer_append_string(out, "</table>\n");
}

/* ---- a script ---- */

/* What a place is marked with; NULL: it is as it should be. */
static const char *mark_of(const struct site *site)
{
	if (site->kind == SITE_VERDICT)
		return site->hits ? "given" : "never";
	if (site->kind == SITE_BRANCH && (site->hits == 0) != (site->jumps == 0))
		return "way";
	return NULL;
}

/* The next mark that begins within the line, at or behind `at`. */
static const struct site *next_mark(const struct covered_file *file, size_t *n, size_t at,
				    size_t end)
{
	for (; *n < file->count && file->sites[*n].from < end; ++*n)
		if (file->sites[*n].from >= at && mark_of(file->sites + *n))
			return file->sites + (*n)++;
	return NULL;
}

/* Marks do not nest on the page: the first one of a place has it. */
static void print_marked(const struct covered_file *file, size_t *n, size_t from, size_t end,
			 struct buffer *out)
{
	const struct site *site;

	while ((site = next_mark(file, n, from, end)) != NULL) {
		size_t to = site->to < end ? site->to : end;

		print_escaped(out, file->text + from, site->from - from);
		buffer_printf(out, "<span class=\"%s\" title=\"%llu and %llu times\">",
			      mark_of(site), (unsigned long long)site->hits,
			      (unsigned long long)site->jumps);
		print_escaped(out, file->text + site->from, to - site->from);
		buffer_append_string(out, "</span>");
		from = to;
	}
	print_escaped(out, file->text + from, end - from);
}

static void print_line(const struct covered_file *file, unsigned line, size_t *n, size_t from,
		       size_t end, struct buffer *out)
{
	static const char *const classes[] = { "", " reached", " partly", " missed" };
	uint64_t hits;
	enum line_state state = line_state(file, line, &hits);

	buffer_printf(out, "<span class=\"l%s\"><span class=\"n\">%u</span><span class=\"h\">",
		      classes[state], line);
	if (state != LINE_PLAIN)
		buffer_printf(out, "%llu", (unsigned long long)hits);
	buffer_append_string(out, "</span>");
	print_marked(file, n, from, end, out);
	buffer_append_string(out, "</span>");
}

static void print_file(const struct covered_file *file, size_t number, struct buffer *out)
{
	size_t from = 0, n = 0;

	buffer_printf(out, "<h2 id=\"f%zu\">", number);
	print_escaped(out, file->name, strlen(file->name));
	buffer_append_string(out, "</h2>\n<pre>");
	for (unsigned line = 1; from < file->length; line++) {
		const char *end = memchr(file->text + from, '\n', file->length - from);
		size_t to = end ? (size_t)(end - file->text) : file->length;

		print_line(file, line, &n, from, to, out);
		from = to + 1;
	}
	buffer_append_string(out, "</pre>\n");
}

void coverage_html(const struct coverage *coverage, struct buffer *out)
{
	buffer_append_string(out, head);
	print_table(coverage, out);
	for (size_t i = 0; i < coverage->count; i++)
		print_file(coverage->files + i, i, out);
	buffer_append_string(out, "</body>\n</html>\n");
}
