#include "peer.h"

#include "base/wait.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

TestSuite(milter, .timeout = 300);

/* ---- filters ---- */

static void frame_send(int fd, char letter, const char *payload, size_t length)
{
	unsigned char frame[300] = { 0, 0, (unsigned char)((length + 1) >> 8),
				     (unsigned char)(length + 1), (unsigned char)letter };

	memcpy(frame + 5, payload, length);
	if (write(fd, frame, length + 5) != (ssize_t)length + 5)
		_exit(1);
}
#define SEND(fd, letter, literal) frame_send(fd, letter, literal, sizeof(literal) - 1)

static bool read_whole(int fd, unsigned char *bytes, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t got = read(fd, bytes + done, length - done);

		if (got <= 0)
			return false;
		done += (size_t)got;
	}
	return true;
}

/* The next command's letter, its payload in `payload`; 0 at the end. */
static char command_read(int fd, unsigned char payload[70000])
{
	unsigned char head[5];
	size_t length;

	if (!read_whole(fd, head, 5))
		return 0;
	length = ((size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3]) - 1;
	if (length >= 70000 || !read_whole(fd, payload, length))
		return 0;
	payload[length] = 0;
	return (char)head[4];
}

static void edits_send(int fd)
{
	SEND(fd, 'h', "X-A\0 1\0");
	SEND(fd, 'i', "\0\0\0\1X-I\0 2\0");
	SEND(fd, 'm', "\0\0\0\1Subject\0\0");
	SEND(fd, 'p', "");
	SEND(fd, '2', "<n@example.org>\0NOTIFY=NEVER\0");
	SEND(fd, '-', "<b@example.org>\0");
	SEND(fd, 'e', "<s@example.org>\0");
	SEND(fd, 'q', "why\0");
	SEND(fd, 'b', "new\r\n");
	SEND(fd, 'b', "body\r\n");
	SEND(fd, 'a', "");
}

/* Wants blanks, refused recipients and two macro lists, no unknown commands. What the sender's or
 * the recipient's address says is the answer to it; the end brings every kind of edit. */
static void answer(int fd, char letter, const char *payload)
{
	if (letter == 'O')
		SEND(fd, 'O', "\0\0\0\6\0\0\1\xff\0\x10\x0d\0\0\0\0\0j _\0\0\0\0\5i\0");
	else if (strstr(payload, "reject"))
		SEND(fd, 'y', "550 5.7.1 not 100%%\0");
	else if (strstr(payload, "unable"))
		SEND(fd, 'y', "500 unable\0");
	else if (strstr(payload, "later"))
		SEND(fd, 'y', "450-4.7.1 a\r\n450 4.7.1 b\0");
	else if (strstr(payload, "plain"))
		SEND(fd, 'r', "");
	else if (strstr(payload, "temp"))
		SEND(fd, 't', "");
	else if (strstr(payload, "drop"))
		SEND(fd, 'd', "");
	else if (strstr(payload, "down"))
		SEND(fd, '4', "");
	else if (strstr(payload, "garbage"))
		SEND(fd, 'Z', "");
	else if (letter == 'E')
		edits_send(fd);
	else if (!strchr("DAQ", letter))
		SEND(fd, letter == 'B' ? 's' : 'c', "");
}

static void filter(int fd)
{
	static unsigned char payload[70000];
	char letter;

	while ((letter = command_read(fd, payload)) != 0)
		answer(fd, letter, (const char *)payload);
}

/* Checks what it hears, too. */
static void strict_filter(int fd)
{
	static const char heard[] = "O DC C DH H DM M DR R T L N B DE E M A Q ";
	static unsigned char payload[70000];
	char words[200] = "", letter;
	size_t length = 0;

	while ((letter = command_read(fd, payload)) != 0) {
		words[length++] = letter;
		if (letter == 'D')
			words[length++] = (char)payload[0];
		words[length++] = ' ';
		if (letter == 'C' && memcmp(payload, "h\0004\0\031192.0.2.1", 14) != 0)
			_exit(2);
		if (letter == 'D' && payload[0] == 'C' && memcmp(payload, "Cj\0mta\0", 8) != 0)
			_exit(3);
		if (letter == 'M' && memcmp(payload, "<a@x>\0SIZE=1\0X=2\0", 18) != 0)
			_exit(4);
		if (letter == 'L' && memcmp(payload, "Subject\0 hi\0", 12) != 0)
			_exit(5);
		if (letter == 'B' && memcmp(payload, "text\r\n", 6) != 0)
			_exit(6);
		answer(fd, letter, (const char *)payload);
	}
	if (strcmp(words, heard) != 0)
		_exit(7);
}

static void silent_filter(int fd)
{
	static unsigned char payload[70000];

	if (command_read(fd, payload) == 'O')
		answer(fd, 'O', "");
	while (command_read(fd, payload) != 0)
		;
}

static void closing_filter(int fd)
{
	static unsigned char payload[70000];

	command_read(fd, payload);
}

/* Hears the offer although no answer is waited for. */
static void offered_filter(int fd)
{
	static unsigned char payload[70000];

	if (command_read(fd, payload) != 'O')
		_exit(1);
}

static void talkative(int fd)
{
	if (write(fd, "220 hello\r\n", 11) < 0)
		_exit(1);
	usleep(300 * 1000);
}

/* ---- what scripts see ---- */

#define OPEN                                                                                       \
	"var m = milter.open(socket.connect(\"$\"), command: 5s, content: 5s, end: 5s);"           \
	"m.negotiate(); m.reply();"
#define CONNECT OPEN "m.connect(\"h\", ip(\"192.0.2.1\"), 25); m.reply();"
#define MAIL	CONNECT "m.mail(\"<a@x>\", [\"SIZE=1\", \"X=2\"]); m.reply();"
#define RCPT	MAIL "m.rcpt(\"<b@x>\", []); m.reply();"
#define CONTENT                                                                                    \
	RCPT "m.data(); m.reply(); m.header(\"Subject\", \" hi\"); m.reply();"                     \
	     "m.endOfHeaders(); m.reply();"

Test(milter, a_whole_session)
{
	peer_holds(strict_filter,
		   "var m = milter.open(socket.connect(\"$\"));"
		   "m.negotiate(); if (m.reply().kind != \"continue\") { return false; }"
		   "m.macros(\"connect\", [\"j\": \"mta\", \"v\": \"x\"]);"
		   "m.connect(\"h\", ip(\"192.0.2.1\"), 25); m.reply();"
		   "m.macros(\"helo\", [\"{tls_version}\": \"1.3\"]); m.helo(\"h\"); m.reply();"
		   "m.macros(\"mail\", [\"i\": \"Q\"]); m.mail(\"<a@x>\", [\"SIZE=1\", \"X=2\"]); "
		   "m.reply();"
		   "m.macros(\"rcpt\", [\"{rcpt_addr}\": \"b\"]); m.rcpt(\"<b@x>\", []); m.reply();"
		   "m.unknown(\"XYZ\"); m.reply(); m.data(); m.reply();"
		   "m.header(\"Subject\", \" hi\"); m.reply(); m.endOfHeaders(); m.reply();"
		   "m.body(\"text\\r\\n\"); if (m.reply().kind != \"skip\") { return false; }"
		   "m.body(\"more\"); if (m.reply().kind != \"continue\") { return false; }"
		   "m.macros(\"eom\", [\"i\": \"Q\", \"j\": \"no\"]); m.endOfMessage();"
		   "var r = m.reply(); if (r.kind != \"accept\") { return false; }"
		   "m.mail(\"<a@x>\", [\"SIZE=1\", \"X=2\"]); m.reply(); m.abort(); m.quit(); "
		   "m.quit();"
		   "return r.changes.length() == 8;");
}

Test(milter, what_was_negotiated)
{
	peer_holds(filter,
		   OPEN "var o = m.options();"
			"return o.version == 6 and o.actions == 511 and o.steps == 0x100d00"
			" and o.macros.length() == 2 and o.macros[\"connect\"] == \"j _\""
			" and o.macros[\"eom\"] == \"i\" and m.wants(\"header\")"
			" and not m.wants(\"unknown\") and m.wants(\"refusedRcpt\")"
			" and m.wants(\"connect\") and m.wants(\"helo\") and m.wants(\"mail\")"
			" and m.wants(\"rcpt\") and m.wants(\"data\") and m.wants(\"endOfHeaders\")"
			" and m.wants(\"body\") and m.wants(\"endOfMessage\");");
}

Test(milter, kinds_of_answers)
{
	static const char *const bodies[] = {
		"m.mail(\"<reject@x>\", []); var r = m.reply(); return r.kind == \"reject\" and "
		"r.code "
		"== 550 and r.status == \"5.7.1\" and r.text == \"not 100%\";",
		"m.mail(\"<later@x>\", []); var r = m.reply(); return r.kind == \"tempfail\" and "
		"r.code "
		"== 450 and r.status == \"4.7.1\" and r.text == \"a\\nb\";",
		"m.mail(\"<unable@x>\", []); return m.reply().kind == \"reject\";",
		"m.mail(\"<plain@x>\", []); var r = m.reply(); return r.kind == \"reject\" and "
		"r.code "
		"== 0 and r.text == \"\";",
		"m.mail(\"<temp@x>\", []); var r = m.reply(); return r.kind == \"tempfail\" and "
		"r.code "
		"== 0;",
		"m.mail(\"<drop@x>\", []); var r = m.reply(); return r.kind == \"discard\""
		" and not m.wants(\"rcpt\") and m.wants(\"mail\");",
		"m.mail(\"<down@x>\", []); var r = m.reply(); return r.kind == \"shutdown\" and "
		"not "
		"m.wants(\"mail\");",
	};

	for (unsigned i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		char body[2000];

		snprintf(body, sizeof(body), CONNECT "%s", bodies[i]);
		peer_holds(filter, body);
	}
}

Test(milter, every_kind_of_change)
{
	peer_holds(
		filter, CONTENT
		"m.endOfMessage(); var r = m.reply(); var all = \"\";"
		"for (c in r.changes) { all = all + c.kind + \"|\" + text(c.index) + \"|\" + c.name"
		" + \"|\" + c.value + \"|\" + text(c.blanks) + \";\"; }"
		"return all == \"addHeader|0|X-A| 1|yes;insertHeader|1|X-I| 2|yes;"
		"changeHeader|1|Subject||yes;addRcpt|0|<n@example.org>|NOTIFY=NEVER|no;"
		"discardRcpt|0|<b@example.org>||no;changeSender|0|<s@example.org>||no;"
		"quarantine|0||why|no;replaceBody|0||new\\r\\nbody\\r\\n|no;\""
		";");
}

Test(milter, commands_leave_at_once)
{
	peer_holds(offered_filter,
		   "var m = milter.open(socket.connect(\"$\")); m.negotiate(); return true;");
}

Test(milter, an_answer_is_read_once)
{
	peer_raises(filter, "argument", CONNECT "m.reply(); return true;");
	peer_raises(filter, "argument",
		    "var m = milter.open(socket.connect(\"$\")); m.reply(); return true;");
	peer_raises(filter, "argument",
		    CONNECT "m.mail(\"<a>\", []); m.rcpt(\"<b>\", []); return true;");
}

Test(milter, failures_by_kind)
{
	peer_raises(filter, "protocol",
		    CONNECT "m.mail(\"<garbage>\", []); m.reply(); return true;");
	peer_raises(silent_filter, "timeout",
		    "var m = milter.open(socket.connect(\"$\"), command: 300ms); m.negotiate(); "
		    "m.reply();"
		    "m.connectUnknown(\"h\"); m.reply(); return true;");
	peer_raises(closing_filter, "closed", OPEN "return true;");
	peer_raises(talkative, "protocol", OPEN "return true;");
	peer_raises(filter, "argument", CONNECT "m.helo(\"a\\r\\nb\"); return true;");
	peer_raises(filter, "argument", CONNECT "m.endOfMessage(); return true;");
	peer_raises(filter, "argument",
		    OPEN "m.connect(\"h\", ip(\"192.0.2.1\"), 65536); return true;");
	peer_raises(filter, "argument",
		    OPEN "m.connect(\"h\", ip(\"192.0.2.1\"), -1); return true;");
	peer_raises(filter, "argument", OPEN "m.macros(\"never\", [\"a\": \"b\"]); return true;");
	peer_raises(filter, "argument", OPEN "m.macros(\"mail\", [\"\": \"b\"]); return true;");
	peer_raises(filter, "argument", OPEN "return m.wants(\"never\");");
	peer_raises(filter, "argument",
		    "var m = milter.open(socket.connect(\"$\"), end: 0s); return true;");
}

Test(milter, a_failure_stays)
{
	peer_holds(filter,
		   CONNECT "var kinds = \"\"; m.mail(\"<garbage>\", []);"
			   "try { m.reply(); } catch (e) { kinds = kinds + e.kind; }"
			   "try { m.rcpt(\"<b>\", []); } catch (e) { kinds = kinds + e.kind; }"
			   "m.quit(); try { m.helo(\"x\"); } catch (e) { kinds = kinds + e.kind; }"
			   "return kinds == \"protocolprotocolclosed\";");
}

Test(milter, closed_is_closed)
{
	peer_holds(filter, CONNECT "m.close(); m.close(); m.quit();"
				   "try { m.abort(); } catch (e) { return e.kind == \"closed\"; }"
				   "return false;");
	peer_raises(filter, "closed",
		    "var s = socket.connect(\"$\"); var m = milter.open(s); s.write(\"x\"); return "
		    "true;");
	peer_raises(
		filter, "closed",
		"var s = socket.connect(\"$\"); s.close(); var m = milter.open(s); return true;");
	peer_raises(closing_filter, "closed",
		    "var s = socket.connect(\"$\"); s.write(\"12345\"); s.readAll();"
		    "var m = milter.open(s); return true;");
	peer_raises(talkative, "protocol",
		    "var s = socket.connect(\"$\"); s.readSome(1); var m = milter.open(s); return "
		    "true;");
}

Test(milter, other_ways_of_connecting)
{
	peer_holds(filter,
		   OPEN "m.connectUnix(\"localhost\", \"/run/s\"); return m.reply().kind == "
			"\"continue\";");
	peer_holds(filter, OPEN "m.connectUnknown(\"h\"); return m.reply().kind == \"continue\";");
}

/* ---- handing changes on ---- */

Test(milter, changes_are_applied_as_the_filter_made_them)
{
	struct world world;
	struct peer peer;
	const struct mail_message *message;

	peer_start(&peer, filter);
	peer_world(&world, &peer,
		   "event onDataReceived { " CONTENT
		   "m.endOfMessage(); milter.apply(m.reply()); m.quit(); }");
	world_begin_message(&world);
	message = world.mail->message;
	world_add_header(&world, "Subject", " hi");
	{
		enum vm_status status = world_raise(&world, EVENT_onDataReceived);

		while (status == VM_WAITING) {
			wait_poll(vm_wait(world.vm));
			status = vm_run(world.vm);
		}
		cr_assert_eq(status, VM_DONE, "%.*s", TEXT_PRINTF(vm_failure(world.vm)->message));
	}
	cr_assert_eq(message->changes.count, 8);
	for (unsigned i = 0; i < 8; i++)
		cr_expect(message->changes.items[i].foreign);
	cr_expect(message->changes.items[0].blanks);
	cr_expect_eq(message->changes.items[1].index, 1);
	cr_expect_eq(message->changes.items[7].kind, CHANGE_REPLACE_BODY);
	cr_expect(message->body_replaced);
	cr_expect(text_equals(message->changes.items[7].value, TEXT("new\r\nbody\r\n")));
	cr_expect(text_equals(message->new_sender, TEXT("<s@example.org>")));
	world_close(&world);
	peer_end(&peer);
}

static void apply_raises(const char *change)
{
	struct world world;
	char source[600];

	snprintf(source, sizeof(source),
		 "event onDataReceived { milter.apply(milter.Reply(kind: \"accept\", code: 0,"
		 " status: \"\", text: \"\", changes: [milter.Change(%s)])); }",
		 change);
	world_open(&world, source);
	world_begin_message(&world);
	cr_expect_eq(world_raise(&world, EVENT_onDataReceived), VM_FAILED, "%s", change);
	cr_expect(text_equals_string(vm_failure(world.vm)->kind, "argument"));
	cr_expect_eq(world.mail->message->changes.count, 0);
	world_close(&world);
}

Test(milter, made_up_changes_are_checked)
{
	apply_raises("kind: \"never\", index: 0, name: \"X\", value: \"v\", blanks: false");
	apply_raises("kind: \"addHeader\", index: -1, name: \"X\", value: \"v\", blanks: false");
	apply_raises("kind: \"addHeader\", index: 0, name: \"X\\nY\", value: \"v\", blanks: false");
	apply_raises("kind: \"addRcpt\", index: 0, name: \"a\\nb\", value: \"\", blanks: false");
}

Test(milter, a_body_in_two_pieces_is_one)
{
	const struct mail_message *message;
	struct world world;

	world_open(&world,
		   "function piece(value: text) -> milter.Change { return milter.Change(kind: "
		   "\"replaceBody\", index: 0, name: \"\", value: value, blanks: false); }"
		   "event onDataReceived { milter.apply(milter.Reply(kind: \"accept\", code: 0,"
		   " status: \"\", text: \"\", changes: [piece(\"one\"), piece(\"two\")])); }");
	world_begin_message(&world);
	message = world.mail->message;
	cr_assert_eq(world_raise(&world, EVENT_onDataReceived), VM_DONE);
	cr_assert_eq(message->changes.count, 2);
	cr_expect_not(message->changes.items[0].more);
	cr_expect(message->changes.items[1].more);
	world_close(&world);
}
