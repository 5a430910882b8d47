#include "engine/answer.h"

#include "base/memory.h"

enum { WORDS_MAX = 64 << 10 };

static const struct afsl_verdict nothing = {
	.kind = AFSL_CONTINUE, .enhanced = "", .text = "", .filter = "", .place = ""};

void answer_init(struct answer *answer)
{
	*answer = (struct answer){.verdict = nothing};
}

void answer_free(struct answer *answer)
{
	memory_free(answer->words);
	answer_init(answer);
}

static size_t keep_string(struct buffer *words, const char *string)
{
	size_t at = words->length;

	buffer_append(words, string, strlen(string) + 1);
	return at;
}

static size_t keep_lines(struct buffer *words, struct text text)
{
	size_t at = words->length;

	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] != '\r' && text.data[i] != '\0')
			buffer_append_byte(words, text.data[i]);
	buffer_append_byte(words, '\0');
	return at;
}

static const enum afsl_verdict_kind kinds[] = {
	[VERDICT_CONTINUE] = AFSL_CONTINUE, [VERDICT_ACCEPT] = AFSL_ACCEPT,
	[VERDICT_REJECT] = AFSL_REJECT,	    [VERDICT_TEMPFAIL] = AFSL_TEMPFAIL,
	[VERDICT_DISCARD] = AFSL_DISCARD,   [VERDICT_DISCONNECT] = AFSL_DISCONNECTED,
};

void answer_set(struct answer *answer, const struct verdict *verdict, const struct origin *origin)
{
	struct buffer words;
	size_t enhanced, text, filter, place, error;

	answer_clear(answer);
	buffer_init(&words, WORDS_MAX);
	enhanced = keep_lines(&words, verdict->enhanced);
	text = keep_lines(&words, verdict->text);
	filter = keep_string(&words, origin->filter);
	place = keep_string(&words, origin->place);
	error = keep_string(&words, origin->error ? origin->error : "");
	answer->verdict.kind = kinds[verdict->kind];
	answer->verdict.code = verdict->code;
	if (words.failed) {
		buffer_free(&words);
		return;
	}
	answer->words = words.data;
	answer->verdict.enhanced = words.data + enhanced;
	answer->verdict.text = words.data + text;
	answer->verdict.filter = words.data + filter;
	answer->verdict.place = words.data + place;
	if (origin->error)
		answer->verdict.error = words.data + error;
}

static struct text text_of_words(const char *words)
{
	return text_of_string(words, LIFETIME_EVENT);
}

void answer_verdict(const struct answer *answer, struct verdict *verdict)
{
	*verdict = (struct verdict){ .code = answer->verdict.code,
				     .enhanced = text_of_words(answer->verdict.enhanced),
				     .text = text_of_words(answer->verdict.text) };
	while (kinds[verdict->kind] != answer->verdict.kind)
		verdict->kind++;
}

void answer_copy(struct answer *to, const struct answer *from)
{
	const struct afsl_verdict *verdict = &from->verdict;
	struct verdict words = {.enhanced = text_of_words(verdict->enhanced),
				.text = text_of_words(verdict->text)};
	struct origin origin = {verdict->filter, verdict->place, verdict->error};

	answer_set(to, &words, &origin);
	to->verdict.kind = verdict->kind;
	to->verdict.code = verdict->code;
}
