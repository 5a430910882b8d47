/* DMARC: records, authors, alignment, policies. */
#include "../zone.h"

#include "authentication/dmarc.h"
#include "base/buffer.h"

#include <criterion/criterion.h>

#define SIZE(rows) (sizeof(rows) / sizeof(*(rows)))

static const struct zone_row rows[] = {
	{ "_dmarc.strict.example", "TXT", "v=DMARC1; p=reject; adkim=s; aspf=s" },
	{ "_dmarc.signs.example", "TXT", "v=DMARC1; p=reject; adkim=s" },
	{ "_dmarc.sends.example", "TXT", "v=DMARC1; p=reject; aspf=s" },
	{ "_dmarc.relaxed.example", "TXT",
	  "v=DMARC1; p=quarantine; sp=reject; rua=mailto:a@b.example" },
	{ "_dmarc.half.example", "TXT", "v=DMARC1; p=reject; pct=50" },
	{ "_dmarc.trying.example", "TXT", "v=DMARC1; p=none" },
	{ "_dmarc.two.example", "TXT", "v=DMARC1; p=reject" },
	{ "_dmarc.two.example", "TXT", "v=DMARC1; p=none" },
	{ "_dmarc.beside.example", "TXT", "v=spf1 -all" },
	{ "_dmarc.beside.example", "TXT", "v=DMARC1;p=reject" },
	{ "_dmarc.broken.example", "TXT", "v=DMARC1; p=nonsense" },
	{ "_dmarc.reporting.example", "TXT", "v=DMARC1; p=nonsense; rua=mailto:a@b.example" },
	{ "_dmarc.down.example", "TXT", NULL },
	{ "_dmarc.shop.example.co.uk", "TXT", "v=spf1" },
	{ "_dmarc.example.co.uk", "TXT", "v=DMARC1; p=reject; sp=quarantine" },
};

struct said {
	const char *spf, *spf_domain, *dkim, *dkim_domain;
};

static struct dmarc_identity identity(const char *result, const char *domain, bool dkim)
{
	return (struct dmarc_identity){ .domain = text_of_string(domain, LIFETIME_EVENT),
					.dkim = dkim,
					.passed = strcmp(result, "pass") == 0,
					.unsure = strcmp(result, "temperror") == 0 };
}

static struct dmarc_verdict judge(const char *const *from, unsigned count, struct said said,
				  unsigned chance)
{
	struct zone zone = { rows, SIZE(rows), 0 };
	struct resolver *resolver = resolver_new_scripted(zone_answer, &zone);
	struct dmarc_identity identities[] = { identity(said.spf, said.spf_domain, false),
					       identity(said.dkim, said.dkim_domain, true) };
	struct text texts[4];
	struct dmarc_check check = { .from = texts,
				     .from_count = count,
				     .identities = identities,
				     .identity_count = 2,
				     .chance = chance,
				     .lookups = lookups_new(resolver, 50) };
	struct dmarc_verdict verdict;
	const char *why;

	cr_assert(domain_load(&why), "%s", why);
	for (unsigned i = 0; i < count; i++)
		texts[i] = text_of_string(from[i], LIFETIME_EVENT);
	cr_assert(dmarc_evaluate(&check, &verdict));
	lookups_free(check.lookups);
	resolver_free(resolver);
	return verdict;
}

static void expect(const char *from, struct said said, enum dmarc_result result,
		   enum dmarc_policy disposition)
{
	struct dmarc_verdict verdict = judge(&from, 1, said, 0);

	cr_expect_eq(verdict.result, result, "%s: %s, %s", from, dmarc_result_name(verdict.result),
		     verdict.reason);
	cr_expect_eq(verdict.disposition, disposition, "%s: %s", from,
		     dmarc_policy_name(verdict.disposition));
}

static const struct said nobody = { "none", "", "fail", "" };

Test(dmarc, alignment)
{
	const struct said exact = { "pass", "strict.example", "none", "" },
			  part = { "pass", "mail.strict.example", "none", "" },
			  signed_part = { "fail", "", "pass", "mail.relaxed.example" },
			  other = { "pass", "other.example", "pass", "evil-relaxed.example" },
			  by_spf = { "pass", "mail.signs.example", "pass", "other.example" },
			  no_spf = { "pass", "mail.sends.example", "pass", "other.example" },
			  by_dkim = { "pass", "other.example", "pass", "mail.sends.example" },
			  no_dkim = { "pass", "other.example", "pass", "mail.signs.example" },
			  unsure = { "temperror", "relaxed.example", "fail", "relaxed.example" },
			  unsure_other = { "temperror", "other.example", "fail", "" };

	expect("a@strict.example", exact, DMARC_PASS, DMARC_POLICY_NONE);
	expect("a@STRICT.example", exact, DMARC_PASS, DMARC_POLICY_NONE);
	expect("a@strict.example", part, DMARC_FAIL, DMARC_POLICY_REJECT);
	expect("a@signs.example", by_spf, DMARC_PASS, DMARC_POLICY_NONE);
	expect("a@signs.example", no_dkim, DMARC_FAIL, DMARC_POLICY_REJECT);
	expect("a@sends.example", by_dkim, DMARC_PASS, DMARC_POLICY_NONE);
	expect("a@sends.example", no_spf, DMARC_FAIL, DMARC_POLICY_REJECT);
	expect("a@relaxed.example", signed_part, DMARC_PASS, DMARC_POLICY_NONE);
	expect("a@news.relaxed.example", signed_part, DMARC_PASS, DMARC_POLICY_NONE);
	expect("a@relaxed.example", other, DMARC_FAIL, DMARC_POLICY_QUARANTINE);
	expect("a@relaxed.example", unsure, DMARC_TEMPERROR, DMARC_POLICY_NONE);
	expect("a@relaxed.example", unsure_other, DMARC_FAIL, DMARC_POLICY_QUARANTINE);
}

Test(dmarc, policies)
{
	expect("a@relaxed.example", nobody, DMARC_FAIL, DMARC_POLICY_QUARANTINE);
	expect("a@mail.relaxed.example", nobody, DMARC_FAIL, DMARC_POLICY_REJECT);
	expect("a@trying.example", nobody, DMARC_FAIL, DMARC_POLICY_NONE);
	expect("a@none.example", nobody, DMARC_NONE, DMARC_POLICY_NONE);
	expect("a@two.example", nobody, DMARC_NONE, DMARC_POLICY_NONE);
	expect("a@beside.example", nobody, DMARC_FAIL, DMARC_POLICY_REJECT);
	expect("a@broken.example", nobody, DMARC_PERMERROR, DMARC_POLICY_NONE);
	expect("a@reporting.example", nobody, DMARC_FAIL, DMARC_POLICY_NONE);
	expect("a@down.example", nobody, DMARC_TEMPERROR, DMARC_POLICY_NONE);
	expect("a@shop.example.co.uk", nobody, DMARC_FAIL, DMARC_POLICY_QUARANTINE);
	expect("a@co.uk", nobody, DMARC_NONE, DMARC_POLICY_NONE);
}

Test(dmarc, a_percentage_is_spared)
{
	const char *from = "a@half.example";

	cr_expect_eq(judge(&from, 1, nobody, 49).disposition, DMARC_POLICY_REJECT);
	cr_expect_eq(judge(&from, 1, nobody, 50).disposition, DMARC_POLICY_QUARANTINE);
}

Test(dmarc, from_fields)
{
	static const char *const two[] = { "a@strict.example", "b@trying.example" };
	const struct said trying = { "pass", "trying.example", "none", "" };

	cr_expect_str_eq(judge(two, 0, nobody, 0).reason, "no From field");
	cr_expect_str_eq(judge(two, 2, nobody, 0).reason, "more than one From field");
	cr_expect_eq(judge(two, 2, nobody, 0).result, DMARC_PERMERROR);
	/* several authors: the strictest of those that fail */
	expect("a@trying.example, b@relaxed.example, c@strict.example", trying, DMARC_FAIL,
	       DMARC_POLICY_REJECT);
	expect("c@strict.example, b@relaxed.example, a@trying.example", trying, DMARC_FAIL,
	       DMARC_POLICY_REJECT);
	expect("a@trying.example, b@TRYING.example", trying, DMARC_PASS, DMARC_POLICY_NONE);
	expect("Group: a@trying.example, b@relaxed.example;", trying, DMARC_FAIL,
	       DMARC_POLICY_QUARANTINE);
}

/* ---- authors ---- */

static void expect_authors(const char *field, const char *domains)
{
	struct authors authors;
	struct buffer found;
	const char *fault = authors_read(text_of_string(field, LIFETIME_EVENT), &authors), *why;

	cr_assert(domain_load(&why));
	buffer_init(&found, BUFFER_CAP_DEFAULT);
	for (unsigned i = 0; !fault && i < authors.count; i++) {
		buffer_append_string(&found, i ? " " : "");
		buffer_append_text(&found, domain_text(authors.domains + i));
	}
	if (fault)
		buffer_append_string(&found, fault);
	buffer_append_byte(&found, '\0');
	cr_expect_str_eq(found.data, domains, "%s: %s", field, found.data);
	buffer_free(&found);
}

Test(dmarc, authors)
{
	static const char wrong[] = "an address in From that cannot be read",
			  none[] = "an address in From without a domain";

	expect_authors("a@b.example", "b.example");
	expect_authors("A B <a@b.example>", "b.example");
	expect_authors("\"x@evil.example\" <a@b.example> (c@evil.example)", "b.example");
	expect_authors("\"a@x\"@b.example", "b.example");
	expect_authors("a@(note (deep))b . \n example", "b.example");
	expect_authors("<@r.example,@s.example:a@b.example>", "b.example");
	expect_authors("a@b.example, , <c@D.example>,", "b.example d.example");
	expect_authors("Us: a@b.example, c@d.example; e@f.example",
		       "b.example d.example f.example");
	expect_authors("a@b\xc3\xbc"
		       "cher.example",
		       "xn--bcher-kva.example");
	expect_authors("", "no address in From");
	expect_authors("undisclosed: ;", "no address in From");
	expect_authors("Alice", none);
	expect_authors("a@", none);
	expect_authors("a@[192.0.2.1]", none);
	expect_authors("a@b..example", none);
	expect_authors("a@b.example c.example", wrong);
	expect_authors("a@b.example@c.example", wrong);
	expect_authors("<a@b.example> <c@d.example>", wrong);
	expect_authors("<a@b.example", wrong);
	expect_authors("a@b.example>", wrong);
	expect_authors("<a@b.example>x", wrong);
	expect_authors("\"a@b.example", wrong);
	expect_authors("a@a.x,a@b.x,a@c.x,a@d.x,a@e.x,a@f.x,a@g.x,a@h.x,a@i.x,a@j.x",
		       "a.x b.x c.x d.x e.x f.x g.x h.x i.x j.x");
	expect_authors("a@a.x,a@b.x,a@c.x,a@d.x,a@e.x,a@f.x,a@g.x,a@h.x,a@i.x,a@j.x,a@k.x",
		       "more than 10 domains in From");
}
