/* Texts read as values when the program loads: literals of the tables, options, constants. */
#include "base/calendar.h"
#include "compiler/checker.h"
#include "match/backtrack.h"
#include "match/regex.h"

#include <string.h>

/* ---- numbers ---------------------------------------------------------------- */

bool size_parse(struct text text, int64_t *number)
{
	static const char suffixes[] = "KMG";
	const char *suffix;
	int64_t factor = 1;

	if (text.length > 1 && (suffix = memchr(suffixes, text.data[text.length - 1], 3))) {
		factor = INT64_C(1) << 10 * (suffix - suffixes + 1);
		text = text_part(text, 0, text.length - 1);
	}
	return text_to_int(text, number) && !__builtin_mul_overflow(*number, factor, number);
}

/* ---- texts as values of a type -------------------------------------------------- */

static bool bool_parse(struct text text, int64_t *number)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_equals_ignoring_case(text, text_of_string(words[i], LIFETIME_PROGRAM))) {
			*number = (int64_t)(i % 2);
			return true;
		}
	return false;
}

static enum text_reading read_net(struct checker *checker, struct text text, union value *given)
{
	struct net *net = check_memory(checker, sizeof(*net));

	if (!net)
		return READING_MEMORY;
	given->net = net;
	return net_parse(text, true, net) ? READING_GOOD : READING_BAD;
}

static bool read_scalar(struct text text, const struct type *type, union value *given)
{
	switch (type->kind) {
	case TYPE_BOOL:
		return bool_parse(text, &given->i);
	case TYPE_INT:
		return size_parse(text, &given->i);
	case TYPE_FLOAT:
		return text_to_float(text, &given->f);
	case TYPE_IP:
		return ip_parse(text, &given->ip);
	case TYPE_DURATION:
		return duration_of_text(text, &given->i);
	case TYPE_TIME:
		return moment_of_text(text, &given->i);
	default:
		return false;
	}
}

enum text_reading read_constant(struct checker *checker, struct text text, const struct type *type,
				union value *given)
{
	*given = (union value){.ip = {{0}}};
	if (type == &type_text) {
		given->text = text;
		given->text.lifetime = LIFETIME_PROGRAM;
		return READING_GOOD;
	}
	if (type == &type_net)
		return read_net(checker, text, given);
	return read_scalar(text, type, given) ? READING_GOOD : READING_BAD;
}

/* ---- patterns -------------------------------------------------------------------- */

/* The byte of the source that a byte of the pattern came from: re"..." stands as it is written, in
 * other texts a backslash and what follows it are one byte (longer escapes are seldom). */
static struct span pattern_place(const struct checker *checker, struct span span, size_t offset,
				 unsigned prefix)
{
	struct text source = checker->diagnostics->sources[span.source].text;
	uint32_t at = span.from + prefix;

	if (span.to > source.length || at >= span.to || source.data[at - 1] != '"')
		return span;
	for (; offset > 0 && at + 1 < span.to; offset--)
		at += prefix == 1 && source.data[at] == '\\' ? 2 : 1;
	if (at + 1 >= span.to)
		at = span.to > span.from + 1 ? span.to - 1 : span.from;
	return (struct span){span.source, at, at + 1};
}

/* Trying costs up to a few milliseconds: not for thousands of patterns. */
enum { ATTACKS_MAX = 500 };

static bool repeats(struct text pattern)
{
	return text_contains_byte(pattern, '*') || text_contains_byte(pattern, '+') ||
	       text_contains_byte(pattern, '{');
}

static void warn_backtracking(struct checker *checker, struct span span, struct text pattern,
			      struct text flags)
{
	struct attack attack;
	struct buffer shown;

	if (!repeats(pattern) || checker->attacks++ >= ATTACKS_MAX ||
	    !backtrack_find(pattern, flags, &attack))
		return;
	buffer_init(&shown, 4096);
	buffer_append_visible(&shown, text_of(attack.bytes, attack.length, LIFETIME_EVENT), 60);
	help(checker,
	     report(checker, "W0307", span, "this pattern takes more than %u steps for %u bytes: %.*s",
		    attack.steps, attack.length, TEXT_PRINTF(buffer_text(&shown))),
	     attack.steps == ATTACK_STEPS
		     ? "let each text be divided in one way only: (a+)+ is a+, (a|ab)* is (ab?)*; or let a "
		       "repetition keep what it has: (?>a+), a++"
		     : "two repetitions side by side share out one text in many ways: a*a*b is a*b, "
		       "\\s+\\s+ is \\s{2,}; or let the first keep what it has: a++");
	buffer_free(&shown);
}

struct expression *compile_regex(struct checker *checker, struct expression *expression,
				 struct text pattern, struct text flags, unsigned prefix)
{
	char message[REGEX_MESSAGE_MAX] = "";
	size_t offset = 0;
	struct regex *regex = regex_compile(pattern, flags, checker->arena, message, &offset);
	struct diagnostic *diagnostic;

	if (regex) {
		if (!checker->input->check_only)
			regex_speed_up(regex);
		warn_backtracking(checker, expression->span, pattern, flags);
		make_constant(expression, &type_regex, (union value){.regex = regex});
		return expression;
	}
	diagnostic =
		report(checker, "E0317", pattern_place(checker, expression->span, offset, prefix),
		       "this pattern is wrong: %s", message);
	help(checker, diagnostic,
	     "in a pattern . * + ? ( ) [ { | ^ $ \\ have a meaning; a backslash "
	     "before one takes it away");
	return wrong(expression);
}

/* ---- defaults of signatures -------------------------------------------------------- */

static struct text unescape(struct checker *checker, struct text quoted)
{
	char *bytes = check_memory(checker, (size_t)quoted.length + 1);
	uint32_t length = 0;

	for (uint32_t i = 0; bytes && i < quoted.length; i++) {
		char byte = quoted.data[i];

		if (byte == '\\' && i + 1 < quoted.length) {
			byte = quoted.data[++i];
			byte = byte == 'n' ? '\n' : byte == 'r' ? '\r' : byte == 't' ? '\t' : byte;
		}
		bytes[length++] = byte;
	}
	return text_of(bytes, bytes ? length : 0, LIFETIME_PROGRAM);
}

/* The row is ours and a test reads every one: what does not fit its type is a wrong row. */
struct expression *literal_value(struct checker *checker, const char *source,
				 const struct type *type, struct span span)
{
	struct expression *result = new_expression(checker, EXPRESSION_CONSTANT, span);
	struct text text = text_of_string(source, LIFETIME_PROGRAM);
	union value given;

	if (text.length >= 2 && text.data[0] == '"') {
		make_text(result, unescape(checker, text_part(text, 1, text.length - 1)));
		return convert_or_report(checker, result, type, "the default");
	}
	if (text.data[0] == '[') {
		struct expression *first = first_value(checker, type, span);

		return first ? first : wrong(result);
	}
	if (read_constant(checker, text, type, &given) != READING_GOOD)
		return wrong(result);
	make_constant(result, type, given);
	return result;
}
