/* What the parts of the client share: its state, and the table of commands. Not for other rooms. */
#ifndef MILTER_MACHINE_H
#define MILTER_MACHINE_H

#include "milter/client.h"

enum command_id {
	COMMAND_OPTNEG,
	COMMAND_CONNECT,
	COMMAND_HELO,
	COMMAND_MAIL,
	COMMAND_RCPT,
	COMMAND_DATA,
	COMMAND_UNKNOWN,
	COMMAND_HEADER,
	COMMAND_EOH,
	COMMAND_BODY,
	COMMAND_EOM,
	COMMAND_ABORT,
	COMMAND_QUIT,
	COMMAND_COUNT,
};

/* How far the session has come. */
enum position {
	AT_START,
	AT_NEGOTIATED,
	AT_CONNECTED, /* between messages */
	AT_MAIL,
	AT_RCPT,
	AT_DATA,
	AT_HEADER,
	AT_EOH,
	AT_BODY,
	AT_END, /* after QUIT */
	AT_SAME /* in the table: the command does not move the session */
};

/* Sets of replies. */
enum reply_class {
	REPLY_VERDICT = 1 << 0, /* c, a, r, t, y */
	REPLY_DISCARD = 1 << 1,
	REPLY_SKIP = 1 << 2,
	REPLY_SHUTDOWN = 1 << 3,
	REPLY_PROGRESS = 1 << 4,
	REPLY_EDIT = 1 << 5,
	REPLY_OPTNEG = 1 << 6,
};

struct command_row {
	enum milter_command letter;
	const char *name;          /* for messages */
	uint32_t waiver;           /* bit that says: do not send */
	uint32_t no_reply;         /* bit that says: no reply follows */
	uint32_t version;          /* oldest version that knows the command */
	int stage;                 /* enum macro_stage, or -1 */
	size_t timeout;            /* offset in struct milter_timeouts */
	uint32_t replies;          /* the lawful ones; 0: none is awaited */
	uint32_t from;             /* positions at which it may come, as bits */
	enum position to;
	bool gathered;             /* without a reply it may leave together with what follows */
	bool of_message;           /* not sent once the message is over for this filter */
	const char *ends_session;  /* verdicts after which the filter hears no more of the session */
	const char *ends_message;  /* ... of the message */
	const char *when;          /* where it belongs, for messages */
};
extern const struct command_row command_rows[COMMAND_COUNT];

struct reply_row {
	char letter;
	enum reply_class class;
	uint32_t action; /* edits: the bit that must have been negotiated */
	bool bare;       /* nothing may follow the letter */
	const char *name;
};
const struct reply_row *reply_row_find(char letter); /* NULL: there is no such reply */

enum doing {
	DOING_NOTHING,
	DOING_CONNECT,
	DOING_WRITE,
	DOING_READ,
	DOING_CLOSE,
};

enum {
	GATHERED_MAX = 64 * 1024,             /* bytes that wait for company */
	READ_SIZE = 64 * 1024,
	OUT_CAP = 1024 * 1024,
	EDITS_CAP = 64 * 1024 * 1024,
	BODY_CAP = 1024 * 1024 * 1024,
	PROGRESS_MAX = 10000,                 /* in one step */
	STEP_TIMES_MAX = 10,                  /* a step never takes longer than so many timeouts */
	WARNINGS_MAX = 8,
	QUIT_WAIT = 500 * 1000,
	BACKLOG_WAIT = 20 * 1000,
	KEPT_MAX = 256 * 1024,                /* a buffer that grew larger is given back */
};

struct milter_client {
	struct endpoint endpoint;
	struct milter_timeouts timeouts;
	int fd;
	enum doing doing;
	enum position position;
	const struct command_row *row; /* of the present or last step */
	bool failed;
	bool session_over, message_over; /* by the filter's verdict */
	bool open;        /* the filter may believe that it is in a transaction */
	bool awaits;      /* a reply */
	bool checked;     /* that nothing had come before the command was sent */
	bool early;       /* a frame had begun to come before the command was sent whole */
	uint32_t skipped; /* bits of command_id */
	uint32_t accepted_recipients;
	uint32_t progress_count;
	unsigned warning_count;
	int64_t deadline, last_deadline;
	struct buffer out, in;
	size_t sent;          /* of `out` */
	struct buffer body;   /* of a piece of the body longer than a packet: what follows the first */
	size_t body_queued;
	struct buffer edits;  /* frames, as they came, until the verdict */
	struct buffer answer; /* what `options` points into */
	struct buffer macros[MACRO_STAGE_COUNT]; /* strings with their NUL, names and values in turn */
	struct milter_options options;
	struct changes no_changes;
	struct milter_reply reply;
	struct milter_failure failure;
};

/* ---- client.c ---- */

/* Ends the connection for good; false, so that callers can pass it on. */
bool client_fail(struct milter_client *client, enum milter_failure_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* At most WARNINGS_MAX lines per client. */
void client_warn(struct milter_client *client, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void client_close(struct milter_client *client);
void client_message_reset(struct milter_client *client);
enum command_id command_id_of(const struct command_row *row);
/* The step's time begins now. */
void client_start_clock(struct milter_client *client);
/* Puts the next chunk of the body into `out` and says what is to be done now. */
void client_queue_body(struct milter_client *client);
static inline bool client_has_body(const struct milter_client *client)
{
	return client->body_queued < client->body.length;
}
/* Memory that a large message took is given back. */
void client_drop_body(struct milter_client *client);
void client_drop_edits(struct milter_client *client);

/* ---- verdict.c ---- */

/* What a frame of the filter means for the step; `lawful` is the set of replies that may come now,
 * `arena` is needed when verdicts are among them. */
enum frame_effect { FRAME_MORE, FRAME_LAST, FRAME_FAILED };
enum frame_effect client_take_frame(struct milter_client *client, const struct packet *packet,
				    struct text frame, uint32_t lawful,
				    struct arena *arena);

/* ---- edits.c ---- */

/* The gathered edits as changes in `arena`; false when the client has failed. */
bool client_decode_edits(struct milter_client *client, struct arena *arena);

/* ---- reply.c ---- */

/* Takes "550-5.7.1 text CR LF 550 5.7.1 more NUL" apart. NULL, or what is wrong. `*full` when the
 * arena's cap was reached. */
const char *reply_code_parse(struct text payload, struct arena *arena, struct milter_reply *reply,
			     bool *full);

#endif
