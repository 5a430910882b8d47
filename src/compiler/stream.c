#include "compiler/stream.h"

#include "compiler/brackets.h"
#include "compiler/mistake.h"
#include "compiler/scanner.h"

#include "afsl.tab.h"

/* ---- from the scanner ---- */

/* Texts of `use`, `table` and `test` are taken as they are. */
static bool has_plain_texts(const struct scan *scan)
{
	return scan->brackets.braces == 0 &&
	       (scan->declaration == TOKEN_USE || scan->declaration == TOKEN_TEST ||
		scan->declaration == TOKEN_TABLE);
}

static void note_declaration(struct scan *scan, int kind)
{
	if (scan->declaration_starts)
		scan->declaration = kind;
	scan->declaration_starts = scan->brackets.braces == 0 && (kind == ';' || kind == '}');
}

bool stream_scan(struct parsing *parsing, struct token *token)
{
	struct scan *scan = &parsing->scan;

	scan->plain_texts = has_plain_texts(scan);
	token->span.source = parsing->source;
	token->kind = scanner_scan(&token->span, scan->flex);
	token->span.source = parsing->source;
	if (token->span.from >= parsing->end) {
		token->kind = 0;
		token->span.from = token->span.to = parsing->end;
	}
	scan->braces_before = scan->brackets.braces;
	if (!brackets_note(&scan->brackets, parsing->text, token))
		return false;
	note_declaration(scan, token->kind);
	return true;
}

/* ---- waiting tokens ---- */

void stream_queue(struct parsing *parsing, int kind, struct span span)
{
	if (parsing->replay_count < REPLAY_MAX)
		parsing->replay[parsing->replay_count++] = (struct token){ kind, span };
}

void stream_queue_closing(struct parsing *parsing, unsigned braces, struct span span)
{
	span.to = span.from;
	for (unsigned i = 0; i < braces; i++)
		stream_queue(parsing, '}', span);
	brackets_clear(&parsing->scan.brackets);
	parsing->scan.braces_before = 0;
	parsing->scan.declaration_starts = true;
}

static bool take_waiting(struct parsing *parsing, struct token *token)
{
	if (parsing->replay_next == parsing->replay_count) {
		parsing->replay_next = parsing->replay_count = 0;
		return false;
	}
	*token = parsing->replay[parsing->replay_next++];
	return true;
}

/* ---- blocks that are not closed, and } that close nothing ---- */

static struct token end_token(const struct parsing *parsing)
{
	return (struct token){ 0, { parsing->source, parsing->end, parsing->end } };
}

static void report_unclosed(struct parsing *parsing, struct token token, const char *what)
{
	const struct brackets *brackets = &parsing->scan.brackets;
	struct span opened = { parsing->source, 0, 0 };
	struct diagnostic *d;

	for (unsigned i = 0; i < brackets->count; i++)
		if (brackets->open[i].kind == '{')
			opened = brackets->open[i].span;
	if (brackets->has_suspect)
		opened = brackets->suspect;
	d = diagnostics_report(parsing->diagnostics, "E0207", token.span,
			       "a `}` is missing before %s", what);
	diagnostic_relate(parsing->diagnostics, d, opened,
			  "perhaps it is this `{` that is not closed");
	parsing->last_error = token.span.from;
	parsing->scan.brackets.has_suspect = false;
}

static bool follows_statement(const struct token *last)
{
	return last->kind == ';' || last->kind == '{' || last->kind == '}';
}

/* event, method and function begin declarations and stand nowhere else at the start of a
 * statement. */
static bool begins_code(int kind)
{
	return kind == TOKEN_EVENT || kind == TOKEN_METHOD || kind == TOKEN_FUNCTION;
}

/* True when closing braces were put before the token. */
static bool close_blocks(struct parsing *parsing, const struct token *token)
{
	unsigned braces = parsing->scan.brackets.braces;
	const struct bracket *open = parsing->scan.brackets.open;

	if (braces == 0)
		return false;
	if (token->kind == 0 && open[parsing->scan.brackets.count - 1].kind == '{')
		report_unclosed(parsing, *token, "the end of the file");
	else if (begins_code(token->kind) && follows_statement(&parsing->scan.last))
		report_unclosed(parsing, *token, "this declaration");
	else
		return false;
	stream_queue_closing(parsing, braces, token->span);
	stream_queue(parsing, token->kind, token->span);
	return true;
}

static bool closes_nothing(struct parsing *parsing, const struct token *token)
{
	struct diagnostic *d;

	if (token->kind != '}' || parsing->scan.braces_before > 0)
		return false;
	if (parsing->last_error != UINT32_MAX)
		return true; /* probably of what was skipped */
	parsing->last_error = token->span.from;
	d = diagnostics_report(parsing->diagnostics, "E0208", token->span,
			       "this `}` closes nothing");
	if (parsing->scan.brackets.has_suspect)
		diagnostic_relate(parsing->diagnostics, d, parsing->scan.brackets.suspect,
				  "this `{` is closed by a `}` that is indented less");
	parsing->scan.brackets.has_suspect = false;
	return true;
}

/* ---- to the grammar ---- */

static void next_from_source(struct parsing *parsing, struct token *token)
{
	while (!parsing->finished) {
		if (!stream_scan(parsing, token)) {
			nesting_error(parsing, token->span);
			continue;
		}
		if (mistake_skip(parsing, token) || closes_nothing(parsing, token))
			continue;
		if (token->kind == 0)
			parsing->finished = parsing->end < parsing->text.length;
		if (!parsing->finished && close_blocks(parsing, token))
			take_waiting(parsing, token);
		parsing->scan.last = *token;
		return;
	}
	*token = end_token(parsing);
}

static bool is_boundary(int kind)
{
	return kind == ';' || kind == '{' || kind == '}' || kind == TOKEN_SYNC ||
	       kind == TOKEN_NONE;
}

int parser_lex(PARSER_STYPE *given, struct span *span, struct parsing *parsing)
{
	struct token *token = &parsing->current;

	(void)given;
	if (parsing->recovering)
		stream_recover(parsing);
	parsing->before = *token;
	if (!take_waiting(parsing, token))
		next_from_source(parsing, token);
	if (is_boundary(parsing->before.kind))
		parsing->statement = *token;
	*span = token->span;
	return token->kind;
}

/* ---- after a syntax error ---- */

/* The grammar is within `target` braces. Where it can go on: behind the ; or the block that ends
 * the statement, before the } that ends the block around it, or before a declaration. */
struct recovery {
	unsigned target;
	struct token token;
	int last; /* token before it */
};

static bool begins_declaration(const struct parsing *parsing, const struct recovery *recovery)
{
	static const int words[] = { TOKEN_CONST,   TOKEN_USE,	  TOKEN_OPTION,
				     TOKEN_TABLE,   TOKEN_RECORD, TOKEN_SESSION,
				     TOKEN_MESSAGE, TOKEN_SHARED, TOKEN_TEST };
	uint32_t indent;
	bool first = begins_line(parsing->text, recovery->token.span.from, &indent);

	if (begins_code(recovery->token.kind) && first && indent == 0)
		return true;
	if (recovery->last == '(' || recovery->last == ',' || recovery->last == '.')
		return false;
	if (!first && !is_boundary(recovery->last))
		return false;
	if (begins_code(recovery->token.kind))
		return true;
	if (recovery->target > 0 || parsing->scan.brackets.braces > 0 || indent > 0)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i] == recovery->token.kind)
			return true;
	return false;
}

/* for (i = 0; i < 3; i++) is one mistake, not three. */
static bool stands_in_for(const struct parsing *parsing)
{
	const struct brackets *brackets = &parsing->scan.brackets;

	return parsing->statement.kind == TOKEN_FOR && brackets->count > 0 &&
	       brackets->open[brackets->count - 1].kind == '(';
}

/* True when the skipping ends with this token. */
static bool recovers_at(struct parsing *parsing, const struct recovery *recovery)
{
	unsigned braces = parsing->scan.brackets.braces;
	struct token token = recovery->token;

	if (token.kind == 0) {
		stream_queue(parsing, TOKEN_SYNC, token.span);
		stream_queue_closing(parsing, recovery->target, token.span);
		stream_queue(parsing, 0, token.span);
		return true;
	}
	if (parsing->scan.depth > 0)
		return false;
	if (begins_declaration(parsing, recovery)) {
		stream_queue(parsing, TOKEN_SYNC, token.span);
		stream_queue_closing(parsing, recovery->target, token.span);
		stream_queue(parsing, token.kind, token.span);
		parsing->scan.declaration = token.kind;
		parsing->scan.declaration_starts = false;
		return true;
	}
	if (token.kind == '}' && braces < recovery->target) {
		stream_queue(parsing, TOKEN_SYNC, token.span);
		stream_queue(parsing, '}', token.span);
		return true;
	}
	if (token.kind == ';' && braces == recovery->target && !stands_in_for(parsing)) {
		stream_queue(parsing, TOKEN_SYNC, token.span);
		return true;
	}
	return false;
}

static bool is_left_out(int kind)
{
	return kind == TOKEN_WRONG_COMMENT || kind == TOKEN_WRONG_BYTE || kind == TOKEN_WRONG_END;
}

/* Skipping has no use for tokens, but what ends the source ends it here too. */
static void skip_token(struct parsing *parsing, struct recovery *recovery)
{
	recovery->last = recovery->token.kind;
	do {
		if (!parsing->finished && !stream_scan(parsing, &recovery->token))
			nesting_error(parsing, recovery->token.span);
		if (parsing->finished)
			recovery->token = end_token(parsing);
	} while (is_left_out(recovery->token.kind) && mistake_skip(parsing, &recovery->token));
	parsing->scan.last = recovery->token;
}

static bool closes_block(const struct parsing *parsing, const struct recovery *recovery)
{
	return recovery->token.kind == '}' && parsing->scan.depth == 0 &&
	       parsing->scan.brackets.braces == recovery->target &&
	       parsing->scan.braces_before > recovery->target;
}

/* Can this begin a statement or end a block? After f({ ... } it is still within the brackets. */
static bool follows_block(int kind)
{
	return kind == 0 || kind == ';' || kind == '}' ||
	       (kind >= TOKEN_CONST && kind <= TOKEN_NAME && kind != TOKEN_ELSE &&
		kind != TOKEN_CATCH && kind != TOKEN_AND && kind != TOKEN_OR && kind != TOKEN_IN);
}

/* A block ends a statement, unless else or catch follow. True when recovery is at its end. */
static bool recovers_behind_block(struct parsing *parsing, struct recovery *recovery)
{
	brackets_drop_inner(&parsing->scan.brackets);
	skip_token(parsing, recovery);
	if (!follows_block(recovery->token.kind))
		return false;
	if (recovers_at(parsing, recovery))
		return true;
	stream_queue(parsing, TOKEN_SYNC, recovery->token.span);
	stream_queue(parsing, recovery->token.kind, recovery->token.span);
	return true;
}

void stream_recover(struct parsing *parsing)
{
	struct recovery recovery = { parsing->scan.braces_before, parsing->current,
				     parsing->before.kind };

	parsing->recovering = false;
	if (parsing->replay_next < parsing->replay_count) {
		/* Made by an earlier recovery: they close what is open. */
		parsing->replay[--parsing->replay_next] =
			(struct token){ TOKEN_SYNC, parsing->current.span };
		return;
	}
	if (parsing->resume_here) {
		brackets_drop_inner(&parsing->scan.brackets);
		stream_queue(parsing, TOKEN_SYNC, recovery.token.span);
		stream_queue(parsing, recovery.token.kind, recovery.token.span);
		parsing->scan.declaration = recovery.token.kind;
		parsing->resume_here = false;
		return;
	}
	while (!recovers_at(parsing, &recovery)) {
		if (closes_block(parsing, &recovery)) {
			if (recovers_behind_block(parsing, &recovery))
				return;
			continue;
		}
		skip_token(parsing, &recovery);
	}
	if (recovery.token.kind == ';')
		brackets_drop_inner(&parsing->scan.brackets);
}
