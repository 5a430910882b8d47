/* What afsld is told to do: by its configuration file, by the command line, by default. */
#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include "service/settings.h"

struct text_list {
	const char **items;
	size_t count;
};

struct filter_settings {
	const char *name;
	const char *script;
	const char *address;
	int64_t priority;
	int64_t on_error; /* enum afsl_on_error, or ON_ERROR_UNSET before settings_finish */
	struct setting_list options, limits;
	struct text_list folders;
	/* which messages it is for: as struct afsl_scope */
	int64_t apply_on, mixed, size_most;	   /* 0: not set, but for mixed */
	int64_t connections_most, connection_idle; /* 0: not set; seconds */
	struct text_list domains, accounts;
	struct span span; /* where it is defined */
};
enum { ON_ERROR_UNSET = -1 };

enum server_kind { SERVER_NATIVE, SERVER_LIBMILTER };

struct filter_list {
	struct filter_settings *items; /* in the order in which they run, after settings_finish */
	size_t count;
};

/* Fields as in grammar/config.def; texts that are not set are NULL. */
struct daemon_settings {
	struct arena arena;
	struct service_settings service;
	struct filter_list filters;
	const char *library;
	const char *store;	  /* of shared variables that do not say where they are kept */
	int64_t on_error, server; /* enum server_kind */
	int64_t mta;		  /* 0: any; else that of afsl_mta_name() before it */
	struct setting_list limits;
	struct text_list local_domains;
	struct ports connect_ports; /* as given; those of what else is named are in service.ports */
};

enum setting_scope { SCOPE_DAEMON, SCOPE_FILTER };
extern const struct setting_table daemon_table;
extern const struct setting_kind kind_server, kind_options, kind_limits, kind_filters, kind_folders,
	kind_domains, kind_accounts, kind_apply_on, kind_mixed, kind_message_size, kind_idle,
	kind_ports;

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
/* A part of it: service.ports. */
void settings_gather_ports(struct daemon_settings *settings);

/* The settings as a configuration file. */
void settings_show(const struct daemon_settings *settings, struct buffer *out);

#endif
