# A failure that is taken for "clean", and state that is taken along.

history 'amavisd: the scanner cannot be reached, the mail goes through'
script <<'END'
event onDataReceived { var link = connect("inet:1@127.0.0.1"); link.write("SCAN"); accept(); }
END
simulate
tempfails

history 'the scanner closes in the middle of its answer'
script <<'END'
event onConnect { }
END
serve_script
script <<'END'
event onDataReceived {
    var link = connect("unix:s");
    link.write("GET / HTTP/1.0\r\n\r\n");
    if (link.readLine() == "FOUND") { reject("virus"); }
    accept();
}
END
simulate
tempfails

history 'a name server that does not answer says that nobody is listed'
script <<'END'
event onConnect { if (dns.exists("2.0.0.127.bl.example", "A", timeout: 1s)) { reject("listed"); } }
END
simulate --name-servers 127.0.0.1:1
tempfails

history 'an SPF record that cannot be had reads as pass'
script <<'END'
event onMailFrom { log.info("spf %{spf.check(remoteSmtpIp, mailFromDomain, mailFrom).result}"); }
END
simulate --name-servers 127.0.0.1:1 --limit eventTime=3000
says_not 'spf pass'

history 'aximilter.afsl: the third party is not there'
printf '' >case.afsl
try "$afsl" run -D address=unix:/nowhere/s "$top/filters/aximilter.afsl" letter
tempfails

history 'the third party talks nonsense'
script <<'END'
event onConnect { }
END
serve "$aximilter" --foreground -s "listen unix:$work/s" -s 'milter inet:1@127.0.0.1'
try "$afsl" run -D "address=unix:$work/s" -D connectTimeout=2s -D commandTimeout=2s "$top/filters/aximilter.afsl" letter
tempfails

history 'an error that nobody catches lets the mail through'
script <<'END'
event onHeadersReceived { log.info("%{int(header("Subject"))}"); }
event onDataReceived { accept(); }
END
simulate
tempfails

history 'changes made before the error are half of what was meant'
script <<'END'
event onHeadersReceived { addHeader("X-First", "1"); }
event onDataReceived { addHeader("X-Second", "2"); log.info("%{int("x" + header("Subject"))}"); }
END
simulate
tempfails
says_not 'addHeader'

history 'a caught error is no verdict'
script <<'END'
event onDataReceived { try { throw "no"; } catch (e) { reject("caught %{e.message}"); } }
END
simulate
says 'reject 550 5.7.1 caught no'

history 'a table whose file is gone starts empty'
script <<'END'
table friends: net = "cidr:absent";
event onConnect { if (remoteSmtpIp in friends) { accept(); } }
END
try "$afsl" run case.afsl letter
exits 65
says 'E0515'

history 'a table that loses its file keeps what it had, and says so'
script <<'END'
table friends: text = "file:list";
event onEhlo { if (ehloHost in friends) { reject("known"); } }
END
printf 'client.example\n' >list
serve_script
send
says 'known'
rm list
sleep 3
send
says 'known'

history 'a pattern that its limit stops is "no match" in a table'
script <<'END'
table spam: text = "regex:list";
event onHeadersReceived { if (spam.contains(header("Subject"))) { reject("spam"); } accept(); }
END
printf '/^(a+)+$/\n' >list
{ printf 'Subject: '; head -c 400 /dev/zero | tr '\0' 'a'; printf '!\r\n\r\nx\r\n'; } >letter
simulate
tempfails

history 'bytes that are no UTF-8 are "no match"'
script <<'END'
event onHeadersReceived { if (header("Subject") =~ re"spam"u) { reject("spam"); } accept(); }
END
printf 'Subject: sp\377am spam\r\n\r\nx\r\n' >letter
simulate
tempfails

history 'onError = accept is not taken for the default'
script <<'END'
event onConnect { throw "broken"; }
END
serve_script
send
says 'tempfail'

# ---- state across messages ----

history 'Sendmail 2006: the verdict of one message reaches the next'
script <<'END'
message var bad = false;
event onMailFrom { if (mailCount == 1) { bad = true; } }
event onDataReceived { if (bad) { reject("the first"); } }
END
printf 'test "two" {\n smtp.mailFrom("a@example.net"); smtp.rcptTo("b@example.org"); smtp.send("Subject: x\\n\\nx\\n"); expect(verdict() == "reject");\n smtp.mailFrom("a@example.net"); smtp.rcptTo("b@example.org"); smtp.send("Subject: x\\n\\nx\\n"); expect(verdict() != "reject");\n}\n' >case.test.afsl
try "$afsl" test case.test.afsl
says 'passed, 0 failed'

history 'what set() says lives until the message ends'
script <<'END'
event onMailFrom { if (mailFrom == "first@example.net") { set(smtpAction, "reject"); set(smtpExplanation, "first"); } }
END
printf 'test "two" {\n smtp.mailFrom("first@example.net"); expect(reply() == "550 5.7.1 first");\n smtp.mailFrom("second@example.net"); expect(verdict() != "reject");\n}\n' >case.test.afsl
try "$afsl" test case.test.afsl
says '1 passed, 0 failed'

history 'a session sees what another session keeps'
script <<'END'
session var seen = "";
event onEhlo { seen += ehloHost; reject("seen %seen%"); }
END
serve_script
send --helo one.example
says 'seen one.example'
send --helo two.example
says 'seen two.example'
says_not 'one.example'

history 'the groups of an old match are read for a new one'
script <<'END'
event onEhlo {
    if (ehloHost =~ re"^(client)") { }
    if (ehloHost =~ re"^nobody(x)") { }
    log.info("[%{$1}]");
}
END
check
exits 0

history 'a message that is cut off leaves its headers behind'
script <<'END'
event onDataReceived { log.info("n %{headerCount("Subject")}"); }
END
serve_script
send
send
lives
[ "$(grep -c ' n 1' log)" -eq 2 ]; must 'a message has the fields of another'
