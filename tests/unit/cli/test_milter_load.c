#include "cli/milter_load.h"

#include <criterion/criterion.h>

Test(milter_load, percentiles)
{
	int64_t items[200];
	struct latencies latencies = { .items = items, .count = 200 };

	for (int i = 0; i < 200; i++)
		items[i] = i + 1;
	cr_expect_eq(latencies_percentile(&latencies, 0.5), 101);
	cr_expect_eq(latencies_percentile(&latencies, 0.99), 199);
	cr_expect_eq(latencies_percentile(&latencies, 1), 200);
	latencies.count = 1;
	cr_expect_eq(latencies_percentile(&latencies, 0.99), 1);
	latencies.count = 0;
	cr_expect_eq(latencies_percentile(&latencies, 0.5), 0);
}

static void expect_report(void (*print)(const struct load *, const struct load_result *,
					struct buffer *),
			  const char *piece)
{
	int64_t items[] = { 1000, 2000, 4000 };
	const struct load load = {
		.letter_count = 1, .sessions = 2, .connections = 3, .messages = 1
	};
	const struct load_result result = { .seconds = 0.5,
					    .verdicts = { 2, 1 },
					    .failures = { 0, 0, 1 },
					    .first_failure = { MILTER_FAILURE_TIMEOUT,
							       "no answer" },
					    .messages = { items, 3, 3 } };
	struct buffer out;

	buffer_init(&out, BUFFER_CAP_DEFAULT);
	print(&load, &result, &out);
	cr_expect(text_find(buffer_text(&out), text_of_string(piece, LIFETIME_EVENT), 0) >= 0,
		  "%s is not in:\n%.*s", piece, (int)out.length, out.data);
	buffer_free(&out);
}

Test(milter_load, report)
{
	expect_report(load_print, "3 in 0.50 s: 6.0 a second");
	expect_report(load_print, "p50 2.00 ms   p90 4.00 ms");
	expect_report(load_print, "1 sessions: timeout");
	expect_report(load_print_json, "\"verdicts\": {\"continue\": 2, \"accept\": 1}");
	expect_report(load_print_json, "\"failures\": {\"timeout\": 1}");
	expect_report(load_print_json, "\"message_ms\": {\"count\": 3, \"p50\": 2.000");
}

/* Nobody listens: every connection fails, and the run ends. */
Test(milter_load, nobody_listens)
{
	const struct milter_timeouts timeouts = { 1000000, 1000000, 1000000, 1000000 };
	struct load load = {
		.timeouts = &timeouts, .sessions = 3, .connections = 7, .messages = 2
	};
	static struct envelope envelope;
	static struct message message;
	const struct letter letter = { &envelope, &message };
	struct load_result result;
	struct endpoint endpoint;

	cr_assert_null(endpoint_parse(TEXT("unix:/nonexistent/socket"), &endpoint));
	load.endpoint = &endpoint;
	load.letters = &letter;
	load.letter_count = 1;
	load_run(&load, &result);
	cr_expect_eq(result.failures[MILTER_FAILURE_CONNECT], 7);
	cr_expect_eq(result.first_failure.kind, MILTER_FAILURE_CONNECT);
	load_result_free(&result);
}
