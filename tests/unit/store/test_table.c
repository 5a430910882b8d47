#include "store/table.h"

#include "base/memory.h"
#include "base/wait.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/afsl-table-XXXXXX";
static char path[64];
static struct diagnostics diagnostics;
static const struct span nowhere;

static void begin(void)
{
	strcpy(folder, "/tmp/afsl-table-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t", folder);
	diagnostics_init(&diagnostics);
	diagnostics_add_source(&diagnostics, "script", TEXT("table"));
}

static void end(void)
{
	diagnostics_free(&diagnostics);
	unlink(path);
	rmdir(folder);
}

TestSuite(table, .init = begin, .fini = end);

static void write_file(const char *content)
{
	FILE *file = fopen(path, "wb");

	fputs(content, file);
	fclose(file);
}

static struct rows *read_rows(const char *content, enum table_key key, bool keyed)
{
	struct rows *rows;
	int fd;

	write_file(content);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	rows = rows_read(fd, path, key, keyed, nowhere, &diagnostics);
	close(fd);
	return rows;
}

static struct text text(const char *s)
{
	return text_of_string(s, LIFETIME_EVENT);
}

static const char *first_code(void)
{
	return diagnostics.first ? diagnostics.first->code : "none";
}

Test(table, a_set_of_texts)
{
	struct rows *rows = read_rows("# comment\n\n  a.example \r\nb.example\nb.example\nlast",
				      TABLE_TEXT, false);

	cr_assert_not_null(rows);
	cr_assert(rows_find_text(rows, text("a.example"), NULL));
	cr_assert(rows_find_text(rows, text("b.example"), NULL));
	cr_assert(rows_find_text(rows, text("last"), NULL));
	cr_assert_not(rows_find_text(rows, text("A.example"), NULL));
	cr_assert_not(rows_find_text(rows, text("# comment"), NULL));
	cr_assert_not(rows_find_text(rows, text(""), NULL));
	rows_release(rows);
}

Test(table, keys_with_values)
{
	struct rows *rows = read_rows("a\tone two  \nb x # y\n", TABLE_TEXT, true);
	struct text item;

	cr_assert_not_null(rows);
	cr_assert(rows_find_text(rows, text("a"), &item));
	cr_assert(text_equals_string(item, "one two"));
	cr_assert(rows_find_text(rows, text("b"), &item));
	cr_assert(text_equals_string(item, "x # y"), "a # inside a value is the value's");
	cr_assert_eq(rows_count(rows), 2);
	rows_release(rows);
}

Test(table, ten_thousand_keys)
{
	struct buffer content;
	struct rows *rows;
	char key[32];

	buffer_init(&content, BUFFER_CAP_DEFAULT);
	for (int i = 0; i < 10000; i++)
		buffer_printf(&content, "%d %d\n", i * 7, i);
	buffer_append_byte(&content, '\0');
	rows = read_rows(content.data, TABLE_INT, true);
	cr_assert_not_null(rows);
	for (int i = 0; i < 70000; i++) {
		struct text item;
		bool found = rows_find_int(rows, i, &item);

		cr_assert_eq(found, i % 7 == 0);
		snprintf(key, sizeof(key), "%d", i / 7);
		if (found)
			cr_assert(text_equals_string(item, key));
	}
	rows_release(rows);
	buffer_free(&content);
}

static const char *net_item(const struct rows *rows, const char *address)
{
	static char out[32];
	struct text item;
	struct ip ip;

	cr_assert(ip_parse(text(address), &ip));
	if (!rows_find_ip(rows, ip, &item))
		return "-";
	snprintf(out, sizeof(out), "%.*s", TEXT_PRINTF(item));
	return out;
}

Test(table, the_narrowest_net_answers)
{
	struct rows *rows =
		read_rows("10.0.0.0/8 wide\n10.1.0.0/16 middle\n10.1.2.3 one\n"
			  "10.1.200.0-10.2.5.0 across\n2001:db8::/32 six\n0.0.0.0/0 all\n",
			  TABLE_NET, true);

	cr_assert_not_null(rows);
	cr_assert_str_eq(net_item(rows, "10.9.9.9"), "wide");
	cr_assert_str_eq(net_item(rows, "10.1.9.9"), "middle");
	cr_assert_str_eq(net_item(rows, "10.1.2.3"), "one");
	cr_assert_str_eq(net_item(rows, "10.1.2.4"), "middle");
	cr_assert_str_eq(net_item(rows, "10.2.5.0"), "across");
	cr_assert_str_eq(net_item(rows, "10.2.5.1"), "wide");
	cr_assert_str_eq(net_item(rows, "192.0.2.1"), "all");
	cr_assert_str_eq(net_item(rows, "2001:db8::1"), "six");
	cr_assert_str_eq(net_item(rows, "2001:db9::1"), "-");
	cr_assert_not(rows_find_ip(rows, (struct ip){ { 0 } }, NULL), "no address is in no net");
	rows_release(rows);
}

Test(table, nets_that_begin_alike)
{
	struct rows *rows = read_rows("10.0.0.0/24 small\n10.0.0.0/8 wide\n10.0.0.0/16 middle\n",
				      TABLE_NET, true);

	cr_assert_not_null(rows);
	cr_assert_str_eq(net_item(rows, "10.0.0.9"), "small");
	cr_assert_str_eq(net_item(rows, "10.0.9.9"), "middle");
	cr_assert_str_eq(net_item(rows, "10.9.9.9"), "wide");
	rows_release(rows);
}

Test(table, no_address_is_in_no_table_of_addresses)
{
	struct rows *rows = read_rows("::\n192.0.2.1\n", TABLE_IP, false);
	struct ip ip;

	cr_assert_not_null(rows);
	cr_assert_not(rows_find_ip(rows, (struct ip){ { 0 } }, NULL));
	cr_assert(ip_parse(text("192.0.2.1"), &ip));
	cr_assert(rows_find_ip(rows, ip, NULL));
	rows_release(rows);
}

Test(table, a_fifo_is_no_table)
{
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_assert_null(table_open("file:t", folder, TABLE_TEXT, false, nowhere, &diagnostics));
	cr_assert_str_eq(first_code(), "E0515");
}

Test(table, nets_agree_with_a_plain_search)
{
	struct net nets[200];
	struct buffer content;
	struct rows *rows;

	buffer_init(&content, BUFFER_CAP_DEFAULT);
	srand(7);
	for (int i = 0; i < 200; i++) {
		char line[2 * IP_PRINTED_MAX];
		int from = rand() % 65536, to = from + rand() % (65536 - from);
		uint8_t a[4] = { 10, 0, (uint8_t)(from >> 8), (uint8_t)from };
		uint8_t b[4] = { 10, 0, (uint8_t)(to >> 8), (uint8_t)to };

		nets[i] = (struct net){ ip_of_v4(a), ip_of_v4(b) };
		net_print(&nets[i], line);
		buffer_printf(&content, "%s\n", line);
	}
	buffer_append_byte(&content, '\0');
	rows = read_rows(content.data, TABLE_NET, false);
	cr_assert_not_null(rows);
	for (int i = 0; i < 65536; i += 13) {
		uint8_t a[4] = { 10, 0, (uint8_t)(i >> 8), (uint8_t)i };
		bool expected = false;

		for (int n = 0; n < 200; n++)
			expected |= net_contains(&nets[n], ip_of_v4(a));
		cr_assert_eq(rows_find_ip(rows, ip_of_v4(a), NULL), expected);
	}
	rows_release(rows);
	buffer_free(&content);
}

Test(table, what_is_wrong_with_a_line_is_said)
{
	cr_assert_null(read_rows("1\nx\n", TABLE_INT, false));
	cr_assert_str_eq(first_code(), "E0510");
	cr_assert_eq(diagnostics.first->span.from, 2);
}

Test(table, host_bits_in_a_net)
{
	cr_assert_null(read_rows("10.0.0.1/8\n", TABLE_NET, false));
	cr_assert_str_eq(first_code(), "E0511");
}

Test(table, a_net_is_no_address)
{
	cr_assert_null(read_rows("10.0.0.0/8\n", TABLE_IP, false));
	cr_assert_str_eq(first_code(), "E0511");
}

Test(table, a_key_without_value)
{
	cr_assert_null(read_rows("a\n", TABLE_TEXT, true));
	cr_assert_str_eq(first_code(), "E0512");
}

Test(table, a_set_with_a_value)
{
	cr_assert_null(read_rows("a b\n", TABLE_TEXT, false));
	cr_assert_str_eq(first_code(), "E0513");
}

Test(table, a_key_twice)
{
	cr_assert_null(read_rows("a b\na c\n", TABLE_TEXT, true));
	cr_assert_str_eq(first_code(), "E0514");
	cr_assert_eq(diagnostics.first->span.from, 4);
}

Test(table, no_file_a_folder_a_wrong_kind)
{
	cr_assert_null(table_open("file:absent", folder, TABLE_TEXT, false, nowhere, &diagnostics));
	cr_assert_str_eq(first_code(), "E0515");
	cr_assert_null(table_open("file:/tmp", folder, TABLE_TEXT, false, (struct span){ 0, 1, 2 },
				  &diagnostics));
	cr_assert_eq(diagnostics.errors, 2);
	cr_assert_null(table_open("disk:x", folder, TABLE_TEXT, false, (struct span){ 0, 2, 3 },
				  &diagnostics));
	cr_assert_str_eq(diagnostics.last->message, "the table's source is of no known kind");
}

Test(table, memory_that_ends_is_survived)
{
	for (unsigned long nth = 1; nth < 8; nth++) {
		struct rows *rows;

		memory_fail_at(nth, false);
		rows = read_rows("a\nb\n", TABLE_TEXT, false);
		memory_fail_at(0, false);
		rows_release(rows);
	}
}

/* ---- patterns ---- */

static bool pattern_matches(const struct rows *rows, uint32_t n, const char *subject)
{
	struct regex_matcher *matcher = regex_matcher_new();
	const struct regex_limits limits = {
		.match = 10000, .heap = 1 << 20, .deadline = INT64_MAX, .ends = INT64_MAX
	};
	bool matched = regex_match(rows_rule(rows, n).regex, matcher, text(subject), 0, &limits,
				   NULL) == REGEX_MATCH;

	regex_matcher_free(matcher);
	return matched;
}

Test(table, patterns_with_values)
{
	struct rows *rows = read_rows("# c\n/^a b$/i   one two\n/x\\/y/ three/four\n/a/b/u five\n",
				      TABLE_REGEX, true);
	struct text item;

	cr_assert_not_null(rows);
	cr_assert_eq(rows_count(rows), 3);
	cr_assert(pattern_matches(rows, 0, "A B"));
	cr_assert_not(pattern_matches(rows, 0, "A B "));
	cr_assert(pattern_matches(rows, 1, "x/y"));
	cr_assert(pattern_matches(rows, 2, "a/b"));
	item = rows_rule(rows, 0).item;
	cr_assert(text_equals_string(item, "one two"));
	item = rows_rule(rows, 1).item;
	cr_assert(text_equals_string(item, "three/four"));
	rows_release(rows);
}

Test(table, wrong_patterns)
{
	cr_assert_null(read_rows("/a/\nb\n/(/\n/a/q\n/\n/a\n//\n", TABLE_REGEX, false));
	cr_assert_eq(diagnostics.errors, 5);
	cr_assert_str_eq(first_code(), "E0517");
	cr_assert_eq(diagnostics.first->span.from, 4);
}

Test(table, a_net_twice)
{
	cr_assert_null(read_rows("10.0.0.0/8 a\n10.0.0.0/9 b\n10.0.0.0-10.255.255.255 c\n",
				 TABLE_NET, true));
	cr_assert_str_eq(first_code(), "E0514");
	cr_assert_eq(diagnostics.first->span.from, 26);
}

/* ---- files that change ---- */

static char log_path[64];
static int kept_error;

/* Beside what the suite begins with. */
static void begin_log(void)
{
	int fd;

	snprintf(log_path, sizeof(log_path), "%s/log", folder);
	kept_error = dup(STDERR_FILENO);
	fd = open(log_path, O_CREAT | O_RDWR | O_TRUNC | O_APPEND, 0600);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static void end_log(void)
{
	dup2(kept_error, STDERR_FILENO);
	unlink(log_path);
}

static bool logged(const char *words)
{
	char bytes[8192];
	FILE *file = fopen(log_path, "rb");
	size_t got = fread(bytes, 1, sizeof(bytes) - 1, file);

	fclose(file);
	bytes[got] = '\0';
	return strstr(bytes, words) != NULL;
}

static bool holds(struct table *table, const char *key)
{
	struct rows *rows = table_rows(table);
	bool found = rows_find_text(rows, text(key), NULL);

	rows_release(rows);
	return found;
}

/* A look comes once a second, and reading takes a moment. */
static bool holds_soon(struct table *table, const char *key)
{
	for (int i = 0; i < 300 && !holds(table, key); i++)
		usleep(10000);
	return holds(table, key);
}

static struct table *open_file(const char *content, enum table_key key)
{
	struct table *table;

	write_file(content);
	table = table_open("file:t", folder, key, false, nowhere, &diagnostics);
	cr_assert_not_null(table);
	return table;
}

Test(table, a_changed_file_is_read_again_and_a_bad_one_is_not, .init = begin_log, .fini = end_log)
{
	struct table *table = open_file("a\n", TABLE_TEXT);

	cr_assert(holds(table, "a"));
	write_file("b\nc\n");
	cr_assert_not(holds(table, "b")); /* not yet: at most once a second */
	cr_assert(holds_soon(table, "b"));
	cr_assert_not(holds(table, "a"));
	cr_assert(logged("2 rows"));
	write_file("d\ne f\n");
	for (int i = 0; i < 300 && !logged("old rows stay"); i++) {
		holds(table, "b");
		usleep(10000);
	}
	cr_assert(logged("/t:2:3: [E0513] this table is a set"));
	cr_assert(holds(table, "b"));
	cr_assert_not(holds(table, "d"));
	unlink(path);
	for (int i = 0; i < 300 && !logged("cannot be read"); i++) {
		holds(table, "b");
		usleep(10000);
	}
	cr_assert(holds(table, "b"));
	write_file("g\n");
	cr_assert(holds_soon(table, "g"));
	table_close(table);
}

Test(table, rows_that_are_held_stay_when_the_file_changes, .init = begin_log, .fini = end_log)
{
	struct table *table = open_file("a\n", TABLE_TEXT);
	struct rows *held = table_rows(table);

	write_file("b\n");
	cr_assert(holds_soon(table, "b"));
	cr_assert(rows_find_text(held, text("a"), NULL));
	table_close(table);
	cr_assert(rows_find_text(held, text("a"), NULL));
	rows_release(held);
}

Test(table, closing_waits_for_the_reader, .init = begin_log, .fini = end_log)
{
	for (int i = 0; i < 3; i++) {
		struct table *table = open_file("a\n", TABLE_TEXT);

		write_file("b\nc\n");
		usleep(1010000);
		holds(table, "b");
		table_close(table);
	}
}

static struct rows *read_nets(struct buffer *content, int count, int64_t *took)
{
	int64_t begun;
	struct rows *rows;

	content->length = 0;
	for (int i = 0; i < count; i++)
		buffer_printf(content, "%d.%d.%d.0/24 net number %d\n", 1 + i / 65536,
			      i / 256 % 256, i % 256, i);
	buffer_append_byte(content, '\0');
	begun = clock_monotonic();
	rows = read_rows(content->data, TABLE_NET, true);
	*took = clock_monotonic() - begun;
	return rows;
}

/* Ten times as many lines take about ten times as long, not a hundred times. */
Test(table, a_hundred_thousand_lines_are_read_in_proportion)
{
	struct buffer content;
	struct rows *rows;
	int64_t few, many;

	buffer_init(&content, 64 << 20);
	rows_release(read_nets(&content, 10000, &few));
	rows = read_nets(&content, 100000, &many);
	cr_assert_lt(many, 50 * few);
	cr_assert_not_null(rows);
	cr_assert_str_eq(net_item(rows, "2.0.3.99"), "net number 65539");
	rows_release(rows);
	rows = read_rows(content.data, TABLE_TEXT, true);
	cr_assert_eq(rows_count(rows), 100000);
	rows_release(rows);
	buffer_free(&content);
}
