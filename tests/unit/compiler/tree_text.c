#include "tree_text.h"

#include <stdio.h>

static void print_expression(const struct expression *e, struct buffer *out);
static void print_block(const struct block *block, struct buffer *out);

static void print_part(const struct expression *e, struct buffer *out)
{
	buffer_append_byte(out, ' ');
	if (e)
		print_expression(e, out);
	else
		buffer_append_byte(out, '_');
}

static void print_form(const char *head, const struct expression *const *parts, unsigned count,
		       struct buffer *out)
{
	buffer_printf(out, "(%s", head);
	for (unsigned i = 0; i < count; i++)
		print_part(parts[i], out);
	buffer_append_byte(out, ')');
}

static const char *operator_sign(enum operator_kind operator)
{
	static const char *const signs[] = { "=",  "==", "!=", "<", "<=", ">",
					     ">=", "+",	 "-",  "*", "/",  "%" };

	return signs[operator];
}

static void print_call(const struct expression *e, struct buffer *out)
{
	buffer_printf(out, "(call %.*s", TEXT_PRINTF(e->name));
	if (e->left) {
		buffer_append_string(out, " of");
		print_part(e->left, out);
	}
	for (unsigned i = 0; i < e->arguments.count; i++) {
		const struct argument *argument = &e->arguments.items[i];

		if (argument->name.length)
			buffer_printf(out, " %.*s:", TEXT_PRINTF(argument->name));
		print_part(argument->value, out);
	}
	buffer_append_byte(out, ')');
}

static void print_literal(const struct expression *e, struct buffer *out)
{
	switch (e->kind) {
	case EXPRESSION_INT:
		buffer_printf(out, "%lld", (long long)e->integer);
		break;
	case EXPRESSION_FLOAT:
		buffer_printf(out, "%.17g", e->real);
		break;
	case EXPRESSION_DURATION:
		buffer_printf(out, "%lldus", (long long)e->integer);
		break;
	case EXPRESSION_BOOL:
		buffer_append_string(out, e->integer ? "true" : "false");
		break;
	case EXPRESSION_GROUP:
		buffer_printf(out, "$%lld", (long long)e->integer);
		break;
	case EXPRESSION_REGEX:
		buffer_append_string(out, "re");
		buffer_append_json(out, e->text);
		buffer_append_text(out, e->flags);
		break;
	default:
		buffer_append_json(out, e->text);
	}
}

static void print_operator(const struct expression *e, struct buffer *out)
{
	const struct expression *parts[] = { e->left, e->right, e->third };

	switch (e->kind) {
	case EXPRESSION_NEGATE:
		print_form("-", parts, 1, out);
		break;
	case EXPRESSION_NOT:
		print_form("not", parts, 1, out);
		break;
	case EXPRESSION_AND:
		print_form("and", parts, 2, out);
		break;
	case EXPRESSION_OR:
		print_form("or", parts, 2, out);
		break;
	case EXPRESSION_IN:
		print_form(e->negated ? "not-in" : "in", parts, 2, out);
		break;
	case EXPRESSION_MATCH:
		print_form(e->negated ? "!~" : "=~", parts, 2, out);
		break;
	case EXPRESSION_INDEX:
		print_form("index", parts, 2, out);
		break;
	case EXPRESSION_SLICE:
		print_form("slice", parts, 3, out);
		break;
	case EXPRESSION_CONDITIONAL:
		print_form("?", parts, 3, out);
		break;
	default:
		print_form(operator_sign(e->operator), parts, 2, out);
	}
}

static void print_expression(const struct expression *e, struct buffer *out)
{
	const struct expression *const *items = (const struct expression *const *)e->items.items;

	if (e->from_percent)
		buffer_append_byte(out, '%');
	switch (e->kind) {
	case EXPRESSION_NAME:
		buffer_append_text(out, e->name);
		break;
	case EXPRESSION_MEMBER:
		buffer_printf(out, "(. ");
		print_expression(e->left, out);
		buffer_printf(out, " %.*s)", TEXT_PRINTF(e->name));
		break;
	case EXPRESSION_CALL:
		print_call(e, out);
		break;
	case EXPRESSION_TEMPLATE:
		print_form("template", items, e->items.count, out);
		break;
	case EXPRESSION_LIST:
		print_form("list", items, e->items.count, out);
		break;
	case EXPRESSION_MAP:
		print_form("map", items, e->items.count, out);
		break;
	default:
		if (e->kind <= EXPRESSION_REGEX || e->kind == EXPRESSION_GROUP)
			print_literal(e, out);
		else
			print_operator(e, out);
	}
}

static void print_type(const struct type_name *type, struct buffer *out)
{
	buffer_append_byte(out, ':');
	if (type->module.length)
		buffer_printf(out, "%.*s.", TEXT_PRINTF(type->module));
	buffer_append_text(out, type->name);
	if (!type->arguments)
		return;
	buffer_append_byte(out, '[');
	for (const struct type_name *t = type->arguments; t; t = t->next)
		print_type(t, out);
	buffer_append_byte(out, ']');
}

static const char *const statement_heads[] = {
	"var",	 "assign",   "set",    "do",  "if",    "while",	   "range",  "for",
	"break", "continue", "return", "try", "throw", "parallel", "export", "block",
};

static void print_statement(const struct statement *s, struct buffer *out)
{
	buffer_printf(out, "(%s", statement_heads[s->kind]);
	if (s->kind == STATEMENT_ASSIGN) {
		buffer_printf(out, " %s", operator_sign(s->operator));
		print_part(s->target, out);
	}
	if (s->name.length)
		buffer_printf(out, " %.*s", TEXT_PRINTF(s->name));
	if (s->second)
		buffer_printf(out, ",%.*s", TEXT_PRINTF(s->second->name));
	if (s->written_type) {
		buffer_append_byte(out, ' ');
		print_type(s->written_type, out);
	}
	if (s->value)
		print_part(s->value, out);
	if (s->until)
		print_part(s->until, out);
	if (s->body)
		print_block(s->body, out);
	if (s->otherwise)
		print_block(s->otherwise, out);
	buffer_append_byte(out, ')');
}

static void print_block(const struct block *block, struct buffer *out)
{
	buffer_append_string(out, " {");
	for (const struct statement *s = block->first; s; s = s->next) {
		if (s != block->first)
			buffer_append_byte(out, ' ');
		print_statement(s, out);
	}
	buffer_append_byte(out, '}');
}

static const char *declaration_head(const struct declaration *d)
{
	static const char *const heads[] = { "use", "option",	"const",  "table", "record",
					     "var", "function", "method", "event", "test" };
	static const char *const lifetimes[] = { "session", "message", "shared" };

	return d->kind == DECLARATION_VAR ? lifetimes[d->lifetime] : heads[d->kind];
}

static void print_declaration(const struct declaration *d, struct buffer *out)
{
	buffer_printf(out, "(%s", declaration_head(d));
	if (d->name.length)
		buffer_printf(out, " %.*s", TEXT_PRINTF(d->name));
	for (const struct parameter *p = d->parameters; p; p = p->next) {
		buffer_printf(out, " (%.*s", TEXT_PRINTF(p->name));
		print_type(p->written_type, out);
		if (p->fallback)
			print_part(p->fallback, out);
		buffer_append_byte(out, ')');
	}
	if (d->written_type) {
		buffer_append_byte(out, ' ');
		print_type(d->written_type, out);
	}
	if (d->second_type)
		print_type(d->second_type, out);
	if (d->value)
		print_part(d->value, out);
	if (d->body)
		print_block(d->body, out);
	buffer_append_byte(out, ')');
}

void tree_print(const struct tree *tree, struct buffer *out)
{
	for (const struct declaration *d = tree->first; d; d = d->next) {
		if (d != tree->first)
			buffer_append_byte(out, ' ');
		print_declaration(d, out);
	}
}

static void print_said(const struct diagnostics *diagnostics, struct buffer *out)
{
	for (const struct diagnostic *d = diagnostics->first; d; d = d->next) {
		struct place place = source_place(&diagnostics->sources[0], d->span.from);

		buffer_printf(out, "%s%u:%u %s %s", out->length ? "\n" : "", place.line,
			      place.column, d->code, d->message);
	}
}

struct parsed parse_bytes(const char *source, size_t length)
{
	static struct diagnostics diagnostics;
	static struct buffer tree_out, said;
	struct arena arena;
	struct tree *tree;

	buffer_free(&tree_out);
	buffer_free(&said);
	buffer_init(&tree_out, BUFFER_CAP_DEFAULT);
	buffer_init(&said, BUFFER_CAP_DEFAULT);
	diagnostics_init(&diagnostics);
	arena_init(&arena, (size_t)1 << 30, LIFETIME_PROGRAM);
	diagnostics_add_source(&diagnostics, "t", text_of(source, length, LIFETIME_PROGRAM));
	tree = parse(0, &arena, &diagnostics);
	if (tree)
		tree_print(tree, &tree_out);
	print_said(&diagnostics, &said);
	buffer_append_byte(&tree_out, '\0');
	buffer_append_byte(&said, '\0');
	struct parsed parsed = { tree ? tree_out.data : NULL, said.data, diagnostics.errors,
				 diagnostics.warnings };
	arena_reset(&arena);
	diagnostics_free(&diagnostics);
	return parsed;
}

struct parsed parse_string(const char *source)
{
	return parse_bytes(source, strlen(source));
}
