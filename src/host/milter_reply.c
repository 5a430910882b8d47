#include "host/milter_reply.h"

#include <stdio.h>
#include <string.h>

#include "host/counters.h"

/* A letter for each verdict at each event that is answered, in the order of enum afsl_verdict_kind.
 * Nothing stands here that Postfix or Sendmail takes amiss. Discarding is for messages, so before
 * one has begun it is refused for now. An unknown command accepts nothing. */
#define CELLS(accept, discard)                                                                     \
	{                                                                                          \
		MILTER_CONTINUE, accept, MILTER_REJECT, MILTER_TEMPFAIL, discard, MILTER_TEMPFAIL  \
	}
static const char letters[AFSL_EVENT_COUNT][AFSL_DISCONNECTED + 1] = {
	[AFSL_CONNECT] = CELLS(MILTER_ACCEPT, MILTER_TEMPFAIL),
	[AFSL_HELO] = CELLS(MILTER_ACCEPT, MILTER_TEMPFAIL),
	[AFSL_MAIL] = CELLS(MILTER_ACCEPT, MILTER_DISCARD),
	[AFSL_RCPT] = CELLS(MILTER_ACCEPT, MILTER_DISCARD),
	[AFSL_DATA] = CELLS(MILTER_ACCEPT, MILTER_DISCARD),
	[AFSL_HEADER] = CELLS(MILTER_ACCEPT, MILTER_DISCARD),
	[AFSL_END_OF_HEADERS] = CELLS(MILTER_ACCEPT, MILTER_DISCARD),
	[AFSL_BODY] = CELLS(MILTER_ACCEPT, MILTER_DISCARD),
	[AFSL_END_OF_MESSAGE] = CELLS(MILTER_ACCEPT, MILTER_DISCARD),
	[AFSL_UNKNOWN_COMMAND] = CELLS(MILTER_CONTINUE, MILTER_DISCARD),
};

static char letter_of(enum afsl_event event, enum afsl_verdict_kind kind)
{
	if ((unsigned)event >= AFSL_EVENT_COUNT || (unsigned)kind > AFSL_DISCONNECTED ||
	    !letters[event][kind])
		return MILTER_TEMPFAIL;
	return letters[event][kind];
}

/* Mail servers refuse a filter whose reply is of another class than its verdict. */
static int code_of(const struct afsl_verdict *verdict, char letter)
{
	if (verdict->kind == AFSL_DISCONNECTED)
		return 421;
	if (verdict->code == 0 || verdict->kind == AFSL_DISCARD)
		return 0;
	int class = letter == MILTER_REJECT ? 5 : 4;
	if (verdict->code / 100 == class && verdict->code % 100 < 60)
		return verdict->code;
	return class == 5 ? 550 : 451;
}

static bool digits_until(const char **at, char end, size_t most)
{
	size_t count = strspn(*at, "0123456789");
	if (count == 0 || count > most || (*at)[count] != end)
		return false;
	*at += count + (end != '\0');
	return true;
}

static void enhanced_make(const char *wanted, char class, struct milter_reply *reply)
{
	const char *at = wanted ? wanted : "";
	if (!digits_until(&at, '.', 1))
		return;
	const char *rest = at;
	if (!digits_until(&at, '.', 3) || !digits_until(&at, '\0', 3))
		return;
	snprintf(reply->enhanced, sizeof(reply->enhanced), "%c.%s", class, rest);
}

static const char *default_words(int code)
{
	if (code == 421)
		return "Server closing connection";
	return code >= 500 ? "Command rejected" : "Service unavailable - try again later";
}

void milter_reply_make(enum afsl_event event, const struct afsl_verdict *verdict,
		       struct milter_reply *reply)
{
	counters_answer(event, verdict);
	reply->letter = letter_of(event, verdict->kind);
	reply->code[0] = reply->enhanced[0] = '\0';
	reply->text = "";
	if (reply->letter != MILTER_REJECT && reply->letter != MILTER_TEMPFAIL)
		return;
	int code = code_of(verdict, reply->letter);
	if (code == 0)
		return;
	snprintf(reply->code, sizeof(reply->code), "%03d", code);
	enhanced_make(verdict->enhanced, reply->code[0], reply);
	reply->text = verdict->text && *verdict->text ? verdict->text : default_words(code);
}

bool milter_reply_line(const char **text, struct text *line)
{
	if (!**text)
		return false;
	size_t length = strcspn(*text, "\n");
	const char *start = *text;
	*text += length + (start[length] == '\n');
	if (length && start[length - 1] == '\r')
		length--;
	*line = text_of(start, length < REPLY_LINE_MAX ? length : REPLY_LINE_MAX, LIFETIME_EVENT);
	return true;
}

bool milter_kind_refuses(enum afsl_verdict_kind kind)
{
	return kind != AFSL_CONTINUE && kind != AFSL_ACCEPT;
}

void milter_hold(struct milter_held *held, enum afsl_event event, enum afsl_verdict_kind kind)
{
	if (!milter_kind_refuses(kind) || held->kind != AFSL_CONTINUE)
		return;
	held->kind = kind;
	held->for_session = event < AFSL_MAIL;
}

void milter_held_forget(struct milter_held *held)
{
	if (!held->for_session)
		held->kind = AFSL_CONTINUE;
}
