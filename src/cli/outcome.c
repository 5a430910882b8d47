#include "cli/outcome.h"

/* ---- building it ---- */

bool outcome_begin(struct outcome *outcome)
{
	static const struct afsl_verdict none = { AFSL_CONTINUE, 0, "", "", "", "", NULL };

	*outcome = (struct outcome){ .verdict = none };
	arena_init(&outcome->arena, (size_t)1 << 30, LIFETIME_PROGRAM);
	outcome->steps = arena_allocate(&outcome->arena, STEPS_MAX * sizeof(*outcome->steps));
	outcome->recipients =
		arena_allocate(&outcome->arena, RECIPIENTS_MAX * sizeof(*outcome->recipients));
	outcome->failed = !outcome->steps || !outcome->recipients;
	return !outcome->failed;
}

void outcome_free(struct outcome *outcome)
{
	arena_reset(&outcome->arena);
}

bool outcome_is_delivered(const struct outcome *outcome)
{
	return outcome->verdict.kind == AFSL_CONTINUE || outcome->verdict.kind == AFSL_ACCEPT;
}

static bool same_step(const struct step *step, const char *event,
		      const struct afsl_verdict *verdict)
{
	return step->event == event && step->verdict.kind == AFSL_CONTINUE &&
	       verdict->kind == AFSL_CONTINUE && !step->verdict.error && !verdict->error;
}

void outcome_note(struct outcome *outcome, const char *event, struct text detail,
		  const struct afsl_verdict *verdict, bool joins)
{
	struct step *last = outcome->step_count ? &outcome->steps[outcome->step_count - 1] : NULL;
	bool ok = true;

	if (last && joins && same_step(last, event, verdict)) {
		last->count++;
		return;
	}
	if (outcome->step_count == STEPS_MAX)
		return;
	outcome->steps[outcome->step_count++] =
		(struct step){ .event = event,
			       .detail = arena_copy(&outcome->arena, detail, &ok),
			       .count = 1,
			       .verdict = verdict_copy(&outcome->arena, verdict) };
	outcome->failed |= !ok;
}

void outcome_recipient(struct outcome *outcome, struct text address,
		       const struct afsl_verdict *verdict)
{
	if (outcome->recipient_count == RECIPIENTS_MAX)
		return;
	outcome->recipients[outcome->recipient_count++] =
		(struct recipient_result){ address, verdict->kind,
					   verdict_reply(&outcome->arena, verdict) };
}

static struct afsl_text keep_text(struct outcome *outcome, struct afsl_text text)
{
	bool ok = true;
	struct text copy =
		arena_copy(&outcome->arena, text_of(text.data, text.length, LIFETIME_EVENT), &ok);

	outcome->failed |= !ok;
	return (struct afsl_text){ copy.data, copy.length };
}

bool outcome_reserve(struct outcome *outcome, size_t changes)
{
	outcome->changes =
		arena_allocate(&outcome->arena, (changes + 1) * sizeof(*outcome->changes));
	outcome->failed |= !outcome->changes;
	return outcome->changes;
}

void outcome_change(struct outcome *outcome, struct afsl_change change)
{
	change.name = keep_text(outcome, change.name);
	change.value = keep_text(outcome, change.value);
	outcome->changes[outcome->change_count++] = change;
}
