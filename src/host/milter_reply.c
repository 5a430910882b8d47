#include "host/milter_reply.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

/* A status for each verdict at each event that is answered, in the order of enum afsl_verdict_kind.
 * Nothing stands here that Postfix or Sendmail takes amiss. Discarding is for messages, so before
 * one has begun it is refused for now; an unknown command can only be refused or not. */
#define CELLS(accept, discard)                                                                     \
	{                                                                                          \
		SMFIS_CONTINUE, accept, SMFIS_REJECT, SMFIS_TEMPFAIL, discard, SMFIS_TEMPFAIL      \
	}
static const struct {
	bool answered;
	int cells[AFSL_DISCONNECTED + 1];
} statuses[AFSL_EVENT_COUNT] = {
	[AFSL_CONNECT] = {true, CELLS(SMFIS_ACCEPT, SMFIS_TEMPFAIL)},
	[AFSL_HELO] = {true, CELLS(SMFIS_ACCEPT, SMFIS_TEMPFAIL)},
	[AFSL_MAIL] = {true, CELLS(SMFIS_ACCEPT, SMFIS_DISCARD)},
	[AFSL_RCPT] = {true, CELLS(SMFIS_ACCEPT, SMFIS_DISCARD)},
	[AFSL_DATA] = {true, CELLS(SMFIS_ACCEPT, SMFIS_DISCARD)},
	[AFSL_HEADER] = {true, CELLS(SMFIS_ACCEPT, SMFIS_DISCARD)},
	[AFSL_END_OF_HEADERS] = {true, CELLS(SMFIS_ACCEPT, SMFIS_DISCARD)},
	[AFSL_BODY] = {true, CELLS(SMFIS_ACCEPT, SMFIS_DISCARD)},
	[AFSL_END_OF_MESSAGE] = {true, CELLS(SMFIS_ACCEPT, SMFIS_DISCARD)},
	[AFSL_UNKNOWN_COMMAND] = {true, CELLS(SMFIS_CONTINUE, SMFIS_CONTINUE)},
};

static int status_of(enum afsl_event event, enum afsl_verdict_kind kind)
{
	if ((unsigned)event >= AFSL_EVENT_COUNT || !statuses[event].answered ||
	    (unsigned)kind > AFSL_DISCONNECTED)
		return SMFIS_TEMPFAIL;
	return statuses[event].cells[kind];
}

/* Mail servers refuse a filter whose reply is of another class than its verdict. */
static int code_of(const struct afsl_verdict *verdict, int status)
{
	if (verdict->kind == AFSL_DISCONNECTED)
		return 421;
	if (verdict->code == 0 || verdict->kind == AFSL_DISCARD)
		return 0;
	int class = status == SMFIS_REJECT ? 5 : 4;
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

/* What one byte of the text becomes: nothing for the later bytes of a UTF-8 character, so that each
 * character that SMTP cannot carry is one question mark. */
static const char *byte_shown(unsigned char byte, char one[2])
{
	if (byte == '%')
		return "%%";
	if (byte >= 0x80 && byte < 0xc0)
		return "";
	if (byte >= 0xc0)
		return "?";
	one[0] = byte < ' ' || byte == 0x7f ? ' ' : (char)byte;
	one[1] = '\0';
	return one;
}

static void line_make(const char *text, size_t length, char line[REPLY_LINE_MAX + 1])
{
	size_t used = 0;
	if (length && text[length - 1] == '\r')
		length--;
	for (size_t i = 0; i < length; i++) {
		char one[2];
		const char *shown = byte_shown((unsigned char)text[i], one);
		size_t size = strlen(shown);
		if (used + size > REPLY_LINE_MAX)
			break;
		memcpy(line + used, shown, size);
		used += size;
	}
	line[used] = '\0';
}

static void lines_make(const char *text, struct milter_reply *reply)
{
	while (*text && reply->line_count < REPLY_LINES_MAX) {
		size_t length = strcspn(text, "\n");
		line_make(text, length, reply->lines[reply->line_count++]);
		text += length + (text[length] == '\n');
	}
}

static const char *default_words(int code)
{
	if (code == 421)
		return "Closing connection";
	return code >= 500 ? "Command rejected" : "Service unavailable - try again later";
}

void milter_reply_make(enum afsl_event event, const struct afsl_verdict *verdict,
		       struct milter_reply *reply)
{
	reply->status = status_of(event, verdict->kind);
	reply->code[0] = reply->enhanced[0] = '\0';
	reply->line_count = 0;
	if (reply->status != SMFIS_REJECT && reply->status != SMFIS_TEMPFAIL)
		return;
	int code = code_of(verdict, reply->status);
	if (code == 0)
		return;
	snprintf(reply->code, sizeof(reply->code), "%03d", code);
	enhanced_make(verdict->enhanced, reply->code[0], reply);
	lines_make(verdict->text && *verdict->text ? verdict->text : default_words(code), reply);
}

#define LINES_4(l, i)  l[i], l[i + 1], l[i + 2], l[i + 3]
#define LINES_16(l, i) LINES_4(l, i), LINES_4(l, i + 4), LINES_4(l, i + 8), LINES_4(l, i + 12)

static int reply_set(SMFICTX *context, struct milter_reply *reply)
{
	char *enhanced = reply->enhanced[0] ? reply->enhanced : NULL;
	char *lines[REPLY_LINES_MAX] = {NULL};
	if (reply->line_count == 1)
		return smfi_setreply(context, reply->code, enhanced, reply->lines[0]);
	for (unsigned i = 0; i < reply->line_count; i++)
		lines[i] = reply->lines[i];
	return smfi_setmlreply(context, reply->code, enhanced, LINES_16(lines, 0),
			       LINES_16(lines, 16), (char *)NULL);
}

sfsistat milter_reply_give(SMFICTX *context, struct milter_reply *reply)
{
	if (reply->code[0] && reply_set(context, reply) != MI_SUCCESS)
		log_line(LOG_LEVEL_WARNING,
			 "the reply %s could not be set: the mail server's own words are used",
			 reply->code);
	return reply->status;
}
