# What no polite third party and no polite client does: sequences of orders from odd.table, the dialogues of clients/, and
# a third party that negotiates oddly (odd-options.table). All differential. To be sourced by `run`.

# One dialogue for each row of odd.table, in FOLDER.
odd_talks_make() { # FOLDER
	mkdir -p "$1"
	odd_letters=$(head -c 100000 /dev/zero | tr '\0' a)
	table_rows odd.table | while IFS=';' read -r -a odd_row; do
		{
			echo 'EHLO client.example'
			odd_message "${odd_row[@]}"
			odd_message "after ${odd_row[0]}"
			echo QUIT
		} >"$1/${odd_row[0]}.talk"
	done
}

odd_message() { # SUBJECT ORDER...
	printf 'MAIL FROM:<alice@b.example>\nRCPT TO:<bob@x.example>\nDATA\n'
	printf '|From: Alice <alice@b.example>\n|To: bob@x.example\n|Subject: %s\n' "$1"
	shift
	for odd_order; do
		while [[ $odd_order =~ \{([0-9]+)\} ]]; do
			odd_order=${odd_order/"${BASH_REMATCH[0]}"/"${odd_letters:0:${BASH_REMATCH[1]}}"}
		done
		printf '|X-Test-Action: %s\n' "${odd_order//\\/\\\\}"
	done
	printf '|X-Old: 1\n|X-Other: o\n|x-old: 2\n|X-OLD: 3\n|X-Folded: a\\r\\n\\tb\n|\n|first line\n|second line\n.\n'
}

odd_postfix() {
	odd_talks_make "$scratch/talks"
	postfix_more='smtpd_authorized_xforward_hosts = 127.0.0.1'
	postfix_testmilter "$scratch/talks clients"
}

# Sendmail takes other liberties than Postfix with what is not in order: line ends within values, a NUL, progress before the end,
# SKIP where it has no meaning, controls in replies, recipients that it cannot take. What comes out of those is ours.
odd_sendmail() {
	odd_talks_make "$scratch/talks"
	(
		cd "$scratch/talks" &&
			rm -f held-* nul-* skip-* progress-everywhere.talk recipient-bogus-parameter.talk recipient-null.talk \
				reply-control.talk value-absent.talk value-crlf-folds.talk value-e[mn]*.talk value-lone-cr.talk \
				value-of-lf.talk value-unfolded-line.talk
	)
	testmilter_start third
	differential_sendmail "$testmilter" "$scratch/talks"
}

# How a third party negotiates: each row has a test milter of its own, reached in all ways.
odd_options() {
	sink_start
	table_rows odd-options.table >"$scratch/options"
	while IFS=';' read -r odd_name odd_arguments; do
		case_wanted "$suite/$odd_name" || continue
		eval "odd_negotiation $odd_arguments"
	done <"$scratch/options"
}

odd_negotiation() { # OPTION of the test milter...
	(
		scratch=$scratch/$odd_name
		mkdir -p "$scratch"
		chmod 755 "$scratch"
		passed=0 failed=0 rig_pids=''
		suite=$suite/$odd_name
		wanted=''
		sink_start
		testmilter_start third "$@"
		differential_postfix "$testmilter" negotiated
		rigs_stop
		echo "$passed $failed" >"$scratch/count"
	)
	read -r odd_passed odd_failed <"$scratch/$odd_name/count" || odd_failed=1 odd_passed=0
	passed=$((passed + odd_passed)) failed=$((failed + odd_failed))
}

suite odd-postfix full 'postfix testmilter' odd_postfix
suite odd-sendmail full 'sendmail testmilter' odd_sendmail
suite odd-options full 'postfix testmilter' odd_options
