/* Every example of the table of builtins is a true expression. */
#include "world.h"

#include <criterion/criterion.h>

/* What the examples ask the DNS. */
static const struct zone_row rows[] = {
	{ "mail.example", "A", "192.0.2.25" },
	{ "mail.example", "AAAA", "2001:db8::25" },
	{ "25.2.0.192.in-addr.arpa", "PTR", "mail.example" },
	{ "example.org", "MX", "10 mail.example" },
	{ "example.org", "TXT", "v=spf1 mx -all" },
	{ "_dmarc.example.org", "TXT", "v=DMARC1; p=none; sp=reject" },
	{ "99.2.0.192.bl.example", "A", "127.0.0.2" },
	{ "99.2.0.192.bl.example", "TXT", "sent spam" },
	{ "bad.example.uri.example", "A", "127.0.0.2" },
};

Test(examples, are_all_true)
{
	static const char *examples[BUILTIN_COUNT];
	size_t count = 0;

	for (unsigned i = 0; i < BUILTIN_COUNT; i++)
		if (*builtin_rows[i].example)
			examples[count++] = builtin_rows[i].example;
	cr_assert_gt(count, 200);
	world_zone = (struct zone){ rows, sizeof(rows) / sizeof(*rows), 0 };
	all_hold(examples, count);
}

/* A row without one changes a variable, belongs to an event or to another machine. */
Test(examples, every_other_row_has_a_reason)
{
	for (unsigned i = 0; i < BUILTIN_COUNT; i++) {
		const struct builtin_row *row = &builtin_rows[i];
		bool excused = strstr(row->signature, "inout ") || row->events != EVENTS_ALL ||
			       strcmp(row->module, "table") == 0 ||
			       strstr(row->signature, "-> ") == NULL ||
			       strcmp(row->module, "log") == 0 ||
			       strcmp(row->module, "file") == 0 ||
			       strcmp(row->module, "policy") == 0 ||
			       strcmp(row->module, "socket") == 0 ||
			       strcmp(row->module, "http") == 0 ||
			       strcmp(row->module, "geoip") == 0 ||
			       strcmp(row->module, "dkim") == 0 ||
			       strcmp(row->module, "milter") == 0;

		cr_expect(*row->example || excused, "%s has no example", row->id);
		cr_expect(*row->help, "%s has no help", row->id);
	}
}
