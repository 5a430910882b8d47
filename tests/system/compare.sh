# What two runs of the same dialogue must have in common, and what is masked before they are compared:
# queue ids, dates of this year, unix times, DKIM's t= and b= (the signature is verified instead), the
# client's port. Nothing else.

year=$(date -u +%Y)

# Queue ids are known exactly: from the replies, and from the names of held or queued files.
queue_ids() { # FOLDER: one a line
	sed -nE 's/^< 250 2\.0\.0 Ok: queued as ([0-9A-F]+)$/\1/p
		s/^< 250 2\.0\.0 ([0-9A-Za-z]{14}) Message accepted.*$/\1/p' "$1/talk"
	for ids_file in "$1"/mail/held.* "$1"/mail/qf*; do
		[ ! -e "$ids_file" ] || basename "$ids_file" | sed -E 's/^(held\.|qf)//'
	done
	sed -nE 's/^[0-9]+ D [CHMRTNELB]([^|]*\|[^|]*\|)*\{?i\}?\|([0-9A-Za-z]+)\|.*$/\2/p' "$1/seen"
}

mask_make() { # FOLDER: writes FOLDER/mask, a sed script
	{
		queue_ids "$1" | sort -u | sed -E 's/(.+)/s,\1,QUEUEID,g/'
		cat <<-EOT
			s/[A-Z][a-z][a-z], [ 0-9]?[0-9] [A-Z][a-z][a-z] $year [0-9:]{8} ([+-][0-9]{4}|GMT)( \\([A-Z]+\\))?/DATE/g
			s/<$year[0-9]{8,10}\\.QUEUEID@/<TIME.QUEUEID@/g
			s/^\(from port .*/(from PORT)/
		EOT
	} >"$1/mask"
}

# The sink writes lines of its own above the message, up to the end of its Received field.
mail_mask() { # FOLDER FILE
	case $2 in
	*/qf*) sed -E -f "$1/mask" -e '/^[TKNPI]/d' "$2" ;;
	*/df*) sed -E -f "$1/mask" "$2" ;;
	*/held.*) sed -E -f "$1/mask" -e '/^\*\*\*/d' -e '/^(message_(arrival|file|size)|create_time|warn_message|queued_|log_message_origin|named_attribute: (log_|client_port|server_port|rewrite_context|dsn_orig|create))/d' "$2" ;;
	*) sed -E -e '/^X-(Client|Helo)-/d' -e '/^Received: from mx.test.example/,/^\t.*;$/d' "$2" |
		sed -E -e '1,/^(Received|DKIM|X-T|X-I)/{/^\t[A-Z][a-z]{2}, .*\(UTC\)$/d}' |
		sed -E -f "$1/mask" ;;
	esac | dkim_mask
}

# In a DKIM-Signature: t= wherever it stands, and b= with all its folded lines.
dkim_mask() {
	awk '
	/^(H\?\?)?DKIM-Signature:/ { inside = 1; inside_b = 0 }
	inside && !/^(H\?\?)?DKIM-Signature:/ && !/^[ \t]/ { inside = 0 }
	inside {
		gsub(/t=[0-9]+/, "t=TIME")
		if (inside_b) next
		if (sub(/[ \t]b=.*/, " b=SIGNATURE")) inside_b = 1
	}
	{ print }'
}

# All messages of one run as one text, in an order that does not depend on when they arrived.
mails_mask() { # FOLDER
	rm -rf "$1/masked"
	mkdir "$1/masked"
	for mask_file in "$1"/mail/*; do
		[ -e "$mask_file" ] || continue
		mail_mask "$1" "$mask_file" >"$1/masked/now"
		mv "$1/masked/now" "$1/masked/$(grep -a -m1 -i '^\(H??\)*subject:' "$1/masked/now" |
			tr -dc 'a-z0-9').$(md5sum <"$1/masked/now" | cut -c1-12)"
	done
	for mask_file in "$1"/masked/*; do
		[ -e "$mask_file" ] || continue
		echo "==== message"
		cat "$mask_file"
	done
}

# What the test milter was told, one line each: commands in order, the macros of each command sorted.
# Left out: the negotiation, the connection itself, ABORT and QUIT (the servers send them at moments of their own) and the
# macros of header fields, body and unknown commands, which libmilter drops anyhow, and those of commands
# that the filter has waived, which Postfix sends nevertheless.
seen_mask() { # FOLDER
	sed -E -e 's/^[0-9]+ //' -e '/^([OAQ]|open|close)( |$)/d' -e '/^D [LBU]/d' -e '/^D [A-Z]$/d' \
		"$1/seen" |
		sed -E -f "$1/mask" | awk -v ours="$(sed -n 's/^(from port \([0-9]*\))$/\1/p' "$1/talk")" '
		BEGIN { for (i = 0; i < 256; i++) code[sprintf("%c", i)] = code[sprintf("\\x%02x", i)] = i; code["|"] = 0 }
		# The two bytes of the port, each as it is, as | for a NUL, or as \xHH: as a number, or PORT when it is ours.
		match($0, /^C [^|]*\|[46]/) {
			head = substr($0, 1, RLENGTH)
			tail = substr($0, RLENGTH + 1)
			port = 0
			for (i = 0; i < 2; i++) {
				width = substr(tail, 1, 1) == "\\" ? 4 : 1
				port = port * 256 + code[substr(tail, 1, width)]
				tail = substr(tail, width + 1)
			}
			$0 = head (port == ours ? "PORT" : port) tail
		}
		/^D / {
			stage = substr($0, 3, 1)
			count = split(substr($0, 4), part, "|")
			pairs = 0
			for (i = 1; i + 1 <= count; i += 2) pair[++pairs] = part[i] "=" part[i + 1]
			for (i = 2; i <= pairs; i++)
				for (k = i; k > 1 && pair[k - 1] > pair[k]; k--) {
					t = pair[k]; pair[k] = pair[k - 1]; pair[k - 1] = t
				}
			line = "D" stage
			for (i = 1; i <= pairs; i++) line = line " " pair[i]
			next
		}
		line != "" && substr($0, 1, 1) == stage { print line }
		{ line = ""; print }'
}

# How many conversations there were: one for each SMTP session.
conversations() { # FOLDER
	echo "conversations: $(grep -c '^[0-9]* open' "$1/seen")"
}

# One text that says all that can be compared about a run.
run_mask() { # FOLDER
	mask_make "$1"
	echo "==== the client"
	sed -E -f "$1/mask" "$1/talk"
	mails_mask "$1"
	echo "==== the third party"
	conversations "$1"
	seen_mask "$1"
}

# What became of each message: taken, or refused with which words, at whatever step. Refused recipients count when
# nobody else was left.
fates() { # FOLDER
	sed -E -f "$1/mask" "$1/talk" | awk '
		function fate() { if (sender != "") print sender ": " (refused != "" ? refused : taken ? "taken" : alone != "" ? alone : "given up") }
		/^> MAIL/ { fate(); sender = $0; refused = alone = ""; taken = 0 }
		/^> / { command = $2; next }
		/^< [45]/ && command == "RCPT" { if (alone == "") alone = $0; next }
		/^< [45]/ && command != "EHLO" && $0 !~ /^< 503/ { if (refused == "") refused = $0 }
		/^< 250/ && command == "." { taken = 1 }
		END { fate() }'
}

# What is the same by the line protocol, where refusals may come at the end: fates and mail.
run_final() { # FOLDER
	mask_make "$1"
	echo "==== the messages"
	fates "$1"
	mails_mask "$1"
}

runs_compare() { # NAME FOLDER WAY: FOLDER/direct and FOLDER/WAY
	compare_view=run_mask
	[ "$3" != line ] || compare_view=run_final
	"$compare_view" "$2/direct" >"$2/direct.txt"
	"$compare_view" "$2/$3" >"$2/$3.txt"
	if cmp -s "$2/direct.txt" "$2/$3.txt"; then
		case_pass "$1"
	else
		diff -a -U2 --label "plugged in directly" --label "by the $3" \
			"$2/direct.txt" "$2/$3.txt" | cut -c1-200 >"$2/diff" || true
		case_fail "$1" "$2/diff"
	fi
}
