# Messages that two readers read in two ways, and messages that nobody has thought of.

reads() { script <<-'END'
	event onDataReceived {
	    var parts = mime.parts();
	    log.info("parts %{parts.length()} anomalies %{mime.anomalies(parts).join(",")}");
	    for (part in parts) { log.info("part %{length(mime.decode(part))}"); }
	}
	END
}

history 'two boundaries: one reader sees the attachment, the other does not'
reads
printf 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a; boundary=b\r\n\r\n--a\r\n\r\nseen\r\n--a--\r\n--b\r\n\r\nhidden\r\n--b--\r\n' >letter
simulate
exits 0
grep -qE 'anomalies [a-zA-Z]' out; must 'nothing is noticed'

history 'two Content-Type fields'
reads
printf 'Content-Type: text/plain\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n' >letter
simulate
grep -qE 'anomalies [a-zA-Z]' out; must 'nothing is noticed'

history 'two Content-Transfer-Encoding fields'
reads
printf 'MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: 7bit\r\nContent-Type: text/plain\r\n\r\naGVsbG8=\r\n' >letter
simulate
grep -qE 'anomalies [a-zA-Z]' out; must 'nothing is noticed'

history 'an encoding that nobody knows'
reads
printf 'MIME-Version: 1.0\r\nContent-Transfer-Encoding: uuencode-x\r\nContent-Type: text/plain\r\n\r\nx\r\n' >letter
simulate
exits 0

history 'base64 with rubbish between'
reads
printf 'MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\nContent-Type: text/plain\r\n\r\naG!!Vs*bG8=aGk=\r\n====\r\n' >letter
simulate
exits 0
says 'part '

history 'two From fields'
script <<'END'
event onDataReceived { log.info("from %{headerCount("From")} %{values("From").join("|")}"); }
END
printf 'From: a@good.example\r\nFrom: b@evil.example\r\n\r\nx\r\n' >letter
simulate
says 'from 2 a@good.example|b@evil.example'

history 'a blank before the colon of a field'
script <<'END'
event onDataReceived { log.info("found %{hasHeader("Subject")}"); }
END
printf 'Subject : x\r\n\r\nx\r\n' >letter
simulate
exits 0
says 'found '

history 'a field that is folded in its name'
script <<'END'
event onDataReceived { for (h in headers.all()) { log.info("%{h.name}=%{h.value}"); } }
END
printf 'Sub\r\n ject: x\r\nFrom: y\r\n\r\nx\r\n' >letter
simulate
exits 0

history 'SMTP smuggling 2023: LF . LF in a body'
script <<'END'
event onDataReceived { replaceBody("a\n.\nMAIL FROM:<evil@example.net>\r\n.\r\nb"); }
END
simulate --output delivered
exits 0
[ "$(grep -c 'Hello, Bob' delivered)" -eq 0 ]; must 'the body is not replaced'

history 'a lone carriage return in a field'
script <<'END'
event onDataReceived { log.info(header("Subject")); }
END
printf 'Subject: a\rb\r\n\r\nx\r\n' >letter
simulate
says 'a\x0Db'

history 'a field of a megabyte'
script <<'END'
event onDataReceived { log.info("%{length(header("X-Long"))}"); }
END
{ printf 'X-Long: '; head -c 1000000 /dev/zero | tr '\0' 'a'; printf '\r\n\r\nx\r\n'; } >letter
simulate
says 'case.afsl: 1000000'

for what in empty newline headers body nul high; do
history "a message of nothing but: $what"
script <<'END'
event onDataReceived {
    log.info("%{header("Subject")} %{headers.all().length()} %{mime.parts().length()} %bodySize% %messageSize%");
    addHeader("X-Seen", "yes");
}
END
case $what in
empty) : >letter ;;
newline) printf '\r\n' >letter ;;
headers) printf 'Subject: x\r\n' >letter ;;
body) printf '\r\nbody' >letter ;;
nul) head -c 1000 /dev/zero >letter ;;
high) head -c 1000 /dev/zero | tr '\0' '\377' >letter ;;
esac
simulate
[ "$status" -le 1 ] || [ "$status" -eq 65 ]; must "status $status"
done

history 'a MIME part without an end, a boundary of nothing, a boundary of 10,000 bytes'
reads
for boundary in '' '""' x "$(head -c 10000 /dev/zero | tr '\0' b)"; do
	printf 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n\r\nx' "$boundary" "$boundary" >letter
	simulate
	exits 0
done

history 'encoded words that bring a line break'
script <<'END'
event onDataReceived { var s = encoding.decodeWords(header("Subject")); log.info(s); addHeader("X-Subject", s); }
END
printf 'Subject: =?utf-8?B?YQ0KQmNjOiBldmU=?=\r\n\r\nx\r\n' >letter
simulate
tempfails
says 'a\x0D\x0ABcc: eve'
