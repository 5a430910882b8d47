# What eats the stack, the time or the memory: each ends within its limit, and the mail is not let through.

# ---- recursion ----

history 'a function calls itself for ever'
script <<'END'
function f(n: int) -> int { return f(n + 1) + 1; }
event onConnect { log.info("%{f(0)}"); }
END
simulate
tempfails
says 'limit callDepth'

history 'two functions call each other for ever'
script <<'END'
function f(n: int) -> int { return g(n); }
function g(n: int) -> int { return f(n); }
event onConnect { log.info("%{f(0)}"); }
END
simulate
tempfails

history 'a JSON text of a million brackets'
script <<'END'
event onConnect {
    try { var value = json.parse(repeat("[", 1000000)); log.info("%{value.length()}"); } catch (e) { log.info("refused %{e.kind}"); }
}
END
simulate
says 'refused'

history 'Enigmail, Cyrus 2019: a message of a thousand boxes within each other'
script <<'END'
event onDataReceived { log.info("parts %{mime.parts().length()}"); }
END
i=0
{ printf 'Subject: x\r\nMIME-Version: 1.0\r\n'
  while [ $i -lt 2000 ]; do printf 'Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n' $i $i; i=$((i + 1)); done; } >letter
simulate
says 'parts'

history 'message/rfc822 within message/rfc822, and so on'
script <<'END'
event onDataReceived { log.info("parts %{mime.parts().length()}"); }
END
i=0
{ while [ $i -lt 3000 ]; do printf 'Content-Type: message/rfc822\r\n\r\n'; i=$((i + 1)); done; } >letter
simulate
says 'parts'

history 'comments within comments in an address'
script <<'END'
event onMailFrom { log.info("domain %mailFromDomain%"); }
END
simulate --from "$(head -c 3000 /dev/zero | tr '\0' '(')@example.net"
says 'domain'

history 'a script of a million brackets'
{ printf 'event onConnect { var x = '; head -c 1000000 /dev/zero | tr '\0' '('; } >case.afsl
refused_at_load 'E0203'

history 'a script of a million else if'
{ printf 'event onConnect { if (isESMTP) { }'; i=0; while [ $i -lt 30000 ]; do printf ' else if (mailCount == %d) { }' $i; i=$((i + 1)); done; printf ' }\n'; } >case.afsl
refused_at_load 'E0203'

history 'scripts that use each other'
printf 'use "b.afsl" as b;\n' >case.afsl
printf 'use "case.afsl" as a;\n' >b.afsl
refused_at_load 'E0504'

history 'a record that holds itself'
script <<'END'
record Node { next: Node; }
event onConnect { }
END
refused_at_load 'E0320'

history 'a pattern of ten thousand groups'
{ printf 'event onConnect { if (ehloHost =~ re"'; head -c 10000 /dev/zero | tr '\0' '('; head -c 10000 /dev/zero | tr '\0' ')'; printf '") { } }\n'; } >case.afsl
refused_at_load 'E0317'

# ---- quadratic time, and worse ----

history 'Stack Exchange 2016: a pattern looks for blanks at the end of 20,000 of them'
script <<'END'
event onDataReceived { if (header("X-Long") =~ re"^[ ]*[ ]*[ ]*x$") { reject("no"); } }
END
{ printf 'X-Long: a'; head -c 200000 /dev/zero | tr '\0' ' '; printf '.\r\n\r\nx\r\n'; } >letter
simulate
exits 0

history 'Cloudflare 2019: .*.*=.*'
script <<'END'
event onDataReceived { log.info("%{repeat("x", 100000) =~ re".*(?:.*=.*)" ? "yes" : "no"}"); } # afsl: allow W0307
END
simulate
says 'case.afsl: no'

history 'a nested repetition reads as no match'
script <<'END'
event onDataReceived {
    if (header("Subject") =~ re"^(a+)+$") { reject("spam"); } # afsl: allow W0307
    accept();
}
END
{ printf 'Subject: '; head -c 500 /dev/zero | tr '\0' 'a'; printf '!\r\n\r\nx\r\n'; } >letter
simulate
tempfails
says 'regexMatch'

history 'a pattern that starts again at each place'
script <<'END'
event onDataReceived {
    if (repeat("a", 1000000) =~ re"a*a*[0-9]") { reject("spam"); } # afsl: allow W0307
}
END
simulate
tempfails
says 'regex'

history 'hash tables 2011: a hundred thousand keys made to collide'
script <<'END'
event onConnect {
    var seen: map[int, int] = [:];
    for (i in 0..100000) { seen[i * 4294967296] = i; }
    log.info("%{seen.length()}");
}
END
simulate
says 'case.afsl: 100000'

history '2,000 fields, each looked for'
script <<'END'
event onDataReceived {
    var n = 0;
    for (i in 0..2000) { if (hasHeader("X-%i%")) { n += 1; } }
    log.info("found %n%");
}
END
{ i=0; while [ $i -lt 2000 ]; do printf 'X-%d: v\r\n' $i; i=$((i + 1)); done; printf '\r\nx\r\n'; } >letter
simulate
says 'found 2000'

history 'fields removed one by one from 2,000 of a name'
script <<'END'
event onDataReceived {
    var n = 0;
    while (hasHeader("X-A")) { removeFirstHeader("X-A"); n += 1; }
    log.info("removed %n%");
}
END
{ i=0; while [ $i -lt 2000 ]; do printf 'X-A: v\r\n'; i=$((i + 1)); done; printf '\r\nx\r\n'; } >letter
simulate
says 'removed 2000'

history 'more fields than any message has'
script <<'END'
event onDataReceived { log.info("through %{header("X-A")}"); }
END
{ i=0; while [ $i -lt 12000 ]; do printf 'X-A: v\r\n'; i=$((i + 1)); done; printf '\r\nx\r\n'; } >letter
simulate
tempfails
says 'headers'

history 'a text that grows byte by byte to a megabyte'
script <<'END'
event onConnect { var t = ""; for (i in 0..1000000) { t += "x"; } log.info("%{length(t)}"); }
END
simulate
says 'case.afsl: 1000000'

# ---- memory ----

history 'a text that doubles for ever'
script <<'END'
event onConnect { var t = "x"; while (true) { t += t; } }
END
simulate
tempfails
says 'limit'

history 'a list that grows for ever'
script <<'END'
event onConnect { var list = [1]; while (true) { list.push(1); } }
END
simulate
tempfails
says 'limit'

history 'a map that grows for ever'
script <<'END'
event onConnect { var map = [1: 1]; var n = 0; while (true) { n += 1; map[n] = n; } }
END
simulate
tempfails
says 'limit'

history 'the billion laughs'
script <<'END'
event onConnect {
    var a = ["ha", "ha", "ha", "ha", "ha", "ha", "ha", "ha", "ha", "ha"];
    for (i in 0..12) { var b = a; for (k in 0..9) { a.extend(b); } }
    log.info("%{a.length()}");
}
END
simulate
tempfails
says 'limit'

history 'a session variable takes what messages leave behind'
script <<'END'
session var kept: list[text];
event onMailFrom { while (true) { kept.push(repeat("x", 1000)); } }
END
simulate
tempfails
says 'limit sessionMemory'

history 'a million changes'
script <<'END'
event onDataReceived { for (i in 0..1000000) { addHeader("X-%i%", "v"); } }
END
simulate
tempfails
says 'limit changes'

history 'a million questions to name servers'
script <<'END'
event onConnect { for (i in 0..1000000) { dns.exists("n%i%.example", "A"); } }
END
simulate --name-servers 127.0.0.1:9 --limit eventTime=3000
tempfails

history 'sockets that are never closed'
script <<'END'
event onConnect { }
END
serve_script
script <<'END'
event onConnect {
    var links: list[socket] = [];
    for (i in 0..1000) { links.push(connect("unix:s")); }
    log.info("all of them");
}
END
simulate
tempfails
says 'limit sockets'

history 'a loop without end'
script <<'END'
event onConnect { while (true) { } }
END
simulate
tempfails
says 'limit instructions'

history 'a loop without end within one builtin'
script <<'END'
event onConnect { var t = repeat("ab", 4000000); while (true) { if (count(t, "ba") == 1) { t = reverse(t); } } }
END
simulate --limit eventTime=2000
tempfails
says 'limit'

history 'a limit that strikes is caught, and the loop goes on'
script <<'END'
event onConnect { while (true) { try { while (true) { } } catch (e) { log.info("caught"); } } }
END
simulate
tempfails
says_not 'caught'
