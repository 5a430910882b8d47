# The numbered statements about whole mail servers and real filters: those of the server's checklist that a fake mail
# server cannot show (S-59 to S-63), and C-70, our client against filters of other people. To be sourced by `run`.

# ---- C-70 ----

# real_filter NAME PORT PATTERN...: our client plays a session; each pattern is found in what it tells.
real_filter() {
	real_name=$1 real_port=$2
	shift 2
	"$build/afsl" milter --format json --timeout 60 --client 127.0.0.1 "inet:$real_port@127.0.0.1" "$scratch/letter.eml" \
		>"$scratch/$real_name.json" 2>&1
	expect "C-70-$real_name" "$(tr '\n' ' ' <"$scratch/$real_name.json")" "$@"
}

pmilter_start() { # sets $pmilter: Perl, protocol version 2
	port_free
	pmilter=$port
	cat >"$scratch/pmilter.pl" <<-EOT
		use Sendmail::PMilter qw(:all);
		my \$milter = Sendmail::PMilter->new;
		\$milter->setconn('inet:$pmilter@127.0.0.1');
		\$milter->register('test', {
		    envfrom => sub { SMFIS_CONTINUE },
		    eom => sub { \$_[0]->addheader('X-PMilter', 'yes'); SMFIS_ACCEPT },
		}, SMFI_CURR_ACTS);
		\$milter->set_dispatcher(Sendmail::PMilter::sequential_dispatcher());
		\$milter->main();
	EOT
	program_start pmilter "$pmilter" perl "$scratch/pmilter.pl"
}

amavisd_milter_start() { # sets $amavisd; nobody scans behind it, so it lets all mail pass
	port_free
	amavisd=$port
	mkdir -m 750 "$scratch/amavis"
	program_start amavisd-milter "$amavisd" amavisd-milter -f -P -w "$scratch/amavis" -p "$scratch/amavis/pid" \
		-s "inet:$amavisd@127.0.0.1" -S "$scratch/amavis/nobody"
}

statement_c70() {
	signed_letter >"$scratch/letter.eml"
	opendkim_start
	dns_start
	real_filter opendkim "$opendkim" '"waived": \["HELO", "DATA", "UNKNOWN"\]' '"blanks before values"' \
		'"verdict": "accept"' '"name": "DKIM-Signature"'
	opendmarc_start
	real_filter opendmarc "$opendmarc" '"version": 6' '"quarantine"' '"verdict": "(accept|continue)"' 'dmarc='
	clamav_start
	real_filter clamav-milter "$clamav" '"version": 6' '"verdict": "(accept|continue)"' 'X-Virus-Status'
	spamass_start
	real_filter spamass-milter "$spamass" '"replace the body"' '"verdict": "(accept|continue)"' 'X-Spam-Status'
	amavisd_milter_start
	real_filter amavisd-milter "$amavisd" '"delete recipients"' '"verdict": "(accept|continue)"'
	rspamd_start
	real_filter rspamd "$rspamd" '"unanswered": \["CONNECT", "HELO", "MAIL", "RCPT", "DATA", "UNKNOWN", "HEADER"' \
		'"verdict": "(accept|continue)"' 'X-Spamd-Result'
	pmilter_start
	real_filter pmilter "$pmilter" '"version": 2' '"verdict": "accept"' '"name": "X-PMilter"' '!"event": "DATA"'
}

# ---- S-59, S-60 ----

# Every kind of change, a quarantine, and a reply of several lines.
edits_script() {
	script edits.afsl <<-'EOT'
		event onRcptTo {
		    if (startsWith(rcptTo, "lines")) {
		        tempfail(451, "4.7.1", "first line\nsecond line\nthird");
		    }
		}
		event onDataReceived {
		    insertHeader(0, "X-Top", "t");
		    addHeader("X-Last", "one\n\ttwo");
		    modifyHeader("Subject", "new subject");
		    removeHeader("X-Hostile");
		    addRcpt("extra@x.example");
		    discardRcpt("gone@x.example");
		    changeSender("new@b.example");
		    replaceBody("new body\r\nline2\r\n");
		    if (header("X-Hold") == "yes") {
		        quarantine("suspicious stuff");
		    }
		}
	EOT
}

edits_dialogue() { # EXTRA_FIELD
	letter old | sed -e '/^RCPT/a RCPT TO:<gone@x.example>' -e '/^RCPT/a RCPT TO:<lines@x.example>' \
		-e "/^|Subject/a |$1"
}

statement_s59() {
	edits_script
	daemon_start "$script"
	speak "$smtp" "$(edits_dialogue 'X-Hold: no')"
	expect S-59-edits "$mailed" '^X-Top: t$' '^X-Last: one$' '^	two$' '^Subject: new subject$' '!^X-Hostile' \
		'^X-Mail-Args: <new@b.example>' '^X-Rcpt-Args: <extra@x.example>' '!^X-Rcpt-Args: <gone@' \
		'^new body' '^line2' '!^body'
	expect S-59-several-lines "$talked" '^< 451-4.7.1 first line$' '^< 451-4.7.1 second line$' '^< 451 4.7.1 third$'
	speak "$smtp" "$(edits_dialogue 'X-Hold: yes')"
	expect S-59-hold "$mailed" 'recipient: extra@x.example' '^sender: new@b.example' '^X-Top: t$' '^new body' \
		'!^body'
	expect S-59-held "$(ls "$scratch/spoken")" '^held'
}

statement_s60() {
	edits_script
	chain_start daemon "$script"
	sendmail_start "$chain"
	edits_dialogue 'X-Hold: yes' >"$scratch/dialogue"
	# shellcheck disable=SC2086 # a command with its arguments
	"$build/tests/smtp-talk" --exec "$scratch/dialogue" $sendmail_command >"$scratch/talk" 2>&1
	sendmail_collect "$scratch/queued"
	expect S-60-edits "$(cat "$scratch"/queued/*)" '^H\?\?X-Top: t$' '^H\?\?X-Last: one$' '^H\?\?Subject: new subject$' \
		'!X-Hostile' '^Snew@b.example' '^R.*extra@x.example' '!^R.*gone@' '^new body' '^line2' '!^body' \
		'suspicious stuff'
	expect S-60-several-lines "$(cat "$scratch/talk")" '^< 451-4.7.1 first line$' '^< 451 4.7.1 third$'
}

# ---- S-61, S-62 ----

# Mail that local programs hand in has no angle brackets, and its client is localhost.
statement_s61() {
	script local.afsl <<-'EOT'
		event onRcptTo { log.info("recipient %rcptToRaw%"); }
		event onDataReceived {
		    addHeader("X-Facts", "%mailFromRaw% %mailFromDomain% %remoteSmtpHost% %remoteSmtpIp% %ehloHost%");
		}
	EOT
	sink_start
	chain_start daemon "$script"
	postfix_more="non_smtpd_milters = inet:127.0.0.1:$chain"
	postfix_start ''
	printf 'Subject: local\n\nbody\n' | sendmail -C "$postfix/etc" -i -f alice@b.example bob@x.example
	wait_for 10 grep -q 'recipient bob@x.example' "$scratch/daemon.log"
	wait_for 10 arrived_some
	expect S-61-facts "$(cat "$scratch"/arrived/*)" '^X-Facts: alice@b.example b.example localhost 127.0.0.1 localhost'
}

arrived_some() { [ -n "$(ls "$scratch/arrived")" ]; }

# DISCARD at MAIL makes Postfix play a session of its own for the filter of local mail: the same one.
statement_s62() {
	script discard.afsl <<-'EOT'
		event onConnect { log.info("session of %remoteSmtpHost%"); }
		event onMailFrom { if (startsWith(mailFrom, "hole")) { discard(); } }
		event onRcptTo { if (startsWith(rcptTo, "hole")) { discard(); } }
		event onDataReceived { addHeader("X-Seen", "yes"); }
	EOT
	sink_start
	chain_start daemon "$script"
	postfix_more="non_smtpd_milters = inet:127.0.0.1:$chain"
	postfix_start "inet:127.0.0.1:$chain"
	smtp=${postfix_ports# }
	speak "$smtp" "$(letter hello hole@b.example)"
	expect S-62-at-mail "$talked $mailed" '< 250 2.0.0 Ok' '!^Subject'
	speak "$smtp" "$(letter hello alice@b.example hole@x.example)"
	expect S-62-at-rcpt "$talked $mailed" '< 250 2.0.0 Ok' '!^Subject'
	speak "$smtp" "$(letter afterwards)"
	expect S-62-afterwards "$mailed" '^Subject: afterwards' '^X-Seen: yes'
}

# ---- S-63 ----

# Behind a filter that adds a field and replaces the body, the script sees what that one left.
statement_s63() {
	script behind.afsl <<-'EOT'
		message var size = 0;
		event onBodyChunk { size += length(bodyChunk); }
		event onDataReceived { addHeader("X-Saw", "%{header("X-First")} %size%"); }
	EOT
	sink_start
	testmilter_start first --at 'eom=addheader X-First: yes' --at 'eom=replbody ten bytes.\r\n'
	chain_start daemon "$script"
	postfix_start "inet:127.0.0.1:$testmilter, inet:127.0.0.1:$chain"
	speak "${postfix_ports# }" "$(letter hello)"
	expect S-63-edited "$mailed" '^X-First: yes$' '^X-Saw: yes 12$' '^ten bytes\.' '!^body'
}

suite S-59 full 'postfix testmilter' statement_s59
suite S-60 full 'sendmail testmilter' statement_s60
suite S-61 full 'postfix' statement_s61
suite S-62 full 'postfix testmilter' statement_s62
suite S-63 full 'postfix testmilter' statement_s63
suite C-70 full 'testmilter opendkim opendmarc clamav spamass rspamd amavisd-milter pmilter' statement_c70

# ---- hostile mail servers ----

# hostile NAME PORT LOG: every fault of afsl milter --fault; after each the server serves at once, and no worker has died.
hostile() {
	"$build/afsl" milter --fault all --timeout 0.2 "inet:$2@127.0.0.1" >"$scratch/$1.faults" 2>&1
	expect "$1" "exit $?
$(grep -B2 'honest session: [^ca]' "$scratch/$1.faults" | head -n 12)
$(grep -i 'ended by signal\|sanitizer\|runtime error' "$3")" '^exit 0$' '!ended by signal' '!anitizer' '!runtime error'
}

# A macro without a value crashes libmilter now and then (S-24): there a worker that dies is only to be served anew.
hostile_servers() {
	testmilter_start third
	for hostile_kind in native libmilter; do
		chain_server=$hostile_kind
		chain_start "daemon.$hostile_kind" -D "address=inet://127.0.0.1:$testmilter" "$aximilter"
		hostile_log=$scratch/daemon.$hostile_kind.log
		[ "$hostile_kind" = native ] || hostile_log=/dev/null
		hostile "afsld-$hostile_kind" "$chain" "$hostile_log"
	done
	bridge_start "$testmilter"
	hostile aximilter "$bridge" "$scratch/bridge.$testmilter.log"
}

suite hostile-mail-servers full 'testmilter' hostile_servers
