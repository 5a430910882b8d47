#include "cli/milter_show.h"

#include "cli/difference.h"
#include "cli/milter_negotiation.h"

#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <sysexits.h>

struct show {
	const struct show_options *options;
	struct outcome outcome; /* of the message that runs */
	bool open;		/* it has begun */
	size_t shown;		/* steps of it */
	size_t letter;		/* that runs */
	struct buffer members;	/* of the JSON object: the milter and its wishes */
	size_t common_members;	/* those that every object has */
	bool failed;		/* the dialogue */
	int status;
};

/* ---- words ---- */

const char *failure_word(enum milter_failure_kind kind)
{
	static const char *const words[] = {
		[MILTER_FAILURE_NONE] = "none",		[MILTER_FAILURE_CONNECT] = "connect",
		[MILTER_FAILURE_TIMEOUT] = "timeout",	[MILTER_FAILURE_CLOSED] = "closed",
		[MILTER_FAILURE_PROTOCOL] = "protocol", [MILTER_FAILURE_ARGUMENT] = "argument",
		[MILTER_FAILURE_MEMORY] = "memory",
	};

	return words[kind];
}

enum afsl_verdict_kind kind_of_reply(const struct milter_reply *reply)
{
	switch (reply->letter) {
	case MILTER_ACCEPT:
		return AFSL_ACCEPT;
	case MILTER_REJECT:
		return AFSL_REJECT;
	case MILTER_TEMPFAIL:
		return AFSL_TEMPFAIL;
	case MILTER_DISCARD:
		return AFSL_DISCARD;
	case MILTER_SHUTDOWN:
		return AFSL_DISCONNECTED;
	case MILTER_REPLYCODE:
		return reply->code == 421  ? AFSL_DISCONNECTED
		       : reply->code < 500 ? AFSL_TEMPFAIL
					   : AFSL_REJECT;
	default:
		return AFSL_CONTINUE;
	}
}

static const char *string_in(struct outcome *outcome, struct text text)
{
	const char *copy = arena_string(&outcome->arena, text);

	outcome->failed |= !copy;
	return copy ? copy : "";
}

struct afsl_verdict verdict_of_reply(struct outcome *outcome, const struct milter_reply *reply)
{
	struct afsl_verdict verdict = { kind_of_reply(reply), reply->code, "", "", "", "", NULL };

	if (reply->letter == MILTER_REPLYCODE) {
		verdict.enhanced = string_in(outcome, reply->enhanced);
		verdict.text = string_in(outcome, reply->text);
	}
	return verdict;
}

/* ---- printing ---- */

static struct presentation presentation_of(const struct show *show)
{
	return (struct presentation){ .envelope = show->options->letters[show->letter].envelope,
				      .sources = show->options->sources[show->letter],
				      .outcome = (struct outcome *)&show->outcome,
				      .colour = show->options->colour,
				      .dialogue = true,
				      .members = &show->members };
}

/* Takes the buffer over. */
static void print(struct show *show, struct buffer *out)
{
	write_text(stdout, buffer_text(out));
	fflush(stdout);
	if (out->failed)
		show->status = EX_OSERR;
	buffer_free(out);
}

static void print_envelope(struct show *show)
{
	struct presentation presentation = presentation_of(show);
	struct buffer out;

	buffer_init(&out, BUFFER_CAP_DEFAULT);
	if (show->letter == 0)
		buffer_printf(&out, "milter   %s\n", show->options->milter);
	present_envelope(&presentation, &out);
	print(show, &out);
}

/* Steps that have not been printed yet, up to `until`. */
static void print_steps(struct show *show, size_t until)
{
	struct presentation presentation = presentation_of(show);
	struct buffer out;

	buffer_init(&out, BUFFER_CAP_DEFAULT);
	for (; show->shown < until; show->shown++)
		present_step(&presentation, &out, &show->outcome.steps[show->shown]);
	print(show, &out);
}

/* ---- what happens ---- */

static bool message_open(struct show *show)
{
	if (show->open)
		return true;
	show->open = outcome_begin(&show->outcome);
	show->shown = 0;
	if (!show->open)
		show->status = EX_OSERR;
	return show->open;
}

static void on_negotiated(void *argument, const struct milter_options *options,
			  int64_t microseconds)
{
	struct show *show = argument;
	struct buffer out;

	negotiation_json(&show->members, options, microseconds);
	show->common_members = show->members.length;
	if (show->options->json)
		return;
	buffer_init(&out, BUFFER_CAP_DEFAULT);
	negotiation_print(&out, options, microseconds);
	print(show, &out);
}

/* "name=value" NUL "name=value". */
static struct text macros_in(struct outcome *outcome, const struct macro_set *macros)
{
	struct buffer lines;
	struct text copy;
	bool ok = true;

	buffer_init(&lines, BUFFER_CAP_DEFAULT);
	for (size_t i = 0; i < macros->count; i++) {
		if (i)
			buffer_append_byte(&lines, '\0');
		buffer_append_text(&lines, macros->pairs[2 * i]);
		buffer_append_byte(&lines, '=');
		buffer_append_text(&lines, macros->pairs[2 * i + 1]);
	}
	copy = arena_copy(&outcome->arena, buffer_text(&lines), &ok);
	outcome->failed |= !ok || lines.failed;
	buffer_free(&lines);
	return copy;
}

static void on_exchanged(void *argument, const struct exchange *exchange)
{
	struct show *show = argument;
	struct outcome *outcome = &show->outcome;
	bool joins = !exchange->macros;
	struct step *step;

	if (!message_open(show))
		return;
	struct afsl_verdict verdict = verdict_of_reply(outcome, exchange->reply);

	outcome_note(outcome, exchange->command, exchange->detail, &verdict, joins);
	step = &outcome->steps[outcome->step_count - 1];
	step->microseconds += exchange->microseconds;
	step->unanswered = !exchange->answered;
	step->skip = exchange->reply->letter == MILTER_SKIP;
	if (exchange->macros)
		step->macros = macros_in(outcome, exchange->macros);
	if (!show->options->json)
		print_steps(show, outcome->step_count - joins);
}

static void on_refused(void *argument, struct text recipient, const struct milter_reply *reply)
{
	struct show *show = argument;

	if (!message_open(show))
		return;
	struct afsl_verdict verdict = verdict_of_reply(&show->outcome, reply);

	outcome_recipient(&show->outcome, recipient, &verdict);
}

static bool is_refused(const struct outcome *outcome, struct text address)
{
	for (size_t i = 0; i < outcome->recipient_count; i++)
		if (outcome->recipients[i].address.data == address.data)
			return true;
	return false;
}

/* Those that were not refused one by one share the message's fate. */
static void add_recipients(struct show *show)
{
	const struct envelope *envelope = show->options->letters[show->letter].envelope;

	for (size_t i = 0; i < envelope->rcpt_count; i++)
		if (!is_refused(&show->outcome, envelope->rcpts[i]))
			outcome_recipient(
				&show->outcome, envelope->rcpts[i],
				&(struct afsl_verdict){ AFSL_CONTINUE, 0, "", "", "", "", NULL });
}

_Static_assert((int)CHANGE_ADD_HEADER == (int)AFSL_ADD_HEADER &&
		       (int)CHANGE_CHANGE_HEADER == (int)AFSL_CHANGE_HEADER &&
		       (int)CHANGE_ADD_RCPT == (int)AFSL_ADD_RCPT &&
		       (int)CHANGE_CHANGE_SENDER == (int)AFSL_CHANGE_SENDER &&
		       (int)CHANGE_QUARANTINE == (int)AFSL_QUARANTINE,
	       "changes are numbered alike");

static void add_changes(struct outcome *outcome, const struct changes *changes)
{
	if (!outcome_reserve(outcome, changes->count))
		return;
	for (uint32_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->items[i];

		outcome_change(outcome,
			       (struct afsl_change){ (enum afsl_change_kind)change->kind,
						     change->index,
						     { change->name.data, change->name.length },
						     { change->value.data, change->value.length },
						     change->blanks,
						     change->more });
	}
}

/* ---- the end of a message ---- */

static void write_output(struct show *show, const struct delivery *delivery)
{
	if (delivery_write(delivery, show->options->output))
		return;
	fprintf(stderr, "afsl milter: %s: %s\n", show->options->output, strerror(errno));
	show->status = EX_CANTCREAT;
}

/* The message with no change at all: what the difference is made to. */
static bool deliver_unchanged(const struct letter *letter, struct outcome *outcome,
			      struct delivery *delivery)
{
	struct outcome unchanged = *outcome;
	bool ok;

	unchanged.change_count = 0;
	ok = deliver(letter->envelope, letter->message, &unchanged, delivery);
	outcome->arena = unchanged.arena;
	return ok;
}

static void present_result(struct show *show, const struct delivery *delivery,
			   const struct buffer *sent)
{
	struct presentation presentation = presentation_of(show);
	struct buffer out;

	presentation.delivery = delivery;
	presentation.failed = show->failed;
	presentation.sent = sent;
	buffer_init(&out, (size_t)4 << 30);
	if (show->options->json)
		present_json(&presentation, &out);
	else
		present_text(&presentation, &out);
	print(show, &out);
}

static void show_result(struct show *show)
{
	const struct letter *letter = &show->options->letters[show->letter];
	struct delivery delivery = { 0 }, sent = { 0 };
	bool delivered = outcome_is_delivered(&show->outcome);
	bool quiet = show->options->output && strcmp(show->options->output, "-") == 0;

	if (delivered && (!deliver(letter->envelope, letter->message, &show->outcome, &delivery) ||
			  !deliver_unchanged(letter, &show->outcome, &sent)))
		show->status = EX_OSERR;
	if (!quiet)
		present_result(show, delivered ? &delivery : NULL, &sent.content);
	if (delivered && show->options->output)
		write_output(show, &delivery);
	if (!delivered && show->status == EX_OK)
		show->status = 1;
	delivery_free(&delivery);
	delivery_free(&sent);
}

static void on_ended(void *argument, size_t letter, const struct ending *ending)
{
	struct show *show = argument;

	if (!message_open(show))
		return;
	show->letter = letter;
	if (!show->options->json)
		print_steps(show, show->outcome.step_count);
	show->outcome.verdict = verdict_of_reply(&show->outcome, ending->reply);
	add_recipients(show);
	if (outcome_is_delivered(&show->outcome))
		add_changes(&show->outcome, ending->reply->changes);
	show_result(show);
	if (show->outcome.failed)
		show->status = EX_OSERR;
	outcome_free(&show->outcome);
	show->open = false;
	if (show->letter + 1 < show->options->letter_count)
		show->letter++;
}

/* ---- the whole ---- */

void show_failure(struct show *show, const struct milter_failure *failure)
{
	show->failed = true;
	if (!message_open(show))
		return;
	if (!show->options->json) {
		print_steps(show, show->outcome.step_count);
		printf("\nfailed   %s: %s\n", failure_word(failure->kind), failure->message);
		return;
	}
	buffer_printf(&show->members, "\n \"failure\": {\"kind\": \"%s\", \"message\": ",
		      failure_word(failure->kind));
	buffer_append_json(&show->members, text_of_string(failure->message, LIFETIME_EVENT));
	buffer_append_string(&show->members, "},");
	present_result(show, NULL, NULL);
}

struct dialogue_watcher show_watcher(struct show *show)
{
	return (struct dialogue_watcher){ on_negotiated, on_exchanged, on_refused, on_ended, show };
}

struct show *show_new(const struct show_options *options)
{
	struct show *show = memory_zeroed(1, sizeof(*show));

	if (!show)
		return NULL;
	show->options = options;
	buffer_init(&show->members, BUFFER_CAP_DEFAULT);
	buffer_append_string(&show->members, "\"milter\": ");
	buffer_append_json(&show->members, text_of_string(options->milter, LIFETIME_EVENT));
	buffer_append_byte(&show->members, ',');
	if (!options->json)
		print_envelope(show);
	return show;
}

void show_free(struct show *show)
{
	if (!show)
		return;
	if (show->open)
		outcome_free(&show->outcome);
	buffer_free(&show->members);
	memory_free(show);
}

int show_status(const struct show *show)
{
	return show->members.failed ? EX_OSERR : show->status;
}
