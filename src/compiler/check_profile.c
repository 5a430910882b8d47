/* What the mail server in front makes of it: facts of grammar/profiles.def. Something is said when
 * it holds for each mail server that is meant. */
#include "compiler/checker.h"

#include <string.h>

static const char *server_name(const struct checker *checker)
{
	for (unsigned i = 0; i < PROFILE_COUNT; i++)
		if (checker->input->profiles == (profile_set)1 << i)
			return profile_rows[i].name;
	return "no mail server";
}

void facts_prepare(struct checker *checker)
{
	for (unsigned i = 0; i < PROFILE_FACT_COUNT; i++) {
		const struct profile_fact *fact = &profile_facts[i];

		if (*fact->code && profile_fact_holds(fact, checker->input->profiles))
			checker->facts[checker->fact_count++] = fact;
	}
}

static const struct profile_fact *find_fact(const struct checker *checker, enum profile_deed deed,
					    struct text name, event_set events)
{
	for (unsigned i = 0; i < checker->fact_count; i++) {
		const struct profile_fact *fact = checker->facts[i];

		if (!(events & ~fact->events) && profile_fact_is(fact, deed, name))
			return fact;
	}
	return NULL;
}

static struct diagnostic *tell(struct checker *checker, const struct profile_fact *fact,
			       struct text name, struct span span)
{
	struct diagnostic *diagnostic = report(checker, fact->code, span, "`%.*s`: %s %s",
					       TEXT_PRINTF(name), server_name(checker), fact->what);

	if (*fact->cure)
		help(checker, diagnostic, "%s", fact->cure);
	return diagnostic;
}

static const struct profile_fact *fact_of_deed(const struct checker *checker, const struct use *use,
					       struct text *name, event_set events)
{
	enum profile_deed deed = use->kind == USE_TEXT ? PROFILE_TEXT : PROFILE_CALL;

	*name = use->kind == USE_BUILTIN
			? text_of_string(builtin_rows[use->id].name, LIFETIME_PROGRAM)
			: use->text;
	return find_fact(checker, deed, *name, events);
}

/* An error is one in any event, a warning only where no event makes sense of it. */
void check_deed(struct checker *checker, const struct routine *routine, const struct use *use,
		unsigned event)
{
	struct text name;
	const struct profile_fact *fact = fact_of_deed(checker, use, &name, (event_set)1 << event);

	if (fact && *fact->code == 'E')
		relate_event(checker, tell(checker, fact, name, use->span), routine, event);
}

void warn_deed(struct checker *checker, const struct routine *routine, const struct use *use)
{
	struct text name;
	const struct profile_fact *fact = fact_of_deed(checker, use, &name, routine->reached);

	if (fact && routine->reached && *fact->code == 'W')
		tell(checker, fact, name, use->span);
}

/* ---- what is never told ------------------------------------------------------------- */

/* Behind the events in which it is unknown. */
static const char *first_known(event_set unknown)
{
	unsigned event = 0;

	while (unknown >> event & 1)
		event++;
	return event_rows[event].name;
}

static void report_untold(struct checker *checker, const char *what, struct text name,
			  struct span span, event_set unknown)
{
	bool all = checker->input->profiles == PROFILES_ALL;
	bool never = (unknown & EVENTS_ALL) == EVENTS_ALL;
	struct diagnostic *diagnostic;

	diagnostic = report(checker, "W0412", span, "%s %s the %s `%.*s`%s", server_name(checker),
			    all	    ? "knows"
			    : never ? "never knows"
				    : "does not know",
			    what, TEXT_PRINTF(name), never ? "" : " yet");
	if (never)
		help(checker, diagnostic, "it is always empty");
	else
		help(checker, diagnostic, "it is known from %s on", first_known(unknown));
}

void check_macro_use(struct checker *checker, const struct routine *routine, const struct use *use)
{
	const struct profile_macro *macro = profile_macro_find(use->text);
	event_set unknown;

	if (!macro || !routine->reached)
		return;
	unknown = profile_macro_unknown(macro, checker->input->profiles);
	if (!(routine->reached & ~unknown))
		report_untold(checker, "macro", use->text, use->span, unknown);
}

/* A variable is as unknown as all the macros that tell it. */
static event_set variable_unknown(const struct checker *checker, unsigned variable)
{
	event_set unknown = EVENTS_ALL;
	bool told = false;

	for (unsigned i = 0; i < variable_macro_count; i++) {
		const struct profile_macro *macro;

		if (variable_macros[i].variable != variable)
			continue;
		macro = profile_macro_find(
			text_of_string(variable_macros[i].macro, LIFETIME_PROGRAM));
		told = true;
		unknown &= macro ? profile_macro_unknown(macro, checker->input->profiles) : 0;
	}
	return told ? unknown : 0;
}

void check_read_use(struct checker *checker, const struct routine *routine, const struct use *use)
{
	struct text name = text_of_string(variable_rows[use->id].name, LIFETIME_PROGRAM);
	const struct profile_fact *fact = find_fact(checker, PROFILE_READ, name, routine->reached);
	event_set unknown = variable_unknown(checker, use->id);

	if (!routine->reached)
		return;
	if (fact)
		tell(checker, fact, name, use->span);
	else if (!(routine->reached & ~unknown))
		report_untold(checker, "variable", name, use->span, unknown);
}

void check_event_use(struct checker *checker, unsigned event)
{
	const struct event_body *body = checker->program->events[event];
	struct text name = text_of_string(event_rows[event].name, LIFETIME_PROGRAM);
	const struct profile_fact *fact =
		find_fact(checker, PROFILE_EVENT, name, (event_set)1 << event);

	for (; fact && body; body = body->next)
		tell(checker, fact, name, body->function->declaration->name_span);
}
