#include "cli/dialogue.h"

#include "base/memory.h"

enum { ARENA_CAP = 1 << 30, NOT_FOUND = -1 };

/* The session's course; those from MAIL on come again for each message. */
enum stage {
	STAGE_NEGOTIATE,
	STAGE_CONNECT,
	STAGE_HELO,
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA,
	STAGE_HEADER,
	STAGE_EOH,
	STAGE_BODY,
	STAGE_EOM,
	STAGE_ABORT,
	STAGE_QUIT,
	STAGE_END,
};

struct dialogue {
	struct milter_client *client;
	const struct letter *letters;
	size_t letter_count, rounds;
	size_t done;	 /* messages */
	size_t item;	 /* recipient or field of the stage */
	size_t accepted; /* recipients */
	struct dialogue_watcher watcher;
	struct arena arena; /* of the message */
	struct arena session_arena;
	struct macro_set macros;
	struct milter_reply last_refusal;
	enum stage stage;
	bool begun; /* the stage's command has been given to the client */
	bool told;  /* whoever watches hears of it */
	bool over;  /* the milter wants to hear no more of this session */
	int64_t step_started, message_started;
};

static const struct letter *letter_now(const struct dialogue *dialogue)
{
	return &dialogue->letters[dialogue->done % dialogue->letter_count];
}

/* ---- what is sent ---- */

/* "<address>"; false when memory has ended. */
static bool bracketed(struct dialogue *dialogue, struct text address, struct text *into)
{
	char *copy = arena_bytes(&dialogue->arena, (size_t)address.length + 2);

	if (!copy)
		return false;
	copy[0] = '<';
	if (address.length)
		memcpy(copy + 1, address.data, address.length);
	copy[address.length + 1] = '>';
	*into = text_of(copy, (size_t)address.length + 2, LIFETIME_EVENT);
	return true;
}

static bool begin_connect(struct dialogue *dialogue)
{
	const struct envelope *envelope = letter_now(dialogue)->envelope;
	struct ip ip = { { 0 } };
	bool known = ip_parse(text_of_string(envelope->client_ip, LIFETIME_EVENT), &ip);
	enum client_family family = !known	   ? CLIENT_UNKNOWN
				    : ip_is_v4(ip) ? CLIENT_INET
						   : CLIENT_INET6;

	return milter_client_connect(dialogue->client,
				     text_of_string(envelope->client_name, LIFETIME_EVENT), family,
				     ip, TEXT_EMPTY, (uint16_t)envelope->client_port);
}

static bool begin_helo(struct dialogue *dialogue)
{
	const struct envelope *envelope = letter_now(dialogue)->envelope;

	return milter_client_helo(dialogue->client, text_of_string(envelope->helo, LIFETIME_EVENT));
}

static bool begin_mail(struct dialogue *dialogue)
{
	struct text sender;

	arena_reset(&dialogue->arena);
	dialogue->accepted = 0;
	dialogue->message_started = clock_monotonic();
	return bracketed(dialogue, letter_now(dialogue)->envelope->from, &sender) &&
	       milter_client_mail(dialogue->client, sender, NULL, 0);
}

static bool begin_rcpt(struct dialogue *dialogue)
{
	struct text address = letter_now(dialogue)->envelope->rcpts[dialogue->item], recipient;

	return bracketed(dialogue, address, &recipient) &&
	       milter_client_rcpt(dialogue->client, recipient, NULL, 0);
}

static bool begin_header(struct dialogue *dialogue)
{
	const struct field *field = &letter_now(dialogue)->message->fields[dialogue->item];

	return milter_client_header(dialogue->client, field->name, field->raw);
}

static bool begin_body(struct dialogue *dialogue)
{
	return milter_client_body(dialogue->client,
				  buffer_text(&letter_now(dialogue)->message->body));
}

#define BEGIN(name, call)                                                                          \
	static bool begin_##name(struct dialogue *dialogue)                                        \
	{                                                                                          \
		return milter_client_##call(dialogue->client);                                     \
	}
BEGIN(negotiate, negotiate)
BEGIN(data, data)
BEGIN(eoh, end_of_headers)
BEGIN(eom, end_of_message)
BEGIN(abort, abort)
BEGIN(quit, quit)

static const struct stage_row {
	const char *name;
	enum milter_command command;
	bool (*begin)(struct dialogue *dialogue);
	int macros; /* enum macro_stage, or NOT_FOUND */
	enum afsl_event event;
} stages[] = {
	[STAGE_NEGOTIATE] = { "NEGOTIATE", MILTER_OPTNEG, begin_negotiate, NOT_FOUND, 0 },
	[STAGE_CONNECT] = { "CONNECT", MILTER_CONNECT, begin_connect, MACRO_CONNECT, AFSL_CONNECT },
	[STAGE_HELO] = { "HELO", MILTER_HELO, begin_helo, MACRO_HELO, AFSL_HELO },
	[STAGE_MAIL] = { "MAIL", MILTER_MAIL, begin_mail, MACRO_MAIL, AFSL_MAIL },
	[STAGE_RCPT] = { "RCPT", MILTER_RCPT, begin_rcpt, MACRO_RCPT, AFSL_RCPT },
	[STAGE_DATA] = { "DATA", MILTER_DATA, begin_data, MACRO_DATA, AFSL_DATA },
	[STAGE_HEADER] = { "HEADER", MILTER_HEADER, begin_header, NOT_FOUND, 0 },
	[STAGE_EOH] = { "END OF HEADERS", MILTER_EOH, begin_eoh, MACRO_EOH, AFSL_END_OF_HEADERS },
	[STAGE_BODY] = { "BODY", MILTER_BODY, begin_body, NOT_FOUND, 0 },
	[STAGE_EOM] = { "END OF MESSAGE", MILTER_EOM, begin_eom, MACRO_EOM, AFSL_END_OF_MESSAGE },
	[STAGE_ABORT] = { "ABORT", MILTER_ABORT, begin_abort, NOT_FOUND, 0 },
	[STAGE_QUIT] = { "QUIT", MILTER_QUIT, begin_quit, NOT_FOUND, 0 },
};

/* How often the stage's command comes. */
static size_t stage_items(const struct dialogue *dialogue)
{
	const struct letter *letter = letter_now(dialogue);

	if (dialogue->stage == STAGE_RCPT)
		return letter->envelope->rcpt_count;
	if (dialogue->stage == STAGE_HEADER)
		return letter->message->field_count;
	if (dialogue->stage == STAGE_BODY)
		return letter->message->body.length > 0;
	return 1;
}

static struct arena *arena_now(struct dialogue *dialogue)
{
	bool of_session = dialogue->stage <= STAGE_HELO || dialogue->stage >= STAGE_ABORT;

	return of_session ? &dialogue->session_arena : &dialogue->arena;
}

/* Those that the milter has not named are left out by the client; here too, for who watches. */
static void macros_narrow(struct dialogue *dialogue, enum macro_stage stage)
{
	struct text wanted =
		milter_client_options(dialogue->client)->macros[milter_stage_of(stage)];
	struct macro_set *set = &dialogue->macros;
	size_t kept = 0;

	if (!wanted.data)
		return;
	for (size_t i = 0; i < set->count; i++) {
		if (!macro_list_holds(wanted, set->pairs[2 * i]))
			continue;
		set->pairs[2 * kept] = set->pairs[2 * i];
		set->pairs[2 * kept++ + 1] = set->pairs[2 * i + 1];
	}
	set->count = kept;
}

static bool macros_give(struct dialogue *dialogue, const struct stage_row *row)
{
	const struct envelope *envelope = letter_now(dialogue)->envelope;
	struct text rcpt =
		dialogue->stage == STAGE_RCPT ? envelope->rcpts[dialogue->item] : TEXT_EMPTY;

	dialogue->macros.count = 0;
	if (row->macros == NOT_FOUND)
		return true;
	if (!macros_of_stage(row->event, envelope, rcpt, dialogue->accepted > 0,
			     arena_now(dialogue), &dialogue->macros))
		return false;
	macros_narrow(dialogue, (enum macro_stage)row->macros);
	return milter_client_macros(dialogue->client, (enum macro_stage)row->macros,
				    dialogue->macros.pairs, (uint32_t)dialogue->macros.count);
}

/* ---- what is answered ---- */

static struct text detail_of(const struct dialogue *dialogue)
{
	const struct envelope *envelope = letter_now(dialogue)->envelope;

	switch (dialogue->stage) {
	case STAGE_CONNECT:
		return text_of_string(envelope->client_name, LIFETIME_EVENT);
	case STAGE_HELO:
		return text_of_string(envelope->helo, LIFETIME_EVENT);
	case STAGE_MAIL:
		return envelope->from;
	case STAGE_RCPT:
		return envelope->rcpts[dialogue->item];
	case STAGE_HEADER:
		return letter_now(dialogue)->message->fields[dialogue->item].name;
	default:
		return TEXT_EMPTY;
	}
}

static void tell_exchange(struct dialogue *dialogue)
{
	const struct stage_row *row = &stages[dialogue->stage];
	int64_t took = clock_monotonic() - dialogue->step_started;
	struct exchange exchange = { row->name,
				     detail_of(dialogue),
				     dialogue->macros.count ? &dialogue->macros : NULL,
				     milter_client_reply(dialogue->client),
				     milter_client_awaits(dialogue->client, row->command),
				     took };

	if (dialogue->stage == STAGE_NEGOTIATE) {
		if (dialogue->watcher.negotiated)
			dialogue->watcher.negotiated(dialogue->watcher.argument,
						     milter_client_options(dialogue->client), took);
	} else if (dialogue->watcher.exchanged) {
		dialogue->watcher.exchanged(dialogue->watcher.argument, &exchange);
	}
}

/* A message has found its end: the next one, or the end of the session. */
static void message_end(struct dialogue *dialogue, const struct milter_reply *reply,
			bool no_recipients)
{
	bool early = dialogue->stage <= STAGE_HELO;
	struct ending ending = { reply, no_recipients, early,
				 early ? 0 : clock_monotonic() - dialogue->message_started };

	if (dialogue->watcher.ended)
		dialogue->watcher.ended(dialogue->watcher.argument,
					dialogue->done % dialogue->letter_count, &ending);
	dialogue->done++;
	if (early || reply->letter == MILTER_SHUTDOWN || reply->code == 421)
		dialogue->over = true;
	if (dialogue->over || dialogue->done == dialogue->letter_count * dialogue->rounds)
		dialogue->stage = STAGE_QUIT;
	else
		dialogue->stage = dialogue->stage == STAGE_EOM ? STAGE_MAIL : STAGE_ABORT;
	dialogue->item = 0;
}

static bool goes_on(const struct milter_reply *reply)
{
	return reply->letter == MILTER_CONTINUE || reply->letter == MILTER_SKIP;
}

static bool refuses(const struct milter_reply *reply)
{
	return reply->letter == MILTER_REJECT || reply->letter == MILTER_TEMPFAIL ||
	       (reply->letter == MILTER_REPLYCODE && reply->code != 421);
}

/* Recipients are refused one by one; nobody left is the end. */
static bool recipient_answered(struct dialogue *dialogue, const struct milter_reply *reply)
{
	if (!refuses(reply)) {
		dialogue->accepted++;
		return goes_on(reply);
	}
	dialogue->last_refusal = *reply;
	if (dialogue->watcher.refused)
		dialogue->watcher.refused(dialogue->watcher.argument, detail_of(dialogue), reply);
	return true;
}

static void stage_next(struct dialogue *dialogue)
{
	if (++dialogue->item < stage_items(dialogue))
		return;
	dialogue->item = 0;
	if (dialogue->stage == STAGE_ABORT)
		dialogue->stage = STAGE_MAIL;
	else
		dialogue->stage = dialogue->stage == STAGE_QUIT ? STAGE_END : dialogue->stage + 1;
}

/* What an answer means for the course of things. */
static void stage_answered(struct dialogue *dialogue)
{
	const struct milter_reply *reply = milter_client_reply(dialogue->client);
	bool on = dialogue->stage == STAGE_RCPT ? recipient_answered(dialogue, reply)
						: goes_on(reply);
	bool last = dialogue->item + 1 >= stage_items(dialogue);

	if (dialogue->stage == STAGE_NEGOTIATE || dialogue->stage >= STAGE_ABORT)
		stage_next(dialogue);
	else if (!on || dialogue->stage == STAGE_EOM)
		message_end(dialogue, reply, false);
	else if (dialogue->stage == STAGE_RCPT && last && dialogue->accepted == 0)
		message_end(dialogue, &dialogue->last_refusal, true);
	else
		stage_next(dialogue);
}

/* ---- running ---- */

/* A stage whose command the milter has waived is passed over without a word. */
static bool stage_wanted(const struct dialogue *dialogue)
{
	return milter_client_wants(dialogue->client, stages[dialogue->stage].command);
}

static bool stage_begin(struct dialogue *dialogue)
{
	const struct stage_row *row = &stages[dialogue->stage];

	dialogue->step_started = clock_monotonic();
	dialogue->begun = true;
	dialogue->told = dialogue->stage < STAGE_ABORT && stage_wanted(dialogue);
	return macros_give(dialogue, row) && row->begin(dialogue);
}

static enum dialogue_status stage_run(struct dialogue *dialogue, struct wait_request *wait)
{
	if (stage_items(dialogue) == 0) {
		stage_next(dialogue);
		return DIALOGUE_DONE;
	}
	if (!dialogue->begun && !stage_begin(dialogue))
		return DIALOGUE_FAILED;
	switch (milter_client_run(dialogue->client, arena_now(dialogue), wait)) {
	case MILTER_WAIT:
		return DIALOGUE_WAITING;
	case MILTER_FAILED:
		return DIALOGUE_FAILED;
	case MILTER_READY:
		break;
	}
	dialogue->begun = false;
	if (dialogue->told)
		tell_exchange(dialogue);
	stage_answered(dialogue);
	return DIALOGUE_DONE;
}

enum dialogue_status dialogue_run(struct dialogue *dialogue, struct wait_request *wait)
{
	while (dialogue->stage != STAGE_END) {
		enum dialogue_status status = stage_run(dialogue, wait);

		if (status != DIALOGUE_DONE)
			return status;
	}
	return DIALOGUE_DONE;
}

const struct milter_failure *dialogue_failure(const struct dialogue *dialogue)
{
	static const struct milter_failure no_memory = { .kind = MILTER_FAILURE_MEMORY,
							 .message = "memory has ended" };
	const struct milter_failure *failure = milter_client_failure(dialogue->client);

	/* What the client has not even heard of failed for that reason alone. */
	return failure->kind == MILTER_FAILURE_NONE ? &no_memory : failure;
}

struct dialogue *dialogue_new(const struct endpoint *endpoint,
			      const struct milter_timeouts *timeouts, const struct letter *letters,
			      size_t letter_count, size_t rounds,
			      const struct dialogue_watcher *watcher)
{
	struct dialogue *dialogue = memory_zeroed(1, sizeof(*dialogue));

	if (!dialogue)
		return NULL;
	arena_init(&dialogue->arena, ARENA_CAP, LIFETIME_MESSAGE);
	arena_init(&dialogue->session_arena, ARENA_CAP, LIFETIME_SESSION);
	dialogue->letters = letters;
	dialogue->letter_count = letter_count;
	dialogue->rounds = rounds;
	dialogue->watcher = *watcher;
	dialogue->client = milter_client_new(endpoint, timeouts);
	if (dialogue->client)
		return dialogue;
	memory_free(dialogue);
	return NULL;
}

void dialogue_free(struct dialogue *dialogue)
{
	if (!dialogue)
		return;
	milter_client_free(dialogue->client);
	arena_reset(&dialogue->arena);
	arena_reset(&dialogue->session_arena);
	memory_free(dialogue);
}
