/* Another program in the middle of a session: what an interactive tool needs. */
#include "engine/session.h"

#include "base/memory.h"
#include "bytecode/code.h"

static struct afsl_chain *chain_of(const struct filter *before, struct afsl_program *program)
{
	struct afsl_filter_options options = { .name = before->name, .on_error = before->on_error };
	struct afsl_chain *chain = afsl_chain_new();

	if (chain && afsl_chain_add(chain, program, &options)) {
		memcpy(chain->filters->limits, before->limits, sizeof(before->limits));
		return chain;
	}
	afsl_chain_release(chain);
	return NULL;
}

static bool keep_earlier(struct afsl_session *session)
{
	size_t count = session->earlier_count + 1;
	struct afsl_chain **grown = memory_resize(session->earlier, count * sizeof(*grown));

	if (!grown)
		return false;
	session->earlier = grown;
	return true;
}

static bool replace_program(struct afsl_session *session, struct afsl_program *program)
{
	struct afsl_chain *chain = chain_of(session->chain->filters, program);

	if (!chain || !keep_earlier(session) || !lane_succeed(session->lanes, chain->filters)) {
		afsl_chain_release(chain);
		return false;
	}
	session->earlier[session->earlier_count++] = session->chain;
	session->chain = chain;
	session->keeps_headers |= chain->keeps_headers;
	return true;
}

/* What the script decided, without any of its consequences. */
static void tell(struct afsl_session *session)
{
	const struct lane *lane = session->lanes;
	char printed[PLACE_MAX];
	struct origin origin = { lane->filter->name, lane_place(lane, printed),
				 lane->decision.failed ? lane_reason(lane) : NULL };

	results_answer(session, &lane->context.verdict, &origin);
}

bool afsl_try(struct afsl_session *session, struct afsl_program *program)
{
	struct lane *lane = session->lanes;
	enum lane_status status;
	bool done[2];

	if (session->count != 1 || session->status == AFSL_WAITING ||
	    !replace_program(session, program))
		return false;
	done[0] = lane->session_done;
	done[1] = lane->message_done;
	lane->session_done = lane->message_done = false;
	status = lane_begin(lane, EVENT_onUnknownCommand,
			    clock_monotonic() + lane->filter->limits[LIMIT_eventTime] * 1000);
	while (status == LANE_WAITING) {
		wait_poll(vm_wait(lane->vm));
		status = lane_resume(lane);
	}
	lane->session_done = done[0];
	lane->message_done = done[1];
	tell(session);
	return true;
}

char *afsl_tried_type(const struct afsl_program *program, const char *variable)
{
	const struct program_code *code = program->program->code;
	uint16_t handler = code->events[EVENT_onUnknownCommand];
	struct buffer name;

	if (handler == NO_FUNCTION)
		return NULL;
	for (uint32_t i = 0; i < code->functions[handler].local_count; i++) {
		const struct code_local *local = &code->functions[handler].locals[i];

		if (!text_equals_string(local->name, variable))
			continue;
		buffer_init(&name, BUFFER_CAP_DEFAULT);
		type_print(local->type, &name);
		buffer_append_byte(&name, '\0');
		if (!name.failed)
			return name.data;
		buffer_free(&name);
		return NULL;
	}
	return NULL;
}
