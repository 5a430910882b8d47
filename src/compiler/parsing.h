/* What the scanner, the grammar and the builder share while one source is parsed. Nobody outside
 * of parsing needs this. */
#ifndef COMPILER_PARSING_H
#define COMPILER_PARSING_H

#include "compiler/tree.h"

enum { NESTING_MAX = 200, INTERPOLATION_MAX = 16 };

/* The token codes of the grammar; TOKEN_NONE is not one. */
struct token {
	int kind;
	struct span span;
};

enum { TOKEN_NONE = -1 };

/* One of ( [ { and the %{ of a text, not closed yet. */
struct bracket {
	char kind; /* '(' '[' '{' '%' */
	struct span span;
	uint32_t indent; /* of the line that it stands in */
};

struct brackets {
	struct bracket open[NESTING_MAX];
	unsigned count;
	unsigned braces; /* how many of them are { */
	/* The first { whose } is indented less than its line: when a brace is missing, it is
	 * probably this one's. */
	struct span suspect;
	bool has_suspect;
	bool unmatched; /* the last ) or ] had no partner */
};

/* What the scanner keeps from token to token. */
struct scan {
	void *flex;
	uint32_t offset;  /* of the next byte */
	bool plain_texts; /* texts are taken as they are: no %name% */
	unsigned depth;	  /* texts with an open %{ around the present place */
	struct {
		uint32_t start;	 /* of the text */
		unsigned braces; /* open within its %{ */
	} texts[INTERPOLATION_MAX + 1];
	struct brackets brackets;
	unsigned braces_before;	 /* the token at hand */
	struct token last;	 /* before the token at hand */
	int declaration;	 /* first token of the declaration at hand */
	bool declaration_starts; /* the next token is that */
};

enum { REPLAY_MAX = NESTING_MAX + 4 };

struct parsing {
	uint32_t source;
	struct text text;
	struct arena *arena;
	struct diagnostics *diagnostics;
	struct tree *tree;
	struct scan scan;
	uint32_t end;  /* nothing behind this offset is parsed */
	bool finished; /* no more tokens, and no more errors */
	bool memory_ended;
	bool distrusted; /* a text never ends, or this is no text file: all that was said may be wrong */
	struct expression spare_expression; /* stands in when memory has ended */
	struct statement spare_statement;
	struct declaration spare_declaration;
	struct block spare_block;
	/* the stream that the grammar reads */
	struct token before, current; /* the last two that it was given */
	struct token statement;	      /* first of the statement or declaration at hand */
	struct token replay[REPLAY_MAX];
	unsigned replay_count, replay_next;
	bool recovering;     /* a syntax error was reported: skip to a safe place */
	bool resume_here;    /* the token in error begins a new statement */
	uint32_t last_error; /* offset of the token that was wrong last */
	uint32_t stray_end;  /* behind the last byte that was skipped as stray, or 0 */
	bool foreign_comment_seen;
};

/* The bytes of a span. */
static inline struct text parsing_text(const struct parsing *parsing, struct span span)
{
	return text_part(parsing->text, span.from, span.to);
}

/* What could stand where the grammar met something else. */
enum expectation {
	EXPECT_EXPRESSION = 1 << 0,
	EXPECT_NAME = 1 << 1,
	EXPECT_TEXT = 1 << 2,
	EXPECT_SEMICOLON = 1 << 3,
	EXPECT_CLOSE_PARENTHESIS = 1 << 4,
	EXPECT_CLOSE_BRACKET = 1 << 5,
	EXPECT_OPEN_PARENTHESIS = 1 << 6,
	EXPECT_OPEN_BRACE = 1 << 7,
	EXPECT_CLOSE_BRACE = 1 << 8,
	EXPECT_COLON = 1 << 9,
	EXPECT_ASSIGN = 1 << 10,
	EXPECT_COMMA = 1 << 11,
	EXPECT_IN = 1 << 12,
	EXPECT_STATEMENT = 1 << 13,
	EXPECT_DECLARATION = 1 << 14,
	EXPECT_CATCH = 1 << 15,
	EXPECT_VAR = 1 << 16,
	EXPECT_ARROW = 1 << 17,
	EXPECT_OPERATOR = 1 << 18,
	EXPECT_WORD = 1 << 19, /* any word: after a point, or as an argument */
	EXPECT_INTERPOLATION_END = 1 << 20,
};

/* Nesting deeper than the tree's readers follow: reported once, and parsing ends. */
void nesting_error(struct parsing *parsing, struct span span);

/* Memory has ended: reported once, and parsing ends. */
void parsing_memory_error(struct parsing *parsing);

/* Says what is wrong at the token at hand and decides where parsing goes on. */
void syntax_error(struct parsing *parsing, unsigned expected);

#endif
