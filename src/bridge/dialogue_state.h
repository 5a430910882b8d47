/* What the parts of the line protocol share. Not for others. */
#ifndef BRIDGE_DIALOGUE_STATE_H
#define BRIDGE_DIALOGUE_STATE_H

#include "base/arena.h"
#include "bridge/dialogue.h"
#include "bridge/letter.h"

/* What is said once and holds until it is said again. */
enum fact_id {
	FACT_FROM,
	FACT_EHLO,
	FACT_CNIP,
	FACT_CNPO,
	FACT_CNHO,
	FACT_CNUX,
	FACT_AUTH,
	FACT_TLSV,
	FACT_QUID,
	FACT_MACROS, /* and of the later stages */
	FACT_COUNT = FACT_MACROS + AFSL_END_OF_MESSAGE,
};

struct fact {
	struct buffer value;
	bool said;
	unsigned message; /* the number of the message in which it was said */
};

/* What is done in its order when work starts. */
enum order_id { ORDER_RCPT, ORDER_MACROS, ORDER_DATA, ORDER_UNKNOWN };
struct order {
	enum order_id id;
	struct text value;
	struct order *next;
};

/* What work goes on for, and so what is answered at its end. */
enum goal {
	GOAL_NONE,
	GOAL_STEP,
	GOAL_WANT,
	GOAL_PIECE, /* of the content: nothing is answered */
	GOAL_END,   /* of the message */
	GOAL_RESET, /* the message is given up; nothing is answered */
	GOAL_LEAVE, /* the session ends */
};

enum source { SOURCE_NONE, SOURCE_PIECES, SOURCE_BYTES, SOURCE_FILE };

enum counted { COUNTED_FIELD, COUNTED_BODY, COUNTED_MESSAGE };

struct message_state {
	bool begun;   /* FROM was said */
	bool open;    /* the session has heard of it */
	bool decided; /* `decision` is its answer */
	bool data_done, header_done, end_done;
	size_t rcpt_count, accepted_count, refused_count;
	enum source source;
};

struct dialogue {
	struct dialogue_host host;
	struct afsl_session *session;
	bool negotiated, connected;
	bool client_is_other; /* CN.. was said again: the next event begins a new session */
	bool helo_due, mail_due;
	bool esmtp;
	struct fact facts[FACT_COUNT];
	unsigned message_number;
	struct message_state message;
	struct arena arena; /* of the message */
	struct order *orders, *last_order;
	struct buffer fault; /* what is wrong with what was said; empty: nothing */
	struct buffer last, decision, refusal, refused; /* lines */
	bool has_changes; /* those of the last message can be asked for */
	/* the work */
	enum goal goal;
	bool waiting;
	enum afsl_event event; /* that waits */
	struct text recipient; /* at hand */
	/* the content */
	bool counting;
	enum counted counted;
	uint64_t counted_left;
	struct buffer field, chunk;
	bool field_due, body_due;
	struct text piece;
	struct letter letter;
	int file;
	bool over;
};

/* ---- facts.c ---- */

void facts_init(struct dialogue *dialogue);
void facts_free(struct dialogue *dialogue);
void fact_say(struct dialogue *dialogue, enum fact_id id, struct text value);
struct text fact_value(const struct dialogue *dialogue, enum fact_id id);
/* Another client: what earlier messages said of theirs is forgotten. */
void facts_forget_client(struct dialogue *dialogue);
/* The message is over: what belongs to it is forgotten. */
void facts_forget_message(struct dialogue *dialogue);
/* Gives the session the macros of a stage. False with the fault told. */
bool facts_give_macros(struct dialogue *dialogue, enum afsl_event stage);
/* The connection as the engine wants it. */
struct client_facts {
	struct afsl_client client;
	struct sockaddr_storage address;
};
bool facts_client(struct dialogue *dialogue, struct client_facts *facts);

/* ---- work.c ---- */

/* Goes on until the goal is reached or an event waits. */
void work(struct dialogue *dialogue, enum goal goal);
void work_resume(struct dialogue *dialogue);

/* ---- dialogue.c ---- */

/* The first fault of a message is kept; its value is data. */
void dialogue_fault(struct dialogue *dialogue, const char *what, struct text value);
/* All of the message at hand goes, and the next one may begin. */
void dialogue_end_message(struct dialogue *dialogue);
struct buffer *dialogue_out(const struct dialogue *dialogue);

/* ---- verbs.c ---- */

/* False: this is no line of the protocol. */
bool verb_obey(struct dialogue *dialogue, struct text line);

#endif
