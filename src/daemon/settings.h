/* What afsld is told to do: by its configuration file, by the command line, by default. */
#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include "afsl.h"
#include "base/diagnostics.h"
#include "daemon/config.h"
#include "net/socket.h"

enum log_target { LOG_TARGET_AUTO, LOG_TARGET_SYSLOG, LOG_TARGET_STDERR };

struct endpoint_list {
	struct endpoint *items;
	size_t count;
};

struct setting_list { /* as afsl.h wants options and limits */
	struct afsl_setting *items;
	size_t count;
};

struct filter_settings {
	const char *name;
	const char *script;
	const char *address;
	int64_t priority;
	int64_t on_error; /* enum afsl_on_error, or ON_ERROR_UNSET before settings_finish */
	struct setting_list options, limits;
	struct span span; /* where it is defined */
};
enum { ON_ERROR_UNSET = -1 };

struct filter_list {
	struct filter_settings *items; /* in the order in which they run, after settings_finish */
	size_t count;
};

/* Fields as in grammar/config.def; texts that are not set are NULL. */
struct daemon_settings {
	struct arena arena;
	struct endpoint_list listen;
	struct filter_list filters;
	const char *user, *group, *pid_file, *library;
	int64_t socket_mode, log, log_level, on_error;
	int64_t sessions_max, backlog, read_timeout, progress_interval, drain_timeout;
	struct setting_list limits;
};

enum setting_scope { SCOPE_DAEMON, SCOPE_FILTER };

enum setting_kind {
	KIND_TEXT,
	KIND_FILE, /* relative names start at the configuration's folder */
	KIND_ADDRESS,
	KIND_ADDRESSES,
	KIND_INTEGER,
	KIND_COUNT,
	KIND_SECONDS, /* 30, 30s, 5m, 2h, 1d */
	KIND_MODE,
	KIND_LOG_TARGET,
	KIND_LOG_LEVEL,
	KIND_ON_ERROR,
	KIND_OPTIONS,
	KIND_LIMITS,
	KIND_FILTERS,
};

struct setting_row {
	enum setting_scope scope;
	const char *name;
	enum setting_kind kind;
	size_t offset;	   /* of the field in the scope's struct */
	const char *unset; /* what holds without it, as written in a file; "" for nothing */
	int64_t least, most;
	const char *help;
};
extern const struct setting_row setting_rows[];
extern const size_t setting_row_count;
/* The words of a choice, separated by blanks, in the order of their numbers; NULL for other kinds.
 */
const char *setting_choices(enum setting_kind kind);
/* "a text", "a time": for messages and the manual. */
const char *setting_kind_title(enum setting_kind kind);

void settings_init(struct daemon_settings *settings);
void settings_free(struct daemon_settings *settings);

/* Reads settings on top of those that are there; a setting given replaces what was there. Relative
 * names of files start at `folder` (NULL: the working folder). All errors go to `diagnostics`,
 * whose source `source` must live as long as the settings. */
void settings_read(struct daemon_settings *settings, struct diagnostics *diagnostics,
		   uint32_t source, const char *folder);

/* For the command line. False when memory has ended, or with `why` set when the address is wrong.
 */
bool settings_add_listen(struct daemon_settings *settings, const char *address, const char **why);
bool settings_add_script(struct daemon_settings *settings, const char *script,
			 const struct setting_list *options);

/* When all is read: names filters, hands down what they do not say themselves, brings them into
 * their order, and reports what is missing. */
void settings_finish(struct daemon_settings *settings, struct diagnostics *diagnostics);

/* The settings as a configuration file. */
void settings_show(const struct daemon_settings *settings, struct buffer *out);

/* A number with an optional unit: "90", "90s", "2m" as seconds or milliseconds, "64KB" as bytes.
 * `unit` is "s", "ms", "bytes" or "", and what a plain number counts. False for anything else, a
 * negative number or one that does not fit. Exposed for the tests. */
bool quantity_parse(struct text text, const char *unit, int64_t *number);

/* For settings.c and settings_filters.c. */
struct settings_reader {
	struct daemon_settings *settings;
	struct diagnostics *diagnostics;
	const char *folder;
};
void settings_read_entries(struct settings_reader *reader, enum setting_scope scope, void *fields,
			   const struct config_value *object);
void settings_read_filters(struct settings_reader *reader, const struct config_value *value,
			   struct filter_list *filters);
void settings_read_limits(struct settings_reader *reader, const struct config_value *value,
			  struct setting_list *limits);
void settings_read_options(struct settings_reader *reader, const struct config_value *value,
			   struct setting_list *options);
bool setting_list_add(struct arena *arena, struct setting_list *list, const char *name,
		      const char *value);
void settings_out_of_memory(struct settings_reader *reader, struct span span);

#endif
