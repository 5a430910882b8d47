#include "cli/milter_load.h"

#include "cli/milter_show.h"

#include "base/memory.h"
#include "base/system.h"

#include <poll.h>
#include <stdlib.h>

/* One session that runs. */
struct slot {
	struct dialogue *dialogue; /* NULL: free */
	struct wait_request wait;
	struct load_result *result;
	size_t polled; /* its first place in the set */
};

struct running {
	const struct load *load;
	struct load_result *result;
	struct slot *slots;
	struct pollfd *set;
	size_t set_count;
	size_t started, active;
};

/* ---- figures ---- */

static void latencies_add(struct load_result *result, struct latencies *latencies,
			  int64_t microseconds)
{
	if (latencies->count == latencies->room) {
		size_t room = latencies->room ? 2 * latencies->room : 1024;
		int64_t *items = memory_resize(latencies->items, room * sizeof(*items));

		if (!items) {
			result->out_of_memory = true;
			return;
		}
		latencies->items = items;
		latencies->room = room;
	}
	latencies->items[latencies->count++] = microseconds;
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int64_t latencies_percentile(const struct latencies *latencies, double part)
{
	size_t at = (size_t)(part * (double)latencies->count);

	if (latencies->count == 0)
		return 0;
	return latencies->items[at < latencies->count ? at : latencies->count - 1];
}

static void on_negotiated(void *argument, const struct milter_options *options,
			  int64_t microseconds)
{
	struct slot *slot = argument;

	(void)options;
	latencies_add(slot->result, &slot->result->negotiations, microseconds);
}

static void on_ended(void *argument, size_t letter, const struct ending *ending)
{
	struct slot *slot = argument;

	(void)letter;
	slot->result->verdicts[kind_of_reply(ending->reply)]++;
	if (!ending->before_message)
		latencies_add(slot->result, &slot->result->messages, ending->microseconds);
}

/* ---- sessions ---- */

static void slot_end(struct running *running, struct slot *slot, bool failed)
{
	struct load_result *result = running->result;

	if (failed) {
		const struct milter_failure *failure = dialogue_failure(slot->dialogue);

		if (result->first_failure.kind == MILTER_FAILURE_NONE)
			result->first_failure = *failure;
		result->failures[failure->kind]++;
	}
	dialogue_free(slot->dialogue);
	slot->dialogue = NULL;
	running->active--;
}

static void slot_run(struct running *running, struct slot *slot)
{
	enum dialogue_status status = dialogue_run(slot->dialogue, &slot->wait);

	if (status != DIALOGUE_WAITING)
		slot_end(running, slot, status == DIALOGUE_FAILED);
}

static bool slot_start(struct running *running, struct slot *slot)
{
	const struct load *load = running->load;
	const struct dialogue_watcher watcher = { .negotiated = on_negotiated,
						  .ended = on_ended,
						  .argument = slot };

	slot->result = running->result;
	slot->dialogue = dialogue_new(load->endpoint, load->timeouts, load->letters,
				      load->letter_count, load->messages, &watcher);
	if (!slot->dialogue) {
		running->result->out_of_memory = true;
		return false;
	}
	running->started++;
	running->active++;
	slot_run(running, slot);
	return true;
}

/* Free places are taken while connections are left; one that fails at once does not hold the place.
 */
static void slots_fill(struct running *running)
{
	for (size_t i = 0; i < running->load->sessions; i++)
		while (!running->slots[i].dialogue && running->started < running->load->connections)
			if (!slot_start(running, &running->slots[i]))
				return;
}

static int set_fill(struct running *running)
{
	int64_t now = clock_monotonic(), deadline = now + 1000000;

	running->set_count = 0;
	for (size_t i = 0; i < running->load->sessions; i++) {
		struct slot *slot = &running->slots[i];

		slot->polled = running->set_count;
		if (!slot->dialogue)
			continue;
		for (unsigned k = 0; k < slot->wait.count; k++)
			running->set[running->set_count++] =
				(struct pollfd){ .fd = slot->wait.descriptors[k].fd,
						 .events = slot->wait.descriptors[k].events };
		if (slot->wait.deadline < deadline)
			deadline = slot->wait.deadline;
	}
	return deadline <= now ? 0 : (int)((deadline - now + 999) / 1000);
}

static bool is_ready(const struct running *running, const struct slot *slot, int64_t now)
{
	for (unsigned k = 0; k < slot->wait.count; k++)
		if (running->set[slot->polled + k].revents)
			return true;
	return now >= slot->wait.deadline;
}

static void slots_wait(struct running *running)
{
	int timeout = set_fill(running);
	int64_t now;

	system_poll(running->set, running->set_count, timeout);
	now = clock_monotonic();
	for (size_t i = 0; i < running->load->sessions; i++)
		if (running->slots[i].dialogue && is_ready(running, &running->slots[i], now))
			slot_run(running, &running->slots[i]);
}

void load_run(const struct load *load, struct load_result *result)
{
	struct running running = { .load = load, .result = result };
	int64_t started = clock_monotonic();

	*result = (struct load_result){ .seconds = 0 };
	running.slots = memory_zeroed(load->sessions, sizeof(*running.slots));
	running.set = memory_zeroed(load->sessions * WAIT_DESCRIPTORS_MAX, sizeof(*running.set));
	result->out_of_memory = !running.slots || !running.set;
	do {
		if (!result->out_of_memory)
			slots_fill(&running);
		if (running.active)
			slots_wait(&running);
	} while (running.active || (running.started < load->connections && !result->out_of_memory));
	result->seconds = (double)(clock_monotonic() - started) / 1e6;
	if (result->messages.count)
		qsort(result->messages.items, result->messages.count, sizeof(int64_t), ascending);
	if (result->negotiations.count)
		qsort(result->negotiations.items, result->negotiations.count, sizeof(int64_t),
		      ascending);
	memory_free(running.slots);
	memory_free(running.set);
}

void load_result_free(struct load_result *result)
{
	memory_free(result->messages.items);
	memory_free(result->negotiations.items);
}

/* ---- the report ---- */

static size_t messages_done(const struct load_result *result)
{
	size_t sum = 0;

	for (int i = 0; i < LOAD_VERDICTS; i++)
		sum += result->verdicts[i];
	return sum;
}

static double milliseconds(const struct latencies *latencies, double part)
{
	return (double)latencies_percentile(latencies, part) / 1000;
}

static double per_second(const struct load_result *result)
{
	return result->seconds > 0 ? (double)messages_done(result) / result->seconds : 0;
}

static void print_latencies(struct buffer *out, const char *name, const struct latencies *latencies)
{
	buffer_printf(out, "%-12s p50 %.2f ms   p90 %.2f ms   p99 %.2f ms   max %.2f ms\n", name,
		      milliseconds(latencies, 0.5), milliseconds(latencies, 0.9),
		      milliseconds(latencies, 0.99), milliseconds(latencies, 1));
}

void load_print(const struct load *load, const struct load_result *result, struct buffer *out)
{
	buffer_printf(out, "%-12s %zu at once, %zu in all, %zu messages on each\n", "sessions",
		      load->sessions, load->connections, load->messages * load->letter_count);
	buffer_printf(out, "%-12s %zu in %.2f s: %.1f a second\n", "messages",
		      messages_done(result), result->seconds, per_second(result));
	print_latencies(out, "negotiation", &result->negotiations);
	print_latencies(out, "message", &result->messages);
	for (int i = 0; i < LOAD_VERDICTS; i++)
		if (result->verdicts[i])
			buffer_printf(out, "%-12s %zu\n", verdict_word((enum afsl_verdict_kind)i),
				      result->verdicts[i]);
	for (int i = 1; i < LOAD_FAILURES; i++)
		if (result->failures[i])
			buffer_printf(out, "%-12s %zu sessions: %s\n", "failed",
				      result->failures[i],
				      failure_word((enum milter_failure_kind)i));
	if (result->first_failure.kind != MILTER_FAILURE_NONE)
		buffer_printf(out, "%-12s %s\n", "", result->first_failure.message);
}

static void json_latencies(struct buffer *out, const char *name, const struct latencies *latencies)
{
	buffer_printf(out,
		      ",\n \"%s\": {\"count\": %zu, \"p50\": %.3f, \"p90\": %.3f, \"p99\": %.3f, "
		      "\"max\": %.3f}",
		      name, latencies->count, milliseconds(latencies, 0.5),
		      milliseconds(latencies, 0.9), milliseconds(latencies, 0.99),
		      milliseconds(latencies, 1));
}

void load_print_json(const struct load *load, const struct load_result *result, struct buffer *out)
{
	const char *separator = "";

	buffer_printf(
		out,
		"{\"sessions\": %zu, \"connections\": %zu, \"messages\": %zu, \"seconds\": %.3f, "
		"\"per_second\": %.1f,\n \"verdicts\": {",
		load->sessions, load->connections, messages_done(result), result->seconds,
		per_second(result));
	for (int i = 0; i < LOAD_VERDICTS; i++) {
		if (!result->verdicts[i])
			continue;
		buffer_printf(out, "%s\"%s\": %zu", separator,
			      verdict_word((enum afsl_verdict_kind)i), result->verdicts[i]);
		separator = ", ";
	}
	buffer_append_string(out, "},\n \"failures\": {");
	separator = "";
	for (int i = 1; i < LOAD_FAILURES; i++) {
		if (!result->failures[i])
			continue;
		buffer_printf(out, "%s\"%s\": %zu", separator,
			      failure_word((enum milter_failure_kind)i), result->failures[i]);
		separator = ", ";
	}
	buffer_append_byte(out, '}');
	json_latencies(out, "negotiation_ms", &result->negotiations);
	json_latencies(out, "message_ms", &result->messages);
	buffer_append_string(out, "}\n");
}
