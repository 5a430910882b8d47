#include "compiler/mistake.h"

#include "compiler/build.h"
#include "compiler/hint.h"

#include "afsl.tab.h"

/* What people write, and what it stands for. */
static const struct {
	int wrong, right;
	const char *code;
	const char *message;
	const char *help;
} mistakes[] = {
	{ TOKEN_WRONG_AND, TOKEN_AND, "E0107", "`&&` is written `and`", NULL },
	{ TOKEN_WRONG_OR, TOKEN_OR, "E0107", "`||` is written `or`", NULL },
	{ TOKEN_WRONG_NOT, TOKEN_NOT, "E0107", "`!` is written `not`",
	  "`not` takes in all of a comparison: `not a == b`" },
	{ TOKEN_WRONG_NOT_EQUAL, TOKEN_NOT_EQUAL, "E0107", "not equal is written `!=`", NULL },
	{ TOKEN_WRONG_EQUAL, TOKEN_EQUAL, "E0107", "equal is written `==`", NULL },
	{ TOKEN_WRONG_DOTS, TOKEN_DOTDOT, "E0107", "a range is written with two points",
	  "`a..b` is from a up to b, b itself left out" },
	{ TOKEN_WRONG_QUOTES, TOKEN_PLAIN_TEXT, "E0108", "texts stand in double quotes", NULL },
	{ TOKEN_WRONG_GROUP, TOKEN_GROUP, "E0112", "there are only the groups $0 to $9",
	  "$0 is the whole match; name what is behind the ninth group by a further match" },
	{ TOKEN_WRONG_FLAGS, TOKEN_REGEX, "E0113", "unknown flag of a regular expression",
	  "the flags are i (ignore case), m (lines), s (. is any byte), x (spaced out), u "
	  "(UTF-8)" },
};

static bool is_replaced(struct parsing *parsing, struct token *token)
{
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct diagnostic *d;

		if (mistakes[i].wrong != token->kind)
			continue;
		d = diagnostics_report(parsing->diagnostics, mistakes[i].code, token->span, "%s",
				       mistakes[i].message);
		if (mistakes[i].help)
			diagnostic_help(parsing->diagnostics, d, "%s", mistakes[i].help);
		token->kind = mistakes[i].right;
		return true;
	}
	return false;
}

/* A file that is written in another language has hundreds of these: one is enough. */
static void report_comment(struct parsing *parsing, struct token token)
{
	struct diagnostic *d;
	struct span start = { token.span.source, token.span.from, token.span.from + 2 };

	if (parsing_text(parsing, token.span).data[1] == '*' && token.span.to == start.to)
		parsing->finished = true; /* it never ends */
	if (parsing->foreign_comment_seen)
		return;
	parsing->foreign_comment_seen = true;
	d = diagnostics_report(parsing->diagnostics, "E0109", start, "comments begin with `#`");
	diagnostic_help(parsing->diagnostics, d, "each line of a comment begins with its own `#`");
}

/* Quotes and the like that a word processor put there. */
static const char *character_help(struct text character)
{
	static const struct hint characters[] = {
		{ "\xE2\x80\x9C", "texts stand in plain double quotes: \"" },
		{ "\xE2\x80\x9D", "texts stand in plain double quotes: \"" },
		{ "\xE2\x80\x9E", "texts stand in plain double quotes: \"" },
		{ "\xC2\xAB", "texts stand in plain double quotes: \"" },
		{ "\xC2\xBB", "texts stand in plain double quotes: \"" },
		{ "\xE2\x80\x98", "texts stand in plain double quotes: \"" },
		{ "\xE2\x80\x99", "texts stand in plain double quotes: \"" },
		{ "\xE2\x80\x93", "minus is written -" },
		{ "\xE2\x80\x94", "minus is written -" },
		{ "\xC2\xA0", "this is a no-break space: replace it by a space" },
		{ "\xEF\xBB\xBF", "a byte order mark belongs at the start of a file only" },
		{ "'", "texts stand in double quotes" },
		{ "&", "`and` joins conditions; the module math has bit operations" },
		{ "|", "`or` joins conditions; the module math has bit operations" },
		{ "~", "a match is written `=~`" },
		{ "$", "groups of a match are $0 to $9; variables have no sign before their name" },
		{ "@", "variables have no sign before their name" },
		{ "`", "texts stand in double quotes" },
		{ "\\", "a backslash has a meaning within texts only" },
	};

	const char *help =
		hint_for(character, characters, sizeof(characters) / sizeof(characters[0]));
	if (help)
		return help;
	return (unsigned char)character.data[0] >= 0x80
		       ? "names consist of the letters a to z and A to Z, digits and _; other "
			 "letters stand in texts and comments"
		       : NULL;
}

bool mistake_is_binary(const struct parsing *parsing, struct token token)
{
	struct text character = parsing_text(parsing, token.span);
	unsigned char first;

	if (token.kind != TOKEN_WRONG_BYTE)
		return false;
	first = (unsigned char)character.data[0];
	return first < 0x20 || first == 0x7f || (first >= 0x80 && character.length == 1);
}

static void report_binary(struct parsing *parsing, struct token token, struct text character)
{
	struct diagnostic *d;

	d = diagnostics_report(parsing->diagnostics, "E0101", token.span,
			       "the byte 0x%02X cannot stand here: is this a text file?",
			       (unsigned char)character.data[0]);
	diagnostic_help(parsing->diagnostics, d, "a script is a text file in UTF-8");
	parsing->finished = parsing->distrusted = true;
}

static void report_byte(struct parsing *parsing, struct token token)
{
	struct text character = parsing_text(parsing, token.span);
	bool continues = parsing->stray_end > 0 && token.span.from == parsing->stray_end;
	const char *help;
	struct diagnostic *d;

	parsing->stray_end = token.span.to;
	if (mistake_is_binary(parsing, token)) {
		report_binary(parsing, token, character);
		return;
	}
	if (continues)
		return;
	d = diagnostics_report(parsing->diagnostics, "E0104", token.span,
			       "`%.*s` has no meaning here", TEXT_PRINTF(character));
	if (d)
		build_lost_line(parsing, token.span);
	help = character_help(character);
	if (help)
		diagnostic_help(parsing->diagnostics, d, "%s", help);
}

static void report_end(struct parsing *parsing, struct token token)
{
	struct span start = { token.span.source, token.span.from, token.span.from + 1 };

	diagnostics_report(parsing->diagnostics, "E0103", start, "this text never ends");
	parsing->finished = parsing->distrusted = true;
}

static void report_hash(struct parsing *parsing, struct token *token)
{
	struct diagnostic *d;

	d = diagnostics_report(parsing->diagnostics, "E0110", token->span,
			       "no comments within %%{ }");
	diagnostic_help(parsing->diagnostics, d,
			"a `#` that belongs to the text stands outside of the braces");
	token->kind = TOKEN_PARSER_error;
	parsing->recovering = true;
}

static void report_depth(struct parsing *parsing, struct token token)
{
	struct diagnostic *d;

	d = diagnostics_report(parsing->diagnostics, "E0111", token.span,
			       "texts within %%{ } are nested deeper than %d levels",
			       INTERPOLATION_MAX);
	diagnostic_help(parsing->diagnostics, d, "give the inner text a name with `var`");
	parsing->finished = true;
}

bool mistake_skip(struct parsing *parsing, struct token *token)
{
	if (token->kind < TOKEN_WRONG_AND || is_replaced(parsing, token))
		return false;
	switch (token->kind) {
	case TOKEN_WRONG_COMMENT:
		report_comment(parsing, *token);
		break;
	case TOKEN_WRONG_BYTE:
		report_byte(parsing, *token);
		break;
	case TOKEN_WRONG_END:
		report_end(parsing, *token);
		break;
	case TOKEN_WRONG_HASH:
		report_hash(parsing, token);
		return false;
	default:
		report_depth(parsing, *token);
	}
	return true;
}
