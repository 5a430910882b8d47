/* What the files of the checker (check*.c) share. Nobody else includes this. */
#ifndef COMPILER_CHECKER_H
#define COMPILER_CHECKER_H

#include "base/buffer.h"
#include "bytecode/profile.h"
#include "compiler/check.h"

enum {
	EXPRESSION_DEPTH_MAX = 1000, /* a chain of operators is as deep as it is long */
	TYPE_DEPTH_MAX = 32,	     /* well below what values may nest at run time */
	MODULES_MAX = 40,
	CANDIDATES_MAX = 32, /* rows of one name */
	CONVERSIONS_KEPT = 8,
	PARALLEL_MAX = 64,	     /* statements of one block */
	RECORD_SIZE_MAX = 1000, /* fields, those of records in it too */
};

/* ---- names: check_names.c ------------------------------------------------ */

struct name_entry {
	struct text key;
	void *value; /* NULL: the name is known, but nothing is in scope under it */
	uint64_t hash;
};

/* Open addressing in the compilation's arena. */
struct name_table {
	struct name_entry *entries;
	unsigned room, count;
	bool folded; /* found without regard to case */
};

enum symbol_kind {
	SYMBOL_CONST,
	SYMBOL_OPTION,
	SYMBOL_TABLE,
	SYMBOL_SHARED,
	SYMBOL_VARIABLE,
	SYMBOL_RECORD,
	SYMBOL_FUNCTION,
	SYMBOL_METHOD,
};

enum symbol_state { SYMBOL_NEW, SYMBOL_BUSY, SYMBOL_DONE };

/* What a declaration outside of functions makes. */
struct symbol {
	enum symbol_kind kind;
	enum symbol_state state; /* values and records are worked out when first needed */
	struct text name;
	struct declaration *declaration;
	const struct type *type;
	struct space *space;	  /* of the file that declares it */
	bool used;		  /* something names it */
	struct expression *value; /* of a constant, option, table or shared variable */
	struct global *global;
	struct routine *routine;
	struct expression **defaults; /* of a record's fields; NULL: must be given */
	unsigned depth;		      /* how deep a record's values nest */
	unsigned size;		      /* fields of a record, those of records in it too */
};

/* The names of one file. */
struct space {
	struct name_table
		symbols;	/* struct symbol: its own, and those of files used without `as` */
	struct name_table uses; /* struct space, by the names that `use ... as` gives */
	struct text prefix;	/* "reputation.": how the main file writes what is in it */
	bool reached;
};

/* A record's type, and behind it what declares it. */
struct declared_record {
	struct record_type record; /* first: who knows only the type finds the rest behind it */
	struct symbol *symbol;
};

/* ---- what code does: check_reach.c ---------------------------------------- */

enum use_kind {
	USE_BUILTIN,  /* id */
	USE_CALL,     /* routine */
	USE_READ,     /* id: an engine variable */
	USE_WRITE,    /* id: by set() */
	USE_ASSIGN,   /* id: by = */
	USE_MACRO,    /* text: the name */
	USE_ACTION,   /* text: the verdict that smtpAction is set to */
	USE_TEXT,     /* text: what the reply or reason goes with */
	USE_ANY_MACRO /* the name is known at run time alone */
};

struct use {
	enum use_kind kind;
	unsigned id;
	struct routine *routine;
	struct text text;
	struct span span;
	struct use *next;
};

/* A function and what it uses outside of dead branches. */
struct routine {
	struct function
		function; /* first: code that knows only the function finds the rest behind it */
	struct space *space;
	struct use *first, *last;
	int visited;		/* the event that reached it last */
	struct span reached_by; /* the call that did */
	event_set reached;	/* the events that come here */
	struct routine *next_reached;
};

/* ---- the whole ------------------------------------------------------------ */

struct local_entry {
	struct text name;
	struct local *local;
	bool warn;    /* tell when it is never used */
	bool counter; /* of for (i in a..b): not changed by the body */
};

/* Can what follows be reached: as the text stands, and when constant conditions are known. */
struct flow {
	bool falls;
	bool runs;
};

struct checker {
	const struct check_input *input;
	struct type_table *types;
	struct arena *arena;
	struct diagnostics *diagnostics;
	const struct vocabulary *vocabulary;
	struct checked_program *program;
	bool failed; /* memory has ended: everything returns as soon as it can */

	struct space *space;	   /* of the file that is being checked */
	struct name_table slots;   /* struct global: what set() makes, folded */
	struct name_table engine;  /* struct variable_row, folded */
	struct name_table words;   /* struct builtin_word */
	const struct profile_fact *facts[PROFILE_FACT_COUNT]; /* those of the mail servers meant */
	unsigned fact_count;
	struct name_table locals;  /* struct local_entry */
	struct name_table lost;	   /* names that may have been declared where syntax errors are */
	bool misshapen;		   /* there were syntax errors */
	const char *modules[MODULES_MAX];
	unsigned module_count;

	struct routine *routine;    /* that is being checked; NULL outside */
	struct routine *start;	    /* what runs when variables get their first values */
	struct local_entry **scope; /* names in scope, innermost last */
	unsigned scope_count, scope_room;
	unsigned loop_depth;
	bool side_by_side;    /* within a parallel block */
	bool loop_left;	      /* a break of the innermost loop can be reached */
	unsigned dead;	      /* above 0: this code never runs */
	unsigned policy_text; /* above 0: a name that nothing sets reads "" */
	unsigned depth;

	struct global **last_global;
	struct checked_option **last_option;
	struct event_body *last_body[EVENT_COUNT];
	struct checked_table **last_table;
	struct checked_test **last_test;
	unsigned table_count;
	const struct asked *asked; /* of the chain whose else if is checked */
	unsigned attacks; /* patterns that were tried for endless backtracking */
	struct checked_shared **last_shared;
	unsigned shared_count;
	struct routine **routines; /* by number */
	unsigned routine_count, routine_room;

	/* Conversions of long constant lists: a list of networks that is asked a hundred times is
	 * read once. Overwritten in turn. */
	struct conversion {
		struct expression **from, **to;
		const struct type *type;
	} conversions[CONVERSIONS_KEPT];
	unsigned next_conversion;

	/* Handed out when memory has ended, so that callers need not look. */
	struct expression spare;
};

/* Rows of one builtin's name. */
struct builtin_word {
	unsigned count;
	enum builtin_id ids[CANDIDATES_MAX];
};

/* check.c: memory and messages. Nothing here returns NULL for want of memory but check_memory. */
void *check_memory(struct checker *checker, size_t size); /* zeroed; NULL sets `failed` */
struct expression *new_expression(struct checker *checker, enum expression_kind kind,
				  struct span span);
struct diagnostic *report(struct checker *checker, const char *code, struct span span,
			  const char *format, ...) __attribute__((format(printf, 4, 5)));
void help(struct checker *checker, struct diagnostic *diagnostic, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void relate(struct checker *checker, struct diagnostic *diagnostic, struct span span,
	    const char *note);
/* Reports and turns the expression into one that fits everywhere. */
struct expression *wrong(struct expression *expression);
/* For messages; lives as long as the arena. */
const char *type_name(struct checker *checker, const struct type *type);

/* check_names.c */
void *name_find(const struct name_table *table, struct text name);
/* The key as first entered; NULL when absent. */
const struct name_entry *name_entry(const struct name_table *table, struct text name);
/* Where the value of that name is kept, made when absent; NULL when memory has ended. */
void **name_place(struct checker *checker, struct name_table *table, struct text name);
bool names_prepare(struct checker *checker);
struct symbol *find_symbol(const struct checker *checker, struct text name);
bool is_module(const struct checker *checker, struct text name);
/* Modules whose names scripts want for their own: what scanners' options are called, and those of tests. */
bool may_hide_module(struct text name);
/* A builtin's word, also one that is called by its module's name alone. */
const struct builtin_word *find_module_word(const struct checker *checker, struct text name);
/* One that can stand by itself. */
const struct builtin_word *find_word(const struct checker *checker, struct text name);
/* The engine variable of that name, or -1. */
int find_engine(const struct checker *checker, struct text name);
/* The policy slot that set() makes somewhere in the program, taken into the program; or NULL. */
struct global *find_slot(struct checker *checker, struct text name);
/* Adds "did you mean" from what could stand there. */
enum nearest_of { NEAREST_VALUE, NEAREST_CALL, NEAREST_METHOD, NEAREST_TYPE, NEAREST_EVENT };
void suggest(struct checker *checker, struct diagnostic *diagnostic, struct text wrong,
	     enum nearest_of kind);
/* The first part of it: what is written here for a word of another language. */
void suggest_from_elsewhere(struct checker *checker, struct diagnostic *diagnostic,
			    struct text wrong, enum nearest_of kind);
/* Reports a name that must not be declared (set, a module's, another case of an engine variable).
 */
void check_new_name(struct checker *checker, struct text name, struct span span, bool given);

/* check_spaces.c: the names of files. */
bool spaces_prepare(struct checker *checker);
/* The space to come back to. */
struct space *space_enter(struct checker *checker, struct space *space);
/* What this file uses becomes known in it. */
void space_use(struct checker *checker, struct declaration *use);
void check_use_name(struct checker *checker, const struct declaration *use);
/* The space that a name given by `use ... as` stands for here; NULL when it is something else. */
struct space *named_space(const struct checker *checker, const struct expression *expression);
struct symbol *find_in_space(const struct space *space, struct text name);
/* Reports that the file in use has nothing of that name; `wanted` is "function" or the like. */
void unknown_in_space(struct checker *checker, const char *wanted, struct text file,
		      struct text name, struct span span);
/* "reputation.limit", as the main file writes it. */
struct text full_name(struct checker *checker, const struct space *space, struct text name);
/* The option that a setting of that name is for, or NULL. */
struct symbol *find_option(const struct checker *checker, const char *name);

/* check_lost.c: what syntax errors have left out must not lead to further errors. */
bool lost_prepare(struct checker *checker);
/* Does this say only that something was left out? */
bool follows_from_lost(const struct checker *checker, const char *code, struct span span);
/* Was something left out within? */
bool has_lost(const struct checker *checker, struct span span);

/* check_scope.c */
unsigned scope_open(const struct checker *checker);
void scope_close(struct checker *checker, unsigned mark);
struct local *find_local(const struct checker *checker, struct text name);
/* A local of the routine, without a name in scope yet. */
struct local *new_local(struct checker *checker, struct routine *routine, struct text name,
			struct span span, const struct type *type);
/* Brings it into scope; with `warn` it must be used. */
void enter_local(struct checker *checker, struct local *local, bool warn);
/* Both. */
struct local *declare_local(struct checker *checker, struct text name, struct span span,
			    const struct type *type, bool warn);

/* check_types.c */
const struct type *resolve_type(struct checker *checker, const struct type_name *written);
unsigned type_depth(const struct type *type);
/* Reports a type that no variable can hold. */
bool may_be_kept(struct checker *checker, const struct type *type, struct span span);
/* Record types of the program and of modules by name; NULL. Fields are known when this returns. */
struct symbol *resolve_record(struct checker *checker, struct symbol *symbol);
const struct type *module_record(const struct checker *checker, struct text module,
				 struct text name);
/* What a variable of that type holds at first; NULL when the type has no such value. */
struct expression *first_value(struct checker *checker, const struct type *type, struct span span);
bool has_variable_part(const struct type *type);
bool is_comparable(const struct type *type);
bool is_ordered(const struct type *type);

/* check_convert.c */
bool is_constant(const struct expression *expression);	     /* one value, known now */
bool is_constant_value(const struct expression *expression); /* lists and records of such too */
void make_constant(struct expression *expression, const struct type *type, union value given);
void make_text(struct expression *expression, struct text text);
bool fits(const struct expression *expression, const struct type *type);
/* The expression as that type, or NULL when it does not fit. A constant text that cannot be read as
 * that type is reported. */
struct expression *convert(struct checker *checker, struct expression *expression,
			   const struct type *type);
/* As convert, reporting what does not fit; `what` is "the argument `reply` of reject" or the like.
 */
struct expression *convert_or_report(struct checker *checker, struct expression *expression,
				     const struct type *type, const char *what);
/* The help for an expression that is not of the type that is wanted. */
void advise_type(struct checker *checker, struct diagnostic *diagnostic,
		 const struct expression *expression, const struct type *type);
/* A type that both can become, or NULL. */
const struct type *common_type(struct checker *checker, const struct expression *a,
			       const struct expression *b);
/* Reports a list or map whose element type nothing tells. */
bool is_settled(struct checker *checker, struct expression *expression);
struct expression *to_text(struct checker *checker, struct expression *expression);

/* check_constants.c: texts read as values when the program loads. */
enum text_reading { READING_GOOD, READING_BAD, READING_MEMORY };
enum text_reading read_constant(struct checker *checker, struct text text, const struct type *type,
				union value *given);
/* Decimal, with K, M or G behind it. */
bool size_parse(struct text text, int64_t *number);
struct expression *compile_regex(struct checker *checker, struct expression *expression,
				 struct text pattern, struct text flags, unsigned prefix);
/* The literal of a signature's default. */
struct expression *literal_value(struct checker *checker, const char *source,
				 const struct type *type, struct span span);

/* check_fold.c: folds in place when both sides are constants; reports overflow and division by
 * zero. */
void fold_arithmetic(struct checker *checker, struct expression *expression);
void fold_compare(struct expression *expression);
void fold_negate(struct checker *checker, struct expression *expression);
/* check_expressions.c, check_operators.c: a checked expression comes back, maybe another node. Its
 * type is never void; `check_any` allows that too. */
struct expression *check_expression(struct checker *checker, struct expression *expression);
struct expression *check_any(struct checker *checker, struct expression *expression);
struct expression *check_as(struct checker *checker, struct expression *expression,
			    const struct type *type, const char *what);
struct expression *check_condition(struct checker *checker, struct expression *expression);
/* check_literals.c */
/* Anything that can be written in a text, as text. */
struct expression *check_text(struct checker *checker, struct expression *expression);
struct expression *check_template(struct checker *checker, struct expression *expression);
struct expression *check_list(struct checker *checker, struct expression *expression);
struct expression *check_map(struct checker *checker, struct expression *expression);

/* Resolves a name that stands for a value without reporting; false when nothing has that name. */
bool resolve_value(struct checker *checker, struct expression *expression);
struct expression *check_operator(struct checker *checker, struct expression *expression);
/* What comes of the operator, or NULL when it does not go with the two. */
const struct type *arithmetic_type(const struct type *left, const struct type *right,
				   enum operator_kind operator);
const char *operator_word(enum operator_kind operator);
struct expression *copy_constant(struct checker *checker, const struct expression *original,
				 struct span span);

/* check_calls.c: functions, methods, records. */
enum { PARAMETERS_MAX = 64 };
/* One parameter of whatever is called. */
struct formal {
	struct text name;
	const struct type *type;
	bool required;
};
/* Which parameter each argument is for. False when they do not match, which is reported (and left
 * in *fault for a help) unless `fault` is NULL. */
bool match_arguments(struct checker *checker, const struct expression *call,
		     const struct formal *formals, unsigned count, unsigned *places,
		     struct diagnostic **fault);
struct expression *check_call(struct checker *checker, struct expression *expression);
bool is_place(const struct expression *expression);
/* Reports why something cannot be changed. */
bool check_place(struct checker *checker, const struct expression *expression);

/* check_builtins.c: rows of the table and which of them is meant. `module` is empty for any. */
struct expression *call_builtin(struct checker *checker, struct expression *call,
				const struct builtin_word *word, struct text module);
/* A call made by the checker itself, of a row without T, K and V; `second` may be NULL. */
struct expression *make_call(struct checker *checker, struct span span, enum builtin_id id,
			     struct expression *first, struct expression *second);
/* The row of that module and name that takes `count` arguments, or -1. */
int find_row(const struct checker *checker, const char *module, struct text name, unsigned count);
const char *signature_text(struct checker *checker, enum builtin_id id);
/* check_replies.c: codes and texts of verdicts that are known now. */
void check_reply(struct checker *checker, const struct expression *call);
/* What smtpExplanation is set to. */
void check_explanation(struct checker *checker, const struct expression *given);

/* check_policy.c: NULL when the call is none of the policy layer's conditions. */
struct expression *check_policy_call(struct checker *checker, struct expression *call);
/* Names that set() makes, before anything is checked. */
void collect_slots(struct checker *checker, const struct block *block);
/* "" in place of a name that nothing declares or sets. */
void read_as_empty(struct checker *checker, struct expression *expression);

/* check_expect.c: expect(left == right) in a test shows both sides when it fails. False when the
 * statement is nothing of the kind. */
bool check_expect(struct checker *checker, struct statement *statement, struct flow *flow);

/* check_set.c: set(), call() and export(); false when the statement is none of them. */
bool check_policy_statement(struct checker *checker, struct statement *statement);
/* The statement becomes the setting of an engine variable to a value of its type. */
void set_engine(struct checker *checker, struct statement *statement, int variable,
		struct expression *given);

/* check_statements.c, check_control.c */
struct flow check_block(struct checker *checker, struct block *block);
struct flow check_scoped(struct checker *checker, struct block *block);
struct flow check_control(struct checker *checker, struct statement *statement);
/* The statement becomes that block, or nothing when it is NULL. */
void keep_block(struct checker *checker, struct statement *statement, struct block *block);
struct flow check_call_statement(struct checker *checker, struct statement *statement);
void check_assignment(struct checker *checker, struct statement *statement);
void check_body(struct checker *checker, struct routine *routine);
bool is_never(const struct expression *call);

/* check_declarations.c, check_options.c */
void declare_all(struct checker *checker);
void check_declarations(struct checker *checker);
void resolve_constant(struct checker *checker, struct symbol *symbol);
void check_options(struct checker *checker);
void resolve_option(struct checker *checker, struct symbol *symbol);
/* check_shared.c */
void resolve_shared(struct checker *checker, struct symbol *symbol);
void resolve_table(struct checker *checker, struct symbol *symbol);
struct routine *new_routine(struct checker *checker, struct text name,
			    struct declaration *declaration);

/* check_suspect.c: what is right in type, and cannot be meant. */
/* Conditions of a chain of else if, from the last that was asked. */
struct asked {
	const struct expression *condition;
	const struct asked *before;
};
/* Before the condition is checked: what in it is made of literals alone, or NULL. Once it is checked,
 * suspect_decided says what became of that. */
const struct expression *suspect_literal(const struct expression *condition);
void suspect_decided(struct checker *checker, const struct expression *literal);
void suspect_logical(struct checker *checker, const struct expression *expression);
void suspect_compare(struct checker *checker, const struct expression *expression);
void suspect_chain(struct checker *checker, const struct expression *condition,
		   const struct asked *before);
void suspect_keys(struct checker *checker, const struct expression_list *items);

/* check_unused.c: warns of what the main file declares and never uses. */
void check_unused(struct checker *checker);

/* check_reach.c */
void note_use(struct checker *checker, enum use_kind kind, unsigned id, struct span span);
void note_call(struct checker *checker, struct routine *routine, struct span span);
void note_macro(struct checker *checker, const struct expression *name, struct span span);
/* USE_ACTION and USE_TEXT */
void note_word(struct checker *checker, enum use_kind kind, const char *word, struct span span);
/* Adds to a diagnostic by which call an event comes to a routine. */
void relate_event(struct checker *checker, struct diagnostic *diagnostic,
		  const struct routine *routine, unsigned event);
/* Adds "it WHAT in onConnect, onEhlo". */
void explain_events(struct checker *checker, struct diagnostic *diagnostic, const char *what,
		    event_set events);
void check_reach(struct checker *checker);

/* check_profile.c: what the mail server makes of a use. */
void facts_prepare(struct checker *checker);
/* USE_BUILTIN, USE_ACTION, USE_TEXT; once for each event that comes there. */
void check_deed(struct checker *checker, const struct routine *routine, const struct use *use,
		unsigned event);
/* The same, after all events. */
void warn_deed(struct checker *checker, const struct routine *routine, const struct use *use);
/* USE_MACRO and USE_READ; after all events. */
void check_macro_use(struct checker *checker, const struct routine *routine, const struct use *use);
void check_read_use(struct checker *checker, const struct routine *routine, const struct use *use);
void check_event_use(struct checker *checker, unsigned event);

#endif
