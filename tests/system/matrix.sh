# Suites made from tables: every action of a third party, every way in which it can fail, and every way in
# which a message can end before the next one of its session. To be sourced by `run`.

# table_rows FILE: the rows without comments, and without blanks around the fields.
table_rows() { sed -e '/^#/d' -e '/^$/d' -e 's/ *; */;/g' "$here/$1"; }

# A message that makes the test milter do WORD at STEP; orders of several words stand in a field.
matrix_message() { # STEP ORDER TAG
	matrix_sender=alice matrix_order=''
	case $2 in
	*' '*) matrix_order="|X-Test-Action: @$1 $2" ;;
	*) [ "$1" = helo ] || matrix_sender=$1+$2 ;;
	esac
	cat <<-EOT
		MAIL FROM:<$matrix_sender@b.example>
		RCPT TO:<bob@x.example>
	EOT
	case $1 in
	unknown) echo 'FOO bar' ;;
	header | eoh | body | eom) echo 'RCPT TO:<carol@x.example>' ;;
	esac
	cat <<-EOT
		DATA
		|From: alice@b.example
		|Subject: $3
		$matrix_order
		|X-Same: one
		|X-Same: two
		|
		|first line of $3
		.
	EOT
}

matrix_helo() { # STEP ORDER
	case $1 in
	helo) echo "EHLO ${2%% *}.example" ;;
	*) echo 'EHLO client.example' ;;
	esac
}

# session_speak PORT FOLDER: speaks FOLDER/dialogue; FOLDER/talk is what was said, FOLDER/took the milliseconds.
session_speak() {
	session_started=$(date +%s%N)
	"$build/tests/smtp-talk" "$1" "$2/dialogue" >"$2/talk" 2>&1
	echo $((($(date +%s%N) - session_started) / 1000000)) >"$2/took"
}

# ---- actions ----

# What the client was told from the step's command on.
told_from() { # STEP FOLDER
	case $1 in
	helo | mail) told_command='> MAIL' ;;
	rcpt) told_command='> RCPT' ;;
	data) told_command='> DATA' ;;
	*) told_command='> .' ;;
	esac
	case $1 in
	helo | mail | rcpt) awk -v c="$told_command" 'index($0, c) == 1 { on = 1 } on' "$2/talk" ;;
	*) awk -v c="$told_command" '$0 == c { on = 1 } on' "$2/talk" ;;
	esac
}

# What is wrong with the run of a row; nothing when it is right.
action_fault() { # STEP REPLY DELIVERED FOLDER
	told_from "$1" "$4" | grep -qE "^< $2" || echo "the client does not hear: $2"
	case $3 in
	nothing) [ -z "$(ls "$4/mail")" ] || echo 'something was delivered' ;;
	held) ls "$4/mail" | grep -q '^held' || echo 'it is not held' ;;
	!*) [ -n "$(ls "$4/mail")" ] && ! cat "$4"/mail/* | grep -aqE "${3#!}" || echo "delivered, or nothing is: ${3#!}" ;;
	*) cat "$4"/mail/* 2>/dev/null | grep -aqE "$3" || echo "not delivered: $3" ;;
	esac
	[ "$(cat "$4/took")" -le 2000 ] || echo "took $(cat "$4/took") ms"
}

action_try() { # ORDER STEP REPLY DELIVERED
	action_name=$(printf '%s-at-%s' "$1" "$2" | tr -c 'a-zA-Z0-9\n-' '_')
	case_wanted "$suite/$action_name" || return 0
	action_folder=$scratch/$action_name
	mkdir -p "$action_folder"
	{ matrix_helo "$2" "$1"; matrix_message "$2" "$1" action; echo QUIT; } >"$action_folder/dialogue"
	session_speak "${postfix_ports# }" "$action_folder"
	postfix_collect "$action_folder/mail"
	action_fault "$2" "$3" "$4" "$action_folder" >"$action_folder/details"
	if [ -s "$action_folder/details" ]; then
		cat "$action_folder/talk" "$action_folder"/mail/* >>"$action_folder/details" 2>/dev/null
		case_fail "$suite/$action_name" "$action_folder/details"
	else
		case_pass "$suite/$action_name"
	fi
}

actions() {
	sink_start
	testmilter_start third
	second_start "$testmilter"
	postfix_start "inet:127.0.0.1:$second"
	table_rows actions.table >"$scratch/rows"
	while IFS=';' read -r action_order action_steps action_reply action_delivered; do
		for action_step in $action_steps; do
			[ -z "$quick" ] || [ "$action_step" = eom ] || [ "$action_step" = rcpt ] || continue
			action_try "$action_order" "$action_step" "$action_reply" "$action_delivered"
		done
	done <"$scratch/rows"
}

# ---- faults ----

# Two messages in one session; the first meets the fault at a step.
fault_dialogue() { # STEP FAULT TAG
	matrix_helo "$1" "$2"
	matrix_message "$1" "$2" "$3-first" | sed '/^|Subject/a |X-Test-Action: addheader X-Never: seen'
	echo RSET
	matrix_message none none "$3-second" | sed 's/none+none/alice/'
	echo QUIT
}

# What each onError must look like from outside; nothing when it does.
fault_fault() { # ONERROR TAG SECONDS FOLDER: FOLDER holds talk and took, $scratch/mail what arrived
	grep -laE "^first line of $2-(first|second)" "$scratch"/mail/* >"$4/arrived" 2>/dev/null
	fault_mails=$(wc -l <"$4/arrived")
	case $1 in
	tempfail) [ "$fault_mails" = 0 ] && grep -q '^< 451 4.7.1' "$4/talk" && ! grep -q '^< 55[04] 5.7' "$4/talk" ;;
	reject) [ "$fault_mails" = 0 ] && grep -q '^< 55[04] 5' "$4/talk" && ! grep -q '^< 451' "$4/talk" ;;
	accept)
		[ "$fault_mails" = 2 ] && [ "$(grep -c '^< 250 2.0.0 Ok: queued' "$4/talk")" = 2 ] &&
			! xargs cat <"$4/arrived" | grep -aq '^X-Never\|^X-E\|^half'
		;;
	esac || echo "the answer is not $1; $fault_mails messages arrived"
	[ "$(cat "$4/took")" -le $(($3 * 1000 + 1000)) ] || echo "took $(cat "$4/took") ms instead of $3 s"
}

fault_chains_start() { # THIRD_PARTY_PORT: sets $fault_milters
	fault_milters=''
	for fault_answer in tempfail accept reject; do
		chain_start "on-$fault_answer.$1" -D "address=inet://127.0.0.1:$1" \
			-D "onError=$fault_answer" -D connectTimeout=1s -D commandTimeout=1s \
			-D contentTimeout=1s -D endTimeout=1s -D failures=1000000 "$aximilter"
		fault_milters="$fault_milters inet:127.0.0.1:$chain"
	done
}

# Adds sessions to the batch that fault_batch_run speaks, all at once: a fault costs time, not work.
fault_add() { # STEP FAULT SECONDS PORTS (tempfail accept reject)
	add_step=$1 add_fault=$2 add_seconds=$3
	shift 3
	for add_answer in tempfail accept reject; do
		add_tag=$add_fault-at-$add_step-$add_answer
		if case_wanted "$suite/$add_tag"; then
			mkdir -p "$scratch/$add_tag"
			fault_dialogue "$add_step" "$add_fault" "$add_tag" >"$scratch/$add_tag/dialogue"
			echo "$add_answer $add_tag $add_seconds $1" >>"$scratch/batch"
		fi
		shift
	done
}

fault_batch_run() {
	[ -f "$scratch/batch" ] || return 0
	fault_pids=''
	while read -r _ fault_tag _ fault_port; do
		session_speak "$fault_port" "$scratch/$fault_tag" &
		fault_pids="$fault_pids $!"
	done <"$scratch/batch"
	# shellcheck disable=SC2086 # a list
	wait $fault_pids
	rm -rf "$scratch/mail"
	postfix_collect "$scratch/mail"
	while read -r fault_answer fault_tag fault_seconds _; do
		fault_folder=$scratch/$fault_tag
		fault_fault "$fault_answer" "$fault_tag" "$fault_seconds" "$fault_folder" >"$fault_folder/details"
		if [ -s "$fault_folder/details" ]; then
			cat "$fault_folder/talk" >>"$fault_folder/details"
			case_fail "$suite/$fault_tag" "$fault_folder/details"
		else
			case_pass "$suite/$fault_tag"
		fi
	done <"$scratch/batch"
	rm -f "$scratch/batch"
}

quick_faults=' close hang garbage halfbody editclose '
fault_due() { # FAULT STEP
	[ -n "$quick" ] || return 0
	case $2 in eom | rcpt | negotiate) ;; *) return 1 ;; esac
	case $quick_faults in *" $1 "*) return 0 ;; esac
	return 1
}

is_early() { [ "$1" = negotiate ] || [ "$1" = connect ]; }

# A daemon of its own for each step and answer: in libmilter one session that waits holds others up.
faults_midway() {
	sink_start
	testmilter_start third
	fault_all=''
	fault_places='helo mail rcpt data unknown header eoh body eom'
	for _ in $fault_places; do
		fault_chains_start "$testmilter"
		fault_all="$fault_all $fault_milters"
	done
	# shellcheck disable=SC2086 # a list
	postfix_start $fault_all
	table_rows faults.table >"$scratch/rows"
	while IFS=';' read -r fault fault_steps fault_seconds; do
		# shellcheck disable=SC2086
		set -- $postfix_ports
		for fault_step in $fault_places; do
			case " $fault_steps " in
			*" $fault_step "*)
				! fault_due "$fault" "$fault_step" ||
					fault_add "$fault_step" "$fault" "$fault_seconds" "$1" "$2" "$3"
				;;
			esac
			shift 3
		done
		fault_batch_run
	done <"$scratch/rows"
}

# Nobody listens there; or somebody fails before the first command: a test milter for each.
faults_early() {
	sink_start
	port_free
	fault_chains_start "$port"
	fault_all=$fault_milters
	echo 'negotiate refuse 1' >"$scratch/early"
	table_rows faults.table >"$scratch/rows"
	while IFS=';' read -r fault fault_steps fault_seconds; do
		for fault_step in $fault_steps; do
			is_early "$fault_step" && fault_due "$fault" "$fault_step" || continue
			testmilter_start "third.$fault_step.$fault" --fault "$fault_step=$fault"
			fault_chains_start "$testmilter"
			fault_all="$fault_all $fault_milters"
			echo "$fault_step $fault $fault_seconds" >>"$scratch/early"
		done
	done <"$scratch/rows"
	# shellcheck disable=SC2086
	postfix_start $fault_all
	# shellcheck disable=SC2086
	set -- $postfix_ports
	while read -r fault_step fault fault_seconds; do
		fault_add "$fault_step" "$fault" "$fault_seconds" "$1" "$2" "$3"
		sed -i 's/^MAIL FROM:<[a-z]*+/MAIL FROM:</' "$scratch/$fault-at-$fault_step"-*/dialogue
		[ "$fault_step" = connect ] || fault_batch_run
		shift 3
	done <"$scratch/early"
	fault_batch_run
	onerror_unknown
}

onerror_unknown() {
	case_wanted "$suite/unknown-answer" || return 0
	if "$build/afsld" -t --foreground --listen "inet:$chain@127.0.0.1" -D onError=maybe "$aximilter" \
		>"$scratch/details" 2>&1; then
		case_fail "$suite/unknown-answer" "$scratch/details"
	else
		case_pass "$suite/unknown-answer"
	fi
}

# ---- one message after another ----

# Ways in which the first message ends: STEP ORDER of the test milter, or words of the client.
first_endings() {
	for pair_word in reject tempfail replycode tempcode discard accept; do
		for pair_step in mail rcpt data header eoh body eom; do
			echo "$pair_step $pair_word"
		done
	done
	printf 'client %s\n' rset-after-mail rset-after-rcpt helo-again refused-recipients
	printf 'eom %s\n' 'addheader X-First: one' 'replbody the first body\r\n' 'delrcpt <bob@x.example>' 'quarantine it'
}

first_message() { # STEP ORDER TAG
	case $2 in
	rset-after-mail) printf 'MAIL FROM:<first@b.example>\n' ;;
	rset-after-rcpt | helo-again) printf 'MAIL FROM:<first@b.example>\nRCPT TO:<first@x.example>\n' ;;
	refused-recipients) printf 'MAIL FROM:<first@b.example>\nRCPT TO:<reject@x.example>\nRCPT TO:<tempfail@x.example>\n' ;;
	*) matrix_message "$1" "$2" "$3" ;;
	esac
	case $2 in
	helo-again) echo 'EHLO client.example' ;;
	*) echo RSET ;;
	esac
}

# Each tells what the third party has seen of it alone.
second_message() { # KIND TAG
	second_sender=second second_order=''
	case $1 in
	edits) second_order='|X-Test-Action: chgheader 1 Subject: changed' ;;
	refusal) second_order='|X-Test-Action: reject 554 5.6.7 the second' ;;
	null) second_sender='' ;;
	esac
	printf 'MAIL FROM:<%s>\nRCPT TO:<bob@x.example>\n' "${second_sender:+$second_sender@b.example}"
	[ "$1" != null ] || echo 'RCPT TO:<reject@x.example>'
	cat <<-EOT
		DATA
		|From: second@b.example
		|Subject: the second
		|X-Pair: $2
		|X-Test-Action: report
		$second_order
		|
		|second body
		.
	EOT
}

# Talk and mail of the second message, without what must differ.
second_outcome() { # FOLDER TAG
	awk '/^> MAIL FROM:/ { text = "" } { text = text $0 "\n" } END { printf "%s", text }' "$1/talk" |
		sed -E 's/queued as [0-9A-F]+/queued as QUEUEID/'
	for pair_mail in $(grep -laE "^X-Pair: $2\$" "$scratch"/mail/*); do
		sed -E -e '/^(X-(Client|Helo)|Received:)/d' -e '/^\t/d' -e '/^X-Pair/d' \
			-e '/^(Date|Message-Id):/d' -e 's/[0-9]{14}\.[0-9A-F]+@/ID@/' "$pair_mail"
	done
}

pairs() {
	sink_start
	testmilter_start third
	second_start "$testmilter"
	postfix_start "inet:127.0.0.1:$second"
	pair_number=0
	first_endings >"$scratch/endings"
	for pair_kind in plain edits refusal null; do
		pair_speak "alone-$pair_kind" "$pair_kind"
		while read -r pair_step pair_order; do
			pair_number=$((pair_number + 1))
			[ -z "$quick" ] || [ $((pair_number % 8)) = 0 ] || continue
			pair_tag=$pair_kind-after-$(printf '%s-%s' "$pair_step" "$pair_order" | tr -c 'a-z0-9\n-' '_')
			pair_speak "$pair_tag" "$pair_kind" "$pair_step" "$pair_order"
		done <"$scratch/endings"
	done
	postfix_collect "$scratch/mail"
	for pair_folder in "$scratch"/*-after-*; do
		pair_judge "$(basename "$pair_folder")"
	done
}

pair_speak() { # TAG KIND [STEP ORDER]
	mkdir -p "$scratch/$1"
	{
		echo 'EHLO client.example'
		[ $# = 2 ] || first_message "$3" "$4" "$1"
		second_message "$2" "$1"
		echo QUIT
	} >"$scratch/$1/dialogue"
	session_speak "${postfix_ports# }" "$scratch/$1"
}

pair_judge() { # TAG
	case_wanted "$suite/$1" || return 0
	pair_alone=alone-${1%%-after-*}
	second_outcome "$scratch/$pair_alone" "$pair_alone" >"$scratch/$1/alone"
	second_outcome "$scratch/$1" "$1" >"$scratch/$1/after"
	if cmp -s "$scratch/$1/alone" "$scratch/$1/after"; then
		case_pass "$suite/$1"
	else
		diff -a -U2 "$scratch/$1/alone" "$scratch/$1/after" >"$scratch/$1/details"
		cat "$scratch/$1/talk" >>"$scratch/$1/details"
		case_fail "$suite/$1" "$scratch/$1/details"
	fi
}

suite third-party-acts quick 'postfix testmilter' actions
suite third-party-fails quick 'postfix testmilter' faults_midway
suite third-party-absent quick 'postfix testmilter' faults_early
suite message-after-message quick 'postfix testmilter' pairs
