/* The shape of AFSL. Each action is one call of the builder. */
%define api.pure full
%define api.prefix {parser_}
%define api.token.prefix {TOKEN_}
%define api.value.type union
%define api.location.type {struct span}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param {struct parsing *parsing}

%code requires {
#include "compiler/build.h"
}

%code provides {
/* The stream of tokens: parse.c. */
int parser_lex(PARSER_STYPE *value, struct span *span, struct parsing *parsing);
}

%code {
#include "base/memory.h"

#define YYMALLOC memory_allocate
#define YYFREE memory_free

#define YYLLOC_DEFAULT(Whole, Parts, Count)                                                        \
	((Whole) = (struct span){                                                                  \
		 parsing->source,                                                                  \
		 (Count) ? YYRHSLOC(Parts, 1).from : YYRHSLOC(Parts, 0).to,                        \
		 (Count) ? YYRHSLOC(Parts, Count).to : YYRHSLOC(Parts, 0).to,                      \
	 })

static void parser_error(const struct span *span, struct parsing *parsing, const char *message);

/* Bison's generated loops convert between its own integer types. */
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
}

%initial-action { @$ = (struct span){ parsing->source, 0, 0 }; }

/* words that are reserved */
%token CONST FUNCTION METHOD EVENT VAR IF ELSE WHILE FOR IN BREAK CONTINUE RETURN TRY CATCH THROW
%token PARALLEL AND OR NOT TRUE FALSE
/* words that are names elsewhere */
%token USE AS OPTION TABLE RECORD SESSION MESSAGE SHARED TEST
%token NAME
/* literals */
%token INTEGER FLOAT DURATION LARGEST MALFORMED GROUP RAW_TEXT REGEX PLAIN_TEXT
%token TEXT_OPEN TEXT_CLOSE TEXT_CHUNK TEXT_NAME INTERPOLATION_OPEN INTERPOLATION_CLOSE
%token ARROW DOTDOT
%token EQUAL NOT_EQUAL LESS_EQUAL GREATER_EQUAL MATCH NOT_MATCH
%token ADD_ASSIGN SUBTRACT_ASSIGN MULTIPLY_ASSIGN DIVIDE_ASSIGN REMAINDER_ASSIGN
%token STEP /* ++ or --, which the language does not have */
/* Made by recovery: parsing goes on behind this. */
%token SYNC
/* Mistakes that are reported and replaced before the grammar sees them. */
%token WRONG_AND WRONG_OR WRONG_NOT WRONG_NOT_EQUAL WRONG_EQUAL WRONG_DOTS WRONG_QUOTES
%token WRONG_COMMENT WRONG_HASH WRONG_GROUP WRONG_FLAGS WRONG_BYTE WRONG_DEPTH WRONG_END

/* Loosest first. Levels of operators cost less time this way than by a rule each: every name would
 * be reduced to each of them. */
%right '?'
%left OR
%left AND
%precedence NOT
%left '+' '-'
%left '*' '/' '%'
%precedence SIGN

%type <struct declaration *> declaration
%type <enum declared_lifetime> lifetime
%type <struct parameter_list> fields parameters some_parameters
%type <struct parameter *> parameter
%type <struct type_name *> type result
%type <struct type_list> types
%type <struct block *> block body statements
%type <struct statement *> statement simple
%type <struct if_chain> if_chain
%type <enum operator_kind> assignment
%type <struct comparison> comparison
%type <struct expression *> expression sum postfix
%type <struct expression *> constant_text text optional_value
%type <struct expression_list> expressions pairs pieces
%type <struct argument_list> arguments some_arguments
%type <struct argument> argument

%%

program:
  %empty
| program declaration { build_declared(parsing, $2); }
| program ';'
| program error SYNC { build_lost(parsing, @2, @3); yyerrok; }
;

/* ---- words ---- */

name: NAME | soft_word;

soft_word: USE | AS | OPTION | TABLE | RECORD | SESSION | MESSAGE | SHARED | TEST;

hard_word:
  CONST | FUNCTION | METHOD | EVENT | VAR | IF | ELSE | WHILE | FOR | IN | BREAK | CONTINUE | RETURN
| TRY | CATCH | THROW | PARALLEL | AND | OR
;

word: name | hard_word | NOT | TRUE | FALSE;

/* ---- declarations ---- */

declaration:
  USE constant_text ';'
	{ $$ = build_use(parsing, @$, $2, NULL); }
| USE constant_text AS name ';'
	{ $$ = build_use(parsing, @$, $2, &@4); }
| OPTION name ':' type optional_value ';'
	{ $$ = build_valued(parsing, @$, DECLARATION_OPTION, @2, $4, $5); }
| CONST name '=' expression ';'
	{ $$ = build_valued(parsing, @$, DECLARATION_CONST, @2, NULL, $4); }
| CONST name ':' type '=' expression ';'
	{ $$ = build_valued(parsing, @$, DECLARATION_CONST, @2, $4, $6); }
| TABLE name ':' type '=' constant_text ';'
	{ $$ = build_table(parsing, @$, @2, $4, NULL, $6); }
| TABLE name ':' type ARROW type '=' constant_text ';'
	{ $$ = build_table(parsing, @$, @2, $4, $6, $8); }
| RECORD name '{' fields '}'
	{ $$ = build_record(parsing, @$, @2, &$4); }
| lifetime VAR name ':' type optional_value ';'
	{ $$ = build_variable(parsing, @$, $1, @3, $5, $6); }
| lifetime VAR name '=' expression ';'
	{ $$ = build_variable(parsing, @$, $1, @3, NULL, $5); }
| FUNCTION name '(' parameters ')' result block
	{ $$ = build_function(parsing, @$, @2, &$4, $6, $7); }
| METHOD word block
	{ $$ = build_code(parsing, @$, DECLARATION_METHOD, @2, $3); }
| EVENT name block
	{ $$ = build_code(parsing, @$, DECLARATION_EVENT, @2, $3); }
| TEST constant_text block
	{ $$ = build_test(parsing, @$, $2, $3); }
;

lifetime:
  SESSION { $$ = DECLARED_SESSION; }
| MESSAGE { $$ = DECLARED_MESSAGE; }
| SHARED { $$ = DECLARED_SHARED; }
;

optional_value:
  %empty { $$ = NULL; }
| '=' expression { $$ = $2; }
;

result:
  %empty { $$ = NULL; }
| ARROW type { $$ = $2; }
;

fields:
  %empty { $$ = (struct parameter_list){ 0 }; }
| fields parameter ';' { $$ = $1; build_parameter_append(parsing, &$$, $2); }
| fields ';' { $$ = $1; }
| fields error SYNC { $$ = $1; build_lost(parsing, @2, @3); yyerrok; }
;

parameters:
  %empty { $$ = (struct parameter_list){ 0 }; }
| some_parameters
| some_parameters ',' { $$ = $1; }
;

some_parameters:
  parameter
	{ $$ = (struct parameter_list){ 0 }; build_parameter_append(parsing, &$$, $1); }
| some_parameters ',' parameter
	{ $$ = $1; build_parameter_append(parsing, &$$, $3); }
;

parameter:
  name ':' type optional_value { $$ = build_parameter(parsing, @1, $3, $4); }
;

type:
  name { $$ = build_type(parsing, @$, NULL, @1, NULL); }
| name '.' name { $$ = build_type(parsing, @$, &@1, @3, NULL); }
| name '[' types ']' { $$ = build_type(parsing, @$, NULL, @1, $3.first); }
;

types:
  type { $$ = (struct type_list){ $1, $1 }; }
| types ',' type { $$ = $1; build_type_append(&$$, $3); }
;

/* ---- statements ---- */

block:
  '{' statements '}' { $$ = build_block_end($2, @$); }
;

statements:
  %empty { $$ = build_block(parsing); }
| statements statement { $$ = $1; build_statement_append(parsing, $$, $2); }
| statements ';' { $$ = $1; }
| statements error SYNC { $$ = $1; build_lost(parsing, @2, @3); yyerrok; }
;

/* A body without braces is read for the sake of a good message. */
body:
  block
| simple { $$ = build_unbraced(parsing, @1, $1); }
;

statement:
  simple
| if_chain { $$ = $1.first; }
| if_chain ELSE body { $$ = build_else(parsing, @$, &$1, $3); }
| WHILE '(' expression ')' body
	{ $$ = build_while(parsing, @$, $3, $5); }
| FOR '(' name IN expression ')' body
	{ $$ = build_for(parsing, @$, @3, NULL, $5, $7); }
| FOR '(' name ',' name IN expression ')' body
	{ $$ = build_for(parsing, @$, @3, &@5, $7, $9); }
| FOR '(' name IN expression DOTDOT expression ')' body
	{ $$ = build_for_range(parsing, @$, @3, $5, $7, $9); }
| TRY block CATCH block
	{ $$ = build_try(parsing, @$, $2, NULL, $4); }
| TRY block CATCH '(' name ')' block
	{ $$ = build_try(parsing, @$, $2, &@5, $7); }
| PARALLEL block
	{ $$ = build_parallel(parsing, @$, $2); }
;

if_chain:
  IF '(' expression ')' body
	{ $$ = build_if(parsing, @$, $3, $5); }
| if_chain ELSE IF '(' expression ')' body
	{ $$ = build_else_if(parsing, @$, &$1, @3, $5, $7); }
;

simple:
  VAR name optional_value ';'
	{ $$ = build_var(parsing, @$, @2, NULL, $3); }
| VAR name ':' type optional_value ';'
	{ $$ = build_var(parsing, @$, @2, $4, $5); }
| postfix ';'
	{ $$ = build_call_statement(parsing, @$, $1); }
| postfix assignment expression ';'
	{ $$ = build_assignment(parsing, @$, $1, $2, @2, $3); }
| postfix STEP ';'
	{ $$ = build_step(parsing, @$, $1, @2); }
| BREAK ';'
	{ $$ = build_jump(parsing, @$, STATEMENT_BREAK, NULL); }
| CONTINUE ';'
	{ $$ = build_jump(parsing, @$, STATEMENT_CONTINUE, NULL); }
| RETURN ';'
	{ $$ = build_jump(parsing, @$, STATEMENT_RETURN, NULL); }
| RETURN expression ';'
	{ $$ = build_jump(parsing, @$, STATEMENT_RETURN, $2); }
| THROW expression ';'
	{ $$ = build_jump(parsing, @$, STATEMENT_THROW, $2); }
;

assignment:
  '=' { $$ = OPERATOR_NONE; }
| ADD_ASSIGN { $$ = OPERATOR_ADD; }
| SUBTRACT_ASSIGN { $$ = OPERATOR_SUBTRACT; }
| MULTIPLY_ASSIGN { $$ = OPERATOR_MULTIPLY; }
| DIVIDE_ASSIGN { $$ = OPERATOR_DIVIDE; }
| REMAINDER_ASSIGN { $$ = OPERATOR_REMAINDER; }
;

/* ---- expressions ---- */

expression:
  sum
| sum comparison sum { $$ = build_comparison(parsing, @$, $2, @2, $1, $3); }
| NOT expression { $$ = build_unary(parsing, @$, EXPRESSION_NOT, $2); }
| expression AND expression { $$ = build_binary(parsing, @$, EXPRESSION_AND, $1, $3); }
| expression OR expression { $$ = build_binary(parsing, @$, EXPRESSION_OR, $1, $3); }
| expression '?' expression ':' expression %prec '?'
	{ $$ = build_conditional(parsing, @$, $1, $3, $5); }
;

comparison:
  EQUAL { $$ = (struct comparison){ EXPRESSION_COMPARE, OPERATOR_EQUAL, false, false }; }
| NOT_EQUAL { $$ = (struct comparison){ EXPRESSION_COMPARE, OPERATOR_NOT_EQUAL, false, false }; }
| '<' { $$ = (struct comparison){ EXPRESSION_COMPARE, OPERATOR_LESS, false, false }; }
| LESS_EQUAL { $$ = (struct comparison){ EXPRESSION_COMPARE, OPERATOR_LESS_EQUAL, false, false }; }
| '>' { $$ = (struct comparison){ EXPRESSION_COMPARE, OPERATOR_GREATER, false, false }; }
| GREATER_EQUAL { $$ = (struct comparison){ EXPRESSION_COMPARE, OPERATOR_GREATER_EQUAL, false, false }; }
| MATCH { $$ = (struct comparison){ EXPRESSION_MATCH, OPERATOR_NONE, false, false }; }
| NOT_MATCH { $$ = (struct comparison){ EXPRESSION_MATCH, OPERATOR_NONE, true, false }; }
| IN { $$ = (struct comparison){ EXPRESSION_IN, OPERATOR_NONE, false, false }; }
| NOT IN { $$ = (struct comparison){ EXPRESSION_IN, OPERATOR_NONE, true, false }; }
| '=' { $$ = (struct comparison){ EXPRESSION_COMPARE, OPERATOR_EQUAL, false, true }; }
;

sum:
  postfix
| '-' sum %prec SIGN { $$ = build_unary(parsing, @$, EXPRESSION_NEGATE, $2); }
| '-' LARGEST { $$ = build_least(parsing, @$); }
| sum '+' sum { $$ = build_arithmetic(parsing, @$, OPERATOR_ADD, $1, $3); }
| sum '-' sum { $$ = build_arithmetic(parsing, @$, OPERATOR_SUBTRACT, $1, $3); }
| sum '*' sum { $$ = build_arithmetic(parsing, @$, OPERATOR_MULTIPLY, $1, $3); }
| sum '/' sum { $$ = build_arithmetic(parsing, @$, OPERATOR_DIVIDE, $1, $3); }
| sum '%' sum { $$ = build_arithmetic(parsing, @$, OPERATOR_REMAINDER, $1, $3); }
;

postfix:
  name { $$ = build_name(parsing, @1); }
| name '(' arguments ')' { $$ = build_call(parsing, @$, NULL, @1, &$3); }
| INTEGER { $$ = build_integer(parsing, @1); }
| FLOAT { $$ = build_float(parsing, @1); }
| DURATION { $$ = build_duration(parsing, @1); }
| MALFORMED { $$ = build_malformed(parsing, @1); }
| GROUP { $$ = build_group(parsing, @1); }
| TRUE { $$ = build_bool(parsing, @1, true); }
| FALSE { $$ = build_bool(parsing, @1, false); }
| REGEX { $$ = build_regex(parsing, @1); }
| text
| '(' expression ')' { $$ = build_parenthesised($2); }
| '[' ']' { $$ = build_list(parsing, @$, EXPRESSION_LIST, NULL); }
| '[' expressions optional_comma ']' { $$ = build_list(parsing, @$, EXPRESSION_LIST, &$2); }
| '[' ':' ']' { $$ = build_list(parsing, @$, EXPRESSION_MAP, NULL); }
| '[' pairs optional_comma ']' { $$ = build_list(parsing, @$, EXPRESSION_MAP, &$2); }
| postfix '.' word
	{ $$ = build_member(parsing, @$, $1, @3); }
| postfix '.' word '(' arguments ')'
	{ $$ = build_call(parsing, @$, $1, @3, &$5); }
| postfix '[' expression ']'
	{ $$ = build_binary(parsing, @$, EXPRESSION_INDEX, $1, $3); }
| postfix '[' expression DOTDOT expression ']'
	{ $$ = build_slice(parsing, @$, $1, $3, $5); }
| postfix '[' expression DOTDOT ']'
	{ $$ = build_slice(parsing, @$, $1, $3, NULL); }
| postfix '[' DOTDOT expression ']'
	{ $$ = build_slice(parsing, @$, $1, NULL, $4); }
;

optional_comma: %empty | ',';

expressions:
  expression
	{ $$ = (struct expression_list){ 0 }; build_append(parsing, &$$, $1); }
| expressions ',' expression
	{ $$ = $1; build_append(parsing, &$$, $3); }
;

pairs:
  expression ':' expression
	{ $$ = (struct expression_list){ 0 }; build_append_pair(parsing, &$$, $1, $3); }
| pairs ',' expression ':' expression
	{ $$ = $1; build_append_pair(parsing, &$$, $3, $5); }
;

text:
  constant_text
| TEXT_OPEN pieces TEXT_CLOSE { $$ = build_template(parsing, @$, &$2); }
;

constant_text:
  RAW_TEXT { $$ = build_raw_text(parsing, @1); }
| PLAIN_TEXT { $$ = build_plain_text(parsing, @1); }
;

pieces:
  %empty
	{ $$ = (struct expression_list){ 0 }; }
| pieces TEXT_CHUNK
	{ $$ = $1; build_append_chunk(parsing, &$$, @2); }
| pieces TEXT_NAME
	{ $$ = $1; build_append(parsing, &$$, build_percent_name(parsing, @2)); }
| pieces INTERPOLATION_OPEN expression INTERPOLATION_CLOSE
	{ $$ = $1; build_append(parsing, &$$, build_interpolated($3)); }
;

arguments:
  %empty { $$ = (struct argument_list){ 0 }; }
| some_arguments optional_comma { $$ = $1; }
;

some_arguments:
  argument
	{ $$ = (struct argument_list){ 0 }; build_argument_append(parsing, &$$, $1); }
| some_arguments ',' argument
	{ $$ = $1; build_argument_append(parsing, &$$, $3); }
;

/* A reserved word that stands alone is a name: is(for, "x"). */
argument:
  expression { $$ = build_argument(parsing, NULL, $1); }
| name ':' expression { $$ = build_argument(parsing, &@1, $3); }
| hard_word { $$ = build_argument(parsing, NULL, build_name(parsing, @1)); }
| NOT { $$ = build_argument(parsing, NULL, build_name(parsing, @1)); }
;

%%

/* What is expected, in the few kinds that messages tell apart. */
static const struct {
	int token;
	enum expectation expectation;
} expectations[] = {
	{ TOKEN_INTEGER, EXPECT_EXPRESSION },
	{ TOKEN_NAME, EXPECT_NAME },
	{ TOKEN_PLAIN_TEXT, EXPECT_TEXT },
	{ ';', EXPECT_SEMICOLON },
	{ ')', EXPECT_CLOSE_PARENTHESIS },
	{ ']', EXPECT_CLOSE_BRACKET },
	{ '(', EXPECT_OPEN_PARENTHESIS },
	{ '{', EXPECT_OPEN_BRACE },
	{ '}', EXPECT_CLOSE_BRACE },
	{ ':', EXPECT_COLON },
	{ '=', EXPECT_ASSIGN },
	{ ',', EXPECT_COMMA },
	{ TOKEN_IN, EXPECT_IN },
	{ TOKEN_BREAK, EXPECT_STATEMENT },
	{ TOKEN_EVENT, EXPECT_DECLARATION },
	{ TOKEN_CATCH, EXPECT_CATCH },
	{ TOKEN_VAR, EXPECT_VAR },
	{ TOKEN_ARROW, EXPECT_ARROW },
	{ '+', EXPECT_OPERATOR },
	{ TOKEN_INTERPOLATION_CLOSE, EXPECT_INTERPOLATION_END },
};

static unsigned expectation_of(yysymbol_kind_t symbol)
{
	for (size_t i = 0; i < sizeof(expectations) / sizeof(expectations[0]); i++)
		if (YYTRANSLATE(expectations[i].token) == symbol)
			return expectations[i].expectation;
	return 0;
}

static int yyreport_syntax_error(const yypcontext_t *context, struct parsing *parsing)
{
	yysymbol_kind_t symbols[YYNTOKENS];
	int count = yypcontext_expected_tokens(context, symbols, YYNTOKENS);
	unsigned expected = 0;

	for (int i = 0; i < count; i++)
		expected |= expectation_of(symbols[i]);
	syntax_error(parsing, expected);
	return 0;
}

/* Called only when the parser's stack ends; its depth is bounded long before by brackets. */
static void parser_error(const struct span *span, struct parsing *parsing, const char *message)
{
	(void)message;
	nesting_error(parsing, *span);
}
