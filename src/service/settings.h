/* Settings of a daemon as a table: one row each, read from a configuration and shown as one.
 *
 * A daemon has a struct of fields, a table of rows that name them, and kinds that say how a value
 * is read and shown. Kinds of general use are here; a daemon adds its own. */
#ifndef SERVICE_SETTINGS_H
#define SERVICE_SETTINGS_H

#include "afsl.h"
#include "base/diagnostics.h"
#include "net/ports.h"
#include "service/config.h"

struct setting_row;

struct setting_table {
	const struct setting_row *rows;
	size_t count; /* at most SETTING_ROWS_MAX */
};
enum { SETTING_ROWS_MAX = 64 };

/* What is read goes into `arena`. */
struct settings_reader {
	const struct setting_table *table;
	struct arena *arena;
	struct diagnostics *diagnostics;
	const char *folder; /* where relative names of files start; NULL: the working folder */
};

/* How a configuration is written: the marks between its words. */
struct settings_writer {
	const struct setting_table *table;
	struct buffer *out;
	const char *assign;		  /* " = " */
	const char *set_open, *set_close; /* around a list of values */
	const char *indent;
};

enum {
	SHAPE_TEXT = 1 << CONFIG_TEXT,
	SHAPE_SET = 1 << CONFIG_SET,
	SHAPE_OBJECT = 1 << CONFIG_OBJECT
};

struct setting_kind {
	const char *title;   /* "a text", "a time": for messages and the manual */
	const char *choices; /* words separated by blanks, in the order of their numbers; or NULL */
	const char *unit;    /* of numbers, for quantity_parse; NULL for what is no quantity */
	const char *hint;    /* behind the bounds in a message: " seconds, as in 90, 90s or 2m" */
	unsigned shapes;     /* SHAPE_..., joined */
	bool repeats;	     /* may stand there again, and adds */
	bool derived;	     /* shown by another setting, so not here */
	void (*read)(struct settings_reader *reader, const struct setting_row *row,
		     const struct config_value *value, void *field);
	void (*show)(const struct settings_writer *writer, const struct setting_row *row,
		     const void *field);
	bool (*is_set)(const void *field); /* NULL: always */
};

struct setting_row {
	int scope; /* which struct the field is in: the daemon numbers them */
	const char *name;
	const struct setting_kind *kind;
	size_t offset;	   /* of the field in the scope's struct */
	const char *unset; /* what holds without it, as written in a file; "" for nothing */
	int64_t least, most;
	const char *help;
};

/* Fields: const char * for texts, int64_t for numbers and choices. */
extern const struct setting_kind kind_text, kind_file, kind_address, kind_addresses, kind_integer,
	kind_count, kind_seconds, kind_bytes, kind_mode, kind_log_target, kind_log_level,
	kind_on_error, kind_mta, kind_optional_count;

/* ---- what the kinds hold ---- */

struct endpoint_list {
	struct endpoint *items;
	size_t count;
};
/* False when memory has ended. */
bool endpoint_list_add(struct arena *arena, struct endpoint_list *list,
		       const struct endpoint *endpoint);
bool endpoint_lists_equal(const struct endpoint_list *a, const struct endpoint_list *b);

struct setting_list { /* as afsl.h wants options and limits */
	struct afsl_setting *items;
	size_t count;
};
bool setting_list_add(struct arena *arena, struct setting_list *list, const char *name,
		      const char *value);

enum log_target { LOG_TARGET_AUTO, LOG_TARGET_SYSLOG, LOG_TARGET_STDERR };

enum { THREADS_MOST = 64 };

/* What every daemon has: the rows of grammar/service.def. Texts that are not set are NULL. */
struct service_settings {
	struct endpoint_list listen;
	const char *user, *group, *pid_file, *name_servers, *control, *control_group;
	const char *stores; /* a folder that the worker may write to, or NULL */
	struct ports ports; /* of TCP that workers connect to; from what else is configured */
	int64_t socket_mode, log, log_level;
	int64_t threads, sessions_max, peer_sessions_max, backlog, keep_programs;
	int64_t read_timeout, idle_timeout, progress_interval, drain_timeout;
};

/* ---- reading ---- */

/* The defaults of a scope, into its struct. */
void settings_default(const struct setting_table *table, int scope, void *fields);
/* An object's entries, into the struct of the scope, on top of what is there. All errors are
 * reported. `of` names the scope in messages: " of a filter", or "". */
void settings_read_entries(struct settings_reader *reader, int scope, const char *of, void *fields,
			   const struct config_value *object);
void settings_out_of_memory(struct settings_reader *reader, struct span span);
/* For kinds. */
struct diagnostic *settings_wrong_value(struct settings_reader *reader,
					const struct setting_row *row,
					const struct config_value *value);
/* A number within the row's bounds, or a choice; else reported. */
void settings_read_number(struct settings_reader *reader, const struct setting_row *row,
			  const struct config_value *value, void *field);

/* One address or a set of them, behind those that are in the list. */
void settings_add_addresses(struct settings_reader *reader, const struct config_value *value,
			    struct endpoint_list *list);

/* A number with an optional unit: "90", "90s", "2m" as seconds or milliseconds, "64KB" as bytes.
 * `unit` is "s", "ms", "bytes" or "", and what a plain number counts. False for anything else, a
 * negative number or one that does not fit. */
bool quantity_parse(struct text text, const char *unit, int64_t *number);

/* ---- showing ---- */

void settings_show_rows(const struct settings_writer *writer, int scope, const void *fields);
/* A text as the file needs it. */
void settings_show_text(struct buffer *out, const char *text);
void settings_show_addresses(const struct settings_writer *writer, const struct setting_row *row,
			     const void *field);
bool settings_addresses_are_set(const void *field);
bool settings_number_is_set(const void *field); /* 0: it is not */
void settings_show_number(const struct settings_writer *writer, const struct setting_row *row,
			  const void *field);

#endif
