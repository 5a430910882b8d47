/* Builds the tree: one call for each action of the grammar. Nothing here returns NULL: when memory
 * has ended a spare node stands in, and parsing ends at the next token. */
#ifndef COMPILER_BUILD_H
#define COMPILER_BUILD_H

#include "compiler/parsing.h"

/* Values that the grammar passes around before they become part of a node. */
struct parameter_list {
	struct parameter *first, *last;
	unsigned count;
};

struct type_list {
	struct type_name *first, *last;
};

struct if_chain {
	struct statement *first, *last; /* the outermost if, and the one that an else belongs to */
	unsigned length;
};

struct comparison {
	enum expression_kind kind;
	enum operator_kind operator;
	bool negated;
	bool is_assignment; /* = where == was meant */
};

/* ---- declarations ---- */

void build_declared(struct parsing *parsing, struct declaration *declaration);
/* From what was in error to where parsing went on. */
void build_lost(struct parsing *parsing, struct span from, struct span to);
/* Something on this line was left out, and its other words are probably no names. */
void build_lost_line(struct parsing *parsing, struct span span);
/* Parsing has ended early: what stands behind the last declaration. */
void build_lost_rest(struct parsing *parsing);
struct declaration *build_use(struct parsing *parsing, struct span span, struct expression *path,
			      const struct span *name);
/* option and const */
struct declaration *build_valued(struct parsing *parsing, struct span span,
				 enum declaration_kind kind, struct span name,
				 struct type_name *type, struct expression *given);
struct declaration *build_table(struct parsing *parsing, struct span span, struct span name,
				struct type_name *key, struct type_name *element,
				struct expression *origin);
struct declaration *build_record(struct parsing *parsing, struct span span, struct span name,
				 const struct parameter_list *fields);
struct declaration *build_variable(struct parsing *parsing, struct span span,
				   enum declared_lifetime lifetime, struct span name,
				   struct type_name *type, struct expression *given);
struct declaration *build_function(struct parsing *parsing, struct span span, struct span name,
				   const struct parameter_list *parameters,
				   struct type_name *result, struct block *body);
/* event and method */
struct declaration *build_code(struct parsing *parsing, struct span span,
			       enum declaration_kind kind, struct span name, struct block *body);
struct declaration *build_test(struct parsing *parsing, struct span span, struct expression *title,
			       struct block *body);

struct parameter *build_parameter(struct parsing *parsing, struct span name, struct type_name *type,
				  struct expression *fallback);
void build_parameter_append(struct parsing *parsing, struct parameter_list *list,
			    struct parameter *parameter);
struct type_name *build_type(struct parsing *parsing, struct span span, const struct span *module,
			     struct span name, struct type_name *arguments);
void build_type_append(struct type_list *list, struct type_name *type);

/* ---- statements ---- */

struct block *build_block(struct parsing *parsing);
struct block *build_block_end(struct block *block, struct span span);
/* A statement where a block belongs: reported. */
struct block *build_unbraced(struct parsing *parsing, struct span span,
			     struct statement *statement);
void build_statement_append(struct parsing *parsing, struct block *block,
			    struct statement *statement);

struct statement *build_var(struct parsing *parsing, struct span span, struct span name,
			    struct type_name *type, struct expression *given);
struct statement *build_call_statement(struct parsing *parsing, struct span span,
				       struct expression *call);
struct statement *build_assignment(struct parsing *parsing, struct span span,
				   struct expression *target, enum operator_kind operator,
				   struct span operator_span, struct expression *given);
/* x++ and x--: reported. */
struct statement *build_step(struct parsing *parsing, struct span span, struct expression *target,
			     struct span step);
struct statement *build_jump(struct parsing *parsing, struct span span, enum statement_kind kind,
			     struct expression *given);
struct if_chain build_if(struct parsing *parsing, struct span span, struct expression *condition,
			 struct block *body);
struct if_chain build_else_if(struct parsing *parsing, struct span span,
			      const struct if_chain *chain, struct span from,
			      struct expression *condition, struct block *body);
struct statement *build_else(struct parsing *parsing, struct span span,
			     const struct if_chain *chain, struct block *body);
struct statement *build_while(struct parsing *parsing, struct span span,
			      struct expression *condition, struct block *body);
struct statement *build_for(struct parsing *parsing, struct span span, struct span name,
			    const struct span *second, struct expression *given,
			    struct block *body);
struct statement *build_for_range(struct parsing *parsing, struct span span, struct span name,
				  struct expression *from, struct expression *until,
				  struct block *body);
struct statement *build_try(struct parsing *parsing, struct span span, struct block *body,
			    const struct span *name, struct block *otherwise);
struct statement *build_parallel(struct parsing *parsing, struct span span, struct block *body);

/* ---- expressions ---- */

struct expression *build_name(struct parsing *parsing, struct span span);
/* %name% in a text */
struct expression *build_percent_name(struct parsing *parsing, struct span span);
struct expression *build_interpolated(struct expression *expression);
struct expression *build_bool(struct parsing *parsing, struct span span, bool given);
struct expression *build_group(struct parsing *parsing, struct span span);
struct expression *build_parenthesised(struct expression *expression);
struct expression *build_list(struct parsing *parsing, struct span span, enum expression_kind kind,
			      const struct expression_list *items);
struct expression *build_member(struct parsing *parsing, struct span span, struct expression *left,
				struct span name);
struct expression *build_call(struct parsing *parsing, struct span span, struct expression *left,
			      struct span name, const struct argument_list *arguments);
struct expression *build_slice(struct parsing *parsing, struct span span, struct expression *left,
			       struct expression *from, struct expression *to);
struct expression *build_unary(struct parsing *parsing, struct span span, enum expression_kind kind,
			       struct expression *operand);
struct expression *build_binary(struct parsing *parsing, struct span span,
				enum expression_kind kind, struct expression *left,
				struct expression *right);
struct expression *build_arithmetic(struct parsing *parsing, struct span span,
				    enum operator_kind operator, struct expression * left,
				    struct expression *right);
struct expression *build_comparison(struct parsing *parsing, struct span span,
				    struct comparison comparison, struct span operator_span,
				    struct expression *left, struct expression *right);
struct expression *build_conditional(struct parsing *parsing, struct span span,
				     struct expression *condition, struct expression *yes,
				     struct expression *no);

void build_append(struct parsing *parsing, struct expression_list *list,
		  struct expression *expression);
void build_append_pair(struct parsing *parsing, struct expression_list *list,
		       struct expression *key, struct expression *given);
struct argument build_argument(struct parsing *parsing, const struct span *name,
			       struct expression *given);
void build_argument_append(struct parsing *parsing, struct argument_list *list,
			   struct argument argument);

/* ---- literals ---- */

struct expression *build_integer(struct parsing *parsing, struct span span);
/* -9223372036854775808, whose digits alone do not fit */
struct expression *build_least(struct parsing *parsing, struct span span);
struct expression *build_float(struct parsing *parsing, struct span span);
struct expression *build_duration(struct parsing *parsing, struct span span);
/* 5x, 1e5, 10k: reported. */
struct expression *build_malformed(struct parsing *parsing, struct span span);
struct expression *build_raw_text(struct parsing *parsing, struct span span);
struct expression *build_plain_text(struct parsing *parsing, struct span span);
struct expression *build_regex(struct parsing *parsing, struct span span);
/* A piece of a text between two %...%: joined with a piece before it. */
void build_append_chunk(struct parsing *parsing, struct expression_list *pieces, struct span span);
struct expression *build_template(struct parsing *parsing, struct span span,
				  const struct expression_list *pieces);

/* ---- for builders only ---- */

/* Who walks the tree calls itself: operators and else-ifs in a row make it deep, too. */
enum { TREE_DEPTH_MAX = 1000 };

/* Zeroed; NULL when memory has ended, which is reported. */
void *build_memory(struct parsing *parsing, size_t size);
/* A zeroed node; the spare one when memory has ended. */
void *build_node(struct parsing *parsing, size_t size, void *spare);
struct expression *expression_new(struct parsing *parsing, enum expression_kind kind,
				  struct span span);
/* The node stands above `child` (which may be NULL): keeps count of the tree's depth. */
void expression_deepen(struct parsing *parsing, struct expression *expression,
		       const struct expression *child);
/* Deeper than TREE_DEPTH_MAX: reported, and parsing ends. */
void build_depth_error(struct parsing *parsing, struct span span, const char *what,
		       const char *help);
/* The bytes of a span, as a text that lives as long as the program. */
struct text build_text(const struct parsing *parsing, struct span span);
/* set, call and export are words of the policy layer, which a declared name would hide: reported.
 */
void build_check_name(struct parsing *parsing, struct span span);

#endif
