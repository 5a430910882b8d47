test C-30: every edit of trace 3.3, in order
	message
	send h "X-Added\0value one\0"
	send i u32:0 "X-Ins0\0v0\0"
	send i u32:1 "X-Ins1\0v1\0"
	send m u32:1 "Subject\0new subject\0"
	send m u32:2 "X-Del\0\0"
	send + "<extra@x.example>\0"
	send 2 "<par@x.example>\0NOTIFY=NEVER\0"
	send - "<gone@x.example>\0"
	send e "<new@b.example>\0RET=HDRS\0"
	send p
	send b "new body\r\nline2\r\n"
	send q "suspicious stuff\0"
	waits
	send a
	reply a
	changes 11
	change addHeader 0 "X-Added" "value one"
	change insertHeader 0 "X-Ins0" "v0"
	change insertHeader 1 "X-Ins1" "v1"
	change changeHeader 1 "Subject" "new subject"
	change changeHeader 2 "X-Del" ""
	change addRcpt 0 "<extra@x.example>" ""
	change addRcpt 0 "<par@x.example>" "NOTIFY=NEVER"
	change discardRcpt 0 "<gone@x.example>" ""
	change changeSender 0 "<new@b.example>" "RET=HDRS"
	change replaceBody 0 "" "new body\r\nline2\r\n"
	change quarantine 0 "" "suspicious stuff"

test C-43: ADDHEADER without its last NUL
	message
	send h "X-A\0v"
	send h "X-B\0v\0"
	send c
	fails protocol

test C-43: ADDHEADER with a byte behind
	message
	send h "X-A\0v\0x"
	send c
	fails protocol

test C-43: ADDHEADER with one string
	message
	send h "X-A\0"
	send c
	fails protocol

test C-43: ADDHEADER with nothing
	message
	send h
	send c
	fails protocol

test C-43: INSHEADER with a short index
	message
	send h "X-A\0v\0"
	send i "\0\0\1"
	send c
	fails protocol

test C-43: INSHEADER without a value
	message
	send i u32:0 "X-A\0"
	send c
	fails protocol

test C-43: CHGHEADER without its NUL
	message
	send m u32:1 "X-A\0v"
	send c
	fails protocol

test C-43: CHGHEADER with a byte behind
	message
	send m u32:1 "X-A\0v\0\0"
	send c
	fails protocol

test C-44: indices
	message
	send i u32:0 "A\0v\0"
	send i u32:1 "B\0v\0"
	send i u32:77 "C\0v\0"
	send i u32:0xffffffff "D\0v\0"
	send m u32:0 "E\0v\0"
	send m u32:9 "F\0v\0"
	send m u32:0xffffffff "G\0v\0"
	send c
	reply c
	changes 7
	change insertHeader 0 A v
	change insertHeader 1 B v
	change insertHeader 77 C v
	change insertHeader 0xffffffff D v
	change changeHeader 1 E v
	change changeHeader 9 F v
	change changeHeader 0xffffffff G v

test C-45: deletions go on as they came
	message
	send m u32:1 "X\0\0"
	send m u32:1 "X\0\0"
	send m u32:3 "X\0\0"
	send m u32:2 "X\0\0"
	send c
	reply c
	change changeHeader 1 X ""
	change changeHeader 1 X ""
	change changeHeader 3 X ""
	change changeHeader 2 X ""

test C-46: no header is smuggled in
	message
	send h "A\0one\r\n two\0"
	send h "B\0one\n\ttwo\0"
	send h "C\0one\nBcc: evil@example.org\0"
	send h "D\0one\r\n\r\nbody\0"
	send i u32:0 "E\0one\rtwo\0"
	send m u32:1 "F\0one\r\n\0"
	send c
	reply c
	changes 6
	change addHeader 0 A "one\n two"
	change addHeader 0 B "one\n\ttwo"
	change addHeader 0 C "one\n\tBcc: evil@example.org"
	change addHeader 0 D "one\n\t\n\tbody"
	change insertHeader 0 E "onetwo"
	change changeHeader 1 F "one\n\t"

test C-46: a name with a line break
	message
	send h "A: b\nC\0v\0"
	send c
	fails protocol

test C-46: odd names of one line go on as they came
	message
	send h "\0v\0"
	send m u32:1 "X Y \0v\0"
	send i u32:1 "X:\xe9\0v\0"
	send h "X-A\0v\0"
	send c
	reply c
	changes 4
	change addHeader 0 "" v
	change changeHeader 1 "X Y " v
	change insertHeader 1 "X:\xe9" v
	change addHeader 0 X-A v

test C-46: blanks after the colon as negotiated
	open-blanks
	connect
	continue
	enveloped
	eoh
	continue
	eom
	send h "A\0 v\0"
	send i u32:0 "B\0v\0"
	send m u32:1 "C\0\t v\0"
	send + "<x>\0"
	send c
	reply c
	change addHeader 0 A " v" blanks
	change insertHeader 0 B "v" blanks
	change changeHeader 1 C "\t v" blanks
	change addRcpt 0 "<x>" ""

test C-47: forms of addresses
	message
	send + "plain@example.net\0"
	send + "Name <a@example.net>\0"
	send - "plain@example.net\0"
	send + "\0"
	send - "\0"
	send e "<>\0"
	send e "\0"
	send c
	reply c
	changes 5
	change addRcpt 0 "plain@example.net" ""
	change addRcpt 0 "Name <a@example.net>" ""
	change discardRcpt 0 "plain@example.net" ""
	change changeSender 0 "<>" ""
	change changeSender 0 "" ""

test C-47: an address without its NUL
	message
	send + "<a@example.net>"
	send c
	fails protocol

test C-47: an address with two strings
	message
	send - "<a@example.net>\0X\0"
	send c
	fails protocol

test C-47: an address with CR LF
	message
	send + "<a@example.net>\r\nX\0"
	send c
	fails protocol

test C-48: one or two strings
	message
	send 2 "<a@example.net>\0"
	send 2 "<b@example.net>\0NOTIFY=NEVER ORCPT=rfc822;x\0"
	send e "<c@example.org>\0"
	send e "<d@example.org>\0RET=FULL ENVID=x\0"
	send c
	reply c
	change addRcpt 0 "<a@example.net>" ""
	change addRcpt 0 "<b@example.net>" "NOTIFY=NEVER ORCPT=rfc822;x"
	change changeSender 0 "<c@example.org>" ""
	change changeSender 0 "<d@example.org>" "RET=FULL ENVID=x"

test C-48: three strings to ADDRCPT_PAR
	message
	send 2 "<a>\0b\0c\0"
	send c
	fails protocol

test C-48: three strings to CHGFROM
	message
	send e "<a>\0b\0c\0"
	send c
	fails protocol

test C-49: the body in many pieces
	message
	repeat 300
		send b "line\r"
		send b "\n"
	end
	send b
	send b "no end\0\n."
	send c
	reply c
	changes 1
	change replaceBody 0 "" "line\r\n"*300"no end\0\n."

test C-49: an empty body
	message
	send b
	send a
	reply a
	changes 1
	change replaceBody 0 "" ""

test C-49: 300 KB in one packet
	message
	send b "0123456789"*30000
	send a
	reply a
	changes 1
	change replaceBody 0 "" "0123456789"*30000

test C-50: a body with other edits and PROGRESS in between
	message
	send b "one "
	send p
	send b "two "
	send h "X-A\0v\0"
	send b "three"
	send c
	reply c
	changes 3
	change replaceBody 0 "" "one two "
	change addHeader 0 X-A v
	change replaceBody 0 "" "three" more

test C-51: what was not negotiated is honoured anyway, as mail servers do
	offered
	send O u32:6 u32:0x1 u32:0
	reply c
	connect
	continue
	enveloped
	eoh
	continue
	eom
	send m u32:1 "Subject\0x\0"
	send b "x"
	send + "<x>\0"
	send 2 "<x>\0A\0"
	send - "<x>\0"
	send e "<x>\0"
	send q "x\0"
	send i u32:0 "X-I\0v\0"
	send h "X-A\0v\0"
	send c
	reply c
	changes 9
	change changeHeader 1 Subject x
	change replaceBody 0 "" x
	change addRcpt 0 <x> ""
	change addRcpt 0 <x> A
	change discardRcpt 0 <x> ""
	change changeSender 0 <x> ""
	change quarantine 0 "" x
	change insertHeader 0 X-I v
	change addHeader 0 X-A v

test C-42: a quarantine's reason
	message
	send q "without its NUL"
	send q "line\r\nbreak\0"
	send q "\0"
	send c
	reply c
	change quarantine 0 "" "without its NUL"
	change quarantine 0 "" "line  break"
	change quarantine 0 "" "quarantined by the filter"

test C-53: changes of a message that is refused are dropped
	message
	send h "X-A\0v\0"
	send y "550 5.7.1 no\0"
	reply y 550 5.7.1 "no"
	changes 0
	enveloped
	content
	eom
	send c
	reply c
	changes 0

test C-53: and of one that is discarded
	message
	send h "X-A\0v\0"
	send d
	reply d
	changes 0

test C-49: more than ten thousand changes are too many
	message
	repeat 10001
		send h "X-A\0v\0"
	end
	send c
	fails memory
