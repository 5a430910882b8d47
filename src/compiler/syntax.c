/* What to say when the grammar meets what it does not expect. */
#include "compiler/parsing.h"

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

/* The situation at the error. */
struct situation {
	struct parsing *parsing;
	unsigned expected;
	struct token token;     /* what was met */
	struct token before;
	struct text word;       /* the token's bytes */
	struct text first_word; /* of the statement */
};

static bool expects(const struct situation *at, enum expectation what)
{
	return (at->expected & (unsigned)what) != 0;
}

/* One error: what, and the cure (or NULL). */
static void say(const struct situation *at, const char *code, struct span span,
		const char *message, const char *help)
{
	struct diagnostics *diagnostics = at->parsing->diagnostics;
	struct diagnostic *d = diagnostics_report(diagnostics, code, span, "%s", message);

	if (help)
		diagnostic_help(diagnostics, d, "%s", help);
}

/* ---- what people write who come from other languages ---- */

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

static bool said_chain(const struct situation *at)
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

static bool said_unknown_statement(const struct situation *at)
{
	static const char *const keywords[] = { "if", "while", "for", "try", "parallel", "return",
						"else", "var", "throw", "break", "continue" };
	static const struct {
		const char *word;
		const char *help;
	} habits[] = {
		{ "elif", "write `else if`" },	     { "elsif", "write `else if`" },
		{ "elseif", "write `else if`" },     { "foreach", "write `for (item in list)`" },
		{ "unless", "write `if (not ...)`" }, { "until", "write `while (not ...)`" },
		{ "switch", "write `if`, `else if`" }, { "do", "write `while (...) { }`" },
		{ "let", "write `var name = value;`" },
	};
	struct parsing *parsing = at->parsing;
	const char *nearest;
	struct diagnostic *d;

	if (parsing->statement.kind != TOKEN_NAME || !expects(at, EXPECT_SEMICOLON))
		return false;
	for (size_t i = 0; i < sizeof(habits) / sizeof(habits[0]); i++) {
		if (!text_equals_string(at->first_word, habits[i].word))
			continue;
		d = diagnostics_report(parsing->diagnostics, "E0219", parsing->statement.span,
				       "there is no statement `%s`", habits[i].word);
		diagnostic_help(parsing->diagnostics, d, "%s", habits[i].help);
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
static bool said_expression(const struct situation *at)
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

static bool said_arrow(const struct situation *at)
{
	if (at->token.kind != TOKEN_ARROW)
		return false;
	say(at, "E0107", at->token.span, "`->` stands only before the type of a result",
	    "fields and functions of a value are written with a point: `a.b`");
	return true;
}

/* session a: int; */
static bool said_var(const struct situation *at)
{
	if (!expects(at, EXPECT_VAR) || expects(at, EXPECT_STATEMENT) || expects(at, EXPECT_WORD))
		return false;
	say(at, "E0213", at->token.span, "`var` is missing",
	    "write `session var name: type;`, `message var name = value;`");
	return true;
}

/* A text that spans lines and is followed by a word has probably ended at the beginning of the
 * next one. From there on texts and program are exchanged: nothing more can be said. */
static bool said_long_text(const struct situation *at)
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
	diagnostic_relate(parsing->diagnostics, d, (struct span){ text.source, text.from, text.from + 1 },
			  "this text spans lines: perhaps its closing quote is missing");
	parsing->finished = true;
	return true;
}

/* What was left out between two tokens has been reported. */
static bool follows_stray(const struct situation *at)
{
	return at->parsing->stray_end > at->before.span.to &&
	       at->parsing->stray_end <= at->token.span.from;
}

/* int x = 3; text name; set x = "y"; */
static bool said_variable(const struct situation *at)
{
	static const char *const types[] = { "int", "text", "bool", "float", "string", "auto", "ip",
					     "list", "map", "duration", "time", NULL };
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

static bool said_braces_map(const struct situation *at)
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

static bool said_declaration_inside(const struct situation *at)
{
	int kind = at->token.kind;

	if (kind == TOKEN_CONST && expects(at, EXPECT_STATEMENT)) {
		say(at, "E0215", at->token.span, "constants are declared outside of events and functions",
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

static bool is_statement_word(int kind)
{
	return kind == TOKEN_VAR || kind == TOKEN_IF || kind == TOKEN_WHILE || kind == TOKEN_FOR ||
	       kind == TOKEN_TRY || kind == TOKEN_RETURN || kind == TOKEN_THROW ||
	       kind == TOKEN_BREAK || kind == TOKEN_CONTINUE || kind == TOKEN_PARALLEL ||
	       kind == TOKEN_ELSE || kind == TOKEN_CATCH;
}

static bool said_top_level(const struct situation *at)
{
	static const char *const words[] = { "event", "method", "function", "const", "option",
					     "table", "record", "session", "message", "shared",
					     "use", "test" };
	struct parsing *parsing = at->parsing;
	const char *nearest = NULL;
	struct diagnostic *d;

	if (!is_top_level(at) || at->token.kind == 0)
		return false;
	if (at->token.kind == TOKEN_NAME)
		nearest = name_nearest(at->word, words, sizeof(words) / sizeof(words[0]));
	if (nearest || (at->token.kind != TOKEN_NAME && !is_statement_word(at->token.kind))) {
		d = diagnostics_report(parsing->diagnostics, "E0215", at->token.span,
				       "a declaration is expected here, not `%.*s`",
				       TEXT_PRINTF(at->word));
		if (nearest)
			diagnostic_help(parsing->diagnostics, d, "did you mean `%s`?", nearest);
		else
			diagnostic_help(parsing->diagnostics, d,
					"declarations begin with event, method, function, const, "
					"option, table, record, session var, message var, use or test");
		return true;
	}
	say(at, "E0215", at->token.span, "statements stand within an event, a method or a function",
	    at->token.kind == TOKEN_VAR ?
		    "write `session var`, `message var` or `const` here" :
		    "write `event onMailFrom { ... }` around it");
	return true;
}

/* ---- the shape of declarations and statements ---- */

static bool said_parameters(const struct situation *at)
{
	int declaration = at->parsing->statement.kind;

	if (at->token.kind == '(' && expects(at, EXPECT_OPEN_BRACE) &&
	    (declaration == TOKEN_EVENT || declaration == TOKEN_METHOD)) {
		say(at, "E0213", at->token.span,
		    declaration == TOKEN_EVENT ? "events have no parameters" :
						 "methods have no parameters",
		    declaration == TOKEN_EVENT ? "write `event onMailFrom { ... }`" :
						 "write `function` for code with parameters");
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
		    declaration == TOKEN_OPTION ?
			    "write `option name: text = \"value\";`" :
			    "write `table name: text = \"file:name.txt\";`");
		return true;
	}
	if (at->token.kind != TOKEN_NAME)
		return false;
	say(at, "E0213", at->token.span, "`:` is missing before the type",
	    "write `name: type`");
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
	    at->token.kind == TOKEN_ELSE ? "this `else` follows no `if`" :
					   "this `catch` follows no `try`",
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
	if (at->token.kind == TOKEN_VAR || (expects(at, EXPECT_IN) && !expects(at, EXPECT_OPERATOR))) {
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
	if (is_statement_word(at->parsing->statement.kind))
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

	if ((at->token.kind != ')' && at->token.kind != ']') || !at->parsing->scan.brackets.unmatched)
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
	return kind == ';' || kind == '{' || kind == '}' || kind == 0 || kind == ')' || kind == ']' ||
	       kind == TOKEN_INTERPOLATION_CLOSE || is_statement_word(kind);
}

static bool said_closing(const struct situation *at, enum expectation what, char open, char close)
{
	struct diagnostics *diagnostics = at->parsing->diagnostics;
	const struct bracket *bracket;
	struct diagnostic *d;

	if (!expects(at, what) || at->token.kind == close || !ends_statement(at->token.kind))
		return false;
	bracket = innermost(at->parsing, open);
	d = diagnostics_report(diagnostics, "E0204", at->token.span, "`%c` is missing before %s%.*s%s",
			       close, at->token.kind ? "`" : "the end of the file",
			       TEXT_PRINTF(at->word), at->token.kind ? "`" : "");
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
	       kind == 0 || is_statement_word(kind) || kind == TOKEN_CONST || kind == TOKEN_EVENT ||
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
	if (at->token.kind != '}' && at->token.kind != 0 && !is_statement_word(at->token.kind) &&
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
	    byte_is_digit(at->parsing->text.data[at->before.span.from - 1]) ?
		    "numbers have digits on both sides of the point: `1.0`, `0.5`" :
		    NULL);
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
	d = diagnostics_report(diagnostics, "E0201", at->token.span, "a name is expected, not `%.*s`",
			       TEXT_PRINTF(at->word));
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
		diagnostics_report(diagnostics, "E0201", at->token.span, "%s is expected, not `%.*s`",
				   expected, TEXT_PRINTF(at->word));
	else
		diagnostics_report(diagnostics, "E0201", at->token.span, "`%.*s` is not expected here",
				   TEXT_PRINTF(at->word));
}

/* In this order: the special before the general. */
static bool (*const sayings[])(const struct situation *) = {
	follows_stray,	 said_long_text, said_largest,	  said_top_level,
	said_declaration_inside, said_unknown_statement, said_variable, said_else,
	said_catch,	 said_for,	 said_parameters, said_missing_type,
	said_const,	 said_var,	 said_chain,	  said_expression,
	said_arrow,	 said_point,	 said_braces_map, said_reserved,
	said_unmatched,	 said_semicolon, said_closing_any, said_open_parenthesis,
	said_open_brace,
};

/* Arguments and members may be any word: that says nothing about statements. */
static unsigned clear_words(unsigned expected)
{
	const unsigned words = EXPECT_STATEMENT | EXPECT_CATCH | EXPECT_DECLARATION | EXPECT_VAR |
			       EXPECT_IN;

	if (!(expected & EXPECT_CATCH) || !(expected & EXPECT_STATEMENT))
		return expected;
	return (expected & ~words) | EXPECT_WORD;
}

void syntax_error(struct parsing *parsing, unsigned expected)
{
	struct situation at = { parsing, clear_words(expected), parsing->current, parsing->before,
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
