/* check_host() of RFC 7208 4. Each step that looks something up may answer SPF_PENDING; the whole
 * is begun again when the answer is there. */
#include "authentication/spf_internal.h"

#include <stdarg.h>
#include <stdio.h>

static enum spf_result check_domain(struct spf *spf, struct text domain, bool inner);

enum spf_result spf_problem(struct spf *spf, enum spf_result result, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(spf->verdict->problem, sizeof(spf->verdict->problem), format, arguments);
	va_end(arguments);
	return result;
}

const char *spf_result_name(enum spf_result result)
{
	static const char *const names[] = { "none",	 "neutral",   "pass",	   "fail",
					     "softfail", "temperror", "permerror", "pending" };

	return names[result];
}

/* ---- look-ups ---- */

const struct dns_answer *spf_lookup(struct spf *spf, struct text name, int type)
{
	const struct dns_answer *answer = lookups_get(spf->lookups, name, type);

	if (answer && (answer->outcome == DNS_NO_NAME || answer->outcome == DNS_NO_RECORD))
		spf->voids++;
	return answer;
}

static enum spf_result failed(struct spf *spf, struct text name, const struct dns_answer *answer)
{
	return spf_problem(spf, SPF_TEMPERROR, "%.*s: %s", TEXT_PRINTF(name), answer->reason);
}

static int address_type(const struct spf *spf)
{
	return ip_is_v4(spf->check->ip) ? DNS_A : DNS_AAAA;
}

static bool same_prefix(struct ip a, struct ip b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(a.bytes, b.bytes, whole) == 0 &&
	       (rest == 0 || (a.bytes[whole] ^ b.bytes[whole]) >> (8 - rest) == 0);
}

static bool ip_fits(const struct spf *spf, const struct spf_term *term, struct ip ip)
{
	struct ip client = spf->check->ip;

	if (ip_is_v4(client) != ip_is_v4(ip))
		return false;
	return same_prefix(client, ip, ip_is_v4(client) ? 96 + term->bits4 : term->bits6);
}

/* ---- mechanisms: PASS when they match, FAIL when not ---- */

static enum spf_result match_host(struct spf *spf, const struct spf_term *term, struct text host,
				  bool counts)
{
	const struct dns_answer *answer =
		counts ? spf_lookup(spf, host, address_type(spf))
		       : lookups_get(spf->lookups, host, address_type(spf));

	if (!answer)
		return SPF_PENDING;
	if (answer->outcome == DNS_FAILED)
		return failed(spf, host, answer);
	for (uint32_t i = 0; i < answer->count; i++)
		if (ip_fits(spf, term, answer->records[i].ip))
			return SPF_PASS;
	return SPF_FAIL;
}

static enum spf_result match_mx(struct spf *spf, const struct spf_term *term, struct text domain)
{
	const struct dns_answer *answer = spf_lookup(spf, domain, DNS_MX);
	enum spf_result result = SPF_FAIL;

	if (!answer)
		return SPF_PENDING;
	if (answer->outcome == DNS_FAILED)
		return failed(spf, domain, answer);
	if (answer->count > SPF_NAMES_MAX)
		return spf_problem(spf, SPF_PERMERROR, "%.*s has more than %d MX hosts",
				   TEXT_PRINTF(domain), SPF_NAMES_MAX);
	/* all are asked for before any is waited for */
	for (uint32_t i = 0; i < answer->count; i++)
		lookups_get(spf->lookups, answer->records[i].last, address_type(spf));
	for (uint32_t i = 0; i < answer->count && result == SPF_FAIL; i++)
		result = match_host(spf, term, answer->records[i].last, false);
	return result;
}

static enum spf_result match_exists(struct spf *spf, struct text domain)
{
	const struct dns_answer *answer = spf_lookup(spf, domain, DNS_A);

	if (!answer)
		return SPF_PENDING;
	if (answer->outcome == DNS_FAILED)
		return failed(spf, domain, answer);
	return answer->count ? SPF_PASS : SPF_FAIL;
}

static enum spf_result match_include(struct spf *spf, struct text domain)
{
	enum spf_result result = check_domain(spf, domain, true);

	switch (result) {
	case SPF_PASS:
	case SPF_TEMPERROR:
	case SPF_PERMERROR:
	case SPF_PENDING:
		return result;
	case SPF_NONE:
		return spf_problem(spf, SPF_PERMERROR, "%.*s is included and has no SPF record",
				   TEXT_PRINTF(domain));
	default:
		return SPF_FAIL;
	}
}

static enum spf_result match(struct spf *spf, const struct spf_term *term, struct text domain)
{
	switch (term->kind) {
	case SPF_ALL:
		return SPF_PASS;
	case SPF_IP4:
		return ip_fits(spf, term, term->ip) ? SPF_PASS : SPF_FAIL;
	case SPF_IP6:
		/* a mapped address is one of IPv4, however it came (RFC 7208 5) */
		return !ip_is_v4(term->ip) && ip_fits(spf, term, term->ip) ? SPF_PASS : SPF_FAIL;
	case SPF_INCLUDE:
		return match_include(spf, domain);
	case SPF_A:
		return match_host(spf, term, domain, true);
	case SPF_MX:
		return match_mx(spf, term, domain);
	case SPF_PTR:
		return spf_ptr(spf, domain);
	default:
		return match_exists(spf, domain);
	}
}

/* ---- terms with their domain ---- */

static bool looks_up(enum spf_kind kind)
{
	return kind != SPF_ALL && kind != SPF_IP4 && kind != SPF_IP6;
}

/* What is too long loses labels at its left (RFC 7208 7.3). */
static struct text shortened(struct text name)
{
	if (name.length && name.data[name.length - 1] == '.')
		name.length--;
	while (name.length > DNS_NAME_MAX) {
		int64_t point = text_find(name, TEXT("."), 0);

		if (point < 0)
			break;
		name = text_part(name, (size_t)point + 1, name.length);
	}
	return name;
}

/* The domain that a term speaks of, in `out`. PASS, PENDING, PERMERROR or TEMPERROR. */
static enum spf_result target_of(struct spf *spf, const struct spf_term *term, struct text domain,
				 struct buffer *out, struct text *target)
{
	enum spf_result result = SPF_PASS;

	if (term->spec.length == 0)
		buffer_append_text(out, domain);
	else
		result = spf_expand(spf, term->spec, domain, false, out);
	*target = shortened(buffer_text(out));
	if (out->failed)
		return spf_problem(spf, SPF_TEMPERROR, "%.*s: no room for what it stands for",
				   TEXT_PRINTF(term->text));
	return result;
}

static enum spf_result count_term(struct spf *spf)
{
	if (++spf->terms <= SPF_TERMS_MAX)
		return SPF_PASS;
	return spf_problem(spf, SPF_PERMERROR, "more than %d terms that look something up",
			   SPF_TERMS_MAX);
}

static enum spf_result check_voids(struct spf *spf, enum spf_result result)
{
	if (result == SPF_PENDING || spf->voids <= SPF_VOIDS_MAX)
		return result;
	return spf_problem(spf, SPF_PERMERROR, "more than %d look-ups that found nothing",
			   SPF_VOIDS_MAX);
}

static enum spf_result run_mechanism(struct spf *spf, const struct spf_term *term,
				     struct text domain)
{
	enum spf_result result = SPF_PASS;
	struct buffer out;
	struct text target = TEXT_EMPTY;

	buffer_init(&out, 16384);
	if (looks_up(term->kind))
		result = count_term(spf);
	if (result == SPF_PASS && looks_up(term->kind))
		result = target_of(spf, term, domain, &out, &target);
	if (result == SPF_PASS)
		result = check_voids(spf, match(spf, term, target));
	buffer_free(&out);
	return result;
}

/* ---- the record ---- */

/* Read as a whole first: an error anywhere is an error (RFC 7208 4.6). */
struct record {
	struct text terms;
	struct spf_term redirect, exp; /* kind SPF_ALL: there is none */
	bool has_all;
};

static enum spf_result read_record(struct spf *spf, struct text text, struct record *record)
{
	struct text rest = text;
	struct spf_term term;
	const char *wrong;

	*record = (struct record){ .terms = text, .redirect.kind = SPF_ALL, .exp.kind = SPF_ALL };
	while (spf_next_term(&rest, &term, &wrong)) {
		struct spf_term *once = term.kind == SPF_REDIRECT ? &record->redirect
					: term.kind == SPF_EXP	  ? &record->exp
								  : NULL;
		if (once && once->kind != SPF_ALL)
			return spf_problem(spf, SPF_PERMERROR, "%.*s stands there twice",
					   TEXT_PRINTF(term.text));
		if (once)
			*once = term;
		record->has_all |= term.kind == SPF_ALL;
	}
	if (!wrong)
		return SPF_PASS;
	return spf_problem(spf, SPF_PERMERROR, "%.*s: %s cannot be read", TEXT_PRINTF(term.text),
			   wrong);
}

static bool is_record(struct text text)
{
	return text.length >= 6 &&
	       text_equals_ignoring_case(text_part(text, 0, 6), TEXT("v=spf1")) &&
	       (text.length == 6 || text.data[6] == ' ');
}

static enum spf_result find_record(struct spf *spf, struct text domain, struct text *record)
{
	const struct dns_answer *answer = lookups_get(spf->lookups, domain, DNS_TXT);
	unsigned found = 0;

	if (!answer)
		return SPF_PENDING;
	if (answer->outcome == DNS_FAILED)
		return failed(spf, domain, answer);
	for (uint32_t i = 0; i < answer->count; i++) {
		struct text text = answer->records[i].text;

		if (!is_record(text))
			continue;
		*record = text_part(text, 6, text.length);
		found++;
	}
	if (found > 1)
		return spf_problem(spf, SPF_PERMERROR, "%.*s has %u SPF records",
				   TEXT_PRINTF(domain), found);
	return found ? SPF_PASS : SPF_NONE;
}

/* ---- explanations (RFC 7208 6.2): whatever goes wrong, there is none ---- */

static bool is_ascii(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < ' ' || text.data[i] > '~')
			return false;
	return true;
}

static void keep_explanation(struct spf *spf, const struct buffer *text)
{
	struct spf_verdict *verdict = spf->verdict;

	if (!text->failed && is_ascii(buffer_text(text)))
		snprintf(verdict->explanation, sizeof(verdict->explanation), "%.*s",
			 (int)text->length, text->length ? text->data : "");
}

static enum spf_result explain(struct spf *spf, const struct spf_term *exp, struct text domain)
{
	const struct dns_answer *answer;
	struct buffer name, text;
	struct text target;
	enum spf_result result;

	buffer_init(&name, 16384);
	buffer_init(&text, 16384);
	result = target_of(spf, exp, domain, &name, &target);
	if (result == SPF_PASS) {
		answer = lookups_get(spf->lookups, target, DNS_TXT);
		if (!answer)
			result = SPF_PENDING;
		else if (answer->count == 1)
			result = spf_expand(spf, answer->records[0].text, domain, true, &text);
	}
	if (result == SPF_PASS)
		keep_explanation(spf, &text);
	buffer_free(&name);
	buffer_free(&text);
	return result == SPF_PENDING ? SPF_PENDING : SPF_FAIL;
}

/* ---- check_host ---- */

static enum spf_result decide(struct spf *spf, const struct spf_term *term,
			      const struct record *record, struct text domain, bool inner)
{
	if (inner)
		return term->qualifier;
	snprintf(spf->verdict->mechanism, sizeof(spf->verdict->mechanism), "%.*s",
		 TEXT_PRINTF(term->text));
	if (term->qualifier != SPF_FAIL || record->exp.kind == SPF_ALL)
		return term->qualifier;
	return explain(spf, &record->exp, domain);
}

static enum spf_result redirect(struct spf *spf, const struct spf_term *term, struct text domain,
				bool inner)
{
	struct text target = TEXT_EMPTY;
	enum spf_result result = count_term(spf);
	struct buffer out;

	buffer_init(&out, 16384);
	if (result == SPF_PASS)
		result = target_of(spf, term, domain, &out, &target);
	if (result == SPF_PASS)
		result = check_domain(spf, target, inner);
	if (result == SPF_NONE)
		result = spf_problem(spf, SPF_PERMERROR,
				     "%.*s is redirected to and has no SPF record",
				     TEXT_PRINTF(target));
	buffer_free(&out);
	return result;
}

static enum spf_result run_record(struct spf *spf, const struct record *record, struct text domain,
				  bool inner)
{
	struct text rest = record->terms;
	struct spf_term term;
	const char *wrong;

	while (spf_next_term(&rest, &term, &wrong)) {
		if (term.kind >= SPF_REDIRECT)
			continue;
		enum spf_result result = run_mechanism(spf, &term, domain);
		if (result == SPF_PASS)
			return decide(spf, &term, record, domain, inner);
		if (result != SPF_FAIL)
			return result;
	}
	if (record->redirect.kind == SPF_REDIRECT && !record->has_all)
		return redirect(spf, &record->redirect, domain, inner);
	return SPF_NEUTRAL;
}

/* A name of at least two labels (RFC 7208 4.3). */
static bool can_have_record(struct text domain)
{
	return dns_name_is_valid(domain) && domain.length > 1 &&
	       text_contains_byte(text_part(domain, 0, domain.length - 1), '.');
}

static enum spf_result check_domain(struct spf *spf, struct text domain, bool inner)
{
	struct record record;
	struct text text = TEXT_EMPTY;
	enum spf_result result;

	if (!can_have_record(domain))
		return SPF_NONE;
	result = find_record(spf, domain, &text);
	if (result == SPF_PASS)
		result = read_record(spf, text, &record);
	return result == SPF_PASS ? run_record(spf, &record, domain, inner) : result;
}

enum spf_result spf_check(const struct spf_check *check, struct lookups *lookups,
			  struct spf_verdict *verdict)
{
	struct spf spf = { .check = check, .lookups = lookups, .verdict = verdict };

	*verdict = (struct spf_verdict){ .result = SPF_NONE };
	verdict->result = check_domain(&spf, check->domain, false);
	return verdict->result;
}
