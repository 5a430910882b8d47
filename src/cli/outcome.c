#include "cli/outcome.h"

#include <stdio.h>

static const char *const words[] = {
	[AFSL_CONTINUE] = "continue", [AFSL_ACCEPT] = "accept",
	[AFSL_REJECT] = "reject",     [AFSL_TEMPFAIL] = "tempfail",
	[AFSL_DISCARD] = "discard",   [AFSL_DISCONNECTED] = "disconnect",
};

const char *verdict_word(enum afsl_verdict_kind kind)
{
	return words[kind];
}

static char *keep(struct arena *arena, const char *string)
{
	char *copy = string ? arena_string(arena, text_of_string(string, LIFETIME_EVENT)) : NULL;

	return string && !copy ? (char *)"" : copy;
}

/* What Postfix says when a filter gives no text of its own. */
static const char *default_reply(enum afsl_verdict_kind kind)
{
	switch (kind) {
	case AFSL_REJECT:
		return "550 5.7.1 Command rejected";
	case AFSL_TEMPFAIL:
		return "451 4.7.1 Service unavailable - try again later";
	case AFSL_DISCONNECTED:
		return "421 4.7.0 Closing the connection";
	default:
		return "";
	}
}

const char *verdict_reply(struct arena *arena, const struct afsl_verdict *verdict)
{
	struct buffer reply;
	const char *line = verdict->text;
	char *copy;

	if (verdict->code == 0 || *default_reply(verdict->kind) == '\0')
		return default_reply(verdict->kind);
	buffer_init(&reply, BUFFER_CAP_DEFAULT);
	for (bool more = true; more; line += strcspn(line, "\n") + 1) {
		size_t length = strcspn(line, "\n");

		more = line[length] == '\n';
		buffer_printf(&reply, "%d%c%s%s%.*s%s", verdict->code, more ? '-' : ' ',
			      verdict->enhanced, *verdict->enhanced ? " " : "", (int)length, line,
			      more ? "\n" : "");
		if (!more)
			break;
	}
	copy = arena_string(arena, buffer_text(&reply));
	buffer_free(&reply);
	return copy ? copy : "";
}

struct afsl_verdict outcome_keep(struct outcome *outcome, const struct afsl_verdict *verdict)
{
	struct arena *arena = &outcome->arena;
	struct afsl_verdict copy = *verdict;

	copy.enhanced = keep(arena, verdict->enhanced ? verdict->enhanced : "");
	copy.text = keep(arena, verdict->text ? verdict->text : "");
	copy.filter = keep(arena, verdict->filter ? verdict->filter : "");
	copy.place = keep(arena, verdict->place ? verdict->place : "");
	copy.error = keep(arena, verdict->error);
	return copy;
}

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
			       .verdict = outcome_keep(outcome, verdict) };
	outcome->failed |= !ok;
}

void outcome_recipient(struct outcome *outcome, struct text address,
		       const struct afsl_verdict *verdict)
{
	if (outcome->recipient_count == RECIPIENTS_MAX)
		return;
	outcome->recipients[outcome->recipient_count++] =
		(struct recipient_result){ address, verdict->kind,
					   keep(&outcome->arena,
						verdict_reply(&outcome->arena, verdict)) };
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
