#include "base/diagnostics.h"

#include "base/memory.h"

#include <criterion/criterion.h>

static struct diagnostics diagnostics;

static void open_source(const char *source)
{
	diagnostics_init(&diagnostics);
	diagnostics_add_source(&diagnostics, "a.afsl", text_of_string(source, LIFETIME_PROGRAM));
}

static void close_source(void)
{
	diagnostics_free(&diagnostics);
}

static struct span span(uint32_t from, uint32_t to)
{
	return (struct span){ 0, from, to };
}

static void assert_printed(const char *expected)
{
	struct buffer out;

	buffer_init(&out, 1 << 20);
	diagnostics_print(&diagnostics, false, &out);
	buffer_append_byte(&out, '\0');
	cr_assert(!out.failed);
	cr_assert_str_eq(out.data, expected);
	buffer_free(&out);
	close_source();
}

static void assert_json(const char *expected)
{
	struct buffer out;

	buffer_init(&out, 1 << 20);
	diagnostics_print_json(&diagnostics, &out);
	buffer_append_byte(&out, '\0');
	cr_assert_str_eq(out.data, expected);
	buffer_free(&out);
	close_source();
}

Test(diagnostics, line_with_mark_and_help)
{
	struct diagnostic *d;

	open_source("one\ntwo three\nfour\n");
	d = diagnostics_report(&diagnostics, "E0201", span(8, 13), "no %s", "three");
	diagnostic_help(&diagnostics, d, "write %d", 3);
	assert_printed("a.afsl:2:5: error[E0201]: no three\n"
		       "    2 | two three\n"
		       "      |     ^~~~~\n"
		       "      = help: write 3\n");
}

Test(diagnostics, a_related_place)
{
	struct diagnostic *d;

	open_source("{\n  x\n");
	d = diagnostics_report(&diagnostics, "E0207", span(6, 6), "missing");
	diagnostic_relate(&diagnostics, d, span(0, 1), "of this");
	assert_printed("a.afsl:3:1: error[E0207]: missing\n"
		       "    3 | \n"
		       "      | ^\n"
		       "a.afsl:1:1: note: of this\n"
		       "    1 | {\n"
		       "      | ^\n");
}

Test(diagnostics, tabs_and_wide_characters_keep_the_mark_in_place)
{
	open_source("\tx\t\xc3\xa9 \xe4\xb8\xad e\xcc\x81 bad");
	diagnostics_report(&diagnostics, "W0101", span(14, 17), "m");
	assert_printed("a.afsl:1:11: warning[W0101]: m\n"
		       "    1 | \tx\t\xc3\xa9 \xe4\xb8\xad e\xcc\x81 bad\n"
		       "      | \t \t       ^~~\n");
}

Test(diagnostics, a_mark_below_a_wide_character_is_two_wide)
{
	open_source("\xe4\xb8\xad\xe4\xb8\xad");
	diagnostics_report(&diagnostics, "W0101", span(0, 6), "m");
	assert_printed("a.afsl:1:1: warning[W0101]: m\n"
		       "    1 | \xe4\xb8\xad\xe4\xb8\xad\n"
		       "      | ^~~~\n");
}

Test(diagnostics, controls_and_wrong_bytes_are_not_passed_on)
{
	open_source("a\x1b[2J\xff\x01\xe2\x80\xae z");
	diagnostics_report(&diagnostics, "E0101", span(1, 2), "byte %s", "\x1b[31m\nx\xff");
	assert_printed("a.afsl:1:2: error[E0101]: byte \\x1B[31m\\nx\\xFF\n"
		       "    1 | a?[2J??? z\n"
		       "      |  ^\n");
}

Test(diagnostics, a_span_over_lines_is_marked_on_its_first)
{
	open_source("ab\r\ncd\r\n");
	diagnostics_report(&diagnostics, "E0101", span(1, 6), "m");
	assert_printed("a.afsl:1:2: error[E0101]: m\n"
		       "    1 | ab\n"
		       "      |  ^\n");
}

Test(diagnostics, an_empty_source_and_the_very_end)
{
	open_source("");
	diagnostics_report(&diagnostics, "E0101", span(0, 0), "m");
	assert_printed("a.afsl:1:1: error[E0101]: m\n    1 | \n      | ^\n");
	open_source("x");
	diagnostics_report(&diagnostics, "E0101", span(500, 900), "behind the end");
	assert_printed("a.afsl:1:2: error[E0101]: behind the end\n    1 | x\n      |  ^\n");
}

Test(diagnostics, of_long_lines_a_window_is_shown)
{
	static char line[100001];
	struct buffer out;

	memset(line, 'x', sizeof(line) - 1);
	memcpy(line + 50000, "BAD", 3);
	open_source(line);
	diagnostics_report(&diagnostics, "E0101", span(50000, 50003), "m");
	buffer_init(&out, 1 << 20);
	diagnostics_print(&diagnostics, false, &out);
	cr_assert_lt(out.length, 600);
	cr_assert_geq(text_find(buffer_text(&out), TEXT("xBADx"), 0), 0);
	cr_assert_geq(text_find(buffer_text(&out), TEXT(" ^~~\n"), 0), 0);
	cr_assert_geq(text_find(buffer_text(&out), TEXT("a.afsl:1:50001:"), 0), 0);
	buffer_free(&out);
	close_source();
}

Test(diagnostics, sorted_by_place_errors_first)
{
	open_source("abcdef");
	diagnostics_report(&diagnostics, "E0102", span(4, 5), "late");
	diagnostics_report(&diagnostics, "W0101", span(1, 2), "early warning");
	diagnostics_report(&diagnostics, "E0101", span(1, 2), "early error");
	assert_printed("a.afsl:1:2: error[E0101]: early error\n"
		       "    1 | abcdef\n"
		       "      |  ^\n"
		       "a.afsl:1:2: warning[W0101]: early warning\n"
		       "    1 | abcdef\n"
		       "      |  ^\n"
		       "a.afsl:1:5: error[E0102]: late\n"
		       "    1 | abcdef\n"
		       "      |     ^\n");
}

Test(diagnostics, no_second_error_at_one_place)
{
	open_source("abcdef");
	cr_assert_not_null(diagnostics_report(&diagnostics, "E0102", span(4, 5), "first"));
	cr_assert_null(diagnostics_report(&diagnostics, "E0103", span(4, 6), "second"));
	cr_assert_eq(diagnostics.errors, 1);
	cr_assert_not_null(diagnostics_report(&diagnostics, "W0103", span(4, 6), "warning"));
	cr_assert_not_null(diagnostics_report(&diagnostics, "W0104", span(4, 6), "another"));
	cr_assert_null(diagnostics_report(&diagnostics, "W0104", span(4, 6), "the same"));
	cr_assert_eq(diagnostics.warnings, 2);
	cr_assert_not_null(
		diagnostics_report(&diagnostics, "E0102", (struct span){ 1, 4, 5 }, "x"));
	close_source();
}

Test(diagnostics, beyond_the_cap_they_are_counted)
{
	struct buffer out;

	open_source("0123456789012345678901234567890123456789");
	for (uint32_t i = 0; i < 30; i++)
		diagnostics_report(&diagnostics, "E0101", span(i, i + 1), "m");
	cr_assert_eq(diagnostics.errors, 30);
	buffer_init(&out, 1 << 20);
	diagnostics_print(&diagnostics, false, &out);
	cr_assert(text_ends_with(buffer_text(&out), TEXT("\n10 more errors not shown\n")));
	buffer_free(&out);
	close_source();
}

Test(diagnostics, one_more_is_one_error)
{
	struct buffer out;

	open_source("0123456789012345678901234567890123456789");
	for (uint32_t i = 0; i <= DIAGNOSTICS_ERRORS_MAX; i++)
		diagnostics_report(&diagnostics, "E0101", span(i, i + 1), "m");
	buffer_init(&out, 1 << 20);
	diagnostics_print(&diagnostics, false, &out);
	cr_assert(text_ends_with(buffer_text(&out), TEXT("\n1 more error not shown\n")));
	buffer_free(&out);
	close_source();
}

Test(diagnostics, help_for_what_was_not_kept_is_dropped)
{
	open_source("x");
	diagnostic_help(&diagnostics, NULL, "help");
	diagnostic_relate(&diagnostics, NULL, span(0, 1), "note");
	cr_assert_null(diagnostics.first);
	close_source();
}

Test(diagnostics, long_messages_are_cut)
{
	static char name[100000];
	struct diagnostic *d;

	memset(name, 'n', sizeof(name) - 1);
	open_source("x");
	d = diagnostics_report(&diagnostics, "E0101", span(0, 1), "no `%s`", name);
	cr_assert_not_null(d);
	cr_assert_lt(strlen(d->message), 700);
	cr_assert_str_eq(d->message + strlen(d->message) - 3, "...");
	close_source();
}

Test(diagnostics, a_source_without_bytes_has_no_places)
{
	diagnostics_init(&diagnostics);
	diagnostics_add_source(&diagnostics, "gone.afsl", (struct text){ NULL, 0, 0 });
	diagnostics_report(&diagnostics, "E0501", span(0, 0), "cannot read it");
	assert_printed("gone.afsl: error[E0501]: cannot read it\n");
	diagnostics_init(&diagnostics);
	diagnostics_report(&diagnostics, "E0501", span(0, 0), "no source at all");
	assert_printed("?: error[E0501]: no source at all\n");
}

Test(diagnostics, sources_beyond_the_last_are_the_last)
{
	diagnostics_init(&diagnostics);
	for (uint32_t i = 0; i < DIAGNOSTICS_SOURCES_MAX; i++)
		cr_assert_eq(diagnostics_add_source(&diagnostics, "s", TEXT_EMPTY), i);
	cr_assert_eq(diagnostics_add_source(&diagnostics, "more", TEXT_EMPTY),
		     DIAGNOSTICS_SOURCES_MAX - 1);
	close_source();
}

static void check_places(const struct source *source)
{
	static const struct {
		uint32_t offset;
		unsigned line, column;
		const char *line_text;
	} rows[] = {
		{ 0, 1, 1, "a" },	  { 1, 1, 2, "a" },	    { 2, 2, 1, "\xc3\xa9z" },
		{ 4, 2, 2, "\xc3\xa9z" }, { 5, 2, 3, "\xc3\xa9z" }, { 7, 3, 1, "" },
		{ 8, 4, 1, "last" },	  { 12, 4, 5, "last" },	    { 99, 4, 5, "last" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct place place = source_place(source, rows[i].offset);

		cr_assert_eq(place.line, rows[i].line, "row %zu: line %u", i, place.line);
		cr_assert_eq(place.column, rows[i].column, "row %zu: column %u", i, place.column);
		cr_assert(text_equals_string(place.line_text, rows[i].line_text), "row %zu", i);
	}
}

Test(diagnostics, places_of_lines_and_columns)
{
	struct source source = { .name = "s", .text = TEXT("a\n\xc3\xa9z\r\n\nlast") };
	struct arena arena;

	check_places(&source);
	arena_init(&arena, 4096, LIFETIME_PROGRAM);
	source_number_lines(&source, &arena);
	cr_assert_eq(source.line_count, 4);
	check_places(&source);
	source.text = TEXT("");
	source_number_lines(&source, &arena);
	cr_assert_eq(source_place(&source, 0).line, 1);
	arena_reset(&arena);
}

Test(diagnostics, json)
{
	struct diagnostic *d;

	open_source("one\ntwo \"x\"\n");
	d = diagnostics_report(&diagnostics, "E0201", span(8, 11), "not \"x\"");
	diagnostic_help(&diagnostics, d, "y");
	diagnostic_relate(&diagnostics, d, span(0, 3), "here");
	diagnostics_report(&diagnostics, "W0101", span(0, 5), "two lines");
	assert_json("[{\"severity\":\"warning\",\"code\":\"W0101\",\"file\":\"a.afsl\",\"line\":1,"
		    "\"column\":1,\"endLine\":2,\"endColumn\":2,\"message\":\"two lines\","
		    "\"help\":null,\"related\":null},"
		    "{\"severity\":\"error\",\"code\":\"E0201\",\"file\":\"a.afsl\",\"line\":2,"
		    "\"column\":5,\"endLine\":2,\"endColumn\":8,\"message\":\"not \\\"x\\\"\","
		    "\"help\":\"y\",\"related\":{\"file\":\"a.afsl\",\"line\":1,\"column\":1,"
		    "\"endLine\":1,\"endColumn\":4,\"message\":\"here\"}}]");
	diagnostics_init(&diagnostics);
	assert_json("[]");
	diagnostics_init(&diagnostics);
	diagnostics_add_source(&diagnostics, "g", (struct text){ NULL, 0, 0 });
	diagnostics_report(&diagnostics, "E0501", span(0, 0), "m");
	assert_json("[{\"severity\":\"error\",\"code\":\"E0501\",\"file\":\"g\",\"line\":null,"
		    "\"column\":null,\"endLine\":null,\"endColumn\":null,\"message\":\"m\","
		    "\"help\":null,\"related\":null}]");
}

Test(diagnostics, colours_when_asked)
{
	struct buffer out;

	open_source("x");
	diagnostics_report(&diagnostics, "E0101", span(0, 1), "m");
	buffer_init(&out, 1 << 20);
	diagnostics_print(&diagnostics, true, &out);
	cr_assert_geq(text_find(buffer_text(&out), TEXT("\033[1;31merror[E0101]: \033[0m"), 0), 0);
	buffer_free(&out);
	close_source();
}

Test(diagnostics, a_report_without_memory_is_still_counted)
{
	struct buffer out;

	open_source("x");
	memory_fail_at(1, true);
	cr_assert_null(diagnostics_report(&diagnostics, "E0101", span(0, 1), "m"));
	memory_fail_at(0, false);
	cr_assert_eq(diagnostics.errors, 1);
	buffer_init(&out, 1 << 20);
	diagnostics_print(&diagnostics, false, &out);
	cr_assert(text_equals_string(buffer_text(&out), "1 more error not shown\n"));
	buffer_free(&out);
	close_source();
}

/* ---- SARIF ---- */

static void assert_sarif(bool first, const char *expected)
{
	struct buffer out;

	buffer_init(&out, 1 << 20);
	diagnostics_print_sarif(&diagnostics, first, &out);
	buffer_append_byte(&out, '\0');
	cr_assert_str_eq(out.data, expected);
	buffer_free(&out);
	close_source();
}

Test(diagnostics, sarif_has_code_level_place_and_message)
{
	struct diagnostic *d;

	open_source("one\ntwo \xC3\xA9 three\n");
	d = diagnostics_report(&diagnostics, "E0201", span(11, 16), "no \"three\"");
	diagnostic_help(&diagnostics, d, "write %d", 3);
	diagnostic_relate(&diagnostics, d, span(0, 3), "declared here");
	assert_sarif(true, "{\"ruleId\":\"E0201\",\"level\":\"error\",\"message\":{\"text\":\"no "
			   "\\\"three\\\"\\u000ahelp: write 3\"},\"locations\":[{\"physicalLocation\":{"
			   "\"artifactLocation\":{\"uri\":\"a.afsl\"},\"region\":{\"startLine\":2,"
			   "\"startColumn\":7,\"endLine\":2,\"endColumn\":12}}}],\"relatedLocations\":[{"
			   "\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"a.afsl\"},\"region\":{"
			   "\"startLine\":1,\"startColumn\":1,\"endLine\":1,\"endColumn\":4}},\"message\":{"
			   "\"text\":\"declared here\"}}]}");
}

Test(diagnostics, sarif_names_a_file_by_its_uri)
{
	struct text nothing = { NULL, 0, LIFETIME_PROGRAM };

	diagnostics_init(&diagnostics);
	diagnostics_add_source(&diagnostics, "/a b/%\xC3\xA9.afsl", nothing);
	diagnostics_report(&diagnostics, "W0301", span(0, 0), "x");
	assert_sarif(false, ",\n{\"ruleId\":\"W0301\",\"level\":\"warning\",\"message\":{\"text\":\"x\"},"
			    "\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":"
			    "\"file:///a%20b/%25%C3%A9.afsl\"}}}]}");
}
