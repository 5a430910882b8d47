#include "engine/lane.h"

#include "base/log.h"
#include "base/memory.h"
#include "engine/listener.h"

#include <stdio.h>

/* What builtins and VM find of the filter. */
static void serve(struct lane *lane, const struct filter *filter)
{
	lane->filter = filter;
	lane->context.means = &filter->means;
	lane->services.limits = filter->limits;
}

bool lane_init(struct lane *lane, const struct filter *filter, const struct listener *listener)
{
	const int64_t *limits = filter->limits;

	*lane = (struct lane){.listener = listener};
	arena_init(&lane->event, (size_t)limits[LIMIT_eventMemory], LIFETIME_EVENT);
	lane->mail = mail_session_new((size_t)limits[LIMIT_sessionMemory],
				      (size_t)limits[LIMIT_messageMemory]);
	if (!lane->mail)
		return false;
	lane->mail->limits = &filter->mail_limits;
	mail_end(lane->mail);
	lane->context.mail = lane->mail;
	lane->context.outside = filter->program->in_tests ? &outside_closed : &outside_live;
	lane->services = (struct vm_services){.context = &lane->context,
					      .event = &lane->event,
					      .message = &lane->mail->message_arena,
					      .session = &lane->mail->session_arena};
	serve(lane, filter);
	listener_serve(lane);
	lane_pass(lane);
	return true;
}

void lane_free(struct lane *lane)
{
	lane_end_message(lane);
	vm_free(lane->vm);
	lane->vm = NULL;
	arena_reset(&lane->event);
	resolver_free(lane->context.resolver);
	lane->context.resolver = NULL;
	mail_session_free(lane->mail);
	lane->mail = NULL;
	memory_free(lane->decision.failure);
	lane->decision.failure = NULL;
}

bool lane_succeed(struct lane *lane, const struct filter *filter)
{
	const struct filter *before = lane->filter;
	struct vm *heir;

	serve(lane, filter);
	if (!lane->vm)
		return true;
	heir = vm_succeed(lane->vm, filter->program->program, &lane->services, &natives);
	if (!heir) {
		serve(lane, before);
		return false;
	}
	lane->vm = heir;
	return true;
}

static void forget_decision(struct lane *lane)
{
	if (lane->decision.failure)
		memory_free(lane->decision.failure);
	lane->decision = (struct decision){ .failed = false };
}

void lane_pass(struct lane *lane)
{
	forget_decision(lane);
	lane->context.verdict = (struct verdict){ .enhanced = TEXT_EMPTY, .text = TEXT_EMPTY };
}

const char *lane_reason(const struct lane *lane)
{
	const struct failure *failure = lane->decision.failure;

	return failure ? failure->reason : "memory has ended";
}

const char *lane_place(const struct lane *lane, char printed[PLACE_MAX])
{
	const struct decision *decision = &lane->decision;

	printed[0] = '\0';
	if (decision->placed)
		listener_place(lane, decision->span, printed);
	else if (decision->failure)
		return decision->failure->place;
	return printed;
}

/* Between the events of a message a little memory stays; an idle session has none. */
static void forget_facts(struct lane *lane)
{
	if (!lane->event.blocks)
		return;
	if (lane->mail->message->open)
		arena_rewind(&lane->event);
	else
		arena_reset(&lane->event);
}

/* ---- failures ---- */

static const struct verdict *failure_verdict(enum afsl_on_error on_error)
{
	static const struct verdict tempfail = {
		VERDICT_TEMPFAIL,
		451,
		{"4.7.1", 5, LIFETIME_PROGRAM},
		{"Service temporarily unavailable", 31, LIFETIME_PROGRAM}};
	static const struct verdict reject = {
		VERDICT_REJECT,
		550,
		{"5.7.1", 5, LIFETIME_PROGRAM},
		{"Message cannot be processed", 27, LIFETIME_PROGRAM}};
	static const struct verdict accept = {
		VERDICT_ACCEPT, 0, {"", 0, LIFETIME_PROGRAM}, {"", 0, LIFETIME_PROGRAM}};

	switch (on_error) {
	case AFSL_ON_ERROR_ACCEPT:
		return &accept;
	case AFSL_ON_ERROR_REJECT:
		return &reject;
	default:
		return &tempfail;
	}
}

/* A refused recipient leaves the message to the others, and what was recorded for it (a quarantine,
 * say) must not be shaken off by making one RCPT fail. */
static bool failure_drops_changes(const struct lane *lane, enum event_id event)
{
	return lane->mail->message->open &&
	       (event != EVENT_onRcptTo || lane->context.verdict.kind == VERDICT_ACCEPT);
}

/* Without a reason it is the one that stands there. */
static void fail(struct lane *lane, enum event_id event, const char *reason, struct text trace,
		 enum afsl_on_error on_error)
{
	struct decision *decision = &lane->decision;

	decision->failed = true;
	lane->context.verdict = *failure_verdict(on_error);
	if (!decision->failure)
		decision->failure = memory_zeroed(1, sizeof(*decision->failure));
	if (decision->failure && reason)
		snprintf(decision->failure->reason, REASON_MAX, "%s", reason);
	listener_failure(lane, event, trace);
	if (failure_drops_changes(lane, event))
		mail_drop_changes(lane->mail);
}

void lane_fail(struct lane *lane, enum event_id event, const char *reason,
	       enum afsl_on_error on_error)
{
	lane_pass(lane);
	fail(lane, event, reason, TEXT_EMPTY, on_error);
	forget_facts(lane);
}

/* "file:line" of the innermost entry of "onMailFrom (a.afsl:12:3) < ...". */
static void place_of_trace(struct text trace, char place[PLACE_MAX])
{
	int64_t open = text_find(trace, TEXT("("), 0), close = text_find(trace, TEXT(")"), 0);
	struct text inside;

	if (open < 0 || close < open)
		return;
	inside = text_part(trace, (size_t)open + 1, (size_t)close);
	for (size_t i = inside.length; i-- > 0;) {
		if (inside.data[i] == ':') {
			inside.length = (uint32_t)i;
			break;
		}
	}
	snprintf(place, PLACE_MAX, "%.*s", TEXT_PRINTF(inside));
}

static void describe_failure(const struct lane *lane, struct failure *told)
{
	const struct vm_failure *failure = vm_failure(lane->vm);
	const char *unit = limit_rows[failure->which].unit;

	place_of_trace(failure->trace, told->place);
	if (failure->limit)
		snprintf(told->reason, REASON_MAX, "limit %s (%lld%s%s)",
			 limit_rows[failure->which].name,
			 (long long)lane->filter->limits[failure->which], unit[0] ? " " : "", unit);
	else
		snprintf(told->reason, REASON_MAX, "%.*s: %.*s", TEXT_PRINTF(failure->kind),
			 TEXT_PRINTF(failure->message));
}

static void fail_from_vm(struct lane *lane, enum event_id event)
{
	struct decision *decision = &lane->decision;

	lane_pass(lane);
	decision->failure = memory_zeroed(1, sizeof(*decision->failure));
	if (decision->failure)
		describe_failure(lane, decision->failure);
	fail(lane, event, NULL, vm_failure(lane->vm)->trace, lane->filter->on_error);
}

/* ---- the policy layer's decision ---- */

static const struct policy_word {
	const char *word;
	struct verdict verdict;
} policy_words[] = {
	{"reject", {VERDICT_REJECT, 550, {"5.7.1", 5, LIFETIME_PROGRAM}, {"", 0, 0}}},
	{"tmpreject", {VERDICT_TEMPFAIL, 451, {"4.7.1", 5, LIFETIME_PROGRAM}, {"", 0, 0}}},
	{"accept", {VERDICT_ACCEPT, 0, {"", 0, 0}, {"", 0, 0}}},
	{"discard", {VERDICT_DISCARD, 0, {"", 0, 0}, {"", 0, 0}}},
};

static const struct policy_word *policy_word_find(struct text word)
{
	for (size_t i = 0; i < sizeof(policy_words) / sizeof(*policy_words); i++)
		if (text_equals_ignoring_case(
			    word, text_of_string(policy_words[i].word, LIFETIME_PROGRAM)))
			return policy_words + i;
	return NULL;
}

/* Words without an explanation are the host's own; one that cannot be sent is not. */
static void explain(struct lane *lane, struct verdict *verdict)
{
	struct text explanation = context_policy(&lane->context)->explanation;
	const char *fault;

	if (verdict->kind != VERDICT_REJECT && verdict->kind != VERDICT_TEMPFAIL)
		return;
	fault = reply_fault(verdict->kind, verdict->code, verdict->enhanced, explanation);
	if (fault)
		listener_line(lane, LOG_LEVEL_WARNING, "smtpExplanation is not sent: %s", fault);
	if (fault || explanation.length == 0)
		*verdict = (struct verdict){
			.kind = verdict->kind, .enhanced = TEXT_EMPTY, .text = TEXT_EMPTY};
	else
		verdict->text = explanation;
}

static void decide_by_policy(struct lane *lane)
{
	struct text word;
	const struct policy_word *found;

	if (!lane->context.policy)
		return;
	word = text_trim(lane->context.policy->action);
	if (word.length == 0)
		return;
	found = policy_word_find(word);
	if (!found) {
		listener_line(lane, LOG_LEVEL_WARNING, "smtpAction has no word \"%.*s\"",
			      TEXT_PRINTF(word));
		return;
	}
	lane->context.verdict = found->verdict;
	explain(lane, &lane->context.verdict);
}

/* ---- running ---- */

static void end_event(struct lane *lane)
{
	vm_end_event(lane->vm);
	if (!lane->mail->message->open)
		vm_rest(lane->vm);
	forget_facts(lane);
}

static void give_reason(struct lane *lane, struct text reason)
{
	struct failure *failure = memory_zeroed(1, sizeof(*failure));

	if (failure)
		snprintf(failure->reason, REASON_MAX, "%.*s", TEXT_PRINTF(reason));
	lane->decision.failure = failure;
}

static void decide_by_verdict(struct lane *lane)
{
	struct decision *decision = &lane->decision;

	decision->placed = vm_place(lane->vm, &decision->span);
	if (lane->context.because.length)
		give_reason(lane, lane->context.because);
}

static enum lane_status settle(struct lane *lane, enum vm_status status)
{
	switch (status) {
	case VM_WAITING:
		return LANE_WAITING;
	case VM_DONE:
		decide_by_policy(lane);
		break;
	case VM_ENDED:
		decide_by_verdict(lane);
		break;
	case VM_FAILED:
		fail_from_vm(lane, lane->context.event);
		break;
	}
	if (lane->listener->watcher)
		lane->listener->watcher->handled(lane->listener->watcher->argument, lane);
	lane->starting = STARTING_NOTHING;
	end_event(lane);
	return LANE_DONE;
}

static bool make_vm(struct lane *lane)
{
	if (!lane->vm)
		lane->vm = vm_new(lane->filter->program->program, &lane->services, &natives);
	return lane->vm != NULL;
}

/* Session and message variables get their initial values when a handler first needs them. */
static enum vm_status begin_next(struct lane *lane, int64_t deadline)
{
	bool message = lane->mail->message->open && !lane->message_begun;

	if (!lane->session_begun) {
		lane->starting = STARTING_SESSION;
		return vm_begin_session(lane->vm, deadline);
	}
	if (message) {
		lane->starting = STARTING_MESSAGE;
		lane->message_begun = true;
		return vm_begin_message(lane->vm, deadline);
	}
	lane->starting = STARTING_NOTHING;
	vm_begin_event(lane->vm, lane->context.event, deadline);
	return vm_run(lane->vm);
}

/* What was begun has run as far as it goes. Behind initial values comes what is to be begun next. */
static enum lane_status go_on(struct lane *lane, enum vm_status status, int64_t deadline)
{
	while (status == VM_DONE && lane->starting != STARTING_NOTHING) {
		lane->session_begun = true;
		status = begin_next(lane, deadline);
	}
	return settle(lane, status);
}

enum lane_status lane_begin(struct lane *lane, enum event_id event, int64_t deadline)
{
	if (!lane_handles(lane, event)) {
		lane_pass(lane);
		forget_facts(lane);
		return LANE_DONE;
	}
	forget_decision(lane);
	context_begin_event(&lane->context, event);
	if (!make_vm(lane)) {
		lane_fail(lane, event, "memory has ended", lane->filter->on_error);
		return LANE_DONE;
	}
	if (listener_is_due(lane))
		listener_attach(lane);
	return go_on(lane, begin_next(lane, deadline), deadline);
}

enum lane_status lane_resume(struct lane *lane)
{
	enum vm_status status = vm_run(lane->vm);

	return go_on(lane, status, vm_deadline(lane->vm));
}

/* Variables that have not all got their values yet begin anew with the next event. */
static void give_up_start(struct lane *lane)
{
	if (lane->starting == STARTING_MESSAGE) {
		vm_end_message(lane->vm);
		lane->message_begun = false;
	}
	lane->starting = STARTING_NOTHING;
}

void lane_give_up(struct lane *lane)
{
	if (!lane->vm)
		return;
	end_event(lane);
	give_up_start(lane);
}

void lane_end_message(struct lane *lane)
{
	lane_give_up(lane);
	arena_reset(&lane->event);
	if (lane->vm)
		vm_rest(lane->vm);
	if (lane->message_begun)
		vm_end_message(lane->vm);
	lane->message_begun = false;
	lane->message_done = false;
	lane->saw_message = false;
}

void lane_forget_message(struct lane *lane)
{
	mail_end(lane->mail);
}

/* ---- levels ---- */

static bool edit_header(struct lane *lane, enum change_kind kind, struct text name,
			struct text content)
{
	struct change wanted = {.kind = kind, .index = 1, .name = name, .value = content};
	const char *why = NULL;

	return mail_change(lane->mail, wanted, &why) == MAIL_DONE;
}

/* A sender's own claim of a level must not be what a mail program reads. */
static bool write_level(struct lane *lane, struct text name, int level)
{
	char digits[16];
	int length;

	if (level < 0)
		return true;
	while (headers_find(&lane->mail->message->headers, name, 1) >= 0)
		if (!edit_header(lane, CHANGE_CHANGE_HEADER, name, TEXT_EMPTY))
			return false;
	length = snprintf(digits, sizeof(digits), "%d", level);
	return edit_header(lane, CHANGE_ADD_HEADER, name,
			   text_of(digits, (size_t)length, LIFETIME_EVENT));
}

bool lane_write_levels(struct lane *lane)
{
	int spam = lane->mail->message->spam_level, virus = lane->mail->message->virus_level;

	if (!lane->mail->message->open)
		return true;
	lane->mail->message->spam_level = lane->mail->message->virus_level = -1;
	return write_level(lane, TEXT("X-AxigenSpam-Level"), spam) &&
	       write_level(lane, TEXT("X-AxigenVirus-Level"), virus);
}

bool lane_has_changes(const struct lane *lane)
{
	const struct mail_message *message = lane->mail->message;

	return message->changes.count || message->spam_level >= 0 || message->virus_level >= 0;
}
