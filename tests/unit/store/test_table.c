#include "store/table.h"

#include "base/memory.h"

#include <criterion/criterion.h>
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

static struct table *opened(const char *content, enum table_key key, bool keyed)
{
	FILE *file = fopen(path, "wb");

	fputs(content, file);
	fclose(file);
	return table_open("file:t", folder, key, keyed, nowhere, &diagnostics);
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
	struct table *table = opened("# comment\n\n  a.example \r\nb.example\nb.example\nlast", TABLE_TEXT, false);

	cr_assert_not_null(table);
	cr_assert(table_find_text(table, text("a.example"), NULL));
	cr_assert(table_find_text(table, text("b.example"), NULL));
	cr_assert(table_find_text(table, text("last"), NULL));
	cr_assert_not(table_find_text(table, text("A.example"), NULL));
	cr_assert_not(table_find_text(table, text("# comment"), NULL));
	cr_assert_not(table_find_text(table, text(""), NULL));
	table_close(table);
}

Test(table, keys_with_values)
{
	struct table *table = opened("a\tone two  \nb x # y\n", TABLE_TEXT, true);
	struct text item;

	cr_assert_not_null(table);
	cr_assert(table_find_text(table, text("a"), &item));
	cr_assert(text_equals_string(item, "one two"));
	cr_assert(table_find_text(table, text("b"), &item));
	cr_assert(text_equals_string(item, "x # y"), "a # inside a value is the value's");
	cr_assert_eq(table_count(table), 2);
	table_close(table);
}

Test(table, ten_thousand_keys)
{
	struct buffer content;
	struct table *table;
	char key[32];

	buffer_init(&content, BUFFER_CAP_DEFAULT);
	for (int i = 0; i < 10000; i++)
		buffer_printf(&content, "%d %d\n", i * 7, i);
	buffer_append_byte(&content, '\0');
	table = opened(content.data, TABLE_INT, true);
	cr_assert_not_null(table);
	for (int i = 0; i < 70000; i++) {
		struct text item;
		bool found = table_find_int(table, i, &item);

		cr_assert_eq(found, i % 7 == 0);
		snprintf(key, sizeof(key), "%d", i / 7);
		if (found)
			cr_assert(text_equals_string(item, key));
	}
	table_close(table);
	buffer_free(&content);
}

static const char *net_item(const struct table *table, const char *address)
{
	static char out[32];
	struct text item;
	struct ip ip;

	cr_assert(ip_parse(text(address), &ip));
	if (!table_find_ip(table, ip, &item))
		return "-";
	snprintf(out, sizeof(out), "%.*s", TEXT_PRINTF(item));
	return out;
}

Test(table, the_narrowest_net_answers)
{
	struct table *table = opened("10.0.0.0/8 wide\n10.1.0.0/16 middle\n10.1.2.3 one\n"
				     "10.1.200.0-10.2.5.0 across\n2001:db8::/32 six\n0.0.0.0/0 all\n",
				     TABLE_NET, true);

	cr_assert_not_null(table);
	cr_assert_str_eq(net_item(table, "10.9.9.9"), "wide");
	cr_assert_str_eq(net_item(table, "10.1.9.9"), "middle");
	cr_assert_str_eq(net_item(table, "10.1.2.3"), "one");
	cr_assert_str_eq(net_item(table, "10.1.2.4"), "middle");
	cr_assert_str_eq(net_item(table, "10.2.5.0"), "across");
	cr_assert_str_eq(net_item(table, "10.2.5.1"), "wide");
	cr_assert_str_eq(net_item(table, "192.0.2.1"), "all");
	cr_assert_str_eq(net_item(table, "2001:db8::1"), "six");
	cr_assert_str_eq(net_item(table, "2001:db9::1"), "-");
	cr_assert_not(table_find_ip(table, (struct ip){ { 0 } }, NULL), "no address is in no net");
	table_close(table);
}

Test(table, nets_that_begin_alike)
{
	struct table *table = opened("10.0.0.0/24 small\n10.0.0.0/8 wide\n10.0.0.0/16 middle\n",
				     TABLE_NET, true);

	cr_assert_not_null(table);
	cr_assert_str_eq(net_item(table, "10.0.0.9"), "small");
	cr_assert_str_eq(net_item(table, "10.0.9.9"), "middle");
	cr_assert_str_eq(net_item(table, "10.9.9.9"), "wide");
	table_close(table);
}

Test(table, no_address_is_in_no_table_of_addresses)
{
	struct table *table = opened("::\n192.0.2.1\n", TABLE_IP, false);
	struct ip ip;

	cr_assert_not_null(table);
	cr_assert_not(table_find_ip(table, (struct ip){ { 0 } }, NULL));
	cr_assert(ip_parse(text("192.0.2.1"), &ip));
	cr_assert(table_find_ip(table, ip, NULL));
	table_close(table);
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
	struct table *table;

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
	table = opened(content.data, TABLE_NET, false);
	cr_assert_not_null(table);
	for (int i = 0; i < 65536; i += 13) {
		uint8_t a[4] = { 10, 0, (uint8_t)(i >> 8), (uint8_t)i };
		bool expected = false;

		for (int n = 0; n < 200; n++)
			expected |= net_contains(&nets[n], ip_of_v4(a));
		cr_assert_eq(table_find_ip(table, ip_of_v4(a), NULL), expected);
	}
	table_close(table);
	buffer_free(&content);
}

Test(table, what_is_wrong_with_a_line_is_said)
{
	cr_assert_null(opened("1\nx\n", TABLE_INT, false));
	cr_assert_str_eq(first_code(), "E0510");
	cr_assert_eq(diagnostics.first->span.from, 2);
}

Test(table, host_bits_in_a_net)
{
	cr_assert_null(opened("10.0.0.1/8\n", TABLE_NET, false));
	cr_assert_str_eq(first_code(), "E0511");
}

Test(table, a_net_is_no_address)
{
	cr_assert_null(opened("10.0.0.0/8\n", TABLE_IP, false));
	cr_assert_str_eq(first_code(), "E0511");
}

Test(table, a_key_without_value)
{
	cr_assert_null(opened("a\n", TABLE_TEXT, true));
	cr_assert_str_eq(first_code(), "E0512");
}

Test(table, a_set_with_a_value)
{
	cr_assert_null(opened("a b\n", TABLE_TEXT, false));
	cr_assert_str_eq(first_code(), "E0513");
}

Test(table, a_key_twice)
{
	cr_assert_null(opened("a b\na c\n", TABLE_TEXT, true));
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
	cr_assert_null(table_open("redis:x", folder, TABLE_TEXT, false, (struct span){ 0, 2, 3 },
				  &diagnostics));
	cr_assert_str_eq(diagnostics.last->code, "E0516");
}

Test(table, memory_that_ends_is_survived)
{
	for (unsigned long nth = 1; nth < 8; nth++) {
		struct table *table;

		memory_fail_at(nth, false);
		table = opened("a\nb\n", TABLE_TEXT, false);
		memory_fail_at(0, false);
		table_close(table);
	}
}
