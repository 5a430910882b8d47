/* allocations STRIDE FILE...: each script is loaded and run through a message while the nth
 * allocation fails, once and from then on, for n = 1, 1 + STRIDE, ... until a run needs fewer; so
 * do those whose way through our code no script before has gone, and the costs of builtins.
 * Then it is run while an event may use n instructions, for growing n, until these suffice.
 *
 * What comes of it is a defined failure (it does not load, or the message is refused for now) or
 * exactly what comes of it without a failure: never another verdict, another change, a crash or a
 * leak. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "afsl.h"
#include "base/spread.h"
#include "choice.h"

enum { OUTCOME_MAX = 65536, SLOW_MS = 300, INSTRUCTIONS_MAX = 100000, CHOSEN_MAX = 1000 };

struct outcome {
	char text[OUTCOME_MAX];
	size_t length;
	bool failed; /* in a defined way */
	bool bare;   /* ended by a verdict without words, which is the last that is noted */
};

static struct outcome before, again, now;
static unsigned long runs, struck, failures;

static void note(struct outcome *outcome, const char *what, size_t length)
{
	if (length > OUTCOME_MAX - 1 - outcome->length)
		length = OUTCOME_MAX - 1 - outcome->length;
	memcpy(outcome->text + outcome->length, what, length);
	outcome->length += length;
	outcome->text[outcome->length] = '\0';
}

static void note_string(struct outcome *outcome, const char *what)
{
	note(outcome, what ? what : "", what ? strlen(what) : 0);
	note(outcome, "|", 1);
}

static void say_nothing(void *argument, int level, const char *line)
{
	(void)argument;
	(void)level;
	(void)line;
}

/* True: the next step of the message may come. */
static bool step(struct afsl_session *session, struct outcome *outcome, enum afsl_status status)
{
	char kind[32];
	if (outcome->failed || outcome->bare)
		return false;
	if (status == AFSL_WAITING)
		status = afsl_finish(session);
	const struct afsl_verdict *verdict = afsl_verdict(session);
	/* Without memory a refusal loses its words, but stays what it is. */
	bool bare = verdict->kind != AFSL_CONTINUE && !*verdict->text;
	if (status == AFSL_MISUSED || verdict->error || (bare && verdict->kind == AFSL_TEMPFAIL)) {
		outcome->failed = true;
		return false;
	}
	snprintf(kind, sizeof(kind), "%d %d ", (int)verdict->kind, verdict->code);
	note_string(outcome, kind);
	if (bare) {
		outcome->bare = true;
		return false;
	}
	note_string(outcome, verdict->enhanced);
	note_string(outcome, verdict->text);
	return verdict->kind == AFSL_CONTINUE;
}

static struct afsl_text text(const char *string)
{
	return (struct afsl_text){ string, strlen(string) };
}

static void changes_note(const struct afsl_session *session, struct outcome *outcome)
{
	char head[64];
	for (size_t i = 0; i < afsl_change_count(session); i++) {
		struct afsl_change change = afsl_change(session, i);
		snprintf(head, sizeof(head), "change %d %u", (int)change.kind, change.index);
		note_string(outcome, head);
		note(outcome, change.name.data, change.name.length);
		note(outcome, change.value.data, change.value.length);
	}
}

static void message_play(struct afsl_session *session, struct outcome *outcome)
{
	static const struct {
		const char *name, *raw;
	} headers[] = { { "From", " Alice <alice@example.net>" },
			{ "To", " bob@example.org" },
			{ "Subject", " Hello,\n world" } };
	bool open =
		step(session, outcome, afsl_mail(session, text("<alice@example.net>"), NULL, 0)) &&
		step(session, outcome, afsl_rcpt(session, text("<bob@example.org>"), NULL, 0)) &&
		step(session, outcome, afsl_data(session));
	for (size_t i = 0; open && i < 3; i++)
		open = step(session, outcome,
			    afsl_header(session, text(headers[i].name), text(headers[i].raw)));
	open = open && step(session, outcome, afsl_end_of_headers(session)) &&
	       step(session, outcome, afsl_body(session, text("Hello,\r\nBob.\r\n")));
	if (!open)
		return;
	step(session, outcome, afsl_end_of_message(session));
	if (!outcome->failed)
		changes_note(session, outcome);
}

static void session_play(struct afsl_chain *chain, struct outcome *outcome)
{
	struct afsl_client client = { .name = "client.example" };
	struct afsl_session *session = afsl_session_new(chain);
	outcome->length = 0;
	outcome->failed = outcome->bare = false;
	if (!session) {
		outcome->failed = true;
		return;
	}
	afsl_session_log(session, say_nothing, NULL);
	if (step(session, outcome, afsl_connect(session, &client)) &&
	    step(session, outcome, afsl_helo(session, text("client.example"), true)))
		message_play(session, outcome);
	if (!outcome->failed)
		step(session, outcome, afsl_disconnect(session));
	afsl_session_free(session);
}

static struct afsl_program *load(const char *path)
{
	struct afsl_load_options options = { .library = "filters" };
	struct afsl_report *report = NULL;
	struct afsl_program *program = afsl_program_load(path, &options, &report);
	if (report)
		afsl_report_text(report, false);
	afsl_report_free(report);
	return program;
}

static void program_play(struct afsl_program *program, const struct afsl_filter_options *options,
			 struct outcome *outcome)
{
	struct afsl_chain *chain = program ? afsl_chain_new() : NULL;
	if (chain && afsl_chain_add(chain, program, options))
		session_play(chain, outcome);
	else
		*outcome = (struct outcome){ .failed = true };
	afsl_chain_release(chain);
}

static void play(const char *path, struct outcome *outcome)
{
	struct afsl_program *program = load(path);
	program_play(program, NULL, outcome);
	afsl_program_release(program);
}

static long milliseconds(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* From the first byte that differs. */
static const char *difference(const char *text)
{
	size_t same = 0;
	while (before.text[same] && before.text[same] == now.text[same])
		same++;
	return text + same;
}

/* True: the failure struck. */
static bool run(const char *path, struct choice choice, bool steady)
{
	choice_fail(choice);
	play(path, &now);
	bool hit = choice_struck();
	choice_fail((struct choice){ 0 });
	runs++;
	struck += hit;
	bool same = now.bare ? strncmp(now.text, before.text, now.length) == 0
			     : strcmp(now.text, before.text) == 0;
	/* A script may itself refuse for now, when it was told that something failed. */
	same = same || strncmp(difference(now.text), "3 451 ", 6) == 0;
	if (!now.failed && steady && !same) {
		failures++;
		printf("FAILED %s: %s %lu%s: \"%.60s\" instead of \"%.60s\"\n", path,
		       choice.charge ? "charge" : "allocation",
		       choice.charge ? choice.charge : choice.allocation,
		       choice.more ? " and later ones" : "", difference(now.text),
		       difference(before.text));
	}
	return hit;
}

/* An event that has used up its instructions is refused for now, and in no other way than that. */
static void instructions_run(const char *path, unsigned long stride)
{
	struct afsl_program *program = load(path);
	char number[24];
	struct afsl_setting limit = { "instructions", number };
	struct afsl_filter_options options = { .limits = &limit, .limit_count = 1 };
	now.failed = true;
	for (unsigned long n = 1; now.failed && n < INSTRUCTIONS_MAX; n += 1 + n * stride / 256) {
		snprintf(number, sizeof(number), "%lu", n);
		program_play(program, &options, &now);
		runs++;
		struck += now.failed;
		if (now.failed || strcmp(now.text, before.text) == 0)
			continue;
		failures++;
		printf("FAILED %s: %lu instructions: \"%.60s\" instead of \"%.60s\"\n", path, n,
		       difference(now.text), difference(before.text));
	}
	afsl_program_release(program);
}

static void chosen_run(const char *path, const struct choice *chosen, unsigned count, bool steady)
{
	for (unsigned i = 0; i < count; i++) {
		struct choice choice = chosen[i];
		run(path, choice, steady);
		choice.more = true;
		if (choice.allocation)
			run(path, choice, steady);
	}
}

static void file_run(const char *path, unsigned long stride)
{
	static struct choice chosen[CHOSEN_MAX];
	unsigned count = 0;
	long begun = milliseconds();
	play(path, &before);
	choice_note(chosen, &count, CHOSEN_MAX);
	play(path, &again);
	choice_fail((struct choice){ 0 });
	if (milliseconds() - begun > SLOW_MS)
		return; /* it waits, or computes for long */
	/* What tells the time or draws lots is looked at for crashes alone. */
	bool steady = !before.failed && !again.failed && strcmp(before.text, again.text) == 0;
	for (int more = 0; more < 2; more++)
		for (struct choice choice = { 1, more, 0 }; run(path, choice, steady);)
			choice.allocation += stride;
	chosen_run(path, chosen, count, steady);
	if (steady)
		instructions_run(path, stride);
}

int main(int argc, char **argv)
{
	unsigned long stride = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	if (!stride) {
		fprintf(stderr, "usage: allocations STRIDE FILE...\n");
		return 64;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	arena_spread();
	if (!choice_init())
		return 71;
	for (int i = 2; i < argc; i++)
		file_run(argv[i], stride);
	printf("%lu runs of %d scripts, the failure struck in %lu: %lu passed, %lu failed\n", runs,
	       argc - 2, struck, runs - failures, failures);
	return failures || !struck;
}
