/* Every example of the table of builtins is a true expression. */
#include "world.h"

#include <criterion/criterion.h>
#include <stdio.h>

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

/* What no expression shows has a script, which is run by the unit tests of room test. */
static const struct {
	const char *ids, *script;
} usages[] = {
#define USAGE(ids, script, test) { " " ids " ", script },
#include "grammar/usages.def"
#undef USAGE
};

static const char *script_of(const struct builtin_row *row)
{
	const char *script = NULL;
	char word[80];

	snprintf(word, sizeof(word), " %s ", row->id);
	for (size_t i = 0; i < sizeof(usages) / sizeof(*usages); i++) {
		if (!strstr(usages[i].ids, word))
			continue;
		cr_expect_null(script, "%s has two", row->id);
		script = usages[i].script;
	}
	return script;
}

Test(examples, every_function_has_one)
{
	for (unsigned i = 0; i < BUILTIN_COUNT; i++) {
		const struct builtin_row *row = &builtin_rows[i];
		const char *script = script_of(row);

		cr_expect(*row->help, "%s has no help", row->id);
		if (row->events & ~EVENTS_ALL) /* of tests alone */
			continue;
		cr_expect(*row->example || script, "%s has no example", row->id);
		cr_expect(!*row->example || !script, "%s has two examples", row->id);
		cr_expect(!script || strstr(script, row->name), "%s is not in its script", row->id);
	}
}
