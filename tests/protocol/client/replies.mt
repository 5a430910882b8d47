test C-28: an answer in single bytes
	connected
	mail
	raw "\0"
	pause 5
	waits
	raw "\0\0"
	pause 5
	raw "\x01"
	pause 5
	waits
	raw "c"
	reply c
	rcpt
	continue

test C-28 C-39: a trickle does not hold us
	times command 200
	connected
	mail
	raw "\0"
	pause 90
	raw "\0"
	pause 90
	raw "\0"
	pause 90
	fails timeout

test C-29 C-55: a second answer is noticed, not taken for the next command's
	connected
	mail
	raw u32:1 "c" u32:1 "c"
	settle
	pause 10
	try rcpt "<b@example.net>"
	fails protocol

test C-29: bytes that come between two commands
	connected
	mail
	continue
	send r
	pause 20
	try rcpt "<b@example.net>"
	fails protocol

test C-29: half a frame between two commands
	connected
	mail
	continue
	raw "\0\0"
	pause 20
	try rcpt "<b@example.net>"
	fails protocol

test C-29: a sign of progress between two commands is none of that
	connected
	mail
	continue
	send p
	pause 20
	rcpt
	continue

test C-30: edits and verdict in one segment, in order
	message
	raw u32:7 "hX-A\0" "1\0" u32:1 "p" u32:7 "hX-B\0" "2\0" u32:1 "a"
	reply a
	changes 2
	change addHeader 0 "X-A" "1"
	change addHeader 0 "X-B" "2"

test C-31: length 0
	connected
	mail
	raw u32:0
	fails protocol

test C-32: length 0xffffffff
	connected
	mail
	raw u32:0xffffffff "c"
	fails protocol

test C-32: length 0x7fffffff
	message
	raw u32:0x7fffffff "b"
	fails protocol

test C-33: one byte above the cap
	message
	raw u32:1048578
	fails protocol

test C-33: at the cap
	message
	raw u32:1048577 "b" "x"*1048576 u32:1 "c"
	reply c
	changes 1
	change replaceBody 0 "" "x"*1048576

test C-34: unknown letters
	connected
	mail
	send Z
	fails protocol

test C-34: the reserved letter of macro lists
	message
	send l u32:0 "i\0"
	fails protocol

test C-34: CONN_FAIL
	open
	connect
	send f
	fails protocol

test C-34: a negotiation in the middle
	connected
	mail
	send O u32:6 u32:0 u32:0
	fails protocol

test C-34: a command of ours
	connected
	mail
	send M "<a>\0"
	fails protocol

test C-35: CONTINUE with a payload
	connected
	mail
	send c "x"
	fails protocol

test C-35: ACCEPT with a payload
	message
	send a "\0"
	fails protocol

test C-35: PROGRESS with a payload
	message
	send p "x"
	fails protocol

test C-36: PROGRESS before each answer restarts the time
	times command 300 content 300 end 300
	offered
	send O u32:6 u32:0x1ff u32:0
	reply c
	connect
	progressing
	do helo "x"
	expect H "x\0"
	progressing
	mail
	progressing
	rcpt
	progressing
	data
	progressing
	header
	progressing
	eoh
	progressing
	body
	progressing
	eom
	progressing

define progressing
	pause 160
	send p
	pause 160
	send c
	reply c
end

test C-37: a storm of PROGRESS ends at a cap
	times end 5000
	message
	raw "\0\0\0\x01p"*10001
	fails protocol

test C-37: what is below the cap is borne
	message
	raw "\0\0\0\x01p"*10000
	send c
	reply c

test C-38: PROGRESS for ever ends at ten times the limit
	times end 30
	message
	repeat 40
		send p
		pause 15
	end
	send c
	fails timeout

test C-39: an answer that comes too late is never read
	times command 60
	connected
	mail
	pause 120
	fails timeout
	try rcpt "<b@example.net>"
	fails timeout

test C-41: an edit before the end of the message
	connected
	mail
	send h "X-A\0v\0"
	fails protocol

test C-41: an edit at the body
	connected
	enveloped
	eoh
	continue
	body
	send b "new"
	fails protocol

test C-42: QUARANTINE before the end
	connected
	enveloped
	header
	send q "why\0"
	fails protocol

test C-52: a reply code in its usual form
	connected
	mail
	send y "550 5.7.1 No such 100%% user here\0"
	reply y 550 5.7.1 "No such 100% user here"

test C-52: lines
	connected
	mail
	send y "451-4.7.1 first line\r\n451-4.7.1 second line\r\n451 4.7.1 third\0"
	reply y 451 4.7.1 "first line\nsecond line\nthird"

test C-52: without an enhanced code
	connected
	mail
	send y "550 plain text\0"
	reply y 550 "" "plain text"

test C-52: code and space only
	connected
	mail
	send y "550 \0"
	reply y 550 "" ""

test C-52: the code alone
	connected
	mail
	send y "550\0"
	reply y 550 "" ""

test C-52: an enhanced code alone
	connected
	mail
	send y "550 5.1.1\0"
	reply y 550 5.1.1 ""

test C-52: the code decides about the class
	connected
	mail
	send y "550 4.7.1 x\0"
	reply y 550 5.7.1 "x"

test C-52: what is no enhanced code is text
	connected
	mail
	send y "550 5.1234.1 x\0"
	reply y 550 "" "5.1234.1 x"
	mail
	send y "550 5.7 x\0"
	reply y 550 "" "5.7 x"
	mail
	send y "450 4.123.456 x\0"
	reply y 450 4.123.456 "x"
	mail
	send y "450 2.0.0 x\0"
	reply y 450 "" "2.0.0 x"

test C-52: a single percent sign stays
	connected
	mail
	send y "550 5.7.1 50% off, %s %%s %\0"
	reply y 550 5.7.1 "50% off, %s %s %"

test C-52: 421 is a reply like others
	connected
	mail
	send y "421 4.7.0 go away\0"
	reply y 421 4.7.0 "go away"

test C-52: LF alone between lines
	connected
	mail
	send y "550-5.7.1 a\n550 5.7.1 b\0"
	reply y 550 5.7.1 "a\nb"

test C-52: controls become blanks, TAB and 8-bit stay
	connected
	mail
	send y "550 5.7.1 a\rb\x01\x7f\tc\xe4\0"
	reply y 550 5.7.1 "a b  \tc\xe4"

test C-52: a long line is cut
	connected
	mail
	send y "550 5.7.1 " "x"*3000 "\0"
	reply y 550 5.7.1 "x"*980

test C-52: 32 lines
	connected
	mail
	send y "550-x\r\n"*31 "550 x\0"
	reply y 550 "" "x\n"*31"x"

test C-52: 33 lines
	connected
	mail
	send y "550-x\r\n"*32 "550 x\0"
	fails protocol

test C-52: without its NUL
	connected
	mail
	send y "550 5.7.1 no end"
	fails protocol

test C-52: with bytes behind the NUL
	connected
	mail
	send y "550 5.7.1 x\0y"
	fails protocol

test C-52: empty
	connected
	mail
	send y
	fails protocol

test C-52: nothing but a NUL
	connected
	mail
	send y "\0"
	fails protocol

test C-52: 2xx
	connected
	mail
	send y "250 2.0.0 fine\0"
	fails protocol

test C-52: 6xx
	connected
	mail
	send y "650 fine\0"
	fails protocol

test C-52: no digits
	connected
	mail
	send y "5x0 fine\0"
	fails protocol

test C-52: two digits
	connected
	mail
	send y "55\0"
	fails protocol

test C-52: four digits
	connected
	mail
	send y "5500 fine\0"
	fails protocol

test C-52: no last line
	connected
	mail
	send y "550-5.7.1 more\r\n\0"
	fails protocol

test C-52: one line that promises more
	connected
	mail
	send y "550-5.7.1 more\0"
	fails protocol

test C-52: lines behind the last one
	connected
	mail
	send y "550 5.7.1 one\r\n550 5.7.1 two\0"
	fails protocol

test C-52: different codes
	connected
	mail
	send y "550-5.7.1 one\r\n551 5.7.1 two\0"
	fails protocol

test C-56: an answer to a command that needs none
	offered
	send O u32:6 u32:0x1ff u32:0x8000
	reply c
	connect
	continue
	mail
	continue
	do rcpt "<b@example.net>"
	reply c
	expect R "<b@example.net>\0"
	send c
	pause 20
	try data
	fails protocol

test C-39: SHUTDOWN is handed on, and ends the session
	connected
	mail
	send 4
	reply 4
	do rcpt "<b@example.net>"
	reply c
	quiet
	do abort
	reply c
	quiet
