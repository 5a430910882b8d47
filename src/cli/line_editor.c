#include "cli/line_editor.h"

#include "base/library.h"
#include "base/memory.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HISTORY_LINES = 1000 };

/* Of libedit, under the licence of BSD: loaded when a person sits at a terminal. In the order of
 * `symbols`. */
typedef char *generator(const char *start, int state);
static struct {
	char *(*readline)(const char *prompt);
	int (*add_history)(const char *line);
	int (*read_history)(const char *path);
	int (*write_history)(const char *path);
	void (*stifle_history)(int lines);
	char **(*matches)(const char *start, generator *);
	char **(**attempt)(const char *start, int from, int to);
	char **breaks;
	int *append;
} edit;
static const struct library_symbol symbols[] = {
	{ "readline" },
	{ "add_history" },
	{ "read_history" },
	{ "write_history" },
	{ "stifle_history" },
	{ "rl_completion_matches" },
	{ "rl_attempted_completion_function" },
	{ "rl_completer_word_break_characters" },
	{ "rl_completion_append_character" },
};
static struct library library = LIBRARY("libedit.so.2", "libedit2", symbols, edit);

static line_words *words;
static char *history_path;
static bool is_terminal;

/* Called again and again for one word that was begun. */
static char *next_match(const char *start, int state)
{
	static size_t index;
	const char *word;

	if (state == 0)
		index = 0;
	while ((word = words(index)) != NULL) {
		index++;
		if (strncmp(word, start, strlen(start)) == 0)
			return memory_copy_string(word);
	}
	return NULL;
}

static char **complete(const char *start, int from, int to)
{
	(void)from;
	(void)to;
	return edit.matches(start, next_match);
}

static bool load_library(void)
{
	static char breaks[] = " \t\n\"\\'`@$><=;|&{(,[+-*/%!?";
	const char *why;

	if (!library_load(&library, &why))
		return false;
	*edit.attempt = complete;
	*edit.breaks = breaks;
	*edit.append = '\0';
	return true;
}

static char *home_path(const char *name)
{
	const char *home = getenv("HOME");
	size_t room = home ? strlen(home) + strlen(name) + 2 : 0;
	char *path = home && *home ? memory_allocate(room) : NULL;

	if (path)
		snprintf(path, room, "%s/%s", home, name);
	return path;
}

void line_editor_begin(line_words *completions, const char *history)
{
	words = completions;
	is_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	if (!is_terminal || !load_library())
		return;
	history_path = history ? home_path(history) : NULL;
	edit.stifle_history(HISTORY_LINES);
	if (history_path)
		edit.read_history(history_path);
}

static char *read_plainly(const char *prompt)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	if (is_terminal) {
		fputs(prompt, stdout);
		fflush(stdout);
	}
	length = getline(&line, &room, stdin);
	if (length < 0) {
		free(line);
		return NULL;
	}
	if (length && line[length - 1] == '\n')
		line[--length] = '\0';
	if (length && line[length - 1] == '\r')
		line[length - 1] = '\0';
	return line;
}

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

/* Control-C gives up the line, and while the script runs the program. */
static char *read_edited(const char *prompt)
{
	struct sigaction action = { .sa_handler = on_interrupt }, before;
	char *line;

	interrupted = 0;
	sigaction(SIGINT, &action, &before);
	line = edit.readline(prompt);
	sigaction(SIGINT, &before, NULL);
	if (interrupted) {
		free(line);
		putchar('\n');
		return memory_copy_string("");
	}
	return line;
}

char *line_editor_read(const char *prompt)
{
	return library.handle ? read_edited(prompt) : read_plainly(prompt);
}

void line_editor_remember(const char *line)
{
	if (library.handle && *line)
		edit.add_history(line);
}

void line_editor_end(void)
{
	if (library.handle && history_path)
		edit.write_history(history_path);
	memory_free(history_path);
	history_path = NULL;
}
