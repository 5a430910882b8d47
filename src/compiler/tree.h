/* The tree: what the parser builds, the checker annotates, the code generator reads.
 *
 * Everything lives in the compilation's arena. The parser fills the fields marked [p]; the
 * checker resolves names, inserts conversions, folds constants and rewrites nodes, so that after
 * it the code generator meets only the kinds and fields marked [c] and never looks up a name. */
#ifndef COMPILER_TREE_H
#define COMPILER_TREE_H

#include "base/diagnostics.h"
#include "bytecode/type.h"
#include "bytecode/vocabulary.h"
#include "vm/value.h"

enum expression_kind {
	/* [p] what is written */
	EXPRESSION_INT,      /* integer */
	EXPRESSION_FLOAT,    /* real */
	EXPRESSION_DURATION, /* integer, microseconds */
	EXPRESSION_BOOL,     /* integer 0 or 1 */
	EXPRESSION_TEXT,     /* text: no expansion in it (raw, or plain) */
	EXPRESSION_REGEX,    /* text is the pattern, flags the letters */
	EXPRESSION_NAME,     /* name: local, parameter, global, engine variable, module */
	EXPRESSION_MEMBER,   /* left . name */
	EXPRESSION_CALL,     /* callee: left (NULL for f(x)), name; arguments */
	EXPRESSION_SET_TEST, /* not produced by the parser; reserved for the checker */
	/* [p][c] operators; the checker sets type and converts operands */
	EXPRESSION_GROUP,       /* integer: $0..$9 */
	EXPRESSION_TEMPLATE,    /* items: TEXT and other expressions, joined */
	EXPRESSION_LIST,        /* items */
	EXPRESSION_MAP,         /* items: key, value, key, value ... */
	EXPRESSION_INDEX,       /* left[right]: list, map or text */
	EXPRESSION_SLICE,       /* left[right..third]; a missing bound is NULL */
	EXPRESSION_NEGATE,      /* - left: int, float, duration */
	EXPRESSION_NOT,         /* not left */
	EXPRESSION_AND,         /* left and right */
	EXPRESSION_OR,          /* left or right */
	EXPRESSION_COMPARE,     /* left operator right; both of one type after the checker */
	EXPRESSION_IN,          /* left in right: list, map, net, list of nets, table; text in text is refused */
	EXPRESSION_MATCH,       /* left =~ right */
	EXPRESSION_ARITHMETIC,  /* left operator right; + on texts joins */
	EXPRESSION_CONDITIONAL, /* left ? right : third */
	/* [c] what the checker made of names and calls */
	EXPRESSION_CONSTANT,      /* constant: value of `type` (regex: struct regex *, net: struct net *,
	                             table: .i is its number); lists, maps and records of constants
	                             stay EXPRESSION_LIST etc. */
	EXPRESSION_LOCAL,         /* local */
	EXPRESSION_GLOBAL,        /* global */
	EXPRESSION_VARIABLE,      /* variable: read an engine variable */
	EXPRESSION_CALL_FUNCTION, /* function, arguments complete and in order */
	EXPRESSION_CALL_BUILTIN,  /* builtin, arguments complete and in order, defaults filled in */
	EXPRESSION_NEW_RECORD,    /* type->record; arguments complete, in the order of the fields */
	EXPRESSION_FIELD,         /* left, field: offset of the field */
	EXPRESSION_TO_FLOAT,      /* left: int to float */
	EXPRESSION_TO_TEXT,       /* left: printable scalar to text (a bool reads yes or no) */
	EXPRESSION_WRONG,         /* was reported; never reaches the code generator */
};

enum operator_kind {
	OPERATOR_NONE, /* of a plain assignment */
	OPERATOR_EQUAL,
	OPERATOR_NOT_EQUAL,
	OPERATOR_LESS,
	OPERATOR_LESS_EQUAL,
	OPERATOR_GREATER,
	OPERATOR_GREATER_EQUAL,
	OPERATOR_ADD,
	OPERATOR_SUBTRACT,
	OPERATOR_MULTIPLY,
	OPERATOR_DIVIDE,
	OPERATOR_REMAINDER,
};

struct expression;

/* A growing array in the arena. */
struct expression_list {
	struct expression **items;
	unsigned count;
	unsigned room;
};

struct argument {
	struct text name; /* length 0 when not named [p] */
	struct expression *value; /* a hard word alone, as in is(for, "x"), is an EXPRESSION_NAME [p] */
};

struct argument_list {
	struct argument *items;
	unsigned count;
	unsigned room;
};

/* A large program has very many of these: what no kind needs together shares a place. */
struct expression {
	enum expression_kind kind;
	struct span span;        /* of the whole expression */
	struct span name_span;   /* of `name` */
	unsigned depth;          /* of the tree below, this node included: at most 1000 [p] */
	const struct type *type; /* [c] */
	union {
		struct text name;
		struct text flags; /* REGEX */
	};
	struct expression *left, *right, *third;
	union {
		struct expression_list items;   /* LIST, MAP, TEMPLATE */
		struct argument_list arguments; /* calls and records */
	};
	union {
		int64_t integer;
		double real;
		struct {
			struct text text;
			size_t room; /* while a text grows piece by piece, 0 as long as its bytes are the source's */
		};
		/* [c] */
		union value constant;
		struct local *local;
		struct global *global;
		struct function *function;
		const struct type *type_arguments[3]; /* what T, K and V stand for in this call of a builtin */
	};
	union {
		enum operator_kind operator;
		/* [c] */
		enum variable_id variable;
		enum builtin_id builtin;
		unsigned field;
	};
	bool negated; /* !~, not in */
	bool from_percent; /* %name% or %{...} in a text: for messages, and "" in policy texts */
	bool parenthesised;
};

enum statement_kind {
	STATEMENT_VAR,    /* [p] name, written_type or NULL, value or NULL; [c] local, value never NULL
	                     (the checker writes the first value of the type) */
	STATEMENT_ASSIGN, /* target (place), operator, value. [c] place: LOCAL, GLOBAL, and FIELD,
	                     INDEX over a place; a compound operator keeps its operator */
	STATEMENT_SET_VARIABLE, /* [c] variable, value of its type: assignment or set() of an engine variable */
	STATEMENT_CALL,   /* value: an EXPRESSION_CALL [p], CALL_FUNCTION or CALL_BUILTIN [c] */
	STATEMENT_IF,     /* value, body, otherwise (NULL; a block of one STATEMENT_IF for else if) */
	STATEMENT_WHILE,  /* value, body */
	STATEMENT_FOR_RANGE, /* name in value..until; body; [c] local */
	STATEMENT_FOR,    /* name [, second] in value; body; [c] local; type of value tells list (local is
	                     the element) or map (key; second is the value) */
	STATEMENT_BREAK,
	STATEMENT_CONTINUE,
	STATEMENT_RETURN,   /* value or NULL */
	STATEMENT_TRY,      /* body; catch: name (may be empty), otherwise; [c] local, NULL without name */
	STATEMENT_THROW,    /* value: text, or Error */
	STATEMENT_PARALLEL, /* body: assignments and calls */
	STATEMENT_EXPORT,   /* [c] global (policy slot) */
	STATEMENT_BLOCK,    /* body [c] */
};

struct block {
	struct statement *first, *last;
	struct span span; /* from { to } */
	unsigned depth;
};

/* What a map holds under a key, in for (key, name in map). */
struct second_name {
	struct text name;
	struct span span;
	struct local *local; /* [c] */
};

struct statement {
	enum statement_kind kind;
	struct span span;
	struct span name_span;
	unsigned depth; /* of the tree below: at most 1000 [p] */
	struct statement *next;
	struct text name;
	struct second_name *second; /* or NULL */
	struct type_name *written_type;
	struct expression *target, *value, *until;
	struct block *body, *otherwise;
	union {
		/* [c] */
		struct local *local;
		struct global *global;
	};
	union {
		enum operator_kind operator;
		enum variable_id variable; /* [c] */
	};
};

/* A type as written: name, module.name, or name[arguments]. */
struct type_name {
	struct span span;
	struct text module; /* "milter" of milter.Reply */
	struct text name;
	struct type_name *arguments; /* first */
	struct type_name *next;
};

/* [c] A variable of a function, event or method: the code generator gives it a register. */
struct local {
	struct text name;
	const struct type *type;
	struct span span;
	unsigned number; /* in its function, from 0; parameters first */
	bool assigned, used;
};

enum global_kind {
	GLOBAL_VARIABLE, /* session var, message var */
	GLOBAL_POLICY,   /* made by set(): text, empty when an event begins, see export */
	GLOBAL_SHARED,
};

/* [c] A slot of the session's struct. */
struct global {
	enum global_kind kind;
	struct text name;
	const struct type *type;
	enum lifetime lifetime; /* SESSION or MESSAGE; EVENT for policy slots */
	struct expression *initial; /* evaluated when its lifetime begins; NULL for the first value */
	struct span span;
	unsigned slot;
	struct global *next;
};

enum declaration_kind {
	DECLARATION_USE,      /* value (TEXT: path), name or empty */
	DECLARATION_OPTION,   /* name, written_type, value or NULL (then it must be given) */
	DECLARATION_CONST,    /* name, written_type or NULL, value */
	DECLARATION_TABLE,    /* name, written_type (of the key), second_type or NULL, value (TEXT) */
	DECLARATION_RECORD,   /* name, parameters are the fields */
	DECLARATION_VAR,      /* lifetime, name, written_type, value */
	DECLARATION_FUNCTION, /* name, parameters, written_type (result) or NULL, body */
	DECLARATION_METHOD,   /* name, body */
	DECLARATION_EVENT,    /* name, body */
	DECLARATION_TEST,     /* value (TEXT: title), body */
};

enum declared_lifetime { DECLARED_SESSION, DECLARED_MESSAGE, DECLARED_SHARED };

struct parameter {
	struct text name;
	struct span span;
	struct type_name *written_type;
	struct expression *fallback; /* default value or NULL */
	struct local *local;         /* [c] */
	struct parameter *next;
};

struct declaration {
	enum declaration_kind kind;
	struct span span;
	struct span name_span;
	struct text name;
	struct type_name *written_type, *second_type;
	enum declared_lifetime lifetime;
	struct expression *value;
	struct parameter *parameters;
	unsigned parameter_count;
	struct block *body;
	struct tree *used; /* by `use`; the loader's */
	struct declaration *next;
};

/* Source that was skipped after a syntax error: what it declares and uses is not in the tree. */
struct lost {
	struct span span;
	bool unreadable; /* texts and program may be exchanged there: any word may be a declared name */
	struct lost *next;
};

/* One source file as parsed. */
struct tree {
	uint32_t source;
	struct space *space; /* [c] its names */
	struct declaration *first, *last;
	struct lost *lost;
};

/* [c] Something with code. */
struct function {
	struct text name; /* "domainOf", "onMailFrom", "greet" */
	struct declaration *declaration;
	const struct type *result; /* type_void for methods and events */
	struct local **locals;     /* parameters first */
	unsigned local_count, local_room;
	unsigned parameter_count;
	bool uses_groups; /* $0..$9 stand somewhere in it */
	unsigned number;  /* in the checked program */
	struct function *next;
};

/* [c] An event's bodies, in the order in which they run. */
struct event_body {
	struct function *function;
	struct event_body *next;
};

/* [c] A test block of the main file. */
struct checked_test {
	struct text title;
	struct function *function;
	struct checked_test *next;
};

struct checked_option {
	struct text name;
	const struct type *type;
	struct text value; /* as a person would write it, for show */
	struct checked_option *next;
};

struct checked_table {
	struct text name;
	const struct type *type; /* TYPE_TABLE */
	struct text source;      /* "file:owners.txt" */
	struct span span;
	unsigned number;
	struct checked_table *next;
};

struct checked_shared {
	struct text name;
	const struct type *type; /* TYPE_COUNTER, TYPE_RATE, TYPE_CACHE */
	int64_t time;            /* microseconds: ttl or window */
	int64_t max, memory;     /* entries, bytes */
	struct text store;       /* empty: memory */
	struct span span;
	unsigned number;
	struct checked_shared *next;
};

/* [c] What the checker hands to the code generator. Only what is reachable from events counts in
 * `needs` and `macros`. */
struct checked_program {
	struct type_table *types;
	const struct vocabulary *vocabulary;
	struct function *functions; /* all, linked */
	unsigned function_count;
	struct event_body *events[EVENT_COUNT];
	struct global *globals;
	unsigned global_count;
	struct checked_option *options;
	struct checked_table *tables;
	struct checked_test *tests;
	struct checked_shared *shared;
	uint32_t needs;            /* enum need, joined */
	uint32_t event_needs[EVENT_COUNT]; /* what each event's handlers can reach; NEED_VERDICT and changes */
	struct text *macros;       /* names in macro("..."), as written there */
	unsigned macro_count;
};

#endif
