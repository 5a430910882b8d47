/* What each event can reach: where builtins may be called, and what the host must be asked for. */
#include "compiler/checker.h"

/* ---- noting uses ---------------------------------------------------------------- */

/* Dead code uses nothing. */
static struct use *add_use(struct checker *checker, enum use_kind kind, struct span span)
{
	struct routine *routine = checker->routine;
	struct use *use;

	if (!routine || checker->dead)
		return NULL;
	use = check_memory(checker, sizeof(*use));
	if (!use)
		return NULL;
	use->kind = kind;
	use->span = span;
	if (routine->last)
		routine->last->next = use;
	else
		routine->first = use;
	routine->last = use;
	return use;
}

void note_use(struct checker *checker, enum use_kind kind, unsigned id, struct span span)
{
	struct use *use = add_use(checker, kind, span);

	if (use)
		use->id = id;
}

void note_call(struct checker *checker, struct routine *routine, struct span span)
{
	struct use *use = add_use(checker, USE_CALL, span);

	if (use)
		use->routine = routine;
}

void note_macro(struct checker *checker, const struct expression *name, struct span span)
{
	struct use *use = add_use(checker, is_constant(name) ? USE_MACRO : USE_ANY_MACRO, span);

	if (use && is_constant(name))
		use->text = name->constant.text;
}

void note_word(struct checker *checker, enum use_kind kind, const char *word, struct span span)
{
	struct use *use = add_use(checker, kind, span);

	if (use)
		use->text = text_of_string(word, LIFETIME_PROGRAM);
}

/* ---- going through what can be reached ------------------------------------------------ */

/* The first values of variables, and tests, as if they were events. */
enum { START = EVENT_COUNT + 1, TEST = EVENT_COUNT };

struct reach {
	struct checker *checker;
	unsigned event; /* or START */
	event_set bit;	/* 0 for START */
	bool raised;
	uint32_t needs;
	struct name_table macros;
	struct text *names;
	unsigned name_count, name_room;
	struct routine *queue, *queue_last;
};

static void enqueue(struct reach *reach, struct routine *routine, struct span from)
{
	if (routine->visited == (int)reach->event + 1)
		return;
	routine->visited = (int)reach->event + 1;
	routine->reached_by = from;
	routine->reached |= reach->bit;
	routine->next_reached = NULL;
	if (reach->queue_last)
		reach->queue_last->next_reached = routine;
	else
		reach->queue = routine;
	reach->queue_last = routine;
}

static void add_macro(struct reach *reach, struct text name)
{
	struct checker *checker = reach->checker;
	unsigned room = reach->name_room ? reach->name_room * 2 : 16;
	void **place;

	if (!reach->raised || !name.length)
		return;
	place = name_place(checker, &reach->macros, name);
	if (!place || *place)
		return;
	*place = checker;
	if (reach->name_count == reach->name_room) {
		struct text *wider = check_memory(checker, room * sizeof(*wider));

		if (!wider)
			return;
		for (unsigned i = 0; i < reach->name_count; i++)
			wider[i] = reach->names[i];
		reach->names = wider;
		reach->name_room = room;
	}
	reach->names[reach->name_count++] = name;
}

/* ---- faults ------------------------------------------------------------------------------ */

static const char *place_name(unsigned event)
{
	if (event == TEST)
		return "a test";
	return event == START ? "the first value of a variable" : event_rows[event].name;
}

static bool is_before_mail(unsigned event)
{
	return event == EVENT_onConnect || event == EVENT_onEhlo || event == EVENT_onNegotiate;
}

void explain_events(struct checker *checker, struct diagnostic *diagnostic, const char *what,
		    event_set events)
{
	struct buffer out;
	unsigned shown = 0;

	if (!diagnostic)
		return;
	buffer_init(&out, 2048);
	for (unsigned i = 0; i < EVENT_COUNT; i++)
		if (events & (event_set)1 << i)
			buffer_printf(&out, "%s%s", shown++ ? ", " : "", event_rows[i].name);
	help(checker, diagnostic, "it %s in %.*s", what, (int)out.length, out.data ? out.data : "");
	buffer_free(&out);
}

void relate_event(struct checker *checker, struct diagnostic *diagnostic,
		  const struct routine *routine, unsigned event)
{
	struct buffer note;

	if (!diagnostic || routine->function.declaration == NULL ||
	    routine->function.declaration->kind == DECLARATION_EVENT ||
	    routine->function.declaration->kind == DECLARATION_TEST)
		return;
	buffer_init(&note, 256);
	buffer_printf(&note, "%s comes here by this call", place_name(event));
	buffer_append_byte(&note, '\0');
	relate(checker, diagnostic, routine->reached_by, note.failed ? "called here" : note.data);
	buffer_free(&note);
}

static void refuse_discard(struct reach *reach, const struct routine *routine,
			   const struct use *use)
{
	struct checker *checker = reach->checker;
	struct diagnostic *diagnostic =
		report(checker, "E0403", use->span, "there is no message to discard yet in %s",
		       place_name(reach->event));

	help(checker, diagnostic, "reject() or disconnect(), or discard from onMailFrom on");
	relate_event(checker, diagnostic, routine, reach->event);
}

static void refuse_builtin(struct reach *reach, const struct routine *routine,
			   const struct use *use)
{
	struct checker *checker = reach->checker;
	const struct builtin_row *row = &builtin_rows[use->id];
	struct diagnostic *diagnostic;

	if (use->id == BUILTIN_discard && is_before_mail(reach->event)) {
		refuse_discard(reach, routine, use);
		return;
	}
	if (row->events == TESTS_ONLY) {
		diagnostic = report(checker, "E0410", use->span, "`%s%s%s` is for tests alone",
				    row->module, *row->module ? "." : "", row->name);
		help(checker, diagnostic, "write it into a block: test \"what is shown\" { ... }");
		relate_event(checker, diagnostic, routine, reach->event);
		return;
	}
	diagnostic = report(checker, "E0402", use->span, "`%s` cannot be used in %s", row->name,
			    place_name(reach->event));
	explain_events(checker, diagnostic, "may be used", row->events);
	relate_event(checker, diagnostic, routine, reach->event);
}

static void refuse_assignment(struct reach *reach, const struct routine *routine,
			      const struct use *use)
{
	const struct variable_row *row = &variable_rows[use->id];
	struct diagnostic *diagnostic =
		report(reach->checker, "E0406", use->span, "`%s` cannot be set in %s", row->name,
		       place_name(reach->event));

	explain_events(reach->checker, diagnostic, "can be set", row->settable);
	relate_event(reach->checker, diagnostic, routine, reach->event);
}

/* ---- needs ----------------------------------------------------------------------------------- */

enum { NEED_DEEDS = NEED_ALL_CHANGES | NEED_VERDICT };

static bool may_call(const struct reach *reach, const struct builtin_row *row)
{
	if (reach->event == START)
		return row->events == EVENTS_ALL;
	return (row->events & reach->bit) || (reach->event == TEST && row->events == EVENTS_ALL);
}

static void reach_builtin(struct reach *reach, const struct routine *routine, const struct use *use)
{
	const struct builtin_row *row = &builtin_rows[use->id];

	reach->needs |= row->needs;
	if (!may_call(reach, row))
		refuse_builtin(reach, routine, use);
	else if (reach->event < EVENT_COUNT)
		check_deed(reach->checker, routine, use, reach->event);
}

static void reach_action(struct reach *reach, const struct routine *routine, const struct use *use)
{
	if (is_before_mail(reach->event) && text_equals(use->text, TEXT("discard")))
		refuse_discard(reach, routine, use);
	else if (reach->event < EVENT_COUNT)
		check_deed(reach->checker, routine, use, reach->event);
}

/* What a variable tells is asked for where it can be read; elsewhere it is empty anyway. */
static void reach_read(struct reach *reach, const struct use *use)
{
	const struct variable_row *row = &variable_rows[use->id];

	if (!(row->readable & reach->bit))
		return;
	reach->needs |= row->needs & ~(uint32_t)NEED_DEEDS;
	for (unsigned i = 0; i < variable_macro_count; i++)
		if (variable_macros[i].variable == use->id)
			add_macro(reach,
				  text_of_string(variable_macros[i].macro, LIFETIME_PROGRAM));
}

static void reach_write(struct reach *reach, const struct routine *routine, const struct use *use)
{
	const struct variable_row *row = &variable_rows[use->id];

	if (row->settable & reach->bit)
		reach->needs |= row->needs & (uint32_t)NEED_DEEDS;
	else if (use->kind == USE_ASSIGN)
		refuse_assignment(reach, routine, use);
}

static void reach_use(struct reach *reach, const struct routine *routine, const struct use *use)
{
	switch (use->kind) {
	case USE_BUILTIN:
		reach_builtin(reach, routine, use);
		break;
	case USE_CALL:
		enqueue(reach, use->routine, use->span);
		break;
	case USE_READ:
		reach_read(reach, use);
		break;
	case USE_WRITE:
	case USE_ASSIGN:
		reach_write(reach, routine, use);
		break;
	case USE_MACRO:
		add_macro(reach, use->text);
		break;
	case USE_ACTION:
		reach_action(reach, routine, use);
		break;
	case USE_TEXT:
		if (reach->event < EVENT_COUNT)
			check_deed(reach->checker, routine, use, reach->event);
		break;
	case USE_ANY_MACRO:
		reach->needs |= NEED_MACROS;
		break;
	}
}

static void go_through(struct reach *reach)
{
	while (reach->queue && !reach->checker->failed) {
		struct routine *routine = reach->queue;

		for (const struct use *use = routine->first; use; use = use->next)
			reach_use(reach, routine, use);
		reach->queue = routine->next_reached;
		if (!reach->queue)
			reach->queue_last = NULL;
	}
}

static void begin(struct reach *reach, unsigned event)
{
	reach->event = event;
	reach->bit = event == START ? 0 : (event_set)1 << event;
	reach->raised = event == START ||
			(event < EVENT_COUNT && reach->checker->input->raised & reach->bit);
	reach->needs = 0;
	reach->queue = reach->queue_last = NULL;
}

static void reach_event(struct reach *reach, unsigned event)
{
	struct checked_program *program = reach->checker->program;

	begin(reach, event);
	for (const struct event_body *body = program->events[event]; body; body = body->next)
		enqueue(reach, (struct routine *)(uintptr_t)body->function,
			body->function->declaration->name_span);
	go_through(reach);
	program->event_needs[event] = reach->needs;
	if (reach->raised)
		program->needs |= reach->needs;
}

/* What tests do makes no demands on a host. */
static void reach_tests(struct reach *reach)
{
	begin(reach, TEST);
	for (const struct checked_test *test = reach->checker->program->tests; test;
	     test = test->next)
		enqueue(reach, (struct routine *)test->function,
			test->function->declaration->name_span);
	go_through(reach);
}

/* ---- what does nothing
 * --------------------------------------------------------------------------- */

static void warn_set(struct checker *checker, const struct routine *routine, const struct use *use)
{
	const struct variable_row *row = &variable_rows[use->id];
	struct diagnostic *diagnostic;

	if (row->settable == 0) {
		report(checker, "W0401", use->span, "`%s` tells what is: setting it does nothing",
		       row->name);
	} else if (routine->reached && !(routine->reached & row->settable)) {
		diagnostic =
			report(checker, "W0401", use->span,
			       "setting `%s` does nothing in the events that come here", row->name);
		explain_events(checker, diagnostic, "can be set", row->settable);
	}
}

static void warn_read(struct checker *checker, const struct routine *routine, const struct use *use)
{
	const struct variable_row *row = &variable_rows[use->id];
	struct diagnostic *diagnostic;

	if (!routine->reached)
		return;
	if (routine->reached & row->readable) {
		check_read_use(checker, routine, use);
		return;
	}
	if (routine->reached == TESTS_ONLY) {
		diagnostic =
			report(checker, "W0403", use->span,
			       "`%s` is known in events, and always empty in a test", row->name);
		help(checker, diagnostic,
		     "keep it in a session or message variable: a test reads those");
		return;
	}
	diagnostic = report(checker, "W0403", use->span,
			    "`%s` is always empty in the events that come here", row->name);
	if (row->readable)
		explain_events(checker, diagnostic, "is known", row->readable);
}

static void warn_routine(struct checker *checker, const struct routine *routine)
{
	for (const struct use *use = routine->first; use && !checker->failed; use = use->next) {
		switch (use->kind) {
		case USE_WRITE:
			warn_set(checker, routine, use);
			break;
		case USE_READ:
			warn_read(checker, routine, use);
			break;
		case USE_MACRO:
			check_macro_use(checker, routine, use);
			break;
		case USE_BUILTIN:
		case USE_ACTION:
		case USE_TEXT:
			warn_deed(checker, routine, use);
			break;
		default:
			break;
		}
	}
}

void check_reach(struct checker *checker)
{
	struct reach reach = { .checker = checker };

	for (unsigned event = 0; event < EVENT_COUNT; event++) {
		reach_event(&reach, event);
		check_event_use(checker, event);
	}
	reach_tests(&reach);
	begin(&reach, START);
	enqueue(&reach, checker->start, (struct span){ 0, 0, 0 });
	go_through(&reach);
	checker->program->needs |= reach.needs;
	checker->program->macros = reach.names;
	checker->program->macro_count = reach.name_count;
	for (unsigned i = 0; i < checker->routine_count; i++)
		warn_routine(checker, checker->routines[i]);
}
