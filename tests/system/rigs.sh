# Real mail servers and real filters, each on loopback, each with its configuration, queue, log and
# pid inside $scratch, each ended by its pid. To be sourced by `run`, which sets $scratch and $build.
#
# Every *_start waits until its server answers, and fails with the server's log when it does not.

rig_pids=''
rig_postfix=''

rig_fail() { # MESSAGE [LOG]
	echo "rig: $1" >&2
	[ -z "${2:-}" ] || [ ! -f "$2" ] || tail -n 30 "$2" >&2
	exit 70
}

# Ports are taken below the range from which the kernel gives out ports by itself.
# Runs that start together begin far apart.
port_next=$((20000 + $$ * 97 % 10000))
port_free() { # sets $port
	port_tries=0
	while port_open "$port_next"; do
		port_next=$((port_next + 1))
		port_tries=$((port_tries + 1))
		[ "$port_tries" -lt 500 ] || rig_fail 'no free port'
	done
	port=$port_next
	port_next=$((port_next + 1))
}

port_open() { # PORT: somebody listens there
	grep -qi "^ *[0-9]*: 0100007F:$(printf '%04X' "$1") 00000000:0000 0A" /proc/net/tcp
}

wait_for() { # SECONDS COMMAND...
	wait_left=$(($1 * 20))
	shift
	until "$@"; do
		wait_left=$((wait_left - 1))
		[ "$wait_left" -gt 0 ] || return 1
		sleep 0.05
	done
}

wait_for_port() { # PORT NAME LOG PID
	wait_left=600
	until port_open "$1"; do
		wait_left=$((wait_left - 1))
		[ "$wait_left" -gt 0 ] || rig_fail "$2 does not listen on port $1" "$3"
		kill -0 "$4" 2>/dev/null || rig_fail "$2 has ended" "$3"
		sleep 0.05
	done
}

rig_stop() { # PID: a TERM, then after five seconds a KILL
	kill "$1" 2>/dev/null || return 0
	wait_for 6 process_gone "$1" || kill -KILL "$1" 2>/dev/null || true
}

process_gone() {
	[ ! -d "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}

rigs_stop() {
	[ -z "$rig_postfix" ] || postfix_stop
	for rig_pid in $rig_pids; do
		kill "$rig_pid" 2>/dev/null || true
	done
	for rig_pid in $rig_pids; do
		rig_stop "$rig_pid"
	done
	rig_pids=''
}

program_start() { # NAME PORT COMMAND...: sets $pid; its output goes to $scratch/NAME.log
	program_name=$1
	program_port=$2
	shift 2
	"$@" >>"$scratch/$program_name.log" 2>&1 </dev/null &
	pid=$!
	rig_pids="$rig_pids $pid"
	wait_for_port "$program_port" "$program_name" "$scratch/$program_name.log" "$pid"
}

# ---- where mail arrives ----

# Each message becomes one file in $scratch/arrived, with envelope lines above it.
sink_start() { # sets $sink
	port_free
	sink=$port
	mkdir -p "$scratch/arrived"
	program_start sink "$sink" smtp-sink -u "$(id -un)" -d "$scratch/arrived/%S." \
		"127.0.0.1:$sink" 100
}

# ---- Postfix ----

# postfix_start MILTERS...: one SMTP port for each argument, the value of smtpd_milters there ("" for
# none). Sets $postfix_ports in that order.
postfix_start() {
	postfix=$scratch/postfix
	rig_postfix=$postfix
	mkdir -p "$postfix/etc" "$postfix/queue" "$postfix/data"
	chown postfix "$postfix/data"
	postfix_main >"$postfix/etc/main.cf"
	postfix_ports=''
	{
		for postfix_milters; do
			port_free
			postfix_ports="$postfix_ports $port"
			echo "127.0.0.1:$port inet n - n - - smtpd"
			echo "  -o { smtpd_milters = $postfix_milters }"
		done
		postfix_services
	} >"$postfix/etc/master.cf"
	postfix -c "$postfix/etc" start >"$postfix/start.log" 2>&1 ||
		rig_fail 'postfix does not start' "$postfix/start.log"
	wait_for 20 port_open "$port" || rig_fail 'postfix does not listen' "$postfix/mail.log"
}

postfix_main() {
	cat <<-EOT
		compatibility_level = 3.6
		queue_directory = $postfix/queue
		data_directory = $postfix/data
		command_directory = /usr/sbin
		daemon_directory = /usr/lib/postfix/sbin
		maillog_file = $postfix/mail.log
		maillog_file_prefixes = $scratch
		myhostname = mx.test.example
		mydestination =
		mynetworks = 127.0.0.0/8
		inet_interfaces = 127.0.0.1
		inet_protocols = all
		disable_dns_lookups = yes
		smtp_host_lookup = native
		default_transport = smtp:[127.0.0.1]:$sink
		relay_transport = smtp:[127.0.0.1]:$sink
		smtp_line_length_limit = 0
		smtp_send_xforward_command = no
		default_destination_recipient_limit = 2000
		smtpd_recipient_limit = 2000
		smtpd_relay_restrictions = permit_mynetworks, reject
		smtpd_recipient_restrictions = check_recipient_access inline:{
		    { refused@x.example = 550 5.1.1 refused by the table } { later@x.example = 450 4.2.1 not now } }, permit_mynetworks, reject
		smtpd_authorized_xclient_hosts = 127.0.0.1
		smtpd_client_connection_rate_limit = 0
		smtpd_error_sleep_time = 0
		smtpd_soft_error_limit = 1000
		smtpd_hard_error_limit = 1000
		message_size_limit = 20000000
		notify_classes =
		alias_maps =
		alias_database =
		biff = no
		milter_default_action = tempfail
		milter_command_timeout = 20s
		milter_content_timeout = 60s
		$postfix_more
	EOT
}
postfix_more=''

postfix_services() {
	cat <<-EOT
		pickup unix n - n 60 1 pickup
		cleanup unix n - n - 0 cleanup
		qmgr unix n - n 300 1 qmgr
		rewrite unix - - n - - trivial-rewrite
		bounce unix - - n - 0 bounce
		defer unix - - n - 0 bounce
		trace unix - - n - 0 bounce
		verify unix - - n - 1 verify
		flush unix n - n 1000? 0 flush
		proxymap unix - - n - - proxymap
		smtp unix - - n - - smtp
		relay unix - - n - - smtp
		showq unix n - n - - showq
		error unix - - n - - error
		retry unix - - n - - error
		discard unix - - n - - discard
		anvil unix - - n - 1 anvil
		postlog unix-dgram n - n - 1 postlogd
	EOT
}

postfix_stop() {
	postfix_pid=$(tr -d ' ' <"$rig_postfix/queue/pid/master.pid" 2>/dev/null || true)
	postfix -c "$rig_postfix/etc" stop >/dev/null 2>&1 || true
	[ -z "$postfix_pid" ] || rig_stop "$postfix_pid"
	rig_postfix=''
}

postfix_idle() {
	[ -z "$(find "$postfix/queue/incoming" "$postfix/queue/active" "$postfix/queue/maildrop" \
		"$postfix/queue/deferred" -type f 2>/dev/null | head -n 1)" ]
}

# Everything that has been accepted has arrived or lies in the hold queue: gathers it in FOLDER.
postfix_collect() { # FOLDER
	mkdir -p "$1"
	wait_for 30 postfix_idle || {
		cp "$postfix/mail.log" "$1/stuck.log"
		rig_fail 'mail stays in the queue' "$postfix/mail.log"
	}
	for postfix_held in $(find "$postfix/queue/hold" -type f 2>/dev/null | sort); do
		postcat -c "$postfix/etc" -beh "$postfix_held" |
			sed -n '/^\*\*\* ENVELOPE/,$p' >"$1/held.$(basename "$postfix_held")"
		rm -f "$postfix_held"
	done
	find "$scratch/arrived" -type f -exec mv {} "$1/" \;
}

# ---- Sendmail ----

# Run with -bs for each session; mail stays in its queue, where header and body can be read. It sends
# the macros of its own defaults and of Postfix's: what a filter that relays asks for.
sendmail_start() { # MILTER_PORT: sets $sendmail and $sendmail_command
	sendmail=$scratch/sendmail.$1
	mkdir -p "$sendmail/queue"
	chmod 700 "$sendmail/queue"
	sendmail_configuration "$1" >"$sendmail/sendmail.cf"
	# Sendmail sleeps a minute when the host's name has no dot.
	printf 'hostname mx.test.example\nexec "$@"\n' >"$sendmail/named"
	sendmail_command="unshare --uts sh $sendmail/named $AFSL_BESIDE/usr/libexec/sendmail/sendmail"
	sendmail_command="$sendmail_command -C$sendmail/sendmail.cf -bs"
}

sendmail_configuration() {
	cat <<-EOT
		V10/Berkeley
		Dwmx
		Dmtest.example
		Djmx.test.example
		O QueueDirectory=$sendmail/queue
		O DeliveryMode=queueonly
		O QueueLA=1000
		O RefuseLA=1000
		O DelayLA=1000
		O HostsFile=/dev/null
		O ServiceSwitchFile=$sendmail/none
		O AliasFile=
		O StatusFile=
		O TempFileMode=0600
		O DefaultUser=root
		O RunAsUser=root
		O TrustedUser=root
		O DontBlameSendmail=GroupWritableDirPathSafe,IncludeFileInGroupWritableDirPath
		O PrivacyOptions=authwarnings
		O DaemonPortOptions=Name=MTA, Family=inet
		O SmtpGreetingMessage=mx.test.example ESMTP
		O SevenBitInput=False
		O EightBitMode=pass8
		O Timeout.ident=0
		O MaxRecipientsPerMessage=2000
		O MaxHeadersLength=-1
		O InputMailFilters=third
		O Milter.macros.connect=j, _, {daemon_name}, {daemon_addr}, {if_name}, {if_addr}, v
		O Milter.macros.helo={tls_version}, {cipher}, {cipher_bits}, {cert_subject}, {cert_issuer}
		O Milter.macros.envfrom=i, {auth_type}, {auth_authen}, {auth_ssf}, {auth_author}, {mail_mailer}, {mail_host}, {mail_addr}
		O Milter.macros.envrcpt=i, {rcpt_mailer}, {rcpt_host}, {rcpt_addr}
		O Milter.macros.data=i
		O Milter.macros.eoh=i
		O Milter.macros.eom=i, {msg_id}
		Xthird, S=inet:$1@127.0.0.1, F=T, T=C:20s;S:20s;R:20s;E:60s
		Troot
		HReceived: from \$s by \$j id \$i; \$b
		H?D?Date: \$a
		H?F?From: \$g
		H?M?Message-Id: <\$t.\$i@\$j>
		S3
		R\$* < \$* > \$*	\$@ \$2
		R\$*	\$@ \$1
		S4
		R\$*	\$@ \$1
		S0
		Rrefused@x.example	\$#error \$@ 5.1.1 \$: "550 refused by the table"
		R\$+ @ \$+	\$#out \$@ \$2 \$: \$1 @ \$2
		R\$+	\$#out \$@ here \$: \$1
		Mlocal,	P=/bin/false, F=lsDFMAw5:/|@qPSXfmnz9, A=false
		Mprog,	P=/bin/false, F=lsDFMoqeu9, A=false
		Mout,	P=/bin/false, F=DFMmu8, E=\r\n, L=0, A=false
	EOT
}

sendmail_collect() { # FOLDER
	mkdir -p "$1"
	for sendmail_file in "$sendmail"/queue/*; do
		[ ! -e "$sendmail_file" ] || mv "$sendmail_file" "$1/"
	done
}

# ---- the chain under test ----

aximilter=${AXIMILTER:-$top/filters/aximilter.afsl}

chain_server=${SERVER:-native} # who speaks with the mail server: native or libmilter
chain_start() { # NAME ARGUMENT...: afsld with these arguments; sets $chain
	port_free
	chain=$port
	chain_name=$1
	shift
	program_start "$chain_name" "$chain" "$build/afsld" --foreground --server "$chain_server" \
		--listen "inet:$chain@127.0.0.1" "$@"
}

aximilter_start() { # THIRD_PARTY_PORT OPTION...: sets $chain
	aximilter_third=$1
	shift
	chain_start "aximilter.$aximilter_third" -D "address=inet://127.0.0.1:$aximilter_third" \
		-D failures=1000000 "$@" "$aximilter"
}

# The bridge daemon alone, spoken to by the milter protocol; sets $bridge.
bridge_start() { # THIRD_PARTY_PORT SETTING...
	port_free
	bridge=$port
	bridge_third=$1
	shift
	bridge_settings=''
	for bridge_setting; do
		bridge_settings="$bridge_settings -s $bridge_setting"
	done
	# shellcheck disable=SC2086 # a list
	program_start "bridge.$bridge_third" "$bridge" "$build/aximilter" --foreground -s "bindIp 127.0.0.1" \
		-s "bindPort $bridge" -s "milter inet:$bridge_third@127.0.0.1 {
failures 1000000
}" $bridge_settings
}
