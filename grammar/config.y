/* The shape of a configuration file: name = value, sets in ( ), objects in { }. */
%code requires {
#include "service/config.h"

#define CONFIG_LTYPE struct span
#define CONFIG_LTYPE_IS_DECLARED 1
}

%code {
int config_lex(CONFIG_STYPE *value, struct span *span, void *scanner);
static void config_error(struct span *span, struct config_reader *reader, void *scanner,
			 const char *message);

#define YYLLOC_DEFAULT(all, parts, count) \
	do { \
		(all) = YYRHSLOC(parts, (count) ? 1 : 0); \
		(all).to = YYRHSLOC(parts, count).to; \
		if (!(count)) \
			(all).from = (all).to; \
	} while (0)
}

%define api.pure full
%define api.prefix {config_}
%define api.token.prefix {TOKEN_}
%define parse.error detailed
%locations
%expect 0
%parse-param {struct config_reader *reader}
%param {void *scanner}

%union {
	struct text text;
	struct config_value *value;
	struct config_entries entries;
	struct config_members members;
}

%token <text> WORD "a word" QUOTED "a quoted text"
%token END 0 "the end of the file"
%type <value> value
%type <entries> entries
%type <members> members

%initial-action { @$ = (struct span){ reader->source, 0, 0 }; }

%%

file: entries { reader->root = config_object_new(reader, $1, @1); }

entries: %empty { $$ = (struct config_entries){ NULL, NULL }; }
	| entries WORD '=' value { $$ = $1; config_entries_add(reader, &$$, $2, @2, $4); }
	| entries error { $$ = $1; }

value: WORD { $$ = config_text_new(reader, $1, @1); }
	| QUOTED { $$ = config_text_new(reader, $1, @1); }
	| '(' enter members ')' { $$ = config_set_new(reader, $3, @$); reader->depth--; }
	| '{' enter entries '}' { $$ = config_object_new(reader, $3, @$); reader->depth--; }

members: %empty { $$ = (struct config_members){ NULL, NULL }; }
	| members value { $$ = $1; config_members_add(&$$, $2); }
	| members ',' { $$ = $1; }

enter: %empty { if (!config_enter(reader, @$)) YYABORT; }

%%

/* Bison's words, less its "syntax error, ". */
static void config_error(struct span *span, struct config_reader *reader, void *scanner,
			 const char *message)
{
	static const char lead[] = "syntax error, ";
	(void)scanner;
	if (strncmp(message, lead, sizeof(lead) - 1) == 0)
		message += sizeof(lead) - 1;
	struct diagnostic *diagnostic =
		diagnostics_report(reader->diagnostics, "C0101", *span, "%s", message);
	if (diagnostic)
		diagnostic_help(reader->diagnostics, diagnostic,
				"settings are written name = value, sets ( a b ), objects { name = value }");
}
