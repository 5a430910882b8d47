# Lines and bytes that get out where nobody meant them to.

history 'header injection: a subject is written into a field, with a line of its own'
script <<'END'
event onEhlo { }
event onDataReceived { addHeader("X-Seen", encoding.hexDecode("610d0a5265706c792d546f3a20657665406576696c")); }
END
simulate
tempfails
says_not 'Reply-To: eve'

history 'header injection by a lone line feed'
script <<'END'
event onDataReceived { modifyHeader("Subject", "a\nBcc: eve@evil.example"); }
END
simulate
tempfails
says_not 'Bcc: eve'

history 'header injection by a lone carriage return'
script <<'END'
event onDataReceived { addHeader("X-Seen", "a\rBcc: eve@evil.example"); }
END
simulate
tempfails

history 'an empty line in a value begins the body'
script <<'END'
event onDataReceived { addHeader("X-Seen", "a\n\n<script>"); }
END
simulate
tempfails

history 'a folded value stays one field'
script <<'END'
event onDataReceived { addHeader("X-Seen", "a\n\tb"); }
END
simulate
exits 0
says 'addHeader'

history 'a field name with a colon, a blank, a line'
script <<'END'
event onDataReceived {
    for (name in ["X: y", "X y", "X\nBcc", "", "X\0", "X\x7F"]) {
        try { addHeader(name, "v"); log.info("taken"); } catch (e) { log.info("refused %{e.kind}"); }
    }
}
END
simulate
counts 6 'refused argument'
says_not 'taken'

history 'SMTP smuggling 2023: a reply with lines of SMTP in it'
script <<'END'
event onEhlo { reject("no\r\n250 OK %ehloHost%"); }
END
simulate --helo x.example
says '550-5.7.1 no'
says '550 5.7.1 250 OK'

history 'a reply with a lone carriage return'
script <<'END'
event onEhlo { reject(replace("no+250 OK", "+", "\r")); }
END
simulate
tempfails

history 'an added recipient brings commands along'
script <<'END'
event onDataReceived {
    for (address in ["a@b>\r\nRCPT TO:<c@d", "a@b\nDATA", "a@b> NOTIFY=NEVER", "a@b\0c", "<a@b><c@d>"]) {
        try { addRcpt(address); log.info("taken"); } catch (e) { log.info("refused %{e.kind}"); }
    }
}
END
simulate
counts 5 'refused argument'

history 'a new sender brings commands along'
script <<'END'
event onDataReceived {
    for (address in ["a@b>\r\nRSET", "a@b\rc", "a@b> SIZE=0", "a@b\0"]) {
        try { changeSender(address); log.info("taken"); } catch (e) { log.info("refused %{e.kind}"); }
    }
}
END
simulate
counts 4 'refused argument'

history 'parameters of a recipient bring commands along'
script <<'END'
event onDataReceived {
    for (words in ["NOTIFY=NEVER\r\nDATA", "X=\0", "A=B\nC=D"]) {
        try { addRcpt("a@b.example", words); log.info("taken"); } catch (e) { log.info("refused %{e.kind}"); }
    }
}
END
simulate
counts 3 'refused argument'

history 'a quarantine reason of two lines'
script <<'END'
event onDataReceived {
    for (why in ["a\r\nb", "a\nb", "a\0b"]) {
        try { quarantine(why); log.info("taken"); } catch (e) { log.info("refused %{e.kind}"); }
    }
}
END
simulate
counts 3 'refused argument'

history 'log injection: a client writes log lines'
script <<'END'
event onDataReceived { log.info(header("Subject")); log.info(encoding.hexDecode("610a6166736c643a20616363657074656420726f6f74")); }
END
printf 'Subject: a\rafsld: accepted root\r\n\r\nx\r\n' >letter
simulate
counts 2 'log info: '
says 'a\x0Aafsld: accepted root'
[ "$(grep -ac '^afsld: accepted' out)" -eq 0 ]; must 'a line of its own stands in the log'

history 'terminal escapes in the log'
script <<'END'
event onEhlo { log.info(ehloHost); }
END
simulate --helo "$(printf 'a\033]0;pwned\007b\302\233c')"
! grep -qa "$(printf '\033')" out; must 'an escape reaches the terminal'
! grep -qa "$(printf '\302\233')" out; must 'a C1 control reaches the terminal'

history 'a log line of a megabyte'
script <<'END'
event onConnect { log.info(repeat("x", 1000000)); }
END
simulate
[ "$(wc -c <out)" -lt 5000 ]; must 'it is written whole'

history 'a log of a million lines'
script <<'END'
event onConnect { for (i in 0..100000) { log.info("line %i%"); } }
END
simulate
[ "$(wc -l <out)" -lt 300 ]; must 'all of them are written'

# ---- NUL ----

history 'a NUL ends the address that is looked at, and not the one that is used'
script <<'END'
event onConnect {
    var mail = encoding.hexDecode("726f6f74004065766c");
    log.info("%{length(mail)} %{mail == "root"} %{contains(mail, "evl")} %{mail.startsWith("root")}");
}
END
simulate
says 'case.afsl: 9 no yes yes'

history 'a NUL hides what stands behind it from a pattern'
script <<'END'
event onConnect {
    var body = encoding.hexDecode("61006576696c");
    log.info("%{body =~ re"evil" ? "seen" : "hidden"} %{body =~ re"^a$" ? "cut" : "whole"}");
}
END
simulate
says 'case.afsl: seen whole'

history 'a NUL in a header value that is added'
script <<'END'
event onDataReceived { addHeader("X-Seen", "a\0b"); }
END
simulate
tempfails

history 'a NUL in the body reaches the script whole'
script <<'END'
message var size = 0;
event onBodyChunk { size += length(bodyChunk); }
event onDataReceived { log.info("%size%"); }
END
printf 'Subject: x\r\n\r\na\0b\0c\r\n' >letter
simulate
says 'case.afsl: 7'

history 'a NUL in the name of a file'
printf hidden >secret
script <<'END'
event onConnect { try { log.info(file.read("secret\0.txt")); } catch (e) { log.info("refused %{e.kind}"); } }
END
simulate --files .
says 'refused io'
says_not 'hidden'

history 'a NUL in a host name that is asked for'
script <<'END'
event onConnect { log.info("%{dns.exists("good.example\0.evil.example", "A")}"); }
END
simulate --name-servers 127.0.0.1:9
says 'case.afsl: no'

history 'a NUL in the path of a socket'
script <<'END'
event onConnect { try { connect("unix:/tmp/a\0b"); } catch (e) { log.info("refused %{e.kind}"); } }
END
simulate
says 'refused'

history 'a script with a NUL in it'
printf 'event onConnect { reject("no"); }\n\0event onEhlo { accept(); }\n' >case.afsl
refused_at_load 'NUL'
