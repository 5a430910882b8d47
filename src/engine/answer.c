#include "engine/answer.h"

#include "base/memory.h"

enum { WORDS_MAX = 64 << 10 };

_Static_assert(AFSL_CONTINUE == 0, "what is zeroed");

void answer_free(struct answer *answer)
{
	memory_free(answer->words);
	*answer = (struct answer){ .kind = AFSL_CONTINUE };
}

static void keep_string(struct buffer *words, const char *string)
{
	buffer_append(words, string, strlen(string) + 1);
}

static void keep_lines(struct buffer *words, struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] != '\r' && text.data[i] != '\0')
			buffer_append_byte(words, text.data[i]);
	buffer_append_byte(words, '\0');
}

static const enum afsl_verdict_kind kinds[] = {
	[VERDICT_CONTINUE] = AFSL_CONTINUE, [VERDICT_ACCEPT] = AFSL_ACCEPT,
	[VERDICT_REJECT] = AFSL_REJECT,	    [VERDICT_TEMPFAIL] = AFSL_TEMPFAIL,
	[VERDICT_DISCARD] = AFSL_DISCARD,   [VERDICT_DISCONNECT] = AFSL_DISCONNECTED,
};

void answer_set(struct answer *answer, const struct verdict *verdict, const struct origin *origin)
{
	struct buffer words;

	buffer_init(&words, WORDS_MAX);
	keep_lines(&words, verdict->enhanced);
	keep_lines(&words, verdict->text);
	keep_string(&words, origin->filter);
	keep_string(&words, origin->place);
	keep_string(&words, origin->error ? origin->error : "");
	if (words.failed)
		buffer_free(&words);
	answer_free(answer);
	*answer = (struct answer){ kinds[verdict->kind], verdict->code, words.data };
}

static const char *next_string(const char **words)
{
	const char *string = *words;

	if (!string)
		return "";
	*words += strlen(string) + 1;
	return string;
}

struct afsl_verdict answer_told(const struct answer *answer)
{
	const char *words = answer->words;
	struct afsl_verdict verdict = { .kind = answer->kind, .code = answer->code };

	verdict.enhanced = next_string(&words);
	verdict.text = next_string(&words);
	verdict.filter = next_string(&words);
	verdict.place = next_string(&words);
	verdict.error = next_string(&words);
	if (!*verdict.error)
		verdict.error = NULL;
	return verdict;
}

static struct text text_of_words(const char *words)
{
	return text_of_string(words, LIFETIME_EVENT);
}

void answer_verdict(const struct answer *answer, struct verdict *verdict)
{
	struct afsl_verdict told = answer_told(answer);

	*verdict = (struct verdict){ .code = told.code,
				     .enhanced = text_of_words(told.enhanced),
				     .text = text_of_words(told.text) };
	while (kinds[verdict->kind] != told.kind)
		verdict->kind++;
}

void answer_copy(struct answer *to, const struct answer *from)
{
	struct afsl_verdict told = answer_told(from);
	struct origin origin = { told.filter, told.place, told.error };
	struct verdict verdict;

	answer_verdict(from, &verdict);
	answer_set(to, &verdict, &origin);
}
