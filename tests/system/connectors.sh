# The ready filters in front of the scanners themselves, behind a real Postfix: what is clean passes with its level,
# what is not is refused, and a scanner that is stopped, hangs or lies gets the answer of onError. To be sourced by
# `run`.

# A scanner that takes everything and answers with FILE, or with "" never; sets $scanner and $scanner_pid.
scanner_start() { # NAME FILE
	port_free
	scanner=$port
	if [ -n "$2" ]; then
		program_start "$1" "$scanner" socat "TCP-LISTEN:$scanner,bind=127.0.0.1,fork,reuseaddr" "SYSTEM:sleep 0.3; cat $2"
	else
		program_start "$1" "$scanner" socat "TCP-LISTEN:$scanner,bind=127.0.0.1,fork,reuseaddr" "SYSTEM:sleep 60"
	fi
}

# One dialogue through the filter: the reply to the message and the mail that arrived must fit.
connector_case() { # NAME DIALOGUE PORT REPLY MAIL
	case_wanted "$suite/$1" || return 0
	folder=$scratch/$1
	mkdir -p "$folder"
	"$build/tests/smtp-talk" "$3" "$here/mail/$2.talk" >"$folder/talk" 2>&1
	postfix_collect "$folder/mail"
	cat "$folder/talk" "$folder"/mail/* >"$folder/all" 2>/dev/null
	if ! grep -Eq -- "$4" "$folder/talk"; then
		echo "no reply fits: $4" >>"$folder/all"
		case_fail "$suite/$1" "$folder/all"
	elif [ -n "$5" ] && ! cat "$folder"/mail/* 2>/dev/null | grep -Eq -- "$5"; then
		echo "no mail fits: $5" >>"$folder/all"
		case_fail "$suite/$1" "$folder/all"
	else
		case_pass "$suite/$1"
	fi
}

# What a filter makes of a scanner that is not there, hangs, or talks nonsense. Its address is the option `address`.
connector_failures() { # SCRIPT
	printf 'HTTP/1.0 200 OK\r\n\r\n' >"$scratch/lie"
	port_free
	chain_start stopped -D "address=inet://127.0.0.1:$port" "$1"
	stopped=$chain
	scanner_start hung ''
	chain_start hung.chain -D "address=inet://127.0.0.1:$scanner" -D timeout=2s "$1"
	hung=$chain
	scanner_start liar "$scratch/lie"
	chain_start liar.chain -D "address=inet://127.0.0.1:$scanner" "$1"
	liar=$chain
	chain_start open -D "address=inet://127.0.0.1:$port" -D onError=accept "$1"
	open=$chain
}

connector_failure_cases() { # PORTS of stopped, hung, liar, open
	connector_case stopped plain "$1" '^< 451 4\.7\.1' ''
	connector_case hung plain "$2" '^< 451 4\.7\.1' ''
	connector_case lying plain "$3" '^< 451 4\.7\.1' ''
	connector_case stopped-and-open plain "$4" '^< 250 2\.0\.0 Ok: queued' '^Subject: '
}

# All messages before but the infected ones went over one connection, which is still there; c-icap's log has the OPTIONS
# that asked whether it lives.
icap_is_kept() {
	case_wanted "$suite/kept" || return 0
	cat "$scratch/icap/access" >"$scratch/kept"
	grep -i ":$(printf %04X "$icap") 01 " /proc/net/tcp >>"$scratch/kept"
	if grep -q OPTIONS "$scratch/kept" && [ "$(grep -ci "^ *[0-9]*: [0-9A-F:]* 0100007F:$(printf %04X "$icap") 01 " "$scratch/kept")" = 1 ]; then
		case_pass "$suite/kept"
	else
		case_fail "$suite/kept" "$scratch/kept"
	fi
}

# The messages before have left one connection to clamd's socket, and used it again: clamd has answered PING on it.
clamd_is_kept() {
	case_wanted "$suite/kept" || return 0
	grep -F "$clamd_socket" /proc/net/unix >"$scratch/kept"
	if [ "$(grep -c '^[^ ]* [^ ]* [^ ]* [^ ]* 0001 03 ' "$scratch/kept")" = 1 ]; then
		case_pass "$suite/kept"
	else
		case_fail "$suite/kept" "$scratch/kept"
	fi
}

connector_clamav() {
	sink_start
	clamd_start
	chain_start clam -D "address=unix:$clamd_socket" "$top/filters/clam-av.afsl"
	clam=$chain
	connector_failures "$top/filters/clam-av.afsl"
	postfix_start "inet:127.0.0.1:$clam" "inet:127.0.0.1:$stopped" "inet:127.0.0.1:$hung" \
		"inet:127.0.0.1:$liar" "inet:127.0.0.1:$open"
	# shellcheck disable=SC2086 # a list of ports
	set -- $postfix_ports
	connector_case clean plain "$1" '^< 250 2\.0\.0 Ok: queued' '^X-AxigenVirus-Level: 1'
	connector_case virus virus "$1" '^< 554 5\.7\.1 The message carries Afsl\.Test\.Marker' ''
	connector_case large two-megabytes "$1" '^< 250 2\.0\.0 Ok: queued' '^X-AxigenVirus-Level: 1'
	connector_case after-a-virus virus-then-clean "$1" '^< 250 2\.0\.0 Ok: queued' '^X-AxigenVirus-Level: 1'
	clamd_is_kept
	clamd_restart
	connector_case after-a-restart plain "$1" '^< 250 2\.0\.0 Ok: queued' '^X-AxigenVirus-Level: 1'
	shift
	connector_failure_cases "$@"
	postfix_stop
}

connector_spamassassin() {
	sink_start
	spamd_start
	chain_start spam -D "address=inet://127.0.0.1:$spamd" "$top/filters/spamassassin.afsl"
	spam=$chain
	chain_start tagging -D "address=inet://127.0.0.1:$spamd" -D rejectScore=10000.0 -D 'subjectTag=[spam]' \
		"$top/filters/spamassassin.afsl"
	tagging=$chain
	connector_failures "$top/filters/spamassassin.afsl"
	postfix_start "inet:127.0.0.1:$spam" "inet:127.0.0.1:$tagging" "inet:127.0.0.1:$stopped" \
		"inet:127.0.0.1:$hung" "inet:127.0.0.1:$liar" "inet:127.0.0.1:$open"
	# shellcheck disable=SC2086
	set -- $postfix_ports
	connector_case clean plain "$1" '^< 250 2\.0\.0 Ok: queued' '^X-Spam-Status: No, score='
	connector_case level plain "$1" '^< 250 2\.0\.0 Ok: queued' '^X-AxigenSpam-Level: [1-9]'
	connector_case large two-megabytes "$1" '^< 250 2\.0\.0 Ok: queued' '^X-AxigenSpam-Level: [1-9]'
	connector_case gtube gtube "$1" '^< 554 5\.7\.1 This looks like spam' ''
	connector_case gtube-marked gtube "$2" '^< 250 2\.0\.0 Ok: queued' '^Subject: \[spam\] spam'
	shift 2
	connector_failure_cases "$@"
	postfix_stop
}

connector_rspamd() {
	sink_start
	opendkim_start
	dns_start
	rspamd_start
	wait_for_port "$rspamd_http" rspamd "$scratch/rspamd.log" "$pid"
	chain_start rspamd.chain -D "address=inet://127.0.0.1:$rspamd_http" "$top/filters/rspamd.afsl"
	refusing=$chain
	chain_start passing -D "address=inet://127.0.0.1:$rspamd_http" -D onReject=pass "$top/filters/rspamd.afsl"
	passing=$chain
	connector_failures "$top/filters/rspamd.afsl"
	postfix_start "inet:127.0.0.1:$refusing" "inet:127.0.0.1:$passing" "inet:127.0.0.1:$stopped" \
		"inet:127.0.0.1:$hung" "inet:127.0.0.1:$liar" "inet:127.0.0.1:$open"
	# shellcheck disable=SC2086
	set -- $postfix_ports
	connector_case clean plain "$1" '^< 250 2\.0\.0 Ok: queued' '^X-AxigenSpam-Level: [1-9]'
	connector_case headers plain "$1" '^< 250 2\.0\.0 Ok: queued' '^X-Spamd-Result: default: False'
	connector_case large two-megabytes "$1" '^< 250 2\.0\.0 Ok: queued' '^X-AxigenSpam-Level: [1-9]'
	connector_case gtube gtube "$1" '^< 554 5\.7\.1 Gtube pattern' ''
	connector_case gtube-marked gtube "$2" '^< 250 2\.0\.0 Ok: queued' '^X-AxigenSpam-Level: 10'
	shift 2
	connector_failure_cases "$@"
	postfix_stop
}

connector_icap() {
	sink_start
	icap_start
	chain_start icap.chain -D "address=inet://127.0.0.1:$icap" "$top/filters/icap.afsl"
	scanning=$chain
	chain_start nowhere -D "address=inet://127.0.0.1:$icap" -D service=nowhere "$top/filters/icap.afsl"
	nowhere=$chain
	connector_failures "$top/filters/icap.afsl"
	postfix_start "inet:127.0.0.1:$scanning" "inet:127.0.0.1:$nowhere" "inet:127.0.0.1:$stopped" \
		"inet:127.0.0.1:$hung" "inet:127.0.0.1:$liar" "inet:127.0.0.1:$open"
	# shellcheck disable=SC2086
	set -- $postfix_ports
	connector_case clean plain "$1" '^< 250 2\.0\.0 Ok: queued' '^X-AxigenVirus-Level: 1'
	connector_case virus virus "$1" '^< 554 5\.7\.1 The message carries Afsl\.Test\.Marker' ''
	connector_case large two-megabytes "$1" '^< 250 2\.0\.0 Ok: queued' '^X-AxigenVirus-Level: 1'
	connector_case after-a-virus virus-then-clean "$1" '^< 250 2\.0\.0 Ok: queued' '^X-AxigenVirus-Level: 1'
	icap_is_kept
	icap_restart
	connector_case after-a-restart plain "$1" '^< 250 2\.0\.0 Ok: queued' '^X-AxigenVirus-Level: 1'
	connector_case no-such-service plain "$2" '^< 451 4\.7\.1' ''
	shift 2
	connector_failure_cases "$@"
	postfix_stop
}

connector_amavis() {
	sink_start
	amavisd_start
	chain_start amavis.chain --set user=amavis -D "address=inet://127.0.0.1:$amavisd" "$top/filters/amavis.afsl"
	checking=$chain
	chain_start passing --set user=amavis -D "address=inet://127.0.0.1:$amavisd" -D onReject=pass "$top/filters/amavis.afsl"
	passing=$chain
	connector_failures "$top/filters/amavis.afsl"
	postfix_start "inet:127.0.0.1:$checking" "inet:127.0.0.1:$passing" "inet:127.0.0.1:$stopped" \
		"inet:127.0.0.1:$hung" "inet:127.0.0.1:$liar" "inet:127.0.0.1:$open"
	# shellcheck disable=SC2086
	set -- $postfix_ports
	connector_case clean plain "$1" '^< 250 2\.0\.0 Ok: queued' '^X-Virus-Scanned: '
	connector_case virus virus "$1" '^< 554 5\.7\.0 .*INFECTED: Afsl\.Test\.Marker' ''
	connector_case virus-passed virus "$2" '^< 250 2\.0\.0 Ok: queued' '^Subject: '
	connector_case gtube gtube "$1" '^< 554 5\.7\.0 .* spam$' ''
	connector_case gtube-passed gtube "$2" '^< 250 2\.0\.0 Ok: queued' '^Subject: spam'
	connector_case large two-megabytes "$1" '^< 250 2\.0\.0 Ok: queued' '^X-Virus-Scanned: '
	shift 2
	connector_failure_cases "$@"
	postfix_stop
}

suite connector-clamav full 'postfix clamav socat' connector_clamav
suite connector-spamassassin full 'postfix spamass socat' connector_spamassassin
suite connector-rspamd full 'postfix opendkim rspamd socat' connector_rspamd
suite connector-icap full 'postfix clamav icap socat' connector_icap
suite connector-amavis full 'postfix clamav amavis socat' connector_amavis

# ---- filters that look into the message themselves, in the worker as it is confined ----

connector_content() {
	sink_start
	chain_start attachments "$top/filters/attachments.afsl"
	attachments=$chain
	chain_start outside -D trusted= -D tag=[EXT] "$top/filters/headers.afsl"
	outside=$chain
	mkdir -p "$scratch/rules"
	cp -R "$top/filters/recipients.afsl" "$top/filters/lib" "$scratch/rules"
	printf '%s\n' 'bob@x.example deny Bob has left us' 'eve@x.example members to=carol@x.example' \
		>"$scratch/rules/recipients.txt"
	chain_start rules "$scratch/rules/recipients.afsl"
	rules=$chain
	postfix_start "inet:127.0.0.1:$attachments" "inet:127.0.0.1:$outside" \
		"inet:127.0.0.1:$rules"
	# shellcheck disable=SC2086
	set -- $postfix_ports
	connector_case nothing-attached plain "$1" '^< 250 2\.0\.0 Ok: queued' '^Subject: hello'
	connector_case program program-attached "$1" '^< 554 5\.7\.1 Not accepted here: invoice\.pdf\.exe' ''
	connector_case program-in-archive zip-attached "$1" '^< 554 5\.7\.1 Not accepted here: dir/evil\.exe in a\.zip' ''
	connector_case large-and-clean two-megabytes "$1" '^< 250 2\.0\.0 Ok: queued' '^Subject: '
	connector_case tagged plain "$2" '^< 250 2\.0\.0 Ok: queued' '^Subject: \[EXT\] hello'
	connector_case marked plain "$2" '^< 250 2\.0\.0 Ok: queued' '^X-External-Sender: alice@b\.example'
	connector_case denied plain "$3" '^< 550 5\.7\.1 .*Bob has left us' ''
	postfix_stop
}

suite connector-content full 'postfix' connector_content
