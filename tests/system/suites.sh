# The suites. Each is a function that starts its rigs, goes through its cases and counts them.

# ---- differential ----

# talk_postfix PORT CASE FOLDER WITNESS: speaks, waits until the mail has arrived, gathers.
talk_postfix() {
	mkdir -p "$3"
	seen_before=$(stat -c %s "$4" 2>/dev/null || echo 0)
	"$build/tests/smtp-talk" "$1" "$2" >"$3/talk" 2>&1
	postfix_collect "$3/mail"
	tail -c +$((seen_before + 1)) "$4" >"$3/seen" 2>/dev/null || : >"$3/seen"
}

talk_sendmail() { # PORT_OF_MILTER CASE FOLDER WITNESS
	mkdir -p "$3"
	sendmail_start "$1"
	seen_before=$(stat -c %s "$4" 2>/dev/null || echo 0)
	# shellcheck disable=SC2086 # a command with its arguments
	"$build/tests/smtp-talk" --exec "$2" $sendmail_command >"$3/talk" 2>&1
	sendmail_collect "$3/mail"
	tail -c +$((seen_before + 1)) "$4" >"$3/seen" 2>/dev/null || : >"$3/seen"
}

# A second way to the same filter: the chain, or with --self the filter once more.
second_start() { # THIRD_PARTY_PORT: sets $second
	if [ -n "$self" ]; then
		second=$1
	else
		aximilter_start "$1"
		second=$chain
	fi
}

# All ways to a third party beside the direct one: the script in afsld, aximilter by the milter protocol, and the
# script in afsld that speaks to aximilter by the line protocol.
ways_start() { # THIRD_PARTY_PORT: sets $ways and, in their order, $way_ports
	second_start "$1"
	ways=chain way_ports=$second
	[ -z "$self" ] || return 0
	bridge_start "$1"
	chain_start "lines.$bridge" -D "address=inet://127.0.0.1:$bridge" -D protocol=aximilter \
		-D failures=1000000 "$aximilter"
	ways='chain bridge line' way_ports="$second $bridge $chain"
	[ -z "$quick" ] || ways='chain line' way_ports="$second $chain"
}

cases_of() { # FOLDERS...: the dialogues, one a line; folders of ours, or with a path
	for cases_folder; do
		case $cases_folder in
		/*) ls "$cases_folder"/*.talk ;;
		*) ls "$here/$cases_folder"/*.talk ;;
		esac
	done
}

case_name() { basename "$1" .talk; }

# Is this dialogue spoken in a quick run?
quick_cases=' plain multipart eight-bit folded blanks-after-colon duplicates empty-body dots nul-bytes two-megabytes many-recipients null-sender refused-recipients virus two-messages rset everything insert-headers change-headers delete-headers body recipients reject-at-eom reply-code-at-rcpt multi-at-rcpt replycode-at-rcpt tempfail-at-mail discard-at-eom quarantine accept-at-body '
case_due() { # NAME
	case_wanted "$suite/$1" || return 1
	[ -z "$quick" ] && return 0
	case $quick_cases in *" $1 "*) return 0 ;; esac
	return 1
}

# differential_postfix THIRD_PARTY_PORT FOLDERS...
differential_postfix() {
	third=$1
	shift
	witness=$scratch/third.seen
	ways_start "$third"
	differential_milters="inet:127.0.0.1:$third"
	for way_port in $way_ports; do
		differential_milters="$differential_milters inet:127.0.0.1:$way_port"
	done
	# shellcheck disable=SC2086 # a list
	postfix_start $differential_milters
	differential_cases "$@"
}

# The first of $postfix_ports leads to the filter, the others to it by the $ways.
differential_cases() { # FOLDERS...
	for dialogue in $(cases_of "$@"); do
		name=$(case_name "$dialogue")
		case_due "$name" || continue
		# shellcheck disable=SC2086 # a list
		differential_case $postfix_ports
	done
}

differential_case() { # DIRECT_PORT PORTS...
	talk_postfix "$1" "$dialogue" "$scratch/$name/direct" "$witness"
	if [ -f "$witness" ] && ! grep -q ' open' "$scratch/$name/direct/seen"; then
		case_fail "$suite/$name (the filter is gone)"
		return
	fi
	shift
	for way in $ways; do
		talk_postfix "$1" "$dialogue" "$scratch/$name/$way" "$witness"
		way_differs || ! after_case "$scratch/$name" "$way" ||
			runs_compare "$suite/$name$(way_suffix)" "$scratch/$name" "$way"
		shift
	done
}

# What a filter skips by the piece depends on how large the pieces are, which the line protocol decides itself.
way_differs() { [ "$way" = line ] && [ "$name" = skip-body ]; }

way_suffix() { [ "$way" = chain ] || echo "-by-$way"; }

# Not XCLIENT; and it takes SKIP as the answer to a header field for "no body", Postfix and our client,
# as libmilter says, for "no more header fields".
sendmail_speaks() { # DIALOGUE
	! grep -q '^XCLIENT\|@header skip' "$1"
}

differential_sendmail() {
	third=$1
	shift
	witness=$scratch/third.seen
	second_start "$third"
	for dialogue in $(cases_of "$@"); do
		name=$(case_name "$dialogue")
		case_due "$name" || continue
		sendmail_speaks "$dialogue" || continue
		talk_sendmail "$third" "$dialogue" "$scratch/$name/direct" "$witness"
		talk_sendmail "$second" "$dialogue" "$scratch/$name/chain" "$witness"
		after_case "$scratch/$name" chain && runs_compare "$suite/$name" "$scratch/$name" chain
	done
}

# ABORT and QUIT, which are not compared because each server sends them at moments of its own: here is
# that they are sent. One letter for each command that the test milter has seen, in order.
postfix_takes_leave() {
	sink_start
	testmilter_start third
	second_start "$testmilter"
	postfix_start "inet:127.0.0.1:$second"
	case_wanted "$suite/rset" || return 0
	"$build/tests/smtp-talk" "${postfix_ports# }" "$here/mail/rset.talk" >"$scratch/talk"
	postfix_collect "$scratch/mail"
	wait_for 5 grep -q ' Q ' "$scratch/third.seen"
	awk '{ printf "%s", $2 }' "$scratch/third.seen" >"$scratch/letters"
	if grep -q "M[^MR]*A.*R[^MR]*A.*E.*Q" "$scratch/letters"; then
		case_pass "$suite/rset"
	else
		case_fail "$suite/rset" "$scratch/letters"
	fi
}

# The chain behind a UNIX socket, the third party behind another.
postfix_unix() {
	sink_start
	mkdir -m 755 "$scratch/sockets"
	unix_start third "$build/tests/testmilter" -p "unix:$scratch/sockets/third" --log "$scratch/third.seen"
	if [ -n "$self" ]; then
		ln -s third "$scratch/sockets/chain"
	else
		unix_start chain "$build/afsld" --foreground --server "$chain_server" --listen "unix:$scratch/sockets/chain" \
			-D "address=unix:$scratch/sockets/third" "$aximilter"
	fi
	postfix_start "unix:$scratch/sockets/third" "unix:$scratch/sockets/chain"
	witness=$scratch/third.seen ways=chain
	differential_cases mail
}

unix_start() { # NAME COMMAND...: listens on $scratch/sockets/NAME
	unix_name=$1
	shift
	"$@" >"$scratch/$unix_name.log" 2>&1 </dev/null &
	rig_pids="$rig_pids $!"
	wait_for 20 test -S "$scratch/sockets/$unix_name" ||
		rig_fail "$unix_name does not listen" "$scratch/$unix_name.log"
	chmod 666 "$scratch/sockets/$unix_name"
}

# What a suite wants to see beside equality; false when that was wrong and has been counted.
after_case() { proofs_hold "$1"; }

# proof CASE PATTERN: what the run without the chain shows (grep -E) when the filter does its work. Two
# runs are equal, too, when a filter does nothing.
proof() { printf '%s %s\n' "$1" "$2" >>"$scratch/proofs"; }

proofs_hold() { # FOLDER
	proof_of=$(basename "$1")
	grep "^$proof_of " "$scratch/proofs" >"$1/proofs" 2>/dev/null || return 0
	while read -r _ proof_pattern; do
		cat "$1/direct/talk" "$1"/direct/mail/* 2>/dev/null | grep -aqE "$proof_pattern" && continue
		{ echo "the filter alone does not show: $proof_pattern"; cat "$1/direct/talk"; } >"$1/details"
		case_fail "$suite/$proof_of (the filter sleeps)" "$1/details"
		return 1
	done <"$1/proofs"
}

# ---- suites ----

postfix_testmilter() { # FOLDERS OPTION of the test milter...
	folders=$1
	shift
	sink_start
	testmilter_start third "$@"
	# shellcheck disable=SC2086 # a list
	differential_postfix "$testmilter" $folders
}

# The older server, by the script alone.
postfix_libmilter() {
	chain_server=libmilter
	sink_start
	testmilter_start third
	witness=$scratch/third.seen ways=chain
	second_start "$testmilter"
	postfix_start "inet:127.0.0.1:$testmilter" "inet:127.0.0.1:$second"
	differential_cases mail orders
}

postfix_opendkim() {
	sink_start
	opendkim_start
	after_case() { signatures_verify "$1" "$2"; }
	differential_postfix "$opendkim" mail
}

# Signatures that came through the chain hold where they hold without it. (Postfix spoils some by
# itself: it cuts a header at a NUL before the filter sees it.)
signatures_verify() { # FOLDER WAY
	signatures_of "$1/direct" >"$1/direct.signatures"
	signatures_of "$1/$2" >"$1/$2.signatures"
	cmp -s "$1/direct.signatures" "$1/$2.signatures" && return 0
	diff -U2 "$1/direct.signatures" "$1/$2.signatures" >"$1/verified"
	case_fail "$suite/$(basename "$1") (signatures by $2)" "$1/verified"
	return 1
}

signatures_of() { # FOLDER: what the verifier says, one line for each signed message
	for signed in "$1"/mail/*; do
		[ -e "$signed" ] && grep -aq '^\(H??\)*DKIM-Signature:' "$signed" || continue
		sed -n '/^DKIM-Signature:/,$p' "$signed" >"$1/signed"
		opendkim -x "$opendkim_verifier" -t "$1/signed" 2>&1 | sed 's/.*: verification/verification/'
	done
}

postfix_clamav() {
	sink_start
	clamav_start
	proof virus '^< 550 5.7.1 Virus found: Afsl.Test.Marker'
	differential_postfix "$clamav" mail
}

# Filters that judge signatures and policies meet signed mail as well.
postfix_opendkim_verify() {
	sink_start
	opendkim_start
	signed_make
	opendkim_verify_start
	proof dkim-valid 'dkim=pass .2048-bit key'
	proof dkim-broken-body '^< 550 5.7.0 bad DKIM signature'
	proof dkim-broken-header '^< 550 5.7.0 bad DKIM signature'
	proof says-authentic 'dkim=none'
	differential_postfix "$opendkim_verify" mail "$signed"
}

postfix_opendmarc() {
	sink_start
	opendkim_start
	signed_make
	dns_start
	opendmarc_start
	proof dmarc-reject '^< 550 5.7.1 rejected by DMARC policy for strict.example'
	proof dmarc-pass 'dmarc=pass'
	proof dmarc-quarantine 'dmarc=fail'
	differential_postfix "$opendmarc" mail "$signed"
}

postfix_spamass() {
	sink_start
	opendkim_start
	signed_make
	spamass_start
	proof gtube '^< 550 5.7.1 Blocked by SpamAssassin'
	proof plain '^X-Spam-Status: No'
	proof html-alone '^X-Spam-Status: .*HTML'
	differential_postfix "$spamass" mail "$signed"
}

postfix_mimedefang() {
	sink_start
	mimedefang_start
	proof virus '^< 554 5.7.1 found a virus'
	proof many-recipients '^< 451 4.3.0 come back'
	proof program-attached 'was taken out'
	proof attached-message '^X-Rcpt-Args: <copy@x.example>'
	proof nested-parts '^Subject: \[seen\] nested'
	differential_postfix "$mimedefang" mail
}

postfix_rspamd() {
	sink_start
	opendkim_start
	signed_make
	dns_start
	rspamd_start
	proof gtube '^< 554 5.7.1 Gtube pattern'
	proof plain '^X-Spamd-Result: default: False'
	proof dkim-valid 'R_DKIM_ALLOW'
	proof dmarc-reject '^< 55'
	differential_postfix "$rspamd" mail "$signed"
}

sendmail_testmilter() {
	testmilter_start third
	differential_sendmail "$testmilter" mail orders
}

sendmail_opendkim() {
	opendkim_start
	differential_sendmail "$opendkim" mail
}

# Mail that local programs hand in: Postfix plays a session of its own, without angle brackets.
postfix_local() {
	sink_start
	testmilter_start third
	witness=$scratch/third.seen
	second_start "$testmilter"
	local_run direct "$testmilter"
	local_run chain "$second"
	for name in plain orders dots no-header; do
		case_due "$name" || continue
		runs_compare "$suite/$name" "$scratch/$name" chain
	done
}

local_run() { # direct|chain MILTER_PORT
	postfix_more="non_smtpd_milters = inet:127.0.0.1:$2"
	postfix_start ''
	local_submit "$1" plain 'From: alice@b.example\nTo: bob@x.example\nSubject: plain\n\nbody\n'
	local_submit "$1" orders 'Subject: orders\nX-Test-Action: addheader X-A: one\nX-Test-Action: replbody new\\r\\n\n\nbody\n'
	local_submit "$1" dots 'Subject: dots\nX-Tab:\tx\n\n.\n..\nlast'
	local_submit "$1" no-header '\nbody alone\n'
	postfix_stop
}

witness_grew() { [ "$(stat -c %s "$witness")" != "$seen_before" ]; }

local_submit() { # direct|chain NAME TEXT
	mkdir -p "$scratch/$2/$1"
	seen_before=$(stat -c %s "$witness")
	# shellcheck disable=SC2059 # written here, with escapes
	printf "$3" | sendmail -C "$postfix/etc" -i -f alice@b.example bob@x.example carol@x.example \
		>"$scratch/$2/$1/talk" 2>&1
	wait_for 10 witness_grew
	postfix_collect "$scratch/$2/$1/mail"
	tail -c +$((seen_before + 1)) "$witness" >"$scratch/$2/$1/seen"
}

suite postfix-testmilter quick 'postfix testmilter' postfix_testmilter 'mail orders'
suite postfix-testmilter-blanks full 'postfix testmilter' postfix_testmilter 'mail orders' --steps 100000
suite postfix-testmilter-noreply full 'postfix testmilter' postfix_testmilter mail --steps ff080
suite postfix-testmilter-macros full 'postfix testmilter' postfix_testmilter mail \
	--macros '0={client_addr} {no_such_macro} j' --macros '2=i {mail_addr} {client_name}' \
	--macros '5=i' --macros '6=i'
suite postfix-testmilter-old full 'postfix testmilter' postfix_testmilter mail --version 2 --actions 3f
suite postfix-testmilter-envelope full 'postfix testmilter' postfix_testmilter 'mail orders' --steps 70
suite postfix-testmilter-waived full 'postfix testmilter' postfix_testmilter mail --steps 20b
suite postfix-testmilter-split full 'postfix testmilter' postfix_testmilter mail --split
suite postfix-testmilter-libmilter full 'postfix testmilter' postfix_libmilter
suite postfix-opendkim quick 'postfix testmilter opendkim' postfix_opendkim
suite postfix-clamav full 'postfix testmilter clamav' postfix_clamav
suite postfix-opendkim-verify full 'postfix testmilter opendkim' postfix_opendkim_verify
suite postfix-opendmarc full 'postfix testmilter opendkim opendmarc' postfix_opendmarc
suite postfix-spamass full 'postfix testmilter opendkim spamass' postfix_spamass
suite postfix-mimedefang full 'postfix testmilter mimedefang' postfix_mimedefang
suite postfix-rspamd full 'postfix testmilter opendkim rspamd' postfix_rspamd
suite sendmail-testmilter full 'sendmail testmilter' sendmail_testmilter
suite sendmail-opendkim full 'sendmail testmilter opendkim' sendmail_opendkim
suite postfix-local full 'postfix testmilter' postfix_local
suite postfix-unix full 'postfix testmilter' postfix_unix
suite postfix-takes-leave full 'postfix testmilter' postfix_takes_leave
