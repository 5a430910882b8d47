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

# ---- over the wire: real daemons, each byte in all that a peer says, what leaves looked at byte by byte ----

pourer() {
	script <<-'END'
	message var body: text;
	message var fieldName: text;
	function pour(source: text, v: text) {
	    log.info("from %source% <%v%>");
	    try { addHeader("X-Value", "a%v%b"); } catch (e) { }
	    try { addHeader("X-%v%-Name", "v"); } catch (e) { }
	    try { insertHeader(0, "X-Top", v); } catch (e) { }
	    try { modifyHeader("X-In", v); } catch (e) { }
	    try { addRcpt("a%v%@example.org"); } catch (e) { }
	    try { addRcpt("b@example.org", "X=%v%"); } catch (e) { }
	    try { discardRcpt(v); } catch (e) { }
	    try { changeSender("c%v%@example.org"); } catch (e) { }
	    try { quarantine(v); } catch (e) { }
	    try { replaceBody("%v%\r\n"); } catch (e) { }
	}
	function refuse(source: text, v: text) {
	    if (macro("{which}") == source) {
	        log.info("from %source% <%v%>");
	        try { reject(550, "5.7.1", "no %v% here"); } catch (e) { reject(550, "5.7.1", "not to be said"); }
	    }
	}
	event onConnect { refuse("host", remoteSmtpHost); }
	event onEhlo { refuse("helo", ehloHost); }
	event onMailFrom { refuse("sender", mailFromRaw); refuse("parameter", mailParameters.join(" ")); }
	event onRcptTo { refuse("recipient", rcptToRaw); }
	event onHeader { if (fieldName == "") { fieldName = headerName; } refuse("name", headerName); }
	event onHeadersReceived { refuse("value", header("X-In")); refuse("macro", macro("{evil}")); }
	event onBodyChunk { body = bodyChunk; }
	event onDataReceived {
	    refuse("body", body);
	    pour("host", remoteSmtpHost);
	    pour("helo", ehloHost);
	    pour("sender", mailFromRaw);
	    pour("parameter", mailParameters.join(" "));
	    pour("recipient", recipients.join(" "));
	    pour("name", fieldName);
	    pour("value", header("X-In"));
	    pour("macro", macro("{evil}"));
	    pour("body", body);
	}
	END
}

# One line for each event, each begun by us, of printable ASCII.
log_is_clean() { # PROGRAM
	! grep -avE "^$1: [ -~]*\$" log >odd; must "a line of the log: $(head -n 1 odd)"
}

# A NUL ends a string of the protocol, so that its packets are none; each of the other 255 bytes goes everywhere.
for server_kind in native libmilter; do
history "$server_kind: from nine places of a session into eleven, all 256 bytes"
pourer
serve_script --server $server_kind
timeout 120 python3 "$here/bytes.py" sinks "$work/s" >out 2>&1; must 'something has left that must not'
says '255 passed, 2295 refused, 0 wrong'
says 'addHeader=3021 addRcpt=877 changeSender=218 discardRcpt=872 insertHeader=2277 quarantine=223 replaceBody=255'
lives
log_is_clean afsld
[ "$(grep -c ': from [a-z]* <' log)" -eq $((255 * 18)) ]; must 'not one line for each event'
done

# Its names of header fields may hold all that stays one line.
history 'from a third party into the line protocol, all 256 bytes'
cat >aximilter.conf <<END
bindIp none
listen unix:$work/s
milter unix:$work/m {
    failures 1000000
}
END
serve "$aximilter" --foreground -c aximilter.conf
timeout 120 python3 "$here/bytes.py" lines "$work/s" "$work/m" >out 2>&1; must 'a line that we did not write'
says '253 ACCEPT, 39 ERROR, 223 QUARANTINE, 253 REJECT, 0 wrong'
[ "$(grep -c '^aximilter: error: ' log)" -eq 39 ]; must 'not one line for each event'
lives
log_is_clean aximilter
