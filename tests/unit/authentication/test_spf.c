/* The cases of spf.cases. */
#include "../zone.h"

#include "authentication/spf.h"
#include "base/memory.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS_MAX = 200, LINE_MAX_LENGTH = 1000 };

static struct {
	char group[64];
	struct zone_row rows[ROWS_MAX];
	size_t lengths[ROWS_MAX];
	char *texts[ROWS_MAX]; /* "name\0type\0text" */
	struct zone zone;
	unsigned checks, failures;
} suite;

/* \xHH becomes its byte, in place. Returns the length. */
static size_t unescape(char *text)
{
	char *out = text;

	for (char *in = text; *in;) {
		char digits[3] = { 0 };

		if (in[0] == '\\' && in[1] == 'x') {
			memcpy(digits, in + 2, 2);
			*out++ = (char)strtol(digits, NULL, 16);
			in += 4;
		} else {
			*out++ = *in++;
		}
	}
	*out = '\0';
	return (size_t)(out - text);
}

static void zone_clear(void)
{
	for (size_t i = 0; i < suite.zone.count; i++)
		free(suite.texts[i]);
	suite.zone = (struct zone){ .rows = suite.rows };
}

static void zone_add(const char *line)
{
	size_t n = suite.zone.count++;
	char *copy = suite.texts[n] = strdup(line), *type = strchr(copy, ' '), *text;

	cr_assert_lt(n, ROWS_MAX);
	cr_assert_not_null(type, "%s", line);
	*type++ = '\0';
	unescape(copy);
	text = strchr(type, ' ');
	if (text)
		*text++ = '\0';
	if (text)
		suite.lengths[n] = unescape(text);
	suite.rows[n] = (struct zone_row){ copy, text ? type : "ANY", text };
}

static struct dns_answer *answer_in_bytes(void *argument, struct text name, int type)
{
	struct dns_answer *answer = zone_answer(argument, name, type);

	/* a NUL within a record */
	for (size_t i = 0; i < suite.zone.count; i++) {
		struct text whole = text_of(suite.rows[i].text, suite.lengths[i], LIFETIME_PROGRAM);

		if (!suite.rows[i].text || strlen(suite.rows[i].text) == suite.lengths[i] ||
		    type != DNS_TXT ||
		    !text_equals_ignoring_case(
			    name, text_of_string(suite.rows[i].name, LIFETIME_PROGRAM)))
			continue;
		dns_answer_release(answer);
		return dns_answer_made(type, &whole, 1);
	}
	return answer;
}

/* A part of a line between bars, trimmed. */
static struct text part(const char *line, unsigned n)
{
	struct text rest = text_of_string(line, LIFETIME_PROGRAM);

	for (; n > 0; n--) {
		int64_t bar = text_find(rest, TEXT("|"), 0);

		if (bar < 0)
			return TEXT_EMPTY;
		rest = text_part(rest, (size_t)bar + 1, rest.length);
	}
	int64_t bar = text_find(rest, TEXT("|"), 0);
	return text_trim(bar < 0 ? rest : text_part(rest, 0, (size_t)bar));
}

static bool is_among(struct text results, const char *result)
{
	struct text wanted = text_of_string(result, LIFETIME_PROGRAM);

	while (results.length) {
		int64_t slash = text_find(results, TEXT("/"), 0);
		size_t end = slash < 0 ? results.length : (size_t)slash;

		if (text_equals(text_part(results, 0, end), wanted))
			return true;
		results = text_part(results, slash < 0 ? end : end + 1, results.length);
	}
	return false;
}

static struct spf_check check_of(const char *line)
{
	struct spf_check check = { .helo = part(line, 1), .sender = part(line, 2) };
	int64_t at = text_find(check.sender, TEXT("@"), 0);

	cr_assert(ip_parse(part(line, 0), &check.ip), "%s", line);
	check.domain =
		at < 0 ? check.helo : text_part(check.sender, (size_t)at + 1, check.sender.length);
	return check;
}

static void run(const char *line)
{
	struct resolver *resolver = resolver_new_scripted(answer_in_bytes, &suite.zone);
	struct lookups *lookups = lookups_new(resolver, SPF_LOOKUPS_MAX);
	struct spf_check check = check_of(line);
	struct text explanation = part(line, 4);
	struct spf_verdict verdict;

	cr_assert(lookups);
	spf_check(&check, lookups, &verdict);
	suite.checks++;
	cr_expect(is_among(part(line, 3), spf_result_name(verdict.result)), "%s: %s\n%s (%s)",
		  suite.group, line, spf_result_name(verdict.result), verdict.problem);
	if (text_equals_string(explanation, "-"))
		cr_expect_str_eq(verdict.explanation, "", "%s: %s", suite.group, line);
	else if (explanation.length)
		cr_expect(text_equals_string(explanation, verdict.explanation), "%s: %s\n%s",
			  suite.group, line, verdict.explanation);
	lookups_free(lookups);
	resolver_free(resolver);
}

Test(spf, as_the_rfc_says)
{
	FILE *file = fopen("tests/unit/authentication/spf.cases", "r");
	char line[LINE_MAX_LENGTH];

	cr_assert_not_null(file);
	suite.zone.rows = suite.rows;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line == '=') {
			zone_clear();
			snprintf(suite.group, sizeof(suite.group), "%.60s", line + 2);
		} else if (*line == '?') {
			run(line + 1);
		} else if (*line && *line != '#') {
			zone_add(line);
		}
	}
	zone_clear();
	fclose(file);
	cr_expect_geq(suite.checks, 190);
}

/* A name that could not be made is no name that is not there: temperror, not fail. */
Test(spf, want_of_memory_is_no_refusal)
{
	static const struct zone_row rows[] = {
		{ "a.example", "TXT", "v=spf1 exists:%{i}.ok.example -all" },
		{ "192.0.2.1.ok.example", "A", "127.0.0.2" },
	};
	struct zone zone = { rows, 2, 0 };
	struct resolver *resolver = resolver_new_scripted(zone_answer, &zone);
	struct lookups *lookups = lookups_new(resolver, 50);
	struct spf_check check = { .domain = TEXT("a.example"),
				   .sender = TEXT("b@a.example"),
				   .helo = TEXT("c.example"),
				   .receiver = TEXT_EMPTY };
	struct spf_verdict verdict;

	cr_assert(ip_parse(TEXT("192.0.2.1"), &check.ip));
	cr_assert_eq(spf_check(&check, lookups, &verdict), SPF_PASS);
	for (unsigned long n = 1; n < 10; n++) {
		memory_fail_at(n, false);
		spf_check(&check, lookups, &verdict);
		memory_fail_at(0, false);
		cr_expect(verdict.result == SPF_PASS || verdict.result == SPF_TEMPERROR,
			  "at allocation %lu: %s", n, spf_result_name(verdict.result));
	}
	cr_expect_eq(verdict.result, SPF_PASS);
	lookups_free(lookups);
	resolver_free(resolver);
}
