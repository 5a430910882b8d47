#include "store/geoip_file.h"

#include "base/wait.h"
#include "mmdb.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[32], file[64];

static const struct mmdb_row rows[] = {
	{ "192.0.2.0/24", "DE", "Berlin", 64500 },
	{ "198.51.100.128/25", "FR", "", 0 },
	{ "203.0.113.7/32", "", "", 4200000000U },
	{ "2001:db8::/32", "NO", "Oslo", 64501 },
};

static void begin(void)
{
	const char *why;

	strcpy(folder, "/tmp/test-geoip-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/test.mmdb", folder);
	cr_assert(geoip_load(&why), "%s", why);
	mmdb_write(file, rows, sizeof(rows) / sizeof(*rows));
}

static void end(void)
{
	unlink(file);
	rmdir(folder);
}

TestSuite(geoip_file, .init = begin, .fini = end, .timeout = 300);

static struct ip address_of(const char *address)
{
	struct ip ip;

	cr_assert(ip_parse(text_of_string(address, LIFETIME_EVENT), &ip));
	return ip;
}

static void expect(const char *address, const char *path, enum geoip_status status,
		   const char *found)
{
	struct buffer out;
	const char *fault = "";

	buffer_init(&out, 1000);
	cr_expect_eq(geoip_find(file, address_of(address), text_of_string(path, LIFETIME_EVENT),
				&out, &fault),
		     status, "%s %s: %s", address, path, fault);
	cr_expect(text_equals_string(buffer_text(&out), found), "%s %s is %.*s", address, path,
		  TEXT_PRINTF(buffer_text(&out)));
	buffer_free(&out);
}

Test(geoip_file, values_by_path)
{
	expect("192.0.2.1", "country/iso_code", GEOIP_FOUND, "DE");
	expect("192.0.2.255", "city/names/en", GEOIP_FOUND, "Berlin");
	expect("192.0.2.1", "autonomous_system_number", GEOIP_FOUND, "64500");
	expect("203.0.113.7", "autonomous_system_number", GEOIP_FOUND, "4200000000");
	expect("198.51.100.200", "country/iso_code", GEOIP_FOUND, "FR");
	expect("2001:db8:1::1", "country/iso_code", GEOIP_FOUND, "NO");
}

Test(geoip_file, what_is_not_there)
{
	expect("198.51.100.1", "country/iso_code", GEOIP_UNKNOWN, "");
	expect("203.0.113.8", "country/iso_code", GEOIP_UNKNOWN, "");
	expect("198.51.100.200", "city/names/en", GEOIP_UNKNOWN, "");
	expect("2001:db9::1", "country/iso_code", GEOIP_UNKNOWN, "");
	expect("192.0.2.1", "", GEOIP_UNKNOWN, "");
	expect("192.0.2.1", "country//iso_code", GEOIP_UNKNOWN, "");
	expect("192.0.2.1", "a/b/c/d/e/f/g/h/i/j/k", GEOIP_UNKNOWN, "");
	expect("192.0.2.1", "country/iso_code/x", GEOIP_UNKNOWN, "");
	expect("192.0.2.1", "city/0", GEOIP_UNKNOWN, "");
}

Test(geoip_file, a_map_is_no_value)
{
	expect("192.0.2.1", "country", GEOIP_NO_VALUE, "");
}

Test(geoip_file, a_new_file_is_read_and_a_bad_one_is_not)
{
	static const struct mmdb_row other[] = { { "192.0.2.0/24", "SE", "", 0 } };
	char bad[64];
	FILE *stream;

	expect("192.0.2.1", "country/iso_code", GEOIP_FOUND, "DE");
	snprintf(bad, sizeof(bad), "%s/new", folder);
	stream = fopen(bad, "w");
	fputs("this is no database", stream);
	fclose(stream);
	rename(bad, file);
	usleep(1100000);
	expect("192.0.2.1", "country/iso_code", GEOIP_FOUND, "DE");
	mmdb_write(bad, other, 1);
	rename(bad, file);
	usleep(1100000);
	expect("192.0.2.1", "country/iso_code", GEOIP_FOUND, "SE");
}

Test(geoip_file, files_that_are_none)
{
	struct buffer out;
	const char *fault = NULL;

	buffer_init(&out, 1000);
	cr_expect_eq(
		geoip_find("/nowhere/x.mmdb", address_of("192.0.2.1"), TEXT("a"), &out, &fault),
		GEOIP_FAILED);
	cr_expect_not_null(fault);
	cr_expect_eq(geoip_find("/etc/passwd", address_of("192.0.2.1"), TEXT("a"), &out, &fault),
		     GEOIP_FAILED);
	cr_expect_eq(geoip_find("/tmp", address_of("192.0.2.1"), TEXT("a"), &out, &fault),
		     GEOIP_FAILED);
	buffer_free(&out);
}

/* Cut at every length, and with every byte of the tree and data changed: an answer or a failure, no
 * more. */
Test(geoip_file, broken_databases)
{
	static char bytes[1 << 16];
	size_t length;
	FILE *stream = fopen(file, "rb");
	char broken[64];
	struct buffer out;
	const char *fault;

	length = fread(bytes, 1, sizeof(bytes), stream);
	fclose(stream);
	buffer_init(&out, 10000);
	for (size_t i = 0; i < 60; i++) {
		size_t at = length * i / 60;

		snprintf(broken, sizeof(broken), "%s/b%zu", folder, i);
		bytes[at] ^= (char)0xff;
		stream = fopen(broken, "wb");
		fwrite(bytes, 1, i % 2 ? at : length, stream);
		fclose(stream);
		bytes[at] ^= (char)0xff;
		geoip_find(broken, address_of("192.0.2.1"), TEXT("country/iso_code"), &out, &fault);
		unlink(broken);
	}
	buffer_free(&out);
}
