test C-15: IPv4
	open
	connect
	continue

test C-15: an IPv4 address mapped into IPv6 goes as IPv4
	open
	do connect "[192.0.2.9]" inet6 ::ffff:192.0.2.9 25
	expect C "[192.0.2.9]\0" "4" u16:25 "192.0.2.9\0"
	continue

test C-15: IPv6 without prefix and brackets
	open
	do connect "v6.example" inet6 2001:db8::1 50000
	expect C "v6.example\0" "6" u16:50000 "2001:db8::1\0"
	continue

test C-15: port 0
	open
	do connect "localhost" inet 127.0.0.1 0
	expect C "localhost\0" "4" u16:0 "127.0.0.1\0"
	continue

test C-15: a UNIX path
	open
	do connect "localhost" unix /run/smtp.sock
	expect C "localhost\0L" u16:0 "/run/smtp.sock\0"
	continue

test C-15: a UNIX client has no port
	open
	do connect "localhost" unix /run/smtp.sock 25
	expect C "localhost\0L" u16:0 "/run/smtp.sock\0"
	continue

test C-15: a path longer than a socket address goes as unknown
	open
	do connect "localhost" unix "a"*108
	expect C "localhost\0U"
	continue

test C-15: a path of 107 bytes
	open
	do connect "localhost" unix "a"*107
	expect C "localhost\0L" u16:0 "a"*107 "\0"
	continue

test C-15: unknown family without port and address
	open
	do connect "[unknown]" unknown
	expect C "[unknown]\0U"
	continue

test C-15: a client without an address
	open
	do connect "h" inet
	expect C "h\0U"
	continue

test C-16: null sender and parameters, one NUL per item
	connected
	do mail "<>" "SIZE=200" "BODY=8BITMIME" "SMTPUTF8" "AUTH=<>" "RET=HDRS"
	expect M "<>\0SIZE=200\0BODY=8BITMIME\0SMTPUTF8\0AUTH=<>\0RET=HDRS\0"
	continue
	do rcpt "<b@example.net>"
	expect R "<b@example.net>\0"
	continue
	do rcpt "<\"b c\"@example.net>" "NOTIFY=NEVER"
	expect R "<\"b c\"@example.net>\0NOTIFY=NEVER\0"
	continue
	do rcpt "bare@example.net" "A=1" "B=2" "C=3" "D=4" "E=5"
	expect R "bare@example.net\0A=1\0B=2\0C=3\0D=4\0E=5\0"
	continue

test C-17: NUL, CR and LF are refused, and the connection stays good
	open
	refused connect "a\0b" unknown
	refused connect "a\r" unknown
	refused connect "h" unix "/a\nb"
	connect
	continue
	refused helo "a\0b"
	refused helo "a\r\nMAIL"
	refused mail "<a\0@x>"
	refused mail "<a@x>\nRCPT"
	refused mail "<a@x>" "SIZE=1\r"
	quiet
	mail
	continue
	refused rcpt "<a\r@x>"
	refused rcpt "<a@x>" "ok" "not\0ok"
	refused unknown "X\nY"
	rcpt
	continue

test C-17: what is longer than a packet is refused
	connected
	refused mail "a"*65535
	refused mail "<a>" "b"*65600
	do mail "a"*65534
	expect M "a"*65534 "\0"
	continue

test C-17: macros with NUL or without a name are refused
	connected
	macros-refused mail "a\0b" "v"
	macros-refused mail "a" "v\0w"
	macros-refused mail "" "v"
	macros-refused mail "a" "v"*65600
	mail
	continue

test C-58: macros are complete pairs, and are sent once
	connected
	macros mail "i" "Q1" "{auth_type}" "" "{mail_addr}" "a@example.org"
	do mail "<a@example.org>"
	expect D "Mi\0Q1\0{auth_type}\0\0{mail_addr}\0a@example.org\0"
	expect M "<a@example.org>\0"
	continue
	macros rcpt "{rcpt_addr}" "b@example.net"
	do rcpt "<b@example.net>"
	expect D "R{rcpt_addr}\0b@example.net\0"
	expect R "<b@example.net>\0"
	continue
	do rcpt "<c@example.net>"
	expect R "<c@example.net>\0"
	continue

test C-58: an empty list is not sent
	connected
	macros mail
	mail
	continue

test C-58: macros that were not used do not reach the next message
	connected
	mail
	continue
	macros rcpt "i" "first"
	macros data "i" "first"
	do abort
	expect A
	do mail "<c@example.org>"
	expect M "<c@example.org>\0"
	continue
	do rcpt "<d@example.net>"
	expect R "<d@example.net>\0"
	continue
	data
	continue

test C-59: a recipient that is rejected leaves the others
	connected
	mail
	continue
	do rcpt "<no@example.net>"
	expect R "<no@example.net>\0"
	send y "550 5.7.1 not here\0"
	reply y 550 5.7.1 "not here"
	wants R yes
	do rcpt "<later@example.net>"
	expect R "<later@example.net>\0"
	send t
	reply t
	rcpt
	continue
	content
	eom
	send a
	reply a

test C-60: ACCEPT at RCPT ends the message for the filter
	connected
	mail
	continue
	rcpt
	send a
	reply a
	wants R no
	wants L no
	wants M yes
	do rcpt "<c@example.net>"
	reply c
	do unknown "X"
	reply c
	do data
	reply c
	do header "Subject" " x"
	reply c
	do eoh
	reply c
	do body "x"
	reply c
	do eom
	reply c
	quiet
	wants M yes
	do mail "<c@example.org>"
	expect M "<c@example.org>\0"
	continue
	do rcpt "<d@example.net>"
	expect R "<d@example.net>\0"
	continue

test C-61: ACCEPT at CONNECT ends the session for the filter
	open
	connect
	send a
	reply a
	wants H no
	do helo "x"
	reply c
	do mail "<a@example.org>"
	reply c
	do rcpt "<b@example.net>"
	reply c
	do data
	reply c
	do header "Subject" " x"
	reply c
	do eoh
	reply c
	do body "x"
	reply c
	do eom
	reply c
	do abort
	reply c
	quiet
	bye

test C-61: ACCEPT at HELO as well
	connected
	do helo "x"
	expect H "x\0"
	send a
	reply a
	do helo "y"
	reply c
	do mail "<a@example.org>"
	reply c
	quiet

test C-61: REJECT at CONNECT too
	open
	connect
	send r
	reply r
	do mail "<a@example.org>"
	reply c
	quiet

test C-61: REJECT at HELO ends nothing
	connected
	do helo "bad"
	expect H "bad\0"
	send y "550 5.7.1 who are you\0"
	reply y 550 5.7.1 "who are you"
	do helo "good"
	expect H "good\0"
	continue
	mail
	continue

test C-62: DISCARD at MAIL
	connected
	mail
	send d
	reply d
	do rcpt "<b@example.net>"
	reply c
	quiet
	mail
	continue

test C-62: DISCARD at RCPT
	connected
	mail
	continue
	rcpt
	send d
	reply d
	do data
	reply c
	quiet

test C-62: DISCARD at a header field, the body, the end
	connected
	enveloped
	header
	send d
	reply d
	do eoh
	reply c
	do eom
	reply c
	quiet
	enveloped
	eoh
	continue
	body
	send d
	reply d
	do body "more"
	reply c
	do eom
	reply c
	quiet
	enveloped
	eoh
	continue
	eom
	send d
	reply d
	enveloped

test C-62: before MAIL there is nothing to discard
	open
	connect
	send d
	reply c
	do helo "x"
	expect H "x\0"
	send d
	reply c
	mail
	continue

test C-63: without an accepted recipient the message is aborted, never ended
	connected
	mail
	continue
	rcpt
	send r
	reply r
	refused data
	refused header "Subject" " x"
	refused eoh
	refused eom
	refused body "x"
	quiet
	do abort
	expect A
	mail
	continue

test C-63: recipients of the last message do not count
	connected
	enveloped
	do abort
	expect A
	mail
	continue
	rcpt
	send r
	reply r
	refused data

test C-64: a thousand recipients
	connected
	mail
	continue
	repeat 1000
		macros rcpt "{rcpt_addr}" "b@example.net"
		do rcpt "<b@example.net>" "NOTIFY=NEVER"
		expect D "R{rcpt_addr}\0b@example.net\0"
		expect R "<b@example.net>\0NOTIFY=NEVER\0"
		continue
	end
	data
	continue

test C-57: ABORT after MAIL, RCPT and in the body; no answer is awaited
	connected
	mail
	continue
	do abort
	expect A
	quiet
	do abort
	quiet
	enveloped
	do abort
	expect A
	enveloped
	content
	do abort
	expect A
	enveloped
	content
	eom
	continue

test C-57: after ABORT the next is MAIL, with macros of its own
	connected
	mail
	continue
	macros mail "i" "old"
	do abort
	expect A
	refused rcpt "<b@example.net>"
	mail
	continue

test C-57: a new MAIL or HELO ends what was open
	connected
	mail
	continue
	do mail "<c@example.org>"
	expect A
	expect M "<c@example.org>\0"
	continue
	do helo "again"
	expect A
	expect H "again\0"
	continue
	do helo "and again"
	expect H "and again\0"
	continue
	enveloped

test C-57: ABORT before anything else is nothing
	do abort
	reply c
	open
	do abort
	reply c
	quiet
	connect
	continue

test C-65: a second SMTP session is never begun on the connection
	connected
	refused connect "client.example" unknown
	refused negotiate
	quiet
	bye
	refused connect "h" unknown
	refused mail "<a>"
	refused abort
	do quit
	reply c

test C-02: order is kept
	open
	refused helo "x"
	refused mail "<a>"
	refused eom
	connect
	continue
	refused rcpt "<b>"
	refused data
	refused header "A" "b"
	refused body "x"
	refused eom
	mail
	continue
	refused data
	rcpt
	continue
	refused body "x"
	header
	continue
	refused rcpt "<c>"
	refused data
	refused eom
	refused unknown "X"
	eoh
	continue
	refused header "A" "b"
	refused eoh
	body
	continue
	refused eoh
	eom
	continue

test C-02: no step before the answer to the last one
	connected
	mail
	refused rcpt "<b>"
	refused abort
	continue
	rcpt
	continue

test C-03: between RCPT and the headers no unknown command reaches a filter that waived DATA
	offered
	send O u32:6 u32:0x1ff u32:0x200
	reply c
	connect
	continue
	do unknown "X"
	expect U "X\0"
	continue
	mail
	continue
	do unknown "Y"
	expect U "Y\0"
	continue
	rcpt
	continue
	wants U no
	do unknown "Z"
	reply c
	do data
	reply c
	header
	continue
