# Numbers that wrap, limits of 0, and what is empty.

history 'OpenSSH 2002: a count times a size wraps'
script <<'END'
event onConnect {
    for (n in [4611686018427387904, 9223372036854775807, 4294967296, 1073741825]) {
        try { log.info("created %{length(repeat("abcd", n))}"); } catch (e) { log.info("refused %{e.kind}"); }
    }
}
END
simulate
tempfails
says_not 'created'

history 'a sum of 64 bits wraps'
script <<'END'
event onConnect {
    var most = 9223372036854775807;
    try { most += mailCount + 1; log.info("sum"); } catch (e) { log.info("plus %{e.kind}"); }
    try { most = most * 2; log.info("product"); } catch (e) { log.info("times %{e.kind}"); }
}
END
simulate
says 'plus overflow'
says 'times overflow'

history 'the one quotient that traps the processor'
script <<'END'
event onConnect {
    var least = -9223372036854775807 - 1;
    var one = mailCount - 1;
    try { log.info("%{least / one}"); } catch (e) { log.info("div %{e.kind}"); }
    log.info("mod %{least % one}");
    try { log.info("%{-least}"); } catch (e) { log.info("neg %{e.kind}"); }
    try { log.info("%{math.abs(least)}"); } catch (e) { log.info("abs %{e.kind}"); }
}
END
simulate
says 'div overflow'
says 'mod 0'
says 'neg overflow'
says 'abs overflow'

history 'a division by zero'
script <<'END'
event onConnect { try { log.info("%{1 / mailCount}"); } catch (e) { log.info("div %{e.kind}"); } try { log.info("%{1 % mailCount}"); } catch (e) { log.info("mod %{e.kind}"); } }
END
simulate
counts 2 'case.afsl: '
says_not '= '
says 'div '

history 'a number with too many digits in the source'
script <<'END'
event onConnect { log.info("%{99999999999999999999}"); }
END
refused_at_load 'E0106'

history 'a number with too many digits in the data'
script <<'END'
event onConnect { try { log.info("%{int("18446744073709551617")}"); } catch (e) { log.info("refused %{e.kind}"); } }
END
simulate
says 'refused convert'

history 'a size of a message that is no size'
script <<'END'
event onMailFrom { log.info("size %messageSize%"); }
END
simulate
exits 0

history 'a reply code that wraps to 250'
script <<'END'
event onConnect {
    for (code in [4294967546, 65786, 250, -550, 0, 600, 99999]) {
        try { reject(code, "5.7.1", "no"); } catch (e) { log.info("refused %{e.kind}"); }
    }
}
END
simulate
counts 7 'refused argument'

history 'places in a text and a list that are not there'
script <<'END'
event onConnect {
    var list = [1, 2, 3];
    for (at in [3, -4, 4294967296, -9223372036854775807]) {
        try { log.info("got %{list[at]}"); } catch (e) { log.info("list %{e.kind}"); }
        try { log.info("got %{"abc"[at]}"); } catch (e) { log.info("text %{e.kind}"); }
    }
}
END
simulate
counts 4 'list index'
counts 4 'text index'

history 'slices from behind the end to before the start'
script <<'END'
event onConnect {
    var list = [1, 2, 3];
    for (at in [4, 4294967297, 9223372036854775807]) {
        try { log.info("%{length(list.slice(0, at))} %{length("abc"[..at])}"); } catch (e) { log.info("refused %{e.kind}"); }
    }
}
END
simulate
exits 0
counts 3 'case.afsl: '

history 'a loop to the largest number ends'
script <<'END'
event onConnect { for (i in 9223372036854775805..9223372036854775807) { log.info("at %i%"); } }
END
simulate
exits 0
says 'at 9223372036854775806'

history 'a span of time that wraps into the past'
script <<'END'
event onConnect {
    try { log.info("%{days(9223372036854775807)}"); } catch (e) { log.info("days %{e.kind}"); }
    try { log.info("%{fromUnix(9223372036854775807)}"); } catch (e) { log.info("unix %{e.kind}"); }
    try { log.info("%{now() + days(300000000)}"); } catch (e) { log.info("plus %{e.kind}"); }
}
END
simulate
counts 3 'case.afsl: '
says 'days overflow'

history 'a shift by more bits than there are'
script <<'END'
event onConnect {
    for (bits in [64, -1, 4294967296]) {
        try { log.info("got %{math.shiftLeft(1, bits)}"); } catch (e) { log.info("refused %{e.kind}"); }
    }
}
END
simulate
exits 0
counts 3 'case.afsl: '

# ---- 0 is not unlimited ----

history 'a limit of 0 switches the limit off'
script <<'END'
event onConnect { var n = 0; while (true) { n += 1; if (ehloHost =~ re"(a+)+$") { n += length("%n%"); } } }
END
for limit in instructions eventTime eventMemory callDepth textLength regexMatch; do
	try "$afsl" run --limit $limit=0 case.afsl letter
	tempfails
	says 'limit'
done

history 'a negative limit'
script <<'END'
event onConnect { }
END
try "$afsl" run --limit instructions=-1 case.afsl letter
exits 64

history 'a limit that is no number'
script <<'END'
event onConnect { }
END
for value in 1e9 unlimited '' 99999999999999999999 0x10000000000000000; do
	try "$afsl" run --limit "instructions=$value" case.afsl letter
	exits 64
done

history 'a cache of no entries, a window of no time'
script <<'END'
shared var seen: cache[text, int] = cache(ttl: 0s, max: 0);
shared var logins: rate = rate(window: 0s);
event onConnect { seen.put("a", 1); }
END
check
exits 65

history 'a timeout of 0 waits for ever'
script <<'END'
event onConnect { try { connect("inet:9@192.0.2.1", timeout: 0s); log.info("there"); } catch (e) { log.info("ended %{e.kind}"); } }
END
simulate
says 'ended'

history 'a daemon with 0 sessions, 0 threads'
script <<'END'
event onConnect { }
END
for setting in sessions=0 threads=0; do
	try "$afsld" -t --set "$setting" --listen "unix:$work/s" case.afsl
	[ "$status" -ne 0 ]; must "$setting is taken"
done

# ---- what is empty ----

history 'an empty list of networks holds everybody'
script <<'END'
option friends: list[net] = [];
event onConnect { log.info(remoteSmtpIp in friends ? "friend" : "stranger"); }
END
simulate
says 'stranger'
simulate -D friends=
says 'stranger'

history 'a table file that lost its lines lets everybody in'
script <<'END'
table friends: net = "cidr:list";
event onConnect { log.info(remoteSmtpIp in friends ? "friend" : "stranger"); }
END
: >list
simulate
says 'stranger'

history 'the empty text is found everywhere, and counted for ever'
script <<'END'
event onEhlo {
    var none = "";
    try { log.info("%{count("abc", none)}"); } catch (e) { log.info("count %{e.kind}"); }
    try { log.info("%{replace("abc", none, "x")}"); } catch (e) { log.info("replace %{e.kind}"); }
    try { log.info("%{split("abc", none).length()}"); } catch (e) { log.info("split %{e.kind}"); }
    log.info("in a list: %{none in ["a"]}");
}
END
simulate
exits 0
says 'count argument'
says 'replace argument'
says 'in a list: no'

history 'a null sender is nobody, and not root'
script <<'END'
event onMailFrom { log.info("[%mailFrom%] [%mailFromDomain%] %{mailFromDomain in ["", "x"]}"); }
END
simulate --from ''
says '[] [] yes'

history 'an empty pattern table matches nothing'
script <<'END'
table spam: text = "regex:list";
event onHeadersReceived { log.info(spam.contains(header("Subject")) ? "spam" : "ham"); }
END
printf '# nothing\n\n' >list
simulate
says 'case.afsl: ham'

# Protected twice: empty lines are left out (without that, both lists are refused: red), and what has no slashes is no
# pattern (without that as well, both say spam: red).
history 'an empty line in a pattern table matches everything'
script <<'END'
table spam: text = "regex:list";
table junk: text -> text = "pcre:valued";
event onHeadersReceived {
    log.info(spam.contains(header("Subject")) ? "spam" : "ham");
    log.info("junk is [%{junk.get(header("Subject"), "nothing")}]");
}
END
printf '\n   \n# nothing\n\t\n/^never$/\n' >list
printf '\n   \n# nothing\n\t\r\n/^never$/ REJECT\n\n' >valued
try "$afsl" run case.afsl letter
says 'case.afsl: ham'
says 'case.afsl: junk is [nothing]'
