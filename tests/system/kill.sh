# kill -9, reload and restart under load, behind a real Postfix with milter_default_action = tempfail: of all messages
# none is lost, none arrives twice, none unfiltered, none half edited. To be sourced by `run`.
#
# Clients try again what is refused for now. KILL_MESSAGES and KILL_EVENTS say how many messages and how many kills
# each suite has.

kill_messages=${KILL_MESSAGES:-1000}
kill_events=${KILL_EVENTS:-50}
kill_clients=6
kill_per_session=8

# Two fields, one above and one below, and a body of two packets: whatever is missing is seen.
kill_script() {
	script kill.afsl <<-'EOT'
		event onDataReceived {
		    var id = header("X-Id");
		    insertHeader(0, "X-Above", id);
		    addHeader("X-Below", id);
		    replaceBody("begin %id%\r\n" + repeat("a new line of the body, and another\r\n", 2000) + "end %id%\r\n");
		}
	EOT
}

# The daemon on a port that stays; kill_daemon_start may be called again.
kill_daemon_start() { # NAME ARGUMENTS...
	"$build/afsld" --foreground --listen "inet:$kill_port@127.0.0.1" --server "$kill_server" "$script" \
		>>"$scratch/daemon.log" 2>&1 </dev/null &
	daemon_pid=$!
	rig_pids="$rig_pids $daemon_pid"
	echo "$daemon_pid" >"$scratch/daemon.pid"
}

children_of() { # PID
	grep -l "^PPid:.$1\$" /proc/[0-9]*/status 2>/dev/null | tr -dc '0-9\n'
}

# ---- clients ----

kill_dialogue() { # IDS...
	echo 'EHLO client.example'
	for kill_id; do
		cat <<-EOT
			RSET
			MAIL FROM:<$kill_id@b.example>
			RCPT TO:<bob@x.example>
			DATA
			|From: alice@b.example
			|Subject: $kill_id
			|X-Id: $kill_id
			|
			|the old body
			.
		EOT
	done
	echo QUIT
}

# Ids that the server has taken.
kill_accepted() { # TALK
	awk '
		/^> MAIL FROM:/ { split($0, part, /[<@]/); id = part[2] }
		/^> \.$/ { ended = 1; next }
		ended && /^< 250 2\.0\.0 Ok: queued/ { print id }
		/^[<>]/ { ended = 0 }' "$1"
}

# Sends its messages until each is taken; ids of taken ones are in $scratch/accepted.N.
kill_client() { # NUMBER FIRST LAST
	kill_left=$(seq -f "m$1x%.0f" "$2" "$3")
	kill_rounds=0
	while [ -n "$kill_left" ] && [ "$kill_rounds" -lt 3000 ]; do
		kill_rounds=$((kill_rounds + 1))
		# shellcheck disable=SC2086 # a list
		kill_dialogue $(echo "$kill_left" | head -n "$kill_per_session") >"$scratch/dialogue.$1"
		"$build/tests/smtp-talk" "${postfix_ports# }" "$scratch/dialogue.$1" >"$scratch/talk.$1" 2>&1
		kill_accepted "$scratch/talk.$1" >"$scratch/taken.$1"
		[ -s "$scratch/taken.$1" ] || sleep 0.05
		cat "$scratch/taken.$1" >>"$scratch/accepted.$1"
		kill_left=$(echo "$kill_left" | grep -vxFf "$scratch/taken.$1")
	done
}

# ---- judgement ----

# One line for each message that is not as it should be.
kill_faults() { # FOLDER of messages, FILE of ids
	perl -e '
		my ($folder, $ids) = @ARGV;
		my (%seen, @wrong);
		for my $path (glob("$folder/*")) {
			open(my $in, "<", $path) or die;
			local $/;
			my $all = <$in>;
			my ($id) = $all =~ /^X-Id: (\S+)$/m;
			$id = "?" unless defined $id;
			$seen{$id}++;
			my @parts = ($all =~ /^X-Above: \Q$id\E$/m, $all =~ /^X-Below: \Q$id\E$/m,
				$all =~ /^begin \Q$id\E$/m && $all =~ /^end \Q$id\E$/m && $all !~ /the old body/);
			my $done = grep { $_ } @parts;
			push @wrong, "$id unfiltered" if $done == 0;
			push @wrong, "$id half edited" if $done > 0 && $done < 3;
		}
		open(my $in, "<", $ids) or die;
		chomp(my @ids = <$in>);
		my %taken = map { $_ => 1 } @ids;
		push @wrong, map { "$_ lost" } grep { !$seen{$_} } keys %taken;
		push @wrong, map { "$_ arrived $seen{$_} times" } grep { $seen{$_} > 1 } keys %seen;
		push @wrong, map { "$_ was refused and has arrived" } grep { !$taken{$_} } keys %seen;
		print "$_\n" for @wrong;' "$1" "$2"
}

# ---- the suites ----

# Events come all along: after the next share of the messages was taken.
kill_due() {
	[ "$(cat "$scratch"/accepted.* 2>/dev/null | wc -l)" -ge \
		$((kill_count * kill_messages / (kill_events + 1))) ]
}

# kill_suite SERVER EVENT: EVENT is a function that is called again and again while mail flows.
kill_suite() {
	kill_server=$1
	kill_script
	sink_start
	port_free
	kill_port=$port
	kill_daemon_start
	wait_for 10 port_open "$kill_port" || rig_fail 'afsld does not listen' "$scratch/daemon.log"
	postfix_start "inet:127.0.0.1:$kill_port"
	kill_share=$((kill_messages / kill_clients + 1))
	kill_pids=''
	for kill_number in $(seq "$kill_clients"); do
		kill_client "$kill_number" 1 "$kill_share" &
		kill_pids="$kill_pids $!"
	done
	kill_count=0
	while [ "$kill_count" -lt "$kill_events" ]; do
		wait_for 3 kill_due # a session that was struck takes its time
		sleep "0.$((RANDOM % 4 + 1))"
		"$2"
		kill_count=$((kill_count + 1))
	done
	# shellcheck disable=SC2086 # a list
	wait $kill_pids
	postfix_collect "$scratch/mail"
	cat "$scratch"/accepted.* >"$scratch/accepted"
	kill_judge
}

kill_judge() {
	kill_faults "$scratch/mail" "$scratch/accepted" >>"$scratch/details"
	kill_taken=$(wc -l <"$scratch/accepted")
	[ "$kill_taken" = $((kill_share * kill_clients)) ] || echo "$kill_taken messages were taken" >>"$scratch/details"
	for kill_what in lost times unfiltered half refused taken end; do
		case_wanted "$suite/$kill_what" || continue
		if grep -q "$kill_what" "$scratch/details"; then
			case_fail "$suite/$kill_what ($(grep -c "$kill_what" "$scratch/details"))" "$scratch/details"
		else
			case_pass "$suite/$kill_what"
		fi
	done
	echo "   $kill_taken messages, $kill_count events, $(wc -l <"$scratch/details") wrong"
}

kill_worker() {
	for kill_pid in $(children_of "$daemon_pid"); do
		kill -KILL "$kill_pid" 2>/dev/null
	done
}

kill_all() {
	kill_children=$(children_of "$daemon_pid")
	# shellcheck disable=SC2086 # a list
	kill -KILL "$daemon_pid" $kill_children 2>/dev/null
	wait "$daemon_pid" 2>/dev/null
	wait_for 10 port_closed "$kill_port" || echo "a worker does not end" >>"$scratch/details"
	kill_daemon_start
}

port_closed() { ! port_open "$1"; }

kill_reload() { kill -HUP "$daemon_pid"; }

# As an administrator does it: the next one starts when the old one has ended. Sessions that run may end first.
kill_restart() {
	kill -TERM "$daemon_pid"
	wait_for 30 process_gone "$daemon_pid" || echo "afsld does not end" >>"$scratch/details"
	kill_daemon_start
	wait_for 10 port_open "$kill_port"
}

suite kill-worker full 'postfix testmilter' kill_suite native kill_worker
suite kill-daemon full 'postfix testmilter' kill_suite native kill_all
suite kill-reload full 'postfix testmilter' kill_suite native kill_reload
suite kill-restart full 'postfix testmilter' kill_suite native kill_restart
suite kill-worker-libmilter full 'postfix testmilter' kill_suite libmilter kill_worker
