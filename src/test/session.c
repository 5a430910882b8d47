/* The tested session: opening it, waiting for it, and looking on while its filter works. */
#include "test/trial.h"

#include "base/memory.h"
#include "base/system.h"

#include <poll.h>

enum { LIVE_WAIT = 20 * 1000 };

/* ---- waiting ---- */

static bool is_ready(const struct wait_request *request, int milliseconds)
{
	struct pollfd set[WAIT_DESCRIPTORS_MAX];

	for (unsigned i = 0; i < request->count; i++)
		set[i] = (struct pollfd){ .fd = request->descriptors[i].fd,
					  .events = request->descriptors[i].events };
	return system_poll(set, request->count, milliseconds) > 0;
}

/* Nobody mocked will ever say more: the deadline is reached at once. Beyond the test, time is real.
 */
void trial_wait(struct trial *trial, const struct wait_request *request)
{
	int64_t left;

	if (mocks_run(&trial->mocks) || is_ready(request, 0))
		return;
	left = request->deadline - clock_monotonic();
	if (left <= 0)
		return;
	if (trial->mocks.live) {
		left = left > LIVE_WAIT ? LIVE_WAIT : left;
		if (is_ready(request, (int)(left / 1000) + 1))
			return;
	}
	clock_skip(left);
}

enum afsl_status trial_settle(struct trial *trial, enum afsl_status status)
{
	struct afsl_session *session = trial->session;

	while (status == AFSL_WAITING) {
		trial_wait(trial, vm_wait(session->lanes[session->lane].vm));
		status = afsl_resume(session);
	}
	mocks_run(&trial->mocks);
	return status;
}

/* ---- looking on ---- */

static char *place_of(struct trial *trial, const struct lane *lane, struct span span)
{
	const struct diagnostics *sources = lane->filter->program->program->sources;
	const struct source *source = &sources->sources[span.source];

	if (span.to == 0 || span.source >= sources->source_count)
		return (char *)"";
	return trial_print(trial, "%s:%u", source->name, source_place(source, span.from).line);
}

/* Those that were recorded since the last look are of the statement before. */
static void note_changes(struct trial *trial, const struct lane *lane)
{
	const struct changes *changes = &lane->mail->message->changes;

	if (changes->count < trial->changes_noted)
		trial->changes_noted = 0;
	for (; trial->changes_noted < changes->count; trial->changes_noted++) {
		const struct change *change = &changes->items[trial->changes_noted];
		struct note *note;

		note = trial_note(
			trial, trial_print(trial, "%s %.*s%s%.*s", change_name(change->kind),
					   TEXT_PRINTF(change->name),
					   change->name.length && change->value.length ? ": " : "",
					   TEXT_PRINTF(text_trim(change->value))));
		note->detail = true;
		note->place = place_of(trial, lane, trial->statement);
	}
}

static void on_statement(void *argument, const struct lane *lane, struct span span)
{
	struct trial *trial = argument;

	note_changes(trial, lane);
	trial->statement = span;
}

static void on_handled(void *argument, const struct lane *lane)
{
	struct trial *trial = argument;

	note_changes(trial, lane);
	trial->step_handled = true;
	vm_copy_variables(trial->lane.vm, lane->vm);
}


static void on_log(void *argument, int level, const char *line)
{
	static const char *const words[] = { "error: ", "warning: ", "", "debug: " };
	struct trial *trial = argument;
	const char *said = strstr(line, " filter tested: ");
	size_t room = (trial->log_count + 1) * sizeof(*trial->log);
	struct text *wider = arena_allocate(&trial->arena, room);
	char *text = trial_print(trial, "%s%s", words[level & 3], said ? said + 16 : line);

	trial_note(trial, trial_print(trial, "log %s", text))->detail = true;
	if (!wider)
		return;
	if (trial->log_count)
		memcpy(wider, trial->log, trial->log_count * sizeof(*wider));
	wider[trial->log_count++] = text_of_string(text, LIFETIME_SESSION);
	trial->log = wider;
}

/* ---- opening ---- */

struct afsl_program *trial_load(const struct trial *trial, struct afsl_report **report)
{
	const struct trial_request *request = trial->request;
	struct afsl_load_options options = { .options = request->settings,
					     .option_count = request->setting_count,
					     .library = request->library,
					     .shared = trial->space,
					     .tests = true };

	if (trial->settings) {
		options.options = trial->settings;
		options.option_count = trial->setting_count;
	}
	return afsl_program_load(request->path, &options, report);
}

static bool prepare_program(struct trial *trial)
{
	struct afsl_report *report = NULL;

	if (trial->program)
		return true;
	if (trial->settings)
		trial->program = trial_load(trial, &report);
	else
		trial->program = afsl_program_keep(trial->base);
	if (!trial->program)
		trial_fail(trial, "the filter does not load with these options:\n%s",
			   report ? afsl_report_text(report, false) : "memory has ended");
	afsl_report_free(report);
	return trial->program != NULL;
}

const char *trial_load_error(struct trial *trial)
{
	struct afsl_report *report = NULL;
	struct afsl_program *program = trial->settings ? trial_load(trial, &report) : NULL;
	const char *error = "";

	if (trial->settings && !program)
		error = report ? trial_print(trial, "%s", afsl_report_text(report, false))
			       : "memory has ended";
	afsl_report_free(report);
	afsl_program_release(program);
	return error;
}

static struct afsl_session *make_session(struct trial *trial)
{
	static const struct afsl_filter_options options = { .name = "tested" };
	struct afsl_chain *chain = afsl_chain_new();
	struct afsl_session *session = NULL;

	if (chain && afsl_chain_add(chain, trial->program, &options))
		session = afsl_session_new(chain);
	afsl_chain_release(chain);
	return session;
}

bool trial_open_session(struct trial *trial)
{
	trial_close_session(trial);
	if (!prepare_program(trial))
		return false;
	trial->session = make_session(trial);
	if (!trial->session) {
		trial_fail(trial, "memory has ended");
		return false;
	}
	afsl_session_name(trial->session, "test");
	afsl_session_keep_headers(trial->session);
	afsl_session_log(trial->session, on_log, trial);
	for (unsigned i = 0; i < trial->session->count; i++) {
		struct context *context = &trial->session->lanes[i].context;

		context->outside = &outside_mocked;
		context->outside_argument = &trial->mocks;
		context->resolver = mock_resolver(&trial->mocks);
	}
	trial->notes = NULL;
	trial->last_note = &trial->notes;
	if (trial->request->coverage)
		trial->tested = recorder_new(trial->program->program, trial->request->coverage);
	trial->watcher = (struct watcher){ .argument = trial,
					   .statement = on_statement,
					   .handled = on_handled,
					   .visitor = trial->tested ? recorder_visit : NULL,
					   .visitor_argument = trial->tested };
	trial->session->listener.watcher = &trial->watcher;
	trial->dialogue = (struct dialogue){ 0 };
	trial->client.session = trial->session;
	trial->client.envelope = &trial->envelope;
	trial->client.arena = &trial->arena;
	trial->client.has_queue_id = false;
	trial->changes_noted = 0;
	trial->log_count = 0;
	trial->log = NULL;
	return true;
}

void trial_close_session(struct trial *trial)
{
	if (!trial->session)
		return;
	if (!trial->session->closed) {
		trial_settle(trial, afsl_abort(trial->session));
		trial_settle(trial, afsl_disconnect(trial->session));
	}
	afsl_session_free(trial->session);
	if (trial->tested)
		recorder_end(trial->tested, trial->request->coverage);
	trial->tested = NULL;
	trial->session = trial->client.session = NULL;
}
