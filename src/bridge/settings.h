/* What aximilter is told to do: by its configuration file, by the command line, by default. */
#ifndef BRIDGE_SETTINGS_H
#define BRIDGE_SETTINGS_H

#include "service/settings.h"

struct word_list {
	const char **items;
	size_t count;
};

/* Fields as in grammar/aximilter.def; texts that are not set are NULL. */
struct milter_settings {
	const char *address, *name;
	int64_t on_error;
	int64_t connect_timeout, command_timeout, content_timeout, end_timeout;
	int64_t connections_most; /* 0: not set */
	struct word_list networks, except_networks, recipient_domains;
	int64_t authenticated, size_most, failures, pause;
	struct span span;
};

struct milter_list {
	struct milter_settings *items;
	size_t count;
};

struct bridge_settings {
	struct arena arena;
	struct service_settings service; /* its listen holds all addresses when all is read */
	struct endpoint_list listen;
	const char *bind_ip, *spool;
	int64_t bind_port, message_size, judges;
	struct word_list allow;
	struct milter_list milters;
};

enum bridge_scope { SCOPE_DAEMON, SCOPE_MILTER };
extern const struct setting_table bridge_table;

void settings_init(struct bridge_settings *settings);
void settings_free(struct bridge_settings *settings);
/* As the settings of afsld. */
void settings_read(struct bridge_settings *settings, struct diagnostics *diagnostics,
		   uint32_t source, const char *folder);
/* When all is read: completes, and reports what is missing or does not go together. */
void settings_finish(struct bridge_settings *settings, struct diagnostics *diagnostics);
/* The settings as a configuration file. */
void settings_show(const struct bridge_settings *settings, struct buffer *out);

/* "a, b": as options of scripts are written. NULL when memory has ended. */
const char *words_join(struct arena *arena, const struct word_list *words);
const char *milter_on_error_word(int64_t on_error);
const char *milter_who_word(int64_t authenticated);

#endif
