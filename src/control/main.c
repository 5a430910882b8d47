/* afslctl: asks a running afsld or aximilter how it fares, and tells it to load its scripts again.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "afsl.h"
#include "base/buffer.h"
#include "base/system.h"
#include "base/wait.h"
#include "net/socket.h"

#define SOCKET_DEFAULT "/run/afsld/control"

static const char help[] =
	"afslctl " AFSL_VERSION ": asks a running afsld or aximilter\n"
	"\n"
	"    afslctl [-s SOCKET] status [--format json]   workers, counts, programs with their "
	"files\n"
	"    afslctl [-s SOCKET] history [--format json]  the programs that are kept\n"
	"    afslctl [-s SOCKET] reload                   compile the scripts again; what is wrong "
	"is\n"
	"                                                 printed, and the old ones go on\n"
	"    afslctl [-s SOCKET] rollback [NUMBER]        go back to the program before, or that "
	"one\n"
	"    afslctl [-s SOCKET] stop                     end when the sessions have ended\n"
	"\n"
	"  -s, --socket PATH    the setting `control` of the daemon; " SOCKET_DEFAULT "\n"
	"  -F, --format NAME    text or json\n"
	"  -h, --help           this\n"
	"  -V, --version        the version\n"
	"\n"
	"Exit: 0 done, 65 wrong script or no such program, 69 nobody is there, 75 busy, 77 not "
	"allowed,\n"
	"78 wrong configuration. See afslctl(8).\n";

struct asking {
	const char *socket;
	bool json;
	char line[128];
};

enum {
	/* Compiling and handing over may take so long: the daemon gives up before. */
	PATIENCE = 120000000,
	ANSWER_MAX = 16 << 20,
};

static int fault(int code, const char *what, const char *why)
{
	fprintf(stderr, "afslctl: %s%s%s\n", what, why ? ": " : "", why ? why : "");
	return code;
}

/* ---- the command line ---- */

static int wrong(const char *what)
{
	return fault(EX_USAGE, what, "afslctl --help says how it is called");
}

static int take_option(struct asking *asking, int option)
{
	switch (option) {
	case 's':
		asking->socket = optarg;
		return EX_OK;
	case 'F':
		asking->json = strcmp(optarg, "json") == 0;
		return asking->json || strcmp(optarg, "text") == 0
			       ? EX_OK
			       : wrong("the format is text or json");
	case 'h':
		fputs(help, stdout);
		exit(EX_OK);
	case 'V':
		puts("afslctl " AFSL_VERSION);
		exit(EX_OK);
	default:
		return wrong("the command line is not understood");
	}
}

static bool is_number(const char *word)
{
	size_t digits = strspn(word, "0123456789");
	return digits && digits < 10 && !word[digits] && word[0] != '0';
}

/* The words that are left are the request. */
static int take_words(struct asking *asking, char *const *words, int count)
{
	static const char *const shown[] = { "status", "history" }, *const done[] = { "reload",
										      "rollback",
										      "stop" };
	const char *word = count ? words[0] : "";
	for (size_t i = 0; i < 2; i++)
		if (count == 1 && strcmp(word, shown[i]) == 0) {
			snprintf(asking->line, sizeof(asking->line), "%s%s\n", word,
				 asking->json ? " json" : "");
			return EX_OK;
		}
	if (asking->json)
		return wrong("status and history have a format");
	for (size_t i = 0; i < 3; i++)
		if (count == 1 && strcmp(word, done[i]) == 0) {
			snprintf(asking->line, sizeof(asking->line), "%s\n", word);
			return EX_OK;
		}
	if (count == 2 && strcmp(word, "rollback") == 0 && is_number(words[1])) {
		snprintf(asking->line, sizeof(asking->line), "rollback %s\n", words[1]);
		return EX_OK;
	}
	return wrong("say status, history, reload, rollback [NUMBER] or stop");
}

static int take_arguments(struct asking *asking, int argc, char **argv)
{
	static const struct option options[] = { { "socket", required_argument, NULL, 's' },
						 { "format", required_argument, NULL, 'F' },
						 { "help", no_argument, NULL, 'h' },
						 { "version", no_argument, NULL, 'V' },
						 { NULL, 0, NULL, 0 } };
	int option, code = EX_OK;
	while (!code && (option = getopt_long(argc, argv, "s:F:hV", options, NULL)) != -1)
		code = take_option(asking, option);
	return code ? code : take_words(asking, argv + optind, argc - optind);
}

/* ---- the conversation ---- */

static int connect_fault(const struct asking *asking, int error)
{
	if (error == ENOENT || error == ECONNREFUSED)
		return fault(EX_UNAVAILABLE, asking->socket,
			     "nobody is there: is the daemon running, and is this its setting "
			     "control?");
	return fault(error == EACCES || error == EPERM ? EX_NOPERM : EX_OSERR, asking->socket,
		     strerror(error));
}

static int open_socket(const struct asking *asking, int *fd)
{
	struct endpoint endpoint;
	char name[256];
	if ((size_t)snprintf(name, sizeof(name), "unix:%s", asking->socket) >= sizeof(name) ||
	    endpoint_parse(text_of_string(name, LIFETIME_EVENT), &endpoint))
		return fault(EX_USAGE, asking->socket, "this is no path of a socket");
	*fd = socket_connect(&endpoint);
	return *fd < 0 ? connect_fault(asking, errno) : EX_OK;
}

/* False: nothing came or went in time, or the connection broke. */
static bool ask(int fd, const char *line, struct buffer *answer)
{
	struct wait_request wait;
	size_t length = strlen(line);
	ssize_t got = 0;
	if (system_send(fd, line, length) != (ssize_t)length)
		return false;
	wait_begin(&wait, clock_monotonic() + PATIENCE);
	wait_add(&wait, fd, POLLIN);
	while (got != SOCKET_CLOSED && clock_monotonic() < wait.deadline) {
		wait_poll(&wait);
		got = socket_read(fd, answer, 65536);
		if (got == SOCKET_ERROR)
			return false;
	}
	return got == SOCKET_CLOSED;
}

/* The first line says how it went; the rest is for people. */
static int answer_show(const struct buffer *answer)
{
	int code = EX_OK;
	const char *rest = answer->length ? memchr(answer->data, '\n', answer->length) : NULL;
	bool good = rest && strncmp(answer->data, "ok\n", 3) == 0;
	if (!good && (!rest || sscanf(answer->data, "failed %d\n", &code) != 1 || code <= 0))
		return fault(EX_PROTOCOL, "the answer is not understood", NULL);
	size_t length = answer->length - (size_t)(rest + 1 - answer->data);
	FILE *out = good ? stdout : stderr;
	return fwrite(rest + 1, 1, length, out) == length && fflush(out) == 0 ? code : EX_IOERR;
}

int main(int argc, char **argv)
{
	struct asking asking = { .socket = SOCKET_DEFAULT };
	struct buffer answer;
	int fd = -1, code = take_arguments(&asking, argc, argv);
	if (!code)
		code = open_socket(&asking, &fd);
	if (code)
		return code;
	buffer_init(&answer, ANSWER_MAX);
	code = ask(fd, asking.line, &answer) && !answer.failed
		       ? answer_show(&answer)
		       : fault(EX_PROTOCOL, asking.socket, "the daemon has not answered");
	buffer_free(&answer);
	close(fd);
	return code;
}
