define closes
	close
	fails closed
	try mail "<a>"
	fails closed
end

test C-53: the filter closes at the negotiation
	offered
	closes

test C-53: at CONNECT
	open
	connect
	closes

test C-53: at HELO
	connected
	do helo "x"
	expect H "x\0"
	closes

test C-53: at MAIL
	connected
	mail
	closes

test C-53: at RCPT
	connected
	mail
	continue
	rcpt
	closes

test C-53: at DATA
	connected
	enveloped
	data
	closes

test C-53: at a header field
	connected
	enveloped
	header
	closes

test C-53: at the end of the headers
	connected
	enveloped
	eoh
	closes

test C-53: at the body
	connected
	enveloped
	eoh
	continue
	body
	closes

test C-53: at the end of the message
	message
	closes

test C-53: in the middle of a frame
	connected
	mail
	raw "\0\0\0"
	closes

test C-53: between edits and verdict
	message
	send h "X-A\0v\0"
	send q "why\0"
	closes

test C-53: a reset
	message
	send h "X-A\0v\0"
	reset
	fails closed

test C-53: after the verdict: the next message fails
	message
	send a
	reply a
	close
	pause 20
	try mail "<c@example.org>"
	fails closed

test C-54: half of a new body, then the end
	message
	send b "half of "
	closes

test C-54: half of a new body, then silence
	times end 80
	message
	send b "half of "
	fails timeout

test C-54: half of a new body, then garbage
	message
	send b "half of "
	raw "HTTP/1.0 400 Bad Request\r\n"
	fails protocol

test C-58: ten messages on one connection
	connected
	repeat 10
		macros mail "i" "Q"
		do mail "<a@example.org>"
		expect D "Mi\0Q\0"
		expect M "<a@example.org>\0"
		continue
		rcpt
		continue
		content
		eom
		send h "X-A\0v\0"
		send c
		reply c
		changes 1
	end
	bye

test C-58: verdicts of one message do not reach the next
	connected
	mail
	send r
	reply r
	do rcpt "<b>"
	reply c
	refused eom
	mail
	continue
	rcpt
	continue
	content
	eom
	send t
	reply t
	mail
	continue

test C-58: after a rejected MAIL the next one is heard, without ABORT
	connected
	mail
	send r
	reply r
	do abort
	quiet
	mail
	continue

test C-66: refused
	endpoint refused
	do negotiate
	fails connect

test C-66: no such socket
	endpoint missing
	do negotiate
	fails connect

test C-66: unroutable
	times connect 300
	endpoint unroutable
	do negotiate
	fails connect or timeout

test C-67: accepted, and never answered
	times connect 150
	endpoint silent
	do negotiate
	fails timeout

test C-69: QUIT, then the end
	connected
	bye

test C-69: QUIT in the middle of a message
	connected
	enveloped
	do quit
	expect A
	expect Q
	close
	settle

test C-69: QUIT while an answer is awaited
	connected
	mail
	do quit
	expect A
	expect Q
	close
	settle

test C-69: a filter that does not close is left alone after a moment
	connected
	do quit
	expect Q
	send c
	settle
	eof

test C-69: QUIT to a filter that has gone
	connected
	close
	pause 20
	do quit
	settle
	do quit
	reply c

test C-69: no QUIT after an error
	connected
	mail
	send Z
	fails protocol
	do quit
	reply c
	eof

test C-69: QUIT before anything
	do quit
	expect Q
	settle
	eof

test C-39: silence at the negotiation
	times connect 80
	offered
	fails timeout

test C-39: silence at the content
	times command 5000 content 80
	connected
	enveloped
	header
	fails timeout

test C-31: garbage at every step is a violation
	open
	connect
	raw "SSH-2.0-OpenSSH\r\n"
	fails protocol
