# Data that is taken for a format, a command, or code.

# ---- format strings ----

history 'wu-ftpd 2000: a client names itself %n'
script <<'END'
event onEhlo { log.info("helo %ehloHost%"); reject("no %ehloHost%"); }
END
simulate --helo '%s%n%x.example'
says 'helo %s%n%x.example'
says 'reject 550 5.7.1 no %s%n%x.example'

history 'spamass-milter, milter-greylist: a subject of %s in the log'
script <<'END'
event onHeadersReceived { log.warn(header("Subject")); addHeader("X-Seen", header("Subject")); }
END
printf 'Subject: %%s%%s%%s%%n %%99999999d %%*d\r\n\r\nx\r\n' >letter
simulate
says 'case.afsl: %s%s%s%n %99999999d %*d'
says 'X-Seen: %s%s%s%n %99999999d %*d'

# Red when host/served.c takes the line for a format; -Werror=format-security does not let it be compiled, either.
history 'the same in the log and the reply of a daemon'
script <<'END'
event onEhlo { log.info("helo %ehloHost%"); reject("no %ehloHost%"); }
END
serve_script
send --helo '%s%n%x.example'
says 'reject 550 5.7.1 no %s%n%x.example'
logs 'helo %s%n%x.example'
lives

history 'smfi_setreply eats a percent sign: 100 %s of it is said'
script <<'END'
event onMailFrom { reject(550, "5.7.1", "100\% sure, %%s%%d"); }
END
serve_script
send
says '550 5.7.1 100% sure, %s%d'

history 'the same by libmilter'
script <<'END'
event onMailFrom { reject(550, "5.7.1", "100\% sure, %%s%%d"); }
END
serve_script --server libmilter
send
says '550 5.7.1 100% sure, %s%d'

history 'an option on the command line is a format'
script <<'END'
option words: text;
event onConnect { log.info(words); }
END
simulate -D 'words=%n%n%s'
says 'case.afsl: %n%n%s'

history 'a macro of the mail server is a format'
script <<'END'
event onConnect { log.info(macro("{x}")); }
END
simulate --macro '{x}=%s%n'
says '%s%n'

history 'a quarantine reason is a format'
script <<'END'
event onDataReceived { quarantine(header("Subject")); }
END
printf 'Subject: %%n%%s\r\n\r\nx\r\n' >letter
simulate
says '%n%s'

# ---- a shell ----

history 'Exim 2019-10149: ${run{...}} in a recipient'
script <<'END'
event onRcptTo { log.info("%rcptTo%"); addHeader("X-To", rcptTo); }
END
simulate --rcpt '${run{/bin/sh\t-c\t"touch\tpwned"}}@example.org'
says '${run{'
[ ! -e pwned ]; must 'a command has run'

history 'spamass-milter 2010-1132: a recipient is given to popen'
script <<'END'
event onRcptTo { addRcpt("+%rcptTo%"); }
END
simulate --rcpt 'root+:"|touch pwned"@example.org'
[ ! -e pwned ]; must 'a command has run'
says 'addRcpt'

history 'Shellshock 2014: a header that a shell would run'
script <<'END'
event onDataReceived { addHeader("X-Copy", header("Subject")); }
END
printf 'Subject: () { :;}; touch pwned; `touch pwned` $(touch pwned)\r\n\r\nx\r\n' >letter
simulate
[ ! -e pwned ]; must 'a command has run'
says 'X-Copy: () { :;}; touch pwned'

history 'the daemons can start no command'
for program in "$afsld" "$aximilter"; do
	! nm -D "$program" | grep -E ' U (system|popen|posix_spawn|execl|execlp|execvp|wordexp)(@|$)' >out
	must "$program can"
done

history 'a module that runs commands (there is none)'
script <<'END'
event onConnect { system("touch pwned"); exec("touch pwned"); popen("touch pwned"); }
END
refused_at_load 'system'
says 'exec'

# ---- second evaluation ----

history 'Log4Shell 2021: what a client says is looked up again'
script <<'END'
event onEhlo { log.info("hello %ehloHost%, %{ehloHost}"); }
END
simulate --helo '${jndi:ldap://x}%mailFrom%%{reject()}.example'
says 'hello ${jndi:ldap://x}%mailFrom%%{reject()}.example, ${jndi:ldap://x}%mailFrom%%{reject()}.example'
exits 0

history 'a variable set from data is read in a text, and not expanded again'
script <<'END'
event onEhlo { set(word, "%ehloHost%"); set(twice, "%word%"); log.info("%twice%"); }
END
simulate --helo '%word%%twice%'
says 'case.afsl: %word%%twice%'

history 'a group of a match holds $1'
script <<'END'
event onEhlo { if (ehloHost =~ re"^(.*)\.example$") { log.info("%{$1} %{$0}"); } }
END
simulate --helo '$0$1%{$1}.example'
says 'case.afsl: $0$1%{$1} $0$1%{$1}.example'

history 'MIMEDefang: a pattern from data matches all that there is'
script <<'END'
event onEhlo {
    log.info("quoted %{re.compile(re.quote(ehloHost)).match("anything") ? "matches" : "does not"}");
    log.info("plain %{contains("anything", ehloHost) ? "is within" : "is not"}");
}
END
simulate --helo '.*|(a+)+$'
says 'quoted does not'
says 'plain is not'

history 'a replacement holds a reference'
script <<'END'
event onEhlo { log.info(replace("a-b", "-", ehloHost)); }
END
simulate --helo '\0\1$0$1&'
says 'case.afsl: a\x5C0\x5C1$0$1&b'

history 'the text of an error is data too'
script <<'END'
event onEhlo { try { throw ehloHost; } catch (e) { log.info(e.message); } }
END
simulate --helo '%n%{reject()}'
says 'case.afsl: %n%{reject()}'
exits 0

history 'a JSON text names __proto__'
script <<'END'
event onConnect {
    var value = json.parse("{\"__proto__\": {\"admin\": true}, \"constructor\": 1}");
    log.info("%{value.length()} %{value.has("admin")}");
}
END
simulate
says 'case.afsl: 2 no'
