/* The milter protocol on the wire: frames both ways, numbers and letters in one place. */
#ifndef MILTER_PACKET_H
#define MILTER_PACKET_H

#include "base/buffer.h"
#include "base/cursor.h"
#include "base/ip.h"

enum milter_command {
	MILTER_OPTNEG = 'O',
	MILTER_MACRO = 'D',
	MILTER_CONNECT = 'C',
	MILTER_HELO = 'H',
	MILTER_MAIL = 'M',
	MILTER_RCPT = 'R',
	MILTER_DATA = 'T',
	MILTER_UNKNOWN = 'U',
	MILTER_HEADER = 'L',
	MILTER_EOH = 'N',
	MILTER_BODY = 'B',
	MILTER_EOM = 'E',
	MILTER_ABORT = 'A',
	MILTER_QUIT = 'Q',
	MILTER_QUIT_NC = 'K',
};

enum milter_reply_letter {
	MILTER_CONTINUE = 'c',
	MILTER_ACCEPT = 'a',
	MILTER_REJECT = 'r',
	MILTER_TEMPFAIL = 't',
	MILTER_DISCARD = 'd',
	MILTER_REPLYCODE = 'y',
	MILTER_SKIP = 's',
	MILTER_SHUTDOWN = '4',
	MILTER_CONN_FAIL = 'f',
	MILTER_PROGRESS = 'p',
	MILTER_ADD_HEADER = 'h',
	MILTER_INSERT_HEADER = 'i',
	MILTER_CHANGE_HEADER = 'm',
	MILTER_REPLACE_BODY = 'b',
	MILTER_ADD_RCPT = '+',
	MILTER_ADD_RCPT_PARAMETERS = '2',
	MILTER_DELETE_RCPT = '-',
	MILTER_CHANGE_SENDER = 'e',
	MILTER_QUARANTINE = 'q',
};

/* Actions, as in the negotiation. */
enum milter_action {
	MILTER_CAN_ADD_HEADERS = 0x001,
	MILTER_CAN_CHANGE_BODY = 0x002,
	MILTER_CAN_ADD_RCPT = 0x004,
	MILTER_CAN_DELETE_RCPT = 0x008,
	MILTER_CAN_CHANGE_HEADERS = 0x010,
	MILTER_CAN_QUARANTINE = 0x020,
	MILTER_CAN_CHANGE_SENDER = 0x040,
	MILTER_CAN_ADD_RCPT_PARAMETERS = 0x080,
	MILTER_CAN_SET_MACROS = 0x100,
	MILTER_ACTIONS_ALL = 0x1ff,
};

/* Protocol bits. */
enum milter_step {
	MILTER_NO_CONNECT = 0x000001,
	MILTER_NO_HELO = 0x000002,
	MILTER_NO_MAIL = 0x000004,
	MILTER_NO_RCPT = 0x000008,
	MILTER_NO_BODY = 0x000010,
	MILTER_NO_HEADERS = 0x000020,
	MILTER_NO_EOH = 0x000040,
	MILTER_NR_HEADER = 0x000080,
	MILTER_NO_UNKNOWN = 0x000100,
	MILTER_NO_DATA = 0x000200,
	MILTER_CAN_SKIP = 0x000400,
	MILTER_REFUSED_RCPT = 0x000800,
	MILTER_NR_CONNECT = 0x001000,
	MILTER_NR_HELO = 0x002000,
	MILTER_NR_MAIL = 0x004000,
	MILTER_NR_RCPT = 0x008000,
	MILTER_NR_DATA = 0x010000,
	MILTER_NR_UNKNOWN = 0x020000,
	MILTER_NR_EOH = 0x040000,
	MILTER_NR_BODY = 0x080000,
	MILTER_HEADER_BLANKS = 0x100000,
	MILTER_STEPS_ALL = 0x1fffff,
};

enum milter_stage { /* of a macro list in the negotiation: not in protocol order */
	MILTER_STAGE_CONNECT = 0,
	MILTER_STAGE_HELO = 1,
	MILTER_STAGE_MAIL = 2,
	MILTER_STAGE_RCPT = 3,
	MILTER_STAGE_DATA = 4,
	MILTER_STAGE_EOM = 5,
	MILTER_STAGE_EOH = 6,
	MILTER_STAGE_COUNT = 7,
};

enum {
	MILTER_VERSION = 6,
	MILTER_PAYLOAD_MAX = 65535,          /* what we send, the letter not counted */
	MILTER_FRAME_CAP = 1024 * 1024 + 1,  /* what we accept, the letter counted */
};

/* One frame, without its length. */
struct packet {
	char letter;
	struct text payload; /* a view of the buffer it was read from */
};

enum packet_result { PACKET_READY, PACKET_INCOMPLETE, PACKET_VIOLATION };
/* Takes the frame at the start of `bytes`; `*size` is what it took. A length of 0 or above `cap` is a
 * violation at once. */
enum packet_result packet_read(struct text bytes, size_t cap, struct packet *packet, size_t *size);
/* Appends a frame; the payload must not be longer than MILTER_PAYLOAD_MAX (asserted). */
void packet_write(struct buffer *out, char letter, struct text payload);
/* The same in pieces: what is appended between the two is the payload. `packet_begin` gives what
 * `packet_end` wants; the same assertion. */
size_t packet_begin(struct buffer *out, char letter);
void packet_end(struct buffer *out, size_t start);

#endif
