# Each of the 256 bytes from each source into each sink: no line that nobody wrote, one event one log line.

# The bytes stand in a file; the script takes each of them as `byte`, and what a sink does not take it refuses.
all_bytes() {
	for i in $(seq 0 255); do printf "\\$(printf %03o "$i")"; done >bytes
}

sink() { # STATEMENT
	all_bytes
	script <<-END
		event onDataReceived {
		    var all = file.read("bytes");
		    var taken = 0;
		    for (i in 0..256) {
		        var byte = all[i..i + 1];
		        try { $1 taken += 1; } catch (e) { }
		    }
		    log.info("taken %taken%");
		}
	END
	simulate --files . --output delivered --limit logLines=1000
}

# Lines of the delivered message that begin with none of the words given.
strange() { # WORD|WORD
	sed 's/\r$//; /^$/q' delivered | grep -avE "^($1|From|To|Subject): ?|^[ 	]|^$"
}

history 'into the value of a field'
sink 'addHeader("X-Sink", "a%byte%Bcc: evil");'
exits 0
! strange 'X-Sink' >odd; must "a field of its own: $(head -n 1 odd)"
says 'taken 253'

history 'into the name of a field'
sink 'addHeader("X-%byte%Sink", "v");'
exits 0
says 'taken 93'
! sed 's/\r$//; /^$/q' delivered | grep -avE '^(X-[!-9;-~]Sink|From|To|Subject): ?|^$' >odd; must "a field of its own: $(head -n 1 odd)"

history 'into a changed field'
sink 'modifyHeader("Subject", "a%byte%Bcc: evil");'
exits 0
! strange 'X-Sink' >odd; must "a field of its own: $(head -n 1 odd)"

history 'into a recipient'
sink 'addRcpt("a%byte%b@example.org");'
exits 0
counts 0 'DATA'
! grep -aE '^ *(b@example.org|@example.org)' out >odd; must 'a line of its own'

history 'into the parameters of a recipient'
sink 'addRcpt("x%taken%@example.org", "X=a%byte%b");'
exits 0
! grep -aE '^b' out >odd; must 'a line of its own'

history 'into the sender'
sink 'changeSender("a%byte%b@example.org");'
exits 0
! grep -aE '^ *b@example.org' out >odd; must 'a line of its own'

history 'into a quarantine reason'
sink 'quarantine("a%byte%b");'
exits 0
! grep -aE '^b' out >odd; must 'a line of its own'

history 'into the log'
sink 'log.info("<%byte%>");'
exits 0
says 'taken 256'
counts 257 'log info: '
! LC_ALL=C grep -a 'log info' out | grep -avE '^[ -~]*$' >odd; must 'bytes that are not printable'

history 'into a body'
sink 'replaceBody("a%byte%b");'
exits 0
says 'taken 256'

history 'into an encoding, and back'
all_bytes
script <<'END'
event onDataReceived {
    var all = file.read("bytes");
    log.info(encoding.hexEncode(all) == encoding.hexEncode(encoding.base64Decode(encoding.base64Encode(all))) ? "same" : "other");
    log.info(encoding.percentDecode(encoding.percentEncode(all)) == all ? "same" : "other");
    log.info("%{length(all)}");
}
END
simulate --files .
counts 2 'case.afsl: same'
says 'case.afsl: 256'

history 'from a HELO into reply, log and field, each byte in turn'
script <<'END'
event onEhlo { log.info("helo <%ehloHost%>"); }
event onDataReceived { addHeader("X-Helo", ehloHost); }
END
for i in 1 9 10 11 13 27 34 37 39 60 62 92 127 128 155 192 255; do
	try "$afsl" run --output delivered --helo "a$(printf "\\$(printf %03o "$i")")b.example" case.afsl letter
	[ "$(grep -ac 'helo <a' out)" -eq 1 ]; must "byte $i: not one line"
	[ "$status" -ne 0 ] || ! strange 'X-Helo' >odd; must "byte $i: a field of its own"
done

history 'from a field of the message into all that there is'
script <<'END'
event onDataReceived {
    var value = header("X-In");
    log.info("in <%value%>");
    try { addHeader("X-Out", value); } catch (e) { }
    try { quarantine(value); } catch (e) { }
    try { addRcpt("x" + value); } catch (e) { }
}
END
for i in 1 9 11 12 27 37 60 62 92 127 128 133 155 160 255; do
	{ printf 'X-In: a'; printf "\\$(printf %03o "$i")"; printf 'b\r\n\r\nx\r\n'; } >letter
	simulate --output delivered
	[ "$(grep -ac 'in <a' out)" -eq 1 ]; must "byte $i: not one line"
	! strange 'X-In|X-Out' >odd; must "byte $i: a field of its own"
done

history 'from a reply of a third party into reply and log'
script <<'END'
event onEhlo { reject(550, "5.7.1", "a" + file.read("one") + "b"); }
END
for i in 0 1 9 10 13 27 37 127 128 255; do
	printf "\\$(printf %03o "$i")" >one
	simulate --files .
	[ "$(grep -acE '^verdict' out)" -eq 1 ]; must "byte $i: not one verdict"
	! grep -aE '^b' out >odd; must "byte $i: a line of its own"
done
