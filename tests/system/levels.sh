# Filters for some recipients behind a real Postfix, and what levels lead to. To be sourced by `run`.

levels_configuration() { # MIXED: a filter for x.example, and one for everybody behind it
	cat <<-EOT
		filters = (
			{ name = ours  script = $scratch/ours.afsl  domains = x.example  mixed = $1 }
			{ name = all  script = $scratch/all.afsl  priority = 5 }
		)
	EOT
}

levels_scripts() {
	cat >"$scratch/ours.afsl" <<-'EOT'
		event onMailFrom { if (mailFrom == "spammer@b.example") { reject(550, "5.7.1", "not here"); } }
		event onDataReceived { if (header("Subject") == "unwanted") { reject(550, "5.7.1", "unwanted"); } addHeader("X-Ours", "yes"); }
	EOT
	cat >"$scratch/all.afsl" <<-'EOT'
		event onDataReceived { addHeader("X-All", "%{join(recipients, " ")} %{header("X-Ours")}"); }
	EOT
}

levels_chain() { # NAME: by the configuration in $scratch/NAME.conf
	chain_start "$1" -c "$scratch/$1.conf"
}

levels_mixed() {
	sink_start
	levels_scripts
	for mixed in all tempfail discardRcpt; do
		levels_configuration "$mixed" >"$scratch/$mixed.conf"
		levels_chain "$mixed"
		chains="${chains:-} $chain"
	done
	# shellcheck disable=SC2086 # a list of ports
	set -- $chains
	postfix_start "inet:127.0.0.1:$1" "inet:127.0.0.1:$2" "inet:127.0.0.1:$3"
	# shellcheck disable=SC2086
	set -- $postfix_ports
	connector_case all two-domains "$1" '^< 550 5\.7\.1 unwanted' ''
	connector_case all-one-of-ours plain "$1" '^< 250 2\.0\.0 Ok: queued' '^X-All: bob@x.example yes'
	connector_case tempfail two-domains "$2" '^< 452 4\.5\.3 This recipient needs a message of its own' '^X-Rcpt-Args: <carol@y.example>'
	connector_case discard two-domains "$3" '^< 250 2\.0\.0 Ok: queued' '^X-Rcpt-Args: <carol@y.example>'
	connector_absent discard '^X-Rcpt-Args: <bob@x.example>|^X-Ours'
	postfix_stop
}

# No mail of that case has such a line.
connector_absent() { # NAME PATTERN
	case_wanted "$suite/$1" || return 0
	if cat "$scratch/$1"/mail/* 2>/dev/null | grep -Eq -- "$2"; then
		case_fail "$suite/$1-absent" "$scratch/$1/all"
	else
		case_pass "$suite/$1-absent"
	fi
}

levels_of_scanners() {
	sink_start
	clamd_start
	for action in reject discard quarantine; do
		cat >"$scratch/$action.conf" <<-EOT
			filters = (
				{ script = $top/filters/clam-av.afsl  options = { address = unix:$clamd_socket  action = pass } }
				{ script = $top/filters/levels.afsl  priority = 9  options = { notCleanable = $action } }
			)
		EOT
		levels_chain "$action"
		chains="${chains:-} $chain"
	done
	# shellcheck disable=SC2086
	set -- $chains
	postfix_start "inet:127.0.0.1:$1" "inet:127.0.0.1:$2" "inet:127.0.0.1:$3"
	# shellcheck disable=SC2086
	set -- $postfix_ports
	connector_case clean plain "$1" '^< 250 2\.0\.0 Ok: queued' '^X-AxigenVirus-Level: 1'
	connector_case rejected virus "$1" '^< 554 5\.7\.1 The message is refused: it carries a virus' ''
	connector_case discarded virus "$2" '^< 250 2\.0\.0 Ok: queued' ''
	connector_absent discarded '^Subject'
	connector_case held virus "$3" '^< 250 2\.0\.0 Ok: queued' '^X-AxigenVirus-Level: 5'
	postfix_stop
}

suite filter-scopes full 'postfix' levels_mixed
suite filter-levels full 'postfix clamav' levels_of_scanners
