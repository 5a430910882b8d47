test C-18: one space after the colon is eaten, a TAB never, folds are LF
	connected
	enveloped
	do header "Subject" " two"
	expect L "Subject\0two\0"
	continue
	do header "Subject" "  two"
	expect L "Subject\0 two\0"
	continue
	do header "X-Tab" "\ttabbed"
	expect L "X-Tab\0\ttabbed\0"
	continue
	do header "X-None" "none"
	expect L "X-None\0none\0"
	continue
	do header "X-Fold" " one\r\n two\n\tthree\r\n\r\n four"
	expect L "X-Fold\0one\n two\n\tthree\n\n four\0"
	continue
	do header "X-CR" " a\rb\r"
	expect L "X-CR\0a\rb\r\0"
	continue
	do header "x-CASE" " Kept"
	expect L "x-CASE\0Kept\0"
	continue

test C-18: with leading blanks negotiated every byte goes
	open-blanks
	connect
	continue
	enveloped
	do header "Subject" " two"
	expect L "Subject\0 two\0"
	continue
	do header "Subject" "  two"
	expect L "Subject\0  two\0"
	continue
	do header "X-Tab" "\ttabbed"
	expect L "X-Tab\0\ttabbed\0"
	continue
	do header "X-None" ""
	expect L "X-None\0\0"
	continue

test C-19: a field longer than a packet is cut, as Postfix cuts it
	connected
	enveloped
	do header "Name" "v"*70000
	expect L "Name\0" "v"*65529 "\0"
	continue
	do header "Name" "v"*65529
	expect L "Name\0" "v"*65529 "\0"
	continue
	refused header "n"*60001 "v"
	do header "n"*60000 "v"*10000
	expect L "n"*60000 "\0" "v"*5533 "\0"
	continue

test C-20: a field without a name is not sent
	connected
	enveloped
	do header "" " value"
	reply c
	do header "\0name" " value"
	reply c
	quiet
	header
	continue

test C-21: what follows a NUL is not sent
	connected
	enveloped
	do header "Na\0me" " va\0lue"
	expect L "Na\0va\0"
	continue
	do header "Name" " \0"
	expect L "Name\0\0"
	continue

test C-21: a name with CR or LF is refused
	connected
	enveloped
	refused header "A\nB" " v"
	refused header "A\r" " v"
	quiet

test C-22: an empty value
	connected
	enveloped
	do header "X-Empty" ""
	expect L "X-Empty\0\0"
	continue
	do header "X-Blank" " "
	expect L "X-Blank\0\0"
	continue

test C-23: 8-bit bytes pass
	connected
	enveloped
	do header "X-8" " \xe4\xf6\xff\x80"
	expect L "X-8\0\xe4\xf6\xff\x80\0"
	continue
	eoh
	continue
	do body "\xff\xfe\x00\x80\x01\x7f\x0b"
	expect B "\xff\xfe\x00\x80\x01\x7f\x0b"
	continue

test C-24 C-27: an empty body is no packet, and the end has no payload
	connected
	enveloped
	eoh
	continue
	do body ""
	reply c
	quiet
	eom
	continue

test C-25: 65535 bytes are one packet
	connected
	enveloped
	eoh
	continue
	do body "b"*65535
	expect B "b"*65535
	continue
	eom
	continue

test C-25: 65536 bytes are two, and the second waits for the answer to the first
	connected
	enveloped
	eoh
	continue
	do body "0123456\n"*8192
	expect B "0123456\n"*8191 "0123456"
	quiet
	send c
	expect B "\n"
	waits
	continue
	eom
	continue

test C-25: a large body, byte for byte
	connected
	enveloped
	eoh
	continue
	do body "0123456789"*20000
	expect B "0123456789"*6553 "01234"
	send c
	expect B "56789" "0123456789"*6553
	send c
	expect B "0123456789"*6553 "01234"
	send c
	expect B "56789" "0123456789"*339
	continue

test C-26: line ends are those of the caller, nothing is doubled
	connected
	enveloped
	eoh
	continue
	do body "a\r\nb\r"
	expect B "a\r\nb\r"
	continue
	do body "\nc\nd"
	expect B "\nc\nd"
	continue

test C-40: SKIP to the body ends the body alone
	open-blanks
	connect
	continue
	enveloped
	eoh
	continue
	do body "x"*200000
	expect B "x"*65535
	send s
	reply s
	wants B no
	wants E yes
	do body "more"
	reply c
	quiet
	eom
	continue
	wants B yes

test C-40: SKIP to a header field, not negotiated, is honoured
	connected
	enveloped
	header
	send s
	reply s
	do header "To" " x"
	reply c
	quiet
	eoh
	continue
	body
	continue
	eom
	continue
	enveloped
	header
	continue

test C-40: SKIP at RCPT spares the other recipients
	connected
	mail
	continue
	rcpt
	send s
	reply s
	do rcpt "<c@example.net>"
	reply c
	quiet
	data
	continue

test C-40: SKIP to the only recipient is no refusal
	connected
	mail
	continue
	rcpt
	send s
	reply s
	data
	continue

test C-40: SKIP to the end of the message is no more than CONTINUE
	message
	send h "X-A\0v\0"
	send s
	reply c
	changes 1

test C-10: the header of a message leaves in one run
	open-silent
	do connect "h" unknown
	reply c
	do mail "<a>"
	reply c
	do rcpt "<b>"
	reply c
	expect C "h\0U"
	expect M "<a>\0"
	expect R "<b>\0"
	repeat 43
		do header "X-Long" " some value of a usual length, and a little more"
		reply c
	end
	quiet
	do eoh
	reply c
	quiet
	do body "text"
	reply c
	quiet
	do eom
	repeat 43
		expect L "X-Long\0some value of a usual length, and a little more\0"
	end
	expect N
	expect B "text"
	expect E
	send c
	reply c

test C-10: more than a run may hold leaves earlier
	open-silent
	do connect "h" unknown
	reply c
	do mail "<a>"
	reply c
	do rcpt "<b>"
	reply c
	expect C "h\0U"
	expect M "<a>\0"
	expect R "<b>\0"
	do eoh
	reply c
	do body "0123456789"*30000
	settle
	do eom
	expect N
	collect B 300000
	expect E
	send c
	reply c

test C-68: a slow reader of a large body, and signs of progress meanwhile
	small
	times content 5000
	open-silent
	do connect "h" unknown
	reply c
	do mail "<a>"
	reply c
	do rcpt "<b>"
	reply c
	do eoh
	reply c
	expect C "h\0U"
	expect M "<a>\0"
	expect R "<b>\0"
	clog
	do body "x"*1000000
	waits
	repeat 50
		send p
	end
	waits
	unclog
	settle
	do eom
	expect N
	collect B 1000000
	expect E
	send c
	reply c

test C-68: a filter that reads no more ends in a timeout of writing
	small
	times content 150
	open-silent
	do connect "h" unknown
	reply c
	do mail "<a>"
	reply c
	do rcpt "<b>"
	reply c
	do eoh
	reply c
	expect C "h\0U"
	expect M "<a>\0"
	expect R "<b>\0"
	clog
	do body "x"*8000000
	fails timeout

test C-29: an answer that begins before the command was sent whole is none
	small
	times content 5000
	open-silent
	do connect "h" unknown
	reply c
	do mail "<a>"
	reply c
	do rcpt "<b>"
	reply c
	do eoh
	reply c
	expect C "h\0U"
	expect M "<a>\0"
	expect R "<b>\0"
	clog
	do body "x"*1000000
	waits
	raw "\0\0"
	waits
	unclog
	settle
	do eom
	expect N
	collect B 1000000
	expect E
	raw "\0\x01c"
	fails protocol

test C-36: but a sign of progress may begin then
	small
	times content 5000
	open-silent
	do connect "h" unknown
	reply c
	do mail "<a>"
	reply c
	do rcpt "<b>"
	reply c
	do eoh
	reply c
	expect C "h\0U"
	expect M "<a>\0"
	expect R "<b>\0"
	clog
	do body "x"*1000000
	waits
	raw "\0\0"
	waits
	unclog
	settle
	do eom
	expect N
	collect B 1000000
	expect E
	raw "\0\x01p"
	waits
	send c
	reply c
