test C-01 C-02: everything is offered, and nothing follows before the answer
	do negotiate
	expect O u32:6 u32:0x1ff u32:0x1fffff
	quiet
	refused connect "h" unknown
	quiet
	raw u32:13 "O" u32:6 u32:0x1ff
	quiet
	waits
	raw u32:0
	reply c
	option version 6
	option actions 0x1ff
	option steps 0

test C-03: version 6 hears DATA and unknown commands
	offered
	send O u32:6 u32:0x1ff u32:0
	reply c
	connect
	continue
	do unknown "XDEBUG on"
	expect U "XDEBUG on\0"
	continue
	enveloped
	data
	continue

test C-03: version 4 hears both as well
	offered
	send O u32:4 u32:0x3f u32:0
	reply c
	connect
	continue
	do unknown "X"
	expect U "X\0"
	continue
	enveloped
	data
	continue

test C-03: version 5 is like 4
	offered
	send O u32:5 u32:0x3f u32:0
	reply c
	option version 5
	connect
	continue
	enveloped
	data
	continue

test C-03: version 3 hears unknown commands but not DATA
	offered
	send O u32:3 u32:0x3f u32:0
	reply c
	connect
	continue
	do unknown "X"
	expect U "X\0"
	continue
	wants T no
	wants U yes
	enveloped
	macros data "i" "1"
	do data
	reply c
	header
	continue

test C-03: version 2 hears neither
	offered
	send O u32:2 u32:0x3f u32:0
	reply c
	connect
	continue
	do unknown "X"
	reply c
	enveloped
	do data
	reply c
	header
	continue

test C-04: version 0
	offered
	send O u32:0 u32:0x1ff u32:0
	fails protocol
	try connect "h" unknown
	fails protocol

test C-04: version 1
	offered
	send O u32:1 u32:0x1ff u32:0
	fails protocol

test C-04: version 7
	offered
	send O u32:7 u32:0x1ff u32:0
	fails protocol

test C-05: an answer of 11 bytes
	offered
	send O u32:6 u32:0x1ff "\0\0\0"
	fails protocol

test C-05: an empty answer
	offered
	send O
	fails protocol

test C-06: CONTINUE is no negotiation
	offered
	send c
	fails protocol

test C-06: TEMPFAIL is none either
	offered
	send t
	fails protocol

test C-06: nor is PROGRESS
	offered
	send p
	fails protocol

test C-07: an action that was not offered
	offered
	send O u32:6 u32:0x3ff u32:0
	fails protocol

test C-07: the highest bit
	offered
	send O u32:6 u32:0x800001ff u32:0
	fails protocol

test C-08: unknown protocol bits are passed over
	offered
	send O u32:6 u32:0x1ff u32:0xf0000000
	reply c
	option steps 0
	connect
	continue

test C-09: all NO bits leave negotiation, macros, end, abort, quit
	open-deaf
	wants C no
	wants E yes
	macros connect "j" "mta"
	do connect "client.example" inet 192.0.2.7 4711
	reply c
	macros helo "{tls_version}" "1.3"
	do helo "client.example"
	reply c
	do mail "<a@example.org>"
	reply c
	do rcpt "<b@example.net>"
	reply c
	do unknown "X"
	reply c
	do data
	reply c
	do header "Subject" " hello"
	reply c
	do eoh
	reply c
	do body "text\r\n"
	reply c
	quiet
	macros eom "i" "1234"
	do eom
	expect D "Cj\0mta\0"
	expect D "H{tls_version}\0" "1.3\0"
	expect D "Ei\0" "1234\0"
	expect E
	continue
	do mail "<a@example.org>"
	reply c
	do abort
	expect A
	bye

test C-10: all NR bits, one wait at the end
	open-silent
	do connect "client.example" inet 192.0.2.7 4711
	reply c
	do helo "client.example"
	reply c
	do mail "<a@example.org>"
	reply c
	do rcpt "<b@example.net>"
	reply c
	do data
	reply c
	expect C "client.example\0" "4" u16:4711 "192.0.2.7\0"
	expect H "client.example\0"
	expect M "<a@example.org>\0"
	expect R "<b@example.net>\0"
	expect T
	do header "Subject" " hello"
	reply c
	do eoh
	reply c
	do body "text\r\n"
	reply c
	quiet
	do eom
	expect L "Subject\0hello\0"
	expect N
	expect B "text\r\n"
	expect E
	waits
	send a
	reply a

test C-11: NR bits of a filter that asks for more than it needs
	offered
	send O u32:6 u32:0x3f u32:0xff082
	reply c
	do connect "h" unknown
	reply c
	do helo "name"
	reply c
	expect C "h\0U"
	quiet

test C-12 C-13: macro lists replace those of their stages, 5 is the end of the message, 6 that of the headers
	offered
	send O u32:6 u32:0x1ff u32:0 u32:0 "j _\0" u32:1 "{tls_version}\0" u32:2 "{auth_authen} i\0" u32:3 "{rcpt_addr}\0" u32:4 "i\0" u32:5 "{msg_id} i\0" u32:6 "{eoh}\0"
	reply c
	option 0 "j _"
	option 1 "{tls_version}"
	option 2 "{auth_authen} i"
	option 3 "{rcpt_addr}"
	option 4 "i"
	option 5 "{msg_id} i"
	option 6 "{eoh}"
	macros connect "j" "mta" "v" "Postfix" "_" "x [192.0.2.7]"
	do connect "client.example" inet 192.0.2.7 4711
	expect D "Cj\0mta\0_\0x [192.0.2.7]\0"
	expect C "client.example\0" "4" u16:4711 "192.0.2.7\0"
	continue
	macros mail "{i}" "early" "{auth_authen}" "me" "{mail_addr}" "a@example.org"
	do mail "<a@example.org>"
	expect D "M{i}\0early\0{auth_authen}\0me\0"
	expect M "<a@example.org>\0"
	continue
	rcpt
	continue
	do data
	expect T
	continue
	macros eoh "{eoh}" "1" "{msg_id}" "2"
	do eoh
	expect D "N{eoh}\0" "1\0"
	expect N
	continue
	macros eom "{eoh}" "1" "{msg_id}" "2"
	do eom
	expect D "E{msg_id}\0" "2\0"
	expect E
	continue

test C-12: an empty list means no macros, no list means all
	offered
	send O u32:6 u32:0x1ff u32:0 u32:2 "\0"
	reply c
	option 2 ""
	option 3
	connect
	continue
	macros mail "i" "1"
	mail
	continue
	macros rcpt "{rcpt_addr}" "b"
	do rcpt "<b@example.net>"
	expect D "R{rcpt_addr}\0b\0"
	expect R "<b@example.net>\0"
	continue

test C-12: an unknown stage is passed over
	offered
	send O u32:6 u32:0x1ff u32:0 u32:9 "x\0" u32:7 "y\0" u32:1 "z\0"
	reply c
	option 1 "z"
	option 0

test C-12: the highest stages are not in the table
	offered
	send O u32:6 u32:0x1ff u32:0 u32:0xffffffff "x\0"
	reply c
	option 0

test C-12: a list without its NUL
	offered
	send O u32:6 u32:0x1ff u32:0 u32:0 "j"
	fails protocol

test C-12: stray bytes
	offered
	send O u32:6 u32:0x1ff u32:0 "\0\0\0"
	fails protocol

test C-12: a stage without a list
	offered
	send O u32:6 u32:0x1ff u32:0 u32:0
	fails protocol

test C-14: the filter speaks first
	send O u32:6 u32:0x1ff u32:0
	pause 20
	try negotiate
	fails protocol

test C-14: the filter greets like an SMTP server
	raw "220 mail.example ESMTP\r\n"
	pause 20
	try negotiate
	fails protocol

test C-02: negotiating twice is refused
	open
	refused negotiate
	quiet
	connect
	continue

test C-09: a waived connect still sends its macros with the next command
	offered
	send O u32:6 u32:0x1ff u32:1
	reply c
	macros connect "j" "mta" "{daemon_name}" "in"
	do connect "h" unknown
	reply c
	do helo "x"
	expect D "Cj\0mta\0{daemon_name}\0in\0"
	expect H "x\0"
	continue

test C-09: waived steps need not be told, and their macros go with the next command
	offered
	# no connect, HELO, RCPT, DATA, end of headers
	send O u32:6 u32:0x1ff u32:0x24b
	reply c
	macros connect "j" "mx"
	macros helo "{tls_version}" "TLSv1.3"
	macros mail "i" "Q1"
	do mail "<a@example.org>"
	expect D "Cj\0mx\0"
	expect D "H{tls_version}\0TLSv1.3\0"
	expect D "Mi\0Q1\0"
	expect M "<a@example.org>\0"
	continue
	do header "A" "b"
	expect L "A\0b\0"
	continue
	do body "x"
	expect B "x"
	continue
	do eom
	expect E
	continue

test C-09: a step that is not waived cannot be left out
	open
	refused mail "<a@example.org>"
