/* libafsl: run AFSL filters inside a mail server.
 *
 * A program is a compiled filter, a chain is one or more programs in order, a session is one SMTP
 * connection that passes through a chain. The host says what the client does, one event at a time;
 * the filters record a verdict and changes; the host reads them and acts.
 *
 *     struct afsl_report *report = NULL;
 *     struct afsl_program *program = afsl_program_load("filter.afsl", NULL, &report);
 *     struct afsl_chain *chain = afsl_chain_new();
 *     afsl_chain_add(chain, program, NULL);
 *     struct afsl_session *session = afsl_session_new(chain);
 *     afsl_mail(session, "<a@example.net>", NULL, 0);
 *     ... while (afsl_status(session) == AFSL_WAITING) wait and afsl_resume(session);
 *     const struct afsl_verdict *verdict = afsl_verdict(session);
 *
 * Nothing here blocks, and nothing here writes to the network on its own account. Programs and chains
 * may be shared by threads; a session is used by one thread at a time. Bytes are pointer and length
 * (struct afsl_text) wherever they may hold a NUL. Every function that can run out of memory says so. */
#ifndef AFSL_H
#define AFSL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AFSL_VERSION "0.1.0"

struct afsl_program;
struct afsl_chain;
struct afsl_session;
struct afsl_report;

struct afsl_text {
	const char *data;
	size_t length;
};

/* ---- programs ---------------------------------------------------------- */

struct afsl_setting {
	const char *name;
	const char *value;
};

struct afsl_source {
	const char *name; /* as `use` writes it */
	const char *text;
	size_t length;
};

/* A script's file, whole. Device and number tell files apart, however they are named. */
struct afsl_file {
	uint64_t device, number;
	struct afsl_text text;
};

/* For hosts that load the same program again when its files may be others by now. */
struct afsl_files {
	/* When not NULL, the disk is not looked at: false, there is no such file. */
	bool (*find)(void *argument, const char *path, struct afsl_file *file);
	/* Else, when not NULL, told of each file that is read, under each of its names; false: memory has ended. */
	bool (*found)(void *argument, const char *path, const struct afsl_file *file);
	void *argument;
};

/* What is done about files brought in by `use` that everybody can write to. */
enum afsl_writable { AFSL_WRITABLE_IGNORED, AFSL_WRITABLE_WARNED, AFSL_WRITABLE_REFUSED };

/* What `shared var` declares, for all programs that are loaded with it and all their sessions; safe
 * under threads. A program that is loaded later finds a variable again by the file that declares it (as it was
 * named), its name and its type: keep one of these for as long as scripts are loaded again. Counted: programs
 * keep it. NULL when memory has ended. */
struct afsl_shared;
struct afsl_shared *afsl_shared_new(void);
void afsl_shared_release(struct afsl_shared *shared);
/* Before programs are loaded with it: variables are kept where they say ("lmdb:NAME", a file in `folder`, or
 * "redis:ADDRESS"), and in `store` when they say nothing; NULL is memory. Without this call all are kept in memory, as
 * tests want it. False when a text is too long. */
bool afsl_shared_keep(struct afsl_shared *shared, const char *folder, const char *store);

struct afsl_load_options {
	const struct afsl_setting *options; /* values of the script's `option` declarations */
	size_t option_count;
	const char *library;                /* where `use` looks after the script's folder */
	const char *source;                 /* when not NULL, this text is loaded instead of the file */
	size_t source_length;
	const struct afsl_files *files;     /* NULL: the disk */
	const struct afsl_source *used;     /* texts that `use` finds before it looks for files */
	size_t used_count;
	enum afsl_writable writable;
	bool tests; /* the main file's test blocks are checked too; x.test.afsl uses the
		       x.afsl beside it */
	bool growing; /* more will follow: what nobody uses yet is no reason for a word */
	struct afsl_shared *shared;         /* NULL: the program has variables of its own */
	bool check_only;                    /* report, do not load: NULL comes back in any case */
	const char *mta;                    /* the mail server it is checked for, an afsl_mta_name(); NULL: only
	                                       what holds for all of them is said */
};

/* The mail servers that are known, one by one from 0; NULL behind the last. */
const char *afsl_mta_name(size_t index);

/* Compiles and verifies. NULL when the script is wrong. When `report` is not NULL it gets what there
 * is to say (errors and warnings), or NULL; free it with afsl_report_free. */
struct afsl_program *afsl_program_load(const char *path, const struct afsl_load_options *options,
				       struct afsl_report **report);
/* Counted: a session keeps its chain's programs. */
struct afsl_program *afsl_program_keep(struct afsl_program *program);
void afsl_program_release(struct afsl_program *program);

/* What a diagnostic means, with an example of wrong and right, or all of them with their titles when `code` is NULL;
 * free() it. NULL when there is none, or memory has ended. */
char *afsl_explain(const char *code);

unsigned afsl_report_errors(const struct afsl_report *report);
unsigned afsl_report_warnings(const struct afsl_report *report);
/* As text with source lines, or as a JSON array; lives as long as the report. */
const char *afsl_report_text(struct afsl_report *report, bool colour);
const char *afsl_report_json(struct afsl_report *report);
/* Several as one SARIF 2.1.0 log; free() it. NULL when memory has ended. */
char *afsl_reports_sarif(struct afsl_report *const *reports, size_t count);
void afsl_report_free(struct afsl_report *report);

/* The code in readable form; free() it. */
char *afsl_program_dump(const struct afsl_program *program);

/* A script in the one style: the same program with other white space; free() it. NULL when it has errors (then they
 * are in `report`, as for afsl_program_load) or memory has ended. */
char *afsl_format(const char *name, const char *source, size_t length, struct afsl_report **report);

enum afsl_describe_format { AFSL_AS_TEXT, AFSL_AS_JSON, AFSL_AS_MAN, AFSL_AS_MARKDOWN, AFSL_AS_HTML };

/* What the language knows: all of it when `about` is NULL, else a topic (events, variables, functions, limits,
 * records, diagnostics), a module's functions, or what has that name; free() it. NULL when there is no such name or
 * memory has ended. */
char *afsl_describe(const char *about, enum afsl_describe_format format);
/* The topic, module or name that is most like a wrong one, or NULL. */
const char *afsl_describe_nearest(const char *wrong);

struct afsl_word {
	const char *topic;  /* "functions" */
	const char *module; /* "text", or "" */
	const char *name;   /* "lower" */
};

/* Row after row of that; false behind the last. */
bool afsl_word(size_t index, struct afsl_word *word);

/* A bound on what a filter may use. */
struct afsl_limit {
	const char *name;
	const char *unit; /* what its number counts: "", "ms" or "bytes" */
};

/* That of this name, in any case of its letters; false when there is none. */
bool afsl_limit_find(const char *name, size_t length, struct afsl_limit *limit);
/* The name that is most like a wrong one, or NULL. */
const char *afsl_limit_nearest(const char *name, size_t length);

/* ---- chains ------------------------------------------------------------ */

enum afsl_on_error { AFSL_ON_ERROR_TEMPFAIL, AFSL_ON_ERROR_ACCEPT, AFSL_ON_ERROR_REJECT };

/* Which messages a filter is for, by their recipients and their size. Domains and accounts are compared without
 * regard to case; ".example.org" stands for all domains below example.org. A filter that is for some
 * recipients alone (apply_on, domains or accounts are given)
 *  - gets onRcptTo for these; what it refuses at connect, HELO or MAIL, it refuses for them, at RCPT;
 *  - gets the content when one of them is among the message's recipients. */
enum afsl_apply { AFSL_APPLY_LOCAL = 1 << 0, AFSL_APPLY_RELAY = 1 << 1 };
enum afsl_mixed { /* some of the recipients are the filter's, others are not */
	AFSL_MIXED_ALL,	       /* what it decides and changes is for all of them */
	AFSL_MIXED_TEMPFAIL,   /* never: a recipient unlike those before it is to be sent separately (452 4.5.3) */
	AFSL_MIXED_DISCARD_RCPT, /* a message that it refuses or discards loses its recipients, and goes on to the others */
};
#define AFSL_SIZE_ANY UINT64_MAX
struct afsl_scope {
	unsigned apply_on; /* enum afsl_apply, joined: recipients in local_domains, and others; 0: both */
	const char *const *local_domains;
	size_t local_domain_count;
	const char *const *domains, *const *accounts; /* recipients in one of them; none given: any */
	size_t domain_count, account_count;
	enum afsl_mixed mixed;
	uint64_t size_most; /* octets; a larger message passes the filter by. Or AFSL_SIZE_ANY */
};

struct afsl_filter_options {
	const char *name;            /* for log lines; the script's path when NULL */
	enum afsl_on_error on_error; /* the answer to an error that the script does not catch, or a limit */
	const struct afsl_setting *limits; /* name and number: afsl_describe() lists them */
	size_t limit_count;
	const char *const *folders; /* that the script may read files in (module `file`); none when NULL */
	size_t folder_count;
	const struct afsl_scope *scope; /* NULL: every message */
};

struct afsl_chain *afsl_chain_new(void);
/* Appends; keeps the program. False when a limit's name or number is wrong or memory has ended. */
bool afsl_chain_add(struct afsl_chain *chain, struct afsl_program *program,
		    const struct afsl_filter_options *options);
struct afsl_chain *afsl_chain_keep(struct afsl_chain *chain);
void afsl_chain_release(struct afsl_chain *chain);
/* Before filters are added: they only judge. Each event goes to all of them side by side, so a step
 * takes as long as its slowest filter; the first refusal in their order counts. What they change is
 * dropped, but for quarantine. */
void afsl_chain_judge(struct afsl_chain *chain);

/* Calls `function main(folder: text, n: int) -> text` of the chain's first filter outside of any session,
 * waiting where it waits. *answer is what it returns or, when false comes back, why it could not; free() it.
 * NULL when memory has ended. For measuring: afsl run --bench. */
bool afsl_chain_bench(const struct afsl_chain *chain, const char *folder, int64_t n, char **answer);

/* What all filters of the chain together need: a host asks its MTA for no more. */
enum afsl_need {
	AFSL_NEED_CONNECT = 1 << 0,
	AFSL_NEED_HELO = 1 << 1,
	AFSL_NEED_MAIL = 1 << 2,
	AFSL_NEED_RCPT = 1 << 3,
	AFSL_NEED_DATA = 1 << 4,
	AFSL_NEED_HEADERS = 1 << 5,
	AFSL_NEED_BODY = 1 << 6,
	AFSL_NEED_HEADER_BLANKS = 1 << 7,
	AFSL_NEED_ALL_MACROS = 1 << 8,
	AFSL_NEED_REFUSED_RCPT = 1 << 9,
	AFSL_NEED_END_OF_HEADERS = 1 << 10,
	AFSL_NEED_UNKNOWN = 1 << 11,
	AFSL_NEED_NEGOTIATE = 1 << 12, /* some filter handles AFSL_NEGOTIATE */
	AFSL_NEED_ADD_HEADER = 1 << 16,
	AFSL_NEED_CHANGE_HEADER = 1 << 17,
	AFSL_NEED_ADD_RCPT = 1 << 18,
	AFSL_NEED_DELETE_RCPT = 1 << 19,
	AFSL_NEED_CHANGE_SENDER = 1 << 20,
	AFSL_NEED_REPLACE_BODY = 1 << 21,
	AFSL_NEED_QUARANTINE = 1 << 22,
	AFSL_NEED_ADD_RCPT_PARAMETERS = 1 << 23,
};

enum afsl_event {
	AFSL_NEGOTIATE,
	AFSL_CONNECT,
	AFSL_HELO,
	AFSL_MAIL,
	AFSL_RCPT,
	AFSL_DATA,
	AFSL_HEADER,
	AFSL_END_OF_HEADERS,
	AFSL_BODY,
	AFSL_END_OF_MESSAGE,
	AFSL_ABORT,
	AFSL_DISCONNECT,
	AFSL_UNKNOWN_COMMAND,
	AFSL_EVENT_COUNT,
};

struct afsl_needs {
	uint32_t needs;  /* enum afsl_need, joined */
	uint32_t replies; /* 1 << event: a verdict can be reached there, so a reply must be awaited. What
	                     fails in another event is held, and told at the next one of these; the
	                     end of the message always is one. */
	const char *const *macros; /* names that the scripts read; live as long as the chain */
	size_t macro_count;
};
void afsl_chain_needs(const struct afsl_chain *chain, struct afsl_needs *needs);

/* ---- name servers ------------------------------------------------------ */

/* Whom scripts' DNS questions go to, for the whole process and sessions begun from now on: "192.0.2.1,
 * [2001:db8::1]:5353". NULL or "": what /etc/resolv.conf says, which is also the default. False when the list cannot
 * be read; then nothing has changed. */
bool afsl_set_name_servers(const char *list);

/* ---- sessions ---------------------------------------------------------- */

/* Keeps the chain. NULL when memory has ended. */
struct afsl_session *afsl_session_new(struct afsl_chain *chain);
/* Runs nothing: raise AFSL_DISCONNECT before. A suspended handler is given up. */
void afsl_session_free(struct afsl_session *session);
/* Shown in log lines: a queue id, a connection number. Copied. */
void afsl_session_name(struct afsl_session *session, const char *name);

/* Where log lines go; standard error by default. `level`: 0 error, 1 warning, 2 info, 3 debug. */
typedef void afsl_log(void *argument, int level, const char *line);
void afsl_session_log(struct afsl_session *session, afsl_log *log, void *argument);
/* Called before each statement that runs, with its place and source line and the values of the
 * variables in scope ("x = 3, name = \"a\""). NULL switches off. */
typedef void afsl_trace(void *argument, const char *place, struct afsl_text source,
			const char *values);
void afsl_session_trace(struct afsl_session *session, afsl_trace *trace, void *argument);

/* For interactive tools. Puts another program in the place of that of a session with one filter, between two events:
 * session and message variables of the same name and type keep their values. Then its handler of onUnknownCommand runs
 * to the end; afsl_verdict() tells what it decided, and nothing more comes of that. The session keeps the program.
 * False when the session is not so, or memory has ended. */
bool afsl_try(struct afsl_session *session, struct afsl_program *program);
/* The type, as a script writes it, of the first variable of that name in the program's handler of onUnknownCommand;
 * free() it. NULL when there is none. */
char *afsl_tried_type(const struct afsl_program *program, const char *variable);

/* The header is kept for afsl_write_headers(), even where no filter reads more of it than the field at hand.
 * Before the first event. */
void afsl_session_keep_headers(struct afsl_session *session);

/* The host's thread serves other sessions too: a handler that computes for long is put aside after
 * some 200 microseconds, and afsl_computes() then. */
void afsl_session_share(struct afsl_session *session);

/* Macros as the MTA sent them for a stage, before that stage's event. They replace that stage's and
 * forget those of later ones. Stages are AFSL_CONNECT ... AFSL_END_OF_MESSAGE. Names and values
 * alternate. */
bool afsl_macros(struct afsl_session *session, enum afsl_event stage, const struct afsl_text *pairs,
		 size_t pair_count);

/* What the client does. Each call begins an event; the status then says how it stands. Calling one
 * while another waits, or out of SMTP order, answers AFSL_MISUSED and changes nothing. */
enum afsl_status {
	AFSL_DONE,    /* afsl_verdict() tells */
	AFSL_WAITING, /* afsl_wait() tells for what; then afsl_resume() */
	AFSL_MISUSED,
};

struct afsl_client {
	const struct sockaddr *address; /* NULL: unknown */
	socklen_t address_length;
	const char *name; /* verified host name, or "[192.0.2.1]" */
	const struct sockaddr *server_address; /* NULL: unknown */
	bool tls;
};

struct afsl_offer { /* of a milter-speaking MTA */
	uint32_t version, actions, steps;
};

enum afsl_status afsl_negotiate(struct afsl_session *session, const struct afsl_offer *offer);
enum afsl_status afsl_connect(struct afsl_session *session, const struct afsl_client *client);
enum afsl_status afsl_helo(struct afsl_session *session, struct afsl_text name, bool esmtp);
/* Addresses as the client gave them, with angle brackets. */
enum afsl_status afsl_mail(struct afsl_session *session, struct afsl_text sender,
			   const struct afsl_text *parameters, size_t count);
enum afsl_status afsl_rcpt(struct afsl_session *session, struct afsl_text recipient,
			   const struct afsl_text *parameters, size_t count);
enum afsl_status afsl_data(struct afsl_session *session);
/* `raw` is all that follows the colon: leading blanks, folding as LF and blanks. Both must stay where they are
 * until the event is done. */
enum afsl_status afsl_header(struct afsl_session *session, struct afsl_text name,
			     struct afsl_text raw);
enum afsl_status afsl_end_of_headers(struct afsl_session *session);
/* The bytes must stay where they are until the event is done. CR LF line ends. */
enum afsl_status afsl_body(struct afsl_session *session, struct afsl_text bytes);
enum afsl_status afsl_end_of_message(struct afsl_session *session);
enum afsl_status afsl_abort(struct afsl_session *session);
enum afsl_status afsl_disconnect(struct afsl_session *session);
enum afsl_status afsl_unknown_command(struct afsl_session *session, struct afsl_text line);

enum { AFSL_WAIT_MAX = 16 };
struct afsl_wait {
	int fds[AFSL_WAIT_MAX];
	short events[AFSL_WAIT_MAX]; /* POLLIN, POLLOUT */
	unsigned count;
	int64_t deadline; /* microseconds of CLOCK_MONOTONIC: resume then in any case */
};

enum afsl_status afsl_status(const struct afsl_session *session);
/* Lives until this thread asks again. */
const struct afsl_wait *afsl_wait(const struct afsl_session *session);
enum afsl_status afsl_resume(struct afsl_session *session);
/* It is AFSL_WAITING and waits for nothing: its handler was put aside, for the turn of others. When
 * it is resumed next it may compute for milliseconds until it is put aside again, and any thread may
 * do that, as long as no other looks at the session. */
bool afsl_computes(const struct afsl_session *session);
/* The client has gone while an event waits: its handler is given up and nothing was decided. Another
 * event may be raised then, AFSL_DISCONNECT as a rule. */
void afsl_cancel(struct afsl_session *session);
/* For hosts that own a thread: waits with poll(2) until the event is done. */
enum afsl_status afsl_finish(struct afsl_session *session);

/* ---- results ----------------------------------------------------------- */

enum afsl_verdict_kind {
	AFSL_CONTINUE,
	AFSL_ACCEPT,
	AFSL_REJECT,
	AFSL_TEMPFAIL,
	AFSL_DISCARD,
	AFSL_DISCONNECTED, /* 421 and close */
};

struct afsl_verdict {
	enum afsl_verdict_kind kind;
	int code;              /* 0: the host's own words */
	const char *enhanced;  /* "5.7.1" or "" */
	const char *text;      /* lines separated by LF; "" : the host's own words */
	const char *filter;    /* who decided; "" when nobody did */
	const char *place;     /* "file:line" of the decision, or "" */
	const char *error;     /* why on_error answered, or NULL */
};

/* Of the event that was done last; lives until the next event. */
const struct afsl_verdict *afsl_verdict(const struct afsl_session *session);

/* True when no filter of the chain wants to see more of that event in this message (or, before MAIL,
 * in this session): the host may skip it. */
bool afsl_wants(const struct afsl_session *session, enum afsl_event event);

/* What the chain needs in this session: less than afsl_chain_needs() when its scripts have asked for
 * less in AFSL_NEGOTIATE. */
void afsl_session_needs(const struct afsl_session *session, struct afsl_needs *needs);

/* What onNegotiate has asked for, by stage, besides what afsl_chain_needs tells: space separated names, or
 * NULL when the script left the MTA's own list. */
const char *afsl_requested_macros(const struct afsl_session *session, enum afsl_event stage);

enum afsl_change_kind {
	AFSL_ADD_HEADER,
	AFSL_INSERT_HEADER,
	AFSL_CHANGE_HEADER, /* empty value deletes */
	AFSL_ADD_RCPT,
	AFSL_DELETE_RCPT,
	AFSL_CHANGE_SENDER,
	AFSL_REPLACE_BODY,
	AFSL_QUARANTINE,
};

struct afsl_change {
	enum afsl_change_kind kind;
	uint32_t index;
	struct afsl_text name;
	struct afsl_text value;
	bool blanks; /* the header value brings its own blank after the colon */
	bool more;   /* a further piece of the body */
};

/* After AFSL_END_OF_MESSAGE with a verdict of continue or accept: what to apply, in this order. Empty
 * after any other verdict. Lives until the next event. */
size_t afsl_change_count(const struct afsl_session *session);
struct afsl_change afsl_change(const struct afsl_session *session, size_t index);

/* The message is over, and all that it has left has been read: its memory goes now, not with the next event. Its
 * changes are gone; the verdict stays. */
void afsl_session_rest(struct afsl_session *session);

/* The message as it would be delivered, header only: each field as "Name:raw" CR LF. What was received is there
 * after afsl_session_keep_headers(). */
typedef bool afsl_write(void *argument, const char *bytes, size_t length);
bool afsl_write_headers(const struct afsl_session *session, afsl_write *write, void *argument);

#ifdef __cplusplus
}
#endif

#endif
