/* Codes and texts of replies that are known when the program loads: what would raise is an error.
 */
#include "compiler/checker.h"

/* Always false. */
static bool fault(struct checker *checker, const struct expression *place, const char *code,
		  const char *what, const char *cure)
{
	help(checker, report(checker, code, place->span, "%s", what), "%s", cure);
	return false;
}

static bool check_code(struct checker *checker, enum builtin_id id, const struct expression *place)
{
	int64_t code = place->constant.i;

	if (id == BUILTIN_reject && (code < 500 || code > 599))
		return fault(checker, place, "E0404", "a reject has a code from 500 to 599",
			     code >= 400 && code <= 499 ? "write tempfail(...) to refuse for now"
							: "550 fits most refusals");
	if (id == BUILTIN_tempfail && (code < 400 || code > 499))
		return fault(checker, place, "E0404", "a tempfail has a code from 400 to 499",
			     code >= 500 && code <= 599 ? "write reject(...) to refuse for good"
							: "451 fits most cases");
	if (id == BUILTIN_disconnect && code != 421)
		return fault(checker, place, "E0404", "a disconnect has the code 421",
			     "write disconnect(421, \"4.7.0\", ...)");
	return true;
}

/* One to three digits without a leading zero, then `end` (0 for the end of the text). */
static bool take_part(struct text text, uint32_t *at, char end)
{
	uint32_t from = *at;

	while (*at < text.length && byte_is_digit(text.data[*at]))
		++*at;
	if (*at == from || *at - from > 3 || (text.data[from] == '0' && *at - from > 1))
		return false;
	if (end == 0)
		return *at == text.length;
	return *at < text.length && text.data[(*at)++] == end;
}

static bool is_enhanced(struct text text)
{
	uint32_t at = 0;

	return text.length > 1 && text.data[1] == '.' && take_part(text, &at, '.') &&
	       take_part(text, &at, '.') && take_part(text, &at, 0);
}

static void check_enhanced(struct checker *checker, const struct expression *code,
			   const struct expression *place)
{
	struct text text = place->constant.text;

	if (text.length == 0)
		return;
	if (!is_enhanced(text))
		fault(checker, place, "E0405", "an enhanced code has three parts (RFC 3463)",
		      "write \"5.7.1\" or \"4.7.1\" when no other fits better");
	else if (is_constant(code) && code->constant.i / 100 != text.data[0] - '0')
		fault(checker, place, "E0405", "the enhanced code is not of the code's class",
		      "5xx goes with \"5.x.x\", 4xx with \"4.x.x\"");
}

static const char *text_fault(struct text text)
{
	for (uint32_t i = 0; i < text.length; i++) {
		unsigned char byte = (unsigned char)text.data[i];

		if (byte == '\n' ||
		    (byte == '\r' && i + 1 < text.length && text.data[i + 1] == '\n'))
			continue;
		if (byte < 0x20 || byte == 0x7f)
			return "a reply cannot hold control characters";
	}
	return NULL;
}

/* "451 4.7.1 later": the code has places of its own. */
static bool begins_with_code(struct text text)
{
	return text.length > 3 && (text.data[0] == '4' || text.data[0] == '5') &&
	       byte_is_digit(text.data[1]) && byte_is_digit(text.data[2]) &&
	       (text.data[3] == ' ' || text.data[3] == '-');
}

static void warn_code(struct checker *checker, const struct expression *place)
{
	if (begins_with_code(place->constant.text))
		help(checker,
		     report(checker, "W0407", place->span,
			    "the text begins with a code, and would be sent behind another one"),
		     "write reject(550, \"5.7.1\", \"text\") or tempfail(451, \"4.7.1\", "
		     "\"text\")");
}

static void check_words(struct checker *checker, const struct expression *place)
{
	const char *what = text_fault(place->constant.text);

	warn_code(checker, place);
	if (what)
		fault(checker, place, "E0407", what,
		      "a line feed separates its lines; all else is printable");
}

/* The words that go with a verdict or a change. */
static void check_said(struct checker *checker, enum builtin_id id, const struct expression *words)
{
	if (!is_constant(words) || words->constant.text.length)
		note_word(checker, USE_TEXT, builtin_rows[id].name, words->span);
	if (is_constant(words) && id != BUILTIN_quarantine)
		check_words(checker, words);
}

void check_reply(struct checker *checker, const struct expression *call)
{
	const struct argument *arguments = call->arguments.items;
	enum builtin_id id = call->builtin;
	bool good;

	switch (id) {
	case BUILTIN_reject:
	case BUILTIN_tempfail:
	case BUILTIN_disconnect:
		good = !is_constant(arguments[0].value) ||
		       check_code(checker, id, arguments[0].value);
		if (good && is_constant(arguments[1].value))
			check_enhanced(checker, arguments[0].value, arguments[1].value);
		check_said(checker, id, arguments[2].value);
		return;
	case BUILTIN_rejectText:
	case BUILTIN_tempfailText:
	case BUILTIN_quarantine:
		check_said(checker, id, arguments[0].value);
		return;
	default:
		return;
	}
}

void check_explanation(struct checker *checker, const struct expression *given)
{
	if (!is_constant(given) || given->constant.text.length)
		note_word(checker, USE_TEXT, "smtpExplanation", given->span);
	if (is_constant(given))
		warn_code(checker, given);
}
