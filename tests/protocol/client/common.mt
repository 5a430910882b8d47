# Words that all scripts share. Each line is one step:
#   do|try|refused STEP ...   the client begins a step (try: it may have failed; refused: it must not)
#   expect LETTER PAYLOAD...  the filter receives this frame next
#   send LETTER PAYLOAD...    the filter sends a frame; raw BYTES... sends bytes as they are
#   reply LETTER ...          the step is over, with this answer; fails KIND: the client has given up
#   quiet, waits, settle, eof, close, reset, pause MS, clog, unclog, small, times, endpoint,
#   macros, option, wants, changes N, change KIND INDEX NAME VALUE [blanks] [more], collect

define offered
	do negotiate
	expect O u32:6 u32:0x1ff u32:0x1fffff
end

# A filter that wants every step and all actions.
define open
	offered
	send O u32:6 u32:0x1ff u32:0
	reply c
end

# The same, but header values keep their blank.
define open-blanks
	offered
	send O u32:6 u32:0x1ff u32:0x100400
	reply c
end

# No reply to anything but the end of the message.
define open-silent
	offered
	send O u32:6 u32:0x1ff u32:0xff080
	reply c
end

# Nothing is wanted but the end of the message.
define open-deaf
	offered
	send O u32:6 u32:0x1ff u32:0x37f
	reply c
end

define continue
	send c
	reply c
end

define connect
	do connect "client.example" inet 192.0.2.7 4711
	expect C "client.example\0" "4" u16:4711 "192.0.2.7\0"
end

define connected
	open
	connect
	continue
end

define mail
	do mail "<a@example.org>"
	expect M "<a@example.org>\0"
end

define rcpt
	do rcpt "<b@example.net>"
	expect R "<b@example.net>\0"
end

define enveloped
	mail
	continue
	rcpt
	continue
end

define data
	do data
	expect T
end

define header
	do header "Subject" " hello"
	expect L "Subject\0hello\0"
end

define eoh
	do eoh
	expect N
end

define body
	do body "text\r\n"
	expect B "text\r\n"
end

define content
	data
	continue
	header
	continue
	eoh
	continue
	body
	continue
end

define eom
	do eom
	expect E
end

# Up to the end of the message, whose answer the test sends.
define message
	connected
	enveloped
	content
	eom
end

define bye
	do quit
	expect Q
	close
	settle
end
