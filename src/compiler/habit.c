#include "compiler/hint.h"
#include "compiler/syntax.h"

#include "afsl.tab.h"

static bool is_word_in(struct text word, const char *const *words)
{
	for (; *words; words++)
		if (text_equals_string(word, *words))
			return true;
	return false;
}

static bool is_comparison(int kind)
{
	return kind == TOKEN_EQUAL || kind == TOKEN_NOT_EQUAL || kind == '<' || kind == '>' ||
	       kind == TOKEN_LESS_EQUAL || kind == TOKEN_GREATER_EQUAL || kind == TOKEN_MATCH ||
	       kind == TOKEN_NOT_MATCH || kind == TOKEN_IN || kind == '=';
}

bool said_chain(const struct situation *at)
{
	if (!is_comparison(at->token.kind) || !expects(at, EXPECT_OPERATOR))
		return false;
	say(at, "E0211", at->token.span, "comparisons cannot be chained",
	    "join two comparisons with `and`: `a < b and b < c`");
	return true;
}

static bool said_block(const struct situation *at)
{
	if (at->token.kind != '{')
		return false;
	say(at, "E0201", at->token.span, "a block cannot stand here",
	    "blocks belong to if, else, while, for, try, catch and parallel");
	return true;
}

bool said_unknown_statement(const struct situation *at)
{
	static const char *const keywords[] = { "if",	    "while",  "for",	 "try",
						"parallel", "return", "else",	 "var",
						"throw",    "break",  "continue" };
	static const struct hint habits[] = {
		{ "elif", "write `else if`" },		{ "elsif", "write `else if`" },
		{ "elseif", "write `else if`" },	{ "foreach", "write `for (item in list)`" },
		{ "unless", "write `if (not ...)`" },	{ "until", "write `while (not ...)`" },
		{ "switch", "write `if`, `else if`" },	{ "do", "write `while (...) { }`" },
		{ "let", "write `var name = value;`" },
	};
	struct parsing *parsing = at->parsing;
	const char *nearest, *habit;
	struct diagnostic *d;

	if (parsing->statement.kind != TOKEN_NAME || !expects(at, EXPECT_SEMICOLON))
		return false;
	habit = hint_for(at->first_word, habits, sizeof(habits) / sizeof(habits[0]));
	if (habit) {
		d = diagnostics_report(parsing->diagnostics, "E0219", parsing->statement.span,
				       "there is no statement `%.*s`", TEXT_PRINTF(at->first_word));
		diagnostic_help(parsing->diagnostics, d, "%s", habit);
		return true;
	}
	if (at->token.kind != '{' && at->before.span.from != parsing->statement.span.from)
		return false;
	nearest = name_nearest(at->first_word, keywords, sizeof(keywords) / sizeof(keywords[0]));
	if (!nearest)
		return said_block(at);
	d = diagnostics_report(parsing->diagnostics, "E0219", parsing->statement.span,
			       "there is no statement `%.*s`", TEXT_PRINTF(at->first_word));
	diagnostic_help(parsing->diagnostics, d, "did you mean `%s`?", nearest);
	return true;
}

static bool is_operator(int kind)
{
	return is_comparison(kind) || kind == '+' || kind == '-' || kind == '*' || kind == '/' ||
	       kind == '%' || kind == TOKEN_AND || kind == TOKEN_OR || kind == '?';
}

/* a + 1; */
bool said_expression(const struct situation *at)
{
	struct span span = { at->token.span.source, at->parsing->statement.span.from,
			     at->token.span.to };

	if (!expects(at, EXPECT_SEMICOLON) || !expects(at, EXPECT_ASSIGN) ||
	    expects(at, EXPECT_OPERATOR) || !is_operator(at->token.kind))
		return false;
	say(at, "E0206", span, "this is not a statement: its value is not used",
	    "a statement calls, assigns or decides");
	return true;
}

bool said_arrow(const struct situation *at)
{
	if (at->token.kind != TOKEN_ARROW)
		return false;
	say(at, "E0107", at->token.span, "`->` stands only before the type of a result",
	    "fields and functions of a value are written with a point: `a.b`");
	return true;
}

/* session a: int; */
bool said_var(const struct situation *at)
{
	if (!expects(at, EXPECT_VAR) || expects(at, EXPECT_STATEMENT) || expects(at, EXPECT_WORD))
		return false;
	say(at, "E0213", at->token.span, "`var` is missing",
	    "write `session var name: type;`, `message var name = value;`");
	return true;
}

/* A text that spans lines and is followed by a word has probably ended at the beginning of the
 * next one. From there on texts and program are exchanged: nothing more can be said. */
bool said_long_text(const struct situation *at)
{
	struct parsing *parsing = at->parsing;
	struct span text = at->before.span;
	struct diagnostic *d;

	if (at->before.kind == TOKEN_TEXT_CLOSE)
		text.from = parsing->scan.texts[parsing->scan.depth].start;
	else if (at->before.kind != TOKEN_PLAIN_TEXT)
		return false;
	if (at->token.span.from != text.to ||
	    !text_contains_byte(parsing_text(parsing, text), '\n'))
		return false;
	d = diagnostics_report(parsing->diagnostics, "E0103", at->token.span,
			       "`%.*s` follows a text directly", TEXT_PRINTF(at->word));
	diagnostic_relate(parsing->diagnostics, d,
			  (struct span){ text.source, text.from, text.from + 1 },
			  "this text spans lines: perhaps its closing quote is missing");
	parsing->finished = true;
	return true;
}

/* What was left out between two tokens has been reported. */
bool said_before(const struct situation *at)
{
	return at->parsing->stray_end > at->before.span.to &&
	       at->parsing->stray_end <= at->token.span.from;
}

/* int x = 3; text name; set x = "y"; */
bool said_variable(const struct situation *at)
{
	static const char *const types[] = { "int", "text", "bool", "float",	"string", "auto",
					     "ip",  "list", "map",  "duration", "time",	  NULL };
	static const char *const policy[] = { "set", "call", "export", NULL };

	if (at->parsing->statement.span.from != at->before.span.from ||
	    at->before.kind != TOKEN_NAME || at->token.kind != TOKEN_NAME)
		return false;
	if (is_word_in(at->first_word, types)) {
		say(at, "E0219", at->before.span, "a variable is declared with `var`",
		    "write `var name = value;` or `var name: type = value;`");
		return true;
	}
	if (!is_word_in(at->first_word, policy))
		return false;
	say(at, "E0219", at->token.span, "`(` is missing",
	    "write `set(name, \"text\");`, `call(method);`, `export(name);`");
	return true;
}

bool said_braces_map(const struct situation *at)
{
	if (at->token.kind != '{' || !expects(at, EXPECT_EXPRESSION))
		return false;
	if (expects(at, EXPECT_STATEMENT)) {
		say(at, "E0201", at->token.span, "a statement cannot begin with `{`",
		    "blocks belong to if, else, while, for, try, catch and parallel");
		return true;
	}
	say(at, "E0201", at->token.span, "an expression cannot begin with `{`",
	    "maps and lists are written in brackets: `[\"a\": 1]`, `[1, 2]`");
	return true;
}

bool said_declaration_inside(const struct situation *at)
{
	int kind = at->token.kind;

	if (kind == TOKEN_CONST && expects(at, EXPECT_STATEMENT)) {
		say(at, "E0215", at->token.span,
		    "constants are declared outside of events and functions",
		    "within a block write `var`");
		return true;
	}
	if (kind != TOKEN_VAR || !expects(at, EXPECT_SEMICOLON))
		return false;
	if (at->before.kind != TOKEN_SESSION && at->before.kind != TOKEN_MESSAGE &&
	    at->before.kind != TOKEN_SHARED)
		return false;
	say(at, "E0215", at->before.span,
	    "session, message and shared variables are declared outside of events and functions",
	    "within a block write `var`, for a variable that lives as long as the block");
	return true;
}

static bool is_top_level(const struct situation *at)
{
	return expects(at, EXPECT_DECLARATION) && !expects(at, EXPECT_STATEMENT) &&
	       !expects(at, EXPECT_WORD);
}

bool begins_statement(int kind)
{
	return kind == TOKEN_VAR || kind == TOKEN_IF || kind == TOKEN_WHILE || kind == TOKEN_FOR ||
	       kind == TOKEN_TRY || kind == TOKEN_RETURN || kind == TOKEN_THROW ||
	       kind == TOKEN_BREAK || kind == TOKEN_CONTINUE || kind == TOKEN_PARALLEL ||
	       kind == TOKEN_ELSE || kind == TOKEN_CATCH;
}

/* on rcpt { }; sub check() { } */
static const char *declared_elsewhere(struct text word)
{
	static const struct hint habits[] = {
		{ "on", "write `event onMailFrom { ... }`; `afsl describe events` lists them" },
		{ "func", "write `function name(value: text) -> int { ... }`" },
		{ "fn", "write `function name(value: text) -> int { ... }`" },
		{ "def", "write `function name(value: text) -> int { ... }`" },
		{ "sub", "write `function name(value: text) -> int { ... }`" },
		{ "void", "write `function name(value: text) { ... }`" },
		{ "import", "write `use \"file.afsl\" as name;`" },
		{ "include", "write `use \"file.afsl\" as name;`" },
		{ "require", "write `use \"file.afsl\" as name;`; modules are there without it" },
		{ "struct", "write `record Name { field: text; }`" },
		{ "class", "write `record Name { field: text; }`" },
	};

	return hint_for(word, habits, sizeof(habits) / sizeof(habits[0]));
}

bool said_top_level(const struct situation *at)
{
	static const char *const words[] = { "event",	"method", "function", "const",
					     "option",	"table",  "record",   "session",
					     "message", "shared", "use",      "test" };
	struct parsing *parsing = at->parsing;
	const char *nearest = NULL, *elsewhere;
	struct diagnostic *d;

	if (!is_top_level(at) || at->token.kind == 0)
		return false;
	elsewhere = at->token.kind == TOKEN_NAME ? declared_elsewhere(at->word) : NULL;
	if (elsewhere) {
		d = diagnostics_report(parsing->diagnostics, "E0215", at->token.span,
				       "there is no declaration `%.*s`", TEXT_PRINTF(at->word));
		diagnostic_help(parsing->diagnostics, d, "%s", elsewhere);
		return true;
	}
	if (at->token.kind == TOKEN_NAME)
		nearest = name_nearest(at->word, words, sizeof(words) / sizeof(words[0]));
	if (nearest || (at->token.kind != TOKEN_NAME && !begins_statement(at->token.kind))) {
		d = diagnostics_report(parsing->diagnostics, "E0215", at->token.span,
				       "a declaration is expected here, not `%.*s`",
				       TEXT_PRINTF(at->word));
		if (nearest)
			diagnostic_help(parsing->diagnostics, d, "did you mean `%s`?", nearest);
		else
			diagnostic_help(
				parsing->diagnostics, d,
				"declarations begin with event, method, function, const, "
				"option, table, record, session var, message var, use or test");
		return true;
	}
	say(at, "E0215", at->token.span, "statements stand within an event, a method or a function",
	    at->token.kind == TOKEN_VAR ? "write `session var`, `message var` or `const` here"
					: "write `event onMailFrom { ... }` around it");
	return true;
}
