#include "compiler/syntax.h"

#include "compiler/brackets.h"

#include "afsl.tab.h"

void nesting_error(struct parsing *parsing, struct span span)
{
	struct diagnostic *d;

	if (!parsing->finished) {
		d = diagnostics_report(parsing->diagnostics, "E0203", span,
				       "nested deeper than %d levels", NESTING_MAX);
		diagnostic_help(parsing->diagnostics, d,
				"name parts of it with `var`, or move them to a function");
	}
	parsing->finished = true;
}

void parsing_memory_error(struct parsing *parsing)
{
	if (!parsing->memory_ended)
		diagnostics_report(parsing->diagnostics, "E0105",
				   (struct span){ parsing->source, 0, 0 },
				   "there is not enough memory to read this program");
	parsing->memory_ended = true;
	parsing->finished = true;
}

void say(const struct situation *at, const char *code, struct span span, const char *message,
	 const char *help)
{
	struct diagnostics *diagnostics = at->parsing->diagnostics;
	struct diagnostic *d = diagnostics_report(diagnostics, code, span, "%s", message);

	if (help)
		diagnostic_help(diagnostics, d, "%s", help);
}

/* ---- the shape of declarations and statements ---- */

static bool said_parameters(const struct situation *at)
{
	int declaration = at->parsing->statement.kind;

	if (at->token.kind == '(' && expects(at, EXPECT_OPEN_BRACE) &&
	    (declaration == TOKEN_EVENT || declaration == TOKEN_METHOD)) {
		say(at, "E0213", at->token.span,
		    declaration == TOKEN_EVENT ? "events have no parameters"
					       : "methods have no parameters",
		    declaration == TOKEN_EVENT ? "write `event onMailFrom { ... }`"
					       : "write `function` for code with parameters");
		return true;
	}
	if (declaration != TOKEN_FUNCTION)
		return false;
	if (at->token.kind == ':' && expects(at, EXPECT_ARROW)) {
		say(at, "E0213", at->token.span, "the type of the result stands behind `->`",
		    "write `function name(a: text) -> text { ... }`");
		return true;
	}
	if (expects(at, EXPECT_COLON) && !expects(at, EXPECT_OPERATOR)) {
		say(at, "E0213", at->before.span, "a parameter needs a type",
		    "write `function name(a: text, b: int = 0)`");
		return true;
	}
	return false;
}

static bool said_missing_type(const struct situation *at)
{
	int declaration = at->parsing->statement.kind;

	if (!expects(at, EXPECT_COLON) || expects(at, EXPECT_OPERATOR))
		return false;
	if (declaration == TOKEN_OPTION || declaration == TOKEN_TABLE) {
		say(at, "E0213", at->before.span,
		    declaration == TOKEN_OPTION ? "an option needs a type" : "a table needs a type",
		    declaration == TOKEN_OPTION ? "write `option name: text = \"value\";`"
						: "write `table name: text = \"file:name.txt\";`");
		return true;
	}
	if (at->token.kind != TOKEN_NAME)
		return false;
	say(at, "E0213", at->token.span, "`:` is missing before the type", "write `name: type`");
	return true;
}

static bool said_const(const struct situation *at)
{
	if (at->parsing->statement.kind != TOKEN_CONST || !expects(at, EXPECT_ASSIGN) ||
	    expects(at, EXPECT_OPERATOR))
		return false;
	say(at, "E0213", at->token.span, "a constant needs a value", "write `const NAME = value;`");
	return true;
}

static bool said_else(const struct situation *at)
{
	if (at->token.kind != TOKEN_ELSE && at->token.kind != TOKEN_CATCH)
		return false;
	if (!expects(at, EXPECT_STATEMENT))
		return false;
	say(at, "E0218", at->token.span,
	    at->token.kind == TOKEN_ELSE ? "this `else` follows no `if`"
					 : "this `catch` follows no `try`",
	    NULL);
	return true;
}

static bool said_catch(const struct situation *at)
{
	if (!expects(at, EXPECT_CATCH))
		return false;
	say(at, "E0214", at->token.span, "`try { ... }` is followed by `catch`",
	    "write `try { ... } catch (e) { ... }`");
	return true;
}

static bool said_for(const struct situation *at)
{
	if (at->parsing->statement.kind != TOKEN_FOR)
		return false;
	if (at->token.kind == TOKEN_VAR ||
	    (expects(at, EXPECT_IN) && !expects(at, EXPECT_OPERATOR))) {
		say(at, "E0213", at->token.span, "`for` walks through a list, a map or a range",
		    "write `for (item in list)`, `for (key, value in map)` or `for (i in 0..n)`");
		return true;
	}
	return false;
}

/* `(` after a word that needs it. */
static bool said_open_parenthesis(const struct situation *at)
{
	if (!expects(at, EXPECT_OPEN_PARENTHESIS) || expects(at, EXPECT_OPERATOR) ||
	    expects(at, EXPECT_EXPRESSION) || expects(at, EXPECT_SEMICOLON))
		return false;
	diagnostics_report(at->parsing->diagnostics, "E0204", at->token.span,
			   "`(` is missing after `%.*s`",
			   TEXT_PRINTF(parsing_text(at->parsing, at->before.span)));
	return true;
}

static bool said_open_brace(const struct situation *at)
{
	if (!expects(at, EXPECT_OPEN_BRACE) || expects(at, EXPECT_SEMICOLON))
		return false;
	if (begins_statement(at->parsing->statement.kind))
		say(at, "E0205", at->token.span, "`{` is missing",
		    "what belongs to `if`, `else`, `while` and `for` always stands in braces");
	else
		say(at, "E0205", at->token.span, "`{` is missing", NULL);
	return true;
}

/* ---- closing brackets ---- */

static bool said_unmatched(const struct situation *at)
{
	struct diagnostics *diagnostics = at->parsing->diagnostics;

	if ((at->token.kind != ')' && at->token.kind != ']') ||
	    !at->parsing->scan.brackets.unmatched)
		return false;
	diagnostics_report(diagnostics, "E0208", at->token.span, "this `%c` closes nothing",
			   at->token.kind);
	return true;
}

static const struct bracket *innermost(const struct parsing *parsing, char kind)
{
	const struct brackets *brackets = &parsing->scan.brackets;

	for (unsigned i = brackets->count; i > 0; i--)
		if (brackets->open[i - 1].kind == kind)
			return &brackets->open[i - 1];
	return NULL;
}

static bool ends_statement(int kind)
{
	return kind == ';' || kind == '{' || kind == '}' || kind == 0 || kind == ')' ||
	       kind == ']' || kind == TOKEN_INTERPOLATION_CLOSE || begins_statement(kind);
}

static bool said_closing(const struct situation *at, enum expectation what, char open, char close)
{
	struct diagnostics *diagnostics = at->parsing->diagnostics;
	const struct bracket *bracket;
	struct diagnostic *d;

	if (!expects(at, what) || at->token.kind == close || !ends_statement(at->token.kind))
		return false;
	bracket = innermost(at->parsing, open);
	d = diagnostics_report(diagnostics, "E0204", at->token.span,
			       "`%c` is missing before %s%.*s%s", close,
			       at->token.kind ? "`" : "the end of the file", TEXT_PRINTF(at->word),
			       at->token.kind ? "`" : "");
	if (bracket)
		diagnostic_relate(diagnostics, d, bracket->span, "it closes this `%c`", open);
	return true;
}

static bool said_closing_any(const struct situation *at)
{
	return said_closing(at, EXPECT_INTERPOLATION_END, '%', '}') ||
	       said_closing(at, EXPECT_CLOSE_PARENTHESIS, '(', ')') ||
	       said_closing(at, EXPECT_CLOSE_BRACKET, '[', ']');
}

/* ---- the semicolon ---- */

static bool may_begin_statement(int kind)
{
	return kind == TOKEN_NAME || (kind >= TOKEN_USE && kind <= TOKEN_TEST) || kind == '}' ||
	       kind == 0 || begins_statement(kind) || kind == TOKEN_CONST || kind == TOKEN_EVENT ||
	       kind == TOKEN_METHOD || kind == TOKEN_FUNCTION;
}

static bool said_semicolon(const struct situation *at)
{
	struct parsing *parsing = at->parsing;
	struct span end = { at->before.span.source, at->before.span.to, at->before.span.to };
	uint32_t indent;

	if (!expects(at, EXPECT_SEMICOLON) || expects(at, EXPECT_STATEMENT) ||
	    !may_begin_statement(at->token.kind))
		return false;
	if (at->token.kind != '}' && at->token.kind != 0 && !begins_statement(at->token.kind) &&
	    !begins_line(parsing->text, at->token.span.from, &indent))
		return false;
	say(at, "E0202", end, "`;` is missing", "each statement ends with `;`");
	parsing->resume_here = at->token.kind != 0;
	return true;
}

/* ---- what else ---- */

static bool said_point(const struct situation *at)
{
	if (at->before.kind != '.' || !expects(at, EXPECT_WORD))
		return false;
	say(at, "E0201", at->token.span, "a name belongs behind `.`",
	    byte_is_digit(at->parsing->text.data[at->before.span.from - 1])
		    ? "numbers have digits on both sides of the point: `1.0`, `0.5`"
		    : NULL);
	return true;
}

/* var in = 3; */
static bool said_reserved(const struct situation *at)
{
	struct diagnostics *diagnostics = at->parsing->diagnostics;
	struct diagnostic *d;

	if (at->token.kind < TOKEN_CONST || at->token.kind > TOKEN_FALSE ||
	    !expects(at, EXPECT_NAME) || expects(at, EXPECT_EXPRESSION))
		return false;
	d = diagnostics_report(diagnostics, "E0201", at->token.span,
			       "a name is expected, not `%.*s`", TEXT_PRINTF(at->word));
	diagnostic_help(diagnostics, d, "`%.*s` is a word of the language: choose another name",
			TEXT_PRINTF(at->word));
	return true;
}

static bool said_largest(const struct situation *at)
{
	if (at->token.kind != TOKEN_LARGEST)
		return false;
	say(at, "E0106", at->token.span, "this number is too large",
	    "integers go from -9223372036854775808 to 9223372036854775807");
	return true;
}

static const char *expected_words(const struct situation *at)
{
	static const struct {
		enum expectation what;
		const char *words;
	} rows[] = {
		{ EXPECT_INTERPOLATION_END, "`}` of the %{ }" },
		{ EXPECT_EXPRESSION, "an expression" },
		{ EXPECT_DECLARATION, "a declaration" },
		{ EXPECT_NAME, "a name" },
		{ EXPECT_TEXT, "a text" },
		{ EXPECT_CLOSE_PARENTHESIS, "`)`" },
		{ EXPECT_CLOSE_BRACKET, "`]`" },
		{ EXPECT_SEMICOLON, "`;`" },
		{ EXPECT_COLON, "`:`" },
		{ EXPECT_ASSIGN, "`=`" },
		{ EXPECT_IN, "`in`" },
		{ EXPECT_COMMA, "`,`" },
	};

	if (expects(at, EXPECT_STATEMENT))
		return "a statement";
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (expects(at, rows[i].what))
			return rows[i].words;
	return NULL;
}

static const char *token_words(int kind)
{
	switch (kind) {
	case 0:
		return "the end of the file";
	case TOKEN_PLAIN_TEXT:
	case TOKEN_RAW_TEXT:
	case TOKEN_TEXT_OPEN:
		return "a text";
	case TOKEN_TEXT_CLOSE:
	case TOKEN_TEXT_CHUNK:
	case TOKEN_TEXT_NAME:
		return "the rest of the text";
	case TOKEN_REGEX:
		return "a regular expression";
	default:
		return NULL;
	}
}

static void say_unexpected(const struct situation *at)
{
	const char *expected = expected_words(at);
	const char *met = token_words(at->token.kind);
	struct diagnostics *diagnostics = at->parsing->diagnostics;

	if (expected && met)
		diagnostics_report(diagnostics, "E0201", at->token.span, "%s is expected, not %s",
				   expected, met);
	else if (expected)
		diagnostics_report(diagnostics, "E0201", at->token.span,
				   "%s is expected, not `%.*s`", expected, TEXT_PRINTF(at->word));
	else
		diagnostics_report(diagnostics, "E0201", at->token.span,
				   "`%.*s` is not expected here", TEXT_PRINTF(at->word));
}

/* In this order: the special before the general. */
static bool (*const sayings[])(const struct situation *) = {
	said_before,
	said_long_text,
	said_largest,
	said_top_level,
	said_declaration_inside,
	said_unknown_statement,
	said_variable,
	said_else,
	said_catch,
	said_for,
	said_parameters,
	said_missing_type,
	said_const,
	said_var,
	said_chain,
	said_expression,
	said_arrow,
	said_point,
	said_braces_map,
	said_reserved,
	said_unmatched,
	said_semicolon,
	said_closing_any,
	said_open_parenthesis,
	said_open_brace,
};

/* Arguments and members may be any word: that says nothing about statements. */
static unsigned clear_words(unsigned expected)
{
	const unsigned words =
		EXPECT_STATEMENT | EXPECT_CATCH | EXPECT_DECLARATION | EXPECT_VAR | EXPECT_IN;

	if (!(expected & EXPECT_CATCH) || !(expected & EXPECT_STATEMENT))
		return expected;
	return (expected & ~words) | EXPECT_WORD;
}

void syntax_error(struct parsing *parsing, unsigned expected)
{
	struct situation at = { parsing,
				clear_words(expected),
				parsing->current,
				parsing->before,
				parsing_text(parsing, parsing->current.span),
				parsing_text(parsing, parsing->statement.span) };
	bool again = parsing->last_error == parsing->current.span.from;
	bool said = false;

	if (parsing->finished)
		return;
	parsing->recovering = true;
	parsing->last_error = parsing->current.span.from;
	for (size_t i = 0; !said && i < sizeof(sayings) / sizeof(sayings[0]); i++)
		said = sayings[i](&at);
	if (!said)
		say_unexpected(&at);
	if (again)
		parsing->resume_here = false;
}
