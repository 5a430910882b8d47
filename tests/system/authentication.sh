# SPF, DKIM and DMARC behind a real Postfix, with a real name server (nsd) and the signers that people run: opendkim,
# dkimpy and Mail::DKIM verify what we sign, we verify what opendkim and dkimpy sign, right and broken; then a name
# server that loses, delays, cuts, lies and loops. To be sourced by `run`.

signed_dialogues='plain folded long-folds blanks-after-colon multipart trailing-lines empty-body eight-bit dots two-megabytes'
canon_pairs='simple/simple simple/relaxed relaxed/simple relaxed/relaxed'

# ---- rigs ----

# Everything below example., from $scratch/zone; no answer at all for broken.example.
nsd_start() { # sets $nsd
	port_free
	nsd=$port
	mkdir -p "$scratch/nsd"
	cat >"$scratch/nsd/nsd.conf" <<-EOT
		server:
		    ip-address: 127.0.0.1@$nsd
		    username: ""
		    chroot: ""
		    zonesdir: "$scratch/nsd"
		    database: ""
		    pidfile: "$scratch/nsd/pid"
		    xfrdfile: "$scratch/nsd/xfrd"
		    zonelistfile: "$scratch/nsd/zones"
		    xfrdir: "$scratch/nsd"
		remote-control:
		    control-enable: no
		zone:
		    name: example
		    zonefile: $scratch/zone
		zone:
		    name: broken.example
		    zonefile: $scratch/nothing
	EOT
	program_start nsd "$nsd" nsd -d -c "$scratch/nsd/nsd.conf"
}

zone_begin() {
	cat >"$scratch/zone" <<-'EOT'
		$TTL 60
		@ IN SOA ns.example. root.example. 1 3600 600 86400 60
		@ IN NS ns.example.
		ns IN A 127.0.0.1
	EOT
}

# The record of a private key, as our own module says it, in pieces of 255 bytes.
zone_add_key() { # NAME FILE
	printf 'event onStart { log.info(dkim.record("%s")); }\n' "$2" >"$scratch/record.afsl"
	record=$("$build/afsl" run "$scratch/record.afsl" </dev/null 2>&1 | sed -n 's/.*\(v=DKIM1; .*\)/\1/p')
	[ -n "$record" ] || rig_fail "no record of $2"
	echo "$1 IN TXT $(echo "$record" | fold -w 250 | sed 's/.*/"&"/' | tr '\n' ' ')" >>"$scratch/zone"
	echo "$1.example $record" >>"$scratch/keys"
}

keys_make() {
	openssl genrsa -out "$scratch/rsa.pem" 2048 2>/dev/null
	openssl genpkey -algorithm ed25519 -out "$scratch/ed25519.pem"
	chmod 600 "$scratch/rsa.pem" "$scratch/ed25519.pem"
	zone_begin
	zone_add_key rsa._domainkey.b "$scratch/rsa.pem"
	zone_add_key ed25519._domainkey.b "$scratch/ed25519.pem"
}

# ---- what we sign ----

signer_start() { # KIND CANONICALIZATION
	chain_start "signer.$1.$(echo "$2" | tr / .)" -D domains=b.example -D "selector=$1" -D "key=$scratch/$1.pem" \
		-D "canonicalization=$2" "$top/filters/dkim-sign.afsl"
	signers="${signers:-} inet:127.0.0.1:$chain"
}

# What three verifiers say of a delivered message: nothing when all of them like it. (opendkim alone, without a mail
# server, takes one blank behind the colon for granted.)
signature_faults() { # FILE
	sed -n '/^DKIM-Signature:/,$p' "$1" | sed 's/\r*$/\r/' >"$scratch/signed"
	[ -s "$scratch/signed" ] || echo 'there is no signature'
	grep -q 'c=simple/' "$scratch/signed" && grep -Eaq '^[A-Za-z-]+:([^ ]|  )' "$scratch/signed" ||
		opendkim -x "$scratch/verifier.conf" -t "$scratch/signed" 2>&1 | grep -v 'verification (s=[^)]*) succeeded'
	/usr/bin/python3 "$here/authentication.py" check "$scratch/keys" "$scratch/signed"
	perl "$here/mail-dkim.pl" "127.0.0.1" "$nsd" "$scratch/signed"
}

dkim_signs() {
	sink_start
	keys_make
	nsd_start
	opendkim_folder=$scratch
	{
		opendkim_common
		printf 'Mode v\nDomain none.example\nInternalHosts 192.0.2.1\n'
	} >"$scratch/verifier.conf"
	for pair in $canon_pairs; do
		signer_start rsa "$pair"
		signer_start ed25519 "$pair"
	done
	# shellcheck disable=SC2086 # a list of ports
	postfix_start $signers
	for smtp in $postfix_ports; do
		for dialogue in $signed_dialogues; do
			case_wanted "$suite/$dialogue" || continue
			folder=$scratch/$smtp.$dialogue
			mkdir -p "$folder"
			"$build/tests/smtp-talk" "$smtp" "$here/mail/$dialogue.talk" >"$folder/talk" 2>&1
			postfix_collect "$folder/mail"
			signature_faults "$(find "$folder/mail" -type f | head -n 1)" >"$folder/faults" 2>&1
			if [ -s "$folder/faults" ]; then
				case_fail "$suite/$dialogue ($(grep -ao ' [ac]=[a-z0-9/-]*;' "$scratch/signed" | tr -d '\n'))" "$folder/faults"
			else
				case_pass "$suite/$dialogue"
			fi
		done
	done
	postfix_stop
}

# ---- what others sign ----

judge_start() { # OPTION...
	chain_start judge -s "nameServers=127.0.0.1:$nsd" -D server=mx.test.example -D trusted=192.0.2.255/32 "$@" \
		"$top/filters/dmarc.afsl"
	judge=$chain
}

opendkim_signer_start() { # CANONICALIZATION
	port_free
	{
		opendkim_common
		cat <<-EOT
			Mode s
			Socket inet:$port@127.0.0.1
			Domain b.example
			Selector rsa
			KeyFile $scratch/rsa.pem
			Canonicalization $1
			InternalHosts 127.0.0.0/8
			PidFile $scratch/opendkim.$port.pid
			RequireSafeKeys no
			Background no
		EOT
	} >"$scratch/opendkim.$port.conf"
	signers="${signers:-} $port"
	program_start "opendkim.$port" "$port" opendkim -f -x "$scratch/opendkim.$port.conf"
}

dkim_verifies() {
	sink_start
	keys_make
	nsd_start
	opendkim_folder=$scratch
	judge_start
	both=''
	for pair in $canon_pairs; do
		opendkim_signer_start "$pair"
	done
	for signer in $signers; do
		both="$both inet:127.0.0.1:$signer,inet:127.0.0.1:$judge"
	done
	# shellcheck disable=SC2086
	postfix_start $both
	for smtp in $postfix_ports; do
		for dialogue in $signed_dialogues; do
			connector_case "$dialogue" "$dialogue" "$smtp" '^< 250 2\.0\.0 Ok: queued' '^.dkim=pass'
			rm -rf "${folder:?}"
		done
	done
	postfix_stop
}

# ---- tables of messages, in authentication.py ----

# Lines "ok NAME" and "FAIL NAME: WHY".
cases_count() { # FILE
	while read -r word name why; do
		case $word in
		ok) case_pass "$suite/$name" ;;
		FAIL)
			echo "$why" >"$scratch/why"
			case_fail "$suite/$name" "$scratch/why"
			;;
		*) echo "$word $name $why" ;;
		esac
	done <"$1"
	grep -q '^ok' "$1" || case_fail "$suite (nothing ran)" "$1"
}

python_suite() { # WHAT OPTION...: of the judge
	what=$1
	shift
	sink_start
	keys_make
	openssl genrsa -out "$scratch/other.pem" 2048 2>/dev/null
	openssl genrsa -out "$scratch/short.pem" 512 2>/dev/null
	chmod 600 "$scratch"/*.pem
	zone_add_key short._domainkey.b "$scratch/short.pem"
	cat "$here/authentication.zone" >>"$scratch/zone"
	nsd_start
	judge_start "$@"
	# Clients of any address, whose header stays as it is.
	postfix_more=$(printf 'mynetworks = 0.0.0.0/0, [::]/0\nlocal_header_rewrite_clients =\n')
	postfix_start "inet:127.0.0.1:$judge"
	/usr/bin/python3 "$here/authentication.py" "$what" "${postfix_ports# }" "$scratch" >"$scratch/cases" 2>&1
	cases_count "$scratch/cases"
	postfix_stop
}

# ---- name servers as nobody wants them ----

dns_faults() {
	port_free
	/usr/bin/python3 "$here/name-server.py" "$port" >"$scratch/name-server.log" 2>&1 </dev/null &
	rig_pids="$rig_pids $!"
	wait_for 5 grep -qs ready "$scratch/name-server.log" || rig_fail 'no name server' "$scratch/name-server.log"
	cp "$here/dns-faults.afsl" "$scratch/faults.afsl"
	"$build/afsl" run --limit eventTime=60000 --name-servers "127.0.0.1:$port" "$scratch/faults.afsl" </dev/null 2>&1 |
		sed -n 's/.*: \(ok\|FAIL\) /\1 /p' >"$scratch/cases"
	cases_count "$scratch/cases"
}

# 200 messages at once, 20 look-ups in each, every answer 50 ms late: all within little more than one answer's time.
dns_side_by_side() {
	port_free
	name_server=$port
	/usr/bin/python3 "$here/name-server.py" "$name_server" >"$scratch/name-server.log" 2>&1 </dev/null &
	rig_pids="$rig_pids $!"
	wait_for 5 grep -qs ready "$scratch/name-server.log" || rig_fail 'no name server' "$scratch/name-server.log"
	cat >"$scratch/many.afsl" <<-'EOT'
		event onMailFrom {
		    var names: list[text];
		    for (i in 0..20) { names.push("n%i%.%{mailFromDomain}"); }
		    if (length(dns.many(names)) != 20) { reject("not all have been answered"); }
		}
	EOT
	chain_start many -s "nameServers=127.0.0.1:$name_server" "$scratch/many.afsl"
	/usr/bin/python3 "$here/milter-crowd.py" "$chain" 200 "$name_server" >"$scratch/cases" 2>&1
	cases_count "$scratch/cases"
}

suite dkim-signs full 'postfix opendkim nsd dkimpy' dkim_signs
suite dkim-verifies full 'postfix opendkim nsd' dkim_verifies
suite dkim-broken full 'postfix nsd dkimpy' python_suite broken -D onReject=accept -D badFrom=accept
suite spf-results full 'postfix nsd dkimpy' python_suite spf -D onReject=accept
suite dmarc-policies full 'postfix nsd dkimpy' python_suite dmarc
suite dns-faults full 'python3' dns_faults
suite dns-side-by-side full 'python3' dns_side_by_side
