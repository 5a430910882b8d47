#include "case.h"

#include <stdio.h>

static bool is_report(const struct expectation *item)
{
	return item->kind == KIND_ERROR || item->kind == KIND_WARNING;
}

bool case_expects(const struct lines *lines, enum kind kind)
{
	for (size_t i = 0; i < lines->count; i++)
		if (lines->items[i].kind == kind)
			return true;
	return false;
}

static bool fits(const struct expectation *expected, const struct expectation *actual)
{
	const char *wanted = expected->text, *got = actual->text;
	size_t length = strlen(wanted);

	switch (expected->kind) {
	case KIND_ERROR:
	case KIND_WARNING:
		if (expected->line != actual->line)
			return false;
		return strcmp(wanted, got) == 0 || (length == 5 && strncmp(wanted, got, 5) == 0);
	case KIND_TRAP:
		return strstr(got, wanted) != NULL;
	case KIND_VERDICT:
		return strcmp(wanted, got) == 0 ||
		       (strncmp(wanted, got, length) == 0 && got[length] == ' ');
	default:
		return strcmp(wanted, got) == 0;
	}
}

static const struct expectation *next_of(const struct lines *lines, enum kind kind, size_t *at)
{
	while (*at < lines->count) {
		const struct expectation *item = &lines->items[(*at)++];

		if (item->kind == kind)
			return item;
	}
	return NULL;
}

static void print_difference(const char *what, const struct expectation *item)
{
	printf("    %s %s%s", what, kind_names[item->kind], *kind_names[item->kind] ? " " : "");
	if (is_report(item))
		printf("line %u", item->line);
	printf(": %s\n", item->text);
}

/* In order: the nth expected is the nth that came. */
static bool compare(const struct test_case *test, enum kind kind)
{
	size_t i = 0, k = 0;
	bool same = true;

	for (;;) {
		const struct expectation *wanted = next_of(&test->expected, kind, &i);
		const struct expectation *got = next_of(&test->actual, kind, &k);

		if (!wanted && !got)
			return same;
		if (wanted && got && fits(wanted, got))
			continue;
		same = false;
		if (wanted)
			print_difference("missing", wanted);
		if (got)
			print_difference("got    ", got);
	}
}

static bool stands_behind(const struct expectation *a, const struct expectation *b)
{
	return a->line != b->line ? a->line > b->line : strncmp(a->text, b->text, 5) > 0;
}

/* The order of reports on one line is no matter, and "line N" may stand anywhere. */
static void sort_reports(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		for (size_t k = i + 1; k < lines->count; k++) {
			struct expectation *a = &lines->items[i], *b = &lines->items[k];
			struct expectation swapped = *a;

			if (!is_report(a) || !is_report(b) || !stands_behind(a, b))
				continue;
			*a = *b;
			*b = swapped;
		}
	}
}

bool case_compare(struct test_case *test)
{
	bool runs, same;

	sort_reports(&test->expected);
	sort_reports(&test->actual);
	runs = !case_expects(&test->expected, KIND_ERROR) &&
	       !case_expects(&test->actual, KIND_ERROR);
	same = compare(test, KIND_ERROR);
	same &= compare(test, KIND_WARNING);
	if (!runs)
		return same;
	same &= compare(test, KIND_LOG);
	same &= compare(test, KIND_TRAP);
	if (case_expects(&test->expected, KIND_CHANGE))
		same &= compare(test, KIND_CHANGE);
	if (case_expects(&test->expected, KIND_RCPT))
		same &= compare(test, KIND_RCPT);
	if (case_expects(&test->expected, KIND_VERDICT))
		same &= compare(test, KIND_VERDICT);
	return same;
}
