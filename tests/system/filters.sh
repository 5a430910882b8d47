# Real filters, each on a port of its own, with its configuration and log inside $scratch; nothing asks
# the network. To be sourced by `run`, after rigs.sh.

# ---- what messages tell what to do ----

testmilter_start() { # NAME OPTION...: sets $testmilter; its witness is $scratch/NAME.seen
	port_free
	testmilter=$port
	testmilter_name=$1
	shift
	program_start "$testmilter_name" "$testmilter" "$build/tests/testmilter" \
		-p "inet:$testmilter@127.0.0.1" --log "$scratch/$testmilter_name.seen" "$@"
}

# ---- signatures ----

opendkim_start() { # sets $opendkim: signs what comes from b.example; $opendkim_verifier checks
	opendkim_folder=$scratch/opendkim
	opendkim_verifier=$opendkim_folder/verifier.conf
	mkdir -p "$opendkim_folder"
	opendkim-genkey -b 2048 -d b.example -s mail -D "$opendkim_folder" ||
		rig_fail 'opendkim-genkey fails'
	opendkim_public_key >"$opendkim_folder/keys"
	port_free
	opendkim=$port
	opendkim_common >"$opendkim_folder/signer.conf"
	cat >>"$opendkim_folder/signer.conf" <<-EOT
		Mode s
		Socket inet:$opendkim@127.0.0.1
		Domain b.example
		Selector mail
		KeyFile $opendkim_folder/mail.private
		Canonicalization relaxed/simple
		InternalHosts 127.0.0.0/8
		PidFile $opendkim_folder/pid
		RequireSafeKeys no
		Background no
	EOT
	opendkim_common >"$opendkim_verifier"
	cat >>"$opendkim_verifier" <<-EOT
		Mode v
		Domain none.example
		InternalHosts 192.0.2.1
	EOT
	program_start opendkim "$opendkim" opendkim -f -x "$opendkim_folder/signer.conf"
}

# Keys come from a file, so that no name is ever resolved.
opendkim_common() {
	cat <<-EOT
		TestPublicKeys $opendkim_folder/keys
		AuthservID mx.test.example
		AlwaysAddARHeader yes
		ResolverConfiguration /dev/null
		Syslog no
		UserID $(id -un)
	EOT
}

# What a key file for tests holds: the record's name, a blank, its text in one piece.
opendkim_public_key() {
	printf 'mail._domainkey.b.example %s\n' \
		"$(tr -d '\n' <"$opendkim_folder/mail.txt" | grep -o '"[^"]*"' | tr -d '"\n')"
}

# ---- viruses ----

# A scanner with one signature of our own: it finds the words that the virus dialogue sends.
clamd_start() { # sets $clamd_socket
	clamd=$scratch/clamd
	clamd_socket=$clamd/socket
	mkdir -p "$clamd/database"
	printf 'Afsl.Test.Marker:0:*:%s\n' \
		"$(printf 'THIS-IS-THE-AFSL-TEST-VIRUS' | od -An -tx1 | tr -d ' \n')" \
		>"$clamd/database/test.ndb"
	cat >"$clamd/clamd.conf" <<-EOT
		DatabaseDirectory $clamd/database
		LocalSocket $clamd_socket
		TemporaryDirectory $clamd
		Foreground yes
		User $(id -un)
	EOT
	clamd_run
}

clamd_run() {
	clamd -c "$clamd/clamd.conf" >"$clamd/log" 2>&1 </dev/null &
	clamd_pid=$!
	rig_pids="$rig_pids $clamd_pid"
	wait_for 30 test -S "$clamd_socket" || rig_fail 'clamd does not start' "$clamd/log"
}

# Connections to the one before are dead then.
clamd_restart() {
	kill "$clamd_pid"
	wait "$clamd_pid" 2>/dev/null
	rm -f "$clamd_socket"
	clamd_run
}

# amavisd with that scanner, spoken to by AM.PDP, and with SpamAssassin as far as it needs no network. It never runs as
# root: who writes files for it runs as its user.
amavisd_start() { # sets $amavisd
	clamd_start
	port_free
	amavisd=$port
	amavisd_folder=$scratch/amavisd
	mkdir -p "$amavisd_folder/tmp" "$amavisd_folder/db" "$amavisd_folder/quarantine"
	cat >"$scratch/amavisd.conf" <<-EOT
		\$max_servers = 2;
		\$daemon_user = 'amavis';
		\$daemon_group = 'amavis';
		\$mydomain = 'x.example';
		\$myhostname = 'mx.x.example';
		\$MYHOME = '$amavisd_folder';
		\$TEMPBASE = '$amavisd_folder/tmp';
		\$db_home = '$amavisd_folder/db';
		\$QUARANTINEDIR = '$amavisd_folder/quarantine';
		\$lock_file = '$amavisd_folder/lock';
		\$pid_file = '$amavisd_folder/pid';
		\$enable_db = 0;
		\$do_syslog = 0;
		\$log_level = 1;
		\$sa_local_tests_only = 1;
		\$sa_mail_body_size_limit = 100000;
		\$sa_kill_level_deflt = 100;
		\$final_spam_destiny = D_REJECT;
		\$spam_quarantine_method = undef;
		\$spam_admin = undef;
		\$inet_socket_bind = '127.0.0.1';
		\$inet_socket_port = [$amavisd];
		\$protocol = 'AM.PDP';
		\$final_virus_destiny = D_REJECT;
		\$final_banned_destiny = D_PASS;
		\$virus_quarantine_method = undef;
		\$banned_files_quarantine_method = undef;
		\$virus_admin = undef;
		@local_domains_maps = (1);
		@av_scanners = (['clamd', \\&ask_daemon, ["CONTSCAN {}\\n", '$clamd_socket'],
			qr/\\bOK\$/m, qr/\\bFOUND\$/m, qr/^.*?: (?!Infected Archive)(.*) FOUND\$/m]);
		1;
	EOT
	chown -R amavis:amavis "$amavisd_folder"
	program_start amavisd "$amavisd" amavisd -c "$scratch/amavisd.conf" foreground
}

# An ICAP server whose scanner is that one.
icap_start() { # sets $icap
	clamd_start
	port_free
	icap=$port
	mkdir -p "$scratch/icap"
	cat >"$scratch/icap/c-icap.conf" <<-EOT
		PidFile $scratch/icap/pid
		CommandsSocket $scratch/icap/control
		Port 127.0.0.1:$icap
		StartServers 1
		MaxServers 2
		ThreadsPerChild 5
		MinSpareThreads 1
		MaxSpareThreads 10
		User $(id -un)
		Group $(id -gn)
		TmpDir $scratch/icap
		ServerLog $scratch/icap/log
		AccessLog $scratch/icap/access
		ModulesDir $icap_modules
		ServicesDir $icap_modules
		TemplateDir /usr/share/c_icap/templates/
		LoadMagicFile /etc/c-icap/c-icap.magic
		Module common clamd_mod.so
		clamd_mod.ClamdSocket $clamd_socket
		Service antivirus_module virus_scan.so
		ServiceAlias avscan virus_scan?allow204=on&sizelimit=off&mode=simple
		virus_scan.ScanFileTypes TEXT DATA EXECUTABLE ARCHIVE GIF JPEG MSOFFICE
		virus_scan.MaxObjectSize 5M
		Service echo_service srv_echo.so
	EOT
	icap_run
}
icap_run() {
	program_start c-icap "$icap" c-icap -N -f "$scratch/icap/c-icap.conf"
	icap_pid=$pid
}
icap_restart() {
	kill "$icap_pid"
	wait "$icap_pid" 2>/dev/null
	icap_run
}
icap_modules=$(echo /usr/lib/*/c_icap)

clamav_start() { # sets $clamav
	clamd_start
	port_free
	clamav=$port
	cat >"$clamd/milter.conf" <<-EOT
		MilterSocket inet:$clamav@127.0.0.1
		ClamdSocket unix:$clamd_socket
		Foreground yes
		User $(id -un)
		OnInfected Reject
		RejectMsg Virus found: %v
		AddHeader Replace
		TemporaryDirectory $clamd
	EOT
	program_start clamav-milter "$clamav" clamav-milter -c "$clamd/milter.conf"
}

# ---- names ----

# A name server that knows a few policies and the key of our signer. Programs that read nothing but
# /etc/resolv.conf are run by `asking`.
dns_start() { # sets $dns, $dns_records
	dns=127.$((1 + $$ / 250 % 250)).$((1 + $$ % 250)).53
	dns_records=$scratch/dns.records
	cat >"$dns_records" <<-EOT
		_dmarc.strict.example v=DMARC1; p=reject
		_dmarc.careful.example v=DMARC1; p=quarantine
		_dmarc.b.example v=DMARC1; p=none
		b.example v=spf1 ip4:127.0.0.1 -all
	EOT
	opendkim_public_key >>"$dns_records"
	echo "nameserver $dns" >"$scratch/resolv.conf"
	"$build/tests/test-dns" "$dns" 53 "$dns_records" >"$scratch/dns.log" 2>&1 </dev/null &
	rig_pids="$rig_pids $!"
	wait_for 5 grep -qs ready "$scratch/dns.log" || rig_fail 'the name server does not start' "$scratch/dns.log"
}

asking() { # COMMAND...
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$scratch/resolv.conf" "$@"
}

# ---- signed mail ----

# Dialogues with signatures of today, in $signed: as signed, with the body changed, with a signed field
# changed, with a field signed that is not there, and by an unknown key.
signed_make() {
	signed=$scratch/signed
	mkdir -p "$signed"
	sed 's/^Mode s$/Mode s\nSoftwareHeader no/' "$opendkim_folder/signer.conf" | grep -v '^Socket\|^PidFile' \
		>"$opendkim_folder/once.conf"
	signed_letter >"$signed/letter"
	opendkim -x "$opendkim_folder/once.conf" -t "$signed/letter" -vv 2>/dev/null |
		sed -n "/hvalue='/,/'opendkim:/{s/.*hvalue='/DKIM-Signature: /;s/'opendkim:.*//;p}" >"$signed/signature"
	grep -q '^DKIM-Signature: v=1' "$signed/signature" || rig_fail 'opendkim does not sign' "$signed/signature"
	tr -d '\r' <"$signed/letter" >"$signed/plain"
	signed_talk dkim-valid 's/^//'
	signed_talk dkim-broken-body 's/^worth/without/'
	signed_talk dkim-broken-header 's/^Subject: .*/Subject: another/'
	signed_talk dkim-unknown-key 's/s=mail;/s=gone;/'
	signed_talk dkim-syntax 's/ v=1;/ v=;/'
}

signed_letter() {
	printf '%s\r\n' 'From: Alice <alice@b.example>' 'To: bob@x.example' 'Subject: signed' \
		"Date: $(date -R)" 'Message-Id: <signed@b.example>' '' 'A letter' 'worth a signature.'
}

signed_talk() { # NAME CHANGE
	{
		printf 'EHLO client.example\nMAIL FROM:<alice@b.example>\nRCPT TO:<bob@x.example>\nDATA\n'
		cat "$signed/signature" "$signed/plain" | sed -e "$2" -e 's/\\/\\\\/g' -e 's/^/|/'
		printf '.\nQUIT\n'
	} >"$signed/$1.talk"
}

opendkim_verify_start() { # sets $opendkim_verify; a broken signature is refused
	port_free
	opendkim_verify=$port
	{
		cat "$opendkim_verifier"
		cat <<-EOT
			Socket inet:$opendkim_verify@127.0.0.1
			PidFile $opendkim_folder/verifier.pid
			On-BadSignature reject
			Background no
		EOT
	} >"$opendkim_folder/judge.conf"
	program_start opendkim-verify "$opendkim_verify" opendkim -f -x "$opendkim_folder/judge.conf"
}

# ---- policies of domains ----

opendmarc_start() { # sets $opendmarc
	port_free
	opendmarc=$port
	cat >"$scratch/opendmarc.conf" <<-EOT
		AuthservID mx.test.example
		TrustedAuthservIDs mx.test.example
		Socket inet:$opendmarc@127.0.0.1
		PidFile $scratch/opendmarc.pid
		RejectFailures yes
		HoldQuarantinedMessages yes
		IgnoreHosts $scratch/opendmarc.ignored
		RequiredHeaders no
		SPFSelfValidate no
		Syslog no
		UserID $(id -un)
		Background no
	EOT
	echo 192.0.2.250 >"$scratch/opendmarc.ignored"
	program_start opendmarc "$opendmarc" asking opendmarc -f -c "$scratch/opendmarc.conf"
}

# ---- spam ----

spamd_start() { # sets $spamd
	port_free
	spamd=$port
	mkdir -p "$scratch/spamd"
	cp /etc/spamassassin/*.pre "$scratch/spamd"
	chown debian-spamd "$scratch/spamd"
	cat >"$scratch/spamd/test.cf" <<-EOT
		use_bayes 0
		skip_rbl_checks 1
		dns_available no
		report_hostname mx.test.example
	EOT
	program_start spamd "$spamd" spamd --local --nouser-config --username debian-spamd --max-children 2 \
		--min-children 2 --listen "127.0.0.1:$spamd" --allowed-ips 127.0.0.1 --pidfile "$scratch/spamd/pid" \
		--siteconfigpath "$scratch/spamd" --helper-home-dir "$scratch/spamd" --syslog stderr
}

spamass_start() { # sets $spamass: refuses from 15 points on
	spamd_start
	port_free
	spamass=$port
	program_start spamass-milter "$spamass" spamass-milter -p "inet:$spamass@127.0.0.1" -r 15 -- \
		-d 127.0.0.1 -p "$spamd"
}

# A filter in Perl. It finds our marker, drops programs, holds mail and marks the subject.
mimedefang_start() { # sets $mimedefang
	defang=$scratch/defang
	mkdir -p "$defang/spool" "$defang/home"
	mimedefang_filter >"$defang/filter"
	# The multiplexor wants a program; fields go out in the order of a hash, so that must not be by chance.
	printf '#!/bin/sh\nexport PERL_HASH_SEED=0 PERL_PERTURB_KEYS=0\nexec /usr/bin/mimedefang.pl -f %s "$@"\n' "$defang/filter" >"$defang/program"
	chmod 755 "$defang/program"
	chown -R defang "$defang"
	mimedefang-multiplexor -D -U defang -z "$defang/spool" -s "$defang/multiplexor" -f "$defang/program" \
		-m 2 -x 4 -q 20 -a "$defang/open" >"$defang/multiplexor.log" 2>&1 </dev/null &
	rig_pids="$rig_pids $!"
	wait_for 20 test -S "$defang/multiplexor" || rig_fail 'mimedefang-multiplexor does not start' "$defang/multiplexor.log"
	port_free
	mimedefang=$port
	program_start mimedefang "$mimedefang" mimedefang -D -U defang -z "$defang/spool" -m "$defang/multiplexor" \
		-p "inet:$mimedefang@127.0.0.1" -r -s -t -q -P "$defang/pid"
}

mimedefang_filter() {
	cat <<-'EOT'
		use Mail::MIMEDefang;
		sub filter_sender {
			my ($sender) = @_;
			return ('REJECT', 'not this one') if $sender =~ /later@/;
			return ('CONTINUE', 'ok');
		}
		sub filter_recipient {
			my ($rcpt) = @_;
			return ('TEMPFAIL', 'come back') if $rcpt =~ /user7\@/;
			return ('CONTINUE', 'ok');
		}
		sub filter_begin {
			my ($entity) = @_;
			if (open(my $in, '<', './INPUTMSG')) {
				local $/;
				my $all = <$in>;
				close($in);
				return action_bounce('found a virus') if $all =~ /THIS-IS-THE-AFSL-TEST-VIRUS/;
				return action_quarantine_entire_message('spam') && action_discard()
					if $all =~ /GTUBE-STANDARD/;
			}
		}
		sub filter {
			my ($entity, $name, $extension, $type) = @_;
			return action_drop_with_warning("A program, $name, was taken out.") if $extension =~ /\.exe$/i;
			return action_accept();
		}
		sub filter_multipart { return action_accept(); }
		sub filter_end {
			action_change_header('Subject', "[seen] $Subject") if $Subject =~ /nested|invoice/;
			action_add_header('X-Filter', 'mimedefang');
			add_recipient('<copy@x.example>') if $Subject =~ /forwarded/;
		}
		1;
	EOT
}

# One process that takes milter connections and scans by itself; names are asked of our own server.
rspamd_start() { # sets $rspamd, and $rspamd_http where it answers by HTTP
	rspamd_folder=$scratch/rspamd
	mkdir -p "$rspamd_folder"
	chown _rspamd "$rspamd_folder"
	port_free
	rspamd=$port
	port_free
	rspamd_http=$port
	# The list of all public suffixes takes ten seconds to load.
	printf 'com\nexample\nnet\n' >"$rspamd_folder/suffixes"
	rspamd_configuration >"$rspamd_folder/rspamd.conf"
	program_start rspamd "$rspamd" rspamd -f -u _rspamd -g _rspamd -c "$rspamd_folder/rspamd.conf" \
		--var="DBDIR=$rspamd_folder" --var="RUNDIR=$rspamd_folder" --var="LOGDIR=$rspamd_folder"
}

rspamd_configuration() {
	cat <<-EOT
		options {
		    pidfile = "$rspamd_folder/pid";
		    tempdir = "$rspamd_folder";
		    url_tld = "$rspamd_folder/suffixes";
		    filters = "chartable,dkim,regexp";
		    dns { nameserver = ["$dns:53"]; timeout = 1s; retransmits = 2; }
		    control_socket = "$rspamd_folder/control mode=0600";
		    hs_cache_dir = "$rspamd_folder";
		    task_timeout = 20s;
		    local_addrs = ["192.0.2.250"];
		    enable_test_patterns = true;
		}
		logging { type = "console"; level = "notice"; }
		worker "rspamd_proxy" {
		    bind_socket = "127.0.0.1:$rspamd";
		    milter = yes;
		    timeout = 60s;
		    count = 1;
		    quarantine_on_reject = false;
		    upstream "local" { self_scan = yes; default = yes; }
		}
		worker "normal" {
		    bind_socket = "127.0.0.1:$rspamd_http";
		    count = 1;
		}
		.include "/etc/rspamd/groups.conf"
		.include "/etc/rspamd/actions.conf"
		modules { path = "\$PLUGINSDIR"; fallback_path = "\$SHAREDIR/lua"; }
		dkim { check_local = true; check_authed = true; }
		spf { check_local = true; check_authed = true; disable_ipv6 = true; spf_cache_size = 0; }
		dmarc { check_local = true; check_authed = true; actions = { reject = "reject"; quarantine = "add_header"; } }
		milter_headers { use = ["x-spamd-result", "x-rspamd-queue-id", "authentication-results"]; skip_local = false;
		    routines { x-spamd-result { sort_by = "name"; } } }
		lua = "\$RULESDIR/rspamd.lua";
	EOT
}
