/* The words of the language: events, engine variables, builtins, limits, records of modules.
 *
 * One row per fact, in grammar/ *.def; from the rows come these tables, the checker's types and
 * stages, `afsl describe` and the manual. What runs behind a row is in builtins/. */
#ifndef BYTECODE_VOCABULARY_H
#define BYTECODE_VOCABULARY_H

#include "bytecode/type.h"

enum event_id {
#define EVENT(name, ...) EVENT_##name,
#include "grammar/events.def"
#undef EVENT
	EVENT_COUNT
};

enum variable_id {
#define VARIABLE(name, ...) VARIABLE_##name,
#include "grammar/variables.def"
#undef VARIABLE
	VARIABLE_COUNT
};

enum builtin_id {
#define BUILTIN(name, ...) BUILTIN_##name,
#include "grammar/builtins.def"
#undef BUILTIN
	BUILTIN_COUNT
};

enum limit_id {
#define LIMIT(name, ...) LIMIT_##name,
#include "grammar/limits.def"
#undef LIMIT
	LIMIT_COUNT
};

/* Sets of events. */
typedef uint32_t event_set;
#define EVENT_BIT(name) ((event_set)1 << EVENT_##name)
#define EVENTS_ALL (((event_set)1 << EVENT_COUNT) - 1)
#define TESTS_ONLY	((event_set)1 << EVENT_COUNT) /* of builtins that only tests may call */

/* What a program needs of its host: steps whose facts it reads, changes that it can make, and
 * bits of the negotiation. Rows of variables.def and builtins.def name them; the compiler joins
 * those of all that the program can reach. */
enum need {
	NEED_NOTHING = 0,
	/* facts */
	NEED_CONNECT = 1 << 0,
	NEED_HELO = 1 << 1,
	NEED_MAIL = 1 << 2,
	NEED_RCPT = 1 << 3,
	NEED_DATA = 1 << 4,
	NEED_HEADERS = 1 << 5, /* the fields one by one */
	NEED_BODY = 1 << 6,
	NEED_HEADER_BLANKS = 1 << 7, /* header values with the blanks after the colon */
	NEED_MACROS = 1 << 8,        /* every macro the MTA cares to send */
	NEED_REFUSED_RCPT = 1 << 9,  /* recipients that the MTA has refused too */
	/* changes */
	NEED_ADD_HEADER = 1 << 16,    /* add and insert */
	NEED_CHANGE_HEADER = 1 << 17, /* change and delete */
	NEED_ADD_RCPT = 1 << 18,
	NEED_DELETE_RCPT = 1 << 19,
	NEED_CHANGE_SENDER = 1 << 20,
	NEED_REPLACE_BODY = 1 << 21,
	NEED_QUARANTINE = 1 << 22,
	NEED_ADD_RCPT_PARAMETERS = 1 << 23,
	NEED_ALL_CHANGES = 0xff << 16,
	/* verdicts: a reply must be awaited at the events that can give one */
	NEED_VERDICT = 1 << 24,
	/* of ourselves: the message is kept as one text */
	NEED_WHOLE = 1 << 25,
	/* of ourselves: the body is hashed as it passes */
	NEED_HASH_TO_VERIFY = 1 << 26,
	NEED_HASH_TO_SIGN = 1 << 27,
	/* of ourselves: the fields are kept */
	NEED_KEPT_HEADERS = 1 << 28,
	NEED_HEADER = NEED_HEADERS | NEED_KEPT_HEADERS,
	NEED_OF_OURSELVES = NEED_VERDICT | NEED_WHOLE | NEED_HASH_TO_VERIFY | NEED_HASH_TO_SIGN |
			    NEED_KEPT_HEADERS,
};

struct event_row {
	const char *name; /* "onMailFrom" */
	bool milter;      /* raised by milter hosts; the others are checked, never run */
	const char *help;
};

struct variable_row {
	const char *name;
	const char *type;   /* as written in a script */
	event_set readable; /* elsewhere it reads as its type's first value */
	event_set settable; /* by set() or =; elsewhere `set` does nothing and warns */
	bool honoured;      /* a milter host can honour `set`; if not it warns and does nothing */
	uint32_t needs;
	const char *help;
};

/* A macro that the mail server must send for a variable to be known; a variable may have several. */
struct variable_macro {
	enum variable_id variable;
	const char *macro; /* "{auth_authen}" */
};

struct builtin_row {
	const char *id;        /* "text_lower": also the C function builtin_text_lower */
	const char *module;    /* "text"; "" for those without one */
	const char *name;      /* "lower" */
	const char *signature; /* "(value: text) -> text" */
	event_set events;      /* where it may be called; EVENTS_ALL for anywhere */
	uint32_t needs;
	bool never_returns; /* verdicts */
	const char *help;
	const char *example; /* an expression that is true, run by the tests; "" when none can be */
};

struct limit_row {
	const char *name;
	const char *unit; /* "", "bytes", "ms" */
	int64_t value;    /* default */
	const char *help; /* with the reason for the default */
};

extern const struct event_row event_rows[EVENT_COUNT];
extern const struct variable_row variable_rows[VARIABLE_COUNT];
extern const struct variable_macro variable_macros[];
extern const unsigned variable_macro_count;
extern const struct builtin_row builtin_rows[BUILTIN_COUNT];
extern const struct limit_row limit_rows[LIMIT_COUNT];

/* -1 when there is none. */
int event_find(struct text name);
int limit_find(struct text name); /* in any case of its letters */
/* Is it called by its module's name alone? Words like `a` and `check` are a script's own. */
bool builtin_needs_module(enum builtin_id id);

/* A signature taken apart. Types of parameters may hold T, K, V. */
enum { SIGNATURE_PARAMETERS_MAX = 10 };

struct signature_parameter {
	const char *name;
	const struct type *type;
	bool inout;            /* "inout list[T]": the argument must be a variable, which is changed */
	const char *fallback;  /* source text of the default value, a literal; NULL when required */
};

struct signature {
	unsigned count;
	struct signature_parameter parameters[SIGNATURE_PARAMETERS_MAX];
	const struct type *result;
	bool needs_module; /* builtin_needs_module() of it: asked for every name of a script */
};

/* All rows' signatures, records of modules and types of variables, in types of `table`: built once
 * per compilation from its arena. NULL when memory has ended; a row that does not parse is our own
 * fault and asserts. */
struct vocabulary {
	const struct signature *builtins;      /* BUILTIN_COUNT */
	const struct type *const *variables;   /* VARIABLE_COUNT */
	const struct type *const *records;     /* rows of grammar/records.def */
	unsigned record_count;
	const struct type *error;              /* what catch (e) gives: kind, message, code, temporary */
};
const struct vocabulary *vocabulary_build(struct type_table *table);

#endif
