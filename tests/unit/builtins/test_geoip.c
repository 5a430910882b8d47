#include "world.h"

#include "../store/mmdb.h"
#include "store/geoip_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[32], file[64], junk[64];

static const struct mmdb_row rows[] = {
	{ "192.0.2.0/24", "DE", "Berlin", 64500 },
	{ "198.51.100.0/24", "FR", "", 0 },
};

static void begin(void)
{
	const char *why;
	FILE *out;

	strcpy(folder, "/tmp/test-geoip-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/test.mmdb", folder);
	snprintf(junk, sizeof(junk), "%s/junk.mmdb", folder);
	cr_assert(geoip_load(&why), "%s", why);
	mmdb_write(file, rows, sizeof(rows) / sizeof(*rows));
	out = fopen(junk, "w");
	cr_assert_not_null(out);
	fputs("no database", out);
	fclose(out);
}

static void end(void)
{
	unlink(file);
	unlink(junk);
	rmdir(folder);
}

TestSuite(geoip, .init = begin, .fini = end, .timeout = 300);

/* A body in which @ is the name of the database. */
static const char *with(const char *body, const char *database)
{
	static char filled[1000];
	char *out = filled;

	for (; *body; body++) {
		if (*body == '@')
			out = stpcpy(out, database);
		else
			*out++ = *body;
	}
	*out = '\0';
	return filled;
}

Test(geoip, what_an_address_is_said_to_be)
{
	body_holds(with("return geoip.country(ip(\"192.0.2.9\"), \"@\") == \"DE\" and "
			"geoip.country(ip(\"203.0.113.1\"), \"@\") == \"\";",
			file));
	body_holds(with("return geoip.asn(ip(\"192.0.2.9\"), \"@\") == 64500 and "
			"geoip.asn(ip(\"198.51.100.1\"), \"@\") == 0 and "
			"geoip.asn(ip(\"203.0.113.1\"), \"@\") == 0;",
			file));
	body_holds(with(
		"return geoip.find(ip(\"192.0.2.9\"), \"city/names/en\", \"@\") == \"Berlin\" and "
		"geoip.find(ip(\"192.0.2.9\"), \"no/such/path\", \"@\") == \"\";",
		file));
}

Test(geoip, what_is_no_value_or_no_database)
{
	body_raises("argument",
		    with("return geoip.find(ip(\"192.0.2.9\"), \"city\", \"@\") == \"\";", file));
	body_raises("io", with("return geoip.country(ip(\"192.0.2.9\"), \"@\") == \"\";", junk));
	body_raises("io",
		    with("return geoip.country(ip(\"192.0.2.9\"), \"@.none\") == \"\";", file));
}

Test(geoip, its_limits)
{
	body_strikes(LIMIT_instructions, 20,
		     with("return geoip.asn(ip(\"192.0.2.9\"), \"@\") == 0;", file));
	body_strikes(LIMIT_textLength, 1,
		     with("return geoip.find(ip(\"192.0.2.9\"), \"city/names/en\", \"@\") == \"\";",
			  file));
	body_survives_want(with("return geoip.country(ip(\"192.0.2.9\"), \"@\") == \"DE\";", file));
}
