#include "host/libmilter_reply.h"

#include "base/log.h"

typedef char reply_line[REPLY_LINE_MAX + 1];

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

static void line_make(struct text text, reply_line line)
{
	size_t used = 0;
	for (size_t i = 0; i < text.length; i++) {
		char one[2];
		const char *shown = byte_shown((unsigned char)text.data[i], one);
		size_t size = strlen(shown);
		if (used + size > REPLY_LINE_MAX)
			break;
		memcpy(line + used, shown, size);
		used += size;
	}
	line[used] = '\0';
}

#define LINES_4(l, i)  l[i], l[i + 1], l[i + 2], l[i + 3]
#define LINES_16(l, i) LINES_4(l, i), LINES_4(l, i + 4), LINES_4(l, i + 8), LINES_4(l, i + 12)

static int reply_set(SMFICTX *context, const struct milter_reply *reply)
{
	reply_line made[REPLY_LINES_MAX];
	char *lines[REPLY_LINES_MAX] = {NULL};
	char code[sizeof(reply->code)], enhanced[sizeof(reply->enhanced)];
	const char *rest = reply->text;
	struct text line;
	unsigned count = 0;
	memcpy(code, reply->code, sizeof(code));
	memcpy(enhanced, reply->enhanced, sizeof(enhanced));
	for (; count < REPLY_LINES_MAX && milter_reply_line(&rest, &line); count++) {
		line_make(line, made[count]);
		lines[count] = made[count];
	}
	char *class = enhanced[0] ? enhanced : NULL;
	if (count == 1)
		return smfi_setreply(context, code, class, lines[0]);
	return smfi_setmlreply(context, code, class, LINES_16(lines, 0), LINES_16(lines, 16),
			       (char *)NULL);
}

static sfsistat status_of(char letter)
{
	switch (letter) {
	case MILTER_CONTINUE:
		return SMFIS_CONTINUE;
	case MILTER_ACCEPT:
		return SMFIS_ACCEPT;
	case MILTER_REJECT:
		return SMFIS_REJECT;
	case MILTER_DISCARD:
		return SMFIS_DISCARD;
	default:
		return SMFIS_TEMPFAIL;
	}
}

sfsistat libmilter_reply_give(SMFICTX *context, const struct milter_reply *reply)
{
	if (reply->code[0] && reply_set(context, reply) != MI_SUCCESS)
		log_line(LOG_LEVEL_WARNING,
			 "the reply %s could not be set: the mail server's own words are used",
			 reply->code);
	return status_of(reply->letter);
}
