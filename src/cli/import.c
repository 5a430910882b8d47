#include "cli/commands.h"
#include "cli/import.h"
#include "cli/loading.h"

#include "base/memory.h"

#include <afsl.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

static const struct import_format *const formats[] = { &import_postfix_access,
						       &import_postfix_header_checks,
						       &import_milter_regex,
						       &import_milter_greylist };
enum { FORMAT_COUNT = sizeof(formats) / sizeof(*formats), FILE_MOST = 16 << 20 };

static const char *check;

static const struct option_row rows[] = {
	{ "check", 0, OPTION_TEXT, "client|helo|sender|recipient",
	  "postfix-access: what the map is asked about (client)", &check },
	{ 0 },
};

/* ---- reading ---- */

static struct text take_line(struct importer *importer)
{
	struct text *rest = &importer->rest;
	int64_t end = text_find(*rest, TEXT("\n"), 0);
	size_t length = end < 0 ? rest->length : (size_t)end;
	struct text line = text_part(*rest, 0, length);

	*rest = text_part(*rest, end < 0 ? length : length + 1, rest->length);
	importer->next++;
	return line;
}

static bool is_silent(struct text line)
{
	line = text_trim(line);
	return line.length == 0 || line.data[0] == '#';
}

static bool goes_on(const struct importer *importer, struct text line,
		    enum continuation continuation)
{
	if (importer->rest.length == 0)
		return false;
	if (continuation == CONTINUED_BY_BACKSLASH)
		return line.length && line.data[line.length - 1] == '\\';
	return importer->rest.data[0] == ' ' || importer->rest.data[0] == '\t';
}

bool import_next(struct importer *importer, enum continuation continuation,
		 struct import_line *line)
{
	struct text physical = TEXT_EMPTY;

	while (importer->rest.length && is_silent(physical))
		physical = take_line(importer);
	if (is_silent(physical))
		return false;
	line->number = importer->next - 1;
	buffer_clear(&importer->joined);
	for (;;) {
		bool more = goes_on(importer, physical, continuation);

		if (continuation == CONTINUED_BY_BACKSLASH && more)
			physical.length--;
		if (importer->joined.length == 0 || !is_silent(physical)) {
			buffer_append_string(&importer->joined, importer->joined.length ? " " : "");
			buffer_append_text(&importer->joined, text_trim(physical));
		}
		if (!more)
			break;
		physical = take_line(importer);
	}
	line->text = buffer_text(&importer->joined);
	return !importer->joined.failed;
}

static void skip_blanks(struct text *rest)
{
	size_t at = 0;

	while (at < rest->length && byte_is_space(rest->data[at]))
		at++;
	*rest = text_part(*rest, at, rest->length);
}

struct text import_word(struct text *rest)
{
	size_t from = 0, to = 0;
	struct text word;

	skip_blanks(rest);
	if (rest->length && rest->data[0] == '"') {
		from = to = 1;
		while (to < rest->length && rest->data[to] != '"')
			to += rest->data[to] == '\\' && to + 1 < rest->length ? 2 : 1;
	} else {
		while (to < rest->length && !byte_is_space(rest->data[to]))
			to++;
	}
	word = text_part(*rest, from, to);
	*rest = text_part(*rest, from && to < rest->length ? to + 1 : to, rest->length);
	return word;
}

bool import_pattern(struct text *rest, struct text *pattern, struct text *flags)
{
	size_t to = 1, end;

	if (rest->length < 2)
		return false;
	while (to < rest->length && rest->data[to] != rest->data[0])
		to += rest->data[to] == '\\' && to + 1 < rest->length ? 2 : 1;
	if (to >= rest->length)
		return false;
	*pattern = text_part(*rest, 1, to);
	for (end = ++to; end < rest->length && byte_is_name(rest->data[end]);)
		end++;
	*flags = text_part(*rest, to, end);
	*rest = text_part(*rest, end, rest->length);
	return true;
}

bool import_take(struct text *rest, const char *word)
{
	struct text after = *rest, first = import_word(&after);

	if (!text_equals_ignoring_case(first, text_of_string(word, LIFETIME_EVENT)))
		return false;
	skip_blanks(&after);
	*rest = after;
	return true;
}

/* ---- writing ---- */

void import_write(struct importer *importer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	buffer_vprintf(&importer->out, format, arguments);
	va_end(arguments);
	buffer_append_byte(&importer->out, '\n');
}

void import_gap(struct importer *importer)
{
	buffer_append_byte(&importer->out, '\n');
}

void import_open(struct importer *importer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	buffer_vprintf(&importer->out, format, arguments);
	va_end(arguments);
	buffer_append_string(&importer->out, " {\n");
	importer->depth++;
}

void import_close(struct importer *importer)
{
	importer->depth--;
	import_write(importer, "}");
}

void import_free(struct importer *importer, struct buffer *piece)
{
	importer->out.failed |= piece->failed;
	buffer_free(piece);
}

enum { SHOWN_MOST = 200 };

void import_name_line(struct importer *importer, const struct import_line *line)
{
	buffer_printf(&importer->out, "# %s:%u: ", importer->path, line->number);
	for (size_t i = 0; i < line->text.length && i < SHOWN_MOST; i++)
		buffer_append_byte(&importer->out, (unsigned char)line->text.data[i] < ' '
							   ? ' '
							   : line->text.data[i]);
	buffer_append_string(&importer->out, line->text.length > SHOWN_MOST ? "...\n" : "\n");
}

void import_leave_out(struct importer *importer, const struct import_line *line, const char *format,
		      ...)
{
	char why[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	for (char *at = why; *at; at++)
		*at = *at > 0 && *at < ' ' ? ' ' : *at;
	importer->left_out++;
	fprintf(stderr, "%s:%u: left out: %s\n", importer->path, line->number, why);
	import_write(importer, "# Left out: %s.", why);
}

/* "$1", "${1}" or "$(1)" at `at`: its number, and how long it is; 0 when there is none. */
static size_t group_at(struct text text, size_t at, char *digit)
{
	bool wrapped =
		at + 3 < text.length && (text.data[at + 1] == '{' || text.data[at + 1] == '(');
	size_t from = at + (wrapped ? 2 : 1);

	if (text.data[at] != '$' || from >= text.length || text.data[from] < '1' ||
	    text.data[from] > '9')
		return 0;
	*digit = text.data[from];
	return wrapped ? 4 : 2;
}

void import_quote(struct buffer *out, struct text text, bool groups)
{
	char digit;

	buffer_append_byte(out, '"');
	for (size_t i = 0; i < text.length; i++) {
		char byte = text.data[i];
		size_t group = groups ? group_at(text, i, &digit) : 0;

		if (group) {
			buffer_printf(out, "%%{$%c}", digit);
			i += group - 1;
		} else if (groups && byte == '$' && i + 1 < text.length &&
			   text.data[i + 1] == '$') {
			buffer_append_byte(out, text.data[++i]);
		} else if (byte == '"' || byte == '\\') {
			buffer_printf(out, "\\%c", byte);
		} else if (byte == '%') {
			buffer_append_string(out, "%%");
		} else if ((unsigned char)byte < ' ' || byte == '\x7f') {
			buffer_append_byte(out, ' ');
		} else if (byte >= ' ') {
			buffer_append_byte(out, byte);
		} else {
			buffer_printf(out, "\\x%02X", (unsigned char)byte);
		}
	}
	buffer_append_byte(out, '"');
}

/* Control characters, and bytes of no UTF-8, by their number: a script is a text. */
static void write_pattern(struct buffer *out, struct text pattern)
{
	bool is_utf8 = text_is_utf8(pattern);

	for (size_t i = 0; i < pattern.length; i++) {
		bool escaped = pattern.data[i] == '\\' && i + 1 < pattern.length;
		unsigned char byte = (unsigned char)pattern.data[i + escaped];

		if (byte < ' ' || byte == 0x7f || (byte > 0x7f && !is_utf8))
			buffer_printf(out, "\\x%02X", byte);
		else
			buffer_printf(out, "%s%c", escaped || byte == '"' ? "\\" : "", byte);
		i += escaped;
	}
}

/* `out` has failed when memory ended before that could be told. */
static bool is_understood(struct text expression, struct buffer *out)
{
	struct afsl_load_options options = { .check_only = true };
	struct afsl_report *report = NULL;
	struct buffer script;
	bool good;

	buffer_init(&script, BUFFER_CAP_DEFAULT);
	buffer_append_string(&script, "function f(t: text) -> bool { return t =~ ");
	buffer_append_text(&script, expression);
	buffer_append_string(&script, "; }\n");
	options.source = script.data;
	options.source_length = script.length;
	afsl_program_release(afsl_program_load("pattern", &options, &report));
	good = afsl_report_errors(report) == 0;
	afsl_report_free(report);
	out->failed |= script.failed;
	buffer_free(&script);
	return good;
}

bool import_regex(struct buffer *out, struct text pattern, const char *flags)
{
	size_t from = out->length;

	buffer_append_string(out, "re\"");
	write_pattern(out, pattern);
	buffer_printf(out, "\"%s", flags);
	if (!out->failed &&
	    !is_understood(text_of(out->data + from, out->length - from, LIFETIME_EVENT), out))
		out->length = from;
	return out->length > from;
}

bool import_is_status(struct text word, int64_t code)
{
	unsigned dots = 0, digits = 0;

	for (size_t i = 0; i < word.length; i++) {
		if (!byte_is_digit(word.data[i]) && (word.data[i] != '.' || digits == 0))
			return false;
		digits = word.data[i] == '.' ? 0 : digits + 1;
		dots += word.data[i] == '.';
		if (digits > 3)
			return false;
	}
	return dots == 2 && digits && word.data[1] == '.' &&
	       word.data[0] == (code < 500 ? '4' : '5');
}

/* ---- the command ---- */

static const struct import_format *format_find(const char *name)
{
	for (int i = 0; i < FORMAT_COUNT; i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

static bool read_file(const char *path, struct buffer *content)
{
	int error;

	buffer_init(content, FILE_MOST);
	error = script_read(path, content);
	if (!error)
		return true;
	fprintf(stderr, "afsl: %s: %s\n", path,
		error == EFBIG ? "larger than 16 MB" : strerror(error));
	buffer_free(content);
	return false;
}

/* In the one style, and checked: a pattern may be one that is not understood here. */
static int print_script(const struct importer *importer)
{
	struct afsl_report *report = NULL;
	struct text script = buffer_text(&importer->out);
	char *formatted = afsl_format("script", script.data, script.length, &report);
	struct afsl_load_options options = { .check_only = true };
	unsigned errors;

	if (formatted) {
		fputs(formatted, stdout);
		options.source = formatted;
		options.source_length = strlen(formatted);
		afsl_report_free(report);
		report = NULL;
		afsl_program_load("script", &options, &report);
	} else {
		write_text(stdout, script);
	}
	errors = report ? afsl_report_errors(report) : 0;
	if (report)
		fputs(afsl_report_text(report, false), stderr);
	afsl_report_free(report);
	free(formatted);
	return importer->left_out || errors ? 1 : EX_OK;
}

static int import_file(const struct import_format *format, const char *path)
{
	struct importer importer = { .path = path, .check = check ? check : "client", .next = 1 };
	struct buffer content;
	int status;

	if (!read_file(path, &content))
		return EX_NOINPUT;
	importer.rest = buffer_text(&content);
	buffer_init(&importer.out, BUFFER_CAP_DEFAULT);
	buffer_init(&importer.joined, FILE_MOST);
	import_write(&importer, "# Made by afsl import %s; from now on this script is what counts.",
		     format->name);
	format->write(&importer);
	import_free(&importer, &importer.joined);
	status = importer.out.failed ? EX_OSERR : print_script(&importer);
	buffer_free(&importer.out);
	buffer_free(&content);
	return status;
}

static int list_formats(void)
{
	for (int i = 0; i < FORMAT_COUNT; i++)
		printf("%-22s %s\n", formats[i]->name, formats[i]->summary);
	return EX_OK;
}

static int run(int argc, char **argv)
{
	struct string_list words = { 0 };
	int status = options_read(&command_import, rows, argc, argv, &words);

	if (status < 0 && words.count == 0)
		status = list_formats();
	else if (status < 0 && words.count != 2)
		status = usage_error(&command_import, "name a format and a file");
	else if (status < 0 && !format_find(words.items[0]))
		status = usage_error(&command_import,
				     "there is no format \"%s\"; afsl import lists them",
				     words.items[0]);
	else if (status < 0)
		status = import_file(format_find(words.items[0]), words.items[1]);
	string_list_free(&words);
	return status;
}

const struct command command_import = {
	"import",
	"[--check FACT] FORMAT FILE",
	"Writes the rules of other programs as a script.",
	"FORMAT is postfix-access, postfix-header-checks, milter-regex or milter-greylist; without "
	"any, they are listed.\n"
	"FILE may be -. Each rule stands below a comment that names its line. A rule that has no "
	"counterpart is\n"
	"left out, and told here and in the script; the exit code is then 1.",
	run,
};
