#include "milter/machine.h"

#define AT(position)   (1u << AT_##position)
#define TIMEOUT(field) offsetof(struct milter_timeouts, field)

#define IN_SESSION                                                                                 \
	(AT(CONNECTED) | AT(MAIL) | AT(RCPT) | AT(DATA) | AT(HEADER) | AT(EOH) | AT(BODY))
#define ANY_TIME (AT(START) | AT(NEGOTIATED) | IN_SESSION | AT(END))

#define COMMON (REPLY_VERDICT | REPLY_DISCARD | REPLY_SKIP | REPLY_SHUTDOWN | REPLY_PROGRESS)

/* A refused HELO ends nothing: the client may say HELO again, and the filter must hear it. Nor does
 * refused DATA: there may be more recipients, and DATA again. */
const struct command_row command_rows[COMMAND_COUNT] = {
	[COMMAND_OPTNEG] = {MILTER_OPTNEG, "the negotiation", 0, 0, 2, -1, TIMEOUT(connect),
			    REPLY_OPTNEG, AT(START), AT_NEGOTIATED, false, false, "", "",
			    "once, at the start"},
	[COMMAND_CONNECT] = {MILTER_CONNECT, "connect", MILTER_NO_CONNECT, MILTER_NR_CONNECT, 2,
			     MACRO_CONNECT, TIMEOUT(command), COMMON, AT(NEGOTIATED), AT_CONNECTED,
			     false, false, "arty", "", "once, after the negotiation"},
	[COMMAND_HELO] = {MILTER_HELO, "HELO", MILTER_NO_HELO, MILTER_NR_HELO, 2, MACRO_HELO,
			  TIMEOUT(command), COMMON, IN_SESSION, AT_CONNECTED, false, false, "a", "",
			  "after connect"},
	[COMMAND_MAIL] = {MILTER_MAIL, "MAIL", MILTER_NO_MAIL, MILTER_NR_MAIL, 2, MACRO_MAIL,
			  TIMEOUT(command), COMMON, IN_SESSION, AT_MAIL, false, true, "", "artdy",
			  "after connect"},
	[COMMAND_RCPT] = {MILTER_RCPT, "RCPT", MILTER_NO_RCPT, MILTER_NR_RCPT, 2, MACRO_RCPT,
			  TIMEOUT(command), COMMON, AT(MAIL) | AT(RCPT) | AT(DATA), AT_RCPT, false,
			  true, "", "ad", "after MAIL and before the content"},
	[COMMAND_DATA] = {MILTER_DATA, "DATA", MILTER_NO_DATA, MILTER_NR_DATA, 4, MACRO_DATA,
			  TIMEOUT(command), COMMON, AT(RCPT) | AT(DATA), AT_DATA, false, true, "", "ad",
			  "after RCPT"},
	[COMMAND_UNKNOWN] = {MILTER_UNKNOWN, "an unknown command", MILTER_NO_UNKNOWN,
			     MILTER_NR_UNKNOWN, 3, -1, TIMEOUT(command), COMMON,
			     AT(CONNECTED) | AT(MAIL) | AT(RCPT) | AT(DATA), AT_SAME, false, true,
			     "", "ad", "after connect and before the content"},
	[COMMAND_HEADER] = {MILTER_HEADER, "a header field", MILTER_NO_HEADERS, MILTER_NR_HEADER, 2,
			    -1, TIMEOUT(content), COMMON, AT(RCPT) | AT(DATA) | AT(HEADER),
			    AT_HEADER, true, true, "", "artdy",
			    "after RCPT or DATA and before the end of the headers"},
	[COMMAND_EOH] = {MILTER_EOH, "the end of the headers", MILTER_NO_EOH, MILTER_NR_EOH, 2,
			 MACRO_EOH, TIMEOUT(content), COMMON, AT(RCPT) | AT(DATA) | AT(HEADER),
			 AT_EOH, true, true, "", "artdy", "once, after RCPT, DATA or the headers"},
	[COMMAND_BODY] = {MILTER_BODY, "the body", MILTER_NO_BODY, MILTER_NR_BODY, 2, -1,
			  TIMEOUT(content), COMMON, AT(EOH) | AT(BODY), AT_BODY, true, true, "",
			  "artdy", "after the end of the headers"},
	[COMMAND_EOM] = {MILTER_EOM, "the end of the message", 0, 0, 2, MACRO_EOM, TIMEOUT(end),
			 COMMON | REPLY_EDIT, AT(EOH) | AT(BODY), AT_CONNECTED, false, true, "", "",
			 "after the end of the headers or the body"},
	[COMMAND_ABORT] = {MILTER_ABORT, "abort", 0, 0, 2, -1, TIMEOUT(command), 0,
			   ANY_TIME & ~AT(END), AT_SAME, false, false, "", "", "before quit"},
	[COMMAND_QUIT] = {MILTER_QUIT, "quit", 0, 0, 2, -1, TIMEOUT(command), 0, ANY_TIME, AT_END,
			  false, false, "", "", "at any time"},
};

static const struct reply_row replies[] = {
	{MILTER_CONTINUE, REPLY_VERDICT, 0, true, "continue"},
	{MILTER_ACCEPT, REPLY_VERDICT, 0, true, "accept"},
	{MILTER_REJECT, REPLY_VERDICT, 0, true, "reject"},
	{MILTER_TEMPFAIL, REPLY_VERDICT, 0, true, "tempfail"},
	{MILTER_REPLYCODE, REPLY_VERDICT, 0, false, "a reply code"},
	{MILTER_DISCARD, REPLY_DISCARD, 0, true, "discard"},
	{MILTER_SKIP, REPLY_SKIP, 0, true, "skip"},
	{MILTER_SHUTDOWN, REPLY_SHUTDOWN, 0, true, "shutdown"},
	{MILTER_PROGRESS, REPLY_PROGRESS, 0, true, "progress"},
	{MILTER_OPTNEG, REPLY_OPTNEG, 0, false, "a negotiation"},
	{MILTER_ADD_HEADER, REPLY_EDIT, MILTER_CAN_ADD_HEADERS, false, "add header"},
	{MILTER_INSERT_HEADER, REPLY_EDIT, MILTER_CAN_ADD_HEADERS, false, "insert header"},
	{MILTER_CHANGE_HEADER, REPLY_EDIT, MILTER_CAN_CHANGE_HEADERS, false, "change header"},
	{MILTER_REPLACE_BODY, REPLY_EDIT, MILTER_CAN_CHANGE_BODY, false, "replace body"},
	{MILTER_ADD_RCPT, REPLY_EDIT, MILTER_CAN_ADD_RCPT, false, "add recipient"},
	{MILTER_ADD_RCPT_PARAMETERS, REPLY_EDIT, MILTER_CAN_ADD_RCPT_PARAMETERS, false,
	 "add recipient with parameters"},
	{MILTER_DELETE_RCPT, REPLY_EDIT, MILTER_CAN_DELETE_RCPT, false, "delete recipient"},
	{MILTER_CHANGE_SENDER, REPLY_EDIT, MILTER_CAN_CHANGE_SENDER, false, "change sender"},
	{MILTER_QUARANTINE, REPLY_EDIT, MILTER_CAN_QUARANTINE, false, "quarantine"},
};

const struct reply_row *reply_row_find(char letter)
{
	for (size_t i = 0; i < sizeof(replies) / sizeof(*replies); i++)
		if (replies[i].letter == letter)
			return &replies[i];
	return NULL;
}

enum command_id command_id_of(const struct command_row *row)
{
	return (enum command_id)(row - command_rows);
}
