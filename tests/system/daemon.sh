# Suites about afsld behind a real Postfix: scripts of its own, several of them, reload, drain, death.

# One session on a port; $talked and $mailed hold what was said and what arrived.
speak() { # PORT DIALOGUE_TEXT
	printf '%s\n' "$2" >"$scratch/dialogue"
	rm -rf "$scratch/spoken"
	"$build/tests/smtp-talk" "$1" "$scratch/dialogue" >"$scratch/talk" 2>&1
	postfix_collect "$scratch/spoken"
	talked=$(cat "$scratch/talk")
	mailed=$(cat "$scratch/spoken"/* 2>/dev/null)
}

# expect NAME TEXT PATTERN...: every pattern (grep -E) is found in the text; with "!" before it, none is.
expect() {
	expect_name=$suite/$1 expect_text=$2
	shift 2
	case_wanted "$expect_name" || return 0
	for expect_pattern; do
		case $expect_pattern in
		!*) printf '%s\n' "$expect_text" | grep -aqE "${expect_pattern#!}" || continue ;;
		*) ! printf '%s\n' "$expect_text" | grep -aqE "$expect_pattern" || continue ;;
		esac
		{
			echo "expected: $expect_pattern"
			printf '%s\n' "$expect_text"
			tail -n 5 "$scratch"/daemon*.log 2>/dev/null
		} >"$scratch/details"
		case_fail "$expect_name" "$scratch/details"
		return 1
	done
	case_pass "$expect_name"
}

letter() { # SUBJECT [SENDER [RECIPIENT]]: a dialogue with one message
	cat <<-EOT
		EHLO client.example
		MAIL FROM:<${2:-alice@b.example}>
		RCPT TO:<${3:-bob@x.example}>
		DATA
		|From: alice@b.example
		|Subject: $1
		|X-Hostile: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac
		|
		|body
		.
		QUIT
	EOT
}

script() { # NAME: writes standard input to that script; sets $script
	script=$scratch/$1
	cat >"$script"
	chmod 644 "$script"
}

daemon_start() { # SCRIPT...: Postfix with afsld in front; sets $daemon_pid and $smtp
	sink_start
	chain_start daemon "$@"
	daemon_pid=$pid
	postfix_start "inet:127.0.0.1:$chain"
	smtp=${postfix_ports# }
}

# A policy file with all twelve events decides at every stage; $1 says how its lines end.
postfix_policy() { # lf|crlf
	policy_script | if [ "$1" = crlf ]; then sed 's/$/\r/'; else cat; fi >"$scratch/policy.afsl"
	chmod 644 "$scratch/policy.afsl"
	daemon_start "$scratch/policy.afsl"
	speak "$smtp" "$(letter hello)"
	expect passes "$talked $mailed" '< 250 2.0.0 Ok' '^X-Policy: from b.example to bob$'
	speak "$smtp" "$(letter hello | sed s/client.example/bad.example/)"
	expect helo "$talked" '< 550 5.7.1 bad helo, bad.example'
	speak "$smtp" "$(letter hello later@b.example)"
	expect mail "$talked" '< 451-4.7.1 come' '< 451 4.7.1 later$'
	speak "$smtp" "$(letter hello alice@b.example gone@x.example)"
	expect rcpt "$talked" '< 550 5.7.1 nobody here, client.example'
	speak "$smtp" "$(letter hello alice@b.example hole@x.example)"
	expect discard "$talked$mailed" '< 250 2.0.0 Ok' '!^Subject'
	speak "$smtp" "$(letter 'XXX now')"
	expect headers "$talked$mailed" '< 550 5.7.1 <no> such subject: \[XXX now\]' '!^Subject'
}

policy_script() {
	cat <<-'EOT'
		# written by a generator: every event, empty where unused
		method refuse {
		    set (smtpExplanation, "%reason%, %EhloHost%");
		    set (smtpAction, "reject");
		}
		method nobodyCallsThis {
		}
		event onConnect {
		    if ( anyOf ( ipRange (remoteSmtpIp, "192.0.2.0/255.255.255.0"), allOf ( is (remoteSmtpHost, "bad.example"), greaterThan (remoteSmtpPort, "-1") ) ) ) {
		        set (reason, "bad neighbourhood");
		        call (refuse);
		    }
		    set (maxRcptCount, "100");
		}
		event onEhlo {
		    if (anyOf(is(ehloHost, "BAD.example"), isCase(ehloHost, "WORSE.example"))) {
		        set(reason, "bad helo");
		        call(refuse);
		    }
		}
		event onMailFrom {
		    if (allOf(is(mailFromDomain, "b.example"), startsWith(mailFrom, "later"))) {
		        set(smtpAction, "tmpreject");
		        set(smtpExplanation, "come
		later");
		    }
		}
		event onRcptTo {
		    if (is(rcptTo, "gone@x.example")) {
		        set(reason, "nobody here");
		        call(refuse);
		    }
		    if (is(rcptTo, "hole@x.example")) {
		        set(smtpAction, "discard");
		    }
		    set(who, "bob");
		    export(who);
		}
		event onHeadersReceived {
		    if (matches(subject, "^XXX")) { call(refuse); }
		    set(subject, "%{header("Subject")}");
		    if (contains(subject, "xxx")) {
		        set(smtpExplanation, "<no> such subject: [%subject%]");
		        set(smtpAction, "reject");
		    }
		}
		event onBodyChunk {
		}
		event onDataReceived {
		    set(headerName, "X-Policy");
		    set(headerValue, "from %mailFromDomain% to %who%");
		    call(addHeader);
		}
		event onRelay {
		    set(sslEnabled, "yes");
		    set(allowedSSLVersions, "tls11 tls12 tls13 ");
		}
		event onDeliveryFailure {
		    if (greaterThan(ndrRetryCount, "2")) { set(sendNdr, "no"); }
		}
		event onTemporaryDeliveryFailure {
		}
		event onProcessing {
		}
		event onDeliverySuccess {
		    set(dsnSubject, "delivered: %dsnRcptAddress%");
		}
	EOT
}

# Two scripts in one daemon: the second reads what the first has changed; a refusal drops all changes.
postfix_two_scripts() {
	script first.afsl <<-'EOT'
		event onDataReceived {
		    modifyHeader("Subject", "[first] " + header("Subject"));
		    if (header("Subject") =~ re"body") {
		        replaceBody("a new body\r\n");
		    }
		}
	EOT
	first=$script
	script second.afsl <<-'EOT'
		message var bytes = 0;
		event onBodyChunk {
		    bytes += length(bodyChunk);
		}
		event onDataReceived {
		    if (header("Subject") =~ re"refuse") {
		        reject(554, "5.6.0", "no: %{header("Subject")}");
		    }
		    addHeader("X-Second", "%{header("Subject")} %bytes%");
		}
	EOT
	daemon_start "$first" "$script"
	speak "$smtp" "$(letter hello)"
	expect order "$mailed" '^Subject: \[first\] hello$' '^X-Second: \[first\] hello 6$'
	speak "$smtp" "$(letter 'new body')"
	expect body "$mailed" '^X-Second: \[first\] new body 12$' '^a new body' '!^body'
	speak "$smtp" "$(letter refuse)"
	expect refusal "$talked$mailed" '< 554 5.6.0 no: \[first\] refuse' '!^Subject'
}

# A script that fails, or would go on for ever, is answered by onError; the next message is none the wiser.
postfix_trapped() {
	script traps.afsl <<-'EOT'
		function deep(n: int) -> int {
		    return deep(n + 1) + 1;
		}
		event onDataReceived {
		    addHeader("X-Half", "done");
		    if (header("Subject") == "loop") {
		        while (true) { }
		    }
		    if (header("Subject") == "deep") {
		        addHeader("X-Deep", "%{deep(0)}");
		    }
		    if (header("Subject") == "memory") {
		        var all = "x";
		        while (true) { all += all; }
		    }
		    if (header("Subject") == "regex") {
		        if (header("X-Hostile") =~ re"^(a|aa)+$") { discard(); }
		    }
		    if (header("Subject") == "index") {
		        var empty: list[text];
		        addHeader("X-None", empty[3]);
		    }
		}
	EOT
	daemon_start "$script"
	for trap in loop deep memory regex index; do
		speak "$smtp" "$(letter "$trap" | sed '$d'; letter fine | sed 1d)"
		expect "$trap" "$talked$mailed" '< 451 4\.' '^Subject: fine' '^X-Half: done' \
			"!^Subject: $trap"
	done
	speak "$smtp" "$(letter fine)"
	expect afterwards "$talked$mailed" '< 250 2.0.0 Ok' '^X-Half'
}

# HUP: a session that has begun ends as it began, the next one has the new script; a wrong one changes
# nothing. TERM: the session that runs may finish its message.
postfix_reload() {
	script changing.afsl <<-'EOT'
		event onDataReceived { addHeader("X-Version", "one"); }
	EOT
	daemon_start "$script"
	speak "$smtp" "$(letter before)"
	expect before "$mailed" '^X-Version: one'
	letter during | sed '/^DATA/i @pause 2000' >"$scratch/slow"
	"$build/tests/smtp-talk" "$smtp" "$scratch/slow" >"$scratch/slow.talk" 2>&1 &
	slow=$!
	sleep 0.7
	sed -i s/one/two/ "$script"
	kill -HUP "$daemon_pid"
	sleep 0.5
	speak_now=$("$build/tests/smtp-talk" "$smtp" "$scratch/slow" 2>&1)
	wait "$slow"
	postfix_collect "$scratch/spoken"
	expect during "$(cat "$scratch"/spoken/* "$scratch/slow.talk")" '^X-Version: one' '^X-Version: two'
	echo 'event onDataReceived { addHeader(' >"$script"
	kill -HUP "$daemon_pid"
	sleep 0.5
	speak "$smtp" "$(letter after)"
	expect wrong "$mailed$(cat "$scratch/daemon.log")" '^X-Version: two' 'changing.afsl'
	"$build/tests/smtp-talk" "$smtp" "$scratch/slow" >"$scratch/slow.talk" 2>&1 &
	slow=$!
	sleep 0.7
	kill -TERM "$daemon_pid"
	wait "$slow"
	rm -rf "$scratch/spoken"
	postfix_collect "$scratch/spoken"
	expect drain "$(cat "$scratch/slow.talk" "$scratch"/spoken/*)" '< 250 2.0.0 Ok' '^X-Version: two'
	wait_for 10 process_gone "$daemon_pid"
	expect ends "$(process_gone "$daemon_pid" && echo gone)" gone
}

# kill -9 of the worker: its sessions get the server's default, the next session is served again.
postfix_worker_dies() {
	script lives.afsl <<-'EOT'
		event onDataReceived { addHeader("X-Alive", "yes"); }
	EOT
	daemon_start "$script"
	speak "$smtp" "$(letter before)"
	expect before "$mailed" '^X-Alive: yes'
	letter during | sed '/^DATA/i @pause 1500' >"$scratch/slow"
	"$build/tests/smtp-talk" "$smtp" "$scratch/slow" >"$scratch/slow.talk" 2>&1 &
	slow=$!
	sleep 0.6
	worker=$(worker_of "$daemon_pid")
	kill -KILL "$worker"
	wait "$slow"
	expect during "$(cat "$scratch/slow.talk")" '< 451 4\.'
	sleep 1
	speak "$smtp" "$(letter after)"
	expect after "$talked$mailed" '< 250 2.0.0 Ok' '^X-Alive: yes'
	expect another "$(worker_of "$daemon_pid")" '^[0-9]+$' "!^$worker\$"
}

worker_of() { # PID: the first child
	grep -l "^PPid:.$1\$" /proc/[0-9]*/status 2>/dev/null | head -n 1 | tr -dc '0-9'
}

suite postfix-policy quick 'postfix testmilter' postfix_policy lf
suite postfix-policy-crlf full 'postfix testmilter' postfix_policy crlf
suite postfix-two-scripts full 'postfix testmilter' postfix_two_scripts
suite postfix-trapped quick 'postfix testmilter' postfix_trapped
suite postfix-reload full 'postfix testmilter' postfix_reload
suite postfix-worker-dies full 'postfix testmilter' postfix_worker_dies
