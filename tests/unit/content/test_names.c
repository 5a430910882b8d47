#include "content/names.h"

#include <criterion/criterion.h>

static struct arena arena;

/* The names of a part with this header, joined by "|". */
static anomaly_set names_are(const char *header, const char *wanted)
{
	static const struct structure_limits limits = { 10, 10 };
	struct structure structure;
	struct names names;
	struct buffer joined;

	arena_reset(&arena);
	arena_init(&arena, 1 << 20, LIFETIME_EVENT);
	buffer_init(&joined, 1 << 20);
	cr_assert(structure_read(text_of_string(header, LIFETIME_PROGRAM), &limits, &arena,
				 &structure));
	cr_assert(names_read(structure.parts, &arena, &names));
	for (unsigned i = 0; i < names.count; i++)
		buffer_printf(&joined, "%s%.*s", i ? "|" : "", TEXT_PRINTF(names.items[i]));
	cr_expect(text_equals_string(buffer_text(&joined), wanted), "%s\n%.*s, not %s", header,
		  TEXT_PRINTF(buffer_text(&joined)), wanted);
	buffer_free(&joined);
	return names.anomalies | structure.parts[0].anomalies;
}

Test(names, of_both_fields)
{
	names_are("Content-Disposition: attachment; filename=a.exe\n", "a.exe");
	names_are("Content-Type: a/b; name=\"a b.exe\"\n", "a b.exe");
	cr_expect(
		names_are("Content-Type: a/b; name=a.txt\nContent-Disposition: x; filename=a.exe\n",
			  "a.exe|a.txt") &
		ANOMALY_BIT(namesDiffer));
	names_are(
		"Content-Disposition: x; filename=a.txt\nContent-Disposition: y; filename=b.exe\n",
		"a.txt|b.exe");
	names_are("Content-Disposition: x; filename=a.txt; filename=b.exe\n", "a.txt|b.exe");
	names_are("Subject: x\n", "");
}

Test(names, in_the_forms_of_rfc_2231)
{
	names_are("Content-Disposition: x; filename*=utf-8''%e2%82%ac.exe\n", "\342\202\254.exe");
	names_are("Content-Disposition: x; filename*=iso-8859-1'en'%E9.exe\n", "\303\251.exe");
	names_are("Content-Disposition: x; filename*0=\"a\"; filename*1=\".exe\"\n", "a.exe");
	names_are("Content-Disposition: x; filename*1=\".exe\"; filename*0*=us-ascii''%61\n",
		  "a.exe");
	cr_expect(names_are("Content-Disposition: x; filename*0=a; filename*2=.exe\n", "a|a.exe") &
		  ANOMALY_BIT(malformedSections));
	cr_expect(names_are("Content-Disposition: x; filename*1=a\n", "a") &
		  ANOMALY_BIT(malformedSections));
	cr_expect(names_are("Content-Disposition: x; filename=a.txt; filename*=utf-8''b.exe\n",
			    "b.exe|a.txt") &
		  ANOMALY_BIT(duplicateParameter));
	names_are("Content-Disposition: x; filename*=nobodys''a%2eexe\n", "a.exe");
	names_are("Content-Disposition: x; filename*=a%2eexe\n", "a.exe");
}

Test(names, where_the_disposition_is_missing)
{
	names_are("Content-Disposition: filename=a.exe\n", "a.exe");
}

Test(names, with_encoded_words)
{
	cr_expect(names_are("Content-Disposition: x; filename=\"=?utf-8?B?YS5leGU=?=\"\n",
			    "a.exe|=?utf-8?B?YS5leGU=?=") &
		  ANOMALY_BIT(wordInParameter));
}

Test(names, without_quotes)
{
	cr_expect(names_are("Content-Disposition: x; filename=a b.exe\n", "a b.exe|a") &
		  ANOMALY_BIT(malformedParameter));
	names_are("Content-Disposition: x; filename = a.exe (a comment)\n", "a.exe");
	cr_expect(names_are("Content-Disposition: x; filename=\"a.exe\n", "a.exe") &
		  ANOMALY_BIT(malformedParameter));
	names_are("Content-Disposition: x; filename=\"a\\b.exe\"\n", "ab.exe|a\\b.exe");
	names_are("Content-Disposition: x; filename=\"a;b.exe\"\n", "a;b.exe");
	names_are("Content-Disposition: x;\n\tfilename=\"a.\n exe\"\n", "a. exe|a.\n exe");
}

Test(names, that_deceive)
{
	cr_expect(names_are("Content-Disposition: x; filename=\"a\342\200\256txt.exe\"\n",
			    "a\342\200\256txt.exe") &
		  ANOMALY_BIT(deceptiveName));
}

Test(names, of_files_in_uuencode)
{
	names_are("Subject: x\n\nbegin 644 a b.exe\n`\nend\nbegin 0755 c.exe\n`\nend\n",
		  "a b.exe|c.exe");
}
