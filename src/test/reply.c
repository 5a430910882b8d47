#include "test/reply.h"

#include "base/buffer.h"

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
		return "421 4.7.0 Server closing connection";
	default:
		return "";
	}
}

/* Without the codes. */
static const char *default_words(enum afsl_verdict_kind kind)
{
	return default_reply(kind) + sizeof("550 5.7.1");
}

const char *verdict_reply(struct arena *arena, const struct afsl_verdict *verdict)
{
	struct buffer reply;
	const char *line = verdict->text;
	char *copy;

	if (verdict->code == 0 || *default_reply(verdict->kind) == '\0')
		return default_reply(verdict->kind);
	if (*line == '\0')
		line = default_words(verdict->kind);
	buffer_init(&reply, BUFFER_CAP_DEFAULT);
	for (bool more = true; more; line += strcspn(line, "\n") + 1) {
		size_t length = strcspn(line, "\n");

		more = line[length] == '\n' && line[length + 1];
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

struct afsl_verdict verdict_copy(struct arena *arena, const struct afsl_verdict *verdict)
{
	struct afsl_verdict copy = *verdict;

	copy.enhanced = keep(arena, verdict->enhanced ? verdict->enhanced : "");
	copy.text = keep(arena, verdict->text ? verdict->text : "");
	copy.filter = keep(arena, verdict->filter ? verdict->filter : "");
	copy.place = keep(arena, verdict->place ? verdict->place : "");
	copy.error = keep(arena, verdict->error);
	return copy;
}
